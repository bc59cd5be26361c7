"""`questions`: a leader gets them first, others at once; about a topic, or what the group left open."""

from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.llm.model import Request
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.models import ScriptedModel, material_of

NOTE = (
    "Newcomers learn best beside somebody who was new a year ago. A partner answers the small "
    "questions that nobody asks in a meeting. After three meetings the partner lets go."
)


async def test_a_leader_gets_them_first_and_others_at_once(data: Path) -> None:
    async with Circle(data) as circle:
        await circle.ben.sends("share", circle.hall, what=NOTE)
        said = await circle.ann.sends("questions", circle.hall, about="newcomers", count="3")
        assert "Draft" in said and "not published yet" in said
        assert "To discuss" not in circle.transcript(circle.chloe, circle.hall)
        await circle.ann.presses("Publish")
        shown = circle.transcript(circle.chloe, circle.hall)
        assert "To discuss: newcomers" in shown and "a guide, not an agenda" in shown
        at_once = await circle.ben.sends("questions", circle.hall, about="newcomers", count="3")
        assert at_once.startswith("To discuss: newcomers") and "not an agenda" in at_once
        first = shown.partition("1. ")[2].splitlines()[0]
        assert first and first not in at_once  # none is asked twice
        assert "I wrote" in await circle.ben.sends("why", circle.hall)


async def test_a_goal_is_kept_with_what_was_asked_for(data: Path) -> None:
    async with Circle(data) as circle:
        await circle.ben.sends("share", circle.hall, what=NOTE)
        said = await circle.ben.asks(
            'questions newcomers count=5 goal="feel at home sooner"', circle.hall
        )
        assert "To discuss: newcomers" in said and "feel at home sooner" in said


async def test_what_the_group_left_open_becomes_questions(data: Path) -> None:
    async with Circle(data) as circle:
        nothing = await circle.ben.asks("questions open", circle.hall)
        assert "left nothing open" in nothing
        await circle.ben.says(
            "How do we keep quiet people in the talk when the group grows?", circle.hall
        )
        await circle.chloe.says("I don't know, nobody has tried it yet.", circle.hall)
        await circle.ann.sends("summary", circle.hall)
        await circle.ann.presses("Publish")
        asked = await circle.ben.asks("questions open", circle.hall)
        assert asked.startswith("To discuss: what you left open"), asked
        assert "quiet people" in asked
        assert "Vote: what you left open" in await circle.ann.asks("vote open", circle.hall)


async def test_why_says_in_plain_words_what_was_left_out(data: Path) -> None:
    asked = [
        "Is a partner a good thing?",
        "What makes a partner good? Who has one?",
        "Which questions would you keep from a partner?",
    ]

    def write(request: Request) -> dict[str, Any]:
        (line, *_) = (each for each in material_of(request) if "partner" in each.text)
        quote = "A partner answers the small questions"
        made = [{"line": line.number, "quote": quote, "level": "act", "text": t} for t in asked]
        return {"questions": [*made, {**made[0], "quote": "words that nobody wrote"}]}

    async with Circle(data, model=ScriptedModel(write)) as circle:
        await circle.ben.sends("share", circle.hall, what=NOTE)
        said = await circle.ben.sends("questions", circle.hall, about="partner")
        assert asked[2] in said and asked[0] not in said and asked[1] not in said
        why = await circle.ben.sends("why", circle.hall)
    assert (
        "Left out of them: one that yes or no answers, one whose words are in none of the texts"
        ", and one that was not one question."
    ) in why


@pytest.mark.parametrize(
    "note",
    [
        "Quiet members speak sooner when they may write first. So we begin in silence.",
        "In our circle each newcomer gets a partner for three meetings.",
    ],
)
async def test_a_note_of_a_sentence_or_two_is_worth_talking_about(data: Path, note: str) -> None:
    async with Circle(data) as circle:
        await circle.chloe.sends("share", circle.hall, what=note)
        about = " ".join(note.split()[:4])
        said = await circle.ben.sends("questions", circle.hall, about=about, count="3")
        assert f"“{note.partition('. ')[0].rstrip('.')}.” " in said
        assert "Made from the words of the texts" in said
