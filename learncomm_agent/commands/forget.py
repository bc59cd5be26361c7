"""`forget`: take something out, with all that was made from it: a resource, a message, a room, or oneself."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageId, Room, RoomId
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.commands.choosing import fitting, unseen, which
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import messages, resources, rooms, seen, shares, traces
from learncomm_agent.storage.database import Connection, trial
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.seen import Sight

Act = Callable[[Connection], Forgotten]
MESSAGE, ROOM, ME = "message", "room", "me"
COUNTED = (
    "messages",
    "conversations",
    "resources",
    "shares",
    "passages",
    "lines",
    "posts",
    "feeds",
)
"""What a receipt names, in this order, each where there is any."""


async def forget(context: Context, values: Mapping[str, Any]) -> Reply:
    """Find what is meant, count what would go with it, and ask whether that is meant."""
    source = values["source"]
    kind, _, named = source.partition(":")
    if kind.casefold() == MESSAGE and _is_message(named):
        return await _sure_message(context, named.strip())
    if kind.casefold() == ROOM:
        return await _sure_room(context, named.strip())
    if source.strip().casefold() == ME:
        choice = f"forget_me:{context.member.id}"
        return await sure(context, "forget.sure_me", choice, _me(context))
    fit = await fitting(context, source, is_private=True)
    if not fit:
        return await this(context, await unseen(context, source))
    if len(fit) > 1:
        return await which(context, fit, action="forget_this", is_private=True)
    return await this(context, fit[0].id)


async def this(context: Context, resource: ResourceId) -> Reply:
    """Ask whether a resource is to go: a leader takes out what she sees, others what they shared."""
    act, is_seen = await _resource(context, resource)
    if not is_seen:  # it may bear another title by now
        return await sure(context, "forget.sure_unseen", f"forget:{resource}", act)
    _, title = await context.services.database.read(lambda conn: resources.named(conn, resource))
    return await sure(context, "forget.sure", f"forget:{resource}", act, title=title)


async def confirmed(context: Context, resource: ResourceId) -> Reply:
    """Forget a resource now, and say what went."""
    act, _ = await _resource(context, resource)
    return await _done(context, act)


async def message_confirmed(context: Context, message: MessageId) -> Reply:
    """Forget a message now, or what the asker shared of it, and say what went."""
    found = await context.services.database.read(lambda conn: traces.message(conn, message))
    if found is None:
        raise NotFoundError("gone already", phrase="forget.gone_already")
    return await _done(context, await _message(context, found))


async def room_confirmed(context: Context, room: RoomId) -> Reply:
    """Forget all of a room now, and say what went."""
    _check_leads(context)
    if room not in await _rooms(context):
        raise NotFoundError("no such room", phrase="forget.no_room")
    return await _done(context, _room(context, room))


async def me_confirmed(context: Context, member: int) -> Reply:
    """Forget what the asker wrote and shared now, and say what went."""
    if member != context.member.id:
        raise NotAllowedError("somebody else's control", phrase="control.not_yours")
    return await _done(context, _me(context))


# What would be done, and by whom.


async def _resource(context: Context, resource: ResourceId) -> tuple[Act, bool]:
    """Return what may be done, and whether they may see it still.

    Whoever shared it takes that back, a leader also what else is shared where she leads. What nobody
    shares any more is gone. What others share unseen stays theirs, and is not spoken of.

    Raises:
        NotFoundError: It is gone, or not for their eyes.
        NotAllowedError: They may not.
    """
    seen_at = (await context.readable(is_private=True), Readable(frozenset(await _rooms(context))))
    member, by = context.member, context.account_id

    def read(conn: Connection) -> tuple[bool, bool, bool]:
        is_seen, is_here = (
            not traces.hidden(conn, context.community.id, [resource], each) for each in seen_at
        )
        return is_seen, is_here, member.id in shares.sharers(conn, resource)

    is_seen, is_here, is_theirs = await context.services.database.read(read)
    leads = member.is_leader and is_here
    if not (is_seen or is_theirs):
        raise NotFoundError("gone, or not to be seen", phrase="forget.gone_already")
    if not (leads or is_theirs):
        raise NotAllowedError("neither sharer nor leader", phrase="forget.not_yours")
    these = shares.of(resource, member.id, seen_at[1] if leads else None)
    unshare, community = context.services.forgetting.unshare, context.community.id
    return lambda conn: unshare(conn, community, these, f"resource {resource}", by), is_seen


def _room(context: Context, room: RoomId) -> Act:
    forgetting, community = context.services.forgetting, context.community.id
    return lambda conn: forgetting.room(conn, community, room, context.account_id)


def _me(context: Context) -> Act:
    forgetting, community = context.services.forgetting, context.community.id
    return lambda conn: forgetting.member(conn, community, context.member.id, context.account_id)


async def _message(context: Context, found: StoredMessage) -> Act:
    """Return what may be done: its author and leaders forget it, its sharer takes back the share.

    Raises:
        NotFoundError: It is in a room that the asker does not read.
        NotAllowedError: It is none of theirs.
    """
    community, member, by = context.community.id, context.member, context.account_id
    forgetting = context.services.forgetting
    if found.room not in await _rooms(context):
        raise NotFoundError("not to be seen", phrase="error.message_not_found")
    if found.member == member.id or member.is_leader:
        return lambda conn: forgetting.message(conn, community, found.room, found.platform_id, by)
    shared = await context.services.database.read(
        lambda conn: traces.is_shared_by(conn, found.id, member.id)
    )
    if not shared:
        raise NotAllowedError("neither author nor sharer nor leader", phrase="forget.not_yours")
    these = shares.made_of(found.id, member.id)
    return lambda conn: forgetting.unshare(conn, community, these, f"message {found.id}", by)


def _is_message(named: str) -> bool:
    """Whether it is a message's id or a link to it; not the source of a note that was made of one."""
    return "://" in named or ":" not in named


async def _sure_message(context: Context, named: str) -> Reply:
    """Find a message of this room, or of the room that a link names."""
    room = await _room_of_link(context, named)
    found = await context.services.database.read(
        lambda conn: messages.find(conn, room, message_id(named))
    )
    if found is None or found.state is not messages.State.KEPT:
        raise NotFoundError("no such message", phrase="error.message_not_found")
    act = await _message(context, found)
    return await sure(context, "forget.sure_message", f"forget_message:{found.id}", act)


async def _sure_room(context: Context, named: str) -> Reply:
    _check_leads(context)
    known = await _rooms(context)
    fit = [
        (id, room.name) for id, room in known.items() if room.name.casefold() == named.casefold()
    ]
    if not fit:
        raise NotFoundError("no such room", phrase="forget.no_room")
    if len(fit) > 1:
        raise NotFoundError("several rooms", phrase="forget.several_rooms", count=len(fit))
    id, name = fit[0]
    return await sure(
        context, "forget.sure_room", f"forget_room:{id}", _room(context, id), room=name
    )


async def _rooms(context: Context) -> dict[RoomId, Room]:
    """Return the rooms that the asker reads, in the space in which they ask."""
    readable = await context.readable(is_private=True)
    space = context.room.ref.space

    def read(conn: Connection) -> dict[RoomId, Room]:
        known = {id: rooms.get(conn, id) for id in sorted(readable.rooms)}
        return {id: room for id, room in known.items() if room.ref.space == space}

    return await context.services.database.read(read)


async def _room_of_link(context: Context, named: str) -> RoomId:
    """Return the room that a link to a message names before the message, if the asker reads it."""
    before = named.rstrip("/").split("/")[-2:-1]
    for id, room in (await _rooms(context)).items():
        if [room.ref.id] == before:
            return id
    return context.room_id


def _check_leads(context: Context) -> None:
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command="forget")


# What is said.


async def sure(
    context: Context,
    key: str,
    choice: str,
    act: Act,
    *,
    otherwise: Callable[[], Awaitable[Reply]] | None = None,
    **values: object,
) -> Reply:
    """Say what would go, and ask whether it is to: it is done, counted, and taken back.

    Args:
        context: The request.
        key: The question.
        choice: What the control for “yes” does.
        act: What would be done.
        otherwise: What is done at once where nothing would go.
        values: For the question.
    """
    parts = await parts_of(context, act, is_trial=True)
    options = (
        Choice(choice, context.label("control.forget")),
        Choice("keep:", context.label("control.keep")),
    )
    if not parts and otherwise is not None:
        return await otherwise()
    would = (context.say("forget.would", parts=parts),) if parts else ()
    return Reply((context.say(key, **values), *would, Choices(options)), is_private=True)


async def _done(context: Context, act: Act) -> Reply:
    parts = await parts_of(context, act)
    if not parts:
        raise NotFoundError("gone already", phrase="forget.gone_already")
    said: tuple[Block, ...] = (context.say("forget.receipt", parts=parts),)
    return Reply((*said, context.layout.note("forget.unreached")), is_private=True)


async def parts_of(context: Context, act: Act, *, is_trial: bool = False) -> list[str]:
    """Do it, or only try it, and return what goes from the asker's sight, each kind in words.

    What others hold unseen is in no figure here; the audit has them all.
    """
    readable = await context.readable(is_private=True)
    sight = Sight(context.community.id, readable, context.member.id)

    def count(conn: Connection) -> dict[str, int]:
        before = seen.seen(conn, sight)
        gone = act(conn)
        posts = seen.posts_of(conn, sight, gone.writings)
        return {**gone.counts, **before.less(seen.seen(conn, sight)), "posts": posts}

    def rehearse(conn: Connection) -> dict[str, int]:
        with trial(conn):
            return count(conn)

    counts = await context.services.database.write(rehearse if is_trial else count)
    return [
        context.words.phrase(f"forgotten.{name}", language=context.language, count=counts[name])
        for name in COUNTED
        if counts[name]
    ]


FORGET = Command(
    name="forget",
    run=forget,
    options=(
        Option(
            "source",
            OptionKind.RESOURCE,
            is_required=True,
            takes_rest=True,
            max_chars=500,
            wanted="wanted.forget",
        ),
    ),
    always_private=True,
)
