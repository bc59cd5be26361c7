"""The direct talk with each person, made where there is none."""

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import NotPermittedError
from learncomm_matrix.directory.direct import Direct
from learncomm_matrix.directory.place import PLATFORM
from learncomm_matrix.directory.places import Places
from learncomm_matrix.options import Options


class Talks:
    """Opens direct talks, one with each."""

    def __init__(self, places: Places, direct: Direct, options: Options) -> None:
        """Take what it needs."""
        self._places = places
        self._direct = direct
        self._options = options

    async def room(self, account: AccountRef) -> RoomRef:
        """Return the direct talk with an account; makes one where there is none.

        Raises:
            NotPermittedError: They share no space with the agent that is served.
            PlatformError: There is none, and none could be made.
        """
        user = account.id
        if account.platform != PLATFORM or user == self._places.me:
            raise NotPermittedError(f"account {user!r} is not here")
        async with self._places.making:
            there = self._places.talk(user)
            if there is not None:
                return there
            space = self._places.home(user)
            if space is None:
                raise NotPermittedError(f"account {user!r} is not here")
            made = self._left(user)
            if made is not None:
                await self._direct.reopen(made, user)
            else:
                made = await self._direct.open(user, is_encrypted=self._encrypts(user))
            return self._places.adopt_talk(made, space, user)

    def _left(self, user_id: str) -> str | None:
        """Return the talk that somebody has left or declined, so that there is never more than one."""
        for room_id in self._direct.of(user_id):
            state = self._places.state(room_id)
            if state is None or (state.is_encrypted and not self._options.encrypted):
                continue
            me = self._places.me
            is_alone = state.joined | state.invited == {me} and user_id not in state.banned
            if is_alone and state.power(me) >= state.needed_to("invite"):
                return room_id
        return None

    def _encrypts(self, user_id: str) -> bool:
        """Whether somebody is in an encrypted room with us, so that their talk is encrypted as well."""
        return self._options.encrypted and any(
            each.is_encrypted and user_id in each.joined for each in self._places.states.values()
        )
