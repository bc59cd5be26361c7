"""What somebody wishes set up, looked at as a whole: all mistakes at once, or none."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import available_timezones

from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.platform import Roles, ShowsLeaders
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.parsing import NAME_CHARS, several, spellings
from learncomm_agent.commands.read import NOW, since_of
from learncomm_agent.errors import UsageError

AT_ONCE = 25
"""So many rooms or roles can be picked in a form, and so many roles shown in it."""
NONE = frozenset({"none", "-"})
"""How a line of text says that no role leads, or that there is no leaders' room, or no goal."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be as told; the rest stays."""

    roles: frozenset[str] | None = None
    """None leaves them; no role at all is those with a right of their own."""
    rooms: tuple[Room, ...] = ()
    """Rooms to open, or to read from further back."""
    since: datetime | None = None
    """From when on these are read; from their beginning where None."""
    language: str | None = None
    timezone: str | None = None
    desk: tuple[Room, ...] | None = None
    """The leaders' room, or none; None leaves it."""
    goal: str | None = None
    """What the community wants to reach; an empty one ends the older one, None leaves it."""

    @property
    def is_any(self) -> bool:
        """Whether anything is told."""
        return self != Wishes(since=self.since)


async def checked(context: Context, values: Mapping[str, Any]) -> tuple[Wishes, list[UsageError]]:
    """Return what somebody wishes, and all that is wrong with it."""
    mistakes: list[UsageError] = []
    roles = await _roles(context, values["leaders"], mistakes) if "leaders" in values else None
    rooms: tuple[Room, ...] = ()
    if "read" in values:
        found, wrong = await naming.rooms_named(context, several(values["read"]))
        rooms, mistakes = tuple(found), [*mistakes, *wrong]
    if values.get("since", NOW) == NOW:
        rooms = tuple(room for room in rooms if not context.services.directory.reads(room))
    since, language = None, values.get("language")
    try:
        since = await asyncio.to_thread(since_of, context, values.get("since", NOW))
    except UsageError as mistake:
        mistakes.append(mistake)
    spoken = context.words.languages()
    if language is not None and language not in (*spoken, context.community.language):
        mistakes.append(
            UsageError(
                "a language that is not spoken",
                phrase="error.option_choice",
                said=language[:NAME_CHARS],
                choices=list(spoken),
            )
        )
    zone = None
    if "timezone" in values:
        zone = await asyncio.to_thread(zone_named, values["timezone"], mistakes)
    desk = await _desk(context, values["desk"], mistakes) if "desk" in values else None
    goal = _goal(values["goal"]) if "goal" in values else None
    return Wishes(roles, rooms, since, language, zone, desk, goal), mistakes


def _goal(told: str) -> str:
    """Return what somebody wants to reach, on one line; empty where it is none."""
    goal = " ".join(told.split())
    return "" if goal.casefold() in NONE else goal


async def _desk(context: Context, told: str, mistakes: list[UsageError]) -> tuple[Room, ...]:
    """Return the room in which leaders look drafts over, among those that the leader reads; none of them."""
    if not told or told.casefold() in NONE:
        return ()
    found, wrong = await naming.rooms_named(context, [told])
    mistakes += wrong
    return tuple(found)


async def _roles(context: Context, told: str, mistakes: list[UsageError]) -> frozenset[str] | None:
    """Return the roles that are named, by the platform's ids; whoever chooses must go on leading."""
    is_none = not told or told.casefold() in NONE
    wanted = [] if is_none else several(told) or [told]  # a mere comma is a slip
    found = await _found(context, wanted, mistakes)
    if len(found) > AT_ONCE:
        mistakes.append(UsageError("too many roles", phrase="setup.many_roles", most=AT_ONCE))
    if not context.has_right and found.isdisjoint(context.roles) and not mistakes:
        mistakes.append(UsageError("locks themselves out", phrase="setup.locks_out"))
    return found


async def _found(context: Context, wanted: list[str], mistakes: list[UsageError]) -> frozenset[str]:
    platform = context.platform
    if not isinstance(platform, Roles):
        # Without names, only what was picked there can be trusted to be one.
        is_picked = context.via is Via.FORM and isinstance(platform, ShowsLeaders)
        if wanted and not is_picked:
            mistakes.append(UsageError("no roles here", phrase="setup.no_roles"))
        return frozenset(wanted)
    names = await platform.roles(context.room.ref.space) if wanted else {}
    found = set()
    for each in wanted:
        spelled = spellings(each)
        fit = [one for one in spelled if one in names][:1]
        if not fit:
            said = {one.casefold() for one in spelled}
            fit = [id for id, name in names.items() if name.lstrip("@").casefold() in said]
        found.update(fit[:1])
        if len(fit) != 1:
            key = "setup.several_roles" if fit else "setup.no_role"
            mistakes.append(UsageError("no one role", phrase=key, role=each[:NAME_CHARS]))
    return frozenset(found)


def zone_named(told: str, mistakes: list[UsageError]) -> str | None:
    """Return the time zone of a name, in small or capital letters. Blocks."""
    names = {name.casefold(): name for name in available_timezones()}
    said = told.strip().replace(" ", "_").casefold()
    if said in names:
        return names[said]
    # A town alone will do to find its zone by.
    towns = {name.rpartition("/")[2]: name for name in sorted(names, reverse=True)}
    near = get_close_matches(said, [*names, *towns], n=1, cutoff=0.7)
    nearest = names[towns.get(near[0], near[0])] if near else ""
    mistakes.append(
        UsageError("no time zone", phrase="setup.no_zone", zone=told[:NAME_CHARS], nearest=nearest)
    )
    return None
