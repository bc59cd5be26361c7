"""The gateway of the double: sessions that outlive their sockets, and what each of them may hear."""

import asyncio
import json
import zlib
from collections.abc import Collection
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters.discord.loopback_limits import JSON
from tests.adapters.discord.loopback_places import Person
from tests.adapters.discord.loopback_world import (
    GUILD_MEMBERS,
    GUILDS,
    MESSAGE_CONTENT,
    PRESENCES,
    World,
)

PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
CONTENT = {"content": "", "embeds": [], "attachments": [], "components": []}


def veiled(body: JSON, bot: Person) -> JSON:
    """Return a message without its content, where a bot without that intent would get none."""
    own = {str(body["author"]["id"]), *(each["id"] for each in body["mentions"])}
    return body if str(bot.id) in own else {**body, **CONTENT}


class Socket:
    """One connection, which sends what it is given in order."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.session: Session | None = None
        self._transport = request.transport
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self._zip = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    def put(self, op: int, data: object, **more: object) -> None:
        self._frames.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None, **more}))

    async def write(self) -> None:
        with suppress(ConnectionError):
            while True:
                frame = await self._frames.get()
                if self._zip is None:
                    await self.ws.send_str(frame)
                else:
                    packed = self._zip.compress(frame.encode()) + self._zip.flush(zlib.Z_SYNC_FLUSH)
                    await self.ws.send_bytes(packed)

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()


@dataclass(eq=False)
class Session:
    """What a client said about itself, and all that it was sent."""

    id: str
    intents: int
    shard: tuple[int, int] | None = None
    """Its number, and of how many; None where it hears of all guilds."""
    socket: Socket | None = None
    sent: list[JSON] = field(default_factory=list)

    def hears(self, guild: int) -> bool:
        """Whether it is told of a guild; of what is in none (0), the first shard is."""
        return self.shard is None or (guild >> 22) % self.shard[1] == self.shard[0]

    def send(self, event: str, data: object) -> None:
        # Copied, as the world goes on changing what it told of.
        frame = {"data": deepcopy(data), "t": event, "s": len(self.sent) + 1}
        self.sent.append(frame)
        if self.socket is not None:
            self.socket.put(0, **frame)


class Gateway:
    """Where clients listen."""

    def __init__(self, token: str, application: JSON, allowed: int) -> None:
        self.world: World
        self.address = ""
        self.sessions: dict[str, Session] = {}
        self._token = token
        self._application = application
        self._allowed = allowed
        self.resumed = 0
        """So many times a session went on."""
        self.identified = 0
        """So many times a session was begun."""
        self.refuses: list[int] = []
        """The codes that the next who identify are turned away with."""
        self.heartbeat_ms = 41250
        self.is_mute = False
        """Whether signs of life stay unanswered."""

    def emit(self, event: str, data: JSON, intent: int) -> None:
        """Send an event to each session that asked for it; 0 goes to all."""
        guild = int(data.get("id" if event in ("GUILD_CREATE", "GUILD_DELETE") else "guild_id", 0))
        for session in self.sessions.values():
            if (intent and not session.intents & intent) or not session.hears(guild):
                continue
            hides = event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and "guild_id" in data
            is_veiled = hides and not session.intents & MESSAGE_CONTENT
            session.send(event, veiled(data, self.world.bot) if is_veiled else data)

    def drop(self, *, is_resumable: bool, shard: int | None = None) -> None:
        """Cut all sockets; a session that can't go on is forgotten, and whatever comes is lost to it."""
        for session in self._of(shard):
            if session.socket is not None:
                session.socket.cut()
                session.socket = None
            if not is_resumable:
                del self.sessions[session.id]

    def invalidate(self, *, is_resumable: bool, shard: int | None = None) -> None:
        """Tell sessions that they have ended, or else to begin once more where they are."""
        for session in self._of(shard):
            if session.socket is not None:
                session.socket.put(9, is_resumable)
            if not is_resumable:
                session.socket = None
                del self.sessions[session.id]

    def _of(self, shard: int | None) -> list[Session]:
        each = self.sessions.values()
        return [one for one in each if shard is None or (one.shard and one.shard[0] == shard)]

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        ws = web.WebSocketResponse(timeout=1)
        await ws.prepare(request)
        socket = Socket(ws, request)
        writer = asyncio.create_task(socket.write())
        socket.put(10, {"heartbeat_interval": self.heartbeat_ms})
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    said = json.loads(message.data)
                    code = self._hear(socket, said["op"], said.get("d"))
                    if code is not None:
                        await ws.close(code=code)
        finally:
            writer.cancel()
            session = socket.session
            if session is not None and session.socket is socket:
                session.socket = None
                if ws.close_code in (1000, 1001):
                    self.sessions.pop(session.id, None)
        return ws

    def _hear(self, socket: Socket, op: int, data: Any) -> int | None:
        """Do what a client says; return the code to close with, where it went wrong."""
        if op == 1:
            if not self.is_mute:
                socket.put(11, None)
        elif op in (2, 6) and data["token"] != self._token:
            return 4004
        elif op == 2:
            return self._identify(socket, data["intents"], data.get("shard"))
        elif op == 6:
            self._resume(socket, data)
        elif socket.session is None:
            return 4003
        elif op == 8:
            self._send_members(socket.session, data)
        return None

    def _identify(self, socket: Socket, intents: int, shard: list[int] | None) -> int | None:
        if socket.session is not None:
            return 4005
        if self.refuses:
            return self.refuses.pop(0)
        if intents & PRIVILEGED & ~self._allowed:
            return 4014
        part = (shard[0], shard[1]) if shard else None
        session = Session(f"session{self.world.clock.new_id()}", intents, part, socket)
        self.sessions[session.id] = socket.session = session
        self.identified += 1
        guilds = [each for each in self.world.guilds.values() if session.hears(each.id)]
        session.send(
            "READY",
            {
                "v": 10,
                "user": self.world.bot.user(),
                "session_id": session.id,
                "resume_gateway_url": f"{self.address}/resume",
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "application": self._application,
                **({} if shard is None else {"shard": shard}),
            },
        )
        for guild in guilds:
            everyone = [person for person, _ in guild.people.values()]
            is_all = intents & GUILD_MEMBERS and intents & PRESENCES
            if intents & GUILDS:
                session.send(
                    "GUILD_CREATE", guild.created(everyone if is_all else [self.world.bot])
                )
        return None

    def _resume(self, socket: Socket, data: JSON) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            socket.put(9, False)
            return
        session.socket, socket.session = socket, session
        for frame in session.sent[data["seq"] :]:
            socket.put(0, **frame)
        self.resumed += 1
        session.send("RESUMED", {})

    def _send_members(self, session: Session, wanted: JSON) -> None:
        guild = self.world.guilds[int(wanted["guild_id"])]
        ids: Collection[str] = {str(each) for each in wanted.get("user_ids", ())}
        start = wanted.get("query", "").lower()
        found = [
            guild.member(person)
            for person, _ in guild.people.values()
            if (str(person.id) in ids if ids else person.name.lower().startswith(start))
        ]
        if not ids and not session.intents & GUILD_MEMBERS:
            found = []
        if wanted.get("limit"):
            found = found[: wanted["limit"]]
        chunks = [found[at : at + 1000] for at in range(0, len(found), 1000)] or [[]]
        for index, members in enumerate(chunks):
            known = {"guild_id": str(guild.id), "members": members, "nonce": wanted.get("nonce")}
            counts = {"chunk_index": index, "chunk_count": len(chunks)}
            session.send("GUILD_MEMBERS_CHUNK", {**known, **counts})
