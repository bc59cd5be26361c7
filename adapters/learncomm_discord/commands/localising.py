"""Names and descriptions of commands in the languages of Discord's own, where there are words for them."""

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from learncomm_agent.commands.surroundings import Phrases
from learncomm_agent.errors import WordsError
from learncomm_agent.log import logger

MAX_HELP = 100
MAX_LABEL = 100
"""Of a choice."""
MAX_MENU = 32
"""Of an entry in the menu of a message."""
_LANGUAGES = {
    discord.Locale.german: "de",
    discord.Locale.american_english: "en",
    discord.Locale.british_english: "en",
}
_DECLARED = "en"
"""The language in which commands and options are declared."""
_log = logger(__name__)


def translatable(text: str, key: str, limit: int) -> app_commands.locale_str:
    """Return a text that stands in the phrases in other languages, too."""
    return app_commands.locale_str(text[:limit], key=key, limit=limit)


def named(name: str, names: Mapping[str, str]) -> app_commands.locale_str:
    """Return the name of a command or an option.

    Args:
        name: As it is declared.
        names: The declared names of all that stand beside it, and itself, with their keys.
    """
    return app_commands.locale_str(name, names=names)


class Translator(app_commands.Translator):
    """Finds texts and names in the phrases."""

    def __init__(self, phrases: Phrases) -> None:
        """Take the phrases."""
        self._phrases = phrases
        self._found: dict[tuple[str, str], str | None] = {}

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: Any
    ) -> str | None:
        """Return a text or a name in a language; None where there is none, as for what is the host's."""
        language = _LANGUAGES.get(locale)
        if language is None:
            return None
        if (names := string.extras.get("names")) is not None:
            return None if language == _DECLARED else self._name(string.message, names, language)
        key = string.extras.get("key")
        text = None if key is None else self._phrase(key, language)
        text = None if text is None else text[: string.extras["limit"]]
        return None if text == string.message else text

    def _name(self, name: str, names: Mapping[str, str], language: str) -> str | None:
        """Return a name that Discord takes: it refuses all commands for one that is not."""
        said = {each: self._phrase(key, language) for each, key in names.items()}
        own = said.pop(name)
        if own is None or own == name:
            return None
        if own in said or own in said.values() or not is_legal(own):
            _log.warning("name not used", name=name, language=language)
            return None
        return own

    def _phrase(self, key: str, language: str) -> str | None:
        """Return a phrase; none takes long to look for, and is looked for once."""
        if (key, language) not in self._found:
            try:
                self._found[key, language] = self._phrases.phrase(key, language=language)
            except WordsError:
                self._found[key, language] = None
        return self._found[key, language]


def is_legal(name: str) -> bool:
    """Whether a command, an option or a group may have this name."""
    try:
        app_commands.commands.validate_name(name)
    except ValueError:
        return False
    return True
