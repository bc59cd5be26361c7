import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.errors import WordsError
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.extractive.writer import ExtractiveWriter
from learncomm_agent.writing.items import ItemKind, Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.writer import Brief, Writer

READERS = Community(CommunityId(1), "Readers")
ENGLISH, GERMAN = Brief(READERS, "en"), Brief(READERS, "de")
Tables = Callable[[str, str], Mapping[str, Any]]


@pytest.fixture
def writer(tables: Tables) -> Writer:
    book = CueBook(lambda slug, language: tables("cues", language))
    return ExtractiveWriter(book, lambda slug, language: tables("questions", language))


async def test_it_writes_all_three(
    writer: Writer, passage: Callable[..., Passage], transcript: Callable[..., Transcript]
) -> None:
    here = passage("Hosts should wait because thinking takes people some time.", "Waiting")
    answer, questions, summary = await asyncio.gather(
        writer.answer("Why should hosts wait?", [here], ENGLISH),
        writer.questions([here], ENGLISH, count=2, seen=frozenset()),
        writer.summary(transcript(("Ana", "We decided to wait longer.")), GERMAN),
    )
    assert answer.is_found
    assert len(questions) == 2
    assert summary.items[ItemKind.DECISION]


async def test_an_unknown_language_is_no_error(
    writer: Writer, passage: Callable[..., Passage]
) -> None:
    here = passage("Les hôtes attendent.")
    french = Brief(READERS, "fr")
    assert len(await writer.questions([here], french, count=3, seen=frozenset())) == 0


async def test_a_broken_word_list_is_told(passage: Callable[..., Passage]) -> None:
    book = CueBook(lambda *_: {"decisions": {"says": ["{x}"]}})
    broken = ExtractiveWriter(book, lambda *_: {})
    with pytest.raises(WordsError):
        await broken.answer("Why?", [passage("Because.")], ENGLISH)
