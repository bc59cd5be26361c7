"""`keep`: put an answer into the library that proved useful, for those who could read it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.follow_ups import same_before
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.library.resources import Share
from learncomm_agent.storage import covering, promoted, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing


async def keep(context: Context, values: Mapping[str, Any]) -> Reply:
    """Keep the answer that is named or answered, else the last one here that was found useful.

    Raises:
        NotFoundError: There is no such answer.
        UsageError: In a direct talk, where nobody else reads.
    """
    _check_read_by_others(context)
    named = message_id(values["message"]) if "message" in values else context.reply_to

    def read(conn: Connection) -> Writing | None:
        if named:
            id = promoted.of_post(conn, context.room_id, named)
        else:
            id = promoted.last_useful(conn, context.community.id, context.room_id)
        return None if id is None else writings.get(conn, id, context.community.id)

    writing = await context.services.database.read(read)
    if writing is None:
        raise NotFoundError("no answer to keep", phrase="keep.nothing")
    return await promote(context, writing, values.get("why", ""))


async def promote(context: Context, writing: Writing, why: str = "") -> Reply:
    """Keep an answer for the readers of its room.

    What one person alone was answered may rest on what others must not read, and what all were answered
    on what has been closed to them since: then it is answered again for the room, and that is kept.

    Raises:
        NotFoundError: It is no answer, or nothing is left of it that all there may read.
        UsageError: It was given in a direct talk.
    """
    _check_read_by_others(context)
    if writing.kind != "answer" or not writing.lines:
        raise NotFoundError("no answer to keep", phrase="keep.nothing")
    if writing.is_private or await _is_beyond(context, writing.id):
        writing = await _for_the_room(context, writing)
    share = Share(context.room_id, context.member.id, comment=why)

    def commit(conn: Connection) -> None:
        id = writing.id or writings.add(conn, writing, context.asked_at)
        context.services.promoting.keep(conn, context.community.id, id, share)

    said = context.say("keep.kept", room=context.room.name)
    return Reply((said,), is_private=True, commits=(commit,))


def _check_read_by_others(context: Context) -> None:
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else reads it", phrase="keep.direct")


async def _is_beyond(context: Context, id: int) -> bool:
    """Whether a writing rests on anything that not all in the room may read now."""
    readable = await context.readable(is_private=False)
    lines = await context.services.database.read(lambda conn: covering.beyond(conn, id, readable))
    return bool(lines)


async def _for_the_room(context: Context, writing: Writing) -> Writing:
    """Return an answer to the same question from what all in the room may read."""
    question = writing.request.get("question", "")
    written = None
    if question:
        earlier = await same_before(context, writing, is_private=False)
        written = (await answer(context, question, is_private=False, earlier=earlier)).writing
    if written is None or written.kind != "answer" or not written.lines:
        raise NotFoundError(
            "nothing that all may read", phrase="keep.nothing_for_all", room=context.room.name
        )
    shown = {"language": context.language, "zone": str(context.zone), "sign": context.sign}
    return writings.asked_as(replace(written, trace={**written.trace, **shown}), writing)


KEEP = Command(
    name="keep",
    run=keep,
    options=(
        Option("why", takes_rest=True, max_chars=500),
        Option("message", OptionKind.MESSAGE, max_chars=200),
    ),
    who=Who.LEADERS,
    is_rare=True,
)
