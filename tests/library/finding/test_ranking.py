from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.library.finding.analysis import Analyser, Asked, Newness
from learncomm_agent.library.finding.collapsing import collapsed, is_near_duplicate, merged
from learncomm_agent.library.finding.ranking import (
    Candidate,
    Ranked,
    Seen,
    evidence,
    is_relevant,
    ranked,
)
from learncomm_agent.library.resources import ChunkId, ResourceId

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANALYSER = Analyser(("en",), {"the", "a", "of"}, [Newness(("latest",))])


def candidate(
    id: int, text: str, near: float | None = None, *, of: int | None = None, days: float = 0
) -> Candidate:
    resource = ResourceId(id if of is None else of)
    at = NOW - timedelta(days=days)
    return Candidate(ChunkId(id), resource, id, "", text, ANALYSER.words(text), near, at)


def seen(asked: Asked, chunks: int = 1000, **holding: int) -> Seen:
    return Seen(chunks, {term.word: holding.get(term.word, 5) for term in asked.terms})


def order(
    query: str, *candidates: Candidate, weight: float | None = None, **holding: int
) -> list[int]:
    asked = ANALYSER.asked(query)
    found = ranked(asked, candidates, seen(asked, **holding), now=NOW, dense_weight=weight)
    return [each.candidate.chunk for each in found]


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    texts = candidate(1, "tea for all"), candidate(2, "biscuit for all")
    assert order("tea biscuit", *texts, tea=900, biscuit=2) == [2, 1]
    assert order("tea biscuit", *texts, tea=2, biscuit=900) == [1, 2]


def test_words_that_stand_as_they_were_asked_go_first() -> None:
    texts = (
        candidate(1, "a circle that learns, learning in a circle"),
        candidate(2, "learn in circles"),
    )
    apart = candidate(3, "the circle of learning one thing")
    together = candidate(4, "the learning circle of one thing")
    assert order("learning circle", apart, together) == [4, 3]
    assert order("learning circles", *texts)[0] == 1


def test_a_word_is_counted_whole() -> None:
    assert (
        order("art", candidate(1, "artist part cart art"), candidate(2, "art art day one"))[0] == 2
    )


def test_meaning_speaks_where_something_is_really_near() -> None:
    vague = [candidate(i, f"word{i} filler", 0.2 + i / 100) for i in range(10, 20)]
    named = candidate(1, "ann answered the door", 0.2)
    assert order("ann door", named, *vague, candidate(2, "who was there", 0.3))[0] == 1
    assert order("ann door", named, *vague, candidate(2, "who was there", 0.9))[0] == 2


def test_words_have_little_to_say_where_even_the_best_holds_little() -> None:
    rest = [candidate(i, f"filler{i}", 0.1) for i in range(10, 20)]
    texts = [candidate(1, "tea is served", 0.2), candidate(2, "hot drinks come free", 0.6), *rest]
    assert order("tea", *texts)[0] == 1
    assert order("tea beverages refreshments gratis", *texts)[0] == 2


def test_without_vectors_words_alone_decide() -> None:
    asked = ANALYSER.asked("tea time")
    texts = candidate(1, "time"), candidate(2, "tea time")
    best = ranked(asked, texts, seen(asked), now=NOW)[0]
    assert best.candidate.chunk == 2
    assert (best.parts["weight"], best.parts["meaning"]) == (0, 0)


def test_a_chunk_without_a_vector_yet_is_not_behind_those_that_have_one() -> None:
    texts = [candidate(i, "something else", 0.3 + i / 100) for i in range(2, 9)]
    assert order("tea time", candidate(1, "tea time", None), *texts)[0] == 1


@pytest.mark.parametrize("query", ['"open doors"', "see asyncio.sleep", "release v2.11"])
def test_what_is_wanted_as_it_stands_goes_first(query: str) -> None:
    exact = candidate(
        1, "There are open doors, v2.11 and asyncio.sleep to see in this release, at length " * 3
    )
    loose = candidate(2, "doors open, sleep asyncio, v11.2 release see")
    assert order(query, loose, exact)[0] == 1
    asked = ANALYSER.asked(query)
    assert ranked(asked, [exact], seen(asked), now=NOW)[0].parts["phrase"] == 1


def test_what_is_new_goes_first_only_where_the_query_asks_for_it() -> None:
    old, new = (
        candidate(1, "minutes of the circle", days=300),
        candidate(2, "minutes of the old circle", days=1),
    )
    assert order("minutes circle", new, old) == [1, 2]
    assert order("latest minutes circle", new, old) == [2, 1]


def test_of_equals_the_newer_goes_first_then_the_lower_id() -> None:
    texts = candidate(1, "tea", days=9), candidate(3, "tea"), candidate(2, "tea")
    assert order("tea", *texts) == [2, 3, 1]


WORDS = st.lists(
    st.sampled_from(["tea", "circle", "learning", "open", "door", "v2", "語"]), max_size=12
)
TEXTS = st.lists(st.tuples(WORDS, st.none() | st.floats(-1, 1)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(WORDS, TEXTS, st.none() | st.floats(0, 1), st.integers(0, 20), st.randoms())
def test_scores_lie_between_0_and_1_and_do_not_depend_on_the_order(
    query: list[str],
    texts: list[tuple[list[str], float | None]],
    weight: float | None,
    held: int,
    by: Random,
) -> None:
    asked = ANALYSER.asked(" ".join([*query, "latest"]))
    found = [candidate(i, " ".join(words), near) for i, (words, near) in enumerate(texts)]
    counts = Seen(len(found), {term.word: held for term in asked.terms})
    first = ranked(asked, found, counts, now=NOW, dense_weight=weight)
    by.shuffle(found)
    assert first == ranked(asked, found, counts, now=NOW, dense_weight=weight)
    assert [each.score for each in first] == sorted((each.score for each in first), reverse=True)
    assert all(
        -1e-9 <= part <= 1 + 1e-9 for each in first for part in (each.score, *each.parts.values())
    )


def relevant(query: str, text: str, near: float | None, **holding: int) -> bool:
    asked = ANALYSER.asked(query)
    counts = seen(asked, **holding)
    return is_relevant(asked, ranked(asked, [candidate(1, text, near)], counts, now=NOW), counts)


def test_nothing_is_relevant_that_is_neither_near_nor_holds_the_words() -> None:
    query = "bake sourdough bread"
    assert not relevant(query, "the circle met", 0.15)
    assert not relevant(query, "bread for all", 0.15, bread=800, sourdough=0, bake=0)
    assert relevant(query, "the circle met", 0.55)
    assert relevant(query, "sourdough bread at the circle", 0.15)


def test_by_words_alone_one_of_two_words_is_enough() -> None:
    assert relevant("sourdough bread", "bread", None, sourdough=0, bread=800)
    assert not relevant(
        "sourdough bread oven heat", "bread", None, bread=800, sourdough=0, oven=0, heat=0
    )
    assert not relevant("sourdough", "tea", None)
    asked = ANALYSER.asked("tea")
    assert not is_relevant(asked, [], seen(asked))


def test_a_slip_counts_less_for_relevance_than_the_word_itself() -> None:
    asked = ANALYSER.asked("herons")
    slipped = replace(asked, terms=tuple(replace(term, is_slip=True) for term in asked.terms))
    near = [
        evidence(each, ranked(each, [candidate(1, "herons", 0.1)], seen(each), now=NOW), seen(each))
        for each in (asked, slipped)
    ]
    assert near == [(0.1, 1.0), (0.1, 0.75)]


def test_a_quotation_wants_all_its_words() -> None:
    assert not relevant('"river gate"', "by the river", 0.7)
    assert not relevant('"river gate"', "by the water", None)
    assert relevant('"river gate"', "a gate to the river", 0.1)
    assert relevant('"river gat"', "the river gate", 0.1)
    assert relevant('the "river gate" meeting', "meeting by the river", 0.7)


def scored(*rows: tuple[int, int, int, float]) -> list[Ranked]:
    made = []
    for id, resource, ordinal, score in sorted(rows, key=lambda row: -row[-1]):
        text = f"text{id} of{id} its{id} own{id} in{id} words{id}"
        each = Candidate(
            ChunkId(id), ResourceId(resource), ordinal, "", text, ANALYSER.words(text), None, NOW
        )
        made.append(Ranked(each, score, {}))
    return made


@pytest.mark.parametrize(
    ("rows", "chunks"),
    [
        ([(1, 7, 0, 0.9), (2, 7, 1, 0.8)], [(1, 2)]),
        ([(2, 7, 1, 0.9), (1, 7, 0, 0.8), (3, 7, 2, 0.8), (4, 7, 3, 0.8)], [(1, 2, 3)]),
        ([(1, 7, 0, 0.9), (2, 7, 1, 0.5)], [(1,)]),  # ranks too low
        ([(1, 7, 0, 0.9), (3, 7, 2, 0.9)], [(1,)]),  # does not stand beside it
        ([(1, 7, 0, 0.5), (2, 8, 1, 0.9)], [(2,), (1,)]),  # another resource
        ([], []),
    ],
)
def test_neighbours_that_rank_high_become_one_passage(
    rows: Sequence[tuple[int, int, int, float]], chunks: list[tuple[int, ...]]
) -> None:
    assert [each.chunks for each in merged(scored(*rows))] == chunks


TEXT = " ".join(f"word{i}" for i in range(150))


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        (TEXT, True),
        (TEXT + " and two", True),
        (TEXT.replace("word20", "another"), True),
        (
            TEXT.replace("word55", "x")
            .replace("word105 ", "")
            .replace("word25", "y")
            .replace("word77", "z"),
            False,
        ),
        (" ".join(reversed(TEXT.split())), False),
        (TEXT[: len(TEXT) // 2], False),
        ("", False),
    ],
)
def test_texts_that_differ_in_a_few_words_are_near_duplicates(other: str, is_alike: bool) -> None:
    a, b = ANALYSER.words(TEXT), ANALYSER.words(other)
    assert is_near_duplicate(a, b) is is_near_duplicate(b, a) is is_alike


def test_near_duplicates_give_way_to_the_first_and_are_counted() -> None:
    asked = ANALYSER.asked("word1")
    texts = [candidate(1, TEXT), candidate(2, TEXT + " more"), candidate(3, "word1 elsewhere")]
    found = collapsed(merged(ranked(asked, texts, seen(asked), now=NOW)), 2)
    assert [(each.best.candidate.chunk, each.alike) for each in found] == [(3, ()), (1, (2,))]
