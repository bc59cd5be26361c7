"""`read`: whether I read a room, and since when, for a leader to choose."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.chat.messages import Room, RoomKind
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.recording import record
from learncomm_agent.commands.summary import moment
from learncomm_agent.errors import UsageError
from learncomm_agent.storage.database import Connection
from learncomm_agent.work import Commit

NOW, MONTH, ALL = "now", "month", "all"
SINCE = (NOW, MONTH, ALL)


async def read(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say whether a room is read, or change it; all who are in it are told.

    Raises:
        UsageError: In a direct talk, which is never kept.
        NotFoundError: There is no such room that the leader reads.
    """
    room = await _room(context, values)
    if room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk is never read", phrase="read.direct")
    is_read = context.services.directory.reads(room)
    if "switch" not in values:
        return _aside(context, "read.is_on" if is_read else "read.is_off", room)
    if values["switch"] == "off":
        return _close(context, room) if is_read else _aside(context, "read.already_off", room)
    if is_read and "since" not in values:
        return _aside(context, "read.already_on", room)
    since = await asyncio.to_thread(since_of, context, values.get("since", NOW))

    def open_it(conn: Connection) -> None:
        context.services.reading.open(conn, [room], since, context.account)
        _note(context, conn, room, "read on")

    return _done(context, ("read.opening", "read.opening_there"), room, open_it)


def since_of(context: Context, said: str) -> datetime | None:
    """Return from when on a room is meant to be read, in words; None is from its beginning. May block.

    Raises:
        UsageError: They name no moment.
    """
    match said:
        case "now":
            return context.services.clock.now()
        case "month":
            return context.services.clock.now() - timedelta(days=30)
        case "all":
            return None
        case _:
            return moment(context, said)


async def _room(context: Context, values: Mapping[str, Any]) -> Room:
    """Return the room that is meant: this one, unless another is named."""
    if "room" not in values:
        return context.room
    found, mistakes = await naming.rooms_named(context, [values["room"]])
    for mistake in mistakes:
        raise mistake
    return found[0]


def _close(context: Context, room: Room) -> Reply:
    """Read a room no more; here the answer says so to all, elsewhere a post does."""
    is_here = room.ref == context.room.ref

    def close(conn: Connection) -> None:
        context.services.reading.close(conn, room, is_told=is_here)
        _note(context, conn, room, "read off")

    if not is_here:
        return _done(context, ("read.closing", "read.closing_there"), room, close)
    return Reply((context.say("read.off", room=room.name),), commits=(close,))


def _note(context: Context, conn: Connection, room: Room, action: str) -> None:
    id = context.services.directory.room(conn, room).id
    record(context, action, f"room {id}")(conn)


def _done(context: Context, keys: tuple[str, str], room: Room, commit: Commit) -> Reply:
    """Answer the leader alone; where that can't be, all may read that it is done, though not of which room.

    It takes effect either way. What counts is that everyone in the room learns of it, and that the
    notice there sees to; the answer says no more than the notice will, and may not undo the choice.
    """
    alone, to_all = keys
    return replace(_aside(context, alone, room), commits=(commit,), refused=to_all)


def _aside(context: Context, key: str, room: Room) -> Reply:
    return Reply((context.say(key, room=room.name),), is_private=True)


READ = Command(
    name="read",
    run=read,
    options=(
        Option("switch", OptionKind.CHOICE, choices=("on", "off"), takes_rest=True),
        Option("room", OptionKind.ROOM, max_chars=200),
        Option("since", OptionKind.CHOICE, choices=SINCE, is_checked_later=True),
    ),
    who=Who.LEADERS,
)
