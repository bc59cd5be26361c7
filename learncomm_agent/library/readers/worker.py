"""The other side of the wall: one process reads one file and ends.

On standard input come one line of JSON, with the name and the limits, and then the file's bytes; on
standard output goes one JSON object, `{"reading": …, "unreadable": […]}`; either may be missing.
"""

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from typing import Any

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.reader import Unread, unreadable
from learncomm_agent.library.resources import Reading

READINGS = {
    "pdf": ("learncomm_agent.library.readers.pdf", "pdf_readings"),
    "docx": ("learncomm_agent.library.readers.office", "docx_reading"),
    "pptx": ("learncomm_agent.library.readers.office", "pptx_reading"),
    "epub": ("learncomm_agent.library.readers.epub", "epub_reading"),
    "html": ("learncomm_agent.library.readers.html", "html_reading"),
    "md": ("learncomm_agent.library.readers.markdown", "markdown_file_reading"),
    "txt": ("learncomm_agent.library.readers.text", "text_reading"),
    "srt": ("learncomm_agent.library.readers.subtitles", "srt_reading"),
    "vtt": ("learncomm_agent.library.readers.subtitles", "vtt_reading"),
    "feed": ("learncomm_agent.library.readers.feed", "feed_reading"),
}
"""From a kind to the module and its function; imported when asked for, as each needs a library."""


def main() -> None:
    """Read the file of the kind that the first argument names."""
    answering, sys.stdout = sys.stdout.buffer, sys.stderr  # a library that prints spoils no answer
    order = json.loads(sys.stdin.buffer.readline())
    limits = order["limits"]
    _limit(limits["memory_bytes"], limits["cpu_s"], limits["answer_bytes"])
    answering.write(_answer(sys.argv[1], order["name"], limits))
    answering.flush()


def found(kind: str, name: str, content: bytes) -> Iterable[Reading | Unread]:
    """Read a file right here.

    Args:
        kind: One of `READINGS`.
        name: Becomes the source.
        content: All of it.

    Raises:
        UnreadableResourceError: Nothing of it can be read.
    """
    module, function = READINGS[kind]
    read: Callable[[str, bytes], Reading | Iterable[Reading | Unread]] = getattr(
        import_module(module), function
    )
    made = read(name, content)
    return (made,) if isinstance(made, Reading) else made


def _answer(kind: str, name: str, limits: dict[str, int]) -> bytes:
    refused: UnreadableResourceError
    try:
        told = _told(found(kind, name, sys.stdin.buffer.read()))
        written = _written(told)
        sections = len(told["reading"]["sections"]) if "reading" in told else 0
        if len(written) <= limits["answer_bytes"] and sections <= limits["sections"]:
            return written
        refused = unreadable(name, "holds too much text", "unreadable_heavy")
    except UnreadableResourceError as error:
        refused = error
    except MemoryError:
        refused = unreadable(name, "needs too much memory", "unreadable_heavy")
    except Exception as error:  # whatever a format's library fails with
        why = f"can't be read: {type(error).__name__}"
        refused = unreadable(name, why, "unreadable_broken")
    # Out here what the failure held is free again, and there is memory to say so.
    return _written(_told((Unread(name, refused),)))


def _told(found: Iterable[Reading | Unread]) -> dict[str, Any]:
    """Return one reading, and what was left out of it, as our parent expects them."""
    told: dict[str, Any] = {"unreadable": []}
    for each in found:
        if isinstance(each, Reading):
            told["reading"] = asdict(each)
        else:
            advice = each.error.advice
            about = {"phrase": advice.phrase, "why": str(each.error)}
            told["unreadable"].append({**about, "values": dict(advice.values)})
    return told


def _written(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _limit(memory_bytes: int, cpu_s: int, answer_bytes: int) -> None:
    """Let the system end this process where it asks for too much."""
    try:
        import resource
    except ImportError:  # Windows: our parent's clock is the limit
        return
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, answer_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a stricter limit stands already, or there is none
            resource.setrlimit(what, (most, most))
