"""A process is killed while it adds, cuts conversations, refreshes, forgets and empties its files."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from learncomm_agent.storage.store import DATABASE
from tests.kill.child import word
from tests.kill.soundness import unsound_rows, unsound_vectors, unsound_words
from tests.library.test_forgetting import files_that_hold

KEEPER = Path(__file__).with_name("keeper.py")
KINDS, STEPS = 5, 10
MOMENTS = ("acknowledged", "embedding", "looking", "forgetting", "scrubbing", "forgetting")
pytestmark = pytest.mark.slow


def start(folder: Path, first: int, last: int) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-X",
        "faulthandler",
        str(KEEPER),
        str(folder),
        str(first),
        str(last),
    ]
    here = {**os.environ, "PYTHONPATH": str(KEEPER.parents[2])}
    with (folder / "log.txt").open("a") as log:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=here)


def live_and_die(folder: Path, first: int, moment: str, dice: random.Random) -> list[str]:
    """Let a process work from a step on, kill it near such a moment; return what it told."""
    left = dice.randint(1, 4) if moment in {"acknowledged", "embedding"} else 1
    process = start(folder, first, first + STEPS - 1)
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        left -= line.startswith(moment)
        if not left:
            time.sleep(dice.random() * 0.02)
            break
    process.kill()
    return told + process.communicate()[0].splitlines()


def steps(told: list[str], what: str) -> set[int]:
    """Return the steps that were told of as this."""
    return {int(line.split()[1]) for line in told if line.startswith(what)}


def test_nothing_is_lost_half_forgotten_or_left_over(tmp_path: Path) -> None:
    dice, told = random.Random(4), list[str]()
    data = tmp_path / "data"
    for moment in MOMENTS:
        first = max(steps(told, "acknowledged"), default=-1) + 1
        told += live_and_die(tmp_path, first, moment, dice)
        assert unsound_rows(data) == [], f"after a kill while {moment}"
    acknowledged = steps(told, "acknowledged")
    process = start(tmp_path, max(acknowledged) + 1, 0)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, (tmp_path / "log.txt").read_text()[-3000:]
    assert out.splitlines()[-1] == "done"

    assert [*unsound_rows(data), *unsound_words(data), *unsound_vectors(data)] == []
    forgetting = acknowledged & steps(told, "forgetting")
    gone = {step - less for step in forgetting for less in (4, 3)}
    perhaps_gone = {step - less for step in steps(told, "forgetting") for less in (4, 3)}
    kept = {step for step in acknowledged if step % KINDS in {0, 1}} - perhaps_gone
    assert forgetting
    for step in gone:
        assert files_that_hold(data, word(step)) == [], f"of step {step}"
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        texts = " ".join(row[0] for row in conn.execute("SELECT text FROM chunks"))
        done = "done_at IS NULL AND (error IS NOT NULL OR due <= unixepoch() * 1000000)"
        assert conn.execute(f"SELECT name, error FROM work WHERE {done}").fetchall() == []
    assert kept
    assert [step for step in kept if word(step) not in texts] == []
    looked = [step for step in range(max(acknowledged) + STEPS) if step % KINDS == 2]
    shown = [step for step in looked if word(step) in texts]
    assert len(shown) == 1, "a page says what it said when it was looked at last"
    assert not [step for step in looked if step not in shown and files_that_hold(data, word(step))]
