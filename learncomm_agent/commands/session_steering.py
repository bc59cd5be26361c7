"""What a leader does with a session that runs: on, wait, longer, another time, the end; and with its list."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.parsing import NAME_CHARS
from learncomm_agent.commands.recording import recorded
from learncomm_agent.commands.session_acts import happen, more_on, told
from learncomm_agent.commands.session_entries import is_unseen
from learncomm_agent.commands.session_finding import (
    SURE,
    Held,
    check_open,
    check_read,
    check_steers,
    check_step,
    in_its_room,
)
from learncomm_agent.commands.session_planning import known, zone_of
from learncomm_agent.commands.session_words import words_for
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.sessions.events import Act, Steered
from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.moments import read_moment
from learncomm_agent.sessions.state import Phase
from learncomm_agent.sessions.steering import OF_STAGE, SUMMARISE
from learncomm_agent.sessions.walking import WAIT, are_together, following, stage_at
from learncomm_agent.storage import sessions as stored

_ASKED: Mapping[Act, str] = {Act.NEXT: "asked_next", Act.SKIP: "asked_skip"}
"""Under these names it is kept that somebody was asked whether to go on, and at which step."""
_NEAR = timedelta(days=3, hours=12)
_FROM_NOW = re.compile(
    r"^in\b|\b(?:today|tomorrow|next|this|coming|heute|morgen|übermorgen"
    r"|(?:nächste|diese|kommende)[nrs]?)\b",
    re.IGNORECASE,
)
"""Words that tell a day by today, not by the meeting that was planned."""
SOON = timedelta(minutes=15)
"""A leader who begins a step so much before its time has it begin on time."""


@dataclass(frozen=True, slots=True)
class Next:
    """What came of it that a leader wants to go on."""

    said: Reply
    asks: bool = False
    """Whether nothing was done yet, as they are asked whether they mean it."""


async def steered(
    context: Context, it: Held, act: Act, value: str = "", visit: int | None = None
) -> Reply:
    """Let a leader act on a session.

    Raises:
        NotAllowedError: They lead neither it nor this community.
        UsageError: It has ended, or not begun, or stands at another step than they saw.
    """
    check_steers(it)
    check_open(it)
    if act in OF_STAGE:
        visit = check_step(context, it, visit, "session.further")
    event = Steered(context.member.id, act, value, visit)
    more = more_on(context, it, ("resume",)) if act is Act.PAUSE else ()
    reply = await happen(context, it, event, more=more)
    return recorded(context, reply, f"session {act}", f"session {it.id}")


async def go_on(context: Context, it: Held, said: str, act: Act = Act.NEXT) -> Reply:
    """Close the stage now, with what came of it; where much would be lost by it, ask first, once.

    Args:
        context: The request.
        it: The session.
        said: What they say with it.
        act: Whether they close it, or skip it.
    """
    check_steers(it)
    check_open(it)
    mark = {"visit": it.session.visit}
    name = _ASKED[act]
    asked = await context.services.database.read(lambda conn: stored.marked(conn, it.id, name))
    if said.casefold() in SURE or asked == mark:
        return await steered(context, it, act)
    reply = await next_step(context, it, act=act)
    keep = [lambda conn: stored.mark(conn, it.id, name, mark)] if reply.asks else []
    return replace(reply.said, commits=(*reply.said.commits, *keep))


async def next_step(
    context: Context, it: Held, visit: int | None = None, act: Act = Act.NEXT
) -> "Next":
    """Close the stage now, or skip it, or ask whether that shall be.

    Raises:
        NotAllowedError: They lead neither it nor this community.
        UsageError: It has ended, or not begun, or stands at another step than they saw.
    """
    check_steers(it)
    check_open(it)
    visit = check_step(context, it, visit, "session.further")
    if (asks := await _doubt(context, it, act)) is None:
        return Next(await steered(context, it, act, visit=visit))
    sure = Choice(f"s:{it.id}:{act}_it:{visit}", context.label("session.control.next_it"))
    no = Choice(f"keep:{it.id}", context.label("session.control.keep_it"))
    how = context.layout.phrase("session.next_in_words", is_skip=act is Act.SKIP)
    return Next(Reply((asks, Choices((sure, no), how)), is_private=True), asks=True)


async def _doubt(context: Context, it: Held, act: Act) -> Block | None:
    """Return what a leader is asked before a step is over that has time left; None where it may be."""
    session = it.session
    standing = session.standing
    if session.phase is not Phase.OPEN or standing is None:
        return None
    if are_together(session):
        return await _early(context, it, standing.ends_at, "session.next_together")
    if act is Act.SKIP:
        return None
    if standing.entered_at is None:
        return await _early(context, it, standing.begins_at)
    stage = stage_at(session)
    if stage.kind == WAIT and stage.params.get("until") is not None and standing.ends_at:
        return await _early(context, it, standing.ends_at)
    is_unwritten = "write" in standing.data and "writing" not in standing.data
    if stage.kind == SUMMARISE and is_unwritten:
        return context.say("session.next_unwritten", is_last=not following(session))
    return None


async def _early(
    context: Context, it: Held, at: datetime | None, asks: str = "session.next_early"
) -> Block | None:
    """Ask whether what has its time shall begin, or be over, now; None where it is about to anyway."""
    if at is None or at - context.services.clock.now() < SOON:
        return None
    said = await words_for(context, it.id, it.session)
    is_meeting = at == _next_meeting(context, it)
    return context.say(asks, is_meeting=is_meeting, at=said.moment(at.isoformat()))


async def pause(context: Context, it: Held, said: str) -> Reply:
    """Let a session wait."""
    return await steered(context, it, Act.PAUSE)


async def resume(context: Context, it: Held, said: str) -> Reply:
    """Let it go on.

    Raises:
        UsageError: Its room is read no more.
    """
    check_steers(it)
    check_read(context, it.room)
    return await steered(context, it, Act.RESUME)


async def extend(context: Context, it: Held, said: str, visit: int | None = None) -> Reply:
    """Give the stage more time.

    Raises:
        UsageError: The words name no span.
    """
    check_steers(it)
    check_open(it)
    span = read_duration(said)
    if span is None:
        raise UsageError("no such span", phrase="session.no_span")
    return await steered(context, it, Act.EXTEND, str(int(span.total_seconds())), visit)


async def move_meeting(context: Context, it: Held, said: str) -> Reply:
    """Put the next meeting at another moment, in the zone of whoever asks.

    Raises:
        UsageError: The words name no moment to come.
    """
    check_steers(it)
    check_open(it)
    planned = _next_meeting(context, it)
    at = await moment_in(context, said, planned)
    if at is None:
        raise UsageError("no such moment", phrase="session.no_moment")
    event = Steered(context.member.id, Act.MOVE, at.isoformat())
    more: tuple[Block, ...] = ()
    if planned is not None:
        words = await words_for(context, it.id, it.session)
        was, new = (words.moment(each.isoformat()) for each in (planned, at))
        more = (context.say("session.moved_from", was=was, at=new),)
    reply = await happen(context, it, event, more=more)
    return recorded(context, reply, f"session {Act.MOVE}", f"session {it.id}")


def _next_meeting(context: Context, it: Held) -> datetime | None:
    """Return when the group meets next, as it is planned."""
    meetings = it.session.results.get("meetings") or ()
    moments = (datetime.fromisoformat(each["at"]) for each in meetings)
    return min((each for each in moments if each > context.services.clock.now()), default=None)


async def moment_in(context: Context, said: str, near: datetime | None = None) -> datetime | None:
    """Return the moment to come that words name, in the zone of whoever asks.

    Args:
        context: The request.
        said: The words.
        near: What a weekday or a time alone is read by: of those to come the one that is nearest to it.
    """
    languages = sorted({context.language.split("-")[0], "en", "de"})
    now, zone = context.services.clock.now(), zone_of(context)
    since = [now]
    if near is not None and not _FROM_NOW.search(said):
        day = near.astimezone(context.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        since += [max(now, each) for each in (near - _NEAR, day - timedelta(seconds=1), day)]

    def read() -> datetime | None:
        found = (read_moment(said, now=each, zone=zone, languages=languages) for each in since)
        to_come = [each for each in found if each is not None]
        return min(to_come, key=lambda each: abs(each - (near or now)), default=None)

    return await asyncio.to_thread(read)


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
    sure = Choice(f"s:{it.id}:end_it:{it.session.visit}", context.label("session.control.end_it"))
    no = Choice(f"keep:{it.id}", context.label("session.control.keep"))
    how = context.layout.phrase("session.end_in_words")
    asks = context.say(
        "session.end_sure",
        title=it.title,
        are_together=are_together(it.session),
        is_unseen=is_unseen(context, it),
    )
    return Reply((asks, Choices((sure, no), how)), is_private=True)


async def end_it(context: Context, it: Held, visit: int | None = None) -> Reply:
    """End a session early, or drop a plan."""
    check_steers(it)
    visit = check_step(context, it, visit, "session.further")
    reply = await told(context, it, Steered(context.member.id, Act.END, visit=visit))
    return recorded(context, reply, f"session {Act.END}", f"session {it.id}")
