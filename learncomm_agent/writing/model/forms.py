"""The forms that a language model fills in, and what is made of them. Pure.

A form is not believed: it is turned into items whose ids, quotes, owners and texts `evidence` checks. A
due date is never a model's own: it names words of a message, and code reads those.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, create_model

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import locate
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
from learncomm_agent.writing.model.joining import Part
from learncomm_agent.writing.model.material import Entry, restored

MOST_CLAIMS = 6
MOST_QUESTIONS = 20
_LONGEST_TEXT = 400
_LONGEST_QUOTE = 600
_LONGEST_DUE = 60
_LONGEST_NAME = 120
MOST = {
    ItemKind.OVERVIEW: 3,
    ItemKind.KEY_POINT: 12,
    ItemKind.INSIGHT: 6,
    ItemKind.DECISION: 10,
    ItemKind.ACTION: 15,
    ItemKind.OPEN_QUESTION: 8,
    ItemKind.DISAGREEMENT: 6,
}
"""Lines of one kind that a model may write about one segment."""
_WORDS_BEFORE_DUE = 3
_LAST_WORD = re.compile(r"\S+\s*$")

_Said = AfterValidator(restored)


def _at_most(items: int) -> Any:
    """Tell the model the bound of a list; a longer one is read, cut by code, and counted."""
    return Field(json_schema_extra={"maxItems": items})


def _up_to(longest: int) -> Any:
    """Tell the model the bound of a text; one that was cut there is one longer, and so is dropped."""
    return Field(json_schema_extra={"maxLength": longest + 1})


Text = Annotated[str, _Said, _up_to(_LONGEST_TEXT)]
Quote = Annotated[str, _Said, _up_to(_LONGEST_QUOTE)]
Name = Annotated[str, _Said, _up_to(_LONGEST_NAME)]
Due = Annotated[str, _Said, _up_to(_LONGEST_DUE)]


class LineDraft(BaseModel):
    """A claim of an answer or a line of a summary: the evidence first, then the text."""

    line: int
    quote: Quote
    also: Annotated[list[int], _at_most(2)] = []
    text: Text


class ActionDraft(LineDraft):
    """An action item."""

    owner: Name | None = None
    due: Due | None = None
    """The words of the message that name the day."""


class QuestionDraft(BaseModel):
    """A question for people to discuss."""

    line: int
    quote: Quote
    level: Name
    text: Text


class AnswerDraft(BaseModel):
    """What `prompts/answer.md` asks for."""

    claims: Annotated[list[LineDraft], _at_most(MOST_CLAIMS)]


class QuestionsDraft(BaseModel):
    """What `prompts/questions.md` asks for."""

    questions: Annotated[list[QuestionDraft], _at_most(MOST_QUESTIONS)]


class Drafted(BaseModel):
    """A summary, or the lines of one kind; the fields are named like the kinds of items."""

    def lines(self, kind: ItemKind) -> tuple[Sequence[LineDraft], int]:
        """Return the lines of a kind up to its bound, and how many there were beyond."""
        written: Sequence[LineDraft] = getattr(self, kind, ())
        return written[: MOST[kind]], max(0, len(written) - MOST[kind])


_Lines = list[LineDraft]


class SummaryDraft(Drafted):
    """What `prompts/summary.md` asks for."""

    overview: Annotated[_Lines, _at_most(MOST[ItemKind.OVERVIEW])]
    key_points: Annotated[_Lines, _at_most(MOST[ItemKind.KEY_POINT])]
    insights: Annotated[_Lines, _at_most(MOST[ItemKind.INSIGHT])]
    decisions: Annotated[_Lines, _at_most(MOST[ItemKind.DECISION])]
    action_items: Annotated[list[ActionDraft], _at_most(MOST[ItemKind.ACTION])]
    open_questions: Annotated[_Lines, _at_most(MOST[ItemKind.OPEN_QUESTION])]
    disagreements: Annotated[_Lines, _at_most(MOST[ItemKind.DISAGREEMENT])]


def draft_of(kind: ItemKind) -> type[Drafted]:
    """Return the form that `prompts/summary_one.md` asks for: the lines of one kind."""
    own = SummaryDraft.model_fields[kind]
    fields: dict[str, Any] = {kind.value: (own.annotation, own)}
    return create_model(f"{kind}_draft", __base__=Drafted, **fields)


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
    draft: Drafted, window: Sequence[Entry], transcript: Transcript, deadlines: DueReader
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
            if (due := deadlines.due(text, message.at, message.zone)) is not None:
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
