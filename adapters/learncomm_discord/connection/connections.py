"""How each connection to Discord is, from what discord.py tells of it; one a shard."""

import math
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord
from discord.ext import commands

from learncomm_agent.chat.platform import Connection
from learncomm_agent.clock import Clock
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.connection.parsing import Parsers

Listener = Callable[..., Coroutine[Any, Any, None]]


@dataclass(slots=True)
class _One:
    """One connection."""

    state: str
    since: datetime
    resumed: int = 0
    restarts: int = 0


class Connections:
    """Listens to a client, ours or somebody else's, and keeps how its connections are."""

    def __init__(self, client: AnyBot, clock: Clock) -> None:
        """Take what it needs; nothing is heard before `open`."""
        self._client = client
        self._clock = clock
        self._is_sharded = isinstance(client, commands.AutoShardedBot)
        self._trouble = ""
        self._state = "ready" if client.is_ready() else "connecting"
        self._since = clock.now()
        self._known: dict[int, _One] = {}
        prefix = "on_shard_" if self._is_sharded else "on_"
        self._listeners: Mapping[str, Listener] = {
            f"{prefix}connect": self._connected,
            f"{prefix}disconnect": self._disconnected,
            f"{prefix}ready": self._ready,
            f"{prefix}resumed": self._resumed,
        }

    def open(self) -> None:
        """Listen from now on."""
        for event, listener in self._listeners.items():
            self._client.add_listener(listener, event)

    def close(self) -> None:
        """Hear nothing any more."""
        for event, listener in self._listeners.items():
            self._client.remove_listener(listener, event)

    def waiting(self, trouble: str = "") -> None:
        """Note that all connections have ended, and are begun anew later.

        Args:
            trouble: The phrase that says what is wrong, where that is known.
        """
        self._trouble = trouble
        for id in self._ids():
            self._change(id, "waiting")

    def restarted(self) -> None:
        """Note that all of them are begun anew."""
        for id in self._ids():
            self._change(id, "connecting").restarts += 1

    def report(self) -> list[Connection]:
        """Return how they are now, by number."""
        return [self._report(id) for id in self._ids()]

    def is_ready(self, guild: discord.Guild) -> bool:
        """Whether the connection on which a server's events come is there, and all before was told."""
        return self._one(guild.shard_id if self._is_sharded else 0).state == "ready"

    def _report(self, id: int) -> Connection:
        one = self._one(id)
        counts = {"restarts": one.restarts, "resumed": one.resumed}
        parsers = self._client._connection.parsers
        if isinstance(parsers, Parsers):
            counts["unreadable"] = sum(self._of_shard(parsers.unreadable, id))
            if id == min(self._ids()):  # of these nobody knows whom they are for
                counts["unknown"] = parsers.unknown
        trouble = self._trouble if one.state == "waiting" else ""
        name = str(id) if self._is_sharded else ""
        return Connection(one.state, one.since, name, self._delay_ms(id), counts, trouble)

    def _of_shard(self, by_guild: Mapping[int, int], id: int) -> Iterable[int]:
        shards = (self._client.shard_count or 1) if self._is_sharded else 1
        return (
            count
            for guild, count in by_guild.items()
            if not self._is_sharded or (guild >> 22) % shards == id
        )

    def _delay_ms(self, id: int) -> int | None:
        if isinstance(self._client, commands.AutoShardedBot):
            delay = dict(self._client.latencies).get(id, math.nan)
        else:
            delay = self._client.latency
        return round(1000 * delay) if math.isfinite(delay) else None

    def _ids(self) -> list[int]:
        """Return the numbers of all connections, also of those that are not begun yet."""
        if not isinstance(self._client, commands.AutoShardedBot):
            return [0]
        return list(self._client.shard_ids or range(self._client.shard_count or 1))

    def _one(self, id: int) -> _One:
        return self._known.setdefault(id, _One(self._state, self._since))

    def _change(self, id: int, state: str) -> _One:
        one = self._one(id)
        if one.state != state:
            one.state, one.since = state, self._clock.now()
        return one

    async def _connected(self, id: int = 0) -> None:
        self._change(id, "connecting")

    async def _disconnected(self, id: int = 0) -> None:
        if self._one(id).state != "waiting":
            self._change(id, "resuming")

    async def _ready(self, id: int = 0) -> None:
        self._change(id, "ready")

    async def _resumed(self, id: int = 0) -> None:
        self._change(id, "ready").resumed += 1
