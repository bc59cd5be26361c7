"""Whether the asker alone could be shown more than everyone in the room: told to them alone, never what."""

from collections.abc import Callable

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.library.resources import Found
from learncomm_agent.library.search import Query
from learncomm_agent.storage import traces

Aside = Callable[[int], tuple[Block, ...]]


async def beyond(
    context: Context, query: Query, shown: Callable[[Found], Found] = lambda found: found
) -> Aside | None:
    """Return what to say aside to whoever asked before others, where they may see more than those.

    It costs a search more, and only where the asker reads rooms that not all of the readers do.

    Args:
        context: The request.
        query: What was looked for, for the eyes of the room.
        shown: Leaves out what would not be shown.
    """
    if context.via is not Via.MESSAGE or context.room.kind is RoomKind.DIRECT:
        return None
    mine = await context.query(query.text, is_private=True, limit=query.limit)
    if mine.readable.rooms <= query.readable.rooms:
        return None
    found = shown(await context.services.search.find(mine))
    ids = {passage.resource for passage in found.passages}
    hidden = await context.services.database.read(
        lambda conn: traces.hidden(conn, query.community, ids, query.readable)
    )
    return _said(context) if hidden else None


def _said(context: Context) -> Aside:
    """Offer to show it to the asker alone; of whoever opted out nothing is kept that could be."""
    said = context.say("aside.more", room=context.room.name)
    if context.member.consent is Consent.OUT:
        return lambda writing: (said,)
    label = context.label("control.show_mine")
    return lambda writing: (said, Choices((Choice(f"mine:{writing}", label),)))
