"""What the tries of one call come to."""

from typing import TypeGuard

from learncomm_agent.llm.model import Request, Usage
from learncomm_agent.llm.tokens import estimate

_MOST_TOKENS = 10**9


def used(prompt: str, text: str, sent: object, received: object, cached: object = 0) -> Usage:
    """Return what was reported, and an estimate in the place of each count that is none.

    Args:
        prompt: What was sent.
        text: What came back, thoughts included.
        sent: As reported.
        received: As reported.
        cached: As reported, of those sent.
    """
    sent = sent if _is_count(sent) else estimate(prompt)
    received = received if _is_count(received) else estimate(text)
    return Usage(sent, received, min(cached, sent) if _is_count(cached) else 0)


class Tally:
    """What the tries of one call have used; one that is open counts with all that it may use."""

    def __init__(self, request: Request) -> None:
        """Begin with nothing used."""
        self._prompt = estimate(request.prompt)
        self._answer = request.max_tokens
        self._allowance = request.allowance
        self._closed = Usage(0, 0)
        self._open = Usage(0, 0)

    @property
    def total(self) -> Usage:
        """What all tries have used, or may have."""
        return _sum(self._closed, self._open)

    @property
    def left(self) -> int | None:
        """What another try may add to its longest answer; below zero, it does not fit; no end where None."""
        if self._allowance is None:
            return None
        total = self.total
        return self._allowance - total.sent - total.received - self._prompt - self._answer

    def begin(self, room: int) -> None:
        """Open a try, with so many tokens beside its longest answer; one still open was used up."""
        self._closed, self._open = self.total, Usage(self._prompt, self._answer + room)

    def end(self, usage: Usage) -> None:
        """Close the try with what it has used."""
        self._closed, self._open = _sum(self._closed, usage), Usage(0, 0)

    def refuse(self) -> None:
        """Close the try as one that has used nothing."""
        self._open = Usage(0, 0)


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.sent + other.sent, one.received + other.received, one.cached + other.cached)


def _is_count(reported: object) -> TypeGuard[int]:
    return type(reported) is int and 0 < reported < _MOST_TOKENS
