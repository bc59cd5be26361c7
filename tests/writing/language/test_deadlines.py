from datetime import UTC, date, datetime

import pytest

from learncomm_agent.writing.language.cues import Cues, read_cues
from learncomm_agent.writing.language.deadlines import Deadlines
from tests.writing.conftest import table

WEDNESDAY = datetime(2024, 5, 8, 15, tzinfo=UTC)


def reader(cues: Cues, language: str = "en", timezone: str = "UTC") -> Deadlines:
    says = cues.phrases["deadlines.says"]
    unsure = cues.phrases.get("days.next")
    doubts = cues.phrases["deadlines.doubts"]
    return Deadlines(
        says,
        cues.means,
        languages=[language],
        timezone=timezone,
        unsure=unsure,
        doubts=doubts,
        order=cues.date_order,
    )


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("I'll send it by Friday", date(2024, 5, 10)),
        ("I'll send it by friday.", date(2024, 5, 10)),
        ("we need it until 5 June", date(2024, 6, 5)),
        ("ready by May 20th", date(2024, 5, 20)),
        ("on the 1st of June we start", date(2024, 6, 1)),
        ("before 3 March 2025", date(2025, 3, 3)),
        ("tomorrow I will", date(2024, 5, 9)),
        ("maybe next week", date(2024, 5, 15)),
        ("in two weeks", date(2024, 5, 22)),
        ("within 3 days", date(2024, 5, 11)),
        ("by the end of the week", date(2024, 5, 12)),
        ("due 2024-06-01", date(2024, 6, 1)),
        ("by Friday 17 May", date(2024, 5, 17)),
        ("by Friday, the 17th of May 2024", date(2024, 5, 17)),
        ("by Friday, May 17", date(2024, 5, 17)),
        ("by Friday 5 people come", date(2024, 5, 10)),
        ("by next Monday", date(2024, 5, 13)),
        ("by next Friday", None),  # the 10th for some, the 17th for others
        ("by Friday, the day after tomorrow", date(2024, 5, 10)),
        ("the day after tomorrow", None),
        ("by Friday week", None),
        ("on Friday in two weeks", None),
        ("by Sunday the 19th", None),
        ("two weeks ago on Monday we met", None),
        ("on every Friday", None),
        ("perhaps, but not before Friday", None),
        ("it was due 2023-06-01", None),
        ("by 5 May", None),
        ("2024-99-99", None),
        ("I may come", None),
        ("on Friday's child we agree", None),
        ("nothing at all", None),
        ("", None),
    ],
)
def test_a_deadline_is_read_relative_to_the_day_it_was_said(
    english: Cues, text: str, due: date | None
) -> None:
    assert reader(english).due(text, WEDNESDAY) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Ich schicke es bis Freitag", date(2024, 5, 10)),
        ("bis nächsten Montag", date(2024, 5, 13)),
        ("bis zum 5. Juni", date(2024, 6, 5)),
        ("übermorgen", date(2024, 5, 10)),
        ("nächste Woche", date(2024, 5, 15)),
        ("bis Freitag in einer Woche", None),
        ("am übernächsten Freitag", None),
        ("in zwei Wochen", date(2024, 5, 22)),
        ("bis Ende der Woche", date(2024, 5, 12)),
    ],
)
def test_german_deadlines_are_read(german: Cues, text: str, due: date | None) -> None:
    assert reader(german, "de").due(text, WEDNESDAY) == due


def test_the_day_is_the_one_of_the_speakers_zone(english: Cues) -> None:
    late = datetime(2024, 5, 8, 23, 30, tzinfo=UTC)
    assert reader(english).due("tomorrow", late) == date(2024, 5, 9)
    assert reader(english, timezone="Asia/Tokyo").due("tomorrow", late) == date(2024, 5, 10)
    assert reader(english, timezone="Nowhere/Atall").due("tomorrow", late) == date(2024, 5, 9)
    assert reader(english).due("tomorrow", late, "Asia/Tokyo") == date(2024, 5, 10)
    assert reader(english, timezone="Asia/Tokyo").due("tomorrow", late, "UTC") == date(2024, 5, 9)
    in_tokyo = reader(english, timezone="Asia/Tokyo")
    assert in_tokyo.due("tomorrow", late, "Nowhere/Atall") == date(2024, 5, 10)


def test_without_a_time_only_whole_dates_are_read(english: Cues) -> None:
    assert reader(english).due("by Friday", None) is None
    assert reader(english).due("before 3 March 2025", None) == date(2025, 3, 3)


def test_an_unknown_language_reads_iso_dates_alone(english: Cues) -> None:
    unknown = reader(english, "xx")
    assert unknown.due("by Friday", WEDNESDAY) is None
    assert unknown.due("by 2024-06-01", WEDNESDAY) == date(2024, 6, 1)


@pytest.mark.parametrize(
    ("language", "text", "due"),
    [
        ("es", "Lo envío antes del viernes", date(2024, 5, 10)),
        ("es", "mañana por la mañana", date(2024, 5, 9)),
        ("es", "Lo hago por la mañana", None),
        ("es", "el viernes de la semana que viene", None),
        ("ja", "金曜日までに送ります", date(2024, 5, 10)),
        ("ja", "明日送ります", date(2024, 5, 9)),
        ("ja", "来週の火曜日に送ります", None),
        ("ja", "再来週の月曜日", None),
        ("ja", "来月の10日", None),
    ],
)
def test_a_day_within_a_longer_phrase_is_in_doubt(
    language: str, text: str, due: date | None
) -> None:
    cues = read_cues({**table("claims", language), **table("cues", language)})
    assert reader(cues, language).due(text, WEDNESDAY) == due
