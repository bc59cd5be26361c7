"""What a room is now, from its state events; any of them may be missing, or hold anything.

Of what is malformed, what lets fewer people read and fewer lead is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from learncomm_matrix.connection.answers import RawEvent, listing, mapping, text, texts

CREATOR = 1 << 60
"""The power level of whoever made a room, where nobody can take it from them."""
_FIRST_WITH_CREATORS = 12
_FIRST_WITH_STRICT_LEVELS = 10
_NARROW = frozenset({"joined", "invited"})
_NAME_CHARS = 200
MARK = "org.learncomm.thread"
"""The state that we write into a room that we make for a private thread."""
_GOES_WHEN_REDACTED = frozenset(
    {"m.room.canonical_alias", "m.room.name", "m.room.pinned_events", "m.room.tombstone"}
    | {"m.space.child", "m.space.parent", "m.room.server_acl"}
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in a room, or was."""

    membership: str
    name: str
    since_ms: int | None = None
    """Since when they are in; None where only a later change of theirs is known."""


@dataclass(frozen=True, slots=True)
class Child:
    """A room that a space lists."""

    listed_by: str
    is_listed: bool


class RoomState:
    """One room; what is told is applied in order, and may be told again."""

    def __init__(self, room_id: str) -> None:
        """Begin with nothing, which is a room that nobody reads and nobody leads."""
        self.id = room_id
        self.version = ""
        self.creators: frozenset[str] = frozenset()
        self.is_space = False
        self.is_federated = True
        self.predecessor: str | None = None
        self.name = ""
        self.alias = ""
        self.members: dict[str, Member] = {}
        self.join_rule = "invite"
        self.allowed: tuple[str, ...] = ()
        """The rooms whose members may join, where the rule is a restricted one."""
        self.allows_unknown = False
        """Whether it also lets in others, in a way that we don't know."""
        self.visibility = "shared"
        self.was_narrow = False
        """Whether the past was once hidden from newcomers, as far as its last change tells."""
        self.acl: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        """Which servers are let in and which not; None where all are."""
        self.is_encrypted = False
        self.replacement: str | None = None
        self.pinned: tuple[str, ...] = ()
        self.children: dict[str, Child] = {}
        self.parents: dict[str, bool] = {}
        """The spaces that it says it is in, and whether each is the main one."""
        self.mark = ("", "")
        """Who marked it as a private thread of ours, and of which room."""
        self.direct_to_us = False
        """Whether somebody's invitation said that this is a direct talk."""
        self._levels: Mapping[str, Any] | None = None
        self._ids: dict[str, tuple[str, str]] = {}

    @property
    def is_known(self) -> bool:
        """Whether all of its state was told; of another one, nothing can be concluded."""
        return bool(self.version)

    @property
    def joined(self) -> frozenset[str]:
        """Who is in it now."""
        return self._with("join")

    @property
    def invited(self) -> frozenset[str]:
        """Who may come in when they like."""
        return self._with("invite")

    @property
    def banned(self) -> frozenset[str]:
        """Who may not come in by any rule."""
        return self._with("ban")

    @property
    def hides_past(self) -> bool:
        """Whether newcomers can't read all that was written before they came."""
        return self.visibility in _NARROW

    @property
    def number(self) -> int | None:
        """The number of the room's version; None where it has another sort of name."""
        is_number = self.version.isascii() and self.version.isdecimal() and len(self.version) < 5
        return int(self.version) if is_number else None

    def power(self, user_id: str) -> int:
        """Return somebody's power level."""
        if user_id in self.creators and (self.number or 0) >= _FIRST_WITH_CREATORS:
            return CREATOR
        if self._levels is None:
            return 100 if user_id in self.creators else 0
        default = self._level(self._levels.get("users_default"), 0)
        return self._level(mapping(self._levels.get("users")).get(user_id), default)

    def needed(self, type: str, *, is_state: bool = False) -> int:
        """Return the power level that sending an event of a type asks for."""
        levels = self._levels or {}
        kind = "state_default" if is_state else "events_default"
        default = 50 if is_state and self._levels is not None else 0
        named = mapping(levels.get("events")).get(type)
        return self._level(named, self._level(levels.get(kind), default))

    def needed_to(self, act: str) -> int:
        """Return the power level that one of `ban`, `kick`, `redact` and `invite` asks for."""
        return self._level((self._levels or {}).get(act), 0 if act == "invite" else 50)

    def apply(self, event: RawEvent) -> None:
        """Take one event; what is no state, or redacts none, changes nothing."""
        type = event.get("type")
        if type == "m.room.redaction":
            self._redact(event)
            return
        key = event.get("state_key")
        if not isinstance(type, str) or not isinstance(key, str):
            return
        content = mapping(event.get("content"))
        if type == "m.room.member":
            self._member(key, content, event)
            return
        if type == "m.space.child":
            self._child(key, content, text(event.get("sender")))
        elif type == "m.space.parent":
            self._parent(key, content)
        elif key == "" and type in _READERS:
            _READERS[type](self, content, event)
        else:
            return
        if id := text(event.get("event_id")):
            self._ids[id] = (type, key)

    def _with(self, membership: str) -> frozenset[str]:
        return frozenset(id for id, each in self.members.items() if each.membership == membership)

    def _level(self, value: object, default: int) -> int:
        if isinstance(value, bool):
            return default
        if isinstance(value, int):
            return value
        if isinstance(value, str) and (self.number or 1) < _FIRST_WITH_STRICT_LEVELS:
            try:
                return int(value[:20])
            except ValueError:
                return default
        return default

    def _redact(self, event: RawEvent) -> None:
        told = event.get("redacts") or mapping(event.get("content")).get("redacts")
        type, key = self._ids.get(text(told), ("", ""))
        if type in _GOES_WHEN_REDACTED:
            self.apply({"type": type, "state_key": key, "sender": "", "content": {}})

    def _member(self, user_id: str, content: Mapping[str, Any], event: RawEvent) -> None:
        membership = text(content.get("membership")) or "leave"
        name = _one_line(text(content.get("displayname"))) or user_id
        before = self.members.get(user_id)
        since: int | None = None
        if membership == "join":
            since = self._since(before, event)
        self.members[user_id] = Member(membership, name, since)
        if content.get("is_direct") is True and membership == "invite":
            self.direct_to_us = True

    def _since(self, before: Member | None, event: RawEvent) -> int | None:
        if before is not None and before.membership == "join":
            return before.since_ms
        told = mapping(event.get("unsigned"))
        was = mapping(told.get("prev_content")).get("membership")
        if before is None and (was == "join" or (was is None and "replaces_state" in told)):
            return None  # they only changed their name, maybe
        at = event.get("origin_server_ts")
        return at if isinstance(at, int) and moment(at) is not None else None

    def _child(self, room_id: str, content: Mapping[str, Any], sender: str) -> None:
        self.children[room_id] = Child(sender, bool(texts(content.get("via"))))

    def _parent(self, space_id: str, content: Mapping[str, Any]) -> None:
        if texts(content.get("via")):
            self.parents[space_id] = content.get("canonical") is True
        else:
            self.parents.pop(space_id, None)

    def _create(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.version = text(content.get("room_version")) or "1"
        sender = text(event.get("sender"))
        if self.number is not None and self.number < 11:
            sender = text(content.get("creator")) or sender
        more = texts(content.get("additional_creators"))
        self.creators = frozenset({sender, *more} - {""})
        self.is_space = content.get("type") == "m.space"
        self.is_federated = content.get("m.federate") is not False
        self.predecessor = text(mapping(content.get("predecessor")).get("room_id")) or None

    def _named(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.name = _one_line(text(content.get("name")))

    def _aliased(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.alias = _one_line(text(content.get("alias")))

    def _joining(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.join_rule = text(content.get("join_rule")) or "invite"
        allow = [mapping(each) for each in listing(content.get("allow"))]
        known = [each for each in allow if each.get("type") == "m.room_membership"]
        self.allowed = tuple(dict.fromkeys(text(each.get("room_id")) for each in known))
        self.allows_unknown = len(known) < len(allow)

    def _seeing(self, content: Mapping[str, Any], event: RawEvent) -> None:
        told = content.get("history_visibility")
        # Homeservers take what they don't know for `shared`; nothing is lost by taking it for less.
        wide = ("shared", "world_readable")
        self.visibility = "shared" if told is None else told if told in wide else "joined"
        if isinstance(told, str) and told in _NARROW:
            self.visibility = told
        before = mapping(mapping(event.get("unsigned")).get("prev_content"))
        self.was_narrow = text(before.get("history_visibility")) in _NARROW

    def _servers(self, content: Mapping[str, Any], event: RawEvent) -> None:
        allow, deny = texts(content.get("allow")), texts(content.get("deny"))
        self.acl = None if not content or ("*" in allow and not deny) else (allow, deny)

    def _encrypted(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.is_encrypted = True  # which nobody can take back

    def _replaced(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.replacement = text(content.get("replacement_room")) or None

    def _pinned(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.pinned = texts(content.get("pinned"))

    def _marked(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self.mark = (text(event.get("sender")), text(content.get("parent")))

    def _powers(self, content: Mapping[str, Any], event: RawEvent) -> None:
        self._levels = content


_READERS = {
    "m.room.create": RoomState._create,
    "m.room.name": RoomState._named,
    "m.room.canonical_alias": RoomState._aliased,
    "m.room.join_rules": RoomState._joining,
    "m.room.history_visibility": RoomState._seeing,
    "m.room.server_acl": RoomState._servers,
    "m.room.encryption": RoomState._encrypted,
    "m.room.tombstone": RoomState._replaced,
    "m.room.pinned_events": RoomState._pinned,
    "m.room.power_levels": RoomState._powers,
    MARK: RoomState._marked,
}


def moment(milliseconds: object) -> datetime | None:
    """Return the moment that a homeserver means; None where it means none."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OSError, OverflowError):
        return None


def _one_line(name: str) -> str:
    return " ".join(name[: _NAME_CHARS * 4].split())[:_NAME_CHARS]
