"""With the real model: what was shared is found by its meaning, in other words than it was written in."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import find_models
from learncomm_agent.testing.community import Circle
from learncomm_agent.words import Words

pytestmark = pytest.mark.slow


@pytest.fixture
async def clever(tmp_path: Path, models_folder: Path) -> AsyncIterator[Circle]:
    files = await asyncio.to_thread(partial(find_models, folder=models_folder))
    await asyncio.to_thread(shorten_guides, tmp_path / "data" / "community")
    async with Circle(tmp_path / "data", embedder=lambda: MiniLM(files)) as circle:
        yield circle


def shorten_guides(own: Path) -> None:
    """Let the community have the first words of each guide: to embed them all takes ten seconds."""
    for document in Words().documents("guides"):
        path = own / "guides" / f"{document.name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document.path.read_text(encoding="utf-8")[:600], encoding="utf-8")


async def test_a_question_in_other_words_finds_what_was_shared(clever: Circle) -> None:
    note = "The physician advised the patient to walk briskly each morning."
    await clever.ben.asks(f"share {note}", clever.hall)
    found = await clever.ann.sends("search", clever.hall, query="doctor recommends exercise")
    assert note in found, "none of the query's words stands in it"
    assert "words alone" not in found
