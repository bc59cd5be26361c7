"""Progress bars for long work, on a terminal alone; a program that reads our output sees none."""

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bar:
    """One bar: so much is done, of so much."""

    def __init__(self, label: str) -> None:
        """Take the words beside it."""
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self._progress = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._progress.add_task(label, total=None)

    def show(self, done: int, total: int) -> None:
        """So much is done, of so much; may be told on any thread."""
        self._progress.update(self._task, completed=done, total=total)

    def __enter__(self) -> "Bar":
        """Show it."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take it away."""
        self._progress.stop()


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
