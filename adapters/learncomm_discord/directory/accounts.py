"""Who somebody is in a server: their account, and whether they lead.

Discord tells a bot without the members' intent of nobody, so it is asked: of whoever acts in a server that
server alone, of whoever writes directly each of them, to find where that belongs. Who is in one is believed
for a minute, as roles change; who is not, for a day, unless they act there before. What can be out of date
by more than that minute is only that somebody reads too little.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TypeVar

import discord

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, NotPermittedError, RoomGoneError
from learncomm_discord.faults import translated
from learncomm_discord.options import Options
from learncomm_discord.posting.markup import PLATFORM

K = TypeVar("K")
V = TypeVar("V")
User = discord.User | discord.Member | discord.ClientUser
FRESH = timedelta(seconds=60)
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


def message_number(message: MessageRef) -> int:
    """Return the id of a message as Discord has it.

    Raises:
        RoomGoneError: It is none of Discord's.
    """
    found = number(message.id)
    if found is None:
        raise RoomGoneError(f"there is no message {message.id!r}")
    return found


class Accounts:
    """Knows people and their roles."""

    def __init__(self, client: discord.Client, options: Options, clock: Clock) -> None:
        """Take what it needs."""
        self._client = client
        self._options = options
        self._clock = clock
        self._found: dict[tuple[int, int], tuple[datetime, discord.Member]] = {}
        self._absent: dict[tuple[int, int], datetime] = {}
        self._homes: dict[int, int] = {}
        self._homes_among: list[int] = []
        """The servers that there were when homes were looked for."""

    def check_ready(self) -> None:
        """Let nothing be concluded from what is not known yet.

        Raises:
            DisconnectedError: Discord has not told yet which servers there are.
        """
        if not self._client.is_ready():
            raise DisconnectedError("Discord is not ready")

    @property
    def me(self) -> int:
        """The user id of the bot; 0 before it is known."""
        return 0 if self._client.user is None else self._client.user.id

    def guilds(self) -> list[discord.Guild]:
        """Return the servers that are served, oldest first.

        Raises:
            DisconnectedError: They are not known yet.
        """
        self.check_ready()
        return sorted(filter(self.serves, self._client.guilds), key=lambda guild: guild.id)

    def guild(self, space: SpaceRef) -> discord.Guild | None:
        """Return one server; None where it is not served.

        Raises:
            DisconnectedError: The servers are not known yet.
        """
        self.check_ready()
        found = self._client.get_guild(number(space.id) or 0)
        is_served = found is not None and space.platform == PLATFORM and self.serves(found)
        return found if is_served else None

    def there(self) -> list[int]:
        """Return the ids of all servers that the bot is in, served or not.

        Raises:
            DisconnectedError: They are not known yet.
        """
        self.check_ready()
        return [guild.id for guild in self._client.guilds]

    def roles(self, space: SpaceRef) -> dict[str, str]:
        """Return the names of the roles of a server by their ids, but for the one that everyone has.

        Raises:
            DisconnectedError: The server is not known now.
        """
        self.check_ready()
        guild = self._client.get_guild(number(space.id) or 0)
        if guild is None:
            raise DisconnectedError(f"there is no server {space.id!r}")
        check_available(guild)
        return {str(role.id): role.name for role in guild.roles if not role.is_default()}

    def serves(self, guild: discord.Guild) -> bool:
        """Whether the bot is in a server still, and the operator wants it to be served."""
        return self._client.get_guild(guild.id) is not None and self.is_wanted(guild.id)

    def is_wanted(self, guild_id: int) -> bool:
        """Whether the operator wants a server to be served."""
        return not self._options.guilds or str(guild_id) in self._options.guilds

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
        asked_at, found = self._found.get(key, (now - FRESH, None))
        # After a new beginning Discord's servers are other objects, and the old ones learn nothing more.
        if found is None or found.guild is not guild or now - asked_at >= FRESH:
            found = await _ask(guild, user_id)
            if found is None:
                put(self._absent, key, now, _MOST_ABSENT)
                return None
            put(self._found, key, (now, found), _MOST)
        check_available(guild)
        return found

    async def home(self, user_id: int) -> discord.Member | None:
        """Return a user as a member of the oldest server that is served and that they are in.

        It is looked for once: no other server is asked while they are in that one and the bot joins
        none, unless they act in an older one.

        Raises:
            DisconnectedError: It can't be told now.
        """
        there = self.guilds()
        ids = [guild.id for guild in there]
        if ids != self._homes_among:
            self._homes.clear()
            self._homes_among = ids
        home = self._client.get_guild(self._homes.get(user_id, 0))
        if home is not None and (member := await self.member(home, user_id)) is not None:
            return member
        self._homes.pop(user_id, None)
        async with aclosing(self._members(user_id)) as members:
            async for member in members:
                if member is not None:
                    put(self._homes, user_id, member.guild.id, _MOST_ABSENT)
                    return member
        return None

    async def memberships(self, user_id: int) -> list[discord.Member]:
        """Return a user as a member of each server that is served and that they are in, oldest first."""
        return [member async for member in self._members(user_id) if member is not None]

    def account(self, user: User) -> Account:
        """Return what is told of somebody who wrote or acted."""
        ref = account_ref(user.id)
        if not isinstance(user, discord.Member):
            return Account(ref, user.display_name, is_bot=user.bot)
        self._absent.pop((user.guild.id, user.id), None)
        if user.guild.id < self._homes.get(user.id, 0):
            del self._homes[user.id]
        return Account(
            ref,
            user.display_name,
            is_bot=user.bot,
            is_leader=self._leads(user),
            roles=frozenset(str(role.id) for role in user.roles if not role.is_default()),
            since=user.joined_at,
        )

    def known(self, user_id: int, guild_id: int | None) -> Account:
        """Return what is told of somebody of whom there is but an id, without asking Discord."""
        guild = None if guild_id is None else self._client.get_guild(guild_id)
        member = None if guild is None else guild.get_member(user_id)
        user = member or self._client.get_user(user_id)
        ref = account_ref(user_id)
        return Account(ref, ref.id) if user is None else self.account(user)

    def left(self, user_id: int, guild_id: int) -> None:
        """Believe no longer that somebody is in a server."""
        self._found.pop((guild_id, user_id), None)

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


def put(known: dict[K, V], key: K, value: V, most: int) -> None:
    """Keep something, and forget the oldest where there is too much."""
    known.pop(key, None)
    while len(known) >= most:
        del known[next(iter(known))]
    known[key] = value
