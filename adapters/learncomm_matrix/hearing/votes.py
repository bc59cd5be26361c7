"""Who votes in polls of ours, told as it changes: a new vote takes the place of the one before."""

from collections.abc import Callable, Mapping, Sequence

from learncomm_agent.chat.events import Voted
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import RoomGoneError
from learncomm_matrix.connection.answers import RawEvent
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.hearing.polls import (
    ENDS,
    RESPONSES,
    OpenPoll,
    answers,
    counted,
    ended_at,
    order_of,
    poll_of,
)
from learncomm_matrix.hearing.posts import Directory, Posts
from learncomm_matrix.hearing.relations import REFERENCE, id_of
from learncomm_matrix.hearing.targets import Targets

PollOf = Callable[[str], OpenPoll | None]
"""Returns a poll of ours by its event; None where there is none, or its time is over."""


class Votes:
    """Knows how each poll of ours stood before a vote; asks the homeserver for it at the first one."""

    def __init__(
        self,
        homeserver: Homeserver,
        posts: Posts,
        targets: Targets,
        poll_of: PollOf,
        directory: Directory,
        sink: Sink,
    ) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._posts = posts
        self._me = posts.me
        self._targets = targets
        self._poll_of = poll_of
        self._directory = directory
        self._sink = sink
        self._given: dict[str, dict[str, Sequence[str]]] = {}
        self._ended: set[str] = set()

    async def take(self, room_id: str, event: RawEvent) -> None:
        """Tell of a vote, or note that a poll has ended; other people's polls are their own affair.

        Raises:
            LearncommError: It could not be looked up or kept.
        """
        id = poll_of(event)
        poll = None if id is None else self._poll_of(id)
        if id is not None and poll is None:  # it is over
            self._given.pop(id, None)
            self._ended.discard(id)
        found = None if id is None or poll is None else await self._targets.find(room_id, id)
        room = None if found is None else self._posts.room(room_id, found.thread)
        if id is None or poll is None or room is None:
            return
        given = await self._before(room_id, id, poll, event)
        sender = id_of(event.get("sender"))
        if event["type"] in ENDS:
            if sender == self._me:
                self._ended.add(id)
            return
        if id in self._ended or sender is None or order_of(event) is None:
            return
        before, now = given.get(sender, ()), answers(event, poll)
        account, ref = self._directory.account(sender, room_id), MessageRef(room.ref, id)
        for option in before:
            if option not in now:
                await self._sink(Voted(ref, account, option, is_added=False))
        for option in now:
            if option not in before:
                await self._sink(Voted(ref, account, option))
        given[sender] = now

    async def _before(
        self, room_id: str, id: str, poll: OpenPoll, event: RawEvent
    ) -> dict[str, Sequence[str]]:
        """Return what each has voted for before this."""
        known = self._given.get(id)
        if known is not None:
            return known
        now = order_of(event)
        try:
            told = await self._homeserver.relations(room_id, id, REFERENCE)
        except RoomGoneError:
            told = []
        earlier = [
            each
            for each in told
            if each.get("type") in RESPONSES | ENDS
            and now is not None
            and ((order := order_of(each)) is None or order < now)
        ]
        if ended_at(earlier, self._me) is not None:
            self._ended.add(id)
        found: Mapping[str, Sequence[str]] = counted(earlier, poll, self._me)
        return self._given.setdefault(id, dict(found))
