"""An answer that proved useful is kept in the library, for as long as what it rests on is there."""

import pytest
import sqlalchemy as sa

from learncomm_agent.storage.schema import resources, shares
from learncomm_agent.testing.community import Circle

NOTE = "The kestrel nests in the tower of the old mill. It comes back every April."
FURTHER = "The kestrel hunts over the meadows behind the mill in the early morning."
ASKED = "in which tower of the old mill nests the kestrel?"


@pytest.fixture
async def told(circle: Circle) -> Circle:
    """A circle in which something is known of kestrels."""
    await circle.chloe.asks(f"share {NOTE}", circle.hall)
    await circle.ben.asks(f"share {FURTHER}", circle.hall)
    return circle


async def kept(circle: Circle) -> list[tuple[str, str, str]]:
    """Return the answers in the library: title, text, why."""
    found = (
        sa.select(resources.c.title, resources.c.text, shares.c.comment)
        .join(shares, shares.c.resource_id == resources.c.id)
        .where(resources.c.kind == "answer")
    )
    rows = await circle.agent.house.database.read(lambda conn: conn.execute(found).all())
    return [(row[0], row[1], row[2]) for row in rows]


async def test_a_leader_keeps_a_useful_answer_and_all_in_the_room_find_it(told: Circle) -> None:
    assert "old mill" in await told.ben.asks(ASKED, told.hall)
    assert "Useful" not in await told.ben.presses("Useful")
    with pytest.raises(LookupError):
        await told.ben.presses("Keep in library")
    await told.ann.presses("Useful")
    assert "hall" in await told.ann.presses("Keep in library")
    ((title, text, why),) = await kept(told)
    assert (title, why) == (ASKED, "")
    assert text.startswith("- Chloé: The kestrel nests in the tower of the old mill. (")
    await told.ann.chooses("promote:99999", told.ann.answers()[-1].ref)
    await told.ann.presses("Keep in library")
    assert len(await kept(told)) == 1
    assert ASKED in await told.chloe.sends("resources", told.hall)


async def test_the_command_keeps_the_answer_that_it_replies_to_or_the_last_useful_one(
    told: Circle,
) -> None:
    nothing = await told.ann.sends("keep", told.hall)
    assert "useful" in nothing
    await told.ben.asks(ASKED, told.hall)
    (post,) = [post for post in told.ann.answers() if "in the tower" in post.text]
    assert await told.ann.sends("keep", told.hall) == nothing
    assert "leaders" in await told.ben.asks("keep", told.hall, reply_to=post.ref)
    await told.ann.asks("keep we are asked this every spring", told.hall, reply_to=post.ref)
    ((_, _, why),) = await kept(told)
    assert why == "we are asked this every spring"
    direct = await told.platform.direct_room(told.ann.account.ref)
    assert "room" in await told.ann.asks("keep", direct)
    assert len(await kept(told)) == 1


async def test_it_goes_line_by_line_with_what_it_rests_on(told: Circle) -> None:
    await told.ben.asks("the kestrel of the old mill, where it nests and hunts", told.hall)
    await told.ann.presses("Useful")
    await told.ann.presses("Keep in library")
    ((title, before, _),) = await kept(told)
    assert "in the tower" in before
    assert "over the meadows" in before
    gone, left = sorted((said for said in (NOTE, FURTHER)), key=lambda said: said is FURTHER)
    await forget(told, gone)
    ((title, text, _),) = await kept(told)
    assert "in the tower" not in title + text
    assert "over the meadows" in text
    await forget(told, left)
    assert await kept(told) == []


async def forget(circle: Circle, note: str) -> None:
    wanted = sa.select(resources.c.id).where(resources.c.text == note)
    house, community = circle.agent.house, circle.agent.community.id
    await house.database.write(
        lambda conn: house.forgetting.resource(conn, community, conn.execute(wanted).scalar_one())
    )
    await circle.settle()


async def test_who_asked_takes_their_words_along(told: Circle) -> None:
    await told.ben.asks(ASKED, told.hall)
    await told.ann.presses("Useful")
    await told.ann.presses("Keep in library")
    await told.ben.sends("me", told.hall, consent="out")
    await told.ben.presses("Yes, forget it")
    ((title, text, _),) = await kept(told)
    assert ASKED not in title + text
    assert "in the tower" in text


@pytest.mark.parametrize("is_secret", [False, True])
async def test_what_one_person_was_answered_is_kept_only_as_all_may_read_it(
    told: Circle, is_secret: bool
) -> None:
    secret = "The heron behind the boathouse has four young, which is a secret for now."
    await told.ben.asks(f"share {secret}", told.den)
    question = "how many young has the heron behind the boathouse?" if is_secret else ASKED
    await told.ann.sends("ask", told.hall, question=question)
    assert ("four young" in told.transcript(told.ann, told.hall)) is is_secret
    await told.ann.presses("Useful")
    said = await told.ann.presses("Keep in library")
    assert ("all who can read hall" in said) is not is_secret
    assert len(await kept(told)) == (0 if is_secret else 1)
    assert "four young" not in str(await kept(told))


async def test_an_old_answer_is_kept_only_as_all_may_read_it_now(told: Circle) -> None:
    cellar = told.room("cellar")
    await told.ben.asks("share The owl of the quarry has four young.", cellar)
    await told.ann.asks("how many young has the owl of the quarry?", told.hall)
    assert "four young" in told.ann.answers()[-1].text
    await told.ann.presses("Useful")
    told.platform.network.set_members(cellar, [told.ben.account.ref])
    assert "all who can read" not in await told.ann.sends("keep", told.hall)
    assert await kept(told) == []


async def test_who_asked_takes_their_words_along_from_what_was_answered_again(
    told: Circle,
) -> None:
    cellar = told.room("cellar")
    await told.ben.asks("share The kestrel of the old mill has four young.", cellar)
    await told.ben.asks(ASKED, told.hall)
    await told.ann.presses("Useful")
    told.platform.network.set_members(cellar, [told.chloe.account.ref])
    assert "all who can read" in await told.ann.sends("keep", told.hall)
    await told.ben.sends("me", told.hall, consent="out")
    await told.ben.presses("Yes, forget it")
    assert ASKED not in str(await kept(told))
