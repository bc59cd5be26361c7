"""What people are asked to fill in or to pick, and what comes of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to press or pick; `id` comes back in `Chosen.choice`, or in `Chosen.values`."""

    id: str
    label: str
    opens_form: bool = False
    """Whether pressing it opens a form at once; the platform asks `Desk.form` for it."""


class FieldKind(StrEnum):
    """What a field holds; where a platform has no such field, it is a line of text."""

    TEXT = "text"
    NUMBER = "number"
    """A whole number, as people write it; from `Field.minimum` to `Field.maximum`."""
    CHOICE = "choice"
    ROOM = "room"
    """A room of this space, by the platform's id."""
    ROLE = "role"
    """A role of this space, by the platform's id."""
    MEMBER = "member"
    """An account in this space, by the platform's id."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form asks."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = True
    is_long: bool = False
    max_chars: int = 1000
    choices: tuple[Choice, ...] = ()
    """Of a field of the kind CHOICE."""
    at_most: int = 1
    """How many things may be picked, where it is no text."""
    minimum: int = 1
    """Of a field of the kind NUMBER."""
    maximum: int = 1000
    values: tuple[str, ...] = ()
    """What stands in it when the form opens: a text, or ids."""
    hint: str = ""
    """A line below the label."""


@dataclass(frozen=True, slots=True)
class Form:
    """Some questions to one person at once; question by question where there are no forms."""

    id: str
    """Comes back in `FormSent.form`."""
    title: str
    fields: tuple[Field, ...]
    kind: Literal["form"] = "form"
