"""Prints what stands in the rooms: colours, wrapped lines, one after the other where people watch."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text as Ink

from learncomm_agent.clock import Clock
from learncomm_agent.commands.surroundings import Phrases
from learncomm_terminal import rooms
from learncomm_terminal.cleaning import clean, clean_line
from learncomm_terminal.painting import DIM, Line, Painter, colour
from learncomm_terminal.transcript import Entry, Transcript

_STREAM_S, _MOST_A_LINE_S = 0.3, 0.03
_INDENT = "    "
_DEEPER = "      "
"""Before the further lines of a member: nothing but their words can stand there."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Go on without a reader: what a script has begun is still done."""
        self.quiet = True


class Screen:
    """The person's view."""

    def __init__(
        self,
        transcript: Transcript,
        phrases: Phrases,
        language: str,
        clock: Clock,
        out: TextIO | None = None,
    ) -> None:
        """Print to `out`, the standard output where None; only a terminal gets colours."""
        self._transcript = transcript
        self._phrases = phrases
        self._language = language
        self._clock = clock
        self._console = _Console(file=out, highlight=False, markup=False, emoji=False)
        self._painter = Painter()

    def phrase(self, key: str, **values: object) -> str:
        """Return a sentence in the community's language."""
        return self._phrases.phrase(key, language=self._language, **values)

    def tell(self, key: str, **values: object) -> None:
        """Print what the terminal itself has to say."""
        self.note(self.phrase(key, **values))

    def note(self, text: str) -> None:
        """Print lines that nobody said."""
        for row in clean(text).split("\n"):
            self._print(Line(Ink(row, DIM)))

    def echo(self, speaker: str, typed: str) -> None:
        """Print what was typed and is no message."""
        ink = Ink().append(self._name(speaker), colour(speaker))
        ink.append(f" › {clean_line(typed)}", DIM)
        self._print(Line(ink))

    def head(self, label: str) -> None:
        """Print who sits where from here on."""
        self._print(Line(Ink(f"── {clean_line(label)} ──", "bold")))

    async def show(self, entry: Entry, *, is_new: bool = True) -> None:
        """Print a message or a post; a new post comes line by line where people watch."""
        lines = list(self._member(entry) if entry.author is not None else self._agent(entry))
        if entry.reactions:
            lines.append(Line(self._reactions(entry), _INDENT, _INDENT))
        streams = is_new and entry.author is None and self._console.is_terminal
        pause = min(_MOST_A_LINE_S, _STREAM_S / len(lines)) if streams else 0.0
        for line in lines:
            self._print(line)
            if pause:
                await self._clock.sleep(pause)

    def _member(self, entry: Entry) -> Iterator[Line]:
        assert entry.author is not None
        first = Ink().append(f"{entry.number:>3} ", DIM)
        first.append(self._name(entry.author), colour(entry.author))
        first.append(": ")
        if entry.reply_to is not None:
            first.append(f"↳ {entry.reply_to} ", DIM)
        if entry.is_addressed and rooms.owner_of(entry.room) is None:
            first.append(f"@{rooms.AGENT} ", "bold")
        rows = clean(entry.text).split("\n")
        for number, row in enumerate(rows):
            ink = Ink(row) if number else first.append(row)
            if number == len(rows) - 1 and entry.edited_at is not None:
                ink.append(f" ({self.phrase('terminal.edited')})", DIM)
            yield Line(ink, _DEEPER if number else "", _DEEPER)

    def _agent(self, entry: Entry) -> Iterator[Line]:
        head = Ink().append(f"{entry.number:>3} ", DIM)
        head.append(rooms.AGENT, "bold")
        head.append(self._marks(entry), DIM)
        yield Line(head, "", _INDENT)
        painter = Painter(entry.paths)
        for line in painter.blocks(entry.blocks):
            yield Line(line.ink, _barred(line.first), _barred(line.rest))

    def _marks(self, entry: Entry) -> str:
        marks = f" ↳ {entry.reply_to}" if entry.reply_to is not None else ""
        notes = []
        if entry.private_to is not None:
            notes.append(self.phrase("terminal.only", name=self._name(entry.private_to)))
        if entry.edited_at is not None:
            notes.append(self.phrase("terminal.edited"))
        return marks + (f" ({', '.join(notes)})" if notes else "")

    def _reactions(self, entry: Entry) -> Ink:
        signs: dict[str, list[str]] = {}
        for reaction in entry.reactions:
            name = rooms.AGENT if reaction.author is None else self._name(reaction.author)
            signs.setdefault(clean_line(reaction.sign), []).append(name)
        return Ink("  ".join(f"{sign} {', '.join(names)}" for sign, names in signs.items()), DIM)

    def _name(self, account: str) -> str:
        member = self._transcript.members.get(account)
        return clean_line(member.name if member is not None else account)

    def _print(self, line: Line) -> None:
        """Wrap a line to the width of the terminal; where there is none, leave it whole."""
        rows = [line.ink]
        if self._console.is_terminal:
            used = Ink.assemble(line.rest).cell_len
            rows = list(line.ink.wrap(self._console, max(10, self._console.width - used)))
        for number, row in enumerate(rows):
            printed = Ink.assemble(line.rest if number else line.first, row)
            if not row:
                printed.rstrip()
            self._console.print(printed, soft_wrap=True)


def _barred(prefix: Ink | str) -> Ink:
    return Ink.assemble(_INDENT, ("│ ", "bold cyan"), prefix)
