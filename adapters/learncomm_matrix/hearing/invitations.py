"""Invitations, which are taken from whom the operator lets invite; and rooms of a space that are open to us.

To join may take long, and a homeserver lets nobody join many rooms at once. So it is done beside what is
heard, and what is to be joined is kept until it is, or is refused.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.clock import Clock
from learncomm_agent.errors import PlatformError, RateLimitedError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import RawEvent, mapping, text, texts
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.places import Places
from learncomm_matrix.directory.state import RoomState
from learncomm_matrix.faults import FINAL
from learncomm_matrix.options import Options

AGAIN_S = 60.0
"""How long to wait after what can't be joined just now."""
TRIED_FOR = timedelta(days=1)
_KIND = "wanted"
_OPEN = frozenset({"public", "restricted", "knock_restricted"})
_log = logger(__name__)


class Invitations:
    """Knows which rooms are to be joined, and joins them."""

    def __init__(
        self, homeserver: Homeserver, places: Places, options: Options, notes: Notes, clock: Clock
    ) -> None:
        """Take what it needs; the notes are loaded by whoever made them."""
        self._homeserver = homeserver
        self._places = places
        self._options = options
        self._notes = notes
        self._clock = clock
        self._followed: set[str] = set()
        self._tries: Counter[str] = Counter()
        self._is_new = asyncio.Event()

    async def take(self, invited: Mapping[str, tuple[RawEvent, ...]]) -> None:
        """Note the rooms that we are invited to, and which of them are direct talks.

        Raises:
            PlatformError: The disk did not take it.
        """
        for room_id, told in invited.items():
            inviter, is_direct = _inviter(told, self._places.me)
            if not inviter or not self._options.may_invite(inviter):
                _log.info("invitation not taken", room=room_id, inviter=inviter)
                continue
            await self._want(room_id, talk_with=inviter if is_direct else "")

    async def follow(self, rooms: Iterable[RoomState]) -> None:
        """Note the rooms that took the place of some, and those of spaces where the operator wants that.

        Raises:
            PlatformError: The disk did not take it.
        """
        for state in list(rooms):
            new = state.replacement
            if new is not None and new not in self._places.states and self._is_first(new):
                await self._want(new)
            if self._options.join_space_rooms and state.is_space:
                await self._follow_children(state)

    async def run(self) -> None:
        """Join what is to be joined, again and again, until it is cancelled."""
        while True:
            self._is_new.clear()
            wait_s = AGAIN_S
            try:
                wait_s = max(wait_s, await self.join())
            except PlatformError as error:
                _log.warning("rooms not joined", error=for_log(error))
            is_left = bool(self._notes.all(_KIND))
            try:
                waiting = self._is_new.wait()
                await self._clock.idle(
                    waiting, "invitations", timeout_s=wait_s if is_left else None
                )
            except TimeoutError:
                continue

    async def join(self) -> float:
        """Try once to join each room, what was tried least first; return how long we are asked to wait.

        Raises:
            PlatformError: The disk did not take it.
        """
        for room_id in sorted(self._notes.all(_KIND), key=lambda each: self._tries[each]):
            wished = mapping(self._notes.get(_KIND, room_id))
            try:
                await self._homeserver.join(room_id, texts(wished.get("via")))
            except RateLimitedError as error:
                _log.info("room not joined yet", room=room_id, reason=for_log(error))
                return error.retry_after_s
            except PlatformError as error:
                _log.warning("room not joined", room=room_id, error=for_log(error))
                self._tries[room_id] += 1
                if not isinstance(error, FINAL) and not self._is_old(wished):
                    continue
            else:
                _log.info("room joined", room=room_id)
                await self._note_talk(text(wished.get("talk_with")), room_id)
            await self._notes.put(Note(_KIND, room_id))
            del self._tries[room_id]
        return 0.0

    async def _want(self, room_id: str, *, talk_with: str = "", via: Iterable[str] = ()) -> None:
        wished = {"talk_with": talk_with, "via": [*via], "at": self._clock.now().isoformat()}
        await self._notes.put(Note(_KIND, room_id, wished))
        self._is_new.set()

    async def _follow_children(self, space: RoomState) -> None:
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
                await self._want(child.room_id, via=child.via)

    def _is_first(self, room_id: str) -> bool:
        """Whether a room was not tried yet: a refusal is taken for an answer until the next start."""
        if room_id in self._followed:
            return False
        self._followed.add(room_id)
        return True

    def _is_old(self, wished: Mapping[str, object]) -> bool:
        """Whether it was tried for long enough; nobody waits for a server that is gone for good."""
        return self._clock.now() - datetime.fromisoformat(text(wished.get("at"))) > TRIED_FOR

    async def _note_talk(self, user_id: str, room_id: str) -> None:
        if not user_id:
            return
        try:
            await self._places.direct.note(user_id, room_id)
        except PlatformError as error:  # the invitation says it, too
            _log.warning("talk not noted", room=room_id, error=for_log(error))


def _inviter(told: tuple[RawEvent, ...], me: str) -> tuple[str, bool]:
    """Return who invited us, and whether to a direct talk; nobody where that is not told."""
    for event in told:
        content = mapping(event.get("content"))
        is_ours = event.get("type") == "m.room.member" and event.get("state_key") == me
        if is_ours and content.get("membership") == "invite":
            return text(event.get("sender")), content.get("is_direct") is True
    return "", False
