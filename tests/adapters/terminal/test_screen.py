import asyncio
import io
import re
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from learncomm_agent.chat.outgoing import Block, Heading, Link, Listing, Paragraph, Text
from learncomm_agent.chat.people import Account
from learncomm_agent.testing.clock import ManualClock
from learncomm_terminal import rooms
from learncomm_terminal.screen import Screen
from learncomm_terminal.transcript import Entry, Place, Transcript

COLOUR = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Keys:
    """Says each sentence by its key."""

    def phrase(self, key: str, *, language: str, **values: object) -> str:
        return key


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def screen(out: io.StringIO, clock: ManualClock) -> Screen:
    transcript = Transcript()
    transcript.put(Account(rooms.account_ref("Ada"), "Ada"))
    transcript.put(Place(rooms.open_room("lobby")))
    return Screen(transcript, Keys(), "en", clock, out)


def said(text: str) -> Entry:
    return Entry(1, "room:lobby", "ada", NOW, text=text)


def post(*blocks: Block) -> Entry:
    return Entry(2, "room:lobby", None, NOW, blocks=blocks)


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch) -> Tty:
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "30"), ("LINES", "20")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Tty()


async def show(out: io.StringIO, entry: Entry, clock: ManualClock) -> list[str]:
    showing = asyncio.create_task(screen(out, clock).show(entry))
    await clock.advance(0.31)
    assert showing.done()
    await showing
    return out.getvalue().splitlines()


async def test_long_lines_are_wrapped_below_themselves(tty: Tty, clock: ManualClock) -> None:
    lines = [COLOUR.sub("", line) for line in await show(tty, said("word " * 12), clock)]
    assert lines[0].startswith("  1 Ada: word word")
    assert all(line.startswith("      word") for line in lines[1:])
    assert all(cell_len(line) <= 30 for line in lines)


async def test_wide_signs_count_for_two_columns(tty: Tty, clock: ManualClock) -> None:
    entry = post(Listing(((Text("我们一起读书" * 8),),), start=1))
    lines = [COLOUR.sub("", line) for line in await show(tty, entry, clock)]
    assert all(cell_len(line) <= 30 for line in lines)
    assert "".join(line[9:] for line in lines[1:]).replace(" ", "") == "我们一起读书" * 8


async def test_a_post_comes_line_by_line_within_a_third_of_a_second(
    tty: Tty, clock: ManualClock
) -> None:
    entry = post(*(Paragraph((Text(f"line {number}"),)) for number in range(40)))
    showing = asyncio.create_task(screen(tty, clock).show(entry))
    await clock.advance(0.1)
    assert "line 3" in tty.getvalue()
    assert "line 39" not in tty.getvalue()
    await clock.advance(0.21)
    assert showing.done()
    await showing


async def test_colours_are_for_terminals_alone(tty: Tty, clock: ManualClock) -> None:
    entry = post(Heading("Title"), Paragraph((Link("guide", "https://e.org"),)))
    assert "\x1b[1" in "".join(await show(tty, entry, clock))
    assert "\x1b]8;" in tty.getvalue()
    assert "\x1b" not in "".join(await show(io.StringIO(), entry, clock))


async def test_no_color_is_respected(
    tty: Tty, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3\d", "".join(await show(tty, said("x"), clock)))


async def test_a_script_gets_whole_lines(clock: ManualClock) -> None:
    assert await show(io.StringIO(), said("word " * 100), clock) == [f"  1 Ada: {'word ' * 100}"]


async def test_a_reader_who_has_left_is_no_error(clock: ManualClock) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    await show(Gone(), said("x"), clock)
