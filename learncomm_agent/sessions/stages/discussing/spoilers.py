"""The spoiler fence: nobody learns from us what comes after the portion that is due. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.state import Entry

_NEAR = 1e-6


def portion_of(scene: Scene) -> Mapping[str, Any] | None:
    """Return the portion that is due in the repetition in which a stage stands."""
    portions = scene.session.results.get("portions") or []
    if not isinstance(portions, list) or scene.round >= len(portions):
        return None
    found = portions[scene.round]
    return found if isinstance(found, Mapping) and "to" in found else None


def is_early(scene: Scene, entry: Entry, portion: Mapping[str, Any]) -> bool:
    """Whether an entry is about something that comes after a portion, as far as is known.

    An entry, or the one that it is made of (`of`), may say in its fields of which portion it is
    (`portion`, its number), or how far one has to have read for it (`place`, from 0 to 1).
    """
    of = entry.fields.get("of")
    origin = scene.entry(of) if isinstance(of, int) else None
    told = {**(origin.fields if origin is not None else {}), **entry.fields}
    number, place = told.get("portion"), told.get("place")
    due = portion.get("n")
    if isinstance(number, int) and isinstance(due, int):
        return number > due
    return isinstance(place, float) and place > float(portion["to"]) + _NEAR


def behind(scene: Scene, portion: Mapping[str, Any], members: Iterable[int]) -> tuple[int, ...]:
    """Return which of some members have said that they have read less than a portion."""
    people, to = scene.session.people, float(portion["to"]) - _NEAR
    found = []
    for id in members:
        person = people.get(id)
        if person is not None and person.place is not None and person.place < to:
            found.append(id)
    return tuple(found)
