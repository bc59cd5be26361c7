"""The signs that things to choose from are answered with: who gets which, and what people write for them. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, count, product
from string import ascii_lowercase

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Menu
from learncomm_agent.chat.plain import span_text

BETWEEN = re.compile(r"[\s,;+&]+")
"""What stands between several signs."""
_OWN = re.compile(r"(0*[1-9][0-9]{0,2})(?:[.)]\s+|$)")
_SIGN = re.compile(r"0|[1-9][0-9]{0,2}|[a-z](?:[1-9][0-9]{0,2})?")
_KEYCAP, _AS_EMOJI, _TEN = "\u20e3", "\ufe0f", "\U0001f51f"
_FIRST_LETTER = 0x1F1E6
"""The emoji of the letter A; those of the others follow."""


class Signs:
    """Gives out the signs of one post."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        """Look at what is numbered already."""
        self.listed = dict(chain.from_iterable(map(_numbers, blocks)))
        """What stands under which number in the post's own lists."""
        options = [
            option
            for block in blocks
            if isinstance(block, Choices | Menu)
            for option in block.options
        ]
        has_numbers = bool(self.listed) or any(_OWN.match(each.label.strip()) for each in options)
        self._letters = _letters()
        self._next = self._letters if has_numbers else map(str, count(1))
        self._taken: set[str] = set()

    def of(self, block: Choices | Menu) -> list[str]:
        """Return the signs of its options; to be asked in the order of the post."""
        own = own_numbers(block.options)
        if own is None:
            return [next(self._next) for _ in block.options]
        before = next(self._letters) if self._taken & {*own} else ""
        signs = [before + number for number in own]
        self._taken.update(signs)
        return signs


def is_sign(said: str) -> bool:
    """Whether a text is nothing but signs, whether or not there is anything under them."""
    parts = [part for part in BETWEEN.split(said.strip()) if part] if len(said) < 100 else []
    return bool(parts) and all(_SIGN.fullmatch(sign_of(part)) for part in parts)


def sign_of(said: str) -> str:
    """Return the sign that a text or an emoji stands for: `2.`, `(2)` and the keycap are `2`."""
    said = said.strip().replace(_AS_EMOJI, "")
    if said == _TEN:
        return "10"
    if len(said) == 1 and 0 <= (letter := ord(said) - _FIRST_LETTER) < len(ascii_lowercase):
        return ascii_lowercase[letter]
    said = unicodedata.normalize("NFKC", said.replace(_KEYCAP, "")).casefold()
    return said.strip(" \t\n.,:)(#\"'“”„*[]")


def reaction(sign: str) -> str | None:
    """Return the emoji of a sign; None where it has none."""
    if len(sign) == 1 and sign.isascii() and sign.isdigit():
        return f"{sign}{_AS_EMOJI}{_KEYCAP}"
    if sign == "10":
        return _TEN
    if len(sign) == 1 and sign in ascii_lowercase:
        return chr(_FIRST_LETTER + ascii_lowercase.index(sign))
    return None


def own_numbers(options: Sequence[Choice]) -> list[str] | None:
    """Return the numbers with which all labels begin; None where not all do, or two share one."""
    found = [_OWN.match(option.label.strip()) for option in options]
    numbers = [match[1].lstrip("0") for match in found if match]
    return numbers if len(set(numbers)) == len(options) > 0 else None


def bare(label: str) -> str:
    """Return a label without the number before it."""
    return _OWN.sub("", label.strip(), count=1)


def following(sign: str) -> str:
    """Return the sign that follows; the same where none does."""
    head, tail = sign.rstrip("0123456789"), sign[len(sign.rstrip("0123456789")) :]
    if tail:
        return f"{head}{int(tail) + 1}"
    return chr(ord(sign) + 1) if len(sign) == 1 and sign < "z" else sign


def folded(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(' .!?…"“”„')


def _letters() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _numbers(block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, Listing) and block.start is not None:
        for number, item in enumerate(block.items, block.start):
            yield str(number), folded("".join(map(span_text, item)))
