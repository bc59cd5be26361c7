"""What people are offered while they type or open a form: at once, for their eyes alone, and nothing is kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.forms import FieldKind, Form
from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, MemberId, SpaceRef
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue, Command, OptionKind
from learncomm_agent.commands.setup import SETUP
from learncomm_agent.commands.suggesting import suggester_of
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import LearncommError, NotAllowedError, PlatformError, UsageError
from learncomm_agent.library.resources import Reading, ResourceKind, Section, Share
from learncomm_agent.storage import feeds, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, communities, members, spaces
from learncomm_agent.storage.schema import rooms as room_rows
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Person
from learncomm_agent.testing.web import FakeWeb
from learncomm_agent.words import Words
from tests.commands.town import Town, TownCircle

TEXT = """every newcomer gets a partner for three meetings, because nobody dares to ask a crowd.

A group that greets nobody loses everyone within a year, however good its books are. The partner asks what
the newcomer hopes to learn, and tells the circle, so that the next meeting can begin with it.
"""


@pytest.fixture
async def circle(data: Path, web: FakeWeb) -> AsyncIterator[TownCircle]:
    clock = ManualClock()
    circle = TownCircle(data, web=web, platform=Town(clock))
    async with circle:
        for person, room in ((circle.ann, circle.hall), (circle.ben, circle.den)):
            await person.asks("help", room)
        yield circle


async def add(circle: TownCircle, title: str, room: RoomRef | None = None, text: str = "") -> None:
    house = circle.agent.house

    def find(conn: Connection) -> Share:
        return Share() if room is None else Share(rooms.find(conn, [room])[room])

    share = await house.database.read(find)
    reading = Reading(title, ResourceKind.TEXT, title, (Section(text or f"On {title}."),))
    await house.adding.add(circle.agent.community.id, [reading], share)


async def offered(
    circle: TownCircle, who: Person, command: str, option: str, typed: str = ""
) -> list[tuple[str, str]]:
    room = circle.platform.network.room(circle.hall)
    found = await circle.desk.suggest(room, who.account, command, option, typed)
    return [(choice.id, choice.label) for choice in found]


async def titles(circle: TownCircle, who: Person, typed: str) -> list[str]:
    return [label for _, label in await offered(circle, who, "about", "source", typed)]


async def test_a_platform_is_given_the_desk_before_it_starts(circle: TownCircle) -> None:
    assert circle.town.was_asked_in_time


async def test_titles_that_begin_so_come_first_then_words_that_do_the_newest_first(
    circle: TownCircle,
) -> None:
    for title in ("An egret", "Egrets at noon", "Regrets", "Egret songs"):
        await add(circle, title)
    assert await titles(circle, circle.ben, "EGRET") == [
        "Egret songs",
        "Egrets at noon",
        "An egret",
        "Regrets",
    ]
    assert len(await titles(circle, circle.ben, "")) <= 25
    assert await titles(circle, circle.ben, "x" * 5000) == []
    assert await titles(circle, circle.ben, "%") == await titles(circle, circle.ben, "_") == []


async def test_only_what_whoever_types_may_read_is_there(circle: TownCircle) -> None:
    await add(circle, "Heron plans", circle.den)
    assert await titles(circle, circle.ben, "heron") == ["Heron plans"]
    assert await titles(circle, circle.chloe, "heron") == []


async def test_two_of_one_title_stay_apart_and_each_id_leads_to_its_own(
    circle: TownCircle,
) -> None:
    await add(circle, "Herons", text=f"In reeds, {TEXT}")
    reading = Reading("other", ResourceKind.TEXT, "Herons", (Section(f"At dawn, {TEXT}"),))
    await circle.agent.house.adding.add(circle.agent.community.id, [reading], Share())
    second, first = await offered(circle, circle.ben, "questions", "about", "heron")
    assert second != first and second[1] != first[1]
    assert second[0] in await circle.ben.sends("about", circle.hall, source=second[0])
    for id, words in ((first[0], "reeds"), (second[0], "dawn")):
        asked = await circle.ben.sends("questions", circle.hall, about=id)
        assert words in asked and "Herons" in asked, asked
    assert "nothing" in await circle.ben.sends("questions", circle.hall, about="#987654")


async def test_of_others_one_can_forget_nothing(circle: TownCircle) -> None:
    await circle.chloe.asks("share Terns dive.", circle.hall)
    for person, is_there in ((circle.chloe, True), (circle.ben, False), (circle.ann, True)):
        found = await offered(circle, person, "forget", "source", "terns")
        assert bool(found) is is_there, person.name


async def test_commands_are_those_that_one_may_call(circle: TownCircle) -> None:
    assert ("setup", "setup") in await offered(circle, circle.ann, "help", "command", "se")
    found = await offered(circle, circle.ben, "help", "command", "/se")
    assert found[0] == ("search", "search") and ("setup", "setup") not in found
    assert ("setup", "setup") not in await offered(circle, circle.ben, "help", "command", "")


def test_each_option_of_which_something_can_be_suggested_says_so() -> None:
    for command in builtin.catalogue().commands:
        for option in command.options:
            can = option.is_suggested or option.kind is OptionKind.RESOURCE
            assert can == (suggester_of(command, option.name) is not None), command.name


async def test_feeds_are_for_leaders_and_zones_are_found_by_their_town(circle: TownCircle) -> None:
    long = f"https://example.org/{'x' * 200}"
    house = circle.agent.house
    community, now = circle.agent.community.id, circle.clock.now()

    def subscribe(conn: Connection) -> None:
        for room, address, title in (
            (circle.hall, "https://example.org/feed", "Herons daily"),
            (circle.hall, long, "Herons at length"),
            (circle.den, "https://example.org/den", "Herons unseen"),
        ):
            id = rooms.find(conn, [room])[room]
            feeds.add(conn, community, id, MemberId(1), address=address, title=title, now=now)

    await house.database.write(subscribe)
    assert await offered(circle, circle.ann, "feeds", "stop", "HERONS") == [
        ("https://example.org/feed", "Herons daily"),
        ("2", "Herons at length"),
    ]
    assert await offered(circle, circle.ann, "feeds", "stop", "length") == [
        ("2", "Herons at length")
    ]
    assert await offered(circle, circle.ben, "feeds", "stop") == []
    assert "Herons daily" in await circle.ann.sends(
        "feeds", circle.hall, stop="https://example.org/feed"
    )
    assert ("Europe/Berlin", "Europe/Berlin") in await offered(
        circle, circle.ann, "setup", "timezone", "berl"
    )
    assert await offered(circle, circle.ben, "setup", "timezone", "berl") == []


@pytest.mark.parametrize(
    ("command", "option"), [("nothing", "at all"), ("about", "nothing"), ("search", "query")]
)
async def test_where_there_is_nothing_to_suggest(
    circle: TownCircle, command: str, option: str
) -> None:
    assert await offered(circle, circle.ann, command, option) == []


async def test_who_was_never_met_is_answered_and_leaves_no_trace(circle: TownCircle) -> None:
    await add(circle, "Herons")
    new = circle.platform.add_account("Dora", is_leader=True)
    lead = Person(circle, new)
    counted = [accounts, members, spaces, communities, room_rows]

    def count(conn: Connection) -> list[int]:
        return [
            conn.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in counted
        ]

    before = await circle.agent.house.database.read(count)
    assert await titles(circle, lead, "heron") == ["Herons"]
    elsewhere = Room(RoomRef(SpaceRef("fake", "elsewhere"), "x"), "x")
    stranger = Account(AccountRef("fake", "nobody"), "Nobody", is_leader=True)
    assert await circle.desk.suggest(elsewhere, stranger, "about", "source", "heron") == []
    nowhere = Room(RoomRef(SpaceRef("nowhere", "x"), "x"), "x")
    assert await circle.desk.suggest(nowhere, stranger, "about", "source", "heron") == ()
    form = await circle.desk.form(elsewhere, stranger, "setup")
    assert form is not None
    assert {field.name: field.values for field in form.fields} == {
        "leaders": (),
        "read": (),
        "desk": (),
        "language": ("en",),
        "timezone": ("UTC",),
    }
    assert await circle.agent.house.database.read(count) == before


async def test_a_platform_that_is_away_or_slow_leaves_the_list_empty(circle: TownCircle) -> None:
    await add(circle, "Herons")
    circle.platform.disconnect()
    assert await titles(circle, circle.ben, "heron") == []
    circle.platform.reconnect()
    circle.town.gate = asyncio.Event()
    waiting = asyncio.create_task(titles(circle, circle.ben, "heron"))
    await asyncio.sleep(0)
    await circle.clock.advance(2)
    assert await waiting == []


async def test_what_somebody_typed_before_is_not_looked_for_any_more(circle: TownCircle) -> None:
    await add(circle, "Herons")
    circle.town.gate = asyncio.Event()
    typing = [
        asyncio.create_task(titles(circle, person, typed))
        for person, typed in (
            (circle.ben, "heron"),
            (circle.chloe, "heron"),
            (circle.ben, "herons"),
        )
    ]
    await asyncio.sleep(0)
    circle.town.gate.set()
    assert await asyncio.gather(*typing) == [[], ["Herons"], ["Herons"]]
    circle.town.gate = asyncio.Event()
    leaving = asyncio.create_task(titles(circle, circle.ben, "h"))
    await circle.clock.settle()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_form_comes_in_time_or_says_that_it_does_not(data: Path) -> None:
    never = asyncio.Event()

    async def late(visitor: Visitor) -> Form:
        await never.wait()
        raise AssertionError

    async def broken(visitor: Visitor) -> Form:
        raise ZeroDivisionError

    forms = {"late": late, "broken": broken}
    catalogue = Catalogue(
        tuple(Command(name, SETUP.run, form=form) for name, form in forms.items())
    )
    async with TownCircle(data, catalogue=catalogue, platform=Town(ManualClock())) as circle:
        assert circle.platform.desk is not None
        hall = circle.platform.network.room(circle.hall)
        ask = partial(circle.platform.desk.form, hall, circle.ann.account)
        waiting = asyncio.create_task(ask("late"))
        await asyncio.sleep(0)
        await circle.clock.advance(2)
        with pytest.raises(PlatformError):
            await waiting
        with pytest.raises(LearncommError) as failed:
            await ask("broken")
        assert failed.value.advice.phrase == "error.unexpected"
        assert isinstance(failed.value.__cause__, ZeroDivisionError)


async def test_languages_are_those_that_there_are_sentences_in(circle: TownCircle) -> None:
    spoken = Words().languages()
    assert [id for id, _ in await offered(circle, circle.ann, "setup", "language")] == [*spoken]
    assert await offered(circle, circle.ann, "setup", "language", "GERM") == [("de", "German")]


async def test_a_form_is_for_whoever_may_call_its_command(circle: TownCircle) -> None:
    hall = circle.platform.network.room(circle.hall)
    assert await circle.desk.form(hall, circle.ann.account, "search") is None
    assert await circle.desk.form(hall, circle.ann.account, "forget_me:1") is None
    with pytest.raises(NotAllowedError) as refused:
        await circle.desk.form(hall, circle.ben.account, "setup")
    assert refused.value.advice.phrase == "error.leaders_only"
    form = await circle.desk.form(hall, circle.ann.account, "setup")
    assert form is not None and form.id == "setup"
    assert [field.kind for field in form.fields] == [
        FieldKind.ROLE,
        FieldKind.ROOM,
        FieldKind.ROOM,
        FieldKind.CHOICE,
        FieldKind.TEXT,
    ]
    assert all(len(f.label) <= 45 and len(f.hint) <= 100 for f in form.fields)
    talk = await circle.platform.direct_room(circle.ann.account.ref)
    with pytest.raises(UsageError):
        await circle.desk.form(circle.platform.network.room(talk), circle.ann.account, "setup")


async def test_a_form_shows_how_things_are_in_the_language_of_whoever_opens_it(
    circle: TownCircle,
) -> None:
    await circle.ann.sends("me", circle.hall, language="de")
    await circle.ann.sends("setup", circle.hall, leaders="Mods", timezone="Europe/Berlin")
    hall = circle.platform.network.room(circle.hall)
    form = await circle.desk.form(hall, circle.ann.account, "setup")
    assert form is not None
    leaders, _, _, language, zone = form.fields
    assert leaders.values == ("role1",) and zone.values == ("Europe/Berlin",)
    assert [choice.label for choice in language.choices] == ["Deutsch", "Englisch"]
    ben = replace(circle.ben.account, roles=frozenset({"role1"}))
    assert await circle.desk.form(hall, ben, "setup") is not None
    assert await circle.desk.leader_roles(hall.ref.space) == {"role1"}
