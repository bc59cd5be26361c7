"""The connection of our own bot: begun with a clear word where it can't be, then kept up for good.

discord.py comes back by itself from what is wrong with the line. What ends it all the same (a session
that Discord refuses, a beginning that it can't read) is logged and begun anew, later each time.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import discord

from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, LearncommError, for_log
from learncomm_agent.log import logger
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.connection.connections import Connections
from learncomm_discord.faults import entering

START_S = 120.0
"""How long Discord may take to be ready, or to let one more connection be; many servers take their time."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
_GROWTH = 4.0
_LEAST = 0.5
"""A wait is cut at random, to this share at most, so that not all bots come back at once."""
_log = logger(__name__)


async def log_in(bot: AnyBot, token: str) -> None:
    """Ask Discord whether the token is right; nothing is connected.

    Raises:
        PlatformError: It is not, or what answers is not Discord.
        DisconnectedError: Discord can't be reached.
    """
    with entering():
        await bot.login(token)


class Gateway:
    """Keeps a bot connected."""

    def __init__(
        self,
        bot: AnyBot,
        token: str,
        connections: Connections,
        clock: Clock,
        dice: random.Random,
    ) -> None:
        """Take what it needs; nothing is connected.

        Args:
            bot: To connect.
            token: The bot's.
            connections: Are told of what discord.py does not know: that we wait, and begin anew.
            clock: Waits.
            dice: Spread the waits.
        """
        self._bot = bot
        self._token = token
        self._connections = connections
        self._clock = clock
        self._dice = dice
        self._task: asyncio.Task[None] | None = None

    async def start(self, prepare: Callable[[], Awaitable[object]]) -> None:
        """Connect, and come back when all servers are known.

        Args:
            prepare: Called once the token is known to be right, before anything is heard.

        Raises:
            PlatformError: The token is wrong, or an intent is not allowed.
            DisconnectedError: Discord can't be reached.
        """
        try:
            await log_in(self._bot, self._token)
            await prepare()
            first = asyncio.create_task(self._connect(), name="discord")
            await self._until_ready(first)
        except BaseException:
            await self.stop()
            raise
        self._task = asyncio.create_task(self._keep(first), name="discord gateway")

    async def stop(self) -> None:
        """Disconnect; harmless where it is not connected."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if not self._bot.is_closed():
            await self._bot.close()

    def wait_s(self, failures: int) -> float:
        """Return how long to wait after so many failures, one more than the last time."""
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * _GROWTH ** (failures - 1))
        return wait * self._dice.uniform(_LEAST, 1)

    async def _until_ready(self, first: "asyncio.Task[None]") -> None:
        ready = asyncio.create_task(self._bot.wait_until_ready(), name="discord ready")
        try:
            await self._in_time({first, ready})
            if first.done():
                first.result()
        except TimeoutError as error:
            raise DisconnectedError("not connected", phrase="discord.unreachable") from error
        finally:
            ready.cancel()
            if not self._bot.is_ready():
                first.cancel()
                await asyncio.wait([first])
        if first.done():
            raise DisconnectedError("closed at once", phrase="discord.unreachable")

    async def _in_time(self, tasks: "set[asyncio.Task[None]]") -> None:
        """Wait until one of them is done, for as long as one connection after the other comes up."""
        up = -1
        while up < (now := sum(each.state == "ready" for each in self._connections.report())):
            up = now
            try:
                waiting = asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                await self._clock.idle(waiting, "discord to be ready", timeout_s=START_S)
            except TimeoutError:
                continue
            return
        raise TimeoutError

    async def _keep(self, running: "asyncio.Task[None]") -> None:
        failures = 0
        try:
            while True:
                began = self._clock.now()
                await self._clock.idle(asyncio.wait([running]), "discord")
                error = None if running.cancelled() else running.exception()
                lasted = (self._clock.now() - began).total_seconds()
                failures = 1 if lasted > LONGEST_WAIT_S else failures + 1
                wait = self.wait_s(failures)
                reason = "closed" if error is None else for_log(error)
                _log.error("connection ended", reason=reason, again_in_s=round(wait, 1))
                self._connections.waiting(_trouble(error))
                await self._clock.sleep(wait)
                self._connections.restarted()
                running = asyncio.create_task(self._again(), name="discord")
        finally:
            running.cancel()

    async def _again(self) -> None:
        """Begin as if nothing had been: a client that was closed keeps a closed connector, and no loop."""
        await self._bot.close()
        self._bot.clear()
        self._bot.http.connector = discord.utils.MISSING
        await self._bot.__aenter__()
        await log_in(self._bot, self._token)
        await self._connect()

    async def _connect(self) -> None:
        with entering():
            await self._bot.connect()


def _trouble(error: BaseException | None) -> str:
    return error.advice.phrase if isinstance(error, LearncommError) else ""
