"""Welcomes: once, in private, the same day, where leaders wish them; of what the newcomer may read."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.community.spaces import slug_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import communities
from learncomm_agent.testing.community import Circle, Person

DAY_S = 86_400.0


def newcomer(circle: Circle, name: str, *, days: float = 0) -> Person:
    since = circle.clock.now() - timedelta(days=days)
    return Person(circle, circle.platform.add_account(name, since=since))


async def hours(circle: Circle, count: int) -> None:
    await circle.clock.advance(count * 3600)
    await circle.settle()


def told(person: Person) -> list[str]:
    return [each.text for each in person.answers() if "Welcome" in each.text]


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
    assert "Welcome, Dora. What matters here: reading slowly, together" in said
    assert "in hall: Fri, Jan 9, 6:30" in said
    assert "shared here lately" in said and "helped others" not in said, "nobody has used it yet"
    assert "heron" in said and "secret" not in said and "“me” shows" in said
    posts = [each for each in dora.answers() if "Welcome" in each.text]
    assert posts[0].private_to == dora.account.ref
    assert not any(isinstance(block, Choices) for block in posts[0].blocks)
    await dora.says("And good day.", circle.hall)
    await hours(circle, 48)
    assert len(told(dora)) == 1


async def test_what_was_used_comes_alone_under_what_helped(circle: Circle) -> None:
    await circle.ann.asks("digest welcome on", circle.hall)
    await circle.ben.asks("share The heron of the lake eats carp at dawn.", circle.hall)
    await circle.chloe.asks("what does the heron eat at dawn?", circle.hall)
    await circle.ben.asks("share The stork of the roof came in June.", circle.hall)
    await circle.ann.asks("digest weekly", circle.hall)  # and what tells of it as new is no use
    await circle.ann.asks("digest", circle.hall)
    await newcomer(circle, "Dora").says("Good morning.", circle.hall)
    await hours(circle, 2)
    said = " ".join(post.text for post in circle.platform.posts if "Welcome, Dora" in post.text)
    assert "What has helped others" in said and "heron" in said and "stork" not in said


@pytest.mark.parametrize(
    ("name", "slug", "greeting"),
    [
        ("The reading circle", "circle", "Welcome to The reading circle, Dora."),
        ("community", "circle", "Welcome, Dora."),
        ("fake:7", slug_of("fake:7"), "Welcome, Dora."),
    ],
)
async def test_a_community_is_named_where_people_named_it(
    circle: Circle, name: str, slug: str, greeting: str
) -> None:
    await circle.ann.asks("digest welcome on", circle.hall)

    def write(conn: Connection) -> None:
        conn.execute(sa.update(communities).values(name=name, slug=slug))

    await circle.agent.house.database.write(write)
    dora = newcomer(circle, "Dora")
    await dora.says("Good morning.", circle.hall)
    await hours(circle, 2)
    (said,) = told(dora)
    assert said.startswith(greeting)


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
