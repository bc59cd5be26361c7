"""Random rules of a server, on discord.py's own objects, and who reads what by discord.py's own account.

    python -m tests.adapters.discord.permission_sets 100000

compares so many sets, then measures a large server.
"""

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import discord
from discord.ext import commands
from discord.user import ClientUser

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.testing.clock import ManualClock
from learncomm_discord.audience.readers import Readers
from learncomm_discord.connection.connections import Connections
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import Rooms, room_ref
from learncomm_discord.options import Options

GUILD, OWNER, ME, MY_ROLE = 1, 2, 3, 4
ROLES = range(10, 16)
MEMBERS = range(20, 23)
CHANNELS = range(30, 33)
VIEW, HISTORY = 1 << 10, 1 << 16
CONNECT, ADMINISTRATOR = 1 << 20, 1 << 3
TEXT, VOICE, STAGE, FORUM = 0, 2, 13, 15


class Server:
    """A server in discord.py's cache, of which the adapter can be asked without a connection."""

    def __init__(self, *, roles: int, channels: int) -> None:
        client = commands.Bot(command_prefix=(), intents=discord.Intents.all())
        client._ready = asyncio.Event()
        client._ready.set()
        self._state = state = client._connection
        state.user = ClientUser(state=state, data=_user(ME))
        self.roles = range(ROLES[0], ROLES[0] + roles)
        first = CHANNELS[0] if roles <= len(ROLES) else 1000
        self.channels = range(first, first + channels)
        people = [OWNER, ME, *MEMBERS]
        self.guild = discord.Guild(
            data={
                "id": GUILD,
                "name": "Readers",
                "owner_id": OWNER,
                "member_count": len(people),
                "roles": [_role(id, 0) for id in (GUILD, MY_ROLE, *self.roles)],
                "channels": [channel(id, TEXT, []) for id in self.channels],
                "members": [_member(id) for id in people],
            },  # type: ignore[typeddict-item]
            state=state,
        )
        state._add_guild(self.guild)
        for id in MEMBERS:
            talk = {"id": 1000 * id, "type": 1, "recipients": [_user(id)]}
            state.add_dm_channel(talk)  # type: ignore[arg-type]
        clock = ManualClock()
        accounts = Accounts(client, Options(members_intent=True), clock)
        self.readers = Readers(Rooms(client, accounts), accounts, Connections(client, clock), clock)

    def gives(self, role: int, permissions: int) -> None:
        found = self.guild.get_role(role)
        assert found is not None
        found._update(_role(role, permissions))

    def puts(self, id: int, kind: int, overwrites: list[Any], *, nsfw: bool = False) -> None:
        """Put a channel of any kind in the place of another one."""
        factory, _ = discord.channel._guild_channel_factory(kind)
        assert factory is not None
        data = channel(id, kind, overwrites, nsfw=nsfw)
        self.guild._add_channel(factory(state=self._state, guild=self.guild, data=data))

    async def changed(self) -> None:
        await self.readers.listeners()["on_guild_update"](self.guild, self.guild)

    async def shown_in(self, channel: int) -> set[int]:
        found = await self.readers.readable(Audience.of_room(room_ref(GUILD, channel)))
        return {int(room.id) for room in found}

    async def read_by(self, member: int) -> set[int]:
        account = AccountRef("discord", str(member))
        found = await self.readers.readable(Audience.of_account(account))
        return {int(room.id) for room in found} & set(self.channels)

    def member(
        self, id: int, roles: tuple[int, ...], *, is_timed_out: bool = False
    ) -> discord.Member:
        found = self.guild.get_member(id)
        assert found is not None
        found._roles = discord.utils.SnowflakeList(roles)
        until = discord.utils.utcnow() + timedelta(hours=1)
        found.timed_out_until = until if is_timed_out else None
        return found


def _user(id: int) -> Any:
    return {"id": id, "username": str(id), "discriminator": "0", "avatar": None}


def _member(id: int) -> Any:
    return {"user": _user(id), "roles": [], "flags": 0, "joined_at": None}


def _role(id: int, permissions: int) -> Any:
    tags = {"tags": {"bot_id": str(ME)}} if id == MY_ROLE else {}
    return {"id": id, "name": str(id), "permissions": permissions, "position": id, **tags}


def channel(id: int, kind: int, overwrites: list[Any], *, nsfw: bool = False) -> Any:
    """Return what Discord tells of a channel."""
    return {
        "id": id,
        "type": kind,
        "name": str(id),
        "position": id,
        "bitrate": 64000,
        "user_limit": 0,
        "nsfw": nsfw,
        "permission_overwrites": overwrites,
    }


def overwrite(id: int, *, allow: int = 0, deny: int = 0, is_member: bool = False) -> Any:
    """Return what Discord tells of an overwrite."""
    return {"id": id, "type": int(is_member), "allow": allow, "deny": deny}


class Draw:
    """One random set of rules, put into a server."""

    def __init__(self, server: Server, dice: random.Random) -> None:
        self._server = server
        self._dice = dice
        # Few roles meet often in what counts; the more there are, the more sets of them there are to try.
        self.roles = [*ROLES][: dice.choices(range(7), (2, 12, 14, 8, 2, 1, 0.5))[0]]
        to_all = self._some(VIEW | HISTORY | CONNECT, 0.6) | self._some(ADMINISTRATOR, 0.03)
        server.gives(GUILD, to_all)
        server.gives(MY_ROLE, self._some(ADMINISTRATOR, 0.5))
        for id in ROLES:
            given = self._some(VIEW | HISTORY | CONNECT, 0.3) | self._some(ADMINISTRATOR, 0.06)
            server.gives(id, given if id in self.roles else 0)
        self.named = {id for id in MEMBERS[1:] if dice.random() < 0.3}
        for id in CHANNELS:
            kind = dice.choice((TEXT, TEXT, TEXT, VOICE, STAGE, FORUM))
            server.puts(id, kind, self._overwrites(), nsfw=dice.random() < 0.1)

    def _some(self, bits: int, chance: float) -> int:
        return sum(
            bit
            for bit in (VIEW, HISTORY, CONNECT, ADMINISTRATOR)
            if bits & bit and self._dice.random() < chance
        )

    def _overwrites(self) -> list[Any]:
        dice, found = self._dice, []
        for id in (GUILD, MY_ROLE, *self.roles, ME, OWNER, *self.named):
            if dice.random() < 0.5:
                allow = self._some(VIEW | HISTORY | CONNECT, 0.35)
                deny = self._some(VIEW | HISTORY | CONNECT, 0.35) & ~allow
                is_member = id in (ME, OWNER, *self.named)
                found.append(overwrite(id, allow=allow, deny=deny, is_member=is_member))
        if dice.random() < 0.1:  # of a role that is no more
            found.append(overwrite(99, deny=VIEW))
        dice.shuffle(found)
        return found

    def readers(self) -> Iterator[discord.Member]:
        """Yield all members that there could be: each set of roles, for whoever is named and for another."""
        for count in range(len(self.roles) + 1):
            for roles in itertools.combinations(self.roles, count):
                for id in (MEMBERS[0], *self.named):
                    yield self._server.member(id, roles)
        yield self._server.member(OWNER, ())

    def shown(self) -> dict[int, set[int]]:
        """Return for each channel those whose content may be shown there."""
        channels: list[Any] = [self._server.guild.get_channel(id) for id in CHANNELS]

        def where(is_so: Callable[[Any, discord.Member], bool], who: discord.Member) -> set[int]:
            return {n for n, each in enumerate(channels) if is_so(each, who)}

        possible = {
            (frozenset(where(_sees, member)), frozenset(where(_reads, member)))
            for member in self.readers()
        }

        def is_shown(n: int, m: int) -> bool:
            if n == m:
                return True
            is_restricted = channels[m].is_nsfw() and not channels[n].is_nsfw()
            return not is_restricted and not any(
                n in seen and m not in read for seen, read in possible
            )

        return {
            here: {there for m, there in enumerate(CHANNELS) if is_shown(n, m)}
            for n, here in enumerate(CHANNELS)
        }

    async def account(self) -> tuple[set[int], set[int]]:
        """Return what somebody reads by discord.py, and by the adapter."""
        dice = self._dice
        roles = tuple(id for id in self.roles if dice.random() < 0.5)
        id = dice.choice(MEMBERS)
        member = self._server.member(id, roles, is_timed_out=dice.random() < 0.1)
        read = {
            each.id
            for each in self._server.guild.channels
            if _reads(each, member) and not each.is_nsfw()
        }
        found = await self._server.read_by(id)
        self._server.member(id, ())
        return read, found


def _sees(channel: Any, member: discord.Member) -> bool:
    may = channel.permissions_for(member)
    is_voice = channel.type.value in (VOICE, STAGE)
    return bool(may.view_channel and (may.connect or not is_voice))


def _reads(channel: Any, member: discord.Member) -> bool:
    return _sees(channel, member) and bool(channel.permissions_for(member).read_message_history)


async def differences(count: int, seed: int) -> list[str]:
    """Return where the adapter and discord.py differ in so many random sets."""
    server, dice = Server(roles=len(ROLES), channels=len(CHANNELS)), random.Random(seed)
    found = []
    for number in range(count):
        draw = Draw(server, dice)
        await server.changed()
        shown = {id: await server.shown_in(id) for id in CHANNELS}
        if shown != draw.shown():
            found.append(f"set {number}: rooms show {shown}, not {draw.shown()}")
        read, told = await draw.account()
        if read != told:
            found.append(f"set {number}: somebody reads {read}, not {told}")
    return found


async def measure() -> None:
    """Say how long the answers take in a server of 500 channels and 250 roles."""
    server, dice = Server(roles=250, channels=500), random.Random(7)
    for role in (GUILD, *server.roles):
        server.gives(role, VIEW | HISTORY if role == GUILD else 0)
    for id in server.channels:
        named = [overwrite(role, allow=VIEW) for role in dice.sample(server.roles, 4)]
        people = [overwrite(dice.choice(MEMBERS), allow=VIEW, is_member=True)]
        hidden = [overwrite(GUILD, deny=VIEW)]
        server.puts(id, TEXT, [*hidden, *named, *people] if dice.random() < 0.8 else [])
    await server.changed()
    hidden_id = next(id for id in server.channels if server.guild.get_channel(id).overwrites)  # type: ignore[union-attr]
    for name, asked in (
        ("room, first", server.shown_in(hidden_id)),
        ("room, once more", server.shown_in(hidden_id)),
        ("another room", server.shown_in(server.channels[-1])),
        ("account", server.read_by(MEMBERS[0])),
    ):
        began = time.perf_counter()
        found = await asked
        print(f"{name}: {(time.perf_counter() - began) * 1000:.1f} ms, {len(found)} rooms")


if __name__ == "__main__":
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    begun = time.perf_counter()
    differing = asyncio.run(differences(sets, seed=sets))
    print(f"{len(differing)} differences in {sets} sets, {time.perf_counter() - begun:.1f} s")
    print(*differing[:5], sep="\n")
    asyncio.run(measure())
