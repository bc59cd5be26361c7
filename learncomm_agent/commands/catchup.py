"""`catchup`: for who comes late to a session: what was said and decided so far, and what is expected of them now.

In a room without a session it tells what `missed` tells.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Reply
from learncomm_agent.commands.missed import MISSED, missed
from learncomm_agent.commands.session_finding import Held, at_hand, check_open, in_its_room
from learncomm_agent.commands.session_showing import expected, meetings_left, where
from learncomm_agent.commands.session_words import SessionWords, words_for
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.running.speaking import worded
from learncomm_agent.sessions.state import Entry, Session, in_order

_MOST = 10
"""Lines of one kind that are told."""


async def catchup(context: Context, values: Mapping[str, Any]) -> Reply:
    """Tell somebody where the session of this room stands, and what was said in it."""
    if not values and (it := await at_hand(context)) is not None:
        return await caught_up(context, it)
    return await missed(context, values)


async def caught_up(context: Context, it: Held) -> Reply:
    """Tell where a session stands, what came of it so far, what was said, and what is expected now.

    Raises:
        UsageError: It has ended, or not begun.
    """
    check_open(it)
    session = it.session
    chosen = _chosen(session)
    said = await words_for(
        context,
        it.id,
        session,
        [Saying(values={str(each.id): {"entry": each.id}}) for each in chosen],
    )
    blocks = [*where(context, it, said), *expected(context, it)]
    blocks += _results(context, session, said, chosen)
    talk = await _talk(context, it)
    if talk is None or talk.writing is None:
        return Reply(tuple(blocks), is_private=True)
    return replace(talk, blocks=(*blocks, *talk.blocks), is_private=True)


def _chosen(session: Session) -> tuple[Entry, ...]:
    """Return what was voted for, in the order of the stages."""
    found: dict[int, Entry] = {}
    for stage in walk(session.plan.stages):
        result = session.results.get(stage.name)
        chosen = result.get("chosen") if isinstance(result, Mapping) else None
        for id in chosen or ():
            if isinstance(id, int) and id in session.entries:
                found[id] = session.entries[id]
    return tuple(found.values())


def _results(
    context: Context, session: Session, said: SessionWords, chosen: tuple[Entry, ...]
) -> list[Block]:
    """Return what was chosen, when the group meets, and which questions it talks about."""
    blocks: list[Block] = []
    if chosen:
        items = tuple((Text(said.things.entries[each.id]),) for each in chosen[:_MOST])
        blocks += [context.say("command.catchup.chosen"), Listing(items)]
    questions = in_order(
        each for each in session.entries.values() if each.what == "question" and each.by is None
    )
    if questions:
        items = tuple((Text(worded(context.layout, each)),) for each in questions[-_MOST:])
        blocks += [context.say("command.catchup.questions"), Listing(items)]
    if meetings := meetings_left(context, session, said):
        blocks.append(context.say("session.meetings", times=meetings))
    return blocks


async def _talk(context: Context, it: Held) -> Reply | None:
    """Return what was said in the session's room since it began; None where that can't be told here."""
    there, began = in_its_room(context, it), it.session.began_at
    if there.room.kind is RoomKind.DIRECT or began is None:
        return None
    try:
        return await missed(there, {"since": _day(context, began)})
    except UsageError:
        return None


def _day(context: Context, at: datetime) -> str:
    """Return the day of a moment where whoever asks lives, as `missed` reads it."""
    return at.astimezone(context.zone).strftime("%Y-%m-%d")


CATCHUP = Command(
    name="catchup",
    run=catchup,
    options=MISSED.options,
    always_private=True,
)
