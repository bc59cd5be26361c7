"""Progress bars for long work, on a terminal alone; a program that reads our output sees none."""

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bars:
    """Two bars: what was read, and what has its vector."""

    def __init__(self, label: Callable[[str], str]) -> None:
        """Take what gives the words beside the bars."""
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._reading = self._progress.add_task(label("cli.add.reading"), total=None)
        self._indexing = self._progress.add_task(
            label("cli.add.indexing"), total=None, visible=False
        )

    def read(self, count: int) -> None:
        """So many more were read."""
        self._progress.advance(self._reading, count)

    def indexed(self, done: int, total: int) -> None:
        """So many have their vector, of so many."""
        self._progress.update(self._indexing, completed=done, total=total, visible=True)

    def __enter__(self) -> "Bars":
        """Show the bars."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take them away."""
        self._progress.stop()
