"""Open questions for people to discuss."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import Passage, Place, ResourceId, ResourceKind, Said
from learncomm_agent.library.search import Query, Search
from learncomm_agent.storage import goals, members, resources, writings
from learncomm_agent.storage import left_open as lines_left_open
from learncomm_agent.storage import passages as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.writing.items import LeftOpen, Method, QuestionSet
from learncomm_agent.writing.novelty import Novelty
from learncomm_agent.writing.openness import REPEATED
from learncomm_agent.writing.writer import Brief, Writer

NEAR_BEST = 0.5
"""A passage on a topic scores at least this share of the best one."""
PASSAGES = 12
"""How many passages of a resource, or on a topic, a writer is given."""
_ROUNDS = 3
"""How often others are written in the place of those that mean what was asked before."""


class Questions:
    """Finds what to ask about, and has the questions written."""

    def __init__(
        self,
        database: Database,
        search: Search,
        writer: Writer,
        meaning: Meaning | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            database: Holds what was asked before, and what was left open.
            search: Finds passages on a topic.
            writer: Checks its evidence (`CheckedWriter`).
            meaning: Tells questions that mean the same; words alone do where None.
        """
        self._database = database
        self._search = search
        self._writer = writer
        self._novelty = Novelty(meaning)

    async def write(
        self,
        about: Query,
        brief: Brief,
        *,
        count: int,
        resource: ResourceId | None = None,
        room: RoomId | None = None,
        left_open: bool = False,
        goal: str = "",
        by_leader: bool = False,
        seen: frozenset[str] = frozenset(),
    ) -> QuestionSet:
        """Write questions about a resource (by its source or title, or the one given), or about a topic.

        All in a room get them, so they are on the words that were asked for, never on words like them.
        None repeats one that these readers could see before, in its words or in its meaning; fewer than
        `count` come back where the passages carry no more.

        Args:
            about: The topic, or the source or title of a resource, and who reads the questions.
            brief: For whom they are written.
            count: How many are wanted.
            resource: The resource, where it is known.
            room: Where they are asked: what this room left open comes first.
            left_open: Start from what the newest published summaries say was left open, in the place of
                a resource or a topic; the text of `about` is not looked at then.
            goal: What the community wants to reach, for this once; the goal that is kept for it
                (`storage.goals`) where empty.
            by_leader: Whether a leader sees them first, so that none of their drafts is asked again either.
            seen: Questions that were asked elsewhere; none of them is repeated either.

        Raises:
            NotFoundError: The library holds nothing on it that the audience may read, or the summaries
                that it may read left nothing open.
        """
        known = await self._database.read(
            lambda conn: _known(conn, about, resource, room, is_open=left_open, by_leader=by_leader)
        )
        passages: Sequence[Passage] = known.passages
        if left_open and not passages:
            raise NotFoundError("nothing was left open", phrase="questions.nothing_open")
        if not passages:
            found = await self._search.find(replace(about, limit=PASSAGES, may_slip=False))
            passages = _to_the_point(found.passages)
        if not passages:
            raise NotFoundError("nothing to ask about", phrase="questions.nothing")
        brief = replace(
            brief, people=known.people, goal=goal or known.goal, left_open=known.left_open
        )
        return await self.of(passages, brief, count=count, seen=known.seen | seen)

    async def asked(self, about: Query, *, by_leader: bool = False) -> frozenset[str]:
        """Return the questions that the readers of a query could see before."""

        def read(conn: Connection) -> frozenset[str]:
            return writings.questions_asked(
                conn, about.community, about.readable, by_leader=by_leader
            )

        return await self._database.read(read)

    async def of(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Have questions written, also about what stands in no library; none that was seen before.

        Without a model they are written anew, as long as some mean what was asked before.
        """
        repeats: frozenset[str] = frozenset()
        for _ in range(_ROUNDS):
            written = await self._writer.questions(
                passages, brief, count=count, seen=seen | repeats
            )
            kept = await self._novelty.new(written, seen)
            lost = {each.text for each in written} - {each.text for each in kept}
            repeats |= lost
            if not lost or written.method is not Method.EXTRACTED:
                break
        if not repeats:
            return written
        why = Counter(written.why_dropped) + Counter({REPEATED: len(repeats)})
        left_out = written.dropped + len(repeats)
        return replace(written, questions=kept, dropped=left_out, why_dropped=dict(why))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows before questions are written."""

    passages: Sequence[Passage]
    """Those of the named resource, if it is one, or of what was left open."""
    left_open: tuple[LeftOpen, ...]
    seen: frozenset[str]
    """The questions that the readers could see before."""
    people: frozenset[str]
    """The names of the community's members."""
    goal: str


def _known(
    conn: Connection,
    about: Query,
    resource: ResourceId | None,
    room: RoomId | None,
    *,
    is_open: bool,
    by_leader: bool,
) -> _Known:
    unsettled: tuple[LeftOpen, ...] = ()
    if is_open:
        unsettled = _left_open(conn, about, room)
        passages = list(dict.fromkeys(each.evidence for each in unsettled))
    else:
        passages = _of_resource(conn, about, resource)
    return _Known(
        passages,
        unsettled,
        writings.questions_asked(conn, about.community, about.readable, by_leader=by_leader),
        frozenset(members.names(conn, about.community).values()),
        goals.of(conn, about.community),
    )


def _of_resource(conn: Connection, about: Query, resource: ResourceId | None) -> list[Passage]:
    """Return passages of the named resource, spread over it; none where it is none."""
    if resource is None:
        named = resources.listed(conn, about.community, about.readable, source=about.text.strip())
        if not named:
            return []
        resource = named[0].id
    passages = stored.of_resource(conn, resource, about.readable)
    step = max(1, len(passages) // PASSAGES)
    return passages[::step]


def _left_open(conn: Connection, about: Query, room: RoomId | None) -> tuple[LeftOpen, ...]:
    """Return what the newest summaries left open, each on the message that holds its quote."""
    lines = lines_left_open.newest(conn, about.community, about.readable, room=room)
    return tuple(LeftOpen(each.text, each.section, _message(each), each.quote) for each in lines)


def _message(line: lines_left_open.OpenLine) -> Passage:
    return Passage(
        resource=line.record or ResourceId(0),  # of talk none: it rests on the message
        revision=line.revision,
        source="",
        title=line.title,
        place=Place(),
        chunk="",
        start=line.start,
        end=line.start + len(line.said),
        text=line.said,
        score=1.0,
        shared_by=None,
        shared_at=line.posted_at,
        message=line.message,
        kind=ResourceKind.CONVERSATION if line.message else ResourceKind.TRANSCRIPT,
        said=(Said(line.message, line.revision, 0, len(line.said)),) if line.message else (),
        share=line.share,
    )


def _to_the_point(passages: Sequence[Passage]) -> list[Passage]:
    """Keep what is near the best, so that a topic of one good passage gets no strangers."""
    return [each for each in passages if each.score >= NEAR_BEST * passages[0].score]
