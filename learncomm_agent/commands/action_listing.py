"""Which action items there are: mine, ours, what is late, what is done; and mine as a file for a calendar."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from learncomm_agent.caring.promising import AT, day_of
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import File
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.community.promise_words import (
    acts_of,
    is_late,
    line_of,
    on,
    short,
    told,
    when_of,
)
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.methods.calendar import MEDIA_TYPE, Entry, calendar_file
from learncomm_agent.sessions.methods.meetings import moment_of
from learncomm_agent.storage import actions
from learncomm_agent.storage.actions import WAITING, State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import Promised, promised
from learncomm_agent.storage.writings import Line
from learncomm_agent.writing.taking import CONTROL

MINE, OURS, OVERDUE, DONE = "mine", "ours", "overdue", "done"
MOST, WITH_BUTTONS = 15, 4
_LONG_AGO = timedelta(days=365 * 20)
_DONE_SINCE = timedelta(days=90)
_HALF_AN_HOUR = timedelta(minutes=30)
FILE = "actions.ics"


async def listed(context: Context, which: str) -> Reply:
    """List some of them, each with where it was said, and what one can do with the first."""
    found = await _found(context, which)
    if not found:
        return Reply((context.say(f"actions.none_{which}", room=context.room.name),), True)
    shown = found[:MOST]
    with_buttons = [each for each in shown if _acts(context, each)][:WITH_BUTTONS]
    first = {each.action.id for each in with_buttons} if which != DONE else set()
    more = len(found) - len(shown)
    writing = told(
        context.community,
        context.member.id,
        context.layout,
        [_row(context, each, has_buttons=each.action.id in first) for each in shown],
        head=context.layout.phrase(
            f"actions.list_{which}", count=len(found), room=context.room.name
        ),
        notes=[context.layout.phrase("actions.more", count=more)] if more else [],
        acts=[[f"{CONTROL}:file", context.label("actions.button_file")]] if which == MINE else [],
    )
    return Reply(await context.show(writing), is_private=True, writing=writing)


async def file(context: Context) -> Reply:
    """Give what one has taken on, with its dates, as a file for a calendar.

    Raises:
        UsageError: There is nothing with a date.
    """
    dated = [each for each in await _found(context, MINE) if each.action.due is not None]
    if not dated:
        raise UsageError("nothing with a date", phrase="actions.no_file")
    zone = str(context.zone)
    entries = [_entry(context, each, zone) for each in dated]
    content = await asyncio.to_thread(calendar_file, entries, now=context.asked_at)
    said = context.say("actions.file", count=len(entries))
    return Reply((said, File(FILE, MEDIA_TYPE, content)), is_private=True)


def _entry(context: Context, it: Promised, zone: str) -> Entry:
    action = it.action
    assert action.due is not None
    begins = action.due
    if action.is_day:
        begins = moment_of(day_of(action.due, zone, is_day=True), AT, zone)
    return Entry(
        uid=f"action-{action.id}-{int(action.made_at.timestamp())}@learncomm",
        title=it.words,
        begins_at=begins,
        ends_at=begins + _HALF_AN_HOUR,
        description=context.layout.phrase("actions.from_room", room=it.room.name),
        sequence=action.sequence,
    )


async def _found(context: Context, which: str) -> list[Promised]:
    readable = await context.readable(is_private=True)
    me, now = context.member.id, context.asked_at
    is_alone = context.room.kind is RoomKind.DIRECT
    rooms = readable.rooms if is_alone else readable.rooms & {context.room_id}
    community = context.community.id

    def read(conn: Connection) -> list[Promised]:
        if which == MINE:
            return promised(conn, actions.of_owner(conn, community, me, readable.rooms))
        if which == DONE:
            since = now - _DONE_SINCE
            theirs = actions.of_rooms(conn, rooms, (State.DONE,), since)
            mine = actions.of_owner(conn, community, me, readable.rooms, (State.DONE,))
            there = {each.id: each for each in (*theirs, *mine) if each.changed_at >= since}
            newest = sorted(there.values(), key=lambda each: each.changed_at, reverse=True)
            return promised(conn, newest)
        waiting = actions.of_rooms(conn, rooms, WAITING, now - _LONG_AGO)
        if which == OVERDUE:
            waiting += actions.of_owner(conn, community, me, readable.rooms)
        unique = {each.id: each for each in waiting}
        soonest = sorted(
            unique.values(), key=lambda each: (each.due is None, each.due or now, each.id)
        )
        return promised(conn, soonest)

    there = await context.services.database.read(read)
    found = [each for each in there if each.is_quotable or each.action.owner == me]
    return found if which != OVERDUE else [each for each in found if _is_late(context, each)]


def _is_late(context: Context, it: Promised) -> bool:
    return is_late(it.action, str(context.zone), context.asked_at)


def _row(context: Context, it: Promised, *, has_buttons: bool) -> Line:
    action, platform = it.action, context.room.ref.platform
    is_mine = action.owner == context.member.id
    said = context.layout.phrase(
        "actions.row",
        number=action.id,
        words=short(it.words),
        who="" if is_mine else it.owner,
        is_mine=is_mine,
        state=action.state.value,
        when=when_of(context.layout, action, str(context.zone)),
        is_late=action.is_waiting and _is_late(context, it),
    )
    page = action.result if action.result is not None and "/" in action.result else None
    links = [
        (context.label("actions.where"), on(it.where, platform)),
        (context.label("actions.what_came"), on(it.result, platform) or page),
    ]
    acts = _acts(context, it) if has_buttons else ()
    numbered = acts_of(context.layout, action.id, acts, is_numbered=True)
    return line_of(said, it.evidence, links, numbered, is_row=True)


def _acts(context: Context, it: Promised) -> Sequence[str]:
    """Return what one can do with one at once."""
    is_mine = it.action.owner == context.member.id
    match it.action.state:
        case State.OPEN:
            return ("take",)
        case State.OFFERED if is_mine:
            return ("yes", "no")
        case State.ACCEPTED if is_mine:
            return ("done", "date", "drop") if _is_late(context, it) else ("done", "date")
    return ()
