"""How a post takes the place of one that said to wait, on a platform that may not let it."""

from dataclasses import replace

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import Outgoing, Receipt
from learncomm_agent.chat.placeholders import Placeholder
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.verbs import Deletes
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger

_log = logger(__name__)


async def put(platform: Platform, can: Capabilities, part: Outgoing) -> Receipt:
    """Post a part; where it can't take the place that it should, it is new, and what stood there goes.

    Raises:
        PlatformError: It is not there; the same call again repeats nothing.
    """
    taken = part.instead_of
    if taken is None:
        return await platform.send(part)
    if taken.room == part.room and can.edits >= Level.PARTIAL:
        try:
            return await platform.edit(taken, part)
        except (NotPermittedError, RoomGoneError) as error:
            _log.info("posted anew", key=part.key, error=for_log(error))
    receipt = await platform.send(replace(part, instead_of=None))
    await delete(platform, taken)
    return receipt


async def find(platform: Platform, placeholder: Placeholder) -> MessageRef | None:
    """Return where a placeholder stands; None where it never got there, and can't any more.

    Raises:
        DisconnectedError: That can't be told now.
        RateLimitedError: Nor so soon.
    """
    try:
        return (await platform.send(placeholder.post)).parts[0]
    except (DisconnectedError, RateLimitedError):
        raise
    except PlatformError:
        return None


async def take_back(platform: Platform, shown: MessageRef, moved: Outgoing) -> None:
    """Take a post of ours away, or, where that may fail, put other words in its place; best effort.

    What one person sees may be out of reach for all but an edit through the handle that made it.

    Raises:
        DisconnectedError: It can't be done now.
        RateLimitedError: Nor so soon.
    """
    try:
        capabilities = await platform.capabilities(shown.room)
        if moved.private_to is None and capabilities.deletes >= Level.PARTIAL:
            await delete(platform, shown)
        else:
            await platform.edit(shown, moved)
    except (DisconnectedError, RateLimitedError):
        raise
    except PlatformError as error:
        _log.info("placeholder left", message=shown.id, error=for_log(error))


async def delete(platform: Platform, message: MessageRef) -> None:
    """Take a post of ours away where that is possible.

    Raises:
        DisconnectedError: It can't be done now.
        RateLimitedError: Nor so soon.
    """
    if not isinstance(platform, Deletes):
        return
    try:
        await platform.delete(message)
    except (DisconnectedError, RateLimitedError):
        raise
    except PlatformError as error:
        _log.info("placeholder left", message=message.id, error=for_log(error))
