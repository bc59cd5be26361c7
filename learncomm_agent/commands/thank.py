"""`thank`: say thank you to a member, for a message or for something else, before all in the room."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from learncomm_agent.caring.thanking import Later, waits
from learncomm_agent.chat.messages import MessageRef, RoomKind
from learncomm_agent.chat.people import Account, Consent
from learncomm_agent.commands import naming
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.commands.thank_weekly import weekly, weekly_in
from learncomm_agent.errors import NotFoundError, StorageError, UsageError
from learncomm_agent.storage import members, messages, posts, thanks
from learncomm_agent.storage import naming as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.thanks import GRATITUDE, Thanks
from learncomm_agent.storage.writings import Evidence, Line, Writing

MAX_WHY = 500
_NAME_WORDS = 4
"""A name at the beginning of a sentence has no more words."""


@dataclass(frozen=True, slots=True)
class _Given:
    """Whom somebody thanks, and what for."""

    who: Named
    message: str | None
    """The platform's id of a message in this room."""
    found: StoredMessage | None
    """That message, where it is kept."""
    why: str


async def thank(context: Context, values: Mapping[str, Any]) -> Reply:
    """Thank somebody, once for each message and once a day for none in particular, and keep that.

    Raises:
        UsageError: It is not for here, or there is nobody to thank; it says why.
    """
    ordered = values.get("weekly") or await weekly_in(context, values)
    if ordered is not None:
        return await weekly(context, ordered)
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else is here", phrase="thank.direct")
    why = values.get("why", "")
    named = _here(context, values["message"]) if "message" in values else context.reply_to
    found = await _message(context, named) if named else None
    if found is None and "who" in values:
        named = None  # nobody knows whether that message is theirs, or there at all
    who = await _author(context, found) if named else None
    if who is None and "who" in values:
        who = await naming.member(context, values["who"])
    if context.via is Via.MESSAGE and not {"who", "message"} & values.keys():
        if await asyncio.to_thread(_is_to_us, context, why):
            raise UsageError("thanks to us", phrase="thank.me")
        if who is None and named is None:
            who, why = await _at_the_beginning(context, why)
            if who is None and why:  # a sentence may begin with that word
                return await answer(context, f"{THANK.name} {why}", is_private=False)
    if who is None:
        raise UsageError(
            "whom to thank is not known",
            phrase="thank.whom" if named is None else "thank.no_author",
        )
    await _check(context, who)
    return await _thanked(context, _Given(who, named, found, " ".join(why.split())))


def _here(context: Context, named: str) -> str:
    """Return the id of the message that is named.

    Raises:
        UsageError: It is a link into another room, whose readers may be others.
    """
    if naming.room_of_link(named) not in (None, context.room.ref.id):
        raise UsageError("a message of another room", phrase="thank.elsewhere")
    return message_id(named)


async def _message(context: Context, id: str) -> StoredMessage | None:
    """Return the message that is meant, if it is kept.

    Raises:
        UsageError: It is one of ours.
    """
    ref = MessageRef(context.room.ref, id)

    def read(conn: Connection) -> tuple[StoredMessage | None, bool]:
        found = messages.find(conn, context.room_id, id)
        return found, found is None and posts.at(conn, ref) is not None

    found, is_ours = await context.services.database.read(read)
    if is_ours:
        raise UsageError("it is ours", phrase="thank.me")
    return found if found is not None and found.state is State.KEPT else None


async def _author(context: Context, found: StoredMessage | None) -> Named | None:
    """Return whose message it is; where it is not kept, as the platform told when it was picked."""
    if found is None:
        return await naming.met(context, context.people[0]) if len(context.people) == 1 else None
    author, platform = found.member, context.room.ref.platform
    if author is None:
        return None
    return await context.services.database.read(
        lambda conn: stored.of_member(conn, author, platform)
    )


async def _at_the_beginning(context: Context, said: str) -> tuple[Named | None, str]:
    """Return whom a sentence begins with, and the rest of it: `thank Ben Miller for the notes`."""
    words = said.split()
    counts = range(min(_NAME_WORDS, len(words)), 0, -1)
    beginnings = [" ".join(words[:count]).rstrip(",:") for count in counts]
    for count, found in zip(counts, await naming.people(context, beginnings), strict=True):
        if len(found) == 1:
            return found[0], " ".join(words[count:])
    return None, said


def _is_to_us(context: Context, said: str) -> bool:
    """Whether thanks go on as `thank you …`. Reads a file, once."""
    table = context.words.table("cues", language="en") or {}
    first = said.split(maxsplit=1)[0].casefold().strip(",.!") if said else ""
    return first in table.get("small_talk", {}).get("words", ())


async def _check(context: Context, who: Named) -> None:
    """Refuse thanks that would be none, or that one of the two would not want to be kept.

    Raises:
        UsageError: Kindly, and without a word on what somebody else chose.
    """
    if who.member == context.member.id:
        raise UsageError("thanks to oneself", phrase="thank.oneself")
    if who.is_bot:
        raise UsageError("thanks to a bot", phrase="thank.bot", who=who.name)
    if context.member.consent is Consent.OUT:
        raise UsageError("the giver opted out", phrase="thank.opted_out", who=who.name)
    if not await _can_be_thanked(context, who) or not await naming.is_here(context, who):
        raise NotFoundError("not to be thanked here", phrase="thank.not_here", who=who.name)


async def _can_be_thanked(context: Context, who: Named) -> bool:
    receiver = who.member
    if receiver is None:
        return who.consent is not Consent.OUT
    read = context.services.database.read
    return await read(lambda conn: thanks.can_be_given(conn, receiver))


async def _thanked(context: Context, given: _Given) -> Reply:
    """Keep it and say so; what it shows rests on the message where that is kept."""
    who, found = given.who, given.found
    if await context.services.database.read(lambda conn: _is_given(context, conn, given)):
        key = "thank.again_today" if given.message is None else "thank.again"
        raise UsageError("thanked already", phrase=key, who=who.name)
    if later := await context.services.database.read(lambda conn: _later(context, conn, given)):
        raise UsageError(
            f"{later.reason} for now",
            phrase=f"thank.later_{later.reason}",
            who=who.name,
            day=later.until.astimezone(context.zone),
        )
    held = () if found is None else (Evidence("", found.revision, message=found.id),)
    writing = Writing(
        community=context.community.id,
        kind=GRATITUDE,
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={
            "who": context.member.name,
            "name": who.name,
            "ref": [who.ref.platform, who.ref.id],
            "why": given.why,
            "at": None if found is not None else _place(context, given.message),
        },
        header={},
        trace={},
        lines=(Line(GRATITUDE, {}, held),) if held else (),
    )

    def keep(conn: Connection, shown: int) -> None:
        _keep(context, conn, given, shown)

    return Reply(await context.show(writing), writing=writing, beside=keep)


def _is_given(context: Context, conn: Connection, given: _Given) -> bool:
    receiver = given.who.member
    return receiver is not None and thanks.is_given(
        conn,
        context.member.id,
        receiver,
        room=context.room_id,
        message=given.message,
        today=_today(context),
    )


def _later(context: Context, conn: Connection, given: _Given) -> Later | None:
    """Return what these thanks have to wait for, so that the two don't go on and on."""
    receiver, now = given.who.member, context.asked_at
    if receiver is None:
        return None
    past = thanks.between(conn, context.member.id, receiver, now)
    return waits(past, given.why, now)


def _today(context: Context) -> datetime:
    """Return when the day began for whoever asks."""
    return context.asked_at.astimezone(context.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def _keep(context: Context, conn: Connection, given: _Given, shown: int) -> None:
    """Keep it, and who is thanked: by that they are known here.

    Raises:
        StorageError: One of the two opted out meanwhile, or it was given meanwhile.
    """
    who, community = given.who, context.community.id
    account = Account(who.ref, who.name, who.is_bot)
    _, receiver = context.services.directory.named(conn, community, account)
    giver = context.member.id
    is_out = members.get(conn, giver).consent is Consent.OUT
    if is_out or not thanks.can_be_given(conn, receiver):
        raise StorageError("one of the two opted out meanwhile")
    if _later(context, conn, given) is not None:
        raise StorageError("thanks were given meanwhile")
    thanks.add(
        conn,
        Thanks(community, context.room_id, giver, receiver, given.message, context.message, shown),
        context.asked_at,
        today=_today(context),
    )


def _place(context: Context, message: str | None) -> list[str] | None:
    """Return where a message stands of which nothing is kept; it needs no evidence, and has none."""
    ref = context.room.ref
    return None if message is None else [ref.platform, ref.space.id, ref.id, message]


THANK = Command(
    name="thank",
    run=thank,
    options=(
        Option("why", takes_rest=True, max_chars=MAX_WHY),
        Option("message", OptionKind.MESSAGE, max_chars=200),
        Option("who", OptionKind.MEMBER, max_chars=100),
        Option("weekly", takes_words=True, max_chars=100),
    ),
    on_message="message",
)
