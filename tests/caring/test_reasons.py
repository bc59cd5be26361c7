"""When something is looked at again, as people say it."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from learncomm_agent.caring.reasons import review_in
from learncomm_agent.writing.language.cue_book import CueBook

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "knowledge" / "cues"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Am 3. Februar prüfen wir das.", date(2026, 2, 3)),
        ("Das gilt. Am 3. Februar prüfen wir das. Im Mai ist Ferien.", date(2026, 2, 3)),
        ("Das prüfen wir am 3. Februar.", date(2026, 2, 3)),
        ("Wir treffen uns in Raum 3. Februar ist kurz, das prüfen wir.", None),
        ("We meet in room 3. We review it in three weeks.", date(2026, 1, 26)),
        ("We met on May 3. We review it some day.", None),
        ("", None),
        ("3. 3. 3.", None),
    ],
)
def test_a_day_is_read_where_a_sentence_names_one(text: str, day: date | None) -> None:
    book = CueBook(
        lambda _, language: tomllib.loads((FOLDER / f"{language}.toml").read_text()),
        lambda _: ("de", "en"),
    )
    assert review_in(text, AT, "UTC", book.cues("", "en", "de")) == day
