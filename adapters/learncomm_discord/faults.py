"""What Discord and the way to it can refuse, as errors of our own."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
)

_GONE = frozenset({10003, 10004, 10008})
"""Unknown channel, guild or message."""
_NOBODY = frozenset({10007, 10013, 50007})
"""Unknown member or user; one who takes no direct messages."""
_EXPIRED = frozenset({10015, 50027})
"""The time to answer an interaction is over."""
_PATIENCE_S = 5.0


class ExpiredError(PlatformError):
    """The time to answer an interaction is over."""


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what discord.py raises into our errors.

    Args:
        doing: What is being done, for the log.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise RateLimitedError(f"{doing}: too quick", retry_after_s=error.retry_after) from error
    except discord.HTTPException as error:
        raise _refusal(doing, error) from error
    except (aiohttp.ClientError, discord.ConnectionClosed, OSError) as error:
        # A time-out of a connection is an OSError too.
        raise DisconnectedError(f"{doing}: no connection") from error
    except RuntimeError as error:
        if "closed" not in str(error):
            raise
        raise DisconnectedError(f"{doing}: the session is closed") from error


def _refusal(doing: str, error: discord.HTTPException) -> PlatformError:
    said = f"{doing}: status {error.status}, code {error.code}"
    if error.code in _EXPIRED:
        return ExpiredError(said)
    if error.code in _NOBODY or error.status == 403:
        return NotPermittedError(said)
    if error.code in _GONE or error.status == 404:
        return RoomGoneError(said)
    if error.status == 429:
        return RateLimitedError(said, retry_after_s=_wait(error))
    if error.status >= 500:
        return DisconnectedError(said)
    if error.status == 401:
        return PlatformError(said, phrase="discord.bad_token")
    return PlatformError(said)


def _wait(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers["Retry-After"])
    except (KeyError, ValueError):
        return _PATIENCE_S
