"""What is for one person alone is not looked up before all because a word of it was wrong."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.storage.schema import writings
from learncomm_agent.testing.community import Circle

ERASES = {"en": "Shall I erase everything", "de": "Soll ich alles löschen"}
HINTS = {"en": "I did not understand that", "de": "Das habe ich nicht verstanden"}


async def asked(circle: Circle) -> list[str]:
    """Return what was looked up in the library as a question."""
    kept = sa.select(writings.c.request).where(writings.c.kind.in_(["answer", "unanswered"]))
    rows = await circle.agent.house.database.read(lambda conn: conn.execute(kept).scalars().all())
    return [str(each.get("question")) for each in rows]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "said", ["me delete", "me wipe", "me löschen", "me Alles löschen", "me erase", "/me lösche"]
)
async def test_me_is_understood_in_either_language(data: Path, language: str, said: str) -> None:
    async with Circle(data, language=language) as circle:
        assert ERASES[language] in await circle.ben.asks(said, circle.hall)
        assert circle.ben.answers()[-1].private_to == circle.ben.account.ref


@pytest.mark.parametrize("said", ["me download", "me exportieren", "me mitnehmen"])
async def test_all_of_it_is_taken_along_by_such_words(circle: Circle, said: str) -> None:
    assert "Here is everything" in await circle.ben.asks(said, circle.hall)


@pytest.mark.parametrize(
    ("language", "said", "near"),
    [
        ("en", "me delete all my things, please", "“me erase”"),
        ("en", "me exprot", "“me export”"),
        ("en", "me and my neighbour read it", ""),
        ("en", "me language=de nonsense", ""),
        ("en", "optout please", ""),
        ("en", "retention nonsense=3", ""),
        ("en", "retention message=30", "“retention messages=”"),
        ("en", "retention for ever", ""),
        ("en", "setup something or other", ""),
        ("de", "ich weg", ""),
        ("de", "ich will alles löschen", ""),
        ("de", "me lösche mich bitte", "„me erase“"),
        ("de", "aufbewahrung unsinn=3", ""),
    ],
)
async def test_what_is_not_understood_is_told_so_alone_and_looked_up_nowhere(
    data: Path, language: str, said: str, near: str
) -> None:
    async with Circle(data, language=language) as circle:
        told = await circle.ann.asks(said, circle.hall)
        assert told.startswith(HINTS[language]) and near in told
        assert ("Do you mean" in told or "Meinst du" in told) is bool(near)
        assert circle.ann.answers()[-1].private_to == circle.ann.account.ref
        assert HINTS[language] not in circle.transcript(circle.ben, circle.hall)
        assert await asked(circle) == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "me and my neighbour read what?"),
        ("en", "why do people leave"),
        ("en", "retention of newcomers"),  # who does not lead can't mean the command
        ("en", "help me find a book on bees"),
        ("de", "ich suche etwas über Hummeln"),
        ("de", "Ich möchte wissen, wie man ein Treffen leitet"),
        ("de", "ich auch?"),
    ],
)
async def test_a_question_stays_one_and_is_asked_in_its_own_words(
    data: Path, language: str, said: str
) -> None:
    async with Circle(data, language=language) as circle:
        await circle.ben.asks(said, circle.hall)
        assert await asked(circle) == [said]


@pytest.mark.parametrize("word", ["delete", "löschen", "erase"])
async def test_a_word_that_a_platform_could_not_place_may_be_another_one_for_a_choice(
    circle: Circle, word: str
) -> None:
    said = await circle.ben.sends("me", circle.hall, **{word: ""})
    assert said.startswith("Shall I erase everything")


@pytest.mark.parametrize("word", ["nonsense", "🙃", "erase nothing", "x" * 300])
async def test_one_that_is_none_is_refused_and_not_passed_over(circle: Circle, word: str) -> None:
    said = await circle.ben.sends("me", circle.hall, **{word: ""})
    assert "This is what I keep of you" not in said and "Shall I erase" not in said
