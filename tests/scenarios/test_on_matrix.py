"""Every command and every control on Matrix, by signs, reactions and words: the stories of all chats, and its own."""

from pathlib import Path

import pytest

from learncomm_agent.commands import builtin
from learncomm_agent.testing.web import FakeWeb
from tests.adapters.matrix.synapse import Synapse
from tests.scenarios import stories
from tests.scenarios.matrix_stage import MatrixStage
from tests.scenarios.stories import NOTE, RSS, Story

pytestmark = pytest.mark.slow


async def arranging(stage: MatrixStage) -> None:
    """The leader sets the room up, question by question, and what is read in it."""
    assert "hall" in await stage.fills_in("Ada", "setup", desk="hall", language="English")
    assert "1 of 4 · " in str(await stage.shown("Ada")), "there are no roles to ask for"
    assert "I read" in await stage.asks("Ada", "read")
    assert "every link" in (await stage.asks("Ada", "links", mode="every")).lower()
    assert "!lc search" in await stage.asks("Ada", "help")
    assert "Learn together" in await stage.presses("Ada", "Learn in sessions")
    stage.web.put("/feed", RSS, media_type="application/rss+xml")
    assert "Pond news" in await stage.asks("Ada", "feeds", add=stage.web.address("/feed"))
    assert "any more" in await stage.asks("Ada", "feeds", stop="1")


def _here(used: str) -> set[str]:
    """Return what a story uses here, where a message has no menu."""
    return {each for each in used.split() if not each.startswith("menu:")}


STORIES: dict[Story, set[str]] = {
    **{story: _here(used) for story, used in stories.STORIES.items()},
    arranging: {"setup", "form:setup", "read", "links", "feeds", "help", "control:help"},
}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_story_is_told_with_what_the_table_says(
    story: Story, tmp_path: Path, web: FakeWeb, synapse: Synapse
) -> None:
    async with MatrixStage(tmp_path, synapse, web) as stage:
        await story(stage)
        assert stage.used == STORIES[story]


def test_every_command_and_control_has_its_story() -> None:
    commands = builtin.catalogue().commands
    there = {command.name for command in commands}
    there |= {f"form:{command.name}" for command in commands if command.opens_form}
    there |= {f"control:{what}" for what in stories.pressed()}
    assert set().union(*STORIES.values()) == there


async def test_it_is_called_by_signs_by_name_and_alone(tmp_path: Path, synapse: Synapse) -> None:
    async with MatrixStage(tmp_path, synapse) as stage:
        hall, bot = stage.room, stage.world.bot.id
        assert "can be found now" in await stage.calls("Ben", "share", NOTE)
        pill = f'<a href="https://matrix.to/#/{bot}">learncomm</a> search kestrel'
        for said, more in (
            ("!lc search kestrel", {}),
            ("!LEARNCOMM search kestrel", {}),
            ("learncomm: search kestrel", {}),
            (f"{bot} search kestrel", {}),
            ("learncomm search kestrel", {"html": pill, "mentions": [bot]}),
        ):
            before = await stage.shown("Chloé")
            await stage.writes("Chloé", said, **more)
            found = [text for id, text in (await stage.shown("Chloé")).items() if id not in before]
            assert len(found) == 2 and found[1].startswith("1. The kestrel"), (said, found)
        before = await stage.shown("Chloé")
        await stage.writes("Chloé", "I search kestrels with learncomm, and !lc is how.")
        assert len(await stage.shown("Chloé")) == len(before) + 1
        assert "1. The kestrel" in await stage.tells("Chloé", "search kestrel")
        assert "tower" in await stage.tells("Chloé", "1"), "alone, a number needs no reply"
        stage.room = hall
        assert "1. The kestrel" not in await stage.calls("Ben", "help")


async def test_a_number_opens_what_was_found_and_a_letter_chooses(
    tmp_path: Path, synapse: Synapse
) -> None:
    async with MatrixStage(tmp_path, synapse) as stage:
        await stage.calls("Ben", "share", NOTE)
        asked = "in which tower of the old mill nests the kestrel?"
        said = await stage.calls("Ada", "ask", asked)
        assert "1. Ben said" in said and "a. Useful" in said
        answer = await stage.newest("Ada", "a. Useful")
        before = await stage.shown("Ada")
        await stage.world.says(stage.member("Ada"), stage.room, "1", answer)
        await stage.settle()
        opened = [text for id, text in (await stage.shown("Ada")).items() if id not in before]
        assert "comes back every April" in opened[-1]
        await stage.world.says(stage.member("Ada"), stage.room, "!lc a", None)
        await stage.settle()
        assert "good to know" in str(await stage.shown("Ada"))
        await stage.world.says(stage.member("Ada"), stage.room, "z", answer)
        await stage.settle()
        assert "“z” is not among them. Please choose from 1 and a–b." in str(
            await stage.shown("Ada")
        )
