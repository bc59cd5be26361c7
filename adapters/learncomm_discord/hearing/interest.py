"""Who will come to an entry of a calendar, or takes that back, as Discord tells it.

discord.py leaves out what concerns entries and people that it has not in memory; without the members'
intent that is nearly everybody. So this reads what discord.py reads, and asks who it is.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from learncomm_agent.chat.events import Interested
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.platform import Sink
from learncomm_agent.log import logger
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.connection.parsing import Parse
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import space_ref
from learncomm_discord.hearing.inbound import tell
from learncomm_discord.hearing.patience import Patience, Turns

Listener = Callable[..., Coroutine[Any, Any, None]]
_READ = {"GUILD_SCHEDULED_EVENT_USER_ADD": True, "GUILD_SCHEDULED_EVENT_USER_REMOVE": False}
"""What is read, and whether somebody comes by it."""
_OURS = "learncomm_interest"
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Interest:
    guild: int
    entry: int
    user: int
    is_added: bool


class Interest:
    """Listens to a client."""

    def __init__(self, client: AnyBot, accounts: Accounts, sink: Sink, patience: Patience) -> None:
        """Take what it needs; nothing is heard before `open`."""
        self._client = client
        self._accounts = accounts
        self._sink = sink
        self._patience = patience
        self._turns = Turns()
        self._before: dict[str, Parse] = {}

    def listeners(self) -> Mapping[str, Listener]:
        """Return who listens to which event."""
        return {f"on_{_OURS}": self._heard}

    def open(self) -> None:
        """Read along from now on."""
        parsers = self._client._connection.parsers
        for name, is_added in _READ.items():
            if name in parsers:
                self._before[name] = parsers[name]
                parsers[name] = partial(self._read, parsers[name], is_added)

    def close(self) -> None:
        """Leave the client as it was."""
        self._client._connection.parsers.update(self._before)
        self._before.clear()

    def _read(self, parse: Parse, is_added: bool, data: Any) -> None:
        """Let discord.py read it, and read it too."""
        parse(data)
        try:
            guild, user = int(data["guild_id"]), int(data["user_id"])
            entry = int(data["guild_scheduled_event_id"])
        except (KeyError, TypeError, ValueError) as error:
            _log.error("interest not readable", error=type(error).__name__)
            return
        self._client.dispatch(_OURS, _Interest(guild, entry, user, is_added))

    async def _heard(self, heard: _Interest) -> None:
        await self._turns.take([heard.entry], lambda: self._tell(heard))

    async def _tell(self, heard: _Interest) -> None:
        account = await self._patience.asked(lambda: self._account(heard), "interest", heard.entry)
        if account is not None:
            space, entry = space_ref(heard.guild), str(heard.entry)
            await tell(self._sink, Interested(space, entry, account, heard.is_added))

    async def _account(self, heard: _Interest) -> Account | None:
        """Return who it is, with their name; None where they, or the server, are no concern of ours."""
        guild = self._client.get_guild(heard.guild)
        if guild is None or heard.user == self._accounts.me or not self._accounts.serves(guild):
            return None
        member = await self._accounts.member(guild, heard.user)
        return None if member is None else self._accounts.account(member)
