"""The starter library: the guides that come with learncomm, readable by every member of a community."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from learncomm_agent import __version__
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.documents import Document
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.readers.markdown import markdown_reading
from learncomm_agent.library.resources import GUIDES, Reading, Share
from learncomm_agent.storage import guides
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work

PATIENCE_S = 10
_GUIDES, _PLAYBOOKS = "guides", "playbooks"
"""Where guides stand; that of a playbook is the text below its plan."""


class Starter:
    """Brings the guides into a community's library, and a newer form of them when there is one."""

    def __init__(
        self, database: Database, work: Work, adding: Adding, words: Words, clock: Clock
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._clock = clock
        self._filled: dict[CommunityId, asyncio.Event] = {}
        self._work = work
        self._adding = adding
        self._words = words
        work.handle("guides", self._guides)

    def add(self, conn: Connection, community: CommunityId, slug: str) -> None:
        """Have them added, in the transaction that makes or opens a community."""
        self._filled.setdefault(community, asyncio.Event())
        args = {"community": community, "slug": slug}
        lane = f"guides:{community}"
        if not is_waiting(conn, "guides", lane):
            self._work.add(conn, "guides", args, lane=lane)

    async def _guides(self, job: Job) -> Commit | None:
        community, slug = CommunityId(job.args["community"]), job.args["slug"]
        words = self._words.for_community(slug)
        mark = await asyncio.to_thread(self._mark, words)
        note = None
        if not await self._database.read(lambda conn: guides.are_there(conn, community, mark)):
            note = await self._bring(community, words, mark)
        self._filled.setdefault(community, asyncio.Event()).set()
        return note

    async def _bring(self, community: CommunityId, words: Words, mark: str) -> Commit | None:
        """Add the guides; return how that is noted."""
        addition = await self._adding.add(community, self._readings(words), Share())
        given, now = {*addition.added, *addition.known}, self._clock.now()
        if not mark:
            return None
        return lambda conn: guides.note(conn, community, mark, given, now)

    async def filled(self, community: CommunityId) -> None:
        """Come back when the guides are there: the first question must not find an empty library.

        Where they are slow to come, it is answered without them after `PATIENCE_S`.
        """
        filled = self._filled.get(community)
        if filled is not None and not filled.is_set():
            with suppress(TimeoutError):
                await self._clock.idle(filled.wait(), "guides", timeout_s=PATIENCE_S)

    def _mark(self, words: Words) -> str:
        """Return what stands for the guides as they are, and for the version that cuts them."""
        try:
            return " ".join(
                (__version__, *(words.digest(folder) for folder in (_GUIDES, _PLAYBOOKS)))
            )
        except OSError:
            return ""  # bringing them tells of it

    def _readings(self, words: Words) -> Iterator[Reading]:
        """Yield the guides; walked on a thread, as it reads files."""
        for document in words.documents(_GUIDES):
            text = document.path.read_text(encoding="utf-8")
            reading = markdown_reading(f"{GUIDES}{document.name}", text)
            yield _for_all(reading, document.front.get("leaders"))
        for document in words.documents(_PLAYBOOKS):
            if document.body.strip():
                yield _guide_of(document)


def _guide_of(playbook: Document) -> Reading:
    """Return the guide of a playbook, without the plan that runs."""
    about = (str(playbook.front.get(key) or "") for key in ("title", "purpose"))
    title, purpose = (" ".join(each.split()) for each in about)
    text = f"# {title or playbook.name}\n\n{purpose}\n\n{playbook.body}"
    return markdown_reading(f"{GUIDES}{_PLAYBOOKS}/{playbook.name}", text)


def _for_all(reading: Reading, leaders: object) -> Reading:
    """Leave out the section that a guide keeps for leaders: who has read it needs no case any more."""
    sections = (each for each in reading.sections if leaders not in each.place.headings)
    return replace(reading, sections=tuple(sections))
