"""A connection that comes back: at once known to be lost, tried again later each time, followed on."""

import asyncio
from collections import deque

import pytest

from learncomm_agent.adapting.returning import follow
from learncomm_agent.errors import DisconnectedError, PlatformError
from learncomm_agent.testing.clock import ManualClock

END = PlatformError("the end")


class Sleepless(ManualClock):
    """Notes how long it is to sleep, and does not."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__()
        self._happened = happened

    async def sleep(self, seconds: float) -> None:
        self._happened.append(f"sleep {seconds:.0f}")


async def played(reads: list[Exception | None], comes: list[Exception | None]) -> list[str]:
    """Return what happened, until reading ended in what is no break."""
    happened: list[str] = []

    def script(name: str, results: list[Exception | None]) -> object:
        left = deque(results)

        async def act() -> None:
            happened.append(name)
            if (error := left.popleft()) is not None:
                raise error

        return act

    with pytest.raises(PlatformError, match="the end"):
        await follow(
            script("read", reads),  # type: ignore[arg-type]
            lambda: happened.append("lost"),
            script("come", comes),  # type: ignore[arg-type]
            Sleepless(happened),
        )
    return happened


async def test_it_is_lost_at_once_and_tried_later_each_time() -> None:
    failed: list[Exception | None] = [OSError(), DisconnectedError("down"), *[EOFError()] * 6, None]
    happened = await played([None, asyncio.IncompleteReadError(b"", 1), END], failed)
    assert happened[:4] == ["read", "read", "lost", "sleep 1"]
    waits = [int(each.split()[1]) for each in happened if each.startswith("sleep")]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert happened.count("lost") == 9, "also when it did not come back"
    assert happened[-2:] == ["come", "read"]


async def test_once_something_was_read_the_first_wait_is_short_again() -> None:
    happened = await played([OSError(), None, OSError(), END], [OSError(), None, None])
    assert [each for each in happened if each.startswith("sleep")] == [
        "sleep 1",
        "sleep 2",
        "sleep 1",
    ]


async def test_what_breaks_before_anything_is_read_is_waited_for_longer() -> None:
    happened = await played([OSError(), OSError(), END], [None, None])
    assert [each for each in happened if each.startswith("sleep")] == ["sleep 1", "sleep 2"]
