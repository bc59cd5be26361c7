"""Fills what a sync leaves out of the rooms, and takes out what was told before."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import JoinedRoom, RawEvent, Sync, mapping
from learncomm_matrix.connection.homeserver import Homeserver

MOST_EVENTS = 5000
"""So many of a room are brought in; what was before them is left to whoever reads its history."""
OLDEST = timedelta(days=14)
"""What is older than this is left to them, too."""
REMEMBERED = 5000
"""How many events are known to be told."""
_SEALED = "m.room.encrypted"
_log = logger(__name__)


class Gaps:
    """Makes of a sync what it should have been."""

    def __init__(self, homeserver: Homeserver, clock: Clock) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._clock = clock
        self._told: OrderedDict[str, None] = OrderedDict()
        self.filled = 0
        """How many events the homeserver had left out."""

    async def filled_in(self, sync: Sync, since: str) -> tuple[Sync, bool]:
        """Return a sync with nothing left out since a token, and whether that could be done.

        What was said in a room before we came into it is not news; state of then is state.

        Raises:
            PlatformError: The events can't be had now.
        """
        rooms, is_whole = [], True
        for room in sync.joined:
            before: list[RawEvent] = []
            if room.is_limited and room.prev_batch and not self._has_come(room.timeline):
                before, is_all = await self._before(room.room_id, room.prev_batch, since)
                is_whole &= is_all
                self.filled += len(before)
            rooms.append(self._sorted_out(room, [*before, *room.timeline]))
        return replace(sync, joined=tuple(rooms)), is_whole

    def kept(self, sync: Sync) -> None:
        """Note what was told for good."""
        for room in sync.joined:
            self._told.update(dict.fromkeys(_ids(room.timeline)))
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    async def _before(self, room_id: str, start: str, since: str) -> tuple[list[RawEvent], bool]:
        """Return what was between two tokens, oldest first, and whether it is all of it."""
        oldest = (self._clock.now() - OLDEST).timestamp() * 1000
        found: list[RawEvent] = []
        token: str | None = start
        while token is not None:
            try:
                page = await self._homeserver.messages(room_id, token, to=since)
            except (NotPermittedError, RoomGoneError):  # we are out already, as the next sync tells
                break
            found += page.events
            if self._has_come(page.events) or not page.events or page.end == token:
                break
            if len(found) >= MOST_EVENTS or _moment(page.events[-1]) < oldest:
                _log.warning("gap cut", room=room_id, events=len(found))
                return found[::-1], False
            token = page.end
        return found[::-1], True

    def _sorted_out(self, room: JoinedRoom, events: list[RawEvent]) -> JoinedRoom:
        """Return a room with each event once, and from our coming on.

        State that was told before is state still: a sync may begin with older state than the last one told.
        """
        coming = max((at for at, each in enumerate(events) if self._is_coming(each)), default=0)
        earlier = [each for each in events[:coming] if "state_key" in each]
        seen: set[str] = set()
        timeline = []
        for each in events[coming:]:
            id = each.get("event_id")
            if isinstance(id, str) and id in self._told and "state_key" in each:
                earlier.append(each)
            if not isinstance(id, str) or id in seen or id in self._told:
                continue
            # What is sealed may come once more, in clear.
            seen.update({id} if each["type"] != _SEALED else ())
            timeline.append(each)
        state = (*room.state, *earlier)
        return replace(room, state=state, timeline=tuple(timeline), is_limited=False)

    def _has_come(self, events: tuple[RawEvent, ...]) -> bool:
        return any(self._is_coming(each) for each in events)

    def _is_coming(self, event: RawEvent) -> bool:
        """Whether with this event we came into the room; a new name of ours looks much the same."""
        if event["type"] != "m.room.member" or event.get("state_key") != self._homeserver.user_id:
            return False
        unsigned = mapping(event.get("unsigned"))
        before = mapping(unsigned.get("prev_content"))
        was_there = before.get("membership") == "join" if before else "replaces_state" in unsigned
        return mapping(event.get("content")).get("membership") == "join" and not was_there


def _ids(events: tuple[RawEvent, ...]) -> Iterator[str]:
    return (each["event_id"] for each in events if each["type"] != _SEALED)


def _moment(event: RawEvent) -> float:
    at = event.get("origin_server_ts")
    return float(at) if isinstance(at, int | float) else float("inf")
