"""People type what they see: names of commands and options in their language."""

from pathlib import Path

import pytest

from learncomm_agent.commands import builtin
from learncomm_agent.commands.spoken_names import SpokenNames
from learncomm_agent.testing.community import Circle
from learncomm_agent.words import Words


@pytest.mark.parametrize(
    ("typed", "declared"),
    [
        ("aufgaben neu Lied wer=@Ben bis=Freitag", "actions neu Lied who=@Ben by=Freitag"),
        ("/Aufgaben bis=Freitag", "/actions by=Freitag"),
        ("actions wer=@Ben", "actions who=@Ben"),
        ("HILFE", "help"),
        ("erinnerungen höchstens=2", "reminders most=2"),
        ("wir=alle", "wir=alle"),
        ("Guten Morgen, wer=was", "Guten Morgen, wer=was"),
        ("", ""),
        ("aufgaben =", "actions ="),
        ("aufgaben \ud83d=1 bis=", "actions \ud83d=1 bis="),
    ],
)
def test_what_is_typed_in_german_is_found_by_its_declared_name(typed: str, declared: str) -> None:
    names = SpokenNames(builtin.catalogue())
    assert names.declared(typed, Words(), "de") == declared
    assert names.declared("aufgaben", Words(), "en") == "aufgaben"


def test_each_community_calls_them_by_its_own_words(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "phrases"
    folder.mkdir(parents=True)
    (folder / "de.toml").write_text('[command.actions]\nname = "vorhaben"\n', encoding="utf-8")
    names, words = SpokenNames(builtin.catalogue()), Words(data=tmp_path)
    one, other = words.for_community("one"), words.for_community("other")
    assert names.declared("vorhaben", one, "de") == "actions"
    assert names.declared("vorhaben", other, "de") == "vorhaben"
    assert names.declared("aufgaben", other, "de") == "actions"


async def test_a_member_who_reads_german_is_understood(circle: Circle) -> None:
    await circle.ben.sends("me", circle.hall, language="de")
    added = await circle.ben.asks("aufgaben neu Lied singen bis=Freitag", circle.hall)
    assert "Lied singen" in added and "bis=" not in added
    assert (await circle.ben.asks("Hilfe", circle.hall)).startswith("Darum kannst du mich bitten")
    assert "Lied singen" in await circle.ben.asks("aufgaben unsere", circle.hall)
