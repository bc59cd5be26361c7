"""Nothing brings a page back by itself that a leader has forgotten."""

import pytest

from learncomm_agent.library.resources import Share
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.web import FakeWeb, html
from tests.commands.shelf import library


@pytest.mark.parametrize("way", ["room", "command line"])
async def test_what_is_tried_again_does_not_bring_back_what_was_forgotten(
    circle: Circle, web: FakeWeb, way: str
) -> None:
    path = "/herons?utm_source=chat"
    address = web.address(path)
    web.put(path, "busy", status=503)
    if way == "room":
        await circle.ann.asks("links every", circle.hall)
        await circle.ben.says(f"See {address}#top and more", circle.hall)
    else:
        await circle.agent.house.pages.add_later(circle.agent.community.id, address, Share())
    await circle.settle()
    assert web.paths()[-1] == path, "it is to be tried again"
    await circle.clock.advance(300)
    for each in (path, "/herons"):
        web.put(each, html("Herons stand still.", title="Herons"))
    await circle.chloe.asks(f"share {web.address('/herons')}", circle.hall)
    assert len(await library(circle)) == 1

    await circle.ann.sends("forget", circle.hall, source="Herons")
    await circle.ann.presses("Yes, forget it")
    before = len(web.paths())
    await circle.clock.advance(86_400)
    await circle.settle()
    assert await library(circle) == []
    assert len(web.paths()) == before
