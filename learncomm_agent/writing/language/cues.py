"""Cue phrases of a language, as `knowledge/cues/<lang>.toml` holds them, ready to be matched.

The syntax of a phrase is described at the top of `knowledge/cues/en.toml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from learncomm_agent.errors import WordsError
from learncomm_agent.writing.language.sentences import Speech
from learncomm_agent.writing.language.vocabulary import tokens

_GAP = r"(?:\s+\S+){0,4}?"
_START = r"^\W*"
_PLACE = re.compile(r"\{(\w+)\}")


class Phrases:
    """A list of phrases that is matched in a time that hardly grows with the list."""

    def __init__(
        self, phrases: Sequence[str] = (), words: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Prepare the phrases.

        Args:
            phrases: In the syntax of the cue files.
            words: The lists that `{name}` stands for.

        Raises:
            WordsError: A phrase names a list that is not there, or is not well formed.
        """
        self._by_word: dict[str, list[re.Pattern[str]]] = {}
        self._always: list[re.Pattern[str]] = []
        for phrase in phrases:
            pattern, keys = _compiled(phrase, words or {})
            if not keys:
                self._always.append(pattern)
            for key in keys:
                self._by_word.setdefault(key, []).append(pattern)

    def find(self, text: str, words: Sequence[str] | None = None) -> re.Match[str] | None:
        """Find the first phrase that stands in the text; `words` are its tokens where known."""
        for word in tokens(text) if words is None else words:
            for pattern in self._by_word.get(word, ()):
                if match := pattern.search(text):
                    return match
        return next((m for pattern in self._always if (m := pattern.search(text))), None)


@dataclass(frozen=True, slots=True)
class Cues:
    """What a language's cue file says; all empty where a language has none."""

    stopwords: frozenset[str]
    speech: Speech
    phrases: Mapping[str, Phrases]
    """By `table.key` of the file, for example `decisions.says`."""
    means: Mapping[str, str]
    """What the date reader reads instead of an expression, in small letters."""
    answers: tuple[tuple[Phrases, Phrases], ...]
    """Pairs: how a kind of question begins, and what a sentence that answers it holds."""

    def find(self, key: str, text: str, words: Sequence[str] | None = None) -> bool:
        """Tell whether a phrase of the list `table.key` stands in the text."""
        phrases = self.phrases.get(key)
        return phrases is not None and phrases.find(text, words) is not None


def read_cues(table: Mapping[str, Any]) -> Cues:
    """Make the cues of a language from the table of its file; an empty table has none.

    Raises:
        WordsError: The table is not of the form that `knowledge/cues/en.toml` shows.
    """
    words = {name: _strings(table, "words", name) for name in table.get("words", {})}
    phrases = {
        f"{kind}.{name}": Phrases(_strings(table, kind, name), words)
        for kind, lists in table.items()
        if isinstance(lists, Mapping) and kind not in ("words", "speech", "answers")
        for name, value in lists.items()
        if not isinstance(value, Mapping)
    }
    speech = Speech(
        marks=_strings(table, "speech", "marks"),
        fillers=_strings(table, "speech", "fillers"),
        openers=_strings(table, "speech", "openers"),
        abbreviations=_strings(table, "speech", "abbreviations"),
        clauses=_strings(table, "speech", "clauses"),
    )
    means = table.get("deadlines", {}).get("means", {})
    answers = tuple(
        (
            Phrases(tuple(f"^{start}" for start in kind.get("asks", ())), words),
            Phrases(tuple(kind.get("shows", ())), words),
        )
        for kind in table.get("answers", {}).values()
    )
    stopwords = frozenset(str(table.get("stopwords", "")).lower().split())
    return Cues(stopwords, speech, phrases, {k.lower(): v for k, v in means.items()}, answers)


def _strings(table: Mapping[str, Any], kind: str, name: str) -> tuple[str, ...]:
    value = table.get(kind, {}).get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise WordsError(f"cues: {kind}.{name} must be a list of phrases")
    return tuple(value)


def _compiled(
    phrase: str, words: Mapping[str, Sequence[str]]
) -> tuple[re.Pattern[str], tuple[str, ...]]:
    parts: list[str] = []
    has_words = False
    keys: tuple[str, ...] = ()
    for token in phrase.replace("^", "^ ").replace("$", " $").split():
        match token:
            case "^":
                parts.append(_START)
            case "$":
                parts.append(r"\W*$")
            case "…":
                parts.append(_GAP)
            case _:
                options = _options(phrase, token.strip("[]"), words)
                has_words = True
                keys = max(keys, _keys(options), key=_rarity)
                opening, closing = "(" * token.count("["), ")" * token.count("]")
                parts.append(rf"{opening}(?:{'|'.join(map(_escaped, options))}){closing}")
    if not has_words:
        raise WordsError(f"cues: the phrase {phrase!r} holds no word")
    try:
        return _pattern(_joined(parts)), keys
    except re.error as error:
        raise WordsError(f"cues: the phrase {phrase!r} is not well formed") from error


@lru_cache(maxsize=4096)
def _pattern(written: str) -> re.Pattern[str]:
    """Compile what communities share: a language has some 800, and `re` itself keeps 512."""
    return re.compile(written, re.IGNORECASE)


def _options(phrase: str, token: str, words: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    options: list[str] = []
    for option in token.split("/"):
        if place := _PLACE.fullmatch(option):
            if place.group(1) not in words:
                raise WordsError(f"cues: no list {place.group(1)!r} for the phrase {phrase!r}")
            options.extend(words[place.group(1)])
        else:
            options.append(option)
    return tuple(options)


def _keys(options: Sequence[str]) -> tuple[str, ...]:
    """Give words of which one stands in every text that the options match; none if there are none."""
    keys: list[str] = []
    for option in options:
        found = tokens(option)
        if option in ("#", "9") or not found:
            return ()
        keys.append(max(found, key=len))
    return tuple(dict.fromkeys(keys))


def _rarity(keys: tuple[str, ...]) -> int:
    return min(map(len, keys), default=0)


def _escaped(option: str) -> str:
    if option == "#":
        return r"\d{1,2}"
    if option == "9":
        return r"\d+"
    return r"\s+".join(re.escape(word) for word in option.split())


def _joined(parts: Sequence[str]) -> str:
    joined = ""
    for part in parts:
        is_word = part.startswith("(") and part != _GAP
        between = r"\s+" if is_word and joined and joined != _START else ""
        joined += between + part
    return rf"(?<!\w){joined}(?!\w)"
