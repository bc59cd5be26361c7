"""What in a text reaches beyond it: links, addresses, mentions, commands, marks of a prompt. Pure.

A language model may have read an order that a member, a page or a file gave it. Whatever the order was,
nothing that reaches out is published unless it stands in the words that the line quotes.
"""

import html
import re
import unicodedata
from collections.abc import Iterable

_HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u202a-\u202e\u2028\u2029\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
"""Shows nothing, or turns round what is shown; scripts and emoji need none of them."""
_JOINING = re.compile("[\u200c-\u200f\u061c\ufe00-\ufe0f]")
"""Shows nothing either, but some scripts and emoji need it."""
_DOTS = re.compile(
    r"(?<=[a-z0-9])(?:\[\.\]|\(\.\)|\{\.\}| ?[\[(]dot[\])] ?|\u3002|\uff61|\u2024)(?=[a-z0-9])",
    re.IGNORECASE,
)
_SLASHES = str.maketrans(
    {"\u2044": "/", "\u2215": "/", "\u29f8": "/", "\u2236": ":", "\ua789": ":"}
)
_SCHEMES = "javascript|vbscript|data|mailto|tel|sms|file|blob|magnet|intent|xmpp|about|view-source"
_REACHING = re.compile(
    rf"""
      \w[\w+.-]*:[/\\]+\S+                           # https://… and anything like it
    | (?<![\w-])(?:{_SCHEMES}):[^\s,;]\S*            # addresses without slashes
    | (?<![\w:/])//[\w-]+\.\S+ | \\\\\w\S+           # //host.example, \\server
    | !?\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])     # links and pictures in Markdown
    | <[@\#!&:/|?a-z][^<>]*>                         # mentions and tags in angle brackets
    | [^\s@<>(]*@[^\s@<>)]+                          # e-mail, @name, @name:server
    | (?<![\w&])\#\w[\w-]+                           # rooms and tags
    | (?<![\w!])!\w+:[\w.-]+                         # a room by its id
    | (?<![\w/])(?:\.{{1,2}}|~)?/[\w.-]+/\S*          # a path
    | (?<![^\s"'“(\[`])[/!][a-z]\w+                  # commands
    | (?<![\w.])(?:[\w-]+\.)+(?:xn--[\w-]+|[^\W\d_]{{2,}})(?:[:/?\#]\S*)?(?!\w)   # a host, a file
    | (?<![\w.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?:[:/]\S*)?(?![\w.])
    | (?-i:\[/?[A-Z_]{{3,}}\]) | <\||\|> | \{{\s*["'\{{%] | ``` | ~~~ | \#{{3,}}         # marks of prompts
    | (?<!\w)(?:system|assistant|developer|user)\s?[:】\]](?=\s*\S)
    | (?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{{20,}}            # what is encoded
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TRAILING = ".,;:!?'\"“”„’\u2018»«)]}>*_"
_LONGEST = 2000
_OPENING = "<[{`"
_SCHEME = re.compile(r"^\w[\w+.-]*:/*")


def visible(text: str) -> str:
    """Return a text without characters that are not seen, or turn the order of others round."""
    return _HIDDEN.sub("", text)


def reaches_out(text: str, held: Iterable[str]) -> bool:
    """Tell whether a text holds a link, an address, a tag, a mention, a command or a mark of a prompt.

    It may hold those that stand in the texts that it rests on, whole as they stand there. Characters
    that are not seen, look-alikes of signs and HTML entities are read as what they stand for. A text that
    is far longer than any line is not looked through: it counts as one that does.
    """
    if len(text) > _LONGEST:
        return True
    found = set(_found(_unmasked(text)))
    if not found:
        return False
    texts = [_unmasked(each) for each in held]
    found -= {each for other in texts for each in _found(other)}
    return not _all_held(found, "\n".join(texts))


def _found(shown: str) -> Iterable[str]:
    for match in _REACHING.finditer(shown):
        yield match.group().rstrip(_TRAILING).casefold() or match.group()


def _all_held(found: Iterable[str], held: str) -> bool:
    whole = held.casefold()
    return all(_stands_in(each, whole) for each in found)


def _stands_in(reaching: str, held: str) -> bool:
    """Tell whether an address stands in a text, and not as the beginning of another one."""
    is_host = "/" not in _SCHEME.sub("", reaching).rstrip("/")
    goes_on = r"[\w=&@%-]|[?.:]\w" + ("" if is_host else r"|/\w")
    begins = r"(?<![\w@.#-])" if reaching[:1].isalnum() else r"(?<!\w)"
    begins = "" if reaching[:1] in _OPENING else begins
    bare = re.escape(reaching.rstrip("/") or reaching)
    return re.search(rf"{begins}{bare}(?!{goes_on})", held) is not None


def _unmasked(text: str) -> str:
    """Return a text as a reader, or a program that shows it, may understand it."""
    shown = _JOINING.sub("", visible(html.unescape(visible(text))))
    shown = unicodedata.normalize("NFKC", shown).translate(_SLASHES)
    return _DOTS.sub(".", shown)
