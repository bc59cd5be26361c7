"""What is kept of posts, on a disk that kills, ages and spoils."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.adapting.receipts import KEPT, Receipts
from learncomm_agent.errors import DisconnectedError, PlatformError, StorageFullError
from learncomm_agent.testing.clock import ManualClock


@pytest.fixture
async def receipts(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Receipts]:
    receipts = Receipts(tmp_path, clock)
    await receipts.load()
    yield receipts
    receipts.close()


async def reread(folder: Path, clock: ManualClock) -> Receipts:
    again = Receipts(folder, clock)
    await again.load()
    again.close()
    return again


async def test_what_was_noted_is_there_after_a_restart(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    await receipts.done(await receipts.begin("a.0", "1", "handle"), "11")
    await receipts.begin("b.0", "1")
    await receipts.give_up(await receipts.begin("c.0", "1", "other"))
    again = await reread(tmp_path, clock)
    for each in (receipts, again):
        done, begun, given_up = each.find("a.0"), each.find("b.0"), each.find("c.0")
        assert done is not None
        assert begun is not None
        assert given_up is not None
        assert (done.message, begun.message) == ("11", None)
        assert (begun.is_given_up, given_up.is_given_up) == (False, True)
        assert each.filled_by("handle") == "a.0"
        assert each.filled_by("other") is None
        assert each.is_known("11")


async def test_who_sees_it_and_what_can_be_voted_for_is_there_after_a_restart(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "receipts.jsonl"
    await receipts.done(await receipts.begin("a.0", "1", is_private=True), "11")
    poll = (await receipts.begin("poll:b", "1")).made(12, {"1": "yes"})
    await receipts.done(poll, "12")
    begun = await receipts.begin("c.0", "1", is_private=True)
    assert (await receipts.begin("c.0", "1")).is_private is False, "now it goes to the room"
    line = b'{"key": "old", "at": "%s", "room": "1", "message": "13"}\n'
    path.write_bytes(line % begun.at.isoformat().encode() + path.read_bytes())
    again = await reread(tmp_path, clock)
    private, options, old = map(again.of_message, ("11", "12", "13"))
    assert private is not None
    assert private.is_private
    assert options is not None
    assert options.options == {"1": "yes"}
    assert old is not None
    assert (old.is_private, old.options) == (False, {})
    assert again.of_message("14") is None


async def test_a_second_beginning_keeps_the_time_of_the_first(
    receipts: Receipts, clock: ManualClock
) -> None:
    first = await receipts.begin("a.0", "1")
    await clock.advance(60)
    assert await receipts.begin("a.0", "1") == first


async def test_another_way_to_post_it_keeps_the_time_as_well(
    receipts: Receipts, clock: ManualClock
) -> None:
    first = await receipts.begin("k", "1", "handle")
    await clock.advance(20 * 60)
    again = await receipts.begin("k", "1")
    assert (again.at, again.handle) == (first.at, "")
    assert receipts.filled_by("handle") is None


WHOLE = b'{"key": "x", "at": "2026-01-05T09:00:00+00:00", "room": "1", "message": "5"}'


@pytest.mark.parametrize(
    "spoilt",
    [b"{", b"[]", b'{"key": 1}', b"\xff", b'{"at": "x"}', b"", b"[" * 100_000]
    + [
        WHOLE.replace(right, wrong)
        for right, wrong in (
            (b'"x"', b'["x"]'),
            (b'"5"', b"[5]"),
            (b'"5"', b'"5", "options": ["yes"]'),
            (b"+00:00", b""),
            (b"2026-01-05T09:00:00+00:00", b"0001-01-01T00:00:00+14:00"),
        )
    ],
)
async def test_spoilt_lines_cost_no_others(
    receipts: Receipts, tmp_path: Path, clock: ManualClock, spoilt: bytes
) -> None:
    path = tmp_path / "receipts.jsonl"
    await receipts.done(await receipts.begin("a.0", "1"), "11")
    path.write_bytes(spoilt + b"\n" + path.read_bytes() + b'{"key": "torn')
    again = await reread(tmp_path, clock)
    assert again.is_known("11")
    assert b"torn" not in path.read_bytes()


async def test_a_line_that_a_full_disk_has_torn_spoils_not_the_next(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    await receipts.begin("a.0", "1")
    with (tmp_path / "receipts.jsonl").open("ab") as file:
        file.write(b'{"key": "torn')
    begun = await receipts.begin("b.0", "1")
    again = await reread(tmp_path, clock)
    assert again.find("a.0") is not None
    assert again.find("b.0") == begun


async def test_a_full_disk_is_told_as_one(receipts: Receipts, tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    path.unlink()
    path.symlink_to("/dev/full")
    with pytest.raises(PlatformError) as raised:
        await receipts.begin("a.0", "1")
    assert raised.value.advice.phrase == StorageFullError.phrase
    assert receipts.find("a.0") is None


async def test_what_is_on_its_way_at_the_end_is_looked_up_the_next_time(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    begun = await receipts.begin("a.0", "1")
    receipts.close()
    with pytest.raises(DisconnectedError):
        await receipts.done(begun, "11")
    assert (await reread(tmp_path, clock)).find("a.0") == begun


async def test_old_ones_leave_memory_and_disk_while_it_runs(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    await receipts.done(await receipts.begin("old.0", "1", "handle"), "11")
    await clock.advance((KEPT - timedelta(days=1)).total_seconds())
    await receipts.done(await receipts.begin("new.0", "1"), "12")
    await clock.advance(timedelta(days=2).total_seconds())
    begun = [receipts.begin(f"k{number}.0", "1") for number in range(20)]
    await asyncio.gather(*begun)  # some of them are written while the old ones leave
    assert receipts.find("old.0") is None
    assert receipts.filled_by("handle") is None
    assert (receipts.is_known("11"), receipts.is_known("12")) == (False, True)
    assert b"old.0" not in (tmp_path / "receipts.jsonl").read_bytes()
    again = await reread(tmp_path, clock)
    assert again.is_known("12")
    assert all(again.find(f"k{number}.0") for number in range(20))


async def test_old_ones_that_can_not_leave_the_disk_hold_nothing_up(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    await clock.advance(timedelta(days=1).total_seconds())
    (tmp_path / "receipts.new").mkdir()
    entry = await receipts.done(await receipts.begin("a.0", "1"), "11")
    assert receipts.find("a.0") == entry


async def test_the_folder_is_made_when_it_is_needed(tmp_path: Path, clock: ManualClock) -> None:
    folder = tmp_path / "data" / "discord"
    receipts = Receipts(folder, clock)
    assert not folder.exists()
    await receipts.load()
    await receipts.begin("a.0", "1")
    receipts.close()
    assert (await reread(folder, clock)).find("a.0") is not None


async def test_old_ones_leave_the_disk(
    receipts: Receipts, tmp_path: Path, clock: ManualClock
) -> None:
    await receipts.done(await receipts.begin("old.0", "1"), "11")
    await clock.advance((KEPT - timedelta(days=1)).total_seconds())
    await receipts.done(await receipts.begin("new.0", "1"), "12")
    await clock.advance(timedelta(days=2).total_seconds())
    again = await reread(tmp_path, clock)
    assert (again.is_known("11"), again.is_known("12")) == (False, True)
    assert b"old.0" not in (tmp_path / "receipts.jsonl").read_bytes()
