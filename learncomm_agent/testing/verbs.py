"""What a fake platform can do beside what all can; the optional protocols, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Connection, Finding
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_agent.testing.faults import Faults
from learncomm_agent.testing.network import Post

MAX_PINS = 50
_MAX_QUESTION = 300


class FakeVerbs(Faults):
    """A part of `FakePlatform`; what the capabilities exclude is refused, and changes nothing."""

    def __init__(self, name: str, clock: Clock, can: Capabilities) -> None:
        """Make an empty network."""
        super().__init__(name, clock)
        self.can = can
        """May be set anew at any time, as platforms do."""
        self.acknowledged: list[tuple[RoomRef, ReplyHandle | None]] = []
        self.findings: list[Finding] = []
        """What `inspect` finds."""
        self.leader_roles: dict[SpaceRef, frozenset[str]] = {}
        """To whom commands of leaders are shown, too."""
        self._started_at: datetime | None = None
        self._direct: dict[AccountRef, RoomRef] = {}
        self._threads: dict[str, RoomRef] = {}
        self._polls: dict[str, MessageRef] = {}
        self._entries: dict[str, str] = {}

    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        """Note that an answer is being made; see `acknowledged`."""
        self.acknowledged.append((room, reply))

    async def delete(self, message: MessageRef) -> None:
        """Take back a message of ours; harmless when it is gone already."""
        self._need(self.can.deletes)
        if not self.network.is_gone(message):
            post = self._ours(message)
            self.network.posts[message] = replace(post, is_deleted=True)

    async def direct_room(self, account: AccountRef) -> RoomRef:
        """Return the direct talk with this account, opened if need be."""
        self._need(self.can.direct_messages)
        if account not in self.network.accounts:
            raise NotPermittedError(f"account {account.id!r} takes no direct messages")
        if account not in self._direct:
            known = self.network.accounts[account]
            room = self.network.add_room(known.name, [known], kind=RoomKind.DIRECT)
            self._direct[account] = room.ref
        return self._direct[account]

    async def read_attachment(self, attachment: Attachment) -> bytes:
        """Return the bytes of a file that was put on a message or into a form, while they are there."""
        if attachment.id not in self.network.uploads:
            raise RoomGoneError(f"there is no file {attachment.id!r}")
        return self.network.uploads[attachment.id]

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; harmless when it is there already."""
        self._need(self.can.reactions)
        self._react(self.agent.ref, message, reaction, True)

    # Threads

    async def open_thread(
        self,
        room: RoomRef,
        title: str,
        *,
        key: str,
        members: Sequence[AccountRef] = (),
        is_private: bool = False,
    ) -> RoomRef:
        """Return a new thread in the room; the same key opens one thread."""
        self._need(self.can.private_threads if is_private else self.can.threads)
        parent = self._here(room)
        if missing := [member for member in members if not self.network.may_read(member, parent)]:
            raise NotPermittedError(f"{len(missing)} accounts can't be brought in")
        if key not in self._threads and is_private:
            self._threads[key] = self.network.add_private_thread(title, members, parent).ref
        elif key not in self._threads:
            self._threads[key] = self.add_room(title, parent=parent)
        return self._threads[key]

    async def add_to_thread(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring more people in; who reads a public one does so already."""
        self._need(max(self.can.threads, self.can.private_threads))
        parent = self.network.branch_of(self._here(thread))
        if parent is None:
            raise NotPermittedError(f"room {thread.id!r} is no thread")
        able = [member for member in members if self.network.may_read(member, parent)]
        if self.network.room(thread).parent is None:
            inside = self.network.members(thread) or frozenset()
            self.network.set_members(thread, inside.union(able))
        if len(able) < len(members):
            raise NotPermittedError(f"{len(members) - len(able)} accounts can't be brought in")

    # Pins

    async def pin(self, message: MessageRef) -> None:
        """Keep a message in view; a room has so many at most."""
        self._need(self.can.pins)
        post, posts = self.network.post(message), self.network.posts.values()
        pinned = [each for each in posts if each.is_pinned and each.ref.room == message.room]
        if post not in pinned and len(pinned) >= MAX_PINS:
            raise NotPermittedError("no more can be pinned")
        self.network.posts[message] = replace(post, is_pinned=True)

    async def unpin(self, message: MessageRef) -> None:
        """Take a pin off; harmless when there is none, or the message is gone."""
        self._need(self.can.pins)
        if not self.network.is_gone(message):
            self.network.posts[message] = replace(self.network.post(message), is_pinned=False)

    # Polls

    async def open_poll(self, room: RoomRef, poll: Poll, *, key: str) -> MessageRef:
        """Return the message that shows a new poll; the same key opens one."""
        is_lost_after = self._meet_fault()
        self._need(self.can.polls)
        if not 1 <= len(poll.options) <= self.can.max_poll_options:
            raise PlatformError(f"a poll with {len(poll.options)} options")
        if not 1 <= len(poll.question) <= _MAX_QUESTION or poll.closes_at <= self._clock.now():
            raise PlatformError("a poll that nobody could vote in")
        if key not in self._polls:
            words = "\n".join((poll.question, *(option.label for option in poll.options)))
            post = self.network.add_post(self._here(room), self.agent.ref, words, self._clock.now())
            self.network.posts[post.ref] = replace(post, key=key, poll=poll)
            self._polls[key] = post.ref
        if is_lost_after is not None:
            raise is_lost_after
        return self._polls[key]

    async def close_poll(self, message: MessageRef) -> None:
        """End a poll of ours before its time."""
        post, now = self._ours(message), self._clock.now()
        if post.poll is not None and post.poll.closes_at > now:
            self.network.posts[message] = replace(post, poll=replace(post.poll, closes_at=now))

    async def votes(self, message: MessageRef, poll: Poll) -> Votes:
        """Return how a poll of ours stands."""
        post = self.network.post(message)
        if post.poll is None:
            raise RoomGoneError(f"message {message.id!r} shows no poll")
        by_option = {
            option.id: frozenset(who for who, vote in post.votes if vote == option.id)
            for option in poll.options
        }
        return Votes(by_option, is_closed=post.poll.closes_at <= self._clock.now())

    # The calendar

    async def schedule(self, room: RoomRef, event: ScheduledEvent, *, key: str) -> str:
        """Return the id of a new entry in the calendar of the room's space; the same key makes one."""
        is_lost_after = self._meet_fault()
        self._need(self.can.scheduled_events)
        self._check_time(event)
        if key not in self._entries:
            self._entries[key] = self.network.new_id("entry")
            self.network.calendar[self._entries[key]] = (self._here(room).space, event)
        if is_lost_after is not None:
            raise is_lost_after
        return self._entries[key]

    async def reschedule(self, room: RoomRef, id: str, event: ScheduledEvent) -> None:
        """Put other content into an entry."""
        self._need(self.can.scheduled_events)
        self._check_time(event)
        space, _ = self.network.calendar.get(id, (None, None))
        if space != room.space:
            raise RoomGoneError(f"there is no entry {id!r}")
        self.network.calendar[id] = (room.space, event)

    async def cancel(self, room: RoomRef, id: str) -> None:
        """Take an entry away; harmless when it is gone."""
        self._need(self.can.scheduled_events)
        if self.network.calendar.get(id, (None, None))[0] == room.space:
            del self.network.calendar[id]

    # What the platform knows, and whom it asks

    async def spaces(self) -> frozenset[SpaceRef]:
        """Return all spaces that the agent is in."""
        self._check_connected()
        return frozenset(self.network.spaces) - self.network.without_agent

    async def branches(self, room: RoomRef, since: datetime | None) -> Sequence[Room]:
        """Return all threads of a room."""
        self._check_connected()
        self._here(room)
        return [each for each in self.network.rooms.values() if each.parent == room]

    async def newest(self, room: RoomRef) -> str | None:
        """Return the id of the last message that was posted for all, though it be gone by now."""
        self._check_connected()
        self._here(room)
        last = [
            post.ref.id
            for post in self.network.posts.values()
            if post.ref.room == room and post.private_to is None
        ]
        return last[-1] if last else None

    async def inspect(self, space: SpaceRef) -> Sequence[Finding]:
        """Return what a test said is to be found; see `findings`."""
        return list(self.findings)

    async def roles(self, space: SpaceRef) -> Mapping[str, str]:
        """Return the roles of a space: their names by their ids."""
        self._check_connected()
        return dict(self.network.roles.get(space, {}))

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether everyone may read a room, also who comes later."""
        self._check_connected()
        return self.network.members(self._here(room)) is None

    def report(self) -> Sequence[Connection]:
        """Return how the only connection is."""
        if self._started_at is None:
            return []
        return [Connection("ready" if self._is_connected else "connecting", self._started_at)]

    async def leaders_chosen(self, space: SpaceRef, roles: frozenset[str]) -> None:
        """Show the commands of leaders to these roles, too; see `leader_roles`."""
        self._check_connected()
        self.leader_roles[space] = roles

    def consult(self, desk: Desk) -> None:
        """Take whom to ask while people type or open forms."""
        self.desk = desk

    # What the verbs have in common.

    def _here(self, room: RoomRef) -> RoomRef:
        """Return a room where the agent can do something.

        Raises:
            RoomGoneError: It is not there, or the agent was taken out of its space.
        """
        known = self.network.room(room)
        if room.space in self.network.without_agent:
            raise RoomGoneError(f"room {room.id!r} is closed to the agent")
        return known.ref

    def _check_time(self, event: ScheduledEvent) -> None:
        if event.begins_at <= self._clock.now() or not event.title.strip():
            raise PlatformError("an entry without a title, or in the past")

    def _need(self, level: Level, is_within_limits: bool = True) -> None:
        if level < Level.PARTIAL or not is_within_limits:
            raise NotPermittedError(f"{self.name!r} can't do that")

    def _ours(self, message: MessageRef) -> Post:
        if (post := self.network.post(message)).message.author == self.agent.ref:
            return post
        raise NotPermittedError(f"message {message.id!r} is not ours")
