"""What the members of a fake platform do, and how it comes to the agent, in order or not."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    ReplyHandle,
    RoomChanged,
    Voted,
)
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import Clock
from learncomm_agent.testing.network import FakeNetwork, Post
from learncomm_agent.testing.subjects import with_subjects

HANDLE_LIFETIME = timedelta(minutes=15)


class People:
    """The members of a fake platform; each verb returns once the agent has taken the event."""

    def __init__(self, name: str, clock: Clock) -> None:
        """Make a network with nobody but the agent's own account in it."""
        self.name = name
        self.network = FakeNetwork(SpaceRef(name, "home"))
        self.agent = self.network.add_account("learncomm", is_bot=True)
        self._clock = clock
        self._sink: Sink | None = None
        self._is_connected = True
        self._deliveries = 1
        self._held: list[Event] | None = None
        self._handles: dict[str, AccountRef] = {}

    @property
    def now(self) -> datetime:
        """What time it is on the network."""
        return self._clock.now()

    # Set up, before or after the start; the agent is not told.

    def add_account(
        self,
        name: str,
        *,
        is_leader: bool = False,
        roles: Collection[str] = (),
        since: datetime | None = None,
    ) -> Account:
        """Let somebody join the network."""
        return self.network.add_account(name, is_leader=is_leader, roles=roles, since=since)

    def add_room(
        self,
        name: str,
        members: Collection[Account] | None = None,
        *,
        parent: RoomRef | None = None,
        is_read: bool = False,
        space: SpaceRef | None = None,
    ) -> RoomRef:
        """Make a room for some, or for everyone where members are None; a thread with a parent."""
        kind = RoomKind.ROOM if parent is None else RoomKind.THREAD
        return self.network.add_room(
            name, members, kind=kind, parent=parent, is_read=is_read, space=space
        ).ref

    def add_role(self, name: str, space: SpaceRef | None = None) -> str:
        """Make a role that accounts can hold, and return its id."""
        where, id = space or self.network.space, self.network.new_id("role")
        self.network.roles.setdefault(where, {})[id] = name
        return id

    def add_space(self, name: str) -> SpaceRef:
        """Make one more space with the agent in it."""
        space = SpaceRef(self.name, self.network.new_id("space"))
        self.network.spaces[space] = name
        return space

    # What people do.

    async def says(
        self,
        account: Account,
        room: RoomRef,
        text: str,
        *,
        reply_to: MessageRef | None = None,
        attachments: Iterable[File] = (),
    ) -> MessageRef:
        """Write a message; it is addressed to the agent when it names it or is in a direct talk.

        People see the text as written; the agent is told it without its own name, as by every adapter.

        Raises:
            RoomGoneError: The room is not there.
        """
        where = self.network.room(room)
        post = self.network.add_post(
            room,
            account.ref,
            text,
            self._clock.now(),
            reply_to=reply_to,
            attachments=tuple(map(self.network.upload, attachments)),
            is_addressed=where.kind is RoomKind.DIRECT or self._mention in text,
        )
        await self._tell(self._posted(post))
        return post.ref

    async def edits(self, account: Account, message: MessageRef, text: str) -> None:
        """Change the text of one's own message.

        Raises:
            RoomGoneError: The message is not there any more.
            ValueError: It is somebody else's.
        """
        post = self._own(account, message)
        edited = self.network.change(post, text, self._clock.now())
        files = edited.message.attachments
        await self._tell(MessageEdited(message, self._told(text), self._clock.now(), files))

    async def deletes(self, account: Account, message: MessageRef) -> None:
        """Take back one's own message; raises what `edits` raises."""
        post = self._own(account, message)
        self.network.posts[message] = replace(post, is_deleted=True)
        await self._tell(MessageDeleted(message))

    async def presses(
        self, account: Account, choice: str, message: MessageRef, *, is_private: bool = True
    ) -> ReplyHandle:
        """Press a button on the agent's message, and return the handle that the agent got."""
        self.network.post(message)
        reply = self._handle(account, is_private)
        where, id = self.network.room(message.room), self.network.new_id("action")
        await self._tell(Chosen(id, where, account, choice, message=message, reply=reply))
        return reply

    async def sends_form(
        self,
        account: Account,
        room: RoomRef,
        form: str,
        values: Mapping[str, str] | None = None,
        *,
        attachments: Iterable[File] = (),
        is_private: bool = True,
    ) -> ReplyHandle:
        """Send a form or a slash command, and return the handle that the agent got."""
        reply = self._handle(account, is_private)
        where, id = self.network.room(room), self.network.new_id("action")
        files = tuple(map(self.network.upload, attachments))
        sent = FormSent(id, where, account, form, dict(values or {}), files, reply)
        await self._tell(with_subjects(self.network, sent))
        return reply

    async def reacts(
        self, account: Account, message: MessageRef, reaction: str, *, is_added: bool = True
    ) -> None:
        """Put a reaction on a message, or take it away."""
        self._react(account.ref, message, reaction, is_added)
        await self._tell(Reacted(message, account, reaction, is_added))

    async def joins(self, account: Account, room: RoomRef) -> None:
        """Become a member of a room."""
        members = self.network.members(room)
        if members is not None:
            self.network.set_members(room, members | {account.ref})
        await self._tell(MemberChanged(room, account))

    async def leaves(self, account: Account, room: RoomRef) -> None:
        """Leave a room; one that is for everyone is for all the others then."""
        members = self.network.members(room)
        everyone = frozenset(self.network.accounts)
        self.network.set_members(room, (everyone if members is None else members) - {account.ref})
        await self._tell(MemberChanged(room, account, is_present=False))

    async def closes(self, room: RoomRef) -> None:
        """Take a room off the network, with all that is in it."""
        gone: Room = self.network.rooms.pop(room)
        await self._tell(RoomChanged(gone, is_present=False))

    # What people see.

    def seen_by(self, account: Account, room: RoomRef | None = None) -> list[Post]:
        """Return what somebody sees now, in one room or in all, oldest first."""
        return self.network.seen_by(account.ref, room)

    # How events come to the agent.

    def repeat_events(self, times: int = 2) -> None:
        """Deliver every event so many times from now on; 1 ends it."""
        self._deliveries = times

    def hold_events(self) -> None:
        """Keep events back until `release_events`."""
        self._held = []

    async def release_events(
        self, order: Callable[[list[Event]], Iterable[Event]] = reversed
    ) -> None:
        """Deliver what was held back, last one first where no other order is given."""
        held, self._held = self._held or [], None
        for event in list(order(held)):
            await self._tell(event)

    async def _tell(self, event: Event) -> None:
        """Bring an event to the agent; what happens while it is away is in the history alone."""
        if self._sink is None or not self._is_connected or self._is_outside(event):
            return
        if self._held is not None:
            self._held.append(event)
            return
        for _ in range(self._deliveries):
            await self._sink(event)

    def _is_outside(self, event: Event) -> bool:
        """Whether it happened in a space that the agent was taken out of."""
        match event:
            case (
                MessagePosted(room=Room(ref=RoomRef(space=space)))
                | Chosen(room=Room(ref=RoomRef(space=space)))
                | FormSent(room=Room(ref=RoomRef(space=space)))
                | RoomChanged(room=Room(ref=RoomRef(space=space)))
            ):
                return space in self.network.without_agent
            case (
                MessageEdited(ref=MessageRef(room=RoomRef(space=space)))
                | MessageDeleted(ref=MessageRef(room=RoomRef(space=space)))
                | Reacted(ref=MessageRef(room=RoomRef(space=space)))
                | Voted(ref=MessageRef(room=RoomRef(space=space)))
            ):
                return space in self.network.without_agent
            case (
                MemberChanged(room=RoomRef(space=space)) | MemberChanged(space=SpaceRef() as space)
            ):
                return space in self.network.without_agent
        return False

    def _posted(self, post: Post) -> MessagePosted:
        author = self.network.accounts[post.message.author]
        message = replace(post.message, text=self._told(post.text))
        return MessagePosted(message, author, self.network.room(post.ref.room))

    @property
    def _mention(self) -> str:
        return f"@{self.agent.name}"

    def _told(self, text: str) -> str:
        return text.replace(self._mention, "", 1).strip() if self._mention in text else text

    def _own(self, account: Account, message: MessageRef) -> Post:
        post = self.network.post(message)
        if post.message.author != account.ref:
            raise ValueError("nobody can change the message of somebody else")
        return post

    def _handle(self, account: Account, is_private: bool) -> ReplyHandle:
        token = self.network.new_id("token")
        self._handles[token] = account.ref
        return ReplyHandle(token, self._clock.now() + HANDLE_LIFETIME, is_private)

    def _react(
        self, account: AccountRef, message: MessageRef, reaction: str, is_added: bool
    ) -> None:
        post = self.network.post(message)
        others = tuple(one for one in post.reactions if one != (account, reaction))
        reactions = (*others, (account, reaction)) if is_added else others
        self.network.posts[message] = replace(post, reactions=reactions)
