"""`why`: how my last answer came about, and what was done with my last message."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Reply
from learncomm_agent.storage import messages, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.ranks import rank_blocks

EXPLAINED = ("search", "answer", "questions", "summary")
"""Kinds of writings that `why` tells of."""


async def why(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say what happened and for what reason."""

    def read(conn: Connection) -> tuple[StoredMessage | None, Writing | None]:
        last = messages.last_of(conn, context.member.id, context.room_id)
        return last, writings.last_of(conn, context.member.id, kinds=EXPLAINED)

    message, writing = await context.services.database.read(read)
    blocks: list[Block] = []
    if writing is not None:
        key = f"why.{writing.kind}" if writing.lines else f"why.no_{writing.kind}"
        blocks.append(context.say(key, lines=len(writing.lines), **_counts(writing)))
        blocks += rank_blocks(context.layout, writing)
        if writing.trace.get("is_early"):
            blocks.append(context.say("why.words_alone"))
    blocks.append(context.say(_reason(context, message)))
    return Reply(tuple(blocks), is_private=True)


def _counts(writing: Writing) -> dict[str, int]:
    """Return the figures of a trace."""
    return {name: value for name, value in writing.trace.items() if isinstance(value, int)}


def _reason(context: Context, message: StoredMessage | None) -> str:
    """Return the sentence on the last message: why it was kept, or why it was not."""
    if context.room.kind == "direct":
        return "why.direct"
    if not context.services.directory.reads(context.room):
        return "why.not_read"
    if context.member.consent is Consent.OUT:
        return "why.opted_out"
    if message is None:
        return "why.no_message"
    if context.member.consent is Consent.SUMMARIES_ONLY:
        return "why.summaries_only"
    return "why.kept"


WHY = Command(name="why", run=why, always_private=True)
