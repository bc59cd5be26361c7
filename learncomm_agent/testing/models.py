"""Language models that need no server: one that says what a test tells it, one that lies, one that rambles."""

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from learncomm_agent.clock import Clock
from learncomm_agent.llm.model import Completion, Request, Usage

Said = str | dict[str, Any] | Exception
"""What a scripted model does: answers a text, answers an object as JSON, or raises."""

_MATERIAL = re.compile(r"<material>\n(.*?)\n</material>", re.DOTALL)
_LINE = re.compile(r"^\[(\d+)\] (.*?): (.*)$", re.MULTILINE)
_LEVELS = re.compile(r"from easy to far: ([^.]+)\.")
_WORDS_QUOTED = 14
_SUMMARY = ("overview", "key_points", "insights", "decisions", "open_questions", "disagreements")


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


class LyingModel(ScriptedModel):
    """Fills in the form of every request, with lies among honest lines.

    It lies in the ways that models do: wrong numbers for true quotes, quotes that nobody said, promises
    put down to somebody else, invented days and figures, statements turned round, links and mentions
    from nowhere, people and premises that a question brings in, lists without an end.
    """

    def __init__(self, seed: int = 0, *, negation: str = "not", people: Sequence[str] = ()) -> None:
        """Begin with a seed: the same requests get the same answers.

        Args:
            seed: For the choice of what to lie about.
            negation: The word that turns a statement round in the language of the material.
            people: Members whom it drags into its questions.
        """
        super().__init__(self._answer, name="lying")
        self.honest: list[dict[str, Any]] = []
        """The lines that hold, as they were answered."""
        self.lies: list[dict[str, Any]] = []
        self._random = random.Random(seed)
        self._negation = negation
        self._people = tuple(people)

    def _answer(self, request: Request) -> dict[str, Any]:
        lines = [each for each in material_of(request) if len(each.text.split()) >= 4]
        fields = (request.schema or {}).get("properties")
        names = set(fields) if isinstance(fields, dict) else set()
        if "claims" in names:
            return {"claims": self._mixed(lines[:3])}
        if "questions" in names:
            levels = _LEVELS.search(request.prompt)
            ladder = levels.group(1).split(", ") if levels else ["recall"]
            return {"questions": [self._question(each, ladder) for each in lines[:8]]}
        return self._summary(lines)

    def _summary(self, lines: list[Numbered]) -> dict[str, Any]:
        chosen = lines[:: max(1, len(lines) // 9)][:9]
        filled: dict[str, Any] = {name: [] for name in (*_SUMMARY, "action_items")}
        for place, line in enumerate(self._mixed(chosen)):
            filled[_SUMMARY[place % len(_SUMMARY)]].append(line)
        filled["action_items"] = [self._action(each, lines) for each in chosen]
        filled["overview"] += filled["overview"] * 40  # an endless list
        return filled

    def _mixed(self, lines: list[Numbered]) -> list[dict[str, Any]]:
        """Return for most lines an honest one, and for some a lie as well."""
        found: list[dict[str, Any]] = []
        for each in lines:
            found.append(self._kept(self.honest, self._true(each)))
            if self._random.random() < 0.5:
                found.append(self._kept(self.lies, self._lie(each, lines)))
        self._random.shuffle(found)
        return found

    def _kept(self, kept: list[dict[str, Any]], line: dict[str, Any]) -> dict[str, Any]:
        kept.append(line)
        return line

    def _true(self, line: Numbered) -> dict[str, Any]:
        quote = " ".join(line.text.split()[:_WORDS_QUOTED])
        return {"line": line.number, "quote": quote, "also": [], "text": quote}

    def _lie(self, line: Numbered, lines: list[Numbered]) -> dict[str, Any]:
        true = self._true(line)
        words = true["text"].split()
        middle = len(words) // 2
        lies: tuple[dict[str, Any], ...] = (
            {"line": self._random.choice(lines).number},
            {"line": 9999, "also": [line.number, -1, 0]},
            {"quote": "words that nobody here has ever said"},
            {"quote": " ".join(reversed(words))},
            {"text": " ".join((*words[:middle], self._negation, *words[middle:]))},
            {"text": f"{true['text']} (4711)"},
            {"text": f"{true['text']} https://evil.example/x"},
            {"text": f"@everyone {true['text']}"},
            {"text": "zzz qqqq xxxxx"},
            {"quote": ""},
        )
        return {**true, **self._random.choice(lies)}

    def _action(self, line: Numbered, lines: list[Numbered]) -> dict[str, Any]:
        other = self._random.choice(lines)
        true = {**self._true(line), "owner": line.label, "due": None}
        lies: tuple[dict[str, Any], ...] = (
            {},
            {"owner": other.label},
            {"owner": other.label, "also": [other.number]},
            {"owner": "Nobody Known"},
            {"due": "2031-01-01"},
            {"due": "by Friday"},
            {"due": "bis Freitag", "owner": other.label},
        )
        lie = self._random.choice(lies)
        return self._kept(self.lies if lie else self.honest, {**true, **lie})

    def _question(self, line: Numbered, levels: list[str]) -> dict[str, Any]:
        true = self._true(line)
        asked = {
            "line": line.number,
            "quote": true["quote"],
            "level": self._random.choice(levels),
            "text": f"{true['quote']} – ?",
        }
        lies: tuple[dict[str, Any], ...] = (
            {},
            {},
            {},
            {"text": f"{asked['text']} (4711)"},
            {"text": "zzz qqqq xxxxx?"},
            *({"text": f"{each}: {asked['text']}"} for each in self._people),
            {"quote": "words that nobody here has ever said"},
            {"level": "guesswork"},
            {"text": f"{asked['text']} www.evil.example"},
        )
        lie = self._random.choice(lies)
        return self._kept(self.lies if lie else self.honest, {**asked, **lie})


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
