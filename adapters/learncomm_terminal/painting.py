"""From blocks to lines for a terminal. Pure: no width, no output; the screen wraps and prints.

Every text is cleaned here and never read as markup, so nobody can write to the terminal itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from rich.style import Style as Look
from rich.text import Text as Ink

from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Code,
    CodeBlock,
    File,
    Heading,
    Image,
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
from learncomm_agent.chat.plain import in_words
from learncomm_terminal.cleaning import clean, clean_line

DIM = "dim"
_STYLES = {Style.PLAIN: "", Style.STRONG: "bold", Style.EMPHASIS: "italic"}
_COLOURS = (
    "cyan",
    "magenta",
    "green",
    "yellow",
    "blue",
    "bright_red",
    "bright_cyan",
    "bright_green",
)
_SAFE = ("http://", "https://", "mailto:")


@dataclass(frozen=True, slots=True)
class Line:
    """A line before it is wrapped."""

    ink: Ink
    first: Ink | str = ""
    """What stands before it."""
    rest: Ink | str = ""
    """What stands before its further rows; as wide as `first`."""


@dataclass(frozen=True, slots=True)
class Painter:
    """Paints blocks."""

    paths: Mapping[int, str] | None = None
    """Where the file or picture of a block was saved, by the block's place."""

    def blocks(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """Yield the lines, with a blank one between two blocks, but none under a heading."""
        picked = 0
        for place, block in enumerate(blocks):
            after = blocks[place - 1] if place else None
            if after and not isinstance(after, Heading) and not isinstance(block, Choices):
                yield Line(Ink())
            yield from self._block(block, (self.paths or {}).get(place, ""), picked)
            picked += len(block.options) if isinstance(block, Choices) else 0

    def _block(self, block: Block, path: str, picked: int) -> Iterator[Line]:
        match block:
            case Paragraph(spans=spans):
                yield from _lines(self.spans(spans))
            case Heading(text=text):
                yield from _lines(Ink(clean(text), "bold"))
            case Quote(spans=spans):
                bar = Ink("> ", DIM)
                yield from _lines(self.spans(spans), bar, bar)
            case CodeBlock(text=text):
                yield from _lines(Ink(clean(text), "cyan"), "    ", "    ")
            case Listing(items=items, start=start):
                marks = _marks(len(items), start)
                for mark, item in zip(marks, items, strict=True):
                    yield from _lines(self.spans(item), mark, " " * len(mark))
            case Choices(options=options):
                yield Line(_choices([clean_line(option.label) for option in options], picked))
            case File() | Image():
                yield Line(_saved(block, path))
            case _:
                for simpler in in_words(block):
                    yield from self._block(simpler, path, picked)

    def spans(self, spans: Sequence[Span]) -> Ink:
        """Return a run of text."""
        ink = Ink()
        for span in spans:
            self._span(ink, span)
        return ink

    def _span(self, ink: Ink, span: Span) -> None:
        match span:
            case Text(text=text, style=style):
                ink.append(clean(text), _STYLES[style])
            case Code(text=text):
                ink.append(clean(text), "cyan")
            case Link(text=text, url=url):
                _link(ink, clean_line(text), "".join(clean(url).split()))
            case MessageLink(text=text, ref=ref):
                number = f"#{clean_line(ref.id)}"
                words = clean_line(text)
                if words.strip("[]#") not in ("", clean_line(ref.id)):
                    ink.append(f"{words} ")
                ink.append(f"[{number}]", "cyan")
            case Mention(account=account, name=name):
                ink.append(f"@{clean_line(name)}", colour(account.id))
            case Time(text=text):
                # Whose clock this machine shows is not known: its words bear the community's zone.
                ink.append(clean_line(text), "bold")


def colour(account: str) -> str:
    """Return the colour of somebody's name, the same on every day."""
    return _COLOURS[crc32(account.encode(errors="replace")) % len(_COLOURS)]


def _lines(ink: Ink, first: Ink | str = "", rest: Ink | str = "") -> Iterator[Line]:
    for number, row in enumerate(ink.split("\n", allow_blank=True) or [Ink()]):
        yield Line(row, rest if number else first, rest)


def _marks(count: int, start: int | None) -> list[str]:
    if start is None:
        return ["• "] * count
    return [f"{number}. " for number in range(start, start + count)]


def _link(ink: Ink, words: str, url: str) -> None:
    is_safe = url.casefold().startswith(_SAFE)
    look = Look(underline=True, link=url) if is_safe else Look(underline=True)
    if words and words != url:
        ink.append(f"{words} ")
        ink.append(f"<{url}>", look)
    else:
        ink.append(url, look)


def _choices(labels: list[str], picked: int) -> Ink:
    ink = Ink()
    for number, label in enumerate(labels, picked + 1):
        ink.append("  " if number > picked + 1 else "")
        ink.append(f"[{number}]", "bold green")
        if label != str(number):
            ink.append(f" {label}")
    return ink


def _saved(block: File | Image, path: str) -> Ink:
    words = block.alt if isinstance(block, Image) else ""
    ink = Ink(clean_line(words or block.name))
    if path:
        ink.append(f" → {clean_line(path)}", "cyan")
    return ink
