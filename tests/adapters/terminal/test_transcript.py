from dataclasses import replace
from datetime import UTC, datetime

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import (
    Event,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
)
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.errors import RoomGoneError
from learncomm_terminal import rooms
from learncomm_terminal.changes import changes
from learncomm_terminal.transcript import Entry, Place, Transcript

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LOBBY, PLANS = rooms.open_room("lobby"), rooms.private_room("plans")
ADA, BEN = (Account(rooms.account_ref(name), name) for name in ("Ada", "Ben"))


@pytest.fixture
def transcript() -> Transcript:
    transcript = Transcript()
    for record in (ADA, BEN, Place(LOBBY), Place(PLANS, {"ada": 0})):
        transcript.put(record)
    return transcript


def entry(number: int, room: str = LOBBY.ref.id, author: str | None = "ada") -> Entry:
    return Entry(number, room, author, NOW, text=f"line {number}")


def take(transcript: Transcript, event: Event) -> None:
    for record in list(changes(event, transcript)):
        transcript.put(record)


def test_what_is_for_one_is_seen_by_one(transcript: Transcript) -> None:
    transcript.put(replace(entry(1, author=None), private_to="ben"))
    assert transcript.seen("ada", LOBBY.ref) == []
    assert [one.number for one in transcript.seen("ben", LOBBY.ref)] == [1]


def test_who_is_invited_sees_only_what_comes_after(transcript: Transcript) -> None:
    transcript.put(entry(1, PLANS.ref.id))
    take(transcript, MemberChanged(PLANS.ref, BEN))
    transcript.put(entry(2, PLANS.ref.id))
    assert [one.number for one in transcript.seen("ben", PLANS.ref)] == [2]
    assert [one.number for one in transcript.seen("ada", PLANS.ref)] == [1, 2]


def test_a_room_may_be_shown_where_all_readers_are_in_it(transcript: Transcript) -> None:
    alone = rooms.direct_room(ADA).ref
    assert set(transcript.readable(Audience.of_room(LOBBY.ref))) == {LOBBY.ref}
    assert set(transcript.readable(Audience.of_room(PLANS.ref))) == {LOBBY.ref, PLANS.ref}
    assert set(transcript.readable(Audience.of_room(alone))) == {LOBBY.ref, PLANS.ref, alone}
    assert set(transcript.readable(Audience.of_account(ADA.ref))) == {LOBBY.ref, PLANS.ref, alone}
    assert PLANS.ref not in transcript.readable(Audience.of_account(BEN.ref))


@pytest.mark.parametrize(
    "audience",
    [
        Audience.of_account(AccountRef("elsewhere", "ada")),
        Audience.of_account(AccountRef("terminal", "nobody")),
        Audience.of_room(RoomRef(SpaceRef("terminal", "other"), LOBBY.ref.id)),
        Audience.of_room(RoomRef(rooms.SPACE, "direct:nobody")),
    ],
)
def test_an_unknown_audience_may_read_nothing(transcript: Transcript, audience: Audience) -> None:
    assert list(transcript.readable(audience)) == []


@pytest.mark.parametrize("id", ["", "0", "-1", "2", "1 ", "²", "abc", "9" * 5000])
def test_an_unknown_message_is_gone(transcript: Transcript, id: str) -> None:
    transcript.put(entry(1))
    with pytest.raises(RoomGoneError):
        transcript.entry(MessageRef(LOBBY.ref, id))


def test_a_message_is_found_in_its_own_room_alone(transcript: Transcript) -> None:
    transcript.put(entry(1, PLANS.ref.id))
    with pytest.raises(RoomGoneError):
        transcript.entry(MessageRef(LOBBY.ref, "1"))


def test_every_event_changes_things_once(transcript: Transcript) -> None:
    transcript.put(entry(1))
    ref = MessageRef(LOBBY.ref, "1")
    posted = transcript.event(transcript.entry(ref))
    later = replace(posted, message=replace(posted.message, ref=MessageRef(LOBBY.ref, "2")))
    for event in (
        later,
        MessageEdited(ref, "changed", NOW),
        Reacted(ref, BEN, "👍"),
        MemberChanged(PLANS.ref, BEN),
        MemberChanged(None, Account(rooms.account_ref("Cleo"), "Cleo")),
        MessageDeleted(MessageRef(LOBBY.ref, "2")),
    ):
        take(transcript, event)
        before = list(transcript.records())
        take(transcript, event)
        assert list(transcript.records()) == before
    changed = transcript.entry(ref)
    assert (changed.text, changed.revision, len(changed.reactions)) == ("changed", 1, 1)


def test_a_deleted_message_leaves_its_number_and_key_alone() -> None:
    post = Entry(
        3, "room:lobby", None, NOW, blocks=(Paragraph((Text("x"),)),), key="k", private_to="ada"
    )
    assert post.without_content() == Entry(3, "room:lobby", None, NOW, key="k", is_gone=True)


def test_a_number_is_never_given_twice(transcript: Transcript) -> None:
    transcript.put(entry(7).without_content())
    assert transcript.next_number == 8
    take(transcript, MessagePosted(transcript.event(entry(7)).message, ADA, LOBBY))
    assert transcript.seen("ada", LOBBY.ref) == []


@pytest.mark.parametrize(
    ("name", "id"),
    [("Chloé", "chloé"), ("Mary Ann", "mary-ann"), ("\uff21\uff24\uff21", "ada"), ("…", "")],
)
def test_a_name_is_one_id_however_it_is_written(name: str, id: str) -> None:
    assert rooms.slug(name) == id
