import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import dispatch, embedding, intake, search, silence, tokens, windows
from benchmarks.silence import Asked
from learncomm_agent.commands.declaration import Catalogue

ROOT = Path(__file__).parents[1]


def test_ndcg_is_one_for_the_best_order_and_zero_where_nothing_helps() -> None:
    gains = {"a": 2.0, "b": 1.0}
    assert search.ndcg(["a", "b", "x"], gains) == pytest.approx(1)
    assert search.ndcg(["x", "y"], gains) == 0
    assert search.ndcg([], gains) == 0
    assert search.ndcg(["a"], {}) == 0


def test_ndcg_takes_the_gain_as_it_is_and_discounts_by_the_rank() -> None:
    # DCG 1 + 2/log2(3) = 2.26186, the best is 2 + 1/log2(3) = 2.63093.
    assert search.ndcg(["b", "a"], {"a": 2.0, "b": 1.0}) == pytest.approx(0.85972, abs=1e-5)


def test_ndcg_looks_no_further_than_its_depth() -> None:
    assert search.ndcg(["x", "a"], {"a": 1.0}, depth=1) == 0
    assert search.ndcg(["a"], {"a": 1.0, "b": 1.0}, depth=1) == pytest.approx(1)


def test_the_reciprocal_rank_is_of_the_first_wanted_document() -> None:
    assert search.reciprocal_rank(["x", "b", "a"], {"a", "b"}) == 0.5
    assert search.reciprocal_rank(["x"], {"a"}) == 0


def test_a_geometric_mean_is_zero_where_one_ratio_is() -> None:
    assert search.geometric_mean([2.0, 0.5]) == pytest.approx(1)
    assert search.geometric_mean([2.0, 0.0]) == 0


def test_a_percentile_is_one_of_the_values() -> None:
    assert search.percentile([3.0, 1.0, 2.0], 0.5) == 2
    assert search.percentile([3.0, 1.0, 2.0], 0.95) == 3
    assert search.percentile([1.0], 0.0) == 1


def test_a_set_is_read_with_its_judgements(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text('{"id": "q", "text": "who?"}\n', encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("q\ta\t2\nq\tb\t1\n", encoding="utf-8")
    judged = search.read_set(tmp_path)
    assert judged.queries == {"q": "who?"}
    assert judged.gains == {"q": {"a": 2.0, "b": 1.0}}


def test_handbook_questions_are_read_with_the_sections_that_answer_them(tmp_path: Path) -> None:
    row = '{"id": "q", "question": "why?", "gold_sections": ["a#1"]}\n'
    (tmp_path / "queries.jsonl").write_text(row, encoding="utf-8")
    judged = search.read_handbooks(tmp_path)
    assert (judged.queries, judged.gains) == ({"q": "why?"}, {"q": {"a#1": 1.0}})


def test_the_share_that_is_answered_falls_with_the_threshold() -> None:
    asked = [Asked(0.5, False, True), Asked(0.9, False, True), Asked(0.1, True, False)]
    assert silence.answered(asked, 0.5) == pytest.approx(1)
    assert silence.answered(asked, 0.6) == pytest.approx(2 / 3)
    assert silence.answered([], 0.6) == 0


def test_everyday_questions_are_forty_and_differ() -> None:
    assert len(set(silence.everyday().values())) == 40


def test_declared_commands_and_chatter_are_as_many_as_asked_for() -> None:
    declared: Catalogue = dispatch.catalogue(200)
    assert len(declared.by_name) == 200
    chatter = dispatch.chatter(3)
    assert len({event.id for event in chatter}) == 3
    assert not any(event.room.is_read or event.message.is_addressed for event in chatter)


def test_messages_for_the_intake_are_of_a_room_that_is_read_and_each_is_its_own() -> None:
    events = intake.messages(30, "a")
    assert len({event.id for event in events}) == 30
    assert all(event.room.is_read for event in events)
    assert len({event.author.ref for event in events}) == intake.AUTHORS


def test_texts_to_embed_have_the_length_of_their_case() -> None:
    case = embedding.Case(tokens=20, spread=4, texts=10, bar=1.0)
    lengths = [len(text.split()) + 2 for text in embedding.write_texts(case)]
    assert len(lengths) == 10
    assert all(16 <= length <= 24 for length in lengths)


def test_a_search_without_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert search.main([str(tmp_path), "--cache", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == [*search.SETS, "community_kb"]
    assert all("skipped" in line for line in said)


STREAM = {
    "annotated_from": 1,
    "turns": [
        {"id": 0, "speaker": None, "text": "=== Ann came in"},
        {
            "id": 1,
            "speaker": "Ann",
            "text": "Where do we meet on Sunday?",
            "conv": 1,
            "time": "23:59",
        },
        {"id": 2, "speaker": "Ann", "text": "For the walk.", "conv": 1, "time": "23:59"},
        {"id": 3, "speaker": "Ben", "text": "No idea.", "conv": 1, "time": "00:01"},
        {"id": 4, "speaker": "Ben", "text": "At the mill.", "conv": 1, "reply_to": [1]},
    ],
}


def test_a_question_of_a_chat_is_asked_with_the_answer_that_it_got(tmp_path: Path) -> None:
    path = tmp_path / "conversations.jsonl"
    path.write_text(json.dumps(STREAM) + "\n", encoding="utf-8")
    ((spoken, asked),) = windows.read(path)
    assert [(each.question, each.answer) for each in asked] == [(1, 4)]
    assert [each.at.day for each in spoken] == [1, 1, 2, 2]
    assert [unit.messages for unit in windows.lines(spoken)] == [{1}, {2}, {3}, {4}]
    assert [unit.messages for unit in windows.tens(spoken)] == [{1, 2, 3, 4}]
    ((bare, _),) = windows.without_questions([(spoken, asked)])
    assert [each.text for each in bare][:2] == ["…", "For the walk."]
    assert windows.measure([(spoken, asked)], windows.tens) == 1
    assert windows.main([str(tmp_path)]) == 0


@pytest.mark.parametrize("name", ["search", "silence", "windows", "writing"])
def test_a_benchmark_runs_as_a_script(name: str) -> None:
    script = ROOT / "benchmarks" / f"{name}.py"
    done = subprocess.run(
        [sys.executable, str(script), "--help"], capture_output=True, text=True, check=True
    )
    assert "DATA" in done.stdout or "data" in done.stdout


async def test_what_a_summary_sends_is_held_against_the_text_once(tmp_path: Path) -> None:
    turns = [{"id": i, "speaker": "Ann", "text": f"Plan {i} is for herbs. " * 9} for i in range(99)]
    folder = tmp_path / "qmsum"
    folder.mkdir()
    (folder / "conversations.jsonl").write_text(json.dumps({"id": "a", "turns": turns}) + "\n")
    measured = await tokens.measured(tmp_path, 16_000, 5)
    one, each = measured["qmsum"]["one"], measured["qmsum"]["each"]
    assert (one.conversations, one.messages, one.calls, each.calls) == (1, 99, 1, 7)
    assert 1 < one.ratio < 1.3
    assert each.fresh < 1.6 < 6 < each.ratio
