"""Whom and which rooms somebody means, by a platform's id, a mention or a name."""

from collections.abc import Collection, Sequence

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.parsing import NAME_CHARS, message_id, spellings
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage import naming
from learncomm_agent.storage.naming import Named


def is_read_by(room: Room, refs: Collection[RoomRef]) -> bool:
    """Whether who can read these rooms can read a room: a thread is as where it branches from.

    A platform may list the threads that are in use alone.
    """
    return room.ref in refs or room.parent in refs


async def member(context: Context, named: str) -> Named:
    """Return the one person in this room whom somebody named.

    Raises:
        NotFoundError: Nobody here is called so, or several are.
    """
    (found,) = await people(context, [named])
    if len(found) > 1:
        raise NotFoundError("several people", phrase="thank.several", who=named[:NAME_CHARS])
    if not found:
        raise NotFoundError(
            "nobody of that name here", phrase="thank.unknown", who=named[:NAME_CHARS]
        )
    return found[0]


async def people(context: Context, wanted: Sequence[str]) -> list[list[Named]]:
    """Return for each name those who are called so and can read this room; of others nothing is said."""
    community, platform = context.community.id, context.room.ref.platform
    spelled = [spellings(each) for each in wanted]
    picked = [_picked(context, each) for each in spelled]
    found = await context.services.database.read(
        lambda conn: naming.named(conn, community, platform, spelled)
    )
    for number, account in enumerate(picked):
        if account is not None and [each.ref for each in found[number]] != [account.ref]:
            found[number] = [await met(context, account)]
    return [[each for each in some if await is_here(context, each)] for some in found]


def _picked(context: Context, spelled: Collection[str]) -> Account | None:
    """Return the one of whom the platform told together with what was asked, by the id."""
    return next((each for each in context.people if each.ref.id in spelled), None)


async def met(context: Context, account: Account) -> Named:
    """Return somebody of whom the platform told, and what they chose here; they are not kept by that."""
    community = context.community.id
    known = await context.services.database.read(
        lambda conn: naming.of_account(conn, community, account.ref)
    )
    return known or Named(None, account.ref, account.name, account.is_bot, Consent.IN)


async def is_here(context: Context, someone: Named) -> bool:
    """Whether somebody can read this room."""
    return is_read_by(context.room, await _readable(context, someone.ref))


async def rooms_named(
    context: Context, wanted: Sequence[str]
) -> tuple[list[Room], list[NotFoundError]]:
    """Return the rooms of this space that the asker named and reads, and what is wrong with the others."""
    here = await _rooms_here(context)
    found: dict[RoomRef, Room] = {}
    mistakes = []
    for each in wanted:
        fit = _rooms(spellings(each), here)
        if len(fit) == 1:
            found[fit[0].ref] = fit[0]
            continue
        key = "setup.several_rooms" if fit else "setup.no_room"
        mistakes.append(NotFoundError("no one room", phrase=key, room=each[:NAME_CHARS]))
    return list(found.values()), mistakes


async def message(context: Context, named: str) -> MessageRef:
    """Return the message that a number means in this room, or that a link means in one the asker reads.

    Raises:
        NotFoundError: The link leads to no such room.
    """
    id = room_of_link(named)
    if id in (None, context.room.ref.id):
        return MessageRef(context.room.ref, message_id(named))
    there = next((room for room in await _rooms_here(context) if room.ref.id == id), None)
    if there is None:
        raise NotFoundError("a room that is not theirs", phrase="why.not_mine")
    return MessageRef(there.ref, message_id(named))


def room_of_link(named: str) -> str | None:
    """Return the platform's id of the room in a link to a message; None in what is no link."""
    before = named.rstrip("/").split("/")[-2:-1]
    return before[0] if before else None


async def _rooms_here(context: Context) -> list[Room]:
    """Return the rooms and threads of this space that the asker reads; no direct talks.

    They are as they are known, or as the platform told together with what was asked; one of which
    nobody told is called by its id.
    """
    space = context.room.ref.space
    refs = await _readable(context, context.account)
    known = await context.services.database.read(lambda conn: naming.rooms_of(conn, space))
    rooms = {ref: Room(ref, ref.id) for ref in refs if ref.space == space}
    rooms |= {room.ref: room for room in (*known, *context.rooms) if room.ref.space == space}
    return [
        room
        for room in rooms.values()
        if room.kind is not RoomKind.DIRECT and is_read_by(room, refs)
    ]


async def _readable(context: Context, account: AccountRef) -> frozenset[RoomRef]:
    return await context.platform.readable(Audience.of_account(account, context.room.ref.space))


def _rooms(spelled: Sequence[str], here: Collection[Room]) -> list[Room]:
    """Return the room of an id, or all of a name."""
    ids = {room.ref.id: room for room in here}
    for each in spelled:
        if each in ids:
            return [ids[each]]
    names = {each.casefold() for each in spelled}
    return [room for room in here if room.name.lstrip("#").casefold() in names]
