"""A language model that lies, in the ways that models do."""

import random
import re
from collections.abc import Sequence
from typing import Any

from learncomm_agent.llm.model import Request
from learncomm_agent.testing.models import Numbered, ScriptedModel, material_of

_LEVELS = re.compile(r"from easy to far: ([^.]+)\.")
_WORDS_QUOTED = 14
_SUMMARY = ("overview", "key_points", "insights", "decisions", "open_questions", "disagreements")


class LyingModel(ScriptedModel):
    """Fills in the form of every request, with lies among honest lines.

    It lies in the ways that models do: wrong numbers for true quotes, quotes that nobody said, promises
    put down to somebody else, invented days and figures, statements turned round, links and mentions
    from nowhere, people and premises that a question brings in, lists without an end.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        negation: str = "not",
        people: Sequence[str] = (),
        asking: str = "What about “{}”?",
    ) -> None:
        """Begin with a seed: the same requests get the same answers.

        Args:
            seed: For the choice of what to lie about.
            negation: The word that turns a statement round in the language of the material.
            people: Members whom it drags into its questions.
            asking: How it asks about some words, in the language of the material.
        """
        super().__init__(self._answer, name="lying")
        self.honest: list[dict[str, Any]] = []
        """The lines that hold, as they were answered."""
        self.lies: list[dict[str, Any]] = []
        self._random = random.Random(seed)
        self._negation = negation
        self._people = tuple(people)
        self._asking = asking

    def _answer(self, request: Request) -> dict[str, Any]:
        lines = [each for each in material_of(request) if len(each.text.split()) >= 4]
        fields = (request.schema or {}).get("properties")
        names = set(fields) if isinstance(fields, dict) else set()
        if "claims" in names:
            return {"claims": self._mixed(lines[:3])}
        if "questions" in names:
            levels = _LEVELS.search(request.prompt)
            ladder = levels.group(1).split(", ") if levels else ["notice"]
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
            "text": self._asking.format(true["quote"]),
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
