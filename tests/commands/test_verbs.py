"""What follows a command's name is understood as people call it, in whichever language."""

from pathlib import Path

import pytest

from learncomm_agent.commands.verbs import meant, spoken
from learncomm_agent.testing.community import Circle
from learncomm_agent.words import Words


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("off", "off"),
        ("STOP", "off"),
        ("off.", None),
        ("AUS", "off"),
        ("weekly:", "weekly"),
        ("wöchentlich", "weekly"),
        ("off / stop", None),
        ("offen", None),
        ("", None),
        ("\ud83d", None),
    ],
)
def test_a_verb_is_known_by_each_of_its_names(said: str, verb: str | None) -> None:
    assert meant(Words(), "roundup.verb_", ("weekly", "off"), said) == verb


def test_a_verb_is_called_as_it_is_declared_whatever_else_is_called_so(tmp_path: Path) -> None:
    phrases = tmp_path / "phrases"
    phrases.mkdir()
    text = '[roundup]\nverb_weekly = "off / semanal"\nverb_off = "semanal / nunca"\n'
    (phrases / "es.toml").write_text(text, encoding="utf-8")
    called = spoken(Words(tmp_path), "roundup.verb_", ("weekly", "off"))
    assert (called["off"], called["semanal"], called["nunca"]) == ("off", "weekly", "off")


@pytest.mark.parametrize(
    "said",
    [
        "session leave... what happens if I do?",
        "session end. What did we decide?",
        "actions done. What is next?",
    ],
)
async def test_a_question_that_begins_with_such_words_is_one(circle: Circle, said: str) -> None:
    answered = await circle.ben.asks(said, circle.hall)
    assert "Send me a number to read more" in answered, "it was looked up in the library"
