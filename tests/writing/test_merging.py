"""What is told twice is one line with the evidence of both; what only sounds alike stays apart."""

from datetime import date

import pytest

from learncomm_agent.writing.items import Coverage, Item, ItemKind, Method, Summary
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.merging import merged


def summary_of(*items: Item, method: Method = Method.MODEL) -> Summary:
    return Summary("t", method, Coverage(9, 9), {ItemKind.DECISION: items})


READ = Item("The group reads chapter 4 until May.", ("a", "b"), "we read chapter 4")


@pytest.mark.parametrize(
    "text",
    [
        "The group reads chapter 4 until May.",
        "The group is reading chapter 4 until May",
        "Until May, the group reads chapter 4.",
    ],
)
def test_the_same_told_twice_is_one_line(text: str, english: Cues) -> None:
    again = Item(text, ("x", "y"), "chapter 4", owner="Ana", due=date(2026, 5, 1))
    found = merged(summary_of(READ, again), english)
    (line,) = found.items[ItemKind.DECISION]
    assert (line.text, line.quote) == (READ.text, READ.quote)
    assert line.evidence == ("a", "x", "b")
    assert (line.owner, line.due) == ("Ana", date(2026, 5, 1))
    assert found.dropped == 1


@pytest.mark.parametrize(
    "text",
    [
        "The group reads chapter 5 until May.",
        "The group does not read chapter 4 until May.",
        "The group meets in the library.",
        "Chapter 4.",
        "The group reads chapter 4 before May.",
        "The board reads chapter 4 until May.",
    ],
)
def test_what_says_something_else_stays(text: str, english: Cues) -> None:
    other = Item(text, ("x",), "q")
    assert merged(summary_of(READ, other), english) == summary_of(READ, other)


def test_two_people_who_promise_the_same_stay_two(english: Cues) -> None:
    ana, ben = (Item("Prints the handouts.", (who,), "q", owner=who) for who in ("Ana", "Ben"))
    assert merged(summary_of(ana, ben), english) == summary_of(ana, ben)


def test_lines_without_a_model_stay_as_they_are(english: Cues) -> None:
    twice = summary_of(READ, READ, method=Method.EXTRACTED)
    assert merged(twice, english) is twice
