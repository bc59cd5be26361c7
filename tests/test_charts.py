"""Small charts: drawn where something draws, else told with letters."""

import struct
import sys

import pytest

from learncomm_agent.charts import (
    Bar,
    Chart,
    Curve,
    Pairs,
    Trend,
    Weeks,
    in_letters,
    levels,
    picture,
)

BARS = (
    Bar("Spoke (7 of 12)", 7 / 12),
    Bar("Antworten, ungewöhnlich lang benannt", 1.0),
    Bar("x", 0.0),
)
TREND = Trend("From time to time", (0.1, 1.0, 0.5), "low", "high", "now", 0.4, "usual")


@pytest.mark.parametrize("trend", [None, TREND, Trend("t", (0.0,) * 40, "", "", "")])
def test_a_picture_is_as_wide_as_a_phone_shows_it(trend: Trend | None) -> None:
    drawn = picture(Chart("How the group takes part", BARS, trend))
    assert drawn is not None and drawn.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", drawn[16:24])
    assert width == 720 and height < 2 * width and len(drawn) < 100_000


def test_where_nothing_draws_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert picture(Chart("x", BARS)) is None


def test_bars_and_lines_are_told_with_letters() -> None:
    assert in_letters(Chart("x", BARS, TREND)).splitlines() == [
        "██████░░░░  58 % Spoke (7 of 12)",
        "██████████ 100 % Antworten, ungewöhnlich lang benannt",
        "░░░░░░░░░░   0 % x",
    ]
    assert levels(TREND.shares) == "▁█▅"


DAYS = tuple(f"{n}. Nov." for n in range(1, 9))
UNKNOWN = (None,) * 7


@pytest.mark.parametrize(
    "panes",
    [
        (
            Pairs("Questions", ((3, 5), (0, 0), None, (1, 1), (0, 9), (117, 138), (2, 3), (1, 2))),
            Curve("First reply", (30, 2.5, None, 9, 4, 4, 4, 0), "0 h", 6.0),
            Curve(
                "Anteil des Drittels, das in allen Räumen am meisten schreibt", (0.5,) * 8, "50 %"
            ),
        ),
        (Pairs("x", ((0, 0),) * 8), Curve("y", (0.0,) * 8, "0")),
        (Curve("only one is known", (*UNKNOWN, 1200.0), "1,200 h", 0.0),),
        (Pairs("nothing is known", (*UNKNOWN, None)), Curve("neither", (*UNKNOWN, None), "")),
    ],
)
def test_weeks_are_drawn_whatever_is_known_of_them(panes: tuple[Pairs | Curve, ...]) -> None:
    drawn = picture(Weeks("Eight weeks, with a title that needs more than a line", DAYS, panes))
    assert drawn is not None and drawn.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", drawn[16:24])
    assert width == 720 and height < 2 * width and len(drawn) < 100_000


def test_one_week_is_drawn_and_without_a_painter_none(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Weeks("x", DAYS[:1], (Pairs("x", ((1, 2),)), Curve("y", (0.5,), "50 %")))
    assert picture(one) is not None
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert picture(one) is None
