"""Words of a text, in any script: the tokens and stems on which the extractive writing compares."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_HIRAGANA = re.compile(r"[\u3040-\u309f]")
"""Japanese writes its particles and endings in these."""
_LINK = re.compile(r"https?://\S+")
_STEM_LENGTH = 6
_LONGEST_WORD = 40


def tokens(text: str) -> tuple[str, ...]:
    """Cut a text into lower-case words; scripts without spaces give pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(text.lower().replace("’", "'")):
        if _UNSPACED.search(word):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            found.append(word)
    return tuple(found)


def is_unspaced(text: str) -> bool:
    """Tell whether a text holds a script that is written without spaces between words."""
    return _UNSPACED.search(text) is not None


def cuts_word(text: str, at: int) -> bool:
    """Tell whether a place stands inside a word; scripts without spaces have no such places."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and not is_unspaced(before + after)


def stem(word: str) -> str:
    """Cut a word to its first letters, so that most forms of one word meet, in most languages.

    Of a Chinese character with a Japanese ending the character remains.
    """
    if len(word) == 2 and _HIRAGANA.match(word[1]):
        return word[0]
    return word.split("'")[0][:_STEM_LENGTH]


def content(words: Iterable[str], stopwords: frozenset[str]) -> frozenset[str]:
    """Give the stems of the words that say what a text is about."""
    return frozenset(
        stem(word)
        for word in words
        if word not in stopwords
        and (len(word) > 2 or (_UNSPACED.match(word) and not _HIRAGANA.match(word)))
        and len(word) <= _LONGEST_WORD
        and not word.isdigit()
    )


def frequent(texts: Sequence[Sequence[str]], share: float = 0.2) -> frozenset[str]:
    """Guess the stopwords of an unknown language: words that stand in many of the texts."""
    if len(texts) < 20:
        return frozenset()
    counts = Counter(word for words in texts for word in set(words))
    return frozenset(word for word, count in counts.items() if count > share * len(texts))


def has_words(text: str) -> bool:
    """Tell whether a text holds a letter or digit, so that there is something to read."""
    return any(character.isalnum() for character in text)


def links(text: str) -> tuple[str, ...]:
    """Find the web addresses in a text, without the punctuation that follows them."""
    return tuple(_trimmed(match.group()) for match in _LINK.finditer(text))


def without_links(text: str) -> str:
    """Give a text without its web addresses, of which people say nothing."""
    return _LINK.sub(" ", text) if "://" in text else text


def normal(text: str) -> str:
    """Give a text as it is compared with others: words alone, in small letters."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _trimmed(address: str) -> str:
    address = re.split(r"[<>\"“”|]|\]\(", address, maxsplit=1)[0]
    while address and address[-1] in ".,;:!?'*_…`])}":
        if address[-1] in ")]" and address.count("(["[address[-1] == "]"]) >= address.count(
            address[-1]
        ):
            break
        address = address[:-1]
    return address
