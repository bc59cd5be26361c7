"""From blocks to Matrix's two texts, the plain one and the one in HTML, and how long they are. Pure.

Nobody is called by a text: apps and homeservers look at `m.mentions` alone once that is there, and it
holds those of the tree and nobody else. Files, pictures and controls are no text and give nothing here.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from urllib.parse import quote

from learncomm_agent.adapting.html import clean, html
from learncomm_agent.adapting.offering import offer
from learncomm_agent.chat.forms import Form
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    CodeBlock,
    Heading,
    Link,
    Listing,
    Mention,
    Menu,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Text,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.plain import is_blank, span_text
from learncomm_matrix.directory.place import PLATFORM

_LONGEST_SENTENCE = "x" * 240
"""Stands for the sentence on how to choose, whose language is not known while a post is planned."""


def body(blocks: Sequence[Block]) -> str:
    """Return the blocks as plain text that can be read alone; empty where there is nothing to read."""
    shown = (_block(block) for block in blocks if not is_blank(block))
    return "\n\n".join(text for text in shown if text)


def formatted(blocks: Sequence[Block]) -> str:
    """Return the blocks in HTML; empty where there is nothing to read."""
    return html(blocks, mention=_call, message_link=address)


def is_plain(blocks: Sequence[Block]) -> bool:
    """Whether the plain text says it all, so that there need be no HTML."""
    return all(
        isinstance(block, Paragraph) and all(span == Text(span_text(span)) for span in block.spans)
        for block in blocks
        if not is_blank(block)
    )


def length(blocks: Sequence[Block]) -> int:
    """Return how many bytes both texts take in JSON that is all ASCII, as encrypted events are.

    The HTML always counts, so that more text never gets shorter.
    """
    shown = blocks
    if any(isinstance(block, Choices | Menu | Form) for block in blocks):
        made = offer(blocks, lambda key, /, **values: _LONGEST_SENTENCE)
        shown = blocks if made is None else made.blocks
    ids = [account.id for account in mentioned(shown)]
    return len(json.dumps([body(shown), formatted(shown), *ids])) - len('["", ""]')


def mentioned(blocks: Sequence[Block]) -> tuple[AccountRef, ...]:
    """Return whom the blocks call, each once."""
    calls = (span for span in chain.from_iterable(map(_spans, blocks)) if isinstance(span, Mention))
    return tuple(dict.fromkeys(call.account for call in calls if _call(call.account)))


def address(ref: MessageRef) -> str | None:
    """Return the address of a message; None where it is not one of Matrix's."""
    room = ref.room.id.partition("/")[0]
    if ref.room.platform != PLATFORM or not room.startswith("!") or not ref.id.startswith("$"):
        return None
    # A room of the newest version names no server, and the space of a room is not always one either.
    servers = (each.partition(":")[2] for each in (room, ref.room.space.id))
    via = "&".join(f"via={quote(each, safe='')}" for each in dict.fromkeys(servers) if each)
    goal = f"https://matrix.to/#/{quote(room, safe='')}/{quote(ref.id, safe='')}"
    return f"{goal}?{via}" if via else goal


def _call(account: AccountRef) -> str | None:
    id = account.id
    is_known = account.platform == PLATFORM and id.startswith("@") and ":" in id and len(id) <= 255
    return f"https://matrix.to/#/{quote(id, safe='@:')}" if is_known else None


def _block(block: Block) -> str:
    match block:
        case Paragraph(spans=spans):
            return _line(spans).strip()
        case Heading(text=text):
            return " ".join(clean(text).split())
        case Quote(spans=spans):
            return "> " + _line(spans).strip().replace("\n", "\n> ")
        case Listing(items=items, start=start):
            marks = ("-" if start is None else f"{start + n}." for n in range(len(items)))
            lines = (_line(item).strip().replace("\n", "\n  ") for item in items)
            return "\n".join(f"{mark} {line}" for mark, line in zip(marks, lines, strict=True))
        case CodeBlock(text=text):
            return clean(text).rstrip()
        case _:
            return ""


def _line(spans: Iterable[Span]) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    if isinstance(span, MessageLink) and (goal := address(span.ref)):
        return clean(span_text(Link(span.text, goal)))
    return clean(span_text(span))


def _spans(block: Block) -> Iterable[Span]:
    match block:
        case Paragraph(spans=spans) | Quote(spans=spans):
            return spans
        case Listing(items=items):
            return chain.from_iterable(items)
        case _:
            return ()
