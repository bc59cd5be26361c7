"""Rooms, threads and spaces of Matrix by the core's references, and people as accounts.

A space is where a community lives; a room in no space is a space of its own, and so is one whose space
does not know of it (`belonging`). Where a room belongs is kept, as what is kept of it is kept there. A room
of a space that the agent was taken out of is not served before the agent is brought back.
A thread's id is its room's and that of the message that it begins with.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.people import Account, SpaceRef
from learncomm_agent.errors import RoomGoneError
from learncomm_matrix.connection.answers import JoinedRoom
from learncomm_matrix.directory.belonging import before, home
from learncomm_matrix.directory.direct import Direct
from learncomm_matrix.directory.place import PLATFORM, Place, Where, account_ref, space_ref
from learncomm_matrix.directory.state import Member, RoomState, moment
from learncomm_matrix.options import Options

_PLACE = "place"
_MOST_KNOWN = 20_000
"""So many people in rooms are remembered as accounts."""


class Places:
    """Knows all rooms that the agent is in."""

    def __init__(self, notes: Notes, options: Options, me: str, direct: Direct) -> None:
        """Take what it needs; the notes are loaded by whoever made them."""
        self._notes = notes
        self._options = options
        self.me = me
        self.direct = direct
        self._states: dict[str, RoomState] = {}
        self._places: dict[str, Place] = {}
        for room_id, record in notes.all(_PLACE).items():
            if (place := Place.of(record)) is not None:
                self._places[room_id] = place
        self._left: set[str] = set()
        self._made: dict[str, tuple[str, str]] = {}
        """By room of our own: who was invited into a direct talk, or whose private thread it is."""
        self.making = asyncio.Lock()
        """Held while a room of ours is made, and while what is new is taken: what it is must be known first."""
        self._settled = -1
        self.revision = 0
        """Another one after each change; who keeps what follows from the rooms forgets it then."""
        self._known_at = 0
        self._accounts: dict[tuple[str, str], Account] = {}
        self._rooms: dict[str, Room] = {}

    # What is told.

    def apply(self, joined: JoinedRoom) -> None:
        """Take what is new in a room; may be told again."""
        room_id = joined.room_id
        is_whole = any(
            each.get("type") == "m.room.create" for each in (*joined.state, *joined.timeline)
        )
        state = None if is_whole else self._states.get(room_id)
        if state is None:
            state = self._states[room_id] = self._begun(room_id)
            self.revision += 1
        for event in (*joined.state, *joined.timeline):
            state.apply(event)
        if joined.state or any(_is_state(each) for each in joined.timeline):
            self.revision += 1

    def talks(self, direct: Mapping[str, tuple[str, ...]]) -> None:
        """Take which rooms are noted as direct talks."""
        self.direct.told(direct)
        self.revision += 1

    def leave(self, room_id: str) -> None:
        """Take that the agent is no longer in a room."""
        self._left.add(room_id)
        self._states.pop(room_id, None)
        self.revision += 1

    def settle(self) -> dict[str, tuple[Place | None, Place | None]]:
        """Say anew what belongs where; returns what was and what is, of the rooms where that differs.

        What it returns is to be kept (`keep`) once it was told. Spaces are among them.
        """
        if self.revision == self._settled:  # as with most of what is said
            return {}
        changed: dict[str, tuple[Place | None, Place | None]] = {}
        for room_id, state in self._states.items():
            if not state.is_known:
                continue
            was = self._kept(room_id)
            self._places[room_id] = self._place(state, self._places.get(room_id))
            if was != self._places[room_id]:
                changed[room_id] = (was, self._places[room_id])
        self.revision += 1
        for room_id in self._left:
            was = self._kept(room_id)
            if was is not None and not was.is_gone and room_id not in self._states:
                changed[room_id] = (was, None)
        return changed

    async def keep(self, changed: Iterable[str]) -> None:
        """Keep what these rooms are now, as it was told to whom it concerns.

        Of rooms that were left, it is kept where they belonged, for when the agent comes back, and no name.

        Raises:
            PlatformError: The disk did not take it.
        """
        notes = []
        for room_id in changed:
            place = self._places[room_id]
            is_gone = room_id not in self._states
            if is_gone and self._kept(room_id) is None:
                continue
            name = "" if is_gone else place.name
            notes.append(Note(_PLACE, room_id, replace(place, name=name, is_gone=is_gone).record()))
        await self._notes.put(*notes)
        self._left.clear()
        self._settled = self.revision

    def adopt(self, room_id: str, parent: RoomRef) -> RoomRef:
        """Return a room that we have just made as a private thread of another, of the same space.

        That it is one stands in the room itself, which will be told.
        """
        self._made[room_id] = ("", parent.id.partition("/")[0])
        self._await(room_id, Place(parent.space.id, "", RoomKind.THREAD))
        return RoomRef(parent.space, room_id)

    def adopt_talk(self, room_id: str, space_id: str, user_id: str) -> RoomRef:
        """Return a room into which we have just invited somebody as into a direct talk, of a space."""
        self._made[room_id] = (user_id, "")
        place = Place(space_id, user_id, RoomKind.DIRECT, user_id)
        self._await(room_id, place)
        if user_id not in self._states[room_id].joined:
            self._states[room_id].members[user_id] = Member("invite", user_id)
        self._places[room_id] = place
        self.revision += 1
        return RoomRef(self.space_of(room_id) or space_ref(space_id), room_id)

    def _await(self, room_id: str, place: Place) -> None:
        """Serve a room that we made before the homeserver tells of it."""
        if room_id not in self._states:
            state = self._states[room_id] = self._begun(room_id)
            state.members[self.me] = Member("join", self.me)
            self._places[room_id] = place
            self.revision += 1

    def _begun(self, room_id: str) -> RoomState:
        """Return a room as it is before anything is told of it: the homeserver tells of a new one in pieces."""
        state = RoomState(room_id)
        user, parent = self._made.get(room_id, ("", ""))
        if user:
            state.members[user] = Member("invite", user)
        if parent:
            state.mark = (self.me, parent)
        return state

    # What is there.

    @property
    def states(self) -> Mapping[str, RoomState]:
        """All rooms and spaces that the agent is in, by their ids; not to be changed."""
        return self._states

    def state(self, room_id: str) -> RoomState | None:
        """Return what a room is now; None where the agent is not in it."""
        return self._states.get(room_id)

    def space_of(self, room_id: str) -> SpaceRef | None:
        """Return the space that a room belongs to; None where the room or the space is not served."""
        place, state = self._places.get(room_id), self._states.get(room_id)
        if place is None or state is None or not self.serves(place.space):
            return None
        return space_ref(place.space)

    def serves(self, space_id: str) -> bool:
        """Whether a space is one that the agent is in, and that the operator wants to be served."""
        return space_id in self._states and self.is_wanted(space_id)

    def is_wanted(self, space_id: str) -> bool:
        """Whether the operator wants a space to be served."""
        return not self._options.spaces or space_id in self._options.spaces

    def spaces(self) -> dict[str, str]:
        """Return the names of the spaces that have rooms, or are spaces, and are wanted, by their ids."""
        found = {
            place.space
            for room_id, place in self._places.items()
            if room_id in self._states and self.serves(place.space)
        }
        return {each: self.title(each) for each in sorted(found)}

    def rooms(self, space_id: str | None = None) -> list[str]:
        """Return the ids of the rooms that are served, or of those in one space; no space is a room."""
        return [
            room_id
            for room_id, state in self._states.items()
            if not state.is_space
            and (ref := self.space_of(room_id)) is not None
            and space_id in (None, ref.id)
        ]

    def kind(self, room_id: str) -> RoomKind:
        """Return what sort of room it is."""
        place = self._places.get(room_id)
        return RoomKind.ROOM if place is None else place.kind

    def partner(self, room_id: str) -> str | None:
        """Return whose direct talk a room is; None where it is none."""
        place = self._places.get(room_id)
        is_talk = place is not None and place.kind is RoomKind.DIRECT
        return place.user if place is not None and is_talk and place.user else None

    def hides_past(self, room_id: str) -> bool:
        """Whether newcomers can't read all that was written while the agent was there."""
        place = self._places.get(room_id)
        return place is None or place.hides_past

    def room(self, room_id: str, thread: str | None = None) -> Room | None:
        """Return a room, or a thread in it; None where it is not served."""
        self._forget_changed()
        trunk = self._rooms.get(room_id)
        if trunk is None:
            space = self.space_of(room_id)
            if space is None or self._states[room_id].is_space:
                return None
            name = self._places[room_id].name or self.title(room_id)
            trunk = self._rooms[room_id] = Room(RoomRef(space, room_id), name, self.kind(room_id))
        if thread is None:
            return trunk
        ref = RoomRef(trunk.ref.space, f"{room_id}/{thread}")
        return Room(ref, trunk.name, RoomKind.THREAD, trunk.ref)

    def where(self, ref: RoomRef) -> Where:
        """Return the room of Matrix that a reference means, and the thread.

        Raises:
            RoomGoneError: There is none, it is not served, or it belongs to another space.
        """
        room_id, _, thread = ref.id.partition("/")
        if ref.platform != PLATFORM or self.space_of(room_id) != ref.space:
            raise RoomGoneError(f"there is no room {ref.id!r}")
        if self._states[room_id].is_space:
            raise RoomGoneError(f"room {ref.id!r} is a space")
        return Where(room_id, thread or None)

    def title(self, room_id: str) -> str:
        """Return what a room is called: by its name, its address, or those who are in it."""
        state = self._states.get(room_id)
        if state is None:
            return room_id
        if state.name or state.alias:
            return state.name or state.alias
        others = sorted(
            each.name
            for user, each in state.members.items()
            if user != self.me and each.membership in ("join", "invite")
        )
        return ", ".join(others[:3])[:200] or room_id

    def name(self, user_id: str, room_id: str) -> str | None:
        """Return what somebody is called in a room; None where they are not known there."""
        state = self._states.get(room_id)
        member = None if state is None else state.members.get(user_id)
        return None if member is None else member.name

    def account(self, user_id: str, room_id: str) -> Account:
        """Return what is told of somebody who wrote or acted in a room."""
        self._forget_changed()
        key = user_id, room_id
        found = self._accounts.get(key)
        if found is None:
            found = self._accounts[key] = self._account(user_id, room_id)
        return found

    def _account(self, user_id: str, room_id: str) -> Account:
        state, place = self._states.get(room_id), self._places.get(room_id)
        ref = account_ref(user_id)
        member = None if state is None else state.members.get(user_id)
        if member is None:
            return Account(ref, user_id)
        since = None if member.since_ms is None else moment(member.since_ms)
        leads = self.leads(user_id, room_id if place is None else place.space)
        return Account(ref, member.name, is_leader=leads, since=since)

    def _forget_changed(self) -> None:
        """Forget what follows from the rooms as they were; people speak far more often than rooms change."""
        if self._known_at != self.revision or len(self._accounts) > _MOST_KNOWN:
            self._accounts.clear()
            self._rooms.clear()
            self._known_at = self.revision

    def leads(self, user_id: str, space_id: str) -> bool:
        """Whether somebody has the power of a leader in a space, and is in it."""
        state = self._states.get(space_id)
        member = None if state is None else state.members.get(user_id)
        if state is None or member is None or member.membership != "join":
            return False
        return state.power(user_id) >= self._options.leader_level

    # Direct talks.

    def home(self, user_id: str) -> str | None:
        """Return the id of the space that somebody and the agent share; the same as long as they do."""
        found = [
            each
            for each in self.spaces()
            if self.partner(each) is None and self.is_in(user_id, each)
        ]
        return min(found, key=self._met_at, default=None)

    def is_in(self, user_id: str, space_id: str) -> bool:
        """Whether somebody is in a space, or in a room of it that is no direct talk."""
        rooms = (each for each in self.rooms(space_id) if self.partner(each) is None)
        return any(
            self._states[each].members[user_id].membership == "join"
            for each in (space_id, *rooms)
            if each in self._states and user_id in self._states[each].members
        )

    def talk(self, user_id: str, space_id: str | None = None) -> RoomRef | None:
        """Return the direct talk with somebody in which we can speak, of one space where that is named."""
        for room_id, state in self._states.items():
            if state.is_encrypted and not self._options.encrypted:
                continue
            if self.partner(room_id) == user_id and self.direct.partner(state) == user_id:
                space = self.space_of(room_id)
                if space is not None and space_id in (None, space.id):
                    return RoomRef(space, room_id)
        return None

    def _kept(self, room_id: str) -> Place | None:
        return Place.of(self._notes.get(_PLACE, room_id))

    def _place(self, state: RoomState, kept: Place | None) -> Place:
        """Return what a room is, by what is told of it now and what was kept."""
        user = self.direct.partner(state)
        hides = state.hides_past or (
            kept is not None and (kept.hides_past or (state.was_narrow and bool(kept.rule)))
        )
        # What was said in a direct talk is a source for nobody, whoever comes in later.
        hides |= user is None and kept is not None and kept.kind is RoomKind.DIRECT
        kind = RoomKind.ROOM
        if self._is_ours(state):
            kind, user = RoomKind.THREAD, None
        elif user is not None:
            kind = RoomKind.DIRECT
        space = self._space(state, kept, user)
        return Place(space, self.title(state.id), kind, user or "", hides, _rule(state))

    def _is_ours(self, state: RoomState) -> bool:
        """Whether we made it as a private thread."""
        by, parent = state.mark
        return bool(parent) and by == self.me and self.me in state.creators

    def _space(self, state: RoomState, kept: Place | None, user: str | None) -> str:
        if self._is_ours(state):
            parent = self._places.get(state.mark[1])
            if kept is not None and kept.kind is RoomKind.THREAD:
                return kept.space
            return state.id if parent is None else parent.space
        if user is not None:
            if kept is not None and kept.kind is RoomKind.DIRECT and self.serves(kept.space):
                return kept.space
            return self.home(user) or state.id
        old = before(state, self._states)
        followed = None if old is None else self._places.get(old.id)
        last = followed.space if kept is None and followed is not None else None
        if last is not None and old is not None and last == old.id:
            last = None
        known = kept.space if kept is not None else last
        return home(state, self._states, self._options.spaces, known, self.me)

    def _met_at(self, space_id: str) -> tuple[int, str]:
        own = self._states[space_id].members.get(self.me)
        return (own.since_ms or 0 if own is not None else 0, space_id)


def _is_state(event: Mapping[str, Any]) -> bool:
    return "state_key" in event or event.get("type") == "m.room.redaction"


def _rule(state: RoomState) -> str:
    """Return what changes whenever others may read a room by its rules."""
    parts = (state.join_rule, *sorted(state.allowed), state.visibility, str(state.acl))
    return " ".join(parts)[:1000]
