"""Every command and every control on Discord: stories that together use them all, and a table of which uses what."""

from pathlib import Path

import pytest

from learncomm_agent.commands import builtin
from learncomm_agent.commands.suggesting import suggester_of
from learncomm_agent.testing.web import FakeWeb
from tests.scenarios import stories
from tests.scenarios.stages import DiscordStage
from tests.scenarios.stories import LONG, NOTE, RSS, Story


async def arranging(stage: DiscordStage) -> None:
    """The leader sets the room up, and what is read in it."""
    role = stage.world.guild.create_role("Hosts")
    assert "Hosts" in await stage.fills_in("Ada", "setup", leaders=[role])
    assert "Europe/Berlin" in await stage.types("Ada", "setup", "timezone", "berlin")
    assert await stage.types("Ada", "setup", "language", "germ") == ["German"]
    assert "I read" in await stage.asks("Ada", "read")
    assert "every link" in (await stage.asks("Ada", "links", mode="every")).lower()
    assert await stage.types("Ada", "help", "command", "feeds") == ["feeds"]
    assert "Europe/Berlin" in await stage.types("Ada", "reminders", "timezone", "berlin")
    assert "search" in await stage.asks("Ada", "help")
    assert "Learn together" in await stage.presses("Ada", "Learn in sessions")
    stage.web.put("/feed", RSS, media_type="application/rss+xml")
    assert "Pond news" in await stage.asks("Ada", "feeds", add=stage.web.address("/feed"))
    assert await stage.types("Ada", "feeds", "stop", "pond") == ["Pond news"]
    assert "any more" in await stage.asks("Ada", "feeds", stop="1")


async def completing(stage: DiscordStage) -> None:
    """Whoever types is offered what there is."""
    await stage.calls("Ben", "share", file=LONG)
    await stage.calls("Ben", "share", NOTE)
    assert await stage.types("Chloé", "about", "source", "pon") != []
    assert await stage.types("Ben", "questions", "about", "kes") != []
    assert "kestrel" in str(await stage.types("Ben", "forget", "source", "kestrel"))
    assert await stage.types("Ben", "playbooks", "which", "book") == []
    assert "Book club" in await stage.types("Ada", "playbooks", "which", "book")
    assert await stage.types("Ada", "session", "what", "start book") == ["start Book club"]
    await stage.writes("Ben", "We agreed on chapter three for Thursday.")
    await stage.calls("Ada", "summary")
    (waits,) = await stage.types("Ada", "draft", "what", "what was said")
    number, title = waits.split(": ")
    assert title == "What was said in hall"
    assert f"{number} drop" in await stage.types("Ada", "draft", "what", f"{number} ")


STORIES: dict[Story, str] = {
    **stories.STORIES,
    arranging: """
        setup read links feeds help control:help form:setup
        suggested:setup.timezone suggested:setup.language suggested:feeds.stop suggested:help.command
        suggested:reminders.timezone
        """,
    completing: """
        share summary suggested:about.source suggested:questions.about suggested:forget.source
        suggested:playbooks.which suggested:session.what suggested:draft.what
        """,
}
"""Which story uses which command, control, entry in the menu of a message, form and suggestion."""


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_story_is_told_with_what_the_table_says(
    story: Story, tmp_path: Path, web: FakeWeb
) -> None:
    async with DiscordStage(tmp_path, web=web) as stage:
        await story(stage)
        assert stage.used == set(STORIES[story].split())


def test_every_command_and_control_has_its_story() -> None:
    commands = builtin.catalogue().commands
    there = {command.name for command in commands}
    there |= {f"menu:{command.name}" for command in commands if command.on_message}
    there |= {f"form:{command.name}" for command in commands if command.opens_form}
    there |= {
        f"suggested:{command.name}.{option.name}"
        for command in commands
        for option in command.options
        if suggester_of(command, option.name) is not None
    }
    there |= {f"control:{what}" for what in stories.pressed()}
    assert {each for used in STORIES.values() for each in used.split()} == there
