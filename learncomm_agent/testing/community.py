"""A community at work, for tests that read like a transcript: an agent, a fake platform, people.

    async with Gathering(folder) as gathering:
        ann, hall = gathering.person("Ann", is_leader=True), gathering.room("hall")
        await ann.says("I can write the minutes.", hall)
        print(await ann.asks("summary", hall))
        print(gathering.transcript(ann, hall))

Each verb of a person comes back when all that it brought about is done, and returns what the agent
answered that this person can see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Choices, File
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    ModelSettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.network import Post
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.testing.web import FakeWeb

PATIENCE_S = 60.0
SHORTEST_S, LONGEST_S = 0.002, 0.02
STEP_S = 10.0
"""So much time passes before each thing that a person does."""


class Gathering:
    """An agent on a fake platform, with a clock that stands still until the test moves it."""

    def __init__(
        self,
        folder: Path,
        *,
        embedder: Callable[[], Embedder] | None = None,
        platform: FakePlatform | None = None,
        catalogue: Catalogue | None = None,
        model: LanguageModel | None = None,
        tokens_per_day: int | None = None,
        web: FakeWeb | None = None,
        clock: ManualClock | None = None,
        beside: Iterable[Platform] = (),
        **community: Any,
    ) -> None:
        """Keep what it is made from; nothing is opened before `async with`.

        Args:
            folder: The data folder.
            embedder: Makes the embedding model; words alone where None.
            platform: One that is set up already; an empty one where None.
            catalogue: The commands; those that learncomm brings where None.
            model: The language model; without one where None.
            tokens_per_day: How much of it the community may use; without a bound where None.
            web: The sites that links lead to; none can be reached where None.
            clock: One that others go by as well; one of its own where None.
            beside: Other platforms that the agent serves as well.
            community: What `CommunitySettings` takes, such as the language.
        """
        self.clock = clock or ManualClock()
        self.platform = platform or FakePlatform(clock=self.clock)
        settings = Settings(
            data=folder,
            community=CommunitySettings(**{"spaces": (f"{self.platform.name}:home",), **community}),
            embedding=EmbeddingSettings(kind="off"),
            model=ModelSettings(tokens_per_day=tokens_per_day),
            storage=StorageSettings(synchronous="normal"),
        )
        self.agent = Agent(
            settings,
            [self.platform, *beside],
            clock=self.clock,
            embedder=embedder,
            catalogue=catalogue,
            model=model,
            fetcher=None if web is None else web.fetcher(self.clock),
        )

    async def __aenter__(self) -> "Gathering":
        """Open the agent, and wait until the starter library is there."""
        await self.agent.__aenter__()
        await self.settle()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the agent."""
        await self.agent.__aexit__(kind, error, trace)

    async def settle(self) -> None:
        """Come back when nothing is due: all is indexed, answered and posted.

        Raises:
            TimeoutError: That did not come about within a minute of real time.
        """
        await SystemClock().idle(self._quiet(), "settling", timeout_s=PATIENCE_S)

    async def _quiet(self) -> None:
        wait_s = SHORTEST_S
        while await self.agent.house.is_busy():
            await SystemClock().sleep(wait_s)
            wait_s = min(1.5 * wait_s, LONGEST_S)  # to look is work, too

    def person(self, name: str, *, is_leader: bool = False) -> "Person":
        """Let somebody join."""
        return Person(self, self.platform.add_account(name, is_leader=is_leader))

    def room(self, name: str, *members: "Person", is_read: bool = True) -> RoomRef:
        """Make a room for these, or for everyone where none are named."""
        accounts = [member.account for member in members]
        return self.platform.add_room(name, accounts or None, is_read=is_read)

    def transcript(self, reader: "Person", room: RoomRef | None = None) -> str:
        """Return what somebody sees, a line or more a message; `→` marks what they alone see."""
        accounts = self.platform.network.accounts
        lines = []
        for post in self.platform.seen_by(reader.account, room):
            who = accounts[post.message.author].name
            alone = f" → {reader.name}" if post.private_to else ""
            lines.append(f"{who}{alone}: {post.text}")
        return "\n".join(lines)


class Circle(Gathering):
    """The people whom most tests need: Ann, who leads, Ben and Chloé, in rooms of three sorts."""

    async def __aenter__(self) -> "Circle":
        """Open the agent, and bring them together."""
        await super().__aenter__()
        self.ann = self.person("Ann", is_leader=True)
        self.ben = self.person("Ben")
        self.chloe = self.person("Chloé")
        self.hall = self.room("hall")
        """Everyone's, and read."""
        self.den = self.room("den", self.ann, self.ben)
        """Of Ann and Ben alone, and read."""
        self.lounge = self.room("lounge", is_read=False)
        """Everyone's, and not read."""
        return self


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the fake platform."""

    gathering: Gathering
    account: Account

    @property
    def name(self) -> str:
        """As shown to others."""
        return self.account.name

    async def says(
        self,
        text: str,
        room: RoomRef,
        *,
        reply_to: MessageRef | None = None,
        files: Iterable[File] = (),
    ) -> MessageRef:
        """Write a message some time after the last one, and return it."""
        await self.gathering.clock.advance(STEP_S)
        message = await self.gathering.platform.says(
            self.account, room, text, reply_to=reply_to, attachments=files
        )
        await self.gathering.settle()
        return message

    async def asks(
        self,
        what: str,
        room: RoomRef,
        *,
        reply_to: MessageRef | None = None,
        files: Iterable[File] = (),
    ) -> str:
        """Ask in words, by mention, and return the answer."""
        before = self._seen()
        await self.says(f"@learncomm {what}", room, reply_to=reply_to, files=files)
        return self._answer(before)

    async def publishes(self, what: str, room: RoomRef) -> str:
        """Ask in words for what leaders look over first, publish it, and return what all in the room see."""
        await self.asks(what, room)
        await self.presses("Publish")
        return self.seen_in(room)[-1].text

    def seen_in(self, room: RoomRef) -> list[Post]:
        """Return what the agent has posted in a room for all, oldest first."""
        return [post for post in self.answers() if post.ref.room == room and not post.private_to]

    async def sends(self, command: str, room: RoomRef, /, **values: str) -> str:
        """Ask by command, as by a slash command, and return the answer."""
        before = self._seen()
        await self.gathering.clock.advance(STEP_S)
        await self.gathering.platform.sends_form(self.account, room, command, values)
        await self.gathering.settle()
        return self._answer(before)

    async def presses(self, label: str) -> str:
        """Press the newest button of this label that one can see, and return the answer.

        Raises:
            LookupError: There is none.
        """
        for post in reversed(self.answers()):
            for choice, shown in self.buttons(post).items():
                if shown == label:
                    return await self.chooses(choice, post.ref)
        raise LookupError(f"{self.name} sees no button {label!r}")

    async def chooses(self, choice: str, message: MessageRef) -> str:
        """Press a button by its id, shown or not, and return the answer."""
        before = self._seen()
        await self.gathering.platform.presses(self.account, choice, message)
        await self.gathering.settle()
        return self._answer(before)

    async def edits(self, message: MessageRef, text: str) -> None:
        """Change a message of one's own."""
        await self.gathering.clock.advance(STEP_S)
        await self.gathering.platform.edits(self.account, message, text)
        await self.gathering.settle()

    async def deletes(self, message: MessageRef) -> None:
        """Take back a message of one's own."""
        await self.gathering.platform.deletes(self.account, message)
        await self.gathering.settle()

    def answers(self) -> list[Post]:
        """Return what the agent has posted that this person sees, oldest first."""
        agent = self.gathering.platform.agent.ref
        seen = self.gathering.platform.seen_by(self.account)
        return [post for post in seen if post.message.author == agent]

    def buttons(self, post: Post) -> dict[str, str]:
        """Return the buttons on a post: their labels by their ids."""
        choices = (block for block in post.blocks if isinstance(block, Choices))
        return {option.id: option.label for block in choices for option in block.options}

    def _seen(self) -> set[MessageRef]:
        return {post.ref for post in self.answers()}

    def _answer(self, before: set[MessageRef]) -> str:
        return "\n\n".join(post.text for post in self.answers() if post.ref not in before)
