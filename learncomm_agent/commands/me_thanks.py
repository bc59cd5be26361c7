"""`me thanks=no`: nobody may thank me before others, and what thanked me goes from where it stands."""

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.storage import thanks
from learncomm_agent.storage.database import Connection

THANKS = ("yes", "no")
"""Whether somebody may be thanked before others."""


async def set_thanks(context: Context, chosen: str) -> Reply:
    """Keep whether one may be thanked; at first one may.

    Whoever thanks somebody who may not be is told no more than of anybody whom I can't reach.
    """
    services, member, community = context.services, context.member.id, context.community.id

    def write(conn: Connection) -> None:
        thanks.choose(conn, member, is_thanked=chosen == "yes")
        if chosen == "no" and (shown := thanks.drop_to(conn, member)):
            gone = Forgotten(writings=shown)
            services.forgetting.close(conn, community, "thanks", f"member {member}", gone)

    await services.database.write(write)
    return Reply((context.say(f"me.thanks_set_{chosen}"),), is_private=True)
