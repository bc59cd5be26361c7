"""Conversations with a gold standard, as `writing.py` reads them, and some with facts planted in them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from learncomm_agent.writing.items import ItemKind, Transcript, Utterance

SETS = ("qmsum", "w3c_ccg", "ethereum", "irc", "livechat", "bookclub", "dialogsum")
PLACES = ("start", "middle", "end")
LEAST_TURNS = 10
"""Of a talk that should have a line."""
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
Span = tuple[int, int]
"""The numbers of a first and a last turn, both of them part of it."""


@dataclass(frozen=True)
class Asked:
    """A question to a meeting, and where its answer was said."""

    query: str
    spans: Sequence[Span]


@dataclass(frozen=True)
class Judged:
    """A conversation, and what people found in it."""

    id: str
    transcript: Transcript
    topics: Sequence[Span] = ()
    decisions: Sequence[int] = ()
    """The turns after which they were written down."""
    actions: Sequence[int] = ()
    asked: Sequence[Asked] = ()
    talks: Sequence[frozenset[int]] = ()
    """The turns of each talk of `LEAST_TURNS` or more, where several ran side by side."""
    told: Sequence[str] = ()
    """Summaries, or points of minutes, that say no place."""

    @property
    def place(self) -> Mapping[str, int]:
        """The place of each message, by its id."""
        return {each.id: i for i, each in enumerate(self.transcript.utterances)}


@dataclass(frozen=True)
class Planted:
    """A fact that was put into a conversation."""

    kind: ItemKind
    text: str
    place: str


@dataclass(frozen=True)
class Haystack:
    """A long conversation with facts in it."""

    transcript: Transcript
    facts: Sequence[Planted] = field(default_factory=list)


def read(folder: Path) -> Iterator[Judged]:
    """Yield the conversations of a set; lines of the system have no speaker and are left out."""
    with (folder / "conversations.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield judged(json.loads(line))


def judged(row: Mapping[str, Any]) -> Judged:
    """Make one conversation from its row; spans and places become places in the transcript."""
    turns = [turn for turn in row["turns"] if turn["speaker"]]
    place = {turn["id"]: i for i, turn in enumerate(turns)}
    gold = row.get("gold") or {}

    def spans(found: Sequence[Sequence[int]]) -> list[Span]:
        return [(place.get(a, a), place.get(b, b)) for a, b in found]

    def after(kind: str) -> list[int]:
        found = (each["after_turn"] for each in gold.get(kind, ()) if "after_turn" in each)
        return [place.get(each, each) for each in found]

    return Judged(
        str(row["id"]),
        Transcript(str(row.get("title") or row["id"]), tuple(_utterances(turns))),
        [span for topic in gold.get("topics", ()) for span in spans(topic["spans"])],
        after("decisions"),
        after("actions"),
        [Asked(each["query"], spans(each["spans"])) for each in gold.get("queries", ())],
        _talks(turns, row.get("annotated_from", 0)),
        _told(gold),
    )


def _talks(turns: Sequence[Mapping[str, Any]], start: int) -> list[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for place, turn in enumerate(turns):
        if turn["id"] >= start and turn.get("conv") is not None:
            found.setdefault(turn["conv"], set()).add(place)
    return [frozenset(talk) for talk in found.values() if len(talk) >= LEAST_TURNS]


def _told(gold: Mapping[str, Any]) -> list[str]:
    if summary := gold.get("summary"):
        return [summary]
    kinds = ("key_points", "decisions", "actions")
    points = [each for kind in kinds for each in gold.get(kind, ())]
    return [each if isinstance(each, str) else each["text"] for each in points]


def _utterances(turns: Sequence[Mapping[str, Any]]) -> Iterator[Utterance]:
    names = {turn["id"] for turn in turns}
    at = BEGIN
    for turn in turns:
        at = _moment(turn.get("time"), at)
        answered = turn.get("reply_to")
        first = next(
            (each for each in answered or () if each in names and each != turn["id"]), None
        )
        reply = None if first is None else str(first)
        yield Utterance(str(turn["id"]), turn["speaker"], turn["text"], at, reply)


def _moment(time: str | None, last: datetime) -> datetime:
    """Return when a turn was said; some tell the time of the day alone, some nothing."""
    if time is None:
        return last + timedelta(seconds=10)
    if len(time) > len("00:00:00"):
        return datetime.fromisoformat(time).replace(tzinfo=UTC)
    hour, minute, *second = map(int, time.split(":"))
    moment = last.replace(hour=hour % 24, minute=minute, second=second[0] if second else 0)
    return moment + timedelta(days=1) if moment < last - timedelta(hours=2) else moment


FACTS: Mapping[ItemKind, Sequence[str]] = {
    ItemKind.DECISION: (
        "We decided to move the spring workshop from Lisbon to Porto.",
        "Agreed, we'll go with the smaller venue near the harbour for the summer fair.",
        "OK so we have decided that the reading group meets every second Tuesday.",
        "Let's go with Kestrel as the name of the newsletter, then.",
        "We agreed that newcomers get a mentor for their first six weeks.",
        "We've settled on a fee of twelve euros for the bookbinding course.",
        "Final decision: the garden project starts with the north bed.",
        "We voted, and the choir will sing in the chapel instead of the gym.",
        "So we're going with paper tickets for the anniversary concert.",
    ),
    ItemKind.ACTION: (
        "I'll send the grant application to the foundation by Friday.",
        "I will book the rowing boats for the excursion tomorrow.",
        "I'll write the obituary for our founder before Sunday.",
        "I can prepare the tasting notes for the cheese evening by Thursday.",
        "I'm going to ask the librarian about the attic keys on Monday.",
        "I'll draft the charter of the apprentices' council by Wednesday.",
        "I'll collect the donations for the lighthouse repair until Saturday.",
        "I will translate the beekeeping leaflet into Polish next week.",
        "I'll call the ferry company about the group discount by Tuesday.",
    ),
    ItemKind.INSIGHT: (
        "I realised that our quiet members speak up when we start in pairs.",
        "What surprised me is that the oldest recipes used far less sugar.",
        "We learned that the volunteers leave when nobody thanks them.",
        "It turns out that the harvest festival was once held in winter.",
        "The key thing is that beginners copy the hands, never the words.",
        "My takeaway is that a shared breakfast replaces three status meetings.",
        "I never realised that the old mill powered the whole street.",
        "We found out that the map had been drawn upside down on purpose.",
        "The lesson is that a rehearsal without an audience hides the mistakes.",
    ),
    ItemKind.OPEN_QUESTION: (
        "Does anyone know who still has the projector from the film night?",
        "How do we pay the glass-blower when the club has no account?",
        "I wonder whether the town would lend us the old tram depot.",
        "It's still unclear who takes over the archive when Mirela retires.",
        "Who could teach the pottery course during the autumn break?",
        "Has anyone asked the neighbours about the noise of the rehearsals?",
        "We still don't know how many chairs fit into the orangery.",
        "Why did the founders leave the second floor of the hall empty?",
        "Should the youth orchestra play outside when it rains in June?",
    ),
}


def haystack(turns: Sequence[Utterance], size: int, turn: int = 0) -> Haystack:
    """Put facts of four kinds at three places of a conversation of so many messages.

    Args:
        turns: The talk in which they are hidden, taken again from the start where it is too short.
        size: Messages in all, the facts included.
        turn: Which facts go to which place: 0, 1 or 2. Over all three each fact stood everywhere once.
    """
    planted: dict[int, Planted] = {}
    starts = {"start": size // 50, "middle": size // 2, "end": size - size // 12}
    step = max(1, size // 800)
    for number, place in enumerate(PLACES):
        some = [
            Planted(kind, text, place)
            for kind, texts in FACTS.items()
            for text in texts[(number + turn) % 3 :: 3]
        ]
        planted |= {starts[place] + step * n: fact for n, fact in enumerate(some)}
    speakers = list(dict.fromkeys(each.speaker for each in turns))[:20]
    said: list[Utterance] = []
    for n in range(size):
        at = BEGIN + timedelta(seconds=40 * n)
        if (fact := planted.get(n)) is not None:
            said.append(Utterance(f"f{n}", speakers[n % len(speakers)], fact.text, at))
        else:
            each = turns[n % len(turns)]
            said.append(Utterance(f"m{n}", each.speaker, each.text, at))
    return Haystack(Transcript("A long conversation", tuple(said)), list(planted.values()))
