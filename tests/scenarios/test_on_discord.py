"""Every command and every control on Discord: stories that together use them all, and a table of which uses what."""

import ast
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from learncomm_agent.chat.outgoing import File
from learncomm_agent.commands import builtin, controls
from learncomm_agent.commands.suggesting import suggester_of
from learncomm_agent.testing.web import FakeWeb
from tests.scenarios.stages import DiscordStage

NOTE = "The kestrel of the old mill nests in the tower. It comes back every April."
LONG = File(
    "ponds.md",
    "text/markdown",
    "\n\n".join(
        f"## Pond {n}\n\n" + f"Pond number {n} lies behind hill {n}. " * 40 for n in range(1, 5)
    ).encode(),
)
RSS = (
    "<rss version='2.0'><channel><title>Pond news</title><item><title>Frogs</title>"
    "<guid isPermaLink='false'>1</guid><description>The frogs are back.</description>"
    "</item></channel></rss>"
)


async def finding(stage: DiscordStage) -> None:
    """Ben shares, Chloé finds, opens and reads on; what all may read she shows the room."""
    assert "can be found now" in await stage.calls("Ben", "share", file=LONG)
    assert "Pond number 2" in await stage.calls("Chloé", "search", "pond number 2 behind hill 2")
    assert "Pond number 2" in await stage.presses("Chloé", "1")
    assert "Pond number" in await stage.presses("Chloé", "Read on")
    assert "Shared by Ben" in await stage.presses("Chloé", "About it")
    assert "Pond number" in await stage.calls("Chloé", "open", "1")
    assert "Chloé looked for" in await stage.presses("Chloé", "Show the room")
    assert "ponds" in await stage.calls("Chloé", "resources")
    assert await stage.types("Chloé", "about", "source", "pon") != []
    assert "Shared by Ben" in await stage.calls("Chloé", "about", "ponds.md")


async def answering(stage: DiscordStage) -> None:
    """An answer is judged, explained and kept; a question that none answers goes to the community."""
    await stage.calls("Ben", "share", NOTE)
    assert "tower" in await stage.calls(
        "Ada", "ask", "in which tower of the old mill nests the kestrel?"
    )
    assert "your leader" in await stage.presses("Ada", "Not right")
    assert "good to know" in await stage.presses("Ada", "Useful")
    assert "in the library now" in await stage.presses("Ada", "Keep in library")
    assert "tower" in await stage.calls("Ada", "why")
    assert "tower" in await stage.mentions(
        "Ben", "in which tower of the old mill nests the kestrel?"
    )
    answer = (await stage.world.seen_by(stage.member("Ben"), stage.room))[-1]
    assert "tower" in await stage.asks_on("Ben", "Why this answer?", answer.ref)
    await stage.presses("Ada", "Useful")
    assert "in the library now" in await stage.calls("Ada", "keep")
    assert "found nothing" in await stage.calls("Chloé", "ask", "who bakes marzipan?")
    assert "Chloé asks all of you" in await stage.presses("Chloé", "Ask the community")


async def seeing_more(stage: DiscordStage) -> None:
    """Whoever asks before others is told alone that there is more for them, and sees it alone."""
    hall = stage.room
    await stage.calls("Ben", "share", NOTE)
    stage.room = await stage.world.room(stage.member("Ben"), name="den")
    await stage.calls("Ben", "share", "The kestrel of the mill has four young.")
    stage.room = hall
    assert "There is more" in await stage.mentions("Ben", "search kestrel")
    assert "four young" in await stage.presses("Ben", "Show me alone")
    assert "four young" not in str(await stage.shown("Chloé"))


async def talking(stage: DiscordStage) -> None:
    """What was said becomes questions and a summary; somebody is thanked, a message goes into the library."""
    await stage.calls("Ben", "share", NOTE)
    assert await stage.types("Ben", "questions", "about", "kes") != []
    assert "To discuss" in await stage.calls("Ben", "questions", "kestrel")
    first = await stage.writes("Ben", "We agreed on chapter three for Thursday.")
    await stage.writes("Chloé", "I will bring the opening question.")
    assert "chapter three" in await stage.calls("Ada", "summary")
    assert "chapter three" in await stage.asks_on("Ada", "Summarise from here", first)
    assert "can be found now" in await stage.asks_on("Chloé", "Add to library", first)
    assert "thanks" in await stage.asks_on("Ada", "Thank for this", first)
    who = stage.world.actor(stage.member("Chloé"))
    assert "thanks" in await stage.asks("Ada", "thank", who=who, why="the tea")


async def arranging(stage: DiscordStage) -> None:
    """The leader sets the room up, and what is read in it."""
    role = stage.world.guild.create_role("Hosts")
    assert "Hosts" in await stage.fills_in("Ada", "setup", leaders=[role])
    assert "Europe/Berlin" in await stage.types("Ada", "setup", "timezone", "berlin")
    assert await stage.types("Ada", "setup", "language", "germ") == ["German"]
    assert "I read" in await stage.asks("Ada", "read")
    assert "every link" in (await stage.asks("Ada", "links", mode="every")).lower()
    assert await stage.types("Ada", "help", "command", "fee") == ["feeds"]
    assert "search" in await stage.asks("Ada", "help")
    stage.web.put("/feed", RSS, media_type="application/rss+xml")
    assert "Pond news" in await stage.asks("Ada", "feeds", add=stage.web.address("/feed"))
    assert await stage.types("Ada", "feeds", "stop", "pond") == ["Pond news"]
    assert "any more" in await stage.asks("Ada", "feeds", stop="1")


async def forgetting(stage: DiscordStage) -> None:
    """What was shared or said is taken out, each after a question whether that is meant."""
    for note in (NOTE, f"{NOTE} It comes back.", "A heron stands in the pond."):
        await stage.calls("Ben", "share", note)
    assert "heron" in str(await stage.types("Ben", "forget", "source", "heron"))
    assert "for good" in await stage.calls("Ben", "forget", "heron")
    assert "stays" in await stage.presses("Ben", "No, keep it")
    await stage.calls("Ben", "forget", "heron")
    assert "It is gone" in await stage.presses("Ben", "Yes, forget it")
    assert "Which one" in await stage.calls("Ben", "forget", "kestrel")
    assert "for good" in await stage.presses("Ben", "1")
    said = await stage.writes("Ben", "The gate squeaks.")
    assert "for good" in await stage.calls("Ada", "forget", f"message:{said.id}")
    assert "It is gone" in await stage.presses("Ada", "Yes, forget it")
    assert "hall" in await stage.calls("Ada", "forget", "room:hall")
    assert "It is gone" in await stage.presses("Ada", "Yes, forget it")
    await stage.writes("Ben", "The gate squeaks again.")
    assert "all that you have written" in await stage.calls("Ben", "forget", "me")
    assert "It is gone" in await stage.presses("Ben", "Yes, forget it")
    await stage.writes("Ben", "And again.")
    assert "one message" in await stage.asks("Ben", "me")
    assert "summaries only" in await stage.presses("Ben", "Sum up only")
    assert "keep nothing" in await stage.asks("Ben", "me", consent="out")
    assert "keep nothing" in await stage.presses("Ben", "Yes, forget it")


Story = Callable[[DiscordStage], Awaitable[None]]
STORIES: dict[Story, str] = {
    finding: """
        share search open resources about suggested:about.source
        control:open control:read control:about control:show
        """,
    answering: """
        share ask keep why menu:why
        control:useful control:not_right control:promote control:ask_community
        """,
    seeing_more: "share control:mine",
    talking: """
        share questions summary thank suggested:questions.about
        menu:summary menu:share menu:thank
        """,
    arranging: """
        setup read links feeds help form:setup
        suggested:setup.timezone suggested:setup.language suggested:feeds.stop suggested:help.command
        """,
    forgetting: """
        share forget me suggested:forget.source
        control:keep control:forget control:forget_this control:forget_message
        control:forget_room control:forget_me control:consent control:opt_out
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
    there |= {f"control:{what}" for what in _pressed()}
    assert {each for used in STORIES.values() for each in used.split()} == there


def _pressed() -> list[str]:
    """Return what the ids of controls begin with, as the code that is pressed names them."""
    tree = ast.parse(inspect.getsource(controls.press))
    (table,) = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    return [str(key.value) for key in table.keys if isinstance(key, ast.Constant)]
