"""Results on the command line, and what `--why` adds."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from learncomm_agent.library.resources import Found, Passage, Place, ResourceId, ResourceKind
from learncomm_agent.printing import passages_text
from learncomm_agent.words import Words
from learncomm_agent.writing.ranks import rank_of
from learncomm_agent.writing.voice import Voice

PARTS = {"words": 0.8, "meaning": 0.4, "weight": 0.3, "phrase": 1.0, "recency": 0.0}
FOUND = Passage(
    resource=ResourceId(1),
    revision=0,
    source="herons.md",
    title="Herons",
    place=Place(("Nests",), page=3),
    chunk="c0ffee",
    start=0,
    end=21,
    text="A heron stands still.",
    score=0.75,
    shared_by="Ben",
    shared_at=datetime(2026, 2, 8, tzinfo=UTC),
    parts=PARTS,
    alike=2,
)


@pytest.fixture
def voice() -> Voice:
    return Voice(Words(), "en", UTC)


def test_a_result_tells_where_who_and_how_long_ago(voice: Voice) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    found = Found((FOUND,), by_meaning=True)
    plain = list(passages_text(found, voice, now, why=False))
    assert plain == [
        "1. Herons › Nests, p. 3 (herons.md)",
        "   A heron stands still.",
        "   shared by Ben, 3 weeks ago · and 2 that say nearly the same",
    ]
    *shown, ranked, weighed = passages_text(found, voice, now, why=True)
    assert shown == plain
    assert ranked == (
        "   nearly all of your words (80 %), its meaning adds some (40 %), your words as they stand "
        "[score=0.750 words=0.800 meaning=0.400 weight=0.300 phrase=1.000 recency=0.000]"
    )
    assert weighed == "Meaning counted for 30 %, words for 70 %."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"shared_by": None, "alike": 0}, "added 3 weeks ago"),
        ({"kind": ResourceKind.CONVERSATION, "alike": 0}, "said 3 weeks ago"),
    ],
)
def test_a_result_is_told_as_in_a_chat(voice: Voice, changes: dict[str, Any], told: str) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    found = Found((replace(FOUND, **changes),), by_meaning=True)
    assert list(passages_text(found, voice, now, why=False))[-1] == f"   {told}"


def test_meaning_is_not_told_where_words_alone_answered(voice: Voice) -> None:
    assert rank_of(voice, {**PARTS, "weight": 0.0, "phrase": 0.0}) == (
        "nearly all of your words (80 %)"
    )
    assert rank_of(voice, {"words": 0.0, "meaning": 0.7, "weight": 1.0, "recency": 0.5}) == (
        "none of your words (0 %), its meaning adds much (70 %), new (50 %)"
    )
