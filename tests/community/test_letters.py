"""The weekly letter: on Monday morning, for whoever leads by then, and in the language and zone of theirs."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from learncomm_agent.caring.letters import Reason
from learncomm_agent.chat.outgoing import Image
from learncomm_agent.community.letters import monday_of, suggestions
from learncomm_agent.storage.schema import writings
from learncomm_agent.storage.schema_nudges import nudges
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.words import Words
from learncomm_agent.writing.voice import Voice

GERMAN: dict[str, Any] = {"language": "de", "timezone": "Europe/Berlin"}
DAY = 24 * 3600.0


def letters(circle: Circle) -> list[str]:
    """What Ann got, as far as it is letters."""
    return [post.text for post in circle.ann.answers() if post.text.startswith("Letter on")]


async def passes(circle: Circle, days: float) -> None:
    """Let days pass, some hours at a time, with what is due in them."""
    for _ in range(round(days * 4)):
        await circle.clock.advance(DAY / 4)
        await circle.settle()


async def wanted(circle: Circle) -> int:
    count = sa.select(sa.func.count()).where(nudges.c.kind == "letter")
    return await circle.agent.house.database.read(lambda conn: conn.execute(count).scalar_one())


async def test_it_comes_every_monday_until_it_is_ended(circle: Circle) -> None:
    said = await circle.ann.sends("letter", circle.hall, what="weekly")
    assert said == (
        "Gladly. You get the first letter on Mon, Jan 12 at 9:00\u202fAM, for your eyes alone."
    )
    await passes(circle, 6.8)
    assert letters(circle) == []
    await circle.ben.says("And where do we meet in spring?", circle.hall)
    await passes(circle, 0.5)
    (first,) = letters(circle)
    assert first.startswith("Letter on the week until Sun, Jan 11")
    assert "a small circle" not in first  # what was written on Monday belongs to the next week
    await passes(circle, 7)
    first, second = letters(circle)
    assert "until Sun, Jan 18" in second and "a small circle" in second
    shown = {line for each in (first, second) for line in each.splitlines() if "›" in line}
    assert len(shown) == 4  # nothing is suggested twice
    await circle.ann.presses("No more letters")
    await passes(circle, 8)
    assert len(letters(circle)) == 2 and await wanted(circle) == 0
    assert "You get no letters" in await circle.ann.sends("letter", circle.hall, what="off")


async def test_who_leads_no_more_gets_none(circle: Circle) -> None:
    await circle.ann.asks("letter weekly", circle.hall)
    await circle.ann.sends("letter", circle.hall)
    known = circle.platform.network.accounts
    known[circle.ann.account.ref] = replace(circle.ann.account, is_leader=False)
    ann = replace(circle.ann, account=known[circle.ann.account.ref])
    await ann.says("I only take part from now on.", circle.hall)
    count = len(letters(circle))
    await passes(circle, 8)
    assert len(letters(circle)) == count and await wanted(circle) == 0
    assert "leaders" in await ann.presses("No more letters")


async def test_who_opts_out_gets_none_and_leaves_none(circle: Circle) -> None:
    await circle.ann.asks("letter", circle.hall)
    await circle.ann.asks("letter weekly", circle.hall)
    await circle.ann.sends("me", circle.hall, consent="out")
    await circle.ann.presses("Yes, forget it")
    await passes(circle, 8)
    kept = sa.select(sa.func.count()).where(writings.c.kind == "letter")
    assert await circle.agent.house.database.read(lambda conn: conn.execute(kept).scalar()) == 0


async def test_in_german_it_is_german(data: Path) -> None:
    async with await asyncio.to_thread(partial(Circle, data, **GERMAN)) as circle:
        members = [circle.person(f"Person {n}") for n in range(5)]
        for week in range(2):
            for each in members:
                asked = await each.says("Wo treffen wir uns im Frühling?", circle.hall)
                await circle.ben.says("Am Teich, würde ich sagen.", circle.hall, reply_to=asked)
            if not week:
                await passes(circle, 7)
        said = await circle.ann.sends("letter", circle.hall)
        assert said.startswith("Brief zur Woche bis ") and "5 von 5 wurden" in said
        assert "Zwei Dinge zum Ausprobieren" in said and "Für dich selbst:" in said
        (image,) = [each for each in circle.ann.answers()[-1].blocks if isinstance(each, Image)]
        assert "Fragen: aufgegriffen von gestellt: " in image.alt
        assert "Woche " in await circle.ann.sends("letter", circle.hall, what="Tabelle")
        assert "Gern." in await circle.ann.sends("letter", circle.hall, what="wöchentlich")
        assert "keine Briefe mehr" in await circle.ann.sends("letter", circle.hall, what="aus")


@pytest.mark.parametrize(
    ("now", "zone", "monday"),
    [
        ("2026-11-30T08:00+00:00", "UTC", "2026-11-30T00:00+00:00"),
        ("2026-11-30T04:00+00:00", "America/Lima", "2026-11-23T05:00+00:00"),
        ("2026-03-30T07:00+00:00", "Europe/Berlin", "2026-03-29T22:00+00:00"),
        ("2026-11-29T23:30+00:00", "Asia/Tokyo", "2026-11-29T15:00+00:00"),
    ],
)
def test_weeks_begin_on_monday_where_the_leader_lives(now: str, zone: str, monday: str) -> None:
    found = monday_of(datetime.fromisoformat(now), ZoneInfo(zone))
    assert found.astimezone(UTC) == datetime.fromisoformat(monday)


def test_each_suggestion_has_its_words_and_stands_in_its_guide() -> None:
    words = Words()
    guides = {each.name: each.body for each in words.documents("guides")}
    for language in words.languages():
        known = list(suggestions(Voice(words, language, UTC)))
        for each in known:
            assert f"## {each.heading}" in guides[each.guide].splitlines(), each.name
        for is_own in (True, False):
            always = [e for e in known if e.when is Reason.ALWAYS and e.is_own is is_own]
            assert len(always) >= 5  # four weeks never run out of them
        assert {each.when for each in known} == set(Reason)


@pytest.mark.parametrize(
    "table",
    [
        "suggestions = 3",
        "[[suggestions]]\nname = 'habit'",
        "[[suggestions]]\nname = 'habit'\nwhen = 'never'\nguide = 'x'\nheading = 'y'",
        "[[suggestions]]\nname = 'x'\nwhen = 'always'\nguide = 'x'\nheading = 'y'",
        "[[suggestions]]\nname = 'habit'\nwhen = 'always'\nguide = 3\nheading = 'y'",
        "suggestions = ['x']",
    ],
)
def test_a_community_s_own_table_may_be_broken(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "en.toml").write_text(table)
    assert list(suggestions(Voice(Words(tmp_path), "en", UTC))) == []


@pytest.mark.parametrize("leads_still", [True, False])
async def test_who_led_by_a_role_is_waited_for_after_a_restart(
    data: Path, leads_still: bool
) -> None:
    async with Circle(data) as circle:
        network, name = circle.platform.network, circle.ben.account.ref
        network.accounts[name] = replace(circle.ben.account, roles=frozenset({"role1"}))
        ben = replace(circle.ben, account=network.accounts[name])
        await circle.ann.says("Good morning.", circle.hall)
        house, roles = circle.agent.house, frozenset({"role1"})
        await house.database.write(
            lambda conn: house.directory.choose_leader_roles(conn, circle.hall.space, roles)
        )
        assert "Gladly" in await ben.sends("letter", circle.hall, what="weekly")
    async with Circle(data, platform=circle.platform, clock=circle.clock) as again:
        await passes(again, 7)
        network.accounts[name] = account = ben.account if leads_still else circle.ben.account
        ben = Person(again, account)
        assert not any(post.text.startswith("Letter on") for post in ben.answers())
        assert await wanted(again) == 1
        await ben.says("Good morning.", circle.hall)
        await passes(again, 0.5)
        assert any(post.text.startswith("Letter on") for post in ben.answers()) is leads_still
        assert await wanted(again) == leads_still
