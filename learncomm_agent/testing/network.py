"""A chat network in memory: who is there, who may read which room, and what stands in it.

`FakePlatform` is the adapter to it. Nothing in here knows the agent; it only knows accounts.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from learncomm_agent.chat.messages import Attachment, Message, MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, File, Image
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.polls import Poll
from learncomm_agent.chat.rendering import plain
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.errors import RoomGoneError

Members = frozenset[AccountRef] | None
"""Who may read a room; None is everyone, also those who come later."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message as it stands in a room now."""

    message: Message
    blocks: tuple[Block, ...] = ()
    """What the agent posted; empty for what people wrote."""
    key: str = ""
    """The `Outgoing.key` that the agent posted it with."""
    private_to: AccountRef | None = None
    """The only account that sees it."""
    reactions: tuple[tuple[AccountRef, str], ...] = ()
    is_deleted: bool = False
    is_pinned: bool = False
    poll: Poll | None = None
    """The poll that it shows."""
    votes: tuple[tuple[AccountRef, str], ...] = ()
    """Who voted for which of its options."""

    @property
    def ref(self) -> MessageRef:
        """The message by its room and id."""
        return self.message.ref

    @property
    def text(self) -> str:
        """What a reader sees, without markup."""
        return self.message.text

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files and pictures on it."""
        blocks = (block.name for block in self.blocks if isinstance(block, File | Image))
        return (*(attachment.name for attachment in self.message.attachments), *blocks)


@dataclass(slots=True)
class FakeNetwork:
    """The state of the network; tests look into it, `FakePlatform` changes it."""

    space: SpaceRef
    """Where rooms are made if no other is named."""
    spaces: dict[SpaceRef, str] = field(default_factory=dict)
    """The names of all spaces."""
    roles: dict[SpaceRef, dict[str, str]] = field(default_factory=dict)
    """The names of the roles of each space, by id."""
    without_agent: set[SpaceRef] = field(default_factory=set)
    """The spaces that the agent was taken out of."""
    calendar: dict[str, tuple[SpaceRef, ScheduledEvent]] = field(default_factory=dict)
    """What stands in the calendars of the spaces, by id."""
    interest: dict[str, set[AccountRef]] = field(default_factory=dict)
    """Who will come to what stands there."""
    accounts: dict[AccountRef, Account] = field(default_factory=dict)
    rooms: dict[RoomRef, Room] = field(default_factory=dict)
    posts: dict[MessageRef, Post] = field(default_factory=dict)
    """All messages of all rooms, in the order in which they were posted."""
    uploads: dict[str, bytes] = field(default_factory=dict)
    _branch_of: dict[RoomRef, RoomRef] = field(default_factory=dict)
    _members: dict[RoomRef, Members] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with one space."""
        self.spaces[self.space] = self.space.id

    def new_id(self, kind: str) -> str:
        """Return an id that nothing else of this kind has; later ones have higher numbers."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{kind}{self._numbers[kind]}"

    def add_account(
        self,
        name: str,
        *,
        is_leader: bool = False,
        is_bot: bool = False,
        roles: Iterable[str] = (),
        since: datetime | None = None,
    ) -> Account:
        """Let somebody join the network."""
        ref = AccountRef(self.space.platform, self.new_id("account"))
        self.accounts[ref] = Account(ref, name, is_bot, is_leader, frozenset(roles), since)
        return self.accounts[ref]

    def add_room(
        self,
        name: str,
        members: Collection[Account] | None = None,
        *,
        kind: RoomKind = RoomKind.ROOM,
        parent: RoomRef | None = None,
        is_read: bool = False,
        space: SpaceRef | None = None,
    ) -> Room:
        """Make a room for some, or for everyone where members are None; a thread has its parent's."""
        where = space or (self.space if parent is None else parent.space)
        room = Room(RoomRef(where, self.new_id("room")), name, kind, parent, is_read)
        self.rooms[room.ref] = room
        refs = None if members is None else frozenset(account.ref for account in members)
        self._members[room.ref] = refs
        return room

    def add_private_thread(
        self, name: str, members: Iterable[AccountRef], branch_of: RoomRef
    ) -> Room:
        """Make a thread for some of those who read a room; it names no parent, as others read it."""
        accounts = [self.accounts[member] for member in members]
        room = self.add_room(name, accounts, kind=RoomKind.THREAD, space=branch_of.space)
        self._branch_of[room.ref] = branch_of
        return room

    def branch_of(self, thread: RoomRef) -> RoomRef | None:
        """Return the room that a thread branches from; None for what is no thread."""
        return self.room(thread).parent or self._branch_of.get(thread)

    def set_members(self, room: RoomRef, members: Iterable[AccountRef]) -> None:
        """Let exactly these read a room from now on."""
        self.room(room)
        self._members[room] = frozenset(members)

    def room(self, ref: RoomRef) -> Room:
        """Return a room.

        Raises:
            RoomGoneError: It is not there.
        """
        if ref not in self.rooms:
            raise RoomGoneError(f"there is no room {ref.id!r}")
        return self.rooms[ref]

    def members(self, ref: RoomRef) -> Members:
        """Return who may read a room by its rule; a thread follows the rule of its parent."""
        room = self.room(ref)
        return self.members(room.parent) if room.parent is not None else self._members[ref]

    def may_read(self, account: AccountRef, ref: RoomRef) -> bool:
        """Whether somebody may read a room now."""
        members = self.members(ref)
        return account in self.accounts if members is None else account in members

    def includes(self, one: RoomRef, other: RoomRef) -> bool:
        """Whether all who may read one room, now or later, may read the other."""
        readers, allowed = self.members(one), self.members(other)
        if self.rooms[other].kind is RoomKind.DIRECT:
            return self.rooms[one].kind is RoomKind.DIRECT and readers == allowed
        if not readers:  # everyone, or nobody yet: then whoever comes might not be allowed
            return one == other or allowed is None
        return allowed is None or readers <= allowed

    def post(self, ref: MessageRef) -> Post:
        """Return a message that is still there.

        Raises:
            RoomGoneError: It is not.
        """
        if self.is_gone(ref):
            raise RoomGoneError(f"there is no message {ref.id!r}")
        return self.posts[ref]

    def past(self, room: RoomRef, after: MessageRef | datetime | None) -> list[Post]:
        """Return what was posted in a room after a message or since a moment, also what is gone.

        Raises:
            RoomGoneError: The room is not there.
        """
        self.room(room)
        here = [post for post in self.posts.values() if post.ref.room == room]
        if isinstance(after, datetime):
            return [post for post in here if post.message.posted_at >= after]
        refs = [post.ref for post in here]
        return here[0 if after is None else refs.index(after) + 1 if after in refs else len(refs) :]

    def is_gone(self, ref: MessageRef) -> bool:
        """Whether a message was taken back or never was there, or its room is gone."""
        return ref.room not in self.rooms or ref not in self.posts or self.posts[ref].is_deleted

    def add_post(
        self,
        room: RoomRef,
        author: AccountRef,
        text: str,
        posted_at: datetime,
        *,
        reply_to: MessageRef | None = None,
        attachments: tuple[Attachment, ...] = (),
        is_addressed: bool = False,
    ) -> Post:
        """Put a message into a room."""
        ref = MessageRef(self.room(room).ref, self.new_id("message"))
        message = Message(
            ref,
            author,
            text,
            posted_at,
            reply_to=reply_to,
            attachments=attachments,
            is_addressed=is_addressed,
        )
        self.posts[ref] = Post(message)
        return self.posts[ref]

    def change(self, post: Post, text: str, edited_at: datetime) -> Post:
        """Put another text in place of the one of a message."""
        message = replace(
            post.message, text=text, edited_at=edited_at, revision=post.message.revision + 1
        )
        self.posts[post.ref] = replace(post, message=message)
        return self.posts[post.ref]

    def upload(self, file: File) -> Attachment:
        """Keep the bytes of a file for `FakePlatform.read_attachment`."""
        upload = Attachment(self.new_id("file"), file.name, file.media_type, len(file.content))
        self.uploads[upload.id] = file.content
        return upload

    def seen_by(self, account: AccountRef, room: RoomRef | None = None) -> list[Post]:
        """Return what somebody sees now, in one room or in all, oldest first."""
        return [
            post
            for post in self.posts.values()
            if not post.is_deleted
            and room in (None, post.ref.room)
            and post.ref.room in self.rooms
            and post.private_to in (None, account)
            and self.may_read(account, post.ref.room)
        ]


def words_of(blocks: tuple[Block, ...]) -> str:
    """Return what a reader of this network sees of an agent's post; files hang on it by name."""
    return plain([block for block in blocks if not isinstance(block, File)])
