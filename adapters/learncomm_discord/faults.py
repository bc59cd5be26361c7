"""What Discord and the way to it can refuse, as errors of our own."""

import ssl
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
_CLOSED = {
    4004: "discord.bad_token",
    4011: "discord.needs_shards",
    4013: "discord.no_intent",
    4014: "discord.no_intent",
}
"""With which code Discord ends a connection for good, and the sentence with the remedy."""
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


@contextmanager
def entering() -> Iterator[None]:
    """Turn what keeps a bot from coming in into errors of ours, each with its remedy."""
    try:
        yield
    except discord.LoginFailure as error:
        raise PlatformError("wrong token", phrase="discord.bad_token") from error
    except discord.PrivilegedIntentsRequired as error:
        raise PlatformError("an intent is missing", phrase="discord.no_intent") from error
    except discord.RateLimited as error:
        raise PlatformError("login: too often", phrase="discord.too_often") from error
    except discord.HTTPException as error:
        raise _no_entry(error) from error
    except discord.ConnectionClosed as error:
        raise _closed(error) from error
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise DisconnectedError("login: no safe way", phrase="discord.unsafe") from error
    except (aiohttp.ClientError, discord.GatewayNotFound, OSError) as error:
        raise DisconnectedError("login: no connection", phrase="discord.unreachable") from error
    except (
        TypeError,
        KeyError,
        ValueError,
    ) as error:  # discord.py takes every answer for Discord's
        raise PlatformError("login: not Discord", phrase="discord.wrong_address") from error


def _no_entry(error: discord.HTTPException) -> PlatformError:
    said = f"login: status {error.status}, code {error.code}"
    if error.status == 429:
        return PlatformError(said, phrase="discord.too_often")
    if error.status >= 500:
        return DisconnectedError(said, phrase="discord.outage")
    if error.status in (404, 405):
        return PlatformError(said, phrase="discord.wrong_address")
    return DisconnectedError(said, phrase="discord.unreachable")


def _closed(error: discord.ConnectionClosed) -> PlatformError:
    said = f"closed with code {error.code}"
    if error.code in _CLOSED:
        return PlatformError(said, phrase=_CLOSED[error.code])
    return DisconnectedError(said, phrase="discord.unreachable")


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
