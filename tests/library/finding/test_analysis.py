import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.library.finding.analysis import MAX_TERMS, Analyser, Newness, similar
from learncomm_agent.library.finding.excerpts import excerpt
from learncomm_agent.library.finding.tokens import MAX_WORD, plain

NEW = Newness(("latest", "what's new"), {"shared"})
ENGLISH = Analyser(("en",), {"the", "who", "is", "a", "of"}, [NEW])
BOTH = Analyser(("de", "en"), {"der", "the"})


def words(text: str, analyser: Analyser = ENGLISH, language: str | None = None) -> list[str]:
    return analyser.words(text, language).split()


def asked(query: str, analyser: Analyser = ENGLISH) -> list[str]:
    return [term.word for term in analyser.asked(query).terms]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Newcomers’ meetings", "the newcom meet"),
        ("I can't, you don't, we’re", "i can you do we"),
        ("asyncio.sleep v2.11", "asyncio sleep v2 11"),
        ("C++ and C#, not a# b++c", "cplusplu and csharp not asharp b c"),
        ("snake_case __init__ _so_", "snake_cas snake case init so"),
        ("ada@x.org https://www.foo.org/a?b=1", "ada x org foo org a b 1"),
        ("Łódź Straße Über naïve ﬁne １２", "lodz strass uber naiv fine 12"),
        ("日本語 語", "日 日本 本 本語 語 語"),
        ("pythonの本", "python の の本 本"),
        ("हिन्दी में", "हिन्दी में"),
        ("ไทย", "ไ ไท ท ทย ย"),
        ("한국어", "한 한국 국 국어 어"),
        ("co\u00adop\u200b er\u200cin a\ud800b\x00c", "coop erin a b c"),
        ("‮שלום‬ עולם", "שלום עולם"),
        ("🦩 — “ ” …", ""),
    ],
)
def test_a_text_is_taken_apart(text: str, found: str) -> None:
    assert words(text) == found.split()


def test_each_word_has_a_space_on_both_sides() -> None:
    assert ENGLISH.words("Ann and Ben, Ann.") == " ann  and  ben  ann "
    assert ENGLISH.words("…") == ""


def test_a_text_is_stemmed_in_its_own_language() -> None:
    assert words("Häuser", BOTH, "de") == words("Haus", BOTH, "de") == ["haus"]
    assert words("Häuser", BOTH) == ["haus"]  # the community's language comes first
    assert words("meetings", BOTH, "en-GB") == ["meet"]
    assert words("meetings", BOTH, "fr") == ["meetings"]


def test_a_query_looks_for_the_stems_of_all_languages_and_the_word_itself() -> None:
    (term,) = BOTH.asked("Meetings?").terms
    assert set(term.forms) == {"meeting", "meet", "meetings"}


def test_stop_words_are_looked_for_where_there_is_nothing_else() -> None:
    assert asked("Who is the treasurer, the TREASURERS?") == ["treasurer"]
    assert asked("Who is the?") == ["who", "is", "the"]
    assert asked('🦩 "" * ^ -') == []


def test_a_query_of_one_character_looks_for_it_and_a_longer_one_for_its_pairs() -> None:
    assert asked("語") == ["語"]
    assert asked("日本語") == ["日本", "本語"]
    assert set(asked("語") + asked("日本語")) <= set(words("私の日本語"))


def test_what_is_wanted_as_it_stands() -> None:
    found = ENGLISH.asked(
        "“Open  Doors” with asyncio.sleep, C++ v2.11 and GH-12 at ada@x.org (e.g. now)"
    )
    assert found.quoted == ("open doors",)
    assert found.ids == ("asyncio.sleep", "c++", "v2.11", "gh-12", "ada@x.org")


def test_a_query_may_ask_for_what_is_new() -> None:
    assert ENGLISH.asked("What’s new, please?").is_recent
    assert ENGLISH.asked("the LATEST minutes").is_recent
    assert not ENGLISH.asked("new to the group, the latestness").is_recent


def test_words_for_newness_are_not_looked_for() -> None:
    assert asked("What's new about herons?") == ["about", "herons"]
    assert asked("the latest minutes, the latest") == ["minutes"]
    assert asked("What's new about new moons?") == ["new", "about", "moons"]
    assert asked("“the latest” minutes") == ["latest", "minutes"]
    assert asked("What's new in library, who?") == ["in", "library"]
    assert asked("What's the latest?") == ["what"]
    assert asked("latest, the shared? What's new!") == []
    assert asked("shared") == ["shared"]


ANY = st.text(st.characters(), max_size=300)


@settings(max_examples=60, deadline=None)
@given(ANY)
def test_words_hold_letters_digits_marks_and_underscores_alone(text: str) -> None:
    stored = ENGLISH.words(text)
    stored.encode()
    for word in stored.split(" "):
        assert all(c.isalnum() or c == "_" or plain(f"x{c}") == f"x{c}" for c in word)
    assert stored == "" or stored == f" {'  '.join(stored.split())} "


@settings(max_examples=60, deadline=None)
@given(ANY)
def test_what_a_query_looks_for_stands_in_the_text_of_the_same_words(text: str) -> None:
    stored = set(words(text))
    terms = ENGLISH.asked(text).terms
    assert len(terms) == len({term.word for term in terms}) <= MAX_TERMS
    assert all(stored & set(term.forms) for term in terms)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10**6,
        "_" * 10**6,
        "a_" * 10**5,
        "語" * 10**5,
        "'" * 10**6,
        "1." * 10**5,
        "e\u0301" * 10**5,
    ],
)
def test_a_hostile_text_stays_small(text: str) -> None:
    stored = ENGLISH.words(text)
    assert max(map(len, stored.split()), default=0) <= MAX_WORD
    assert len(stored) <= 8 * len(text)
    assert len(ENGLISH.asked(text).terms) <= MAX_TERMS


def test_a_slip_finds_the_word_that_was_meant() -> None:
    assert similar("comunity", ["commute", "community", "communal"]) == ["community"]
    assert similar("pyhton", ["photon", "python"]) == ["python"]
    assert similar("lerning", ["lurking", "learning"]) == ["learning"]
    assert similar("meetting", ["meeting", "meetings", "melting"]) == ["meeting"]


def test_a_short_word_slips_only_among_its_own_letters() -> None:
    assert similar("strok", ["stroke", "stork"]) == ["stork"]
    assert similar("cirle", ["circle"]) == ["circle"]
    assert similar("tusk", ["task", "tuska"]) == []
    assert similar("newt", ["next"], letters=5) == []
    assert similar("lern", ["learn"], letters=7) == ["learn"]


def test_names_and_what_is_quoted_have_no_slips() -> None:
    terms = ENGLISH.asked("otters by the “river gate” on asyncio.sleep at 8am").terms
    assert [term.word for term in terms if term.may_slip] == ["otters"]
    assert not any(term.may_slip for term in ENGLISH.asked("otters", may_slip=False).terms)


@pytest.mark.parametrize("word", ["teh", "b123", "2024", "", "語"])
def test_short_words_and_numbers_have_no_slips(word: str) -> None:
    assert similar(word, ["the", "b124", "2023", "ten", "話"]) == []


@settings(max_examples=60, deadline=None)
@given(
    st.text("abcde", min_size=1, max_size=12), st.lists(st.text("abcde", max_size=12), unique=True)
)
def test_at_most_three_of_the_vocabulary_are_similar(word: str, vocabulary: list[str]) -> None:
    found = similar(word, vocabulary)
    assert len(found) <= 3
    assert set(found) <= set(vocabulary) - {word}


LONG = (
    "We begin with a round of names. " * 8
    + "Each newcomer gets a partner for three meetings. A partner answers questions. "
    + "Then tea is served to all who like it. " * 8
)


def test_an_excerpt_shows_the_words_that_were_looked_for() -> None:
    snippet, spans = excerpt(LONG, ENGLISH.asked("partners of newcomers"), 120, analyser=ENGLISH)
    assert snippet.startswith("… Each newcomer gets a partner")
    assert snippet.endswith(" …")
    assert [snippet[a:b] for a, b in spans] == ["newcomer", "partner", "partner"]


def test_an_excerpt_of_a_short_text_is_the_text() -> None:
    snippet, spans = excerpt("Tea\n\n for  all", ENGLISH.asked("teas"), analyser=ENGLISH)
    assert (snippet, spans) == ("Tea for all", ((0, 3),))


def test_pairs_of_characters_are_marked_as_one() -> None:
    snippet, spans = excerpt("私の日本語です", ENGLISH.asked("日本語"), analyser=ENGLISH)
    assert [snippet[a:b] for a, b in spans] == ["日本語"]


@settings(max_examples=60, deadline=None)
@given(ANY, st.text("abc 日本語.é", max_size=400), st.integers(20, 100))
def test_an_excerpt_keeps_its_limit_and_its_words_stand_in_it(
    query: str, text: str, limit: int
) -> None:
    snippet, spans = excerpt(text, ENGLISH.asked(query + " a b 日本"), limit, analyser=ENGLISH)
    assert len(snippet) <= limit
    assert snippet.strip("… ") in " ".join(text.split())
    ends = [0, *(edge for span in spans for edge in span), len(snippet)]
    assert ends == sorted(ends)
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Wie oft treffen wir uns?", "Der Kreis trifft sich"),
        ("wer liest vor", "sie lasen"),
        ("meeting", "we met"),
        ("who taught glazing", "she teaches it"),
    ],
)
def test_a_query_finds_irregular_forms_and_the_index_stays_as_it_is(query: str, text: str) -> None:
    table = [("treffen", "trifft"), ("lesen", "liest", "lasen"), ("meet", "meeting", "met")]
    table.append(("teach", "teaches", "taught"))
    knowing = Analyser(("de", "en"), {"der", "the"}, irregular=table)
    for analyser, is_found in ((knowing, True), (BOTH, False)):
        held = set(words(text, analyser, "de"))
        forms = {form for term in analyser.asked(query).terms for form in term.forms}
        assert bool(held & forms) == is_found
    assert words(text, knowing) == words(text, BOTH)
    assert not {"lasen"} & set(knowing.asked('"liest"').terms[0].forms), "quoted as it stands"


def test_stop_words_are_no_forms() -> None:
    analyser = Analyser(("en",), {"the", "had"}, irregular=[("have", "had")])
    assert "had" not in analyser.asked("have").terms[0].forms
