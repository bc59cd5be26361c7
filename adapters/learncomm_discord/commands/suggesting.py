"""What is offered while somebody fills in an option: asked of the agent, at once or not at all."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.forms import Choice
from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Command, Option, OptionKind
from learncomm_agent.errors import LearncommError, for_log
from learncomm_agent.log import logger
from learncomm_discord.commands.modals import shortened
from learncomm_discord.directory.whereabouts import Interaction, Whereabouts, in_time

_LIMIT_S = 2.0
"""Of the three seconds that Discord waits."""
_MOST = 25
_MAX_CHARS = 100
_ORDER_MARKS = re.compile("[\u061c\u200b\u200e\u200f\u2028\u2029]")
"""They would let a title change how what stands beside it reads."""
_log = logger(__name__)


def is_suggested(option: Option) -> bool:
    """Whether the agent may know what somebody means before they have typed it out."""
    return option.is_suggested or option.kind is OptionKind.RESOURCE


def as_text(value: object) -> str:
    """Return what an option holds as the agent is told it: a text, or an id."""
    if isinstance(value, str | int | float):
        return str(value)
    return str(getattr(value, "id", value))


class Suggesting:
    """Offers what the desk suggests."""

    def __init__(self, desk: Desk | None, whereabouts: Whereabouts, clock: Clock) -> None:
        """Take what it needs; without a desk there is nothing to suggest."""
        self._desk = desk
        self._whereabouts = whereabouts
        self._clock = clock

    async def suggest(
        self, interaction: Interaction, command: Command, option: Option, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return what to offer; nothing where that can't be told in time. Never an error."""
        if self._desk is None:
            return []
        asked = self._ask(self._desk, interaction, command, option, typed)
        try:
            return offered(await in_time(self._clock, asked, "suggestions", _LIMIT_S))
        except (LearncommError, TimeoutError) as error:
            _log.info("nothing suggested", interaction=interaction.id, error=for_log(error))
        except Exception:  # a mistake of the desk's: whoever types goes on without
            _log.exception("nothing suggested", interaction=interaction.id)
        return []

    async def _ask(
        self,
        desk: Desk,
        interaction: Interaction,
        command: Command,
        option: Option,
        typed: str,
    ) -> Sequence[Choice]:
        room, account = await self._whereabouts.of(interaction)
        given = _given(interaction, option.name)
        return await desk.suggest(room, account, command.name, option.name, typed, given)


def offered(choices: Sequence[Choice]) -> list[app_commands.Choice[str]]:
    """Return choices as Discord takes them: of titles that are the same, each with what it stands for."""
    made: dict[str, app_commands.Choice[str]] = {}
    for choice in choices:
        if not 1 <= len(choice.id) <= _MAX_CHARS:  # a part of it would stand for something else
            continue
        name = shortened(_ORDER_MARKS.sub("", choice.label), _MAX_CHARS)
        if name in made:
            name = f"{shortened(name, _MAX_CHARS - len(choice.id) - 3)} · {choice.id}"
        if len(name) <= _MAX_CHARS and name not in made:
            made[name] = app_commands.Choice(name=name, value=choice.id)
    return list(made.values())[:_MOST]


def _given(interaction: discord.Interaction[Any], focused: str) -> Mapping[str, str]:
    return {
        name: as_text(value)
        for name, value in interaction.namespace
        if name != focused and value is not None
    }
