"""What blocks say, without any markup: for files, for rooms that show text alone, for tests. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from learncomm_agent.chat.forms import Form
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    CodeBlock,
    File,
    Heading,
    Image,
    Link,
    Listing,
    Mention,
    Menu,
    Paragraph,
    Quote,
    Span,
    Text,
)


def plain(blocks: Sequence[Block]) -> str:
    """Return all words of the blocks, without any markup; a blank line stands between two blocks."""
    return "\n\n".join(_plain_block(block) for block in blocks)


def span_text(span: Span) -> str:
    """Return what a span says where it can be shown as text alone."""
    match span:
        case Link(text=text, url=url):
            return f"{text} ({url})" if text and text != url else url
        case Mention(name=name):
            return name
        case _:
            return span.text


def is_blank(block: Block) -> bool:
    """Whether a block shows nothing at all."""
    match block:
        case Paragraph(spans=spans) | Quote(spans=spans):
            return _is_blank_line(spans)
        case Heading(text=text) | CodeBlock(text=text):
            return not text.strip()
        case Listing(items=items):
            return all(_is_blank_line(item) for item in items)
        case _:
            return False


def in_words(block: Choices | Menu | Form | File | Image) -> Iterator[Block]:
    """Yield simpler blocks with the words of one that a room can't show."""
    match block:
        case Choices(in_words=instead) | Menu(in_words=instead) if instead:
            yield Paragraph((Text(instead),))
        case Choices(options=options):
            yield _numbered(option.label for option in options)
        case Menu(options=options, prompt=prompt):
            yield Paragraph((Text(prompt),))
            yield _numbered(option.label for option in options)
        case Form(title=title, fields=fields):
            yield Paragraph((Text(title),))
            if len(fields) > 1:
                yield _numbered(field.label for field in fields)
            yield from (Paragraph((Text(field.label),)) for field in fields[:1])
        case _:
            yield Paragraph((Text(_plain_block(block)),))


def _numbered(labels: Iterable[str]) -> Listing:
    return Listing(tuple((Text(label),) for label in labels), start=1)


def _is_blank_line(spans: tuple[Span, ...]) -> bool:
    return all(isinstance(span, Text) and not span.text.strip() for span in spans)


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph(spans=spans) | Quote(spans=spans):
            return "".join(map(span_text, spans))
        case Heading(text=text) | CodeBlock(text=text):
            return text
        case Listing(items=items, start=start):
            marks = (f"{start + n}." if start is not None else "-" for n in range(len(items)))
            lines = ("".join(map(span_text, item)) for item in items)
            return "\n".join(f"{mark} {line}" for mark, line in zip(marks, lines, strict=True))
        case Image(alt=alt, name=name):
            return alt or name
        case File(name=name, media_type=media_type):
            return f"{name} ({media_type})" if media_type else name
        case Choices(in_words=instead) | Menu(in_words=instead) if instead:
            return instead
        case Choices(options=options) | Menu(options=options):
            return _plain_block(_numbered(option.label for option in options))
        case Form(title=title, fields=fields):
            return "\n".join((title, _plain_block(_numbered(field.label for field in fields))))
