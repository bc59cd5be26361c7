"""Telling Discord of the commands: of everyone's for all servers, of the leaders' server by server.

In our own bot, the leaders' commands are shown to those who may manage a server or, where a server has
chosen leaders by roles, to all; who may use them is checked in any case. What is published in a server
is not offered in direct talks; there, it is asked for in words. In somebody else's bot
everything stands in one group, which the host publishes. Discord allows no permissions within a group,
so that everyone sees the leaders' commands there.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    LearncommError,
    NotPermittedError,
    PlatformError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_discord.commands.localising import Translator
from learncomm_discord.commands.published import declared_in, path_of, publish, servers_in
from learncomm_discord.commands.slash import Slash
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.directory.accounts import Accounts, number
from learncomm_discord.directory.whereabouts import in_time
from learncomm_discord.posting.markup import PLATFORM

Listener = Callable[..., Coroutine[Any, Any, None]]
_LIMIT_S = 30.0
"""For the question which roles lead."""
_AGAIN_S = (60.0, 600.0, 3600.0)
"""How long to wait before each further attempt at what Discord did not take; the last holds for all others."""
_log = logger(__name__)


class Publishing:
    """Puts the commands into a client's tree, and publishes what changed."""

    def __init__(
        self,
        client: AnyBot,
        slash: Slash,
        accounts: Accounts,
        desk: Desk | None,
        folder: Path,
        clock: Clock,
    ) -> None:
        """Take what it needs.

        Args:
            client: Whose commands they become.
            slash: Makes them.
            accounts: Knows which servers are served.
            desk: Knows which servers have chosen leaders; none has where None.
            folder: Where it is kept what Discord was told.
            clock: Limits waits.
        """
        self._client = client
        self._slash = slash
        self._accounts = accounts
        self._desk = desk
        self._folder = folder
        self._clock = clock
        self._offered: list[tuple[str, discord.AppCommandType]] = []
        self._servers: set[int] = set()
        self._published: set[int] = set()
        self._declared: dict[bool, list[Any]] = {}
        self._is_ours = False
        self._is_refused = False
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._translator: Translator | None = None
        self._leaders = {is_open: slash.leaders(is_open=is_open) for is_open in (False, True)}

    async def offer(self, group: str | None) -> None:
        """Put the commands into the tree.

        Args:
            group: The name under which they stand; each stands for itself where None.

        Raises:
            PlatformError: The host has a command of that name, or no room for one more.
        """
        self._is_ours = group is None
        if group is not None and self._client.tree.get_command(group) is not None:
            raise PlatformError(
                f"this bot has a command {group!r} already; set `group` in [adapters.discord]",
                phrase="discord.group_taken",
                group=group,
            )
        whole = [] if group is None else [self._slash.group(group), *self._slash.menus()]
        for command in whole or self._slash.everyones():
            self._add(command)
        if self._is_ours:  # what is shown there from an earlier run works from the first moment
            await asyncio.to_thread(self._fill_known)
        if self._client.tree.translator is None:  # a host may have one of its own
            self._translator = self._slash.translator()
            await self._client.tree.set_translator(self._translator)

    async def withdraw(self) -> None:
        """Leave the tree as it was."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait([running])
        tree = self._client.tree
        for name, kind in self._offered:
            tree.remove_command(name, type=kind)
        for server in self._servers:
            tree.clear_commands(guild=discord.Object(server))
        self._offered, self._servers = [], set()
        if self._translator is not None and tree.translator is self._translator:
            await tree.set_translator(None)

    def listeners(self) -> Mapping[str, Listener]:
        """Return who listens to which event of discord.py."""
        return {
            "on_guild_join": self._joined,
            "on_guild_available": self._joined,  # so Discord calls it where it tells of it late
            "on_guild_remove": self._left,
        }

    async def everyones(self) -> None:
        """Publish what stands in all servers; where that fails, it is tried again after `begin`."""
        try:
            await publish(self._client.tree, self._folder, self._clock.now())
        except Exception as error:  # a command that is refused keeps nobody from reading and asking
            self._is_refused = self._may_pass(None, error)
        else:
            self._is_refused = False

    def begin(self) -> None:
        """Publish the leaders' commands in all servers, in the background, and what failed before."""
        if self._is_ours:
            self._running = asyncio.create_task(self._everywhere(), name="discord commands")

    async def leaders_chosen(self, space: SpaceRef, roles: frozenset[str]) -> None:
        """Show the leaders' commands of a server to these roles, too; see `ShowsLeaders`."""
        if not self._is_ours:
            return
        id = number(space.id) if space.platform == PLATFORM else None
        guild = None if id is None else self._client.get_guild(id)
        if guild is None:
            raise RoomGoneError(f"there is no server {space.id!r}")
        async with self._turn:
            await self._in_server(guild, roles)

    async def _everywhere(self) -> None:
        """Go on until all of it is told; forget servers that were left while one was away."""
        there = {each.id for each in self._client.guilds}
        for gone in self._servers - there:
            await self._forget(discord.Object(gone))
        for wait in chain(_AGAIN_S, repeat(_AGAIN_S[-1])):
            if self._is_refused:
                await self.everyones()
            served = [each for each in self._client.guilds if self._accounts.serves(each)]
            told = [await self._try(guild) for guild in served]
            if all(told) and not self._is_refused:
                return
            await self._clock.sleep(wait)

    async def _joined(self, guild: discord.Guild) -> None:
        """Publish in a server that is new; those that were there at the start are seen to by `begin`."""
        running = self._running
        if running is None or not self._accounts.serves(guild):
            return
        if not await self._try(guild) and running.done():
            self.begin()  # what goes on while it is under way sees to this server as well

    async def _left(self, guild: discord.Guild) -> None:
        """Forget what Discord was told of a server; it has forgotten as well."""
        if self._is_ours:
            await self._forget(guild)

    async def _forget(self, guild: discord.abc.Snowflake) -> None:
        self._servers.discard(guild.id)
        self._published.discard(guild.id)
        self._client.tree.clear_commands(guild=guild)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(path_of(self._folder, guild).unlink, missing_ok=True)

    async def _try(self, guild: discord.Guild) -> bool:
        """Publish in one server; what fails there is nothing to another. Return whether that is settled."""
        try:
            async with self._turn:
                if guild.id not in self._published:
                    roles = await self._roles(guild)
                    await self._in_server(guild, roles or frozenset())
                    if roles is None:
                        self._published.discard(guild.id)
                        return False
        except Exception as error:
            return not self._may_pass(guild, error)
        return True

    @staticmethod
    def _may_pass(guild: discord.Guild | None, error: Exception) -> bool:
        """Log what failed. Return whether it may go well later; not where it is forbidden, or our mistake."""
        server = None if guild is None else guild.id
        if isinstance(error, LearncommError):
            _log.warning("commands not published", server=server, error=for_log(error))
        else:
            _log.error("commands not published", server=server, exc_info=error)
        return isinstance(error, LearncommError) and not isinstance(error, NotPermittedError)

    async def _roles(self, guild: discord.Guild) -> frozenset[str] | None:
        """Return which roles lead; None where that can't be told now, and nobody is shown too much."""
        if self._desk is None:
            return frozenset()
        asked = self._desk.leader_roles(SpaceRef(PLATFORM, str(guild.id)))
        try:
            return await in_time(self._clock, asked, "leaders", _LIMIT_S)
        except (LearncommError, TimeoutError) as error:
            _log.warning("leaders not known", server=guild.id, error=for_log(error))
            return None

    async def _in_server(self, guild: discord.Guild, roles: frozenset[str]) -> None:
        tree, is_open = self._client.tree, bool(roles)
        self._fill(guild, is_open=is_open)
        if is_open not in self._declared:  # the same in each server
            self._declared[is_open] = await declared_in(tree, guild)
        now = self._clock.now()
        await publish(tree, self._folder, now, guild, self._declared[is_open])
        self._published.add(guild.id)

    def _fill_known(self) -> None:
        """Fill the trees of the servers that Discord was told of before; nobody uses the tree yet."""
        for id in servers_in(self._folder):
            self._fill(discord.Object(id), is_open=False)

    def _fill(self, guild: discord.abc.Snowflake, *, is_open: bool) -> None:
        """Put the leaders' commands into the tree of a server."""
        tree = self._client.tree
        tree.clear_commands(guild=guild)
        for command in self._leaders[is_open]:
            tree.add_command(command, guild=guild)
        self._servers.add(guild.id)

    def _add(self, command: Any) -> None:
        """Offer a command; where there is no room, the host's own come first."""
        kind = getattr(command, "type", discord.AppCommandType.chat_input)
        try:
            self._client.tree.add_command(command)
        except (app_commands.CommandAlreadyRegistered, app_commands.CommandLimitReached) as error:
            if isinstance(command, app_commands.Group):  # then there would be nothing to ask with
                raise PlatformError(
                    "no room", phrase="discord.group_full", group=command.name
                ) from error
            _log.warning("no room for a command", command=command.name)
            return
        self._offered.append((command.name, kind))
