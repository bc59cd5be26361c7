"""A language model's requests and answers in a file: written there, or answered from there.

The file is one JSON object after the other, each on a line of its own as we write it; a person who
puts in an answer may spread it over several. It holds members' words, and nothing of a server's
address or key.
"""

import asyncio
import hashlib
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from learncomm_agent import errors
from learncomm_agent.errors import ModelError, ModelUnavailableError, SettingsError, for_log
from learncomm_agent.llm.model import Completion, LanguageModel, Request, Usage
from learncomm_agent.llm.tally import used
from learncomm_agent.log import logger
from learncomm_agent.settings_file import Problem

_log = logger(__name__)
_writing = threading.Lock()
"""Held while a line is added, by whatever thread of this process and to whatever file."""
_SPACE = re.compile(r"\s*")


def key_of(request: Request) -> str:
    """Return what tells a request from others: a digest of its purpose, prompt and schema."""
    asked = [request.purpose, request.prompt, request.schema]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=dict).encode()).hexdigest()[:32]


class RecordedModel:
    """A language model whose requests and answers are added to a file, for development.

    The file is made with mode 0600, since it holds members' words. Forgetting does not reach it:
    whoever records deletes it. A line that can't be written is logged; the answer is passed on.
    """

    def __init__(self, model: LanguageModel, path: Path) -> None:
        """Stand before a model.

        Args:
            model: What completes; closed with this.
            path: The file; made with the first answer, its folder must exist.
        """
        self.name = model.name
        self._model = model
        self._path = path

    async def complete(self, request: Request) -> Completion:
        """Have the model answer, and keep what it said; see `LanguageModel.complete`."""
        try:
            completion = await self._model.complete(request)
        except ModelError as error:
            what = {"class": _class_of(error).__name__, "reason": error.reason}
            await _keep(self._path, request, {"error": what})
            raise
        usage = asdict(completion.usage)
        await _keep(self._path, request, {"answer": completion.text, "usage": usage})
        return completion

    async def close(self) -> None:
        """Close the model."""
        await self._model.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    usage: Usage | None
    """None where a person put the answer in."""


_Said = _Answer | type[ModelError]


class ReplayedModel:
    """Answers from a file that `RecordedModel` wrote, or that a person put answers into.

    The n-th request of a kind gets the n-th answer to it, the last one again and again; an error that was
    recorded is raised again. A request that is not in the file is added with `"answer": null`: put
    text or a JSON object in the place of `null`, and start again.
    """

    name = "replayed"

    def __init__(self, path: Path) -> None:
        """Read the file; one that is not there yet holds no answers. Blocks.

        Raises:
            SettingsError: The file or a line of it can't be read.
        """
        self._path = path
        self._said: dict[str, list[_Said]] = {}
        self._asked: Counter[str] = Counter()
        for key, said in _read(path):
            self._said.setdefault(key, []).extend([] if said is None else [said])

    async def complete(self, request: Request) -> Completion:
        """Return what the file says; see `LanguageModel.complete`.

        Raises:
            ModelUnavailableError: The file holds no answer to it yet.
        """
        key = key_of(request)
        if key not in self._said:
            self._said[key] = []  # before anything is waited for, or two would add it
            await _keep(self._path, request, {"answer": None})
        answers = self._said[key]
        if not answers:
            raise ModelUnavailableError(
                f"no answer to {key!r} is recorded",
                phrase="error.model_not_recorded",
                file=self._path.name,
            )
        said = answers[min(self._asked[key], len(answers) - 1)]
        self._asked[key] += 1
        if isinstance(said, _Answer):
            usage = said.usage or used(request.prompt, said.text, None, None)
            return Completion(said.text, usage)
        raise said(f"recorded for {key!r}")

    async def close(self) -> None:
        """Do nothing: the file is not held open."""


def _class_of(error: ModelError) -> type[ModelError]:
    """Return the class of our tree that an error is of; a plugin may have its own below."""
    return next(each for each in type(error).__mro__ if each in _ERRORS.values())


_ERRORS: Mapping[str, type[ModelError]] = {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, ModelError)
}


async def _keep(path: Path, request: Request, said: Mapping[str, object]) -> None:
    """Add a line; where that fails, say so in the log alone."""
    try:
        await asyncio.to_thread(_append, path, request, said)
    except Exception as error:  # the answer is here, and worth more than its line
        _log.error("model call not recorded", file=path.name, error=for_log(error))


def _append(path: Path, request: Request, said: Mapping[str, object]) -> None:
    values = {  # the answer in front of the prompt, where a person finds the place to fill in
        **{"key": key_of(request), "purpose": request.purpose},
        **said,
        **{"max_tokens": request.max_tokens, "schema": request.schema, "prompt": request.prompt},
    }
    text = json.dumps(values, ensure_ascii=False, default=dict)
    # Half a surrogate is no UTF-8, but what this writes in its place is JSON for it.
    line = text.encode("utf-8", "backslashreplace")
    with _writing, open(path, "a+b", opener=_private) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        begin = (
            b"\n" if file.read(1) not in (b"", b"\n") else b""
        )  # an editor may drop the last one
        file.write(begin + line + b"\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Broken(Exception):
    """What is wrong with a file, and on which line."""

    def __init__(self, line: int | None, code: str, detail: str) -> None:
        super().__init__(detail)
        self.line, self.code = line, code


def _read(path: Path) -> list[tuple[str, _Said | None]]:
    """Return what was said to which request, in order; None where an answer is still to come."""
    try:
        return [_entry(line, value) for line, value in _values(_text(path))]
    except _Broken as error:
        problem = Problem(path.name, "", error.line, error.code, str(error))
        raise SettingsError((str(problem),)) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        if path.parent.is_dir():
            return ""
        raise _Broken(None, "unreadable", "its folder is not there") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _Broken(line, "unreadable", "no UTF-8") from error
    except (OSError, ValueError) as error:  # a path may hold what no path can
        raise _Broken(None, "unreadable", str(getattr(error, "strerror", error)).lower()) from error


def _values(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the JSON values of a text, with the line on which each begins."""
    decoder = json.JSONDecoder(strict=False)  # text put in by hand may hold a bare line break
    at, line = 0, 1
    while True:
        match = _SPACE.match(text, at)
        assert match is not None  # it also matches nothing
        line += text.count("\n", at, match.end())
        if match.end() == len(text):
            return
        try:
            value, at = decoder.raw_decode(text, match.end())
        except json.JSONDecodeError as error:
            # Of a line that was cut off, the next one shows it; so name the place of both.
            where = "" if error.lineno == line else f" on line {error.lineno}"
            raise _Broken(line, "syntax", error.msg.lower() + where) from error
        except (RecursionError, ValueError) as error:
            raise _Broken(line, "syntax", "nested too deep, or too long a number") from error
        yield line, value
        line += text.count("\n", match.end(), at)


def _entry(line: int, value: Any) -> tuple[str, _Said | None]:
    if not isinstance(value, dict) or not isinstance(value.get("key"), str):
        raise _Broken(line, "invalid", "no object with a key")
    answer, error = value.get("answer"), value.get("error")
    if isinstance(answer, dict):
        answer = json.dumps(answer, ensure_ascii=False)
    if isinstance(answer, str):
        return value["key"], _Answer(answer, _usage(line, value.get("usage")))
    if answer is None and error is None and "answer" in value:
        return value["key"], None
    kind = _ERRORS.get(str(error.get("class"))) if isinstance(error, dict) else None
    if answer is not None or kind is None:
        raise _Broken(
            line, "invalid", "the answer is no text, object or null, nor is there an error"
        )
    return value["key"], kind


def _usage(line: int, value: Any) -> Usage | None:
    if value is None:
        return None
    try:
        usage = Usage(**value)
    except TypeError as error:
        raise _Broken(line, "invalid", "usage holds other things than it should") from error
    if not all(type(count) is int and count >= 0 for count in asdict(usage).values()):
        raise _Broken(line, "invalid", "usage is to be whole numbers")
    return usage
