"""How choices are laid out in words: which come first, and what stands in the place of each list. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import digits
from typing import Protocol

from learncomm_agent.adapting.signs import bare, folded, own_numbers
from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Listing,
    Menu,
    Paragraph,
    Style,
    Text,
)
from learncomm_agent.chat.plain import span_text

_MANY = 6
_ALIKE = 20


class Say(Protocol):
    """Gives a sentence from the phrases in the room's language."""

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a sentence with its values filled in."""
        ...


def opening(block: Block) -> Block:
    """Return a block as it is offered: a form as the choice that opens it."""
    if isinstance(block, Form):
        return Choices((Choice(block.id, block.title, opens_form=True),))
    return block


def ordered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Put long lists behind the few choices that they stand with, which are what most people look for."""
    found: list[Block] = []
    later: list[Block] = []
    for block in blocks:
        if not isinstance(block, Choices | Menu):
            found, later = [*found, *later], []
        is_long = isinstance(block, Menu) and len(block.options) > _MANY
        (later if is_long and own_numbers(block.options) is None else found).append(block)  # type: ignore[union-attr]
    return (*found, *later)


def shown(
    block: Choices | Menu,
    signs: Sequence[str],
    listed: Mapping[str, str],
    say: Say,
    before: Block | None,
) -> Iterator[Block]:
    """Yield what stands in the place of choices: their labels under their signs, once in a post."""
    if not block.options:
        return
    own, labels = own_numbers(block.options), [_line(option.label) for option in block.options]
    is_bare = own is not None and all(label.isdecimal() for label in labels)
    prompt = block.prompt.strip() if isinstance(block, Menu) else ""
    is_listed = own is not None and all(
        map(lambda n, label: _stands(listed.get(n, ""), label), own, labels)
    )
    if is_listed and not is_bare and prompt:
        sign = signs[0]
        yield Paragraph(
            (Text(say("offering.listed", prompt=prompt, sign=sign, head=sign.rstrip(digits))),)
        )
        return
    if prompt and not _says(before, prompt):
        yield Paragraph((Text(prompt),))
    elif is_bare and block.in_words:
        yield Paragraph((Text(block.in_words),))
    if own is None and signs[0].isdecimal():
        yield Listing(tuple((Text(label),) for label in labels), start=int(signs[0]))
    elif own is None:
        yield _lines(zip(signs, labels, strict=True))
    elif is_bare or is_listed:
        if signs[0] != own[0]:
            said = say("offering.before", sign=signs[0], number=own[0])
            yield Paragraph((Text(said, Style.EMPHASIS),))
        elif is_bare and not block.in_words and not all(n in listed for n in own):
            yield Paragraph((Text(" · ".join(own)),))
    else:
        rests = (bare(label) for label in labels)
        yield _lines(zip(signs, rests, strict=True))


def _stands(item: str, label: str) -> bool:
    """Whether a numbered item says already what a label says."""
    words = folded(bare(label))
    return bool(words) and item.startswith(words[:_ALIKE])


def _says(block: Block | None, prompt: str) -> bool:
    """Whether the paragraph before a list asks already what its prompt asks."""
    return isinstance(block, Paragraph) and prompt in "".join(map(span_text, block.spans))


def _lines(things: Iterable[tuple[str, str]]) -> Paragraph:
    spans: list[Text] = []
    for sign, label in things:
        spans += (Text(f"{sign}.", Style.STRONG), Text(f" {label}\n"))
    return Paragraph((*spans[:-1], Text(spans[-1].text.removesuffix("\n"))))


def _line(text: str) -> str:
    return " ".join(text.split()) or "…"
