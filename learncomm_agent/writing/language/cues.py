"""Cue phrases of a language, as `knowledge/cues/<lang>.toml` holds them, ready to be matched.

The syntax of a phrase is described at the top of `knowledge/cues/en.toml`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from learncomm_agent.errors import WordsError
from learncomm_agent.writing.language.sentences import Speech
from learncomm_agent.writing.language.vocabulary import is_unspaced, stem, tokens

_GAP = r"(?:\s+\S+){0,4}?"
_UNSPACED_GAP = r"[^\n]{0,16}?"
_START = r"^\W*"
_END = r"\W*$"
_TEXTS = {"stopwords": " ", "forms": "\n"}
"""Lists of words that are one text, and what stands between those of several languages."""
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
        self._by_word: dict[str, list[str]] = {}
        self._always: list[str] = []
        for phrase in phrases:
            pattern, keys = _written(phrase, words or {})
            if not keys:
                self._always.append(pattern)
            for key in keys:
                self._by_word.setdefault(key, []).append(pattern)

    def find(self, text: str, words: Sequence[str] | None = None) -> re.Match[str] | None:
        """Find the first phrase that stands in the text; `words` are its tokens where known."""
        said = tokens(text) if words is None else words
        if not self._by_word.keys().isdisjoint(said):  # mostly none does, and this is quick
            for word in said:
                for pattern in self._by_word.get(word, ()):
                    if match := _pattern(pattern).search(text):
                        return match
        return next((m for each in self._always if (m := _pattern(each).search(text))), None)


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """A kind of questions, and what a sentence holds that answers one."""

    asks: Phrases
    """How such a question begins."""
    shows: Phrases
    must: bool = False
    """Whether nothing else is an answer."""
    is_who: bool = False
    """Whether a name is one, too."""


@dataclass(frozen=True, slots=True)
class Cues:
    """What a language's cue file says; all empty where a language has none."""

    stopwords: frozenset[str]
    speech: Speech
    phrases: Mapping[str, Phrases]
    """By `table.key` of the file, for example `decisions.says`."""
    means: Mapping[str, str]
    """What the date reader reads instead of an expression, in small letters."""
    answers: tuple[AnswerKind, ...]
    languages: tuple[str, ...] = ()
    """Whose cues these are, the one most spoken first."""
    date_order: str = "DMY"
    """How a date in figures is written."""
    forms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For the stem of a word: those of its forms that begin otherwise, `met` beside `meet`."""

    def find(self, key: str, text: str, words: Sequence[str] | None = None) -> bool:
        """Tell whether a phrase of the list `table.key` stands in the text."""
        phrases = self.phrases.get(key)
        return phrases is not None and phrases.find(text, words) is not None


def merged(tables: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Put the tables of several languages into one, for a conversation that was held in all of them."""
    if len(tables) == 1:
        return tables[0]
    whole: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            known = whole.get(name)
            if isinstance(value, Mapping):
                whole[name] = merged([known, value]) if isinstance(known, Mapping) else value
            elif isinstance(value, list) and isinstance(known, list):
                whole[name] = [*known, *value]
            elif isinstance(value, str) and isinstance(known, str) and name in _TEXTS:
                whole[name] = f"{known}{_TEXTS[name]}{value}"
            else:
                whole.setdefault(name, value)
    return whole


def read_stopwords(table: Mapping[str, Any]) -> frozenset[str]:
    """Give the stopwords alone, which is quick; in scripts without spaces as pairs of characters."""
    return frozenset(tokens(str(table.get("stopwords", ""))))


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
        if not isinstance(value, Mapping) and (kind, name) != ("deadlines", "order")
    }
    stopwords = read_stopwords(table)
    speech = Speech(
        marks=_strings(table, "speech", "marks"),
        fillers=_strings(table, "speech", "fillers"),
        openers=_strings(table, "speech", "openers"),
        asides=_strings(table, "speech", "asides"),
        abbreviations=_strings(table, "speech", "abbreviations"),
        clauses=_strings(table, "speech", "clauses"),
        homographs=_strings(table, "speech", "homographs"),
        stays=_strings(table, "speech", "stays"),
        common=stopwords,
    )
    deadlines = table.get("deadlines", {})
    means = {name.lower(): meant for name, meant in deadlines.get("means", {}).items()}
    order = str(deadlines.get("order", "DMY"))
    answers = tuple(
        AnswerKind(
            Phrases(tuple(f"^{start}" for start in kind.get("asks", ())), words),
            Phrases(tuple(kind.get("shows", ())), words),
            must=kind.get("must") is True,
            is_who=kind.get("is_who") is True,
        )
        for kind in table.get("answers", {}).values()
    )
    forms = _forms(str(table.get("forms", "")))
    return Cues(stopwords, speech, phrases, means, answers, date_order=order, forms=forms)


def _forms(text: str) -> Mapping[str, frozenset[str]]:
    """Return what the forms of a word begin with, a word a line; not what two words begin with."""
    lines = [frozenset(map(stem, tokens(line))) for line in text.splitlines()]
    counts = Counter(each for begins in lines for each in begins)
    own = (frozenset(each for each in begins if counts[each] == 1) for begins in lines)
    return {each: begins for begins in own for each in begins}


def _strings(table: Mapping[str, Any], kind: str, name: str) -> tuple[str, ...]:
    value = table.get(kind, {}).get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise WordsError(f"cues: {kind}.{name} must be a list of phrases")
    return tuple(value)


def _written(phrase: str, words: Mapping[str, Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """Write a phrase as a regular expression, and give the words of which one stands where it matches."""
    parts: list[str] = []
    has_spaces = not is_unspaced(phrase)
    has_words, depth = False, 0
    keys: tuple[str, ...] = ()
    for token in phrase.replace("^", "^ ").replace("$", " $").split():
        match token:
            case "^":
                parts.append(_START)
            case "$":
                parts.append(_END)
            case "…":
                parts.append(_GAP if has_spaces else _UNSPACED_GAP)
            case _:
                options = _options(phrase, token.strip("[]"), words)
                has_words = True
                keys = max(keys, _keys(options), key=_rarity)
                opening, closing = "(" * token.count("["), ")" * token.count("]")
                depth += len(opening) - len(closing)
                if depth < 0:
                    break
                bounded = "|".join(_bounded(each, has_spaces=has_spaces) for each in options)
                parts.append(f"{opening}(?:{bounded}){closing}")
    if not has_words:
        raise WordsError(f"cues: the phrase {phrase!r} holds no word")
    if depth:
        raise WordsError(f"cues: the phrase {phrase!r} is not well formed")
    return _joined(parts, r"\s+" if has_spaces else r"\s*"), keys


@lru_cache(maxsize=4096)
def _pattern(written: str) -> re.Pattern[str]:
    """Compile a phrase when it is first looked for: most never are, and `re` itself keeps 512."""
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
        if option in ("#", "9") or not found or (len(option) == 1 and is_unspaced(option)):
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


def _bounded(option: str, *, has_spaces: bool) -> str:
    """Keep a word from matching inside another, where its script has spaces between words."""
    beside = r"\w" if has_spaces else r"\d"

    def is_open(character: str) -> bool:
        return is_unspaced(character) or not (has_spaces or _is_figure(character))

    before = "" if is_open(option[0]) else f"(?<!{beside})"
    after = "" if is_open(option[-1]) else f"(?!{beside})"
    return before + _escaped(option) + after


def _is_figure(character: str) -> bool:
    return character.isdigit() or character == "#"


def _joined(parts: Sequence[str], space: str) -> str:
    joined = ""
    for part in parts:
        is_word = part.startswith("(") and part != _GAP
        joined += (space if is_word and joined and joined != _START else "") + part
    return joined
