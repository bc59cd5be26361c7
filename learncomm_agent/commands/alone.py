"""What one person may be shown in private, by what they can read in the spaces of their community."""

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.people import AccountRef, CommunityId, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.errors import DisconnectedError, RateLimitedError
from learncomm_agent.log import logger
from learncomm_agent.storage import branches, spaces
from learncomm_agent.storage.database import Database

_log = logger(__name__)


async def readable_alone(
    database: Database,
    platform: Platform,
    community: CommunityId,
    account: AccountRef,
    space: SpaceRef,
) -> Readable:
    """Return what somebody alone may be shown who asks in a space.

    The other spaces of the community count as far as they can be told now. An outage there takes
    something off an answer, and refuses none.

    Raises:
        DisconnectedError: What they may read in the space where they ask can't be told now.
        RateLimitedError: There was too much to ask there.
    """
    refs = await platform.readable(Audience.of_account(account, space))
    known = await database.read(lambda conn: spaces.of_community(conn, community, platform.name))
    for other in known:
        if other == space:
            continue
        try:
            refs |= await platform.readable(Audience.of_account(account, other))
        except (DisconnectedError, RateLimitedError) as error:
            _log.warning("space left out", space=other.id, reason=str(error))
    return await database.read(lambda conn: branches.readable(conn, refs))
