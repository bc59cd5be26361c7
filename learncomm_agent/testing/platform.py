"""A whole chat platform in memory: an adapter to read before writing one, and faults to test with.

`FakePlatform` implements `Platform` and the optional protocols, ends with the faults that a test can
ask for, and inherits the verbs of people: `says`, `presses`, `picks`, `fills`, `votes_for`…

    platform = FakePlatform(clock=clock)
    ann, hall = platform.add_account("Ann"), platform.add_room("hall")
    await platform.start(sink)
    await platform.says(ann, hall, "Has anyone read chapter two?")
    assert [post.text for post in platform.seen_by(ann, hall)] == [...]
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.events import Event
from learncomm_agent.chat.forms import Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, File, Image, Menu, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    NotPermittedError,
    PlatformError,
)
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.network import Post, words_of
from learncomm_agent.testing.verbs import FakeVerbs

EVERYTHING = Capabilities(
    edits=Level.FULL,
    edits_per_minute=30,
    deletes=Level.FULL,
    private_replies=Level.PARTIAL,
    direct_messages=Level.FULL,
    replies=Level.FULL,
    buttons=Level.FULL,
    max_choices=25,
    menus=Level.FULL,
    max_menu_options=25,
    choices_per_menu=5,
    forms=Level.FULL,
    max_fields=5,
    files=Level.FULL,
    max_file_bytes=1_000_000,
    images=Level.FULL,
    links=Level.FULL,
    message_links=Level.FULL,
    mentions=Level.FULL,
    local_times=Level.FULL,
    reactions=Level.FULL,
    threads=Level.FULL,
    private_threads=Level.FULL,
    polls=Level.FULL,
    max_poll_options=10,
    scheduled_events=Level.FULL,
    pins=Level.FULL,
    acknowledges=Level.FULL,
)
"""A platform that can do about all there is; a private reply needs a private handle."""


class FakePlatform(FakeVerbs):
    """A chat platform in memory, and a strict one: what its capabilities exclude is an error here.

    A real platform may show something. So a test finds what the planner should have put another way.
    """

    def __init__(
        self,
        name: str = "fake",
        *,
        capabilities: Capabilities = EVERYTHING,
        clock: Clock | None = None,
    ) -> None:
        """Make an empty network with this adapter to it.

        Args:
            name: The `platform` of all references.
            capabilities: What every room of it can show.
            clock: Tells when messages are posted and when handles expire.
        """
        super().__init__(name, clock or ManualClock(), capabilities)
        self._receipts: dict[str, Receipt] = {}

    # What an adapter implements: Platform.

    async def start(self, sink: Sink) -> None:
        """Connect; a second start is an error."""
        if self._sink is not None:
            raise PlatformError(f"{self.name!r} runs already")
        self._sink, self._started_at = sink, self._clock.now()

    async def stop(self) -> None:
        """Disconnect; harmless when not started."""
        self._sink, self._started_at = None, None

    async def capabilities(self, room: RoomRef) -> Capabilities:
        """Return what this room can show; the same for all rooms of a fake platform."""
        self._here(room)
        return self.can

    def length(self, blocks: Sequence[Block]) -> int:
        """Return how many characters a reader sees; files hang on the message and count nothing."""
        return len(words_of(tuple(blocks)))

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing that fits; the same key posts once.

        Raises:
            RoomGoneError: The room is not there.
            NotPermittedError: It would be seen by others than it is for.
            PlatformError: It does not fit, or a fault was asked for.
        """
        is_lost_after = self._meet_fault()
        if outgoing.key not in self._receipts:
            self._receipts[outgoing.key] = Receipt((self._add(outgoing).ref,))
        if is_lost_after is not None:
            raise is_lost_after
        return self._receipts[outgoing.key]

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a message of ours; who sees it stays as it is."""
        is_lost_after = self._meet_fault()
        self._need(self.can.edits)
        self._here(message.room)
        post = self._ours(message)
        if outgoing.private_to != post.private_to:
            raise NotPermittedError(f"message {message.id!r} is for other readers")
        self._check_fits(outgoing.blocks)
        changed = self.network.change(post, words_of(outgoing.blocks), self._clock.now())
        self.network.posts[message] = replace(changed, blocks=outgoing.blocks)
        if is_lost_after is not None:
            raise is_lost_after
        return Receipt((message,))

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        """Yield what people posted after a message or since a moment and what stands there still."""
        self._check_connected()
        self._here(room)
        fault, count = self._history_faults.popleft() if self._history_faults else (None, None)
        for post in self.network.past(room, after)[:count]:
            if not self.network.is_gone(post.ref) and post.message.author != self.agent.ref:
                yield self._posted(self.network.post(post.ref))
            self._check_connected()
            self._here(room)
        if fault is not None:
            raise fault

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms that all in the audience may read, now and later by the same rule."""
        self._check_connected()
        without = self.network.without_agent
        rooms = [room for room in self.network.rooms if room.space not in without]
        if audience.account is not None:
            account, space = audience.account, audience.space
            rooms = [room for room in rooms if space is None or room.space == space]
            return frozenset(room for room in rooms if self.network.may_read(account, room))
        here = audience.room
        if here is None or here not in rooms:
            return frozenset()
        return frozenset(room for room in rooms if self.network.includes(here, room))

    # What tests look at and the faults that they ask for.

    @property
    def posts(self) -> list[Post]:
        """What the agent has posted and not taken back, in order, as it stands now."""
        ours = (p for p in self.network.posts.values() if p.message.author == self.agent.ref)
        return [post for post in ours if not post.is_deleted]

    def _add(self, outgoing: Outgoing) -> Post:
        self._here(outgoing.room)
        self._check_fits(outgoing.blocks)
        private_to = self._readers(outgoing)
        text, now, answered = words_of(outgoing.blocks), self._clock.now(), outgoing.reply_to
        post = self.network.add_post(outgoing.room, self.agent.ref, text, now, reply_to=answered)
        post = replace(post, blocks=outgoing.blocks, key=outgoing.key, private_to=private_to)
        self.network.posts[post.ref] = post
        return post

    def _readers(self, outgoing: Outgoing) -> AccountRef | None:
        """Return the only account that will see a post, None where the whole room will."""
        room, reply, private_to = outgoing.room, outgoing.reply, outgoing.private_to
        is_fresh = reply is not None and reply.expires_at > self._clock.now()
        owner = self._handles.get(reply.token) if reply and reply.is_private and is_fresh else None
        if private_to is None:
            return owner
        level = self.can.private_replies
        answers = owner == private_to and level >= Level.PARTIAL
        if answers or self._direct.get(private_to) == room or (level == Level.FULL and not reply):
            return private_to
        raise NotPermittedError(f"room {room.id!r} has no private way to {private_to.id!r}")

    def _check_fits(self, blocks: tuple[Block, ...]) -> None:
        if self.length(blocks) > self.can.max_text:
            raise PlatformError(f"longer than {self.can.max_text} characters")
        room_left = self.can.max_choices
        for block in blocks:
            match block:
                case Choices(options=options):
                    room_left -= len(options)
                    self._need(self.can.buttons, room_left >= 0)
                case Menu(options=options):
                    room_left -= self.can.choices_per_menu
                    is_short = 0 < len(options) <= self.can.max_menu_options
                    self._need(self.can.menus, is_short and room_left >= 0)
                case Form():
                    raise NotPermittedError("a form opens when something is pressed or called")
                case File(content=content):
                    self._need(self.can.files, len(content) <= self.can.max_file_bytes)
                case Image(content=content):
                    self._need(self.can.images, len(content) <= self.can.max_file_bytes)
