"""What becomes of a writing that a leader asked for: they look it over before others read it."""

from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import Room, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Outgoing
from learncomm_agent.chat.verbs import DirectMessages
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.community.drafts import Leader
from learncomm_agent.storage import branches, drafts, rooms, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Line, Writing


async def drafted(context: Context, writing: Writing) -> Reply:
    """Return the reply to a leader who asked for something that is to be published in `writing.room`.

    It is shown in the leaders' room, else to the leader alone, and published once a leader approves. What
    holds no line, or is for no room, is answered at once: there is nothing to publish.
    """
    target = await _target(context, writing)
    if target is None or not writing.lines:
        alone = replace(writing, is_private=True)
        return Reply(await context.show(alone), is_private=True, writing=alone)
    desk, why = await _desk(context, target, writing.room)
    if desk is None and not await _reaches_one(context):
        said = context.say("draft.nowhere")
        return Reply((said,), is_private=True, refused="draft.nowhere")
    prepared = _prepared(context, writing, await spoken_in(context, writing.room))

    def commit(conn: Connection) -> None:
        community = context.community.id
        id = writings.add(conn, prepared, context.asked_at)
        kept = context.services.drafts
        if desk is None:
            draft = kept.open(conn, community, id, None)
            kept.show_to(conn, draft, leader(context), _otherwise(context, id))
            return
        at = context.services.directory.room(conn, desk).id
        draft = kept.open(conn, community, id, at)
        said = context.say("draft.not_shown", number=id)
        kept.show_at(conn, draft, at, for_one(context, (said,), "o"))

    if await _is_here(context, desk):
        return Reply(why, is_private=True, commits=(commit,))
    counts = {
        "lines": len(writing.lines),
        "messages": writing.header.get("read", 0),
        "of": writing.header.get("of", ""),
    }
    if desk is None:
        said = context.say("draft.is_in_talk", **counts)
    else:
        said = context.say("draft.is_at_desk", desk=desk.name, **counts)
    # Where nobody can be told alone, all may know that there is one; not what it says.
    return Reply((*why, said), is_private=True, commits=(commit,), refused="draft.is_with_leaders")


def leader(context: Context) -> Leader:
    """Return whoever acts, and where, as a leader who decides on drafts."""
    return Leader(context.member.id, context.account_id, context.account, context.room_id)


def for_one(context: Context, blocks: tuple[Block, ...], sign: str) -> Outgoing:
    """Return something to say later to whoever asks now, where they ask.

    Args:
        context: The request.
        blocks: What to say.
        sign: Tells its key from others of the same request.
    """
    is_alone = context.room.kind is RoomKind.DIRECT
    alone = None if is_alone else context.account
    return Outgoing(context.room.ref, blocks, f"{context.key}{sign}", private_to=alone)


async def _target(context: Context, writing: Writing) -> Room | None:
    """Return the room in which it is to be published; None where that is nobody else's."""
    id = writing.room
    if id is None:
        return None
    room = await context.services.database.read(lambda conn: rooms.get(conn, id))
    return None if room.kind is RoomKind.DIRECT else room


async def _desk(
    context: Context, target: Room, id: RoomId | None
) -> tuple[Room | None, tuple[Block, ...]]:
    """Return the leaders' room, if all who read it may read the room that it is for; else what to say of that."""
    space = context.room.ref.space
    desk = await context.services.database.read(lambda conn: drafts.desk_of(conn, space))
    if desk is None:
        return None, ()
    mine = await context.platform.readable(Audience.of_account(context.account, space))
    if desk.ref not in mine and desk.parent not in mine:
        return None, ()
    refs = await context.platform.readable(Audience.of_room(desk.ref))
    readable = await context.services.database.read(lambda conn: branches.readable(conn, refs))
    if id not in readable.rooms:
        said = context.say("draft.desk_is_closed", desk=desk.name, room=target.name)
        return None, (said,)
    return desk, ()


async def _reaches_one(context: Context) -> bool:
    """Whether there is a lasting way to show something to whoever asks alone."""
    can = await context.platform.capabilities(context.room.ref)
    return context.room.kind is RoomKind.DIRECT or (
        can.private_replies >= Level.FULL
        or (isinstance(context.platform, DirectMessages) and can.direct_messages >= Level.PARTIAL)
    )


async def _is_here(context: Context, desk: Room | None) -> bool:
    """Whether the draft comes to where a private reply would stand, so that nothing need point there."""
    if context.room.kind is RoomKind.DIRECT:
        return desk is None
    if context.via is Via.MESSAGE:
        return desk is None or desk.ref == context.room.ref
    can = await context.platform.capabilities(context.room.ref)
    return desk is None and can.private_replies >= Level.FULL


async def spoken_in(context: Context, room: RoomId | None) -> str:
    """Return the language of those who are to read it."""
    if room is None:
        return context.community.language
    spoken = await context.services.database.read(lambda conn: rooms.language(conn, room))
    return spoken or context.community.language


def _prepared(context: Context, writing: Writing, language: str) -> Writing:
    """Return a writing as it is kept: its lines numbered as they are shown, for the readers of its room."""
    layout = replace(context.layout, language=language)
    shown = [line for _, lines in layout.sections(writing) for line in lines]
    trace = {
        "language": language,
        "zone": context.community.timezone,
        "sign": context.sign,
        "message": None,  # it stays when the words go by which it was asked for
    }
    return replace(writing, lines=_numbered(shown), trace={**writing.trace, **trace})


def _numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(
        replace(line, content={**line.content, "n": number}) for number, line in enumerate(lines, 1)
    )


def _otherwise(context: Context, id: int) -> Outgoing:
    """Return what is said where a draft can't be shown: without a word of it, before everyone if need be."""
    return Outgoing(
        context.room.ref, (context.say("draft.not_shown", number=id),), f"{context.key}o"
    )
