"""`learncomm playbooks`: which formats there are, whether a file holds, and one of your own to begin with."""

import json
from pathlib import Path

import pytest

from learncomm_agent.words import Words
from tests.calling import Call

SHIPPED = sorted(each.name for each in Words().documents("playbooks") if "/" not in each.name)
BROKEN = "---\ntitle: x\npurpose: y\nstages:\n  - anounce: hello\n---\nGuide."
ENDLESS = "---\ntitle: x\npurpose: y\nstages:\n  - collect: ideas\n---\nGuide."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "data" / "community" / "playbooks"
    found.mkdir(parents=True)
    return found


def test_all_are_named_with_what_they_are_for(learncomm: Call, folder: Path) -> None:
    (folder / "broken.md").write_text(BROKEN)
    said = learncomm("playbooks", "--json")
    assert said.code == 0
    found = said.json
    assert isinstance(found, list)
    assert [each["name"] for each in found] == SHIPPED
    assert all(set(each) == {"name", "title", "purpose"} for each in found)
    assert "broken.md:5: no stage kind 'anounce', nearest is 'announce'" in said.err
    said = learncomm("playbooks")
    assert "book-club\n  Book club: Choose a book" in said.out
    assert str(folder) in said.out


def test_all_that_ship_hold(learncomm: Call) -> None:
    said = learncomm("playbooks", "check")
    assert (said.code, said.err) == (0, "")
    assert "without a mistake" in said.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BROKEN, "odd.md:5: no stage kind 'anounce', nearest is 'announce'"),
        (ENDLESS, "odd.md:5: 'ideas' has no end: say `for` or `until`"),
        ("Hello", "odd.md:1: a playbook begins with a front matter between two lines of `---`"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    learncomm: Call, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "odd.md"
    path.write_text(text)
    said = learncomm("playbooks", "check", str(path))
    assert (said.code, said.out) == (1, f"{told}\n")


def test_all_that_are_a_communitys_own_are_checked_too(learncomm: Call, folder: Path) -> None:
    (folder / "odd.md").write_text(BROKEN)
    (folder / "de").mkdir()
    (folder / "de" / "book-club.md").write_text("---\nsays: {invitaton: {say: Hallo}}\n---\n")
    said = learncomm("playbooks", "check", "--json")
    assert said.code == 1
    assert json.loads(said.out)["problems"] == [
        "book-club.md:2: no stage is called 'invitaton', nearest is 'invitation'",
        "odd.md:5: no stage kind 'anounce', nearest is 'announce'",
    ]


@pytest.mark.parametrize("is_beside", [True, False])
def test_words_in_another_language_are_checked_over_their_playbook(
    learncomm: Call, tmp_path: Path, *, is_beside: bool
) -> None:
    path = tmp_path / "playbooks" / "de" / ("odd.md" if is_beside else "book-club.md")
    path.parent.mkdir(parents=True)
    if is_beside:
        (tmp_path / "playbooks" / "odd.md").write_text(BROKEN.replace("anounce", "announce"))
    stage = "hello" if is_beside else "invitation"
    path.write_text(f"---\nsays:\n  {stage}: {{say: Hallo}}\n---\n")
    assert learncomm("playbooks", "check", str(path)).code == 0
    path.write_text(f"---\nsays:\n  {stage}: {{sya: Hallo}}\n---\n")
    said = learncomm("playbooks", "check", str(path))
    assert said.out == f"{path.name}:3: no such saying: 'sya', nearest is 'say'\n"
    path.write_text(f"---\nsays:\n  {stage}: {{say: '{{{{ lead + 1 }}}}'}}\n---\n")
    said = learncomm("playbooks", "check", str(path))
    assert said.out.startswith(f"{path.name}:3: ")


def test_a_file_that_is_not_there_is_told(learncomm: Call) -> None:
    said = learncomm("playbooks", "check", "nowhere.md")
    assert said.code == 1
    assert "nowhere.md" in said.err


def test_one_is_shown_with_all_that_it_asks_and_says(learncomm: Call) -> None:
    said = learncomm("playbooks", "show", "book-club")
    assert said.code == 0
    for part in (
        *("Which book, if you know it already?", "otherwise: Mondays 18:00", "no: No"),
        *(
            "marks (collect; until: meeting - 1 day",
            "We are starting a book club",
            "## How do I close?",
        ),
    ):
        assert part in said.out
    shown = learncomm("playbooks", "show", "Book club", "--json").json
    assert isinstance(shown, dict)
    assert shown["stages"][0]["name"] == "invitation"


def test_one_that_is_not_there_is_told_with_the_nearest(learncomm: Call) -> None:
    said = learncomm("playbooks", "show", "bok-club")
    assert said.code == 1
    assert "Did you mean “book-club”?" in said.err


def test_one_to_begin_with_is_written_and_holds(learncomm: Call, tmp_path: Path) -> None:
    said = learncomm("playbooks", "new", "film-night")
    path = tmp_path / "data" / "community" / "playbooks" / "film-night.md"
    assert (said.code, str(path) in said.out) == (0, True)
    assert learncomm("playbooks", "check", str(path)).code == 0
    path.write_text("mine")
    assert learncomm("playbooks", "new", "film-night").code == 2
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["../film", "Film Night", "-x", "a/b", "x" * 41, ""])
def test_what_is_no_name_for_a_file_is_refused(learncomm: Call, name: str, tmp_path: Path) -> None:
    said = learncomm("playbooks", "new", "--", name)
    assert said.code == 2
    assert "is no name for a file" in said.err
    assert list(tmp_path.rglob("*film*")) == []
