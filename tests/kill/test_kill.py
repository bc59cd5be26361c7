"""A process is killed at twenty moments of its work; whatever it had acknowledged is there afterwards."""

import json
import random
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest

from learncomm_agent.agent import Agent
from learncomm_agent.settings import CommunitySettings, Settings
from learncomm_agent.storage import vector_rows
from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.embedder import HashingEmbedder
from tests.kill.child import POSTS, word
from tests.kill.lives import Lives

KILLS = 20
STEPS = 12
"""So many steps a life, at most."""


def live_and_die(
    lives: Lives, folder: Path, first: int, moment: str, dice: random.Random
) -> list[int]:
    """Let a process work from a step on, kill it near such a moment; return what it acknowledged."""
    left = dice.randint(1, {"acknowledged": 9, "embedding": 3, "posted": 2}[moment])
    life = lives.begin(folder, first, first + STEPS - 1)
    told = []
    for line in life.told():
        told.append(line)
        left -= line.startswith(moment)
        if not left:
            time.sleep(dice.random() * 0.03)
            break
    told += life.kill()
    return [int(line.split()[1]) for line in told if line.startswith("acknowledged")]


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A folder in which a process died twenty times and then finished, and what was acknowledged."""
    folder = tmp_path_factory.mktemp("kill")
    dice = random.Random(1)
    acknowledged: list[int] = []
    moments = ["acknowledged", "embedding", "posted", "embedding"] * (KILLS // 4)
    dice.shuffle(moments)
    with Lives("tests.kill.child", folder / "log.txt") as lives:
        for moment in moments:
            first = acknowledged[-1] + 1 if acknowledged else 0
            acknowledged += live_and_die(lives, folder, first, moment, dice)
        life = lives.begin(folder, 1, 0)
        (*_, last) = life.told()
        assert (last, life.code) == ("done", 0), lives.log()
    return folder, acknowledged


pytestmark = pytest.mark.slow


def posts(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / POSTS).read_text().splitlines()]


def test_the_store_is_sound(survived: tuple[Path, list[int]]) -> None:
    folder, _ = survived
    with sqlite3.connect(folder / "data" / DATABASE) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        conn.execute("INSERT INTO chunks_fts(chunks_fts, rank) VALUES('integrity-check', 1)")
        left = "done_at IS NULL AND (error IS NOT NULL OR due <= unixepoch() * 1000000)"
        assert conn.execute(f"SELECT name, error FROM work WHERE {left}").fetchall() == []
    conn.close()


def test_each_message_is_kept_once_and_each_question_answered_once(
    survived: tuple[Path, list[int]],
) -> None:
    folder, acknowledged = survived
    said = {f"m{step}" for step in acknowledged if step % 4 in (1, 2) or step % 8 == 3}
    with sqlite3.connect(folder / "data" / DATABASE) as conn:
        kept = Counter(row[0] for row in conn.execute("SELECT platform_id FROM messages"))
    conn.close()
    assert said <= kept.keys()
    assert set(kept.values()) == {1}
    asked = {f"m{step}" for step in acknowledged if step % 4 == 2 or step % 8 == 3}
    answered = Counter(post["answers"] for post in posts(folder) if post["answers"])
    assert asked <= answered.keys()
    assert set(answered.values()) == {1}, "a reader sees one answer"


async def test_what_was_acknowledged_is_found_and_what_was_forgotten_is_gone(
    survived: tuple[Path, list[int]],
) -> None:
    folder, acknowledged = survived
    forgotten = {step - 7 for step in acknowledged if step % 8 == 7}
    added = {step for step in acknowledged if step % 4 == 0}
    assert forgotten
    assert len(added) > len(forgotten)
    settings = Settings(data=folder / "data", community=CommunitySettings(spaces=("file:home",)))
    async with Agent(settings, embedder=HashingEmbedder) as agent:
        await agent.ready()
        await agent.idle()
        for step in added:
            found = await agent.find(f"{word(step)} flies high", limit=20)
            assert found.by_meaning
            sources = [each.source for each in found.passages if word(step) in each.text]
            wanted = {f"short{step}"} | ({f"long{step}"} - {f"long{n}" for n in forgotten})
            assert Counter(sources) == Counter(wanted)
        community = agent.community.id
        house = agent.house
        total, stored = await house.database.read(lambda conn: vector_rows.counts(conn, community))
        model = house.meaning.model
        assert model is not None
        held = await house.meaning.store(model).count(community, 1)
        assert total == stored == held, "each passage has its vector, and no vector is left over"


def test_posts_show_nothing_that_was_forgotten(survived: tuple[Path, list[int]]) -> None:
    folder, acknowledged = survived
    shown = {post["key"]: post["text"] for post in posts(folder)}
    for step in (step - 7 for step in acknowledged if step % 8 == 7):
        assert not [text for text in shown.values() if f"{word(step)} flies high" in text]
    with sqlite3.connect(folder / "data" / DATABASE) as conn:
        orphans = (
            "SELECT count(*) FROM rests_on WHERE resource_id IS NOT NULL "
            "AND resource_id NOT IN (SELECT id FROM resources)"
        )
        assert conn.execute(orphans).fetchone() == (0,)
        resources = [row[0] for row in conn.execute("SELECT source FROM resources")]
    conn.close()
    assert len(resources) == len(set(resources)), "nothing is there twice"
