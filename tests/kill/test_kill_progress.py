"""`learncomm run` is killed while it shows on Discord how far an answer is; in the end each has one answer, and no more."""

import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest

from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.model_server import ModelServer
from tests.adapters.discord.loopback import Loopback
from tests.kill.class_room import Bot, ClassRoom, honest
from tests.kill.test_kill_discord import FIRST, POSTS, Moment, live_and_die, prepare

pytestmark = pytest.mark.slow

CHANGES = "/channels/*/messages/*"
WAITING = ("I am working", "I am reading", "I found one passage and")
MOMENTS = (
    Moment("a word to wait is not out", "mention", "POST", POSTS, is_lost=True),
    Moment("a word to wait is out", "mention", "POST", POSTS),
    Moment("an answer is not in its place", "mention", "PATCH", CHANGES, is_lost=True),
    Moment("a word to wait fills the answer", "ask", "PATCH", FIRST),
    Moment("a word to wait does not fill it", "ask", "PATCH", FIRST, is_lost=True),
)
KINDS = ("ask", "questions", "mention")
"""Not those whose word to wait only one person sees and nobody can look for: a kill may leave one behind."""


def slow(body: dict[str, Any]) -> str:
    """Answer after a while, so that there is progress to show."""
    time.sleep(0.3)
    return honest(body)


def caught_up(room: ClassRoom) -> bool:
    """Whether what was said while nobody heard it has been taken up, so that no request comes any more.

    That is done in slots of five minutes of the day, so it seldom falls into the last life, but then late.
    """
    waits = "name = 'reread' AND key NOT LIKE '%:all' AND done_at IS NULL"
    with contextlib.closing(sqlite3.connect(room.folder / DATABASE)) as conn:
        due = conn.execute(
            f"SELECT count(*) FROM work WHERE {waits} AND due <= ?", (time.time_ns() // 1000,)
        )
        return bool(due.fetchone() == (0,))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRoom]:
    """A class whose bot died again and again while it said that it works, and then finished."""
    folder, dice = tmp_path_factory.mktemp("progress"), random.Random(3)
    patch = pytest.MonkeyPatch()
    patch.setenv("PROGRESS_AFTER_S", "0.1")
    with Loopback() as discord, ModelServer(slow) as model:
        room = ClassRoom(folder, discord, model)
        bot = Bot(folder, discord)
        try:
            prepare(folder, room, bot)
            for moment in dice.sample(MOMENTS, len(MOMENTS)):
                live_and_die(room, bot, moment, dice, KINDS)
            bot.start()
            room.asks("mention", room.people[0])
            room.settled(lambda kept: room.asked[-1].event in kept.requests and caught_up(room))
            bot.kill()
        finally:
            bot.close()
            patch.undo()
        yield room


def test_progress_was_shown(room: ClassRoom) -> None:
    assert room.discord.requests("PATCH", CHANGES)


def test_each_who_was_heard_has_one_answer_and_nothing_waits(room: ClassRoom) -> None:
    known = room.kept().requests
    heard = [each for each in room.asked if each.event in known]
    assert len(heard) > len(MOMENTS)
    odd = [each for each in heard if len(room.answers(each)) != 1]
    assert odd == [], room.story(odd)
    answers = {shown.id for each in heard for shown in room.answers(each)}
    others = [each.text for each in room.posts() if each.id not in answers]
    assert [text for text in others if text.startswith(WAITING)] == []
