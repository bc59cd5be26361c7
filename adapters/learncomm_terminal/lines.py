"""What a typed line is: a message, a command of the agent, one of the terminal, a choice. Pure."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from learncomm_agent.commands.declaration import Catalogue, Command

OWN = (
    "as",
    "room",
    "direct",
    "reply",
    "edit",
    "delete",
    "react",
    "pick",
    "rooms",
    "who",
    "invite",
    "keys",
    "quit",
)
"""What the terminal itself can do, in the order in which it is told."""

_COMMAND = re.compile(r"/([^\W\d_][\w-]*)(?:\s+(.*))?", re.DOTALL)
_MENTION = re.compile(r"(?<![\w@.])@learncomm(?![\w-]|\.\w)[,:;]?\s*", re.IGNORECASE)
_CALL = re.compile(r"learncomm\s*[,:]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A message."""

    text: str
    """Without the agent's name where it is addressed."""
    is_addressed: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A command of the agent."""

    command: Command
    rest: str


@dataclass(frozen=True, slots=True)
class Own:
    """A command of the terminal."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class Picked:
    """One of the choices that the agent has just offered."""

    number: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A word with a slash that nobody knows."""

    word: str
    nearest: str
    """The known word that it resembles; empty where there is none."""


Typed = Said | Called | Own | Picked | Stray


def read(line: str, catalogue: Catalogue, *, offered: int = 0) -> Typed | None:
    """Return what a clean line is; None for a blank one.

    Args:
        line: As typed.
        catalogue: What the agent can be asked for.
        offered: How many choices the agent has just offered; a number up to it picks one.
    """
    line = line.strip()
    if not line:
        return None
    if line.isascii() and line.isdecimal() and 1 <= int(line[:9]) <= offered:
        return Picked(int(line))
    found = _COMMAND.fullmatch(line)
    if found is None:
        return said(line)
    word, rest = found[1].casefold(), (found[2] or "").strip()
    if word in OWN:
        return Own(word, rest)
    command = catalogue.find(word)
    return Stray(word, _nearest(word, catalogue)) if command is None else Called(command, rest)


def said(text: str) -> Said:
    """Return a message, and whether it speaks to the agent."""
    call = _CALL.match(text)
    if call is not None:
        return Said(text[call.end() :], is_addressed=True)
    rest, count = _MENTION.subn("", text)
    return Said(rest.strip() if count else text, is_addressed=count > 0)


def _nearest(word: str, catalogue: Catalogue) -> str:
    near = get_close_matches(word, [*OWN, *catalogue.by_name], n=1)
    return near[0] if near else ""
