"""Answers to interactions, through the webhook that Discord opens for each of them.

A slash command has a first response, which shows that one thinks until it is filled. Who sees it was
settled when it was acknowledged; further responses can be for one or for all.
"""

import contextlib
from collections import deque
from datetime import datetime

import discord

from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.errors import RoomGoneError
from learncomm_discord.faults import translated
from learncomm_discord.posting.content import Content, content
from learncomm_discord.posting.handles import Handle


class _Original(int):
    """Stands in the place of an id, as Discord names the first response by none."""

    def __str__(self) -> str:
        return "@original"


_ORIGINAL = _Original()


class Responses:
    """Fills, adds, changes and takes back what answers an interaction."""

    def __init__(self, client: discord.Client) -> None:
        """Speak through this client."""
        self._client = client
        self._ways: dict[str, tuple[datetime, Handle]] = {}
        self._cleared: deque[int] = deque(maxlen=100)

    def way_to(self, message: str, now: datetime) -> Handle | None:
        """Return the handle through which a message can still be changed, though nobody else sees it."""
        until, handle = self._ways.get(message, (now, None))
        return handle if until > now else None

    def remember(self, message: str, handle: Handle, until: datetime, now: datetime) -> None:
        """Keep, in memory alone, how a message can be changed; forget those whose time is over."""
        self._ways = {id: way for id, way in self._ways.items() if way[0] > now}
        self._ways[message] = (until, handle)

    async def fill(self, handle: Handle, what: Content) -> int:
        """Put content into the first response; to do it again changes nothing."""
        return await self._edit(handle, _ORIGINAL, what)

    async def add(self, handle: Handle, what: Content, *, is_private: bool) -> int:
        """Respond once more."""
        with translated("response"):
            message = await self._webhook(handle).send(
                what.text,
                files=what.files,
                view=what.view or discord.utils.MISSING,
                allowed_mentions=what.mentions,
                ephemeral=is_private,
                suppress_embeds=True,
                wait=True,
            )
        return message.id

    async def clear(self, handle: Handle) -> None:
        """Take the first response away, so that others can be seen by one alone.

        While it waits to be filled, whatever comes next fills it, for all to see; so it is filled first.
        """
        with contextlib.suppress(RoomGoneError):
            shown = await self.fill(handle, content((Paragraph((Text("…"),)),)))
            self._cleared.append(shown)
            await self.delete(handle)

    def is_cleared(self, message: int) -> bool:
        """Whether a message is a first response that was taken away a moment ago."""
        return message in self._cleared

    async def edit(self, handle: Handle, message: int, what: Content) -> None:
        """Put other content into a response."""
        await self._edit(handle, message, what)

    async def delete(self, handle: Handle, message: int = _ORIGINAL) -> None:
        """Take back a response, the first one where none is named."""
        with translated("response"):
            await self._webhook(handle).delete_message(message)

    async def _edit(self, handle: Handle, message: int, what: Content) -> int:
        with translated("response"):
            edited = await self._webhook(handle).edit_message(
                message,
                content=what.text,
                attachments=what.files,
                view=what.view,
                allowed_mentions=what.mentions,
            )
        return edited.id

    def _webhook(self, handle: Handle) -> discord.Webhook:
        webhook = discord.Webhook.partial(handle.application, handle.token, client=self._client)
        webhook.type = discord.WebhookType.application  # it may answer for one alone
        return webhook
