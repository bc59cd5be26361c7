"""Which session is meant by whoever asks, and what they may do with it."""

from dataclasses import dataclass, replace

from learncomm_agent.chat.messages import Room, RoomId, RoomKind
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.sessions.earlier import may_go
from learncomm_agent.sessions.state import Phase, Session
from learncomm_agent.sessions.walking import rests
from learncomm_agent.storage import rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection

_MOST = 100
"""Sessions that are looked at, the newest; no group has so many at once."""
SURE = frozenset({"now", "yes", "jetzt", "ja"})
"""Words by which somebody says that they mean what I ask about."""


@dataclass(frozen=True, slots=True)
class Held:
    """A session that whoever asks may know of, as it is now."""

    row: stored.Row
    session: Session
    room: Room
    may_steer: bool
    """Whether they lead it, or lead where it is."""

    @property
    def id(self) -> int:
        """The session's number."""
        return self.row.id

    @property
    def title(self) -> str:
        """What it is called."""
        return self.session.plan.title

    def may_go(self, entry: int) -> bool:
        """Whether an entry of an earlier step can still be struck or taken back."""
        return may_go(self.session, entry)

    @property
    def is_planned(self) -> bool:
        """Whether it has not begun, so that nobody but leaders knows of it."""
        return self.session.phase is Phase.PLANNED


async def held(context: Context, number: int | None = None) -> Held:
    """Return the session of a number; without one that of this room or thread.

    In a direct talk that is the only one in which whoever asks takes part.

    Raises:
        NotFoundError: There is none that they may know of.
        UsageError: Several may be meant.
    """
    if number is not None:
        return await of_number(context, number)
    if context.room.kind is RoomKind.DIRECT:
        return await _mine(context)
    found = await here(context)
    if found is None:
        raise NotFoundError("no session here", phrase="session.none")
    return found


async def at_hand(context: Context) -> Held | None:
    """Return the session that runs where somebody asks, or, in a direct talk, in which they take part."""
    try:
        found = await held(context)
    except UsageError:  # none, or several
        return None
    return None if found.is_planned or found.session.is_over else found


async def of_number(context: Context, number: int) -> Held:
    """Return the session of a number, if whoever asks may read its room.

    Raises:
        NotFoundError: There is none, or they may not know of it.
    """
    community = context.community.id
    row = await context.services.database.read(lambda conn: stored.get(conn, number, community))
    if row is not None and await _reads(context, row.room):
        (found,) = await _held(context, [row])
        if found.may_steer or not found.is_planned:
            return found
    raise NotFoundError("no such session", phrase="session.unknown", number=number)


async def here(context: Context) -> Held | None:
    """Return the session of this room or thread, or of the room that a thread branches from."""

    def read(conn: Connection) -> list[stored.Row]:
        found = [row for row, _ in stored.in_room(conn, context.room_id)]
        parent = context.room.parent
        if not found and parent is not None:
            ids = rooms.find(conn, [parent])
            found = [row for id in ids.values() for row, _ in stored.in_room(conn, id)]
        return found

    seen = await _held(context, await context.services.database.read(read))
    seen.sort(key=lambda each: rests(each.session))
    return next((each for each in seen if each.may_steer or not each.is_planned), None)


async def visible(context: Context) -> list[Held]:
    """Return the sessions that have not ended in rooms that whoever asks reads, that of this room first."""
    return await _visible(context)


async def _visible(context: Context, member: int | None = None) -> list[Held]:
    """Return the same; where a member is named, only what may know them."""
    community, database = context.community.id, context.services.database
    if not await database.read(lambda conn: stored.of_community(conn, community, limit=1)):
        return []
    rooms = (await context.readable(is_private=True)).rooms
    rows = await database.read(
        lambda conn: stored.of_community(conn, community, rooms=rooms, member=member, limit=_MOST)
    )
    seen = await _held(context, rows)
    seen.sort(key=lambda each: (each.row.room != context.room_id, each.id))
    return [each for each in seen if each.may_steer or not each.is_planned]


async def _mine(context: Context) -> Held:
    """Return the only session in which whoever asks takes part, or which they lead."""
    me = context.member.id
    seen = await _visible(context, me)
    found = [each for each in seen if me in each.session.people or me == each.session.lead]
    if not found:
        count = len(await visible(context))
        raise NotFoundError("in no session", phrase="session.none_of_yours", count=count)
    if len(found) > 1:
        named = [f"{each.id} ({each.title})" for each in found]
        raise UsageError("in several sessions", phrase="session.several", sessions=named)
    return found[0]


async def _reads(context: Context, room: RoomId) -> bool:
    if room == context.room_id:
        return True
    return room in (await context.readable(is_private=True)).rooms


async def _held(context: Context, rows: list[stored.Row]) -> list[Held]:
    sessions = context.services.sessions

    def read(conn: Connection) -> list[Held]:
        found = []
        for row in rows:
            room, session = rooms.get(conn, row.room), sessions.get(conn, row.id)[1]
            found.append(Held(row, session, room, _may_steer(context, session, room)))
        return found

    return await context.services.database.read(read)


def _may_steer(context: Context, session: Session, room: Room) -> bool:
    """Whether whoever asks leads a session, or leads in its space, as they do now where they ask."""
    if context.member.id == session.lead:
        return True
    return context.member.is_leader and room.ref.space == context.room.ref.space


def check_steers(it: Held) -> None:
    """Refuse whoever may not steer a session.

    Raises:
        NotAllowedError: They lead neither it nor this community.
        UsageError: It has ended.
    """
    check_not_over(it)
    check_leads(it)


def check_leads(it: Held) -> None:
    """Refuse whoever does not lead a session, whether it has ended or not.

    Raises:
        NotAllowedError: They lead neither it nor this community.
    """
    if not it.may_steer:
        raise NotAllowedError("not theirs to steer", phrase="session.not_yours", title=it.title)


def check_open(it: Held) -> None:
    """Refuse what can be done in a session only while it runs.

    Raises:
        UsageError: It has ended, or not begun.
    """
    check_not_over(it)
    if it.is_planned:
        raise UsageError("not begun", phrase="session.not_begun", title=it.title)


def check_step(context: Context, it: Held, visit: int | None, phrase: str) -> int:
    """Refuse what was meant for another step of a session than the one that is on; return the visit of that.

    Args:
        context: The request.
        it: The session.
        visit: That for which it was meant, where a control or a form says so.
        phrase: What they are told.

    Raises:
        UsageError: It was meant for another one, or asked for before this one began.
    """
    session = it.session
    began = None if session.standing is None else session.standing.entered_at
    is_late = began is not None and context.asked_at < began
    if is_late or visit not in (None, session.visit):
        raise UsageError("meant for another step", phrase=phrase)
    return session.visit


def check_not_over(it: Held) -> None:
    """Refuse what can be done in a session only until it ends.

    Raises:
        UsageError: It has ended.
    """
    if it.session.is_over:
        raise UsageError("ended", phrase="session.over", title=it.title)


def check_planned(it: Held) -> None:
    """Refuse a change of what runs already.

    Raises:
        NotAllowedError: It is not theirs.
        UsageError: It has begun, or ended.
    """
    check_steers(it)
    if not it.is_planned:
        raise UsageError("begun already", phrase="session.has_begun", title=it.title)


def check_read(context: Context, room: Room) -> None:
    """Refuse what needs a room that is read.

    Raises:
        UsageError: It is not.
    """
    if not context.services.directory.reads(room):
        is_leader = context.member.is_leader
        raise UsageError("not read", phrase="session.not_read", is_leader=is_leader)


def in_its_room(context: Context, it: Held) -> Context:
    """Return the request as if it were made in the session's room, where names are looked up."""
    if it.row.room == context.room_id:
        return context
    return replace(context, room=it.room, room_id=it.row.room, message=None, reply_to=None)


async def room_of(context: Context, id: RoomId) -> Context:
    """Return the request as if it were made in a room that whoever asks reads.

    Raises:
        NotFoundError: They don't, or it is gone.
    """
    if id == context.room_id:
        return context
    if not await _reads(context, id):
        raise NotFoundError("not their room", phrase="control.gone")
    room = await context.services.database.read(lambda conn: rooms.get(conn, id))
    return replace(context, room=room, room_id=id, message=None, reply_to=None)


async def of_control(context: Context, which: str) -> Held:
    """Return the session that a control is of.

    Raises:
        NotFoundError: There is none, or they may not know of it.
    """
    return await of_number(context, number_of(which))
