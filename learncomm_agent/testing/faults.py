"""What can go wrong on a fake platform, as a test asks for it."""

from collections import deque

from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, PlatformError, RateLimitedError
from learncomm_agent.testing.acting import Acting


class Faults(Acting):
    """The faults of a fake platform, each of which is met once it is due."""

    def __init__(self, name: str, clock: Clock) -> None:
        """Make a network where nothing goes wrong yet."""
        super().__init__(name, clock)
        self._faults: deque[tuple[PlatformError, bool]] = deque()
        self._history_faults: deque[tuple[PlatformError, int]] = deque()

    def fail_next(
        self, error: PlatformError, *, after_delivery: bool = False, times: int = 1
    ) -> None:
        """Let the next sends or edits fail, before anything was done or after it."""
        self._faults.extend([(error, after_delivery)] * times)

    def lose_connection(self, *, after_delivery: bool = False, times: int = 1) -> None:
        """Let the connection break during the next sends; it is there again afterwards."""
        error = DisconnectedError(f"{self.name!r} lost the connection")
        self.fail_next(error, after_delivery=after_delivery, times=times)

    def limit_rate(self, retry_after_s: float = 1.0, *, times: int = 1) -> None:
        """Ask the agent to wait so many seconds, on its next sends."""
        self.fail_next(RateLimitedError("too quick", retry_after_s=retry_after_s), times=times)

    def fail_history(self, error: PlatformError, *, after: int = 0) -> None:
        """Let the next reading of a history fail after so many messages at most."""
        self._history_faults.append((error, after))

    def disconnect(self) -> None:
        """Cut the connection: nothing goes out, and what people do is in the history alone."""
        self._is_connected = False

    def reconnect(self) -> None:
        """End `disconnect`; what happened meanwhile is not told."""
        self._is_connected = True

    def _meet_fault(self) -> PlatformError | None:
        """Raise the fault that is due now, return the one that is due once the work is done."""
        self._check_connected()
        error, after_delivery = self._faults.popleft() if self._faults else (None, False)
        if error is not None and not after_delivery:
            raise error
        return error

    def _check_connected(self) -> None:
        if self._sink is None or not self._is_connected:
            raise DisconnectedError(f"{self.name!r} is not connected")
