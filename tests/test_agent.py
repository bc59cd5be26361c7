import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.agent import Agent
from learncomm_agent.chat.events import FormSent, MessageDeleted, MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Catalogue, Command, Reply
from learncomm_agent.errors import (
    ModelUnavailableError,
    NotFoundError,
    PlatformError,
    StoreLockedError,
    UsageError,
)
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.settings import EmbeddingSettings, Settings, StorageSettings
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.testing.embedder import HashingEmbedder
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.testing.web import FakeWeb, html
from learncomm_agent.writing.items import ItemKind, Transcript, Utterance

ROOM = Room(RoomRef(SpaceRef("fake", "home"), "hall"), "hall", is_read=True)
ANN = Account(AccountRef("fake", "ann"), "Ann")
SAID = Message(MessageRef(ROOM.ref, "1"), ANN.ref, "Hello.", datetime(2026, 1, 5, 9, tzinfo=UTC))
HERONS = Reading(
    "herons.md",
    ResourceKind.TEXT,
    "Herons",
    (Section("A heron stands still for hours before it strikes. Patience is all of its craft."),),
)


def settings(folder: Path) -> Settings:
    return Settings(
        data=folder,
        embedding=EmbeddingSettings(kind="off"),
        storage=StorageSettings(synchronous="normal"),
    )


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return settings(tmp_path / "data")


async def test_the_whole_public_api_works_without_a_platform(chosen: Settings) -> None:
    steps: list[int] = []
    async with Agent(chosen, embedder=HashingEmbedder) as agent:
        addition = await agent.add([HERONS], progress=steps.append)
        assert (len(addition.added), steps) == (1, [1])
        assert (await agent.find("patience of a heron")).passages[0].title == "Herons"
        await agent.ready()
        counts: list[tuple[int, int]] = []
        await agent.idle(progress=lambda done, all: counts.append((done, all)))
        assert counts[-1][0] == counts[-1][1] > 1
        found = await agent.find("patience of a heron", limit=1)
        assert (found.by_meaning, len(found.passages)) == (True, 1)

        answer = await agent.answer("How long does a heron stand still?")
        assert answer.claims[0].quote in HERONS.sections[0].text
        assert not (await agent.answer("xylographic zebra quadrature?")).is_found

        questions = await agent.questions("Welcoming newcomers", count=2)
        assert 1 <= len(questions) <= 2
        assert {question.evidence.title for question in questions} == {"Welcoming newcomers"}
        with pytest.raises(NotFoundError):
            await agent.questions("xylographic zebra quadrature")

        said = Utterance("u1", "Ann", "I will write the minutes by Friday.", SAID.posted_at)
        summary = await agent.summarize(Transcript("Meeting", (said,)))
        assert summary.coverage.read == 1
        assert [item.owner for item in summary.items[ItemKind.ACTION]] == ["Ann"]

        assert (await agent.forget("herons.md")).resources == 1
        with pytest.raises(NotFoundError):
            await agent.forget("herons.md")


async def test_files_and_folders_are_added_by_their_path(chosen: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "herons.md").write_text("# Herons\n\nA heron stands still for hours.\n")
    (folder / "storks.txt").write_text("Storks clatter on the roof.\n")
    (folder / "broken.md").write_bytes(b"")
    async with Agent(chosen) as agent:
        addition = await agent.add(folder)
        assert addition.resources == 2
        assert len(addition.unread) == 1
        assert (await agent.find("storks clatter")).passages
        private = await agent.add("http://127.0.0.1:8080/page")
        assert [each.error.advice.phrase for each in private.unread] == ["error.link_refused"]
        nowhere = await agent.add(folder / "nowhere.md")
        assert [Path(each.source).name for each in nowhere.unread] == ["nowhere.md"]


async def test_a_link_is_added_by_its_address(chosen: Settings) -> None:
    async with FakeWeb() as web:
        web.put("/herons", html("Herons stand still for hours.", title="Herons"))
        async with Agent(chosen, fetcher=web.fetcher(SystemClock())) as agent:
            addition = await agent.add(web.address("/herons"))
            assert (addition.resources, addition.titles) == (1, ["Herons"])
            (passage,) = (await agent.find("herons")).passages
            assert passage.source == web.address("/herons")


def test_it_works_in_any_loop_and_again_after_it_was_closed(chosen: Settings) -> None:
    agent = Agent(chosen)

    async def once() -> int:
        async with agent:
            await agent.add([HERONS])
            return len((await agent.find("patience of a heron")).passages)

    assert asyncio.run(once()) >= 1
    assert asyncio.run(once()) >= 1


async def test_two_agents_with_folders_of_their_own_know_nothing_of_each_other(
    tmp_path: Path,
) -> None:
    one, other = (Agent(settings(tmp_path / name)) for name in ("one", "other"))
    async with one, other:
        await one.add([HERONS])
        assert (await one.find("heron strikes")).passages
        texts = [each.text for each in (await other.find("heron strikes")).passages]
        assert not any("heron" in text for text in texts)


async def test_a_second_agent_on_the_same_folder_is_refused_and_harms_nothing(
    chosen: Settings,
) -> None:
    async with Agent(chosen) as agent:
        with pytest.raises(StoreLockedError):
            async with Agent(chosen):
                raise AssertionError
        await agent.add([HERONS])
    async with Agent(chosen) as agent:
        assert (await agent.find("heron strikes")).passages


async def test_an_agent_that_is_not_open_says_so(chosen: Settings) -> None:
    agent = Agent(chosen)
    with pytest.raises(UsageError):
        await agent.handle(MessagePosted(SAID, ANN, ROOM))
    with pytest.raises(UsageError):
        await agent.find("herons")
    with pytest.raises(UsageError):
        assert agent.community
    async with agent:
        await agent.handle(MessagePosted(SAID, ANN, ROOM))
    with pytest.raises(UsageError):
        await agent.handle(MessageDeleted(SAID.ref))


class Dead(FakePlatform):
    """A platform that can't be started, nor stopped."""

    async def start(self, sink: Sink) -> None:
        raise PlatformError("no way in")

    async def stop(self) -> None:
        raise PlatformError("no way out")


async def test_a_platform_that_can_t_be_started_closes_everything(chosen: Settings) -> None:
    living = FakePlatform("living")
    with pytest.raises(PlatformError, match="no way in"):
        async with Agent(chosen, [living, Dead("dead")]):
            raise AssertionError
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    async with Agent(chosen, [living]) as agent:
        await agent.add([HERONS])


async def test_an_error_in_the_body_passes_and_the_folder_is_free(chosen: Settings) -> None:
    with pytest.raises(ZeroDivisionError):
        async with Agent(chosen) as agent:
            await agent.add([HERONS])
            raise ZeroDivisionError
    async with Agent(chosen) as agent:
        assert (await agent.find("heron strikes")).passages


async def test_a_mistake_in_a_command_is_told_to_the_person_and_its_cause_to_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(context: Context, values: Mapping[str, Any]) -> Reply:
        raise ZeroDivisionError("deep inside")

    broken = Catalogue((*builtin.catalogue().commands, Command("stumble", stumble)))
    circle = Circle(tmp_path / "data", catalogue=broken)
    with caplog.at_level(logging.ERROR):
        async with circle:
            said = await circle.ben.sends("stumble", circle.hall)
            assert said == (
                "Something went wrong on my side, and I have noted it. Please try once more."
            )
            assert said not in circle.transcript(circle.chloe)
            assert "The library holds" in await circle.ben.sends("resources", circle.hall)
    assert "deep inside" in caplog.text


async def test_an_embedding_model_that_is_not_there_leaves_search_by_words(
    chosen: Settings, clock: ManualClock
) -> None:
    def load() -> Embedder:
        raise ModelUnavailableError("no files")

    async with Agent(chosen, embedder=load, clock=clock) as agent:
        await agent.add([HERONS])
        assert await agent.house.meaning.load() is None
        found = await agent.find("heron strikes")
        assert found.passages
        assert not found.by_meaning


async def test_what_waits_when_it_closes_is_done_when_it_opens_again(tmp_path: Path) -> None:
    gathering = Gathering(tmp_path / "data")
    ben, hall = gathering.person("Ben"), gathering.room("hall")
    async with gathering:
        gathering.platform.lose_connection()
        assert await ben.asks("what does a buddy do?", hall) == ""
    async with gathering:
        (answer,) = ben.answers()
        assert "buddy" in answer.text


class SlowPlatform(FakePlatform):
    """Knows who may read what only some time after it was started."""

    async def start(self, sink: Sink) -> None:
        for _ in range(200):
            await asyncio.sleep(0)
        await super().start(sink)


async def test_what_waited_is_answered_at_once_though_the_platform_is_slow_to_start(
    tmp_path: Path,
) -> None:
    async with Circle(tmp_path / "data") as circle:
        ben, hall, network = circle.ben, circle.hall, circle.platform.network
        await ben.asks("share Herons stand still for hours.", hall)
        # Asked, kept, and killed before the answer: the row is all that is left.
        await circle.agent.house.intake.take(asked(circle))
        now = circle.clock.now()
    later = SlowPlatform(clock=ManualClock(now))
    later.network, later.agent = network, circle.platform.agent
    again = Circle(tmp_path / "data", platform=later)
    await again.clock.advance((now - again.clock.now()).total_seconds())
    async with again:
        assert "shared by Ben" in again.transcript(ben)


def asked(circle: Circle) -> FormSent:
    room = circle.platform.network.rooms[circle.hall]
    return FormSent("f1", room, circle.ben.account, "search", {"query": "how herons stand"})
