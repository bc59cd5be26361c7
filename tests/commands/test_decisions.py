"""`decisions`: what was decided, why, in members' own words; and the day on which leaders look at it again."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.storage.schema_promises import decisions
from learncomm_agent.testing.community import Circle, Person

DAY = 86400.0
TUESDAYS = "We decided to meet on Tuesdays."
WHY = "That is because most of us work on Mondays."
REVIEW = "We review it in three weeks."


async def rows(circle: Circle) -> list[Any]:
    every = sa.select(decisions).order_by(decisions.c.item_id)
    return await circle.agent.house.database.read(lambda conn: list(conn.execute(every).all()))


async def days(circle: Circle, count: int) -> None:
    for _ in range(count):
        await circle.clock.advance(DAY)
        await circle.settle()


def asked(person: Person) -> list[str]:
    said = (post.text for post in person.answers() if post.private_to == person.account.ref)
    return [text for text in said if "How is it now?" in text]


async def decided(circle: Circle) -> Any:
    message = await circle.chloe.says(f"{TUESDAYS} {WHY} {REVIEW}", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    return message


async def test_the_log_quotes_why_and_links_to_where_it_was_said(circle: Circle) -> None:
    message = await decided(circle)
    said = await circle.ben.asks("decisions", circle.hall)
    assert "One decision in hall" in said
    assert TUESDAYS in said and f"Why: “{WHY}”" in said
    assert "To be looked at again on January 26, 2026." in said
    assert "I know of no decision in lounge" in await circle.ben.asks("decisions", circle.lounge)
    assert TUESDAYS in await circle.ben.asks("decisions all", circle.lounge)
    await circle.chloe.deletes(message)
    assert "I know of no decision" in await circle.ben.asks("decisions", circle.hall)
    assert await rows(circle) == []
    await days(circle, 25)
    assert asked(circle.ann) == []


async def test_on_its_day_leaders_are_asked_once_and_nobody_else(circle: Circle) -> None:
    await decided(circle)
    await days(circle, 30)
    (question,) = asked(circle.ann)
    assert TUESDAYS in question and "decided on January 5, 2026" in question
    assert asked(circle.ben) == asked(circle.chloe) == []
    post = next(each for each in circle.ann.answers() if each.text == question)
    message = circle.ben.seen_in(circle.hall)[-1].ref
    assert "Only leaders" in await circle.ben.chooses("review:drop:1", message)
    assert "holds no more" in await circle.ann.chooses("review:drop:1", post.ref)
    assert "Another leader has answered" in await circle.ann.chooses("review:keep:1", post.ref)
    assert "(holds no more)" in await circle.ben.asks("decisions", circle.hall)


async def test_it_can_be_talked_about_again_in_its_room(circle: Circle) -> None:
    message = await decided(circle)
    await days(circle, 22)
    await circle.ann.presses("Talk about it again")
    assert "Let us talk about this decision again" in circle.transcript(circle.ben, circle.hall)
    await circle.chloe.deletes(message)
    assert TUESDAYS not in circle.transcript(circle.ben, circle.hall)


async def test_another_day_or_none_is_followed(circle: Circle) -> None:
    await circle.ben.says("I'll bring the cake by Friday.", circle.hall)
    await decided(circle)
    await circle.ann.asks("draft 1 strike 1", circle.hall)
    assert await rows(circle) == []
    await circle.ann.asks("draft 1 undo", circle.hall)
    assert len(await rows(circle)) == 1
    await circle.ann.asks(f"draft 1 edit 1 {TUESDAYS} We review it in four weeks.", circle.hall)
    (row,) = await rows(circle)
    assert row.review_at.isoformat().startswith("2026-02-02")
    await days(circle, 22)
    assert asked(circle.ann) == []
    await days(circle, 8)
    assert len(asked(circle.ann)) == 1


async def test_in_a_closed_room_others_learn_nothing(circle: Circle) -> None:
    await circle.ben.says(f"{TUESDAYS} {REVIEW}", circle.den)
    await circle.ann.publishes("summary", circle.den)
    assert "I know of no decision" in await circle.chloe.asks("decisions all", circle.hall)
    message = await circle.chloe.says("Hello.", circle.hall)
    assert await circle.chloe.chooses("review:keep:1", message)
    assert (await rows(circle))[0].reviewed_at is None


async def test_more_than_a_few_of_one_day_are_all_asked_about(circle: Circle) -> None:
    what = ("Tuesdays", "evenings", "the garden", "pairs")
    for each in what:
        await circle.chloe.says(f"We decided to meet with {each}. {REVIEW}", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await days(circle, 30)
    said = asked(circle.ann)
    assert [text.count("How is it now?") for text in said] == [3, 1]
    assert all(sum(each in text for text in said) == 1 for each in what)
    assert "again on January 26, 2026" in said[1]


async def test_on_a_day_that_has_begun_it_is_asked_at_once(circle: Circle) -> None:
    await circle.chloe.says(f"{TUESDAYS} We review it tomorrow.", circle.hall)
    await circle.clock.to(datetime(2026, 1, 6, 13, tzinfo=UTC))
    await circle.settle()
    await circle.ann.publishes("summary", circle.hall)
    await circle.clock.advance(2 * 3600)
    await circle.settle()
    (question,) = asked(circle.ann)
    assert "again today" in question


async def test_where_nobody_is_to_be_asked_it_waits(circle: Circle) -> None:
    await decided(circle)
    directory, space = circle.agent.house.directory, circle.hall.space
    await days(circle, 20)
    await circle.agent.house.database.write(
        lambda conn: directory.leave(conn, space, circle.clock.now())
    )
    await days(circle, 5)
    await circle.agent.house.database.write(lambda conn: directory.leave(conn, space, None))
    assert asked(circle.ann) == []
    await days(circle, 2)
    assert len(asked(circle.ann)) == 1
