import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.errors import PlatformError, StorageFullError

KILLED = """
import asyncio, sys
from pathlib import Path
from learncomm_agent.adapting.notes import Note, Notes

async def main():
    notes = Notes(Path(sys.argv[1]))
    await notes.load()
    for number in range(10_000):
        await notes.put(*(Note(kind, str(number), "x" * 2_000) for kind in "abcdefghijklmnop"))
        print(number, flush=True)

asyncio.run(main())
"""


async def test_notes_outlive_a_restart_and_leave_nothing_behind(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await notes.load()
    await notes.put(Note("a", "1", "open-sesame"), Note("a", "2", [1]))
    await notes.put(Note("a", "1"))
    await notes.close()
    assert (tmp_path / "notes.sqlite").stat().st_mode & 0o077 == 0
    assert b"open-sesame" not in b"".join(each.read_bytes() for each in tmp_path.iterdir())
    again = Notes(tmp_path)
    await again.load()
    assert again.all("a") == {"2": [1]}
    await again.close()
    with pytest.raises(PlatformError):
        await again.put(Note("a", "3", 1))


async def test_a_broken_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite").write_bytes(b"no database at all" * 100)
    notes = Notes(tmp_path)
    with pytest.raises(PlatformError):
        await notes.load()
    await notes.close()


async def test_what_was_not_written_is_not_known(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await notes.load()
    with pytest.raises((PlatformError, TypeError)):
        await notes.put(Note("a", "1", 1), Note("a", "2", object()))
    assert notes.get("a", "1") is None
    await notes.close()


@pytest.mark.parametrize("is_one_large", [True, False])
async def test_a_full_disk_takes_nothing_of_it_and_is_said(
    tmp_path: Path, *, is_one_large: bool
) -> None:
    notes = Notes(tmp_path)
    await notes.load()
    await notes.put(Note("a", "1", "kept"))
    file = notes._file
    assert file is not None
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    file.execute(f"PRAGMA max_page_count={pages + 1}")
    size, count = (1_000_000, 1) if is_one_large else (1_000, 1_000)
    many = [Note("a", f"n{number}", "x" * size) for number in range(count)]
    for _ in range(2):
        with pytest.raises(PlatformError) as raised:
            await notes.put(Note("a", "1"), *many)
        assert raised.value.advice.phrase == StorageFullError.phrase
        assert notes.all("a") == {"1": "kept"}
    file.execute("PRAGMA max_page_count=100000")
    await notes.put(Note("a", "2", "room again"))
    await notes.close()
    again = Notes(tmp_path)
    await again.load()
    assert again.all("a") == {"1": "kept", "2": "room again"}
    await again.close()


async def test_two_who_write_to_one_file_lose_nothing_of_each_other(tmp_path: Path) -> None:
    both = [Notes(tmp_path), Notes(tmp_path)]
    for each in both:
        await each.load()

    async def write(notes: Notes, kind: str) -> None:
        for number in range(20):
            await notes.put(Note(kind, str(number), number), Note("last", kind, number))

    await asyncio.gather(write(both[0], "a"), write(both[1], "b"))
    for each in both:
        await each.close()
    again = Notes(tmp_path)
    await again.load()
    numbers = {str(number): number for number in range(20)}
    assert (again.all("a"), again.all("b")) == (numbers, numbers)
    assert again.all("last") == {"a": 19, "b": 19}
    await again.close()


async def test_a_process_that_is_killed_in_the_middle_leaves_whole_writes_alone(
    tmp_path: Path,
) -> None:
    """All that `put` returned from is there, and of what was being written all or nothing."""
    arguments = (sys.executable, "-c", KILLED, str(tmp_path))
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    told = [int(await process.stdout.readline()) for _ in range(5)]
    process.kill()
    told += [int(line) for line in (await process.stdout.read()).split()]
    assert await process.wait() == -9
    notes = Notes(tmp_path)
    await notes.load()
    found = [set(notes.all(kind)) for kind in "abcdefghijklmnop"]
    assert set(map(str, told)) <= found[0]
    assert len(found[0]) - len(told) in {0, 1}
    assert all(each == found[0] for each in found)
    await notes.put(Note("a", "next", 1))
    await notes.close()


async def test_half_characters_that_strangers_send_are_kept_like_others(tmp_path: Path) -> None:
    for _ in range(2):
        notes = Notes(tmp_path)
        await notes.load()
        await notes.put(
            Note("place", "!half\ud800", {"name": "\udfff hall"}), Note("place", "!b", 1)
        )
        assert notes.get("place", "!b") == 1
        assert {"name": "\udfff hall"} in notes.all("place").values()
        await notes.close()


async def test_one_spoilt_value_takes_no_other_along(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await notes.load()
    await notes.put(Note("sync", "me", "s1"), Note("sync", "you", "s2"))
    await notes.close()
    with sqlite3.connect(tmp_path / "notes.sqlite") as file:
        file.execute("UPDATE notes SET value = '{\"s' WHERE key = 'me'")
    file.close()
    again = Notes(tmp_path)
    await again.load()
    assert (again.get("sync", "me"), again.get("sync", "you")) == (None, "s2")
    await again.close()


async def test_what_is_on_disk_is_known_though_its_asker_went(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await notes.load()
    asking = asyncio.create_task(notes.put(Note("offer", "$a", 1)))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    await notes.close()
    again = Notes(tmp_path)
    await again.load()
    assert asking.cancelled()
    assert notes.get("offer", "$a") == again.get("offer", "$a") == 1
    await again.close()


async def test_what_went_is_nowhere_on_disk_once_it_is_scrubbed(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await notes.load()
    await notes.put(Note("form", "ben", {"said": "xylophone"}), Note("place", "hall", "stays"))
    await notes.put(Note("form", "ben"))
    await notes.scrub()
    files = await asyncio.to_thread(lambda: [path.read_bytes() for path in tmp_path.iterdir()])
    assert any(b"stays" in held for held in files)
    assert not any(b"xylophone" in held for held in files)
    await notes.close()
