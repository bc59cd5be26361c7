"""What only sounds like a decision, a promise or an insight, and what short talk settles."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest

from learncomm_agent.writing.extractive.summary import summarise
from learncomm_agent.writing.items import Item, ItemKind, Transcript
from learncomm_agent.writing.language.cues import Cues, read_cues

MakeTranscript = Callable[..., Transcript]
Find = Callable[..., tuple[Item, ...]]


@pytest.fixture(scope="module")
def spoken(tables: Callable[[str, str], Mapping[str, Any]]) -> Callable[[str], Cues]:
    return cache(lambda each: read_cues({**tables("claims", each), **tables("cues", each)}))


@pytest.fixture
def find(transcript: MakeTranscript, spoken: Callable[[str], Cues]) -> Find:
    """Find the items of a kind in lines like `Ann: I'll do it`."""

    def items(kind: ItemKind, language: str, *lines: str) -> tuple[Item, ...]:
        said = [(speaker, text) for speaker, _, text in (each.partition(": ") for each in lines)]
        return summarise(transcript(*said, language=language), spoken(language)).items[kind]

    return items


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I don't think I'll send the draft by Friday."),
        ("de", "Ich schicke das sicher nicht bis Mittwoch."),
        ("de", "Ich schicke die Folien keinesfalls bis Freitag."),
        ("de", "Ich bringe keine Folien bis Freitag mit."),
        ("es", "No enviaré las notas antes del viernes."),
        ("es", "Nunca escribiré el resumen antes del viernes."),
        ("es", "Yo no voy a mandar nada el miércoles."),
    ],
)
def test_a_refusal_is_no_promise(find: Find, language: str, text: str) -> None:
    assert find(ItemKind.ACTION, language, f"Ann: {text}") == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I can't come, but I'll send the notes by Friday."),
        ("en", "As I said, I'll print the poster by Friday."),
        ("en", "I'll send the notes by Friday if nobody else does."),
        ("de", "Ich schicke die Folien bis Freitag nicht nur Ben."),
        ("ja", "5月10日までに必ず議事録を送ります。"),
    ],
)
def test_a_promise_beside_a_negation_stays_one(find: Find, language: str, text: str) -> None:
    (item,) = find(ItemKind.ACTION, language, f"Ann: {text}")
    assert (item.owner, item.due) == ("Ann", date(2024, 5, 10))


def test_a_day_before_which_nothing_happens_is_no_deadline(find: Find) -> None:
    (item,) = find(ItemKind.ACTION, "en", "Ann: I can book the room, but not before Thursday.")
    assert (item.owner, item.due) == ("Ann", None)


SNACKS = "Ben: Can someone bring the snacks on Wednesday?"


@pytest.mark.parametrize(
    ("language", "lines", "owner"),
    [
        ("en", [SNACKS, "Ann: Ok so back to the book"], None),
        ("en", [SNACKS, "Ann: Yes, if I find the time, but probably not"], None),
        ("en", [SNACKS, "Ann: Sure, no problem."], "Ann"),
        ("en", [SNACKS, "Cleo: Ok", "Dirk: No, Cleo, I do it"], "Dirk"),
        ("en", [SNACKS, "Cleo: Sure", "Ben: Great", "Cleo: Sorry, I can't"], None),
        (
            "en",
            [
                "Ben: Can you send me the file?",
                "Ann: Yes but first let us look at chapter three",
                "Cleo: Sure, I'll send it",
            ],
            "Cleo",
        ),
        (
            "de",
            ["Ben: Kann jemand am Mittwoch Obst mitbringen?", "Ann: Ja, aber zurück zum Buch"],
            None,
        ),
        ("de", ["Ben: Kann jemand am Mittwoch Obst mitbringen?", "Ann: Klar, gerne"], "Ann"),
        (
            "es",
            ["Ben: ¿Puede alguien traer la fruta el miércoles?", "Ann: Sí, pero volvamos"],
            None,
        ),
        ("es", ["Ben: ¿Puede alguien traer la fruta el miércoles?", "Ann: Claro"], "Ann"),
    ],
)
def test_only_a_yes_to_what_was_asked_owns_it(
    find: Find, language: str, lines: list[str], owner: str | None
) -> None:
    assert [item.owner for item in find(ItemKind.ACTION, language, *lines)] in ([owner], [])


def test_a_japanese_yes_that_turns_to_something_else_owns_nothing(find: Find) -> None:
    lines = ["Ben: 水曜日までにお菓子を持ってきてもらえますか。", "Ann: はい、ところで本の話です。"]
    assert all(item.owner is None for item in find(ItemKind.ACTION, "ja", *lines))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'As Ophelia says, "I will send the letter by Friday".'),
        ("en", "In the story the hero says I will write a book on Monday."),
        ("en", "Ophelia says: I will send the letter by Friday."),
        ("en", "> I will send the letter by Friday."),
        ("en", "I'll write the whole encyclopedia by Friday, just kidding!"),
        ("en", "In the case study the manager decided: we will go with plan B for the shop."),
        ("en", "Last year we decided to read Dewey."),
        ("en", "We decided nothing about the chapter."),
        ("de", "In der Geschichte sagt der Held: ich werde am Montag ein Buch schreiben."),
        ("de", "Letztes Jahr haben wir beschlossen, Dewey zu lesen."),
        ("es", "En el cuento el héroe dice: enviaré la carta el lunes."),
        ("es", "El año pasado decidimos leer a Dewey."),
    ],
)
def test_what_is_quoted_told_or_long_past_is_neither(find: Find, language: str, text: str) -> None:
    for kind in (ItemKind.ACTION, ItemKind.DECISION):
        assert find(kind, language, f"Ann: {text}") == ()


@pytest.mark.parametrize(
    ("kind", "lines", "left"),
    [
        (
            ItemKind.DECISION,
            [
                "Ann: Let's meet in the park.",
                "Ben: Agreed!",
                "Cleo: No wait, the park is closed",
                "Ben: then the cafe",
                "Ann: the cafe it is",
            ],
            [("m4", "m3")],
        ),
        (
            ItemKind.DECISION,
            ["Ann: We decided to meet on Friday.", "Ann: Correction: Thursday, not Friday."],
            [("m1", "m0")],
        ),
        (
            ItemKind.ACTION,
            [
                "Ann: I'll print the poster by Friday.",
                "Ben: Thanks",
                "Ann: Sorry, I can't print the poster after all.",
            ],
            [],
        ),
        (
            ItemKind.ACTION,
            ["Ann: I'll print the poster by Friday.", "Ben: Sorry, I can't hear you."],
            [("m0",)],
        ),
    ],
)
def test_what_is_taken_back_later_does_not_stand(
    find: Find, kind: ItemKind, lines: list[str], left: list[tuple[str, ...]]
) -> None:
    assert [item.evidence for item in find(kind, "en", *lines)] == left


@pytest.mark.parametrize(
    "text",
    [
        "That's decided.",
        "We all agree on that.",
        "I'll take this as no objections.",
        "It is secure that we are not going to get impacted by the change.",
        "Is the reason that we're not going to pay for the room?",
    ],
)
def test_a_decision_tells_what_is_decided(find: Find, text: str) -> None:
    assert find(ItemKind.DECISION, "en", f"Ann: {text}") == ()


def test_a_mere_agreement_stands_for_the_proposal_before_it(find: Find) -> None:
    lines = [
        "Ben: I propose that we read Dewey and Freire.",
        "Ann: I'll take this as no objections.",
    ]
    (item,) = find(ItemKind.DECISION, "en", *lines)
    assert (item.text, item.evidence) == ("I propose that we read Dewey and Freire.", ("m0", "m1"))


@pytest.mark.parametrize(
    ("language", "lines", "evidence"),
    [
        (
            "en",
            [
                "leo: when do we meet?",
                "mia: thu 7pm?",
                "kai: works",
                "leo: ok thursday 7pm it is then",
            ],
            ("m3", "m1"),
        ),
        ("en", ["mia: thu 7pm?", "kai: works", "zoe: +1"], ("m0", "m1", "m2")),
        (
            "de",
            [
                "mia: Donnerstag 19 Uhr?",
                "kai: passt",
                "zoe: bin dabei",
                "mia: ok dann Donnerstag 19 Uhr",
            ],
            ("m3", "m0"),
        ),
        ("es", ["mia: ¿jueves 19h?", "kai: me va bien", "zoe: vale"], ("m0", "m1", "m2")),
    ],
)
def test_short_talk_decides(
    find: Find, language: str, lines: list[str], evidence: tuple[str, ...]
) -> None:
    assert [item.evidence for item in find(ItemKind.DECISION, language, *lines)] == [evidence]
    assert find(ItemKind.OPEN_QUESTION, language, *lines) == ()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("can u post the questions @leo", "yep"),
        ("who takes notes?", "i can"),
    ],
)
def test_short_talk_gives_tasks(find: Find, question: str, answer: str) -> None:
    (item,) = find(ItemKind.ACTION, "en", f"kai: {question}", f"leo: {answer}")
    assert (item.owner, item.evidence) == ("leo", ("m0", "m1"))


def test_what_somebody_answers_with_me_is_not_open(find: Find) -> None:
    question = "kai: All 👋 who's reading chapter five of the novel?"
    assert find(ItemKind.OPEN_QUESTION, "en", question, "leo: me!") == ()
    assert len(find(ItemKind.OPEN_QUESTION, "en", question)) == 1


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (ItemKind.INSIGHT, ["Ann: I realised I forgot my umbrella."]),
        (
            ItemKind.DISAGREEMENT,
            ["Ben: Coffee from the machine?", "Ann: I'd rather have green tea."],
        ),
        (ItemKind.ACTION, ["Ann: Can you call me in a bit?", "Ben: sure"]),
        (ItemKind.ACTION, ["Ann: Here are the slides that I'm going to talk to."]),
        (ItemKind.ACTION, ["Ann: I'll talk to you more about it later."]),
    ],
)
def test_small_talk_fills_no_kind(find: Find, kind: ItemKind, lines: list[str]) -> None:
    assert find(kind, "en", *lines) == ()


TOPICS = "kiln clay|river mill|choir song|honey hive|chess rook|bread yeast|kite wind|stamp album"


def test_every_stretch_has_its_say_however_much_another_says(
    transcript: MakeTranscript, spoken: Callable[[str], Cues]
) -> None:
    def line(number: int) -> str:
        one, two = TOPICS.split("|")[number // 20].split()
        if number < 20:
            return f"The {one} of workshop {number} made every {two} shine brightly yesterday."
        return f"The {one} and {two} had colours."

    said = [(f"Guest{i % 5}", line(i)) for i in range(160)]
    items = summarise(transcript(*said), spoken("en")).items
    lines = [*items[ItemKind.OVERVIEW], *items[ItemKind.KEY_POINT]]
    assert {int(item.evidence[0][1:]) // 20 for item in lines} == set(range(8))
