"""Slash commands and buttons: told to the agent with a way to answer, and acknowledged once that is kept.

What a person sees acknowledged is on disk, whatever happens next.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord

from learncomm_agent.chat.events import Chosen, Event, FormSent
from learncomm_agent.chat.messages import MessageRef, Room
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.declaration import Command
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import Advice, LearncommError, PlatformError, for_log
from learncomm_agent.log import logger
from learncomm_discord.accounts import Accounts
from learncomm_discord.deferrals import Deferrals
from learncomm_discord.faults import translated
from learncomm_discord.handles import Handle
from learncomm_discord.messages import attachments
from learncomm_discord.rooms import Rooms

Interaction = discord.Interaction[Any]
Refuse = Callable[[Handle, str], Awaitable[None]]
BUTTON = "learncomm:"
"""The custom id of each of our buttons begins with this: a host's own bot has buttons too."""
_SOON_S = 1.0
"""Of the three seconds that Discord waits; then it is told, kept or not."""
_log = logger(__name__)


class Acts:
    """Takes what people do with commands and buttons."""

    def __init__(
        self,
        surroundings: Surroundings,
        rooms: Rooms,
        accounts: Accounts,
        sink: Sink,
        deferrals: Deferrals,
        refuse: Refuse,
    ) -> None:
        """Take what it needs.

        Args:
            surroundings: For the sentence that says sorry.
            rooms: Finds the room.
            accounts: Tells who it was.
            sink: Takes the event.
            deferrals: Is told of what is being acknowledged.
            refuse: Answers with a sentence that the acting person alone sees.
        """
        self._surroundings = surroundings
        self._rooms = rooms
        self._accounts = accounts
        self._sink = sink
        self._deferrals = deferrals
        self._refuse = refuse

    async def called(
        self, interaction: Interaction, command: Command, values: Mapping[str, Any]
    ) -> None:
        """Take a slash command."""
        is_private = command.is_private or command.always_private
        is_private = is_private and interaction.guild_id is not None  # a direct talk is private
        handle = _handle(interaction, is_slash=True)
        files = [value for value in values.values() if isinstance(value, discord.Attachment)]
        texts = {
            name: str(value)
            for name, value in values.items()
            if not isinstance(value, discord.Attachment)
        }

        def event(room: Room, account: Account) -> Event:
            return FormSent(
                str(interaction.id),
                room,
                account,
                command.name,
                texts,
                attachments(files),
                handle.reply(interaction.created_at, is_private=is_private),
            )

        await self._take(interaction, handle, event, thinking=True, ephemeral=is_private)

    async def pressed(self, interaction: Interaction) -> None:
        """Take a button of ours; anything else is another's."""
        data: Mapping[str, Any] = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        is_button = interaction.type is discord.InteractionType.component
        if not is_button or not custom_id.startswith(BUTTON):
            return
        handle = _handle(interaction, is_slash=False)
        message = interaction.message

        def event(room: Room, account: Account) -> Event:
            return Chosen(
                str(interaction.id),
                room,
                account,
                custom_id.removeprefix(BUTTON),
                None if message is None else MessageRef(room.ref, str(message.id)),
                handle.reply(interaction.created_at, is_private=False),
            )

        await self._take(interaction, handle, event)

    async def _acknowledge(self, interaction: Interaction, **how: bool) -> bool:
        """Tell Discord that it arrived; there are three seconds for it."""
        try:
            with translated("acknowledge"):
                await interaction.response.defer(**how)
        except (PlatformError, discord.InteractionResponded) as error:
            _log.warning("not acknowledged", interaction=interaction.id, error=for_log(error))
            return False
        return True

    async def _take(
        self,
        interaction: Interaction,
        handle: Handle,
        event: Callable[[Room, Account], Event],
        **how: bool,
    ) -> None:
        """Keep an act, then acknowledge it; where keeping is slow, acknowledge it meanwhile."""
        with self._deferrals.under_way(handle):
            keeping = asyncio.create_task(self._keep(interaction, event))
            with contextlib.suppress(TimeoutError):
                waiting = asyncio.wait({keeping})
                await self._surroundings.clock.idle(waiting, "keeping", timeout_s=_SOON_S)
            is_acknowledged = await self._acknowledge(interaction, **how)
        problem = await keeping
        if problem is not None and is_acknowledged:
            await self._sorry(handle, problem.phrase, **problem.values)

    async def _keep(
        self, interaction: Interaction, event: Callable[[Room, Account], Event]
    ) -> Advice | None:
        """Tell the agent; return what to say where that is not possible."""
        try:
            room, account = await self._where_and_who(interaction)
            if room is None:
                return Advice("discord.not_served", {})
            await self._sink(event(room, account))
        except LearncommError as error:
            _log.error("act not kept", interaction=interaction.id, error=for_log(error))
            return error.advice
        return None

    async def _where_and_who(self, interaction: Interaction) -> tuple[Room | None, Account]:
        user = interaction.user
        if interaction.guild is not None:
            channel = interaction.channel or discord.Object(interaction.channel_id or 0)
            return self._rooms.of_guild(channel, interaction.guild), self._accounts.account(user)
        room = await self._rooms.room(interaction.channel, user)
        return room, self._accounts.account(await self._accounts.home(user.id) or user)

    async def _sorry(self, handle: Handle, phrase: str, **values: object) -> None:
        words = self._surroundings
        try:
            await self._refuse(
                handle, words.phrases.phrase(phrase, language=words.language, **values)
            )
        except PlatformError as error:
            _log.error("nothing answered", error=for_log(error))


def _handle(interaction: Interaction, *, is_slash: bool) -> Handle:
    user = str(interaction.user.id)
    return Handle(interaction.application_id, interaction.token, user, is_slash)
