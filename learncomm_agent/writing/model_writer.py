"""The writer that has a language model write, and writes without it where the model can't."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel

from learncomm_agent.errors import ModelError, PromptTooLongError, WordsError, for_log
from learncomm_agent.library.resources import Passage
from learncomm_agent.llm import forms
from learncomm_agent.llm.model import LanguageModel, Request
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.log import logger
from learncomm_agent.templates import locale
from learncomm_agent.words import Words
from learncomm_agent.writing.cue_book import CueBook
from learncomm_agent.writing.deadlines import due_reader
from learncomm_agent.writing.dialogue import coverage
from learncomm_agent.writing.drafts import (
    MOST_CLAIMS,
    MOST_QUESTIONS,
    AnswerDraft,
    Part,
    QuestionsDraft,
    SummaryDraft,
    answer_of,
    joined,
    part_of,
    questions_of,
)
from learncomm_agent.writing.items import Answer, Method, QuestionSet, Summary, Transcript
from learncomm_agent.writing.material import (
    Entry,
    entries_of,
    halved,
    nearest,
    numbered,
    safe,
    size_of,
    windows,
)
from learncomm_agent.writing.vocabulary import has_words, links
from learncomm_agent.writing.writer import Brief, Writer

_log = logger(__name__)
_Form = TypeVar("_Form", bound=BaseModel)
_Written = TypeVar("_Written", Answer, QuestionSet, Summary)

_ANSWER_TOKENS = 1200
_SUMMARY_TOKENS = 3000
_QUESTION_TOKENS = 130
"""For one question, with its quote."""
_LINE_TOKENS = 90
"""For one line of a summary, with its quote."""
_REPAIR_TOKENS = 150
"""What a second try adds to the prompt."""
_LEAST_MATERIAL = 100
"""Tokens; a model that can't read so much beside the task is not asked."""
_MOST_HALVINGS = 4
"""How often a window is halved that was longer for the server than we thought."""
_MOST_WINDOWS = 8
"""In so many the answer to one question is looked for."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One prompt for one reader."""

    prompt: str
    brief: Brief
    max_tokens: int
    inputs: Mapping[str, object] = field(default_factory=dict)
    allowed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values that fields of the form may take."""


class ModelWriter:
    """Has a language model write answers, questions and summaries; implements `Writer`.

    What the model can't or may not write is written by another writer, and says why. Long material
    goes to the model in windows, so that all of it is read.
    """

    def __init__(
        self,
        model: LanguageModel,
        words: Words,
        otherwise: Writer,
        book: CueBook,
        *,
        context_tokens: int,
    ) -> None:
        """Take what it needs.

        Args:
            model: Writes.
            words: Of all communities: the prompts.
            otherwise: Writes what the model can't.
            book: The cues by which deadlines are read.
            context_tokens: How much the model reads and writes at once.
        """
        self._model = model
        self._words = words
        self._otherwise = otherwise
        self._context = context_tokens
        self._book = book

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Answer from the passages alone; without claims where they don't hold the answer.

        Where not all passages fit, the best ones are read, and the next ones as long as there is no
        claim.
        """
        if not passages:
            return await self._otherwise.answer(question, passages, brief)
        inputs = {"question": safe(question), "most": MOST_CLAIMS}
        task = self._task("answer", brief, _ANSWER_TOKENS, inputs)
        try:
            draft, window, read = await self._fill_in(
                AnswerDraft, task, entries_of(passages), lambda draft: bool(draft.claims)
            )
        except (ModelError, WordsError) as error:
            written = await self._otherwise.answer(question, passages, brief)
            return _without_model(written, error, task)
        answer = await asyncio.to_thread(answer_of, draft, question, window, passages)
        return replace(answer, read=read, passages=len(passages))

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Write open questions about the passages, from easy to far, none of them seen before.

        Where not all passages fit, the first ones are read, and the next ones as long as there is no
        question.
        """
        if not passages:
            return await self._otherwise.questions(passages, brief, count=count, seen=seen)
        wanted = min(count, MOST_QUESTIONS)
        task = self._task("questions", brief, 100 + wanted * _QUESTION_TOKENS, {})
        try:
            levels = await asyncio.to_thread(self._levels, brief)
            asked = [safe(each) for each in nearest(seen, passages)]
            inputs = {"levels": levels, "count": wanted, "seen": asked}
            task = replace(task, inputs=inputs, allowed={"level": levels})
            draft, window, read = await self._fill_in(
                QuestionsDraft, task, entries_of(passages), lambda draft: bool(draft.questions)
            )
        except (ModelError, WordsError) as error:
            written = await self._otherwise.questions(passages, brief, count=count, seen=seen)
            return _without_model(written, error, task)
        questions = await asyncio.to_thread(questions_of, draft, window, passages, levels)
        return replace(questions, read=read, passages=len(passages))

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Write down what was said, decided and promised; reads every message that holds words.

        The windows of a long conversation are read one after another. Where one fails, the whole is
        written without the model: half a summary would hide that it is one.
        """
        tokens_out = min(_SUMMARY_TOKENS, self._context // 3)
        task = self._task("summary", brief, tokens_out, {"most": tokens_out // _LINE_TOKENS})
        try:
            said = (each for each in transcript.utterances if has_words(each.text))
            entries = [Entry(each.id, each.speaker, each.text) for each in said]
            found: list[Part] = []
            cut = await self._windows(task, entries)
            for number, window in enumerate(cut, start=1):
                brief.progress(number, len(cut), len(entries))
                found += await self._parts(task, window, transcript)
        except (ModelError, WordsError) as error:
            written = await self._otherwise.summary(transcript, brief)
            return _without_model(written, error, task)
        whole = joined(found)
        mentioned = (link for each in transcript.utterances for link in links(each.text))
        return Summary(
            title=transcript.title,
            method=Method.MODEL,
            coverage=coverage(transcript),
            items=whole.items,
            resources=tuple(dict.fromkeys(mentioned)),
            dropped=whole.dropped,
        )

    async def _parts(
        self, task: _Task, window: Sequence[Entry], transcript: Transcript, halvings: int = 0
    ) -> list[Part]:
        """Have one window read; in halves where the server can't read it at once."""
        speakers = {"owner": [each.name for each in window]}
        try:
            draft = await self._ask(SummaryDraft, replace(task, allowed=speakers), window)
        except PromptTooLongError:
            halves = halved(window)
            if halvings == _MOST_HALVINGS or len(halves) < 2:
                raise
            parts: list[Part] = []
            for half in halves:
                parts += await self._parts(task, half, transcript, halvings + 1)
            return parts

        def convert() -> Part:
            cues = self._book.cues(task.brief.community.slug, transcript.language)
            return part_of(draft, window, transcript, due_reader(transcript, cues))

        return [await asyncio.to_thread(convert)]

    async def _fill_in(
        self,
        form: type[_Form],
        task: _Task,
        entries: Sequence[Entry],
        is_enough: Callable[[_Form], bool],
    ) -> tuple[_Form, Sequence[Entry], int]:
        """Have a form filled in from the first entries that fit, or the next ones.

        Returns:
            The form, the window from which it was filled in, and how many entries were read to
            their end until then.
        """
        left = list(await self._windows(task, entries))
        asked = halvings = 0
        while True:
            task.brief.progress(asked + 1, min(asked + len(left), _MOST_WINDOWS), len(entries))
            try:
                filled = await self._ask(form, task, left[0])
            except PromptTooLongError:
                if halvings == _MOST_HALVINGS or len(halved(left[0])) < 2:
                    raise
                halvings += 1
                too_long = size_of(left[0])
                left = [
                    part
                    for each in left
                    for part in (halved(each) if size_of(each) > too_long // 2 else (each,))
                ]
                continue
            window, *left = left
            asked += 1
            if is_enough(filled) or not left or asked == _MOST_WINDOWS:
                unread = {each.id for rest in left for each in rest}
                return filled, window, len({each.id for each in entries} - unread)

    async def _windows(
        self, task: _Task, entries: Sequence[Entry]
    ) -> tuple[tuple[Entry, ...], ...]:
        """Cut the material so that each window fits beside the task and its answer.

        Raises:
            PromptTooLongError: The task alone leaves no room.
        """

        def cut() -> tuple[tuple[Entry, ...], ...]:
            task_tokens = estimate(self._rendered(task, ()))
            room = self._context - task.max_tokens - task_tokens - _REPAIR_TOKENS
            if room < _LEAST_MATERIAL:
                raise PromptTooLongError(f"{task.prompt!r} leaves {room} tokens for its material")
            return windows(entries, room)

        return await asyncio.to_thread(cut)

    async def _ask(self, form: type[_Form], task: _Task, window: Sequence[Entry]) -> _Form:
        words = self._words.for_community(task.brief.community.slug)
        prompt = await asyncio.to_thread(self._rendered, task, window)

        async def repair(problem: str) -> str:
            return await asyncio.to_thread(words.render, "repair", problem=problem)

        request = Request(prompt, task.prompt, task.brief.community.id, task.max_tokens)
        return await forms.ask(self._model, request, form, repair, task.allowed)

    def _rendered(self, task: _Task, window: Sequence[Entry]) -> str:
        words = self._words.for_community(task.brief.community.slug)
        language = locale(task.brief.language).get_display_name("en") or task.brief.language
        return words.render(
            task.prompt, material=numbered(window), language=language, **task.inputs
        )

    def _task(
        self, prompt: str, brief: Brief, max_tokens: int, inputs: Mapping[str, object]
    ) -> _Task:
        return _Task(prompt, brief, min(max_tokens, self._context // 3), inputs)

    def _levels(self, brief: Brief) -> tuple[str, ...]:
        """Return the ladder of the reader's language; English's where it has none of its own."""
        words = self._words.for_community(brief.community.slug)
        for language in (brief.language, "en"):
            table = words.table("questions", language=language)
            if table and table.get("levels"):
                return tuple(table["levels"])
        return ()


def _without_model(written: _Written, error: ModelError | WordsError, task: _Task) -> _Written:
    """Say why something was written without the model."""
    told = {"task": task.prompt, "community": task.brief.community.id, "error": for_log(error)}
    _log.warning("written without the model", **told)
    reason = error.reason if isinstance(error, ModelError) else "words"
    return replace(written, why_extracted=reason)
