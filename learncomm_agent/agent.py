"""The composition root: one event comes in, the right service answers.

async with Agent(settings, platforms=[platform]) as agent:
    await agent.add(Path("notes/"))
    found = await agent.find("how do we welcome newcomers?")
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.desk import Consults
from learncomm_agent.chat.events import Chosen, Event, FormSent, GapEnded, MessagePosted
from learncomm_agent.chat.people import Community
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.verbs import Acknowledges
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.errors import LinkError, UsageError, for_log
from learncomm_agent.heartbeat import Heartbeat
from learncomm_agent.house import House
from learncomm_agent.library.adding import Addition
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.library.forgetting import Forgotten
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.resources import Found, Reading, Share
from learncomm_agent.library.search import Query
from learncomm_agent.library.web.addresses import is_link, shown
from learncomm_agent.library.web.fetching import Fetcher
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.log import logger
from learncomm_agent.settings import Settings
from learncomm_agent.storage import communities
from learncomm_agent.writing.items import Answer, QuestionSet, Summary, Transcript
from learncomm_agent.writing.writer import Brief, Progress, Writer, untold

SHORT_BACKLOG = 500
"""So many passages get their vectors in some seconds."""
_log = logger(__name__)


class Agent:
    """A facilitator for one or more communities. Holds the data folder while it is open."""

    def __init__(
        self,
        settings: Settings | None = None,
        platforms: Sequence[Platform] = (),
        *,
        clock: Clock | None = None,
        embedder: Callable[[], Embedder] | None = None,
        writer: Writer | None = None,
        catalogue: Catalogue | None = None,
        model: LanguageModel | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        """Keep what it is made from; nothing is opened before `async with`.

        Args:
            settings: What the operator set; all defaults where None.
            platforms: The chats to take part in; none is fine for a library alone.
            clock: The clock of the machine where None.
            embedder: Makes the embedding model; what the settings say where None.
            writer: Writes answers, questions and summaries; learncomm's own where None.
            catalogue: The commands that people can call; those that learncomm brings where None.
            model: The language model; what the settings say where None.
            fetcher: Opens links; learncomm's own, which reaches public sites alone, where None.
        """
        self.settings = settings or Settings()
        self._platforms = {platform.name: platform for platform in platforms}
        self._clock = clock or SystemClock()
        self._embedder = embedder
        self._writer = writer
        self._catalogue = catalogue
        self._model = model
        self._fetcher = fetcher
        self._house: House | None = None
        self._community: Community | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Agent":
        """Open the store, take up the work that waits, then connect the platforms.

        Raises:
            StoreLockedError: Another process holds the data folder.
            StorageError: The data folder can't be used.
            PlatformError: A platform can't be started.
        """
        # On a thread, since plugins and words are read from the disk.
        self._house = await asyncio.to_thread(
            House,
            self.settings,
            self._platforms,
            self._clock,
            self._embedder,
            self._writer,
            self._catalogue,
            self._model,
            self._fetcher,
        )
        try:
            await self._house.open()
            self._community = await self._house.database.write(self._house.spaces.open)
            beat = Heartbeat(self._house, self._platforms, self._clock)
            self._tasks = [
                asyncio.create_task(beat.run(), name="heartbeat"),
                asyncio.create_task(self._catch_up(), name="vectors"),
            ]
            for platform in self._platforms.values():
                if isinstance(platform, Consults):
                    platform.consult(self._house.desk)
                await platform.start(self.handle)
                await self.handle(GapEnded(platform.name))
            # Only now: before, whatever waits would find no way out, and be put off.
            self._tasks.append(asyncio.create_task(self._house.work.run(), name="work"))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect, and let go of the data folder; what is not done is taken up next time."""
        await self._close()

    @property
    def community(self) -> Community:
        """The community of the settings, which the calls below are about.

        Raises:
            UsageError: The agent was never open.
        """
        if self._community is None:
            raise UsageError("open the agent with `async with` first")
        return self._community

    @property
    def house(self) -> House:
        """The services behind this agent.

        Raises:
            UsageError: The agent is not open.
        """
        if self._house is None:
            raise UsageError("open the agent with `async with` first")
        return self._house

    async def handle(self, event: Event) -> None:
        """Take an event in. When this returns, a crash loses nothing of it; a repeat adds nothing.

        Raises:
            StorageError: It could not be kept; send it again.
        """
        await self.house.intake.take(event)
        match event:
            case GapEnded(platform=name, space=space):
                leaving = self.house.leaving
                await self.house.database.write(lambda conn: leaving.after_gap(conn, name, space))
                return
            case MessagePosted(room=room) if event.message.is_addressed:
                platform, reply = self._platforms.get(room.ref.platform), None
            case FormSent(room=room, reply=reply) | Chosen(room=room, reply=reply):
                platform = self._platforms.get(room.ref.platform)
            case _:
                return
        if isinstance(platform, Acknowledges):
            await platform.acknowledge(room.ref, reply)

    async def add(
        self,
        what: Path | str | Iterable[Reading],
        *,
        progress: Callable[[int], None] = lambda count: None,
    ) -> Addition:
        """Add a file, a folder, a link, or readings of your own, for the whole community to find.

        It is findable by words when this returns; by meaning once `idle` returns. What can't be read,
        such as a page that wants a login or a path where nothing is, comes back as `Addition.unread`.
        """
        if isinstance(what, str) and is_link(what):
            return await self._add_link(what)
        readings = self.house.readers.read_path(what) if isinstance(what, Path | str) else what
        return await self.house.adding.add(self.community.id, readings, Share(), progress=progress)

    async def _add_link(self, address: str) -> Addition:
        try:
            return await self.house.pages.add(self.community.id, address, Share())
        except LinkError as error:
            return Addition(unread=[Unread(shown(address), error)])

    async def find(self, query: str, *, limit: int = 5) -> Found:
        """Return the passages that answer best, best first, from what the whole community may read."""
        return await self.house.search.find(self._query(query, limit))

    async def answer(self, question: str) -> Answer:
        """Answer a question from what the whole community may read; without claims = not found."""
        answer, _ = await self.house.answers.write(self._query(question), self._brief)
        return answer

    async def questions(self, about: str, *, count: int = 5) -> QuestionSet:
        """Write open questions about a resource (by source or title) or a topic.

        Raises:
            NotFoundError: The library holds nothing on it.
        """
        return await self.house.questions.write(self._query(about), self._brief, count=count)

    async def summarize(self, transcript: Transcript, *, progress: Progress = untold) -> Summary:
        """Summarise a conversation, each line with its evidence; `progress` is told what is read."""
        return await self.house.writer.summary(transcript, replace(self._brief, progress=progress))

    async def forget(self, source: str) -> Forgotten:
        """Forget every resource of this source (`name` also means all lines `name#id` of a file).

        Raises:
            NotFoundError: There is none.
        """
        return await self.house.database.write(
            lambda conn: self.house.forgetting.source(conn, self.community.id, source)
        )

    async def ready(self) -> None:
        """Come back when a search would see the starter library, by meaning too if there is a model.

        A large back-log of vectors is not waited for: words answer until it is done.
        """
        model = await self.house.meaning.load()
        while await self.house.is_busy("guides"):
            self._check_tasks()
            await self._clock.sleep(0.02)
        stored, total = await self.house.indexed(self.community.id)
        while model and total - stored <= SHORT_BACKLOG and await self.house.is_busy("index"):
            self._check_tasks()
            await self._clock.sleep(0.02)

    async def idle(self, *, progress: Callable[[int, int], None] = lambda done, all: None) -> None:
        """Come back when nothing is due: all is indexed, answered and posted.

        Args:
            progress: Told how many passages have their vector, of how many, now and then.
        """
        while await self.house.is_busy():
            self._check_tasks()
            progress(*await self.house.indexed(self.community.id))
            await self._clock.sleep(0.05)
        progress(*await self.house.indexed(self.community.id))

    async def watch(self) -> None:
        """Come back only when something has ended that should go on for ever, and raise why."""
        going = set(self._tasks)
        while going:
            _, going = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
            self._check_tasks()

    def _check_tasks(self) -> None:
        """Raise what ended a task that should have gone on."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    @property
    def _brief(self) -> Brief:
        return Brief(self.community, self.community.language)

    def _query(self, text: str, limit: int = 5) -> Query:
        return Query(
            text=text,
            community=self.community.id,
            readable=Readable(),
            limit=limit,
            dense_weight=self.settings.search.dense_weight,
        )

    async def _catch_up(self) -> None:
        await self.house.indexing.catch_up(await self.house.database.read(communities.all_ids))

    async def _close(self) -> None:
        for platform in self._platforms.values():
            try:
                await platform.stop()
            except Exception as failure:  # one that can't stop must not keep the store open
                _log.error("platform did not stop", platform=platform.name, error=for_log(failure))
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                _log.error("task ended", error=for_log(error))
        self._tasks = []
        if self._house is not None:
            await self._house.close()
            self._house = None
