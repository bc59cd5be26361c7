"""A process is killed again and again while it reads back a room: nothing is missing, nothing there twice."""

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from learncomm_agent.storage.store import DATABASE
from tests.kill.latecomer import COUNT
from tests.kill.lives import Lives
from tests.kill.soundness import unsound_rows, unsound_words

pytestmark = pytest.mark.slow

KILLS = 4


def live_and_die(lives: Lives, folder: Path, what: str, dice: random.Random) -> list[str]:
    """Let a process read, and kill it in the middle; return what it said."""
    life, said, left = lives.begin(folder, what), [], dice.randint(4, 12)
    for line in life.told():
        said.append(line)
        left -= line.startswith("told")
        if not left:
            time.sleep(dice.random() * 0.01)
            break
    return [*said, *life.kill()]


def test_nothing_is_missing_and_nothing_there_twice(tmp_path: Path) -> None:
    dice = random.Random(5)
    with Lives("tests.kill.latecomer", tmp_path / "log.txt") as lives:
        died = [live_and_die(lives, tmp_path, "go" if n else "open", dice) for n in range(KILLS)]
        said = list(lives.begin(tmp_path, "go").told())
        assert said[-1] == "done", lives.log()
    assert all("done" not in each for each in died)
    # Each life went on near where the last one ended, not from the beginning.
    begins = [int(next(line for line in each if line[:4] == "told")[5:]) for each in [*died, said]]
    assert begins == sorted(begins)
    assert begins[-1] > 0
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE)) as conn:
        kept = conn.execute("SELECT platform_id, state FROM messages ORDER BY id").fetchall()
        opened = conn.execute("SELECT is_whole, read_to FROM cursors").fetchall()
    assert kept == [(f"o{n}", "kept") for n in range(COUNT)]
    assert opened == [(1, f"o{COUNT - 1}")]
    notices = (tmp_path / "posts.jsonl").read_text()
    assert notices.count("From now on I read this room") == 1
    assert unsound_rows(tmp_path / "data") + unsound_words(tmp_path / "data") == []
