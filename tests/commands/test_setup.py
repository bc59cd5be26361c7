"""Who leads, what is read, which language and time zone: said at once or not at all, and for leaders alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.chat.people import Community, SpaceRef
from learncomm_agent.chat.platform import Finding
from learncomm_agent.storage import audit, communities, spaces
from learncomm_agent.storage.naming import rooms_of
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.testing.web import FakeWeb
from tests.commands.town import Town, TownCircle

HOME = SpaceRef("fake", "home")


class Village(FakePlatform):
    """One that can't tell its roles."""

    roles = None  # type: ignore[assignment]


class Hamlet(Village):
    """One that has none at all."""

    leaders_chosen = None  # type: ignore[assignment]


@pytest.fixture
async def circle(data: Path, web: FakeWeb) -> AsyncIterator[TownCircle]:
    circle = TownCircle(data, web=web, platform=Town(ManualClock()))
    async with circle:
        yield circle


async def community(circle: Circle) -> Community:
    id = circle.agent.community.id
    return await circle.agent.house.database.read(lambda conn: communities.get(conn, id))


def reads(circle: Circle, name: str) -> bool:
    here = circle.platform.network.rooms.values()
    return circle.agent.house.directory.reads(next(each for each in here if each.name == name))


async def roles(circle: Circle) -> frozenset[str]:
    return circle.agent.house.directory.leader_roles(HOME)


async def test_without_a_word_it_says_how_things_are_and_how_to_change_them(
    circle: TownCircle,
) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    said = await circle.ann.asks("setup", circle.lounge)
    assert "Language: English" in said and "Time zone: UTC" in said and "hall" in said
    assert "lounge" not in said and "setup language=de" in said
    assert "Good" not in said and "setup" not in circle.transcript(circle.ben, circle.lounge)[20:]


async def test_all_of_it_is_changed_at_once_and_said_for_the_leader_alone(
    circle: TownCircle,
) -> None:
    await circle.ben.asks("help", circle.lounge)  # so that its name is known
    said = await circle.ann.asks(
        "setup leaders=@Mods,role2 read=lounge timezone=europe/berlin language=de since=month",
        circle.hall,
    )
    assert "Sprache: Deutsch" in said and "Zeitzone: Europe/Berlin" in said
    assert "Hosts und Mods" in said and "lounge" in said
    assert "Zeitzone" not in circle.transcript(circle.ben, circle.hall)
    now = await community(circle)
    assert (now.language, now.timezone) == ("de", "Europe/Berlin")
    assert await roles(circle) == {"role1", "role2"} and reads(circle, "lounge")
    assert circle.town.shown == [{"role1", "role2"}]
    kept = await circle.agent.house.database.read(lambda conn: audit.entries(conn, now.id))
    assert ("set up", "space fake:home") in [(action, subject) for _, action, subject in kept]


async def test_every_mistake_is_said_and_nothing_is_changed(circle: TownCircle) -> None:
    for name in ("twin", "Twin"):
        await circle.ben.asks("help", circle.room(name))
    await circle.ben.asks("help", circle.lounge)
    before = await community(circle)
    said = await circle.ann.sends(
        "setup",
        circle.hall,
        leaders="Mods\nrole1\n999888777\nTWINS",
        read="lounge\nfake:elsewhere\n<#12345>\ntwin",
        since="ever",
        language="xx",
        timezone="../../etc/passwd",
    )
    for wrong in ("999888777", "TWINS", "elsewhere", "<#12345>", "twin", "xx", "passwd"):
        assert f"“{wrong}" in said or f"{wrong}”" in said, wrong
    assert "lounge" not in said and "changed nothing" in said and "that time" in said
    assert await community(circle) == before and await roles(circle) == frozenset()
    assert not reads(circle, "lounge") and circle.town.shown == []


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("New_York", "America/New_York"),
     ("\x00" * 90, "is written like"), ("🦆", "is written like")],
)  # fmt: skip
async def test_a_time_zone_that_there_is_not_brings_the_nearest(
    circle: TownCircle, typed: str, nearest: str
) -> None:
    assert nearest in await circle.ann.sends("setup", circle.hall, timezone=typed)


async def test_a_member_is_refused_kindly_whatever_they_send(circle: TownCircle) -> None:
    ben = circle.give(circle.ben, "role2")
    for said in (
        await ben.asks("setup language=de", circle.hall),
        await ben.sends("setup", circle.hall, language="de", leaders="role2", read="lounge"),
        await ben.sends("setup", circle.hall),
    ):
        assert said == "Only leaders can ask for that. A leader of this community can help you."
    assert (await community(circle)).language == "en" and await roles(circle) == frozenset()


async def test_whoever_holds_a_chosen_role_leads_from_then_on_in_that_space_alone(
    circle: TownCircle,
) -> None:
    ben = circle.give(circle.ben, "role1", "role9")
    assert "Only leaders" in await ben.asks("read", circle.hall)
    await circle.ann.sends("setup", circle.hall, leaders="role1")
    assert "I read this room" in await ben.asks("read", circle.hall)
    assert "Only leaders" in await circle.chloe.asks("read", circle.hall)
    directory = circle.agent.house.directory
    assert not directory.leads(ben.account, SpaceRef("fake", "elsewhere"))
    bare = circle.give(circle.ben)
    assert "Only leaders" in await bare.asks("read", circle.hall)


async def test_a_role_that_leads_no_more_helps_no_request_that_still_waits(
    circle: TownCircle,
) -> None:
    await circle.ann.sends("setup", circle.hall, leaders="role1,role2")
    ben = circle.give(circle.ben, "role1")
    circle.town.gate = gate = asyncio.Event()
    await circle.platform.sends_form(ben.account, circle.hall, "search", {"query": "herons"})
    await circle.platform.sends_form(ben.account, circle.hall, "links", {"mode": "every"})
    await circle.agent.house.database.write(
        lambda conn: circle.agent.house.directory.choose_leader_roles(
            conn, HOME, frozenset({"role2"})
        )
    )
    gate.set()
    await circle.settle()
    assert "Only leaders" in ben.answers()[-1].text


async def test_a_leader_by_role_can_not_lock_themselves_out_but_others_can_take_it(
    circle: TownCircle,
) -> None:
    await circle.ann.sends("setup", circle.hall, leaders="role1")
    ben = circle.give(circle.ben, "role1")
    for told in ("role2", "", "none"):
        said = await ben.sends("setup", circle.hall, leaders=told)
        assert "would not lead any more yourself" in said and await roles(circle) == {"role1"}
    await ben.sends("setup", circle.hall, leaders="role2\nrole1", timezone="")
    assert await roles(circle) == {"role1", "role2"}
    # A form in which the roles were emptied says so; one that does not ask for them does not.
    await circle.ann.sends("setup", circle.hall, language="en")
    assert await roles(circle) == {"role1", "role2"}
    assert "no role “,”" in await circle.ann.sends("setup", circle.hall, leaders=",")
    assert await roles(circle) == {"role1", "role2"}
    await circle.ann.sends("setup", circle.hall, leaders="", language="en")
    assert await roles(circle) == frozenset() and circle.town.shown[-1] == frozenset()


async def test_a_form_is_filled_in_and_what_was_left_as_it_stood_stays_the_settings_own(
    circle: TownCircle,
) -> None:
    ann, town = circle.ann.account, circle.town
    form = await town.calls_form(ann, circle.hall, "setup")
    assert form is not None
    told = {"leaders": f"{town.mods}\n{town.hosts}", "read": circle.lounge.id, "language": "de"}
    await town.fills(ann, circle.hall, form, told)
    await circle.settle()
    assert await roles(circle) == {town.mods, town.hosts} and reads(circle, "lounge")
    known = await circle.agent.house.database.read(
        lambda conn: communities.chosen(conn, circle.agent.community.id)
    )
    assert known == {"language": "de"}
    again = await town.calls_form(ann, circle.hall, "setup")
    assert again is not None and set(again.fields[0].values) == {town.mods, town.hosts}
    await town.fills(ann, circle.hall, again, {"leaders": ""})
    await circle.settle()
    assert await roles(circle) == frozenset()


async def test_a_leaders_room_is_chosen_shown_and_taken_back(circle: TownCircle) -> None:
    ann, town, hall = circle.ann, circle.town, circle.hall
    cellar = circle.room("cellar", circle.ben)
    assert "drafts come first: none; they" in await ann.sends("setup", hall)
    assert "drafts come first: den\n" in await ann.sends("setup", hall, desk=circle.den.id)
    for wrong in ("nowhere", cellar.id):
        assert "I know no room" in await ann.sends("setup", hall, desk=wrong, language="de")
    form = await town.calls_form(ann.account, hall, "setup")
    assert form is not None and len(form.fields) == 5
    (field,) = (each for each in form.fields if each.name == "desk")
    assert field.values == (circle.den.id,)
    await town.fills(ann.account, hall, form, {"timezone": "Europe/Berlin"})
    await circle.settle()
    assert "drafts come first: den\n" in await ann.sends("setup", hall)
    await town.fills(ann.account, hall, form, {"desk": ""})
    await circle.settle()
    assert "drafts come first: none" in await ann.sends("setup", hall)
    assert "first: den" in await ann.asks(f"setup desk=<#{circle.den.id}>", hall)
    assert "first: none" in await ann.asks("setup desk=none", hall)


async def test_the_platform_is_told_who_leads_until_it_has_understood(circle: TownCircle) -> None:
    circle.town.failures = 2
    await circle.ann.sends("setup", circle.hall, leaders="role1")
    for _ in range(3):
        await circle.clock.advance(30)
        await circle.settle()
    assert circle.town.shown == [{"role1"}]


async def test_a_hundred_rooms_are_opened_and_ten_are_named(circle: TownCircle) -> None:
    made = [circle.platform.add_room(f"room-{number}") for number in range(100)]
    said = await circle.ann.sends("setup", circle.hall, read="\n".join(ref.id for ref in made))
    assert "and 90 more" in said or "and 91 more" in said
    assert all(reads(circle, f"room-{number}") for number in range(100))
    hidden = circle.room("cellar", circle.ben, is_read=True)
    await circle.ben.says("Down here.", hidden)
    assert "cellar" not in await circle.ann.sends("setup", circle.hall)
    assert "“cellar”" in await circle.ann.sends("setup", circle.hall, read="cellar")
    assert f"“{hidden.id}”" in await circle.ann.sends("setup", circle.hall, read=hidden.id)


async def test_rooms_are_told_apart_by_what_they_are_and_are_read_only_once_they_were_told(
    circle: TownCircle,
) -> None:
    first, second = circle.room("hut"), circle.room("hut", is_read=False)
    for room in (first, second):
        await circle.ben.asks("help", room)
    thread = circle.platform.add_room("nest", parent=second)
    await circle.ben.asks("help", thread)
    circle.town.folded.add(thread)
    said = await circle.ann.sends("setup", circle.hall, read=f"{second.id}\nnest")
    assert "Rooms that I read: hut, hall\n" in said and "as they have been told: hut, nest" in said
    said = await circle.ann.sends("setup", circle.hall)
    assert "Rooms that I read: hut, hut, hall\n" in said and "have been told" not in said
    assert "A mention of it or its id" in await circle.ann.sends("setup", circle.hall, read="hat")


async def test_rooms_that_are_picked_are_known_by_name_once_they_are_opened(
    circle: TownCircle,
) -> None:
    shed = circle.room("shed", is_read=False)

    async def known() -> set[str]:
        here = await circle.agent.house.database.read(lambda conn: rooms_of(conn, HOME))
        return {room.name for room in here}

    assert "Only leaders" in await circle.ben.sends("setup", circle.hall, read=shed.id)
    await circle.ann.sends("setup", circle.hall, read=shed.id, language="xx")
    assert not {"shed", shed.id} & await known()
    assert "told: shed" in await circle.ann.sends("setup", circle.hall, read=shed.id)
    assert "shed" in await known() and shed.id not in await known()


async def test_no_more_roles_lead_than_the_form_can_show(circle: TownCircle) -> None:
    made = [circle.town.add_role(f"Role {number}") for number in range(26)]
    said = await circle.ann.sends("setup", circle.hall, leaders="\n".join(made))
    assert "No more than 25 roles" in said and await roles(circle) == frozenset()
    await circle.ann.sends("setup", circle.hall, leaders="\n".join(made[1:]))
    assert await roles(circle) == set(made[1:])


async def test_what_is_not_allowed_is_said_with_its_remedy_and_what_is_well_is_not(
    circle: TownCircle,
) -> None:
    circle.platform.findings = [Finding(True, "help.hello"), Finding(False, "error.platform")]
    said = await circle.ann.sends("setup", circle.hall)
    assert "did not let me do that" in said and "Ask me" not in said


async def test_a_direct_talk_has_nothing_to_set_up(circle: TownCircle) -> None:
    talk = await circle.platform.direct_room(circle.ann.account.ref)
    assert "in a room of the community" in await circle.ann.sends("setup", talk, language="de")
    assert (await community(circle)).language == "en"


async def test_what_leaders_chose_stays_when_the_settings_are_read_again(data: Path) -> None:
    async with TownCircle(data, platform=Town(ManualClock())) as first:
        await first.ann.sends("setup", first.hall, language="de", leaders="role2")
    made = await asyncio.to_thread(
        TownCircle, data, platform=Town(ManualClock()), timezone="Asia/Tokyo"
    )
    async with made as again:
        now = await community(again)
        assert (now.language, now.timezone) == ("de", "Asia/Tokyo")
        assert await roles(again) == {"role2"}


async def test_where_a_platform_can_not_tell_its_roles_they_can_but_be_picked(
    data: Path, web: FakeWeb
) -> None:
    async with Circle(data, web=web, platform=Village()) as circle:
        assert "no roles here" in await circle.ann.asks("setup leaders=Mods", circle.hall)
        assert "one role" in await circle.ann.sends("setup", circle.hall, leaders="role1")
        known = await circle.agent.house.database.read(spaces.leader_roles)
        assert known == {HOME: {"role1"}}


async def test_where_a_platform_has_no_roles_none_can_lead(data: Path, web: FakeWeb) -> None:
    async with Circle(data, web=web, platform=Hamlet()) as circle:
        assert "no roles here" in await circle.ann.sends("setup", circle.hall, leaders="Mods")
        assert await circle.agent.house.database.read(spaces.leader_roles) == {}


async def test_what_is_to_be_reached_is_kept_until_it_is_ended(circle: TownCircle) -> None:
    ann, hall = circle.ann, circle.hall
    assert "not said yet" in await ann.asks("setup", hall)
    goal = "welcome everybody, @everyone too"
    said = await ann.asks(f'setup goal="  {goal} "', hall)
    assert f"What you want to reach: “{goal}”" in said
    await ann.sends("setup", hall, language="en")
    assert goal in await ann.asks("setup", hall)
    assert "not said yet" in await ann.sends("setup", hall, goal="None")
    assert "300" in await ann.sends("setup", hall, goal="x" * 301)
    assert "not said yet" in await ann.asks("setup", hall)
