"""What a control is pressed on: a writing, and the request as if it were made where that was asked for."""

from dataclasses import replace

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.commands.context import Context
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.storage import rooms, writings
from learncomm_agent.storage.writings import Writing


async def written_as(context: Context, which: str) -> Writing:
    """Return the writing of a number.

    Raises:
        NotFoundError: There is none, or it is gone.
    """
    id = number_of(which)
    found = await context.services.database.read(
        lambda conn: writings.get(conn, id, context.community.id)
    )
    if found is None:
        raise NotFoundError("that writing is gone", phrase="control.gone")
    return found


async def mine(context: Context, which: str) -> Writing:
    """Return the writing of a number, which was written for the presser.

    Raises:
        NotFoundError: There is none, or it is gone.
        NotAllowedError: It is somebody else's.
    """
    writing = await written_as(context, which)
    if writing.member != context.member.id:
        raise NotAllowedError("somebody else's control", phrase="control.not_yours")
    return writing


async def there_of(context: Context, writing: Writing) -> Context:
    """Return the request as if it were made where the first one was.

    A private answer may have come as a direct message; its buttons speak of the room all the same.

    Raises:
        NotFoundError: The presser is not in that room any more.
    """
    id = writing.room
    if id is None or id == context.room_id:
        return context
    room = await context.services.database.read(lambda conn: rooms.get(conn, id))
    presser = Audience.of_account(context.account, room.ref.space)
    refs = await context.platform.readable(presser)
    if room.ref not in refs and room.parent not in refs:  # a thread is read by its room's rule
        raise NotFoundError("not in that room any more", phrase="control.gone")
    return replace(context, room=room, room_id=id, message=None, reply_to=None)


async def check_leads(context: Context, room: RoomId | None, command: str) -> None:
    """Refuse whoever does not lead in the space of a room, as they do now.

    That is known of the space alone in which they ask.

    Raises:
        NotAllowedError: They don't.
    """
    space = context.room.ref.space
    if room is not None and room != context.room_id:
        there = await context.services.database.read(lambda conn: rooms.get(conn, room))
        space = there.ref.space
    if not context.member.is_leader or space != context.room.ref.space:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command=command)


def number_of(which: str) -> int:
    """Return the number that a control carries.

    Raises:
        NotFoundError: It carries none, so it is none of ours.
    """
    if not (which.isascii() and which.isdecimal() and len(which) < 16):
        raise NotFoundError("a control without a number", phrase="control.gone")
    return int(which)
