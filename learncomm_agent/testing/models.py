"""Language models that need no server: one that says what a test tells it, slow ones, one that rambles."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from learncomm_agent.clock import Clock
from learncomm_agent.llm.model import Completion, Request, Usage

Said = str | dict[str, Any] | Exception
"""What a scripted model does: answers a text, answers an object as JSON, or raises."""

_MATERIAL = re.compile(r"<material>\n(.*?)\n</material>", re.DOTALL)
_LINE = re.compile(r"^\[(\d+)\] (.*?): (.*)$", re.MULTILINE)


class ScriptedModel:
    """Answers what it was told to, one answer a call, and keeps what it was asked."""

    def __init__(
        self, answers: Iterable[Said] | Callable[[Request], Said], *, name: str = "scripted"
    ) -> None:
        """Take the answers in their order, or what makes one of each request."""
        self.name = name
        self.requests: list[Request] = []
        """What it was asked, the first first."""
        self._next = answers if callable(answers) else _one_by_one(iter(answers))

    async def complete(self, request: Request) -> Completion:
        """Answer as scripted.

        Raises:
            LookupError: It was asked more often than it has answers.
        """
        self.requests.append(request)
        said = self._next(request)
        if isinstance(said, Exception):
            raise said
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return Completion(text, Usage(len(request.prompt) // 4, len(text) // 4))

    async def close(self) -> None:
        """Do nothing: it has no connections."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line of the material of a prompt."""

    number: int
    label: str
    text: str


def material_of(request: Request) -> tuple[Numbered, ...]:
    """Read the numbered lines of a prompt as a model would."""
    block = _MATERIAL.search(request.prompt)
    found = _LINE.finditer(block.group(1)) if block else iter(())
    return tuple(Numbered(int(m.group(1)), m.group(2), m.group(3)) for m in found)


class SlowModel(ScriptedModel):
    """Takes its time for each answer, by a clock."""

    def __init__(
        self,
        answers: Iterable[Said] | Callable[[Request], Said],
        clock: Clock,
        seconds: float,
        *,
        name: str = "slow",
    ) -> None:
        """Take what `ScriptedModel` takes, and how long an answer lasts."""
        super().__init__(answers, name=name)
        self.writing = 0
        """How many answers it is busy with now."""
        self._clock = clock
        self._seconds = seconds

    async def complete(self, request: Request) -> Completion:
        """Answer as scripted, some time later; raises what `ScriptedModel` raises."""
        self.writing += 1
        try:
            await self._clock.sleep(self._seconds)
        finally:
            self.writing -= 1
        return await super().complete(request)


class StreamingModel(ScriptedModel):
    """Tells what it writes piece by piece, by a clock."""

    def __init__(
        self,
        answers: Iterable[Said] | Callable[[Request], Said],
        clock: Clock,
        *,
        chars: int,
        seconds: float,
        name: str = "streaming",
    ) -> None:
        """Take what `ScriptedModel` takes, how long a piece is, and how long one lasts."""
        super().__init__(answers, name=name)
        self.writing = 0
        """How many answers it is busy with now."""
        self._clock = clock
        self._chars = chars
        self._seconds = seconds

    async def complete(self, request: Request) -> Completion:
        """Answer as scripted, after the last piece; raises what `ScriptedModel` raises."""
        completion = await super().complete(request)
        self.writing += 1
        try:
            for start in range(0, len(completion.text), self._chars):
                await self._clock.sleep(self._seconds)
                if request.on_text is not None:
                    request.on_text(completion.text[start : start + self._chars])
        finally:
            self.writing -= 1
        return completion


class Way(StrEnum):
    """How an unruly model answers."""

    PROSE = "prose"
    EMPTY = "empty"
    CUT = "cut"
    HTML = "html"
    HUGE = "huge"
    DEEP = "deep"
    WRONG_TYPES = "wrong_types"
    WRONG_FIELDS = "wrong_fields"
    FENCED = "fenced"
    CHATTY = "chatty"

    @property
    def is_readable(self) -> bool:
        """Whether a whole answer stands in it."""
        return self in (Way.FENCED, Way.CHATTY)


class UnrulyModel(ScriptedModel):
    """Answers in another form than was asked for, always in the same way."""

    def __init__(self, way: Way, answer: dict[str, Any] | None = None) -> None:
        """Take the way, and the answer that it would have been."""
        super().__init__(lambda _: self._said, name=f"unruly-{way}")
        self._said = _unruly(way, json.dumps(answer or {"claims": []}))


def _unruly(way: Way, answer: str) -> str:
    return {
        Way.PROSE: "Sure! {Happy} to help.",
        Way.EMPTY: "",
        Way.CUT: answer[:-2],
        Way.HTML: "<!doctype html><html><body>502 Bad Gateway</body></html>",
        Way.HUGE: f'{{"claims": "{"x" * 300_000}"}}',
        Way.DEEP: '{"claims":' * 10_000,
        Way.WRONG_TYPES: re.sub(r": \[.*?\]", ": 7", answer),
        Way.WRONG_FIELDS: '{"answer": "yes"}',
        Way.FENCED: f"```json\n{answer}\n```",
        Way.CHATTY: f"Here {{it}} is:\n{answer}\nAnything else?",
    }[way]


def _one_by_one(answers: Iterator[Said]) -> Callable[[Request], Said]:
    def following(_: Request) -> Said:
        try:
            return next(answers)
        except StopIteration:
            raise LookupError("the script of the model is at its end") from None

    return following
