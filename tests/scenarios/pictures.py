"""Draws what learncomm looks like on Discord: `make pictures`. The bot is the real one, Discord a simulation.

Needs a Chromium on this machine and the packages of the group `pictures`.
"""

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path

from learncomm_agent.chat.outgoing import File
from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import find_models
from tests.scenarios.stages import DiscordStage

NOTE = "In our circle each newcomer gets a partner for three meetings, so nobody sits alone."
PAGE = File(
    "lantern-walks.md",
    "text/markdown",
    b"# Lantern walks\n\n## How do we prepare one?\n\nCheck the path by daylight. Every group of five "
    b"needs one lantern and one person who knows the way.\n\n## What if it rains?\n\nWe walk anyway "
    b"when it drizzles; in a storm we read aloud indoors, because a dark path and a wet one are two "
    b"different risks.\n",
)
TALK = (
    ("Ben", "Shall we read chapter three or the interview next?"),
    ("Chloé", "I liked chapter three more: it says why people stay silent."),
    ("Ada", "Then we agreed on chapter three for next Thursday."),
    ("Ben", "I will bring printed copies by Wednesday."),
    ("Chloé", "How do we include those who joined this week?"),
)
SIZE = (760, 620)


async def draw(folder: Path, data: Path) -> None:
    """Play a scene, and keep a picture of each moment."""
    async with DiscordStage(data, partial(MiniLM, find_models())) as stage:
        stage.world.env.backend.edit_bot_profile("learncomm")
        await stage.calls("Ada", "share", NOTE)
        await stage.calls("Ben", "share", file=PAGE)
        await stage.calls("Chloé", "search", "how do we prepare a lantern walk?")
        await stage.picture("Chloé", folder / "search.png", size=SIZE)
        await stage.calls("Chloé", "open", "1")
        await stage.calls("Chloé", "about", "Lantern walks")
        await stage.picture("Chloé", folder / "opened.png", size=(760, 760))
        await stage.mentions("Ben", "what does a newcomer get in our circle?")
        await stage.picture("Ben", folder / "answer.png", size=(760, 420))
        await stage.calls("Ben", "questions", "Lantern walks")
        await stage.picture("Ben", folder / "questions.png", size=SIZE)
        for who, text in TALK:
            await stage.world.waits(70)
            await stage.says(who, text)
        await stage.calls("Ada", "summary")
        await stage.picture("Ada", folder / "summary.png", size=(760, 760))


def main() -> None:
    """Draw into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(draw(folder, Path(data)))


if __name__ == "__main__":
    main()
