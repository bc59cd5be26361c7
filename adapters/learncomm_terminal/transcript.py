"""What stands in the rooms, who is there and who sees what. Pure: it lives in memory alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.errors import RoomGoneError
from learncomm_terminal import rooms


@dataclass(frozen=True, slots=True)
class Reaction:
    """A sign that somebody put on a message."""

    author: str | None
    """Id of an account; None is the agent."""
    sign: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of a member or a post of the agent, as it stands now."""

    number: int
    """Its id; later ones have higher numbers, whatever their room."""
    room: str
    author: str | None
    """Id of an account; None is the agent."""
    at: datetime
    text: str = ""
    """What a member wrote."""
    blocks: tuple[Block, ...] = ()
    """What the agent posted, without the bytes of its files."""
    paths: Mapping[int, str] = field(default_factory=dict)
    """Where those bytes were saved, by the block's place."""
    key: str = ""
    """The `Outgoing.key` of a post."""
    private_to: str | None = None
    """Id of the only account that sees it."""
    reply_to: int | None = None
    is_addressed: bool = False
    revision: int = 0
    edited_at: datetime | None = None
    reactions: tuple[Reaction, ...] = ()
    is_gone: bool = False

    @property
    def ref(self) -> MessageRef:
        """The message as the rest of the house names it."""
        return MessageRef(rooms.room_ref(self.room), str(self.number))

    def without_content(self) -> "Entry":
        """Return what is left when it was deleted: the number and the key alone."""
        return Entry(self.number, self.room, self.author, self.at, key=self.key, is_gone=True)


@dataclass(frozen=True, slots=True)
class Place:
    """A room and who may read it."""

    room: Room
    since: Mapping[str, int] | None = None
    """The last number before each member came; None is everyone, from the beginning."""


Record = Entry | Account | Place
"""What changes; one with the same number, id or room takes the place of the earlier one."""


class Transcript:
    """All of the community, as it stands now."""

    def __init__(self) -> None:
        """Start with nobody and nothing."""
        self.members: dict[str, Account] = {}
        self.places: dict[str, Place] = {}
        self._entries: dict[int, Entry] = {}
        self._in_room: dict[str, list[int]] = {}
        self._by_key: dict[str, int] = {}
        self.next_number = 1
        """The number of the next message."""

    def put(self, record: Record) -> None:
        """Take a change in."""
        match record:
            case Account():
                self.members[record.ref.id] = record
            case Place():
                self.places[record.room.ref.id] = record
            case Entry():
                if record.number not in self._entries:
                    self._in_room.setdefault(record.room, []).append(record.number)
                self._entries[record.number] = record
                self.next_number = max(self.next_number, record.number + 1)
                if record.key:
                    self._by_key[record.key] = record.number

    def records(self) -> Iterator[Record]:
        """Yield what there is, so that putting it again gives the same."""
        yield from self.members.values()
        yield from self.places.values()
        yield from self._entries.values()

    def place(self, ref: RoomRef) -> Place:
        """Return a room; the direct talk with a member is always there.

        Raises:
            RoomGoneError: There is none.
        """
        owner = rooms.owner_of(ref.id)
        if ref.space == rooms.SPACE:
            if owner in self.members:
                return Place(rooms.direct_room(self.members[owner]), {owner: 0})
            if ref.id in self.places:
                return self.places[ref.id]
        raise RoomGoneError(f"there is no room {ref.id!r}")

    def entry(self, ref: MessageRef) -> Entry:
        """Return what stands in a room under a number.

        Raises:
            RoomGoneError: Nothing, or nothing any more.
        """
        entry = self._entries.get(self.number(ref))
        if entry is None or entry.is_gone or entry.ref != ref:
            raise RoomGoneError(f"there is no message {ref.id!r}")
        return entry

    def number(self, ref: MessageRef) -> int:
        """Return the number in a reference; 0, before all others, where it holds none."""
        return int(ref.id[:18]) if ref.id.isascii() and ref.id.isdecimal() else 0

    def posted_as(self, key: str) -> Entry | None:
        """Return what was posted with a key, also when it is gone since."""
        number = self._by_key.get(key)
        return None if number is None else self._entries[number]

    def readers(self, place: Place) -> set[str]:
        """Return the ids of all who may read a room."""
        return set(self.members if place.since is None else place.since)

    def may_read(self, account: str, place: Place) -> bool:
        """Whether somebody may read a room."""
        return account in self.readers(place)

    def rooms_of(self, account: str) -> list[Place]:
        """Return the rooms, but for direct talks, that somebody may read."""
        return [place for place in self.places.values() if self.may_read(account, place)]

    def shows(self, entry: Entry, account: str) -> bool:
        """Whether somebody sees what was posted."""
        if entry.is_gone or entry.private_to not in (None, account):
            return False
        since = self.place(rooms.room_ref(entry.room)).since
        if since is None:
            return account in self.members
        return account in since and since[account] < entry.number

    def seen(self, account: str, room: RoomRef) -> list[Entry]:
        """Return what somebody sees in a room, oldest first."""
        entries = (self._entries[number] for number in self._in_room.get(room.id, ()))
        return [entry for entry in entries if self.shows(entry, account)]

    def said(self, room: RoomRef, after: int = 0) -> list[Entry]:
        """Return what members said in a room after a number, oldest first."""
        entries = (self._entries[number] for number in self._in_room.get(room.id, ()))
        return [
            entry
            for entry in entries
            if entry.number > after and entry.author is not None and not entry.is_gone
        ]

    def event(self, entry: Entry) -> MessagePosted:
        """Return a member's message as the rest of the house takes it."""
        assert entry.author is not None
        place = self.place(rooms.room_ref(entry.room))
        message = Message(
            entry.ref,
            AccountRef(rooms.PLATFORM, entry.author),
            entry.text,
            entry.at,
            revision=entry.revision,
            edited_at=entry.edited_at,
            reply_to=MessageRef(place.room.ref, str(entry.reply_to)) if entry.reply_to else None,
            is_addressed=entry.is_addressed,
        )
        return MessagePosted(message, self.members[entry.author], place.room)

    def readable(self, audience: Audience) -> Iterable[RoomRef]:
        """Yield the rooms whose content all in the audience may read.

        Whoever is invited later sees nothing that was posted before, so the readers of a reply in a
        private room are those who are in it now.
        """
        if audience.account is not None:
            ref, kind = audience.account, RoomKind.DIRECT
            is_elsewhere = audience.space not in (None, rooms.SPACE)
            if is_elsewhere or ref.platform != rooms.PLATFORM or ref.id not in self.members:
                return
            readers, own = {ref.id}, rooms.direct_room(self.members[ref.id]).ref
        else:
            assert audience.room is not None
            try:
                here = self.place(audience.room)
            except RoomGoneError:
                return
            readers, own, kind = self.readers(here), here.room.ref, here.room.kind
        if kind is RoomKind.DIRECT:
            yield own
        for place in self.places.values():
            if place.since is None or place.room.ref == own or readers <= place.since.keys():
                yield place.room.ref


def options(entry: Entry) -> list[Choice]:
    """Return what can be picked from a post, in the order of its numbers."""
    choices = (block for block in entry.blocks if isinstance(block, Choices))
    return [option for block in choices for option in block.options]


def with_reaction(entry: Entry, reaction: Reaction, *, is_added: bool) -> Entry:
    """Return an entry with a reaction on it, or without it."""
    others = tuple(one for one in entry.reactions if one != reaction)
    return replace(entry, reactions=(*others, reaction) if is_added else others)
