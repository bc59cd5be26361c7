"""A model that lies publishes nothing that was not said, and what it told honestly is published."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import MOST_LINES
from learncomm_agent.writing.evidence.gate import CheckedWriter
from learncomm_agent.writing.items import (
    Answer,
    Coverage,
    Item,
    ItemKind,
    Method,
    QuestionSet,
    Summary,
    Transcript,
    Utterance,
)
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.writer import Brief

Tables = Callable[[str, str], Mapping[str, Any]]

LIES = tomllib.loads(Path(__file__).with_name("lies.toml").read_text(encoding="utf-8"))["talks"]
TALKS = {each["language"]: each for each in LIES}
FRIDAY = date(2024, 5, 10)


class Drafted:
    """A writer that hands in one draft."""

    def __init__(self, draft: Summary) -> None:
        self._draft = draft

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        return self._draft

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        raise NotImplementedError

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        raise NotImplementedError


@pytest.fixture
def gate(tables: Tables) -> Callable[[Summary], CheckedWriter]:
    def table(_slug: str, language: str) -> Mapping[str, Any]:
        return {**tables("claims", language), **tables("cues", language)}

    book = CueBook(table, lambda _: ("de", "en"))
    return lambda draft: CheckedWriter(Drafted(draft), book)


def brief(language: str) -> Brief:
    return Brief(Community(CommunityId(1), "Readers"), language)


def talk(language: str) -> Transcript:
    said = enumerate(TALKS[language]["said"])
    return Transcript(
        "Evening",
        tuple(
            Utterance(f"m{n}", who, text, datetime(2024, 5, 8, 15, n, tzinfo=UTC))
            for n, (who, text) in said
        ),
        language=language,
    )


def item(line: Mapping[str, Any]) -> Item:
    evidence = tuple(f"m{number}" for number in line["cites"])
    return Item(line["text"], evidence, line["quote"], line.get("owner"), line.get("due"))


def drafted(items: Mapping[ItemKind, tuple[Item, ...]]) -> Summary:
    return Summary("t", Method.MODEL, Coverage(13, 13), dict(items))


def plain(text: str) -> str:
    kept = "".join(each if each.isalnum() else " " for each in text.casefold())
    return " ".join(kept.split())


@pytest.mark.parametrize(
    ("language", "line"),
    [(each["language"], line) for each in LIES for line in each["lines"]],
    ids=[f"{t['language']} {line.get('lie', 'honest')}" for t in LIES for line in t["lines"]],
)
async def test_a_line_is_published_as_far_as_it_was_said(
    language: str, line: Mapping[str, Any], gate: Callable[[Summary], CheckedWriter]
) -> None:
    conversation = talk(language)
    draft = drafted({ItemKind(line["kind"]): (item(line),)})
    summary = await gate(draft).summary(conversation, brief(language))
    said = {each.id: each.text for each in conversation.utterances}
    published = [each for items in summary.items.values() for each in items]
    assert len(published) + summary.dropped == 1
    is_honest = "lie" not in line
    assert len(published) == 1 or not is_honest
    for each in published:
        assert plain(each.quote) in plain(said[each.evidence[0]])
        assert each.owner == line.get("owns")
        assert each.due in (None, FRIDAY, *([line["due"]] if is_honest and "due" in line else []))
        own_words = plain(each.text).removeprefix("um ")
        is_said = own_words in plain(said[each.evidence[0]])
        assert is_said or (is_honest and each.text == line["text"])
        assert not each.doubt


@pytest.mark.parametrize("language", TALKS)
async def test_honest_lines_are_published_among_lies(
    language: str, gate: Callable[[Summary], CheckedWriter]
) -> None:
    lines = sorted(TALKS[language]["lines"], key=lambda line: "lie" not in line)
    items = {kind: tuple(item(line) for line in lines if line["kind"] == kind) for kind in ItemKind}
    first, *_ = items[ItemKind.INSIGHT]
    endless = tuple(replace(first, text=f"{first.text} {n}") for n in range(500))
    items[ItemKind.OVERVIEW] += endless
    summary = await gate(drafted(items)).summary(talk(language), brief(language))
    published = [each for found in summary.items.values() for each in found]
    rest_on = {each.evidence[0] for each in published}
    assert all(f"m{line['cites'][0]}" in rest_on for line in lines if "lie" not in line)
    assert len(summary.items[ItemKind.OVERVIEW]) <= MOST_LINES
    assert summary.dropped >= 490
