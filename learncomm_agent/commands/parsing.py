"""From a line of text to a command and its values; pure.

`search welcome newcomers limit=3` names an option with `=`; all other words belong to the option that
takes the rest. Quotation marks have no meaning: people use them for their own purposes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind
from learncomm_agent.errors import UsageError

OPEN = "open"
"""The command that a bare number calls."""
NAME_CHARS = 60
"""A name that nobody declared is repeated to the person up to here."""

_NAMED = re.compile(r"(?:^|(?<=\s))([a-z_]+)=(\S+)")


@dataclass(frozen=True, slots=True)
class Call:
    """A command and what it was told, as text."""

    command: Command
    values: Mapping[str, str]


def parse(line: str, catalogue: Catalogue) -> Call | None:
    """Return the command that a line begins with, after a `/` or `!` or none.

    A bare number opens what was shown under it. None where the first word is no command, or where more
    words follow than the command can take: a sentence may begin with any word. One that begins with a
    sign is no sentence: there, what it can't take is an option of no such name.
    """
    head, _, rest = line.strip().partition(" ")
    if head.isascii() and head.isdecimal() and not rest and (opening := catalogue.find(OPEN)):
        return Call(opening, split(opening, head))
    command = catalogue.find(head.lstrip("/!"))
    if command is None:
        return None
    values, left = split(command, rest), _left(command, rest)
    if command.rest is not None or not left or _told(command, left):
        return Call(command, values)
    return Call(command, {left: "", **values}) if head[0] in "/!" else None


def split(command: Command, text: str) -> dict[str, str]:
    """Return the options that a text names; what is left over goes to the one that takes the rest."""
    names = {option.name for option in command.options}
    named = {match[1]: match[2] for match in _NAMED.finditer(text) if match[1] in names}
    left = _left(command, text)
    if command.rest is None:
        return {**_told(command, left), **named}
    if left and command.rest.name not in named:
        named[command.rest.name] = left
    return named


def _told(command: Command, left: str) -> dict[str, str]:
    """Return what words without a name tell a command that takes none.

    A choice needs no name (`me out`); before one word the name alone will do (`feeds stop 2`).
    """
    folded = _folded(left)
    for option in command.options:
        if folded in option.choices:
            return {option.name: left}
    name, _, value = left.partition(" ")
    is_named = any(option.name == name for option in command.options)
    return {name: value} if is_named and value and not any(map(str.isspace, value)) else {}


def _left(command: Command, text: str) -> str:
    """Return what is left of a text without the options that it names."""
    names = {option.name for option in command.options}
    left = _NAMED.sub(lambda match: "" if match[1] in names else match[0], text)
    return re.sub(r"[ \t]{2,}", " ", left).strip()


def message_id(text: str) -> str:
    """Return a message's id from what people type: `12`, `#12`, or a link that ends in it."""
    return text.rstrip("/").rsplit("/", 1)[-1].lstrip("#")


def check(call: Call) -> dict[str, Any]:
    """Return the values as the command declares them; an option that was not told is left out.

    Raises:
        UsageError: One is missing, unknown, or not of its kind; it says which, and what would do.
    """
    options = {option.name: option for option in call.command.options}
    for name in call.values:
        if name not in options:
            near = get_close_matches(name, options, n=1)
            raise UsageError(
                f"no option {name!r}",
                phrase="error.option_unknown",
                option=name[:NAME_CHARS],
                nearest=near[0] if near else "",
            )
    values = {
        name: _value(options[name], text.strip())
        for name, text in call.values.items()
        if text.strip()
    }
    for option in call.command.options:
        if option.is_required and option.name not in values:
            raise UsageError(
                f"{call.command.name!r} wants {option.name!r}",
                phrase="error.option_missing",
                command=call.command.name,
                option=option.name,
            )
    return values


def _value(option: Option, text: str) -> Any:
    if len(text) > option.max_chars:
        raise UsageError(
            f"{option.name!r} has {len(text)} characters",
            phrase="error.option_long",
            option=option.name,
            limit=option.max_chars,
        )
    match option.kind:
        case OptionKind.NUMBER:
            return _number(option, text)
        case OptionKind.CHOICE:
            return _choice(option, text)
        case _:
            return text


def _number(option: Option, text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10:
        number = int(text)
        if option.minimum <= number <= option.maximum:
            return number
    raise UsageError(
        f"{option.name!r} is no number in its range",
        phrase="error.option_number",
        option=option.name,
        minimum=option.minimum,
        maximum=option.maximum,
    )


def _choice(option: Option, text: str) -> str:
    folded = _folded(text)
    if folded in option.choices:
        return folded
    raise UsageError(
        f"{option.name!r} is none of its choices",
        phrase="error.option_choice",
        option=option.name,
        choices=[choice.replace("_", " ") for choice in option.choices],
    )


def _folded(choice: str) -> str:
    return choice.casefold().replace(" ", "_").replace("-", "_")
