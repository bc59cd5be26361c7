"""Finds in a text the people who are not to be named there, however their names are spelt; pure.

Hiding a word too many is better than one too few.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a new word begins in a name without spaces."""
_BETWEEN = re.compile(r"\s*|[._-]")
"""What stands between two parts of one name."""
_UMLAUT = re.compile("([aou])e")
_WHOLE = {"æ": "ae", "œ": "oe", "Æ": "Ae", "Œ": "Oe", "þ": "th", "Þ": "Th"}
_PLAIN = {**dict(zip("øłđðıħŧØŁĐ", "olddihtOLD", strict=True)), **_WHOLE}
"""Letters that are written otherwise where a keyboard lacks them."""
_TITLES = frozenset(
    {"prof", "herr", "frau", "mrs", "sir", "von", "van", "der", "den", "the", "und"}
)
"""Parts of names that name nobody."""
_FAMILY_FIRST = 3
"""Signs of a name whose first is the family's, in the scripts of East Asia; the others count alone, too."""
_SHORTEST, _SHORTEST_WITHIN = 3, 5
"""Letters of a part that counts alone, and of one that counts within a word of an address."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where somebody is named."""

    start: int
    end: int
    name: str
    """The name, or the part of it, that stands there."""


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    is_exact: bool
    """Whether it counts only as it is spelt, being a usual word or very short."""


class Names:
    """What some people are called. Looking through a text costs no more where they are many."""

    def __init__(
        self,
        names: Iterable[str],
        common: Collection[str] = (),
        *,
        beside: "Names | None" = None,
    ) -> None:
        """Take names apart.

        Args:
            names: Of one or several words; each part of three letters counts alone, too.
            common: Words that are names only where they are written like one, such as `will`.
            beside: Others that are looked for as well.
        """
        self._common = common
        self._all: tuple[Names, ...] = (self, *(() if beside is None else beside._all))
        self._parts: dict[str, _Part] = {}
        self._longest = 0
        self._rows: dict[str, list[tuple[list[str], str]]] = {}
        """Names of several words, by the first."""
        self._open: dict[str, str] = {}
        """Those whose ends can't be told: of scripts that set no spaces, and of signs."""
        for name in names:
            self._take(name)

    def find(self, text: str) -> list[Found]:
        """Return where they are named, from left to right; two that touch are one."""
        merged: list[Found] = []
        for each in sorted(self._each(text), key=lambda each: (each.start, -each.end)):
            last = merged[-1] if merged else None
            if last is not None and (
                each.start < last.end or _BETWEEN.fullmatch(text, last.end, each.start)
            ):
                merged[-1] = Found(last.start, max(last.end, each.end), last.name)
            else:
                merged.append(each)
        return merged

    def named(self, text: str) -> frozenset[str]:
        """Return the names, and the parts of names, that stand in a text."""
        return frozenset(each.name for each in self._each(text))

    def in_address(self, address: str) -> frozenset[str]:
        """Return those that stand in an address, within its words as well."""
        plain = unquote(address)
        low = _key(_folded(plain)[0])
        named = set(self.named(plain))
        for names in self._all:
            for within in _within(low, names._longest):
                part = names._parts.get(within)
                named.update(() if part is None or part.is_exact else (part.name,))
        return frozenset(named)

    def _take(self, name: str) -> None:
        """Keep one name by all its parts."""
        kept = " ".join(_folded(name, is_cased=True)[0].split())
        if any(unicodedata.category(sign) == "Lo" for sign in kept):
            for part in (kept, *kept.split()):
                whole = unicodedata.normalize("NFC", part)
                if len(whole) > 1:
                    self._open.setdefault(part.casefold(), part)
                if len(whole) == _FAMILY_FIRST and _is_east(whole):
                    self._open.setdefault(_folded(whole[1:])[0], part)
        words = _WORD.findall(kept)
        if not words and any(unicodedata.category(sign) == "So" for sign in kept):
            self._open.setdefault(kept, kept)
        if len(words) > 1:
            row = [_key(each.casefold()) for each in words]
            self._rows.setdefault(row[0], []).append((row, " ".join(words)))
        if words:
            self._add("".join(words))
        humps = [hump for word in words for hump in (word, *_HUMP.split(word))]
        for part in (part for hump in humps for part in (hump, *_LETTERS.findall(hump))):
            if len(part) >= _SHORTEST and part.casefold() not in _TITLES:
                self._add(part)

    def _add(self, part: str) -> None:
        low = part.casefold()
        known = self._parts.get(_key(low))
        if known is None or known.is_exact:
            is_exact = len(low) < _SHORTEST or low in self._common
            self._parts[_key(low)] = _Part(part, is_exact)
            self._longest = max(self._longest, len(_key(low)))

    def _each(self, text: str) -> Iterator[Found]:
        """Find each name, whole or in part; some stand within others."""
        low, places = _folded(text)
        words = list(_WORD.finditer(low))
        keys = [_key(word[0]) for word in words]
        for names in self._all:
            for at, word in enumerate(words):
                for row, name in names._rows.get(keys[at], ()):
                    last = at + len(row) - 1
                    if _are(keys[at : last + 1], row):
                        yield _span(text, places, word.start(), words[last].end(), name)
                yield from names._in_word(text, low, places, word.start(), word.end())
            for key, name in names._open.items():
                if key not in low:
                    continue
                for hit in re.finditer(re.escape(key), low):
                    yield _span(text, places, hit.start(), hit.end(), name)

    def _in_word(
        self, text: str, low: str, places: Sequence[int], start: int, end: int
    ) -> Iterator[Found]:
        """Find a name that is a word, or that signs and numbers part from it."""
        for run in ((start, end), *(hit.span() for hit in _LETTERS.finditer(low, start, end))):
            word = low[slice(*run)]
            for spelt in (word, word.removesuffix("s")):
                part = self._parts.get(_key(spelt))
                if part is None or (spelt != word and len(spelt) < _SHORTEST):
                    continue
                found = _span(text, places, *run, part.name)
                written = _folded(text[found.start : found.end].lstrip("@"), is_cased=True)[0]
                if not part.is_exact or written[: len(part.name)] == part.name:
                    yield found


def _within(low: str, longest: int) -> Iterator[str]:
    """Return what stands within the words of an address and may be a name."""
    for word in _WORD.finditer(low):
        for start in range(word.start(), word.end() - _SHORTEST_WITHIN + 1):
            for end in range(start + _SHORTEST_WITHIN, min(start + longest, word.end()) + 1):
                yield low[start:end]


def _is_east(name: str) -> bool:
    """Whether all signs of a name are Chinese or Korean."""
    return all(unicodedata.name(sign, "").startswith(("CJK", "HANGUL")) for sign in name)


def _are(words: Sequence[str], row: Sequence[str]) -> bool:
    """Whether words are those of a name, whose last may stand in the genitive."""
    if len(words) != len(row):
        return False
    return [*words[:-1]] == [*row[:-1]] and words[-1] in (row[-1], f"{row[-1]}s")


def _key(low: str) -> str:
    """Return a word so that it is the same with umlauts and with these spelt out."""
    plain = _UMLAUT.sub(r"\1", low)
    return plain if len(plain) > _SHORTEST else low


def _span(text: str, places: Sequence[int], start: int, end: int, name: str) -> Found:
    """Return what stands there in the text itself, with the sign that calls and the marks behind."""
    first, last = places[start], places[end - 1] + 1
    while last < len(text) and not _plain(text[last], is_cased=False):
        last += 1
    return Found(first - 1 if first and text[first - 1] == "@" else first, last, name)


def _folded(text: str, *, is_cased: bool = False) -> tuple[str, list[int]]:
    """Return a text without accents and what nobody sees, in small letters, and where each sign of it stood."""
    if text.isascii():
        return text if is_cased else text.lower(), list(range(len(text)))
    signs, places = list[str](), list[int]()
    for place, sign in enumerate(text):
        for each in _plain(sign, is_cased=is_cased):
            signs.append(each)
            places.append(place)
    return "".join(signs), places


def _plain(sign: str, *, is_cased: bool) -> str:
    if sign.isascii():
        return sign if is_cased else sign.lower()
    apart = unicodedata.normalize("NFKD", sign)
    apart = "".join(_PLAIN.get(each, each) for each in apart)
    if not is_cased:
        apart = unicodedata.normalize("NFKD", apart.casefold())
    return "".join(each for each in apart if not _is_mark(each))


def _is_mark(sign: str) -> bool:
    """Whether a sign only changes how another looks."""
    is_variant = "\ufe00" <= sign <= "\ufe0f"
    return bool(unicodedata.combining(sign)) or is_variant or unicodedata.category(sign) == "Cf"
