"""Rooms and people by what somebody calls them, for the questions of a form."""

from collections.abc import Iterator

from learncomm_agent.chat.forms import FieldKind
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_matrix.directory.places import Places

_LINK = "https://matrix.to/#/"


class Naming:
    """Finds what is in a room's space; of two with one name, none."""

    def __init__(self, places: Places) -> None:
        """Take what it needs."""
        self._places = places

    def account(self, room: Room, ref: AccountRef) -> Account:
        """Return somebody as they are in a room now."""
        return self._places.account(ref.id, room.ref.id.partition("/")[0])

    def find(self, room: Room, kind: FieldKind, said: str) -> str | None:
        """Return the id of a room or person that somebody names; None where nobody knows which."""
        name = said.strip().removeprefix(_LINK)
        match kind:
            case FieldKind.MEMBER:
                names = self._people(room)
            case FieldKind.ROOM:
                names = self._rooms(room.ref.space)
            case _:
                return None
        wanted = {name.casefold(), name.lstrip("@#").casefold()}
        found = {id for id, called in names if id == name or called.casefold() in wanted}
        return found.pop() if len(found) == 1 else None

    def room(self, space: SpaceRef, id: str) -> Room | None:
        """Return a room by its id; None where it is not served."""
        room_id, _, thread = id.partition("/")
        found = self._places.room(room_id, thread or None)
        return found if found is not None and found.ref.space == space else None

    def _people(self, room: Room) -> Iterator[tuple[str, str]]:
        for room_id in (room.ref.id.partition("/")[0], *self._places.rooms(room.ref.space.id)):
            state = self._places.state(room_id)
            if state is None or self._places.partner(room_id) is not None:
                continue
            for user_id, member in state.members.items():
                if member.membership == "join" and user_id != self._places.me:
                    yield user_id, member.name

    def _rooms(self, space: SpaceRef) -> Iterator[tuple[str, str]]:
        for room_id in self._places.rooms(space.id):
            yield room_id, self._places.title(room_id)
            state = self._places.state(room_id)
            if state is not None and state.alias:
                yield room_id, state.alias.lstrip("#")
