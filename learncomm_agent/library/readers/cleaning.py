"""From bytes to clean text: the encoding, and the characters that nobody should see."""

import codecs
import re
from contextlib import suppress
from pathlib import PurePosixPath

from learncomm_agent.library.readers.reader import unreadable

HEADLINE_CHARS = 300
"""No title or heading is longer; what is longer is text."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
# Controls; soft hyphen; zero width space and marks of direction; bidi embeddings, overrides and
# isolates; word joiner and invisible operators; annotations; tag characters; not a character.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# Joiners belong to emoji and to Persian and Indic words; beside ASCII they only hide a word.
_JOINERS = re.compile(
    "(?<![^\x00-\x7f])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]++(?![^\x00-\x7f])"
)
_LINE_TAILS = re.compile(r"(?<=\S)[ \t\xa0]+$|^[ \t\xa0]+$", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")
_NO_ENCODINGS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7"})
"""Python decodes them, some of them very slowly, but no text of a file or page is written in them."""


def encoding_by_mark(content: bytes) -> str | None:
    """Name the encoding that a byte order mark at the beginning tells, if there is one."""
    return next((name for mark, name in _BOMS if content.startswith(mark)), None)


def known_encoding(declared: str) -> str | None:
    """Return Python's name of an encoding in which a text may be written, None where it is none."""
    try:
        named = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return None
    return None if named in _NO_ENCODINGS else named


def decoded(name: str, content: bytes, *, declared: str | None = None) -> str:
    """Turn the bytes of a text into characters, as they stand.

    A byte order mark decides; else UTF-8 if it fits, also with a few broken bytes (each becomes
    U+FFFD); else the declared encoding; else the likeliest by charset-normalizer.

    Raises:
        UnreadableResourceError: Empty, or no text in any encoding.
    """
    if not content.strip():
        raise unreadable(name, "is empty", "unreadable_empty")
    marked = encoding_by_mark(content)
    if marked is not None:
        return content.decode(marked, "replace")
    if b"\0" in content or content.startswith(b"%PDF-"):
        raise unreadable(name, "is no text", "unreadable_binary")
    text = content.decode("utf-8", "replace")
    broken = text.count(_BROKEN)
    if not broken or broken < sum(char > "\x7f" for char in text) - broken:
        return text
    for encoding in (known_encoding(declared or ""), _guessed(content)):
        if encoding:
            with suppress(LookupError, ValueError):
                return content.decode(encoding)
    raise unreadable(name, "is no text in a known encoding", "unreadable_binary")


def _guessed(content: bytes) -> str | None:
    from charset_normalizer import from_bytes

    matches = from_bytes(content, preemptive_behaviour=False)  # what is declared was tried before
    best = matches.best()
    if best is None:
        return None
    for match in matches:
        alike = (match.chaos, match.coherence) == (best.chaos, best.coherence)
        if alike and "cp1252" in (match.encoding, *match.could_be_from_charset):
            return "cp1252"  # a short text fits many; this is by far the commonest
    return best.encoding


def clean(text: str) -> str:
    r"""Drop what is invisible and even out white space; what a reader sees stays as it is.

    Line ends become `\n`; controls, zero-width and bidi characters go; lone surrogates become
    U+FFFD; lines lose white space at their end, and no more than one blank line stands together.
    """
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    if not text.isascii():
        text = _JOINERS.sub("", _SURROGATES.sub(_BROKEN, text))
    return _GAPS.sub("\n\n", _LINE_TAILS.sub("", text)).strip("\n").rstrip()


def clean_line(text: str) -> str:
    """Clean, and on one line with single spaces: for titles, headings, ids and names of files."""
    return " ".join(clean(text).split())


def name_title(name: str) -> str:
    """Make a title of a file's name: without folders and ending."""
    return clean_line(PurePosixPath(name).stem)[:HEADLINE_CHARS] or clean_line(name)
