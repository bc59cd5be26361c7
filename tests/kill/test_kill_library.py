"""A process is killed while it adds, cuts conversations, refreshes, forgets and empties its files."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from learncomm_agent.storage.store import DATABASE
from tests.kill.child import word
from tests.kill.lives import Lives
from tests.kill.soundness import unsound_rows, unsound_vectors, unsound_words
from tests.library.test_forgetting import files_that_hold

KINDS, STEPS = 5, 10
MOMENTS = (
    "acknowledged",
    "embedding",
    "looking",
    "forgetting",
    "scrubbing",
    "forgetting",
    "acknowledged",  # so that what was to be forgotten is, and there is talk again
)
pytestmark = pytest.mark.slow


def live_and_die(
    lives: Lives, folder: Path, first: int, moment: str, dice: random.Random
) -> list[str]:
    """Let a process work from a step on, kill it near such a moment; return what it told."""
    left = {"acknowledged": 4, "embedding": dice.randint(1, 4)}.get(moment, 1)
    life = lives.begin(folder, first, first + STEPS - 1)
    told = []
    for line in life.told():
        told.append(line)
        left -= line.startswith(moment)
        if not left:
            time.sleep(dice.random() * 0.02)
            break
    return told + life.kill()


def steps(told: list[str], what: str) -> set[int]:
    """Return the steps that were told of as this."""
    return {int(line.split()[1]) for line in told if line.startswith(what)}


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    with Lives("tests.kill.keeper", tmp_path / "log.txt") as lives:
        yield lives


def test_nothing_is_lost_half_forgotten_or_left_over(lives: Lives, tmp_path: Path) -> None:
    dice, told = random.Random(4), list[str]()
    data = tmp_path / "data"
    for moment in MOMENTS:
        first = max(steps(told, "acknowledged"), default=-1) + 1
        told += live_and_die(lives, tmp_path, first, moment, dice)
        assert unsound_rows(data) == [], f"after a kill while {moment}"
    acknowledged = steps(told, "acknowledged")
    life = lives.begin(tmp_path, max(acknowledged) + 1, 0)
    (*_, last) = life.told()
    assert (last, life.code) == ("done", 0), lives.log()

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
