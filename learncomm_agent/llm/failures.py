"""What the SDK raises, in our own terms: what passes by itself, and what the rest means.

What a server says may hold the prompt or the key, so nothing of it reaches our messages, save a code
that is a plain word; and it is wiped from the SDK's error, which stays in the chain of causes.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from learncomm_agent.errors import (
    BadCompletionError,
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
)

if TYPE_CHECKING:
    from openai import APIError, APIStatusError

_OUT_OF_QUOTA = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
)
_OVERFLOWS = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_OVERFLOW = re.compile(r"context.(length|window|size)|request too large|prompt is too long")
"""How servers say it that have no code for it; the middle one is said where this one prompt is larger
than all that may be sent in a minute."""
_WORD = re.compile(r"[a-z]+(_[a-z]+)+")


def failures() -> tuple[type[Exception], ...]:
    """Return all that a call of the SDK may raise when the server or the address is at fault."""
    import httpx2
    import openai

    return (
        *(openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL),
        ValueError,  # a body that is no JSON
        RuntimeError,  # one that is nested without end; a client that was closed meanwhile
        ExceptionGroup,  # addresses that can't be tried at all, of which the SDK knows nothing
    )


def passes_by_itself(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    import openai

    if isinstance(error, openai.APIStatusError):
        if _is_out_of_quota(error) or _is_overflow(error) or error.status_code == 501:
            return False
        return error.status_code in (408, 409, 429) or error.status_code >= 500
    if isinstance(error, openai.APITimeoutError) and was_sent(error):
        return False  # it is at work, and would be as slow again
    return isinstance(error, openai.APIConnectionError)


def was_sent(error: BaseException) -> bool:
    """Whether the server may be at work on a call that failed before an answer came."""
    import httpx2
    import openai

    never = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
    unsent = isinstance(error.__cause__, (*never, httpx2.UnsupportedProtocol))
    return isinstance(error, openai.APIConnectionError) and not unsent


def asked_wait_s(error: BaseException | None, now: datetime) -> float | None:
    """Return for how long the server asks to be left alone; None where it does not say."""
    response = getattr(error, "response", None)
    if response is None:
        return None
    asked = response.headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(asked) - now).total_seconds()
        except (TypeError, ValueError):  # no date, or one without a zone
            return None
    return max(0.0, seconds) if seconds == seconds else None


def refuses(error: Exception, *parts: str) -> bool:
    """Whether a server does not take a part of the request, whose name begins with one of these."""
    import openai

    if not isinstance(error, openai.APIStatusError) or error.status_code not in (400, 422, 501):
        return False
    named = error.param if isinstance(error.param, str) and error.param else error.message
    said = re.search(rf"(?<![a-z])({'|'.join(parts)})", named.lower())
    return not _is_overflow(error) and said is not None


def translated(error: Exception, name: str) -> ModelError:
    """Return our error for one of the SDK's; to be raised from it.

    Args:
        error: One of `failures()`; loses what the server said.
        name: The model's.
    """
    import httpx2
    import openai

    if isinstance(error, openai.APIStatusError):
        ours = _refusal(error, name)
    elif isinstance(error, openai.LengthFinishReasonError | openai.ContentFilterFinishReasonError):
        ours = BadCompletionError(f"{name!r} did not answer to the end")
    elif type(error) is openai.APIError:
        ours = _broken(error, name)
    elif isinstance(
        error, openai.OpenAIError | httpx2.HTTPError | httpx2.InvalidURL | ExceptionGroup
    ):
        ours = ModelUnavailableError(
            f"{name!r} can't be reached: {type(error).__name__}", phrase="error.model_unreachable"
        )
    elif isinstance(error, ValueError | RecursionError):
        ours = BadCompletionError(f"{name!r} did not answer in JSON")
    else:
        ours = ModelUnavailableError(f"{name!r} was let go of: {type(error).__name__}")
    error.args = ()
    return ours


def _broken(error: "APIError", name: str) -> ModelError:
    """Return what a server means that says an error in the middle of its answer."""
    message = _message(f"{name!r} broke off", error)
    return PromptTooLongError(message) if _names_overflow(error) else ModelUnavailableError(message)


def _refusal(error: "APIStatusError", name: str) -> ModelError:
    status = error.status_code
    message = _message(f"{name!r} was refused: status {status}", error)
    if _is_overflow(error):
        return PromptTooLongError(message)
    if _is_out_of_quota(error):
        return ModelUnavailableError(message, phrase="error.model_quota")
    if status in (401, 403):
        return ModelUnavailableError(message, phrase="error.model_key")
    if status == 404:
        return ModelUnavailableError(message, phrase="error.model_unknown", model=name)
    if status in (400, 422):  # it takes others: this one it refuses, for what stands in it, perhaps
        return BadCompletionError(message)
    return ModelUnavailableError(message)


def _is_out_of_quota(error: "APIStatusError") -> bool:
    return error.status_code == 402 or bool({str(error.code), str(error.type)} & _OUT_OF_QUOTA)


def _is_overflow(error: "APIStatusError") -> bool:
    if error.status_code not in (400, 413, 422, 429):
        return False
    return error.status_code == 413 or _names_overflow(error)


def _names_overflow(error: "APIError") -> bool:
    named = {str(error.code), str(error.type)} & _OVERFLOWS
    return bool(named or _OVERFLOW.search(error.message.lower()))


def _message(begin: str, error: "APIError") -> str:
    said = [str(each) for each in (error.code, error.type, error.param) if _is_word(each)]
    return ", ".join([begin, *dict.fromkeys(said)])


def _is_word(code: object) -> bool:
    return isinstance(code, str) and len(code) < 60 and _WORD.fullmatch(code) is not None
