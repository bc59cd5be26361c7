"""`why`: how my last answer came about, or the one that is named, and what was done with my last message.

In a session's room its leaders also read why the facilitator spoke there or held back.
"""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.session_why import decided_here
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage import messages, posts, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.ranks import rank_blocks

EXPLAINED = ("search", "answer", "unanswered", "questions", "summary")
"""Kinds of writings that `why` tells of."""


async def why(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say what happened and for what reason; of the answer that is named, where one is."""
    if "message" in values:
        return Reply(tuple(await _named(context, values["message"])), is_private=True)

    def read(conn: Connection) -> tuple[StoredMessage | None, Writing | None]:
        last = messages.last_of(conn, context.member.id, context.room_id)
        return last, writings.last_of(conn, context.member.id, kinds=EXPLAINED)

    message, writing = await context.services.database.read(read)
    blocks: list[Block] = []
    if writing is not None:
        blocks += _explained(context, writing, is_named=False)
    blocks += [context.say(_reason(context, message)), *await decided_here(context)]
    return Reply(tuple(blocks), is_private=True)


async def _named(context: Context, named: str) -> list[Block]:
    """Explain the answer that a message of ours holds, to somebody who may read it.

    Raises:
        NotFoundError: It is none, it is gone, or it was for somebody else alone.
    """
    ref = await naming.message(context, named)

    def read(conn: Connection) -> Writing | None:
        found = posts.at(conn, ref)
        if found is None or found[1] is None:
            return None
        writing = writings.get(conn, found[1], context.community.id)
        if writing is None or writing.kind not in EXPLAINED:
            return None
        is_theirs = writing.member == context.member.id
        return writing if is_theirs or not (found[0].is_private or writing.is_private) else None

    writing = await context.services.database.read(read)
    if writing is None:
        raise NotFoundError("no answer of ours", phrase="why.not_mine")
    return _explained(context, writing, is_named=True)


def _explained(context: Context, writing: Writing, *, is_named: bool) -> list[Block]:
    kind = writing.kind if writing.lines else writing.kind.replace("unanswered", "answer")
    key = f"why.{kind}" if writing.lines else f"why.no_{kind}"
    counts = {"lines": len(writing.lines), **_counts(writing), "is_named": is_named}
    blocks = [context.say(key, **counts), *rank_blocks(context.layout, writing)]
    if writing.request.get("follows"):
        blocks.append(context.say("why.goes_on"))
    if why_dropped := writing.trace.get("why_dropped"):
        reasons = [
            context.layout.phrase(f"why.left_{reason}", count=count)
            for reason, count in sorted(why_dropped.items())
        ]
        blocks.append(context.say("why.left_out", reasons=reasons))
    if writing.trace.get("is_early"):
        blocks.append(context.say("why.words_alone"))
    if writing.trace.get("calls") or writing.trace.get("known"):
        blocks.append(context.say("why.spent", **counts))
    return blocks


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


WHY = Command(
    name="why",
    run=why,
    options=(Option("message", OptionKind.MESSAGE, max_chars=200),),
    always_private=True,
    on_message="message",
    is_rare=True,
)
