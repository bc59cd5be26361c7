"""The lives of a process, one after another, as the test sees them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MAKER = Path(__file__).with_name("maker.py")
ROOT = MAKER.parents[2]


class Lives:
    """Starts processes of one module, all in the same way."""

    def __init__(self, module: str, log: Path) -> None:
        """Import the module in a process that makes the others; what they log goes into a file."""
        self._log = log
        paths = os.pathsep.join((str(ROOT), str(ROOT / "adapters")))
        with log.open("a") as file:
            self._maker = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", str(MAKER), module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ, "PYTHONPATH": paths},
            )

    def __enter__(self) -> "Lives":
        return self

    def __exit__(self, *error: object) -> None:
        self._maker.kill()
        self._maker.communicate()  # closes its input, at which a life that goes on ends too

    def begin(self, *args: object) -> "Life":
        """Begin a life; the one before must have ended."""
        assert self._maker.stdin is not None
        self._maker.stdin.write(json.dumps([str(each) for each in args]) + "\n")
        self._maker.stdin.flush()
        return Life(self._lines())

    def log(self) -> str:
        return self._log.read_text()[-3000:]

    def _lines(self) -> Iterator[str]:
        assert self._maker.stdout is not None
        for line in self._maker.stdout:
            yield line.strip()
        raise AssertionError(self.log())


class Life:
    """One process."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._early = []
        self._process = 0
        self.code: int | None = None
        """How it ended."""
        while not self._process:
            self._early += [line for line in [next(lines)] if not self._is_about(line)]

    def told(self) -> Iterator[str]:
        """Yield what it says, until it has ended."""
        while self._early:
            yield self._early.pop(0)
        while self.code is None:
            line = next(self._lines)
            if not self._is_about(line):
                yield line

    def kill(self) -> list[str]:
        """End it as a power cut does; return what it had still said."""
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        return list(self.told())

    def _is_about(self, line: str) -> bool:
        """Take note of a line that is not from the process, but about it."""
        kind, _, number = line.partition(" ")
        if kind == "process":
            self._process = int(number)
        elif kind == "ended":
            self.code = int(number)
        return kind in ("process", "ended")
