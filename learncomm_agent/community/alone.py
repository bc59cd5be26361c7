"""What one person may be shown in private, by what they can read in the spaces of their community."""

from collections.abc import Mapping

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
    platforms: Mapping[str, Platform],
    community: CommunityId,
    account: AccountRef,
    space: SpaceRef,
) -> Readable:
    """Return what somebody alone may be shown who asks in a space.

    The other spaces of the community count as far as they can be told now, for the account that asks
    and for those that it is linked with, each asked of on its own platform. An outage there takes
    something off an answer, and refuses none.

    Raises:
        DisconnectedError: What they may read in the space where they ask can't be told now.
        RateLimitedError: There was too much to ask there.
    """
    return (await readable_now(database, platforms, community, account, space))[0]


async def readable_now(
    database: Database,
    platforms: Mapping[str, Platform],
    community: CommunityId,
    account: AccountRef,
    space: SpaceRef,
) -> tuple[Readable, frozenset[SpaceRef]]:
    """Return the same, and of which spaces it can't be told now: nothing there is in it.

    Raises:
        DisconnectedError: What they may read in the space where they ask can't be told now.
        RateLimitedError: There was too much to ask there.
    """
    unasked: set[SpaceRef] = set()
    here = Audience.of_account(account, space)
    refs = await platforms[account.platform].readable(here)
    everywhere = await database.read(lambda conn: spaces.of_person(conn, community, account))
    for audience in everywhere:
        if audience == here or audience.account is None:
            continue
        if (platform := platforms.get(audience.account.platform)) is None:
            continue
        try:
            refs |= await platform.readable(audience)
        except (DisconnectedError, RateLimitedError) as error:
            assert audience.space is not None
            unasked.add(audience.space)
            _log.warning("space left out", space=audience.space.id, reason=str(error))
    return await database.read(lambda conn: branches.readable(conn, refs)), frozenset(unasked)
