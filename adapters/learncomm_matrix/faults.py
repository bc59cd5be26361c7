"""What a homeserver and the way to it can refuse, as errors of our own."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import aiohttp

from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
)

_PATIENCE_S = 5.0
"""How long to wait where the homeserver does not say."""
_LONGEST_WAIT_S = 3600.0


class BadTokenError(PlatformError):
    """The homeserver does not take our token, and will not take it later."""

    phrase = "matrix.bad_token"


class TooLargeError(PlatformError):
    """An event or a file is larger than the homeserver takes."""

    phrase = "matrix.too_large"


class RepeatedError(PlatformError):
    """It is there already, and can't be there twice."""


class RefusedError(PlatformError):
    """The homeserver does not do what it was asked, and will not do it later."""


class LostPlaceError(PlatformError):
    """The homeserver does not know the token by which we go on: it was set up anew, or put back."""


class WrongAddressError(DisconnectedError):
    """What answers is no homeserver, or there is one only sometimes."""

    phrase = "matrix.wrong_address"


FINAL = (NotPermittedError, RoomGoneError, TooLargeError, RepeatedError, RefusedError)
"""What is refused for good: to try the same again is in vain, and must hold up nothing else."""


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what the connection raises into our errors.

    Args:
        doing: What is being done, for the log.
    """
    try:
        yield
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise DisconnectedError(f"{doing}: no safe way", phrase="matrix.unsafe") from error
    except aiohttp.InvalidURL as error:
        raise WrongAddressError(f"{doing}: no address") from error
    except (aiohttp.ClientError, OSError) as error:  # a time-out is an OSError too
        raise DisconnectedError(f"{doing}: no connection", phrase="matrix.unreachable") from error
    except RuntimeError as error:
        if "closed" not in str(error):
            raise
        raise DisconnectedError(f"{doing}: the session is closed") from error


def refusal(
    doing: str, status: int, answer: Mapping[str, Any], retry_after: str | None = None
) -> PlatformError:
    """Return what an answer that is no success means.

    Args:
        doing: What was being done, for the log.
        status: Of HTTP.
        answer: What stood in it, or nothing where that was no JSON.
        retry_after: The header of that name.
    """
    code = answer.get("errcode")
    code = code if isinstance(code, str) else ""
    said = f"{doing}: status {status}, code {code[:40]!r}"
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        return RateLimitedError(
            said, retry_after_s=_wait(answer.get("retry_after_ms"), retry_after)
        )
    if status == 401:
        return BadTokenError(said)
    if status == 413 or code == "M_TOO_LARGE":
        return TooLargeError(said)
    if code == "M_DUPLICATE_ANNOTATION":
        return RepeatedError(said)
    if status >= 500:
        return DisconnectedError(said, phrase="matrix.outage")
    if code == "M_UNRECOGNIZED" or (status in (404, 405) and not code):
        return WrongAddressError(said)
    if status == 404 or (status == 403 and "not in room" in str(answer.get("error"))):
        return RoomGoneError(said)
    if status == 403:
        return NotPermittedError(said)
    return RefusedError(said)


def _wait(milliseconds: object, header: str | None) -> float:
    if isinstance(milliseconds, int | float) and milliseconds > 0:
        return min(milliseconds / 1000, _LONGEST_WAIT_S)
    try:
        return min(max(float(header or ""), 0.0), _LONGEST_WAIT_S)
    except ValueError:
        return _PATIENCE_S
