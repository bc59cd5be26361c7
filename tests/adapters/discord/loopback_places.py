"""Who and what is there: a clock, people, guilds, channels and what stands in them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.adapters.discord.loopback_limits import JSON

TEXT, DIRECT, THREAD, PRIVATE_THREAD = 0, 1, 11, 12
EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
VIEW = 1 << 10
EVERYONE = VIEW | 1 << 6 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 31 | 1 << 35 | 1 << 38
"""Permissions: see, react, write, embed, attach, read back, use commands, threads."""


class Clock:
    """The time of day, and as far ahead of it as the test likes."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._last = 0

    def advance(self, time: timedelta) -> None:
        self._ahead += time

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def new_id(self) -> int:
        """Return an id that holds the time, and is higher than all before."""
        milliseconds = (self.now() - EPOCH) // timedelta(milliseconds=1)
        self._last = max(self._last + 1, milliseconds << 22)
        return self._last


@dataclass(eq=False)
class Person:
    id: int
    name: str
    is_bot: bool = False
    takes_direct: bool = True

    def user(self) -> JSON:
        look = {"username": self.name, "global_name": None, "discriminator": "0", "avatar": None}
        return {"id": str(self.id), "bot": self.is_bot, **look}


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int

    def body(self) -> JSON:
        look = {"color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0}
        known = {"id": str(self.id), "name": self.name, "permissions": str(self.permissions)}
        return {**known, "position": 0, **look}


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner: Person
    created_at: datetime
    roles: dict[int, Role] = field(default_factory=dict)
    people: dict[int, tuple[Person, tuple[Role, ...]]] = field(default_factory=dict)
    channels: "dict[int, Channel]" = field(default_factory=dict)

    def member(self, person: Person) -> JSON:
        joined = {"joined_at": self.created_at.isoformat(), "nick": None, "avatar": None}
        roles = [str(role.id) for role in self.people[person.id][1]]
        rest = {"flags": 0, "deaf": False, "mute": False, "pending": False}
        return {"user": person.user(), "roles": roles, **joined, **rest}

    def permissions(self, person: Person) -> int:
        granted = self.roles[self.id].permissions
        for role in self.people[person.id][1]:
            granted |= role.permissions
        return granted

    def body(self) -> JSON:
        known = {"id": str(self.id), "name": self.name, "owner_id": str(self.owner.id)}
        roles = [role.body() for role in self.roles.values()]
        return {**known, "roles": roles, "emojis": [], "features": [], "preferred_locale": "en-US"}

    def created(self, members: Iterable[Person]) -> JSON:
        """Return what a session hears of the guild, with those members whom it may know."""
        channels = [channel.body() for channel in self.channels.values() if not channel.parent]
        open_ = (each for each in self.channels.values() if each.parent and not each.is_folded)
        threads = [channel.body() for channel in open_]
        people = [self.member(person) for person in members]
        counts = {"member_count": len(self.people), "large": False, "unavailable": False}
        joined = {"joined_at": self.created_at.isoformat(), "presences": []}
        lists = {"channels": channels, "threads": threads, "members": people}
        return {**self.body(), **lists, **counts, **joined}


@dataclass(eq=False)
class Channel:
    id: int
    name: str
    kind: int = TEXT
    guild: Guild | None = None
    parent: "Channel | None" = None
    owner: Person | None = None
    """Who opened the thread, or who the other is in a direct talk."""
    only: frozenset[int] | None = None
    """The ids of those who see it; None is everyone."""
    messages: "dict[int, Message]" = field(default_factory=dict)
    is_folded: bool = False
    """Whether the thread is archived, so that nothing in it can be changed."""
    is_locked: bool = False

    def is_open_to(self, person: Person) -> bool:
        if self.parent is not None and not self.parent.is_open_to(person):
            return False
        return self.only is None or person.id in self.only

    def body(self) -> JSON:
        last = str(max(self.messages)) if self.messages else None
        known = {"id": str(self.id), "type": self.kind, "last_message_id": last, "flags": 0}
        if self.guild is None:
            return {**known, "recipients": [self.owner.user()] if self.owner else []}
        known |= {"name": self.name, "guild_id": str(self.guild.id), "position": 0, "nsfw": False}
        if self.parent is None:
            return {
                **known,
                "parent_id": None,
                "topic": None,
                "permission_overwrites": self._rules(),
            }
        opened = (EPOCH + timedelta(milliseconds=self.id >> 22)).isoformat()
        archive = {
            "archived": self.is_folded,
            "locked": self.is_locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": opened,
        }
        counts = {
            "message_count": len(self.messages),
            "member_count": 1,
            "thread_metadata": archive,
        }
        owner = str(self.owner.id) if self.owner else "0"
        return {**known, "parent_id": str(self.parent.id), "owner_id": owner, **counts}

    def _rules(self) -> list[JSON]:
        if self.only is None or self.guild is None:
            return []
        closed = {"id": str(self.guild.id), "type": 0, "allow": "0", "deny": str(VIEW)}
        opened = (
            {"id": str(each), "type": 1, "allow": str(VIEW), "deny": "0"} for each in self.only
        )
        return [closed, *opened]


@dataclass(eq=False)
class Message:
    channel: Channel
    author: Person
    body: JSON
    viewer: Person | None = None
    """The only one who sees it."""
    reacted: dict[str, list[int]] = field(default_factory=dict)
    """The ids of who reacted, by emoji."""

    @property
    def id(self) -> int:
        return int(self.body["id"])
