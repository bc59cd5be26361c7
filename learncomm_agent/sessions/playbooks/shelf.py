"""The playbooks of a community: those that come with learncomm, and its own, which win."""

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from threading import Lock

from learncomm_agent.documents import Document
from learncomm_agent.errors import NotFoundError, PlaybookError
from learncomm_agent.phrases import chain
from learncomm_agent.roots import Roots
from learncomm_agent.sessions.planning.plans import WARM_UP
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage
from learncomm_agent.sessions.playbooks.file import read_playbook
from learncomm_agent.sessions.playbooks.spoken import spoken
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.words import Words

FOLDER = "playbooks"
_DISCUSS = "discuss"
_GAPS = re.compile(r"[\s_-]+")


class Playbooks:
    """Finds playbooks. Reads files: call it on a thread. What was read is kept until a file changes."""

    def __init__(self, words: Words, kinds: Kinds) -> None:
        """Find them among these words, made of these kinds of stages."""
        self._words = words
        self._kinds = kinds
        self._ours = Roots().shipped(FOLDER)
        self._one_reads = Lock()
        self._shelves: dict[str, _Shelf] = {}
        self._shipped = _Shelf(Words().digest(FOLDER))

    def all(self, slug: str, language: str) -> tuple[Playbook, ...]:
        """Return all playbooks that can be used, by name, in the words of a language where there are such.

        A file that holds a mistake is reported, in the log and in `Words.problems`, and left out; in the
        place of a community's own, the shipped one of that name is used.

        Args:
            slug: The community's.
            language: A language tag; what has no words in it is in English.
        """
        words = self._words.for_community(slug)
        with self._one_reads:
            shelf = self._shelf(slug, words.digest(FOLDER))
            if language not in shelf.spoken:
                self._fill(shelf, words)
                shelf.spoken[language] = self._in_language(shelf, words, language)
        return tuple(self._with_warm_up(words, each, language) for each in shelf.spoken[language])

    def get(self, slug: str, name: str, language: str) -> Playbook:
        """Return a playbook by its name or its title.

        Raises:
            NotFoundError: There is none; names the nearest.
        """
        playbooks = self.all(slug, language)
        named = {
            **{_plain(each.title): each for each in playbooks},
            **{_plain(each.name): each for each in playbooks},
        }
        said = _plain(name)
        if said in named:
            return named[said]
        near = get_close_matches(said, named, n=1)
        raise NotFoundError(
            f"no playbook {name[:60]!r}",
            phrase="playbook.unknown",
            name=name[:60],
            near=named[near[0]].name if near else "",
            names=[each.name for each in playbooks],
        )

    def is_own(self, document: Document) -> bool:
        """Whether a file is a community's own."""
        return not document.path.is_relative_to(self._ours)

    def _shelf(self, slug: str, digest: str) -> "_Shelf":
        """Return what was read of a community's files: the same for all that have none of their own."""
        if digest == self._shipped.digest:
            return self._shipped
        if slug not in self._shelves or self._shelves[slug].digest != digest:
            self._shelves[slug] = _Shelf(digest)
        return self._shelves[slug]

    def _fill(self, shelf: "_Shelf", words: Words) -> None:
        """Read the files, as they are in English."""
        if shelf.documents:
            return
        shelf.documents = {each.name: each for each in words.documents(FOLDER)}
        for name, document in sorted(shelf.documents.items()):
            if "/" not in name:
                playbook, is_own = self._english(words, document)
                if playbook is not None:
                    shelf.english.append((playbook, is_own))

    def _in_language(self, shelf: "_Shelf", words: Words, language: str) -> tuple[Playbook, ...]:
        return tuple(
            self._spoken(shelf, words, playbook, is_own, language)
            for playbook, is_own in shelf.english
        )

    def _spoken(
        self, shelf: "_Shelf", words: Words, playbook: Playbook, is_own: bool, language: str
    ) -> Playbook:
        for tag in chain(language):
            other = shelf.documents.get(f"{tag}/{playbook.name}")
            # Our words in another language are for our stages, and for no own file in their place.
            if other is not None and (self.is_own(other) or not is_own):
                return self._in(words, playbook, other, tag)
        return playbook

    def _english(self, words: Words, document: Document) -> tuple[Playbook | None, bool]:
        """Return a playbook as its file has it, and whether that is the community's own."""
        is_own = self.is_own(document)
        try:
            return read_playbook(document, self._kinds), is_own
        except PlaybookError as error:
            words.report(document, str(error))
        shipped = _shipped(document.name) if is_own else None
        return (None, False) if shipped is None else self._english(words, shipped)

    def _in(self, words: Words, playbook: Playbook, document: Document, tag: str) -> Playbook:
        try:
            return spoken(playbook, document, self._kinds, tag)
        except PlaybookError as error:
            words.report(document, str(error))
            return playbook

    def _with_warm_up(self, words: Words, playbook: Playbook, language: str) -> Playbook:
        """Let leaders wish for a warm-up, where stages of the kind that it needs are there."""
        if _DISCUSS not in self._kinds:
            return playbook

        def said(key: str) -> str:
            return words.phrase(key, language=language)

        choices = {"no": said("playbook.warm_up_no"), "yes": said("playbook.warm_up_yes")}
        ask = Ask(WARM_UP, said("playbook.warm_up"), AskKind.CHOICE, "no", choices=choices)
        params = {"live": False, "facilitated": False}
        stage = Stage(_DISCUSS, WARM_UP, params, {"say": said("playbook.warm_up_say")})
        return replace(playbook, asks=(*playbook.asks, ask), warm_up=stage)


@dataclass(slots=True)
class _Shelf:
    """What was read of some files."""

    digest: str
    documents: dict[str, Document] = field(default_factory=dict)
    english: list[tuple[Playbook, bool]] = field(default_factory=list)
    """Each with whether it is the community's own."""
    spoken: dict[str, tuple[Playbook, ...]] = field(default_factory=dict)
    """By language."""


def _shipped(name: str) -> Document | None:
    return next((each for each in Words().documents(FOLDER) if each.name == name), None)


def _plain(name: str) -> str:
    return _GAPS.sub("-", name.strip().casefold())
