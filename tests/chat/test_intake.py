"""What happens in a chat is kept once, whatever the order and however often it is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learncomm_agent.chat import rows
from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    RoomChanged,
)
from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.messages import Attachment, Message, MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.errors import StorageError
from learncomm_agent.storage import schema, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.testing.clock import MONDAY_MORNING

if TYPE_CHECKING:
    from tests.chat.conftest import Desk
else:
    Desk = Any

SPACE = SpaceRef("fake", "home")
HALL = Room(RoomRef(SPACE, "hall"), "Hall", is_read=True)
QUIET = Room(RoomRef(SPACE, "quiet"), "Quiet")
DIRECT = Room(RoomRef(SPACE, "direct"), "Ann", RoomKind.DIRECT, is_read=True)
ANN = Account(AccountRef("fake", "ann"), "Ann")
FILE = Attachment("f1", "notes.md", "text/markdown", 3)


def said(
    text: str, id: str = "1", *, room: Room = HALL, author: Account = ANN, **more: Any
) -> MessagePosted:
    ref = MessageRef(room.ref, id)
    return MessagePosted(Message(ref, author.ref, text, MONDAY_MORNING, **more), author, room)


def edited(text: str, minute: int, id: str = "1", room: Room = HALL) -> MessageEdited:
    at = MONDAY_MORNING + timedelta(minutes=minute)
    return MessageEdited(MessageRef(room.ref, id), text, at)


def deleted(id: str = "1", room: Room = HALL) -> MessageDeleted:
    return MessageDeleted(MessageRef(room.ref, id))


async def only(desk: Desk) -> StoredMessage:
    kept = await desk.kept(HALL.ref)
    assert len(kept) == 1
    return kept[0]


async def opt_out(desk: Desk) -> None:
    def write(conn: Connection) -> None:
        room = desk.directory.room(conn, HALL)
        ann = desk.directory.account(conn, room.community, ANN)
        desk.forgetting.opt_out(conn, room.community, ann.member, ann.id)
        desk.directory.forget_account(conn, ann.member)

    await desk.database.write(write)


async def test_a_repeated_message_is_kept_once(desk: Desk) -> None:
    await desk.intake.take(said("Hello", attachments=(FILE,)))
    await desk.take_all(said("Hello"), said("Hello"))
    await desk.intake.take(said("Hello"))
    message = await only(desk)
    assert (message.text, message.author, message.state) == ("Hello", "Ann", State.KEPT)


async def test_the_same_id_in_two_rooms_is_two_messages(desk: Desk) -> None:
    other = Room(RoomRef(SPACE, "other"), "Other", is_read=True)
    await desk.take_all(said("Hello"), said("Hi", room=other))
    assert [message.text for message in await desk.kept(HALL.ref)] == ["Hello"]
    assert [message.text for message in await desk.kept(other.ref)] == ["Hi"]


async def test_many_messages_at_once_are_all_kept_in_order(desk: Desk) -> None:
    ids = [str(number) for number in range(1300)]
    await desk.take_all(*(said(f"Text {id}", id) for id in ids))
    assert [message.platform_id for message in await desk.kept(HALL.ref)] == ids


async def test_an_asker_that_gave_up_loses_nothing(desk: Desk) -> None:
    task = asyncio.create_task(desk.intake.take(said("Hello")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await desk.intake.take(said("Again", "2"))
    assert [message.text for message in await desk.kept(HALL.ref)] == ["Hello", "Again"]


async def test_of_who_opted_out_the_id_and_the_time_are_kept(desk: Desk) -> None:
    await desk.intake.take(said("Before"))
    await opt_out(desk)
    await desk.intake.take(
        said("After", "2", attachments=(FILE,), reply_to=MessageRef(HALL.ref, "1"))
    )
    kept = await desk.kept(HALL.ref)
    assert [
        (message.state, message.text, message.member, message.reply_to) for message in kept
    ] == [(State.COUNTED, "", None, None)] * 2
    assert {message.posted_at for message in kept} == {MONDAY_MORNING}


async def test_an_edit_of_who_opted_out_keeps_no_text(desk: Desk) -> None:
    await opt_out(desk)
    await desk.intake.take(said("After"))
    await desk.intake.take(edited("Edited", 1))
    await desk.intake.take(edited("Early", 1, "2"))
    await desk.intake.take(said("Late", "2"))
    assert [(m.state, m.text) for m in await desk.kept(HALL.ref)] == [(State.COUNTED, "")] * 2


async def test_an_opt_out_holds_for_messages_that_share_its_commit(desk: Desk) -> None:
    await desk.intake.take(said("Before"))
    await asyncio.gather(opt_out(desk), *(desk.intake.take(said("After", str(n))) for n in (2, 3)))
    assert {message.text for message in await desk.kept(HALL.ref)} == {""}


async def test_of_a_room_that_is_not_read_nothing_is_kept(desk: Desk) -> None:
    for event in (said("Hello", room=QUIET), edited("Hi", 1, room=QUIET), deleted(room=QUIET)):
        await desk.intake.take(event)
    await desk.intake.take(RoomChanged(QUIET))
    for event in (said("Hello", room=QUIET), edited("Hi", 1, room=QUIET), deleted(room=QUIET)):
        await desk.intake.take(event)
    assert await desk.count(schema.messages) == await desk.count(schema.work) == 0
    assert await desk.count(schema.accounts) == 0


async def test_who_speaks_to_the_agent_where_nothing_is_read_is_answered(desk: Desk) -> None:
    await desk.intake.take(said("Help!", room=QUIET, is_addressed=True))
    await desk.intake.take(said("Help!", room=QUIET, is_addressed=True))
    assert [request["text"] for request in await desk.requests()] == ["Help!"]
    assert await desk.count(schema.messages) == 0


async def test_a_direct_talk_is_answered_and_never_kept(desk: Desk) -> None:
    await desk.intake.take(said("Help!", room=DIRECT, is_addressed=True))
    await desk.intake.take(edited("Help me!", 1, room=DIRECT))
    assert len(await desk.requests()) == 1
    assert await desk.count(schema.messages) == 0


async def test_a_bot_is_not_answered(desk: Desk) -> None:
    bot = replace(ANN, is_bot=True)
    await desk.intake.take(said("Help!", is_addressed=True, author=bot))
    assert await desk.requests() == []
    assert (await only(desk)).is_bot


async def test_an_edit_before_its_message_is_kept(desk: Desk) -> None:
    await desk.intake.take(RoomChanged(HALL))
    await desk.intake.take(edited("New", 1))
    assert (await only(desk)).state is State.EARLY
    await desk.intake.take(said("Old"))
    message = await only(desk)
    assert (message.state, message.text, message.author) == (State.KEPT, "New", "Ann")
    assert message.posted_at == MONDAY_MORNING


async def test_a_message_that_was_deleted_before_it_came_does_not_come(desk: Desk) -> None:
    await desk.intake.take(RoomChanged(HALL))
    await desk.intake.take(deleted())
    await desk.intake.take(said("Hello"))
    await desk.intake.take(edited("Hi", 1))
    message = await only(desk)
    assert (message.state, message.text, message.member) == (State.DELETED, "", None)


async def test_a_message_is_deleted_once(desk: Desk) -> None:
    await desk.intake.take(said("Hello"))
    for _ in range(3):
        await desk.intake.take(deleted())
    assert (await only(desk)).state is State.DELETED
    assert await desk.count(schema.audit) == 1


async def test_a_message_is_forgotten_though_its_room_is_not_read_any_more(desk: Desk) -> None:
    await desk.intake.take(said("Hello"))
    await desk.intake.take(said("Hello", "2"))
    await desk.intake.take(RoomChanged(replace(HALL, is_read=False)))
    await desk.intake.take(deleted())
    await desk.intake.take(edited("Hi", 1, "2"))
    await desk.intake.take(deleted("3"))
    assert [(m.state, m.text) for m in await desk.kept(HALL.ref)] == [
        (State.DELETED, ""),
        (State.KEPT, "Hi"),
    ]


async def test_an_older_edit_after_a_newer_one_changes_nothing(desk: Desk) -> None:
    await desk.intake.take(said("One"))
    for event in (edited("Three", 2), edited("Two", 1), edited("Three", 2)):
        await desk.intake.take(event)
    message = await only(desk)
    assert (message.text, message.revision) == ("Three", 1)


async def test_an_edit_back_to_the_first_text_counts_as_newer(desk: Desk) -> None:
    await desk.intake.take(said("One"))
    for event in (edited("One", 2), edited("Two", 1)):
        await desk.intake.take(event)
    message = await only(desk)
    assert (message.text, message.revision) == ("One", 0)


async def test_a_message_that_is_read_again_brings_the_edit_that_was_missed(desk: Desk) -> None:
    await desk.intake.take(said("One"))
    await desk.intake.take(said("Two", revision=1, edited_at=MONDAY_MORNING + timedelta(minutes=5)))
    await desk.intake.take(edited("Between", 3))
    assert (await only(desk)).text == "Two"


async def test_an_edit_drops_the_line_whose_words_are_gone(desk: Desk) -> None:
    await desk.intake.take(said("The moon is a cheese"))
    message = await only(desk)

    def write(conn: Connection) -> int:
        line = writings.Line("claims", {}, (writings.Evidence("moon is a cheese", 0, message.id),))
        kept = writings.Writing(
            desk.directory.room(conn, HALL).community,
            "answer", message.room, None, False, {}, {}, {}, (line,),
        )  # fmt: skip
        return writings.add(conn, kept, MONDAY_MORNING)

    await desk.database.write(write)
    await desk.intake.take(edited("The moon is a cheese, they say", 1))
    assert await desk.count(schema.items) == 1
    await desk.intake.take(edited("The moon is a stone", 2))
    assert await desk.count(schema.items) == 0
    assert len(await desk.rows("mend")) == 1


async def test_a_store_that_refuses_is_told_to_every_asker(desk: Desk) -> None:
    await desk.database.write(lambda conn: conn.exec_driver_sql("DROP TABLE shares"))
    await desk.database.write(lambda conn: conn.exec_driver_sql("ALTER TABLE messages RENAME TO m"))
    asked = [desk.intake.take(said("Hello", str(number))) for number in range(600)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(error) for error in told} == {StorageError}
    await desk.database.write(lambda conn: conn.exec_driver_sql("ALTER TABLE m RENAME TO messages"))
    await desk.intake.take(said("Hello"))


async def test_a_message_that_can_not_be_kept_keeps_none_of_the_others_out(desk: Desk) -> None:
    events = [said("Hello", "1"), said("Broken", "2", revision=2**70), said("Hi", "3")]
    told = await asyncio.gather(*map(desk.intake.take, events), return_exceptions=True)
    assert [result is None for result in told] == [True, False, True]
    assert [message.text for message in await desk.kept(HALL.ref)] == ["Hello", "Hi"]


async def test_an_action_is_taken_once_by_its_own_id(desk: Desk) -> None:
    chosen = Chosen("a1", HALL, ANN, "again:1")
    form = FormSent("a2", HALL, ANN, "search", {"query": "moon"}, (FILE,))
    for event in (chosen, chosen, form, form, replace(chosen, id="a3")):
        await desk.intake.take(event)
    requests = await desk.requests()
    assert [request["via"] for request in requests] == ["choice", "form", "choice"]
    assert requests[1]["values"] == {"query": "moon"}
    assert requests[1]["attachments"][0]["name"] == "notes.md"


async def test_who_and_what_a_form_names_is_told_and_nobody_is_met_by_it(desk: Desk) -> None:
    far = Room(RoomRef(SpaceRef("fake", "far"), "x"), "X", RoomKind.THREAD, QUIET.ref)
    ben = Account(AccountRef("fake", "ben"), "Ben\ud83d", is_bot=True)
    sent = FormSent("a1", HALL, ANN, "thank", {"who": "ben"}, rooms=(QUIET, far), people=(ben,))
    await desk.intake.take(sent)
    (asked,) = await desk.requests()
    assert rows.people_of(asked["people"]) == (replace(ben, name="Ben\ufffd"),)
    near = replace(far, parent=RoomRef(far.ref.space, "quiet"))
    assert rows.rooms_of(asked["rooms"]) == (QUIET, near)
    tables = (schema.accounts, schema.members, schema.rooms, schema.spaces, schema.communities)
    assert [await desk.count(table) for table in tables] == [1] * 5


async def test_a_member_who_joins_is_known_by_their_new_name(desk: Desk) -> None:
    await desk.intake.take(said("Hello"))
    await desk.intake.take(MemberChanged(HALL.ref, replace(ANN, name="Anna")))
    assert (await only(desk)).author == "Anna"
    assert await desk.count(schema.members) == 1


async def test_consent_holds_after_a_restart(desk: Desk) -> None:
    await opt_out(desk)
    intake = Intake(
        desk.database,
        Directory(desk.clock, desk.join, lambda ref: False),
        desk.work,
        desk.forgetting,
        desk.resharing,
        desk.linking,
        desk.conversations,
        desk.newcomers,
        desk.clock,
    )
    await intake.take(said("After"))
    assert (await only(desk)).state is State.COUNTED


POST, FIRST, SECOND, BACK = said("One"), edited("Two", 1), edited("Three", 2), edited("One", 3)
AGAIN = said("Three", revision=2, edited_at=SECOND.edited_at)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    needed=st.sets(st.sampled_from([FIRST, SECOND, BACK, AGAIN, deleted()])),
    extra=st.lists(st.integers(0, 20), max_size=5),
    data=st.data(),
)
def test_any_order_and_repetition_of_events_ends_the_same(
    desk: Desk, needed: set[Event], extra: list[int], data: st.DataObject
) -> None:
    once: list[Event] = [
        POST,
        *(event for event in (FIRST, SECOND, AGAIN, BACK) if event in needed),
    ]
    once += [deleted()] if deleted() in needed else []
    told = data.draw(st.permutations(once + [once[number % len(once)] for number in extra]))

    async def end(id: str, events: list[Event]) -> tuple[object, ...]:
        await desk.intake.take(RoomChanged(HALL))
        for event in events:
            await desk.intake.take(renamed(event, id))
        message = next(m for m in await desk.kept(HALL.ref) if m.platform_id == id)
        gone = message.state is State.DELETED
        return message.state, message.text, message.author, gone or message.posted_at

    ids = iter(range(10_000))
    fresh = f"{len(asyncio.run(desk.kept(HALL.ref)))}"
    in_order = asyncio.run(end(f"{fresh}-{next(ids)}", once))
    assert asyncio.run(end(f"{fresh}-{next(ids)}", told)) == in_order


def renamed(event: Event, id: str) -> Event:
    """The same event of another message."""
    if isinstance(event, MessagePosted):
        return replace(event, message=replace(event.message, ref=MessageRef(HALL.ref, id)))
    assert isinstance(event, MessageEdited | MessageDeleted)
    return replace(event, ref=MessageRef(HALL.ref, id))


async def test_an_edit_whose_message_never_comes_is_let_go(desk: Desk) -> None:
    await desk.intake.take(said("Known"))
    await desk.intake.take(edited("Somebody's words", 1, "other"))
    assert await desk.count(schema.messages) == 2
    await desk.clock.advance(660)
    await desk.work.drain()
    assert await desk.count(schema.messages) == 1
