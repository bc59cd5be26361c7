"""Who may know what the library does not: members who agreed to be named, and who can be asked here."""

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomKind, RoomRef
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.errors import DisconnectedError, RateLimitedError, for_log
from learncomm_agent.library.search import Query
from learncomm_agent.log import logger
from learncomm_agent.storage.knowers import SECTION
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.writings import Evidence, Line
from learncomm_agent.writing.knowing import Knower

MOST = 3
"""Members who are named."""
LOOKED_AT = 6
"""Members of whom it is found out whether they can read the room."""
_QUOTED = 120
"""Characters of a message by which it is known again when it was edited."""
_log = logger(__name__)


async def knower_lines(context: Context, query: Query) -> tuple[Line, ...]:
    """Return a line for each member who may know, likeliest first; none where that can't be told now.

    Args:
        context: The request.
        query: The question, for the eyes of whoever reads the answer.
    """
    answers = context.services.answers
    stopwords = await answers.follow_ups.stopwords(context.brief)
    found = await answers.who_may_know(query, stopwords, context.platform.name, context.member.id)
    lines: list[Line] = []
    try:
        for knower, named in found[:LOOKED_AT]:
            if len(lines) < MOST and await can_be_asked(context, named):
                lines.append(_line(knower, named))
    except (DisconnectedError, RateLimitedError) as error:
        _log.info("nobody named", error=for_log(error))
        return ()
    return tuple(lines)


async def can_be_asked(context: Context, named: Named) -> bool:
    """Whether somebody can read this room; in a direct talk, any room that the asker reads."""
    if context.room.kind is not RoomKind.DIRECT:
        return await naming.is_here(context, named)
    space = context.room.ref.space
    mine = await context.platform.readable(Audience.of_account(context.account, space))
    theirs: frozenset[RoomRef] = await context.platform.readable(
        Audience.of_account(named.ref, space)
    )
    return bool(mine & theirs)


def _line(knower: Knower, named: Named) -> Line:
    """Tie a name to what it was given for, so that it goes with that.

    The name stands where that of a sharer does: it goes when they take their share back.
    """
    trace, passage = knower.best, knower.best.passage
    content = {
        "member": knower.member,
        "shared_by": named.name,
        "message": trace.message,
        "title": "" if passage is None else passage.title,
        "source": "" if passage is None else passage.source,
        "address": None if passage is None else passage.address,
    }
    if passage is None:
        quote = trace.text[:_QUOTED].strip()
        assert trace.message is not None
        said = Evidence(quote, trace.revision, message=trace.message)
        return Line(SECTION, content, (said,))
    span = (passage.start, passage.end)
    held = Evidence("", passage.revision, None, passage.resource, *span)
    return Line(SECTION, {**content, "shares": [trace.share]}, (held,))
