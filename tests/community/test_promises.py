"""Action items of published summaries: offered once, reminded of in time, asked about, done; gone with their lines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.caring.promising import (
    Moment,
    day_of,
    first_word,
    next_word,
    noon,
    standing,
    words_of,
)
from learncomm_agent.community.promises import HELD
from learncomm_agent.storage import outlived
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.testing.community import Circle, Person

HOUR, DAY = 3600.0, 86400.0
CAKE = "I'll bring the cake by Friday."
WORDS = "write the minutes"
FREE = f"Action item: {WORDS}"
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "UTC")


async def rows(circle: Circle) -> list[Any]:
    every = sa.select(actions).order_by(actions.c.id)
    return await circle.agent.house.database.read(lambda conn: list(conn.execute(every).all()))


async def states(circle: Circle) -> list[str]:
    return [row.state for row in await rows(circle)]


async def days(circle: Circle, count: int) -> None:
    for _ in range(count):
        await circle.clock.advance(DAY)
        await circle.settle()


def told(person: Person) -> list[str]:
    """What was said to somebody alone, unasked or asked, oldest first."""
    return [post.text for post in person.answers() if post.private_to == person.account.ref]


def unasked(person: Person, words: str) -> list[str]:
    return [text for text in told(person) if words in text and "“reminders”" in text]


async def asked(circle: Circle) -> None:
    """Let the time pass for which offers wait for one another."""
    await circle.clock.advance(HELD.total_seconds())
    await circle.settle()


async def promised(circle: Circle) -> None:
    """Ben promises a cake, and nobody is named for the minutes; both are published."""
    await circle.chloe.says("Good morning.", circle.hall)
    await circle.ben.says(CAKE, circle.hall)
    await circle.ann.says(FREE, circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await asked(circle)


async def test_an_owner_is_asked_once_reminded_twice_and_asked_twice_what_became_of_it(
    circle: Circle,
) -> None:
    await promised(circle)
    assert await states(circle) == ["offered", "open"]
    (offer,) = unasked(circle.ben, "you are named")
    assert "“I'll bring the cake by Friday”, by January 9, 2026" in offer
    assert "You do it" in await circle.ben.presses("Yes, I do it")
    await days(circle, 30)
    said = unasked(circle.ben, "bring the cake")
    assert [
        next(each for each in ("named", "tomorrow", "Today", "Is it done") if each in text)
        for text in said
    ] == ["named", "tomorrow", "Today", "Is it done", "Is it done"]
    assert not unasked(circle.ann, "") and not unasked(circle.chloe, "")
    assert "let go. That is all right" in await circle.ben.presses("Let it go")
    assert await states(circle) == ["dropped", "open"]


async def test_who_does_not_answer_is_not_asked_again(circle: Circle) -> None:
    await promised(circle)
    await days(circle, 21)
    assert len(unasked(circle.ben, "cake")) == 1
    assert "waits for your word" in await circle.ben.asks("actions", circle.hall)


async def test_done_is_thanked_for_and_bears_what_came_of_it(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    assert "Thank you, Ben." in await circle.ben.presses("Done")
    photo = await circle.ben.says("Here is a photo of the cake.", circle.hall)
    assert "Good to see" in await circle.ben.asks(f"actions result 1 {photo.id}", circle.hall)
    assert "what came of it" in await circle.chloe.asks("actions done", circle.hall)
    await circle.ben.deletes(photo)
    assert "what came of it" not in await circle.chloe.asks("actions done", circle.hall)
    await days(circle, 14)
    assert len(unasked(circle.ben, "cake")) == 1


async def test_what_nobody_was_named_for_is_taken_by_whoever_is_first(circle: Circle) -> None:
    await promised(circle)
    post = circle.chloe.seen_in(circle.hall)[-1]
    assert circle.chloe.buttons(post) == {"act:take:2": f"I do it: {WORDS}"}
    assert "You do it" in await circle.chloe.chooses("act:take:2", post.ref)
    assert "Chloé has taken that on" in await circle.ann.chooses("act:take:2", post.ref)
    assert "You do that already" in await circle.chloe.chooses("act:take:2", post.ref)
    assert circle.ann.buttons(circle.ann.seen_in(circle.hall)[-1]) == {}
    assert "In hall whoever likes" in await circle.chloe.asks("actions no 2", circle.hall)
    assert list(circle.ann.buttons(circle.ann.seen_in(circle.hall)[-1])) == ["act:take:2"]


async def test_two_who_press_at_once_are_one_owner(circle: Circle) -> None:
    await promised(circle)
    post = circle.chloe.seen_in(circle.hall)[-1]
    for who in (circle.chloe, circle.ann):
        await circle.platform.presses(who.account, "act:take:2", post.ref)
    await circle.settle()
    await circle.clock.advance(60)
    await circle.settle()
    texts = [told(each)[-1] for each in (circle.chloe, circle.ann)]
    assert sorted("has taken that on" in text for text in texts) == [False, True]
    assert sorted("You do it" in text for text in texts) == [False, True]


async def test_handed_over_it_is_the_others_to_answer(circle: Circle) -> None:
    await promised(circle)
    post = next(each for each in circle.ben.answers() if "you are named" in each.text)
    assert "I ask Chloé" in await circle.ben.asks("actions hand 1 Chloé", circle.hall)
    await asked(circle)
    assert len(unasked(circle.chloe, "cake")) == 1
    assert "Chloé has taken that on" in await circle.ben.chooses("act:yes:1", post.ref)
    assert "somebody else's" in await circle.ben.asks("actions drop 1", circle.hall)
    assert "You do it" in await circle.chloe.presses("Yes, I do it")
    await days(circle, 3)
    assert not unasked(circle.ben, "tomorrow") and unasked(circle.chloe, "tomorrow")


async def test_accepted_and_handed_over_at_once_it_is_the_others(circle: Circle) -> None:
    await promised(circle)
    post = next(each for each in circle.ben.answers() if "you are named" in each.text)
    await circle.platform.presses(circle.ben.account, "act:yes:1", post.ref)
    await circle.platform.says(circle.ann.account, circle.hall, "@learncomm actions hand 1 Chloé")
    for _ in range(2):
        await circle.settle()
        await circle.clock.advance(60)
    await circle.settle()
    await asked(circle)
    (first, _) = await rows(circle)
    assert first.state == "offered" and len(unasked(circle.chloe, "cake")) == 1
    await days(circle, 12)
    assert not unasked(circle.ben, "tomorrow")


async def test_what_a_leader_does_to_the_summary_later_is_followed(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    number = (await rows(circle))[0]
    await circle.ann.asks("draft 1 edit 1 Ben, by January 9, 2026: a cake with plums", circle.hall)
    assert "a cake with plums, by January 9" in await circle.ben.asks("actions", circle.hall)
    assert (await rows(circle))[0].state == "accepted"
    await circle.ann.asks("draft 1 edit 1 Chloé: a cake with plums by January 20", circle.hall)
    await asked(circle)
    kept = (await rows(circle))[0]
    assert (kept.state, kept.due) == ("offered", datetime(2026, 1, 20, 12, tzinfo=UTC))
    assert kept.owner_id != number.owner_id and unasked(circle.chloe, "plums")
    await circle.ann.asks("draft 1 strike 1", circle.hall)
    assert await states(circle) == ["open"]
    await days(circle, 20)
    (_, moved_on) = unasked(circle.ben, "cake")
    assert "is with Chloé now" in moved_on and len(unasked(circle.chloe, "plums")) == 1


@pytest.mark.parametrize("how", ["deletes", "opts out", "edits"])
async def test_it_goes_with_what_it_rests_on(circle: Circle, how: str) -> None:
    message = await circle.ben.says(CAKE, circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await asked(circle)
    await circle.ben.presses("Yes, I do it")
    if how == "deletes":
        await circle.ben.deletes(message)
    elif how == "edits":
        await circle.ben.edits(message, "Never mind.")
    else:
        await circle.ben.sends("me", circle.lounge, consent="out")
        if "Yes, forget it" in circle.transcript(circle.ben):
            await circle.ben.presses("Yes, forget it")
    assert await rows(circle) == []
    await days(circle, 14)
    # What was said to them alone goes from there, too, unless they asked me to know them no more.
    assert len(unasked(circle.ben, "cake")) == (how == "opts out")


async def test_the_same_promise_in_two_summaries_is_one(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    await circle.ann.asks("summary since=2026-01-01", circle.hall)
    await circle.ann.presses("Publish")
    assert await states(circle) == ["accepted", "open"]


async def test_who_can_t_read_the_room_sees_and_changes_nothing(circle: Circle) -> None:
    await circle.ben.says(CAKE, circle.den)
    await circle.ann.publishes("summary", circle.den)
    for what in ("take 1", "done 1", "hand 1 Chloé", "date 1 Friday", "drop 1", "result 1 5"):
        said = await circle.chloe.asks(f"actions {what}", circle.hall)
        assert "I know no action item 1" in said
    assert "I know of no" in await circle.chloe.asks("decisions all", circle.hall)
    assert "nobody called" in await circle.ann.asks("actions hand 1 Chloé", circle.den)
    assert "Nothing is to be done" in await circle.chloe.asks("actions ours", circle.hall)
    assert (await rows(circle))[0].state == "offered"


async def test_all_of_it_can_be_stopped(circle: Circle) -> None:
    await circle.ben.asks("reminders stop actions", circle.hall)
    await promised(circle)
    await days(circle, 14)
    assert unasked(circle.ben, "cake") == []
    assert "bring the cake" in await circle.ben.asks("actions", circle.hall)


async def test_what_others_ask_comes_together_and_holds_up_nothing_of_one_s_own(
    circle: Circle,
) -> None:
    ben, hall = circle.ben, circle.hall
    for person in (ben, circle.chloe):
        await person.says("Good morning.", hall)
    await ben.asks("actions add bring the projector who=me by=Thursday", hall)
    for number in range(4):
        said = await circle.chloe.asks(f"actions add silly {number} who=Ben", hall)
        assert ("hasn't answered 3 things" in said) == (number == 3)
    await asked(circle)
    (offers,) = unasked(ben, "silly")
    assert [f"silly {number}" in offers for number in range(4)] == [True, True, True, False]
    for day in range(3):  # and more come one by one, from others
        for giver in (circle.ann, circle.person(f"Dora {day}")):
            await giver.says("Good morning.", hall)
            await giver.asks(f"actions add odd {day} who=Ben", hall)
            await asked(circle)
        await days(circle, 1)
    own = unasked(ben, "the projector")
    assert [any(word in text for text in own) for word in ("tomorrow", "Today")] == [True, True]
    ways = [text for text in unasked(ben, "") if "projector" not in text]
    assert len(ways) == 2  # of four a week
    await ben.asks("actions no 2", hall)
    assert "I ask Ben" in await circle.chloe.asks("actions add silly 5 who=Ben", hall)


async def test_more_than_a_message_holds_are_asked_the_next_day(circle: Circle) -> None:
    for person in (circle.ben, circle.chloe):
        await person.says("Good morning.", circle.hall)
    for number in range(5):
        giver = circle.ann if number < 3 else circle.chloe
        await giver.asks(f"actions add task {number} who=Ben", circle.hall)
    await days(circle, 3)
    told_of = [post for post in circle.ben.answers() if "you are named" in post.text]
    ids = [sorted(key for key in circle.ben.buttons(each) if "yes" in key) for each in told_of]
    assert ids == [["act:yes:1", "act:yes:2", "act:yes:3"], ["act:yes:4", "act:yes:5"]]


async def test_the_next_session_opens_with_what_was_promised(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    await circle.ben.presses("Done")
    await circle.ann.asks("session start reflection topic: our spring", circle.hall)
    await circle.ann.presses("Begin")
    posts = [post.text for post in circle.chloe.seen_in(circle.hall)]
    (opening,) = [n for n, text in enumerate(posts) if "What we promised" in text]
    assert "Done, thank you" in posts[opening] and "Ben" in posts[opening]
    assert f"{WORDS} (nobody yet)" in posts[opening] and len(posts) > opening + 1


@given(
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.integers(0, 40 * 24 * 60),
    st.sampled_from(ZONES),
    st.booleans(),
)
def test_reminders_are_few_at_nine_and_end(day: date, before: int, zone: str, is_day: bool) -> None:
    due = noon(day) if is_day else noon(day) + timedelta(minutes=before % 1440)
    now = due - timedelta(minutes=before)
    at, found = first_word(due, zone, now, is_day=is_day), list[datetime]()
    while at is not None:
        assert at > now
        found.append(at)
        now = at
        at = next_word(due, zone, now, is_day=is_day)
    left = [
        (day_of(due, zone, is_day=is_day) - each.astimezone(_zone(zone)).date()).days
        for each in found
    ]
    assert left == sorted(left, reverse=True)
    assert [each for each in left if each >= 0] in ([1, 0], [0], [])
    assert [each for each in left if each < 0] == [-2, -9]
    assert {each.astimezone(_zone(zone)).hour for each in found} <= {9}
    assert standing(due, zone, found[-1], is_day=is_day) is Moment.OVERDUE


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@pytest.mark.parametrize(
    ("text", "is_edited", "words"),
    [
        ("I'll bring it", False, "I'll bring it"),
        ("Ben, by Friday: the cake", True, "the cake"),
        ("Zoe: the cake", True, "Zoe: the cake"),
        ("Note: 10:30 is fine", True, "Note: 10:30 is fine"),
        (": ", True, ": "),
        ("Action item: write the minutes", False, "write the minutes"),
        ("Ben: Aufgabe: das Protokoll", True, "das Protokoll"),
        ("To do:", False, "To do:"),
        ("Action: painting", False, "painting"),
    ],
)
def test_what_is_to_be_done_is_told_without_who_does_it(
    text: str, is_edited: bool, words: str
) -> None:
    assert words_of({"text": text, "is_edited": is_edited, "owner": "Ben"}) == words


async def test_read_once_more_nothing_is_offered_twice(circle: Circle) -> None:
    """A process may end after a summary was published, or after it was read, and before that is known."""
    await promised(circle)
    before = await rows(circle)
    house = circle.agent.house
    writing = 1
    await house.database.write(
        lambda conn: [house.work.add(conn, "pick promises", {"writing": writing}) for _ in "12"]
    )
    await circle.settle()
    await days(circle, 1)
    assert await rows(circle) == before
    assert len(unasked(circle.ben, "you are named")) == 1


async def test_a_date_that_a_leader_names_accepts_nothing_for_its_owner(circle: Circle) -> None:
    await promised(circle)
    await days(circle, 1)
    await circle.ann.asks("actions date 1 January 20", circle.hall)
    assert await states(circle) == ["offered", "open"]
    await days(circle, 20)
    offers = unasked(circle.ben, "cake")
    assert [text for text in offers if "Do you do it?" not in text] == []
    assert ["by January 9" in text for text in offers] == [True, False]
    await circle.ben.asks("actions date 1 February 20", circle.hall)
    assert await states(circle) == ["accepted", "open"]


async def test_a_colon_makes_no_name_and_takes_nothing_from_its_owner(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    (before, _) = await rows(circle)
    for text in (
        "Ben brings two things by Friday: cake and plums",
        "Two things: Ben brings cake and plums by Friday",
        "@Ben: two things, by Friday",
    ):
        await circle.ann.asks(f"draft 1 edit 1 {text}", circle.hall)
        (after, _) = await rows(circle)
        assert (after.owner_id, after.state) == (before.owner_id, "accepted"), text
    await circle.ann.asks("actions hand 1 Chloé", circle.hall)
    await circle.clock.advance(HOUR)
    await circle.settle()
    await circle.chloe.presses("Yes, I do it")
    await circle.ann.asks("draft 1 edit 1 Cake and plums: Chloé has both by Friday", circle.hall)
    assert await states(circle) == ["accepted", "open"]
    await circle.ann.asks("draft 1 edit 1 Nobody knows who: cake and plums", circle.hall)
    assert await states(circle) == ["open", "open"]


async def test_where_its_date_goes_nobody_is_asked_again_whether_they_do_it(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    await circle.ann.asks("draft 1 edit 1 Ben: a cake with plums", circle.hall)
    assert [row.due for row in await rows(circle)] == [None, None]
    await days(circle, 20)
    (said,) = unasked(circle.ben, "plums")
    assert "has no date any more" in said and "Do you do it?" not in said


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("actions hand 1 Chloé", "is with Chloé now"),
        ("actions take 1", ""),
        ("actions hand 1 Ann", "is with Ann now"),
        ("actions no 1", "whoever likes"),
        ("actions done 1", "noted as done"),
        ("actions drop 1", "was let go"),
        ("actions date 1 January 20", "is for January 20, 2026 now"),
        ("draft 1 edit 1 Chloé: a cake", "is with Chloé now"),
    ],
)
async def test_who_took_it_on_is_told_once_what_others_made_of_it(
    circle: Circle, done: str, says: str
) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    before = len(unasked(circle.ben, ""))
    await circle.ann.asks(done, circle.hall)
    if "hand 1 Chloé" in done:
        await circle.clock.advance(HOUR)
        await circle.settle()
        await circle.chloe.presses("Yes, I do it")
    await days(circle, 2)
    said = unasked(circle.ben, "")[before:]
    assert [text for text in said if "which you took on" in text and says in text] == said[:1]
    assert len(said) == (1 if says else 0) or "January 20" in done
    if "January 20" in done:
        await days(circle, 40)
        assert len(unasked(circle.ben, "tomorrow")) == 1


async def test_what_one_does_oneself_is_not_told(circle: Circle) -> None:
    await promised(circle)
    for does in ("take 1", "date 1 January 20", "hand 1 Chloé"):
        await circle.ben.asks(f"actions {does}", circle.hall)
    await days(circle, 2)
    assert unasked(circle.ben, "which you took on") == []


async def test_what_is_settled_and_kept_no_longer_is_not_offered_again(circle: Circle) -> None:
    await promised(circle)
    await circle.ben.presses("Yes, I do it")
    await circle.ben.presses("Done")
    await circle.agent.house.database.write(lambda conn: outlived.settle(conn, [1]))
    (before, _) = await rows(circle)
    assert (before.owner_id, before.state) == (None, "done")
    await circle.ann.asks("draft 1 edit 1 Ben: a cake with plums by January 20", circle.hall)
    assert (await rows(circle))[0] == before
    await asked(circle)
    assert len(unasked(circle.ben, "")) == 1
