"""Who may read what: the rooms whose content a reader of a reply may see there already.

It follows from the rules of all rooms that the agent is in (`rules`), which are believed while it is told
of their changes. What was written while newcomers could not look back is shown in its own room alone, and
so is what stands in direct talks. What is encrypted is never shown where it is not.
"""

from collections.abc import Callable

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.errors import DisconnectedError, RoomGoneError
from learncomm_matrix.audience.rules import People, Rules
from learncomm_matrix.directory.place import PLATFORM
from learncomm_matrix.directory.places import Places


class Readers:
    """Answers from join rules, members and the visibility of the past; what is not known is left out."""

    def __init__(self, places: Places, is_ready: Callable[[], bool]) -> None:
        """Take the rooms, and who says whether all that happens is told now."""
        self._places = places
        self._is_ready = is_ready
        self._rules: tuple[int, Rules] | None = None
        self._found: dict[str, frozenset[RoomRef]] = {}

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content all in the audience may read.

        Raises:
            DisconnectedError: What they may read may have changed, and is not told now.
        """
        self._check()
        if audience.account is not None:
            return self._of_account(audience.account, audience.space)
        assert audience.room is not None
        try:
            room_id = self._places.where(audience.room).room_id
        except RoomGoneError:
            return frozenset()
        return self._of_room(room_id) | {audience.room}

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether everyone in the space may read a room, also who comes later; see `OpenRooms`.

        Raises:
            RoomGoneError: The room is not there any more, or closed to the agent.
            DisconnectedError: It is not known now.
        """
        self._check()
        room_id = self._places.where(room).room_id
        if not self._may_be_shown(room_id):
            return False
        rules = self._now()
        if not self._places.states[room.space.id].is_known:
            return False
        others = (each for each in self._places.rooms(room.space.id) if self._may_be_known(each))
        states = self._places.states
        there = frozenset[str]().union(*(states[each].joined for each in others))
        everyone = rules.most(room.space.id) | People(there - {self._places.me})
        return everyone.within(rules.sure(room_id))

    def person(self, room_id: str) -> str | None:
        """Return with whom a room is a direct talk, by id; None where it is none, or no longer."""
        state, user = self._places.state(room_id), self._places.partner(room_id)
        is_so = (
            state is not None and user is not None and self._places.direct.partner(state) == user
        )
        return user if is_so else None

    def may_read(self, room_id: str, user_id: str) -> bool:
        """Whether somebody may read a room; nobody may what is unknown."""
        return self._now().may_read(room_id, user_id)

    def hidden(self, space: SpaceRef) -> list[str]:
        """Return the rooms of a space whose past newcomers can't read."""
        rooms = self._places.rooms(space.id)
        return [
            each for each in rooms if self._may_be_known(each) and self._places.hides_past(each)
        ]

    def _of_room(self, room_id: str) -> frozenset[RoomRef]:
        rules = self._now()
        if room_id not in self._found:
            found = {self._ref(room_id)}
            if self._may_be_known(room_id):
                found |= {
                    self._ref(each)
                    for each in self._places.rooms()
                    if self._may_be_shown(each)
                    and rules.implies(room_id, each)
                    and not self._is_encrypted(each)
                }
            self._found[room_id] = frozenset(found)
        return self._found[room_id]

    def _of_account(self, account: AccountRef, space: SpaceRef | None) -> frozenset[RoomRef]:
        if account.platform != PLATFORM or account.id == self._places.me:
            return frozenset()
        wanted = list(self._places.spaces()) if space is None else [space.id]
        rules = self._now()
        found: set[RoomRef] = set()
        for each in wanted:
            if space is not None and space.platform != PLATFORM:
                continue
            if not self._places.serves(each) or not self._places.is_in(account.id, each):
                continue
            found |= {
                self._ref(room_id)
                for room_id in self._places.rooms(each)
                if self._may_be_shown(room_id)
                and rules.sure(room_id).has(account.id)
                and self._may_hear(account.id, room_id)
            }
            if (talk := self._places.talk(account.id, each)) is not None:
                found.add(talk)
        return frozenset(found)

    def _may_hear(self, user_id: str, room_id: str) -> bool:
        """Whether somebody may be told alone what stands in a room that is encrypted, if it is.

        Only those who are in it have its keys, and only in an encrypted talk it stays what it was.
        """
        if not self._is_encrypted(room_id):
            return True
        talk = self._places.talk(user_id)
        is_safe = talk is None or self._is_encrypted(talk.id)
        return is_safe and user_id in self._places.states[room_id].joined

    def _is_encrypted(self, room_id: str) -> bool:
        state = self._places.state(room_id)
        return state is not None and state.is_encrypted

    def _may_be_known(self, room_id: str) -> bool:
        """Whether it is no direct talk."""
        return self._places.partner(room_id) is None

    def _may_be_shown(self, room_id: str) -> bool:
        """Whether others than who is in a room may ever be shown what stands in it."""
        return self._may_be_known(room_id) and not self._places.hides_past(room_id)

    def _ref(self, room_id: str) -> RoomRef:
        space = self._places.space_of(room_id)
        assert space is not None  # it is one of those that are served
        return RoomRef(space, room_id)

    def _now(self) -> Rules:
        """Return the rules as they are now."""
        revision = self._places.revision
        if self._rules is None or self._rules[0] != revision:
            self._rules = (revision, Rules(dict(self._places.states), self._places.me))
            self._found.clear()
        return self._rules[1]

    def _check(self) -> None:
        if not self._is_ready():
            raise DisconnectedError("what happens is not told now")
