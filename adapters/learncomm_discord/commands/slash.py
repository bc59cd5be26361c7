"""The commands that people can ask for, as slash commands of Discord and in the menu of a message.

What the agent is told is always the declared name of a command and of its options, whatever they are
called in somebody's language.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any, TypeVar

import discord
from discord import app_commands

from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind, Who
from learncomm_agent.commands.surroundings import Phrases
from learncomm_agent.errors import WordsError
from learncomm_agent.log import logger
from learncomm_discord.commands.localising import (
    MAX_HELP,
    MAX_LABEL,
    MAX_MENU,
    Translator,
    named,
    translatable,
)
from learncomm_discord.commands.suggesting import is_suggested

Interaction = discord.Interaction[Any]
Called = Callable[[Interaction, Command, Mapping[str, Any]], Coroutine[Any, Any, None]]
Suggest = Callable[
    [Interaction, Command, Option, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]
]
SlashCommand = app_commands.Command[Any, ..., None]
Offered = SlashCommand | app_commands.ContextMenu
T = TypeVar("T")
MAX_IN_GROUP = 25
"""More commands can't stand in one group; a group within it takes one place, and as many again."""
MORE = "more"
"""The group within the group, for what finds no place beside it."""
FIRST = "help"
"""Never within it: who finds nothing else looks for this."""
_MAX_CHARS = 6000
"""Discord's own bound on a text."""
_MAX_CHOICES = 25
_LEAD = discord.Permissions(manage_guild=True)
_log = logger(__name__)


class Slash:
    """Makes slash commands of declarations and calls back when one is used."""

    def __init__(
        self,
        catalogue: Catalogue,
        phrases: Phrases,
        language: str,
        called: Called,
        suggest: Suggest | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            catalogue: The declarations.
            phrases: Holds `command.<name>.help`, `command.<name>.<option>` and, in a language other than
                the base, `command.<name>.name` and `command.<name>.<option>_name`; and, for choices that
                have words, `command.<name>.<option>_<choice>`.
            language: What descriptions are written in where Discord knows no other.
            called: Told of every use, at once.
            suggest: Asked while somebody fills in an option.
        """
        self._catalogue = catalogue
        self._phrases = phrases
        self._language = language
        self._called = called
        self._suggest = suggest

    def commands(self) -> list[SlashCommand]:
        """Return one slash command a declaration, offered in servers and in direct talks with the bot."""
        return [_offered(self._command(each)) for each in self._catalogue.commands]

    def everyones(self) -> list[Offered]:
        """Return what all people may use."""
        mine = [each for each in self._catalogue.commands if each.who is Who.EVERYONE]
        return [*(_offered(self._command(each)) for each in mine), *self.menus(mine)]

    def leaders(self, *, is_open: bool) -> list[Offered]:
        """Return what leaders may use, to be published in one server.

        Args:
            is_open: Whether everyone is shown it, as leaders are chosen by roles that Discord does not
                know of; else those who may manage the server.
        """
        mine = [each for each in self._catalogue.commands if each.who is Who.LEADERS]
        made: list[Offered] = list(map(self._command, mine))
        made += [self._menu(each) for each in mine if each.on_message]
        for command in made:
            command.default_permissions = None if is_open else _LEAD
        return made

    def menus(self, commands: Iterable[Command] | None = None) -> list[app_commands.ContextMenu]:
        """Return an entry in the menu of a message for each command that can be asked on one."""
        offered = self._catalogue.commands if commands is None else commands
        return [self._menu(each) for each in offered if each.on_message]

    def group(self, name: str) -> app_commands.Group:
        """Return all of them under one name, so that none collides with those of a host.

        Discord knows permissions of whole groups only, so that everyone sees the leaders' commands here;
        who may use them is checked when they do.
        """
        group = app_commands.Group(
            name=name, description=self._said("discord.group", "learncomm", MAX_HELP)
        )
        beside, within = _places(self._catalogue.commands)
        for each in beside:
            group.add_command(_offered(self._command(each)))
        if within:
            name_of = named(MORE, {MORE: "discord.more_name", **self._names(beside)})
            more = app_commands.Group(
                name=name_of, description=self._said("discord.more", MORE, MAX_HELP), parent=group
            )
            for each in within[:MAX_IN_GROUP]:
                more.add_command(_offered(self._command(each)))
        if len(within) > MAX_IN_GROUP:
            _log.warning("no room in the group", left_out=len(within) - MAX_IN_GROUP)
        return _offered(group)

    def translator(self) -> Translator:
        """Return what gives names and descriptions in the languages of Discord's own that we speak."""
        return Translator(self._phrases)

    def _command(self, command: Command) -> SlashCommand:
        async def callback(interaction: Interaction, **values: Any) -> None:
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
        names = {each.name: f"command.{command.name}.{each.name}_name" for each in command.options}
        app_commands.rename(**{_named(each): named(each.name, names) for each in options})(callback)
        choices = {_named(each): self._choices(command, each) for each in options if each.choices}
        app_commands.choices(**choices)(callback)
        names = self._names(self._catalogue.commands)
        made: SlashCommand = app_commands.Command(
            name=named(command.name, names),
            description=self._words(command, "help"),
            callback=callback,
        )
        for each in options:
            if self._suggest is not None and is_suggested(each):
                made.autocomplete(_named(each))(self._suggesting(self._suggest, command, each))
        return made

    @staticmethod
    def _names(commands: Iterable[Command]) -> dict[str, str]:
        """Return the declared names of commands with the keys of what they are called."""
        return {each.name: f"command.{each.name}.name" for each in commands}

    @staticmethod
    def _suggesting(suggest: Suggest, command: Command, option: Option) -> Any:
        async def callback(
            interaction: Interaction, current: str
        ) -> list[app_commands.Choice[str]]:
            return await suggest(interaction, command, option, current)

        return callback

    def _menu(self, command: Command) -> app_commands.ContextMenu:
        option = command.on_message
        assert option is not None

        async def callback(interaction: Interaction, message: discord.Message) -> None:
            await self._called(interaction, command, {option: message.id})

        label = self._words(command, "on_message", limit=MAX_MENU)
        menu = _offered(app_commands.ContextMenu(name=label, callback=callback), is_direct=False)
        menu.default_permissions = _LEAD if command.who is Who.LEADERS else None
        return menu

    def _words(
        self, command: Command, what: str, *, limit: int = MAX_HELP
    ) -> app_commands.locale_str:
        # A plugin's command without words of its own can still be used.
        return self._said(f"command.{command.name}.{what}", command.name, limit)

    def _said(self, key: str, otherwise: str, limit: int) -> app_commands.locale_str:
        try:
            text = self._phrases.phrase(key, language=self._language)
        except WordsError:
            return app_commands.locale_str(otherwise[:limit])
        return translatable(text, key, limit)

    def _choices(self, command: Command, option: Option) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(
                name=self._said(
                    f"command.{command.name}.{option.name}_{choice}",
                    choice.replace("_", " "),
                    MAX_LABEL,
                ),
                value=choice,
            )
            for choice in option.choices[:_MAX_CHOICES]
        ]


def _places(commands: Sequence[Command]) -> tuple[list[Command], list[Command]]:
    """Return what stands in a group itself, and what in the group within it where there are too many.

    What is rarely asked for goes within first, then what was declared last, as what plugins bring.
    """
    if len(commands) <= MAX_IN_GROUP:
        return list(commands), []
    by_need = sorted(commands, key=lambda each: (each.name != FIRST, each.is_rare))
    # Two of one name can't stand side by side.
    free = [each.name for each in by_need if each.name != MORE]
    first = set(free[: MAX_IN_GROUP - 1])
    return (
        [each for each in commands if each.name in first],
        [each for each in by_need if each.name not in first],
    )


def _offered(command: T, *, is_direct: bool = True) -> T:
    """Offer a command in servers and, where wanted, in direct talks with the bot."""
    assert isinstance(command, app_commands.Command | app_commands.Group | app_commands.ContextMenu)
    contexts = app_commands.AppCommandContext(guild=True, dm_channel=is_direct)
    command.allowed_contexts = contexts
    command.allowed_installs = app_commands.AppInstallationType(guild=True)
    return command


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
        case OptionKind.ROOM:
            return (
                discord.TextChannel
                | discord.ForumChannel
                | discord.VoiceChannel
                | discord.StageChannel
                | discord.Thread
            )
        case OptionKind.ROLE:
            return discord.Role
        case OptionKind.MEMBER:
            return discord.User  # in a direct talk, too, and of somebody who has left
        case _:
            return app_commands.Range[str, 1, min(option.max_chars, _MAX_CHARS)]
