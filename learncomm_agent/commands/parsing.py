"""From a line of text to a command and its values; pure.

`search welcome newcomers limit=3` names an option with `=`; all other words belong to the option that
takes the rest. Quotation marks have no meaning: people use them for their own purposes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind, Who
from learncomm_agent.errors import UsageError

OPEN = "open"
"""The command that a bare number calls."""
NAME_CHARS = 60
"""A name that nobody declared is repeated to the person up to here."""
MOST_WORDS = 6
"""A choice has no more."""

QUOTATION_MARKS = "\"'“”„«»"
Labels = Mapping[str, str]
"""The words on buttons, folded, and the choice that each stands for."""

_BETWEEN = re.compile(r"[\n,;]")
_MENTION = re.compile(r"<(?:#|@[!&]?)([^<>\s]+)>")
_NAMED = re.compile(r"(?:^|(?<=\s))([a-z_]+)=(\S+)")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»\n]+)[\"”“»](?=\s|$)")
"""A value of one or several words."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command and what it was told, as text."""

    command: Command
    values: Mapping[str, str]


def parse(line: str, catalogue: Catalogue, labels: Labels | None = None) -> Call | None:
    """Return the command that a line begins with, after a `/` or `!` or none.

    A bare number opens what was shown under it. None where the first word is no command, or where more
    words follow than the command can take: a sentence may begin with any word. One that begins with a
    sign is no sentence: there, what it can't take is an option of no such name.

    Args:
        line: What somebody typed.
        catalogue: The commands.
        labels: Other words for choices, by their folded form.
    """
    head, _, rest = line.strip().partition(" ")
    if head.isascii() and head.isdecimal() and not rest and (opening := catalogue.find(OPEN)):
        return Call(opening, split(opening, head))
    command = catalogue.find(head.lstrip("/!"))
    if command is None:
        return None
    values, left = split(command, rest, labels), _left(command, rest, labels)[1]
    if command.rest is not None or not left or _told(command, left, labels):
        return Call(command, values)
    if head[0] not in "/!":
        return None
    name, _, value = left.partition(" ")
    is_named = any(option.name == name for option in command.options)
    return Call(command, {**values, name: value} if is_named else {left: "", **values})


def split(command: Command, text: str, labels: Labels | None = None) -> dict[str, str]:
    """Return the options that a text names; what is left over goes to the one that takes the rest."""
    named, left = _left(command, text, labels)
    if command.rest is None:
        return {**_told(command, left, labels), **named}
    if left and command.rest.name not in named:
        named[command.rest.name] = left
    return named


def folded(choice: str) -> str:
    """Return a choice as it is compared: `Summaries only` is `summaries_only`."""
    return re.sub(r"[\s_-]+", "_", choice.strip().casefold())


def _told(command: Command, left: str, labels: Labels | None) -> dict[str, str]:
    """Return what words without a name tell a command that takes none.

    A choice needs no name (`me out`); before one word the name of an option alone will do
    (`feeds stop 2`), and before none where we know how to ask for it. A single word behind a command
    for leaders is meant as a choice.
    """
    for option in command.options:
        if _meant(option, left, labels) in option.choices:
            return {option.name: left}
    name, _, value = left.partition(" ")
    option_of = {option.name: option for option in command.options}
    named = option_of.get(name)
    if named is not None and (named.wanted or value) and not any(map(str.isspace, value)):
        return {name: value}
    is_word = left.isalpha() and command.who is Who.LEADERS
    choices = [option.name for option in command.options if option.choices]
    return {choices[0]: left} if is_word and choices else {}


def _left(command: Command, text: str, labels: Labels | None) -> tuple[dict[str, str], str]:
    """Return the options that a text names, and what is left of it without them.

    A choice of several words goes on after its first (`consent=summaries only`), an option that takes
    words up to the next name (`goal=welcome newcomers count=3`), any other value in quotation marks
    (`speaker="Speaker 2=Ben"`).
    """
    options = {option.name: option for option in command.options}
    named: dict[str, str] = {}
    kept, at = [], 0
    found = [match for match in _NAMED.finditer(text) if match[1] in options]
    for number, match in enumerate(found, start=1):
        if match.start() < at:
            continue
        kept.append(text[at : match.start()])
        named[match[1]], at = match[2], match.end()
        if quoted := _QUOTED.match(text, match.start(2)):
            named[match[1]], at = quoted[1], quoted.end()
        elif (longer := _longest(options[match[1]], text[match.start(2) :], labels)) is not None:
            named[match[1]], at = longer, match.start(2) + len(longer)
        elif options[match[1]].takes_words:
            at = found[number].start() if number < len(found) else len(text)
            named[match[1]] = text[match.start(2) : at].strip()
    left = "".join((*kept, text[at:]))
    return named, re.sub(r"[ \t]{2,}", " ", left).strip()


def _longest(option: Option, text: str, labels: Labels | None) -> str | None:
    """Return the most words with which a text begins that are a choice of an option."""
    ends = [match.end() for match in islice(re.finditer(r"\S+", text), MOST_WORDS)]
    fit = (text[:end] for end in reversed(ends))
    return next((each for each in fit if _meant(option, each, labels) in option.choices), None)


def _meant(option: Option, text: str, labels: Labels | None) -> str:
    """Return the choice that words may stand for: as it is called, or as a button calls it."""
    said = folded(text)
    return said if said in option.choices else (labels or {}).get(said, said)


def message_id(text: str) -> str:
    """Return a message's id from what people type: `12`, `#12`, or a link that ends in it."""
    return text.rstrip("/").rsplit("/", 1)[-1].lstrip("#")


def several(text: str) -> list[str]:
    """Return the things that one option names, each once: a line each, or with commas between them."""
    return list(dict.fromkeys(each.strip() for each in _BETWEEN.split(text) if each.strip()))


def spellings(text: str) -> list[str]:
    """Return what somebody may have meant who named a room, a role or a person: ids and names, best first.

    Chats write a mention as `<#12>`, `<@&12>` or `<@!12>`, people a name with or without its sign.
    """
    said = text.strip()
    mention = _MENTION.fullmatch(said)
    bare = said.lstrip("@#").strip()
    return list(dict.fromkeys(each for each in (mention and mention[1], said, bare) if each))


def check(call: Call, labels: Labels | None = None) -> dict[str, Any]:
    """Return the values as the command declares them; an option that was not told is left out.

    Raises:
        UsageError: One is missing, unknown, or not of its kind; it says which, and what would do.
    """
    command = call.command
    options = {option.name: option for option in command.options}
    for name in call.values:
        if name not in options:
            near = get_close_matches(name, options, n=1)
            raise UsageError(
                f"no option {name!r}",
                phrase="error.option_unknown",
                option=name[:NAME_CHARS],
                nearest=near[0] if near else "",
            )
    values = {}
    for name, text in call.values.items():
        if text.strip() or options[name].can_be_empty:
            values[name] = _value(options[name], text.strip(), labels)
        elif options[name].wanted:
            raise _missing(command, options[name])
    for option in command.options:
        told = values.get(option.name, "")
        is_empty = isinstance(told, str) and not told.strip(f"{QUOTATION_MARKS} ")
        if option.is_required and is_empty:
            raise _missing(command, option)
    return values


def _missing(command: Command, option: Option) -> UsageError:
    return UsageError(
        f"{command.name!r} wants {option.name!r}",
        phrase=option.wanted or "error.option_missing",
        command=command.name,
        option=option.name,
    )


def _value(option: Option, text: str, labels: Labels | None) -> Any:
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
            return _choice(option, text, labels)
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


def _choice(option: Option, text: str, labels: Labels | None) -> str:
    meant = _meant(option, text, labels)
    if meant in option.choices:
        return meant
    if option.is_checked_later:
        return text
    raise UsageError(
        f"{option.name!r} is none of its choices",
        phrase="error.option_choice",
        said=text[:NAME_CHARS],
        choices=[choice.replace("_", " ") for choice in option.choices],
    )
