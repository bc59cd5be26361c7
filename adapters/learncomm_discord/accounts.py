"""Who somebody is in a server: their account, and whether they lead.

Discord tells a bot without the members' intent of nobody, so each server is asked. Who is in one is
believed for a minute, as roles change; who is not, for a day, unless they act there before. So a person
costs one question a server and day, and one a minute in the few that they are in; what can be out of date
by more than that minute is only that somebody reads too little.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TypeVar

import discord

from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, NotPermittedError
from learncomm_discord.faults import translated
from learncomm_discord.markup import PLATFORM
from learncomm_discord.options import Options

K = TypeVar("K")
V = TypeVar("V")
User = discord.User | discord.Member | discord.ClientUser
_FRESH = timedelta(seconds=60)
"""How long roles that were asked for are trusted."""
_ABSENT = timedelta(days=1)
"""How long it is trusted that somebody is not in a server."""
_MOST = 1000
_MOST_ABSENT = 100_000
_AT_ONCE = 10
"""So many servers are asked at the same time."""


def account_ref(user_id: int) -> AccountRef:
    """Return the reference of a user."""
    return AccountRef(PLATFORM, str(user_id))


def number(id: str) -> int | None:
    """Return the number in an id of Discord's; None where it is none."""
    return int(id) if id.isascii() and id.isdecimal() and len(id) <= 20 else None


class Accounts:
    """Knows people and their roles."""

    def __init__(self, client: discord.Client, options: Options, clock: Clock) -> None:
        """Take what it needs."""
        self._client = client
        self._options = options
        self._clock = clock
        self._found: dict[tuple[int, int], tuple[datetime, discord.Member]] = {}
        self._absent: dict[tuple[int, int], datetime] = {}

    def check_ready(self) -> None:
        """Let nothing be concluded from what is not known yet.

        Raises:
            DisconnectedError: Discord has not told yet which servers there are.
        """
        if not self._client.is_ready():
            raise DisconnectedError("Discord is not ready")

    def guilds(self) -> list[discord.Guild]:
        """Return the servers that are served, oldest first.

        Raises:
            DisconnectedError: They are not known yet.
        """
        self.check_ready()
        return sorted(filter(self.serves, self._client.guilds), key=lambda guild: guild.id)

    def serves(self, guild: discord.Guild) -> bool:
        """Whether the operator wants a server to be served."""
        return not self._options.guilds or str(guild.id) in self._options.guilds

    async def member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        """Return a member of a server with their roles as of now; None for whoever is not there.

        Raises:
            DisconnectedError: They are there, but Discord does not tell now what their roles let them do.
        """
        if self._client.intents.members and not guild.unavailable:
            known = guild.get_member(user_id)
            if known is not None or guild.chunked:
                return known
        now, key = self._clock.now(), (guild.id, user_id)
        if key in self._absent and now - self._absent[key] < _ABSENT:
            return None
        asked_at, found = self._found.get(key, (now - _FRESH, None))
        # After a new beginning Discord's servers are other objects, and the old ones learn nothing more.
        if found is None or found.guild is not guild or now - asked_at >= _FRESH:
            found = await _ask(guild, user_id)
            if found is None:
                _put(self._absent, key, now, _MOST_ABSENT)
                return None
            _put(self._found, key, (now, found), _MOST)
        check_available(guild)
        return found

    async def home(self, user_id: int) -> discord.Member | None:
        """Return a user as a member of the oldest server that is served and that they are in."""
        async with aclosing(self._members(user_id)) as members:
            async for member in members:
                if member is not None:
                    return member
        return None

    async def memberships(self, user_id: int) -> list[discord.Member]:
        """Return a user as a member of each server that is served and that they are in, oldest first."""
        return [member async for member in self._members(user_id) if member is not None]

    def account(self, user: User) -> Account:
        """Return what is told of somebody who wrote or acted."""
        if isinstance(user, discord.Member):
            self._absent.pop((user.guild.id, user.id), None)
        return Account(
            account_ref(user.id),
            user.display_name,
            is_bot=user.bot,
            is_leader=isinstance(user, discord.Member) and self._leads(user),
        )

    async def _members(self, user_id: int) -> AsyncGenerator[discord.Member | None, None]:
        """Yield a user as a member of each server; one that does not answer is an error in its turn."""
        guilds = self.guilds()
        for start in range(0, len(guilds), _AT_ONCE):
            asked = (self.member(guild, user_id) for guild in guilds[start : start + _AT_ONCE])
            for answer in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(answer, BaseException):
                    raise answer
                yield answer

    def _leads(self, member: discord.Member) -> bool:
        if member.bot:
            return False
        if member.guild_permissions.manage_guild:
            return True
        wanted = self._options.leader_role
        return wanted is not None and any(
            wanted in (role.name, str(role.id)) for role in member.roles
        )


def check_available(guild: discord.Guild) -> None:
    """Let nothing be concluded from a server of which Discord tells nothing for now.

    Raises:
        DisconnectedError: It is such a one.
    """
    if guild.unavailable:
        raise DisconnectedError(f"server {guild.id} is not available")


async def _ask(guild: discord.Guild, user_id: int) -> discord.Member | None:
    try:
        with translated("member"):
            try:
                return await guild.fetch_member(user_id)
            except discord.NotFound:
                return None
    except NotPermittedError as error:  # it is about us, and says nothing of them
        raise DisconnectedError(f"server {guild.id} tells nothing") from error


def _put(known: dict[K, V], key: K, value: V, most: int) -> None:
    """Keep something, and forget the oldest where there is too much."""
    known.pop(key, None)
    while len(known) >= most:
        del known[next(iter(known))]
    known[key] = value
