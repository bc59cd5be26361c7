"""The figures of a leader's letter as a picture, with the same in words for those who don't see it."""

from collections.abc import Callable, Iterator, Sequence

from learncomm_agent.caring.letters import Letter, Week
from learncomm_agent.charts import PNG, Curve, Pairs, Weeks, picture
from learncomm_agent.chat.outgoing import Image
from learncomm_agent.writing.letters import GAP, cells_of, day_of, hours_of
from learncomm_agent.writing.voice import Voice

FILE = "weeks.png"
_FEWEST = 2
"""Fewer weeks show no way that something goes."""


def image(voice: Voice, told: Letter) -> Image | None:
    """Return the picture; None where there is too little for one, or nothing that draws. Blocks."""
    chart = chart_of(voice, told)
    drawn = None if chart is None else picture(chart)
    if chart is None or drawn is None:
        return None
    return Image(FILE, PNG, drawn, in_words(voice, chart, told))


def chart_of(voice: Voice, told: Letter) -> Weeks | None:
    """Return what is drawn: each figure that is known for two weeks at least."""
    panes = tuple(pane for pane, _ in _panes(voice, told))
    if not panes:
        return None
    days = tuple(day_of(voice, week) for week in told.weeks)
    return Weeks(voice.phrase("letter.chart_title"), days, panes)


def in_words(voice: Voice, chart: Weeks, told: Letter) -> str:
    """Return what the picture says: each figure, week by week."""
    said = [f"{pane.label}: {', '.join(cells)}" for pane, cells in _panes(voice, told)]
    return voice.phrase("letter.alt", first=chart.days[0], figures=said)


def _panes(voice: Voice, told: Letter) -> Iterator[tuple[Pairs | Curve, Sequence[str]]]:
    """Yield what is worth drawing, with the figures as people write them."""
    columns = dict(
        zip(("questions", "reply", "third", "promises"), _columns(voice, told), strict=True)
    )
    for name, cells in columns.items():
        if sum(cell != GAP for cell in cells) < _FEWEST:
            continue
        if name == "questions":
            pairs = [None if w.asked is None else (w.answered or 0, w.asked) for w in told.weeks]
            yield Pairs(voice.phrase("letter.chart_questions"), tuple(pairs)), cells
            continue
        usual = told.usual if name == "third" else None
        label = voice.phrase(f"letter.chart_{name}", has_usual=usual is not None)
        values = tuple(map(_VALUES[name], told.weeks))
        if any(value is not None for value in values):
            known = (
                cell for cell, v in zip(cells[::-1], values[::-1], strict=True) if v is not None
            )
            yield Curve(label, values, next(known), usual), cells


def _columns(voice: Voice, told: Letter) -> list[list[str]]:
    return [list(column) for column in zip(*(cells_of(voice, w) for w in told.weeks), strict=True)]


def _reply(week: Week) -> float | None:
    return None if week.waited is None or week.waited < 0 else hours_of(week.waited)


def _kept(week: Week) -> float | None:
    return week.kept / week.due if week.due and week.kept is not None else None


_VALUES: dict[str, Callable[[Week], float | None]] = {
    "reply": _reply,
    "third": lambda week: week.share,
    "promises": _kept,
}
