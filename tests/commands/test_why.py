"""`why` of an answer that is named, for those who may read it; and a summary that begins at a message."""

from pathlib import Path

import sqlalchemy as sa

from learncomm_agent.storage import rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import posts
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle
from tests.commands.town import Town, TownCircle

NONE = "I can only explain answers of mine that you may read, and that message is none of them."


async def test_an_answer_in_the_room_is_explained_to_all_who_read_it(circle: Circle) -> None:
    await circle.ann.asks("search welcome newcomers", circle.hall)
    post = circle.ann.answers()[-1]
    said = await circle.chloe.sends("why", circle.hall, message=post.ref.id)
    assert said.startswith("This search: I found") and "last message" not in said
    link = f"https://chat.example/{circle.hall.id}/{post.ref.id}"
    assert await circle.chloe.sends("why", circle.lounge, message=link) == said
    assert await circle.chloe.sends("why", circle.lounge, message=post.ref.id) == NONE


async def test_an_answer_in_a_thread_that_was_folded_away_is_explained(data: Path) -> None:
    town = Town(ManualClock())
    async with TownCircle(data, platform=town) as circle:
        await circle.ben.says("Good morning.", circle.hall)
        thread = town.add_room("herons", parent=circle.hall, is_read=True)
        await circle.ann.asks("search welcome newcomers", thread)
        link = f"https://chat.example/{thread.id}/{circle.ann.answers()[-1].ref.id}"
        town.folded.add(thread)
        said = await circle.chloe.sends("why", circle.hall, message=link)
        assert said.startswith("This search: I found")
        beneath = town.add_room("plans", parent=circle.den)
        await circle.ann.asks("search welcome newcomers", beneath)
        link = f"https://chat.example/{beneath.id}/{circle.ann.answers()[-1].ref.id}"
        town.folded.add(beneath)
        assert await circle.chloe.sends("why", circle.hall, message=link) == NONE


async def test_a_private_answer_in_a_direct_talk_is_explained_there(circle: Circle) -> None:
    talk = await circle.platform.direct_room(circle.ben.account.ref)
    await circle.ben.asks("search welcome newcomers", talk)
    post = circle.ben.answers()[-1]
    house = circle.agent.house

    def asked_elsewhere(conn: Connection) -> None:  # as where a platform answers in a direct talk
        hall = rooms.find(conn, [circle.hall])[circle.hall]
        conn.execute(sa.update(posts).values(room_id=hall, is_private=True))

    await circle.ben.asks("help", circle.hall)
    await house.database.write(asked_elsewhere)
    assert (await circle.ben.sends("why", talk, message=post.ref.id)).startswith("This search")


async def test_what_is_no_answer_of_ours_or_for_others_is_not(circle: Circle) -> None:
    theirs = await circle.ben.says("Good morning.", circle.hall)
    await circle.ann.sends("search", circle.hall, query="welcome newcomers")
    alone = circle.ann.answers()[-1]
    await circle.ann.asks("search welcome newcomers", circle.den)
    hidden = circle.ann.answers()[-1]
    await circle.ann.asks("read", circle.hall)
    other = circle.ann.answers()[-1]
    assert (await circle.ann.sends("why", circle.hall, message=alone.ref.id)).startswith("This se")
    shown = await circle.ann.asks("search welcome newcomers", circle.hall)
    here = circle.ann.answers()[-1]
    assert shown and await circle.chloe.sends("why", circle.hall, message=here.ref.id) != NONE
    wrong = f"https://chat.example/{circle.den.id}/{here.ref.id}"
    assert await circle.chloe.sends("why", circle.hall, message=wrong) == NONE
    link = f"https://chat.example/{circle.den.id}/{hidden.ref.id}"
    for named in (theirs.id, alone.ref.id, other.ref.id, link, "0", "' OR 1=1 --", "%"):
        assert await circle.chloe.sends("why", circle.hall, message=named) == NONE, named


async def test_a_summary_begins_at_the_message_that_is_named(circle: Circle) -> None:
    await circle.ben.says("We agreed on chapter one.", circle.hall)
    first = await circle.ben.says("We agreed on chapter two.", circle.hall)
    said = await circle.ann.sends("summary", circle.hall, **{"from": first.id})
    assert "chapter two" in said and "chapter one" not in said
    assert "Only leaders" in await circle.ben.sends("summary", circle.hall, **{"from": first.id})
    assert "can't find that message" in await circle.ann.sends(
        "summary", circle.hall, **{"from": "99"}
    )
