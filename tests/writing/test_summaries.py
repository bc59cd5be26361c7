from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.outgoing import Block, Listing, MessageLink, Span
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage import rooms
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.testing.community import Circle
from learncomm_agent.writing.items import Skipped
from learncomm_agent.writing.summaries import Scope, transcript_of

SCOPE = Scope(RoomId(1), "What was said in hall", language="de", timezone="Europe/Berlin")
SAID = StoredMessage(
    id=MessageId(1),
    room=RoomId(1),
    platform_id="p1",
    state=State.KEPT,
    text="I will write the minutes.",
    revision=0,
    posted_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
    reply_to=None,
    is_addressed=False,
    member=MemberId(1),
    author="Ann",
    is_bot=False,
    consent=Consent.IN,
)


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data) as circle:
        yield circle


def spans_of(blocks: Iterable[Block]) -> list[Span]:
    lists = (block for block in blocks if isinstance(block, Listing))
    return [span for block in lists for item in block.items for span in item]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (replace(SAID, state=State.COUNTED, text=""), "opted_out"),
        (replace(SAID, state=State.DELETED, text=""), "deleted"),
        (replace(SAID, state=State.EARLY), "early"),
        (replace(SAID, is_addressed=True), "command"),
        (replace(SAID, is_bot=True), "bot"),
    ],
)
def test_what_is_not_read_is_counted_with_its_reason(message: StoredMessage, reason: str) -> None:
    made = transcript_of([SAID, message, message], SCOPE)
    assert [utterance.id for utterance in made.utterances] == ["1"]
    assert made.skipped == (Skipped(reason, 2),)


def test_a_member_who_allows_summaries_only_is_read() -> None:
    made = transcript_of([replace(SAID, consent=Consent.SUMMARIES_ONLY)], SCOPE)
    assert len(made.utterances) == 1


def test_an_answer_names_the_message_it_answers_by_our_own_id() -> None:
    answer = replace(SAID, id=MessageId(2), platform_id="p2", reply_to="p1")
    lost = replace(SAID, id=MessageId(3), platform_id="p3", reply_to="p99")
    made = transcript_of([SAID, answer, lost], SCOPE)
    assert [utterance.reply_to for utterance in made.utterances] == [None, "1", None]
    assert (made.title, made.language, made.timezone) == (
        "What was said in hall",
        "de",
        "Europe/Berlin",
    )


def test_an_utterance_says_whose_it_is_and_in_which_thread() -> None:
    aside = replace(SAID, id=MessageId(2), room=RoomId(7), reply_to="p1", revision=3)
    there = replace(SAID, id=MessageId(3), room=RoomId(7), platform_id="p3", reply_to="p1")
    host = replace(SAID, zone="Asia/Tokyo", is_host=True)
    made = transcript_of([host, aside, there], SCOPE, {RoomId(7): "plans"})
    told = [(each.thread, each.zone, each.is_host, each.revision) for each in made.utterances]
    assert told == [
        ("", "Asia/Tokyo", True, 0),
        ("plans", None, False, 3),
        ("plans", None, False, 0),
    ]
    # What a message replies to stands in its own room: ids of two rooms may be alike.
    assert [each.reply_to for each in made.utterances] == [None, "2", "2"]
    assert made.room == SCOPE.room


async def test_a_room_is_summed_up_with_the_threads_that_were_active_then(circle: Circle) -> None:
    early = circle.platform.add_room("plans", parent=circle.hall, is_read=True)
    twin = circle.platform.add_room("plans", parent=circle.hall, is_read=True)
    secret = circle.platform.network.add_private_thread(
        "aside", [circle.ann.account.ref], circle.hall
    ).ref
    await circle.ann.says("In the thread, too early.", early)
    first = await circle.ben.says("In the hall.", circle.hall)
    for room in (twin, secret, circle.den, early):
        await circle.ann.says(f"In {room.id}.", room)
    last = await circle.ben.says("In the hall, last.", circle.hall)
    await circle.ann.says("Too late.", early)
    house = circle.agent.house
    ids = await house.database.read(lambda conn: rooms.find(conn, [circle.hall, early, twin]))
    summaries, hall = house.summaries, ids[circle.hall]
    said = await summaries.said(Scope(hall, "", first=first.id, last=last.id))
    expected = ["In the hall.", f"In {twin.id}.", f"In {early.id}.", "In the hall, last."]
    assert [each.text for each in said.messages] == expected
    assert said.threads == {ids[early]: "plans", ids[twin]: "plans (2)"}
    transcript = transcript_of(said.messages, Scope(hall, ""), said.threads)
    assert [each.thread for each in transcript.utterances] == ["", "plans (2)", "plans", ""]
    alone = await summaries.said(Scope(ids[twin], ""))
    assert [each.text for each in alone.messages] == [f"In {twin.id}."]
    with pytest.raises(NotFoundError):
        await summaries.said(Scope(ids[twin], "", first=first.id))


async def test_a_line_links_into_the_thread_where_it_was_said(circle: Circle) -> None:
    thread = circle.platform.add_room("plans", parent=circle.hall, is_read=True)
    said = await circle.ben.says("We decided that we meet on Tuesdays in the mill.", thread)
    await circle.ann.sends("summary", circle.hall)
    await circle.ann.presses("Publish")
    post = circle.platform.posts[-1]
    assert said in [span.ref for span in spans_of(post.blocks) if isinstance(span, MessageLink)]
    await circle.ben.deletes(said)
    assert "mill" not in circle.transcript(circle.chloe, circle.hall)
