"""What a session says to whoever asks: its sayings as blocks, with entries and names filled in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import MemberId
from learncomm_agent.commands.context import Context
from learncomm_agent.sessions.effects import Answer, Saying
from learncomm_agent.sessions.running.speaking import worded
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import naming
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.sayings import Filling, Person, Things, moment_in_words, things_in
from learncomm_agent.writing.session_posts import choices

ENTRY_CHARS = 300
"""More of what somebody put in is not repeated to them."""


@dataclass(frozen=True, slots=True)
class SessionWords:
    """Puts a session's sayings into words for one reader; nobody is called by it."""

    id: int
    layout: Layout
    things: Things
    now: datetime

    def blocks(self, saying: Saying) -> tuple[Block, ...]:
        """Return a saying as blocks; none where it has no words."""
        return self._filling().blocks(saying)

    def plain(self, saying: Saying) -> str:
        """Return a saying in one line."""
        return self._filling().plain(saying)

    def name(self, member: int) -> str:
        """Return what a member is called."""
        found = self.things.people.get(member)
        return self.layout.phrase("session.somebody") if found is None else found.name

    def moment(self, at: str) -> str:
        """Return a moment, as JSON keeps it, in words."""
        return moment_in_words(self.layout, self.layout.local(at), self.now)

    def day(self, at: str) -> str:
        """Return the day of a moment, as JSON keeps it, in words."""
        local = self.layout.local(at)
        is_far = local.year != self.now.astimezone(local.tzinfo).year
        return self.layout.phrase("session.day", at=local, is_far=is_far)

    def _filling(self) -> Filling:
        return Filling(self.layout, self.things, self.id, self.now)


async def words_for(
    context: Context, id: int, session: Session, sayings: Iterable[Saying] = ()
) -> SessionWords:
    """Return the words of a session for whoever asks.

    Args:
        context: The request.
        id: The session's number.
        session: Whose words.
        sayings: What is to be said: whom and what it names is looked up.
    """
    things = {thing for each in sayings for thing in things_in(each.values)}
    people = {id for kind, id in things if kind == "member"} | {session.lead}
    entries = {
        id: _short(worded(context.layout, session.entries[id]))
        for kind, id in things
        if kind == "entry" and id in session.entries
    }
    platform = context.room.ref.platform

    def read(conn: Connection) -> dict[int, Person]:
        found = {id: naming.of_member(conn, MemberId(id), platform) for id in people if id > 0}
        return {id: Person(each.name) for id, each in found.items() if each is not None}

    names = await context.services.database.read(read)
    now = context.services.clock.now()
    return SessionWords(id, context.layout, Things(entries, names), now)


def answered(said: SessionWords, answers: Iterable[Answer]) -> list[Block]:
    """Return what whoever acted is told, with the buttons that go with it."""
    blocks: list[Block] = []
    for each in answers:
        blocks += said.blocks(each.saying)
        blocks += choices(said.layout, said.id, each.controls)
    return blocks


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= ENTRY_CHARS else f"{words[:ENTRY_CHARS].rstrip()} …"
