"""From a Markdown file to a checked `Playbook`. A mistake is one error: file, line, the nearest valid word."""

from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent import templates
from learncomm_agent.documents import Document
from learncomm_agent.errors import PlaybookError, WordsError
from learncomm_agent.roots import nearest
from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage
from learncomm_agent.sessions.stages.kind import COMMON, Kinds, Param, ParamKind
from learncomm_agent.sessions.walking import REPEAT

_TOP = ("title", "purpose", "who", "asks", "stages")
_ASK = ("label", "kind", "default", "required", "choices", "min", "max", "hint")
_REPEAT = (
    Param("times", ParamKind.NUMBER),
    Param("each", ParamKind.TEXT),
    *(each for each in COMMON if each.name in {"if", "unless"}),
)
_WHO = ("leaders", "everyone")
_NAMES = frozenset({"meeting", "first", "last", "meetings", "portions"})
"""What conditions and moments may name beside what is asked."""
_MOST_CHARS = 2000


def read_playbook(document: Document, kinds: Kinds) -> Playbook:
    """Return the playbook of a file.

    Args:
        document: The file, as read.
        kinds: The stage kinds that a playbook may use.

    Raises:
        PlaybookError: The first mistake; names the file, the line and the nearest valid word.
    """
    return _Reader(document, kinds).read()


class _Reader:
    """Reads one file."""

    def __init__(self, document: Document, kinds: Kinds) -> None:
        self._document = document
        self._kinds = kinds
        self._asked: dict[str, Ask] = {}
        self._stages: dict[str, str] = {}

    def read(self) -> Playbook:
        front = self._document.front
        self._known(front, _TOP, "no such key")
        title, purpose = self._text(front, "title"), self._text(front, "purpose")
        who = front.get("who", "leaders")
        if who not in _WHO:
            self._fail(front, "who", f"{who!r} may not start it", str(who), _WHO)
        asks = self._asks(front.get("asks") or {}, front)
        stages = self._list(front, "stages", front.get("stages"))
        if not self._document.body.strip():
            raise self._error(
                self._document.body_line, "a playbook needs a guide below its front matter"
            )
        return Playbook(self._document.name, title, purpose, stages, asks, who, self._document.body)

    # What the leader is asked

    def _asks(self, found: Any, front: Mapping[str, Any]) -> tuple[Ask, ...]:
        if not isinstance(found, Mapping):
            self._fail(front, "asks", "asks are names, each with a label")
        for name, said in found.items():
            if not isinstance(said, Mapping):
                self._fail(found, name, "what is asked needs a label")
            self._asked[name] = self._ask(str(name), said)
        return tuple(self._asked.values())

    def _ask(self, name: str, said: Mapping[str, Any]) -> Ask:
        self._known(said, _ASK, "no such key")
        kind = said.get("kind", "text")
        if kind not in tuple(AskKind):
            self._fail(said, "kind", f"no such kind: {kind!r}", str(kind), tuple(AskKind))
        choices = said.get("choices") or {}
        if isinstance(choices, Sequence) and not isinstance(choices, str):
            choices = {str(each): str(each) for each in choices}
        if (kind == AskKind.CHOICE) != bool(choices) or not isinstance(choices, Mapping):
            self._fail(
                said,
                "choices" if choices else "kind",
                "a choice needs choices, and nothing else does",
            )
        ask = Ask(
            name,
            self._text(said, "label"),
            AskKind(kind),
            str(said.get("default", "")),
            self._flag(said, "required"),
            {str(key): str(value) for key, value in choices.items()},
            self._number(said, "min", 1),
            self._number(said, "max", 1000),
            str(said.get("hint", "")),
        )
        self._check_default(ask, said)
        return ask

    def _check_default(self, ask: Ask, said: Mapping[str, Any]) -> None:
        text = ask.default
        if not text:
            return
        is_read = {
            AskKind.NUMBER: lambda: text.isdecimal() and ask.minimum <= int(text) <= ask.maximum,
            AskKind.DURATION: lambda: read_duration(text) is not None,
            AskKind.WEEKLY: lambda: read_weekly(text, "UTC") is not None,
            AskKind.CHOICE: lambda: text in ask.choices,
        }.get(ask.kind)
        if is_read is not None and not is_read():
            self._fail(said, "default", f"{text!r} is no {ask.kind}", text, tuple(ask.choices))

    # Stages

    def _list(self, holder: Mapping[str, Any], key: str, found: Any) -> tuple[Stage, ...]:
        if not isinstance(found, Sequence) or isinstance(found, str) or not found:
            self._fail(holder, key, "stages are a list, with at least one")
        return tuple(self._stage(said, found, index) for index, said in enumerate(found))

    def _stage(self, said: Any, holder: Any, index: int) -> Stage:
        if not isinstance(said, Mapping) or not said:
            line = int(holder.lc.item(index)[0]) + 2 if hasattr(holder, "lc") else 1
            raise self._error(line, "a stage begins with its kind and its name")
        kind = str(next(iter(said)))
        known = (*self._kinds, REPEAT)
        if kind not in known:
            self._fail(said, kind, f"no stage kind {kind!r}", kind, known)
        name = said[kind]
        if not isinstance(name, str) or not name.strip():
            self._fail(said, kind, "a stage needs a name")
        if name in self._stages:
            self._fail(said, kind, f"two stages are called {name!r}")
        self._stages[name] = kind
        return self._repeat(said, name) if kind == REPEAT else self._single(said, kind, name)

    def _repeat(self, said: Mapping[str, Any], name: str) -> Stage:
        names = (REPEAT, "stages", *(param.name for param in _REPEAT))
        self._known(said, names, "no such parameter")
        if ("each" in said) == ("times" in said):
            self._fail(said, REPEAT, "a repetition says `times`, or `each`")
        params = self._params(said, _REPEAT)
        return Stage(REPEAT, name, params, {}, self._list(said, "stages", said.get("stages")))

    def _single(self, said: Mapping[str, Any], kind: str, name: str) -> Stage:
        found = self._kinds[kind]
        declared = (*COMMON, *found.params)
        known = (kind, *(param.name for param in declared), *found.sayings)
        self._known(said, known, "no such parameter or saying")
        for param in found.params:
            if param.is_required and param.name not in said:
                self._fail(said, kind, f"{kind!r} needs {param.name!r}")
        words = {saying: self._template(said, saying) for saying in found.sayings if saying in said}
        return Stage(kind, name, self._params(said, declared), words)

    def _params(self, said: Mapping[str, Any], declared: Sequence[Param]) -> dict[str, Any]:
        return {param.name: self._param(said, param) for param in declared if param.name in said}

    def _param(self, said: Mapping[str, Any], param: Param) -> Any:
        value = _plain(said[param.name])
        if isinstance(value, str) and value.startswith("$"):
            name = value[1:].split(" ")[0]
            if name not in self._asked and param.kind is not ParamKind.MOMENT:
                self._fail(
                    said, param.name, f"nobody is asked for {name!r}", name, tuple(self._asked)
                )
            if param.kind is not ParamKind.MOMENT:
                return value
        match param.kind:
            case ParamKind.NUMBER:
                is_fine = isinstance(value, int) and not isinstance(value, bool)
            case ParamKind.FLAG:
                is_fine = isinstance(value, bool)
            case ParamKind.CHOICE:
                is_fine = value in param.choices
            case ParamKind.DURATION:
                span = read_duration(str(value))
                is_fine = span is not None
                value = span.total_seconds() if span is not None else value
            case ParamKind.MOMENT:
                is_fine = self._is_moment(value)
            case ParamKind.TEXTS:
                value = [value] if isinstance(value, str) else value
                is_fine = isinstance(value, list) and all(isinstance(each, str) for each in value)
            case ParamKind.STAGE:
                is_fine = value in self._stages
            case ParamKind.CONDITION:
                return self._condition(said, param.name, value)
            case ParamKind.TEXT:
                is_fine = isinstance(value, str)
            case ParamKind.ANY:
                is_fine = True
        if not is_fine:
            known = param.choices or (tuple(self._stages) if param.kind is ParamKind.STAGE else ())
            self._fail(said, param.name, f"{value!r} is no {param.kind}", str(value), known)
        return value

    def _is_moment(self, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        parts = value.split()
        if not parts or (parts[0].removeprefix("$") not in {*self._asked, *_NAMES}):
            return False
        return len(parts) == 1 or (
            parts[1] in "+-" and read_duration(" ".join(parts[2:])) is not None
        )

    def _condition(self, said: Mapping[str, Any], key: str, value: Any) -> Any:
        names = tuple(value) if isinstance(value, Mapping) else (str(value).removeprefix("$"),)
        known = {*self._asked, *self._stages, *_NAMES}
        for name in names:
            if name not in known:
                self._fail(said, key, f"nothing is called {name!r}", str(name), tuple(known))
            ask = self._asked.get(str(name))
            if isinstance(value, Mapping) and ask is not None and ask.choices:
                if value[name] not in ask.choices:
                    self._fail(
                        said,
                        key,
                        f"{value[name]!r} is none of its choices",
                        str(value[name]),
                        tuple(ask.choices),
                    )
        return value

    # Words

    def _text(self, said: Mapping[str, Any], key: str) -> str:
        value = said.get(key)
        if not isinstance(value, str) or not value.strip():
            self._fail(said, key, f"{key!r} is missing or empty")
        return " ".join(str(value).split())

    def _template(self, said: Mapping[str, Any], key: str) -> str:
        value = said[key]
        if not isinstance(value, str) or len(value) > _MOST_CHARS:
            self._fail(said, key, f"what is said is a text of at most {_MOST_CHARS} characters")
        try:
            templates.variables(value)
        except WordsError as error:
            self._fail(said, key, str(error))
        return str(value).strip()

    def _flag(self, said: Mapping[str, Any], key: str) -> bool:
        value = said.get(key, False)
        if not isinstance(value, bool):
            self._fail(said, key, f"{key!r} is true or false")
        return bool(value)

    def _number(self, said: Mapping[str, Any], key: str, default: int) -> int:
        value = said.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self._fail(said, key, f"{key!r} is a number")
        return int(value)

    # Mistakes

    def _known(self, said: Mapping[str, Any], known: Sequence[str], what: str) -> None:
        for key in said:
            if key not in known:
                self._fail(said, key, f"{what}: {key!r}", str(key), known)

    def _fail(
        self,
        said: Mapping[str, Any],
        key: Any,
        what: str,
        name: str = "",
        known: Sequence[str] = (),
    ) -> None:
        """Refuse the file for what stands under a key."""
        places = getattr(said, "lc", None)
        line = 2
        if places is not None:
            found = key in said and places.data and key in places.data
            line = int(places.key(key)[0] if found else places.line) + 2
        near = nearest(name, tuple(str(each) for each in known)) if name else ""
        raise self._error(line, f"{what}{near}")

    def _error(self, line: int, what: str) -> PlaybookError:
        place = f"{self._document.path.name}:{line}"
        return PlaybookError(f"{place}: {what}", place=place, what=what)


def _plain(value: Any) -> Any:
    """Return what YAML read as plain lists and dictionaries."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value)
    return value
