"""What follows a command's name is understood as people call it, in whichever language."""

import pytest

from learncomm_agent.commands.verbs import meant, spoken
from learncomm_agent.words import Words


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("off", "off"),
        ("Stop.", "off"),
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


def test_a_verb_is_called_as_it_is_declared_whatever_another_language_calls_so() -> None:
    called = spoken(Words(), "session.verb.", ("leave", "move-meeting"))
    assert called["move-meeting"] == "move-meeting" and called["leave"] == "leave"
    assert set(called.values()) == {"leave", "move-meeting"}
