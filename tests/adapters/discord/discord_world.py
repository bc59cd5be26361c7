"""Discord without a network, by SimCord: all that the tests know of SimCord stands here."""

import asyncio
import json
import mimetypes
import re
import shutil
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import discord
import simcord
from discord.ext import commands
from simcord import actors
from simcord.backend import serializers
from simcord.backend.errors import OptionError as OptionError
from simcord.backend.models.channel import Overwrite
from simcord.enums import AppCommandType, ChannelType, MessageType, OverwriteType
from simcord.http import router
from simcord.results import InteractionResult

from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import Event, FormSent, ReplyHandle
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.surroundings import Phrases, Surroundings
from learncomm_agent.testing.world import PlainWorld, Seen
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.connection.bot import LearncommBot
from learncomm_discord.options import Options
from tests.adapters.discord.markdown import read

T = TypeVar("T")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
_SPOKEN = {discord.MessageType.default, discord.MessageType.reply}
_RESPONSES = {
    discord.MessageType.chat_input_command,
    discord.MessageType.context_menu_command,
}

_LINK = re.compile(r"discord\.com/channels/(\d+)/(\d+)/(\d+)")

mimetypes.init()  # it reads files, once

# The default waits 50 ms for each verb.
simcord.Env._settle_internal.__kwdefaults__["idle"] = 0.002  # type: ignore[index]


def _whole_history(ctx: Any, inner: Any) -> Any:
    """Page with `after` as Discord does; SimCord 3.2.1 gives the newest page whatever it is."""
    if "after" not in ctx.params:
        return inner(ctx)
    limit = int(ctx.params.get("limit", 50))
    rows = inner(type(ctx)(**{**ctx.__dict__, "params": {**ctx.params, "limit": 10**9}}))
    return rows[-limit:]


def _paged_voters(ctx: Any) -> Any:
    """Page with `after` as Discord does; SimCord 3.2.1 gives the same voters again and again."""
    message = ctx.require_message(ctx.int_arg("channel_id"), ctx.int_arg("message_id"))
    after, limit = int(ctx.params.get("after", 0)), int(ctx.params.get("limit", 25))
    voters = sorted(id for id in message.poll.votes.get(ctx.int_arg("answer_id"), ()) if id > after)
    return {"users": [serializers.user_payload(ctx.backend.users[id]) for id in voters[:limit]]}


_gets = router._ROUTES["GET"]
for _place, (_path, _inner) in enumerate(_gets):
    if _path == ["channels", "{channel_id}", "messages"]:
        _gets[_place] = (_path, lambda ctx, inner=_inner: _whole_history(ctx, inner))  # type: ignore[misc]
    if "polls" in _path:
        _gets[_place] = (_path, _paged_voters)


class SimulatedClock:
    """The clock of the simulated world; waits there are moved by it, not by the wall."""

    def __init__(self, env: simcord.Env) -> None:
        self.env = env

    def now(self) -> datetime:
        return self.env.now()

    async def sleep(self, seconds: float) -> None:
        await self.env.external_wait(asyncio.sleep(seconds), reason="paced")

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        async def limited() -> T:
            async with asyncio.timeout(timeout_s):
                return await waiting

        result: T = await self.env.external_wait(limited(), reason=reason)
        return result


class RealWaits(SimulatedClock):
    """The time of the simulated world, in which the agent's own waits pass for real."""

    async def sleep(self, seconds: float) -> None:
        await SystemClock().sleep(seconds)

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        return await SystemClock().idle(waiting, reason, timeout_s=timeout_s)


class HeardAdapter(DiscordAdapter):
    """Keeps what the agent was told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard: list[Event] = []

    async def start(self, sink: Sink) -> None:
        async def both(event: Event) -> None:
            self.heard.append(event)
            await sink(event)

        clock = self._surroundings.clock
        assert isinstance(clock, SimulatedClock)
        with clock.env._bot_scope():  # what it begins in the background is the bot's work
            await super().start(both)


class DiscordWorld(PlainWorld):
    """People on a server with the adapter's bot."""

    platform: HeardAdapter

    def __init__(
        self,
        folder: Path,
        phrases: Phrases,
        *,
        catalogue: Catalogue | None = None,
        options: Options | None = None,
        language: str = "en",
        group: str | None = "learn",
        desk: Desk | None = None,
    ) -> None:
        self._options = options or Options()
        self._desk = desk
        self._group = group
        self.env = simcord.Env(LearncommBot(self._options), approved_intents=discord.Intents.all())
        self.env.backend.clock._epoch = START
        self.surroundings = Surroundings(
            folder,
            SimulatedClock(self.env),
            phrases,
            catalogue or builtin.catalogue(),
            language=language,
            options=self._options,
        )
        self.platform = self._adapter()
        self._members: dict[AccountRef, Any] = {}
        self._channels: dict[RoomRef, Any] = {}
        self._beside: dict[RoomRef, tuple[Any, Any]] = {}
        self._there: dict[tuple[AccountRef, RoomRef], Any] = {}

    def _adapter(self) -> HeardAdapter:
        made = HeardAdapter(self.surroundings, self.bot, group=self._group)
        if self._desk is not None:
            made.consult(self._desk)
        return made

    async def open(self) -> None:
        await self.env.start()
        # Never left: it ends with the context of the test, and is another one when that is over.
        self.env.time_context().__enter__()
        self.guild = self.env.create_guild("Readers")
        await self.env.settle()

    async def close(self) -> None:
        await self.platform.stop()
        await self.env.shutdown()
        self.env.raise_errors()

    async def start(self, sink: Sink) -> None:
        """Start the adapter and publish its commands, as a host does."""
        await self.platform.start(sink)
        await self.publish()

    async def publish(self) -> None:
        """Offer the commands, as a host does once its extensions are there."""
        await self.env.settle()
        await self.bot.tree.sync()

    async def restart(self, sink: Sink) -> None:
        """Let the process end and another one begin; what is on disk stays."""
        await self.platform.stop()
        await self.renew()
        await self.start(sink)

    async def renew(self) -> None:
        """Make the bot of another process, once the adapter of the last one has stopped."""
        await self.env.restart_bot(LearncommBot(self._options))
        self.platform = self._adapter()

    @property
    def bot(self) -> commands.Bot:
        assert isinstance(self.env.bot, commands.Bot)
        return self.env.bot

    @property
    def space(self) -> SpaceRef:
        return SpaceRef("discord", str(self.guild.id))

    # The verbs of the contract suite.

    @property
    def clock(self) -> Clock:
        return RealWaits(self.env)

    async def leader(self, name: str) -> AccountRef:
        return await self.member(name, permissions=discord.Permissions(manage_guild=True))

    async def asks(self, member: AccountRef, room: RoomRef, text: str) -> MessageRef:
        assert self.bot.user is not None
        return await self.says(member, room, f"{self.bot.user.mention} {text}")

    async def member(
        self, name: str, *, role: str = "", permissions: discord.Permissions | None = None
    ) -> AccountRef:
        is_special = role or permissions is not None
        roles = (
            [self.guild.create_role(role or name, permissions=permissions)] if is_special else []
        )
        actor = self.guild.add_member(
            self.env.create_user(name.lower(), global_name=name), roles=roles
        )
        await self.env.settle()
        ref = AccountRef("discord", str(actor.id))
        self._members[ref] = actor
        return ref

    async def room(self, *members: AccountRef, name: str = "room", **bot_may: bool) -> RoomRef:
        """Make a channel that these and the bot can read; e.g. `send_messages=False` is for the bot."""
        seen, hidden = discord.PermissionOverwrite(view_channel=True), discord.PermissionOverwrite()
        hidden.update(view_channel=False)
        me = self.guild.me
        assert me is not None
        overwrites: dict[Any, discord.PermissionOverwrite] = {
            self.guild.default_role: hidden,
            me: discord.PermissionOverwrite(view_channel=True, **bot_may),
            **{self._members[member]: seen for member in members},
        }
        channel = self.guild.create_text_channel(name, overwrites=overwrites)
        await self.env.settle()
        return self._known(channel)

    async def says(
        self,
        member: AccountRef,
        room: RoomRef,
        text: str,
        reply_to: MessageRef | None = None,
        **how: Any,
    ) -> MessageRef:
        if self.channel(room).guild is None:
            sent = await self._members[member].send_dm(text)
            return MessageRef(room, str(sent.id))
        answered = None if reply_to is None else self.message(reply_to)
        actor = self._there.get((member, room), self._members[member])
        message = await actor.send(self.channel(room), text, reply_to=answered, **how)
        return MessageRef(room, str(message.id))

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        await self._members[member].edit(self.message(message), text)

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        await self._members[member].delete(self.message(message))

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        if choice.id:
            await self.clicks(member, choice.id, message)
        else:
            await self.pushes(member, message.room, choice.label)

    async def clicks(
        self, member: AccountRef, choice: str, message: MessageRef
    ) -> InteractionResult:
        result: InteractionResult = await self._members[member].click(
            self.message(message), custom_id=custom_id(self.message(message), choice)
        )
        assert result.acknowledged
        return result

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        await self.publish()
        await self.calls(member, room, "search", query="welcome")
        sent = self.platform.heard[-1]
        assert isinstance(sent, FormSent)
        return sent.reply

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        try:
            history = self.channel(room).history(viewer=self._viewer(member, room))
        except simcord.SetupError:
            return []
        return [self._seen(message, room) for message in history if _is_shown(message)]

    # What else people do.

    async def calls(
        self, member: AccountRef, room: RoomRef, command: str, /, **options: Any
    ) -> InteractionResult:
        """Use a slash command."""
        result: InteractionResult = await self._members[member].slash(
            self.channel(room), self._named(command), **options
        )
        assert result.acknowledged
        return result

    async def calls_directly(
        self, member: AccountRef, command: str, **options: Any
    ) -> InteractionResult:
        """Use a slash command in the direct talk."""
        user = self._members[member].user
        result: InteractionResult = await user.slash(self._named(command), **options)
        assert result.acknowledged
        return result

    async def types(
        self,
        member: AccountRef,
        room: RoomRef,
        command: str,
        option: str,
        typed: str,
        **given: Any,
    ) -> list[dict[str, Any]]:
        """Type into an option; return what is offered."""
        named = self._named(command)
        actor, where = self._members[member], self.channel(room)
        found: list[dict[str, Any]] = await actor.autocomplete(where, named, option, typed, **given)
        return found

    def sees_commands(self, member: AccountRef, room: RoomRef) -> set[str]:
        """Return the commands that somebody is shown."""
        actor = self._there.get((member, room), self._members[member])
        return set(actor.available_commands(self.channel(room)))

    async def asks_on(
        self, member: AccountRef, entry: str, message: MessageRef
    ) -> InteractionResult:
        """Use an entry in the menu of a message.

        SimCord 3.2.1 leaves out that a command is one of a server alone, which Discord says.
        """
        backend, channel = self.env.backend, self.channel(message.room)
        actor = self._members[member]
        root = actor._resolve_root(entry, AppCommandType.MESSAGE, channel.id)
        stored = backend.get_message(int(message.room.id), int(message.id))
        shown = dict(serializers.message_payload(backend, stored))
        data = {
            "id": root["id"],
            "name": entry,
            "type": AppCommandType.MESSAGE,
            "target_id": message.id,
            "resolved": {"messages": {message.id: shown}},
        }
        if root.get("guild_id"):
            data["guild_id"] = root["guild_id"]
        kind = discord.InteractionType.application_command
        return await self.interacts(member, message.room, kind, data)

    async def pushes(self, member: AccountRef, room: RoomRef, label: str) -> str:
        """Press the newest button of a name that somebody is shown; return the choice it stands for.

        Raises:
            LookupError: They are shown no such button.
        """
        message, part = self._newest(member, room, "label", label)
        id = str(part.custom_id)
        actor = self._members[member]
        presser = actor.user if message.guild is None else actor
        assert (await presser.click(message, custom_id=id)).acknowledged
        return choice_of(id)

    async def opens(self, member: AccountRef, room: RoomRef, label: str) -> InteractionResult:
        """Press the newest button of a name that opens a form, and return what came up.

        Raises:
            LookupError: They are shown no such button.
        """
        message, part = self._newest(member, room, "label", label)
        actor = self._members[member]
        presser = actor.user if message.guild is None else actor
        shown: InteractionResult = await presser.click(message, custom_id=str(part.custom_id))
        assert shown.modal is not None
        return shown

    async def selects(self, member: AccountRef, room: RoomRef, prompt: str, label: str) -> str:
        """Pick from the newest list of a prompt that somebody is shown; return the list's choice.

        Raises:
            LookupError: They are shown no such list, or it holds no such thing.
        """
        message, part = self._newest(member, room, "placeholder", prompt)
        values = [option.value for option in part.options if option.label == label]
        if not values:
            raise LookupError(label)
        actor = self._members[member]
        picker = actor.user if message.guild is None else actor
        id = str(part.custom_id)
        assert (await picker.select(message, values[:1], custom_id=id)).acknowledged
        return choice_of(id)

    def _newest(
        self, member: AccountRef, room: RoomRef, name: str, value: str
    ) -> tuple[discord.Message, Any]:
        """Return the newest control of a sort that somebody is shown, and its message."""
        direct = self._members[member].user.dm_channel
        shown = self.channel(room).history(viewer=self._viewer(member, room))
        found = [
            (message, part)
            for message in sorted([*direct.history(), *shown], key=lambda each: int(each.id))
            for row in message.components
            for part in getattr(row, "children", ())
            if getattr(part, name, None) == value
        ]
        if not found:
            raise LookupError(value)
        return found[-1]

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> InteractionResult:
        """Pick from a list."""
        shown = self.message(message)
        result: InteractionResult = await self._members[member].select(
            shown, values, custom_id=custom_id(shown, menu)
        )
        return result

    async def fills_in(
        self, member: AccountRef, shown: InteractionResult, **values: Any
    ) -> InteractionResult:
        """Send the form that somebody was shown."""
        actor = self._members[member]
        sender = actor.user if shown._interaction.guild_id is None else actor
        result: InteractionResult = await sender.submit_modal(shown, values)
        return result

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        """Press what opens a form, fill it in and send it."""
        if choice.id:
            opened = await self.clicks(member, choice.id, message)
        else:
            opened = await self.opens(member, message.room, choice.label)
        await self.fills_in(member, opened, **values)

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        """Vote in a poll, or take the vote back."""
        shown = self.message(message)
        assert shown.poll is not None
        answer = next(each.id for each in shown.poll.answers if each.text == option.label)
        actor = self._members[member]
        await (actor.vote if is_added else actor.remove_vote)(shown, answer=answer)

    def crowd_votes(self, message: MessageRef, count: int) -> set[str]:
        """Let many vote for the first option at once, untold, and return their ids."""
        ids = [self.env.create_user(f"voter{number}").id for number in range(count)]
        stored = self.env.backend.get_message(int(message.room.id), int(message.id))
        assert stored.poll is not None
        stored.poll.votes.setdefault(1, set()).update(ids)
        return set(map(str, ids))

    async def calendar(self, member: AccountRef, room: RoomRef) -> Mapping[str, str]:
        """Return what stands in the calendar of the server: titles by ids."""
        there = self.env.backend.guilds[self.guild.id].scheduled_events.values()
        return {str(event.id): event.name for event in there}

    async def takes_interest(
        self, member: AccountRef, entry: str, *, is_added: bool = True
    ) -> None:
        """Press "Interested" on an entry in the calendar of the server, or take it back."""
        actor = self._members[member]
        await (actor.subscribe_event if is_added else actor.unsubscribe_event)(int(entry))

    def now(self) -> datetime:
        return self.env.now()

    async def voice(self, name: str = "stage") -> RoomRef:
        """Make a channel where people can talk."""
        channel = self.guild.create_voice_channel(name)
        await self.env.settle()
        return self._known(channel)

    async def news(self, name: str = "news") -> RoomRef:
        """Make a channel whose messages others can follow."""
        channel = self.guild.create_news_channel(name)
        await self.env.settle()
        return self._known(channel)

    async def square(self, name: str = "square") -> RoomRef:
        """Make a channel that everyone can read."""
        channel = self.guild.create_text_channel(name)
        await self.env.settle()
        return self._known(channel)

    async def forum(self, name: str = "questions") -> RoomRef:
        """Make a forum that everyone can read."""
        channel = self.guild.create_forum_channel(name)
        await self.env.settle()
        return self._known(channel)

    async def interacts(
        self,
        member: AccountRef,
        room: RoomRef,
        kind: discord.InteractionType,
        data: dict[str, Any],
        message: MessageRef | None = None,
        **more: Any,
    ) -> InteractionResult:
        """Send what no client would."""
        if message is not None:
            stored = self.env.backend.get_message(int(room.id), int(message.id))
            more["message"] = dict(serializers.message_payload(self.env.backend, stored))
        result: InteractionResult = await actors._dispatch_actor_interaction(
            self._members[member], kind.value, self.channel(room), data, extra=more
        )
        return result

    def _named(self, command: str) -> str:
        return f"{self._group} {command}" if self._group else command

    async def is_welcomed(self, member: AccountRef, room: RoomRef) -> None:
        """Let Discord itself announce somebody."""
        self.guild.create_system_message(
            self.channel(room), MessageType.NEW_MEMBER, author=self._members[member]
        )
        await self.env.settle()

    def writes_quietly(self, member: AccountRef, room: RoomRef, text: str) -> None:
        """Write without waiting for the agent."""
        self.env.backend.create_message(int(room.id), int(member.id), text)

    async def sweeps(self, messages: Sequence[MessageRef]) -> None:
        """Let a moderator delete several messages at once."""
        ids = [int(message.id) for message in messages]
        with self.env._bot_scope():
            self.env.backend.bulk_delete_messages(int(messages[0].room.id), ids)
        await self.env.settle()

    async def writes_directly(self, member: AccountRef, text: str) -> None:
        await self._members[member].send_dm(text)

    async def opens_thread(self, member: AccountRef, room: RoomRef, *, is_private: bool) -> RoomRef:
        """Let somebody open a thread."""
        kind = ChannelType.PRIVATE_THREAD if is_private else ChannelType.PUBLIC_THREAD
        with self.env._bot_scope():
            made = self.env.backend.create_thread(int(room.id), "Aside", int(member.id), type=kind)
        await self.env.settle()
        return RoomRef(self.space, str(made.id))

    async def happens(self, what: str, *args: Any, **values: Any) -> Any:
        """Let something happen in Discord, by the name that SimCord's backend has for it."""
        with self.env._bot_scope():
            made = getattr(self.env.backend, what)(*args, **values)
        await self.env.settle()
        return made

    async def permits(
        self, room: RoomRef, target: int, *, is_member: bool = False, **rights: bool
    ) -> None:
        """Let a channel give a role or a member some rights, and take others from them."""
        allow, deny = discord.PermissionOverwrite(**rights).pair()
        kind = OverwriteType.MEMBER if is_member else OverwriteType.ROLE
        overwrite = Overwrite(target, kind, allow.value, deny.value)
        await self.happens("set_overwrite", int(room.id), overwrite)

    async def tells_of_server(self, space: SpaceRef) -> None:
        """Let Discord tell how a server is called now."""
        backend = self.env.backend
        known = serializers.guild_create_payload(backend, backend.guilds[int(space.id)])
        await self.happens("emit", "GUILD_UPDATE", known)

    async def loses_server(self, space: SpaceRef) -> None:
        """Let somebody take the bot out of a server."""
        await self.happens("emit", "GUILD_DELETE", {"id": space.id})

    async def is_out(self, *, is_over: bool = False) -> None:
        """Let the server be unavailable, as in an outage of Discord's own, or let that be over."""
        backend = self.env.backend
        with self.env._bot_scope():
            if is_over:
                known = serializers.guild_create_payload(backend, backend.guilds[self.guild.id])
                backend.emit("GUILD_CREATE", known)
            else:
                backend.emit("GUILD_DELETE", {"id": str(self.guild.id), "unavailable": True})
        await self.env.settle()

    async def add_server(self, *members: AccountRef) -> RoomRef:
        """Make a server beside the first one, with these in it and a channel; return that."""
        guild = self.env.create_guild("Beside")
        channel = guild.create_text_channel("beside")
        room = RoomRef(SpaceRef("discord", str(guild.id)), str(channel.id))
        self._beside[room] = (guild, channel)
        for member in members:
            await self.joins(member, room)
        return room

    async def joins(self, member: AccountRef, beside: RoomRef) -> None:
        """Let somebody come into a server beside the first one."""
        guild, _ = self._beside[beside]
        self._there[member, beside] = guild.add_member(self._members[member].user)
        await self.env.settle()

    def direct_messages(self, member: AccountRef) -> list[str]:
        channel = self._members[member].user.dm_channel
        return [message.content for message in channel.history()]

    # What tests arrange and look at.

    def actor(self, member: AccountRef) -> Any:
        """Return SimCord's own member, for its other verbs."""
        return self._members[member]

    def crashes_before_done(self, *keys: str) -> None:
        """Leave the keys begun on the disk, as a kill just after the post would."""
        path = self.surroundings.folder / "receipts.jsonl"
        records = [json.loads(line) for line in path.read_text("ascii").splitlines() if line]
        kept = [each for each in records if each["key"] not in keys or each["message"] is None]
        path.write_text("".join(json.dumps(each) + "\n" for each in kept), "ascii")

    def channel(self, room: RoomRef) -> Any:
        if room in self._beside:
            return self._beside[room][1]
        if room not in self._channels:
            threads = [each for known in self._channels.values() for each in known.threads]
            for thread in threads:
                self._channels.setdefault(self._ref(thread), thread)
        if room not in self._channels:
            for member in self._members.values():
                if str(member.user.dm_channel.id) == room.id:
                    return member.user.dm_channel
        return self._channels[room]

    def message(self, ref: MessageRef) -> discord.Message:
        history: list[discord.Message] = self.channel(ref.room).history()
        return next(message for message in history if str(message.id) == ref.id)

    def raw(self, room: RoomRef) -> list[discord.Message]:
        """Return the messages of a room as discord.py has them."""
        return [message for message in self.channel(room).history() if _is_shown(message)]

    def fails(self, method: str, path: str, *, status: int, code: int = 0, times: int = 1) -> None:
        """Let the next requests of a kind be refused."""
        self.env.inject_error(method, path, status=status, code=code, times=times)

    async def waits(self, seconds: float) -> None:
        await self.env.advance_time(seconds)

    def requests(self, method: str, ending: str) -> list[Any]:
        """Return the bodies of the requests that the bot made."""
        return [
            request.json or {}
            for request in self.env.http_requests
            if request.method == method and request.path.endswith(ending)
        ]

    async def picture(
        self,
        viewer: AccountRef,
        room: RoomRef,
        path: Path,
        *,
        size: tuple[int, int],
        target: InteractionResult | discord.Message | None = None,
        is_alone: bool = False,
    ) -> None:
        """Draw what somebody sees of a room now, with the Chromium of this machine.

        Args:
            viewer: Who looks.
            room: Where they look.
            path: The file to write.
            size: Of the window.
            target: What is in view: a message, or the form that somebody was shown; the end of the
                room where None.
            is_alone: Whether nothing but the message is drawn.

        Raises:
            RuntimeError: There is no Chromium, or the picture would lack something.
        """
        _use_own_chromium()
        _show_calendars_as_files()
        actor, width = self._members[viewer], size[0]
        page = self.env.preview(
            self.channel(room),
            viewers=[actor],
            layout="channel",
            display="fixed",
            width=width,
            height=size[1],
            presentation_time=self.env.now(),
        )
        async with page as shown:
            taken = await shown.screenshot(
                path,
                viewer=actor,
                target=target,
                mode="surface" if is_alone else "viewport",
                viewport=size,
                allow_incomplete=True,
            )
        if not taken.complete:
            raise RuntimeError(f"{path.name}: {[dict(each) for each in taken.diagnostics]}")

    def _known(self, channel: Any) -> RoomRef:
        ref = self._ref(channel)
        self._channels[ref] = channel
        return ref

    def _ref(self, channel: Any) -> RoomRef:
        return RoomRef(self.space, str(channel.id))

    def _viewer(self, member: AccountRef, room: RoomRef) -> Any:
        actor = self._members[member]
        return actor.user if self.channel(room).guild is None else actor

    def _seen(self, message: discord.Message, room: RoomRef) -> Seen:
        reference = message.reference
        answered = reference.message_id if reference is not None else None
        return Seen(
            MessageRef(room, str(message.id)),
            shown(message.content),
            tuple(file.filename for file in message.attachments),
            tuple(str(reaction.emoji) for reaction in message.reactions),
            MessageRef(room, str(answered)) if answered else None,
            message.pinned,
            tuple(
                MessageRef(RoomRef(SpaceRef("discord", found[1]), found[2]), found[3])
                for found in _LINK.finditer(message.content)
            ),
            (
                *(str(each.id) for each in (*message.mentions, *message.role_mentions)),
                *(("everyone",) if message.mention_everyone else ()),
            ),
        )


def _use_own_chromium() -> None:
    """Start the Chromium that is installed; SimCord asks playwright for a download of its own."""
    browser: Any = import_module("playwright.async_api").BrowserType  # of the group `pictures`
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    if binary is None:
        raise RuntimeError("there is no chromium on this machine")
    launch = browser.launch

    async def launched(self: Any, **options: Any) -> Any:
        return await launch(self, **{"executable_path": binary, **options})

    launched.__dict__["is_ours"] = True
    if not getattr(launch, "is_ours", False):
        browser.launch = launched


def _show_calendars_as_files() -> None:
    """Show of a calendar file its name alone, as Discord does; SimCord 3.2.1 shows its text."""
    messages: Any = import_module("simcord.preview._messages")
    shows = messages._attachment

    def shown(*args: Any) -> dict[str, Any]:
        found: dict[str, Any] = shows(*args)
        return {**found, "preview": None} if found["filename"].endswith(".ics") else found

    shown.__dict__["is_ours"] = True
    if not getattr(shows, "is_ours", False):
        messages._attachment = shown


def said(result: InteractionResult) -> str:
    """Return what answered somebody."""
    assert result.response is not None
    return result.response.content


def custom_id(message: discord.Message, choice: str) -> str:
    """Return the custom id under which a choice stands on a message; the choice itself where none does."""
    parts = [part for row in message.components for part in getattr(row, "children", ())]
    found = [str(part.custom_id) for part in parts]
    return {choice_of(each): each for each in found}.get(choice, choice)


def choice_of(custom_id: str) -> str:
    """Return the choice that a custom id stands for."""
    return custom_id.split(":", 2)[-1].rpartition(":")[0]


def _is_shown(message: discord.Message) -> bool:
    is_waiting = message.flags.loading
    return message.type in _SPOKEN | _RESPONSES and not is_waiting


def shown(markdown: str) -> str:
    """Return what people read of a text; what Discord would show as more than text is named."""
    nodes = (
        node if node.kind == "text" else f"<{node.kind} {node.text}>" for node in read(markdown)
    )
    words = (node if isinstance(node, str) else node.text for node in nodes)
    return "".join(words).replace("\u200b", "")
