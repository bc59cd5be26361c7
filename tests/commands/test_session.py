"""Sessions by what people type and press: planned by one, seen by her alone, begun, led, ended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import FieldKind
from learncomm_agent.commands.session_why import SMALL
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.state import Ending, Phase
from tests.commands.rounds import Rounds

LONG = "x" * 5000


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


async def test_what_is_asked_has_a_name_that_people_would_write(hall: Rounds) -> None:
    said = await hall.ann.asks("session start group-discussion topic: tea", hall.hall)
    assert "[left out]" in said and "_" not in said
    said = await hall.ann.asks("session set when Friday 18:30", hall.hall)
    assert "Left open" in said and "left out" in said and "left_out" not in said
    for way in ("left out money", "left_out: money", "left out: money", "left_out money"):
        assert "left out: money" in await hall.ann.asks(f"session set {way}", hall.hall)
    assert "What do we leave out" in await hall.ann.asks("session set left out", hall.hall)


async def test_a_leader_reads_and_changes_all_that_will_be_posted_before_anybody_sees_any_of_it(
    hall: Rounds,
) -> None:
    said = await hall.ann.asks("session start small round", hall.hall)
    assert "I need one answer" in said and "What is it about? Say “session set topic”" in said
    assert "How many weeks? 2 [weeks]" in said and "We talk about" not in said
    assert "Begin" not in [*hall.ann.buttons(hall.ann.answers()[-1]).values()]
    assert "I need an answer" in await hall.ann.asks("session go", hall.hall)

    said = await hall.ann.asks("session set topic ponds", hall.hall)
    assert "That is changed." in said and "We talk about ponds. Ann leads, until" in said
    assert "· ideas · until" in said and "What comes to mind?" in said and "It ends on" in said
    assert "· choice · as it turns out" in said and said.count("To change it") == 1
    assert "Left open, and fine without: guest and text" in said
    assert "in your words now" in await hall.ann.asks(
        "session say invitation Come to the {{ topic }}, says {{ lead }}.", hall.hall
    )
    assert "is left out" in await hall.ann.asks("session drop rest", hall.hall)
    assert "lasts 5 days" in await hall.ann.asks("session stretch ideas 5 days", hall.hall)
    # What was changed stays when something else is answered.
    assert "That is changed." in await hall.ann.asks("session set weeks: 4; tone: dry", hall.hall)
    said = await hall.ann.presses("Show the plan")
    assert "Come to the ponds, says Ann." in said and "4 [weeks]" in said and "Dry [tone]" in said
    assert "ponds [topic]" in said and "rest" not in said
    assert hall.public() == "" and "ponds" not in str(hall.chloe.answers())

    assert "has begun" in await hall.ann.presses("Begin")
    assert "Come to the ponds, says Ann." in hall.public()
    assert "so its plan stays" in await hall.ann.asks("session set topic mills", hall.hall)
    session = await hall.session()
    assert [each.name for each in session.plan.stages] == ["invitation", "ideas", "choice"]
    assert session.plan.stages[1].params["for"] == 5 * 86400


@pytest.mark.parametrize(
    ("language", "again"),
    [("en", "the same each week until Mon, "), ("de", "dasselbe jede Woche bis Mo., ")],
)
async def test_half_a_year_is_read_on_a_phone(hall: Rounds, language: str, again: str) -> None:
    await hall.ann.asks(f"me language={language}", hall.hall)
    said = await hall.ann.asks("session start book-club weeks: 26; book: Dune", hall.hall)
    assert len(said.splitlines()) < 60 and again in said
    assert "2026," not in said and "26. Mo" in said and "2. Mo" in said and "12. Mo" not in said
    # What those who stand in for members don't know of a book is no news.
    assert "chapters or pages in what you gave me" not in said and "Kapitel" not in said


async def test_a_session_does_not_begin_in_a_room_that_is_read_no_more(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round topic: ponds", hall.hall)
    await hall.ann.asks("read off", hall.hall)
    assert "I don't read this room" in await hall.ann.asks("session go", hall.hall)
    assert (await hall.session()).phase is Phase.PLANNED
    await hall.ann.asks("read on", hall.hall)
    assert "has begun" in await hall.ann.asks("session go", hall.hall)


async def test_a_session_waits_while_its_room_is_not_read(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round topic: ponds", hall.hall)
    await hall.ann.asks("session go", hall.hall)
    await hall.ann.asks("read off", hall.hall)
    assert (await hall.session()).phase is Phase.PAUSED
    assert "I don't read this room" in await hall.ann.asks("session resume", hall.hall)
    await hall.ann.asks("read on", hall.hall)
    await hall.ann.asks("session resume", hall.hall)
    assert (await hall.session()).phase is Phase.OPEN


async def test_other_words_may_fill_in_what_is_long_and_was_not_named_before(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round topic: ponds", hall.hall)
    assert "That is changed." in await hall.ann.asks(f"session set topic {'pond ' * 45}", hall.hall)
    said = await hall.ann.asks("session say ideas nobody Nothing on {{ topic }}.", hall.hall)
    assert "in your words now" in said


async def test_answers_and_words_are_changed_in_forms_that_open_filled_in(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round ponds", hall.hall)
    said = await hall.fills(
        hall.ann, "change:0", weeks="3", tone="dry", guest=hall.ben.account.ref.id
    )
    assert "That is changed." in said
    plan = (await hall.session()).plan
    assert plan.answers["topic"] == "ponds" and plan.answers["weeks"] == 3
    assert plan.answers["guest"] == await hall.id_of(hall.ben)
    said = await hall.fills(hall.ann, "change:0", weeks="99")
    assert "from 1 to 9" in said and (await hall.session()).plan.answers["weeks"] == 3
    assert "Ben [guest]" in await hall.ann.asks("session plan", hall.hall)
    assert "So far, “ideas” says:" in await hall.picks(hall.ann, ":word", "ideas")
    assert "in your words now" in await hall.fills(hall.ann, ":say:ideas", text="Anything?")
    assert (await hall.session()).plan.stages[1].words["say"] == "Anything?"
    await hall.picks(hall.ann, ":word", "ideas")
    said = await hall.fills(hall.ann, ":say:ideas", text="{{ nobody }}")
    assert "what nobody stands for" in said


async def test_a_number_is_asked_for_as_one_so_that_it_can_be_checked_at_once(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round ponds", hall.hall)
    post = hall.ann.answers()[-1]
    change = next(id for id in hall.ann.buttons(post) if ":change:0" in id)
    form = await hall.platform.opens(hall.ann.account, change, post.ref)
    assert form is not None
    (weeks,) = (each for each in form.fields if each.name == "weeks")
    assert (weeks.kind, weeks.minimum, weeks.maximum) == (FieldKind.NUMBER, 1, 9)


async def test_who_leads_answers_in_their_language_and_members_read_it_in_that_of_the_room(
    hall: Rounds,
) -> None:
    await hall.ann.asks("me language=de", hall.hall)
    said = await hall.ann.asks("session start reflection spring", hall.hall)
    assert "ist geplant" in said and "Das siehst nur du" in said
    assert (await hall.session()).plan.language == "en"
    assert "geändert" in await hall.ann.asks(
        "session set warm_up Ja, zuerst eine leichte Frage", hall.hall
    )
    assert (await hall.session()).plan.answers["warm_up"] == "yes"


async def test_a_leader_reads_sums_and_reasons_and_members_their_own_figures_alone(
    hall: Rounds,
) -> None:
    await hall.begin()
    await hall.ben.asks("session join", hall.hall)
    await hall.chloe.asks("session join", hall.hall)
    ben, chloe = await hall.id_of(hall.ben), await hall.id_of(hall.chloe)
    zero = {"words": 0, "ideas": 0, "taken_up": 0}
    own = {
        "parts": [
            [ben, {**zero, "turns": 4, "drawn": 1}],
            [chloe, {**zero, "turns": 0, "drawn": 0}],
        ]
    }
    sums = {
        "spoke": 3,
        "present": 5,
        "top_third": 0.5,
        "answered": 1.0,
        "uptake": None,
        "evenness": "more_even",
        "usual_gini": 0.5,
        "trend": [0.9, 0.5, 0.1],
    }
    await hall.becomes(
        {"participation": sums, OWN: own},
        {"move": "none", "reason": "talking_well"},
        {"move": "round", "reason": "few_voices", "member": ben},
        {"move": "none", "reason": "made up"},
        {"move": "invite", "reason": "not_heard_yet", "member": chloe},
    )
    said = await hall.ann.asks("session status", hall.hall)
    assert "3 of 5 spoke" in said and "more even" in said
    assert "Words of the most talkative third 50 %" in said and "10, 50, and 90" in said
    assert "I held back: People are talking well" in said
    assert "I spoke: Only some have spoken" in said and "made up" not in said and "Ben" not in said
    hall.platform.can = replace(hall.platform.can, images=Level.FALLBACK)
    said = await hall.ann.asks("session status", hall.hall)
    assert "█████░░░░░  50 % Words of the most talkative third" in said and "▁▅█" in said
    said = await hall.ben.asks("session status", hall.hall)
    assert "You wrote 4 messages in the discussion, and one answer came" in said
    assert "3 of 5" not in said and "I held back" not in said and "third" not in said
    assert "You wrote" not in await hall.chloe.asks("session status", hall.hall)
    few = {**sums, "spoke": 2, "top_third": None, "evenness": "unknown"}
    await hall.becomes({"participation": few})
    said = await hall.ann.asks("session status", hall.hall)
    assert "2 of 5 spoke" in said and "%" not in said and "▁" not in said


@pytest.mark.parametrize(("others", "is_told"), [(SMALL - 3, False), (SMALL - 2, True)])
async def test_whom_a_word_in_private_went_to_can_t_be_told_from_the_reasons(
    hall: Rounds, others: int, is_told: bool
) -> None:
    await hall.begin()
    await hall.ben.asks("session join", hall.hall)
    await hall.chloe.asks("session join", hall.hall)
    for name in map("Guest {}".format, range(others)):
        await hall.person(name).asks("session join", hall.hall)
    chloe = await hall.id_of(hall.chloe)
    assert "nothing to explain yet" in await hall.ann.asks("session why", hall.hall)
    assert "held back" not in await hall.ann.asks("why", hall.hall)
    await hall.becomes(
        {},
        {"move": "invite", "reason": "not_heard_yet", "member": chloe},
        {"move": "none", "reason": "too_soon"},
    )
    for asked in ("session why", "why", "session status"):
        said = await hall.ann.asks(asked, hall.hall)
        assert "I held back: It is too soon" in said and "Chlo" not in said
        assert ("in private: To open a door" in said) == is_told
    assert "Ask them" in await hall.ben.asks("session why", hall.hall)
    assert "held back" not in await hall.ben.asks("why", hall.hall)


async def test_a_plan_that_two_let_begin_begins_once(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round ponds", hall.hall)
    for _ in range(2):
        await hall.platform.says(hall.ann.account, hall.hall, "@learncomm session go")
    await hall.settle()
    await hall.passes(minutes=2)
    assert hall.public().count("We talk about ponds") == 1
    said = [post.text for post in hall.ann.answers()]
    assert sum("has begun. " in each for each in said) == 1
    assert sum("so its plan stays" in each for each in said) == 1
    assert await hall.dead() == []


async def test_two_who_join_at_once_are_both_there(hall: Rounds) -> None:
    await hall.begin()
    for who in (hall.ben, hall.chloe):
        await hall.platform.says(who.account, hall.hall, "@learncomm session join")
    await hall.settle()
    people = (await hall.session()).people
    assert set(people) == {await hall.id_of(hall.ben), await hall.id_of(hall.chloe)}
    assert await hall.dead() == []


async def test_members_and_resources_are_those_that_all_in_the_room_know(hall: Rounds) -> None:
    await hall.ann.sends("share", hall.hall, what="The kestrel nests in the tower of the mill.")
    said = await hall.ann.asks(
        "session start small-round topic: x; guest: Nobody; text: kestrel", hall.hall
    )
    assert "know anybody here called “Nobody”" in said
    plan = (await hall.session()).plan
    assert isinstance(plan.answers["text"], int) and plan.answers["guest"] == ""
    await hall.den_only("The heron stands in the pond.")
    assert "nothing called “heron”" in await hall.ann.asks("session set text heron", hall.hall)


async def test_one_session_at_a_time_in_a_room_and_a_plan_takes_the_place_of_ones_own(
    hall: Rounds,
) -> None:
    await hall.ben.asks("session start small-round first", hall.hall)
    await hall.ben.asks("session start small-round second", hall.hall)
    first, second = await hall.sessions()
    assert (first.phase, second.phase) == (Phase.ENDED, Phase.PLANNED)
    said = await hall.chloe.asks("session start small-round third", hall.hall)
    assert "Somebody is planning" in said and "second" not in said
    assert "no session in this room" in await hall.chloe.asks("session join", hall.hall)
    await hall.ben.asks("session go", hall.hall)
    assert "second” is running here" in await hall.ann.asks("session start secrets", hall.hall)
    assert len(await hall.sessions()) == 2
    await hall.ben.asks("session start small-round other", hall.den)
    said = await hall.chloe.asks("session", hall.hall)
    assert "Small round: second, in hall" in said and "other" not in said
    assert "other, in den" in await hall.ben.asks("sessions", hall.hall)


WITHOUT_ONE = (
    ("session start", "plans it. Nothing is posted"),
    ("session start smal-round", "Did you mean “small-round”?"),
    ("session start secrets", "is for leaders to start"),
    (f"session start small-round {LONG}", "that is too long"),
    ("session start small-round foo: bar", "Nothing called “foo” is asked"),
    ("session start small-round topic: x; weeks: many", "I need a number"),
    ("session join", "There is no session in this room"),
    ("session 77 join", "no session with the number 77"),
    ("session 999999999999999 status", "no session with the number"),
    ("session jion", "Did you mean “session join”?"),
    ("session next", "There is no session in this room"),
    ("session add hello?", "There is no session in this room"),
    ("session qqqq wwww", "I don't know what to do"),
    (f"session {LONG}", "I don't know what to do"),
    (f"session start {LONG}", "I know no playbook"),
    (f"session join {LONG}", "There is no session in this room"),
)
OF_A_PLAN = (
    ("session set", "Say what you want to change"),
    ("session set wekes 4", "Did you mean “weeks”?"),
    ("session set weeks 0", "from 1 to 9"),
    ("session say nowhere Hello", "no step called “nowhere”"),
    ("session say invitation", "Write the step and your words"),
    (f"session say invitation {LONG}", "longer than I can take"),
    ("session say invitation {{ secret }}", "I don't know what secret stands for"),
    ("session say invitation {% if %}", "could not fill these words in"),
    ("session say invitation {{ topic | date }}", "could not fill these words in"),
    ("session stretch ideas soon", "can't read that as a length"),
    ("session stretch nowhere 2 days", "no step called “nowhere”"),
    ("session drop ideas", "“choice” works with what “ideas” brings"),
    ("session add an idea", "has not begun yet"),
    ("session next", "has not begun yet"),
)


async def test_what_can_t_be_done_without_a_session_or_there_is_said_in_a_sentence(
    hall: Rounds,
) -> None:
    for what, said in WITHOUT_ONE:
        assert said in await hall.ben.asks(what, hall.hall), what
        await hall.ben.asks("session end", hall.hall)
    known = len(await hall.sessions())
    said = await hall.ann.asks("session start small-round", hall.lounge)
    assert "“read on”" in said and "start again" in said
    assert "A leader can let me" in await hall.ben.asks("session start small-round", hall.lounge)
    said = await hall.ann.asks("session start small-round", await hall.direct(hall.ann))
    assert "in the room where you will meet" in said
    assert len(await hall.sessions()) == known
    assert await hall.dead() == []


async def test_what_can_t_be_changed_in_a_plan_is_said_and_the_plan_stays(hall: Rounds) -> None:
    await hall.ben.asks("session start small-round ponds", hall.hall)
    before = await hall.session()
    for what, said in OF_A_PLAN:
        assert said in await hall.ben.asks(what, hall.hall), what
        assert await hall.session() == before
    assert "I need one answer" in await hall.ben.asks("session set topic none", hall.hall)
    said = await hall.ben.asks("session set topic mills; weeks: 3", hall.hall)
    assert "That is changed. topic: mills; weeks: 3" in said and "Small round: mills” in" in said
    assert (await hall.session()).plan.answers["weeks"] == 3
    assert await hall.dead() == []


async def test_members_join_in_three_ways_leave_and_are_told_what_is_expected(
    hall: Rounds,
) -> None:
    await hall.begin()
    assert "How nice" in await hall.ben.asks("session join", hall.hall)
    assert "You listen in" in await hall.fills(hall.chloe, ":join", mode="listen", wish="quiet")
    people = (await hall.session()).people
    assert people[await hall.id_of(hall.chloe)].mode is Mode.LISTEN
    assert people[await hall.id_of(hall.chloe)].wish == "quiet"
    said = await hall.chloe.asks("session status", hall.hall)
    assert "nothing is expected of you" in said and "take part, and" not in said
    assert "One takes part, and one listens." in await hall.ann.asks("session status", hall.hall)
    assert "won't invite you" in await hall.chloe.asks("session join Don’t invite me", hall.hall)
    assert "These are possible: Take part" in await hall.chloe.asks(
        "session join loudly", hall.hall
    )
    assert "welcome back" in await hall.chloe.presses("Leave")
    assert "nothing to leave" in await hall.chloe.asks("session leave", hall.hall)
    await hall.passes(days=3, minutes=1)
    assert "“session add”" in await hall.ben.asks("session status", hall.hall)
    said = await hall.chloe.asks("session join", hall.hall)
    assert "begun already" in said


async def test_only_who_leads_steers_and_others_get_a_kind_word(hall: Rounds) -> None:
    await hall.begin()
    for verb in ("next", "skip", "pause", "resume", "extend 2 days", "move-meeting Friday 18:00"):
        assert "Ask them" in await hall.ben.asks(f"session {verb}", hall.hall)
    for verb in ("handover Ben", "end", "strike 1", "edit 1 x", "question Why?", "plan", "go"):
        said = await hall.ben.asks(f"session {verb}", hall.hall)
        assert "Ask them" in said or verb == "plan"
    assert "until Sun, Jan 11" in await hall.ann.asks("session extend 3 days", hall.hall)
    assert "can't read that" in await hall.ann.asks("session extend soon", hall.hall)
    assert "no meeting ahead" in await hall.ann.asks("session move-meeting Friday 18:00", hall.hall)
    assert "which moment" in await hall.ann.asks("session move-meeting yesterday", hall.hall)
    assert "paused" in await hall.ann.asks("session pause", hall.hall)
    assert "paused" in await hall.ann.asks("session extend 2 days", hall.hall)
    assert "paused" in await hall.ben.asks("session add x", hall.hall)
    assert "goes on" in await hall.ann.presses("Go on")
    assert "not paused" in await hall.ann.asks("session resume", hall.hall)
    assert "I know nobody called" in await hall.ann.asks("session handover Zoe", hall.hall)
    assert "Say who" in await hall.ann.asks("session handover", hall.hall)
    assert "Ben leads" in await hall.ann.sends("session", hall.hall, what="handover", who="Ben")
    assert "go on" in await hall.ben.asks("session next", hall.hall)
    assert "skipped" in await hall.ann.asks("session skip", hall.hall)  # every leader may
    assert await hall.dead() == []


async def test_a_session_ends_early_only_after_a_question_and_then_nothing_more_happens(
    hall: Rounds,
) -> None:
    await hall.begin()
    post = hall.chloe.seen_in(hall.hall)[-1]
    assert "before its time" in await hall.ann.asks("session end", hall.hall)
    assert "stays" in await hall.ann.presses("No, go on")
    assert (await hall.session()).phase is Phase.OPEN
    await hall.ann.asks("session end", hall.hall)
    assert "to an end" in await hall.ann.presses("Yes, end it now")
    session = await hall.session()
    assert (session.phase, session.ending) == (Phase.ENDED, Ending.EARLY)
    assert "ends here" in hall.public()
    for choice in ("s:1:join:listen", "s:1:go", "s:1:next", "s:1:end_it", "s:1:vote:3"):
        assert "has ended" in await hall.ben.chooses(choice, post.ref), choice
    assert "has ended" in await hall.ann.asks("session 1 add more", hall.hall)
    assert "It has ended" in await hall.ann.asks("session 1", hall.hall)


MADE_UP = ("s:1", "s:x:join", "s:1:dance", "s:99:join", "s::", "s:1:vote:abc", "s:1:change:7")


async def test_a_made_up_button_gets_a_kind_sentence(hall: Rounds) -> None:
    await hall.begin()
    post = hall.chloe.seen_in(hall.hall)[-1]
    for choice in (*MADE_UP, "s:0:start", "s:0:start:x:small-round", "s:0:start:1:nothing"):
        said = await hall.ben.chooses(choice, post.ref)
        assert said and "went wrong" not in said, choice
    assert (await hall.session()).phase is Phase.OPEN
    assert await hall.dead() == []


async def test_in_a_direct_talk_the_session_is_meant_that_one_takes_part_in(hall: Rounds) -> None:
    alone = await hall.direct(hall.ben)
    assert "no session" in await hall.ben.asks("session status", alone)
    await hall.begin()
    assert "You take part in no session" in await hall.ben.asks("session add x", alone)
    await hall.ben.asks("session 1 join", alone)
    assert "Now: an announcement" in await hall.ben.asks("session status", alone)
    await hall.ann.asks("session start small-round topic: mills", hall.den)
    await hall.ann.asks("session go", hall.den)
    await hall.ben.asks("session join", hall.den)
    said = await hall.ben.asks("session status", alone)
    assert "1 (Small round: ponds) and 2 (Small round: mills)" in said
    assert "mills" in await hall.ben.asks("session 2 status", alone)
    said = await hall.chloe.asks("session 2 status", await hall.direct(hall.chloe))
    assert "no session with the number 2" in said  # the den is not hers


async def test_who_opted_out_takes_no_part(hall: Rounds) -> None:
    await hall.begin()
    await hall.ben.sends("me", hall.hall, consent="out")
    for what in ("session join", "session add x", "session vote 1", "session back 1"):
        assert "keep nothing of you" in await hall.ben.asks(what, hall.hall)
    assert (await hall.session()).people == {}


async def test_what_can_be_done_is_suggested_while_one_types(hall: Rounds) -> None:
    async def offered(who: str, typed: str) -> list[str]:
        person = getattr(hall, who)
        found = await hall.platform.types(person.account, hall.hall, "session", "what", typed)
        return [each.id for each in found]

    assert await offered("ben", "start small-r") == ["start small-round"]
    assert "start secrets" in await offered("ann", "start ")
    assert "start secrets" not in await offered("ben", "start ")
    await hall.ann.asks("session start small-round ponds", hall.hall)
    assert await offered("ben", "") == ["start"]
    assert "go" in await offered("ann", "") and "drop ideas" in await offered("ann", "drop ")
    await hall.ann.asks("session go", hall.hall)
    assert "pause" not in await offered("ben", "") and "join" in await offered("ben", "j")
    assert "pause" in await offered("ann", "pa")
    found = await hall.platform.types(hall.ben.account, hall.hall, "playbooks", "which", "small r")
    assert [each.label for each in found] == ["Small round"]
