"""`letter`: how the community is doing by learning, for a leader alone; now, or every week."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from learncomm_agent.caring.letters import Letter
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Block, CodeBlock, Image
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.commands.pressed import check_leads
from learncomm_agent.commands.verbs import meant
from learncomm_agent.community.letters import below
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import writings
from learncomm_agent.storage.measures import LETTER as KIND
from learncomm_agent.storage.nudges import is_wanted
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.letters import has_figures, table

VERBS = ("weekly", "off", "table")
"""What follows `letter`; without a word, it is written now."""
AHEAD = timedelta(minutes=1)
"""So far the clock of a platform may be ahead of ours."""


async def letter(context: Context, values: Mapping[str, Any]) -> Reply:
    """Write a leader the letter of the last seven days, or send it every week, or no more.

    Raises:
        UsageError: What is wanted is not clear.
    """
    said = values.get("what", "").strip().rstrip(".!").casefold()
    match meant(context.words, "letter.verb_", VERBS, said) if said else "":
        case "":
            return await _now(context)
        case "weekly":
            return await _weekly(context)
        case "off":
            return await _off(context)
        case "table":
            return await _table(context)
    raise UsageError("no such verb", phrase="letter.how_to_ask")


async def press(context: Context, which: str) -> Reply:
    """Do what stands below a letter.

    Raises:
        NotFoundError: There is no such control.
        NotAllowedError: Whoever presses leads no more.
    """
    await check_leads(context, None, LETTER.name)
    if which not in VERBS:
        raise NotFoundError("no such control", phrase="control.gone")
    return await letter(context, {"what": which})


async def _now(context: Context) -> Reply:
    writing = await _written(context)
    is_weekly = await context.services.database.read(
        lambda conn: is_wanted(conn, context.member.id, KIND)
    )
    more = await asyncio.to_thread(below, context.layout, writing, is_weekly=is_weekly)
    can = await context.platform.capabilities(context.room.ref)
    if can.images < Level.PARTIAL and any(isinstance(block, Image) for block in more):
        shown = CodeBlock(table(context.layout, Letter.of(writing.header["letter"]).weeks))
        more = tuple(shown if isinstance(block, Image) else block for block in more)
    return Reply((*await context.show(writing), *more), is_private=True, writing=writing)


async def _written(context: Context) -> Writing:
    readable = await context.readable(is_private=True)
    return await context.services.database.read(
        lambda conn: context.services.letters.write(
            conn,
            context.community,
            context.member.id,
            readable,
            context.layout,
            until=context.asked_at + AHEAD,
        )
    )


async def _weekly(context: Context) -> Reply:
    """Send it every Monday, beginning with the next one.

    Raises:
        UsageError: They opted out, so nothing is written to them.
    """
    if context.member.consent is Consent.OUT:
        raise UsageError("nothing is kept of them", phrase="reminders.opted_out")
    services, community, member = context.services, context.community.id, context.member.id
    due = await services.database.write(
        lambda conn: services.subscriptions.subscribe(
            conn, community, member, KIND, str(context.zone)
        )
    )
    if due is None:
        return Reply((context.say("digest.all_stopped"),), is_private=True)
    said = context.say("letter.weekly", due=due.astimezone(context.zone))
    return Reply((said,), is_private=True)


async def _off(context: Context) -> Reply:
    services, member = context.services, context.member.id
    was = await services.database.write(
        lambda conn: services.subscriptions.unsubscribe(conn, member, KIND)
    )
    return Reply((context.say("letter.off" if was else "letter.not_wanted"),), is_private=True)


async def _table(context: Context) -> Reply:
    """Show the figures of the last letter, or of one that is written for it."""
    last = await context.services.database.read(
        lambda conn: writings.last_of(conn, context.member.id, kinds=(KIND,))
    )
    writing = last or await _written(context)
    weeks = Letter.of(writing.header["letter"]).weeks
    if not has_figures(context.layout, weeks):
        return Reply((context.say("letter.no_figures"),), is_private=True)
    blocks: tuple[Block, ...] = (
        context.say("letter.table"),
        CodeBlock(table(context.layout, weeks)),
    )
    return Reply(blocks, is_private=True)


LETTER = Command(
    name="letter",
    run=letter,
    options=(Option("what", takes_rest=True, max_chars=100),),
    who=Who.LEADERS,
    always_private=True,
    is_rare=True,
)
