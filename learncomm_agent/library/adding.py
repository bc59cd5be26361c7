"""Bringing resources into the library: read, cut, kept and findable by words in one transaction."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from learncomm_agent.chat.messages import whole
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.library import chunking
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.resources import Reading, ResourceId, Share
from learncomm_agent.storage import resources
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.resources import Content

BATCH = 64
"""Resources kept in one transaction."""


@dataclass(slots=True)
class Addition:
    """What became of what was to be added."""

    added: list[ResourceId] = field(default_factory=list)
    known: list[ResourceId] = field(default_factory=list)
    """Those that they for whom it is brought could read already, with the same content."""
    unread: list[Unread] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    """Of the added and the known, in the order given."""
    passages: int = 0

    def count(self, content: Content, added: resources.Added) -> None:
        """Count one that is kept."""
        (self.known if added.was_here else self.added).append(added.resource)
        self.titles.append(content.reading.title)
        self.passages += len(content.chunks)

    @property
    def resources(self) -> int:
        """How many resources the library holds of it now."""
        return len(self.added) + len(self.known)


class Adding:
    """Keeps readings as resources."""

    def __init__(
        self,
        database: Database,
        indexing: Indexing,
        forgetting: Forgetting,
        clock: Clock,
        analyser: Analyser,
    ) -> None:
        """Take what it needs."""
        self._analyser = analyser
        self._forgetting = forgetting
        self._database = database
        self._indexing = indexing
        self._clock = clock

    async def add(
        self,
        community: CommunityId,
        readings: Iterable[Reading | Unread],
        share: Share,
        *,
        progress: Callable[[int], None] = lambda count: None,
    ) -> Addition:
        """Add what can be read; what can't is returned, not lost.

        Each resource is on disk and findable by words before the next batch is read; vectors follow
        as due work. Doing it again with the same content changes nothing.

        Args:
            community: Whose library.
            readings: May block while it is walked: that happens on a thread.
            share: Who brings it, and who may see it.
            progress: Told how many more were read, now and then.
        """
        addition = Addition()
        source = iter(readings)
        while batch := await asyncio.to_thread(self._cut_some, source):
            cuts = [cut for cut in batch if isinstance(cut, Content)]
            addition.unread += [cut for cut in batch if isinstance(cut, Unread)]
            if cuts:
                kept = await self._database.write(
                    lambda conn, cuts=cuts: self._keep(conn, community, cuts, share)  # type: ignore[misc]
                )
                for cut, added in zip(cuts, kept, strict=True):
                    addition.count(cut, added)
            progress(len(batch))
        return addition

    def keep(
        self, conn: Connection, community: CommunityId, reading: Reading, share: Share
    ) -> resources.Added:
        """Add one reading in a transaction that holds more than this; for short ones only."""
        return self._keep(conn, community, [self.cut_now(reading)], share)[0]

    async def cut(self, reading: Reading) -> Content:
        """Cut and analyse a reading on a thread, so that keeping it is quick."""
        return await asyncio.to_thread(self.cut_now, reading)

    def cut_now(self, reading: Reading) -> Content:
        """Cut and analyse a reading at once, where that may take its time."""
        reading = _whole(reading)
        text, chunks = chunking.chunks(reading)
        words = tuple(
            self._analyser.words(
                f"{resources.context_of(reading.title, chunk)}\n{chunk.text}", reading.language
            )
            for chunk in chunks
        )
        digest = hashlib.sha256(f"{reading.title}\0{text}".encode()).hexdigest()
        return Content(reading, text, chunks, words, digest)

    def keep_cut(
        self, conn: Connection, community: CommunityId, content: Content, share: Share
    ) -> resources.Added:
        """Add what was cut before, in a transaction that holds more than this."""
        return self._keep(conn, community, [content], share)[0]

    def revise(
        self, conn: Connection, community: CommunityId, resource: ResourceId, content: Content
    ) -> None:
        """Let a resource hold other content, whoever shared it."""
        gone = resources.revise(conn, community, resource, content, now=self._clock.now())
        self._indexing.remove(conn, community, gone)
        self._forgetting.revised(conn, community, resource, content.text)
        self._indexing.add(conn, community)

    def _keep(
        self, conn: Connection, community: CommunityId, cuts: list[Content], share: Share
    ) -> list[resources.Added]:
        kept = [
            resources.add(
                conn,
                community,
                cut,
                share,
                now=self._clock.now(),
            )
            for cut in cuts
        ]
        for cut, added in zip(cuts, kept, strict=True):
            if added.gone:
                self._indexing.remove(conn, community, added.gone)
                self._forgetting.revised(conn, community, added.resource, cut.text)
        if any(added.is_new for added in kept):
            self._indexing.add(conn, community)
        return kept

    def _cut_some(self, source: Iterator[Reading | Unread]) -> list[Content | Unread]:
        return [
            reading if isinstance(reading, Unread) else self.cut_now(reading)
            for reading in islice(source, BATCH)
        ]


def _whole(reading: Reading) -> Reading:
    """Return a reading that any disk takes, whatever made it."""
    sections = tuple(
        replace(
            section,
            text=whole(section.text),
            place=replace(section.place, headings=tuple(map(whole, section.place.headings))),
        )
        for section in reading.sections
    )
    return replace(
        reading, source=whole(reading.source), title=whole(reading.title), sections=sections
    )
