from pathlib import Path

import pytest

from learncomm_agent.chat.messages import Attachment
from learncomm_agent.chat.outgoing import File, Image, Paragraph
from learncomm_agent.errors import RoomGoneError, UnreadableResourceError
from learncomm_terminal import files


@pytest.fixture
def note(empty_home: Path) -> Path:
    path = empty_home / "my notes.md"
    path.write_text("# Notes")
    return path


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("{path}", ""),
        ("~/my notes.md", ""),
        ("  ~/my\\ notes.md ", ""),
        ('"{path}"', ""),
        ("'~/my notes.md' for Ben", "for Ben"),
        ("“~/my notes.md” for Ben", "for Ben"),
        ("~/my notes.md for Ben", "for Ben"),
    ],
)
async def test_a_path_is_found_however_it_is_written(note: Path, text: str, rest: str) -> None:
    found = await files.find(text.format(path=note))
    assert found == files.Found(Attachment(str(note), "my notes.md", "text/markdown", 7), rest)


@pytest.mark.parametrize(
    "text", ["", "~", "~/nothing.md", "~nobody/x", "a\0b", "x" * 10_000, "/" * 5000, "notes on it"]
)
async def test_what_is_no_file_is_none(note: Path, text: str) -> None:
    assert await files.find(text) is None


async def test_no_word_of_a_note_is_taken_for_a_file(
    note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(note.parent)
    assert await files.find("my notes.md is a nice name") is None
    assert await files.find("./my notes.md is a nice name") is not None


async def test_the_bytes_are_read_or_it_is_said_why_not(note: Path) -> None:
    attachment = Attachment(str(note), note.name, "text/markdown", 7)
    assert await files.read(attachment) == b"# Notes"
    await files.remove([str(note)])
    with pytest.raises(RoomGoneError):
        await files.read(attachment)
    with pytest.raises(RoomGoneError):
        await files.read(Attachment(str(note.parent), "", "", 0))
    with pytest.raises(UnreadableResourceError):
        await files.read(Attachment("x" * 10_000, "", "", 0))


def contents(paths: dict[int, str]) -> dict[int, bytes]:
    return {place: Path(path).read_bytes() for place, path in paths.items()}


async def test_a_saved_file_stays_in_its_folder(tmp_path: Path) -> None:
    blocks = (
        Paragraph(()),
        File("../../etc/passwd", "text/plain", b"x"),
        Image("\x1b[31m", "image/png", b"y", "alt"),
    )
    paths = await files.save(tmp_path / "files", "7.0", blocks)
    assert {Path(path).parent for path in paths.values()} == {tmp_path / "files"}
    assert contents(paths) == {1: b"x", 2: b"y"}
    await files.remove(paths.values())
    await files.remove(paths.values())
    assert not list((tmp_path / "files").iterdir())
