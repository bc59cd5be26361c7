"""The main job from the first note to the summary: in a terminal, and the same on Discord."""

from pathlib import Path

import pytest

from learncomm_agent.chat.outgoing import File
from tests.scenarios.stages import DiscordStage, Stage, TerminalStage

NOTE = "In our circle each newcomer gets a partner for three meetings."
PAGE = File(
    "lantern-walks.html",
    "text/html",
    b"<html><head><title>Lantern walks</title></head><body><main><h1>Lantern walks</h1>"
    b"<h2>How do we prepare a lantern walk?</h2><p>Check the path by daylight. Every group of "
    b"five needs one lantern and one person who knows the way.</p></main></body></html>",
)


@pytest.mark.parametrize("stage", [TerminalStage, DiscordStage], ids=["terminal", "discord"])
async def test_three_people_share_find_ask_and_sum_up(
    stage: type[TerminalStage | DiscordStage], tmp_path: Path
) -> None:
    async with stage(tmp_path) as here:
        await play(here)


async def play(here: Stage) -> None:
    assert "can be found now" in await here.calls("Ada", "share", NOTE)
    assert "“Lantern walks” can be found now" in await here.calls("Ben", "share", file=PAGE)

    found = await here.calls("Chloé", "search", "how do we prepare a lantern walk")
    assert found.splitlines()[0].startswith("1. Lantern walks")
    assert "Every group of five needs one lantern" in found and "shared by Ben" in found

    asked = await here.mentions("Ben", "who gets a partner for three meetings?")
    assert "each newcomer gets a partner for three meetings" in asked
    assert "Word for word from the library" in asked

    questions = await here.calls("Ben", "questions", "Lantern walks")
    assert questions.startswith("To discuss: Lantern walks")
    assert "Made from the words of the texts" in questions

    await here.says("Ben", "Shall we read chapter three next?")
    await here.says("Chloé", "We agreed on chapter three. I will bring the opening question.")
    # By words: where commands are offered, that of a leader is not offered to him.
    assert "Only leaders can ask for that" in await here.mentions("Ben", "summary")
    draft = await here.calls("Ada", "summary")
    assert "Draft: What was said in hall" in draft and "not published yet" in draft
    assert "edited by a leader" not in draft
    await here.calls("Ada", "draft", "edit 1 We begin with chapter three.")
    told = await here.calls("Ada", "draft", "publish")
    assert "We begin with chapter three. (" in told and "One line was edited by a leader." in told
    assert "We agreed on chapter three." not in told
    assert "deleted" not in told
    assert "Chloé: I will bring the opening question." in told
    assert "In your own words, picked out without a language model" in told
