"""Hundreds of canaries in rooms of all sorts: nobody reads one that was not for them, and whoever may read
one finds it."""

import os
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import Account
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Command, OptionKind, Who
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import resources
from learncomm_agent.testing.community import STEP_S, Circle
from learncomm_agent.testing.embedder import HashingEmbedder
from tests.scenarios.canaries import Canary, Town

PRESSES = ("open:{}:{}", "about:{}", "read:{}:{}", "show:{}", "mine:{}", "forget_this:{}")
pytestmark = pytest.mark.slow
AT_ONCE = 60
"""So many requests are made before anybody waits for the answers."""
CHANGES = {"forget", "me", "share", "read", "keep", "links", "feeds"}
"""Commands that change what is there: `take_back` and `keep` make use of them; all others are asked for
canaries."""


async def settle_down(town: Town) -> tuple[list[Account], list[Account], list[RoomRef]]:
    """Let people move in: leaders, members, and rooms of all sorts on two platforms."""
    leaders = [town.person(town.near, "Lea", is_leader=True),
               town.person(town.far, "Leo", is_leader=True)]  # fmt: skip
    near = [town.person(town.near, f"Nora {number}") for number in range(8)]
    far = [town.person(town.far, f"Finn {number}") for number in range(4)]
    rooms = [town.room(town.near, "hall", None, is_read=True),
             town.room(town.far, "hall", None, is_read=True)]  # fmt: skip
    for number in range(9):
        some = [leaders[0], *town.dice.sample(near, town.dice.randint(2, 5))]
        is_read = town.dice.random() < 0.7
        rooms.append(town.room(town.near, f"room {number}", some, is_read=is_read))
    rooms += [town.room(town.near, "secret", near[:2], is_read=True),
              town.room(town.far, "den", far[:2], is_read=True)]  # fmt: skip
    rooms += [town.thread(parent) for parent in town.dice.sample(rooms, 4)]
    rooms += [await town.talk(account) for account in (*near[:3], far[0])]
    return leaders, near + far, rooms


async def plant(town: Town, rooms: list[RoomRef], count: int) -> None:
    """Plant canaries until there are so many."""
    await town.handbook(count // 25)
    while len(town.book.canaries) < count:
        room = town.dice.choice(rooms)
        others = [each for each in rooms if each.space == room.space]
        several = {room, *town.dice.sample(others, town.dice.choice([0, 0, 1, 2]))}
        match town.dice.random():
            case lot if lot < 0.35:
                await town.note(*sorted(several, key=lambda ref: ref.id))
            case lot if lot < 0.7:
                await town.file(*sorted(several, key=lambda ref: ref.id))
            case _:
                await town.message(room)
        if len(town.book.canaries) % AT_ONCE < 8:
            await town.settle()
    await town.clock.advance(60)  # so that what was said is put into the library
    await town.settle()


async def keep(town: Town, leader: Account, count: int) -> None:
    """Let a leader keep answers in the library, each where it was shared."""
    here = [each for each in town.book.shares if leader.ref in town.book.readers(each.room)]
    here = [each for each in here if each.room not in town.book.direct]
    for shared in town.dice.sample(here, count):
        text = next(each for each in shared.held if each.kind == "text")
        await town.says(leader, shared.room, f"@learncomm ask who knows of {text.key}?")
        await town.settle()
        (*_, post) = [each for each in town.platform(shared.room).posts if not each.private_to]
        await town.asks(leader, shared.room, "keep", "message", post.ref.id, is_private=True)
        await town.settle()
    kept = sa.select(sa.func.count()).where(resources.c.kind == ResourceKind.ANSWER)
    held = await town.agent.house.database.read(lambda conn: conn.execute(kept).scalar_one())
    assert held >= count / 2


async def take_back(town: Town, leader: Account, count: int) -> None:
    """Let sharers take shares back or opt out, and a leader take out what she sees.

    Whatever had been posted before for all to read, they may still read.
    """
    several = Counter(each.title.key for each in town.book.shares)
    for number in range(count):
        there = [each for each in town.book.shares if each.room not in town.book.direct]
        there = [each for each in there if each.room not in town.book.parents]
        if number % 3 == 2:
            there = [each for each in there if leader.ref in town.book.readers(each.room)]
            await town.takes_out(leader, town.dice.choice(there))
            continue
        alone = [each for each in there if each.own and several[each.title.key] > 1]
        shared = town.dice.choice(alone)
        asker = town.dice.choice(town.able(shared.room))
        await town.says(asker, shared.room, f"@learncomm search {shared.title.key}")
        await town.settle()
        town.look()
        await town.takes_back(shared, opts_out=number % 3 == 1)
    await town.clock.advance(300)
    await town.settle()
    shown = [post for post in (*town.near.posts, *town.far.posts) if not post.private_to]
    assert [leak for post in shown for leak in town.book.leaks(post)] == []
    assert any(each.is_gone for each in town.book.canaries.values())


async def move(town: Town, people: list[Account]) -> None:
    """Let people come and go between what was shared and what is asked."""
    closed = [room for room, members in town.book.members.items() if members is not None]
    closed = [room for room in closed if room not in town.book.direct]
    await town.closes(town.dice.choice(closed[:9]))
    for room in closed:
        if room in town.book.gone:
            continue
        inside = [each for each in people if each.ref in town.book.readers(room)]
        outside = [each for each in people if each not in inside
                   and each.ref.platform == room.platform]  # fmt: skip
        if len(inside) > 1:
            await town.leaves(town.dice.choice(inside), room)
        if outside:
            await town.joins(town.dice.choice(outside), room)
    await town.settle()


def places(town: Town, canary: Canary) -> list[tuple[Account, RoomRef, bool]]:
    """Return where somebody who may read a canary can ask for it, and whether in private."""
    found = []
    told = town.book.told(canary)
    for room in town.dice.sample(town.book.rooms, len(town.book.rooms)):
        able = [person for person in town.able(room) if person.ref in told]
        if not able:
            continue
        if room not in town.book.direct or room in canary.rooms:
            found.append((town.dice.choice(able), room, True))
        if town.book.is_meant_for(canary, room):
            found.append((town.dice.choice(able), room, False))
    return found


def questions(command: Command) -> str:
    """Return the option of a command that takes words; empty where there is none."""
    kinds = {OptionKind.TEXT, OptionKind.RESOURCE}
    return next((each.name for each in command.options if each.kind in kinds), "")


async def pry(town: Town, count: int) -> None:
    """Let people ask by every command for what they may read or not, alone and before others."""
    canaries = list(town.book.canaries.values())
    commands = [each for each in builtin.catalogue().commands if each.name not in CHANGES]
    people = [each for each in town.book.people.values() if town.book.rooms_of(each.ref)]
    for number in range(count):
        command, account = commands[number % len(commands)], town.dice.choice(people)
        room = town.dice.choice(town.book.rooms_of(account.ref))
        if command.who is Who.LEADERS:
            account = next(each for each in people if each.is_leader)
            room = town.dice.choice(town.book.rooms_of(account.ref))
        what = "" if not questions(command) else town.dice.choice(canaries).key
        await town.asks(account, room, command.name, questions(command), what,
                        is_private=town.dice.random() < 0.5)  # fmt: skip
        if number % AT_ONCE == 0:
            await town.settle()
    await town.settle()


async def press(town: Town, count: int) -> None:
    """Let people press buttons that nobody showed them, in the hope of one that leads somewhere."""
    posts = [post for post in town.near.posts if post.private_to is None]
    posts = [each for each in posts if town.book.readers(each.ref.room)]
    for number in range(count):
        post = town.dice.choice(posts)
        presser = town.dice.choice(sorted(town.book.readers(post.ref.room), key=lambda ref: ref.id))
        which = town.dice.randrange(1, 2 * town.count // 3)
        choice = PRESSES[number % len(PRESSES)].format(which, town.dice.randint(1, 3))
        await town.near.presses(town.book.people[presser], choice, post.ref)
    await town.settle()


async def missing(town: Town) -> tuple[Counter[str], list[Canary]]:
    """Ask for each canary where somebody may read it; return how many of each kind, and what wasn't found."""
    asked: Counter[str] = Counter()
    lost: list[Canary] = []
    waiting: list[Canary] = []
    for together in groups(town.book.canaries.values()):
        command, option = FINDS[together[0].kind]
        where = places(town, together[0])
        if not where:
            continue
        person, room, is_private = town.dice.choice(where)
        keys = dict.fromkeys(canary.finder or canary.key for canary in together)
        await town.asks(person, room, command, option, " ".join(keys), is_private=is_private)
        asked.update(canary.kind for canary in together)
        waiting += together
        if len(waiting) >= 2 * AT_ONCE:
            lost += await unseen(town, waiting)
            waiting.clear()
    return asked, lost + await unseen(town, waiting)


def groups(canaries: Iterable[Canary]) -> Iterator[list[Canary]]:
    """Yield the canaries that can be found, those together that the same people see in one place."""
    found: dict[object, list[Canary]] = {}
    number = 0
    for canary in canaries:
        number += canary.kind in {"title", "message"}  # what follows stands in the same resource
        if canary.kind in FINDS:
            place = canary.finder or number
            found.setdefault((FINDS[canary.kind], place, canary.rooms), []).append(canary)
    return iter(found.values())


async def unseen(town: Town, waiting: list[Canary]) -> list[Canary]:
    await town.settle()
    posts = town.look()
    assert town.leaked == []
    shown = " ".join(post.text.casefold() for post in posts)
    return [canary for canary in waiting if canary.secret not in shown]


MANY = int(os.environ.get("LEARNCOMM_TEST_CANARIES", "400"))
"""CI plants a thousand."""
FINDS = {
    "title": ("search", "query"),
    "text": ("search", "query"),
    "message": ("search", "query"),
    "name": ("about", "source"),
    "comment": ("about", "source"),
}
"""By which command what is planted so can be seen."""


@pytest.fixture(
    params=[(2, MANY, HashingEmbedder), (1, 300, None)],
    ids=["by meaning", "by words"],
)
async def town(request: pytest.FixtureRequest, data: Path) -> AsyncIterator[Town]:
    seed, count, embedder = request.param
    town = Town(data, random.Random(seed), embedder, count=count)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(town.agent)
        yield town


async def test_nobody_reads_what_was_not_for_them_and_everybody_finds_what_was(town: Town) -> None:
    leaders, people, rooms = await settle_down(town)
    await plant(town, rooms, town.count)
    await keep(town, leaders[0], 6)
    await pry(town, 60)
    town.look()
    await take_back(town, leaders[0], 12)
    town.look()
    await move(town, people)
    await pry(town, 140)
    await press(town, 80)
    posts = town.look()
    assert len(posts) > 150
    assert not [post for post in posts if "went wrong on my side" in post.text]
    assert town.leaked == []

    asked, lost = await missing(town)
    assert asked.total() > town.count * 0.5, asked
    assert len(lost) <= 0.01 * asked.total(), Counter(each.kind for each in lost)
    assert await town.agent.house.database.read(dead_letters) == []


VISIBLE = (
    "The kettle stands on the green shelf beside the lamp.",
    "Whoever borrows the lamp brings it back before the meeting.",
    "The meeting begins when the kettle sings.",
    "A green notebook holds what we said about the garden.",
    "The garden gate is locked at night, and the key hangs by the shelf.",
)
HIDDEN = tuple(
    f"{beginning} {ending}"
    for beginning in (
        "Lamp and kettle again.",
        "The gardin gate, ketle and lampe.",
        "Green, green.",
    )
    for ending in (
        "The key is hidden.",
        "The meeting is off.",
        "Shelves need paint.",
        "Nobody sings.",
    )
)
"""With the same words, so that others are rare now, and with slips of the pen."""
QUERIES = ("kettle", "green lamp", "ketle", "gardin gate", "who brings the lamp back?", "lampe",
           "meeting sings", "key by the shelf", "shelves need paint", "hidden")  # fmt: skip


@pytest.mark.parametrize("embedder", [None, HashingEmbedder], ids=["by words", "by meaning"])
async def test_hidden_texts_change_neither_results_nor_order_nor_counts(
    data: Path, embedder: Callable[[], Embedder] | None
) -> None:
    said = []
    for is_hidden in (False, True):
        folder = shutil.copytree(data, data.parent / str(is_hidden))
        async with Circle(Path(folder), embedder=embedder) as circle:
            for number, text in enumerate(HIDDEN):
                if is_hidden:
                    await circle.ben.asks(f"share {text}", circle.den)
                    await circle.ben.says(text, circle.den)
                else:
                    await circle.clock.advance(2 * STEP_S)
                if number < len(VISIBLE):
                    await circle.ben.asks(f"share {VISIBLE[number]}", circle.hall)
            answers = [await circle.chloe.sends("resources", circle.hall)]
            for query in QUERIES:
                answers.append(await circle.chloe.sends("search", circle.hall, query=query))
                answers.append(await circle.chloe.sends("ask", circle.hall, question=query))
                answers.append(await circle.chloe.asks(f"search {query}", circle.hall))
                answers.append(await circle.chloe.sends("why", circle.hall))
            said.append(answers)
    assert "green shelf" in said[0][1]
    assert said[0] == said[1]
