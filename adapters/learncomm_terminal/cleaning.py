"""Takes out of a text what would act on the terminal rather than be read. Pure."""

import re

_BREAKS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, moves of the cursor
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"  # titles, links
    "|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a text without control characters; only line breaks of it are kept.

    Escape sequences go as a whole, so that no rest of them is left to puzzle over. Characters that
    turn the direction of writing go too: they let a line read otherwise than it is.
    """
    text = _BREAKS.sub("\n", text).replace("\t", "    ")
    text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    return _SURROGATES.sub("\ufffd", text)


def clean_line(text: str) -> str:
    """Return a text as one clean line."""
    return " ".join(clean(text).split())
