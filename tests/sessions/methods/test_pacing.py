"""A reading plan is contiguous, complete and as even as can be; places and contents are read safely."""

import json
import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.methods.contents import parse_contents
from learncomm_agent.sessions.methods.pacing import (
    Part,
    Portion,
    Unit,
    is_before,
    place_of,
    plan_reading,
)

HOSTILE = [
    "",
    " \n\t\n",
    "😀" * 5000,
    "a" * 5000,
    "‏الفصل الأول 5",
    "\0",
    "1" * 5000,
    "1 .\n" * 5000,
]


def chapters(*sizes: float) -> list[Part]:
    return [Part(f"Chapter {n}", size, n) for n, size in enumerate(sizes, start=1)]


def best(sizes: list[int], weeks: int) -> tuple[int, int]:
    """Try all divisions: the least longest week, and with it the least sum of squares."""
    found = []
    for cuts in combinations(range(1, len(sizes)), weeks - 1):
        sums = [sum(sizes[a:b]) for a, b in pairwise([0, *cuts, len(sizes)])]
        found.append((max(sums), sum(each**2 for each in sums)))
    return min(found)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(2, 40), min_size=1, max_size=9), st.integers(1, 9))
def test_no_other_division_of_chapters_is_more_even(sizes: list[int], weeks: int) -> None:
    plan = plan_reading(chapters(*sizes), weeks)
    assert [portion.n for portion in plan] == list(range(1, min(weeks, len(sizes)) + 1))
    assert [n for each in plan for n in range(each.first, each.last + 1)] == [
        *range(1, len(sizes) + 1)
    ]
    sums = [int(portion.size) for portion in plan]
    assert (max(sums), sum(each**2 for each in sums)) == best(sizes, len(plan))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(2, 90), min_size=1, max_size=30), st.integers(1, 100))
def test_by_the_pace_a_week_is_steep_only_for_a_chapter_that_is(
    sizes: list[int], pace: int
) -> None:
    plan = plan_reading(chapters(*sizes), per_week=pace)
    most = max(pace, *sizes)
    assert all(portion.size <= most for portion in plan)
    assert any(portion.is_steep for portion in plan) == any(portion.size > pace for portion in plan)
    if len(plan) > 1:  # one week fewer would not do
        assert best_max(sizes, len(plan) - 1) > most


def best_max(sizes: list[int], weeks: int) -> float:
    return max(portion.size for portion in plan_reading(chapters(*sizes), weeks))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5000), st.integers(1, 104))
def test_pages_are_divided_to_within_one(pages: int, weeks: int) -> None:
    plan = plan_reading(pages, weeks)
    assert [plan[0].first, plan[-1].last] == [1, pages]
    assert all(after.first == before.last + 1 for before, after in pairwise(plan))
    assert max(each.size for each in plan) - min(each.size for each in plan) <= 1
    assert len(plan) == min(weeks, pages)


def test_the_humane_pace_decides_how_many_weeks() -> None:
    assert [(each.first, each.last) for each in plan_reading(320)] == [
        *((1, 54), (55, 108), (109, 161)),
        *((162, 214), (215, 267), (268, 320)),
    ]
    by_chapter = plan_reading(chapters(*[1] * 5))
    assert [(each.first, each.last, each.unit) for each in by_chapter] == [
        *((1, 2, Unit.CHAPTER), (3, 4, Unit.CHAPTER), (5, 5, Unit.CHAPTER))
    ]
    assert not any(each.is_steep for each in by_chapter)
    assert [each.is_steep for each in plan_reading(chapters(20, 90, 30))] == [False, True, False]
    assert all(each.is_steep for each in plan_reading(320, 4))


def test_parts_that_are_not_numbered_throughout_are_named() -> None:
    parts = [Part("Foreword", 10), *chapters(20, 20)]
    (first, second) = plan_reading(parts, 2)
    assert (first.unit, first.first_label, first.last_label) == (
        Unit.PART,
        "Foreword",
        "Chapter 1",
    )
    assert (second.first, second.last) == (3, 3)
    for text in ("chapters 7-9", "VII. One\nVIII. Two\nIX. Three"):
        (later,) = plan_reading(parse_contents(text) or 0, 1)
        assert (later.unit, later.first, later.last) == (Unit.CHAPTER, 7, 9)


def test_a_plan_survives_json() -> None:
    for portion in plan_reading(chapters(20, 30.5, 12), 2):
        assert Portion.of(json.loads(json.dumps(portion.record()))) == portion


@pytest.mark.parametrize(
    ("contents", "weeks", "pace"),
    [
        *((0, None, 60), (-5, None, 60), (20_001, None, 60), ([], None, 60), (100, 0, 60)),
        *((100, 105, 60), (100, 3, 0), ([Part("x", 0)], 1, 60), ([Part("x", -1)], 1, 60)),
        *(([Part("x", math.nan)], 1, 60), ([Part("x", math.inf)], 1, 60)),
        ([Part("x")] * 201, 1, 60),
    ],
)
def test_what_can_not_be_planned_is_refused(
    contents: list[Part] | int, weeks: int | None, pace: int
) -> None:
    with pytest.raises(ValueError, match="no plan"):
        plan_reading(contents, weeks, per_week=pace)


@pytest.mark.parametrize(
    ("text", "unit", "place"),
    [
        *(("chapter 4", Unit.CHAPTER, 4), ("ch. 4", Unit.CHAPTER, 4), ("Ch4", Unit.CHAPTER, 4)),
        *(("I'm on chapter four", Unit.CHAPTER, 4), ("Kapitel 4", Unit.CHAPTER, 4)),
        *(("bin mit Kap. 4 durch", Unit.CHAPTER, 4), ("chapters 3–5", Unit.CHAPTER, 5)),
        *(("finished chapter 3, starting chapter 4", Unit.CHAPTER, 3), ("4", Unit.CHAPTER, 4)),
        *(("ch 5, not so sure of ch 3", Unit.CHAPTER, 2), ("ch 5 and ch 3", Unit.CHAPTER, 3)),
        *(("4 of 12", Unit.CHAPTER, 4), ("4 von 12", Unit.CHAPTER, 4), ("#4", Unit.CHAPTER, 4)),
        *(("the start of chapter 4", Unit.CHAPTER, 3), ("mitten in Kapitel 4", Unit.CHAPTER, 3)),
        *(("haven't finished chapter 4 yet", Unit.CHAPTER, 3), ("ch 4, p. 5", Unit.CHAPTER, 4)),
        *(("p. 4", Unit.PAGE, 4), ("page 4", Unit.PAGE, 4), ("Seite 4", Unit.PAGE, 4)),
        *(("S. 4", Unit.PAGE, 4), ("p4", Unit.PAGE, 4), ("pp. 2-4", Unit.PAGE, 4)),
        *(("part two", Unit.PART, 2), ("75 %", Unit.PAGE, 9), ("75 Prozent", Unit.PART, 9)),
        *(("finished!", Unit.CHAPTER, 12), ("Done", Unit.PAGE, 12), ("fertig", Unit.PAGE, 12)),
        *(("halfway", Unit.PAGE, 6), ("die Hälfte", Unit.PAGE, 6), ("not started", Unit.PAGE, 0)),
        *(("noch nicht angefangen", Unit.PAGE, 0), ("I haven’t begun", Unit.PAGE, 0)),
    ],
)
def test_how_far_somebody_is(text: str, unit: Unit, place: int) -> None:
    assert place_of(text, unit, 12) == pytest.approx(place / 12)


@pytest.mark.parametrize(
    "text",
    [
        *("almost done", "fast fertig", "not done yet", "chapter 13", "page 4", "140 %", "great!"),
        *("I have read 4 other books", "abridged", "halbe Sachen 3", *HOSTILE),
    ],
)
def test_how_far_is_unknown(text: str) -> None:
    assert place_of(text, Unit.CHAPTER, 12) is None
    assert place_of(text, Unit.CHAPTER, 0) is None


def test_a_fence_hides_what_lies_ahead() -> None:
    third, same, fourth = 0.3, 0.1 + 0.2, 4 / 12
    assert is_before(third, fourth)
    assert not is_before(third, same) and not is_before(fourth, third)
    assert is_before(None, third) and not is_before(None, None) and not is_before(None, 0.0)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        (
            "1 The beginning ..... 5\n2 The river ..... 23\n3 The end ... 60\nIndex .... 90",
            "18 37 30",
        ),
        ("Chapter 1: A  5\nChapter 2: X  23\nChapter 3: Y  41\nTotal: 60 pages", "18 18 20"),
        ("Kapitel 1 … 7\nKapitel 2 … 20\nKapitel 3 … 41\nLiteraturverzeichnis … 60", "13 21 19"),
        ("| 1 | The beginning | 5 |\n|---|---|---|\n| 2 | The rest | 9 |\n40 pages", "4 32"),
        ("I. The one 5\nII. Two 20\nIII. Three 30", "15 10 12"),
        ("1 A (pp. 5–20)\n2 B (pp. 21–40)", "16 20"),
        ("1 A . . . . 3\n1.1 Sub . . 4\n1.2 Sub . . 9\n2 B . . . . 20\nNotes . . 50", "17 30"),
        ("- [One](#one)\n- **Two**\n  - sub\n- Three", "1 1 1"),
        ("1. One\n2. Two", "1 1"),
        ("1. One\n2. Two\n90 pages", "45 45"),
        ("Chapter One\nChapter Two\nChapter Three", "1 1 1"),
        ("1: 1914\n2: 1939\n3: 1945", "1 1 1"),
        ("1 A 40\n2 B 20\n3 C 30", "1 1 1"),
        ("twelve chapters", "1 " * 12),
        ("320 Seiten in 10 Kapiteln", "32 " * 10),
        ("Kapitel 3 bis 5", "1 1 1"),
    ],
)
def test_contents_give_the_lengths_of_chapters(text: str, sizes: str) -> None:
    parts = parse_contents(text)
    assert isinstance(parts, tuple)
    assert [part.size for part in parts] == [float(each) for each in sizes.split()]
    assert plan_reading(parts)


def test_contents_keep_what_a_chapter_is_called() -> None:
    page = """Table of contents
    Foreword ix
    Part I: Start 1
    1 Alpha 3
    2 Beta 20
    Part II: More 40
    3 Gamma 42
    Bibliography 70"""
    assert parse_contents(page) == (
        *(Part("1 Alpha", 17, 1), Part("2 Beta", 20, 2), Part("3 Gamma", 28, 3)),
    )
    on_lines_of_their_own = "The beginning\n5\nThe middle\n23\nThe end\n44"
    assert parse_contents(on_lines_of_their_own) == (
        *(Part("The beginning", 18), Part("The middle", 21), Part("The end", 19)),
    )
    assert parse_contents("Chapter 1: 1984\nChapter 2: Dune") == (
        *(Part("Chapter 1: 1984", 1, 1), Part("Chapter 2: Dune", 1, 2)),
    )
    assert [part.label for part in parse_contents("Teil 1 … 5\nTeil 2 … 80") or ()] == [  # type: ignore[union-attr]
        *("Teil 1", "Teil 2")
    ]


@pytest.mark.parametrize(
    ("text", "pages"), [("320 pages", 320), ("Seiten: 300", 300), ("90 S.", 90)]
)
def test_a_number_of_pages_is_enough(text: str, pages: int) -> None:
    assert parse_contents(text) == pages


@pytest.mark.parametrize(
    "text",
    [
        *(*HOSTILE, "0 pages", "99999 pages", "1000 chapters", "1 chapter", "yes please\nthanks"),
        *(
            "Hello there. I like books.\nWhat about you?\nMe too.",
            "1 A\n" * 300,
            "x" * 301 + "\n1 A",
        ),
    ],
)
def test_what_are_no_contents_is_unreadable(text: str) -> None:
    assert parse_contents(text) is None


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="1 2.\n\tabC-|…(pIV#[]:😀", max_size=200))
def test_whatever_is_read_can_be_planned(text: str) -> None:
    contents = parse_contents(text)
    assert contents is None or plan_reading(contents)
    assert (place_of(text, Unit.PAGE, 10) or 0) <= 1
