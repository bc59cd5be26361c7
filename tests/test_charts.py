"""Small charts: drawn where something draws, else told with letters."""

import struct
import sys

import pytest

from learncomm_agent.charts import Bar, Chart, Trend, in_letters, levels, picture

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
