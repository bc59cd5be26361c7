"""The benchmark of writing counts what it says it counts."""

from pathlib import Path

import pytest

from benchmarks import writing
from benchmarks.writing_peers import bm25, lead, lexrank, textrank
from benchmarks.writing_sets import FACTS, PLACES, SETS, haystack, judged
from benchmarks.writing_shares import Tally, near
from learncomm_agent.writing.language.dialogue import Dialogue

TOPICS = ("roof of the museum", "choir of the chapel", "garden behind the mill")
ROW = {
    "id": "one",
    "turns": [
        {"id": 0, "speaker": None, "text": "=== joined", "time": "09:00"},
        *(
            {
                "id": i,
                "speaker": f"P{i % 3}",
                "text": f"The {TOPICS[i // 20]} needs {i} new pieces of wood and glass.",
                "time": "09:01",
            }
            for i in range(1, 60)
        ),
    ],
    "gold": {
        "summary": "The roof of the museum needs wood.",
        "topics": [{"title": "roof", "spans": [[1, 20]]}],
        "decisions": [{"text": "wood", "after_turn": 40}],
        "queries": [{"query": "What does the choir need?", "spans": [[20, 39]]}],
    },
}


def test_places_of_the_gold_are_places_in_the_transcript() -> None:
    one = judged(ROW)
    assert len(one.transcript.utterances) == 59
    assert (one.topics, one.decisions) == ([(0, 19)], [39])
    assert one.asked[0].spans == [(19, 38)]
    assert one.told == ["The roof of the museum needs wood."]


@pytest.mark.parametrize(("place", "is_near"), [(27, True), (26, False), (52, True), (53, False)])
def test_near_is_twelve_turns_away(place: int, is_near: bool) -> None:
    assert near([place], [(39, 40)]) is is_near


def test_a_share_of_nothing_is_left_out() -> None:
    tally = Tally()
    tally.add("topics", 1, 2)
    tally.add("topics", 0, 2)
    tally.add("decisions", 0, 0)
    assert tally.shares() == {"topics": 0.25}


def test_the_peers_choose_lines_of_the_conversation() -> None:
    one = judged(ROW)
    cues = writing.plain()[1].cues("community", "en")
    dialogue = Dialogue(one.transcript.utterances, cues)
    for choose in (lead, textrank, lexrank):
        chosen = choose(dialogue, 4)
        assert len({line.number for line in chosen}) == 4
        assert chosen == sorted(chosen, key=lambda line: line.number)
    assert lead(dialogue, 2) == list(dialogue.lines[:2])
    assert all(19 <= place <= 38 for place in bm25(one.transcript, "choir", cues, 5))


def test_every_fact_stands_at_every_place_once() -> None:
    turns = judged(ROW).transcript.utterances
    stood = set()
    for turn in range(3):
        hidden = haystack(turns, 900, turn)
        assert len(hidden.transcript.utterances) == 900
        said = [each.text for each in hidden.transcript.utterances]
        places = [said.index(fact.text) for fact in hidden.facts]
        assert places == sorted(places)
        stood |= {(fact.place, fact.text) for fact in hidden.facts}
    assert len(stood) == len(PLACES) * sum(map(len, FACTS.values()))


async def test_a_set_is_measured_whole(tmp_path: Path) -> None:
    writer, book = writing.plain()
    measured = await writing.measure("one", [judged(ROW)], writer, book, peers=True)
    ours = measured["ours"]
    assert (ours["read"], ours["holds"], ours["topics"], ours["hit@5"]) == (1, 1, 1, 1)
    assert ours["decisions, typed"] == 0
    assert set(measured) == {"ours", *writing.PEERS}
    found = await writing.find_planted({"one": [judged(ROW)]}, writer, 600)
    assert found["one"]["start"] > 0.5


def test_without_data_each_set_is_skipped_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert writing.main([str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == sorted(SETS)
    assert all("skipped" in line for line in said)


def test_a_bar_that_is_missed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    whole = {"qmsum, held out": {"ours": {"read": 1.0, "holds": 0.99, "hit@5": 0.8}}}
    assert writing.verdict(whole, quiet=False) == 1
    said = capsys.readouterr().out
    assert "holds: 0.990 (bar >= 1.0): missed" in said
    assert "hit@5: 0.800 (bar >= 0.746): kept" in said
    assert writing.verdict({}, quiet=True) == 0
