"""The commands that people can ask for, as slash commands of Discord and in the menu of a message."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind
from learncomm_agent.commands.surroundings import Phrases
from learncomm_agent.errors import WordsError
from learncomm_agent.log import logger
from learncomm_discord.faults import translated

Called = Callable[[discord.Interaction[Any], Command, Mapping[str, Any]], Coroutine[Any, Any, None]]
_MAX_CHARS = 6000
"""Discord's own bound on a text."""
_MAX_HELP = 100
_MAX_LABEL = 32
"""Of an entry in the menu of a message."""
_LANGUAGES = {discord.Locale.german: "de"}
_log = logger(__name__)


class Slash:
    """Makes slash commands of declarations and calls back when one is used."""

    def __init__(
        self, catalogue: Catalogue, phrases: Phrases, language: str, called: Called
    ) -> None:
        """Take what it needs.

        Args:
            catalogue: The declarations.
            phrases: Holds `command.<name>.help` and `command.<name>.<option>`.
            language: What descriptions are written in where Discord knows no other.
            called: Told of every use, at once.
        """
        self._catalogue = catalogue
        self._phrases = phrases
        self._language = language
        self._called = called

    def commands(self) -> list[app_commands.Command[Any, ..., None]]:
        """Return one slash command a declaration."""
        return [self._command(command) for command in self._catalogue.commands]

    def menus(self) -> list[app_commands.ContextMenu]:
        """Return an entry in the menu of a message for each command that can be asked on one."""
        return [self._menu(each) for each in self._catalogue.commands if each.on_message]

    def group(self, name: str) -> app_commands.Group:
        """Return all of them under one name, so that none collides with those of a host."""
        group = app_commands.Group(name=name, description="learncomm")
        _offer_widely(group)
        for command in self.commands():
            group.add_command(command)
        return group

    def translator(self) -> app_commands.Translator:
        """Return what gives descriptions in the languages of Discord's own that we speak."""
        return _Translator(self._phrases)

    def _command(self, command: Command) -> app_commands.Command[Any, ..., None]:
        async def callback(interaction: discord.Interaction[Any], **values: Any) -> None:
            told = {_told(name): value for name, value in values.items() if value is not None}
            await self._called(interaction, command, told)

        options = sorted(command.options, key=lambda option: not option.is_required)
        callback.__signature__ = Signature(  # type: ignore[attr-defined]
            [
                Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD),
                *(_parameter(option) for option in options),
            ]
        )
        app_commands.describe(
            **{_named(each): self._words(command, each.name) for each in options}
        )(callback)
        app_commands.rename(**{_named(each): each.name for each in options})(callback)
        choices = {_named(each): _choices(each) for each in options if each.choices}
        app_commands.choices(**choices)(callback)
        made: app_commands.Command[Any, ..., None] = app_commands.Command(
            name=command.name,
            description=self._words(command, "help"),
            callback=callback,
        )
        _offer_widely(made)
        return made

    def _menu(self, command: Command) -> app_commands.ContextMenu:
        option = command.on_message
        assert option is not None

        async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await self._called(interaction, command, {option: message.id})

        label = self._words(command, "on_message", limit=_MAX_LABEL)
        return app_commands.ContextMenu(
            name=label,
            callback=callback,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )

    def _words(
        self, command: Command, what: str, *, limit: int = _MAX_HELP
    ) -> app_commands.locale_str:
        key = f"command.{command.name}.{what}"
        try:
            text = self._phrases.phrase(key, language=self._language)
        except WordsError:  # a plugin's command without words of its own can still be used
            text = command.name
        return app_commands.locale_str(text[:limit], key=key, limit=limit)


class _Translator(app_commands.Translator):
    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: Any
    ) -> str | None:
        key, language = string.extras.get("key"), _LANGUAGES.get(locale)
        if key is None or language is None:
            return None
        try:
            text = self._phrases.phrase(key, language=language)
        except WordsError:
            return None
        return text[: string.extras.get("limit", _MAX_HELP)]


async def publish(tree: app_commands.CommandTree[Any], folder: Path) -> bool:
    """Tell Discord of all commands of a tree, if they are others than the last time.

    Returns:
        Whether Discord was told.

    Raises:
        PlatformError: Discord did not take them.
    """
    declared = [
        await command.get_translated_payload(tree, tree.translator)
        if tree.translator
        else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    whole = json.dumps([tree.client.application_id, declared], sort_keys=True, default=str)
    digest, path = hashlib.sha256(whole.encode()).hexdigest(), folder / "commands.sha256"
    if await asyncio.to_thread(_read, path) == digest:
        return False
    with translated("commands"):
        await tree.sync()
    await asyncio.to_thread(_write, path, digest)
    _log.info("commands published", count=len(declared))
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _write(path: Path, digest: str) -> None:
    try:
        path.write_text(digest, encoding="ascii")
    except OSError as error:  # then they are told again at the next start
        _log.warning("digest not kept", reason=error.strerror)


def _offer_widely(command: app_commands.Command[Any, ..., None] | app_commands.Group) -> None:
    """Offer a command in servers and in direct talks with the bot."""
    command.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True)
    command.allowed_installs = app_commands.AppInstallationType(guild=True)


def _named(option: Option) -> str:
    """Return the name of an option's parameter, which must be no keyword of Python's, as `from` is."""
    return f"{option.name}_"


def _told(parameter: str) -> str:
    return parameter.removesuffix("_")


def _parameter(option: Option) -> Parameter:
    default = Parameter.empty if option.is_required else None
    kind = Parameter.KEYWORD_ONLY
    return Parameter(_named(option), kind, default=default, annotation=_annotation(option))


def _annotation(option: Option) -> Any:
    match option.kind:
        case OptionKind.NUMBER:
            return app_commands.Range[int, option.minimum, option.maximum]
        case OptionKind.FILE:
            return discord.Attachment
        case OptionKind.CHOICE:
            return str
        case _:
            return app_commands.Range[str, 1, min(option.max_chars, _MAX_CHARS)]


def _choices(option: Option) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=choice.replace("_", " "), value=choice)
        for choice in option.choices[:25]
    ]
