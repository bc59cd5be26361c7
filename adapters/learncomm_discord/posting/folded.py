"""Threads that Discord has folded away: nothing in them can be changed until they are unfolded."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord

from learncomm_agent.errors import NotPermittedError
from learncomm_agent.log import logger

T = TypeVar("T")
_FOLDED = 50083
_log = logger(__name__)


async def unfolded(channel: object, act: Callable[[], Awaitable[T]]) -> T:
    """Change something, in a thread that is folded away as well; it is folded again afterwards.

    Raises:
        NotPermittedError: The thread is locked, so that it stays as it is.
        discord.DiscordException: Discord did not do it.
    """
    try:
        return await act()
    except discord.HTTPException as error:
        if error.code != _FOLDED or not isinstance(channel, discord.Thread):
            raise
        if await _is_locked(channel):
            raise NotPermittedError(f"thread {channel.id} is locked") from error
    await channel.edit(archived=False)
    try:
        return await act()
    finally:
        await _fold(channel)


async def _is_locked(thread: discord.Thread) -> bool:
    """Ask whether moderators have locked a thread: what was told of it may be older than the refusal."""
    found = await thread.guild.fetch_channel(thread.id)
    return isinstance(found, discord.Thread) and found.locked


async def _fold(thread: discord.Thread) -> None:
    try:
        await thread.edit(archived=True)
    except discord.HTTPException as error:  # Discord folds it after some days without a word
        _log.info("thread not folded", thread=thread.id, status=error.status, code=error.code)
