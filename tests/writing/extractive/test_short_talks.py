"""What a few members say in plain words: who takes something on, what is settled, what stays open."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.writing.evidence.gate import CheckedWriter
from learncomm_agent.writing.extractive.writer import ExtractiveWriter
from learncomm_agent.writing.items import ItemKind, Summary, Transcript, Utterance
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.writer import Brief

BRIEF = Brief(Community(CommunityId(1), "Book club"), "en")
Summed = Callable[..., Any]


@pytest.fixture(scope="module")
def summed(tables: Callable[[str, str], Mapping[str, Any]]) -> Summed:
    """Return what sums up lines of `Name: what they say`, said on a Wednesday in a room of English."""

    def table(_: str, language: str) -> Mapping[str, Any]:
        return {**tables("claims", language), **tables("cues", language)}

    book = CueBook(table, lambda _: ("de", "en", "es", "ja"))
    writer = CheckedWriter(ExtractiveWriter(book, lambda *_: {}), book)

    async def summed(*lines: str) -> Summary:
        said = [line.split(": ", 1) for line in lines]
        utterances = tuple(
            Utterance(f"m{i}", who, text, datetime(2024, 5, 8, 15, i, tzinfo=UTC))
            for i, (who, text) in enumerate(said)
        )
        return await writer.summary(Transcript("Evening", utterances), BRIEF)

    return summed


def texts(summary: Summary, kind: ItemKind) -> list[str]:
    return [item.text for item in summary.items[kind]]


@pytest.mark.parametrize(
    ("asked", "offered", "task"),
    [
        ("Who can take notes next Thursday?", "I can do that.", "Take notes next Thursday"),
        ("Great. And who wants to welcome the guests?", "Me!", "Welcome the guests"),
        ("Who brings the projector?", "I'll bring it.", "Who brings the projector?"),
        (
            "Wer kann am Donnerstag Protokoll schreiben?",
            "Das mache ich.",
            "Am Donnerstag Protokoll schreiben",
        ),
        ("Wer bringt den Beamer mit?", "Ich, gerne.", "Wer bringt den Beamer mit?"),
        ("¿Quién puede traer el mapa del río?", "Yo me encargo.", "Traer el mapa del río"),
    ],
)
async def test_who_offers_what_was_asked_for_owns_it(
    summed: Summed, asked: str, offered: str, task: str
) -> None:
    summary = await summed(f"Ann: {asked}", f"Ben: {offered}", "Ann: 👍")
    (item,) = summary.items[ItemKind.ACTION]
    assert (item.text, item.owner, item.evidence) == (task, "Ben", ("m0", "m1"))
    assert not summary.items[ItemKind.OPEN_QUESTION]


async def test_the_day_of_an_offer_is_that_of_the_task(summed: Summed) -> None:
    summary = await summed("Ann: Can somebody send the slides?", "Cem: Will do, by Friday.")
    (item,) = summary.items[ItemKind.ACTION]
    assert (item.owner, item.due, item.evidence) == ("Cem", date(2024, 5, 10), ("m0", "m1"))


@pytest.mark.parametrize(
    ("said", "owner", "due"),
    [
        ("Cem: Gut. Ich bestelle bis Freitag sechs Exemplare.", "Cem", date(2024, 5, 10)),
        ("Ada: I'll think about it and tell you by Sunday.", "Ada", date(2024, 5, 12)),
        ("Ben: Will do, by Friday.", "Ben", date(2024, 5, 10)),
        ("Ben: Ich überlege es mir und sage bis Sonntag Bescheid.", "Ben", date(2024, 5, 12)),
    ],
)
async def test_what_somebody_says_they_do_by_a_day_is_promised(
    summed: Summed, said: str, owner: str, due: date
) -> None:
    summary = await summed(said)
    (item,) = summary.items[ItemKind.ACTION]
    assert (item.owner, item.due) == (owner, due)


async def test_a_plain_promise_is_one_in_a_short_talk(summed: Summed) -> None:
    (item,) = (await summed("Ben: I will write the minutes.")).items[ItemKind.ACTION]
    assert (item.owner, item.due) == ("Ben", None)


@pytest.mark.parametrize(
    "offered",
    ["I'll bring apples.", "Not me.", "The weather is nice today in the valley.", "I can't."],
)
async def test_what_nobody_takes_on_stays_open(summed: Summed, offered: str) -> None:
    summary = await summed("Ann: Who asks the library next week?", f"Ben: {offered}")
    assert all(
        item.owner != "Ben" or item.evidence == ("m1",) for item in summary.items[ItemKind.ACTION]
    )
    assert texts(summary, ItemKind.OPEN_QUESTION) == ["Who asks the library next week?"]


@pytest.mark.parametrize(
    ("lines", "decided"),
    [
        (
            (
                "Ann: Shall we meet on Monday or on Tuesday?",
                "Ben: Monday suits me.",
                "Ann: Then we decide: Tuesday at six.",
                "Ben: Okay.",
            ),
            "Then we decide: Tuesday at six.",
        ),
        (
            (
                "Ada: Let us decide: meetings last forty-five minutes from January on. Is that okay for all?",
                "Ben: Yes, agreed.",
            ),
            "Let us decide: meetings last forty-five minutes from January on.",
        ),
        (
            (
                "Ada: Dann beschließen wir: wir lesen zuerst Tschick, danach Momo.",
                "Ben: Einverstanden.",
            ),
            "Dann beschließen wir: wir lesen zuerst Tschick, danach Momo.",
        ),
        (
            ("Ann: Dann beschließen wir: Dienstag um sechs.", "Ben: Einverstanden."),
            "Dann beschließen wir: Dienstag um sechs.",
        ),
        (
            ("Ana: Entonces decidimos: el martes a las seis.", "Ben: De acuerdo."),
            "Decidimos: el martes a las seis.",
        ),
    ],
)
async def test_a_plain_decision_is_one(
    summed: Summed, lines: tuple[str, ...], decided: str
) -> None:
    summary = await summed(*lines)
    assert texts(summary, ItemKind.DECISION) == [decided]


async def test_what_was_put_to_all_is_decided_only_with_a_yes(summed: Summed) -> None:
    summary = await summed(
        "Ada: Let us decide: meetings last an hour from January on. Is that okay for all?",
        "Ben: Hmm, an hour is long after work.",
    )
    assert not summary.items[ItemKind.DECISION]


SPLIT = (
    "Ben: Shall we read Momo or Middlemarch first?",
    "Chloe: I would rather read Momo.",
    "Dmitri: I disagree, Middlemarch is the better book for a group like ours.",
    "Ada: OK, let us decide: we read Momo first and Middlemarch in spring.",
    "Ben: Agreed!",
)


@pytest.mark.parametrize(
    ("last", "differ"),
    [
        ("Dmitri: Fine with me. The library has copies.", 0),
        ("Dmitri: Okay.", 0),
        ("Dmitri: I'll order four copies of both by Friday.", 0),
        ("Dmitri: Okay, but I still disagree.", 1),
        ("Dmitri: The library has no copies.", 1),
        ("Chloe: Okay.", 1),
    ],
)
async def test_who_differed_and_accepts_differs_no_more(
    summed: Summed, last: str, differ: int
) -> None:
    summary = await summed(*SPLIT, last)
    found = [item.evidence[0] for item in summary.items[ItemKind.DISAGREEMENT]]
    assert found == ["m2"] * differ


async def test_a_settled_german_disagreement_is_left_out(summed: Summed) -> None:
    summary = await summed(
        "Ben: Ich bin für Tschick, Momo kennen doch schon alle.",
        "Chloe: Das sehe ich anders, Momo lohnt sich immer wieder.",
        "Ada: Dann beschließen wir: wir lesen zuerst Tschick, danach Momo.",
        "Chloe: Gut.",
    )
    assert not summary.items[ItemKind.DISAGREEMENT]
    assert len(summary.items[ItemKind.DECISION]) == 1


async def test_the_other_side_speaks_of_the_same(summed: Summed) -> None:
    summary = await summed(
        "Ann: The second chapter of the novel is far too long.",
        "Ben: Who brings the projector?",
        "Cem: I disagree, the second chapter is the best of all.",
    )
    (item,) = summary.items[ItemKind.DISAGREEMENT]
    assert item.evidence == ("m2", "m0")


@pytest.mark.parametrize(
    ("question", "next_line"),
    [
        ("How do we handle spoilers?", "Chapter four was long."),
        ("Who brings the projector?", "The weather is nice today in the valley."),
        ("Who will welcome the two new mentees next week?", "Here is a link on mentoring."),
        (
            "Wer fragt in der Bibliothek wegen des Raums nach?",
            "Ich bereite bis Mittwoch drei Fragen vor.",
        ),
        (
            "Wie gehen wir mit Spoilern um?",
            "Wir haben uns geeinigt: immer donnerstags um 19 Uhr im Lesesaal.",
        ),
        ("¿Quién trae el proyector?", "Hoy hace muy buen tiempo en el valle."),
        ("¿Cómo hacemos con los spoilers?", "El capítulo cuatro era muy largo."),
    ],
)
async def test_what_is_put_to_the_group_is_open_until_somebody_answers_it(
    summed: Summed, question: str, next_line: str
) -> None:
    summary = await summed(f"Ann: {question}", f"Ben: {next_line}")
    assert texts(summary, ItemKind.OPEN_QUESTION) == [question]
    assert question not in texts(summary, ItemKind.OVERVIEW) + texts(summary, ItemKind.KEY_POINT)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How do we handle spoilers?", "Spoilers go into their own thread."),
        ("Who brings the projector?", "Maria and Tom."),
        ("Who asks the library?", "Ann, Cem always does."),
        ("Wie gehen wir mit Spoilern um?", "Spoilern verbieten wir einfach."),
    ],
)
async def test_what_was_answered_is_not_open(summed: Summed, question: str, answer: str) -> None:
    summary = await summed("Cem: Good evening.", f"Ann: {question}", f"Ben: {answer}")
    assert not summary.items[ItemKind.OPEN_QUESTION]


@pytest.mark.parametrize(
    "lines",
    [
        ("Ann: Let's go with Tuesday at six, then.", "Ben: Agreed.", "Cem: Fine with me."),
        (
            "Ann: Hey",
            "Ben: / summary",
            "Cem: Thank you Ben.",
            "Ann: Thanks a lot for all of it, Cem.",
        ),
        ("Ann: Good morning all", "Ben: Hi Ann! Glad to be here.", "Cem: Sounds good to me, Ann."),
        ("Ann: Hallo zusammen", "Ben: Danke dir, Ann!", "Cem: Passt mir gut, einverstanden."),
        ("Ana: Hola a todos", "Ben: Muchas gracias, Ana.", "Cem: Me parece bien, de acuerdo."),
    ],
)
async def test_what_says_nothing_is_no_point(summed: Summed, lines: tuple[str, ...]) -> None:
    summary = await summed(*lines)
    assert texts(summary, ItemKind.OVERVIEW) + texts(summary, ItemKind.KEY_POINT) == []


async def test_a_thank_you_that_tells_something_may_be_a_point(summed: Summed) -> None:
    line = "Thanks to Ben the museum lends us its kiln for the winter course."
    assert texts(await summed(f"Ann: {line}"), ItemKind.OVERVIEW) == [line]
