"""What somebody missed is told to them alone: the lines of the same summary, as they need them."""

import pytest
import sqlalchemy as sa

from learncomm_agent.storage import writings
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.writings import Writing
from learncomm_agent.testing.community import Circle

DECIDED = "We decided that we meet on Tuesdays in the library."
PROMISED = "I will write the minutes by Friday."
ASKED = "Ben, can you bring the projector on Tuesday?"
OPEN = "Has anybody read chapter two of the handbook?"


@pytest.fixture
async def away(circle: Circle) -> Circle:
    """A circle in which Ben was away while the others talked."""
    await circle.ben.says("I am off for a week, see you soon.", circle.hall)
    await circle.chloe.says(DECIDED, circle.hall)
    await circle.ann.says(ASKED, circle.hall)
    await circle.ann.says(PROMISED, circle.hall)
    await circle.chloe.says(OPEN, circle.hall)
    return circle


async def written(circle: Circle) -> Writing:
    community = circle.agent.community.id

    def read(conn: sa.Connection) -> Writing | None:
        last = sa.select(sa.func.max(rows.c.id)).where(rows.c.kind == "missed")
        return writings.get(conn, conn.execute(last).scalar_one(), community)

    found = await circle.agent.house.database.read(read)
    assert found is not None
    return found


@pytest.mark.parametrize("how", ["asks", "sends"])
async def test_who_was_away_is_told_since_they_last_wrote_and_nobody_else(
    away: Circle, how: str
) -> None:
    told = await getattr(away.ben, how)("missed", away.hall)
    for said in (DECIDED, ASKED, PROMISED, OPEN):
        assert said in told
    assert told.index("Asked of you") < told.index("Decisions")
    assert told.count(ASKED) == 1
    assert "off for a week" not in told
    assert ("I read 4 of 5" if how == "asks" else "I read all 4") in told
    assert "What you missed" not in away.transcript(away.chloe, away.hall)
    assert (await written(away)).is_private


async def test_it_goes_back_as_far_as_one_says(away: Circle) -> None:
    assert "Nobody has written here" in await away.chloe.asks("missed", away.hall)
    for since in ("since today", "today", "view=absent today"):
        assert DECIDED in await away.chloe.asks(f"missed {since}", away.hall), since
    assert "understand that time" in await away.chloe.asks("missed since the flood", away.hall)
    assert DECIDED in await away.chloe.asks("catchup today?", away.hall)


async def test_it_is_asked_in_plain_words_as_well(away: Circle) -> None:
    for words in ("what did I miss?", "What did I miss since today?", "was habe ich verpasst"):
        assert "What you missed in hall" in await away.ben.asks(words, away.hall), words
    assert "What you missed" not in await away.ben.asks("what did I miss in maths?", away.hall)


async def test_a_question_that_somebody_answered_is_not_put_again(away: Circle) -> None:
    asking = await away.ann.says("Ben, where is the key of the hall?", away.hall)
    await away.chloe.says("It hangs behind the door.", away.hall, reply_to=asking)
    told = await away.ben.asks("missed", away.hall)
    asked = told.partition("Asked of you")[2].partition("In short")[0]
    assert "where is the key" not in asked
    assert ASKED in asked


async def test_what_one_promised_or_is_asked_in_reply_comes_first(away: Circle) -> None:
    mine = await away.ben.says("The mill is a fine place for a walk.", away.hall)
    await away.chloe.says("Why do you like the mill so much?", away.hall, reply_to=mine)
    told = await away.ben.asks("missed", away.hall)
    assert "Asked of you" in told
    assert "Why do you like the mill" in told


@pytest.mark.parametrize("is_reply", [True, False])
async def test_an_answer_to_ones_own_question_comes_first(away: Circle, is_reply: bool) -> None:
    asking = await away.ben.says("Where do we keep the projector?", away.hall)
    if is_reply:
        await away.ann.says("We decided to plant beans.", away.hall)
    answer = "It stands in the cupboard with the projector screen."
    await away.chloe.says(answer, away.hall, reply_to=asking if is_reply else None)
    told = await away.ben.asks("missed", away.hall)
    assert "Answers to what you asked\n\n" in told
    first = told.partition("Answers to what you asked")[2].strip().splitlines()[0]
    assert answer in first
    assert told.count(answer) == 1


async def test_published_minutes_count_like_a_summary(away: Circle) -> None:
    ann, ben, dan = away.ann, away.ben, away.person("Dan")
    noted = (
        "Decisions\n- We meet in the mill\nTo do\n- Ben: sweep the floor\nOpen\n- Who has the key?"
    )
    drafted = await ann.sends("minutes", away.hall, notes=noted)
    assert "Nothing is published" in drafted
    assert "mill" not in await dan.asks("missed", away.hall), "nobody published them yet"
    await ann.presses("Publish")
    told = await ben.asks("missed", away.hall)
    assert "We meet in the mill" in told and "sweep the floor" in told.partition("Decisions")[0]
    assert "We meet in the mill" in await dan.asks("missed", away.hall)
    assert "Who has the key?" in await ann.asks("missed view=leader", away.hall)
    assert "Most of it is from" not in told
    assert "key" in await ann.sends("questions", away.hall, about="open")
    attic = away.room("attic")
    await ann.sends("minutes", attic, notes=noted)
    await ann.presses("Publish")
    assert "We meet in the mill" in await dan.asks("missed", attic), "nobody has written there"


async def test_a_summary_is_named_only_where_something_is_from_it(away: Circle) -> None:
    await away.ann.sends("summary", away.hall)
    await away.ann.presses("Publish")
    await away.ben.says("I am back, and read it all.", away.hall)
    await away.chloe.says("We decided to sell the piano.", away.hall)
    told = await away.ben.asks("missed", away.hall)
    assert "piano" in told and "Most of it is from" not in told


async def test_a_newcomer_is_told_what_stands(away: Circle) -> None:
    dan = away.person("Dan")
    told = await dan.asks("missed", away.hall)
    assert "Welcome to hall" in told
    assert DECIDED in told
    assert f"Ann, by January 9, 2026: {PROMISED}" in told
    assert OPEN not in told.partition("Decisions")[2]
    assert "Welcome to hall" in await away.ben.asks("missed view=newcomer", away.hall)


async def test_a_leader_sees_who_owes_what_and_who_waits(away: Circle) -> None:
    told = await away.ann.asks("missed view=leader today", away.hall)
    assert f"Ann, by January 9, 2026: {PROMISED}" in told
    assert "Waiting for an answer:" in told
    assert "Chloé" in told.partition("Waiting for an answer:")[2].partition("\n")[0]
    assert "3 members have written here." in told
    assert "leaders" in await away.ben.asks("missed view=leader", away.hall)


async def test_lines_go_with_what_they_rest_on(away: Circle) -> None:
    gone = await away.chloe.says("We decided to sell the piano.", away.hall)
    await away.ben.asks("missed", away.hall)
    assert "piano" in away.transcript(away.ben).partition("What you missed")[2]
    await away.chloe.deletes(gone)
    assert "piano" not in away.transcript(away.ben).partition("What you missed")[2]
    await away.chloe.sends("me", away.hall, consent="out")
    await away.chloe.presses("Yes, forget it")
    assert DECIDED not in away.transcript(away.ben).partition("What you missed")[2]


async def test_where_there_is_nothing_to_tell(away: Circle) -> None:
    assert "don't read this room" in await away.ben.asks("missed", away.lounge)
    direct = await away.platform.direct_room(away.ben.account.ref)
    assert "in the room that you missed" in await away.ben.asks("missed", direct)
    empty = away.room("attic")
    assert "Nobody has written" in await away.ben.asks("missed", empty)


async def test_of_who_opted_out_nothing_is_kept(away: Circle) -> None:
    await away.ben.sends("me", away.hall, consent="out")
    await away.ben.presses("Yes, forget it")
    assert DECIDED in await away.ben.asks("missed", away.hall)
    assert (await written(away)).member is None


async def test_a_published_summary_is_told_again_with_what_is_new(away: Circle) -> None:
    await away.ann.sends("summary", away.hall)
    await away.ann.presses("Publish")
    assert "Most of it is from the summary of January 5, 2026" in await away.ben.asks(
        "missed", away.hall
    )
    await away.chloe.says("We decided to read the second chapter as well.", away.hall)
    told = await away.ben.asks("missed", away.hall)
    assert DECIDED in told
    assert "second chapter" in told
    assert "Most of it is from" in told
    # One that does not reach back as far is of no use.
    await away.ann.sends("summary", away.hall, since="9:01")
    assert DECIDED in await away.ben.asks("missed", away.hall)


async def test_a_draft_that_nobody_published_is_not_told(away: Circle) -> None:
    await away.ann.sends("summary", away.hall)
    assert "Most of it is from" not in await away.ben.asks("missed", away.hall)


async def test_what_leaders_put_otherwise_or_struck_is_told_so(away: Circle) -> None:
    await away.ann.sends("summary", away.hall)
    shown = away.transcript(away.ann).rpartition("Draft: ")[2].splitlines()
    (line,) = [line for line in shown if PROMISED in line]
    await away.ann.asks(f"draft 1 strike {line.partition('.')[0]}", away.hall)
    await away.ann.presses("Publish")
    told = await away.ben.asks("missed", away.hall)
    assert DECIDED in told
    assert PROMISED not in told


async def test_threads_of_the_room_come_along_and_private_ones_never(away: Circle) -> None:
    network = away.platform.network
    thread = away.platform.add_room("plans", parent=away.hall, is_read=True)
    secret = network.add_private_thread("aside", [away.ann.account.ref], away.hall)
    await away.chloe.says("We decided that the plan holds for May.", thread)
    await away.ann.says("We decided to tell nobody of the gift.", secret.ref)
    told = await away.ben.asks("missed", away.hall)
    assert "plan holds for May" in told
    assert "gift" not in told
    assert "plan holds" in await away.ben.asks("missed view=newcomer", thread)
    assert DECIDED not in await away.ben.asks("missed view=newcomer", thread)


async def test_headings_are_in_the_language_of_the_reader(away: Circle) -> None:
    await away.ben.sends("me", away.hall, language="de")
    told = await away.ben.asks("missed", away.hall)
    assert "Was du in hall" in told
    assert DECIDED in told
