from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.library import fusion
from learncomm_agent.library.resources import ChunkId


def _lists(low: float, high: float) -> st.SearchStrategy[list[tuple[ChunkId, float]]]:
    scores = st.dictionaries(st.integers(1, 50).map(ChunkId), st.floats(low, high), max_size=20)
    return scores.map(lambda each: list(each.items()))


BM25 = _lists(0, 1e6)
COSINES = _lists(-1, 1)


def scored(**scores: float) -> list[tuple[ChunkId, float]]:
    return [(ChunkId(int(name[1:])), score) for name, score in scores.items()]


@given(BM25, COSINES, st.floats(0, 1))
def test_a_fused_score_is_between_nothing_and_one(
    by_words: list[tuple[ChunkId, float]],
    by_meaning: list[tuple[ChunkId, float]],
    dense_weight: float,
) -> None:
    found = fusion.fused(by_words, by_meaning, dense_weight=dense_weight)
    assert found.keys() == dict(by_words).keys() | dict(by_meaning).keys()
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in found.values())


@given(BM25, COSINES)
def test_without_meaning_the_order_is_that_of_the_words(
    by_words: list[tuple[ChunkId, float]], by_meaning: list[tuple[ChunkId, float]]
) -> None:
    found = fusion.fused(by_words, by_meaning, dense_weight=0.0)
    ordered = [found[chunk] for chunk, _ in sorted(by_words, key=lambda pair: pair[1])]
    assert ordered == sorted(ordered)


def test_what_both_sides_find_goes_before_what_one_finds() -> None:
    found = fusion.fused(
        scored(c1=3.0, c2=2.9, c3=0.1), scored(c2=0.9, c4=0.95, c5=0.1), dense_weight=0.5
    )
    assert max(found, key=lambda chunk: found[chunk]) == 2


def test_meaning_says_little_where_nothing_is_nearer_than_the_rest() -> None:
    by_words = scored(c1=3.0, c2=2.0)
    vague = fusion.fused(by_words, scored(c2=0.32, c3=0.31, c4=0.3), dense_weight=0.6)
    clear = fusion.fused(by_words, scored(c2=0.8, c3=0.31, c4=0.3), dense_weight=0.6)
    assert max(vague, key=lambda chunk: vague[chunk]) == 1
    assert max(clear, key=lambda chunk: clear[chunk]) == 2


@given(st.floats(0, 0.5))
def test_a_model_whose_cosines_all_lie_higher_orders_alike(offset: float) -> None:
    by_words = scored(c1=3.0, c2=2.0)
    low = fusion.fused(by_words, scored(c2=0.4, c3=0.1), dense_weight=0.5)
    high = fusion.fused(by_words, scored(c2=0.4 + offset, c3=0.1 + offset), dense_weight=0.5)
    assert all(abs(low[chunk] - high[chunk]) < 1e-9 for chunk in low)


def test_words_whose_score_is_nothing_count_full() -> None:
    assert fusion.fused(scored(c1=0.0), [], dense_weight=0.0) == {1: 1.0}
    assert fusion.fused([], [], dense_weight=0.6) == {}


def test_words_without_meaning_of_their_own_are_not_looked_for_unless_there_are_no_others() -> None:
    stopwords = {"who", "is", "the"}
    assert fusion.terms("Who is the treasurer, the TREASURER?", stopwords) == ("treasurer",)
    assert fusion.terms("Who is the?", stopwords) == ("who", "is", "the")
    assert fusion.terms('🦩 "" * ^ -', stopwords) == ()


@given(st.text(max_size=400))
def test_words_to_look_for_hold_no_syntax(query: str) -> None:
    terms = fusion.terms(query, frozenset())
    assert len(terms) == len(set(terms)) <= fusion.MAX_TERMS
    assert all(term and '"' not in term and not term.isspace() for term in terms)


def test_coverage_counts_words_by_their_beginnings_and_weights() -> None:
    text = "We welcome each newcomer."
    assert fusion.coverage({"welcoming": 2.0, "newcomers": 5.0}, text) == 1.0
    assert fusion.coverage({"welcoming": 1.0, "zebra": 3.0}, text) == 0.25
    assert fusion.coverage({}, text) == 0.0


def test_a_resource_is_found_once_by_its_best_passage() -> None:
    scores = {ChunkId(1): 0.2, ChunkId(2): 0.9, ChunkId(3): 0.5, ChunkId(4): 0.5}
    owners = {ChunkId(1): 7, ChunkId(2): 7, ChunkId(3): 9, ChunkId(4): 8}
    assert fusion.best_of_each(scores, owners) == [2, 3, 4]
