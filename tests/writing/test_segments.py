"""A conversation of any length is cut so that each message is read once, and growth moves no cut but the last."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from learncomm_agent.writing.items import (
    Coverage,
    Item,
    ItemKind,
    Method,
    Outcome,
    Segment,
    Summary,
    Utterance,
)
from learncomm_agent.writing.segments import cut, report, reports, settled

BEGAN = datetime(2026, 3, 2, 10, tzinfo=UTC)
TOPICS = ("tea kettle leaves cup", "bees hive honey queen", "rails train signal station")


def said(
    number: int,
    text: str,
    *,
    minutes: float | None = None,
    speaker: str = "",
    reply_to: str | None = None,
    thread: str = "",
) -> Utterance:
    at = BEGAN + timedelta(minutes=number if minutes is None else minutes)
    speaker = speaker or f"s{number % 4}"
    return Utterance(f"m{number}", speaker, text, at, reply_to=reply_to, thread=thread)


def segments(talk: Sequence[Utterance], room: int) -> tuple[tuple[int, ...], ...]:
    bags = [frozenset(each.text.split()) for each in talk]
    return cut(talk, bags, [10] * len(talk), room)


def chatter(count: int, seed: int = 1) -> list[Utterance]:
    """Return a talk that changes its topic now and then, pauses now and then, and runs in threads."""
    chance = random.Random(seed)
    talk, minutes, topic = [], 0.0, 0
    for number in range(count):
        minutes += 600 if chance.random() < 0.02 else chance.random() * 3
        topic = chance.randrange(3) if chance.random() < 0.05 else topic
        words = " ".join(chance.choices(TOPICS[topic].split(), k=3))
        reply = (
            f"m{chance.randrange(max(0, number - 9), number)}"
            if number and chance.random() < 0.3
            else ""
        )
        thread = chance.choice(("", "", "", "side"))
        talk.append(said(number, words, minutes=minutes, reply_to=reply, thread=thread))
    return talk


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("room", [5, 100, 333, 100_000])
def test_every_message_is_in_exactly_one_segment_and_none_is_too_long(seed: int, room: int) -> None:
    talk = chatter(400, seed)
    found = segments(talk, room)
    assert sorted(place for each in found for place in each) == list(range(400))
    assert all(len(each) * 10 <= max(room, 10) for each in found)
    assert [min(each) for each in found] == sorted(min(each) for each in found)
    if room >= 100:
        assert len(found) <= 3 * 4000 // room + 2


def test_nothing_said_is_no_segment() -> None:
    assert segments([], 100) == ()


@pytest.mark.parametrize("seed", range(5))
def test_cuts_stay_where_they_are_when_the_talk_goes_on(seed: int) -> None:
    talk = chatter(600, seed)
    whole = set(map(frozenset, segments(talk, 500)))
    for count in (300, 400, 500, 590):
        before = segments(talk[:count], 500)
        assert len(before) > 5
        newest = sorted(before, key=max)[-4:]  # of each of the two threads, the last two
        assert set(map(frozenset, before)) - set(map(frozenset, newest)) <= whole


def test_a_long_talk_is_cut_at_the_pause_or_where_its_topic_shifts() -> None:
    words = [TOPICS[0]] * 37 + [TOPICS[1]] * 43
    by_topic = segments([said(i, text) for i, text in enumerate(words)], 500)
    assert [len(each) for each in by_topic] == [37, 43]
    late = [said(i, TOPICS[0], minutes=i + 90 * (i >= 41)) for i in range(80)]
    assert [len(each) for each in segments(late, 500)] == [41, 39]
    # A longer pause outweighs a shorter one, and a shift of topic.
    both = [said(i, w, minutes=i + 40 * (i >= 30) + 900 * (i >= 45)) for i, w in enumerate(words)]
    assert [len(each) for each in segments(both, 500)] == [45, 35]


def test_no_cut_before_a_reply_where_another_place_is_as_good() -> None:
    talk = [said(i, "tea", reply_to=f"m{i - 1}" if i not in (0, 33) else None) for i in range(60)]
    assert [len(each) for each in segments(talk, 500)] == [33, 27]


def test_threads_come_apart_and_short_ones_share_a_segment() -> None:
    talk = [said(i, "tea", thread=("red", "blue", "green")[i % 3]) for i in range(90)]
    for each in segments(talk, 400):
        assert len({talk[place].thread for place in each}) == 1
    (together,) = segments(talk, 2000)
    assert [talk[place].thread for place in together] == ["red"] * 30 + ["blue"] * 30 + [
        "green"
    ] * 30


def test_talks_side_by_side_in_one_room_are_read_one_by_one() -> None:
    talk = [
        said(0, "How do bees find home?", speaker="Ana"),
        said(1, "Which train goes to Graz?", speaker="Ben"),
        said(2, "By the sun.", speaker="Cem", reply_to="m0"),
        said(3, "The one at nine.", speaker="Dora", reply_to="m1"),
        said(4, "Cem: and when it rains?", speaker="Ana"),
        said(5, "Good, I'll take it.", speaker="Ben"),
        said(6, "Then they smell it.", speaker="Cem"),
    ]
    assert segments(talk, 1000) == ((0, 2, 4, 6, 1, 3, 5),)
    plain = [said(i, "tea", speaker=f"s{i}") for i in range(30)]
    assert segments(plain, 1000) == (tuple(range(30)),)  # nobody says whom they answer: one talk


def test_a_report_counts_what_holds_words() -> None:
    talk = [said(0, "…"), said(1, "tea"), said(2, "more tea"), said(3, "🎉")]
    made = report(talk, Outcome.PLAIN, "budget")
    assert (made.first, made.last, made.messages, made.reason) == ("m1", "m2", 2, "budget")
    assert (made.began, made.ended) == (talk[1].at, talk[2].at)
    assert [each.ids for each in reports(talk, [range(2), range(2, 3), range(3, 4)])] == [
        ("m1",),
        ("m2",),
    ]


def test_a_segment_is_used_where_a_line_that_is_left_rests_on_it() -> None:
    talk = [said(i, "tea") for i in range(4)]
    parts = reports(talk, [range(2), range(2, 4)])
    read_plainly = Segment("x", "y", 2, Outcome.PLAIN, "budget", ids=("x", "y"))
    items: dict[ItemKind, tuple[Item, ...]] = {
        ItemKind.DECISION: (Item("Tea.", ("m3",), "tea"), Item("X.", ("x",), "x"))
    }
    summary = Summary("t", Method.MODEL, Coverage(6, 6), items, segments=(*parts, read_plainly))
    outcomes = [each.outcome for each in settled(summary).segments]
    assert outcomes == [Outcome.EMPTY, Outcome.USED, Outcome.PLAIN]
