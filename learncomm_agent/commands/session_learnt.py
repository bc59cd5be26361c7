"""What was learnt from earlier sessions, for who plans the next one; and how one was rated, for who leads it."""

from learncomm_agent.chat.outgoing import Block, Listing, Paragraph, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.feedback_sessions import SHOWN, in_words, planned, told_of
from learncomm_agent.storage import ratings as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.ratings import Lesson


async def learnt(context: Context, playbook: str) -> list[Block]:
    """Return what was learnt from sessions of a playbook before, for a leader who plans the next one."""
    if not context.member.is_leader:
        return []
    readable, community = await context.readable(is_private=True), context.community.id

    def read(conn: Connection) -> tuple[list[Block], list[Lesson]]:
        rated = stored.rated(conn, community, playbook=playbook, limit=4 * SHOWN)
        found = [each for each in rated if each.room in readable.rooms]
        last = next((each for each in found if each.figure), None)
        if last is None:
            return [], stored.plans(conn, community, playbook, SHOWN)
        head = context.say("rate.last_time", is_last=last is found[0])
        told = [head, *told_of(conn, context.layout, last)]
        return told, stored.plans(conn, community, playbook, SHOWN)

    blocks, plans = await context.services.database.read(read)
    if plans:
        blocks += [context.say("rate.plans"), Listing(planned(context.layout, plans))]
    return blocks


async def of_session(context: Context, id: int) -> list[Block]:
    """Return how a session was rated, for whoever leads it; nothing where nobody was asked."""

    def read(conn: Connection) -> list[Block]:
        asked = stored.asked(conn, id)
        if asked is None:
            return []
        if not asked.is_closed:
            return [context.say("rate.is_asked", until=asked.until.astimezone(context.zone))]
        figure = stored.told(conn, id)
        blocks: list[Block] = [Paragraph((Text(in_words(context.layout, figure, asked.least)),))]
        if lines := stored.lines(conn, id):
            blocks.append(Listing(tuple((Text(each.text),) for each in lines[:SHOWN])))
        return blocks

    return await context.services.database.read(read)
