"""PDF: the text of each page, its lines joined to paragraphs again."""

import re
from collections.abc import Set
from contextlib import suppress
from io import BytesIO
from itertools import pairwise

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from learncomm_agent.library.readers.cleaning import (
    HEADLINE_CHARS,
    clean,
    clean_line,
    name_title,
)
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

# What programs write as a title when nobody gave one.
_NO_TITLE = re.compile(
    r"untitled.*|unbenannt.*|(document|dokument|presentation|slide)\s*\d*|microsoft \w+ - .*"
    r"|.*\.(docx?|dvi|html?|indd|key|odp|odt|pages|pdf|pptx?|qxd|rtf|tex|txt|xlsx?)",
    re.IGNORECASE,
)
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_SOFT_BREAK = re.compile("\xad\\s*\n\\s*")
_HYPHENATED = re.compile(r"(?<![\w-])[^\W\d_]+(?:-[^\W\d_]+)+")
# A line that ends within a word, but not in "pre- and post-".
_WORD_BREAK = re.compile(r"(?<![\w-])([\w-]*\w)[-‐]\n(?!(?:and|or|to|und|oder|bis)\b)(?=(\w+))")  # noqa: RUF001
_ITEM = re.compile(r"[•‣◦▪·*–-]\s|(\d{1,3}|[a-z])[.)]\s")
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_FULL_LINE = 0.7
"""A line below this share of a page's longer lines ends its paragraph."""
_PHRASES = {
    DependencyError: "unreadable_encrypted",  # strong encryption, without the library that undoes it
    FileNotDecryptedError: "unreadable_encrypted",
    LimitReachedError: "unreadable_heavy",
}


def pdf_reading(name: str, content: bytes) -> Reading:
    """Read a PDF: a section for each page that holds text.

    Raises:
        UnreadableResourceError: Locked with a password, broken, too costly, or without any text.
        MemoryError: A matter for the wall around this.
    """
    try:
        reader = _opened(content)
        pages = [_tidied(page.extract_text()) for page in reader.pages]
        title = _title(reader)
    except MemoryError:
        raise
    except Exception as error:  # of the parser's many, its own are but the commonest
        phrase = next((phrase for kind, phrase in _PHRASES.items() if isinstance(error, kind)), "")
        why = f"can't be read: {type(error).__name__}"
        raise unreadable(name, why, phrase or "unreadable_broken") from error
    hyphenated = {word.lower() for page in pages for word in _HYPHENATED.findall(page)}
    sections = tuple(
        Section(text, Place(page=number))
        for number, page in enumerate(pages, start=1)
        if (text := _paragraphs(page, hyphenated))
    )
    if not sections:
        raise unreadable(name, "holds no text on any page", "unreadable_scanned")
    return Reading(name, ResourceKind.PDF, title or name_title(name), sections)


def _opened(content: bytes) -> PdfReader:
    try:
        return PdfReader(BytesIO(content))  # tries the empty password by itself
    except NotImplementedError as error:  # nothing else is missing as early as here
        raise FileNotDecryptedError("encrypted in a way that is not known") from error


def _title(reader: PdfReader) -> str:
    """Return the title that the document declares, if a person may have written it."""
    title: object = ""
    with suppress(PyPdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        title = reader.metadata.title if reader.metadata else ""
    line = clean_line(title) if isinstance(title, str) else ""
    good = len(line) <= HEADLINE_CHARS and any(map(str.isalpha, line))
    return line if good and not _NO_TITLE.fullmatch(line) else ""


def _tidied(text: str) -> str:
    """Clean a page's text, without white space around lines or doubled within."""
    text = clean(_SOFT_BREAK.sub("", text).translate(_LIGATURES))
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def _paragraphs(page: str, hyphenated: Set[str]) -> str:
    """Join the lines of a page.

    Args:
        page: Tidied.
        hyphenated: Words, in lower case, that are written with a hyphen within a line.
    """

    def joined(found: re.Match[str]) -> str:
        before, after = found.groups()
        is_compound = "-" in before or not before[-1].isalpha() or not after[0].islower()
        if is_compound or f"{before}-{after}".lower() in hyphenated:
            return f"{before}-"
        return before

    lines = _WORD_BREAK.sub(joined, page).split("\n")
    lengths = sorted(map(len, page.split("\n")))
    full = _FULL_LINE * lengths[len(lengths) * 9 // 10]
    text = lines[0]
    for last, line in pairwise(lines):
        if not last or not line:
            text += "\n" + line
        elif len(last) < full or _ITEM.match(line):
            text += ("\n\n" if _SENTENCE_END.search(last) else "\n") + line
        else:
            text += " " + line
    return clean(text) if any(map(str.isalnum, text)) else ""
