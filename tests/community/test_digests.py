"""Digests: a screen of what a week brought, for whom it may be read; they go with what they tell again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.caring.digest import fitting
from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage import dropping
from learncomm_agent.storage import recurring as orders
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import members, writings
from learncomm_agent.storage.schema_nudges import nudges, recurring
from learncomm_agent.storage.schema_writing import drafts
from learncomm_agent.testing.community import Circle, Person

WEEK_S = 7 * 86_400.0
NEW_YORK = ZoneInfo("America/New_York")
LEARNT = "I learnt that the kestrel nests in the tower of the old mill every April."
DECIDED = "We decided to meet at the mill on Mondays at six."
OPEN = "Who knows where the owls sleep in winter?"


async def week(circle: Circle) -> dict[str, Any]:
    """Let a week bring something of everything."""
    said = {
        "learnt": await circle.ben.says(LEARNT, circle.hall),
        "decided": await circle.chloe.says(DECIDED, circle.hall),
        "open": await circle.ben.says(OPEN, circle.hall),
    }
    await circle.ann.publishes("summary", circle.hall)
    await circle.ben.asks("share The heron eats carp at dawn, says my book.", circle.hall)
    await circle.ann.sends("thank", circle.hall, who="Ben", why="for the notes")
    await circle.chloe.asks("ask who bakes marzipan?", circle.hall)
    return said


async def later(circle: Circle, seconds: float = WEEK_S) -> None:
    await circle.clock.advance(seconds)
    await circle.settle()


def last(person: Person) -> str:
    return person.answers()[-1].text


async def test_one_s_own_digest_tells_of_everything_on_a_screen(circle: Circle) -> None:
    await week(circle)
    said = await circle.chloe.sends("digest", circle.hall)
    for words in (LEARNT, DECIDED, OPEN, "heron", "Ann thanked Ben", "marzipan? (asked here"):
        assert words in said
    assert "(Ben, Mon, Jan 5)" in said
    assert circle.chloe.answers()[-1].private_to == circle.chloe.account.ref
    # What was not for all in the hall is not for Chloé either.
    await circle.ben.says("I learnt that the bank of the den is soft and wet.", circle.den)
    await circle.ann.publishes("summary", circle.den)
    assert "soft and wet" not in await circle.chloe.sends("digest", circle.hall)
    assert "soft and wet" in await circle.ben.sends("digest", circle.hall)


async def test_a_room_and_members_get_it_each_monday_and_never_an_empty_one(
    circle: Circle,
) -> None:
    said = await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    assert "the first time on Mon, Jan 12, 9:00" in said
    assert "direct message" in await circle.ben.sends("digest", circle.hall, what="wöchentlich")
    await week(circle)
    before = len(circle.ben.answers())
    await later(circle)
    posts = sorted(circle.ben.answers()[before:], key=lambda post: post.private_to is not None)
    assert [each.private_to is None for each in posts] == [True, False]
    assert all(DECIDED in each.text and "to January 12" in each.text for each in posts)
    assert list(circle.ben.buttons(posts[1])) == ["digest:off"]
    assert "digest:off" not in circle.ben.buttons(posts[0])
    await later(circle)
    await later(circle)
    assert circle.ben.answers()[before + 2 :] == []
    await circle.ben.says("I learnt that owls sleep in the ivy of the old church.", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    before = len(circle.ben.answers())
    await later(circle)
    assert [
        ("ivy" in each.text, DECIDED in each.text) for each in circle.ben.answers()[before:]
    ] == [
        (True, False),
        (True, False),
    ]
    assert "no more digests in this room" in await circle.ann.asks("digest room off", circle.hall)
    assert "no more digests for you" in await circle.ben.presses("No more digests")
    assert "You get no digest" in await circle.ben.sends("digest", circle.hall, what="off")


async def test_the_hour_is_that_of_whoever_orders_it(circle: Circle) -> None:
    await circle.ann.sends("reminders", circle.hall, timezone="Asia/Tokyo")
    said = await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    assert "Mon, Jan 12, 9:00" in said
    (order,) = await circle.agent.house.database.read(orders.every)
    assert (order.rule["zone"], order.next_at.hour) == ("Asia/Tokyo", 0)


@pytest.mark.parametrize("how", ["deleted", "edited", "opted out", "summaries only"])
async def test_a_digest_that_was_posted_follows_what_it_rests_on(circle: Circle, how: str) -> None:
    await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    await circle.chloe.sends("digest", circle.hall, what="weekly")
    said = await week(circle)
    await later(circle)
    mine, ours = circle.chloe.answers()[-1], circle.ann.seen_in(circle.hall)[-1]
    assert LEARNT in mine.text and LEARNT in ours.text
    match how:
        case "deleted":
            await circle.ben.deletes(said["learnt"])
        case "edited":
            await circle.ben.edits(said["learnt"], "Never mind.")
        case "opted out":
            await circle.ben.sends("me", circle.hall, consent="out")
            await circle.ben.presses("Yes, forget it")
        case _:
            await circle.ben.sends("me", circle.hall, consent="summaries_only")
    now = {each.ref: each.text for each in circle.chloe.answers()}
    for post in (mine, ours):
        assert LEARNT not in now[post.ref]
        assert DECIDED in now[post.ref]
        assert ("Ann thanked Ben" in now[post.ref]) is (how != "opted out")
    # It is nowhere in the store either, but for the message itself.
    if how in ("deleted", "opted out"):
        assert await kept_in_lines(circle, "kestrel") == 0


async def kept_in_lines(circle: Circle, word: str) -> int:
    count = "SELECT count(*) FROM items WHERE content LIKE '%' || :word || '%'"
    return await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.text(count), {"word": word}).scalar_one()
    )


async def test_what_is_coming_is_told_with_its_time_to_who_can_come(circle: Circle) -> None:
    plan = "start group-discussion topic: tea; when: in 4 days at 18:30"
    await circle.ann.sends("session", circle.den, what=plan)
    await circle.ann.sends("session", circle.den, what="go")
    said = await circle.ben.sends("digest", circle.den)
    assert "What is coming" in said and "in den: Fri, Jan 9, 6:30" in said
    assert "was quiet" in await circle.chloe.sends("digest", circle.hall)
    # Alone, it is no reason for a message that nobody asked for.
    await circle.ann.sends("digest", circle.den, what="room Tuesday 9:00")
    before = len(circle.ben.seen_in(circle.den))
    await later(circle, 86_400)
    assert "From" not in "".join(each.text for each in circle.ben.seen_in(circle.den)[before:])


async def test_a_digest_follows_what_a_leader_makes_of_the_summary_later(circle: Circle) -> None:
    await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    await week(circle)
    await later(circle)
    number = next(id.split(":")[1] for id in await drafts_of(circle))
    await circle.ann.sends("draft", circle.hall, what=f"{number} edit 1 Kestrels nest high.")
    await circle.ann.sends("draft", circle.hall, what=f"{number} strike 2")
    said = circle.ann.seen_in(circle.hall)[-1].text
    assert "Kestrels nest high." in said and LEARNT not in said and DECIDED not in said
    # What a leader wrote goes with the leader.
    await circle.ann.sends("me", circle.hall, consent="out")
    await circle.ann.presses("Yes, forget it")
    assert "Kestrels nest high." not in circle.ben.seen_in(circle.hall)[-1].text


async def drafts_of(circle: Circle) -> list[str]:
    found = sa.select(drafts.c.writing_id)
    ids = await circle.agent.house.database.read(lambda conn: conn.execute(found).scalars().all())
    return [f"draft:{id}" for id in ids]


async def test_thanks_that_are_taken_back_go_from_the_digest(circle: Circle) -> None:
    await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    await week(circle)
    await later(circle)
    await circle.ben.sends("me", circle.hall, thanks="no")
    assert "Ann thanked Ben" not in circle.ann.seen_in(circle.hall)[-1].text


async def test_who_is_read_for_summaries_alone_is_not_told_of(circle: Circle) -> None:
    await circle.ben.says(LEARNT, circle.hall)
    await circle.chloe.says(DECIDED, circle.hall)
    await circle.ben.sends("me", circle.hall, consent="summaries_only")
    await circle.ann.publishes("summary", circle.hall)
    said = await circle.ann.sends("digest", circle.hall)
    assert DECIDED in said and LEARNT not in said


async def test_what_was_looked_for_becomes_a_question(circle: Circle) -> None:
    await circle.ben.asks("share The marzipan of the old bakery is sweet and soft.", circle.hall)
    await circle.chloe.asks("ask which cormorant dives deepest?", circle.hall)
    await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    await later(circle)
    digest = circle.ann.seen_in(circle.hall)[-1]
    assert "Which cormorant dives deepest? (asked here" in digest.text
    assert "Make it the next question" in circle.ann.buttons(digest).values()
    assert "cormorant" in await circle.ann.presses("Make it the next question")
    for made_up in ("wanted:0", "wanted:999", "wanted:x", "digest:never", "digest:"):
        assert "out of date" in await circle.ben.chooses(made_up, digest.ref)


async def test_what_is_not_meant_gets_a_kind_sentence(circle: Circle) -> None:
    cases = [
        (circle.ben, "room Monday 9:00", "for leaders"),
        (circle.ben, "welcome on", "for leaders"),
        (circle.ann, "room whenever", "not sure when"),
        (circle.ann, "room Monday 99:99", "not sure when"),
        (circle.ann, "welcome perhaps", "You can say"),
        (circle.ben, "weekly now please", "You can say"),
        (circle.ben, "😀" * 60, "You can say"),
        (circle.ben, "x" * 200, "under 100 characters"),
        (circle.ben, "", "was quiet"),
        (circle.ann, "room off", "post no digest here"),
        (circle.ann, "welcome", "don't welcome"),
    ]
    for person, what, words in cases:
        assert words in await person.sends("digest", circle.hall, what=what), what


async def test_who_wants_it_again_gets_it_unless_they_stopped_everything(circle: Circle) -> None:
    await circle.ben.sends("reminders", circle.hall, what="stop digest")
    assert "first one on" in await circle.ben.sends("digest", circle.hall, what="weekly")
    await week(circle)
    await later(circle)
    assert DECIDED in last(circle.ben)
    await circle.ben.sends("reminders", circle.hall, what="stop")
    assert "reminders start" in await circle.ben.sends("digest", circle.hall, what="weekly")


async def test_where_and_for_whom_there_is_none(circle: Circle) -> None:
    direct = await circle.platform.direct_room(circle.ann.account.ref)
    assert "Only the two of us" in await circle.ann.sends("digest", direct, what="room Monday 9:00")
    assert "don't read this room" in await circle.ann.sends("digest", circle.lounge, what="room")
    await circle.ben.sends("me", circle.hall, consent="out")
    assert "keep nothing of you" in await circle.ben.sends("digest", circle.hall, what="weekly")
    await circle.ben.sends("digest", circle.hall)
    mine = sa.select(sa.func.count()).select_from(writings.join(members))
    assert not await circle.agent.house.database.read(
        lambda conn: conn.execute(mine.where(members.c.name == "Ben")).scalar_one()
    )


async def test_it_comes_in_german_at_nine_of_the_reader_s_zone(data: Path) -> None:
    async with Circle(data, language="de", timezone=str(NEW_YORK)) as circle:
        assert "Mo., 5. Jan., 09:00" in await circle.ann.asks(
            "digest raum Montag 9:00", circle.hall
        )
        await circle.ben.says("Wir haben beschlossen, dass wir uns montags treffen.", circle.hall)
        await circle.ann.asks("summary", circle.hall)
        await circle.ann.presses("Veröffentlichen")
        await later(circle, 5.1 * 3600)
        assert "Entschieden" in circle.ann.seen_in(circle.hall)[-1].text
        assert "Vom 29. Dezember 2025 bis 5. Januar 2026" in last(circle.chloe)


@given(
    st.dictionaries(
        st.sampled_from("abcdefg"), st.lists(st.integers(1, 400), max_size=9), max_size=7
    ),
    st.integers(0, 20),
    st.integers(0, 2000),
)
def test_what_fits_never_passes_a_screen(
    sections: dict[str, list[int]], lines: int, chars: int
) -> None:
    told = fitting(sections, lines=lines, chars=chars)
    assert sum(count + bool(count) for count in told.values()) <= lines
    assert sum(sum(sections[name][:count]) for name, count in told.items()) <= chars
    if sum(len(each) + bool(each) for each in sections.values()) <= lines and (
        sum(map(sum, sections.values())) <= chars
    ):
        assert told == {name: len(each) for name, each in sections.items()}


async def learns(circle: Circle, what: str) -> None:
    await circle.ben.says(f"I learnt that {what} live in the ivy of the old church.", circle.hall)
    await circle.ann.publishes("summary", circle.hall)


async def reads(circle: Circle, at: datetime) -> list[str]:
    """Return what Ben is told until a moment."""
    before = len(circle.ben.answers())
    await circle.clock.to(at)
    await circle.settle()
    return [each.text for each in circle.ben.answers()[before:]]


async def test_a_member_is_told_of_each_time_once_however_early_or_late_it_comes(
    circle: Circle,
) -> None:
    await circle.ben.sends("digest", circle.hall, what="weekly")
    await circle.ben.asks("reminders hours=6-19", circle.hall)
    await learns(circle, "owls")
    monday = datetime(2026, 1, 12, 9, 0, 30, tzinfo=UTC)
    assert ["owls" in each for each in await reads(circle, monday)] == [True]
    # Early, along with something else; what is learnt before nine is the next one's.
    await learns(circle, "bats")
    member = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(nudges.c.member_id)).scalar_one()
    )
    early = datetime(2026, 1, 19, 7, 0, 30, tzinfo=UTC)
    community, unasked = circle.agent.community.id, circle.agent.house.between.nudges
    await circle.agent.house.database.write(
        lambda conn: unasked.add(conn, community, MemberId(member), "pulse", 9, early)
    )
    said = await reads(circle, early)
    assert ["bats" in each and "owls" not in each for each in said if "From" in each] == [True]
    await learns(circle, "mice")
    assert await reads(circle, monday + timedelta(weeks=1)) == []
    # Later than the next one would have been.
    await circle.agent.house.database.write(
        lambda conn: conn.execute(sa.update(nudges).values(due=monday + timedelta(days=16)))
    )
    said = await reads(circle, monday + timedelta(days=17))
    assert [("mice" in each, "bats" in each) for each in said] == [(True, False)]
    assert await reads(circle, monday + timedelta(days=30)) == []


async def test_a_room_is_told_also_of_the_time_for_which_none_came(circle: Circle) -> None:
    await circle.ann.sends("digest", circle.hall, what="room Monday 9:00")
    await learns(circle, "owls")
    await circle.clock.to(datetime(2026, 1, 12, 9, 0, 30, tzinfo=UTC))
    await circle.settle()
    await learns(circle, "bats")
    await circle.agent.house.database.write(
        lambda conn: conn.execute(
            sa.update(recurring).values(next_at=datetime(2026, 1, 26, 9, tzinfo=UTC))
        )
    )
    ordered = circle.agent.house.between.recurring

    def opened(conn: Connection) -> None:
        dropping.drop(conn, "recur", "recur:1")
        ordered.open(conn)

    await circle.agent.house.database.write(opened)
    await circle.clock.to(datetime(2026, 1, 26, 9, 0, 30, tzinfo=UTC))
    await circle.settle()
    said = circle.ann.seen_in(circle.hall)[-1].text
    assert "bats" in said and "owls" not in said and "From January 12" in said
