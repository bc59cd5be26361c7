"""Who somebody is in a server: their account, and whether they lead."""

from datetime import datetime, timedelta

import discord

from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_discord.faults import translated
from learncomm_discord.markup import PLATFORM
from learncomm_discord.options import Options

User = discord.User | discord.Member | discord.ClientUser
_FRESH = timedelta(seconds=60)
"""How long roles that were asked for are trusted."""
_MOST = 1000


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
        self._asked: dict[tuple[int, int], tuple[datetime, discord.Member | None]] = {}

    def guilds(self) -> list[discord.Guild]:
        """Return the servers that are served, oldest first."""
        return sorted(filter(self.serves, self._client.guilds), key=lambda guild: guild.id)

    def serves(self, guild: discord.Guild) -> bool:
        """Whether the operator wants a server to be served."""
        return not self._options.guilds or str(guild.id) in self._options.guilds

    async def member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        """Return a member of a server with their roles as of now; None for whoever is not there."""
        if self._client.intents.members and (known := guild.get_member(user_id)) is not None:
            return known
        now, key = self._clock.now(), (guild.id, user_id)
        if key in self._asked and now - self._asked[key][0] < _FRESH:
            return self._asked[key][1]
        try:
            with translated("member"):
                found = await guild.fetch_member(user_id)
        except (NotPermittedError, RoomGoneError):
            found = None
        while len(self._asked) >= _MOST:
            del self._asked[next(iter(self._asked))]
        self._asked[key] = (now, found)
        return found

    async def home(self, user_id: int) -> discord.Member | None:
        """Return a user as a member of the oldest server that is served and that they are in."""
        for guild in self.guilds():
            if (member := await self.member(guild, user_id)) is not None:
                return member
        return None

    def account(self, user: User) -> Account:
        """Return what is told of somebody who wrote or acted."""
        return Account(
            account_ref(user.id),
            user.display_name,
            is_bot=user.bot,
            is_leader=isinstance(user, discord.Member) and self._leads(user),
        )

    def _leads(self, member: discord.Member) -> bool:
        if member.bot:
            return False
        if member.guild_permissions.manage_guild:
            return True
        wanted = self._options.leader_role
        return wanted is not None and any(
            wanted in (role.name, str(role.id)) for role in member.roles
        )
