"""Draws what learncomm looks like on Discord: `make pictures`. The bot is the real one, Discord a simulation.

Needs a Chromium on this machine and the packages of the group `pictures`.
"""

import asyncio
import io
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from PIL import Image
from simcord.results import InteractionResult

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.polls import Poll
from learncomm_agent.chat.verbs import Polls
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import find_models
from learncomm_agent.llm.model import Completion, Request
from learncomm_agent.testing.models import ScriptedModel
from tests.scenarios.stages import DiscordStage

NOTE = "In our circle each newcomer gets a partner for three meetings, so nobody sits alone."
PAGE = File(
    "lantern-walks.md",
    "text/markdown",
    b"# Lantern walks\n\n## How do we prepare one?\n\nCheck the path by daylight. Every group of five "
    b"needs one lantern and one person who knows the way.\n\n## What if it rains?\n\nWe walk anyway "
    b"when it drizzles; in a storm we read aloud indoors, because a dark path and a wet one are two "
    b"different risks.\n\n## Who may come?\n\nEveryone who can walk for an hour. Children bring a grown-up, "
    b"because in the dark nobody sees who is missing.\n\n## What do we do on the way?\n\nAt each stop one "
    b"person tells what they noticed since the last one. Nobody comments on it before we are back.\n",
)
TALK = (
    ("Ben", "Shall we read chapter three or the interview next?"),
    ("Chloé", "I liked chapter three more: it says why people stay silent."),
    ("Ada", "Then we agreed on chapter three for next Thursday."),
    ("Ben", "I will bring printed copies by Wednesday."),
    ("Chloé", "How do we include those who joined this week?"),
)
POLL = ("When shall we walk?", "Thursday, 18:00", "Saturday, 16:00", "I can't come this week")
BOOKS = {"Ben": "The Lantern Walk", "Chloé": "A Mill of One’s Own"}
TITLE = "learncomm"
WIDTH = 760
GAP = 24
"""Between two messages that are put together."""
COLOURS = 128
"""So many are enough for text on a dark ground, and make small files."""


class HeldModel(ScriptedModel):
    """Reads until it is let go, and then can't be reached."""

    def __init__(self) -> None:
        super().__init__(())
        self.is_let_go = asyncio.Event()

    async def complete(self, request: Request) -> Completion:
        await self.is_let_go.wait()
        raise ModelUnavailableError("let go")


class Camera:
    """Keeps pictures of what people see in a scene."""

    def __init__(self, stage: DiscordStage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder

    async def takes(
        self,
        name: str,
        who: str,
        height: int,
        *,
        width: int = WIDTH,
        of: InteractionResult | None = None,
    ) -> None:
        """Draw the end of the room, or a form, as somebody sees it."""
        path = self._folder / f"{name}.png"
        await self._stage.picture(who, path, size=(width, height), target=of)
        await asyncio.to_thread(_shrink, path)

    async def takes_of(self, who: str, message: MessageRef) -> Image.Image:
        """Draw one message as somebody sees it now."""
        path = self._folder / f"{message.id}.png"
        await self._stage.picture_of(who, message, path, size=(WIDTH, WIDTH))
        return await asyncio.to_thread(_taken_out, path)

    def puts_together(self, name: str, parts: Sequence[Image.Image]) -> None:
        """Keep several messages as one picture, one under the other."""
        height = sum(each.height for each in parts) + GAP * (len(parts) + 1)
        whole, top = Image.new("RGB", (WIDTH, height), parts[0].getpixel((0, 0))), GAP
        for each in parts:
            whole.paste(each, (0, top))
            top += each.height + GAP
        path = self._folder / f"{name}.png"
        whole.save(path)
        _shrink(path)


async def first_day(stage: DiscordStage, camera: Camera) -> None:
    """A leader sets the server up; members share and find."""
    form = await stage.opens("Ada", "setup")
    await camera.takes("setup", "Ada", 780, of=form)
    hosts = stage.world.guild.create_role("Hosts")
    await stage.fills_in("Ada", "setup", leaders=[hosts])
    await camera.takes("setup-reply", "Ada", 420)
    await stage.asks("Ben", "help")
    await camera.takes("help", "Ben", 660)
    await stage.calls("Ada", "share", NOTE)
    await stage.calls("Ben", "share", file=PAGE)
    await stage.calls("Chloé", "search", "how do we prepare a lantern walk?")
    await camera.takes("search", "Chloé", 620)
    await stage.presses("Chloé", "1")
    await camera.takes("opened", "Chloé", 560)
    await stage.calls("Chloé", "resources")
    await camera.takes("resources", "Chloé", 640)
    await stage.mentions("Ben", "what does a newcomer get in our circle?")
    await camera.takes("answer", "Ben", 420)
    await stage.calls("Ben", "questions", "Lantern walks")
    await camera.takes("questions", "Ben", 600)


async def second_day(stage: DiscordStage, camera: Camera) -> None:
    """They vote and talk; the leader thanks, and sums up."""
    platform = stage.world.platform
    assert isinstance(platform, Polls)
    options = tuple(Choice(f"poll:{n}", text) for n, text in enumerate(POLL[1:]))
    closes_at = stage.world.now() + timedelta(days=1)
    shown = await platform.open_poll(stage.room, Poll(POLL[0], options, closes_at), key="poll")
    await stage.settle()
    for who, option in (("Ben", options[0]), ("Chloé", options[0]), ("Ada", options[1])):
        await stage.world.votes(stage.member(who), option, shown)
    await camera.takes("poll", "Ben", 450)
    said = []
    for who, text in TALK:
        await stage.world.waits(70)
        said.append(await stage.writes(who, text))
    await stage.asks_on("Ada", "Thank for this", said[3])
    await camera.takes("thanks", "Ada", 300)
    hall = stage.room
    desk = await stage.world.room(stage.member("Ada"), name="leaders")
    await stage.asks("Ada", "setup", desk=stage.world.channel(desk))
    await stage.calls("Ada", "summary")
    stage.room = desk
    await camera.takes("draft", "Ada", 690)
    await stage.presses("Ada", "Publish")
    stage.room = hall
    await camera.takes("summary", "Chloé", 760)


async def waiting(stage: DiscordStage, camera: Camera, model: HeldModel) -> None:
    """A channel is read from now on, and a summary takes its time."""
    await camera.takes("notice", "Ben", 360)
    for who, text in TALK:
        await stage.world.waits(70)
        await stage.writes(who, text)
    before = set(await stage.shown("Ada"))
    await stage.world.calls(stage.member("Ada"), stage.room, "summary")
    while not set(await stage.shown("Ada")) - before:
        await SystemClock().sleep(0.1)
    await camera.takes("progress", "Ada", 460)
    model.is_let_go.set()
    await stage.settle()


async def a_session(stage: DiscordStage, camera: Camera) -> None:
    """Members join a book club, vote for a book, and get a plan for their weeks."""
    await stage.calls("Ada", "playbooks", "book-club")
    await stage.fills_in_by("Ada", "Start it here", weeks="4")
    await stage.presses("Ada", "Begin")
    parts = [await camera.takes_of("Ben", (await _sent(stage))[-1])]
    for who in BOOKS:
        await stage.fills_in_by(who, "Join", mode=["take_part"])
    await stage.passes(timedelta(days=3))
    for who, book in BOOKS.items():
        await stage.fills_in_by(who, "Suggest something", text=book)
    await stage.passes(timedelta(days=5))
    ballot = (await _sent(stage))[-1]
    first, last = (Choice("", book) for book in BOOKS.values())
    for who, option in (("Ben", first), ("Chloé", last), ("Ada", last), ("Ben", last)):
        await stage.world.votes(stage.member(who), option, ballot)
    parts.append(await camera.takes_of("Ben", ballot))
    await stage.passes(timedelta(days=3))
    await stage.calls("Ada", "session", "add 240 pages")
    plan = await stage.newest("Ben", "Our plan")
    parts.append(await camera.takes_of("Ben", plan))
    await asyncio.to_thread(camera.puts_together, "session", parts)


async def _sent(stage: DiscordStage) -> list[MessageRef]:
    """Return what stands in the room."""
    seen = await stage.world.seen_by(stage.member("Ben"), stage.room)
    return [each.ref for each in seen]


async def draw(folder: Path, data: Path) -> None:
    """Play the scenes, and keep a picture of each moment."""
    embedder = partial(MiniLM, find_models())
    async with DiscordStage(data / "a", embedder, title=TITLE) as stage:
        await first_day(stage, Camera(stage, folder))
        await second_day(stage, Camera(stage, folder))
    model = HeldModel()
    async with DiscordStage(data / "b", embedder, model, title=TITLE) as stage:
        await waiting(stage, Camera(stage, folder), model)
    async with DiscordStage(data / "c", title=TITLE, is_open=True) as stage:
        await a_session(stage, Camera(stage, folder))


def _shrink(path: Path) -> None:
    """Keep a picture with a palette; the same again gives the same bytes."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def _taken_out(path: Path) -> Image.Image:
    """Return a picture, and leave no file of it."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        taken = image.convert("RGB")
    path.unlink()
    return taken


def main() -> None:
    """Draw into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(draw(folder, Path(data)))


if __name__ == "__main__":
    main()
