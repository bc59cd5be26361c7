"""How the pulses of a room went: the last in words, and the same question over time as a small chart."""

import asyncio
from typing import Any

from learncomm_agent.caring.figures import Figure, Way, figure, way
from learncomm_agent.charts import PNG, Curve, Weeks, levels, picture
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Block, CodeBlock, Image, Paragraph, Style, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.feedback_sessions import in_words
from learncomm_agent.community.pulses import PULSE
from learncomm_agent.storage import pulses as stored
from learncomm_agent.storage import thresholds
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.pulses import Pulse

TIMES = 12
"""So many pulses of a trend."""
_FILE = "pulse.png"
_TITLE_CHARS = 44
"""More has no room above a chart."""


async def trend(context: Context) -> Reply:
    """Show how the pulses of this room went, and what is asked next."""
    services, room = context.services, context.room_id

    def read(conn: Connection) -> tuple[list[Pulse], Any, bool, int]:
        now = services.clock.now()
        return (
            stored.closed_in(conn, room, TIMES),
            services.recurring.of(conn, room, PULSE),
            stored.open_in(conn, room, now) is not None,
            thresholds.least(conn, context.community.id),
        )

    past, order, is_open, least = await services.database.read(read)
    blocks = await shown(context, past) if past else [context.say("pulse.none")]
    if is_open:
        blocks.append(context.say("pulse.goes_on"))
    if order is not None:
        at = order.next_at.astimezone(context.zone)
        blocks.append(context.say("pulse.next", at=at, question=order.rule["question"]))
    blocks.append(context.say("pulse.how_it_is", least=least))
    return Reply(tuple(blocks), is_private=True)


async def shown(context: Context, past: list[Pulse]) -> list[Block]:
    """Return the last pulse in words, and the same question over time where it was asked before."""
    last = past[-1]
    same = [each for each in past if each.question == last.question]
    found = figure(last.counts, last.least) if last.counts else None
    blocks: list[Block] = [
        Paragraph((Text(last.question, Style.STRONG),)),
        Paragraph((Text(in_words(context.layout, found, last.least)),)),
    ]
    told = [each for each in same if each.counts]
    if found is None or len(told) < 2:
        return blocks
    before = figure(told[-2].counts, told[-2].least)
    if before is not None:
        key = {Way.UP: "pulse.way_up", Way.SAME: "pulse.way_same", Way.DOWN: "pulse.way_down"}
        blocks.append(context.say(key[way(before, found)]))
    return [*blocks, *await _chart(context, same)]


async def _chart(context: Context, same: list[Pulse]) -> list[Block]:
    figures = [figure(each.counts, each.least) if each.counts else None for each in same]
    known = [each for each in figures if each is not None]
    days = tuple(
        context.layout.phrase("pulse.chart_day", at=each.opened_at.astimezone(context.zone))
        for each in same
    )
    values = tuple(None if each is None else each.level for each in figures)
    latest = _level(context, known[-1])
    curve = Curve(context.label("pulse.chart_scale"), values, latest)
    chart = Weeks(_short(same[-1].question), days, (curve,))
    can = await context.platform.capabilities(context.room.ref)
    drawn = await asyncio.to_thread(picture, chart) if can.images >= Level.PARTIAL else None
    if drawn is None:
        return [CodeBlock(levels(tuple(each.share for each in known)))]
    said = [
        f"{day}: {_level(context, each)}"
        for day, each in zip(days, figures, strict=True)
        if each is not None
    ]
    alt = context.layout.phrase("pulse.chart_alt", question=same[-1].question, points=said)
    return [Image(_FILE, PNG, drawn, alt)]


def _level(context: Context, figure: Figure) -> str:
    """Return a figure as it stands on the chart, and in its words."""
    return context.layout.phrase("pulse.chart_latest", level=figure.level, is_fine=figure.is_fine)


def _short(question: str) -> str:
    """Return a question as it has room above a chart."""
    if len(question) <= _TITLE_CHARS:
        return question
    return f"{question[:_TITLE_CHARS].rsplit(' ', 1)[0]} …"
