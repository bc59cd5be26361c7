"""The adapter: communities in Matrix spaces, behind the common protocol."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import Event
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.platform import Connection, Finding, Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import PlatformError, RoomGoneError
from learncomm_matrix import checking
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.place import space_ref
from learncomm_matrix.encryption.seam import Encryption
from learncomm_matrix.options import Options as MatrixOptions
from learncomm_matrix.posting import abilities, markup
from learncomm_matrix.session import Session
from learncomm_matrix.verbs import Verbs


class MatrixAdapter(Verbs):
    """Implements `Platform` and the optional protocols but for what Matrix has nothing for: a calendar, roles."""

    for_learncomm = "0"
    Options = MatrixOptions

    def __init__(self, surroundings: Surroundings) -> None:
        """Make it; nothing is connected before the start."""
        super().__init__()
        self._surroundings = surroundings
        self._options = surroundings.options or MatrixOptions()
        self._desk: Desk | None = None

    @property
    def command_sign(self) -> str:
        """What people type before a command's name."""
        shortest = min(self._options.prefixes, key=len, default="")
        return f"{shortest} " if shortest else ""

    # Platform.

    async def start(self, sink: Sink) -> None:
        """Connect, catch up, and follow.

        Raises:
            PlatformError: It runs already, or has no right address or token.
            DisconnectedError: The homeserver can't be reached.
        """
        if self._session is not None:
            raise PlatformError(f"{self.name!r} runs already")
        notes = Notes(self._surroundings.folder)
        homeserver = Homeserver(self._options, self._encryption(notes))
        try:
            await notes.load()
            me = await homeserver.open()
        except BaseException:
            await notes.close()
            await homeserver.close()
            raise
        made = self._made(homeserver, notes, me.user_id, sink)
        self._session = made
        try:
            await made.open()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Finish what is being posted, then disconnect; harmless when not started.

        What the homeserver lets wait is put off to the next start.
        """
        session, self._session = self._session, None
        if session is not None:
            session.limiter.end()
            await self._finishing.settle()
            await session.close()

    async def capabilities(self, room: RoomRef) -> Capabilities:
        """Return what a room can show, by what the agent may do there.

        Raises:
            RoomGoneError: There is no such room.
            DisconnectedError: The homeserver's limits can't be told now.
        """
        session = self._running
        where = session.places.where(room)
        state = session.places.state(where.room_id)
        if state is None:
            raise RoomGoneError(f"there is no room {room.id!r}")
        return abilities.capabilities(
            state,
            session.places.me,
            max_file_bytes=await session.homeserver.upload_limit(),
            interval_s=session.limiter.interval_s,
            is_thread=where.thread is not None,
            is_direct=session.readers.person(where.room_id) is not None,
        )

    def length(self, blocks: Sequence[Block]) -> int:
        """Return how many bytes the words of the blocks take, plain and formatted."""
        return markup.length(blocks)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing; the same key posts once, also after a restart.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: The agent may not, or it is for somebody alone and this is not their talk.
            RateLimitedError: Later.
            DisconnectedError: The homeserver can't be reached.
        """
        return await self._finishing.finish(self._running.outbound.send(outgoing))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a post; of several that wait, the newest.

        Raises:
            RoomGoneError: It is not there any more.
            NotPermittedError: It is not ours, or for other readers.
        """
        return await self._finishing.finish(self._running.outbound.edit(message, outgoing))

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        """Yield what was written after a message or since a moment as it stands now, oldest first.

        Raises:
            RoomGoneError: There is no such room.
            DisconnectedError: It can't be told now.
        """
        async for event in self._running.history.read(room, after):
            yield event

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content everyone in the audience may read.

        Raises:
            DisconnectedError: That is not known now, which never means that there are none.
        """
        return await self._running.readers.readable(audience)

    # The optional protocols.

    async def check(self) -> Sequence[Finding]:
        """Look at address, token and rights; nothing is changed, and nothing followed."""
        return await checking.findings(self._options, self._surroundings.folder)

    def consult(self, desk: Desk) -> None:
        """Take whom to ask for forms."""
        self._desk = desk

    async def inspect(self, space: SpaceRef) -> Sequence[Finding]:
        """Look at what the agent may not do in a space; what is missing comes with the remedy."""
        if self._session is None or not self._session.is_open:
            return [Finding(False, "matrix.unreachable")]
        return await self._session.inspecting.inspect(space)

    async def spaces(self) -> frozenset[SpaceRef]:
        """Return all spaces that the agent is in, and the rooms that are in none.

        Raises:
            DisconnectedError: They are not known now.
        """
        return frozenset(map(space_ref, self._running.places.spaces()))

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether everyone in the space may read a room, also who comes later."""
        return await self._running.readers.is_for_all(room)

    async def branches(self, room: RoomRef, since: datetime | None) -> Sequence[Room]:
        """Return the threads of a room.

        Raises:
            RoomGoneError: There is no such room.
            DisconnectedError: They can't be told now.
        """
        return await self._running.history.branches(room, since)

    async def newest(self, room: RoomRef) -> str | None:
        """Return the id of the last message in a room; None where there is none.

        Raises:
            DisconnectedError: It is not known now.
        """
        return await self._running.history.newest(room)

    def report(self) -> Sequence[Connection]:
        """Return how the connection is; none where it was not started."""
        return [] if self._session is None else self._session.report()

    def _encryption(self, notes: Notes) -> Encryption | None:
        """Return what encrypted rooms need; None where they are not wanted."""
        if not self._options.encrypted:
            return None
        if not checking.can_encrypt():
            raise PlatformError("a package is missing", phrase="matrix.no_encryption")
        from learncomm_matrix.encryption.olm import OlmEncryption  # installed on request alone

        return OlmEncryption(self._surroundings.folder, notes)

    def _made(self, homeserver: Homeserver, notes: Notes, me: str, sink: Sink) -> Session:
        return Session(self._surroundings, homeserver, notes, me, sink, self._desk)
