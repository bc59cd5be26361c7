"""Everything between start and stop, put together around one client."""

import discord
from discord import app_commands
from discord.ext import commands

from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.log import logger
from learncomm_discord.accounts import Accounts
from learncomm_discord.acts import Acts
from learncomm_discord.audience import Readers
from learncomm_discord.deferrals import Deferrals
from learncomm_discord.inbound import Inbound
from learncomm_discord.options import Options
from learncomm_discord.outbound import Outbound
from learncomm_discord.receipts import Receipts
from learncomm_discord.rooms import Rooms
from learncomm_discord.slash import Slash

_log = logger(__name__)


class Session:
    """One run of the adapter."""

    def __init__(self, surroundings: Surroundings, client: commands.Bot, sink: Sink) -> None:
        """Make its parts; nothing is heard before `open`."""
        options = surroundings.options or Options()
        self.client = client
        self.accounts = Accounts(client, options, surroundings.clock)
        self.rooms = Rooms(client, self.accounts)
        self.readers = Readers(self.rooms, self.accounts)
        self.receipts = Receipts(surroundings.folder, surroundings.clock)
        deferrals = Deferrals(surroundings.clock)
        self.outbound = Outbound(client, self.rooms, self.receipts, deferrals, surroundings.clock)
        self.inbound = Inbound(
            client, self.rooms, self.accounts, sink, self.outbound.is_ours, surroundings.clock
        )
        self._acts = Acts(
            surroundings, self.rooms, self.accounts, sink, deferrals, self.outbound.refuse
        )
        self.slash = Slash(
            surroundings.catalogue, surroundings.phrases, surroundings.language, self._acts.called
        )
        self._listeners = {**self.inbound.listeners(), "on_interaction": self._acts.pressed}
        self._commands: list[tuple[str, discord.AppCommandType]] = []

    def open(self, group: str | None) -> None:
        """Listen, and put the commands into the client's tree.

        Args:
            group: The name under which they stand; each stands for itself where None.
        """
        kind = discord.AppCommandType.chat_input
        for command in [self.slash.group(group)] if group else self.slash.commands():
            self.client.tree.add_command(command)
            self._commands.append((command.name, kind))
        for menu in self.slash.menus():
            try:
                self.client.tree.add_command(menu)
            except (app_commands.CommandAlreadyRegistered, app_commands.CommandLimitReached):
                _log.warning("no room in the menu of messages", command=menu.name)
                continue  # the host's own come first; the command itself is there
            self._commands.append((menu.name, menu.type))
        for event, listener in self._listeners.items():
            self.client.add_listener(listener, event)

    def close(self) -> None:
        """Hear nothing any more, and leave the client as it was."""
        self.inbound.close()
        for event, listener in self._listeners.items():
            self.client.remove_listener(listener, event)
        for name, kind in self._commands:
            self.client.tree.remove_command(name, type=kind)
        self.receipts.close()
