"""A small chart for a phone: shares as bars, and below them how something went from time to time.

It is drawn with matplotlib where that is installed (the extra `charts`); else the same is shown with letters.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PNG = "image/png"
_BLUE, _ORANGE, _PALE, _GREY, _INK = "#0072B2", "#B84A00", "#DDDDDD", "#555555", "#222222"
"""Blue and a dark orange, which everybody can tell apart and read on white; shapes differ too."""
_INCHES, _DOTS = 5.0, 144
_BAR, _TREND, _FRAME = 0.62, 1.7, 0.75
"""Inches of height: a bar with its label, the line below them, and what stands around."""
_TITLE, _TEXT = 13, 11
_CELLS = 10
_LEVELS = "▁▂▃▄▅▆▇█"
_TIMES = 12
"""So many points of a line, the latest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of a whole."""

    label: str
    share: float
    """From 0 to 1."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How something went, the latest last, each from 0 to 1."""

    label: str
    shares: tuple[float, ...]
    low: str
    """What it means to be at the bottom."""
    high: str
    latest: str
    """What the latest one is called."""
    usual: float | None = None
    usual_label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn."""

    title: str
    bars: tuple[Bar, ...]
    trend: Trend | None = None


def picture(chart: Chart) -> bytes | None:
    """Draw a chart as PNG; None where nothing is installed that draws. Blocks, so call it in a thread."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError:
        return None
    rows = len(chart.bars) * _BAR
    heights = [rows] if chart.trend is None else [rows, _TREND]
    figure = Figure(
        figsize=(_INCHES, sum(heights) + _FRAME),
        dpi=_DOTS,
        layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1),
    )
    FigureCanvasAgg(figure)
    panes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
    figure.suptitle(chart.title, fontsize=_TITLE, fontweight="bold", color=_INK, x=0.02, ha="left")
    _draw_bars(panes[0][0], chart.bars)
    if chart.trend is not None:
        _draw_trend(panes[1][0], chart.trend)
    return _saved(figure)


def _saved(figure: "Figure") -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png", metadata={"Software": None})
    return held.getvalue()


def _draw_bars(axes: "Axes", bars: tuple[Bar, ...]) -> None:
    """Draw each bar below its label, as long labels have no room beside it on a phone."""
    for place, bar in enumerate(bars):
        axes.barh(place, 1, height=0.34, color=_PALE)
        axes.barh(place, bar.share, height=0.34, color=_BLUE)
        axes.text(0, place - 0.27, bar.label, va="bottom", fontsize=_TEXT, color=_INK)
        figure = f"{round(100 * bar.share)} %"
        axes.text(1, place - 0.27, figure, va="bottom", ha="right", fontsize=_TEXT, color=_INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(bars) - 0.7, -0.75)
    axes.axis("off")


def _draw_trend(axes: "Axes", trend: Trend) -> None:
    """Draw a line from time to time; the latest stands out by its shape, too. Words stand within, as on the bars."""
    shares = trend.shares[-_TIMES:]
    last = len(shares)
    axes.plot(range(1, last + 1), shares, color=_BLUE, marker="o", markersize=5, linewidth=1.8)
    axes.plot(last, shares[-1], color=_ORANGE, marker="D", markersize=9, clip_on=False, zorder=4)
    if trend.usual is not None:
        axes.axhline(trend.usual, color=_INK, linestyle="--", linewidth=1, zorder=1)
        _word(axes, trend.usual + 0.02, trend.usual_label, "bottom", _INK)
    for height, word in ((1, trend.high), (0, trend.low)):
        axes.axhline(height, color=_PALE, linewidth=1, zorder=0)
        _word(axes, height, word, "bottom" if height == 0 else "top", _GREY)
    axes.set_title(trend.label, fontsize=_TEXT, color=_INK, loc="left", wrap=True)
    axes.set_ylim(-0.06, 1.06)
    axes.set_xlim(1 - (last - 0.6) / 3, last + 0.2 + 0.06 * last)
    axes.set_yticks([])
    axes.set_xticks([last], [trend.latest], fontsize=_TEXT - 1, color=_ORANGE)
    axes.tick_params(length=0)
    axes.set_frame_on(False)


def _word(
    axes: "Axes", height: float, word: str, stands: Literal["bottom", "top"], color: str
) -> None:
    """Write a word at the left, where no line runs."""
    place = axes.get_yaxis_transform()
    axes.text(0.01, height, word, va=stands, fontsize=_TEXT - 1, color=color, transform=place)


def in_letters(chart: Chart) -> str:
    """Return the bars of a chart as lines of text."""
    lines = []
    for bar in chart.bars:
        full = round(bar.share * _CELLS)
        lines.append(
            f"{'█' * full}{'░' * (_CELLS - full)} {round(100 * bar.share):3} % {bar.label}"
        )
    return "\n".join(lines)


def levels(shares: tuple[float, ...]) -> str:
    """Return a line of little bars, one for each share."""
    return "".join(_LEVELS[min(len(_LEVELS) - 1, int(each * len(_LEVELS)))] for each in shares)
