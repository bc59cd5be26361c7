"""The leaders' room, where drafts come first: which one it is, and whether others read it as well."""

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.platform import OpenRooms
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.setup_wishes import Wishes
from learncomm_agent.errors import PlatformError
from learncomm_agent.log import logger
from learncomm_agent.storage import drafts
from learncomm_agent.storage.database import Connection

LOOKED_AT = 50
"""So many of those who don't lead are looked at."""
_log = logger(__name__)


async def chosen(context: Context, wishes: Wishes) -> Room | None:
    """Return the leaders' room once the wishes are kept; None where there is none."""
    if wishes.desk is not None:
        return next(iter(wishes.desk), None)
    space = context.room.ref.space
    return await context.services.database.read(lambda conn: drafts.desk_of(conn, space))


async def is_open(context: Context, desk: Room, wishes: Wishes) -> bool:
    """Whether others than leaders can read the leaders' room, as far as the platform tells."""
    platform = context.platform
    try:
        if isinstance(platform, OpenRooms) and await platform.is_for_all(desk.ref):
            return True
        return await _is_read_by_others(context, desk, wishes)
    except PlatformError as error:
        _log.warning("readers not known", platform=platform.name, reason=str(error))
        return False


async def _is_read_by_others(context: Context, desk: Room, wishes: Wishes) -> bool:
    """Whether somebody may read it who was met, and does not lead."""
    community, space = context.community.id, desk.ref.space
    if wishes.roles is not None:
        return False  # who leads is only now chosen

    def read(conn: Connection) -> list[Audience]:
        lead = context.services.directory.holders(community, space)
        met = drafts.others_on(conn, community, space.platform, LOOKED_AT)
        return [Audience.of_account(ref, space) for ref in met if ref not in lead]

    for audience in await context.services.database.read(read):
        refs = await context.platform.readable(audience)
        if desk.ref in refs or desk.parent in refs:
            return True
    return False
