"""Claims of an answer are shown as they come, once they are checked, to those for whom the answer is."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.llm.model import Request
from learncomm_agent.storage.schema import work
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.models import Said, StreamingModel, material_of
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from tests.scenarios.test_progress import UNCHECKED, SlowCircle

NOTES = (
    "Quiet members speak sooner when they may write first.",
    "Quiet members wait longer when the host asks by name.",
    "Quiet members come back when somebody has read their line aloud.",
)
ASKED = "When do quiet members speak?"
STILL = "I am still writing."


def claims(request: Request) -> dict[str, Any]:
    """Answer with a claim a note, and a lie after each."""
    written = []
    for each in material_of(request):
        if "Quiet members" in each.text:
            quote = each.text.rstrip(".")
            line = {"line": each.number, "quote": quote, "also": [], "text": each.text}
            written += [line, {**line, "quote": UNCHECKED, "text": f"There was a {UNCHECKED}."}]
    return {"claims": written}


class StreamingCircle(SlowCircle):
    """Ann, Ben and Chloé with a model that writes five characters a second."""

    def __init__(self, data: Path, said: Any = claims, *, chars: int = 5, **how: Any) -> None:
        clock = how.pop("clock", None) or ManualClock()
        self.model = StreamingModel(said, clock, chars=chars, seconds=1.0)  # type: ignore[assignment]
        Circle.__init__(self, data, model=self.model, clock=clock, **how)
        self.seen = []

    async def __aenter__(self) -> "StreamingCircle":
        await super().__aenter__()
        for note in NOTES:
            await self.ben.asks(f"share {note}", self.hall)
        return self


def numbers(text: str) -> int:
    """Return how many claims a text shows."""
    return sum(f"{n}. Ben said: Quiet" in text for n in range(1, 9))


async def test_claims_that_hold_are_shown_while_the_model_still_writes(data: Path) -> None:
    async with StreamingCircle(data) as circle:
        before = {post.ref for post in circle.platform.posts}
        asking = circle.ann.asks(ASKED, circle.hall)
        *steps, answer = await circle.watched(asking, circle.chloe, circle.hall)
        shown = [numbers(text) for text in steps]
        assert shown == sorted(shown) and max(shown) > 0, steps
        assert all(text.endswith(STILL) for text in steps if numbers(text))
        assert numbers(answer) == 3 and STILL not in answer
        assert "did not match the passages" in answer
        assert circle.new(before) == [answer]
        assert not any(UNCHECKED in text for text in circle.seen)


async def test_what_is_for_one_alone_is_shown_to_nobody_else_while_it_is_written(
    data: Path,
) -> None:
    async with StreamingCircle(data) as circle:
        asking = asyncio.ensure_future(circle.ben.sends("ask", circle.hall, question=ASKED))
        mine, others = set[str](), set[str]()
        while not asking.done():
            await circle.step()
            mine |= {post.text for post in circle.ben.answers()}
            others |= {post.text for post in circle.chloe.answers()}
        assert any(text.endswith(STILL) for text in mine)
        assert not any(numbers(text) or STILL in text for text in others)
        await asking


async def test_no_words_of_an_answer_are_kept_before_it_is_whole(data: Path) -> None:
    async with StreamingCircle(data) as circle:
        asking = asyncio.ensure_future(circle.ann.asks(ASKED, circle.hall))
        while not any(text.endswith(STILL) for text in circle.seen):
            await circle.step()
            circle.seen += [post.text for post in circle.ann.answers()]
        kept = await circle.agent.house.database.read(
            lambda conn: conn.execute(sa.select(work.c.args)).scalars().all()
        )
        assert "when they may write first" not in str(
            [each for each in kept if each and "placeholder" in each]
        )
        while not asking.done():
            await circle.step()


@pytest.mark.parametrize(
    "said",
    [
        '{"claims": [{"line": 1, "quote": "zebra", "also": [], "text": "Zebra."}, {"line": "x"}',
        '{"claims": [' + '{"line": 1},' * 40,
        "[" * 4_000,
        '{"claims": ["' + "y" * 3_000,
        "Sure! " * 300,
    ],
)
async def test_whatever_comes_in_pieces_the_answer_comes(data: Path, said: Said) -> None:
    async with StreamingCircle(data, lambda _: said, chars=400) as circle:
        asking = circle.ann.asks(ASKED, circle.hall)
        *steps, answer = await circle.watched(asking, circle.chloe, circle.hall)
        assert not any(numbers(text) for text in steps)
        assert numbers(answer) and "Word for word from the library" in answer
        assert "zebra" not in "".join(circle.seen).lower()


async def test_what_does_not_fit_into_one_part_is_not_shown_before_it_is_whole(
    data: Path,
) -> None:
    clock = ManualClock()
    narrow = FakePlatform(clock=clock, capabilities=replace(EVERYTHING, max_text=130))
    async with StreamingCircle(data, clock=clock, platform=narrow) as circle:
        asking = circle.ann.asks(ASKED, circle.hall)
        await circle.watched(asking, circle.chloe, circle.hall)
        assert not any(STILL in text for text in circle.seen)
        assert any(numbers(text) for text in circle.seen)
