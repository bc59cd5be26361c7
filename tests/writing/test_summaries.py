from dataclasses import replace
from datetime import UTC, datetime

import pytest

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.storage.messages import State, StoredMessage
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
