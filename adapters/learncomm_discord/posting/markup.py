"""From blocks to Discord's Markdown, and how long it is. Pure.

What people read is the text: whatever Discord would take for markup, a mention or a link is escaped,
unless the tree says that it is one. That is a backslash each; a zero-width space stands only where
no backslash can, as within a fence of backticks. Post with `mentioned` as the allowed mentions, too.

Buttons, files, pictures and forms hang on the message; they are no text and give nothing here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby, pairwise
from unicodedata import category

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
    Time,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.plain import is_blank, span_text

PLATFORM = "discord"
_NOTHING = "\u200b"  # zero-width space

_NEW_LINE = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPECIAL = re.compile(
    r"""[\\`*_~|<\[\]]
    | (?<=\])\(
    | (?<=<)[@\#] | @(?=everyone|here)        # the servers look for mentions as well
    | :(?!\s+\S)                              # addresses, :emoji:
    | (?<=\.gg)/ | (?<=\.com)/ | (?<=\.gift)/ | (?<=\.new)/   # invitations need no scheme
    | ^[^\S\n]*(?:\d+(?=[.)])|(?=[-+>\#])).   # at the start of a line
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_WORD = re.compile(r"[0-9A-Za-z_]")
_FENCE = re.compile(r"`{3,}")
_LANGUAGE = re.compile(r"[0-9A-Za-z_+.-]+")
_ADDRESS = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_BREAKS_BARE = re.compile(rf"[<>\\`\[\]]|{_UNSEEN.pattern}")
_BREAKS_MASKED = re.compile(rf"[()\"|]|{_BREAKS_BARE.pattern}")
_NOT_MASKED = re.compile(r"(?:[-+]|\d+[.)])\s|.*(?::[^\s:]+:|://)")
_HOST = re.compile(r"\.[^\W\d_]{2}")
_MARKS = {Style.PLAIN: "", Style.STRONG: "**", Style.EMPHASIS: "_"}
_IN_LABEL = frozenset(" !\"$%&'()+,-./:;=?^{}")
_LABEL_KINDS = frozenset(
    {"Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Mn", "Nd"} | {"Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc"}
)
_EMOJI = frozenset("\u203c\u2049\u2139\u3030\ufe0f")  # of those kinds


def render(blocks: Sequence[Block]) -> str:
    """Return the blocks in Discord's Markdown; empty where there is nothing to read.

    Discord refuses an empty message and trims white space around one, so there is none.
    """
    shown = [(block, text) for block in blocks if (text := _block(block))]
    parts = [text for _, text in shown[:1]]
    for (above, _), (below, text) in pairwise(shown):
        parts += [_between(above, below), text]
    return whole("".join(parts))


def length(blocks: Sequence[Block]) -> int:
    """Return how long the rendered blocks are, in UTF-16 units.

    Discord's servers count code points, its apps count UTF-16 units; these are never fewer.
    """
    return len(render(blocks).encode("utf-16-le")) // 2


def escape(text: str) -> str:
    """Return Markdown that reads as this text, wherever in a line it stands."""
    return _SPECIAL.sub(_escaped, clean(text))


def clean(text: str) -> str:
    """Return the text without control characters, and with one kind of line break."""
    return _UNSEEN.sub("", _NEW_LINE.sub("\n", text))


def mentioned(blocks: Sequence[Block]) -> tuple[AccountRef, ...]:
    """Return whom the blocks call, each once: all that a post may be allowed to mention."""
    calls = (span for span in chain.from_iterable(map(_spans, blocks)) if isinstance(span, Mention))
    return tuple(dict.fromkeys(call.account for call in calls if _is_known(call.account)))


def address(ref: MessageRef) -> str | None:
    """Return the address of a message; None where it is not one of Discord's."""
    room = ref.room
    if room.platform != PLATFORM or not (_is_id(room.id) and _is_id(ref.id)):
        return None
    guild = room.space.id if _is_id(room.space.id) else "@me"
    return f"https://discord.com/channels/{guild}/{room.id}/{ref.id}"


def _block(block: Block) -> str:
    if is_blank(block):
        return ""
    match block:
        case Paragraph(spans=spans):
            return _line(spans)
        case Heading(text=text):
            # Discord drops number signs at the end of a heading.
            title = r"\#".join(map(escape, _one_line(text).split("#")))
            return f"### {title}" if title else ""
        case Quote(spans=spans):
            text = _line(spans)
            return "> " + text.replace("\n", "\n> ") if text else ""
        case Listing(items=items, start=start):
            return "\n".join(_items(items, start))
        case CodeBlock(text=text, language=language):
            code = _FENCE.sub(lambda ticks: _NOTHING.join(ticks[0]), _part_link(clean(text)))
            name = language if _LANGUAGE.fullmatch(language) else ""
            return f"```{name}\n{code.rstrip()}\n```" if code.strip() else ""
        case _:
            return ""


def _between(above: Block, below: Block) -> str:
    if isinstance(above, Heading):
        return "\n"
    if isinstance(above, Listing) and isinstance(below, Listing):
        return f"\n\n{_NOTHING}\n"  # else they are one, numbered on
    return "\n\n"


def _items(items: Sequence[tuple[Span, ...]], start: int | None) -> Iterator[str]:
    for number, item in enumerate(items, start or 0):
        mark = "-" if start is None else f"{number}."
        # An empty line would end the list, an empty item would not count.
        text = re.sub(r"\n\s*", "\n  ", _line(item))
        yield f"{mark} {text or _NOTHING}"


def _line(spans: Sequence[Span]) -> str:
    """Return a run of spans, with no white space around it."""
    shown, before = "", ""
    for span in _joined(chain.from_iterable(map(_spelled, spans))):
        piece = _span(span)
        ends = piece[-1:] if isinstance(span, Code) or _style(span) is Style.EMPHASIS else ""
        if (before == "_" and _WORD.match(piece)) or (before == "`" and piece.startswith("`")):
            shown += _NOTHING  # else what stands before would not end here
        shown, before = shown + piece, ends
    return shown.strip()


def _spelled(span: Span) -> Iterator[Span]:
    """Yield the span, or in its place what Discord can show."""
    match span:
        case Code(text=text):
            code = clean(text).replace("\n", " ")
            # There is no mark to put around two backticks, or around nothing.
            is_text = not code.strip() or "``" in code or _part_link(code) != code
            yield Text(code) if is_text else Code(code)
        case Link(text=text, url=url) if _ADDRESS.fullmatch(url):
            is_clear = not _HOST.search(text)  # else it might be taken for where the link goes
            yield from _link(text, url, may_mask=is_clear)
        case MessageLink(text=text, ref=ref) if goal := address(ref):
            yield from _link(text, goal, may_mask=True)
        case Mention(account=account) if not _is_known(account):
            yield Text(span_text(span))
        case Link() | MessageLink():
            yield Text(span_text(span))
        case _:
            yield span


def _link(text: str, url: str, *, may_mask: bool) -> Iterator[Span]:
    """Yield a link behind its words; one beside them where Discord would show them otherwise.

    In the words of a link a backslash is shown; an address or an emoji makes it no link at all.
    """
    label = _one_line(text)
    if label in ("", url):
        yield Link(url, url)
    elif may_mask and _can_mask(label) and url[-1] not in ".,:;'":
        yield Link(label, url)
    else:
        yield from (Text(f"{label} ("), Link(url, url), Text(")"))


def _part_link(code: str) -> str:
    """Keep code from ending a link that stands before it: the apps look for the last end they find."""
    head, opening, tail = code.partition("[")
    return head.replace("](", f"]{_NOTHING}(") + opening + tail


def _can_mask(label: str) -> bool:
    return not _NOT_MASKED.match(label) and all(map(_is_quiet, label))


def _is_quiet(char: str) -> bool:
    """Whether a character is neither markup nor an emoji."""
    if char.isascii():
        return char.isalnum() or char in _IN_LABEL
    return category(char) in _LABEL_KINDS and char not in _EMOJI


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Clean the text, and join runs of it that look the same, so that no markup hides at a seam."""
    cleaned = (
        replace(span, text=clean(span.text)) if isinstance(span, Text) else span for span in spans
    )
    shown = (span for span in cleaned if not isinstance(span, Text) or span.text)
    for style, run in groupby(shown, _style):
        if style is None:
            yield from run
        else:
            yield Text("".join(map(span_text, run)), style)


def _style(span: Span) -> Style | None:
    if not isinstance(span, Text):
        return None
    return span.style if span.text.strip() else Style.PLAIN


def _span(span: Span) -> str:
    match span:
        case Text(text=text, style=style):
            return _styled(escape(text), _MARKS[style])
        case Code(text=text):
            return f"`` {text} ``" if "`" in text else f"`{text}`"
        case Link(text=text, url=url) if text == url:
            return f"<{_BREAKS_BARE.sub(_encoded, url)}>"  # without a preview of what is there
        case Link(text=text, url=url):
            return f"[{text}](<{_BREAKS_MASKED.sub(_encoded, url)}>)"
        case Mention(account=account):
            return f"<@{account.id}>"
        case Time(at=at):
            return f"<t:{int(at.timestamp())}:f>"
        case _:
            raise AssertionError(f"{span.kind!r} is spelled before")


def _styled(text: str, mark: str) -> str:
    """Put the marks around each line; white space stays outside, where they would not count."""
    if not mark:
        return text
    return "\n".join(
        line.replace(words, f"{mark}{words}{mark}", 1) if (words := line.strip()) else line
        for line in text.split("\n")
    )


def _encoded(char: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in char[0].encode())


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _escaped(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}\\{found[0][-1]}"


def _is_known(account: AccountRef) -> bool:
    return account.platform == PLATFORM and _is_id(account.id)


def _is_id(id: str) -> bool:
    return id.isascii() and id.isdigit()


def _spans(block: Block) -> Iterable[Span]:
    match block:
        case Paragraph(spans=spans) | Quote(spans=spans):
            return spans
        case Listing(items=items):
            return chain.from_iterable(items)
        case _:
            return ()
