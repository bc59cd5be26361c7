"""`learncomm run` is killed while a class asks it on Discord; each who was heard has one answer afterwards."""

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from learncomm_agent.agent import Agent
from learncomm_agent.settings import CommunitySettings, EmbeddingSettings, Settings
from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.model_server import ModelServer
from tests.adapters.discord.loopback import Loopback
from tests.kill.class_room import DRAFTED, LIFE_S, Asked, Bot, ClassRoom, Kept, honest, passages

pytestmark = pytest.mark.slow

POSTS, FIRST, MORE = "/channels/*/messages", "/webhooks/*/messages/@original", "/webhooks/*/token*"
CALLBACKS = "/interactions/*/callback"


@dataclass(frozen=True)
class Moment:
    """When a life ends."""

    name: str
    kind: str
    """What is asked for so that the moment comes."""
    method: str = ""
    path: str = ""
    """The request at which it ends; the model's where empty."""
    is_lost: bool = False
    """Whether the request does not reach Discord, or else its answer does not come back."""
    is_answered: bool = False
    """Whether it ends only after the answer has come back."""


MOMENTS = (
    Moment("a model writes an answer", "ask"),
    Moment("a model writes a summary", "summary"),
    Moment("a post is not out", "mention", "POST", POSTS, is_lost=True),
    Moment("a post is out", "mention", "POST", POSTS),
    Moment("a post is acknowledged", "direct", "POST", POSTS, is_answered=True),
    Moment("an answer is not filled in", "ask", "PATCH", FIRST, is_lost=True),
    Moment("an answer is filled in", "questions", "PATCH", FIRST),
    Moment("an answer is acknowledged", "summary", "PATCH", FIRST, is_answered=True),
    Moment("a follow-up is not out", "show", "POST", MORE, is_lost=True),
    Moment("a follow-up is out", "show", "POST", MORE),
    Moment("a follow-up is acknowledged", "show", "POST", MORE, is_answered=True),
    Moment("a command is acknowledged", "ask", "POST", CALLBACKS, is_answered=True),
)
KINDS = ("ask", "questions", "summary", "mention", "direct", "show")


@dataclass
class Survived:
    """What was in the store after each death, and is to be seen in the room after the last life."""

    room: ClassRoom
    kept: list[Kept] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[Asked]:
        known = frozenset[int]().union(*(kept.requests for kept in self.kept))
        return [each for each in self.room.asked if each.event in known]


def comes(room: ClassRoom, moment: Moment, seen: int) -> bool:
    """Whether the moment is there; so many such requests had been seen before."""
    if not moment.path:
        return len(room.model.requests) > seen
    asked = room.discord.requests(moment.method, moment.path)
    return any(each.status or not moment.is_answered for each in asked[seen:])


def live_and_die(
    room: ClassRoom,
    bot: Bot,
    moment: Moment,
    dice: random.Random,
    kinds: Sequence[str] = KINDS,
) -> None:
    """Let a process answer what is asked, and end it at such a moment."""
    discord = room.discord
    bot.start()
    seen = len(discord.requests(moment.method, moment.path) if moment.path else room.model.requests)
    if moment.is_lost:
        discord.cut(moment.method, moment.path, is_applied=False)
    elif moment.path and not moment.is_answered:
        discord.delay(moment.method, moment.path, LIFE_S)
    for kind in (*dice.choices(kinds, k=2), moment.kind):
        room.says(dice.choice(room.people))
        room.asks(kind, dice.choice(room.people))
    discord.wait(lambda: comes(room, moment, seen))
    time.sleep(dice.random() * 0.03)
    bot.kill()
    discord.mend()


def prepare(folder: Path, room: ClassRoom, bot: Bot) -> None:
    """Fill the library; in a first life, let the room be read and get some answers."""
    spaces = (f"discord:{room.hall.guild.id if room.hall.guild else 0}",)

    async def fill() -> None:
        community = CommunitySettings(spaces=spaces)
        settings = Settings(
            data=folder, community=community, embedding=EmbeddingSettings(kind="off")
        )
        async with Agent(settings) as agent:
            await agent.add(passages())
            await agent.idle()

    asyncio.run(fill())
    bot.start()
    room.opens()
    for person in room.people * 2:
        room.says(person)
        room.asks("ask", person)
    room.settled(lambda kept: len(kept.requests) > len(room.asked))
    bot.kill()


def expire(room: ClassRoom, bot: Bot) -> None:
    """End a life with answers to come, whose interactions are over when the next one begins."""
    bot.start()
    room.settled()
    before = len(room.asked)
    room.discord.cut("PATCH", FIRST, is_applied=False, times=9)
    for kind in ("ask", "questions"):
        room.asks(kind, room.people[0])
    events = {each.event for each in room.asked[before:]}
    room.discord.wait(lambda: events <= room.kept().requests)
    room.discord.wait(lambda: all(map(room.is_acknowledged, room.asked[before:])))
    bot.kill()
    room.discord.mend()
    room.discord.advance(16 * 60)


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survived]:
    """A class whose bot died again and again, and then finished."""
    folder, dice = tmp_path_factory.mktemp("discord"), random.Random(1)
    with Loopback() as discord, ModelServer(honest) as model:
        room = ClassRoom(folder, discord, model)
        bot, survived = Bot(folder, discord), Survived(room)
        try:
            prepare(folder, room, bot)
            for moment in dice.sample(MOMENTS, len(MOMENTS)):
                live_and_die(room, bot, moment, dice)
                survived.kept.append(room.kept())
            expire(room, bot)
            survived.kept.append(room.kept())
            with bot.undisturbed():
                room.settled()
        finally:
            bot.close()
        yield survived


def test_whoever_was_heard_has_one_answer(survived: Survived) -> None:
    room, acknowledged = survived.room, survived.acknowledged
    assert len(acknowledged) > len(MOMENTS)
    answers = {each: room.answers(each) for each in acknowledged}
    odd = {(each.kind, each.word): len(shown) for each, shown in answers.items() if len(shown) != 1}
    assert not odd
    wrong = [each.word for each, (shown,) in answers.items() if not room.is_meant(each, shown)]
    assert not wrong


def test_what_people_saw_acknowledged_was_kept(survived: Survived) -> None:
    shown = [each for each in survived.room.asked if survived.room.is_acknowledged(each)]
    assert len(shown) > len(MOMENTS)
    assert [each.word for each in shown if each not in survived.acknowledged] == []


def test_nothing_else_was_posted(survived: Survived) -> None:
    room = survived.room
    answers = {shown.id for each in survived.acknowledged for shown in room.answers(each)}
    others = {each.id: each.text for each in room.posts() if each.id not in answers}
    pointing = {id for id, text in others.items() if "I sent you the draft" in text}
    drafted = sum(each.kind in DRAFTED for each in survived.acknowledged)
    kept, repeated = room.posted()
    assert len(pointing & kept) == drafted
    # What one alone is told beside a first response that all could see is nowhere to be found again,
    # so that it comes once more where a life ends before Discord has said that it is there.
    assert len(pointing - kept) <= repeated
    assert pointing <= room.private()
    assert others.keys() - pointing == room.told, others


def test_whose_interaction_was_over_is_answered_in_another_way(survived: Survived) -> None:
    room = survived.room
    ask, questions = room.asked[-2:]
    assert [each.channel for each in room.answers(ask)] == [room.discord.direct(ask.by)]
    assert questions.interaction is not None
    first = room.discord.answer(questions.interaction)
    assert first is not None
    assert first.is_thinking
    assert len(room.answers(questions)) == 1


def test_what_was_published_works_from_the_first_moment_of_a_life(survived: Survived) -> None:
    log = (survived.room.folder / "learncomm.log").read_text()
    assert "commands published" in log
    assert "CommandNotFound" not in log


def test_what_was_kept_is_there(survived: Survived) -> None:
    room = survived.room
    last = room.kept()
    for kept in survived.kept:
        assert kept.requests <= last.requests
        assert kept.messages.items() <= last.messages.items()
    said = {each.id: each.text for each in room.notes}
    assert len(said.keys() & last.messages.keys()) > len(MOMENTS)
    assert all(last.messages.get(id, text) == text for id, text in said.items())


def test_the_store_is_sound(survived: Survived) -> None:
    room = survived.room
    with contextlib.closing(sqlite3.connect(room.folder / DATABASE)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute("SELECT name, error FROM work WHERE error IS NOT NULL").fetchall() == []
        sums = "SELECT sum(calls), sum(failed), sum(sent), sum(received) FROM usage"
        calls, failed, sent, received = conn.execute(sums).fetchone()
    assert len(survived.acknowledged) <= calls <= len(room.model.requests)
    assert (failed, sent, received) == (0, 12 * calls, 3 * calls)
