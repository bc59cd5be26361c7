"""`learncomm run` is killed while it reads again what was said on Discord during a gap; nothing is missed or doubled."""

import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.model_server import ModelServer
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_world import Shown
from tests.kill.class_room import Bot, ClassRoom, honest

pytestmark = pytest.mark.slow

PAGES = ("GET", "/channels/*/messages")
MISSED = 430
"""Messages of a gap: some pages of a hundred, the last of them not full."""


@dataclass
class Gap:
    """What was said while nobody listened, and what stands in the store once all was read."""

    room: ClassRoom
    said: dict[int, str] = field(default_factory=dict)
    """The text of each message that stands there, by its id."""
    gone: set[int] = field(default_factory=set)
    """What was kept before, and deleted during the gap."""
    lives: list[int] = field(default_factory=list)
    """How many messages were kept at each death."""

    def kept(self) -> list[tuple[int, str]]:
        """Return all messages of the room, in the order in which they were said."""
        with contextlib.closing(sqlite3.connect(self.room.folder / DATABASE)) as conn:
            query = "SELECT platform_id, text FROM messages WHERE text <> '' ORDER BY posted_at, id"
            return [(int(id), text) for id, text in conn.execute(query).fetchall()]

    def is_told(self) -> bool:
        return {*self.said} <= self.room.kept().messages.keys()


def say(gap: Gap, count: int) -> list[Shown]:
    """Say so many things, and remember them."""
    discord, hall = gap.room.discord, gap.room.hall
    ann = gap.room.people[0]
    known = {each.id for each in discord.seen(hall)}
    start = len(gap.said)
    discord.says_many(ann, hall, [f"note {number}" for number in range(start, start + count)])
    new = [each for each in discord.seen(hall) if each.id not in known]
    gap.said |= {each.id: each.text for each in new}
    return new


def prepare(gap: Gap, bot: Bot) -> None:
    """Let the room be read, keep some of it, and change that behind the bot's back."""
    room = gap.room
    bot.start()
    room.opens()
    room.discord.advance(5)  # what is so near to the beginning is never held for deleted
    first = say(gap, 20)
    room.discord.wait(gap.is_told)
    bot.kill()
    room.discord.edits(first[3], "note 3, edited")
    gap.said[first[3].id] = "note 3, edited"
    for each in (first[5], first[19]):
        room.discord.deletes(each)
        del gap.said[each.id]
        gap.gone.add(each.id)
    say(gap, MISSED)


def read_and_die(gap: Gap, bot: Bot, page: int, dice: random.Random) -> None:
    """Let a process read so many pages of the gap, and end it at some moment after."""
    discord = gap.room.discord
    seen = len(discord.requests(*PAGES))
    bot.start()
    with contextlib.suppress(AssertionError):  # it may have read all before
        discord.wait(lambda: len(discord.requests(*PAGES)) >= seen + page, 3)
    time.sleep(dice.random() * 0.03)
    bot.kill()
    gap.lives.append(len(gap.room.kept().messages))


@pytest.fixture(scope="module")
def gap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gap]:
    folder, dice = tmp_path_factory.mktemp("gap"), random.Random(5)
    with Loopback() as discord, ModelServer(honest) as model:
        gap = Gap(ClassRoom(folder, discord, model))
        bot = Bot(folder, discord)
        try:
            prepare(gap, bot)
            discord.delay(*PAGES, 0.03, times=10_000)
            for page in (1, 3):
                read_and_die(gap, bot, page, dice)
            bot.start()
            discord.wait(gap.is_told)
            discord.wait(lambda: not gap.gone & dict(gap.kept()).keys())
            say(gap, 1)
            discord.wait(gap.is_told)
            bot.kill()
        finally:
            bot.close()
        yield gap


def test_it_died_on_the_way(gap: Gap) -> None:
    assert any(0 < count < MISSED for count in gap.lives), gap.lives


def test_each_message_is_kept_once_and_in_order(gap: Gap) -> None:
    ours = [each for each in gap.kept() if each[0] in gap.said]
    assert ours == list(gap.said.items())


def test_what_was_deleted_meanwhile_is_forgotten(gap: Gap) -> None:
    assert not gap.gone & {id for id, _ in gap.kept()}
    assert all(text.startswith("note ") for _, text in gap.kept())
