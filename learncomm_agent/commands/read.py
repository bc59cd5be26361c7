"""`read`: whether I read this room, for a leader to choose."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.errors import UsageError
from learncomm_agent.storage.database import Connection


async def read(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say whether this room is read, or change it; all who are in it are told.

    Raises:
        UsageError: In a direct talk, which is never kept.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk is never read", phrase="read.direct")
    directory = context.services.directory
    is_read = directory.reads(context.room)
    if "switch" not in values:
        return Reply((context.say("read.is_on" if is_read else "read.is_off"),), is_private=True)
    if values["switch"] == ("on" if is_read else "off"):
        known = context.say("read.already_on" if is_read else "read.already_off")
        return Reply((known,), is_private=True)
    is_read = not is_read

    def choose(conn: Connection) -> None:
        directory.choose_reading(conn, context.room_id, context.room.ref, is_read=is_read)

    said = context.say("read.on" if is_read else "read.off", room=context.room.name)
    return Reply((said,), commits=(choose,))


READ = Command(
    name="read",
    run=read,
    options=(Option("switch", OptionKind.CHOICE, choices=("on", "off"), takes_rest=True),),
    who=Who.LEADERS,
)
