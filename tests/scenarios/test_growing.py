"""A room that grew is not read again from the start, and what a model made of it is forgotten with its messages."""

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.llm.model import Completion, Request
from learncomm_agent.storage import rooms
from learncomm_agent.storage.readings import KEPT_FOR
from learncomm_agent.storage.schema_writing import readings
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.models import ScriptedModel, material_of
from learncomm_agent.writing.items import ItemKind, Outcome, Summary, Transcript, Utterance
from learncomm_agent.writing.summaries import Scope
from learncomm_agent.writing.writer import Brief

WORD = "xanthoquill"
AT_LENGTH = (
    "as we said when we sat together in the garden and spoke of what we want to plant there. " * 5
)


def retelling(request: Request) -> dict[str, Any]:
    """Answer with the first words of each message, and with what names the word."""
    lines = material_of(request)
    told = [
        {"line": each.number, "quote": " ".join(each.text.split()[:6]), "also": [],
         "text": " ".join(each.text.split()[:6])}
        for each in lines
        if WORD in each.text
    ]  # fmt: skip
    return {kind: told if kind is ItemKind.KEY_POINT else [] for kind in ItemKind}


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(retelling)


async def talk(circle: Circle, first: int, count: int) -> list[MessageRef]:
    """Let people speak at length in the hall, and return the messages."""
    return [
        await circle.ben.says(f"Bed number {first + i} is for herbs, {AT_LENGTH}", circle.hall)
        for i in range(count)
    ]


async def summed_up(
    circle: Circle, model: ScriptedModel, where: RoomRef | None = None
) -> tuple[Summary, list[str]]:
    """Sum a room up, the hall if none is named; also return what the model was given to read for it."""
    house, ref = circle.agent.house, where or circle.hall
    room = await house.database.read(lambda conn: rooms.find(conn, [ref])[ref])
    before = len(model.requests)
    brief = Brief(circle.agent.community, "en")
    summary, _ = await house.summaries.write(Scope(room, "The hall"), brief)
    read = [line.text for request in model.requests[before:] for line in material_of(request)]
    return summary, read


async def kept(circle: Circle) -> int:
    count = sa.select(sa.func.count()).select_from(readings)
    return await circle.agent.house.database.read(lambda conn: conn.execute(count).scalar_one())


async def test_only_what_is_new_is_read_again(data: Path, model: ScriptedModel) -> None:
    async with Circle(data, model=model) as circle:
        await circle.ben.says(f"The {WORD} blooms at night in the garden of Ann.", circle.hall)
        await talk(circle, 0, 9)
        summary, read = await summed_up(circle, model)
        assert (len(read), summary.spent.calls, summary.spent.known) == (10, 1, 0)
        again, read = await summed_up(circle, model)
        assert (read, again.spent.calls, again.spent.known) == ([], 0, 10)
        assert again.items == summary.items
        await talk(circle, 9, 3)
        grown, read = await summed_up(circle, model)
        assert [text[:13] for text in read] == ["Bed number 9 ", "Bed number 10", "Bed number 11"]
        assert (grown.coverage.read, grown.spent.known, len(grown.segments)) == (13, 10, 2)
        assert grown.items[ItemKind.KEY_POINT] == summary.items[ItemKind.KEY_POINT]
        # In another language it is another text.
        house = circle.agent.house
        room = await house.database.read(lambda conn: rooms.find(conn, [circle.hall])[circle.hall])
        german = Brief(circle.agent.community, "de")
        other, _ = await house.summaries.write(Scope(room, "The hall"), german)
        assert other.spent.known == 0


async def test_a_thread_is_not_read_again_that_was_read_with_its_room(
    data: Path, model: ScriptedModel
) -> None:
    async with Circle(data, model=model) as circle:
        thread = circle.platform.add_room("leaf", None, parent=circle.hall, is_read=True)
        await talk(circle, 9, 1)
        for number in range(40):
            await circle.ben.says(f"Bed number {number} is for herbs, {AT_LENGTH}", thread)
        _, read = await summed_up(circle, model)
        assert len(read) == 41
        _, read = await summed_up(circle, model, thread)
        again, unread = await summed_up(circle, model, thread)
        assert (unread, again.spent.known) == ([], 40), f"{len(read)} read"


async def test_a_short_end_is_read_again_with_what_follows(
    data: Path, model: ScriptedModel
) -> None:
    async with Circle(data, model=model) as circle:
        await talk(circle, 0, 1)
        await summed_up(circle, model)
        await talk(circle, 1, 9)
        summary, read = await summed_up(circle, model)
        assert (len(read), len(summary.segments)) == (10, 1)


def files_that_hold(folder: Path, word: str) -> list[str]:
    """Return the files below a folder in whose bytes a word stands."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in found if word.encode() in path.read_bytes().lower()]


Change = Callable[[Circle, MessageRef], Coroutine[Any, Any, Any]]


async def deleted(circle: Circle, message: MessageRef) -> None:
    await circle.ben.deletes(message)


async def edited(circle: Circle, message: MessageRef) -> None:
    await circle.ben.edits(message, "The rose blooms at night in the garden of Ann.")


@pytest.mark.parametrize("change", [deleted, edited], ids=lambda each: each.__name__)
async def test_what_a_model_made_of_a_message_goes_with_its_words(
    change: Change, data: Path, model: ScriptedModel
) -> None:
    async with Circle(data, model=model) as circle:
        await talk(circle, 0, 5)
        message = await circle.ben.says(
            f"The {WORD} blooms at night in the garden of Ann.", circle.hall
        )
        await talk(circle, 5, 5)
        await summed_up(circle, model)
        assert await kept(circle) == 1
        assert files_that_hold(data, WORD)
        await change(circle, message)
        assert await kept(circle) == 0
        await circle.clock.advance(120)
        await circle.settle()
        assert files_that_hold(data, WORD) == []
        summary, read = await summed_up(circle, model)
        assert len(read) == summary.coverage.read
        assert not any(WORD in text for text in read)


@pytest.mark.parametrize("consent", ["out", "summaries only"])
async def test_what_a_model_made_goes_when_somebody_allows_less(
    consent: str, data: Path, model: ScriptedModel
) -> None:
    async with Circle(data, model=model) as circle:
        await circle.ann.says(f"We shall plant roses, {AT_LENGTH}", circle.hall)
        await talk(circle, 0, 5)
        await summed_up(circle, model)
        assert await kept(circle) == 1
        await circle.chloe.sends("me", circle.hall, consent=consent)
        assert await kept(circle) == 1  # she said nothing
        await circle.ben.sends("me", circle.hall, consent=consent)
        if consent == "out":
            await circle.ben.presses("Yes, forget it")
        assert await kept(circle) == 0


class Meanwhile(ScriptedModel):
    """A model while which reads something else happens."""

    def __init__(self) -> None:
        super().__init__(retelling)
        self.meanwhile: Callable[[], Coroutine[Any, Any, None]] | None = None

    async def complete(self, request: Request) -> Completion:
        if self.meanwhile is not None:
            await self.meanwhile()
        return await super().complete(request)


@pytest.mark.parametrize("change", [deleted, edited], ids=lambda each: each.__name__)
async def test_what_changes_while_the_model_reads_is_not_kept(change: Change, data: Path) -> None:
    model = Meanwhile()
    async with Circle(data, model=model) as circle:
        message = await circle.ben.says(f"The {WORD} blooms in the garden of Ann.", circle.hall)
        await talk(circle, 0, 6)
        model.meanwhile = partial(change, circle, message)
        await summed_up(circle, model)
        assert await kept(circle) == 0


async def test_what_a_model_made_up_is_not_kept(data: Path) -> None:
    def invented(request: Request) -> dict[str, Any]:
        line = {"line": 1, "quote": "nobody has said this", "also": [], "text": "So it is."}
        return {kind: [line] if kind is ItemKind.DECISION else [] for kind in ItemKind}

    model = ScriptedModel(invented)
    async with Circle(data, model=model) as circle:
        await talk(circle, 0, 6)
        summary, _ = await summed_up(circle, model)
        assert (summary.why_extracted, summary.spent.calls) == ("unclear", 1)
        assert await kept(circle) == 0


async def test_what_another_version_kept_in_another_shape_is_read_again(
    data: Path, model: ScriptedModel
) -> None:
    async with Circle(data, model=model) as circle:
        await talk(circle, 0, 6)
        await summed_up(circle, model)
        broken = sa.func.json_set(readings.c.content, "$.windows", "of another shape")
        change = sa.update(readings).values(content=sa.func.json(broken))
        await circle.agent.house.database.write(lambda conn: conn.execute(change))
        summary, read = await summed_up(circle, model)
        assert (len(read), summary.spent.known) == (6, 0)


async def test_what_is_kept_is_let_go_after_a_month(data: Path, model: ScriptedModel) -> None:
    async with Circle(data, model=model) as circle:
        await talk(circle, 0, 6)
        await summed_up(circle, model)
        await circle.clock.advance(KEPT_FOR.total_seconds() / 2)
        await circle.settle()
        assert await kept(circle) == 1
        await circle.clock.advance(KEPT_FOR.total_seconds() / 2 + 86_400)
        await circle.settle()
        assert await kept(circle) == 0


async def test_a_budget_that_is_used_up_midway_costs_no_message(
    data: Path, model: ScriptedModel
) -> None:
    said = tuple(
        Utterance(f"m{i}", "Ann", f"Bed {i} is for herbs, and {AT_LENGTH}") for i in range(400)
    )
    async with Circle(data, model=model, tokens_per_day=45_000) as circle:
        brief = Brief(circle.agent.community, "en")
        summary = await circle.agent.house.writer.summary(Transcript("Beds", said), brief)
        outcomes = [each.outcome for each in summary.segments]
        asked = len(model.requests)
        assert 1 <= asked < len(outcomes)
        assert outcomes[asked:] == [Outcome.PLAIN] * (len(outcomes) - asked)
        assert {each.reason for each in summary.segments[asked:]} == {"budget"}
        assert summary.coverage.read == 400 == sum(each.messages for each in summary.segments)
        assert summary.spent.calls == asked
        again = await circle.agent.house.writer.summary(Transcript("Beds", said), brief)
        assert (again.why_extracted, len(model.requests)) == ("budget", asked)
