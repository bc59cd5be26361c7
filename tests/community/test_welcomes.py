"""Welcomes: once, in private, the same day, where leaders wish them; of what the newcomer may read."""

from datetime import timedelta

import pytest

from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.testing.community import Circle, Person

DAY_S = 86_400.0


def newcomer(circle: Circle, name: str, *, days: float = 0) -> Person:
    since = circle.clock.now() - timedelta(days=days)
    return Person(circle, circle.platform.add_account(name, since=since))


async def hours(circle: Circle, count: int) -> None:
    await circle.clock.advance(count * 3600)
    await circle.settle()


def told(person: Person) -> list[str]:
    return [each.text for each in person.answers() if "Welcome to" in each.text]


async def test_who_is_new_hears_once_what_matters_here(circle: Circle) -> None:
    await circle.ann.sends("setup", circle.hall, goal="reading slowly, together")
    plan = "start group-discussion topic: tea; when: in 4 days at 18:30"
    await circle.ann.sends("session", circle.hall, what=plan)
    await circle.ann.sends("session", circle.hall, what="go")
    await circle.ben.asks("share The heron of the lake eats carp at dawn.", circle.hall)
    await circle.ben.asks("share The kestrel of the den is a secret.", circle.den)
    assert "once, in private" in await circle.ann.asks("digest welcome on", circle.hall)
    dora = newcomer(circle, "Dora")
    assert told(dora) == []
    await dora.says("Good morning.", circle.hall)
    await hours(circle, 2)
    (said,) = told(dora)
    assert "Welcome to community, Dora. What matters here: reading slowly, together" in said
    assert "in hall: Fri, Jan 9, 6:30" in said
    assert "heron" in said and "secret" not in said and "“me” shows" in said
    posts = [each for each in dora.answers() if "Welcome" in each.text]
    assert posts[0].private_to == dora.account.ref
    assert not any(isinstance(block, Choices) for block in posts[0].blocks)
    await dora.says("And good day.", circle.hall)
    await hours(circle, 48)
    assert len(told(dora)) == 1


@pytest.mark.parametrize(
    "why", ["off", "long here", "unknown since when", "a bot", "turned off", "out"]
)
async def test_who_is_not_welcomed(circle: Circle, why: str) -> None:
    if why != "off":
        await circle.ann.asks("digest welcome on", circle.hall)
    await hours(circle, 14)  # at night, so that it would be told in the morning
    dora = newcomer(circle, "Dora", days=4 if why == "long here" else 1)
    if why == "unknown since when":
        dora = circle.person("Dora")
    if why == "a bot":
        since = circle.clock.now()
        dora = Person(circle, circle.platform.network.add_account("Dora", is_bot=True, since=since))
    await dora.says("Good morning.", circle.hall)
    if why == "turned off":
        assert "don't welcome" in await circle.ann.asks("digest willkommen aus", circle.hall)
    if why == "out":
        await dora.sends("me", circle.hall, consent="out")
        if "Yes, forget it" in circle.transcript(dora):
            await dora.presses("Yes, forget it")
    await hours(circle, 50)
    assert told(dora) == []


async def test_who_comes_at_night_is_welcomed_in_the_morning(circle: Circle) -> None:
    await circle.ann.asks("digest welcome on", circle.hall)
    await hours(circle, 14)  # 23:00
    dora = newcomer(circle, "Dora")
    await dora.says("Is anybody up?", circle.hall)
    await hours(circle, 2)
    assert told(dora) == []
    await hours(circle, 9)
    assert len(told(dora)) == 1
