"""Checking the claims of an answer while a model still writes, so that those that hold can be shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from learncomm_agent.errors import for_log
from learncomm_agent.log import logger
from learncomm_agent.writing.items import Answer
from learncomm_agent.writing.writer import Brief

CHECKING = "checking claims"
"""The name of the task."""
_log = logger(__name__)


async def drafted(
    check: Callable[[Answer], Answer], write: Callable[[Brief], Awaitable[Answer]], brief: Brief
) -> Answer:
    """Return the draft of an answer; what holds of it is shown meanwhile.

    Only the newest draft is checked where several have come since the last one. Showing is a courtesy:
    whatever goes wrong with it, the answer comes all the same.

    Args:
        check: Returns what holds of a draft. Blocks, so it is called on a thread.
        write: Writes the answer for whom a brief names, and tells of its drafts.
        brief: For whom it is; nothing is checked early where nobody is shown anything.
    """
    if brief.shown is None:
        return await write(brief)
    drafts = _Drafts(check, brief.shown)
    task = asyncio.create_task(drafts.run(), name=CHECKING)
    try:
        return await write(replace(brief, drafted=drafts.take))
    finally:
        task.cancel()
        (error,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(error, Exception):
            _log.warning("claims not shown", error=for_log(error))


class _Drafts:
    """Takes drafts, and has what holds of the newest one shown."""

    def __init__(self, check: Callable[[Answer], Answer], shown: Callable[[Answer], None]) -> None:
        self._check = check
        self._shown = shown
        self._newest: Answer | None = None
        self._is_new = asyncio.Event()

    def take(self, draft: Answer) -> None:
        """Keep the newest draft; in the event loop."""
        self._newest = draft
        self._is_new.set()

    async def run(self) -> None:
        """Check the newest draft whenever there is one, until it is cancelled."""
        while True:
            await self._is_new.wait()
            self._is_new.clear()
            if self._newest is not None:
                await asyncio.to_thread(self._show, self._newest)

    def _show(self, draft: Answer) -> None:
        held = self._check(draft)
        if held.claims:
            self._shown(held)
