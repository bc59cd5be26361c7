"""For who comes late to a session: what was chosen, decided and found so far, as far as they may read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.audience import Readable
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.running.speaking import stands
from learncomm_agent.sessions.state import Entry, Session, in_order
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.storage import covering, drafts, edits, writings
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.drafts import State
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.items import ItemKind

MOST = 10
"""Lines of one kind."""
_MOST_WRITINGS = 200
_KINDS = (ItemKind.DECISION, ItemKind.ACTION, ItemKind.KEY_POINT)


@dataclass(frozen=True, slots=True)
class Recap:
    """Where a session stands for one member."""

    chosen: tuple[Entry, ...]
    """What was voted for, in the order of the stages."""
    questions: tuple[Entry, ...]
    """What was asked so far, the newest last."""
    found: tuple[Entry, ...]
    """What small groups found, which was told to all."""
    lines: Mapping[str, tuple[Line, ...]]
    """Of the published summaries: decisions, actions and key points, as `ItemKind` names them."""
    meetings: tuple[datetime, ...]
    """Those to come."""
    stage: str
    """The kind of the stage that runs; empty where none does."""
    ends_at: datetime | None
    """Until when."""
    is_listening: bool
    """Whether nothing is expected of them: they only listen, or don't take part."""

    def __bool__(self) -> bool:
        """Whether anything has come of it so far."""
        return bool(self.chosen or self.questions or self.found or any(self.lines.values()))


def recap(
    conn: Connection,
    row: stored.Row,
    session: Session,
    member: int,
    readable: Readable,
    now: datetime,
) -> Recap:
    """Return where a session stands for a member. Words of a draft, or of what was asked in private, are not in it.

    Args:
        conn: The transaction to read in.
        row: The session as it is stored.
        session: The same, read.
        member: Who comes late.
        readable: What they may read; nothing where the session's room is not among that.
        now: The present moment.
    """
    is_open = row.room in readable.rooms
    standing = session.standing if is_open else None
    is_on = standing is not None and standing.entered_at is not None
    person = session.people.get(member)
    return Recap(
        tuple(_chosen(conn, session))[:MOST] if is_open else (),
        _told(conn, session, "question", "asked")[-MOST:] if is_open else (),
        _told(conn, session, "summary", "group")[-MOST:] if is_open else (),
        _lines(conn, row, readable) if is_open else {},
        tuple(each for each in _meetings(session) if each > now) if is_open else (),
        stage_at(session).kind if is_on else "",
        standing.ends_at if standing is not None and is_on else None,
        person is None or person.mode is Mode.LISTEN,
    )


def _chosen(conn: Connection, session: Session) -> Iterator[Entry]:
    for stage in walk(session.plan.stages):
        result = session.results.get(stage.name)
        ids = result.get("chosen") if isinstance(result, Mapping) else None
        for id in ids if isinstance(ids, list | tuple) else ():
            entry = session.entries.get(id)
            if entry is not None and stands(conn, entry):
                yield entry


def _told(conn: Connection, session: Session, what: str, mark: str) -> tuple[Entry, ...]:
    """Return entries that all have read, by what marks them as such."""
    found = (each for each in session.entries.values() if each.what == what)
    return tuple(each for each in in_order(found) if mark in each.fields and stands(conn, each))


def _lines(conn: Connection, row: stored.Row, readable: Readable) -> dict[str, tuple[Line, ...]]:
    """Return lines of the summaries that were published, the newest first, without what they may not read."""
    found: dict[str, list[Line]] = {kind: [] for kind in _KINDS}
    for writing in _published(conn, row):
        closed = set(covering.beyond(conn, writing.id, readable))
        for line in writing.lines:
            is_shown = not line.content.get("is_struck") and line.id not in closed
            if line.section in found and is_shown:
                found[line.section].append(line)
    return {kind: tuple(lines[:MOST]) for kind, lines in found.items()}


def _published(conn: Connection, row: stored.Row) -> Iterator[Writing]:
    for id in stored.writings_of(conn, row.id, _MOST_WRITINGS):
        draft = drafts.get(conn, id)
        if draft is None or draft.state is not State.PUBLISHED:
            continue
        writing = writings.get(conn, id, row.community)
        if writing is not None and writing.kind == "summary":
            yield edits.applied(conn, writing)


def _meetings(session: Session) -> Iterator[datetime]:
    for meeting in session.results.get("meetings") or ():
        yield datetime.fromisoformat(meeting["at"])
