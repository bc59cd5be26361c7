"""What is known of a discussion where two who were in it turn out to be one person. Pure."""

from dataclasses import replace

from learncomm_agent.sessions.events import United
from learncomm_agent.sessions.facilitating.floor import Floor, Seat


def united(floor: Floor, event: United) -> Floor:
    """Return the floor on which two members sit as one person."""
    seats = {id: seat for id, seat in floor.seats.items() if id != event.member}
    if (theirs := floor.seats.get(event.member)) is not None:
        other = seats.get(event.into)
        seats[event.into] = theirs if other is None else _seat(theirs, other)
    recent = tuple(each.united(event.member, event.into) for each in floor.recent)
    return replace(floor, seats=seats, recent=recent, voices=frozenset(event.once(floor.voices)))


def _seat(theirs: Seat, other: Seat) -> Seat:
    """Return the one seat of somebody who had two; the other one's mode holds."""
    return replace(
        other,
        is_host=theirs.is_host or other.is_host,
        turns=theirs.turns + other.turns,
        words=theirs.words + other.words,
        nudged=(*other.nudged, *theirs.nudged),
        is_awaited=theirs.is_awaited and other.is_awaited,
        nudged_before=theirs.nudged_before + other.nudged_before,
    )
