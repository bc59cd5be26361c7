"""Small charts for a phone: shares as bars with how something went below, or some figures week by week.

They are drawn with matplotlib where that is installed (the extra `charts`); else the same is shown with letters.
"""

import io
from dataclasses import dataclass
from math import nan
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PNG = "image/png"
_BLUE, _ORANGE, _PALE, _GREY, _INK = "#0072B2", "#B84A00", "#DDDDDD", "#555555", "#222222"
"""Blue and a dark orange, which everybody can tell apart and read on white; shapes differ too."""
_INCHES, _DOTS = 5.0, 144
_BAR, _TREND, _WEEK, _FRAME = 0.62, 1.7, 1.3, 0.75
"""Inches of height: a bar with its label, the line below them, a figure week by week, what stands around."""
_TITLE, _TEXT = 13, 11
_LINE = 46
"""Letters of a title that fit in one line."""
_CELLS = 10
_LEVELS = "▁▂▃▄▅▆▇█"
_TIMES = 12
"""So many points of a line, the latest."""
_FEWEST, _EVERY = 6, 2
"""Weeks for which there is room at least, and each second one is named: for more there is none."""
_FEW_DAYS = 4
"""For so many, each week has room for its name."""
_ABOVE: dict[str, Any] = {"xytext": (0, 8), "textcoords": "offset points"}


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


@dataclass(frozen=True, slots=True)
class Pairs:
    """How many of some there were week by week: bars, filled as far as they go."""

    label: str
    pairs: tuple[tuple[int, int] | None, ...]
    """The part and the whole; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How a figure went week by week."""

    label: str
    values: tuple[float | None, ...]
    """From 0 on; None where it is not known."""
    latest: str
    """What the last value that is known is called."""
    usual: float | None = None
    """What is usual, as a dashed line; the label says so."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """Some figures one below the other, week by week, the latest last."""

    title: str
    days: tuple[str, ...]
    panes: tuple[Pairs | Curve, ...]


def picture(chart: Chart | Weeks) -> bytes | None:
    """Draw a chart as PNG; None where nothing is installed that draws. Blocks, so call it in a thread."""
    if isinstance(chart, Weeks):
        drawn = _panes(chart.title, [_WEEK] * len(chart.panes))
        if drawn is None:
            return None
        figure, panes = drawn
        for pane, axes in zip(chart.panes, panes, strict=True):
            _draw_weeks(axes, pane, chart.days if axes is panes[-1] else ())
        return _saved(figure)
    rows = len(chart.bars) * _BAR
    drawn = _panes(chart.title, [rows] if chart.trend is None else [rows, _TREND])
    if drawn is None:
        return None
    figure, panes = drawn
    _draw_bars(panes[0], chart.bars)
    if chart.trend is not None:
        _draw_trend(panes[1], chart.trend)
    return _saved(figure)


def _panes(title: str, heights: list[float]) -> "tuple[Figure, list[Axes]] | None":
    """Return an empty picture under its title, and the panes of these heights one below the other."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError:
        return None
    figure = Figure(
        figsize=(_INCHES, sum(heights) + _FRAME),
        dpi=_DOTS,
        layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1),
    )
    FigureCanvasAgg(figure)
    panes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
    title = fill(title, _LINE)
    figure.suptitle(title, fontsize=_TITLE, fontweight="bold", color=_INK, x=0.02, ha="left")
    return figure, [row[0] for row in panes]


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


def _draw_weeks(axes: "Axes", pane: Pairs | Curve, days: tuple[str, ...]) -> None:
    """Draw a figure week by week; its name stands above, and the days below the last pane alone."""
    count = len(pane.pairs if isinstance(pane, Pairs) else pane.values)
    if isinstance(pane, Pairs):
        _draw_pairs(axes, pane)
    else:
        _draw_curve(axes, pane)
    axes.set_title(pane.label, fontsize=_TEXT, color=_INK, loc="left", wrap=True)
    beside = 0.6 + max(0, _FEWEST - count) / 2
    axes.set_xlim(-beside, count - 1 + beside)
    axes.set_yticks([])
    axes.axhline(0, color=_PALE, linewidth=1, zorder=0)
    every = _EVERY if count > _FEW_DAYS else 1
    shown = [*range(count - 1, -1, -every)] if days else []
    axes.set_xticks(shown, [days[place] for place in shown], fontsize=_TEXT - 1, color=_GREY)
    axes.tick_params(length=0)
    axes.set_frame_on(False)


def _draw_pairs(axes: "Axes", pane: Pairs) -> None:
    """Draw a pale bar for the whole, with a filled one in it, and both figures above."""
    top = max((pair[1] for pair in pane.pairs if pair is not None), default=0)
    for place, pair in enumerate(pane.pairs):
        if pair is None:
            axes.text(place, 0, "–", ha="center", va="bottom", fontsize=_TEXT - 1, color=_GREY)
            continue
        part, whole = pair
        if whole:
            axes.bar(place, whole, width=0.62, color="white", edgecolor=_GREY, hatch="////", lw=0.8)
            axes.bar(place, part, width=0.62, color=_BLUE, edgecolor=_GREY, lw=0.8)
        said = f"{part}/{whole}"
        axes.annotate(said, (place, whole), **_ABOVE, ha="center", fontsize=_TEXT - 1, color=_INK)
    axes.set_ylim(-0.02 * top, max(top, 1) * 1.35)


def _draw_curve(axes: "Axes", pane: Curve) -> None:
    """Draw a line with a point a week and gaps where nothing is known; the latest stands out by its shape."""
    known = [(place, value) for place, value in enumerate(pane.values) if value is not None]
    heights = [value for _, value in known] + ([] if pane.usual is None else [pane.usual])
    top = max(heights, default=0) or 1
    places, values = range(len(pane.values)), [nan if v is None else v for v in pane.values]
    axes.plot(places, values, color=_BLUE, marker="o", markersize=5, linewidth=1.8)
    if pane.usual is not None:
        axes.axhline(pane.usual, color=_INK, linestyle="--", linewidth=1, zorder=1)
    if known:
        last = known[-1]
        axes.plot(*last, color=_ORANGE, marker="D", markersize=8, zorder=6)
        side = "center" if last[0] < len(values) - 2 or len(values) < _FEWEST else "right"
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        words: dict[str, Any] = {
            "fontsize": _TEXT,
            "fontweight": "bold",
            "color": _ORANGE,
            "zorder": 5,
        }
        axes.annotate(pane.latest, last, **_ABOVE, ha=side, bbox=ground, **words)
    axes.set_ylim(-0.13 * top, top * 1.5)


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
