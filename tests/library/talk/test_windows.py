"""Conversation windows: what belongs together stands together, whatever a chat does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.library.talk import windows as shape
from learncomm_agent.library.talk.windows import Spoken, Window, windows

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NAMES = ("Ann", "Ben", "Chloé", "Dmitri Petrov")
LONG = "We meet at the old mill by the river. " * 6


def said(
    id: int,
    who: int,
    text: str,
    minutes: float = 0,
    reply_to: int | None = None,
) -> Spoken:
    answered = None if reply_to is None else str(reply_to)
    at = NOON + timedelta(minutes=minutes)
    return Spoken(MessageId(id), str(id), who, NAMES[who], text, at, answered)


def ids(made: list[Window]) -> list[list[int]]:
    return [[span.message for span in window.spans] for window in made]


def test_a_window_is_a_line_a_message_and_knows_where_each_stands() -> None:
    (window,) = windows(
        [said(1, 0, "Where do we meet?"), said(2, 1, " At the mill.\nAt nine. ", 1)]
    )
    assert window.text == "Ann: Where do we meet?\nBen: At the mill.\nAt nine."
    stands = [window.text[span.start : span.end] for span in window.spans]
    assert stands == ["Where do we meet?", "At the mill.\nAt nine."]
    assert (window.first, window.began, window.ended) == ("1", NOON, NOON + timedelta(minutes=1))


TALK = "Has anyone read the second chapter of the book about bees?"


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        # A long silence parts what is said, a short one does not.
        ([said(1, 0, LONG), said(2, 1, LONG, 20)], [[1, 2]]),
        ([said(1, 0, LONG), said(2, 1, LONG, 180)], [[1], [2]]),
        # But not from what it answers, or whom it names.
        ([said(1, 0, LONG), said(2, 1, LONG, 180, reply_to=1)], [[1, 2]]),
        ([said(1, 0, LONG), said(2, 1, "ann: at the mill", 180)], [[1, 2]]),
        ([said(1, 0, LONG), said(2, 1, "I think, @Ann, so", 180)], [[1, 2]]),
        ([said(1, 3, LONG), said(2, 1, "dmitri petrov, at the mill", 180)], [[1, 2]]),
        # An answer goes to its question, past what came between.
        (
            [said(1, 0, TALK), said(2, 1, LONG, 150), said(3, 2, "Yes, twice.", 151, reply_to=1)],
            [[1, 3], [2]],
        ),
        # What is short and alone goes to its nearest neighbour.
        ([said(1, 0, LONG), said(2, 1, LONG, 300), said(3, 2, "Ok", 460)], [[1], [2, 3]]),
        ([said(1, 0, "Hello"), said(2, 1, "Anybody there?", 200)], [[1, 2]]),
        # Alone in its day, it has to say something.
        ([said(1, 0, "ok, thanks")], []),
        ([said(1, 0, LONG)], [[1]]),
        # What answers itself, something unknown, or goes round in a circle, answers nothing.
        ([said(1, 0, LONG, reply_to=1)], [[1]]),
        ([said(1, 0, LONG, reply_to=77), said(2, 1, LONG, 1, reply_to=3)], [[1, 2]]),
        (
            [said(1, 0, LONG, reply_to=3), said(2, 1, TALK, 1, reply_to=1), said(3, 2, TALK, 2, 2)],
            [[1, 2, 3]],
        ),
        # No words, no line.
        ([said(1, 0, "  \n"), said(2, 1, "")], []),
        ([], []),
    ],
)
def test_what_belongs_together_stands_together(
    messages: list[Spoken], wanted: list[list[int]]
) -> None:
    assert ids(windows(messages)) == wanted


def test_in_a_busy_room_whoever_joins_in_begins_something_new() -> None:
    talk = [said(n, n % 2, f"Part {n} of what we two have to say", n / 4) for n in range(12)]
    asks = said(50, 2, LONG, 3.1)
    answer = said(51, 3, "Chloé: by the stairs", 3.2)
    two, other = windows([*talk, asks, answer])
    assert [span.message for span in other.spans] == [50, 51]
    assert len(two.spans) == 12
    (one,) = windows([*talk[:5], asks])
    assert len(one.spans) == 6


def test_a_long_talk_is_cut_at_its_longest_silences_and_no_run_is() -> None:
    gaps = {4: 20, 9: 30}
    minutes, talk = 0.0, []
    for n in range(14):
        minutes += gaps.get(n, 1)
        talk.append(said(n, n % 3, LONG, minutes))
    made = windows(talk)
    assert [id for some in ids(made) for id in some] == list(range(14))
    assert {some[0] for some in ids(made)} >= {4, 9}
    assert all(len(window.text) <= shape.ROOM_CHARS for window in made)

    run = [said(n, 0, LONG, n / 10) for n in range(12)]
    (whole,) = windows([*run, said(20, 1, "Thank you", 2)])[:1]
    assert ids([whole]) == [list(range(12))]
    endless = windows([said(n, 0, LONG, n / 10) for n in range(60)])
    assert len(endless) > 1
    assert all(len(window.text) <= shape.RUN_CHARS for window in endless)


def test_a_huge_message_is_not_cut_short() -> None:
    huge = "x" * 100_000
    (window,) = windows([said(1, 0, huge)])
    assert window.text == f"Ann: {huge}"


def test_what_is_answered_from_another_day_is_quoted_first_and_known() -> None:
    before = said(1, 0, "Where shall we meet? " * 30, -1440)
    answer = said(2, 1, LONG, reply_to=1)
    (window,) = windows([answer], {"1": before})
    assert ids([window]) == [[1, 2]]
    assert window.first == "2"
    quoted = window.text[window.spans[0].start : window.spans[0].end]
    assert before.text.startswith(quoted)
    assert len(quoted) <= shape.QUOTE_CHARS
    assert not windows([said(3, 1, LONG)], {"1": before})[0].text.startswith("Ann")


@st.composite
def rooms(draw: st.DrawFn) -> list[Spoken]:
    """Messages of one day in the order written, with anything that a platform may tell."""
    minutes = sorted(draw(st.lists(st.integers(0, 1439), max_size=40)))
    texts = st.one_of(
        st.text(max_size=30),
        st.just(LONG),
        st.just("@ann: yes"),
        st.just("x" * 5000),
        st.just("\n"),
    )
    return [
        said(
            n,
            draw(st.integers(0, 3)),
            draw(texts),
            minute,
            draw(st.one_of(st.none(), st.integers(-1, 45))),
        )
        for n, minute in enumerate(minutes)
    ]


@given(rooms())
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_each_message_stands_once_and_in_its_own_words(day: list[Spoken]) -> None:
    made = windows(day)
    assert made == windows(day)
    own = {message.id: message for message in day}
    seen: list[int] = []
    for window in made:
        starts = [span.start for span in window.spans]
        assert starts == sorted(starts)
        for place, span in enumerate(window.spans):
            words = window.text[span.start : span.end]
            is_quoted = place == 0 and own[span.message].platform_id != window.first
            assert own[span.message].text.strip().startswith(words)
            assert is_quoted or words == own[span.message].text.strip()
            seen += [] if is_quoted else [span.message]
    assert len(seen) == len(set(seen))
    assert len({window.first for window in made}) == len(made)
    told = {message.id for message in day if len(message.text.strip()) >= shape.LEAST_CHARS}
    assert told <= set(seen)


def test_ten_thousand_messages_of_as_many_people_are_no_trouble() -> None:
    day = [
        Spoken(
            MessageId(n),
            str(n),
            n,
            f"M{n}",
            f"{LONG if n % 7 == 0 else 'Hi'} {n}",
            NOON + timedelta(seconds=n // 3),
        )
        for n in range(10_000)
    ]
    made = windows(day)
    assert {span.message for window in made for span in window.spans} == set(range(10_000))
