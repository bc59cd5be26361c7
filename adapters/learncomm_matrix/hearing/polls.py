"""Polls as Matrix has them (MSC3381), in their stable and their unstable form: who voted for what. Pure.

A homeserver counts nothing. The last vote of each person before the end counts, and of it as many
answers as the poll allows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_matrix.connection.answers import RawEvent, listing, mapping, text
from learncomm_matrix.hearing.relations import REFERENCE, id_of, is_redacted, moment, relation

UNSTABLE = "org.matrix.msc3381.poll"
STABLE = "m.poll"
STARTS = frozenset({f"{UNSTABLE}.start", f"{STABLE}.start"})
RESPONSES = frozenset({f"{UNSTABLE}.response", f"{STABLE}.response"})
ENDS = frozenset({f"{UNSTABLE}.end", f"{STABLE}.end"})
_TEXTS = ("m.text", "org.matrix.msc1767.text", "body")
_MOST_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class OpenPoll:
    """A poll of ours, by which its votes are told."""

    options: Mapping[str, str]
    """Our ids of the options, by the ids of the answers."""
    most: int = 1
    """How many answers one person may give."""


def question(content: Mapping[str, Any]) -> str | None:
    """Return what a poll asks, and below it a line an answer; None where it is no poll."""
    asked = mapping(content.get(f"{UNSTABLE}.start") or content.get(STABLE))
    words = _text(mapping(asked.get("question")))
    if not words:
        return None
    answers = (_text(mapping(each)) for each in listing(asked.get("answers"))[:_MOST_ANSWERS])
    return "\n".join((words, *(f"- {each}" for each in answers if each)))


def poll_of(event: RawEvent) -> str | None:
    """Return the id of the poll that a vote or an end is about."""
    related = relation(event)
    return related.target if related.kind == REFERENCE else None


def answers(vote: RawEvent, poll: OpenPoll) -> tuple[str, ...]:
    """Return our ids of the options that a vote is for; none takes back what was voted before."""
    content = mapping(vote.get("content"))
    told = content.get("m.selections")
    if told is None:
        told = mapping(content.get(f"{UNSTABLE}.response")).get("answers")
    given = (each for each in listing(told) if isinstance(each, str))
    chosen = dict.fromkeys(poll.options[each] for each in given if each in poll.options)
    return tuple(chosen)[: poll.most]


def counted(events: Iterable[RawEvent], poll: OpenPoll, owner: str) -> Mapping[str, Sequence[str]]:
    """Return who voted for which options, by the events that relate to a poll.

    Args:
        events: Votes and ends, in any order.
        poll: What they are about.
        owner: Who may end it.
    """
    told = [each for each in events if not is_redacted(each)]
    ended = ended_at(told, owner)
    last: dict[str, tuple[tuple[float, str], RawEvent]] = {}
    for each in told:
        order, sender = order_of(each), id_of(each.get("sender"))
        if each.get("type") not in RESPONSES or order is None or sender is None:
            continue
        if (ended is None or order <= ended) and (sender not in last or order > last[sender][0]):
            last[sender] = order, each
    return {sender: answers(vote, poll) for sender, (_, vote) in last.items()}


def ended_at(events: Iterable[RawEvent], owner: str) -> tuple[float, str] | None:
    """Return when a poll was ended first, by whoever opened it; None where it goes on."""
    ends = (each for each in events if each.get("type") in ENDS and each.get("sender") == owner)
    return min((order for each in ends if (order := order_of(each)) is not None), default=None)


def order_of(event: RawEvent) -> tuple[float, str] | None:
    """Return what comes before what: by time, and at the same time by id."""
    at, id = moment(event), id_of(event.get("event_id"))
    return None if at is None or id is None else (at.timestamp(), id)


def _text(told: Mapping[str, Any]) -> str:
    """Return what may be told in several forms."""
    for key in _TEXTS:
        value = told.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        for each in listing(value):
            if found := text(mapping(each).get("body")).strip():
                return found
    return ""
