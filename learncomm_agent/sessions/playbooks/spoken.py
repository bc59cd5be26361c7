"""The words of a playbook in another language, from a file of their own; what is missing there stays English."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.documents import Document
from learncomm_agent.sessions.playbook import Ask, Playbook, Stage, walk
from learncomm_agent.sessions.playbooks.asks import check_default
from learncomm_agent.sessions.playbooks.file import read_words
from learncomm_agent.sessions.playbooks.page import Page
from learncomm_agent.sessions.playbooks.params import Known, read_param
from learncomm_agent.sessions.stages.kind import Kinds, ParamKind
from learncomm_agent.sessions.walking import REPEAT

KEYS = ("title", "purpose", "asks", "hints", "defaults", "choices", "says")
_TEXTS = frozenset({ParamKind.TEXT, ParamKind.TEXTS})


def spoken(playbook: Playbook, document: Document, kinds: Kinds, language: str) -> Playbook:
    """Return a playbook with the words that a file has for it.

    Args:
        playbook: The playbook, in English.
        document: The file with the words.
        kinds: The stage kinds that there are.
        language: The language of the words.

    Raises:
        PlaybookError: The first mistake; names the file, the line and the nearest valid word.
    """
    page = Page(document)
    front = document.front
    page.known(front, KEYS, "no such key")
    says = page.mapping(front, "says")
    names = {each.name for each in walk(playbook.stages)}
    for name in says:
        if name not in names:
            page.fail(says, name, f"no stage is called {name!r}", name, names)
    return replace(
        playbook,
        title=page.text(front, "title") if "title" in front else playbook.title,
        purpose=page.text(front, "purpose") if "purpose" in front else playbook.purpose,
        asks=_asks(page, playbook),
        stages=_Speaking(page, playbook, kinds, says).listed(playbook.stages),
        guide=document.body.strip() or playbook.guide,
        language=language,
    )


def _asks(page: Page, playbook: Playbook) -> tuple[Ask, ...]:
    front = page.document.front
    labels, hints = page.mapping(front, "asks"), page.mapping(front, "hints")
    choices, defaults = page.mapping(front, "choices"), page.mapping(front, "defaults")
    names = [each.name for each in playbook.asks]
    for found in (labels, hints, choices, defaults):
        page.known(found, names, "nobody is asked for this")
    asks = tuple(
        replace(
            ask,
            label=page.text(labels, ask.name) if ask.name in labels else ask.label,
            hint=page.text(hints, ask.name) if ask.name in hints else ask.hint,
            default=page.scalar(defaults, ask.name, ask.default),
            choices=_choices(page, choices, ask),
        )
        for ask in playbook.asks
    )
    for ask in asks:
        if ask.name in defaults:
            check_default(page, defaults, ask.name, ask)
    return asks


def _choices(page: Page, choices: Mapping[Any, Any], ask: Ask) -> Mapping[str, str]:
    found = page.mapping(choices, ask.name)
    page.known(found, tuple(ask.choices), "no such choice")
    return {
        name: page.text(found, name) if name in found else label
        for name, label in ask.choices.items()
    }


class _Speaking:
    """Gives stages the words of one file."""

    def __init__(
        self, page: Page, playbook: Playbook, kinds: Kinds, says: Mapping[Any, Any]
    ) -> None:
        self._page = page
        self._kinds = kinds
        self._says = says
        stages = {each.name: each for each in walk(playbook.stages)}
        self._known = Known({each.name: each for each in playbook.asks}, stages)

    def listed(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        """Return stages with their words in this language."""
        return tuple(replace(self._stage(each), stages=self.listed(each.stages)) for each in stages)

    def _stage(self, stage: Stage) -> Stage:
        said = self._page.mapping(self._says, stage.name)
        if stage.kind == REPEAT or not said:
            self._page.known(said, (), "a repetition says nothing")
            return stage
        kind = self._kinds[stage.kind]
        texts = {param.name: param for param in kind.params if param.kind in _TEXTS}
        self._page.known(said, (*kind.sayings, *texts), "no such saying")
        words, params = dict(stage.words), dict(stage.params)
        for name in said:
            if name in kind.sayings:
                words[name] = read_words(self._page, said, name, stage, kind, self._known)
            else:
                params[name] = read_param(self._page, said, texts[name], self._known)
        return replace(stage, words=words, params=params)
