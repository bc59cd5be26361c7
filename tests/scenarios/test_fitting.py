"""An answer fits its question: the group's own words first, a time for when, a name for who, or the nearest."""

from pathlib import Path

import pytest

from learncomm_agent.testing.community import Circle


@pytest.mark.parametrize(
    ("language", "note", "asked"),
    [
        ("de", "Unser Lesekreis trifft sich jeden zweiten Donnerstag um 19 Uhr", "Wie oft treffen wir uns?"),
        ("en", "Our reading circle met every second Thursday at seven", "how often do we meet?"),
    ],
)  # fmt: skip
async def test_the_groups_own_note_comes_before_the_guides(
    data: Path, language: str, note: str, asked: str
) -> None:
    async with Circle(data, language=language) as circle:
        await circle.ben.asks(f"share {note}", circle.hall)
        told = await circle.ann.asks(asked, circle.hall)
        assert "1. Ben" in told and note in told.splitlines()[0]


async def test_what_holds_no_time_is_called_the_nearest(circle: Circle) -> None:
    await circle.ben.asks("share The kiln of the pottery stands behind the mill.", circle.hall)
    asked = "how often does the kiln of the pottery stand behind the mill?"
    assert (await circle.ann.asks(asked, circle.hall)).startswith(
        "The nearest that I have:\n\n1. Ben"
    )
    await circle.ben.asks("share The pottery kiln is fired on Mondays.", circle.hall)
    told = await circle.ann.asks("when is the pottery kiln fired?", circle.hall)
    assert "nearest" not in told and "on Mondays" in told.splitlines()[0]
