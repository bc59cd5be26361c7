"""What questions are written from that stands in no library: members' entries, and a leader's notes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.library import chunking
from learncomm_agent.library.resources import (
    Passage,
    Place,
    Reading,
    ResourceId,
    ResourceKind,
    Section,
)
from learncomm_agent.sessions.running.results import Line
from learncomm_agent.sessions.state import Entry
from learncomm_agent.storage import messages
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Evidence
from learncomm_agent.writing.questions import PASSAGES
from learncomm_agent.writing.repetition import Asked

_NOWHERE = ResourceId(0)
"""Stands in a passage for what is no resource."""


def passage_of(text: str, at: datetime, name: str) -> Passage:
    """Return a text that is no resource's as a writer reads it."""
    return Passage(
        resource=_NOWHERE,
        revision=0,
        source="",
        title="",
        place=Place(),
        chunk=name,
        start=0,
        end=len(text),
        text=text,
        score=1.0,
        shared_by=None,
        shared_at=at,
    )


def passages_of(text: str, at: datetime) -> list[Passage]:
    """Cut notes into passages, spread over them where they are long."""
    reading = Reading("", ResourceKind.TEXT, "", (Section(text),))
    _, chunks = chunking.chunks(reading)
    step = max(1, len(chunks) // PASSAGES)
    return [passage_of(each.text, at, str(each.ordinal)) for each in chunks[::step]]


def revisions_of(conn: Connection, entries: Sequence[Entry]) -> dict[int, int]:
    """Return of messages that entries came from how they stand now."""
    said = messages.texts(conn, [each.message for each in entries if each.message is not None])
    return {id: revision for id, (_, revision) in said.items()}


def evidence_of(entry: Entry, quote: str, held: Mapping[int, int]) -> tuple[Evidence, ...]:
    """Return what a line rests on that holds words of an entry, beside the entry itself."""
    if entry.message is None:
        return ()
    id = MessageId(entry.message)
    return (Evidence(quote, held.get(id, 0), message=id),)


def new_of(lines: Iterable[Line], seen: frozenset[str], count: int) -> list[Line]:
    """Return the first of some lines that ask what was not asked before."""
    asked, kept = Asked(seen), list[Line]()
    for each in lines:
        if len(kept) < count and not asked.knows(each.text):
            asked.add(each.text)
            kept.append(each)
    return kept
