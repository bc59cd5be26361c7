"""What was written for a session: lines, each with what it rests on, which go to it as they stand by then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import messages, resources
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Evidence
from learncomm_agent.work import Commit


@dataclass(frozen=True, slots=True)
class Line:
    """One line that was written for a stage."""

    text: str
    source: str = ""
    label: str = ""
    evidence: tuple[Evidence, ...] = ()
    entries: tuple[int, ...] = ()
    """The entries of the session whose words it holds."""

    @property
    def record(self) -> dict[str, Any]:
        """The line as `sessions.stages.written` reads it."""
        held = {
            each.message: {"message": each.message, "quote": each.quote}
            for each in reversed(self.evidence)
            if each.message is not None
        }
        books = (each.resource for each in self.evidence if each.resource is not None)
        return {
            "text": self.text,
            "source": self.source,
            "label": self.label,
            "evidence": list(reversed(held.values())),
            "resources": list(dict.fromkeys(books)),
            "entries": list(self.entries),
        }


Lists = Mapping[str, Sequence[Line]]


def telling(sessions: Sessions, session: int, effect: int, lists: Lists) -> Commit:
    """Return what tells a session what was written, in the transaction in which its row of work is done.

    It holds members' words, so it never waits as a row of its own; and what they rest on may have gone
    while it was written.

    Args:
        sessions: Lets it happen.
        session: The session.
        effect: The effect that wished it.
        lists: The lines, by the names under which the stage looks for them.
    """

    def commit(conn: Connection) -> None:
        row = stored.get(conn, session)
        if row is None:
            return
        now = load(row.content)
        left = {
            name: [each.record for each in lines if _stands(conn, now, each)]
            for name, lines in lists.items()
        }
        is_failed = not any(left.values())
        sessions.apply(conn, session, Done(effect, {} if is_failed else left, is_failed))

    return commit


def failing(sessions: Sessions, session: int, effect: int) -> Commit:
    """Return what tells a session that nothing was written."""
    return telling(sessions, session, effect, {})


def _stands(conn: Connection, session: Session, line: Line) -> bool:
    """Whether all that a line rests on is there, as it was read."""
    if not all(each in session.entries for each in line.entries):
        return False
    said = messages.texts(conn, [each.message for each in line.evidence if each.message])
    books = resources.revisions(conn, [each.resource for each in line.evidence if each.resource])
    return all(
        (each.message is None or said.get(each.message, ("", None))[1] == each.revision)
        and (each.resource is None or books.get(each.resource) == each.revision)
        for each in line.evidence
    )
