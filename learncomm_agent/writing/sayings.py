"""What a session says, as blocks: a playbook's templates and our own phrases, with things filled in.

A template is rendered, and then read as a little Markdown (`light_markdown`). What was filled in is
never read so, nor as a template: it is held as a span, and a single character that nobody can write
stands for it until the Markdown has been read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from learncomm_agent import templates
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import Block, Code, Mention, Span, Style, Text, Time
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import PhraseError
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.writing.light_markdown import flat, markdown, paragraphs, words_of
from learncomm_agent.writing.voice import Voice, link_to

_FIRST, _LAST = 0xF0000, 0xFFFFD
"""Characters of a plane that is for private use: each stands for one span."""
_STANDS_IN = re.compile(f"([{chr(_FIRST)}-{chr(_LAST)}])")
_GOES_ON = re.compile(r"[.,;:!?)”“\"»’]")
"""What follows what is filled in, where it has no full stop of its own."""
_TAKEN = frozenset({"self", "key", "language", "sign"})
"""What a value can't be called, as phrases are asked for by these."""
_OF_A_SAYING = frozenset({"text", "phrase", "values", "otherwise"})
_log = logger(__name__)

Thing = tuple[str, int]
"""What a value stands for: `entry`, `member` or `message`, and which."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member who is named."""

    name: str
    account: AccountRef | None = None
    """Where they can be called; None where they are only named."""


@dataclass(frozen=True, slots=True)
class Things:
    """What the values of sayings stand for; what is not there (any more) is said to be so."""

    entries: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    messages: Mapping[int, MessageRef] = field(default_factory=dict)


def things_in(value: Any) -> Iterator[Thing]:
    """Yield what values stand for, as deep as they go."""
    if isinstance(value, Mapping):
        thing = _thing(value)
        if thing is not None:
            yield thing
        else:
            for each in value.values():
                yield from things_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from things_in(each)


class Filling:
    """Puts sayings into words for one reader. Make one for each piece of writing."""

    def __init__(
        self, voice: Voice, things: Things, session: int = 0, now: datetime | None = None
    ) -> None:
        """Take who speaks, what there is to speak of, and for the log the session's number.

        Args:
            voice: Who speaks.
            things: What there is to speak of.
            session: The session's number.
            now: The present moment: the year of a moment in another one is told.
        """
        self.used: set[Thing] = set()
        """What was really said of the things that values stand for."""
        self._voice = voice
        self._things = things
        self._session = session
        self._now = now
        self._spans: list[tuple[Span, Thing | None]] = []

    def blocks(self, saying: Saying) -> tuple[Block, ...]:
        """Return a saying as blocks; none where it has no words."""
        if not saying.phrase and not saying.text.strip():
            return ()
        reads = paragraphs if saying.phrase else markdown
        try:
            said = self._filled(saying)
        except PhraseError as error:
            self._report(saying.phrase, error)
            said, reads = self._instead(saying), paragraphs
        return tuple(reads(said, self._spelled))

    def plain(self, saying: Saying) -> str:
        """Return a saying on one line without any looks, for a title or a question."""
        return words_of(self.blocks(saying))

    def beside(self, value: Any) -> tuple[Span, ...]:
        """Return a value by itself, on one line; whoever it names is not called by it."""
        try:
            said = self._finished(self._value(value))
        except PhraseError as error:
            self._report("", error)
            return ()
        shown = self._spelled(said, Style.PLAIN)
        return tuple(flat(Text(each.name) if isinstance(each, Mention) else each for each in shown))

    def _report(self, phrase: str, error: PhraseError) -> None:
        _log.warning(
            "a saying does not render", session=self._session, phrase=phrase, error=str(error)
        )

    def _filled(self, saying: Saying) -> str:
        values = {name: self._value(each) for name, each in saying.values.items()}
        if saying.phrase:
            given = {name: each for name, each in values.items() if name not in _TAKEN}
            return self._voice.phrase(saying.phrase, **given)
        return self._template(saying.text, {**values, "sign": self._voice.sign})

    def _template(self, source: str, values: Mapping[str, Any]) -> str:
        from jinja2 import TemplateError

        made = templates.environment(self._voice.language).overlay(finalize=self._finished)
        try:
            return made.from_string(_STANDS_IN.sub("", source)).render(values)
        # A template runs somebody else's expressions: any exception may come out of it. Its words may
        # repeat a member's, so only those of Jinja, which speak of names, are kept for the log.
        except Exception as error:
            words = f": {error}" if isinstance(error, TemplateError) else ""
            raise PhraseError(f"does not render: {type(error).__name__}{words}") from error

    def _instead(self, saying: Saying) -> str:
        """Return what is said in the place of words that can't be used."""
        for key in filter(None, (saying.otherwise, "session.no_words")):
            try:
                return self._filled(Saying(phrase=key, values=saying.values))
            except PhraseError as error:
                self._report(key, error)
        return ""

    def _value(self, value: Any) -> Any:
        """Return a value as a template takes it: what stands for a thing as its character."""
        match value:
            case str():
                return _STANDS_IN.sub("", value)
            case list() | tuple():
                return [self._value(each) for each in value]
            case Mapping() if (span := self._span(value)) is not None:
                return self._hold(span, _thing(value))
            case Mapping() if value.get("phrase") and value.keys() <= _OF_A_SAYING:
                return self._filled(
                    Saying(phrase=value["phrase"], values=value.get("values") or {})
                )
            case Mapping():
                return {str(name): self._value(each) for name, each in value.items()}
            case _:
                return value

    def _span(self, value: Mapping[str, Any]) -> Span | None:
        """Return what a value stands for; None where it is a value like others."""
        match dict(value):
            case {"time": str(at), **more} if not more:
                return self._time(at)
            case {"command": str(words), **more} if not more:
                return Code(f"{self._voice.sign}{words}")
        thing = _thing(value)
        match thing:
            case ("member", id):
                return self._person(id)
            case ("entry", id):
                text = self._things.entries.get(id, "").strip()
                return Text(text or self._voice.phrase("session.entry_gone"))
            case ("message", id):
                label = str(value.get("label") or self._voice.phrase("search.message"))
                return link_to(label, self._things.messages, id)
        return None

    def _person(self, id: int) -> Span:
        person = self._things.people.get(id)
        if person is None:
            return Text(self._voice.phrase("session.somebody"))
        return Text(person.name) if person.account is None else Mention(person.account, person.name)

    def _time(self, at: str) -> Span:
        try:
            moment = self._voice.local(at)
        except ValueError:
            return Text(at)
        return Time(moment, moment_in_words(self._voice, moment, self._now))

    def _hold(self, span: Span, thing: Thing | None = None) -> str:
        """Return the character that stands for a span."""
        if len(self._spans) > _LAST - _FIRST:
            raise PhraseError("too many values")
        self._spans.append((span, thing))
        return chr(_FIRST + len(self._spans) - 1)

    def _finished(self, value: Any) -> str:
        """Return what is filled in, so that it is not read as a part of the template."""
        if value is None:
            return ""
        if isinstance(value, int | float):
            return str(value)  # as it may count the items of a list
        if isinstance(value, list | tuple):
            listed = templates.environment(self._voice.language).filters["list"]
            value = listed(value) if value else ""
        parts = enumerate(_STANDS_IN.split(str(value)))  # an unknown name raises here
        return "".join(part if n % 2 else self._hold(Text(part)) for n, part in parts if part)

    def _spelled(self, text: str, style: Style) -> Iterator[Span]:
        """Yield the spans of a text: its own words, and what its characters stand for."""
        parts = [part for part in _STANDS_IN.split(text) if part]
        for n, part in enumerate(parts):
            if not _STANDS_IN.fullmatch(part):
                yield Text(part, style)
                continue
            span, thing = self._spans[ord(part) - _FIRST]
            if thing is not None:
                self.used.add(thing)
            goes_on = thing is not None and _GOES_ON.match("".join(parts[n + 1 : n + 2]))
            if isinstance(span, Text):
                span = Text(_without_stop(span.text) if goes_on else span.text, style)
            yield span


def _without_stop(text: str) -> str:
    """Return a text without the full stop at its end, as a sentence of ours goes on after it."""
    return text if text.endswith("..") else text.removesuffix(".")


def moment_in_words(voice: Voice, at: datetime, now: datetime | None) -> str:
    """Return a moment as it is told: short, with the year where that is not the present one."""
    is_far = now is not None and at.year != now.astimezone(at.tzinfo).year
    return voice.phrase("session.moment", at=at, is_far=is_far)


def _thing(value: Mapping[str, Any]) -> Thing | None:
    match dict(value):
        case {"member": int() | None as id, **more} if not more:
            return "member", id or 0
        case {"entry": int(id), **more} if not more:
            return "entry", id
        case {"message": int(id), **more} if more.keys() <= {"label"}:
            return "message", id
    return None
