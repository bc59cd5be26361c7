"""`reminders`: what may come unasked, how often and when; and how it is stopped, in words, by buttons, by a form."""

from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.chat.people import Consent
from learncomm_agent.storage import members, quiet
from learncomm_agent.storage.quiet import Quiet
from learncomm_agent.testing.community import Circle, Person


async def member_of(circle: Circle, person: Person) -> Any:
    ref, community = person.account.ref, circle.agent.community.id
    found = await circle.agent.house.database.read(
        lambda conn: members.find_account(conn, community, ref)
    )
    assert found is not None
    return found[1]


async def chosen(circle: Circle, person: Person) -> Quiet:
    member = await member_of(circle, person)
    return await circle.agent.house.database.read(lambda conn: quiet.of(conn, member))


async def test_it_says_what_may_come_how_often_and_how_much_came(circle: Circle) -> None:
    await circle.ben.says("Hello.", circle.hall)
    member, now = await member_of(circle, circle.ben), circle.clock.now()
    community = circle.agent.community.id
    await circle.agent.house.database.write(
        lambda conn: quiet.count(conn, community, member, ["goals"], now)
    )
    said = await circle.ben.asks("reminders", circle.hall)
    assert "at most 4 times in seven days, between 09:00 and 19:00 of your day (UTC)" in said
    assert "In the last seven days there was one." in said
    assert "A welcome" in said and "stopped" not in said and "for leaders" not in said
    assert "Drafts that wait for you (for leaders)" in await circle.ann.asks(
        "reminders", circle.hall
    )
    assert circle.ben.answers()[-1].private_to == circle.ben.account.ref


@pytest.mark.parametrize(
    ("asked", "said", "expected"),
    [
        ("reminders stop", "That is stopped", {"is_stopped": True}),
        ("reminders stop drafts", "Stopped: drafts.", {"stopped": frozenset({"drafts"})}),
        ("reminders stopp entwürfe", "Stopped: drafts.", {"stopped": frozenset({"drafts"})}),
        ("reminders most=2 hours=8:30-18", "changed", {"per_week": 2, "starts": 510, "ends": 1080}),
        ("reminders hours=20-2", "between 20:00 and 02:00", {"starts": 1200, "ends": 120}),
        ("reminders timezone=europe/berlin", "Europe/Berlin", {"zone": "Europe/Berlin"}),
        ("reminders timezone=Berlin", "Did you mean", {}),
        ("reminders timezone=Mars/Base", "time zone", {}),
        ("reminders most=0", "1", {}),
        ("reminders most=1000000", "50", {}),
        ("reminders hours=9-9", "at least one hour apart", {}),
        ("reminders hours=25-30", "at least one hour apart", {}),
        ("reminders hours=soon", "at least one hour apart", {}),
        ("reminders stop draftz", "Do you mean “drafts”", {}),
        ("reminders stop " + "x" * 150, "I know no such kind", {}),
        ("reminders dance", "Write “reminders” to see", {}),
        ("reminders stop hours=99-3", "at least one hour apart", {}),
    ],
)
async def test_it_is_changed_in_words_all_of_it_or_nothing(
    circle: Circle, asked: str, said: str, expected: dict[str, Any]
) -> None:
    await circle.ben.says("Hello.", circle.hall)
    answer = await circle.ben.asks(asked, circle.hall)
    assert said in answer, answer
    assert await chosen(circle, circle.ben) == Quiet(**expected)


async def test_start_brings_all_of_it_back(circle: Circle) -> None:
    await circle.ben.asks("reminders stop drafts", circle.hall)
    await circle.ben.asks("reminders stop", circle.hall)
    assert "I write nothing to you unasked" in await circle.ben.asks("reminders", circle.hall)
    assert "All of it may come again" in await circle.ben.asks("reminders start", circle.hall)
    assert await chosen(circle, circle.ben) == Quiet()


async def test_buttons_and_the_list_do_the_same(circle: Circle) -> None:
    await circle.ben.asks("reminders", circle.hall)
    said = await circle.ben.presses("Stop all of it")
    assert "That is stopped" in said and said.count("nothing to you unasked") == 1
    assert "come again" in await circle.ben.presses("Start again")
    shown = circle.ben.answers()[-1]
    for is_stopped in (True, False):
        await circle.platform.picks(circle.ben.account, "reminders:kind", ["goals"], shown.ref)
        await circle.settle()
        assert ("goals" in (await chosen(circle, circle.ben)).stopped) is is_stopped
    for choice in ("reminders:", "reminders:dance", "reminders:kind", "reminders:stop:1"):
        assert len(await circle.ben.chooses(choice, shown.ref)) < 120
    assert await chosen(circle, circle.ben) == Quiet()


async def test_the_form_shows_how_it_is_and_takes_what_is_said(circle: Circle) -> None:
    await circle.ben.asks("reminders most=3", circle.hall)
    platform, ben, shown = circle.platform, circle.ben, circle.ben.answers()[-1].ref
    form = await platform.opens(ben.account, "reminders:change", shown)
    assert form is not None
    assert [field.values for field in form.fields] == [("3",), ("09:00-19:00",), ("UTC",)]
    values = {"most": "5", "hours": "10-17", "timezone": "Asia/Tokyo"}
    await platform.fills(ben.account, circle.hall, form, values)
    await circle.settle()
    expected = Quiet(zone="Asia/Tokyo", per_week=5, starts=600, ends=1020)
    assert await chosen(circle, ben) == expected
    await platform.fills(ben.account, circle.hall, form, {"most": "²", "hours": ""})
    await circle.settle()
    assert "from 1 to 50" in ben.answers()[-1].text
    assert await chosen(circle, ben) == expected


async def test_who_opted_out_is_told_so_and_nothing_is_kept(circle: Circle) -> None:
    await circle.ben.says("Hello.", circle.hall)
    member = await member_of(circle, circle.ben)
    await circle.agent.house.database.write(
        lambda conn: members.set_consent(conn, member, Consent.OUT)
    )
    assert "You opted out" in await circle.ben.asks("reminders most=2", circle.hall)
    assert (await chosen(circle, circle.ben)).per_week is None


async def test_in_german(data: Path) -> None:
    async with Circle(data, language="de") as circle:
        said = await circle.ben.asks("reminders stopp", circle.hall)
        assert "Das ist gestoppt" in said and said.count("nichts ungefragt") == 1
        assert "Alles darf wieder kommen" in await circle.ben.asks("reminders an", circle.hall)
