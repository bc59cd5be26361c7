"""Everything between start and stop, put together around one client."""

from learncomm_agent.adapting.once import Once
from learncomm_agent.adapting.receipts import Receipts
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_discord.audience.readers import Readers
from learncomm_discord.commands.acts import Acts
from learncomm_discord.commands.openings import Openings
from learncomm_discord.commands.publishing import Publishing
from learncomm_discord.commands.signing import Signing
from learncomm_discord.commands.slash import Slash
from learncomm_discord.commands.suggesting import Suggesting
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.connection.connections import Connections
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import Rooms
from learncomm_discord.directory.subjects import Subjects
from learncomm_discord.directory.whereabouts import Whereabouts
from learncomm_discord.hearing.changes import Changes
from learncomm_discord.hearing.inbound import Inbound
from learncomm_discord.hearing.interest import Interest
from learncomm_discord.hearing.patience import Patience
from learncomm_discord.options import Options
from learncomm_discord.posting.deferrals import Deferrals
from learncomm_discord.posting.outbound import Outbound
from learncomm_discord.posting.pins import Pins
from learncomm_discord.posting.polls import Polls
from learncomm_discord.posting.scheduled_events import ScheduledEvents
from learncomm_discord.posting.threads import Threads


class Session:
    """One run of the adapter."""

    def __init__(
        self, surroundings: Surroundings, client: AnyBot, sink: Sink, desk: Desk | None = None
    ) -> None:
        """Make its parts; nothing is heard before `open`."""
        options = surroundings.options or Options()
        self.client = client
        self.connections = Connections(client, surroundings.clock)
        self.accounts = Accounts(client, options, surroundings.clock)
        self.rooms = Rooms(client, self.accounts)
        self.readers = Readers(self.rooms, self.accounts, self.connections, surroundings.clock)
        self.receipts = Receipts(surroundings.folder, surroundings.clock)
        deferrals = Deferrals(surroundings.clock)
        once, clock = Once(self.receipts), surroundings.clock
        self.outbound = Outbound(client, self.rooms, self.receipts, once, deferrals, clock)
        self.threads = Threads(client, self.rooms, self.accounts, once)
        self.pins = Pins(self.rooms)
        self.polls = Polls(client, self.rooms, self.receipts, once, clock)
        self.calendar = ScheduledEvents(client, self.rooms, once, clock)
        known = self.outbound.is_ours, self.polls.option_of
        self.patience = Patience(clock)
        self.inbound = Inbound(client, self.rooms, self.accounts, sink, *known, self.patience)
        self.interest = Interest(client, self.accounts, sink, self.patience)
        self.changes = Changes(client, self.rooms, self.accounts, sink)
        self.signing = Signing(surroundings.folder)
        where = Whereabouts(self.rooms, self.accounts)
        openings = Openings(surroundings, desk, where, self.signing)
        refuse = self.outbound.refuse
        subjects = Subjects(self.rooms, self.accounts)
        acts = Acts(surroundings, where, sink, deferrals, refuse, self.signing, openings, subjects)
        self.slash = Slash(
            surroundings.catalogue,
            surroundings.phrases,
            surroundings.language,
            acts.called,
            Suggesting(desk, where, clock).suggest,
        )
        self.publishing = Publishing(
            client, self.slash, self.accounts, desk, surroundings.folder, clock
        )
        self._listeners = [
            *self.readers.listeners().items(),  # first, so that whoever hears more may ask them
            *self.inbound.listeners().items(),
            *self.changes.listeners().items(),
            *self.interest.listeners().items(),
            *self.publishing.listeners().items(),
            ("on_interaction", acts.heard),
        ]

    async def open(self, group: str | None) -> None:
        """Listen, and put the commands into the client's tree.

        Args:
            group: The name under which they stand; each stands for itself where None.

        Raises:
            PlatformError: The host has a command of that name.
        """
        await self.receipts.load()
        await self.signing.load()
        await self.publishing.offer(group)
        for event, listener in self._listeners:
            self.client.add_listener(listener, event)
        self.interest.open()
        self.connections.open()

    async def close(self) -> None:
        """Hear nothing any more, and leave the client as it was."""
        self.connections.close()
        self.patience.close()
        self.interest.close()
        for event, listener in self._listeners:
            self.client.remove_listener(listener, event)
        await self.publishing.withdraw()
        self.receipts.close()
