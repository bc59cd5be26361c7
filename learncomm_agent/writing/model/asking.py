"""Has a language model fill in a form from material that may be longer than it reads at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from learncomm_agent.errors import PromptTooLongError
from learncomm_agent.llm import forms
from learncomm_agent.llm.counting import Counted
from learncomm_agent.llm.model import LanguageModel, Request
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.templates import locale
from learncomm_agent.words import Words
from learncomm_agent.writing.model.material import Entry, halved, numbered, size_of, windows
from learncomm_agent.writing.writer import Brief

_Form = TypeVar("_Form", bound=BaseModel)

MOST_HALVINGS = 4
"""How often a window is halved that was longer for the server than we thought."""
_REPAIR_TOKENS = 150
"""What a second try adds to the prompt."""
_LEAST_MATERIAL = 100
"""Tokens; a model that can't read so much beside the task is not asked."""
_MOST_WINDOWS = 8
"""In so many the answer to one question is looked for."""


@dataclass(frozen=True, slots=True)
class Task:
    """One prompt for one reader."""

    prompt: str
    brief: Brief
    max_tokens: int
    inputs: Mapping[str, object] = field(default_factory=dict)
    allowed: forms.Allowed = field(default_factory=dict)
    """The values that fields of the form may take."""
    heard: Callable[[Sequence[Entry]], Callable[[str], None]] | None = None
    """Makes for a window what is told each piece of the answer as it comes; see `Request.on_text`."""


class Asking:
    """Renders prompts, and has their forms filled in."""

    def __init__(self, model: LanguageModel, words: Words, context_tokens: int) -> None:
        """Take what it needs; see `ModelWriter`."""
        self._model = model
        self._words = words
        self.context_tokens = context_tokens
        """How much the model reads and writes at once."""

    def task(
        self, prompt: str, brief: Brief, max_tokens: int, inputs: Mapping[str, object]
    ) -> Task:
        """Return a task whose answer leaves the model room to read."""
        return Task(prompt, brief, self.room_to_write(max_tokens), inputs)

    def room_to_write(self, max_tokens: int) -> int:
        """Return how long an answer may be, in tokens."""
        return min(max_tokens, self.context_tokens // 3)

    def counted(self) -> tuple["Asking", Counted]:
        """Return one that asks the same model, and what counts how much it asks."""
        counted = Counted(self._model)
        return Asking(counted, self._words, self.context_tokens), counted

    @property
    def model(self) -> str:
        """Return the name of the model."""
        return self._model.name

    def room(self, task: Task) -> int:
        """Return how many tokens of material fit beside a task and its answer. Blocks.

        Raises:
            PromptTooLongError: The task alone leaves no room.
        """
        task_tokens = estimate(self.rendered(task, ()))
        room = self.context_tokens - task.max_tokens - task_tokens - _REPAIR_TOKENS
        if room < _LEAST_MATERIAL:
            raise PromptTooLongError(f"{task.prompt!r} leaves {room} tokens for its material")
        return room

    async def windows(self, task: Task, entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], ...]:
        """Cut the material so that each window fits beside the task and its answer.

        Raises:
            PromptTooLongError: The task alone leaves no room.
        """
        return await asyncio.to_thread(lambda: windows(entries, self.room(task)))

    async def ask(self, form: type[_Form], task: Task, window: Sequence[Entry]) -> _Form:
        """Have a form filled in from one window; numbers of lines are bound to those it has.

        Raises:
            ModelError: It can't be had.
            WordsError: The prompt does not render.
        """
        words = self._words.for_community(task.brief.community.slug)
        prompt = await asyncio.to_thread(self.rendered, task, window)

        async def repair(problem: str) -> str:
            return await asyncio.to_thread(words.render, "repair", problem=problem)

        heard = None if task.heard is None else task.heard(window)
        request = Request(
            prompt, task.prompt, task.brief.community.id, task.max_tokens, on_text=heard
        )
        lines = range(1, len(window) + 1)
        allowed = {"line": lines, "also": lines, **task.allowed}
        return await forms.ask(self._model, request, form, repair, allowed)

    async def fill_in(
        self,
        form: type[_Form],
        task: Task,
        entries: Sequence[Entry],
        is_enough: Callable[[_Form], bool],
    ) -> tuple[_Form, Sequence[Entry], int]:
        """Have a form filled in from the first entries that fit, or the next ones.

        Returns:
            The form, the window from which it was filled in, and how many entries were read to
            their end until then.
        """
        left = list(await self.windows(task, entries))
        asked = halvings = 0
        while True:
            task.brief.progress(asked + 1, min(asked + len(left), _MOST_WINDOWS), len(entries))
            try:
                filled = await self.ask(form, task, left[0])
            except PromptTooLongError:
                if halvings == MOST_HALVINGS or len(halved(left[0])) < 2:
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

    def rendered(self, task: Task, window: Sequence[Entry]) -> str:
        """Return the prompt with its material. Blocks."""
        words = self._words.for_community(task.brief.community.slug)
        language = locale(task.brief.language).get_display_name("en") or task.brief.language
        return words.render(
            task.prompt, material=numbered(window), language=language, **task.inputs
        )

    def table(self, folder: str, brief: Brief, language: str) -> Mapping[str, object]:
        """Return a table of a community's words, an empty one where there is none. Blocks."""
        words = self._words.for_community(brief.community.slug)
        return words.table(folder, language=language) or {}
