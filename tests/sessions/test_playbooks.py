"""The playbooks of a community: its own win, other languages lie over them, and a mistake never stops the rest."""

import asyncio
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.documents import Document
from learncomm_agent.errors import NotFoundError
from learncomm_agent.roots import Roots
from learncomm_agent.sessions.events import Begun
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.playbook import Playbook
from learncomm_agent.sessions.playbooks.file import read_playbook
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.sessions.playbooks.trial import trials
from learncomm_agent.sessions.state import Ending, Session
from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.words import Words
from tests.sessions.driver import LEAD, Drive

KINDS = stage_kinds()
FIRST = {
    *("book-club", "case-study", "group-discussion", "guest-speaker"),
    *("knowledge-sharing", "reflection"),
}
OWN = """\
---
title: Our club
purpose: We read short things.
asks: {topic: {label: What?}, lasts: {label: How long?, kind: duration, default: 1 hour}}
stages:
  - announce: hello
    say: Let us read {{ topic }}.
---
Read slowly.
"""
GERMAN = """\
---
title: Unser Kreis
asks: {topic: Was?}
hints: {topic: Ein Wort genügt.}
defaults: {lasts: eine Stunde, topic: Gedichte}
says:
  hello: {say: "Lasst uns {{ topic }} lesen."}
---
Lest langsam.
"""


class Shelf:
    """A community's folder, and the playbooks that are found with it."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "ours" / "playbooks"
        self.words = Words(data=data)
        self.playbooks = Playbooks(self.words, KINDS)

    def put(self, name: str, text: str) -> None:
        path = self.folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def get(self, name: str, language: str = "en") -> Playbook:
        return self.playbooks.get("ours", name, language)

    @property
    def problems(self) -> list[str]:
        found = self.words.for_community("ours").problems()
        return [each for each in found if each.startswith("playbooks/")]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_the_shipped_ones_are_there(shelf: Shelf) -> None:
    found = shelf.playbooks.all("ours", "en")
    assert {each.name for each in found} >= FIRST
    assert [each.name for each in found] == sorted(each.name for each in found)
    assert all(each.warm_up is not None and each.ask("warm_up") for each in found)


def test_an_own_one_wins_and_stays_in_its_community(shelf: Shelf) -> None:
    shelf.put("book-club", OWN)
    assert shelf.get("book-club").title == "Our club"
    assert shelf.get("our club").name == "book-club"
    assert shelf.playbooks.get("theirs", "book-club", "en").title == "Book club"


def test_a_changed_file_is_read_anew(shelf: Shelf) -> None:
    shelf.put("film-night", OWN)
    assert shelf.get("film-night").title == "Our club"
    shelf.put("film-night", OWN.replace("Our club", "Our films"))
    assert shelf.get("film-night").title == "Our films"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (OWN.replace("title", "titel"), "book-club.md:2: no such key: 'titel', nearest is 'title'"),
        (OWN.replace("announce", "anounce"), "book-club.md:6: no stage kind 'anounce', nearest is"),
        ("---\ntitle: [\n---\n", "book-club.md:"),
    ],
)
def test_a_broken_own_one_is_reported_and_ours_is_used(
    shelf: Shelf, text: str, problem: str
) -> None:
    shelf.put("book-club", text)
    shelf.put("broken", text)
    names = {each.name for each in shelf.playbooks.all("ours", "en")}
    assert shelf.get("book-club").title == "Book club"
    assert "broken" not in names
    (told,) = (each for each in shelf.problems if each.startswith("playbooks/book-club.md: "))
    assert problem in told


def test_words_in_another_language_lie_over_a_playbook(shelf: Shelf) -> None:
    shelf.put("circle", OWN)
    shelf.put("de/circle", GERMAN)
    for language in ("de", "de-AT"):
        found = shelf.get("unser kreis", language)
        assert (found.name, found.title, found.language) == ("circle", "Unser Kreis", "de")
        assert found.purpose == "We read short things."  # what is missing stays English
        assert found.asks[0].label == "Was?"
        assert found.asks[0].hint == "Ein Wort genügt."
        assert found.stages[0].words == {"say": "Lasst uns {{ topic }} lesen."}
        assert found.guide == "Lest langsam."
        assert [each.default for each in found.asks[:2]] == ["Gedichte", "eine Stunde"]
        assert found.asks[2].label != shelf.get("circle").asks[2].label
    assert shelf.get("circle", "fr").title == "Our club"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("eine Stunde", "eine Stnude", "circle.md:5: 'eine Stnude' is no duration"),
        ("{lasts:", "{lats:", "circle.md:5: nobody is asked for this: 'lats', nearest is 'lasts'"),
        ("hello:", "helo:", "circle.md:7: no stage is called 'helo', nearest is 'hello'"),
        ("{say:", "{sya:", "circle.md:7: no such saying: 'sya', nearest is 'say'"),
        ("{{ topic }}", "{{ topci }}", "circle.md:7: nothing is called 'topci', nearest is"),
        ("asks: {topic", "asks: {topik", "circle.md:3: nobody is asked for this: 'topik', nearest"),
        ("title:", "titel:", "circle.md:2: no such key: 'titel', nearest is 'title'"),
    ],
)
def test_a_mistake_in_words_leaves_the_playbook_in_english(
    shelf: Shelf, old: str, new: str, problem: str
) -> None:
    shelf.put("circle", OWN)
    shelf.put("de/circle", GERMAN.replace(old, new))
    assert shelf.get("circle", "de").title == "Our club"
    (told,) = shelf.problems
    assert problem in told


def test_texts_that_are_no_sayings_can_be_said_in_another_language(shelf: Shelf) -> None:
    text = "---\nsays:\n  {}: {{{}: {}}}\n---\n"
    shelf.put("de/book-club", text.format("questions", "fallback", "[Warum?]"))
    questions = {each.name: each for each in shelf.get("book-club", "de").all_stages()}["questions"]
    assert questions.params["fallback"] == ["Warum?"]
    shelf.put("de/book-club", text.format("questions", "count", "9"))
    assert shelf.get("book-club", "de").language == "en"
    assert "no such saying: 'count'" in shelf.problems[0]


@pytest.mark.parametrize("name", ["Book club", "BOOK-CLUB", " book_club "])
def test_a_playbook_is_found_by_name_and_title(shelf: Shelf, name: str) -> None:
    assert shelf.get(name).name == "book-club"


def test_what_is_not_there_is_told_with_the_nearest(shelf: Shelf) -> None:
    with pytest.raises(NotFoundError) as caught:
        shelf.get("bok clubb")
    advice = caught.value.advice
    for language in ("en", "de"):
        assert "book-club" in Words().phrase(advice.phrase, language=language, **advice.values)
    assert set(advice.values["names"]) >= FIRST  # type: ignore[call-overload]


async def test_a_broken_shipped_one_is_reported_and_takes_no_other_down(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "shipped"
    for folder in ("knowledge", "prompts"):
        shutil.copytree(Roots().shipped("").parent / folder, root / folder)
    monkeypatch.setattr("learncomm_agent.roots._shipped", lambda top: root / top)
    playbooks = root / "knowledge" / "playbooks"
    for name, text in (
        ("book-club", "---\ntitle: [\n---\n"),
        ("workshop", OWN.replace("purpose", "porpose")),
        ("de/reflection", "---\nsays: {nowhere: {say: Hallo}}\n---\n"),
    ):
        (playbooks / f"{name}.md").write_text(text, encoding="utf-8")
    async with Circle(data) as circle:
        listed = await circle.ann.asks("playbooks", circle.hall)
        assert "Case study" in listed
        assert "Book club" not in listed
        assert "Workshop" not in listed
        found = await circle.agent.find("How do I run a case study?")
        assert "guides/playbooks/case-study" in [each.source for each in found.passages]
    words = Words()
    read = await asyncio.to_thread(lambda: Playbooks(words, KINDS).all("ours", "de"))
    in_german = {each.name: each for each in read}
    assert in_german["reflection"].language == "en"
    assert in_german["case-study"].language == "de"
    told = "\n".join(await asyncio.to_thread(words.for_community("ours").problems))
    for each in ("book-club.md: ", "workshop.md: ", "de/reflection.md: "):
        assert f"knowledge/playbooks/{each}" in told
    assert "shipped_words_refused" in caplog.text


# The words and guides that ship

SHIPPED = [each for each in Words().documents("playbooks") if "/" not in each.name]


@pytest.mark.parametrize("document", SHIPPED, ids=lambda each: each.name)
def test_a_guide_is_worth_reading_and_not_too_long(document: Document) -> None:
    body = document.body
    assert 300 <= len(body.split()) <= 600
    headings = " ".join(re.findall(r"^## (.+)$", body, re.MULTILINE)).casefold()
    assert all(each in headings for each in ("when", "go", "prepare", "close"))
    assert "!" not in body


@pytest.mark.parametrize("name", sorted(FIRST))
def test_words_for_members_are_calm_and_fit_a_phone(name: str, shelf: Shelf) -> None:
    for stage in shelf.get(name).all_stages():
        for saying, text in stage.words.items():
            assert "!" not in text, f"{stage.name}.{saying}"
            for line in text.splitlines():
                is_tag = re.fullmatch(r"\s*\{%.*%\}\s*", line)
                # Jinja takes the end of a line away after a tag, so two lines would run together.
                assert is_tag or not line.endswith("%}"), f"{stage.name}.{saying}: {line}"
                assert len(re.sub(r"\{%.*?%\}", "", line)) <= 300, f"{stage.name}.{saying}: {line}"


async def test_a_guide_of_a_playbook_is_found_in_the_library(data: Path) -> None:
    async with Gathering(data) as gathering:
        found = await gathering.agent.find("How do I run a case study?")
        sources = [each.source for each in found.passages]
        assert "guides/playbooks/case-study" in sources
        assert not [each for each in found.passages if "stages:" in each.text]


@pytest.mark.parametrize("document", SHIPPED, ids=lambda each: each.name)
def test_where_nobody_comes_it_ends_kindly_after_three_posts_at_most(document: Document) -> None:
    for plan in trials(read_playbook(document, KINDS)):
        drive = Drive(Session(replace(plan, missing=()), LEAD))
        drive(Begun())
        drive.wait(timedelta(weeks=30))
        assert drive.is_over
        assert drive.session.ending is Ending.NOBODY
        assert drive.said()[-1] == "session.nobody"
        assert len(drive.posts()) <= 3, drive.said()
