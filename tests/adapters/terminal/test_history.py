from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.errors import StorageError
from learncomm_terminal.history import History


def number(line: Any) -> int:
    if not isinstance(line, int):
        raise ValueError("no number")
    return line


def put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def history(path: Path) -> History[int]:
    return History(path, lambda value: value, number)


async def test_what_was_added_is_read_again(path: Path) -> None:
    one = history(path)
    assert await one.load() == []
    await one.append([1, 2])
    await one.append([3])
    assert await history(path).load() == [1, 2, 3]
    await one.rewrite([4])
    assert await history(path).load() == [4]
    one.close()


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (b"1\n2\n3", [1, 2, 3]),  # only the end of the line was lost
        (b'1\n2\n{"Entry": {"num', [1, 2]),
        (b"1\n2\n\xe4\xbd", [1, 2]),
        (b"1\n2\n\x00\x00\x00", [1, 2]),
        (b"\n\n", []),
        (b"{", []),
        (b"", []),
    ],
)
async def test_a_torn_last_line_is_mended(path: Path, data: bytes, left: list[int]) -> None:
    put(path, data)
    one = history(path)
    assert await one.load() == left
    await one.append([9])
    assert await one.load() == [*left, 9]
    assert one.unreadable == 0
    one.close()


async def test_a_broken_line_is_left_out_told_and_kept_in_a_copy(path: Path) -> None:
    put(path, b'1\nnonsense\n"text"\n2\n' + b"[" * 100_000 + b"\n3\n")
    one = history(path)
    assert await one.load() == [1, 2, 3]
    assert one.unreadable == 3
    assert b"nonsense" in path.with_suffix(".broken").read_bytes()
    one.close()


async def test_a_folder_in_place_of_the_file_is_an_error_of_ours(tmp_path: Path) -> None:
    one = history(tmp_path)
    with pytest.raises(StorageError):
        await one.load()
    with pytest.raises(StorageError):
        await one.append([1])
    one.close()
