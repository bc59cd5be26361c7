"""The connection of our own bot: begun with a clear word where it can't be, then kept up for good.

discord.py comes back by itself from what is wrong with the line. What ends it all the same (a parser
that met what it does not know, a session that Discord refuses) is logged and begun anew.
"""

import asyncio
from collections.abc import Awaitable, Callable

import discord
from discord.ext import commands

from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, PlatformError, for_log
from learncomm_agent.log import logger
from learncomm_discord.faults import translated

START_S = 120.0
"""How long Discord may take to be ready; many servers take their time."""
_WAITS_S = (1, 5, 15, 60, 300)
_log = logger(__name__)


class Gateway:
    """Keeps a bot connected."""

    def __init__(self, bot: commands.Bot, token: str, clock: Clock) -> None:
        """Take what it needs; nothing is connected."""
        self._bot = bot
        self._token = token
        self._clock = clock
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
            await self.login()
            await prepare()
            first = asyncio.create_task(self._bot.connect(), name="discord")
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

    async def login(self) -> None:
        """Ask Discord whether the token is right; nothing is connected.

        Raises:
            PlatformError: It is not.
            DisconnectedError: Discord can't be reached.
        """
        try:
            with translated("login"):
                await self._bot.login(self._token)
        except discord.LoginFailure as error:
            raise PlatformError("wrong token", phrase="discord.bad_token") from error
        except DisconnectedError as error:
            raise DisconnectedError(str(error), phrase="discord.unreachable") from error

    async def _until_ready(self, first: "asyncio.Task[None]") -> None:
        ready = asyncio.create_task(self._bot.wait_until_ready(), name="discord ready")
        try:
            with translated("connect"):
                await self._clock.idle(
                    asyncio.wait({first, ready}, return_when=asyncio.FIRST_COMPLETED),
                    "discord to be ready",
                    timeout_s=START_S,
                )
                if first.done():
                    first.result()
        except discord.PrivilegedIntentsRequired as error:
            raise PlatformError("an intent is missing", phrase="discord.no_intent") from error
        except (TimeoutError, DisconnectedError) as error:
            raise DisconnectedError("not connected", phrase="discord.unreachable") from error
        finally:
            ready.cancel()
            if not self._bot.is_ready():
                first.cancel()
                await asyncio.wait([first])
        if first.done():
            raise DisconnectedError("closed at once", phrase="discord.unreachable")

    async def _keep(self, running: "asyncio.Task[None]") -> None:
        failures = 0
        try:
            while True:
                began = self._clock.now()
                await self._clock.idle(asyncio.wait([running]), "discord")
                error = None if running.cancelled() else running.exception()
                lasted = (self._clock.now() - began).total_seconds()
                failures = 0 if lasted > _WAITS_S[-1] else failures + 1
                wait = _WAITS_S[min(failures, len(_WAITS_S)) - 1] if failures else _WAITS_S[0]
                reason = "closed" if error is None else for_log(error)
                _log.error("connection ended", reason=reason, again_in_s=wait)
                await self._clock.sleep(wait)
                running = asyncio.create_task(self._again(), name="discord")
        finally:
            running.cancel()

    async def _again(self) -> None:
        """Begin as if nothing had been: a client that was closed keeps a closed connector, and no loop."""
        await self._bot.close()
        self._bot.clear()
        self._bot.http.connector = discord.utils.MISSING
        await self._bot.__aenter__()
        await self._bot.login(self._token)
        await self._bot.connect()
