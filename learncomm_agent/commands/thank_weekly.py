"""`thank weekly`: have the thanks of a week read out in this room, at a time that leaders choose."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.recording import record
from learncomm_agent.commands.verbs import meant
from learncomm_agent.community.recurring import rule_of
from learncomm_agent.community.roundups import KIND
from learncomm_agent.errors import NotAllowedError, UsageError
from learncomm_agent.sessions.methods.meetings import Weekly
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.storage.database import Connection

WEEKLY, OFF = "weekly", "off"
_FEW_WORDS = 3
"""So few words that are no time may be a time that was meant; a sentence of thanks is longer."""


async def weekly_in(context: Context, values: Mapping[str, Any]) -> str | None:
    """Return when a round-up is to be, where a sentence says that and no thanks: `weekly Friday 16:00`."""
    why = str(values.get("why", ""))
    if context.via is Via.CHOICE or {"who", "message"} & values.keys() or context.reply_to:
        return None
    first, _, rest = why.strip().partition(" ")
    if await _meant(context, first.strip(",.:")) != WEEKLY:
        return None
    rest = rest.strip()
    is_order = await _meant(context, rest) == OFF or _read(context, rest) is not None
    return rest if is_order or len(rest.split()) <= _FEW_WORDS else None


async def _meant(context: Context, said: str) -> str | None:
    said = said.strip(" .")
    return await asyncio.to_thread(meant, context.words, "roundup.verb_", (WEEKLY, OFF), said)


def _read(context: Context, said: str) -> Weekly | None:
    """Return the time that a text gives, by the leader's clock; None where it says none surely."""
    return read_weekly(said, str(context.zone))


async def weekly(context: Context, said: str) -> Reply:
    """Order the round-up of a week's thanks in this room, end it, or say how it is.

    Raises:
        UsageError: It is no room, or the time is not clear.
        NotAllowedError: A leader chooses that.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else is here", phrase="roundup.direct")
    recurring, database = context.services.recurring, context.services.database
    if not (said := said.strip()):
        order = await database.read(lambda conn: recurring.of(conn, context.room_id, KIND))
        if order is None:
            return Reply((context.say("roundup.is_off"),), is_private=True)
        at = order.next_at.astimezone(context.zone)
        return Reply((context.say("roundup.is_on", at=at),), is_private=True)
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="roundup.leaders")
    if await _meant(context, said) == OFF:
        if await database.write(partial(_end, context)):
            return Reply((context.say("roundup.ended"),))
        return Reply((context.say("roundup.is_off"),), is_private=True)
    if not context.services.directory.reads(context.room):
        raise UsageError("not read", phrase="roundup.not_read")
    when = _read(context, said)
    if when is None:
        raise UsageError("no such time", phrase="roundup.when")

    def write(conn: Connection) -> datetime:
        community, by = context.community.id, context.account_id
        record(context, "thanks weekly", f"room {context.room_id}")(conn)
        return recurring.order(conn, community, context.room_id, KIND, rule_of(when), by).next_at

    first = await database.write(write)
    return Reply((context.say("roundup.ordered", at=first.astimezone(context.zone)),))


def _end(context: Context, conn: Connection) -> bool:
    is_ended = context.services.recurring.cancel(conn, context.room_id, KIND)
    if is_ended:
        record(context, "thanks off", f"room {context.room_id}")(conn)
    return is_ended
