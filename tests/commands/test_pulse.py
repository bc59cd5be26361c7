"""Pulses and ratings: counted under marks, told once they are closed, and only where enough have answered."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Image
from learncomm_agent.storage import pulses, ratings, recurring
from learncomm_agent.storage.schema_feedback import lessons, pulse_answers
from learncomm_agent.storage.schema_feedback import pulses as pulse_rows
from learncomm_agent.storage.schema_feedback import ratings as rating_rows
from learncomm_agent.storage.schema_feedback import salts as salt_rows
from learncomm_agent.testing.community import Circle, Person

DAY = 24 * 3600.0
WORDS = ("Not at all", "A little", "So-so", "Quite", "Very much")
RATED = (
    "It gave me nothing",
    "It gave me little",
    "It was all right",
    "It was good",
    "It was very good",
)


async def passes(circle: Circle, days: float) -> None:
    """Let days pass, some hours at a time, as everything that is due is done."""
    for _ in range(max(1, round(days * 2))):
        await circle.clock.advance(min(days, 0.5) * DAY)
        await circle.settle()


def crowd(circle: Circle, count: int = 5) -> list[Person]:
    return [circle.ben, circle.chloe, *(circle.person(f"Member {n}") for n in range(count - 2))]


async def count(circle: Circle, table: sa.Table) -> int:
    known = sa.select(sa.func.count()).select_from(table)
    return int(
        await circle.agent.house.database.read(lambda conn: conn.execute(known).scalar_one())
    )


async def is_open(circle: Circle) -> bool:
    known = sa.select(pulse_rows.c.id).where(pulse_rows.c.closed_at.is_(None))
    return await circle.agent.house.database.read(
        lambda conn: conn.execute(known).first() is not None
    )


async def answers(circle: Circle, people: list[Person], scores: list[int]) -> None:
    for person, score in zip(people, scores, strict=True):
        said = await person.presses(WORDS[score - 1])
        assert WORDS[score - 1] in said and "Nobody else sees" in said


async def test_a_pulse_is_told_once_it_is_closed_and_leaves_counts_alone(circle: Circle) -> None:
    people = crowd(circle)
    said = await circle.ann.sends("pulse", circle.hall, what="ask How did you fare?")
    assert "I ask it here, until" in said
    assert "at least 5 answer" in circle.ben.seen_in(circle.hall)[-1].text
    await answers(circle, people, [1, 4, 4, 5, 4])
    await answers(circle, people[:1], [4])  # changed one's mind
    assert "before" in await circle.ann.sends("pulse", circle.hall)
    assert "One is open in this room" in await circle.ann.sends(
        "pulse", circle.hall, what="ask Again?"
    )
    assert await count(circle, pulse_answers) == 5
    post = circle.ben.seen_in(circle.hall)[-1].ref
    await passes(circle, 3.5)
    assert await count(circle, pulse_answers) == await count(circle, salt_rows) == 0
    kept = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(pulse_rows.c.result)).scalar_one()
    )
    assert kept == {"least": 5, "counts": [0, 0, 0, 4, 1]}
    told = circle.transcript(circle.ann)
    assert "The pulse “How did you fare?” in hall has closed, and enough people answered" in told
    shown = await circle.ann.presses("Show what came of it")
    assert "How did you fare?" in shown and "Rather high; 5 answered" in shown
    assert "no more answers" in await circle.ben.chooses("pulse:1:3", post)
    assert "leaders" in await circle.ben.chooses("pulse:see:1", post)
    await circle.ann.sends("pulse", circle.hall, least="8")
    assert "it takes 8" in await circle.ann.sends("pulse", circle.hall)


async def test_too_few_answers_are_told_as_nothing(circle: Circle) -> None:
    people = crowd(circle, 4)
    await circle.ann.sends("pulse", circle.hall, what="ask How did you fare?")
    await answers(circle, people, [1, 1, 1, 1])
    await circle.ann.sends("pulse", circle.hall, least="3")  # what was promised holds
    await passes(circle, 3.5)
    kept = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(pulse_rows.c.result)).scalar_one()
    )
    assert kept == {"least": 5, "counts": []}
    said = await circle.ann.sends("pulse", circle.hall)
    assert "Too few answered" in said and "at least 3" in said
    assert "3" in await circle.ann.sends("pulse", circle.hall, least="2")


async def test_every_week_and_the_trend_is_a_picture(circle: Circle) -> None:
    people = crowd(circle)
    said = await circle.ann.asks("pulse weekly Mondays 9:00 How did you fare?", circle.hall)
    assert "first on" in said
    for scores in ([2, 2, 2, 1, 2], [3, 4, 4, 4, 3]):
        while not await is_open(circle):
            await passes(circle, 0.125)
        await answers(circle, people, scores)
        await passes(circle, 4)
    said = await circle.ann.sends("pulse", circle.hall)
    assert "higher than the time before" in said and "Next on" in said
    (image,) = [each for each in circle.ann.answers()[-1].blocks if isinstance(each, Image)]
    assert ": rather low" in image.alt and ": rather high" in image.alt
    assert "any more" in await circle.ann.asks("pulse off", circle.hall)
    assert "Nothing is asked" in await circle.ann.asks("pulse off", circle.hall)
    said = await circle.ann.sends("pulse", circle.hall, what="did We start later now.")
    assert "You said, we did" in circle.chloe.seen_in(circle.hall)[-1].text


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("weekly soon How?", "did not understand when"),
        ("weekly Monday 9:00", "pulse ask"),
        ("ask", "pulse ask"),
        ("ask " + "x" * 300, "under 200 characters"),
        ("did", "pulse ask"),
        ("sing", "pulse ask"),
    ],
)
async def test_what_can_t_be_asked_is_said_so(circle: Circle, what: str, told: str) -> None:
    assert told in await circle.ann.sends("pulse", circle.hall, what=what)
    assert "leaders" in await circle.ben.sends("pulse", circle.hall, what=what)
    assert await count(circle, pulse_rows) == 0


@pytest.mark.parametrize(
    ("language", "closes", "told"),
    [
        ("en", "yesterday", "until when people shall be able to answer"),
        ("de", "gestern", "bis wann man antworten kann"),
    ],
)
async def test_a_moment_that_is_none_is_told_in_words_of_a_pulse(
    data: Path, language: str, closes: str, told: str
) -> None:
    async with Circle(data, language=language) as circle:
        said = await circle.ann.sends("pulse", circle.hall, what="ask How?", closes=closes)
        assert told in said


async def test_answers_that_are_none_and_rooms_that_are_others(circle: Circle) -> None:
    await circle.ann.sends("pulse", circle.den, what="ask How did you fare?")
    post = circle.ann.answers()[-1].ref
    for control in (
        "pulse:1:9",
        "pulse:1:0",
        "pulse:1",
        "pulse:x:1",
        "pulse:99:3",
        "pulse:",
        "rate:1:3",
    ):
        assert await circle.ben.chooses(control, post)
    await circle.chloe.chooses("pulse:1:3", post)  # she can't read that room
    assert await count(circle, pulse_answers) == 0


async def run_session(
    circle: Circle, people: list[Person], playbook: str, *, hours: float = 3 * 24 + 10
) -> None:
    """Let a session begin on Monday morning, and end early after some hours; its meeting is on Thursday evening."""
    said = await circle.ann.sends("session", circle.hall, what=f"start {playbook}")
    assert "planned" in said or "Only you" in said, said
    await circle.ann.sends("session", circle.hall, what="go")
    for person in people:
        await person.sends("session", circle.hall, what="join")
    while hours > 0:
        await circle.clock.advance(min(hours, 12) * 3600)
        await circle.settle()
        hours -= 12
    await circle.ann.sends("session", circle.hall, what="end")
    await circle.ann.presses("Yes, end it now")
    await passes(circle, 0.125)


async def test_a_session_is_rated_in_one_tap_with_one_line(circle: Circle) -> None:
    people = crowd(circle)
    await run_session(circle, people, "group-discussion topic: tea; when: Thursday 18:30")
    asks = circle.ben.seen_in(circle.hall)[-1]
    assert "How was “" in asks.text and "at least 5 answer" in asks.text
    for person, score in zip(people, (4, 4, 5, 4, 1), strict=True):
        assert "Nobody else sees" in await person.presses(RATED[score - 1])
    await people[-1].presses(RATED[3])
    session = next(iter(circle.ben.buttons(asks))).split(":")[1]
    said = await circle.ben.sends(f"rate:{session}:line", circle.hall, text="Begin with a round.")
    assert "can't be found again as yours" in said
    again = await circle.ben.sends(f"rate:{session}:line", circle.hall, text="And end with one.")
    assert "written your line" in again
    assert "No session has been rated yet" in await circle.ann.sends(
        "feedback", circle.hall, what="sessions"
    )
    assert "Begin with a round" not in circle.transcript(circle.ann)
    await passes(circle, 7.5)
    assert await count(circle, salt_rows) == 0
    said = await circle.ann.presses("Show the ratings")
    assert "Rather high; 5 answered" in said and "Begin with a round." in said
    assert "no more answers" in await circle.ben.chooses(f"rate:{session}:3", asks.ref)
    await circle.ann.sends("feedback", circle.hall, what="next group-discussion Begin with a round")
    (plan,) = await circle.agent.house.database.read(
        lambda conn: ratings.plans(conn, circle.agent.community.id)
    )
    await circle.ann.sends("feedback", circle.hall, what=f"changed {plan.id} We do, since May.")
    said = await circle.ann.sends(
        "session", circle.hall, what="start group-discussion topic: coffee; when: Friday 18:30"
    )
    for word in ("How it was last time", "Rather high", "Begin with a round", "We do, since May."):
        assert word in said
    status = f"{session} status"
    assert "Rather high" in await circle.ann.sends("session", circle.hall, what=status)
    await circle.ann.sends("pulse", circle.hall, least="8")
    for command, what in (("session", status), ("feedback", "sessions")):
        said = await circle.ann.sends(command, circle.hall, what=what)
        assert "it takes 8" in said and "Begin with a round." not in said.partition("change")[0]


async def test_too_few_ratings_leave_nothing(circle: Circle) -> None:
    people = crowd(circle)
    await run_session(circle, people, "group-discussion topic: tea; when: Thursday 18:30")
    for person in people[:4]:
        await person.presses(RATED[0])
    session = next(iter(circle.ben.buttons(circle.ben.seen_in(circle.hall)[-1]))).split(":")[1]
    await circle.ben.sends(f"rate:{session}:line", circle.hall, text="Never again.")
    await passes(circle, 7.5)
    assert await count(circle, rating_rows) == await count(circle, lessons) == 0
    said = await circle.ann.sends("feedback", circle.hall, what="sessions")
    assert "Too few answered" in said and "Never again" not in said


async def test_who_was_not_there_is_not_counted_and_is_told_so(circle: Circle) -> None:
    people = crowd(circle)
    stranger = circle.person("Zoe")
    await run_session(circle, people, "group-discussion topic: tea; when: Thursday 18:30")
    asks = circle.ben.seen_in(circle.hall)[-1]
    session = next(iter(circle.ben.buttons(asks))).split(":")[1]
    assert "only those who took part" in await stranger.presses(RATED[0])
    said = await stranger.sends(f"rate:{session}:line", circle.hall, text="I was not there.")
    assert "only those who took part" in said
    assert await count(circle, rating_rows) == await count(circle, lessons) == 0


async def test_the_last_time_is_not_called_so_where_a_later_one_had_too_few_answers(
    circle: Circle,
) -> None:
    people = crowd(circle)
    for answered in (people, people[:2]):
        await run_session(circle, people, "group-discussion topic: tea; when: Thursday 18:30")
        for person in answered:
            await person.presses(RATED[3])
        await passes(circle, 7.5)
        said = await circle.ann.sends(
            "session", circle.hall, what="start group-discussion topic: cake; when: Friday 18:30"
        )
        await circle.ann.sends("session", circle.hall, what="drop")
        await passes(circle, 3)
        is_last = len(answered) == len(people)
        assert ("How it was last time" in said) is is_last
        assert ("the last time that enough of you answered" in said) is not is_last


async def test_the_same_plan_is_kept_once_until_it_is_done(circle: Circle) -> None:
    community = circle.agent.community.id
    for words in ("Begin with a round", "begin with a round", "End with one"):
        said = await circle.ann.sends("feedback", circle.hall, what=f"next recognition {words}")
        assert "I keep that" in said
    plans = await circle.agent.house.database.read(lambda conn: ratings.plans(conn, community))
    assert sorted(each.text for each in plans) == ["Begin with a round", "End with one"]


async def test_nobody_is_asked_of_what_few_took_part_in_or_what_asks_itself(circle: Circle) -> None:
    await run_session(circle, crowd(circle, 4), "group-discussion topic: tea; when: Thursday 18:30")
    assert "How was “" not in circle.transcript(circle.ben)
    await run_session(circle, crowd(circle, 6), "reflection topic: the spring", hours=0)
    assert "How was “" not in circle.transcript(circle.ben)


@pytest.mark.parametrize(
    "playbook", ["group-discussion topic: tea; when: Thursday 18:30", "recognition lasts: 4 days"]
)
async def test_what_was_called_off_before_it_took_place_is_neither_rated_nor_blamed(
    circle: Circle, playbook: str
) -> None:
    await run_session(circle, crowd(circle, 6), playbook, hours=12)
    said = circle.transcript(circle.ben)
    assert "ends here. Thank you" in said
    assert "How was “" not in said and "too little" not in said


async def test_an_answer_of_somebody_who_goes_goes_with_them(circle: Circle, data: Path) -> None:
    people = crowd(circle)
    await circle.ann.sends("pulse", circle.hall, what="ask How did you fare?")
    await answers(circle, people, [1, 2, 3, 4, 5])
    database = circle.agent.house.database

    def erase(conn: sa.Connection) -> list[int]:
        members = [row[0] for row in conn.execute(sa.text("SELECT id FROM members"))]
        theirs = [each for each in members if pulses.of_member(conn, each)]
        pulses.erase(conn, theirs[0])
        return theirs

    theirs = await database.write(erase)
    assert len(theirs) == 5 and await count(circle, pulse_answers) == 4


async def test_nothing_is_asked_by_itself_where_nothing_is_read(circle: Circle) -> None:
    said = await circle.ann.sends("pulse", circle.lounge, what="weekly Monday 9:00 How was it?")
    assert "I don't read this room" in said
    assert "Nothing is asked here every week" in await circle.ann.sends(
        "pulse", circle.lounge, what="off"
    )
    assert await circle.agent.house.database.read(recurring.every) == []
