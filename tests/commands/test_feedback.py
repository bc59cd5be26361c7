"""Feedback without a name: taken in without its author, read by leaders the next day, and answered before all."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import Consent
from learncomm_agent.storage.schema import accounts, messages, metadata
from learncomm_agent.storage.schema_feedback import feedback, salts, tokens
from learncomm_agent.testing.community import Circle, Person

WORDS = "The xylophone sessions wear me out."
DAY = 24 * 3600.0


async def rows(circle: Circle) -> list[tuple[str, str, str]]:
    kept = sa.select(feedback.c.kind, feedback.c.text, feedback.c.state)
    return await circle.agent.house.database.read(
        lambda conn: [
            (row[0], row[1], row[2]) for row in conn.execute(kept.order_by(feedback.c.text))
        ]
    )


async def passes(circle: Circle, days: float) -> None:
    """Let days pass, half a day at a time, as everything that is due is done."""
    for _ in range(round(days * 2)):
        await circle.clock.advance(DAY / 2)
        await circle.settle()


async def alone(person: Person) -> RoomRef:
    return await person.gathering.platform.direct_room(person.account.ref)


async def number_of(circle: Circle, text: str = WORDS) -> int:
    known = sa.select(feedback.c.id).where(feedback.c.text == text)
    return int(
        await circle.agent.house.database.read(lambda conn: conn.execute(known).scalar_one())
    )


async def test_leaders_read_it_the_next_morning_and_answer_before_the_room(circle: Circle) -> None:
    said = await circle.ben.sends("feedback", circle.hall, what=WORDS)
    assert "no name with it" in said and "taken back" in said and "by who was there" in said
    assert (
        await circle.ann.sends("feedback", circle.hall, what="inbox") == "Nothing waits in the box."
    )
    await passes(circle, 1.5)
    assert "One piece of feedback waits in the box" in circle.transcript(circle.ann)
    assert WORDS not in circle.transcript(circle.ann)
    shown = await circle.ann.presses("Show what waits")
    assert WORDS in shown and "Ben" not in shown
    number = await number_of(circle)
    said = await circle.ann.sends("feedback", circle.hall, what=f"answer {number} We pause them.")
    assert "I post it in hall, with your answer" in said
    there = circle.ben.seen_in(circle.hall)[-1].text
    assert there.startswith("Somebody wrote to the leaders") and WORDS in there
    assert "We pause them." in there
    again = await circle.ann.sends("feedback", circle.hall, what=f"show {number}")
    assert "shown or answered already" in again
    assert [state for _, _, state in await rows(circle)] == ["answered"]


async def test_a_question_to_the_room_is_seen_by_leaders_first(circle: Circle) -> None:
    question = "Why do we never meet at noon?"
    await circle.ben.says("Good morning.", circle.hall)
    talk = await alone(circle.ben)
    assert "Which room do you ask" in await circle.ben.asks(f"feedback ask {question}", talk)
    said = await circle.ben.asks(f"feedback ask {question} room=hall", talk)
    assert "Your question for hall is in the box" in said
    await passes(circle, 1.5)
    assert question not in circle.transcript(circle.chloe)
    await circle.ann.sends("feedback", circle.hall, what="inbox")
    await circle.ann.presses("Show the room")
    there = circle.chloe.seen_in(circle.hall)[-1].text
    assert "Somebody asks all of us" in there and question in there and "Ben" not in there


@pytest.mark.parametrize("in_room", [True, False])
async def test_without_a_word_it_says_how(circle: Circle, in_room: bool) -> None:
    where = circle.hall if in_room else await alone(circle.ben)
    said = await circle.ben.asks("feedback", where)
    assert "on the next morning" in said and "may still guess" in said
    assert ("Few people" in said) is in_room
    assert "As a leader" in await circle.ann.sends("feedback", circle.hall)
    assert "Nothing waits" in await circle.ann.presses("Show what waits")
    assert "talk with me alone" in await circle.ben.presses("Write without your name")


async def test_what_others_read_is_not_taken(circle: Circle) -> None:
    said = await circle.ben.asks(f"feedback {WORDS}", circle.hall)
    assert "I have not taken it, and keep none of it" in said and WORDS not in said
    assert await rows(circle) == []
    kept = sa.select(messages.c.text).where(messages.c.text.contains("xylophone"))
    assert not await circle.agent.house.database.read(lambda conn: conn.execute(kept).all())
    assert "not taken" in await circle.ben.asks(f"feedback {WORDS}", circle.lounge)


async def test_it_is_put_aside_and_what_was_written_in_no_room_needs_one(circle: Circle) -> None:
    await circle.ben.asks(f"feedback {WORDS}", await alone(circle.ben))
    await passes(circle, 1.5)
    number = await number_of(circle)
    desk = await alone(circle.ann)
    assert "written in no room" in await circle.ann.asks(f"feedback show {number}", desk)
    await circle.ann.sends("feedback", circle.hall, what="inbox")
    assert "put number" in await circle.ann.presses("Put aside")
    assert "Nothing waits" in await circle.ann.sends("feedback", circle.hall, what="inbox")
    assert "I post it in hall" in await circle.ann.sends(
        "feedback", circle.hall, what=f"show {number}"
    )


async def test_three_a_day_ten_a_week_and_then_nothing_is_known_of_it(circle: Circle) -> None:
    taken = 0
    for day in range(5):
        for turn in range(4):
            said = await circle.ben.sends("feedback", circle.hall, what=f"Word {day} {turn}.")
            taken += "is in the box" in said
        assert "as many as I take" in said
        await passes(circle, 1)
    assert taken == 10
    assert "is in the box" in await circle.chloe.sends("feedback", circle.hall, what="Mine.")
    await passes(circle, 8)
    database = circle.agent.house.database
    left = [sa.select(sa.func.count()).select_from(each) for each in (tokens, salts)]
    assert await database.read(lambda conn: [conn.execute(each).scalar() for each in left]) == [
        0,
        0,
    ]
    assert "is in the box" in await circle.ben.sends("feedback", circle.hall, what="Once more.")


async def test_who_opted_out_can_write_and_others_can_t_read(circle: Circle) -> None:
    await circle.ben.sends("me", circle.hall, consent=Consent.OUT)
    assert "is in the box" in await circle.ben.sends("feedback", circle.hall, what=WORDS)
    await passes(circle, 1.5)
    number = await number_of(circle)
    for what in ("inbox", f"show {number}", "sessions", "next book-club Less"):
        await circle.chloe.sends("feedback", circle.hall, what=what)  # is but feedback of hers
    assert WORDS not in circle.transcript(circle.chloe)
    post = circle.chloe.answers()[-1].ref
    for control in ("inbox", f"show:{number}", f"aside:{number}", "sessions", "x", "show:x", ""):
        said = await circle.chloe.chooses(f"feedback:{control}", post)
        assert said and WORDS not in said, control
    assert ("leaders", WORDS, "open") in await rows(circle)


NUMBER, FOR_LEADERS = "For that I need a number", "That word is for those who lead"
IN_BOX = "as a word to the leaders"


@pytest.mark.parametrize(
    ("is_leader", "what", "told"),
    [
        (True, "answer", "“feedback answer 12” and your words"),
        (True, "answer we will see", NUMBER),
        (True, "Antwort wir schauen mal", NUMBER),
        (True, "show", "“feedback show 12”. “feedback inbox” shows the numbers"),
        (True, "zeig", NUMBER),
        (True, "zeig es", NUMBER),
        (True, "show 3 please", NUMBER),
        (True, "beiseite", NUMBER),
        (True, "changed We begin later now.", "“feedback sessions” shows the numbers"),
        (True, "geändert wir fangen später an", NUMBER),
        (True, "next", "feedback next book-club"),
        (True, "nächstes", "feedback next book-club"),
        (True, "next bookclub Less", "Did you mean “book-club”"),
        (True, "nächstes Mal früher", "If it is feedback of your own"),
        (True, "ask", "There were no words in it"),
        (False, "next", FOR_LEADERS),
        (False, "Next:", FOR_LEADERS),
        (False, "nächstes", FOR_LEADERS),
        (False, "inbox", FOR_LEADERS),
        (False, "kasten", FOR_LEADERS),
        (False, "antwort", FOR_LEADERS),
        (False, "show 3", FOR_LEADERS),
        (False, "zeig #3", FOR_LEADERS),
        (False, "frag", "There were no words in it"),
    ],
)
async def test_a_slip_is_no_feedback(circle: Circle, is_leader: bool, what: str, told: str) -> None:
    person = circle.ann if is_leader else circle.ben
    assert told in await person.sends("feedback", circle.hall, what=what)
    assert person.answers()[-1].private_to == person.account.ref
    assert await rows(circle) == []


@pytest.mark.parametrize(
    ("is_leader", "what"),
    [
        (True, "Show more examples, please."),
        (True, "Zeigen wir doch mehr Beispiele."),
        (True, "Inbox zero would be a fine aim."),
        (True, "Answers come too late."),
        (False, "Next time, begin with a round."),
        (False, "Next book-club in the morning, please."),
        (False, "Nächstes Mal bitte früher."),
        (False, "Answer 3 was wrong."),
        (False, "Antworten kommen zu spät."),
        (False, "Show 3 examples, not ten."),
        (False, "Zeigen wir doch mehr Beispiele."),
        (False, "Changed times confuse people."),
        (False, "Geändert hat sich wenig."),
        (False, "Sessions are too long."),
    ],
)
async def test_feedback_may_begin_with_such_a_word(
    circle: Circle, is_leader: bool, what: str
) -> None:
    person = circle.ann if is_leader else circle.ben
    assert IN_BOX in await person.sends("feedback", circle.hall, what=what)
    assert [text for _, text, _ in await rows(circle)] == [what]


async def test_a_leader_s_own_is_taken_whatever_it_begins_with(circle: Circle) -> None:
    for said in ("feedback kind=leaders Answer us sooner.", "feedback kind=leaders next time less"):
        assert IN_BOX in await circle.ann.asks(said, await alone(circle.ann))
    assert [text for _, text, _ in await rows(circle)] == ["Answer us sooner.", "next time less"]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("x" * 1600, "under 1,500 characters"),
        ("x" * 6500, "characters"),
    ],
)
async def test_what_is_too_long_is_said_so(circle: Circle, what: str, told: str) -> None:
    assert told in await circle.ben.sends("feedback", circle.hall, what=what)
    assert await rows(circle) == []


async def test_the_form_says_who_may_guess(circle: Circle) -> None:
    desk = circle.platform.desk
    assert desk is not None
    room = circle.platform.network.rooms[circle.den]
    opened = await desk.form(room, circle.ben.account, "feedback")
    assert opened is not None
    await circle.ben.says("Good morning.", circle.den)
    hints = " ".join(field.hint for field in opened.fields)
    assert "nobody can find it as yours" in hints and "Few people can read this room" in hints
    assert all(len(field.hint) <= 100 for field in opened.fields)
    said = await circle.ben.sends(
        opened.id, circle.den, kind="leaders", what="show 3 is a good number"
    )
    assert "is in the box" in said


def texts_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


async def test_nothing_that_is_kept_leads_to_who_wrote(
    circle: Circle, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await circle.ann.says("Good morning.", circle.hall)
    await circle.ben.sends("feedback", circle.hall, what=WORDS)
    await circle.ben.asks("feedback ask Does the zeppelin fly? room=hall", await alone(circle.ben))
    await circle.chloe.sends("feedback", circle.hall, what="An umbrella would help.")
    ben = circle.ben.account.ref.id
    for word in (WORDS, "zeppelin", "umbrella"):
        assert all(word not in record.getMessage() for record in caplog.records)

    def look(conn: sa.Connection) -> list[str]:
        found = []
        for table in metadata.sorted_tables:
            for row in conn.execute(sa.select(table)):
                if any(word in str(row) for word in ("xylophone", "zeppelin")):
                    found.append(table.name)
                    assert "Ben" not in str(row) and ben not in str(row), table.name
        return found

    assert sorted(await circle.agent.house.database.read(look)) == ["feedback", "feedback"]
    await circle.clock.advance(3600)
    await circle.settle()
    files = await asyncio.to_thread(lambda: list(texts_of(data)))
    holds = [path.name for path, held in files for _ in range(held.count(b"xylophone"))]
    assert len(holds) == 1, "once in the store, and in no freed page, log or file"
    await passes(circle, 1.5)
    assert sorted(await circle.agent.house.database.read(look)) == ["feedback", "feedback"]


async def test_a_leaders_room_hears_of_it_once_and_says_no_words(circle: Circle) -> None:
    await circle.ann.says("Good morning.", circle.den)
    await circle.ann.sends("setup", circle.hall, desk="den")
    await circle.chloe.sends("feedback", circle.hall, what=WORDS)
    await circle.ben.sends("feedback", circle.hall, what="And so do I.")
    await passes(circle, 2)
    told = [post.text for post in circle.ann.seen_in(circle.den) if "in the box" in post.text]
    assert len(told) == 1 and "2 pieces of feedback wait" in told[0] and WORDS not in told[0]
    assert "leaders" in await circle.ben.presses("Show what waits")
    shown = await circle.ann.presses("Show what waits")
    assert "These 2 wait in the box. I don't know who wrote them." in shown
    assert WORDS in shown or "And so do I." in shown, "one at a time, in no order of time"


async def test_what_belongs_to_a_room_that_is_forgotten_or_closed_to_a_leader(
    circle: Circle,
) -> None:
    nook = circle.room("nook", circle.ben, circle.chloe)
    await circle.ben.says("Good morning.", nook)
    await circle.ben.sends("feedback", nook, what=WORDS)
    await circle.ben.sends("feedback", circle.den, what="Here it is fine.")
    await passes(circle, 1.5)
    said = await circle.ann.sends("feedback", circle.hall, what="inbox")
    assert "Here it is fine." in said and WORDS not in said
    number = await number_of(circle)
    for what in (f"show {number}", f"answer {number} No.", f"aside {number}", "show 9999999"):
        assert "I know no feedback" in await circle.ann.sends("feedback", circle.hall, what=what)
    await circle.ann.sends("forget", circle.den, source="room:den")
    await circle.ann.presses("Yes, forget it")
    assert "Here it is fine." in await circle.ann.sends("feedback", circle.hall, what="inbox")


async def last_of_work(circle: Circle) -> int:
    """Return the highest number that a row of due work has borne."""
    known = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'work'")
    return int(
        await circle.agent.house.database.read(lambda conn: conn.execute(known).scalar_one())
    )


async def test_what_is_taken_in_adds_no_rows_beside_those_of_any_request(circle: Circle) -> None:
    await circle.ben.sends("me", circle.hall)
    await passes(circle, 0.5)
    counted = []
    for command, values in (
        ("me", {}),
        ("feedback", {"what": WORDS}),
        ("feedback", {"what": "Once more."}),
        ("me", {}),
    ):
        before = await last_of_work(circle)
        await circle.ben.sends(command, circle.hall, **values)
        counted.append(await last_of_work(circle) - before)
    assert len(set(counted)) == 1, "as many for feedback as for anything else"
    before = await last_of_work(circle)
    await circle.clock.advance(2 * 3600)
    await circle.settle()
    assert await last_of_work(circle) == before, "nor when the files are emptied"


@pytest.mark.parametrize("by", ["optout", "erase"])
async def test_who_goes_and_comes_again_has_written_as_often(circle: Circle, by: str) -> None:
    talk, taken = await alone(circle.ben), 0
    for turn in range(3):
        await circle.ben.says("Good morning.", circle.hall)
        for number in range(2):
            said = await circle.ben.sends("feedback", circle.hall, what=f"Word {turn} {number}.")
            taken += "is in the box" in said
        if by == "erase":
            await circle.ben.asks("me erase", talk)
            await circle.ben.chooses(*newest(circle.ben, "erase_me"))
            continue
        await circle.ben.sends("optout", circle.hall, choice="out")
        await circle.ben.chooses(*newest(circle.ben, "opt_out"))
        await circle.ben.sends("optout", circle.hall, choice="in")
    assert taken == 3


def newest(person: Person, begin: str) -> tuple[str, MessageRef]:
    """Return the newest button whose id begins so, and the post that it stands on."""
    return next(
        (each, post.ref)
        for post in reversed(person.answers())
        for each in person.buttons(post)
        if each.startswith(begin)
    )


async def test_of_two_accounts_of_one_person_both_count(circle: Circle) -> None:
    for number in range(3):
        await circle.ben.sends("feedback", circle.hall, what=f"Word {number}.")
    await circle.chloe.sends("feedback", circle.hall, what="Mine.")

    def unite(conn: sa.Connection) -> None:
        name = circle.ben.account.ref.id
        ben = sa.select(accounts.c.member_id).where(accounts.c.platform_id == name)
        hers = accounts.c.platform_id == circle.chloe.account.ref.id
        mine = conn.execute(ben).scalar_one()
        conn.execute(sa.update(accounts).where(hers).values(member_id=mine))

    await circle.agent.house.database.write(unite)
    said = await circle.ben.sends("feedback", circle.hall, what="By the other account.")
    assert "as many as I take" in said


async def test_leaders_of_two_communities_are_told_at_the_same_hour(circle: Circle) -> None:
    town = circle.platform.add_space("Town")
    square = circle.platform.add_room("square", is_read=True, space=town)
    desk = circle.platform.add_room("desk", [circle.ann.account], is_read=True, space=town)
    await circle.platform.invites_agent(town)
    for room in (circle.den, square, desk):
        await circle.ann.says("Good morning.", room)
    await circle.ann.sends("setup", circle.hall, desk="den")
    await circle.ann.sends("setup", square, desk="desk")
    for room in (circle.hall, square):
        await circle.ben.sends("feedback", room, what=WORDS)
    await passes(circle, 1.5)
    for room in (circle.den, desk):
        assert any("waits in the box" in post.text for post in circle.ann.seen_in(room)), room


async def test_who_leads_no_more_when_it_is_told_is_not_told(circle: Circle) -> None:
    await circle.ann.says("Good morning.", circle.hall)
    await circle.ann.sends("reminders", circle.hall, hours="14-16")
    await circle.ben.sends("feedback", circle.hall, what=WORDS)
    while circle.clock.now().hour != 10:
        await circle.clock.advance(3600)
        await circle.settle()
    known = circle.platform.network.accounts
    known[circle.ann.account.ref] = replace(circle.ann.account, is_leader=False)
    ann = replace(circle.ann, account=known[circle.ann.account.ref])
    await ann.says("I only take part from now on.", circle.hall)
    await passes(circle, 2)
    assert "in the box" not in circle.transcript(ann)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("ask Why do we meet so late?", "room"),
        ("ask: tell me how you began.", "room"),
        ("Ask people before you move the meeting.", "leaders"),
        ("Frage mich öfter, wie es mir geht.", "leaders"),
    ],
)
async def test_only_a_question_is_one_to_the_room(circle: Circle, said: str, kind: str) -> None:
    told = await circle.ben.sends("feedback", circle.hall, what=said)
    assert ("Your question for hall" if kind == "room" else "as a word to the leaders") in told
    ((kept, text, _),) = await rows(circle)
    assert kept == kind and text == (said.partition(" ")[2] if kind == "room" else said)


async def test_in_the_form_the_kind_alone_decides(circle: Circle) -> None:
    what = "Ask why? Nobody does, and why is that?"
    await circle.ben.sends("feedback:new", circle.hall, kind="leaders", what=what)
    assert await rows(circle) == [("leaders", what, "held")]
