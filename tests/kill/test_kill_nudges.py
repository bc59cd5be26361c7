"""A process is killed again and again while it tells members what is due: each is told once, by one message."""

import random
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from tests.kill.nudger import MEMBERS

pytestmark = pytest.mark.slow

NUDGER = Path(__file__).with_name("nudger.py")
LIVES = 4


def live(folder: Path, dies_after: float | None) -> bool:
    """Let a process begin, and kill it so long after; whether it told all before."""
    root = Path(__file__).parents[2]
    command = [sys.executable, str(NUDGER), str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=root, env={"PYTHONPATH": str(root)}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        if dies_after is not None:
            threading.Timer(dies_after, process.kill).start()
        return process.stdout.readline() == "done\n"


def test_each_is_told_once_however_often_it_is_killed(tmp_path: Path) -> None:
    dice = random.Random(5)
    lives = [live(tmp_path, dice.uniform(0.02, 0.5)) for _ in range(LIVES)]
    assert not all(lives)
    assert live(tmp_path, None)
    keys = defaultdict(set)
    for line in (tmp_path / "sent").read_text().splitlines():
        key, to = line.split()
        keys[to].add(key)
    assert len(keys) == MEMBERS
    # A platform drops a repeat by its key: one key is one message.
    assert {to: each for to, each in keys.items() if len(each) != 1} == {}
