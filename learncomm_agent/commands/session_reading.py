"""How far members of a session have read, by their own words."""

from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_acts import check_known, happen
from learncomm_agent.commands.session_finding import Held, check_open
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.events import Progressed
from learncomm_agent.sessions.methods.pacing import Unit, place_of
from learncomm_agent.sessions.walking import round_of


async def done(context: Context, it: Held, said: str) -> Reply:
    """Say how far one has read; without a word, that one has read what was due.

    Raises:
        UsageError: There is nothing to read, or the words name no place in it.
    """
    check_open(it)
    check_known(context)
    portions = it.session.results.get("portions") or []
    if not portions:
        raise UsageError("nothing to read", phrase="session.nothing_to_read")
    place = place_in(portions, said, round_of(it.session))
    if place is None:
        raise UsageError("no such place", phrase="session.no_place")
    return await happen(context, it, Progressed(context.member.id, place))


def place_in(portions: Sequence[Mapping[str, Any]], said: str, round: int = 0) -> float | None:
    """Return how far somebody has read by their words, from 0 to 1; None where these don't tell.

    Args:
        portions: The plan, as a `schedule` stage leaves it.
        said: A place, such as `chapter 4`; empty for the end of the portion that is due.
        round: Which portion is due, counted from 0.
    """
    if not said.strip():
        return float(portions[min(round, len(portions) - 1)]["to"])
    total = int(portions[-1]["last"])
    found = place_of(said, Unit(portions[-1]["unit"]), total)
    if found is None:
        return None
    reached, before = found * total, 0.0
    for each in portions:
        first, last, to = int(each["first"]) - 1, int(each["last"]), float(each["to"])
        if reached <= last:
            share = max(0.0, (reached - first) / max(1, last - first))
            return round_to(before + (to - before) * share)
        before = to
    return 1.0


def round_to(place: float) -> float:
    """Return a place that is the same however it was computed."""
    return round(min(1.0, max(0.0, place)), 6)
