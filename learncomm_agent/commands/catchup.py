"""`catchup`: for who comes late to a session: what was said and decided so far, and what is expected of them now.

In a room without a session it tells what `missed` tells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Reply
from learncomm_agent.commands.missed import MISSED, missed
from learncomm_agent.commands.session_finding import Held, at_hand, check_open, in_its_room
from learncomm_agent.commands.session_showing import expected, where
from learncomm_agent.commands.session_words import ENTRY_CHARS, words_for
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.running.recaps import Recap, recap
from learncomm_agent.sessions.running.speaking import worded
from learncomm_agent.storage import messages

_MOST, _MOST_MEETINGS = 5, 3
"""Lines of one kind, and meetings, that are told: all of it stands on one screen."""


async def catchup(context: Context, values: Mapping[str, Any]) -> Reply:
    """Tell somebody where the session of this room stands, and what was said in it."""
    if not values and (it := await at_hand(context)) is not None:
        return await caught_up(context, it)
    return await missed(context, values)


async def caught_up(context: Context, it: Held) -> Reply:
    """Tell where a session stands, what is expected now, what came of it so far, and what was said meanwhile.

    Raises:
        UsageError: It has ended, or not begun.
    """
    check_open(it)
    readable = await context.readable(is_private=True)
    now, me = context.services.clock.now(), int(context.member.id)
    told = await context.services.database.read(
        lambda conn: recap(conn, it.row, it.session, me, readable, now)
    )
    said = await words_for(context, it.id, it.session)
    blocks = [*where(context, it, said), *expected(context, it)]
    blocks += [*_entries(context, told), *await _lines(context, told)]
    if told.meetings:
        times = [said.moment(each.isoformat()) for each in told.meetings[:_MOST_MEETINGS]]
        left = len(told.meetings) - len(times)
        blocks.append(context.say("session.meetings", times=times, more=left))
    talk = await _talk(context, it, told)
    if talk is not None:
        return replace(talk, blocks=(*blocks, *talk.blocks), is_private=True)
    if not told:
        blocks.append(context.say("command.catchup.nothing"))
    return Reply(tuple(blocks), is_private=True)


def _entries(context: Context, told: Recap) -> Iterator[Block]:
    """Yield what was chosen, what small groups found, and what is asked."""
    for key, entries in (
        ("command.catchup.chosen", told.chosen[:_MOST]),
        ("command.catchup.found", told.found[-_MOST:]),
        ("command.catchup.questions", told.questions[-_MOST:]),
    ):
        if entries:
            yield context.say(key)
            yield Listing(tuple((Text(_short(worded(context.layout, each))),) for each in entries))


async def _lines(context: Context, told: Recap) -> list[Block]:
    """Return what the published summaries say, each line with a link to what it rests on."""
    lines = {kind: each[:_MOST] for kind, each in told.lines.items() if each}
    ids = {held.message for each in lines.values() for one in each for held in one.evidence}
    wanted = {id for id in ids if id}
    links = await context.services.database.read(lambda conn: messages.refs(conn, wanted))
    blocks: list[Block] = []
    for kind, found in lines.items():
        blocks.append(context.say(f"command.catchup.{kind}"))
        blocks.append(Listing(tuple(context.layout.line("summary", each, links) for each in found)))
    return blocks


async def _talk(context: Context, it: Held, told: Recap) -> Reply | None:
    """Return what was said in the session's room since they were there; None where there is nothing to tell.

    What a summary told already is not told twice.
    """
    there, began = in_its_room(context, it), it.session.began_at
    if there.room.kind is RoomKind.DIRECT or began is None:
        return None
    last = await context.services.database.read(
        lambda conn: messages.last_of(conn, context.member.id, there.room_id)
    )
    was_there = last is not None and last.posted_at >= began
    try:
        talk = await missed(there, {} if was_there else {"since": _day(context, began)})
    except UsageError:
        return None
    if talk.writing is None:
        return None
    known = {each.content["text"] for lines in told.lines.values() for each in lines}
    left = tuple(each for each in talk.writing.lines if each.content.get("text") not in known)
    if len(left) == len(talk.writing.lines):
        return talk
    if not left:
        return None
    writing = replace(talk.writing, lines=left)
    return replace(talk, writing=writing, blocks=await there.show(writing))


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= ENTRY_CHARS else f"{words[:ENTRY_CHARS].rstrip()} …"


def _day(context: Context, at: datetime) -> str:
    """Return the day of a moment where whoever asks lives, as `missed` reads it."""
    return at.astimezone(context.zone).strftime("%Y-%m-%d")


CATCHUP = Command(
    name="catchup",
    run=catchup,
    options=MISSED.options,
    always_private=True,
)
