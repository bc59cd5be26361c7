"""What becomes of a writing that a leader asked for: they look it over before others read it."""

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.storage.writings import Writing


async def drafted(context: Context, writing: Writing) -> Reply:
    """Return the reply to a leader who asked for something that is to be published in `writing.room`."""
    return Reply(await context.show(writing), writing=writing)
