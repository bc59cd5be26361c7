"""Where one word of a text ends and the next begins, in any script; pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

MAX_WORD = 64
"""Characters of a word that are kept; a longer one is no word of a language."""
MAX_ID = 300

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # Korean
)
"""As inside of a class of `re`, like `_marks`: of 16 bits, since a longer one makes the class slow."""
_UNSEEN = re.compile("[\u00ad\u200c-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufeff]")
"""Characters that only say how others are set."""
_JOINED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
"""Letters with an accent that Unicode does not take apart."""
_APART = re.compile("[øłđħ\u0131æœ]")
_NOT = re.compile(r"n't\b")
_CONTRACTED = re.compile(r"'(?:s|d|m|t|ll|re|ve)\b")
_SCHEME = re.compile(r"\b(?:https?://(?:www\.)?|www\.)")
_PLUSPLUS = re.compile(r"\+\+(?<=\w\+\+)(?![\w+#])")
_SHARP = re.compile(r"#(?<=\b[a-z]#)(?![\w+#])")
_PLAIN_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|`([^`]+)`")
_SIGNS = re.compile(r"\w(?:[_@=&\\]|::|://)\w|\w\w[.]\w\w|\d[.:-]\d|^[/~.]\w+[/.]|^\w+(?:\+\+|#)$")


def plain(text: str) -> str:
    """Return a text in small letters, without accents, with single spaces, else as it stands."""
    return " ".join(small(text).split())


def small(text: str) -> str:
    """Return a text in small letters and without accents."""
    return bare(_lower(text))


def _lower(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).casefold())


def bare(text: str) -> str:
    """Return a text without accents; marks that make another letter of one stay."""
    if text.isascii():
        return text
    apart = _accents().sub("", unicodedata.normalize("NFD", text))
    if _APART.search(apart):
        apart = apart.translate(_JOINED)
    return unicodedata.normalize("NFC", apart)


def folded(text: str) -> str:
    """Return a text in small letters, made ready to be cut into words."""
    text = _lower(text)
    text = text.replace("’", "'")
    if "'" in text:
        text = _CONTRACTED.sub("", _NOT.sub("", text.replace("can't", "can")))
    if "://" in text or "www." in text:
        text = _SCHEME.sub(" ", text)
    if "++" in text:
        text = _PLUSPLUS.sub("plusplus", text)
    if "#" in text:
        text = _SHARP.sub("sharp", text)
    return text


def words(text: str, *, of_query: bool = False) -> list[str]:
    """Return the words of a folded text."""
    is_plain = text.isascii() or not _particular().search(text)
    found: list[str] = (_PLAIN_WORD if is_plain else word_pattern()).findall(text)
    if is_plain and "_" not in text and max(map(len, found), default=0) <= MAX_WORD:
        return found
    parts: list[str] = []
    for word in found:
        if "_" not in word and (is_plain or word.isascii()):
            parts.append(word[:MAX_WORD])
        else:
            parts += _parts(word, of_query)
    return parts


def _parts(word: str, of_query: bool) -> Iterator[str]:
    """Yield a word; `snake_case` with its parts, a run without spaces as characters and pairs."""
    names = [part for part in word.split("_") if part]
    if len(names) > 1:
        yield "_".join(names)[:MAX_WORD].rstrip("_")
    for name in names:
        if name.isascii():
            yield name[:MAX_WORD]
            continue
        for run, rest in _runs().findall(name):
            if rest:
                yield rest[:MAX_WORD]
            else:
                yield from _pairs(_characters().findall(run), of_query)


def _pairs(characters: Sequence[str], of_query: bool) -> list[str]:
    """Return each character and the pair it begins; to a query of several the pairs are enough."""
    pairs = [a + b for a, b in pairwise(characters)]
    if of_query:
        return pairs or list(characters)
    return [each for both in zip(characters, (*pairs, ""), strict=True) for each in both if each]


def quoted(text: str) -> Iterator[str]:
    """Yield what stands in quotation marks."""
    for match in _QUOTED.finditer(text):
        if phrase := plain("".join(filter(None, match.groups()))):
            yield phrase


def ids(text: str) -> Iterator[str]:
    """Yield names that are more than words, as they stand."""
    for piece in plain(text).split():
        word = piece.strip(".,;:!?\"'“”„«»`()[]{}<>*")
        has_both = any(map(str.isdigit, word)) and any(map(str.isalpha, word))
        if 2 <= len(word) <= MAX_ID and (has_both or _SIGNS.search(word)):
            yield word


def shown(text: str) -> Iterator[tuple[int, int]]:
    """Yield where what could be looked for stands in a text as written; pairs overlap."""
    for match in _shown().finditer(text):
        if match[1] is None:
            yield match.span()
            continue
        spans = [each.span() for each in _characters().finditer(match[1])]
        for i, (start, end) in enumerate(spans):
            yield match.start() + start, match.start() + end
            if i + 1 < len(spans):
                yield match.start() + start, match.start() + spans[i + 1][1]


@cache
def _marks() -> str:
    """Return the marks that belong to the letter before them, as inside of a class of `re`."""
    codes = (*range(0x300, 0x3400), *range(0xA000, 0xAC00))
    marks = [
        c
        for c in codes
        if unicodedata.category(chr(c)) in {"Mn", "Mc"} and not _UNSEEN.match(chr(c))
    ]
    return "".join(map(chr, marks))


@cache
def _accents() -> re.Pattern[str]:
    """Return marks above and below a letter, and the points of Semitic scripts."""
    kinds = {mark: unicodedata.combining(mark) for mark in _marks()}
    gone = [mark for mark, kind in kinds.items() if 10 <= kind <= 36 or kind >= 200]
    return re.compile(f"[{''.join(gone)}]+")


@cache
def _particular() -> re.Pattern[str]:
    """Return what a text holds for which spaces and letters are not enough to tell its words."""
    return re.compile(rf"[{_SPACELESS}{_marks()}]")


@cache
def word_pattern() -> re.Pattern[str]:
    """Return what a word is."""
    return re.compile(rf"\w[\w{_marks()}]*")


@cache
def _characters() -> re.Pattern[str]:
    """Return what one character of a script without spaces is, its marks included."""
    return re.compile(rf"[{_SPACELESS}][{_marks()}]*")


@cache
def _runs() -> re.Pattern[str]:
    """Return what stands between spaces: runs of a script without them, or of another one."""
    return re.compile(rf"((?:[{_SPACELESS}][{_marks()}]*)+)|([^{_SPACELESS}]+)")


@cache
def _shown() -> re.Pattern[str]:
    """Return a run of a script without spaces, or a word of another one; compounds in parts."""
    one = rf"[{_SPACELESS}][{_marks()}]*"
    return re.compile(rf"((?:{one})+)|(?:(?![{_SPACELESS}_])\w[{_marks()}]*)+")
