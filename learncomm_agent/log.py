"""The log: events with ids, never with what a member wrote or is called.

`logger` works without any set-up: events reach the standard library's logging, as the program that
uses the library has set it up. Only the command line calls `configure`.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import extract_tb, format_tb
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, Processor

OURS = "learncomm_agent"
FILE = "learncomm.log"
"""In a data folder; the older one beside it has a name that begins so."""
HIDDEN = "<hidden>"
"""What stands in the log in place of a value that does not belong there."""

PRIVATE_KEYS = frozenset(
    {"text", "texts", "name", "names", "content", "contents", "query", "question", "title", "quote"}
    | {"body", "comment", "label", "display_name", "speaker", "values", "passage", "answer"}
    | {"token", "api_key", "password", "secret", "authorization", "completion"}
)
"""Keys whose values are left out, whoever logs them: the last guard, after care in the code."""


def logger(module: str, **ids: object) -> BoundLogger:
    """Return a logger for a module.

    Args:
        module: Its `__name__`.
        ids: What all its events are about, by our own ids.
    """
    # Adapters are packages of their own; below our name, one level goes for all of us.
    known = module if module.split(".")[0] == OURS else f"{OURS}.{module}"
    bare = structlog.wrap_logger(
        logging.getLogger(known),
        processors=[structlog.stdlib.filter_by_level, hide_private, _to_logging],
        wrapper_class=BoundLogger,
        context_class=dict,
    )
    return cast(BoundLogger, bare.bind(**ids))


def configure(
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["text", "json"] = "text",
    stream: TextIO,
) -> None:
    """Write the log of the whole process to a stream, one event a line; a second call replaces the first.

    Events of other libraries go the same way, from `warning` up whatever the level: below that they
    write out what is sent and received, which is members' words.
    """
    _attach(logging.StreamHandler(stream), level, form)


def configure_file(
    path: Path,
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["text", "json"] = "text",
) -> Callable[[], None]:
    """Write the log of the whole process to a file of at most 5 MB, with one older file beside it.

    Returns:
        What ends this, and closes the file.
    """
    handler = RotatingFileHandler(
        path, maxBytes=5_000_000, backupCount=1, encoding="utf-8", delay=True
    )
    _attach(handler, level, form)

    def close() -> None:
        logging.getLogger().removeHandler(handler)
        handler.close()

    return close


def is_kept() -> bool:
    """Whether this process writes a log; else the standard library prints what is bad."""
    return any(
        isinstance(each.formatter, ProcessorFormatter) for each in logging.getLogger().handlers
    )


def origin(error: BaseException) -> str:
    """Return what went wrong and in which line, where no log holds more; without values."""
    frames = extract_tb(error.__traceback__)
    place = f", {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _attach(handler: logging.Handler, level: str, form: Literal["text", "json"]) -> None:
    """Let a handler take the events of the whole process, in the place of an earlier one."""
    handler.setFormatter(
        ProcessorFormatter(
            processors=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _brief_errors,
                hide_private,
                _one_line,
                _renderer(form),
            ],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each.formatter, ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    number = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger(OURS).setLevel(number)


def hide_private(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Leave out what does not belong into a log, at any depth of mappings and lists."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: object) -> object:
    if key in PRIVATE_KEYS:
        return HIDDEN
    if isinstance(value, dict):
        return {str(inner): _hidden(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list):
        return [_hidden("", each) for each in value]
    return value


def _renderer(form: Literal["text", "json"]) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(sort_keys=True, default=str)
    return structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )


def _to_logging(log: Any, method: str, event: EventDict) -> tuple[tuple[EventDict], dict[str, Any]]:
    args, kwargs = ProcessorFormatter.wrap_for_formatter(log, method, event)
    # A program with a log of its own still gets the traceback.
    return args, {**kwargs, "exc_info": event.get("exc_info")}


def _one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    event["event"] = str(event.get("event", "")).replace("\r", "\\r").replace("\n", "\\n")
    return event


def _brief_errors(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Write an exception as its frames and first line: the further lines of foreign ones quote values."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_lines(error))
    return event


def _lines(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines(cause)
    yield "".join(format_tb(error.__traceback__)).rstrip()
    first = str(error).split("\n", 1)[0][:200]
    yield f"{type(error).__name__}: {first}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _lines(each)
