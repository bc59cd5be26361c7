"""PDF: the text of each page, its lines joined to paragraphs again."""

import re
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from io import BytesIO
from itertools import pairwise

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from learncomm_agent.library.readers.about import author_of
from learncomm_agent.library.readers.cleaning import (
    HEADLINE_CHARS,
    clean,
    clean_line,
    name_title,
)
from learncomm_agent.library.readers.reader import Unread, unreadable
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
_ODD = (PyPdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a file of odd objects fails with, where that costs nothing but what was asked for."""
_PHRASES = {
    DependencyError: "unreadable_encrypted",  # strong encryption, without the library that undoes it
    FileNotDecryptedError: "unreadable_encrypted",
    LimitReachedError: "unreadable_heavy",
}


def pdf_readings(name: str, content: bytes) -> Iterator[Reading | Unread]:
    """Read a PDF: a section for each page that holds text; then the pages that show only a picture.

    Raises:
        UnreadableResourceError: Locked with a password, broken, too costly, or without any text.
        MemoryError: A matter for the wall around this.
    """
    try:
        reader = _opened(content)
        pages = [_tidied(page.extract_text()) for page in reader.pages]
        scanned = [n for n, page in enumerate(pages) if not page and _shows(reader.pages[n])]
        about = {name: _about(reader, name) for name in ("title", "author")}
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
    title = about["title"]
    title = title if not _NO_TITLE.fullmatch(title) else ""
    yield Reading(
        name,
        ResourceKind.PDF,
        title or name_title(name),
        sections,
        author=author_of(about["author"]),
    )
    if scanned:
        numbers = _ranges([number + 1 for number in scanned])
        why = f"holds no text on {len(scanned)} pages"
        values = {"pages": numbers, "count": len(scanned)}
        yield Unread(name, unreadable(name, why, "unreadable_pages", **values))


def _shows(page: PageObject) -> bool:
    """Whether a page shows something that is drawn as a whole, such as the picture of a page."""
    with suppress(*_ODD):
        return bool(page["/Resources"]["/XObject"].get_object())  # type: ignore[index]
    return False


def _ranges(numbers: Sequence[int]) -> list[str]:
    """Write numbers in their order, those that follow each other as `3-7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def _opened(content: bytes) -> PdfReader:
    try:
        return PdfReader(BytesIO(content))  # tries the empty password by itself
    except NotImplementedError as error:  # nothing else is missing as early as here
        raise FileNotDecryptedError("encrypted in a way that is not known") from error


def _about(reader: PdfReader, name: str) -> str:
    """Return the title or the author that the document declares, if it is made of words."""
    said: object = ""
    with suppress(*_ODD):
        said = getattr(reader.metadata, name, "")
    line = clean_line(said) if isinstance(said, str) else ""
    return line if len(line) <= HEADLINE_CHARS and any(map(str.isalpha, line)) else ""


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
