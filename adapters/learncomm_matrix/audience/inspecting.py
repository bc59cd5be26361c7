"""What the agent may not do in one space, in sentences with the remedy; see `Inspects`."""

from collections.abc import Sequence

from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.platform import Finding
from learncomm_matrix.audience.readers import Readers
from learncomm_matrix.directory.belonging import belongs
from learncomm_matrix.directory.places import Places

_MOST = 10


class Inspecting:
    """Looks at the rooms of a space."""

    def __init__(self, places: Places, readers: Readers) -> None:
        """Take what it needs."""
        self._places = places
        self._readers = readers

    async def inspect(self, space: SpaceRef) -> Sequence[Finding]:
        """Return what is not as it should be, or one finding that says that all is well."""
        found = [
            Finding(
                False, "matrix.lacks_messages", {"room": self._places.title(each), "level": level}
            )
            for each in self._places.rooms(space.id)
            if (level := self._lacked(each)) is not None
        ]
        for phrase, rooms in (
            ("matrix.hides_past", self._readers.hidden(space)),
            ("matrix.not_agreed", self._not_agreed(space)),
        ):
            if rooms:
                some = [self._places.title(each) for each in rooms[:_MOST]]
                found.append(Finding(False, phrase, {"rooms": some}))
        return found or [Finding(True, "matrix.rights_good")]

    def _lacked(self, room_id: str) -> int | None:
        """Return the power level that writing in a room asks for, where the agent has less."""
        state = self._places.states[room_id]
        needed = state.needed("m.room.message")
        return needed if state.power(self._places.me) < needed else None

    def _not_agreed(self, space: SpaceRef) -> list[str]:
        """Return the rooms that a space lists and that don't say that they are in it."""
        states = self._places.states
        listing = states.get(space.id)
        if listing is None or not listing.is_space:
            return []
        children = (states.get(id) for id, child in listing.children.items() if child.is_listed)
        return [each.id for each in children if each is not None and not belongs(each, listing)]
