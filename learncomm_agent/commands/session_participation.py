"""How a group takes part in a session: for leaders sums and a small chart, for a member their own figures alone."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from learncomm_agent.charts import PNG, Bar, Chart, Trend, in_letters, levels, picture
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Block, CodeBlock, Image
from learncomm_agent.commands.context import Context
from learncomm_agent.sessions.facilitating.participation import FEWEST, Evenness, Participation
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.state import Session

_COMPARED = frozenset(Evenness) - {Evenness.UNKNOWN}
_SHORTEST_TREND = 2
_FILE = "participation.png"


async def participation(context: Context, session: Session) -> list[Block]:
    """Return how the group talked, in sums beside its own past; with a chart where that can be shown."""
    figures = session.results.get("participation")
    if not isinstance(figures, Mapping) or not figures.get("spoke"):
        return []
    blocks = list(_in_words(context, figures))
    chart = _chart(context, figures)
    if chart is None:
        return blocks
    can = await context.platform.capabilities(context.room.ref)
    drawn = await asyncio.to_thread(picture, chart) if can.images >= Level.PARTIAL else None
    if drawn is not None:
        return [*blocks, Image(_FILE, PNG, drawn, _alt(context, chart))]
    blocks.append(CodeBlock(in_letters(chart)))
    if chart.trend is not None:
        blocks.append(context.say("session.trend", chart=levels(chart.trend.shares)))
    return blocks


def own_part(context: Context, session: Session) -> list[Block]:
    """Tell whoever asks what they contributed themselves; no rank, nobody else's figures."""
    parts = (session.results.get(OWN) or {}).get("parts") or ()
    found = Participation.of({"parts": parts}).own(context.member.id)
    if not found.turns:
        return []
    return [context.say("session.you_spoke", turns=found.turns, drawn=found.drawn)]


def _in_words(context: Context, figures: Mapping[str, Any]) -> Iterator[Block]:
    yield context.say("session.spoke", count=figures["spoke"], present=figures["present"])
    if (evenness := figures.get("evenness")) in _COMPARED:
        yield context.say(f"session.evenness.{evenness}")


def _chart(context: Context, figures: Mapping[str, Any]) -> Chart | None:
    """Return what is drawn; nothing where so few spoke that a share would tell who is meant."""
    count, present = figures["spoke"], figures["present"]
    if count < FEWEST:
        return None
    spoke = context.layout.phrase("session.chart_spoke", count=count, present=present)
    bars = [Bar(spoke, count / max(count, present))]
    for name, key in (
        ("answered", "session.chart_answered"),
        ("uptake", "session.chart_taken_up"),
        ("top_third", "session.chart_top_third"),
    ):
        if (share := figures.get(name)) is not None:
            bars.append(Bar(context.label(key), share))
    return Chart(context.label("session.chart_title"), tuple(bars), _trend(context, figures))


def _trend(context: Context, figures: Mapping[str, Any]) -> Trend | None:
    """Return how evenly words were shared from talk to talk: what is told as uneven, turned round."""
    past = figures.get("trend") or ()
    if len(past) < _SHORTEST_TREND:
        return None
    usual = figures.get("usual_gini")
    return Trend(
        context.label("session.chart_trend"),
        tuple(1 - each for each in past),
        context.label("session.chart_uneven"),
        context.label("session.chart_even"),
        context.label("session.chart_latest"),
        None if usual is None else 1 - usual,
        context.label("session.chart_usual"),
    )


def _alt(context: Context, chart: Chart) -> str:
    """Return what the picture says, for those who don't see it."""
    trend = chart.trend
    return context.layout.phrase(
        "session.chart_alt",
        title=chart.title,
        bars=[f"{each.label} {round(100 * each.share)} %" for each in chart.bars],
        over="" if trend is None else trend.label,
        trend=[] if trend is None else [round(100 * each) for each in trend.shares],
    )
