"""Where typed lines come from: a person at a terminal, or a script on the standard input."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from learncomm_terminal.completing import Names

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession


async def script() -> AsyncIterator[str]:
    """Yield the lines of the standard input until it ends.

    A thread reads them, one ahead: it can wait for a line without keeping the process from ending.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1)
    # Unbuffered: a reader that waits in the buffer holds its lock, and Python aborts when it ends.
    stream = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)

    def hand_over(line: str | None) -> None:
        putting = lines.put(line)
        try:
            asyncio.run_coroutine_threadsafe(putting, loop).result()
        finally:
            putting.close()

    def read() -> None:
        # The loop may end before the script does: with a line on its way, or before it.
        with contextlib.suppress(RuntimeError, CancelledError):
            for line in stream:
                hand_over(line.decode(errors="replace").rstrip("\r\n"))
            hand_over(None)

    threading.Thread(target=read, name="script", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


class Keyboard:
    """A person's keyboard, with completion and all that was typed before."""

    def __init__(self, prompt: Callable[[], str], toolbar: Callable[[], str], names: Names) -> None:
        """Ask with what these return at each moment."""
        self._prompt = prompt
        self._toolbar = toolbar
        self._names = names
        self._session: PromptSession[str] | None = None

    async def lines(self, past: Iterable[str]) -> AsyncIterator[str]:
        """Yield what is typed until the person leaves, by Ctrl-D or Ctrl-C.

        What was typed before comes from the messages that still stand, not from a file of its own:
        so a message that was taken back is not kept there either.
        """
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory

        self._session = PromptSession(
            history=InMemoryHistory(list(past)),
            completer=self._names.completer(),
            complete_in_thread=True,
            bottom_toolbar=self._toolbar,
            erase_when_done=True,
            interrupt_exception=EOFError,
        )
        while True:
            try:
                line = await self._session.prompt_async(self._prompt)
            except EOFError:
                return
            yield line

    def refresh(self) -> None:
        """Show what the toolbar says now."""
        if self._session is not None:
            self._session.app.invalidate()
