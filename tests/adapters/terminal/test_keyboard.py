import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind, Reply
from learncomm_agent.errors import PhraseError
from learncomm_terminal import keyboard
from learncomm_terminal.completing import Names
from learncomm_terminal.keyboard import Keyboard
from learncomm_terminal.lines import OWN


async def never(*_: object) -> Reply:
    raise AssertionError


CATALOGUE = Catalogue(
    (
        Command("search", never),
        Command("share", never, (Option("file", OptionKind.FILE),)),
        Command("silent", never),
    )
)


def phrase(key: str) -> str:
    if "silent" in key:
        raise PhraseError("none")
    return f"/x: about {key}"


@pytest.fixture
def names() -> Names:
    return Names(CATALOGUE, phrase, lambda: ["Ada", "Chloé"], lambda: ["lobby", "plans"])


def completed(names: Names, text: str) -> list[str]:
    found = names.completer().get_completions(Document(text), CompleteEvent())
    return [completion.text for completion in found]


def test_commands_are_completed_with_their_help(names: Names) -> None:
    assert completed(names, "/s") == ["/search", "/share", "/silent"]
    assert len(completed(names, "/")) == 3 + len(OWN)
    helps = dict(names.commands())
    assert helps["search"] == "/x: about command.search.help"
    assert (helps["room"], helps["silent"]) == ("about terminal.key.room", "")


def test_names_rooms_and_paths_are_completed(names: Names, tmp_path: Any) -> None:
    (tmp_path / "notes.md").write_text("x")
    assert completed(names, "/as c") == ["Chloé"]
    assert completed(names, "/room ") == ["lobby", "plans"]
    assert completed(names, f"/share {tmp_path}/no") == ["tes.md"]


@pytest.mark.parametrize("text", ["", "hello", "hello /se", "/search x", "/nothing x"])
def test_other_words_are_left_alone(names: Names, text: str) -> None:
    assert completed(names, text) == []


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


@pytest.mark.parametrize("leave", ["\x03", "\x04"])
async def test_a_person_types_and_leaves(keys: PipeInput, names: Names, leave: str) -> None:
    keys.send_text(f"hello\r/as Ben\r{leave}")
    board = Keyboard(lambda: "Ada › ", lambda: "", names)
    board.refresh()
    assert [line async for line in board.lines([])] == ["hello", "/as Ben"]


async def test_what_was_said_before_comes_back(keys: PipeInput, names: Names) -> None:
    keys.send_text("\x1b[A\x1b[A\r")
    lines = Keyboard(lambda: "", lambda: "", names).lines(["first", "second"])
    assert await anext(lines) == "first"
    keys.send_text("\x04")
    assert [line async for line in lines] == []


async def test_a_script_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO("one\r\nzwölf\n\xff".encode("latin-1"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    assert [line async for line in keyboard.script()] == ["one", "zw\ufffdlf", "\ufffd"]


@pytest.mark.parametrize("rest", ["", "more\nand more\nand more\n"])
def test_who_leaves_does_not_wait_for_the_end_of_the_script(rest: str) -> None:
    program = """
import asyncio
from learncomm_terminal.keyboard import script
async def main():
    async for line in script():
        if line == "/quit":
            return
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", program],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stderr
        process.stdin.write(f"hello\n/quit\n{rest}")
        process.stdin.flush()  # and the pipe stays open
        assert (process.wait(60), process.stderr.read()) == (0, "")
