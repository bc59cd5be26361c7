"""From a Markdown file to a checked `Playbook`. A mistake is one error: file, line, the nearest valid word."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal, cast

from learncomm_agent import templates
from learncomm_agent.documents import Document
from learncomm_agent.phrases import Phrases
from learncomm_agent.roots import Roots
from learncomm_agent.sessions.playbook import Playbook, Stage
from learncomm_agent.sessions.playbooks.asks import VALUES, checked_name, free_name, read_asks
from learncomm_agent.sessions.playbooks.page import Page
from learncomm_agent.sessions.playbooks.params import Known, read_param
from learncomm_agent.sessions.stages.kind import COMMON, Kind, Kinds, Param, ParamKind
from learncomm_agent.sessions.walking import REPEAT

TOP = ("title", "purpose", "who", "asks", "stages")
REPEATS = (
    Param("times", ParamKind.NUMBER),
    Param("each", ParamKind.TEXT),
    *(each for each in COMMON if each.name in {"if", "unless"}),
)
"""What a repetition takes beside its stages."""
_WHO = ("leaders", "everyone")
_MOST_STAGES, _DEEPEST = 60, 2


def read_playbook(document: Document, kinds: Kinds) -> Playbook:
    """Return the playbook of a file.

    Args:
        document: The file, as read.
        kinds: The stage kinds that a playbook may use.

    Raises:
        PlaybookError: The first mistake; names the file, the line and the nearest valid word.
    """
    page = Page(document)
    front = document.front
    page.known(front, TOP, "no such key")
    title, purpose = page.text(front, "title"), page.text(front, "purpose")
    who = front.get("who", "leaders")
    if who not in _WHO:
        page.fail(front, "who", f"{who!r} may not start it", str(who), _WHO)
    asks = read_asks(page)
    stages = _Stages(page, kinds, Known({each.name: each for each in asks}))
    found = stages.listed(front, front.get("stages"))
    if not document.body.strip():
        page.fail_at(document.body_line, "a playbook needs a guide below its front matter")
    who_may = cast("Literal['leaders', 'everyone']", who)
    return Playbook(document.name, title, purpose, found, asks, who_may, document.body)


def read_words(
    page: Page, said: Mapping[Any, Any], saying: str, stage: Stage, kind: Kind, known: Known
) -> str:
    """Return the words of a stage for something that it says.

    They may fill in what is asked, what came of known stages and of this one, what every session has, and
    what the kind's own phrases fill in, which are said where a playbook has no words.

    Args:
        page: The file.
        said: The mapping in which they stand.
        saying: What is said.
        stage: Whose words they are.
        kind: Its kind.
        known: What is asked, and the stages whose results are there.

    Raises:
        PlaybookError: They fill in what is not there, or what both a leader is asked and the kind says.
    """
    own, stages = _filled_in(kind), known.stages.values()
    results = (each.name for each in (*stages, stage) if each.kind != REPEAT)
    text = page.template(said, saying, {*known.asks, *results, *VALUES, *own})
    for name in sorted(own & known.asks.keys() & templates.variables(text)):
        if stage.params.get(name) != f"${name}":
            what = f"a leader is asked for {name!r}, and {kind.name!r} fills in one of its own"
            line = page.line_of_word(said, saying, name)
            page.fail_at(line, f"{what}: ask for {free_name(name)!r}")
    return text


def _filled_in(kind: Kind) -> frozenset[str]:
    """Return the names that a kind fills in itself, as its own phrases have them."""
    phrases = _phrases()
    own = (templates.variables(phrases.get(key, "")) for key in kind.sayings.values())
    return frozenset[str]().union(*own).difference(VALUES)


class _Stages:
    """Reads the stages of one file."""

    def __init__(self, page: Page, kinds: Kinds, known: Known) -> None:
        self._page = page
        self._kinds = kinds
        self._known = known

    def listed(self, holder: Mapping[Any, Any], found: Any, depth: int = 0) -> tuple[Stage, ...]:
        """Return a list of stages, those that are repeated inside theirs."""
        if not isinstance(found, list) or not found:
            self._page.fail(holder, "stages", "stages are a list, with at least one")
        if depth > _DEEPEST:
            self._page.fail(holder, "stages", "repetitions stand in each other too deep")
        return tuple(self._stage(found, index, depth) for index in range(len(found)))

    def _stage(self, holder: list[Any], index: int, depth: int) -> Stage:
        page, said = self._page, holder[index]
        if not isinstance(said, Mapping) or not said:
            page.fail_at(page.line(holder, index), "a stage begins with its kind and its name")
        kind = str(next(iter(said)))
        known = (*self._kinds, REPEAT)
        if kind not in known:
            page.fail(said, kind, f"no stage kind {kind!r}", kind, known)
        name = self._name(said, kind)
        if kind == REPEAT:
            stage = self._repeat(said, name, depth)
        else:
            stage = self._single(said, self._kinds[kind], name)
        self._known.stages[name] = stage
        return stage

    def _name(self, said: Mapping[Any, Any], kind: str) -> str:
        name = said[kind]
        if not isinstance(name, str):
            self._page.fail(said, kind, "a stage needs a name")
        checked_name(self._page, said, kind, name)
        if name in self._known.stages:
            self._page.fail(said, kind, f"two stages are called {name!r}")
        if name in self._known.asks:
            self._page.fail(said, kind, f"{name!r} is asked already: a stage needs another name")
        if len(self._known.stages) >= _MOST_STAGES:
            self._page.fail(said, kind, f"more than {_MOST_STAGES} stages")
        return name

    def _repeat(self, said: Mapping[Any, Any], name: str, depth: int) -> Stage:
        names = (REPEAT, "stages", *(param.name for param in REPEATS))
        self._page.known(said, names, "no such parameter")
        if ("each" in said) == ("times" in said):
            self._page.fail(said, REPEAT, "a repetition says `times`, or `each`")
        params = self._params(said, REPEATS)
        return Stage(REPEAT, name, params, {}, self.listed(said, said.get("stages"), depth + 1))

    def _single(self, said: Mapping[Any, Any], kind: Kind, name: str) -> Stage:
        declared = (*COMMON, *kind.params)
        known = (kind.name, *(param.name for param in declared), *kind.sayings)
        self._page.known(said, known, "no such parameter or saying")
        for param in kind.params:
            if param.is_required and param.name not in said:
                self._page.fail(said, kind.name, f"{kind.name!r} needs {param.name!r}")
        params = self._params(said, declared)
        params_too = {param.name for param in declared}
        sayings = [each for each in kind.sayings if each not in params_too]
        stage = Stage(kind.name, name, params)
        words = {
            each: read_words(self._page, said, each, stage, kind, self._known)
            for each in sayings
            if each in said
        }
        return replace(stage, words=words)

    def _params(self, said: Mapping[Any, Any], declared: Iterable[Param]) -> dict[str, Any]:
        return {
            param.name: read_param(self._page, said, param, self._known)
            for param in declared
            if param.name in said
        }


@cache
def _phrases() -> Mapping[str, str]:
    return Phrases(Roots()).shipped("en")
