"""Who waits for a slow model sees how far it is, and then, in the same place, what it wrote."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Mapping
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Catalogue, Command, Reply
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import DisconnectedError, UsageError
from learncomm_agent.llm.model import Request
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.testing.clock import MONDAY_MORNING, ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.models import SlowModel, material_of
from learncomm_agent.testing.network import Post
from learncomm_agent.words import Words
from learncomm_agent.writing.items import ItemKind, Transcript, Utterance
from learncomm_terminal.adapter import TerminalAdapter
from tests.adapters.discord.discord_world import DiscordWorld

NOTE = "Quiet members speak sooner when they may write first. So we begin in silence."
UNCHECKED = "zebra quadrature"
MESSAGES = 120


def answered(request: Request) -> dict[str, Any]:
    """Answer with one line that holds, and one that nobody said."""
    lines = [each for each in material_of(request) if each.text.strip()]
    chosen = next((each for each in lines if "silence" in each.text), lines[0])
    quote = " ".join(chosen.text.split()[:9])
    line = {"line": chosen.number, "quote": quote, "also": [], "text": quote}
    lie = {**line, "quote": UNCHECKED, "text": f"There was a {UNCHECKED}."}
    if request.purpose == "answer":
        return {"claims": [line, lie]}
    if request.purpose == "questions":
        asked = {**line, "level": "apply", "text": f"{quote}: how would we do that here?"}
        return {"questions": [asked, {**lie, "level": "apply"}]}
    told: dict[str, Any] = {kind: [] for kind in ItemKind}
    return {**told, "key_points": [line, lie]}


class SlowCircle(Circle):
    """Ann, Ben and Chloé with a model that takes thirty seconds for each answer."""

    def __init__(self, data: Path, **how: Any) -> None:
        clock = ManualClock()
        self.model = SlowModel(answered, clock, 30.0)
        super().__init__(data, model=self.model, clock=clock, **how)
        self.seen: list[str] = []
        """What somebody saw meanwhile, each once a time."""

    async def __aenter__(self) -> "SlowCircle":
        await super().__aenter__()
        return self

    async def watched(self, asking: Awaitable[object], watcher: Person, room: RoomRef) -> list[str]:
        """Let somebody ask, and return what a watcher saw of the agent in a room, text by text."""
        before = {post.ref for post in watcher.answers()}
        self.seen = []
        task = asyncio.ensure_future(asking)
        while not task.done():
            await self.step()
            for post in watcher.answers():
                if post.ref not in before and post.ref.room == room and post.text not in self.seen:
                    self.seen.append(post.text)
        await task
        return self.seen

    async def step(self) -> None:
        """Let a second pass, and all be done that need not wait for the model."""
        await self.clock.advance(1)
        await SystemClock().sleep(0.004)  # what is shown meanwhile is kept, on a thread
        while await self.agent.house.is_busy() and not self.model.writing:
            await SystemClock().sleep(0.001)

    async def talk(self) -> None:
        """Say so much that a model must read it in parts."""
        for number in range(MESSAGES):
            text = f"In part {number} we begin in silence, and then " + "everybody speaks " * 50
            await self.platform.says(self.ben.account, self.hall, text)
        await self.settle()

    def new(self, before: set[MessageRef]) -> list[str]:
        return [post.text for post in self.platform.posts if post.ref not in before]


@pytest.mark.parametrize(
    ("language", "reads", "says"),
    [("en", "I am reading 120 messages: part ", " of "), ("de", "Ich lese 120 Nachrichten: Teil ", " von ")],
)  # fmt: skip
async def test_a_talk_that_is_read_in_parts_shows_them_one_by_one(
    data: Path, language: str, reads: str, says: str
) -> None:
    async with SlowCircle(data, language=language) as circle:
        await circle.talk()
        before = {post.ref for post in circle.platform.posts}
        asking = circle.ann.sends("summary", circle.hall)
        *steps, pointing = await circle.watched(asking, circle.ann, circle.hall)
        parts = len(circle.model.requests)
        assert parts > 2
        assert steps == [f"{reads}{part}{says}{parts}." for part in range(1, parts + 1)]
        draft, there = sorted(circle.new(before), key=len, reverse=True)
        assert "we begin in silence" in draft and there == pointing
        assert not any(UNCHECKED in text for text in circle.seen)


async def test_who_asks_in_private_waits_in_private(data: Path) -> None:
    async with SlowCircle(data) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        asking = circle.ben.sends("ask", circle.hall, question="When do quiet members speak?")
        waited, answer = await circle.watched(asking, circle.ben, circle.hall)
        assert waited.startswith("I found ")
        assert waited.endswith(" and am reading them.")
        assert answer.startswith("1. Ben said: Quiet members speak sooner")
        assert [post.text for post in circle.chloe.answers() if "quiet" in post.text.lower()] == []

        asking = circle.ben.presses("Show the room")
        seen = await circle.watched(asking, circle.ben, circle.hall)
        assert seen[0].startswith("I found ")
        assert "The answer stands in the room, for all to read." in seen
        shown = [post.text for post in circle.chloe.answers()][-1]
        assert "1. Ben said: Quiet members speak sooner" in shown


async def test_in_a_direct_talk_one_waits_as_anywhere(data: Path) -> None:
    async with SlowCircle(data) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        direct = await circle.platform.direct_room(circle.ben.account.ref)
        asking = circle.ben.says("When do quiet members speak?", direct)
        waited, answer = await circle.watched(asking, circle.ben, direct)
        assert waited.startswith("I found ")
        assert answer.startswith("1. Ben said: Quiet members speak sooner")


@pytest.mark.parametrize("seconds", [9, 40])
async def test_who_was_waiting_when_it_ended_has_one_answer_afterwards(
    data: Path, seconds: int
) -> None:
    circle = SlowCircle(data)
    async with circle:
        await circle.talk()
        before = {post.ref for post in circle.platform.posts}
        await circle.platform.sends_form(circle.ann.account, circle.hall, "summary")
        for _ in range(seconds):
            await circle.step()
        (waited,) = circle.new(before)
        assert "I am reading 120 messages" in waited
    async with circle.agent:
        while await circle.agent.house.is_busy():
            await circle.step()
        draft, pointing = sorted(circle.new(before), key=len, reverse=True)
        assert "we begin in silence" in draft and "reading" not in pointing


class Late:
    """A command that takes forty seconds, and then does what the test says."""

    def __init__(self, clock: ManualClock, *outcomes: Exception | Reply) -> None:
        self.clock = clock
        self.outcomes = list(outcomes)
        self.is_called = asyncio.Event()
        known = builtin.catalogue().commands
        self.catalogue = Catalogue((*known, Command("late", self.run)))

    async def run(self, context: Context, values: Mapping[str, Any]) -> Reply:
        self.is_called.set()
        await self.clock.sleep(20)
        context.progress("no such phrase", parts=object())
        await self.clock.sleep(20)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class LateCircle(Circle):
    """Ann, Ben and Chloé, who call for that."""

    def __init__(self, data: Path, *outcomes: Exception | Reply) -> None:
        clock = ManualClock()
        self.late = Late(clock, *outcomes)
        super().__init__(data, clock=clock, catalogue=self.late.catalogue)

    async def __aenter__(self) -> "LateCircle":
        await super().__aenter__()
        return self

    async def step(self) -> None:
        await self.clock.advance(1)
        await SystemClock().sleep(0.005)

    async def waits(self) -> Post:
        """Let time pass until something says to wait."""
        while not self.platform.posts:
            await self.step()
        (waiting,) = self.platform.posts
        return waiting

    async def answered(self) -> Post:
        """Let time pass until all is said; return the one post that there is."""
        while await self.agent.house.is_busy() or self.late.outcomes:
            await self.step()
            assert len(self.platform.posts) <= 1
        (post,) = self.platform.posts
        return post


@pytest.mark.parametrize("error", [RuntimeError("a mistake of ours"), UsageError("no")])
@pytest.mark.parametrize("is_private", [True, False])
async def test_what_ends_in_an_error_leaves_the_error_alone(
    data: Path, error: Exception, is_private: bool
) -> None:
    async with LateCircle(data, error) as circle:
        if is_private:
            await circle.platform.sends_form(circle.ben.account, circle.hall, "late")
        else:
            await circle.platform.says(circle.ben.account, circle.hall, "@learncomm late")
        waiting = await circle.waits()
        assert waiting.text == "I am working on it. One moment, please."
        assert (waiting.private_to == circle.ben.account.ref) == is_private
        said = await circle.answered()
        assert said.text != waiting.text
        assert said.private_to == circle.ben.account.ref
        assert (said.ref == waiting.ref) == is_private


DONE = Reply((Paragraph((Text("Done."),)),))


async def test_who_is_asked_again_after_a_fault_waits_at_the_same_place(data: Path) -> None:
    async with LateCircle(data, DisconnectedError("gone for a moment"), DONE) as circle:
        await circle.platform.says(circle.ben.account, circle.hall, "@learncomm late")
        waiting, answer = await circle.waits(), await circle.answered()
        assert (answer.text, answer.ref) == ("Done.", waiting.ref)


async def test_in_a_terminal_an_answer_is_printed_once(tmp_path: Path, data: Path) -> None:
    clock, out = ManualClock(), io.StringIO()
    late, is_over = Late(clock, DONE), asyncio.Event()

    async def typed() -> AsyncIterator[str]:
        yield "/late"
        await is_over.wait()

    surroundings = Surroundings(tmp_path, SystemClock(), Words(), late.catalogue)
    adapter = TerminalAdapter(surroundings, typed(), out)
    settings = Settings(data=data, embedding=EmbeddingSettings(kind="off"))
    async with Agent(settings, [adapter], clock=clock, catalogue=late.catalogue) as agent:
        await late.is_called.wait()
        while await agent.house.is_busy():
            await clock.advance(1)
            await SystemClock().sleep(0.002)
        is_over.set()
    assert out.getvalue().count("Done.") == 1
    assert "working on it" not in out.getvalue()


async def test_who_summarises_from_code_may_follow_it(data: Path) -> None:
    steps: list[tuple[int, int, int]] = []
    said = Utterance("u1", "Ann", "I will write the minutes by Friday.", MONDAY_MORNING)
    async with Agent(Settings(data=data, embedding=EmbeddingSettings(kind="off"))) as agent:
        transcript = Transcript("Meeting", (said,))
        await agent.summarize(transcript, progress=lambda *step: steps.append(step))
    assert steps == [(1, 1, 1)]


class Server:
    """Ben on a simulated server, with a slow model behind the bot; time passes there and here alike."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.world = DiscordWorld(folder, Words(), group=None)
        self._data = data

    async def __aenter__(self) -> "Server":
        world = self.world
        await world.open()
        self.ben, self.chloe = await world.member("Ben"), await world.member("Chloé")
        self.room = await world.room(self.ben, self.chloe, name="hall")
        self.clock = ManualClock(world.env.now())
        self.model = SlowModel(answered, self.clock, 40.0)
        settings = Settings(
            data=self._data,
            community=CommunitySettings(spaces=(f"discord:{world.guild.id}",)),
            embedding=EmbeddingSettings(kind="off"),
            storage=StorageSettings(synchronous="normal"),
        )
        self.agent = Agent(settings, [world.platform], clock=self.clock, model=self.model)
        await self.agent.__aenter__()
        await world.publish()
        await self.passes(1)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.agent.__aexit__(None, None, None)
        await self.world.close()

    async def passes(self, seconds: float) -> None:
        """Let time pass, and all be done that need not wait for the model."""
        await self.clock.advance(seconds)
        await self.world.waits(seconds)
        await SystemClock().sleep(0.01)
        while await self.agent.house.is_busy() and not self.model.writing:
            await SystemClock().sleep(0.002)

    async def seen(self, member: AccountRef, step: float = 1.0) -> list[str]:
        """Let the answer come; return what somebody saw of it, text by text."""
        texts: list[str] = []
        while await self.agent.house.is_busy():
            await self.passes(step)
            shown = await self.world.seen_by(member, self.room)
            assert len(shown) <= 1, "one message, whatever it says"
            texts += [each.text for each in shown if each.text not in texts]
        return texts


@pytest.fixture
async def server(tmp_path: Path, data: Path) -> AsyncIterator[Server]:
    async with Server(tmp_path, data) as server:
        yield server


@pytest.mark.parametrize("is_private", [True, False])
async def test_on_a_server_the_response_that_waits_is_filled_with_it(
    server: Server, is_private: bool
) -> None:
    what = ("ask", {"question": "What does a buddy do?"})
    if not is_private:
        what = ("questions", {"about": "Welcoming newcomers"})
    command, options = what
    await server.world.calls(server.ben, server.room, command, **options)
    assert await server.world.seen_by(server.ben, server.room) == []
    waited, answer = await server.seen(server.ben)
    assert waited.startswith("I found ")
    assert ("buddy" if is_private else "To discuss") in answer
    others = [each.text for each in await server.world.seen_by(server.chloe, server.room)]
    assert others == ([] if is_private else [answer])
    assert not server.world.direct_messages(server.ben)


async def test_on_a_server_a_mention_is_answered_in_the_place_of_what_said_to_wait(
    server: Server,
) -> None:
    me = server.world.bot.user
    assert me is not None
    await server.world.says(server.ben, server.room, f"{me.mention} What does a buddy do?")
    while len(await server.world.seen_by(server.chloe, server.room)) < 2:
        await server.passes(1)
    _, waited = await server.world.seen_by(server.chloe, server.room)
    while await server.agent.house.is_busy():
        await server.passes(1)
    asked, answer = await server.world.seen_by(server.chloe, server.room)
    assert (waited.ref, waited.text != answer.text) == (answer.ref, True)
    assert "buddy" in answer.text
    assert answer.reply_to == asked.ref


@pytest.mark.parametrize("is_private", [True, False])
async def test_on_a_server_what_takes_too_long_comes_as_a_message(
    server: Server, is_private: bool
) -> None:
    server.model._seconds = 16 * 60.0
    if is_private:
        await server.world.calls(server.ben, server.room, "ask", question="What does a buddy do?")
    else:
        about = "Welcoming newcomers"
        await server.world.calls(server.ben, server.room, "questions", about=about)
    texts = await server.seen(server.ben, step=20)
    if is_private:
        assert "The answer comes to you as a direct message." in texts[-1]
        assert "buddy" in server.world.direct_messages(server.ben)[-1]
        assert await server.world.seen_by(server.chloe, server.room) == []
    else:
        assert "To discuss" in texts[-1]
        assert not server.world.direct_messages(server.ben)
