"""What commands and their options are called in another language, as people see and then type it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from learncomm_agent.commands.declaration import Catalogue, Command
from learncomm_agent.words import Words

_NAMED = re.compile(r"(?:^|(?<=\s))(\w+)=(?=\S)")
_SIGNS = "/!"


@dataclass(frozen=True, slots=True)
class _Names:
    """Those of one language."""

    commands: Mapping[str, str]
    """The declared name by the spoken one, folded."""
    options: Mapping[str, Mapping[str, str]]
    """By the declared name of the command, the same of its options."""


@dataclass(frozen=True, slots=True)
class SpokenNames:
    """Finds them; each language is looked up once, for each community that has words of its own."""

    catalogue: Catalogue
    _known: dict[tuple[Words, str], _Names] = field(default_factory=dict)

    def declared(self, line: str, words: Words, language: str) -> str:
        """Return a line with the declared names in the place of the spoken ones: `aufgaben bis=Freitag`.

        A line that begins with no command stays as it is.
        """
        key = words, language
        if key not in self._known:
            self._known[key] = self._names(words, language)
        names = self._known[key]
        head, space, rest = line.strip().partition(" ")
        known = self.catalogue.find(head.lstrip(_SIGNS))
        name = known.name if known else names.commands.get(head.lstrip(_SIGNS).casefold())
        if name is None:
            return line
        options = names.options[name]
        rest = _NAMED.sub(lambda found: f"{options.get(found[1].casefold(), found[1])}=", rest)
        sign = head[: len(head) - len(head.lstrip(_SIGNS))]
        return f"{head if known else sign + name}{space}{rest}"

    def _names(self, words: Words, language: str) -> _Names:
        commands = {}
        options = {}
        for command in self.catalogue.commands:
            key = f"command.{command.name}"
            if (spoken := _spoken(words, f"{key}.name", language)) is not None:
                commands[spoken] = command.name
            options[command.name] = _options(words, command, language)
        return _Names(commands, options)


def _options(words: Words, command: Command, language: str) -> dict[str, str]:
    declared = {option.name for option in command.options}
    spoken = {
        _spoken(words, f"command.{command.name}.{name}_name", language): name
        for name in sorted(declared)
    }
    return {name: own for name, own in spoken.items() if name is not None and name not in declared}


def _spoken(words: Words, key: str, language: str) -> str | None:
    if not words.has_phrase(key, language=language):  # it is called as it is declared
        return None
    return words.phrase(key, language=language).casefold()
