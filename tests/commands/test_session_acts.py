"""What members put into a session, choose and read, and what a leader does with the list."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Menu
from learncomm_agent.commands.session_planning import answers_in
from learncomm_agent.commands.session_reading import place_in
from learncomm_agent.sessions.playbook import Ask, AskKind
from learncomm_agent.storage.schema_sessions import session_tokens, sessions
from tests.commands.rounds import Rounds


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


async def texts(hall: Rounds) -> list[str]:
    return [each.text for each in (await hall.session()).entries.values() if not each.is_struck]


async def test_ideas_are_put_in_by_words_and_by_form_and_voted_on_by_number(hall: Rounds) -> None:
    await hall.begin()
    assert "does not fit just now" in await hall.ben.asks("session add too early", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    alone = await hall.direct(hall.chloe)
    await hall.chloe.asks("session 1 join", alone)
    await hall.ben.asks("session add What about a nest box?", hall.hall)
    await hall.chloe.asks("session add a pond", alone)
    await hall.fills(hall.ann, ":enter", text="a bench")
    assert "longer than I can take" in await hall.ben.asks(f"session add {'x' * 5000}", hall.hall)
    assert "What would you like to put in?" in await hall.ben.asks("session add", hall.hall)
    assert await texts(hall) == ["What about a nest box?", "a pond", "a bench"]
    entries = list((await hall.session()).entries.values())
    assert entries[0].message is not None and entries[1].message is None
    assert "There is no number 9" in await hall.ben.asks("session take-back 9", hall.hall)

    await hall.ann.asks("session next", hall.hall)
    assert "Those here could read" in await hall.ben.asks("vote 2 1", hall.hall)
    said = await hall.chloe.asks("vote 2", alone)
    assert "vote" in said and "could read" not in said
    await hall.picks(hall.ann, ":vote", entries[2].id)
    assert "There is no number 7" in await hall.ben.asks("vote 2 7", hall.hall)
    assert "best first" in await hall.ben.asks("session vote pond", hall.hall)
    assert "Now: you choose" in await hall.ben.asks("vote", hall.hall)
    ballots = (await hall.session()).standing
    assert ballots is not None
    assert sorted(map(tuple, ballots.data["ballots"].values())) == [
        (entries[1].id,),
        (entries[1].id, entries[0].id),
        (entries[2].id,),
    ]
    await hall.passes(days=2, minutes=1)
    assert (await hall.session()).results["chosen"] == {"entry": entries[1].id}
    assert "There is no vote" in await hall.ben.asks("vote 1", hall.hall)
    assert await hall.dead() == []


async def test_a_vote_on_questions_goes_before_that_of_a_session(hall: Rounds) -> None:
    await hall.ann.sends("share", hall.hall, what="A partner answers the questions of newcomers.")
    await hall.ben.sends("questions", hall.hall, about="newcomers", count="3")
    await hall.begin()
    for _ in range(2):
        await hall.ann.asks("session next", hall.hall)
        await hall.ben.asks("session add one", hall.hall)
        await hall.ben.asks("session add two", hall.hall)
    await hall.ann.asks("vote open", hall.hall)
    menu = next(each for each in hall.ben.answers()[-1].blocks if isinstance(each, Menu))
    said = await hall.ben.asks(f"vote {menu.options[0].id}", hall.hall)
    assert f"I have your vote for {menu.options[0].id}." in said
    standing = (await hall.session()).standing
    assert standing is not None and not standing.data.get("ballots")


async def test_of_an_anonymous_entry_nothing_says_who_it_was(hall: Rounds) -> None:
    await hall.begin("secrets", "")
    said = await hall.ben.asks("session add I never read the book.", hall.hall)
    assert "Those here could read" in said
    alone = await hall.direct(hall.chloe)
    await hall.chloe.asks("session 1 join", alone)
    assert "could read" not in await hall.chloe.asks("session add Me neither.", alone)
    entries = (await hall.session()).entries.values()
    assert [(each.by, each.message) for each in entries] == [(None, None)] * 2
    ben, chloe = await hall.id_of(hall.ben), await hall.id_of(hall.chloe)
    session = await hall.session()
    assert session.standing is not None
    assert {str(ben), str(chloe)}.isdisjoint(map(str, session.standing.data.get("tokens", {})))
    number = next(n for n, each in enumerate(entries, 1) if each.text == "Me neither.")
    said = await hall.ben.asks(f"session take-back {number}", hall.hall)
    assert sorted(await texts(hall)) == ["I never read the book.", "Me neither."], said
    await hall.ann.asks("session end now", hall.hall)

    database = hall.agent.house.database
    salt = await database.read(lambda conn: conn.execute(sa.select(sessions.c.salt)).scalar_one())
    assert salt == b""
    assert await database.read(lambda conn: conn.execute(sa.select(session_tokens)).all()) == []


async def test_a_leader_works_on_the_list_by_its_numbers(hall: Rounds) -> None:
    await hall.begin()
    await hall.ann.asks("session next", hall.hall)
    for idea in ("one", "two", "three"):
        await hall.ben.asks(f"session add {idea}", hall.hall)
    await hall.ann.asks("session edit 2 zwei", hall.hall)
    assert await texts(hall) == ["one", "zwei", "three"]
    await hall.ann.asks("session strike 1 3", hall.hall)
    assert await texts(hall) == ["zwei"]
    for what, said in (
        ("strike", "Say which one by its number"),
        ("strike all", "Say which one by its number"),
        ("strike 40", "There is no number 40"),
        ("edit 2", "new words"),
        ("edit two zwei", "new words"),
        (f"edit 1 {'x' * 5000}", "longer than I can take"),
        ("move 1", "where it shall stand"),
        ("merge 1", "which one goes into which"),
        ("question", "Write the question after it"),
        ("tie 1", "does not fit just now"),
    ):
        assert said in await hall.ann.asks(f"session {what}", hall.hall)
    assert await texts(hall) == ["zwei"] and await hall.dead() == []


async def test_questions_wait_for_a_leader_s_word_and_are_lifted_by_their_numbers(
    hall: Rounds,
) -> None:
    await hall.begin("asking", "")
    await hall.ben.asks("session add Why does the mill turn?", hall.hall)
    await hall.chloe.asks("session add Who built the mill?", hall.hall)
    await hall.passes(minutes=30)
    first, second = (await hall.session()).entries
    assert await hall.picks(hall.ann, ":admit", first, second)
    await hall.passes(minutes=30)
    assert "Who built the mill?" in hall.public()
    assert "no number 9" in await hall.ben.asks("session back 9", hall.hall)
    assert "which one" in await hall.ben.asks("session back the mill", hall.hall)
    shown = hall.public().splitlines()
    number = next(each[0] for each in reversed(shown) if each.endswith("Who built the mill?"))
    await hall.ben.asks(f"session back {number}", hall.hall)
    assert (await hall.session()).entries[second].backers == (await hall.id_of(hall.ben),)
    await hall.ben.asks(f"session back {number}", hall.hall)
    assert (await hall.session()).entries[second].backers == ()
    for what in (f"session vote {'1 ' * 2400}", f"session back {'x' * 5000}"):
        assert "went wrong" not in await hall.ben.asks(what, hall.hall)
    assert await hall.dead() == []


async def test_how_far_one_has_read_counts_in_the_plan_s_portions(hall: Rounds) -> None:
    pages = "1. The river\n2. The mill\n3. The tower\n4. The sea"
    await hall.ann.sends("session", hall.hall, what=f"start reading contents: {pages}")
    await hall.ann.asks("session go", hall.hall)
    assert "50 %" in await hall.ben.asks("session done chapter 2", hall.hall)
    assert "how far that is" in await hall.ben.asks("session done somewhere", hall.hall)
    assert "You have read 50 %" in await hall.ben.asks("session status", hall.hall)
    assert "50 %" in await hall.chloe.asks("session done", hall.hall)  # what was due in week one
    assert "The next meeting" in await hall.ann.asks("session move-meeting 13.1. 19:00", hall.hall)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("", 0.25),
        ("chapter 2", 0.25),
        ("chapter 3", 0.625),
        ("4", 1.0),
        ("100 %", 1.0),
        ("finished", 1.0),
        ("0 %", 0.0),
        ("page 7", None),
        ("nowhere", None),
        ("chapter 44", None),
    ],
)
def test_a_place_is_a_share_of_what_is_read(said: str, place: float | None) -> None:
    portions = [
        {"n": 1, "unit": "chapter", "first": 1, "last": 2, "to": 0.25},
        {"n": 2, "unit": "chapter", "first": 3, "last": 4, "to": 1.0},
    ]
    assert place_in(portions, said) == place


ASKS = (
    Ask("topic", "About?"),
    Ask("weeks", "Weeks?", AskKind.NUMBER),
    Ask("warm_up", "Warm?", AskKind.CHOICE, choices={"no": "No", "yes": "Yes"}),
    Ask("notes", "Notes?", AskKind.LONG),
)


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ("", {}),
        ("ponds; and mills", {"topic": "ponds; and mills"}),
        ("weeks: 3; topic: a; b: c", {"weeks": "3", "topic": "a; b: c"}),
        ("Warm up: yes", {"warm_up": "yes"}),
        ("warm_up=yes", {"warm_up": "yes"}),
        ("ponds; weeks: 3", {"topic": "ponds", "weeks": "3"}),
        ("notes: One: two.\nThree: four.", {"notes": "One: two.\nThree: four."}),
        ("place: the hall", {"place": "the hall"}),
        ("weeks:", {"weeks": ""}),
    ],
)
def test_answers_are_told_by_their_names(said: str, answers: dict[str, str]) -> None:
    assert answers_in(ASKS, said) == answers


async def test_questions_that_ask_the_same_stand_once(hall: Rounds) -> None:
    await hall.begin("asking", "")
    await hall.ben.asks("session add Why does the mill turn?", hall.hall)
    await hall.chloe.asks("session add Why does a mill turn?", hall.hall)
    await hall.chloe.asks("session add Why does the pond turn?", hall.hall)
    merged = [each.merged_into for each in (await hall.session()).entries.values()]
    assert merged[0] is None and merged[1] is not None and merged[2] is None
    assert await hall.dead() == []


async def test_an_interview_asks_one_thing_after_another_by_words_and_by_form(
    hall: Rounds,
) -> None:
    await hall.begin("talks", "")
    said = await hall.ben.asks("session add", hall.hall)
    assert "What went well?" in said and "s:1:enter:1" in hall.ben.buttons(hall.ben.answers()[-1])
    assert await texts(hall) == []
    assert "What would you change?" in await hall.ben.asks("session add The tea.", hall.hall)
    for who, label in ((hall.ben, "What would you change?"), (hall.chloe, "What went well?")):
        form = await hall.platform.opens(who.account, "s:1:enter:1", hall.ben.answers()[-1].ref)
        assert form is not None and form.fields[0].label == label
    await hall.ben.asks("session add Less sugar.", hall.hall)
    assert "What" not in await hall.ben.asks("session add", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    assert "Thank you" in await hall.ann.asks("session add Tea without sugar.", hall.hall)
    assert "Those here could read" not in hall.transcript(hall.ann, hall.hall)
    noted = next(e for e in (await hall.session()).entries.values() if e.stage == "plan")
    assert noted.by == await hall.id_of(hall.ann) and await hall.dead() == []


async def test_who_ticks_nothing_takes_a_vote_back(hall: Rounds) -> None:
    await hall.begin()
    await hall.ann.asks("session next", hall.hall)
    for what in ("a pond", "a bench", "a swing"):
        await hall.ben.asks(f"session add {what}", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    first, *_ = (await hall.session()).entries
    assert "went wrong" not in await hall.picks(hall.ben, ":vote", first)
    standing = (await hall.session()).standing
    assert standing is not None and len(standing.data["ballots"]) == 1
    assert "taken your vote back" in await hall.picks(hall.ben, ":vote")
    standing = (await hall.session()).standing
    assert standing is not None and standing.data["ballots"] == {}


async def test_without_a_number_the_one_that_is_up_is_meant(hall: Rounds) -> None:
    await hall.begin("asking", "")
    for verb in ("pass", "answered", "swap"):
        assert "No question" in await hall.ann.asks(f"session {verb}", hall.hall), verb
    await hall.ann.asks("session question Why does the mill turn?", hall.hall)
    await hall.passes(minutes=5)
    await hall.ann.asks("session answered", hall.hall)
    await hall.ann.asks("session question Who built the mill?", hall.hall)
    await hall.passes(minutes=5)
    await hall.ann.asks("session pass", hall.hall)
    turns = [each.fields.get("turn") for each in (await hall.session()).entries.values()]
    assert turns == ["answered", "passed"]


async def test_a_button_of_before_a_restart_does_what_it_says(data: Path) -> None:
    async with Rounds(data) as hall:
        await hall.begin()
        post, platform = hall.chloe.seen_in(hall.hall)[-1], hall.platform
    async with Rounds(data, platform=platform) as again:
        assert isinstance(again, Rounds)
        await again.platform.presses(again.chloe.account, "s:1:join:listen", post.ref)
        await again.settle()
        assert "You listen in" in again.chloe.answers()[-1].text


async def test_a_leader_reads_what_has_come_in_and_thanks_go_as_long_as_the_session_runs(
    hall: Rounds,
) -> None:
    await hall.begin("recognition", "lasts: 1 day")
    await hall.ben.asks("session add Chloé, thank you for the soup.", hall.hall)
    await hall.chloe.sends("session", hall.hall, what="add Ben, thank you for the plan.")
    said = await hall.ann.sends("session", hall.hall, what="status")
    assert "2 entries have come in so far" in said and "soup" not in said
    said = await hall.ann.sends("session", hall.hall, what="entries")
    assert "soup. (Ben)" in said and "plan. (Chloé)" in said
    said = await hall.chloe.sends("session", hall.hall, what="entries")
    assert "plan" in said and "soup" not in said
    assert "You gave one" in await hall.chloe.sends("session", hall.hall, what="status")
    await hall.passes(days=1, hours=1)
    listed = next(each for each in reversed(hall.ben.seen_in(hall.hall)) if "soup" in each.text)
    await hall.chloe.sends("session", hall.hall, what="add Whoever sweeps, thank you.")

    # One number in two lists, of which one is still to come.
    said = await hall.ann.sends("session", hall.hall, what="strike 1")
    assert "Which one do you mean" in said and len((await hall.session()).entries) == 3
    assert "off the list" in await hall.ann.presses("Chloé, thank you for the soup.")
    shown = hall.platform.network.post(listed.ref).text
    assert "soup" not in shown and "2. Ben, thank you for the plan." in shown
    assert "none" not in await hall.chloe.sends("session", hall.hall, what="take-back 1")
    assert [each.stage for each in (await hall.session()).entries.values()] == ["thanks"]
    said = await hall.chloe.sends("session", hall.hall, what="take-back")
    assert "plan" in said
    assert "taken it back" in await hall.chloe.presses("Ben, thank you for the plan.")
    assert "plan" not in hall.platform.network.post(listed.ref).text
    assert "nothing of yours" in await hall.chloe.sends("session", hall.hall, what="take-back")
    assert await hall.dead() == []


async def test_what_nobody_s_name_is_on_a_leader_reads_no_sooner_than_all(hall: Rounds) -> None:
    await hall.begin("secrets", "")
    await hall.ben.asks("session add I never read it.", await hall.direct(hall.ben))
    for what in ("status", "entries"):
        said = await hall.ann.sends("session", hall.hall, what=what)
        assert "I never" not in said and "come in" not in said
