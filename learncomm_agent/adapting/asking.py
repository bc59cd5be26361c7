"""A form, question by question, where a platform has none that opens. Pure.

Each answer is checked when it is given. What was answered stays changeable until the last one: by going
back, by changing the message, by taking it away.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from learncomm_agent.adapting.offering import Offer, Say, offer
from learncomm_agent.adapting.signs import folded
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.outgoing import Block, Menu, Paragraph, Style, Text
from learncomm_agent.errors import Advice
from learncomm_agent.sessions.methods.numbers import number_of

Find = Callable[[FieldKind, str], str | None]
"""Gives the platform's id of a room, role or member that somebody names; None where it knows none."""
_BETWEEN = re.compile(r"[\n,;]")
_SHOWN = (FieldKind.TEXT, FieldKind.NUMBER, FieldKind.CHOICE)
"""Kinds whose values people can read; the others hold ids."""


@dataclass(frozen=True, slots=True)
class Words:
    """What people say to steer; folded."""

    skip: frozenset[str]
    back: frozenset[str]
    stop: frozenset[str]
    nothing: frozenset[str]
    """Empties what stands there already."""

    @classmethod
    def of(cls, says: Iterable[Say]) -> "Words":
        """Return the words of some languages; each sentence holds several, with `/` between them."""

        def words(key: str) -> frozenset[str]:
            return frozenset(folded(each) for say in spoken for each in say(key).split("/"))

        spoken = list(says)
        return cls(
            words("asking.word_skip"),
            words("asking.word_back"),
            words("asking.word_stop"),
            words("asking.word_nothing"),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to one question."""

    field: str
    key: str
    """Of the message it was said in."""
    value: str


@dataclass(frozen=True, slots=True)
class Asking:
    """How far somebody is with a form."""

    form: Form
    answers: tuple[Answer, ...] = ()
    """In the order in which they were given."""
    is_stopped: bool = False

    @property
    def field(self) -> Field | None:
        """What is asked now: the first that has no answer; None once all have one."""
        answered = {each.field for each in self.answers}
        return next((each for each in self.form.fields if each.name not in answered), None)

    @property
    def is_done(self) -> bool:
        """Whether all questions are answered."""
        return self.field is None and not self.is_stopped

    @property
    def values(self) -> dict[str, str]:
        """What was filled in, by the fields' names, in their order."""
        said = {each.field: each.value for each in self.answers}
        return {each.name: said[each.name] for each in self.form.fields if each.name in said}

    def question(self, say: Say) -> tuple[Block, ...]:
        """Return what to ask now; empty once there is nothing to ask."""
        field = self.field
        return () if field is None else tuple(self._question(field, say))

    def answer(
        self, said: str, words: Words, key: str = "", find: Find | None = None
    ) -> "Asking | Advice":
        """Take an answer to what is asked now, or a word that steers.

        Args:
            said: What they wrote.
            words: The words that steer.
            key: Of the message, by which the answer can be changed later.
            find: Finds rooms and people; what it does not know is kept as it was said.

        Returns:
            How far they are then, or what to tell them where that is no answer.
        """
        word, field = folded(said), self.field
        if word in words.stop:
            return replace(self, answers=(), is_stopped=True)
        if word in words.back:
            return replace(self, answers=self.answers[:-1])
        if field is None:
            return self
        value = _checked(field, said, words, find)
        if isinstance(value, Advice):
            return value
        return replace(self, answers=(*self.answers, Answer(field.name, key, value)))

    def changed(
        self, key: str, said: str, words: Words, find: Find | None = None
    ) -> "Asking | Advice":
        """Take what an answer says now; one that will not do leaves what was said before."""
        place = self._place(key)
        if place is None:
            return self
        old = self.answers[place]
        field = next(each for each in self.form.fields if each.name == old.field)
        value = _checked(field, said, words, find)
        if isinstance(value, Advice):
            return value
        new = replace(old, value=value)
        return replace(self, answers=(*self.answers[:place], new, *self.answers[place + 1 :]))

    def removed(self, key: str) -> "Asking":
        """Forget the answer of a message; it is asked again."""
        return replace(self, answers=tuple(each for each in self.answers if each.key != key))

    def has(self, key: str) -> bool:
        """Whether an answer was given in a message."""
        return self._place(key) is not None

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"form": asdict(self.form), "answers": [asdict(each) for each in self.answers]}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Asking":
        """Return what a record holds.

        Raises:
            ValueError: It holds none.
        """
        try:
            form = record["form"]
            fields = tuple(map(_field, form["fields"]))
            answers = tuple(Answer(**each) for each in record["answers"])
            made = cls(Form(form["id"], form["title"], fields), answers)
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError("no record of a form") from error
        if not {each.field for each in answers} <= {each.name for each in fields}:
            raise ValueError("no record of a form")
        return made

    def _place(self, key: str) -> int | None:
        keys = [each.key for each in self.answers]
        return keys.index(key) if key and key in keys else None

    def _question(self, field: Field, say: Say) -> Iterator[Block]:
        fields = self.form.fields
        said = say(
            "asking.question",
            number=fields.index(field) + 1,
            count=len(fields),
            title=self.form.title,
            label=field.label,
        )
        yield Paragraph((Text(said),))
        if field.hint:
            yield Paragraph((Text(field.hint),))
        if (listed := _offer(field)) is not None:
            yield from listed.blocks
        names = {each.id: each.label for each in field.choices}
        now = [names.get(value, value) for value in field.values]
        if now and field.kind in _SHOWN:
            yield Paragraph((Text(say("asking.now", values=now)),))
        how = say(
            "asking.how",
            can_skip=bool(field.values) or not field.is_required,
            has_value=bool(field.values),
            can_empty=bool(field.values) and not field.is_required,
            can_back=bool(self.answers),
            most=field.at_most if field.kind is not FieldKind.TEXT else 1,
        )
        yield Paragraph((Text(how, Style.EMPHASIS),))


def _checked(field: Field, said: str, words: Words, find: Find | None) -> str | Advice:
    """Return the value of an answer, or why it is none."""
    word = folded(said)
    if word in words.skip:
        if field.values or not field.is_required:
            return "\n".join(field.values)
        return Advice("asking.required", {})
    if word in words.nothing and field.values and not field.is_required:
        return ""
    said = said.strip()
    if not said:
        return Advice("asking.required", {})
    if field.kind is FieldKind.CHOICE and (listed := _offer(field)) is not None:
        picked = listed.picked(said)
        return listed.advice(said) if picked is None else "\n".join(picked.values)
    if field.kind in (FieldKind.ROOM, FieldKind.ROLE, FieldKind.MEMBER):
        return _named(field, said, find)
    if field.kind is FieldKind.NUMBER and not _is_number(field, said):
        return Advice("asking.no_number", {"minimum": field.minimum, "maximum": field.maximum})
    if len(said) > max(1, field.max_chars):
        return Advice("asking.too_long", {"count": len(said), "limit": field.max_chars})
    return said


def _is_number(field: Field, said: str) -> bool:
    """Whether it is a number that fits, with or without what it counts: `6`, `six`, `6 weeks`."""
    words = said.split()
    found = number_of(words[0]) if len(words) <= 2 else None
    return found is not None and field.minimum <= found <= field.maximum


def _named(field: Field, said: str, find: Find | None) -> str | Advice:
    """Return the rooms or people that somebody names, a line each; by their ids where they are known."""
    names = list(dict.fromkeys(each.strip() for each in _BETWEEN.split(said) if each.strip()))
    if not names:
        return Advice("asking.required", {})
    if len(names) > max(1, field.at_most):
        return Advice("offering.so_many", {"least": 1, "most": max(1, field.at_most)})
    ids = ((find(field.kind, name) if find else None) or name for name in names)
    return "\n".join(dict.fromkeys(ids))


def _offer(field: Field) -> Offer | None:
    if field.kind is not FieldKind.CHOICE or not field.choices:
        return None
    menu = Menu(field.name, field.choices, at_least=1, at_most=max(1, field.at_most))
    return offer((menu,), lambda key, /, **_: "", how="")


def _field(record: Mapping[str, Any]) -> Field:
    more = {
        "kind": FieldKind(record["kind"]),
        "choices": tuple(Choice(**each) for each in record["choices"]),
        "values": tuple(record["values"]),
    }
    return Field(**{**record, **more})
