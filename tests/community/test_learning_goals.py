"""How a goal is asked about: gently, every three weeks, and no more once nobody answers."""

import pytest

from learncomm_agent.testing.community import Circle

WEEK_S = 7 * 24 * 3600.0


async def weeks(circle: Circle, count: int) -> list[str]:
    """What Ben is told alone in so many weeks, oldest first."""
    before = len(circle.ben.answers())
    for _ in range(count):
        await circle.clock.advance(WEEK_S)
        await circle.settle()
    return [post.text for post in circle.ben.answers()[before:]]


async def test_a_goal_is_asked_about_every_three_weeks_to_its_owner_alone(circle: Circle) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn Dutch")
    assert await weeks(circle, 2) == []
    (said,) = await weeks(circle, 2)
    assert "How is it going with “learn Dutch”?" in said
    assert "How good" in await circle.ben.presses("Going well")
    assert "Dutch" not in circle.transcript(circle.chloe)
    assert len(await weeks(circle, 4)) == 1


async def test_who_does_not_answer_twice_is_asked_once_whether_to_stop_and_then_left(
    circle: Circle,
) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn Dutch")
    first, second, third = await weeks(circle, 12)
    assert "How is it going" in first and "How is it going" in second
    assert "Shall I stop asking?" in third
    assert await weeks(circle, 20) == []
    assert "Dutch" in await circle.ben.sends("goals", circle.hall, what="")
    assert "How good" in await circle.ben.presses("Go on asking")
    assert len(await weeks(circle, 4)) == 1


@pytest.mark.parametrize(
    ("label", "answer", "asks_on"),
    [
        ("Reached", "You have reached it", False),
        ("Let it go", "I have let go", False),
        ("Stuck", "what I have not named yet", True),
    ],
)
async def test_one_tap_answers(circle: Circle, label: str, answer: str, asks_on: bool) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn to give feedback")
    note = "To give feedback well, give it soon. Feedback that is given late is a lecture."
    await weeks(circle, 4)
    if asks_on:
        await circle.chloe.sends("share", circle.hall, what=note)
    said = await circle.ben.presses(label)
    assert answer in said
    before = circle.ben.answers()
    assert bool(await weeks(circle, 5)) is asks_on
    if label == "Stuck":
        first = next(each.text for each in before if "I keep your goal" in each.text)
        new = [line for line in said.splitlines() if line.startswith("- ")]
        assert "give it soon" in said and not any(line in first for line in new)
        assert "give it soon" not in await circle.ben.presses(label)


async def test_several_goals_are_one_question_at_a_time(circle: Circle) -> None:
    for what in ("learn Dutch", "learn Frisian", "learn to whittle"):
        await circle.ben.sends("goals", circle.hall, what=f"add {what}")
    said = await weeks(circle, 4)
    assert said and all(each.count("How is it going") == 1 for each in said)
    assert len(await weeks(circle, 2)) <= 2


@pytest.mark.parametrize("how", ["drop", "reached", "forget", "out"])
async def test_what_is_settled_is_not_asked_about(circle: Circle, how: str) -> None:
    await circle.ben.sends("goals", circle.hall, what="add learn Dutch")
    match how:
        case "forget":
            await circle.ben.sends("forget", circle.hall, source="me")
            await circle.ben.presses("Yes, forget it")
        case "out":
            await circle.ben.sends("me", circle.hall, consent="out")
        case _:
            await circle.ben.sends("goals", circle.hall, what=f"{how} 1")
    assert await weeks(circle, 8) == []
