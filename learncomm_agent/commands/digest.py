"""`digest`: what the last week brought, for one's own eyes; every week, where one wants it, or in a room."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.commands.pressed import number_of, written_as
from learncomm_agent.commands.questions import questions
from learncomm_agent.commands.verbs import meant
from learncomm_agent.community.recurring import rule_of
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.storage.audit import record
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.digests import DIGEST, WANTED
from learncomm_agent.storage.nudges import is_wanted
from learncomm_agent.storage.writings import Writing

OFF, ON, ROOM, WEEKLY, WELCOME = VERBS = ("off", "on", "room", "weekly", "welcome")
USUALLY = "Monday 9:00"
PRESS = "digest"
"""What the ids of its controls begin with; the verb follows."""


async def digest(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show the digest of the last week, or choose who gets one by itself.

    Raises:
        UsageError: It is not clear what is meant, or it is for a room.
        NotAllowedError: It is for leaders.
    """
    said = " ".join(values.get("what", "").split())
    word, _, rest = said.partition(" ")
    match await _meant(context, word) if word else "":
        case "":
            return await _now(context)
        case "weekly" if not rest:
            return await _weekly(context)
        case "off" if not rest:
            return await _off(context)
        case "room":
            return await _in_room(context, rest)
        case "welcome":
            return await _welcome(context, rest)
    raise UsageError("no such verb", phrase="digest.how")


async def _now(context: Context) -> Reply:
    """Show it, with what one can choose."""
    services = context.services
    readable = await context.readable(is_private=True)

    def read(conn: Connection) -> tuple[Writing | None, bool]:
        member = context.member.id
        made = services.digests.write(
            conn, context.community, readable, context.layout, member=member
        )
        return made, is_wanted(conn, member, DIGEST)

    writing, is_subscribed = await services.database.read(read)
    verb = OFF if is_subscribed else WEEKLY
    if context.member.consent is Consent.OUT:
        verb = ""
    if writing is None:
        offer = Choices((Choice(f"{PRESS}:{verb}", context.label(f"digest.choose_{verb}")),))
        nothing = context.say("digest.nothing")
        return Reply((nothing, offer) if verb else (nothing,), is_private=True)
    writing = replace(writing, header={**writing.header, "offer": verb})
    return Reply(await context.show(writing), is_private=True, writing=writing)


async def _weekly(context: Context) -> Reply:
    """Have whoever asks get one every week."""
    if context.member.consent is Consent.OUT:
        raise UsageError("nothing is kept of them", phrase="digest.opted_out")
    services, zone = context.services, str(context.zone)
    community, member = context.community.id, context.member.id

    def write(conn: Connection) -> datetime | None:
        return services.subscriptions.subscribe(conn, community, member, DIGEST, zone)

    first = await services.database.write(write)
    if first is None:
        return Reply((context.say("digest.all_stopped"),), is_private=True)
    at = first.astimezone(context.zone)
    end = Choices((Choice(f"{PRESS}:{OFF}", context.label("digest.choose_off")),))
    return Reply((context.say("digest.weekly", at=at), end), is_private=True)


async def _off(context: Context) -> Reply:
    services, member = context.services, context.member.id
    was = await services.database.write(
        lambda conn: services.subscriptions.unsubscribe(conn, member, DIGEST)
    )
    return Reply((context.say("digest.ended" if was else "digest.was_off"),), is_private=True)


async def _in_room(context: Context, said: str) -> Reply:
    """Order the digest of this room, end it, or say how it is.

    Raises:
        UsageError: It is no room, or the time is not clear.
        NotAllowedError: A leader chooses that.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else is here", phrase="digest.direct")
    _check_leads(context)
    services, room = context.services, context.room_id
    recurring, community, by = services.recurring, context.community.id, context.account_id
    if await _meant(context, said) == OFF:

        def end(conn: Connection) -> bool:
            was = recurring.cancel(conn, room, DIGEST)
            if was:
                _note(context, conn, "end digest", f"room {room}")
            return was

        if await services.database.write(end):
            return Reply((context.say("digest.room_ended"),))
        return Reply((context.say("digest.room_is_off"),), is_private=True)
    order = await services.database.read(lambda conn: recurring.of(conn, room, DIGEST))
    if not said and order is not None:
        at = order.next_at.astimezone(context.zone)
        return Reply((context.say("digest.room_is_on", at=at),), is_private=True)
    if not services.directory.reads(context.room):
        raise UsageError("the room is not read", phrase="digest.not_read")
    found = await asyncio.to_thread(read_weekly, said or USUALLY, str(context.zone))
    if found is None:
        raise UsageError("no such time", phrase="digest.when")
    rule = rule_of(found)

    def write(conn: Connection) -> datetime:
        _note(context, conn, "order digest", f"room {room}")
        return recurring.order(conn, community, room, DIGEST, rule, by).next_at

    first = await services.database.write(write)
    return Reply((context.say("digest.room_ordered", at=first.astimezone(context.zone)),))


async def _welcome(context: Context, said: str) -> Reply:
    """Choose whether new members are welcomed, or say how it is.

    Raises:
        UsageError: It is neither on nor off.
        NotAllowedError: A leader chooses that.
    """
    _check_leads(context)
    services, community = context.services, context.community.id
    welcomes, database = services.welcomes, services.database
    if not said:
        is_on = await database.read(lambda conn: welcomes.is_on(conn, community))
    elif (verb := await _meant(context, said)) in (ON, OFF):
        is_on = verb == ON

        def write(conn: Connection) -> None:
            welcomes.switch(conn, community, is_on=is_on)
            _note(context, conn, "welcome on" if is_on else "welcome off", "new members")

        await database.write(write)
    else:
        raise UsageError("neither on nor off", phrase="digest.how")
    return Reply((context.say("welcome.is_on" if is_on else "welcome.is_off"),), is_private=True)


async def _meant(context: Context, said: str) -> str | None:
    """Return the verb that is meant, in whichever language."""
    said = said.strip(" .")
    return await asyncio.to_thread(meant, context.words, "digest.verb.", VERBS, said)


def _check_leads(context: Context) -> None:
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="digest.leaders")


def _note(context: Context, conn: Connection, action: str, subject: str) -> None:
    at, by = context.services.clock.now(), context.account_id
    record(conn, context.community.id, action, subject, at=at, account=by)


async def press(context: Context, which: str) -> Reply:
    """Do what a button under a digest says."""
    acts = {WEEKLY: partial(_weekly, context), OFF: partial(_off, context)}
    if which not in acts:
        raise NotFoundError("no such control", phrase="control.gone")
    return await acts[which]()


async def ask_wanted(context: Context, which: str) -> Reply:
    """Write questions for the room on what was looked for in vain, as a digest there tells.

    Raises:
        NotFoundError: It is not there any more, or was told in another room.
    """
    writing = await written_as(context, str(number_of(which)))
    wanted = [line for line in writing.lines if line.section == WANTED]
    if writing.kind != DIGEST or writing.room != context.room_id or not wanted:
        raise NotFoundError("nothing wanted there", phrase="control.gone")
    return await questions(context, {"about": wanted[0].content["text"]})


DIGEST_COMMAND = Command(
    name="digest",
    run=digest,
    options=(Option("what", takes_rest=True, max_chars=100),),
    is_private=True,
)
