"""What members put into a session otherwise than by talking, for a summary of it: entries, and votes.

A message by which something was put in counts as said, by the words of the entry. What came by a form is
in no message: it counts where a post of the session has shown it to all, with the name of who gave it,
and a line that rests on it links to that post and goes with the entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat.people import MemberId
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.running.composing import evidence_of
from learncomm_agent.sessions.running.speaking import person_of, stands, worded
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.storage import members, rooms, session_traces
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Evidence, Line
from learncomm_agent.writing.items import (
    Coverage,
    Item,
    ItemKind,
    Method,
    Outcome,
    Summary,
    Transcript,
    Utterance,
)
from learncomm_agent.writing.keeping import MENTIONED, summary_lines
from learncomm_agent.writing.language.vocabulary import has_words
from learncomm_agent.writing.voice import Voice

_KINDS = frozenset({"collect", "queue"})
"""Of stages into which members put something."""


@dataclass(frozen=True, slots=True)
class PutIn:
    """An entry that is in no message, as it is read for a summary."""

    entry: int
    utterance: Utterance


def by_message(session: Session) -> dict[int, str]:
    """Return the words of entries by the messages that they came from."""
    return {
        each.message: each.text
        for each in session.entries.values()
        if each.message is not None and each.by is not None and not each.is_struck
    }


def by_form(
    conn: Connection, row: stored.Row, session: Session, since: datetime | None
) -> dict[str, PutIn]:
    """Return what came by a form and was shown to all, in the order of time, by an id for a transcript."""
    collected = {each.name for each in walk(session.plan.stages) if each.kind in _KINDS}
    told = {
        each.id: each
        for each in session.entries.values()
        if each.message is None
        and each.by is not None
        and each.stage in collected
        and not each.is_struck
        and each.merged_into is None
        and has_words(each.text)
        and (since is None or each.at >= since)
    }
    shown = {
        *session_traces.shown(conn, row.id, row.room, told),
        *session_traces.about_to_show(conn, row.id),
    }
    platform = rooms.get(conn, row.room).ref.platform
    found: dict[str, PutIn] = {}
    for entry in sorted(told.values(), key=lambda each: (each.at, each.id)):
        said = _utterance(conn, session, entry, platform) if entry.id in shown else None
        if said is not None:
            found[said.id] = PutIn(entry.id, said)
    return found


def _utterance(conn: Connection, session: Session, entry: Entry, platform: str) -> Utterance | None:
    """Return an entry as it is read; None where nobody may be named with it."""
    assert entry.by is not None
    person = person_of(conn, entry.by, platform)
    if person is None:
        return None
    return Utterance(
        f"entry {entry.id}",
        person.name,
        entry.text,
        entry.at,
        zone=members.get(conn, MemberId(entry.by)).timezone,
        is_host=entry.by == session.lead,
    )


def with_put_in(transcript: Transcript, put_in: Mapping[str, PutIn]) -> Transcript:
    """Return a transcript in which what was put in stands at its time.

    What a model makes of it is not kept for the next time, as not all of it is in messages.
    """
    if not put_in:
        return transcript
    said = [*transcript.utterances, *(each.utterance for each in put_in.values())]
    said.sort(key=lambda each: (each.at is None, each.at))
    return replace(transcript, utterances=tuple(said), room=None)


def counted_apart(summary: Summary, put_in: Mapping[str, PutIn]) -> tuple[Summary, int]:
    """Return a summary that counts messages alone, and how much of what was put in was read beside them."""
    failed = {
        id for each in summary.segments if each.outcome is Outcome.FAILED for id in each.ids
    } & put_in.keys()
    read, count = summary.coverage, len(put_in)
    skipped = (
        replace(each, count=each.count - len(failed) * (each.reason == "failed"))
        for each in read.skipped
    )
    left = tuple(each for each in skipped if each.count)
    messages = Coverage(read.messages - count, read.read - (count - len(failed)), left)
    return replace(summary, coverage=messages), count - len(failed)


def lines_of(
    summary: Summary, said: Mapping[str, StoredMessage], put_in: Mapping[str, PutIn]
) -> Iterator[Line]:
    """Yield a line for each item of a summary, resting on messages and on what was put in."""
    for kind, items in summary.items.items():
        for item in items:
            held = [put_in[id] for id in item.evidence if id in put_in]
            if held:
                yield _line(kind, item, said, held)
            else:
                yield from summary_lines(
                    replace(summary, items={kind: (item,)}, resources=()), said
                )
    yield from summary_lines(replace(summary, items={}), said)
    for link in summary.resources:
        if not any(link in each.text for each in said.values()):
            first = next(each for each in put_in.values() if link in each.utterance.text)
            yield Line(MENTIONED, {"text": link, **_rests([first])}, ())


def _line(kind: ItemKind, item: Item, said: Mapping[str, StoredMessage], held: list[PutIn]) -> Line:
    first = item.evidence[0]
    at: datetime | None
    evidence = tuple(
        Evidence(item.quote if id == first else "", said[id].revision, message=said[id].id)
        for id in item.evidence
        if id in said
    )
    if first in said:
        speaker, at = said[first].author, said[first].posted_at
    else:
        speaker, at = held[0].utterance.speaker, held[0].utterance.at
    content = {
        "text": item.text,
        "speaker": speaker,
        "at": None if at is None else at.isoformat(),
        "owner": item.owner,
        "due": None if item.due is None else item.due.isoformat(),
        "doubt": item.doubt,
        **_rests(held, is_first=first not in said),
    }
    return Line(kind, content, evidence)


def _rests(held: list[PutIn], *, is_first: bool = True) -> dict[str, Any]:
    """Return on which entries a line rests, and whether on one of them before any message."""
    entries = [each.entry for each in held]
    return {"entry": entries[0], "entries": entries, "is_put_in": is_first}


def decisions(
    conn: Connection, session: Session, since: datetime | None, voice: Voice
) -> Iterator[Line]:
    """Yield a line for each thing that was voted for since a moment, with its figures."""
    for stage in walk(session.plan.stages):
        result = session.results.get(stage.name)
        if stage.kind != "vote" or not isinstance(result, Mapping) or not result.get("voters"):
            continue
        at = datetime.fromisoformat(result["at"]) if "at" in result else None
        if at is None or (since is not None and at < since):
            continue
        for id in result["chosen"]:
            entry = session.entries.get(id)
            if entry is not None and not entry.is_struck and stands(conn, entry):
                yield _chosen(conn, entry, result, voice)


def _chosen(conn: Connection, entry: Entry, result: Mapping[str, Any], voice: Voice) -> Line:
    text = voice.phrase(
        "session.write.chosen",
        text=worded(voice, entry),
        votes=result.get("votes", {}).get(str(entry.id), 0),
        voters=result["voters"],
        by_lot=bool(result.get("by_lot")),
    )
    content = {
        "text": text,
        "at": result["at"],
        "is_vote": True,
        "entry": entry.id,
        "entries": [entry.id],
        "is_put_in": True,
        "doubt": "",
    }
    return Line(ItemKind.DECISION, content, evidence_of(conn, entry))


def standing_lines(lines: tuple[Line, ...], session: Session) -> tuple[Line, ...]:
    """Return the lines whose entries are all there still."""
    return tuple(
        each
        for each in lines
        if all(id in session.entries for id in each.content.get("entries", ()))
    )


def owner_of(line: Line, session: Session) -> MemberId | None:
    """Return the member with whom a line goes that rests on what they put in; None where messages hold it."""
    entry = session.entries.get(line.content.get("entry", 0))
    return None if entry is None or entry.by is None else MemberId(entry.by)


def nothing_said(transcript: Transcript) -> Summary:
    """Return a summary of a session in which there was nothing but votes."""
    messages = sum(each.count for each in transcript.skipped)
    return Summary(
        transcript.title,
        method=Method.EXTRACTED,
        coverage=Coverage(messages, 0, transcript.skipped),
        items={kind: () for kind in ItemKind},
    )
