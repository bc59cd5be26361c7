"""What shipped playbooks say, as it is read: paragraphs, pages and chapters, and a plan before it begins."""

import re
from itertools import pairwise
from typing import Any

import pytest

from learncomm_agent import templates
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.planning.plans import plan_of
from learncomm_agent.sessions.planning.previewing import preview
from learncomm_agent.sessions.playbook import Playbook, walk
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.words import Words
from tests.sessions.driver import LEAD, START

KINDS = stage_kinds()
SHIPPED = {
    (each.name, language): each
    for language in ("en", "de")
    for each in Playbooks(Words(), KINDS).all("community", language)
}
_TAG = re.compile(r"\{%[^%]*%\}")
_LISTED = re.compile(r"(?:- |\d+\. )")


@pytest.mark.parametrize("playbook", SHIPPED.values(), ids=[" ".join(each) for each in SHIPPED])
def test_no_two_lines_of_a_post_run_into_one(playbook: Playbook) -> None:
    for stage in walk(playbook.stages):
        for name, text in stage.words.items():
            lines = [line for line in text.split("\n") if not _TAG.fullmatch(line.strip())]
            for line, after in pairwise(lines):
                is_list = bool(_LISTED.match(line) and _LISTED.match(after))
                assert not line or not after or is_list, f"{stage.name}.{name}: {after}"
            assert "•" not in text


@pytest.mark.parametrize(
    ("unit", "first", "last", "label", "en", "de"),
    [
        ("page", 5, 5, "5", "we read page 5.", "Wir lesen Seite 5."),
        ("page", 5, 9, "5 – 9", "we read pages 5 – 9.", "Wir lesen die Seiten 5 – 9."),
        ("chapter", 3, 3, "3", "we read chapter 3.", "Wir lesen Kapitel 3."),
        ("chapter", 3, 4, "3 – 4", "we read chapters 3 – 4.", "Wir lesen die Kapitel 3 – 4."),
        ("part", 1, 1, "The end", "we read The end.", "Wir lesen The end."),
    ],
)
def test_what_is_read_is_told_of_one_page_as_of_many(
    unit: str, first: int, last: int, label: str, en: str, de: str
) -> None:
    portion = {"unit": unit, "first": first, "last": last, "label": label}
    for language, wanted in (("en", en), ("de", de)):
        stages = walk(SHIPPED["book-club", language].stages)
        say = next(each for each in stages if each.name == "marks").words["say"]
        values: dict[str, Any] = {"portion": portion, "round": 1, "rounds": 2}
        said = templates.fill(say, language, {**values, "meeting": "Monday", "ends": "Sunday"})
        assert wanted in said


def test_a_plan_of_a_book_that_is_not_chosen_yet_can_be_seen() -> None:
    planned = plan_of(
        SHIPPED["book-club", "en"],
        {},
        found={},
        language="en",
        zone="UTC",
        now=START,
        room_name="hall",
    )
    found = preview(planned.plan, LEAD, START, KINDS)
    phrases = {said.phrase for each in found for said in each.says}
    assert not phrases & {"session.schedule.unreadable", "session.schedule.no_time"}
    assert any(said.values.get("portion") for each in found for said in each.says)
