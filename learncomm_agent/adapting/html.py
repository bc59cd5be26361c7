"""The outgoing tree as HTML, for chats that take some. Pure.

What people read is the text: whatever is no part of the tree is escaped, and nothing but the few tags
below is ever written. Choices, menus, forms and files are no text and give nothing here; see `offering`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from learncomm_agent.chat.messages import MessageRef, whole
from learncomm_agent.chat.outgoing import (
    Block,
    Code,
    CodeBlock,
    Heading,
    Link,
    Listing,
    Mention,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.plain import is_blank, span_text

TAGS = frozenset(
    {"a", "blockquote", "br", "code", "em", "h4", "li", "ol", "p", "pre", "strong", "ul"}
)
"""All that is ever written."""
_NEW_LINE = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LANGUAGE = re.compile(r"[0-9A-Za-z_+.-]{1,30}")
_ADDRESS = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_HOST = re.compile(r"\.[^\W\d_]{2}")
_TAG_OF = {Style.STRONG: "strong", Style.EMPHASIS: "em"}


def html(
    blocks: Sequence[Block],
    *,
    mention: Callable[[AccountRef], str | None] = lambda _: None,
    message_link: Callable[[MessageRef], str | None] = lambda _: None,
) -> str:
    """Return the blocks as HTML; empty where there is nothing to read.

    Args:
        blocks: What is said.
        mention: Gives the address that calls an account; None where it can't be called.
        message_link: Gives the address of a message; None where it has none.
    """
    writer = _Writer(mention, message_link)
    return "".join(writer.block(block) for block in blocks if not is_blank(block))


def clean(text: str) -> str:
    """Return the text without characters that can't be seen, and with one kind of line break."""
    return whole(_UNSEEN.sub("", _NEW_LINE.sub("\n", text)))


class _Writer:
    def __init__(
        self,
        mention: Callable[[AccountRef], str | None],
        message_link: Callable[[MessageRef], str | None],
    ) -> None:
        self._mention = mention
        self._message_link = message_link

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(spans=spans):
                return _tagged("p", self.line(spans))
            case Heading(text=text):
                return _tagged("h4", escape(" ".join(clean(text).split())))
            case Quote(spans=spans):
                return _tagged("blockquote", _tagged("p", self.line(spans)))
            case Listing(items=items, start=start):
                tag = "ul" if start is None else "ol"
                first = f' start="{start}"' if start not in (None, 1) else ""
                inner = "".join(f"<li>{self.line(item)}</li>" for item in items)
                return f"<{tag}{first}>{inner}</{tag}>"
            case CodeBlock(text=text, language=language):
                named = f' class="language-{language}"' if _LANGUAGE.fullmatch(language) else ""
                return f"<pre><code{named}>{escape(clean(text).rstrip())}\n</code></pre>"
            case _:
                return ""

    def line(self, spans: Iterable[Span]) -> str:
        """Return a run of spans; neighbours that look the same share their tag."""
        return "".join(self._runs(spans)).strip()

    def _runs(self, spans: Iterable[Span]) -> Iterator[str]:
        for style, run in groupby(
            spans, lambda each: each.style if isinstance(each, Text) else None
        ):
            if style is None:
                yield from map(self._span, run)
            else:
                yield _styled("".join(map(span_text, run)), style)

    def _span(self, span: Span) -> str:
        match span:
            case Code(text=text):
                return f"<code>{_lines(text)}</code>" if text.strip() else ""
            case Link(text=text, url=url) if _ADDRESS.fullmatch(url):
                return _link(text, url)
            case MessageLink(text=text, ref=ref) if goal := self._message_link(ref):
                return _anchor(goal, text)
            case Mention(account=account, name=name) if goal := self._mention(account):
                return _anchor(goal, name)
            case _:
                return _lines(span_text(span))


def _link(text: str, url: str) -> str:
    """Return a link; words that look like an address of their own stand beside where it goes."""
    label = " ".join(clean(text).split())
    if label in ("", url) or not _HOST.search(label):
        return _anchor(url, label or url)
    return f"{escape(label)} ({_anchor(url, url)})"


def _anchor(goal: str, text: str) -> str:
    label = " ".join(clean(text).split()) or goal
    return f'<a href="{escape(clean(goal))}">{escape(label)}</a>'


def _styled(text: str, style: Style) -> str:
    tag = _TAG_OF.get(style)
    return _tagged(tag, _lines(text)) if tag and text.strip() else _lines(text)


def _lines(text: str) -> str:
    return escape(clean(text)).replace("\n", "<br>")


def _tagged(tag: str, inner: str) -> str:
    return f"<{tag}>{inner}</{tag}>" if inner else ""
