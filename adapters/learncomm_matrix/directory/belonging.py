"""Which space a room belongs to: where space and room agree on it. Pure.

Anybody can make a space that lists the rooms of others, and whoever leads the space of a room leads there.
So being listed is not enough: the room says it too, by naming the space as its parent or as the one whose
members may join; or whoever listed it has the power to say so in the room.
"""

from collections.abc import Container, Iterator, Mapping

from learncomm_matrix.directory.state import RoomState

TOGETHER_MS = 24 * 3600 * 1000
"""Brought into a room and into its space within so long, it is one act, in whichever order."""


def belongs(room: RoomState, space: RoomState) -> bool:
    """Whether a room is directly in a space, by both."""
    child = space.children.get(room.id)
    if child is None or not child.is_listed or not space.is_space or room.id == space.id:
        return False
    if space.id in room.parents:
        return True
    if space.id in room.allowed and room.join_rule in ("restricted", "knock_restricted"):
        return True
    by = room.members.get(child.listed_by)
    is_there = by is not None and by.membership == "join"
    asked = max(room.needed("m.space.parent", is_state=True), 50)
    return is_there and room.power(child.listed_by) >= asked


def ancestors(room: RoomState, known: Mapping[str, RoomState]) -> list[str]:
    """Return all spaces that a room is in, the nearest first, and among these its main one."""
    spaces = [each for each in known.values() if each.is_space and each.replacement is None]
    found: dict[str, None] = {}
    ring = [room]
    while ring:
        above = [
            (not child.parents.get(each.id, False), each.id, each)
            for child in ring
            for each in spaces
            if each.id not in found and each.id != room.id and belongs(child, each)
        ]
        ring = [each for _, _, each in sorted(above, key=lambda one: one[:2])]
        found |= dict.fromkeys(each.id for each in ring)
    return list(found)


def home(
    room: RoomState,
    known: Mapping[str, RoomState],
    wanted: Container[str],
    kept: str | None,
    me: str,
) -> str:
    """Return the id of the space that a room belongs to; its own where it is in none.

    Args:
        room: Whose.
        known: All rooms that the agent is in.
        wanted: The spaces that the operator chose; the topmost ones where empty.
        kept: Where it was until now. It stays there while it can: what is kept of a room is kept there.
        me: The agent's account.
    """
    above = ancestors(room, known)
    if kept is not None and kept != room.id:
        # While the agent is out of that space, nobody tells whether it lists the room still.
        is_let_go = kept in known and kept not in above and bool(above)
        return _choose(room, above, known, wanted) if is_let_go else kept
    found = _choose(room, above, known, wanted)
    if kept is None or found == room.id:
        return found
    # It was a community of its own, which it stays, unless both are still quite new.
    return found if _came_together(room, known[found], me) else kept


def before(room: RoomState, known: Mapping[str, RoomState]) -> RoomState | None:
    """Return the room whose place a room has taken, where both say so."""
    old = known.get(room.predecessor or "")
    return old if old is not None and old.replacement == room.id else None


def _choose(
    room: RoomState, above: list[str], known: Mapping[str, RoomState], wanted: Container[str]
) -> str:
    chosen = [each for each in above if each in wanted]
    tops = list(_tops(above, known))
    return next(iter(chosen or tops or above), room.id)


def _tops(above: list[str], known: Mapping[str, RoomState]) -> Iterator[str]:
    for each in above:
        if not ancestors(known[each], known):
            yield each


def _came_together(room: RoomState, space: RoomState, me: str) -> bool:
    here, there = room.members.get(me), space.members.get(me)
    if here is None or there is None or here.since_ms is None or there.since_ms is None:
        return False
    return abs(here.since_ms - there.since_ms) <= TOGETHER_MS
