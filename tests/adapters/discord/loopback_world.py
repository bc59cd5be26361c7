"""What the double remembers, and what people and the bot do to it; messages are Discord's own JSON."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.adapters.discord.loopback_limits import (
    JSON,
    Refused,
    check_message,
    invalid,
    texts,
    unknown,
    walk,
)
from tests.adapters.discord.loopback_places import (
    DIRECT,
    EVERYONE,
    PRIVATE_THREAD,
    THREAD,
    Channel,
    Clock,
    Guild,
    Message,
    Person,
    Role,
)

GUILDS, GUILD_MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
"""Intents; that of reactions is the double of that of messages."""
EPHEMERAL, LOADING = 1 << 6, 1 << 7
NONCE_HOLDS = timedelta(minutes=5)

Files = Mapping[str, tuple[str, bytes]]
"""Uploads: the name of the field, then the name and the bytes of the file."""
Emit = Callable[[str, JSON, int], None]
"""Sends an event to every session with one of these intents."""


@dataclass(frozen=True)
class Shown:
    """A message as it looked when the test asked."""

    id: int
    channel: Channel
    author: str
    body: JSON

    @property
    def text(self) -> str:
        return "\n".join(filter(None, (self.body["content"], *texts(self.body["components"]))))

    @property
    def embeds(self) -> list[JSON]:
        return list(self.body["embeds"])

    @property
    def buttons(self) -> dict[str, str]:
        """The custom ids of the buttons that can be pressed, by their labels."""
        buttons = (each for each in walk(self.body["components"]) if each.get("type") == 2)
        return {each.get("label", ""): each["custom_id"] for each in buttons if "custom_id" in each}

    @property
    def files(self) -> dict[str, str]:
        """The addresses of the files, by their names."""
        return {each["filename"]: each["url"] for each in self.body["attachments"]}

    @property
    def reactions(self) -> dict[str, int]:
        return {each["emoji"]["name"]: each["count"] for each in self.body.get("reactions", [])}

    @property
    def reply_to(self) -> int | None:
        return (
            int(self.body["message_reference"]["message_id"]) if self.body["type"] == 19 else None
        )

    @property
    def is_thinking(self) -> bool:
        return bool(self.body["flags"] & LOADING)


class World:
    """All that is there, and what people and the bot do to it."""

    def __init__(self, clock: Clock, emit: Emit) -> None:
        self.clock = clock
        self.emit = emit
        self.address = ""
        self.bot = Person(clock.new_id(), "Sage", is_bot=True)
        self.people = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, bytes] = {}
        self._nonces: dict[tuple[int, str], Message] = {}

    def add_person(self, name: str, *, takes_direct: bool = True) -> Person:
        person = Person(self.clock.new_id(), name, takes_direct=takes_direct)
        self.people[person.id] = person
        return person

    def add_guild(self, name: str) -> Guild:
        guild = Guild(
            self.clock.new_id(), name, self.add_person(f"{name}'s owner"), self.clock.now()
        )
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
        guild.people = {each.id: (each, ()) for each in (guild.owner, self.bot)}
        self.guilds[guild.id] = guild
        self.emit("GUILD_CREATE", guild.created([self.bot]), GUILDS)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int) -> Role:
        role = guild.roles.setdefault(id_ := self.clock.new_id(), Role(id_, name, permissions))
        self.emit("GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": role.body()}, GUILDS)
        return role

    def join(self, guild: Guild, person: Person, roles: tuple[Role, ...]) -> None:
        """Let somebody come in, or have other roles from now on."""
        event = "GUILD_MEMBER_UPDATE" if person.id in guild.people else "GUILD_MEMBER_ADD"
        guild.people[person.id] = (person, roles)
        self.emit(event, {"guild_id": str(guild.id), **guild.member(person)}, GUILD_MEMBERS)

    def leave(self, guild: Guild, person: Person) -> None:
        del guild.people[person.id]
        left = {"guild_id": str(guild.id), "user": person.user()}
        self.emit("GUILD_MEMBER_REMOVE", left, GUILD_MEMBERS)

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel
            event = "THREAD_CREATE" if channel.parent else "CHANNEL_CREATE"
            self._tell(channel, event, {**channel.body(), "newly_created": True}, GUILDS)
        return channel

    def remove_channel(self, channel: Channel) -> None:
        del self.channels[channel.id]
        if channel.guild is not None:
            del channel.guild.channels[channel.id]
            event = "THREAD_DELETE" if channel.parent else "CHANNEL_DELETE"
            self._tell(channel, event, channel.body(), GUILDS)

    def fold(self, thread: Channel, *, is_folded: bool) -> None:
        """Fold a thread away, or open it."""
        thread.is_folded = is_folded
        self._tell(thread, "THREAD_UPDATE", thread.body(), GUILDS)

    def open_direct(self, person: Person) -> Channel:
        """Return the talk of the bot with somebody."""
        for channel in self.channels.values():
            if channel.kind == DIRECT and channel.owner is person:
                return channel
        only = frozenset({self.bot.id, person.id})
        return self.add_channel(Channel(self.clock.new_id(), "", DIRECT, owner=person, only=only))

    def open_thread(self, parent: Channel, owner: Person, payload: JSON, at: int | None) -> Channel:
        """Open a thread, at a message or at none."""
        if at in self.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        if not 1 <= len(payload.get("name") or "") <= 100:
            raise invalid("name: Must be between 1 and 100 in length.")
        kind = payload.get("type", THREAD)
        only = frozenset({owner.id, self.bot.id}) if kind == PRIVATE_THREAD else None
        id_ = at or self.clock.new_id()
        thread = Channel(id_, payload["name"], kind, parent.guild, parent, owner, only)
        return self.add_channel(thread)

    def channel(self, id_: int | str) -> Channel:
        """Return a channel that the bot sees."""
        if int(id_) not in self.channels:
            raise unknown(10003, "Channel")
        channel = self.channels[int(id_)]
        if not channel.is_open_to(self.bot):
            raise Refused(403, 50001, "Missing Access")
        return channel

    def message(self, channel: Channel, id_: int | str) -> Message:
        if int(id_) not in channel.messages:
            raise unknown(10008, "Message")
        return channel.messages[int(id_)]

    def seen(self, channel: Channel, viewer: Person | None) -> list[Shown]:
        """Return what all see in a channel, or what one person alone sees there."""
        messages = (each for each in channel.messages.values() if each.viewer is viewer)
        return [show(each) for each in messages]

    def post(
        self,
        channel: Channel,
        author: Person,
        payload: JSON,
        files: Files | None = None,
        viewer: Person | None = None,
        **more: object,
    ) -> Message:
        """Put a message into a channel; a nonce of the last minutes gives the message that has it."""
        nonce = payload.get("nonce")
        known = self._nonces.get((author.id, str(nonce)))
        if payload.get("enforce_nonce") and known is not None and self._is_fresh(known):
            return known
        body: JSON = {
            "id": str(self.clock.new_id()),
            "channel_id": str(channel.id),
            "author": author.user(),
            "content": payload.get("content") or "",
            "timestamp": self.clock.now().isoformat(),
            "edited_timestamp": None,
            "type": 0,
            "tts": False,
            "pinned": False,
            "attachments": self._attachments(channel, files or {}),
            "embeds": payload.get("embeds") or [],
            "components": payload.get("components") or [],
            "flags": payload.get("flags") or 0,
            **more,
        }
        if nonce is not None:
            body["nonce"] = nonce
        replied = self._reference(channel, payload.get("message_reference"), body)
        body |= self._mentions(channel, body["content"], payload.get("allowed_mentions"), replied)
        if not body["flags"] & LOADING:
            check_message(body)
        message = Message(channel, author, body, viewer)
        channel.messages[message.id] = message
        if nonce is not None:
            self._nonces[author.id, str(nonce)] = message
        self._tell_of(message, "MESSAGE_CREATE")
        return message

    def edit(self, message: Message, payload: JSON, files: Files | None = None) -> Message:
        """Put other content into a message, as far as the payload names any."""
        body = dict(message.body)
        for key, nothing in (("content", ""), ("embeds", []), ("components", [])):
            body[key] = payload.get(key, body[key]) or nothing
        body["flags"] = (body["flags"] | payload.get("flags", 0)) & ~LOADING
        if "attachments" in payload or files:
            kept = {str(each["id"]) for each in payload.get("attachments", ())}
            old = [each for each in body["attachments"] if each["id"] in kept]
            body["attachments"] = old + self._attachments(message.channel, files or {})
        body["edited_timestamp"] = self.clock.now().isoformat()
        allowed = payload.get("allowed_mentions")
        body |= self._mentions(message.channel, body["content"], allowed, None)
        check_message(body)
        message.body = body
        self._tell_of(message, "MESSAGE_UPDATE")
        return message

    def delete(self, message: Message) -> None:
        del message.channel.messages[message.id]
        self._tell_of(message, "MESSAGE_DELETE", {"id": message.body["id"]})

    def react(self, message: Message, person: Person, emoji: str, step: int = 1) -> None:
        """Put a reaction on a message, or take it away."""
        who = message.reacted.setdefault(emoji, [])
        if (person.id in who) == (step > 0):
            return
        who.append(person.id) if step > 0 else who.remove(person.id)
        name, _, id_ = emoji.partition(":")
        icon = {"id": id_ or None, "name": name}
        others = [r for r in message.body.get("reactions", []) if r["emoji"] != icon]
        mine = {"emoji": icon, "count": len(who), "me": self.bot.id in who}
        message.body["reactions"] = [*others, mine] if who else others
        event = {"user_id": str(person.id), "emoji": icon, "type": 0, "burst": False}
        name = "MESSAGE_REACTION_ADD" if step > 0 else "MESSAGE_REACTION_REMOVE"
        self._tell_of(message, name, event, is_reaction=True)

    def _is_fresh(self, message: Message) -> bool:
        age = self.clock.now() - datetime.fromisoformat(message.body["timestamp"])
        return message.id in message.channel.messages and age < NONCE_HOLDS

    def _attachments(self, channel: Channel, files: Files) -> list[JSON]:
        attached = []
        for name, content in files.values():
            id_ = self.clock.new_id()
            self.files[id_] = content
            url = f"{self.address}/attachments/{channel.id}/{id_}/{name}"
            known = {"id": str(id_), "filename": name, "size": len(content)}
            attached.append({**known, "url": url, "proxy_url": url})
        return attached

    def _reference(self, channel: Channel, wanted: JSON | None, body: JSON) -> Message | None:
        """Make the body a reply, where it is to be one; return what it answers."""
        if wanted is None:
            return None
        answered = channel.messages.get(int(wanted["message_id"]))
        if answered is not None:
            body["type"] = 19
            ids = {"message_id": str(answered.id), "channel_id": str(channel.id)}
            body["message_reference"] = {"type": 0, **ids}
            body["referenced_message"] = deepcopy(answered.body)
        elif wanted.get("fail_if_not_exists", True):
            raise invalid("message_reference: Unknown message")
        return answered

    def _mentions(
        self, channel: Channel, content: str, allowed: JSON | None, replied: Message | None
    ) -> JSON:
        """Return who is told of a message; without a rule everyone who is named is."""
        rule: JSON = {"parse": ["users", "roles", "everyone"], "replied_user": True}
        rule = rule if allowed is None else allowed

        def named(pattern: str, kind: str) -> list[int]:
            ids = dict.fromkeys(re.findall(pattern, content))
            listed = {str(each) for each in rule.get(kind, ())}
            return [int(each) for each in ids if kind in rule.get("parse", ()) or each in listed]

        users = [self.people[each] for each in named(r"<@!?(\d+)>", "users") if each in self.people]
        if replied and rule.get("replied_user") and replied.author not in users:
            users.append(replied.author)
        roles = named(r"<@&(\d+)>", "roles")
        is_all = bool(re.search("@everyone|@here", content)) and "everyone" in rule.get("parse", ())
        told = {"mentions": [each.user() for each in users], "mention_roles": list(map(str, roles))}
        return {**told, "mention_everyone": is_all and channel.guild is not None}

    def _tell_of(
        self, message: Message, event: str, more: JSON | None = None, *, is_reaction: bool = False
    ) -> None:
        # An ephemeral message does not go through the guild: the bot hears of it as of a direct one.
        guild = None if message.viewer else message.channel.guild
        intent = (GUILD_MESSAGES if guild else DIRECT_MESSAGES) << is_reaction
        data = {**more, "message_id": message.body["id"]} if more else dict(message.body)
        data["channel_id"] = str(message.channel.id)
        person = self.people[int(data.get("user_id", message.author.id))]
        if guild is not None:
            data["guild_id"] = str(guild.id)
            if event in ("MESSAGE_CREATE", "MESSAGE_REACTION_ADD") and person.id in guild.people:
                data["member"] = guild.member(person)
        self._tell(message.channel, event, data, intent)

    def _tell(self, channel: Channel, event: str, data: JSON, intent: int) -> None:
        if channel.is_open_to(self.bot):
            self.emit(event, data, intent)


def show(message: Message) -> Shown:
    return Shown(message.id, message.channel, message.author.name, deepcopy(message.body))
