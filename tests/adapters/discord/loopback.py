"""A small Discord on this machine: real HTTP and a real gateway, for bots that real tests can kill.

    with Loopback() as discord:
        guild = discord.add_guild("Class")
        hall, ann = discord.add_channel(guild, "hall"), discord.add_member(guild, "Ann")
        start_the_bot(discord.api_url, discord.gateway_url, discord.token)
        discord.wait(discord.is_heard)
        discord.says(ann, hall, "hello")
        discord.wait(lambda: discord.seen(hall)[1:])

It lives in a thread of its own and remembers everything as long as it runs, whoever comes and goes.
All verbs may be called from any thread, are carried out before they return, and never wait for the
bot; `wait` does, and `until` does in a test whose loop the bot shares.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ParamSpec, Self, TypeVar

from aiohttp import web

from tests.adapters.discord.loopback_gateway import PRIVILEGED, Gateway
from tests.adapters.discord.loopback_interactions import Interaction, Interactions
from tests.adapters.discord.loopback_limits import JSON, Refused
from tests.adapters.discord.loopback_places import (
    TEXT,
    THREAD,
    Channel,
    Clock,
    Guild,
    Message,
    Person,
    Role,
)
from tests.adapters.discord.loopback_rest import BASE, Fault, Request, Rest
from tests.adapters.discord.loopback_world import (
    GUILD_MEMBERS,
    MESSAGE_CONTENT,
    PRESENCES,
    Shown,
    World,
    show,
)

P = ParamSpec("P")
T = TypeVar("T")
PATIENCE = 20.0
"""Seconds that a test waits for the bot, at most."""
FLAGS = {PRESENCES: 1 << 13, GUILD_MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}
"""How an application shows which intents it may have, by intent."""


class Loopback:
    """The double: what people and the operator do, what they see, and what goes wrong."""

    def __init__(self, *, token: str = "a.loopback.token", intents: int = PRIVILEGED) -> None:
        self.token = token
        self.api_url = ""
        self.gateway_url = ""
        clock = Clock()
        application = self._application(clock, intents)
        self._clock = clock
        self._gateway = Gateway(token, application, intents)
        self._world = self._gateway.world = World(clock, self._gateway.emit)
        self._interactions = Interactions(self._world, int(application["id"]))
        self._rest = Rest(self._world, self._interactions, application, token, intents)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._started = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE), "the double did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._do(self._ended.set)
        self._thread.join(PATIENCE)
        if kind is None:
            assert not self._thread.is_alive(), "the double did not end"
            assert not self._rest.mistakes, self._rest.mistakes

    @property
    def bot(self) -> Person:
        return self._world.bot

    # Who and what is there

    def add_guild(self, name: str) -> Guild:
        return self._do(self._world.add_guild, name)

    def add_role(self, guild: Guild, name: str, permissions: int = 0) -> Role:
        return self._do(self._world.add_role, guild, name, permissions)

    def add_member(
        self, guild: Guild, name: str, *roles: Role, takes_direct: bool = True
    ) -> Person:
        person = self._do(self._world.add_person, name, takes_direct=takes_direct)
        self.join(guild, person, *roles)
        return person

    def join(self, guild: Guild, person: Person, *roles: Role) -> None:
        """Let somebody come in, or have these roles from now on."""
        self._do(self._world.join, guild, person, roles)

    def leave(self, guild: Guild, person: Person) -> None:
        self._do(self._world.leave, guild, person)

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *only: Person,
        kind: int = TEXT,
        parent: Channel | None = None,
    ) -> Channel:
        """Make a channel for all, or only for some; the bot is one of them or does not see it."""
        seen_by = frozenset(each.id for each in only) or None

        def added() -> Channel:
            new = Channel(self._clock.new_id(), name, kind, guild, parent, only=seen_by)
            return self._world.add_channel(new)

        return self._do(added)

    def add_thread(self, person: Person, channel: Channel, name: str) -> Channel:
        payload = {"name": name, "type": THREAD}
        return self._do(self._world.open_thread, channel, person, payload, None)

    def fold(self, thread: Channel, *, is_locked: bool = False) -> None:
        """Fold a thread away, as Discord does after a time without a word."""
        thread.is_locked = is_locked
        self._do(self._world.fold, thread, is_folded=True)

    def lose(self, guild: Guild) -> None:
        """Take the bot out of a guild without a word, as nobody can tell one that is away."""
        self._do(self._world.guilds.pop, guild.id)

    def remove_channel(self, channel: Channel) -> None:
        self._do(self._world.remove_channel, channel)

    def direct(self, person: Person) -> Channel:
        """Return the direct talk of somebody with the bot."""
        return self._do(self._world.open_direct, person)

    # What people do

    def says(
        self,
        person: Person,
        channel: Channel,
        text: str,
        reply_to: Shown | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Shown:
        payload: JSON = {"content": text}
        if reply_to is not None:
            payload["message_reference"] = {"message_id": str(reply_to.id)}
        sent = {name: (name, content) for name, content in (files or {}).items()}
        return self._do(lambda: show(self._world.post(channel, person, payload, sent)))

    def says_many(self, person: Person, channel: Channel, texts: Sequence[str]) -> None:
        """Say one thing after the other, without a look at each."""

        def said() -> None:
            for text in texts:
                self._world.post(channel, person, {"content": text})

        self._do(said)

    def edits(self, message: Shown, text: str) -> None:
        """Let the author put another text in place."""
        self._do(lambda: self._world.edit(self._find(message), {"content": text}))

    def deletes(self, message: Shown) -> None:
        self._do(lambda: self._world.delete(self._find(message)))

    def reacts(self, person: Person, message: Shown, emoji: str) -> None:
        self._do(lambda: self._world.react(self._find(message), person, emoji))

    def slash(
        self, person: Person, channel: Channel, name: str, options: dict[str, Any] | None = None
    ) -> Interaction:
        """Use a command: `slash(ann, hall, "notes add", {"text": "…", "who": ben})`."""
        return self._do(self._interactions.slash, person, channel, name, options or {})

    def presses(self, person: Person, message: Shown, custom_id: str, *values: str) -> Interaction:
        """Press a button, or choose values in a list."""
        return self._do(
            lambda: self._interactions.press(person, self._find(message), custom_id, values)
        )

    # What people see

    def seen(self, channel: Channel) -> list[Shown]:
        """Return what everyone in a channel sees, the oldest first."""
        return self._do(self._world.seen, channel, None)

    def ephemeral(self, person: Person, channel: Channel) -> list[Shown]:
        """Return what one person alone sees in a channel."""
        return self._do(self._world.seen, channel, person)

    def answer(self, interaction: Interaction) -> Shown | None:
        """Return the first answer to a command or a button as it looks now."""
        return self._do(lambda: show(interaction.original) if interaction.original else None)

    def is_acknowledged(self, interaction: Interaction) -> bool:
        """Return whether the bot has said that a command or a button arrived."""
        return self._do(lambda: interaction.callback is not None)

    def commands(self, guild: Guild | None = None) -> list[JSON]:
        """Return what is registered for one guild, or for all."""
        scope = None if guild is None else guild.id
        return self._do(lambda: list(self._interactions.commands.get(scope, {}).values()))

    # What goes wrong

    def fail(
        self,
        method: str,
        path: str,
        *,
        status: int,
        times: int = 1,
        retry_after: float = 0.05,
        code: int = 0,
        is_global: bool = False,
        is_html: bool = False,
    ) -> None:
        """Refuse the next such requests: `fail("POST", "/channels/*/messages", status=500)`."""
        refused = Refused(status, code, f"refused with {status}")
        wait = retry_after if status == 429 else None
        fault = Fault(method, path, times, refused, wait, is_global, is_html)
        self._do(self._rest.faults.append, fault)

    def delay(self, method: str, path: str, seconds: float, *, times: int = 1) -> None:
        """Do what the next such requests ask at once, and answer late."""
        self._do(self._rest.faults.append, Fault(method, path, times, delay=seconds))

    def cut(self, method: str, path: str, *, times: int = 1, is_applied: bool = True) -> None:
        """Cut the connection in place of an answer, after doing what was asked, or before."""
        fault = Fault(method, path, times, cuts=True, is_applied=is_applied)
        self._do(self._rest.faults.append, fault)

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self._do(self._rest.faults.clear)

    def drop(self, *, is_resumable: bool = True, shard: int | None = None) -> None:
        """Cut the gateway; a session that can't be resumed loses what comes before the next."""
        self._do(self._gateway.drop, is_resumable=is_resumable, shard=shard)

    def invalidate(self, *, is_resumable: bool = False, shard: int | None = None) -> None:
        """Tell the bot that its session has ended, without cutting anything."""
        self._do(self._gateway.invalidate, is_resumable=is_resumable, shard=shard)

    def refuse(self, *codes: int) -> None:
        """Turn the next who come to the gateway away, each with one of the codes."""
        self._do(self._gateway.refuses.extend, codes)

    def advise(self, shards: int, gateway: str = "") -> None:
        """Ask for so many connections, and for them to another address."""
        self._rest.shards, self._rest.gateway = shards, gateway

    def beat(self, milliseconds: int) -> None:
        """Want signs of life so often of those who connect from now on."""
        self._gateway.heartbeat_ms = milliseconds

    def mute(self, is_mute: bool = True) -> None:
        """Leave signs of life unanswered."""
        self._gateway.is_mute = is_mute

    def sends(self, event: str, data: JSON) -> None:
        """Send the bot an event as it stands here, also one that Discord would not."""
        self._do(self._gateway.emit, event, data, 0)

    def advance(self, seconds: float) -> None:
        """Let time go by for Discord: ids, deadlines of interactions, nonces."""
        self._do(self._clock.advance, timedelta(seconds=seconds))

    # What the test asks

    def is_heard(self) -> bool:
        """Whether a bot listens; what is said from now on reaches it."""
        return self.heard_by() > 0

    def heard_by(self) -> int:
        """Return how many connections of a bot listen."""
        sessions = self._do(lambda: list(self._gateway.sessions.values()))
        return sum(session.socket is not None for session in sessions)

    @property
    def identified(self) -> int:
        """So many times a session was begun."""
        return self._gateway.identified

    @property
    def resumed(self) -> int:
        """So many times a session went on after a cut."""
        return self._gateway.resumed

    def requests(self, method: str = "*", path: str = "*") -> list[Request]:
        """Return what was asked so far."""
        wanted = Fault(method, path, 1)
        return self._do(lambda: [each for each in self._rest.requests if wanted.fits(each)])

    def wait(self, is_so: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Wait until something is true, and return it; blocks, so the bot must run elsewhere."""
        end = time.monotonic() + seconds
        while not (found := is_so()):
            self._check(end)
            time.sleep(0.005)
        return found

    async def until(self, is_so: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Do the same in a loop that the bot shares."""
        end = time.monotonic() + seconds
        while not (found := is_so()):
            self._check(end)
            await asyncio.sleep(0.005)
        return found

    def _check(self, end: float) -> None:
        if time.monotonic() > end:
            asked = [f"{each.method} {each.path} {each.status}" for each in self.requests()[-12:]]
            raise AssertionError(f"it did not come; the last requests were {asked}")

    def _find(self, message: Shown) -> Message:
        return self._world.message(message.channel, message.id)

    def _do(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry something out in the thread of the double, which alone touches its state."""

        async def carry_out() -> T:
            return verb(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(carry_out(), self._loop).result(PATIENCE)

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=32 << 20)
        self._rest.serve(app, self._gateway)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self._world.address = f"http://{host}:{port}"
        self.api_url = self._world.address + BASE
        self.gateway_url = self._gateway.address = f"ws://{host}:{port}"
        self._started.set()
        await self._ended.wait()
        self._gateway.drop(is_resumable=False)
        await runner.cleanup()

    @staticmethod
    def _application(clock: Clock, intents: int) -> JSON:
        owner = Person(clock.new_id(), "Operator").user()
        flags = sum(flag for intent, flag in FLAGS.items() if intents & intent)
        rest = {
            "icon": None,
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "",
        }
        known = {"id": str(clock.new_id()), "name": "Sage", "description": "", "flags": flags}
        return {**known, "owner": owner, **rest}
