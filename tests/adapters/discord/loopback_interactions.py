"""Commands and buttons of the double: what people set off with them, and how the bot answers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.adapters.discord.loopback_limits import (
    JSON,
    Refused,
    check_command,
    invalid,
    unknown,
    walk,
)
from tests.adapters.discord.loopback_places import EVERYONE, Channel, Message, Person
from tests.adapters.discord.loopback_world import EPHEMERAL, LOADING, Files, World

ACKNOWLEDGED_WITHIN = timedelta(seconds=3)
TOKEN_HOLDS = timedelta(minutes=15)
COMMAND, COMPONENT = 2, 3
PONG, POST, DEFER_POST, DEFER_UPDATE, UPDATE = 1, 4, 5, 6, 7


@dataclass(eq=False)
class Interaction:
    id: int
    token: str
    person: Person
    channel: Channel
    at: datetime
    kind: int
    source: Message | None = None
    """The message whose button was pressed."""
    callback: int | None = None
    """How it was answered first; None is not at all."""
    data: JSON = field(default_factory=dict)
    """What came with the first answer."""
    original: Message | None = None
    messages: dict[int, Message] = field(default_factory=dict)

    def viewer(self, payload: JSON) -> Person | None:
        """Return who alone is to see an answer, where it is ephemeral."""
        return self.person if (payload.get("flags") or 0) & EPHEMERAL else None


class Interactions:
    """The registered commands, and whatever was set off."""

    def __init__(self, world: World, application: int) -> None:
        self._world = world
        self._application = application
        self.commands: dict[int | None, dict[str, JSON]] = {None: {}}
        """By guild, and by name; None is everywhere."""
        self._open: dict[str, Interaction] = {}

    def register(self, guild: int | None, commands: list[JSON]) -> list[JSON]:
        """Put commands in place of all that were there."""
        if len(commands) > 100:
            raise Refused(400, 30032, "Maximum number of application commands reached (100)")
        old, new = self.commands.get(guild, {}), {}
        for command in commands:
            check_command(command)
            id_ = old.get(command["name"], {}).get("id") or str(self._world.clock.new_id())
            known = {"id": id_, "application_id": str(self._application), "version": "1"}
            where = {} if guild is None else {"guild_id": str(guild)}
            blank = {"type": 1, "description": "", "options": []}
            new[command["name"]] = {**blank, **command, **known, **where}
        self.commands[guild] = new
        return list(new.values())

    def slash(
        self, person: Person, channel: Channel, name: str, options: dict[str, Any]
    ) -> Interaction:
        """Use a command; a name of two or three words is one of a group."""
        first, *rest = name.split()
        guild = channel.guild.id if channel.guild else None
        known = {**self.commands[None], **self.commands.get(guild, {})}
        if first not in known:
            raise AssertionError(f"there is no command {first!r} here, only {sorted(known)}")
        command = known[first]
        data: JSON = {key: command[key] for key in ("id", "name", "type")}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        resolved: JSON = {}
        level, wanted = data, command.get("options") or []
        for word in rest:
            wanted = next(
                each for each in wanted if each["name"] == word and each["type"] in (1, 2)
            )
            level["options"] = [{"name": word, "type": wanted["type"]}]
            level, wanted = level["options"][0], wanted.get("options") or []
        level["options"] = self._filled(wanted, options, channel, resolved)
        return self._set_off(person, channel, COMMAND, {**data, "resolved": resolved})

    def press(
        self, person: Person, message: Message, custom_id: str, values: tuple[str, ...]
    ) -> Interaction:
        """Press a button or choose in a list, of a message that this person sees."""
        assert message.viewer in (None, person), f"{person.name} does not see this message"
        parts = (each for each in walk(message.body["components"]) if not each.get("disabled"))
        found = [each for each in parts if each.get("custom_id") == custom_id]
        assert found, f"there is nothing to press with the id {custom_id!r}"
        data = {"custom_id": custom_id, "component_type": found[0]["type"], "values": list(values)}
        return self._set_off(person, message.channel, COMPONENT, data, message)

    def answer(self, id_: int, token: str, payload: JSON, files: Files) -> JSON:
        """Take the first answer to an interaction."""
        one = self._open.get(token)
        if one is None or one.id != id_:
            raise unknown(10062, "interaction")
        if one.callback is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self._world.clock.now() - one.at > ACKNOWLEDGED_WITHIN:
            raise unknown(10062, "interaction")
        kind, data = payload["type"], payload.get("data") or {}
        if kind in (DEFER_UPDATE, UPDATE) and one.source is None:
            raise invalid("type: there is no message to update")
        if kind == POST:
            one.original = self._post(one, data, files, data.get("flags") or 0)
        elif kind == DEFER_POST:
            one.original = self._post(one, {}, {}, (data.get("flags") or 0) | LOADING)
        elif kind == UPDATE and one.source is not None:
            one.original = self._world.edit(one.source, data, files)
        elif kind == DEFER_UPDATE:
            one.original = one.source
        one.callback, one.data = kind, data
        return self._answered(one)

    def follow_up(self, token: str, payload: JSON, files: Files) -> Message:
        """Post one more message; the first after "thinking" takes its place."""
        one = self._acknowledged(token)
        if one.original is not None and one.original.body["flags"] & LOADING:
            return self._world.edit(one.original, {**payload, "flags": 0}, files)
        return self._post(one, payload, files, payload.get("flags") or 0)

    def message(self, token: str, id_: str) -> Message:
        """Return a message that answered; `@original` is the first."""
        one = self._acknowledged(token)
        found = one.original if id_ == "@original" else one.messages.get(int(id_))
        if found is None or found.id not in found.channel.messages:
            raise unknown(10008, "Message")
        return found

    def _acknowledged(self, token: str) -> Interaction:
        one = self._open.get(token)
        if one is None or one.callback is None or self._world.clock.now() - one.at > TOKEN_HOLDS:
            raise unknown(10015, "Webhook")
        return one

    def _post(self, one: Interaction, payload: JSON, files: Files, flags: int) -> Message:
        viewer = one.viewer({"flags": flags})
        hook: JSON = {
            "webhook_id": str(self._application),
            "application_id": str(self._application),
            "interaction_metadata": {
                "id": str(one.id),
                "type": one.kind,
                "user": one.person.user(),
                "authorizing_integration_owners": {},
            },
        }
        body = {**payload, "flags": flags}
        message = self._world.post(one.channel, self._world.bot, body, files, viewer, **hook)
        one.messages[message.id] = message
        return message

    def _filled(
        self, wanted: list[JSON], options: dict[str, Any], channel: Channel, resolved: JSON
    ) -> list[JSON]:
        """Return the options as they are sent, and note what they name among the resolved."""
        names = {each["name"] for each in wanted}
        needed = {each["name"] for each in wanted if each.get("required")}
        if not needed <= options.keys() <= names:
            raise AssertionError(f"options {sorted(names)}, {sorted(needed)} needed; got {options}")
        filled = []
        for each in wanted:
            if each["name"] not in options:
                continue
            value = options[each["name"]]
            if isinstance(value, Person):
                resolved.setdefault("users", {})[str(value.id)] = value.user()
                if channel.guild is not None:
                    member = channel.guild.member(value)
                    del member["user"]
                    resolved.setdefault("members", {})[str(value.id)] = member
            elif isinstance(value, Channel):
                seen = {**value.body(), "permissions": str(EVERYONE)}
                resolved.setdefault("channels", {})[str(value.id)] = seen
            value = str(value.id) if isinstance(value, Person | Channel) else value
            filled.append({"name": each["name"], "type": each["type"], "value": value})
        return filled

    def _set_off(
        self, person: Person, channel: Channel, kind: int, data: JSON, source: Message | None = None
    ) -> Interaction:
        id_, now = self._world.clock.new_id(), self._world.clock.now()
        one = Interaction(id_, f"token{id_}", person, channel, now, kind, source)
        self._open[one.token] = one
        guild = channel.guild
        event: JSON = {
            "id": str(one.id),
            "application_id": str(self._application),
            "type": kind,
            "token": one.token,
            "version": 1,
            "attachment_size_limit": 10 << 20,
            "channel_id": str(channel.id),
            "channel": {**channel.body(), "permissions": str(EVERYONE)},
            "app_permissions": str(EVERYONE),
            "locale": "en-US",
            "context": 0 if guild else 1,
            "entitlements": [],
            "data": data,
        }
        if guild is not None:
            member = {**guild.member(person), "permissions": str(guild.permissions(person))}
            place = {"id": str(guild.id), "locale": "en-US", "features": []}
            owners = {
                "authorizing_integration_owners": {"0": str(guild.id)},
                "guild_locale": "en-US",
            }
            event |= {"guild_id": str(guild.id), "guild": place, "member": member, **owners}
        else:
            event["user"] = person.user()
        if source is not None:
            event["message"] = source.body
        self._world.emit("INTERACTION_CREATE", event, 0)
        return one

    @staticmethod
    def _answered(one: Interaction) -> JSON:
        known: JSON = {"id": str(one.id), "type": one.kind}
        answer: JSON = {"interaction": known, "resource": {"type": one.callback}}
        if one.original is not None and one.callback != DEFER_UPDATE:
            is_private = one.original.viewer is not None
            is_loading = one.callback == DEFER_POST
            known |= {"response_message_id": one.original.body["id"]}
            known |= {
                "response_message_loading": is_loading,
                "response_message_ephemeral": is_private,
            }
            answer["resource"]["message"] = one.original.body
        return answer
