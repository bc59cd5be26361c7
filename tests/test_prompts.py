"""`learncomm prompts`: what there is, how it differs, and what a change would write before it goes live."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.testing.model_server import MODEL, ModelServer
from learncomm_agent.trying import beside
from learncomm_agent.words import Words
from tests.calling import Call

SHIPPED = {each.name: each for each in Words().prompts()}
TALK = "\n".join(
    json.dumps({"id": n, "speaker": who, "text": text})
    for n, (who, text) in enumerate(
        [
            ("Ben", "I will bring paper for everyone by Friday."),
            ("Chloé", "We agreed to begin every evening in silence."),
        ]
    )
)
QUESTION = "What does a buddy for newcomers do?"


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str, str], Path]:
    """Put a file of the community's own beside the shipped ones."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / "data" / "community" / "prompts" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def proposed(tmp_path: Path) -> Callable[..., str]:
    """Write a proposed file: a shipped prompt with something put otherwise."""

    def put(name: str, before: str, after: str) -> str:
        text = SHIPPED[name].path.read_text(encoding="utf-8")
        assert before in text
        path = tmp_path / "proposed.md"
        path.write_text(text.replace(before, after), encoding="utf-8")
        return str(path)

    return put


def changed(name: str) -> str:
    return SHIPPED[name].path.read_text(encoding="utf-8").replace("Your task:", "Your one task:")


def test_all_are_listed_with_what_they_are_for(
    learncomm: Call, own: Callable[[str, str], Path]
) -> None:
    own("answer", changed("answer"))
    own("summary", "---\ninputs: [nothing]\n---\nHello")
    own("anser", "Hello")
    said = learncomm("prompts")
    assert said.code == 0
    assert "answer (your own)\n  To answer a question" in said.out
    assert "\nquestions\n  To write open questions" in said.out
    assert "summary (your own)" not in said.out
    assert "prompts/anser.md: no prompt of that name, nearest is 'answer'" in said.err
    assert "prompts/summary.md" in said.err
    told: Any = learncomm("prompts", "--json").json
    assert {each["name"] for each in told["prompts"]} == set(SHIPPED)
    assert [each["name"] for each in told["prompts"] if each["is_own"]] == ["answer"]
    assert len(told["problems"]) == 2


def test_one_is_shown_as_it_is_used(learncomm: Call, own: Callable[[str, str], Path]) -> None:
    assert learncomm("prompts", "show", "answer").out.startswith("---\npurpose: To answer")
    path = own("answer", changed("answer"))
    assert "Your one task:" in learncomm("prompts", "show", "answer").out
    told: Any = learncomm("prompts", "show", "answer", "--json").json
    assert (told["path"], told["is_own"]) == (str(path), True)


def test_it_differs_from_the_shipped_one_or_a_proposed_one_from_it(
    learncomm: Call, own: Callable[[str, str], Path], proposed: Callable[..., str]
) -> None:
    said = learncomm("prompts", "diff", "answer")
    assert (said.code, said.out) == (
        0,
        "“answer” is the shipped prompt; you have no file of your own for it.\n",
    )
    own("answer", changed("answer"))
    said = learncomm("prompts", "diff", "answer")
    assert "\n-Your task: answer" in said.out and "\n+Your one task: answer" in said.out
    said = learncomm("prompts", "diff", "answer", "--with", proposed("answer", "less", "more"))
    assert "\n-Your one task:" in said.out and "\n-- Rather say less" in said.out
    same = str(SHIPPED["questions"].path)
    assert (
        learncomm("prompts", "diff", "questions", "--with", same).out == "The two are the same.\n"
    )
    told: Any = learncomm("prompts", "diff", "answer", "--json").json
    assert "+Your one task:" in told["diff"]


INPUTS = "[material, question, language, most]"
BROKEN = {
    "---\ninputs: [question\n---\nhi": "proposed.md:3: expected ',' or ']'",
    f"---\ninputs: {INPUTS}\n---\nhi\n\n{{{{ question\n": "proposed.md:6: no template:",
    f"---\ninputs: {INPUTS}\n---\nhi\n\nyou\n{{% if %}}": "proposed.md:7: no template:",
    f"---\ninputs: {INPUTS}\n---\nhi\n\n{{{{ questio }}}}": (
        "proposed.md:6: 'questio' is not among the inputs, nearest is 'question'"
    ),
    "---\npurpose: x\ninputs: [question, mood]\n---\nhi": "proposed.md:3: inputs differ",
    "---\ninputs: 5\n---\nhi": "proposed.md:2: inputs are no names",
    "---\ninputs: {a: b}\n---\nhi": "proposed.md:2: inputs are no names",
    "---\n- a\n---\nhi": "proposed.md:2: front matter is no mapping",
    "---\ninputs: [a]": "proposed.md:1: front matter without an end",
    "": "proposed.md:1: inputs differ",
    f"---\ninputs: {INPUTS}\n---\nBe brief: {{{{ question }}}}": (
        "proposed.md:4: 'material' does not stand in the text"
    ),
    f"---\ninputs: {INPUTS}\n---\n{{{{ question.__class__.mro()[1] | nonsense }}}}": (
        "proposed.md:4: no template: No filter named 'nonsense'"
    ),
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("verb", ["diff", "try"])
def test_a_broken_file_is_said_in_one_sentence_with_its_line(
    learncomm: Call, tmp_path: Path, text: str, verb: str
) -> None:
    path = tmp_path / "proposed.md"
    path.write_text(text, encoding="utf-8")
    on = ["--on", QUESTION] if verb == "try" else []
    said = learncomm("prompts", verb, "answer", "--with", str(path), *on)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("I can't use that file: ") and said.err.count("\n") == 1
    assert BROKEN[text] in said.err


def test_what_is_not_there_or_can_not_be_tried_is_said(
    learncomm: Call, tmp_path: Path, proposed: Callable[..., str]
) -> None:
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.jsonl").write_text("\n{}\n")
    (tmp_path / "talk.jsonl").write_text(TALK)
    answer = proposed("answer", "less", "more")
    for args, code, said in (
        (["show", "answr"], 1, "There is no prompt “answr”."),
        (["show", "../../etc/passwd"], 1, "There is no prompt “../../etc/passwd”."),
        (["diff", "answer", "--with", str(tmp_path / "no.md")], 2, "I can't read “no.md”."),
        (["diff", "answer", "--with", str(tmp_path)], 2, "I can't read"),
        (["diff", "answer", "--with", str(tmp_path / "binary.md")], 2, "no UTF-8 at byte 0"),
        (
            ["try", "repair", "--with", str(SHIPPED["repair"].path), "--on", "x"],
            2,
            "can't be tried",
        ),
        (["try", "answer", "--with", answer, "--on", " "], 2, ""),
        (["try", "answer", "--with", answer, "--on", str(tmp_path / "talk.jsonl")], 2, "Try “ans"),
        (
            ["try", "answer", "--with", answer, "--on", "zyxwvut qponmlk jihgfed"],
            1,
            "found nothing",
        ),
    ):
        outcome = learncomm("prompts", *args)
        assert (outcome.code, outcome.out) == (code, ""), args
        assert said in outcome.err, (args, outcome.err)
        assert outcome.err.count("\n") == 1, outcome.err
    summary = str(SHIPPED["summary"].path)
    for on, said in (("nowhere.jsonl", "There is no file"), ("empty.jsonl", "holds no message")):
        at = str(tmp_path / on)
        assert said in learncomm("prompts", "try", "summary", "--with", summary, "--on", at).err


def test_without_a_model_the_rendered_prompts_are_compared(
    learncomm: Call, tmp_path: Path, proposed: Callable[..., str]
) -> None:
    talk = tmp_path / "talk.jsonl"
    talk.write_text(TALK)
    path = proposed("summary", "Your task:", "Your one task, and mind it well:")
    said = learncomm("prompts", "try", "summary", "--with", path, "--on", str(talk))
    assert said.code == 0, said.err
    assert said.out.startswith("A prompt needs a language model, and none is set up")
    assert "\n+Your one task, and mind it well: write down in English" in said.out
    assert "bring paper" not in said.out, "what both read alike is not shown"
    told: Any = learncomm(
        "prompts", "try", "summary", "--with", path, "--on", str(talk), "--json"
    ).json
    assert told["model"] is None
    assert told["proposed"]["sent"] > told["present"]["sent"] > 100
    assert told["present"]["calls"] == told["proposed"]["calls"] == 1


def test_a_prompt_that_fails_only_when_it_is_filled_in_is_said(
    learncomm: Call, proposed: Callable[..., str]
) -> None:
    path = proposed("answer", "Your task:", "{{ question.nothing.at_all }}")
    said = learncomm("prompts", "try", "answer", "--with", path, "--on", QUESTION)
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(
        "“proposed.md” can't be filled in: something in it asks for what is not there.\n"
    )


@pytest.fixture
def server(settings: Path) -> Iterator[ModelServer]:
    """A model that writes one honest line and one that nobody said, and more where it is told to."""

    def said(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        number, _, text = next(
            line for line in prompt.split("\n") if "buddy is a member" in line
        ).partition(" ")
        quote = text[text.index("A buddy is a member") :][:60].rsplit(" ", 1)[0]
        line = {"line": int(number.strip("[]")), "quote": quote, "also": []}
        honest = {**line, "text": "A buddy is a member who looks after one newcomer."}
        lie = {**line, "quote": "words that nobody has said here", "text": "A buddy is paid."}
        return json.dumps({"claims": [honest, lie] if "Rather say less" in prompt else [lie]})

    with ModelServer(said) as server:
        settings.write_text(
            f'[embedding]\nkind = "off"\n[model]\nkind = "hosted"\nmodel = "{MODEL}"\n'
            f'base_url = "{server.base_url}"\n'
        )
        yield server


def test_with_a_model_both_are_written_and_shown_side_by_side(
    learncomm: Call, server: ModelServer, proposed: Callable[..., str]
) -> None:
    path = proposed("answer", "Rather say less", "Rather say more")
    said = learncomm("prompts", "try", "answer", "--with", path, "--on", QUESTION)
    assert said.code == 0, said.err
    head, *rows = said.out.splitlines()
    assert head.split("│")[0].strip() == "The prompt in use"
    assert head.split("│")[1].strip() == "The proposed prompt"
    left = " ".join(row.split("│")[0].strip() for row in rows)
    right = " ".join(row.partition("│")[2].strip() for row in rows)
    assert "• A buddy is a member who looks after one newcomer." in left
    assert "one line kept, one left out because the evidence did not hold." in left
    assert "A buddy is a member" not in right and "A buddy is paid" not in said.out
    assert "The language model gave no answer that I could use." in right
    assert " calls, " in left and " tokens sent" in left and " received." in left
    told: Any = learncomm(
        "prompts", "try", "answer", "--with", path, "--on", QUESTION, "--json"
    ).json
    assert (told["present"]["kept"], told["present"]["dropped"]) == (1, 1)
    assert (told["proposed"]["kept"], told["proposed"]["why_extracted"]) == (0, "unclear")
    assert told["model"] == MODEL
    assert "+- Rather say more" in told["diff"]
    prompts = [each["messages"][-1]["content"] for each in server.requests]
    assert ["Rather say more" in each for each in prompts] == [False, False, True, True] * 2


@pytest.mark.parametrize("columns", [10, 79, 80, 120, 500])
def test_two_texts_stand_side_by_side_where_there_is_room(columns: int) -> None:
    left, right = ["present", "", "a word " * 40], ["proposed", "", "x" * 300]
    shown = list(beside(left, right, columns))
    if columns < 80:
        assert shown == [*left, "", *right]
    else:
        assert all(len(line) <= min(columns, 160) for line in shown)
        assert "".join(shown).count("x") == 300
        assert " ".join(line.split("│")[0] for line in shown).split().count("word") == 40
