"""Messages that are kept in view."""

import contextlib

import discord

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_discord.directory.accounts import message_number
from learncomm_discord.directory.rooms import Rooms
from learncomm_discord.faults import translated
from learncomm_discord.posting.abilities import capabilities, check
from learncomm_discord.posting.folded import unfolded

_FULL = 30003
"""As many are pinned as a channel takes."""


class Pins:
    """Pins messages and takes pins off; Discord takes a repeat for the same one."""

    def __init__(self, rooms: Rooms) -> None:
        """Take what it needs."""
        self._rooms = rooms

    async def pin(self, message: MessageRef) -> None:
        """Pin a message; see `verbs.Pins`."""
        part = await self._part(message)
        with translated("pin"):
            try:
                await unfolded(part.channel, part.pin)
            except discord.HTTPException as error:
                if error.code != _FULL:
                    raise
                raise NotPermittedError("no more can be pinned") from error

    async def unpin(self, message: MessageRef) -> None:
        """Take a pin off; see `verbs.Pins`."""
        with contextlib.suppress(RoomGoneError):
            part = await self._part(message)
            with translated("unpin"):
                await unfolded(part.channel, part.unpin)

    async def _part(self, message: MessageRef) -> discord.PartialMessage:
        channel = await self._rooms.channel(message.room)
        check(capabilities(channel).pins, message.room)
        return channel.get_partial_message(message_number(message))
