"""What was forgotten stays so, whatever looks at it again by itself: feeds, pages, links that wait."""

import pytest
import sqlalchemy as sa

from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import resources
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.web import FakeWeb, html
from tests.commands.test_feeds import RSS, item, looks, rss, titles


async def forgets(circle: Circle, source: str) -> None:
    await circle.ann.sends("forget", circle.hall, source=source)
    assert (await circle.ann.presses("Yes, forget it")).startswith("It is gone")


@pytest.mark.parametrize("with_page", [False, True], ids=["its own text", "its page"])
async def test_a_feed_does_not_bring_back_what_was_forgotten(
    circle: Circle, web: FakeWeb, with_page: bool
) -> None:
    web.put("/owls", html("Owls hear a mouse under snow.", title="Item 2"))
    link = web.address("/owls") if with_page else None
    web.put("/feed", rss([item(2, link), item(1)]), media_type=RSS)
    await circle.ann.asks(f"feeds add {web.address('/feed')}", circle.hall)
    assert sorted(await titles(circle)) == ["Item 1", "Item 2"]

    await forgets(circle, "Item 2")
    await looks(circle, 2)
    assert await titles(circle) == ["Item 1"]
    changed = [item(2, link, "It says something else now."), item(1, None, "Plums ripen late.")]
    web.put("/feed", rss([item(3), *changed]), media_type=RSS)
    await looks(circle, 2)
    assert sorted(await titles(circle)) == ["Item 1", "Item 3"], "what is new comes all the same"
    assert "Plums ripen" in await circle.ben.sends("search", circle.hall, query="plums")


async def test_a_page_that_waits_to_be_looked_at_or_tried_again_does_not_come_back(
    circle: Circle, web: FakeWeb
) -> None:
    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    web.put("/slow", "Later.", status=503)
    await circle.ann.sends("links", circle.hall, mode="every")
    links = f"{web.address('/owls')} and {web.address('/slow')}"
    await circle.ben.says(f"Look at {links}", circle.hall)
    assert await titles(circle) == ["Owls"]

    await forgets(circle, "Owls")
    asked = len(web.asked)
    web.put("/slow", html("Slow and steady.", title="Slow"))
    for _ in range(6):
        await circle.clock.advance(24 * 3600)
        await circle.settle()
    assert "/owls" not in [each.path for each in web.asked[asked:]]
    assert "Owls" not in await titles(circle)
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_a_room_s_feeds_end_with_it(circle: Circle, web: FakeWeb) -> None:
    web.put("/feed", rss([item(1)]), media_type=RSS)
    await circle.ann.asks(f"feeds add {web.address('/feed')}", circle.hall)
    asked = await circle.ann.sends("forget", circle.hall, source="room:hall")
    assert "one feed" in asked
    await circle.ann.presses("Yes, forget it")
    assert await titles(circle) == []
    web.put("/feed", rss([item(2), item(1)]), media_type=RSS)
    await circle.clock.advance(48 * 3600)
    await circle.settle()
    assert await titles(circle) == []


async def test_who_left_a_room_takes_back_what_they_shared_there_and_reads_nothing_of_it(
    circle: Circle,
) -> None:
    await circle.ben.asks("share Owls hear a mouse under snow.", circle.den)
    newest = sa.select(sa.func.max(resources.c.id))
    shared = await circle.agent.house.database.read(lambda conn: conn.execute(newest).scalar_one())
    await circle.platform.leaves(circle.ben.account, circle.den)
    post = await circle.ben.says("Bye.", circle.hall)
    asked = await circle.ben.chooses(f"forget_this:{shared}", post)
    assert "take back what you shared" in asked
    assert "Owls" not in asked
    assert (await circle.ben.presses("Yes, forget it")).startswith("It is gone")
    assert await titles(circle) == []
