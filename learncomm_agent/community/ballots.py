"""Votes of a room on discussion questions: who may do what, and the count when one is over.

Neither a log nor a record of due work says who voted for what or added which question.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountId, CommunityId, Consent, MemberId
from learncomm_agent.chat.posting import Posting, lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import (
    audit,
    drafts,
    members,
    messages,
    naming,
    question_guides,
    rooms,
    writings,
)
from learncomm_agent.storage import ballots as stored
from learncomm_agent.storage.ballots import OPTIONS, TALLY, Ballot, Option
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.language.vocabulary import normal
from learncomm_agent.writing.showing import Showing
from learncomm_agent.writing.voting import MOST_SHOWN, draw

MOST_ADDED = 20
"""So many questions members can add to one vote."""
MOST_OF_ONE = 5
"""So many of them one member can add."""
QUESTION_CHARS = 300


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question that a member wishes to add."""

    text: str
    is_named: bool = False
    """Whether they wish to be named once the vote is over."""
    message: str | None = None
    """The platform's id of the message that holds it, in the room of the vote."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a proposal."""

    option: Option
    is_new: bool
    """Whether it is theirs: added now, or sent once more, as to be named or not."""
    has_vote: bool
    """Whether the member votes for it now."""


class Ballots:
    """Holds votes. The functions that take a `conn` belong in a transaction."""

    def __init__(self, work: Work, posting: Posting, showing: Showing, clock: Clock) -> None:
        """Take what it needs, and name its handler."""
        self._work = work
        self._posting = posting
        self._showing = showing
        self._clock = clock
        work.handle("close ballot", self._fall_due)

    def open(self, conn: Connection, ballot: Ballot, guide: int, by: MemberId) -> None:
        """Open a vote on questions, and have it closed in time; a draft of them is decided on by that.

        Raises:
            StorageError: One was opened in that room meanwhile, or the draft dropped or published.
        """
        stored.add(conn, ballot)
        drafts.put_to_vote(conn, guide, by, ballot.opened_at)
        # Without its room: a room that is left for a while does not take the end of its votes along.
        args = {"community": ballot.community, "writing": ballot.writing}
        key = f"ballot:{ballot.writing}:{int(ballot.opened_at.timestamp())}"
        self._work.add(conn, "close ballot", args, due=ballot.closes_at, key=key)
        self._rest_guide(conn, ballot, is_voted=True)

    def vote(
        self, conn: Connection, ballot: Ballot, member: MemberId, numbers: list[int]
    ) -> list[Option]:
        """Let a member vote for these questions and no others; return them.

        Raises:
            UsageError: They can't: it says why, and nothing is changed.
        """
        now, there = self._checked(conn, ballot, member)
        wanted = sorted(set(numbers))
        if not wanted or len(wanted) > ballot.most:
            raise UsageError("too many votes", phrase="vote.too_many", most=ballot.most)
        known = {option.number: option for option in there}
        for number in wanted:
            if number not in known:
                shown = sorted(known)
                raise NotFoundError("no such question", phrase="vote.no_number", numbers=shown)
        chosen = [known[number] for number in wanted]
        stored.vote(conn, ballot, member, [option.item for option in chosen], now)
        return chosen

    def propose(
        self, conn: Connection, ballot: Ballot, member: MemberId, proposal: Proposal
    ) -> Added:
        """Add a member's question; one of somebody else that is there already gets their vote instead.

        Raises:
            UsageError: They can't: it says why, and nothing is changed.
        """
        now, there = self._checked(conn, ballot, member)
        words = normal(proposal.text)
        if not words:
            raise UsageError("no words", phrase="wanted.vote_add")
        if len(proposal.text) > QUESTION_CHARS:
            raise UsageError("too long", phrase="vote.long", limit=QUESTION_CHARS)
        same = next((option for option in there if normal(option.text) == words), None)
        if same is not None and same.by == member:
            stored.name(conn, same.item, is_named=proposal.is_named)
            return Added(replace(same, is_named=proposal.is_named), is_new=True, has_vote=False)
        if same is not None:
            return self._voted_for(conn, ballot, member, same, now)
        self._check_room(conn, ballot, member, there)
        taken = stored.drawn(conn, ballot.writing)
        number = draw(f"{ballot.writing}:{ballot.opened_at.isoformat()}", taken)
        content = {
            "text": proposal.text,
            "n": number,
            "is_proposed": True,
            "is_named": proposal.is_named,
        }
        line = Line(OPTIONS, content, _said(conn, ballot, proposal))
        stored.propose(conn, ballot, line, by=member, now=now)
        self._mend(conn, ballot, ballot.writing)
        (added,) = (each for each in stored.options(conn, ballot.writing) if each.number == number)
        return Added(added, is_new=True, has_vote=False)

    def strike(self, conn: Connection, ballot: Ballot, number: int, by: AccountId) -> Option:
        """Take a question out, for a leader; whose it was stays unsaid.

        Raises:
            NotFoundError: There is none of this number, or the vote is over.
        """
        there = self._open(conn, ballot)
        struck = next((option for option in there if option.number == number), None)
        if struck is None:
            shown = [option.number for option in there]
            raise NotFoundError("no such question", phrase="vote.no_number", numbers=shown)
        stored.strike(conn, struck.item)
        self._mend(conn, ballot, ballot.writing)
        subject, now = f"writing {ballot.writing}", self._clock.now()
        audit.record(conn, ballot.community, "strike", subject, at=now, account=by)
        return struck

    def close(self, conn: Connection, ballot: Ballot) -> None:
        """Count a vote, end it, and have the result posted.

        Raises:
            StorageError: It was closed meanwhile.
        """
        now = self._clock.now()
        tally, ranked = _tally(conn, ballot)
        stored.close(conn, ballot, now, is_counted=bool(tally.lines))
        self._mend(conn, ballot, ballot.writing)
        self._rest_guide(conn, ballot, is_voted=False)
        if not is_waiting(conn, "scrub", "scrub"):
            self._work.add(conn, "scrub", {}, lane="scrub")  # who voted for what stays nowhere
        if not tally.lines:
            return
        id = writings.add(conn, tally, now)
        for shown, option in zip(stored.options(conn, id), ranked, strict=True):
            if option.by is not None:
                stored.own(conn, shown.item, option.by, now)
        blocks = self._showing.blocks(conn, tally)
        room = rooms.get(conn, ballot.room).ref
        outgoing = Outgoing(room, blocks, f"v{id:x}.{int(now.timestamp()):x}")
        self._posting.add(conn, ballot.community, ballot.room, outgoing, writing=id)

    async def _fall_due(self, job: Job) -> Commit:
        """Close a vote whose time is over."""
        community, writing = CommunityId(job.args["community"]), job.args["writing"]

        def commit(conn: Connection) -> None:
            ballot = stored.get(conn, writing, community)
            if ballot is not None and ballot.closed_at is None:
                self.close(conn, ballot)

        return commit

    def _checked(
        self, conn: Connection, ballot: Ballot, member: MemberId
    ) -> tuple[datetime, list[Option]]:
        """Return the present moment, and what a member can vote for.

        Raises:
            UsageError: They can't: the vote is over, or nothing of theirs is to be kept.
        """
        if members.get(conn, member).consent is Consent.OUT:
            raise UsageError("opted out", phrase="vote.opted_out")
        return self._clock.now(), self._open(conn, ballot)

    def _open(self, conn: Connection, ballot: Ballot) -> list[Option]:
        """Return what there is to vote for.

        Raises:
            NotFoundError: The vote is over.
        """
        known = stored.get(conn, ballot.writing, ballot.community)
        if known is None or not known.is_open(self._clock.now()):
            raise NotFoundError("the vote is over", phrase="vote.over")
        return stored.options(conn, ballot.writing)

    def _voted_for(
        self, conn: Connection, ballot: Ballot, member: MemberId, option: Option, now: datetime
    ) -> Added:
        """Count a proposal that is there already as a vote for it, where the member has one left."""
        mine = stored.voted_for(conn, ballot.writing, member)
        if option.item not in mine and len(mine) < ballot.most:
            mine |= {option.item}
            stored.vote(conn, ballot, member, mine, now)
        return Added(option, is_new=False, has_vote=option.item in mine)

    def _check_room(
        self, conn: Connection, ballot: Ballot, member: MemberId, there: list[Option]
    ) -> None:
        """Refuse a question for which there is no room.

        Raises:
            UsageError: There is none.
        """
        added = [option for option in there if option.by is not None]
        is_full = len(stored.drawn(conn, ballot.writing)) >= MOST_SHOWN
        if is_full or len(added) >= MOST_ADDED:
            raise UsageError("the list is full", phrase="vote.full")
        if sum(option.by == member for option in added) >= MOST_OF_ONE:
            raise UsageError("enough of one member", phrase="vote.enough", most=MOST_OF_ONE)

    def _rest_guide(self, conn: Connection, ballot: Ballot, *, is_voted: bool) -> None:
        """Have the questions shown without their sources as long as they are voted on, or with them again."""
        guide = stored.guide_of(conn, ballot.writing)
        if guide is not None:
            stored.tell(conn, guide, is_voted=is_voted)
            self._mend(conn, ballot, guide)

    def _mend(self, conn: Connection, ballot: Ballot, writing: int) -> None:
        """Have the posts edited that show a writing in the room of a vote."""
        args = {"community": ballot.community, "writing": writing}
        self._work.add(conn, "mend", args, lane=lane_of(ballot.room))


def _said(conn: Connection, ballot: Ballot, proposal: Proposal) -> tuple[Evidence, ...]:
    """Tie a question to the message that holds it, where that is kept: it goes with it."""
    if proposal.message is None:
        return ()
    found = messages.find(conn, ballot.room, proposal.message)
    if found is None or found.state is not messages.State.KEPT:
        return ()
    return (Evidence(proposal.text, found.revision, message=found.id),)


def _tally(conn: Connection, ballot: Ballot) -> tuple[Writing, list[Option]]:
    """Return the count of a vote as it stands now, and its questions in the order of that."""
    counts, voters = stored.counts(conn, ballot.writing)
    there = {option.item: option for option in stored.options(conn, ballot.writing)}
    shown = writings.get(conn, ballot.writing, ballot.community)
    assert shown is not None  # the ballot is a row that hangs on it
    found = [(there[line.id], line) for line in question_guides.standing(conn, shown.lines)]
    found.sort(key=lambda each: (-counts.get(each[0].item, 0), each[0].number))
    lines = []
    for place, (option, line) in enumerate(found, 1):
        content = {**line.content, "n": place, "votes": counts.get(option.item, 0)}
        if option.is_named and option.by is not None:
            platform = rooms.get(conn, ballot.room).ref.platform
            known = naming.of_member(conn, option.by, platform)
            content["by"] = members.get(conn, option.by).name if known is None else known.name
        lines.append(Line(OPTIONS, content, line.evidence))
    kept = {name: shown.trace[name] for name in ("language", "zone", "sign")}
    tally = Writing(
        community=ballot.community,
        kind=TALLY,
        room=ballot.room,
        member=None,
        is_private=False,
        request=shown.request,
        header={"voters": voters, "most": ballot.most},
        trace=kept,
        lines=tuple(lines),
    )
    return tally, [option for option, _ in found]
