"""One message where two would have been: all that is due for somebody at one moment stands in few posts, and counts once."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage import quiet
from learncomm_agent.storage.schema import items
from learncomm_agent.storage.schema_nudges import nudged, nudges
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.network import Post

MONDAY = datetime(2026, 1, 19, 9, 0, 30, tzinfo=UTC)
DECIDED = "We decided to meet on Tuesdays. We review it in two weeks."


async def monday(circle: Circle) -> tuple[MessageRef, list[Post]]:
    """Let all that a leader is told fall on one Monday; return what was decided, and the posts of that morning."""
    ann, hall = circle.ann, circle.hall
    for what in ("digest", "letter"):
        await ann.sends(what, hall, what="weekly")
    await ann.sends("goals", hall, what="add play the harp")
    said = await circle.chloe.says(DECIDED, hall)
    await ann.publishes("summary", hall)
    await circle.clock.to(MONDAY - timedelta(days=6))
    await circle.settle()
    await circle.ben.asks("share The heron eats carp at dawn, says my book.", hall)
    await ann.asks("actions add water the plants who=me by=2026-01-20", hall)
    of_goal = sa.update(nudges).where(nudges.c.kind == "goals").values(due=MONDAY)
    await circle.agent.house.database.write(lambda conn: conn.execute(of_goal))
    before = len(ann.answers())
    for at in (MONDAY - timedelta(hours=1), MONDAY):
        await circle.clock.to(at)
        await circle.settle()
    posts = [each for each in ann.answers()[before:] if each.private_to == ann.account.ref]
    return said, posts


async def test_what_is_short_is_one_post_and_all_of_a_morning_counts_as_one(
    circle: Circle,
) -> None:
    _, (short, digest, letter) = await monday(circle)
    places = [
        short.text.index(words)
        for words in ("water the plants", "meet on Tuesdays", "play the harp", "Fewer of these")
    ]
    assert places == sorted(places) and short.text.count("Fewer of these") == 1
    labels = list(circle.ann.buttons(short).values())
    assert {"Done", "Keep it", "Going well"} <= set(labels)
    assert digest.text.startswith("From") and letter.text.startswith("Letter")
    database = circle.agent.house.database
    members = sa.select(nudged.c.member_id).distinct()
    (member,) = await database.read(lambda conn: conn.execute(members).scalars().all())
    now = circle.clock.now()
    sent = await database.read(lambda conn: quiet.sent(conn, [MemberId(member)], now))
    assert len([each for each in sent[MemberId(member)] if each >= MONDAY]) == 1


async def test_what_stands_in_one_post_goes_each_with_its_own_words(circle: Circle) -> None:
    said, (short, _, _) = await monday(circle)

    def shown() -> str:
        return next(each.text for each in circle.ann.answers() if each.ref == short.ref)

    await circle.chloe.deletes(said)
    assert "Tuesdays" not in shown()
    for words in ("water the plants", "play the harp", "Going well", "Fewer of these"):
        assert words in shown() or words in circle.ann.buttons(short).values()
    await circle.ann.sends("goals", circle.hall, what="drop 1")
    await circle.settle()
    assert "harp" not in shown() and "water the plants" in shown()
    held = sa.select(sa.func.count()).where(sa.cast(items.c.content, sa.Text).contains("harp"))
    assert await circle.agent.house.database.read(lambda conn: conn.execute(held).scalar()) == 0


async def test_what_ranks_low_comes_on_a_small_budget_too(circle: Circle) -> None:
    await circle.ben.asks("reminders most=1", circle.hall)
    await circle.ben.sends("digest", circle.hall, what="weekly")
    told = list[str]()
    for week in range(4):
        await circle.chloe.says(f"I learnt that owl number {week} sleeps here.", circle.hall)
        await circle.ann.publishes("summary", circle.hall)
        await circle.ben.asks(
            f"actions add water bed {week} who=me by=2026-01-{6 + 7 * week:02}", circle.hall
        )
        before = len(circle.ben.answers())
        for _ in range(7):
            await circle.clock.advance(86_400)
            await circle.settle()
        told += [each.text for each in circle.ben.answers()[before:]]
    digests = " ".join(each for each in told if each.startswith("From"))
    assert all(f"owl number {week}" in digests for week in range(3))
    assert any("water bed" in each for each in told)
