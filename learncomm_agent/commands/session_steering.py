"""What a leader does with a session that runs: on, wait, longer, another time, the end; and with its list."""

import asyncio
from datetime import datetime

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.parsing import NAME_CHARS
from learncomm_agent.commands.session_acts import happen, more_on, told
from learncomm_agent.commands.session_finding import (
    Held,
    check_open,
    check_steers,
    in_its_room,
)
from learncomm_agent.commands.session_planning import known, zone_of
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.sessions.events import Act, Steered
from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.moments import read_moment

SURE = frozenset({"now", "yes", "jetzt", "ja"})


async def steered(context: Context, it: Held, act: Act, value: str = "") -> Reply:
    """Let a leader act on a session.

    Raises:
        NotAllowedError: They lead neither it nor this community.
        UsageError: It has ended, or not begun.
    """
    check_steers(it)
    event = Steered(context.member.id, act, value)
    more = more_on(context, it, ("resume",)) if act is Act.PAUSE else ()
    return await happen(context, it, event, more=more)


async def go_on(context: Context, it: Held, said: str) -> Reply:
    """Close the stage now, with what came of it."""
    return await steered(context, it, Act.NEXT)


async def pause(context: Context, it: Held, said: str) -> Reply:
    """Let a session wait."""
    return await steered(context, it, Act.PAUSE)


async def resume(context: Context, it: Held, said: str) -> Reply:
    """Let it go on."""
    return await steered(context, it, Act.RESUME)


async def extend(context: Context, it: Held, said: str) -> Reply:
    """Give the stage more time.

    Raises:
        UsageError: The words name no span.
    """
    check_steers(it)
    check_open(it)
    span = read_duration(said)
    if span is None:
        raise UsageError("no such span", phrase="session.no_span")
    return await steered(context, it, Act.EXTEND, str(int(span.total_seconds())))


async def move_meeting(context: Context, it: Held, said: str) -> Reply:
    """Put the next meeting at another moment, in the zone of whoever asks.

    Raises:
        UsageError: The words name no moment to come.
    """
    check_steers(it)
    check_open(it)
    at = await moment_in(context, said)
    if at is None:
        raise UsageError("no such moment", phrase="session.no_moment")
    return await steered(context, it, Act.MOVE, at.isoformat())


async def moment_in(context: Context, said: str) -> datetime | None:
    """Return the moment to come that words name, in the zone of whoever asks."""
    languages = sorted({context.language.split("-")[0], "en", "de"})
    now, zone = context.services.clock.now(), zone_of(context)
    return await asyncio.to_thread(read_moment, said, now=now, zone=zone, languages=languages)


async def hand_over(context: Context, it: Held, said: str) -> Reply:
    """Let another member lead.

    Raises:
        UsageError: Nobody was named, or nobody who can lead it.
    """
    check_steers(it)
    check_open(it)
    if not said:
        raise UsageError("nobody named", phrase="session.who_leads")
    found = await naming.member(in_its_room(context, it), said)
    member = await known(context, found)
    if member is None:
        raise NotFoundError("can't lead", phrase="session.cannot_lead", who=found.name[:NAME_CHARS])
    return await steered(context, it, Act.HAND_OVER, str(member))


async def end(context: Context, it: Held, said: str) -> Reply:
    """Ask whether a session is to end early; a plan that was never begun goes at once."""
    check_steers(it)
    if it.is_planned or said.casefold() in SURE:
        return await end_it(context, it)
    sure = Choice(f"s:{it.id}:end_it", context.label("session.control.end_it"))
    no = Choice(f"keep:{it.id}", context.label("session.control.keep"))
    how = context.layout.phrase("session.end_in_words")
    asks = context.say("session.end_sure", title=it.title)
    return Reply((asks, Choices((sure, no), how)), is_private=True)


async def end_it(context: Context, it: Held) -> Reply:
    """End a session early, or drop a plan."""
    check_steers(it)
    return await told(context, it, Steered(context.member.id, Act.END))
