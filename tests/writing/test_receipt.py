"""The receipt says how much was read, in how many parts, and what went otherwise; short where all went well."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from learncomm_agent.words import Words
from learncomm_agent.writing.receipt import receipt

WORDS = Words()


def header(*outcomes: tuple[str, str], method: str = "model", **changes: Any) -> Mapping[str, Any]:
    """Return what is kept of a summary, of segments that took an hour each."""
    segments = [
        {
            "outcome": outcome,
            "reason": reason,
            "messages": 10,
            "began": f"2026-03-02T{9 + n:02}:00:00+00:00",
            "ended": f"2026-03-02T{9 + n:02}:40:00+00:00",
        }
        for n, (outcome, reason) in enumerate(outcomes)
    ]
    count = 10 * len(outcomes)
    kept = {"method": method, "messages": count, "read": count, "skipped": [], "segments": segments}
    return {**kept, **changes}


def told(kept: Mapping[str, Any], language: str = "en", zone: str = "UTC") -> str:
    lines = receipt(WORDS, "summary", kept, language, zone=ZoneInfo(zone))
    return " ".join(lines).replace("\u202f", " ")


USED, EMPTY = ("used", ""), ("empty", "")


@pytest.mark.parametrize(
    ("of", "language", "said"),
    [
        ("turns", "en", "I read all 10 turns."),
        ("notes", "en", "I read all 10 lines of the notes."),
        ("turns", "de", "Ich habe alle 10 Beiträge gelesen."),
        ("notes", "de", "Ich habe alle 10 Zeilen der Notizen gelesen."),
    ],
)
def test_of_a_meeting_turns_or_notes_are_counted(of: str, language: str, said: str) -> None:
    assert told(header(USED, of=of), language).startswith(said)
    left_out = told(header(USED, of=of, read=8, skipped=[["heading", 2]], dropped=1), language)
    assert "messages" not in left_out and "Nachrichten" not in left_out


def test_where_all_went_well_there_is_a_count_and_no_more() -> None:
    assert told(header(USED)).startswith("I read all 10 messages. Written by")
    assert told(header(USED, EMPTY)).startswith("I read all 20 messages, in 2 parts. Written by")
    assert told(header(USED, EMPTY, method="extracted")).startswith(
        "I read all 20 messages. In your"
    )
    older = {name: each for name, each in header(USED).items() if name != "segments"}
    assert told(older).startswith("I read all 10 messages. Written by")


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (
            [USED, USED, ("plain", "unavailable"), USED, USED],
            "Part 3 of 5 (11:00 AM–11:40 AM) was read without the language model:"
            " it could not be reached.",
        ),
        (
            [USED, *[("plain", "budget")] * 4],
            "Parts 2–5 of 5 (10:00 AM–1:40 PM) were read without the language model:"
            " what it may write in a day was used up.",
        ),
        (
            [("plain", "unclear"), ("failed", "unclear"), ("plain", "unclear"), USED],
            "Parts 1 and 3 of 4 (9:00 AM–11:40 AM) were read without the language model:"
            " it gave no answer that I could use. Part 2 of 4 (10:00 AM–10:40 AM) could not be"
            " read: it gave no answer that I could use.",
        ),
    ],
)
def test_what_no_model_has_read_is_told_with_its_place_and_reason(
    outcomes: list[tuple[str, str]], said: str
) -> None:
    assert said in told(header(*outcomes))


def test_times_are_those_of_the_reader_and_left_out_where_nobody_knows_them() -> None:
    kept = header(USED, ("plain", "busy"))
    assert "Teil 2 von 2 (11:00–11:40) habe ich ohne das Sprachmodell gelesen: es war mit" in told(
        kept, "de", "Europe/Berlin"
    )
    for each in kept["segments"]:
        each["began"] = each["ended"] = None
    assert "Part 2 of 2 was read without" in told(kept)
    weeks = header(("plain", "busy"), USED, ("plain", "busy"))
    weeks["segments"][2]["ended"] = "2026-03-20T12:00:00+00:00"
    assert "(3/2/26, 9:00 AM – 3/20/26, 12:00 PM)" in told(weeks)
