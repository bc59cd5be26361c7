"""`actions` in words, by buttons and in forms: added, moved, handed over, done; hostile and late input."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import Consent
from learncomm_agent.community.promises import HELD
from learncomm_agent.storage import actions as stored
from learncomm_agent.storage import kept_between
from learncomm_agent.storage.schema import accounts, members
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.testing.community import Circle, Person


@pytest.fixture
async def met(circle: Circle) -> Circle:
    """Everyone has said something, so that they can be named."""
    for each in (circle.ann, circle.ben, circle.chloe):
        await each.says("Good morning.", circle.hall)
    return circle


async def asked(circle: Circle) -> None:
    """Let the time pass for which offers wait for one another."""
    await circle.clock.advance(HELD.total_seconds())
    await circle.settle()


async def rows(circle: Circle) -> list[Any]:
    every = sa.select(actions).order_by(actions.c.id)
    return await circle.agent.house.database.read(lambda conn: list(conn.execute(every).all()))


def alone(person: Person) -> str:
    return "\n".join(post.text for post in person.answers() if post.private_to is not None)


async def test_one_is_added_for_somebody_who_is_asked_alone(met: Circle) -> None:
    said = await met.ann.asks("actions add buy tea, please who=Ben by=Sunday", met.hall)
    assert said.startswith("To do: buy tea, please")
    assert "I ask Ben whether they do it, by January 11, 2026." in said
    (row,) = await rows(met)
    assert (row.state, row.due) == ("offered", datetime(2026, 1, 11, 12, tzinfo=UTC))
    await asked(met)
    assert "“buy tea, please”, by January 11, 2026. Do you do it?" in alone(met.ben)
    await met.ben.presses("Yes, I do it")
    assert "Ben does it, by January 11, 2026." in met.transcript(met.chloe, met.hall)


async def test_for_oneself_it_is_taken_on_at_once_and_by_a_moment(met: Circle) -> None:
    await met.ben.sends(
        "actions", met.hall, what="add call the library", who="me", by="tomorrow 18:00"
    )
    (row,) = await rows(met)
    assert (row.state, row.is_day, row.due) == (
        "accepted",
        False,
        datetime(2026, 1, 6, 18, tzinfo=UTC),
    )
    assert "by January 6, 2026, 6:00\u202fPM" in await met.ben.asks("actions", met.lounge)


async def test_a_message_becomes_one_and_it_goes_with_the_message(met: Circle) -> None:
    message = await met.chloe.says("The shelf needs new labels.", met.hall)
    said = await met.ann.sends("actions", met.hall, message=message.id)
    assert said.startswith("To do: The shelf needs new labels.")
    assert "You do it" in await met.ben.presses("I do it")
    await met.chloe.deletes(message)
    assert await rows(met) == []
    assert "new labels" not in met.transcript(met.ann, met.hall)
    reply = await met.chloe.says("Please water the plants.", met.hall)
    await met.ann.asks("actions add", met.hall, reply_to=reply)
    await met.ann.asks("actions add the plants on the left", met.hall, reply_to=reply)
    assert len(await rows(met)) == 2


@pytest.mark.parametrize("consent", [Consent.SUMMARIES_ONLY, Consent.OUT])
async def test_words_that_may_not_be_repeated_are_not(met: Circle, consent: Consent) -> None:
    message = await met.chloe.says("The shelf needs new labels.", met.hall)
    await met.chloe.sends("me", met.lounge, consent=consent.value)
    if "Yes, forget it" in met.transcript(met.chloe):
        await met.chloe.presses("Yes, forget it")
    said = await met.ann.sends("actions", met.hall, message=message.id)
    assert "own words" in said or "in yours" in said
    assert await rows(met) == []


async def test_the_words_of_one_go_with_whoever_added_it(met: Circle) -> None:
    await met.ben.sends("actions", met.hall, what="add paint the fence", who="Chloé")
    await asked(met)
    await met.chloe.presses("Yes, I do it")
    await met.ben.sends("forget", met.lounge, source="me")
    await met.ben.presses("Yes, forget it")
    assert await rows(met) == [] and "paint the fence" not in met.transcript(met.ann, met.hall)


async def test_who_opts_out_does_nothing_any_more(met: Circle) -> None:
    await met.ann.sends("actions", met.hall, what="add paint the fence", who="Ben")
    await asked(met)
    await met.ben.presses("Yes, I do it")
    await met.ben.sends("me", met.lounge, consent="out")
    if "Yes, forget it" in met.transcript(met.ben):
        await met.ben.presses("Yes, forget it")
    assert "paint the fence (nobody yet)" in await met.chloe.asks("actions ours", met.hall)
    assert "keep nothing of you" in await met.ben.asks("actions take 1", met.hall)
    assert "can't pass" in await met.ann.asks("actions hand 1 Ben", met.hall)
    assert "You do it" in await met.chloe.asks("actions take 1", met.hall)


async def test_who_is_in_summaries_only_is_neither_named_nor_quoted_to_others(met: Circle) -> None:
    await met.ben.says("I'll bring the cake by Friday.", met.hall)
    await met.ann.says("Action item: write the minutes", met.hall)
    await met.ben.sends("me", met.lounge, consent=Consent.SUMMARIES_ONLY.value)
    await met.ann.publishes("summary", met.hall)
    await asked(met)
    await met.ben.presses("Yes, I do it")
    assert "cake" in await met.ben.asks("actions", met.hall)
    await met.ben.asks("actions take 2", met.hall)
    said = await met.chloe.asks("actions ours", met.hall)
    assert "cake" not in said and "Ben" not in said and "write the minutes" in said


REFUSED = (
    ("", "nothing that you took on"),
    ("ours", "Nothing is to be done"),
    ("overdue", "Nothing is late"),
    ("done", "Nothing was noted"),
    ("file", "has a date yet"),
    ("add", "What is to be done?"),
    ("add " + "x" * 400, "at most 300 characters"),
    ("done 99", "no action item 99"),
    ("999999999999999 done", "no action item"),
    ("take", "Which one?"),
    ("fly 3", "Write “actions”"),
    ("3", "Write “actions”"),
    ("#3 fly", "Write “actions”"),
    ("🐦", "Write “actions”"),
    ("meine", "nothing that you took on"),
    ("überfällig", "Nothing is late"),
    ("erledigt 7", "no action item 7"),
    ("add tea by=yesterday", "“yesterday”"),
    ("add tea who=Zoe", "nobody called “Zoe”"),
    ("add tea message=5555", "don't know that message"),
)
MADE_UP = (
    "act:fly:1",
    "act:done:",
    "act:done:1",
    "act:done:x",
    "act",
    "review:keep:7",
    "review:x:1",
)


async def test_what_is_not_understood_gets_one_sentence_and_changes_nothing(met: Circle) -> None:
    for what, says in REFUSED:
        assert says in await met.ben.asks(f"actions {what}".strip(), met.hall), what
    message = await met.ben.says("Hello again.", met.hall)
    for id in MADE_UP:
        said = await met.ben.chooses(id, message)
        assert said and "unexpected" not in said, id
    assert await rows(met) == []


async def test_others_keep_their_hands_off_and_leaders_may(met: Circle) -> None:
    await met.ann.asks("actions add buy tea who=Ben", met.hall)
    for what in (
        "no 1",
        "hand 1 Ann",
        "date 1 Friday",
        "done 1",
        "drop 1",
        "result 1 https://a.org",
    ):
        assert "somebody else's" in await met.chloe.asks(f"actions {what}", met.hall)
    assert "is for January 9, 2026 now" in await met.ann.asks("actions date 1 Friday", met.hall)
    assert (await rows(met))[0].state == "offered"
    assert "I ask Chloé" in await met.ann.asks("actions hand 1 Chloé", met.hall)
    assert "has it already" in await met.ann.asks("actions hand 1 Chloé", met.hall)
    assert "let go" in await met.ann.asks("actions drop 1", met.hall)
    assert "was let go" in await met.chloe.asks("actions take 1", met.hall)


async def test_a_date_that_moves_comes_with_a_higher_number_in_the_file(met: Circle) -> None:
    await met.ben.asks("actions add buy tea who=me by=Friday", met.hall)
    await met.ben.asks("actions file", met.hall)
    (first,) = [each for each in met.ben.answers()[-1].blocks if isinstance(each, File)]
    assert b"DTSTART:20260109T090000Z" in first.content and b"SEQUENCE:0" in first.content
    await met.ben.asks("actions date 1 12 January 17:30", met.hall)
    await met.ben.asks("actions file", met.hall)
    (second,) = [each for each in met.ben.answers()[-1].blocks if isinstance(each, File)]
    assert b"DTSTART:20260112T173000Z" in second.content and b"SEQUENCE:1" in second.content
    uids = {line for each in (first, second) for line in each.content.split() if b"UID" in line}
    assert len(uids) == 1


async def test_a_result_is_a_message_of_the_room_or_a_link(met: Circle) -> None:
    elsewhere = await met.ben.says("A secret cake.", met.den)
    await met.ben.asks("actions add bake who=me", met.hall)
    assert "First say" in await met.ben.asks("actions result 1 https://a.org/x", met.hall)
    await met.ben.asks("actions done 1", met.hall)
    for what in (elsewhere.id, "nothing", "two words", "x" * 600, "javascript:alert(1)", ""):
        said = await met.ben.asks(f"actions result 1 {what}".strip(), met.hall)
        assert "Answer with a link" in said or "long" in said, what
    assert "Good to see" in await met.ben.asks("actions result 1 https://a.org/x", met.hall)
    assert "https://a.org/x" in await met.chloe.asks("actions done", met.hall)


async def test_late_ones_are_listed_as_such(met: Circle) -> None:
    await met.ben.asks("actions add bake who=me by=tomorrow", met.hall)
    await met.ben.asks("actions add rake by=tomorrow", met.hall)
    await met.clock.advance(3 * 86400)
    await met.settle()
    assert "was for January 6" in await met.chloe.asks("actions overdue", met.hall)
    await met.ben.asks("actions overdue", met.hall)
    assert "act:drop:1" in met.ben.buttons(met.ben.answers()[-1])
    said = await met.chloe.asks("actions take 2", met.hall)
    assert "It was for January 6" in said and "I remind you" not in said


async def test_in_a_direct_talk_all_rooms_are_ours(met: Circle) -> None:
    await met.ben.asks("actions add bake", met.den)
    talk = await met.platform.direct_room(met.ben.account.ref)
    assert "bake" in await met.ben.asks("actions ours", talk)
    assert "bake" not in await met.ben.asks("actions ours", met.hall)


async def test_what_is_kept_of_somebody_is_told_and_erased(met: Circle) -> None:
    await met.ann.asks("actions add bake who=Ben", met.hall)
    await asked(met)
    await met.ben.presses("Yes, I do it")
    database = met.agent.house.database
    ben = (await rows(met))[0].owner_id
    (kept,) = await database.read(lambda conn: kept_between.promised(conn, ben))
    assert (kept["id"], kept["is_mine"], kept["state"]) == (1, True, "accepted")
    assert await database.write(lambda conn: stored.erase(conn, ben)) != ()
    (row,) = await rows(met)
    assert (row.owner_id, row.state) == (None, "open")
    assert await database.read(lambda conn: kept_between.promised(conn, ben)) == []
    await database.write(lambda conn: conn.execute(sa.delete(members).where(members.c.id == ben)))
    assert len(await rows(met)) == 1


async def test_so_many_days_from_now_is_a_day_and_not_this_very_minute(met: Circle) -> None:
    await met.ben.asks("actions add bake bread who=me", met.hall)
    for said, day in (
        ("in two weeks", "January 19, 2026 now"),
        ("in 3 days", "January 8, 2026 now"),
    ):
        assert day in await met.ben.asks(f"actions date 1 {said}", met.hall)
        assert "AM" not in met.ben.answers()[-1].text and (await rows(met))[0].is_day


async def test_who_added_one_corrects_it_until_it_is_taken_on(met: Circle) -> None:
    await met.ben.asks("actions add sow seeds who=Chloé by=Friday", met.hall)
    assert "is for January 12, 2026 now" in await met.ben.asks(
        "actions date 1 12 January", met.hall
    )
    assert "I ask Ann" in await met.ben.asks("actions hand 1 Ann", met.hall)
    for what in ("done 1", "no 1"):
        assert "somebody else's" in await met.ben.asks(f"actions {what}", met.hall)
    assert "somebody else's" in await met.chloe.asks("actions drop 1", met.hall)
    await met.ann.asks("actions take 1", met.hall)
    for what in ("date 1 Friday", "hand 1 Chloé", "drop 1"):
        assert "somebody else's" in await met.ben.asks(f"actions {what}", met.hall)
    await met.ben.asks("actions add water the beds who=Chloé", met.hall)
    assert "is let go" in await met.ben.asks("actions drop 2", met.hall)
    assert "action" not in await met.ann.sends("audit", met.hall)


async def test_who_is_named_keeps_their_rights(met: Circle) -> None:
    leads = sa.select(accounts.c.is_leader).where(accounts.c.name == "Ann")
    for what in ("actions add buy tea who=Ann", "thank Ann for the tea"):
        await met.ben.asks(what, met.hall)
        assert await met.agent.house.database.read(lambda conn: conn.execute(leads).scalar()), what
    await met.ben.asks("actions add brew tea who=Chloé", met.hall)
    await met.ben.asks("actions hand 2 Ann", met.hall)
    assert await met.agent.house.database.read(lambda conn: conn.execute(leads).scalar())
