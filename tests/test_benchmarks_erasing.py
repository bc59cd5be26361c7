"""Of a member who is erased, no file, no vector and no search knows anything: the benchmark, small."""

from pathlib import Path

from benchmarks import erasing


async def test_nothing_is_found_of_who_was_erased(tmp_path: Path) -> None:
    found = await erasing.measured(tmp_path, 60, 15, places=2)
    assert found.hits_before > 0, "they were there"
    before, held, after = found.vectors
    assert held > before == after
    assert found.hits == 0
    assert found.files == {erasing.CANARY: [], erasing.NAME: [], erasing.ACCOUNT: []}
    assert found.is_clean
    found.files[erasing.NAME].append("learncomm.sqlite3")
    assert not found.is_clean
