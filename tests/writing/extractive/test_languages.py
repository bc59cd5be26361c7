"""Conversations are extracted in their own language, whatever the community's and the reader's is."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.writing.evidence.gate import CheckedWriter
from learncomm_agent.writing.extractive.writer import ExtractiveWriter
from learncomm_agent.writing.items import ItemKind, Summary, Transcript, Utterance
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.writer import Brief, Writer

BRIEF = Brief(Community(CommunityId(1), "Circle", language="en"), "en")
GERMAN = (
    ("Ana", "Heute geht es um die beiden Schulen im dritten Kapitel."),
    ("Ben", "Mir ist aufgefallen, dass die stillen Kinder die Fakten kannten, aber nie fragten."),
    ("Cem", "Das sehe ich anders, die anderen schrieben am Ende bessere Aufsätze."),
    ("Ana", "Wir haben beschlossen, bis zum nächsten Treffen das vierte Kapitel zu lesen."),
    ("Ben", "Cem, kannst du die Karte vom Fluss mitbringen?"),
    ("Cem", "Klar, kein Problem."),
    ("Ana", "Ich schicke das Protokoll bis Freitag."),
    ("Ben", "Wie hat die Stadt eigentlich die zweite Schule bezahlt?"),
)
SPANISH = (
    ("Ana", "Hoy hablamos de las dos escuelas del tercer capítulo."),
    ("Ben", "Me di cuenta de que los niños callados sabían los datos pero nunca preguntaban."),
    ("Cem", "No estoy de acuerdo, los otros escribían mejores redacciones al final."),
    ("Ana", "Hemos decidido leer el cuarto capítulo antes de la próxima reunión."),
    ("Ben", "Cem, ¿puedes traer el mapa del río?"),
    ("Cem", "Claro, sin problema."),
    ("Ana", "Enviaré el acta antes del viernes."),
    ("Ben", "¿Cómo pagó el pueblo la segunda escuela?"),
)
JAPANESE = (
    ("Ana", "今日のテーマは第三章の二つの学校についてです。"),
    ("Ben", "静かな子どもたちは事実を知っているのに、理由を聞かないことに気づきました。"),
    ("セム", "そうは思いません、写していた子どもたちのほうが良い作文を書いていました。"),
    ("Ana", "次回までに第四章を読むことに決めました。"),
    ("Ben", "セムさん、川の地図を持ってきてもらえますか。"),
    ("セム", "はい、わかりました。"),
    ("Ana", "5月10日までに議事録を送ります。"),
    ("Ben", "町はどうやって二つ目の学校のお金を払ったのでしょうか。"),
)


@pytest.fixture(scope="module")
def writer(tables: Callable[[str, str], Mapping[str, Any]]) -> Writer:
    book = CueBook(lambda _, language: tables("cues", language), lambda _: ("de", "en", "es", "ja"))
    return CheckedWriter(ExtractiveWriter(book, lambda *_: {}), book)


def said(*talks: tuple[tuple[str, str], ...]) -> Transcript:
    lines = [line for talk in talks for line in talk]
    return Transcript(
        "Reading evening",
        tuple(
            Utterance(f"m{i}", speaker, text, datetime(2024, 5, 8, 15, i, tzinfo=UTC))
            for i, (speaker, text) in enumerate(lines)
        ),
        language="en",
    )


def evidence(summary: Summary, kind: ItemKind) -> list[tuple[str, ...]]:
    return [item.evidence for item in summary.items[kind]]


@pytest.mark.parametrize("talk", [GERMAN, SPANISH, JAPANESE], ids=["de", "es", "ja"])
async def test_every_kind_is_found_in_the_language_that_was_spoken(
    writer: Writer, talk: tuple[tuple[str, str], ...]
) -> None:
    summary = await writer.summary(said(talk), BRIEF)
    assert summary.dropped == 0
    assert evidence(summary, ItemKind.INSIGHT) == [("m1",)]
    assert evidence(summary, ItemKind.DISAGREEMENT) == [("m2", "m1")]
    assert evidence(summary, ItemKind.DECISION) == [("m3",)]
    assert evidence(summary, ItemKind.OPEN_QUESTION) == [("m7",)]
    promised = {item.evidence[0]: (item.owner, item.due) for item in summary.items[ItemKind.ACTION]}
    assert promised == {"m4": (talk[5][0], None), "m6": ("Ana", date(2024, 5, 10))}
    for kind in ItemKind:
        assert all(
            item.quote in dict(enumerate(talk))[int(item.evidence[0][1:])][1]
            for item in summary.items[kind]
        )


async def test_a_conversation_in_two_languages_is_read_in_both(writer: Writer) -> None:
    summary = await writer.summary(said(GERMAN, SPANISH), BRIEF)
    assert sorted(evidence(summary, ItemKind.DECISION)) == [("m11",), ("m3",)]
    assert {item.due for item in summary.items[ItemKind.ACTION]} == {None, date(2024, 5, 10)}


async def test_a_language_without_cues_gets_points_and_questions(writer: Writer) -> None:
    french = [
        ("Ana", "Aujourd'hui nous parlons des deux écoles du troisième chapitre."),
        ("Ben", "Les enfants silencieux connaissaient tous les faits mais ne posaient rien."),
        ("Cem", "Comment la ville a-t-elle payé la deuxième école du village ?"),
    ]
    talk = tuple(french * 8)
    summary = await writer.summary(said(talk), BRIEF)
    assert summary.items[ItemKind.KEY_POINT] or summary.items[ItemKind.OVERVIEW]
    assert not summary.items[ItemKind.DECISION]


def test_a_no_is_never_taken_off_the_front_of_a_line(
    tables: Callable[[str, str], Mapping[str, Any]],
) -> None:
    from learncomm_agent.writing.language.cues import read_cues

    for language, text, wanted in (
        ("en", "No one brought the map of the river.", "No one brought the map of the river."),
        ("en", "No, we meet in the hall again.", "We meet in the hall again."),
        ("es", "No estoy de acuerdo con el plan.", "No estoy de acuerdo con el plan."),
        ("de", "Nein danke sagte niemand im Saal.", "Nein danke sagte niemand im Saal."),
    ):
        speech = read_cues(tables("cues", language)).speech
        assert speech.readable(next(speech.sentences(text))) == wanted
