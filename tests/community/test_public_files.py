"""How the page's files come into a folder and out of it, also where the disk refuses."""

from pathlib import Path

import pytest

from learncomm_agent.community.public_files import put


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_put_changed_left_and_taken_out(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    put(folder, {"a.html": b"a", "b.html": b"b"}, [])
    (folder / "theirs.txt").write_text("not ours")
    (folder / ".a.html.new").write_text("left by a crash")
    before = (folder / "b.html").stat()
    put(folder, {"a.html": b"A", "b.html": b"b"}, ["a.html", "b.html"])
    after = (folder / "b.html").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (folder / "a.html").read_bytes() == b"A"
    put(folder, {}, ["a.html", "b.html"])
    assert names(folder) == ["theirs.txt"]
    (folder / "theirs.txt").unlink()
    put(folder, {}, ["a.html"])
    assert not folder.exists()


def test_what_has_to_go_goes_although_something_else_can_t_be_written(tmp_path: Path) -> None:
    before = {"old.html": b"words that are to go", "index.html": b"1"}
    put(tmp_path, before, [])
    (tmp_path / "feed.xml").mkdir()  # so that no file can take its place
    with pytest.raises(OSError):
        put(tmp_path, {"feed.xml": b"x" * 100, "index.html": b"2"}, ["old.html", "index.html"])
    assert names(tmp_path) == ["feed.xml", "index.html"]
    assert (tmp_path / "index.html").read_bytes() == b"2"


def test_what_can_t_be_taken_out_holds_up_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.html").mkdir()
    with pytest.raises(OSError):
        put(tmp_path, {"index.html": b"2"}, ["old.html", "index.html"])
    assert (tmp_path / "index.html").read_bytes() == b"2"
