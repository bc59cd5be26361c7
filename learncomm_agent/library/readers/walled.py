"""Reads a format in a process of its own, so that no file can take this one down.

A PDF or an office document is a program of a sort: a few bytes may ask for gigabytes or for hours.
The child gets the bytes, limits and nothing else: none of our environment, an empty folder.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, BinaryIO

from pydantic import TypeAdapter, ValidationError

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.reader import Reader, Unread, unreadable
from learncomm_agent.library.readers.recognising import whole
from learncomm_agent.library.readers.worker import found
from learncomm_agent.library.resources import Reading


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    memory_bytes: int = 1_000_000_000
    """Of address space; holds where the system knows such limits, as does `cpu_s`."""
    cpu_s: int = 30
    wall_s: float = 60.0
    answer_bytes: int = 50_000_000
    """Of the text that was found, with what surrounds it."""
    sections: int = 50_000
    """No book has as many; taking them in is work for this process."""


LIMITS = Limits()

# The child is isolated and so knows neither PYTHONPATH nor the user's own packages: it is told
# where we found ours, and looks there last.
_START = (
    "import sys; sys.path += [path for path in sys.argv[2:] if path not in sys.path]; "
    "from learncomm_agent.library.readers.worker import main; main()"
)
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT")
_KILLED_FOR_COST = {
    -getattr(signal, name) for name in ("SIGKILL", "SIGXCPU") if hasattr(signal, name)
}
_COMPLAINT_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class _Refusal:
    phrase: str
    why: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Answer:
    reading: Reading | None = None
    unreadable: tuple[_Refusal, ...] = ()
    """Parts that were left out; all of it where there is no reading."""


_ANSWER = TypeAdapter(_Answer)
_SHORT_BYTES = 1_000_000
_LIGHT_BYTES = 32_000
_LIGHT_SIGNS = 500


def is_short(content: bytes) -> bool:
    """Whether a text costs under a second where what it costs grows only as it does."""
    return len(content) <= _SHORT_BYTES


def is_light(content: bytes) -> bool:
    """Whether a text costs under a second where its parser may take time by the square.

    Tags, attributes and quotes are what HTML and Markdown can be made to choke on.
    """
    return len(content) <= _LIGHT_BYTES and content.count(b">") <= _LIGHT_SIGNS


def walled(
    kind: str, limits: Limits = LIMITS, *, is_light: Callable[[bytes], bool] = lambda content: False
) -> Reader:
    """Make the reader of a format that is read in a process of its own.

    Args:
        kind: One of `worker.READINGS`.
        limits: What one file may cost.
        is_light: Whether a file costs so little, whatever it holds, that it is read right here.
    """

    def read(name: str, stream: BinaryIO, max_bytes: int, /) -> Iterator[Reading | Unread]:
        content = whole(name, stream, max_bytes)
        if not content.strip():
            raise unreadable(name, "is empty", "unreadable_empty")
        if is_light(content):
            yield from found(kind, name, content)
        else:
            yield from _found(name, _answered(kind, name, content, limits))

    return read


def _answered(kind: str, name: str, content: bytes, limits: Limits) -> bytes:
    """Return what the child wrote."""
    order = json.dumps({"name": name, "limits": asdict(limits)}).encode() + b"\n" + content
    paths = [os.path.abspath(path) for path in sys.path]
    with (
        TemporaryDirectory(prefix="learncomm-", ignore_cleanup_errors=True) as folder,
        TemporaryFile() as answer,  # files, for a pipe would have to be read while it is filled
        TemporaryFile() as complaint,
    ):
        try:
            subprocess.run(
                [sys.executable, "-I", "-W", "ignore", "-c", _START, kind, *paths],
                input=order,
                stdout=answer,
                stderr=complaint,
                cwd=folder,
                env={key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ},
                timeout=limits.wall_s,
                start_new_session=True,  # Ctrl-C is for us: what is being read is read to its end
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            why = f"takes longer than {limits.wall_s:g} s"
            raise unreadable(name, why, "unreadable_heavy") from error
        except subprocess.CalledProcessError as error:
            error.stderr = _end(complaint, _COMPLAINT_BYTES)
            phrase = "heavy" if error.returncode in _KILLED_FOR_COST else "broken"
            why = f"ended its reader with {error.returncode}"
            raise unreadable(name, why, f"unreadable_{phrase}") from error
        if answer.seek(0, os.SEEK_END) > limits.answer_bytes:
            raise unreadable(name, "holds too much text", "unreadable_heavy")
        answer.seek(0)
        return answer.read()


def _end(file: IO[bytes], size: int) -> bytes:
    file.seek(max(0, file.seek(0, os.SEEK_END) - size))
    return file.read()


def _found(name: str, written: bytes) -> Iterator[Reading | Unread]:
    """Yield what the child found, which is believed no more than the file itself."""
    try:
        answer = _ANSWER.validate_json(written)
    except ValidationError as error:
        raise unreadable(name, "made its reader talk nonsense", "unreadable_broken") from error
    refused = [
        UnreadableResourceError(each.why, phrase=each.phrase, **{**each.values, "name": name})
        for each in answer.unreadable
    ]
    if answer.reading is None:
        raise (
            refused[0]
            if refused
            else unreadable(name, "made its reader say nothing", "unreadable_broken")
        )
    yield replace(answer.reading, source=name)
    yield from (Unread(name, error) for error in refused)
