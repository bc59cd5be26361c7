"""The starter library: the guides that come with learncomm, readable by every member of a community."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from learncomm_agent import __version__
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.documents import Document
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.readers.markdown import markdown_reading
from learncomm_agent.library.resources import GUIDES, Reading, Share
from learncomm_agent.phrases import chain
from learncomm_agent.storage import communities, guides
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
        known = await self._database.read(lambda conn: communities.get(conn, community))
        language = known.language
        mark = await asyncio.to_thread(self._mark, words, language)
        note = None
        if not await self._database.read(lambda conn: guides.are_there(conn, community, mark)):
            note = await self._bring(community, words, language, mark)
        self._filled.setdefault(community, asyncio.Event()).set()
        return note

    async def _bring(
        self, community: CommunityId, words: Words, language: str, mark: str
    ) -> Commit | None:
        """Add the guides; return how that is noted."""
        addition = await self._adding.add(community, self._readings(words, language), Share())
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

    def _mark(self, words: Words, language: str) -> str:
        """Return what stands for the guides as they are in a language, and for the version that cuts them."""
        try:
            digests = (words.digest(folder) for folder in (_GUIDES, _PLAYBOOKS))
            return " ".join((__version__, language, *digests))
        except OSError:
            return ""  # bringing them tells of it

    def _readings(self, words: Words, language: str) -> Iterator[Reading]:
        """Yield the guides; walked on a thread, as it reads files."""
        for document in words.documents(_GUIDES):
            text = document.path.read_text(encoding="utf-8")
            reading = markdown_reading(f"{GUIDES}{document.name}", text)
            yield _for_all(reading, document.front.get("leaders"))
        for name, document in _spoken(words.documents(_PLAYBOOKS), language).items():
            if document.body.strip():
                yield _guide_of(name, document)


def _spoken(playbooks: Sequence[Document], language: str) -> dict[str, Document]:
    """Return the files of playbooks by name, each in one language: the community's, if it is there."""
    found = {each.name: each for each in playbooks if "/" not in each.name}
    for tag in reversed(chain(language)):
        there = {each.name.removeprefix(f"{tag}/"): each for each in playbooks}
        found |= {
            name: each for name, each in there.items() if each.name == f"{tag}/{name}" and each.body
        }
    return found


def _guide_of(name: str, playbook: Document) -> Reading:
    """Return the guide of a playbook, without the plan that runs."""
    about = (str(playbook.front.get(key) or "") for key in ("title", "purpose"))
    title, purpose = (" ".join(each.split()) for each in about)
    text = f"# {title or name}\n\n{purpose}\n\n{playbook.body}"
    return markdown_reading(f"{GUIDES}{_PLAYBOOKS}/{name}", text)


def _for_all(reading: Reading, leaders: object) -> Reading:
    """Leave out the section that a guide keeps for leaders: who has read it needs no case any more."""
    sections = (each for each in reading.sections if leaders not in each.place.headings)
    return replace(reading, sections=tuple(sections))
