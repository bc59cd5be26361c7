"""Who says in the calendar that they will come is in the session by that, where they may be."""

from datetime import timedelta

import pytest

from learncomm_agent.sessions.effects import Calendar
from learncomm_agent.sessions.events import Joined, Mode
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import Circle, Person
from tests.sessions.running.conftest import begin, does, happens, heard, ids, script, state


@does
def meets_once(scene: Scene) -> None:
    _dates(scene, 1)


@does
def meets_weekly(scene: Scene) -> None:
    _dates(scene, 3)


def _dates(scene: Scene, count: int) -> None:
    at = scene.now + timedelta(days=1)
    scene.remember("meetings", [{"id": str(n), "at": at.isoformat()} for n in range(count)])
    for n in range(count):
        title = scene.phrase("session.meeting_title", number=n, count=2)
        scene.do(Calendar(scene.number(), str(n), title, at, at + timedelta(hours=1), 0, False))


async def comes(circle: Circle, who: Person, *, is_added: bool = True, entry: int = 0) -> None:
    there = sorted(circle.platform.network.calendar)[entry]
    await circle.platform.takes_interest(who.account, there, is_added=is_added)
    await circle.settle()


async def modes(circle: Circle, id: int) -> dict[str, Mode]:
    names = {number: name for name, number in (await ids(circle)).items()}
    people = (await state(circle, id)).people
    return {names.get(each, "a new one"): person.mode for each, person in people.items()}


async def test_who_will_come_takes_part_and_is_heard_of_once(circle: Circle) -> None:
    id = await begin(circle, script("meets_once"))
    robot = Person(circle, circle.platform.network.add_account("Robot", is_bot=True))
    for who in (circle.ben, circle.person("Dana"), robot):
        await comes(circle, who)
    circle.platform.network.interest.clear()  # as if the platform told it twice
    await comes(circle, circle.ben)
    assert await modes(circle, id) == {"Ben": Mode.TAKE_PART, "a new one": Mode.TAKE_PART}
    assert len(await heard(circle, id, "joined")) == 2


async def test_what_somebody_chose_is_not_changed_by_it(circle: Circle) -> None:
    id, people = await begin(circle, script("meets_once")), await ids(circle)
    await happens(circle, id, Joined(people["Ben"], Mode.LISTEN))
    for is_added in (True, False):
        await comes(circle, circle.ben, is_added=is_added)
        assert await modes(circle, id) == {"Ben": Mode.LISTEN}


@pytest.mark.parametrize(
    ("meets", "joins", "is_gone"),
    [("meets_once", False, True), ("meets_weekly", False, False), ("meets_once", True, False)],
)
async def test_to_take_it_back_is_to_leave_only_where_nothing_else_was_said(
    circle: Circle, meets: str, joins: bool, is_gone: bool
) -> None:
    """Of a series it says that one misses a meeting; who has joined by a button stays by that."""
    id, people = await begin(circle, script(meets)), await ids(circle)
    await comes(circle, circle.ben)
    if joins:
        await happens(circle, id, Joined(people["Ben"]))
    await comes(circle, circle.ben, is_added=False)
    assert ("Ben" in await modes(circle, id)) is not is_gone


async def test_the_calendar_is_everyones_but_the_session_is_not(circle: Circle) -> None:
    """It lets in nobody who can't read the room by now, whom nothing is kept of, or who leads it."""
    id = await begin(circle, script("meets_once"))
    circle.platform.network.set_members(
        circle.hall, {circle.ann.account.ref, circle.ben.account.ref}
    )
    assert "keep nothing" in await circle.ben.sends("me", circle.hall, consent="out")
    for who in (circle.chloe, circle.ben, circle.ann):
        await comes(circle, who)
    assert await modes(circle, id) == {}


async def test_entries_of_others_and_of_what_is_over_are_nothing_to_us(circle: Circle) -> None:
    first = await begin(circle, script("meets_once"))
    calendar = circle.platform.network.calendar
    ((ours, entry),) = calendar.items()
    calendar["theirs"] = entry
    await circle.platform.takes_interest(circle.ben.account, "theirs")
    await happens(circle, first, Joined((await ids(circle))["Chloé"]))
    await circle.settle()
    assert await modes(circle, first) == {"Chloé": Mode.TAKE_PART}
    await circle.ann.asks("session end", circle.hall)
    await circle.ann.presses("Yes, end it now")
    calendar[ours] = entry  # as if it were told late
    await circle.platform.takes_interest(circle.ben.account, ours)
    await circle.settle()
    assert "Ben" not in await modes(circle, first)
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_two_sessions_have_their_own(circle: Circle) -> None:
    first = await begin(circle, script("meets_once"))
    second = await begin(circle, script("meets_once"), room=circle.room("attic"))
    await comes(circle, circle.ben, entry=1)
    assert await modes(circle, first) == {}
    assert await modes(circle, second) == {"Ben": Mode.TAKE_PART}
