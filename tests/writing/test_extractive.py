import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from learncomm_agent.errors import WordsError
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.extractive import ExtractiveWriter
from learncomm_agent.writing.items import ItemKind, Transcript
from learncomm_agent.writing.writer import Writer

Tables = Callable[[str, str], Mapping[str, Any]]


@pytest.fixture
def writer(tables: Tables) -> Writer:
    return ExtractiveWriter(
        lambda language: tables("cues", language), lambda language: tables("questions", language)
    )


async def test_it_writes_all_three(
    writer: Writer, passage: Callable[..., Passage], transcript: Callable[..., Transcript]
) -> None:
    here = passage("Hosts should wait because thinking takes people some time.", "Waiting")
    answer, questions, summary = await asyncio.gather(
        writer.answer("Why should hosts wait?", [here], language="en"),
        writer.questions([here], count=3, language="en", seen=frozenset()),
        writer.summary(transcript(("Ana", "We decided to wait longer.")), language="de"),
    )
    assert answer.is_found
    assert len(questions) == 3
    assert summary.items[ItemKind.DECISION]


async def test_an_unknown_language_is_no_error(
    writer: Writer, passage: Callable[..., Passage]
) -> None:
    here = passage("Les hôtes attendent.")
    assert await writer.questions([here], count=3, language="fr", seen=frozenset()) == ()


async def test_a_broken_word_list_is_told(passage: Callable[..., Passage]) -> None:
    broken = ExtractiveWriter(lambda _: {"decisions": {"says": ["{x}"]}}, lambda _: {})
    with pytest.raises(WordsError):
        await broken.answer("Why?", [passage("Because.")], language="en")
