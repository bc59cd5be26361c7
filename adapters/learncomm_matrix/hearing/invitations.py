"""Invitations, which are taken from whom the operator lets invite; and rooms of a space that are open to us."""

from collections.abc import Iterable, Mapping

from learncomm_agent.errors import PlatformError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import RawEvent, mapping, text
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.places import Places
from learncomm_matrix.directory.state import RoomState
from learncomm_matrix.options import Options

_OPEN = frozenset({"public", "restricted", "knock_restricted"})
_log = logger(__name__)


class Invitations:
    """Joins rooms; what can't be joined is left alone, and tried again when it is told again."""

    def __init__(self, homeserver: Homeserver, places: Places, options: Options) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._options = options
        self._followed: set[str] = set()

    async def take(self, invited: Mapping[str, tuple[RawEvent, ...]]) -> None:
        """Join the rooms that we are invited to, and note which of them are direct talks.

        Raises:
            DisconnectedError: The homeserver can't be reached; the invitations are told again.
        """
        for room_id, told in invited.items():
            inviter, is_direct = _inviter(told, self._places.me)
            if not inviter or not self._options.may_invite(inviter):
                _log.info("invitation not taken", room=room_id, inviter=inviter)
                continue
            if await self._join(room_id) and is_direct:
                try:
                    await self._places.direct.note(inviter, room_id)
                except PlatformError as error:
                    _log.warning("talk not noted", room=room_id, error=for_log(error))

    async def follow(self, rooms: Iterable[RoomState]) -> None:
        """Join the rooms that took the place of some, and those of spaces where the operator wants that.

        Raises:
            DisconnectedError: The homeserver can't be reached.
        """
        for state in list(rooms):
            new = state.replacement
            if new is not None and new not in self._places.states and self._is_first(new):
                await self._join(new)
            if self._options.join_space_rooms and state.is_space:
                await self._join_children(state)

    async def _join_children(self, space: RoomState) -> None:
        if not self._places.is_wanted(space.id):
            return
        listed = {id for id, child in space.children.items() if child.is_listed}
        new = {each for each in listed if each not in self._places.states and self._is_first(each)}
        if not new:
            return
        try:
            children = await self._homeserver.children(space.id)
        except PlatformError as error:
            self._followed -= new
            _log.warning("space tells nothing", room=space.id, error=for_log(error))
            return
        for child in children:
            if child.room_id in new and child.join_rule in _OPEN:
                await self._join(child.room_id, child.via)

    def _is_first(self, room_id: str) -> bool:
        """Whether a room was not tried yet: a refusal is taken for an answer until the next start."""
        if room_id in self._followed:
            return False
        self._followed.add(room_id)
        return True

    async def _join(self, room_id: str, via: Iterable[str] = ()) -> bool:
        try:
            await self._homeserver.join(room_id, via)
        except PlatformError as error:
            _log.warning("room not joined", room=room_id, error=for_log(error))
            return False
        _log.info("room joined", room=room_id)
        return True


def _inviter(told: tuple[RawEvent, ...], me: str) -> tuple[str, bool]:
    """Return who invited us, and whether to a direct talk; nobody where that is not told."""
    for event in told:
        content = mapping(event.get("content"))
        is_ours = event.get("type") == "m.room.member" and event.get("state_key") == me
        if is_ours and content.get("membership") == "invite":
            return text(event.get("sender")), content.get("is_direct") is True
    return "", False
