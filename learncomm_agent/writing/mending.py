"""Editing what was posted when the evidence of a line has gone."""

from zoneinfo import ZoneInfo

from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_agent.log import logger
from learncomm_agent.storage import audit, communities, messages, posts, writings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.layout import Layout, evidence_messages

_log = logger(__name__)


class Mending:
    """Shows a writing again, without the lines that are gone, wherever it was posted."""

    def __init__(
        self, database: Database, work: Work, posting: Posting, words: Words, clock: Clock
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._posting = posting
        self._words = words
        self._clock = clock
        work.handle("mend", self._mend)

    async def _mend(self, job: Job) -> Commit | None:
        community = CommunityId(job.args["community"])
        shown = await self._database.read(lambda conn: self._shown(conn, community, job))
        if shown is None:
            return None
        outgoing, where = shown
        unreached = 0
        for post in where:
            try:
                await self._posting.change(post, outgoing)
            except (NotPermittedError, RoomGoneError) as error:
                unreached += 1
                _log.warning("post not mended", writing=job.args["writing"], reason=str(error))
        subject = f"writing {job.args['writing']}"
        counts = {"posts": len(where), "unreached": unreached}
        return lambda conn: audit.record(
            conn, community, "mend", subject, at=self._clock.now(), detail=counts
        )

    def _shown(
        self, conn: Connection, community: CommunityId, job: Job
    ) -> tuple[Outgoing, list[posts.Post]] | None:
        """Return the new content, and where the old one stands."""
        writing = writings.get(conn, job.args["writing"], community)
        where = [post for post in posts.of_writing(conn, job.args["writing"]) if post.parts]
        if writing is None or not where:
            return None
        words = self._words.for_community(communities.slug_of(conn, community))
        layout = Layout(words, writing.trace["language"], ZoneInfo(writing.trace["zone"]))
        blocks = layout.blocks(writing, messages.refs(conn, evidence_messages(writing)))
        return Outgoing(where[0].parts[0].room, blocks, f"m{job.id:x}"), where
