"""What changes around the messages: rooms, members and spaces.

Rooms and spaces are compared with what was kept of them, so that nothing is missed that changed while
nobody was there. Members are told of as the timelines tell it.
"""

from collections.abc import Iterable, Iterator

from learncomm_agent.chat.events import Event, MemberChanged, RoomChanged, SpaceChanged
from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.platform import Sink
from learncomm_matrix.connection.answers import JoinedRoom, RawEvent, Sync, mapping, text
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.place import Place, space_ref
from learncomm_matrix.directory.places import Places
from learncomm_matrix.hearing.invitations import Invitations


class Changes:
    """Takes the state in what is new, before anybody looks at its messages."""

    def __init__(
        self, homeserver: Homeserver, places: Places, invitations: Invitations, sink: Sink
    ) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._invitations = invitations
        self._sink = sink

    async def take(self, sync: Sync, is_context: bool) -> None:
        """Apply what is new, and tell of what that changes; the same again does no harm.

        Raises:
            StorageError: It could not be kept; it is to be told again.
            PlatformError: As above, or the homeserver can't be asked for what a gap left out.
        """
        if sync.direct is not None:
            self._places.talks(sync.direct)
        async with self._places.making:
            new = {each.room_id for each in sync.joined} - self._places.states.keys()
            for joined in sync.joined:
                await self._apply(joined)
            for room_id in sync.left:
                self._places.leave(room_id)
            changed = self._places.settle()
        for event in self._rooms(changed):
            await self._sink(event)
        if not is_context:
            for joined in sync.joined:
                for event in self._members(joined, is_new=joined.room_id in new):
                    await self._sink(event)
        await self._places.keep(changed)
        await self._invitations.take(sync.invited)
        told = (self._places.states.get(each.room_id) for each in sync.joined)
        await self._invitations.follow(each for each in told if each is not None)

    async def _apply(self, joined: JoinedRoom) -> None:
        self._places.apply(joined)
        told = (*joined.state, *joined.timeline)
        is_whole = any(each.get("type") == "m.room.create" for each in told)
        if joined.is_limited and not is_whole:
            # What was left out may hold state that lost against other state: only all of it is sure.
            state = tuple(await self._homeserver.state(joined.room_id))
            self._places.apply(JoinedRoom(joined.room_id, state))

    def _rooms(self, changed: dict[str, tuple[Place | None, Place | None]]) -> Iterator[Event]:
        """Yield what to tell of rooms and spaces: what has gone, then spaces, then rooms that came."""
        was = {id: before for id, (before, _) in changed.items() if before is not None}
        for id, before in was.items():
            is_moved = self._places.space_of(id) not in (None, space_ref(before.space))
            if is_moved and before.space != id:
                yield RoomChanged(_room(id, before), is_present=False)
        for id, (earlier, now) in changed.items():
            yield from self._space(id, earlier, now)
        for id, (_, after) in changed.items():
            room = self._places.room(id)
            if after is not None and room is not None:
                yield RoomChanged(room)
        for id, before in was.items():
            if id not in self._places.states and before.space in self._places.states:
                yield RoomChanged(_room(id, before), is_present=False)

    def _space(self, id: str, before: Place | None, now: Place | None) -> Iterator[Event]:
        """Yield what has become of the space that a room is, if it is or was one."""
        was_own = before is not None and before.space == id
        is_own = now is not None and now.space == id
        if was_own and not is_own and before is not None:
            yield SpaceChanged(space_ref(id), before.name, is_present=False)
        elif is_own and now is not None and self._places.is_wanted(id):
            is_new = before is None or not was_own or before.is_gone
            if is_new or (before is not None and before.name != now.name):
                yield SpaceChanged(space_ref(id), now.name)

    def _members(self, joined: JoinedRoom, *, is_new: bool) -> Iterator[Event]:
        room = self._places.room(joined.room_id)
        state = self._places.states.get(joined.room_id)
        if state is None or (is_new and self._has_come(joined.timeline)):
            return
        space = space_ref(joined.room_id) if state.is_space else None
        if room is None and (space is None or not self._places.serves(joined.room_id)):
            return
        for user_id in dict.fromkeys(_concerned(joined.timeline)):
            member = state.members.get(user_id)
            if user_id == self._places.me or member is None:
                continue
            if member.membership in ("invite", "knock"):
                continue
            account = self._places.account(user_id, joined.room_id)
            is_present = member.membership == "join"
            where = None if room is None else room.ref
            yield MemberChanged(where, account, is_present, space if where is None else None)

    def _has_come(self, timeline: Iterable[RawEvent]) -> bool:
        """Whether our own coming is told, so that all else is what was there already."""
        return any(
            each.get("state_key") == self._places.me
            and mapping(each.get("content")).get("membership") == "join"
            for each in timeline
            if each.get("type") == "m.room.member"
        )


def _concerned(timeline: Iterable[RawEvent]) -> Iterator[str]:
    """Yield those of whose coming, going, names or power is told."""
    for event in timeline:
        if event.get("type") == "m.room.member" and text(event.get("state_key")):
            yield text(event.get("state_key"))
        elif event.get("type") == "m.room.power_levels" and event.get("state_key") == "":
            before = mapping(mapping(event.get("unsigned")).get("prev_content")).get("users")
            now = mapping(mapping(event.get("content")).get("users"))
            for user_id in sorted(now.keys() | mapping(before).keys()):
                if now.get(user_id) != mapping(before).get(user_id):
                    yield user_id


def _room(room_id: str, place: Place) -> Room:
    ref = RoomRef(space_ref(place.space), room_id)
    return Room(ref, place.name, place.kind)
