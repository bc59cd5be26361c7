"""Whom a line names."""

import pytest

from learncomm_agent.writing.items import Utterance
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.dialogue import Dialogue

SPEAKERS = ("Ann", "Mirela Petrova", "Mirela Costa", "Anne-Marie", "田中", "佐藤")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Can Mirela bring the map?", {"Mirela Petrova", "Mirela Costa"}),
        ("@mirela petrova, can you bring the map?", {"Mirela Petrova", "Mirela Costa"}),
        ("Anne-Marie, can you bring the map?", {"Anne-Marie"}),
        ("Annette and Ann can bring it.", set()),
        ("田中さん、地図を持ってきてもらえますか。", {"田中"}),
        ("Who brings the map?", set()),
    ],
)
def test_a_line_names_others_by_their_first_name(english: Cues, text: str, named: set[str]) -> None:
    said = [Utterance("m0", "Ann", text)]
    said += [Utterance(f"m{i}", speaker, "Hm.") for i, speaker in enumerate(SPEAKERS, start=1)]
    dialogue = Dialogue(said, english)
    assert dialogue.named(dialogue.lines[0]) == named
