"""The forms that a language model fills in, and what is made of them. Pure.

A form is not believed: it is turned into items whose ids, quotes, owners and texts `evidence` checks. A
due date is never a model's own: it names words of a message, and code reads those.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, zip_longest
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import MOST_LINES, locate
from learncomm_agent.writing.items import (
    Answer,
    Claim,
    Item,
    ItemKind,
    Method,
    Question,
    QuestionSet,
    Transcript,
    Utterance,
)
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.model.material import Entry, restored

MOST_CLAIMS = 6
MOST_QUESTIONS = 20
_LONGEST_TEXT = 400
_LONGEST_QUOTE = 600
_LONGEST_DUE = 60
_WORDS_BEFORE_DUE = 3
_LAST_WORD = re.compile(r"\S+\s*$")

Said = Annotated[str, AfterValidator(restored)]


def _at_most(items: int) -> Any:
    """Tell the model the bound of a list; a longer one is read, cut by code, and counted."""
    return Field(json_schema_extra={"maxItems": items})


class LineDraft(BaseModel):
    """A claim of an answer or a line of a summary: the evidence first, then the text."""

    line: int
    quote: Said
    also: Annotated[list[int], _at_most(2)] = []
    text: Said


class ActionDraft(LineDraft):
    """An action item."""

    owner: Said | None = None
    due: Said | None = None
    """The words of the message that name the day."""


class QuestionDraft(BaseModel):
    """A question for people to discuss."""

    line: int
    quote: Said
    level: Said
    text: Said


class AnswerDraft(BaseModel):
    """What `prompts/answer.md` asks for."""

    claims: Annotated[list[LineDraft], _at_most(MOST_CLAIMS)]


class QuestionsDraft(BaseModel):
    """What `prompts/questions.md` asks for."""

    questions: Annotated[list[QuestionDraft], _at_most(MOST_QUESTIONS)]


class SummaryDraft(BaseModel):
    """What `prompts/summary.md` asks for; the fields are named like the kinds of items."""

    overview: Annotated[list[LineDraft], _at_most(3)]
    key_points: Annotated[list[LineDraft], _at_most(12)]
    insights: Annotated[list[LineDraft], _at_most(6)]
    decisions: Annotated[list[LineDraft], _at_most(10)]
    action_items: Annotated[list[ActionDraft], _at_most(15)]
    open_questions: Annotated[list[LineDraft], _at_most(8)]
    disagreements: Annotated[list[LineDraft], _at_most(6)]

    def lines(self, kind: ItemKind) -> tuple[Sequence[LineDraft], int]:
        """Return the lines of a kind up to its bound, and how many there were beyond."""
        written: Sequence[LineDraft] = getattr(self, kind)
        told: Any = type(self).model_fields[kind].json_schema_extra
        most: int = told["maxItems"]
        return written[:most], max(0, len(written) - most)


@dataclass(frozen=True, slots=True)
class Part:
    """What was made of one window of a conversation."""

    items: dict[ItemKind, tuple[Item, ...]]
    dropped: int


def answer_of(
    draft: AnswerDraft, question: str, window: Sequence[Entry], passages: Sequence[Passage]
) -> Answer:
    """Make an answer of a form.

    Args:
        draft: The form.
        question: What was asked.
        window: What the model read; an entry's id is the place of its passage in `passages`.
        passages: What was found.
    """
    claims = tuple(
        Claim(each.text, tuple(passages[int(id)] for id in _ids(each, window)), each.quote)
        for each in draft.claims[:MOST_CLAIMS]
        if _is_short(each)
    )
    return Answer(question, Method.MODEL, claims, dropped=len(draft.claims) - len(claims))


def questions_of(
    draft: QuestionsDraft,
    window: Sequence[Entry],
    passages: Sequence[Passage],
    levels: Sequence[str],
) -> QuestionSet:
    """Make questions of a form, from easy to far; one of no level of the ladder is dropped.

    Args:
        draft: The form.
        window: What the model read; an entry's id is the place of its passage in `passages`.
        passages: What to ask about, at least one. One whose number is wrong is found by its quote.
        levels: The ladder.
    """
    rungs = {level.casefold(): rung for rung, level in enumerate(levels)}
    made = [
        (rung, each)
        for each in draft.questions[:MOST_QUESTIONS]
        if _is_short(each) and (rung := rungs.get(each.level.casefold())) is not None
    ]
    made.sort(key=lambda pair: pair[0])
    questions = tuple(
        Question(each.text, levels[rung], passages[_named(each.line, window)], each.quote)
        for rung, each in made
    )
    dropped = len(draft.questions) - len(questions)
    return QuestionSet(questions, Method.MODEL, dropped)


def part_of(
    draft: SummaryDraft, window: Sequence[Entry], transcript: Transcript, deadlines: DueReader
) -> Part:
    """Make the items of one window of a form.

    Args:
        draft: The form.
        window: What the model read; an entry's id is that of its message.
        transcript: Where the messages stand.
        deadlines: Reads the words that name a day, relative to the message in which they stand.
    """
    messages = {each.id: each for each in transcript.utterances}
    items: dict[ItemKind, tuple[Item, ...]] = {}
    dropped = 0
    for kind in ItemKind:
        lines, beyond = draft.lines(kind)
        items[kind] = tuple(
            _item(each, window, messages, deadlines) for each in lines if _is_short(each)
        )
        dropped += beyond + len(lines) - len(items[kind])
    return Part(items, dropped)


def joined(parts: Sequence[Part]) -> Part:
    """Join the items of all windows in their order.

    Of a kind that has too many, each window keeps its first ones, so that the end of a long
    conversation is heard as much as its beginning.
    """
    items: dict[ItemKind, tuple[Item, ...]] = {}
    dropped = sum(each.dropped for each in parts)
    for kind in ItemKind:
        rows = [[(number, each) for each in part.items[kind]] for number, part in enumerate(parts)]
        by_rank = [pair for pair in chain.from_iterable(zip_longest(*rows)) if pair is not None]
        kept = sorted(by_rank[:MOST_LINES], key=lambda pair: pair[0])
        items[kind] = tuple(item for _, item in kept)
        dropped += len(by_rank) - len(kept)
    return Part(items, dropped)


def _item(
    line: LineDraft,
    window: Sequence[Entry],
    messages: dict[str, Utterance],
    deadlines: DueReader,
) -> Item:
    ids = _ids(line, window)
    if not isinstance(line, ActionDraft):
        return Item(line.text, ids, line.quote)
    due = _due(line, (messages[id] for id in _holders(line, ids, window)), deadlines)
    return Item(line.text, ids, line.quote, owner=line.owner, due=due)


def _due(line: ActionDraft, holders: Iterator[Utterance], deadlines: DueReader) -> date | None:
    """Read the words that name the day where they stand; None where they stand in no holder."""
    if not line.due or len(line.due) > _LONGEST_DUE:
        return None
    for message in holders:
        if (place := locate(line.due, message.text)) is None:
            continue
        for text in _readings(message.text, *place):
            if (due := deadlines.due(text, message.at)) is not None:
                return due
    return None


def _readings(text: str, start: int, end: int) -> Iterator[str]:
    """Yield the words, then with more and more of those before: `Friday`, `by Friday`."""
    yield text[start:end]
    for _ in range(_WORDS_BEFORE_DUE):
        before = _LAST_WORD.search(text[max(0, start - _LONGEST_DUE) : start])
        start -= len(before.group()) if before else 0
        yield text[start:end]


def _holders(line: LineDraft, ids: Sequence[str], window: Sequence[Entry]) -> Iterator[str]:
    """Yield the messages that a line cites; where none holds its quote, those that do."""
    yield from ids
    texts = [each.text for each in window if each.id in ids]
    if not any(locate(line.quote, text) for text in texts):
        yield from (each.id for each in window if locate(line.quote, each.text))


def _ids(line: LineDraft, window: Sequence[Entry]) -> tuple[str, ...]:
    numbers = (line.line, *line.also[:2])
    return tuple(dict.fromkeys(window[n - 1].id for n in numbers if 1 <= n <= len(window)))


def _named(number: int, window: Sequence[Entry]) -> int:
    return int(window[number - 1].id) if 1 <= number <= len(window) else 0


def _is_short(draft: LineDraft | QuestionDraft) -> bool:
    return len(draft.text) <= _LONGEST_TEXT and len(draft.quote) <= _LONGEST_QUOTE
