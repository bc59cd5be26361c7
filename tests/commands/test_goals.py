"""Goals that members set themselves: theirs alone, few, with what may help told once, and shared by their own act."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Choices, Link
from learncomm_agent.chat.people import MemberId
from learncomm_agent.commands.goal_acts import CHARS, MOST
from learncomm_agent.storage import drafts, learning_goals, members, profiles, rooms
from learncomm_agent.storage import messages as stored_messages
from learncomm_agent.storage import writings as stored_writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.learning_goals import Goal
from learncomm_agent.storage.profiles import Profile
from learncomm_agent.storage.schema import messages, writings
from learncomm_agent.storage.schema_sessions import sessions
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.testing.community import Circle, Person

ADD = "goals add I want to learn to give feedback"


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data) as circle:
        yield circle


def member(conn: Connection, circle: Circle, person: Person) -> MemberId:
    known = members.find_account(conn, circle.agent.community.id, person.account.ref)
    assert known is not None
    return known[1]


async def goals_of(circle: Circle, person: Person) -> list[Goal]:
    return await circle.agent.house.database.read(
        lambda conn: learning_goals.of(conn, member(conn, circle, person))
    )


async def offers(circle: Circle, person: Person, what: str, *, is_open: bool = True) -> None:
    def put(conn: Connection) -> None:
        id = member(conn, circle, person)
        said = Profile(id, circle.agent.community.id, offers=what, is_open=is_open)
        profiles.put(conn, said, circle.clock.now())

    await circle.agent.house.database.write(put)


async def test_a_goal_is_its_owner_s_alone_and_what_may_help_is_told_once(circle: Circle) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    await circle.chloe.says("Good morning.", circle.hall)
    for person, agrees in ((circle.ben, "yes"), (circle.chloe, "no")):
        await offers(circle, person, "I help with feedback on texts.")
        await person.sends("me", circle.hall, naming=agrees)
    said = await circle.ann.asks(ADD, circle.hall)
    assert "I keep your goal 1: “I want to learn to give feedback”" in said
    assert "From the library:" in said and "Ben" in said and "Chloé" not in said
    post = circle.ann.answers()[-1]
    assert post.private_to is not None
    assert "feedback" in str([each for each in post.blocks if not isinstance(each, Choices)])
    assert {"Start a learning path", "Share it"} <= set(circle.ann.buttons(post).values())
    assert "I keep your goal" not in circle.transcript(circle.ben, circle.hall)
    assert "goal 2" in await circle.ann.asks("goals new learn to take feedback", circle.hall)
    assert "number 1" in await circle.ann.asks(
        ADD.upper().replace("GOALS ADD", "goals add"), circle.hall
    )
    assert len(await goals_of(circle, circle.ann)) == 2


async def test_nobody_finds_a_goal_by_searching(circle: Circle) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn to whittle spoons")
    for asked in ("search whittle spoons", "who knows about whittling spoons?", "goals"):
        assert "whittle" not in (await circle.chloe.sends("search", circle.hall, query=asked))
    kept = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(messages.c.text)).scalars().all()
    )
    assert not any("whittle" in (each or "") for each in kept)


async def test_all_that_can_be_done_with_one(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    assert "no goals here yet" in await ben.asks("goals", hall)
    await ben.asks("goals neu Ich möchte lernen, Feedback zu geben", hall)
    assert "Which one" not in await ben.asks("goals change I want to hear feedback", hall)
    await ben.asks("goals add learn Dutch", hall)
    listed = await ben.asks("goals", hall)
    assert "1: I want to hear feedback" in listed and "2: learn Dutch" in listed
    assert "Which one" in await ben.asks("goals reached", hall)
    assert "since" in await ben.asks("goals 2", hall)
    assert "“goals change 2 I want" in await ben.asks("goals change 2", hall)
    assert "“learn Frisian”" in await ben.asks("goals 2 change learn Frisian", hall)
    assert "“learn Dutch”" in await ben.asks("goals change 2 learn Dutch", hall)
    assert "You have reached it: “learn Dutch”" in await ben.asks("goals reached 2", hall)
    assert "between us" in await ben.presses("Keep it to myself")
    assert "You have reached goal 2" in await ben.asks("goals 2 reached", hall)
    assert "let go of “I want to hear feedback”" in await ben.asks("goals drop 1", hall)
    assert "no goal 1" in await ben.asks("goals drop 1", hall)
    assert "2: learn Dutch (reached)" in await ben.asks("goals", hall)
    assert "Do you mean" in await ben.asks("goals reachd 2", hall)
    assert "I did not understand that" in await ben.asks("goals of the herons", hall)


async def test_a_goal_is_shared_by_its_owner_s_act_and_taken_back(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.sends("goals", hall, what="add learn Dutch")
    await ben.presses("Share it")
    assert "It stands in hall now" in circle.transcript(ben)
    assert "Ben wants to learn something" in circle.transcript(circle.chloe, hall)
    assert "shared already" in await ben.asks("goals share", hall)
    assert "taken back" in await ben.asks("goals hide 1", hall)
    seen = circle.transcript(circle.chloe, hall)
    assert "learn Dutch" not in seen and "has been taken back" in seen
    await ben.asks("goals reached 1", hall)
    await ben.presses("Share it")
    assert "Ben has reached a goal:" in circle.transcript(circle.chloe, hall)
    await ben.sends("forget", hall, source="me")
    await ben.presses("Yes, forget it")
    assert "Dutch" not in circle.transcript(circle.chloe, hall)
    assert await goals_of(circle, ben) == []
    kept = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(writings.c.request, writings.c.content)).all()
    )
    assert "Dutch" not in str(kept)


async def test_who_opts_out_has_no_goals_and_keeps_none(circle: Circle) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn Dutch")
    await circle.ben.presses("Share it")
    await circle.ben.sends("me", circle.lounge, consent="out")
    if "Yes, forget it" in circle.transcript(circle.ben):
        await circle.ben.presses("Yes, forget it")
    assert "Dutch" not in circle.transcript(circle.chloe, circle.hall)
    assert "keep nothing of you" in await circle.ben.asks(ADD, circle.hall)
    assert await goals_of(circle, circle.ben) == []


async def test_a_leader_makes_a_learning_path_of_a_shared_goal(circle: Circle) -> None:
    await circle.ben.asks("goals add I want to learn how to keep bees", circle.hall)
    await circle.ben.presses("Share it")
    assert "leader" in await circle.chloe.presses("Start a learning path")
    said = await circle.ann.presses("Start a learning path")
    assert "keep bees" in said and "Learning path" in said and "I want" not in said


async def test_a_goal_that_is_shared_where_a_leader_does_not_read_is_not_theirs(
    circle: Circle,
) -> None:
    dora, shed = circle.person("Dora", is_leader=True), circle.room("shed", circle.ben, circle.ann)
    for person, room in ((dora, circle.hall), (circle.ben, shed)):
        await person.says("Good morning.", room)
    await circle.ben.asks("goals add I want to learn how to keep bees", shed)
    await circle.ben.presses("Share it")
    (goal,) = await goals_of(circle, circle.ben)
    await dora.asks("help", circle.hall)
    for which in (f"path.{goal.id}", f"path.{goal.id}.1", f"path.{goal.id}.2"):
        said = await dora.chooses(f"goal:{which}", dora.answers()[-1].ref)
        assert "belongs to" in said and "bees" not in circle.transcript(dora)
    await circle.ann.asks("help", circle.hall)
    await circle.ann.chooses(f"goal:path.{goal.id}", circle.ann.answers()[-1].ref)
    planned = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(sessions.c.room_id)).scalars().all()
    )
    shown = await circle.agent.house.database.read(
        lambda conn: learning_goals.shown_in(conn, goal.id)
    )
    assert planned == shown and len(shown) == 1


async def test_buttons_of_others_and_made_up_ones_do_nothing(circle: Circle) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn Dutch")
    (goal,) = await goals_of(circle, circle.ben)
    post = circle.ben.answers()[-1].ref
    for act in ("look", "reached", "share", "let_go", "path", "hide", "stuck"):
        said = await circle.chloe.chooses(f"goal:{act}.{goal.id}", post)
        assert "belongs to" in said, act
    made_up = ("goal:", "goal:look", "goal:look.x", "goal:fly.1", "goal:look.99", "goal:look.1.x")
    for id in (*made_up, f"goal:share.{goal.id}.99", f"goal:look.{2**70}"):
        said = await circle.ben.chooses(id, post)
        assert "out of date" in said or "isn't there any more" in said, id
    den = circle.room("closet", circle.ann)
    await circle.ann.asks("help", den)
    assert (await goals_of(circle, circle.ben)) == [goal]
    assert "Dutch" not in circle.transcript(circle.chloe)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("add", "What do you want to learn?"),
        ("add   “” ", "What do you want to learn?"),
        ("add " + "x" * (CHARS + 1), f"at most {CHARS} characters"),
        ("reached 7", "no goals here yet"),
        ("share", "no goals here yet"),
        ("#999999999999 reached", "I did not understand that"),
        ("\x00", "I did not understand that"),
        ("🦆 1", "I did not understand that"),
    ],
)
async def test_what_is_no_goal_gets_one_clear_sentence(
    circle: Circle, said: str, answer: str
) -> None:
    reply = await circle.ben.sends("goals", circle.hall, what=said)
    assert answer in reply or "no goal 7" in reply
    assert await goals_of(circle, circle.ben) == []


async def test_ten_at_once_are_enough(circle: Circle) -> None:
    for number in range(MOST):
        await circle.ben.sends("goals", circle.hall, what=f"add learn {number} herons")
    assert f"{MOST} goals at once" in await circle.ben.sends(
        "goals", circle.hall, what="add one more"
    )
    await circle.ben.sends("goals", circle.hall, what="reached 3")
    assert "goal 11" in await circle.ben.sends("goals", circle.hall, what="add one more")


async def test_what_may_help_goes_with_its_source_and_with_consent(circle: Circle) -> None:
    await circle.ben.sends(
        "share", circle.hall, what="Bees want a quiet place. Keep bees in shade."
    )
    await circle.chloe.says("Good morning.", circle.hall)
    await offers(circle, circle.chloe, "keeping bees")
    await circle.chloe.sends("me", circle.hall, naming="yes")
    said = await circle.ann.sends("goals", circle.hall, what="add learn to keep bees")
    assert "Bees want a quiet place" in said and "Chloé" in said
    await circle.chloe.sends("me", circle.hall, naming="no")
    await circle.ben.sends("forget", circle.hall, source="Bees want")
    await circle.ben.presses("Yes, forget it")
    post = next(each for each in circle.ann.answers() if "I keep your goal" in each.text)
    assert "Bees want" not in post.text and "Chloé" not in post.text


async def test_what_was_summed_up_after_a_session_is_named_to_those_who_can_read_it(
    circle: Circle,
) -> None:
    said = await circle.ben.says("We keep bees in the shade.", circle.den)
    database, community = circle.agent.house.database, circle.agent.community.id
    now = circle.clock.now()

    def put(conn: Connection) -> None:
        room = rooms.find(conn, [circle.den])[circle.den]
        kept = stored_messages.find(conn, room, said.id)
        assert kept is not None
        held = (Evidence("bees in the shade", kept.revision, message=kept.id),)
        line = Line("decisions", {"text": "We keep bees in the shade.", "n": 1}, held)
        trace = {"session": 1, "language": "en", "zone": "UTC"}
        made = Writing(
            community,
            "summary",
            room,
            None,
            False,
            {},
            {"title": "An hour on bees"},
            trace,
            (line,),
        )
        id = stored_writings.add(conn, made, now)
        drafts.add(conn, id, community, None, now)
        drafts.decide(conn, id, drafts.State.PUBLISHED, None, now)

    await database.write(put)
    told = await circle.ann.sends("goals", circle.den, what="add learn to keep bees")
    assert "An hour on bees (den, January 5, 2026)" in told
    told = await circle.chloe.sends("goals", circle.hall, what="add learn to keep bees")
    assert "An hour on bees" not in told
    await circle.ben.deletes(said)
    post = next(each for each in circle.ann.answers() if "I keep your goal" in each.text)
    assert "An hour on bees" not in post.text


async def test_in_a_direct_talk_there_is_no_room_to_share_in(circle: Circle) -> None:
    alone = await circle.platform.direct_room(circle.ben.account.ref)
    await circle.ben.sends("goals", alone, what="add learn Dutch")
    assert "in the room where others" in await circle.ben.sends("goals", alone, what="share 1")
    assert "in the room where others" in await circle.ben.sends("goals", alone, what="reached 1")
    assert not any(isinstance(each, Link) for each in circle.ben.answers()[-1].blocks)


async def test_by_a_form_where_there_are_forms(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.sends("goals", hall, what="")
    await ben.sends("goal:add.0", hall, goal="learn Dutch")
    (goal,) = await goals_of(circle, ben)
    assert "reads now" in await ben.sends(f"goal:change.{goal.id}", hall, goal="learn Frisian")
    assert "belongs" in await circle.chloe.sends(f"goal:change.{goal.id}", hall, goal="mine")
    for id in ("goal:x.1", "goal:change.99", "goal:change.x", "goal:"):
        said = await ben.sends(id, hall, goal="learn")
        assert "out of date" in said or "isn't there" in said
    (goal,) = await goals_of(circle, ben)
    assert goal.text == "learn Frisian"
