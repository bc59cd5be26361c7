"""The REST side of the double: routes, and the faults that a test asked for."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from tests.adapters.discord.loopback_gateway import Gateway, veiled
from tests.adapters.discord.loopback_interactions import Interactions
from tests.adapters.discord.loopback_limits import JSON, Refused, invalid, unknown
from tests.adapters.discord.loopback_places import DIRECT, EVERYONE, Channel, Guild, Message
from tests.adapters.discord.loopback_world import EPHEMERAL, MESSAGE_CONTENT, World

BASE = "/api/v10"


@dataclass
class Request:
    """What a client asked, and how it was answered; 0 is not at all."""

    method: str
    path: str
    payload: Any
    status: int = 0


@dataclass
class Fault:
    """What goes wrong with the next requests of a kind."""

    method: str
    path: str
    times: int
    refused: Refused | None = None
    retry_after: float | None = None
    is_global: bool = False
    is_html: bool = False
    """Whether what stands before Discord answers, not Discord."""
    delay: float = 0
    cuts: bool = False
    is_applied: bool = True

    def fits(self, request: Request) -> bool:
        is_meant = self.method in (request.method, "*") and fnmatchcase(request.path, self.path)
        return is_meant and self.times > 0


@dataclass
class Call:
    """A request, taken apart."""

    world: World
    params: Mapping[str, str]
    query: Mapping[str, str]
    payload: Any
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def channel(self) -> Channel:
        return self.world.channel(self.params["channel"])

    @property
    def message(self) -> Message:
        found = self.world.message(self.channel, self.params["message"])
        if found.viewer is not None:
            raise unknown(10008, "Message")
        return found

    @property
    def own_message(self) -> Message:
        if self.message.author is not self.world.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        return self.message

    @property
    def guild(self) -> Guild:
        if int(self.params["guild"]) not in self.world.guilds:
            raise unknown(10004, "Guild")
        return self.world.guilds[int(self.params["guild"])]

    @property
    def scope(self) -> int | None:
        """The guild that commands are for, or None for all."""
        return int(self.params["guild"]) if "guild" in self.params else None


Handler = Callable[[Call], Any]


class Rest:
    """Answers requests."""

    def __init__(
        self, world: World, interactions: Interactions, application: JSON, token: str, allowed: int
    ) -> None:
        self._world = world
        self._interactions = interactions
        self._application = application
        self._token = token
        self._allowed = allowed
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.shards = 1
        """So many connections a bot is advised to have."""
        self.gateway = ""
        """Where a bot is advised to connect; here where empty."""
        self.mistakes: list[str] = []
        """What the double does not know, or did wrong."""

    def serve(self, app: web.Application, gateway: Gateway) -> None:
        """Put all routes into a server."""
        for path in ("/", "/resume"):
            app.router.add_get(path, gateway.connect)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self._download)
        for method, path, handler in self._routes():
            app.router.add_route(method, BASE + path, self._wrapped(handler))
        app.router.add_route("*", "/{rest:.*}", self._wrapped(self._unserved))

    def _routes(self) -> Iterator[tuple[str, str, Handler]]:
        world, commands = self._world, self._interactions
        yield "GET", "/users/@me", lambda call: world.bot.user()
        yield "GET", "/oauth2/applications/@me", lambda call: self._application
        yield "GET", "/gateway", lambda call: {"url": self._gateway_of_bot(call)["url"]}
        yield "GET", "/gateway/bot", self._gateway_of_bot
        yield "POST", "/users/@me/channels", self._open_direct
        yield "GET", "/users/@me/guilds", self._guilds
        yield "GET", "/users/{user}", self._user
        for path in ("/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"):
            yield "GET", path, lambda call: list(commands.commands.get(call.scope, {}).values())
            yield "PUT", path, lambda call: commands.register(call.scope, call.payload)
        yield "GET", "/guilds/{guild}", lambda call: call.guild.body()
        yield "GET", "/guilds/{guild}/channels", self._channels
        yield "GET", "/guilds/{guild}/threads/active", self._threads
        yield "GET", "/guilds/{guild}/members/{user}", self._member
        channel = "/channels/{channel}"
        yield "GET", channel, lambda call: call.channel.body()
        yield "PATCH", channel, self._fold
        yield "POST", channel + "/typing", lambda call: call.channel and None
        yield "GET", channel + "/messages", self._history
        yield "POST", channel + "/messages", self._post
        yield "POST", channel + "/threads", self._open_thread
        yield "GET", channel + "/threads/archived/public", self._folded
        yield "PUT", channel + "/thread-members/@me", lambda call: call.channel and None
        message = channel + "/messages/{message}"
        yield "GET", message, lambda call: self._readable(call.message)
        yield "PATCH", message, self._edit
        yield "DELETE", message, self._delete
        yield "POST", message + "/threads", self._open_thread
        reaction = message + "/reactions/{emoji}/@me"
        yield "PUT", reaction, lambda call: self._react(call, 1)
        yield "DELETE", reaction, lambda call: self._react(call, -1)
        yield "POST", "/interactions/{id}/{token}/callback", self._callback
        hook = "/webhooks/{app}/{token}"
        yield "POST", hook, self._follow_up
        yield "GET", hook + "/messages/{message}", lambda call: self._answer(call).body
        yield "PATCH", hook + "/messages/{message}", self._edit_answer
        yield "DELETE", hook + "/messages/{message}", lambda call: world.delete(self._answer(call))

    def _wrapped(self, handler: Handler) -> Callable[[web.Request], Any]:
        """Return what aiohttp calls: faults around the handler, and its answer as JSON."""

        async def answer(request: web.Request) -> web.Response:
            call = await self._taken_apart(request)
            known = Request(request.method, request.path.removeprefix(BASE), call.payload)
            self.requests.append(known)
            fault = next((each for each in self.faults if each.fits(known)), None)
            if fault is not None:
                fault.times -= 1
            response = self._carried_out(handler, call, request, fault)
            if fault is not None:
                await asyncio.sleep(fault.delay)
                if fault.cuts:
                    if request.transport is not None:
                        request.transport.abort()
                    return response
            known.status = response.status
            return response

        return answer

    def _carried_out(
        self, handler: Handler, call: Call, request: web.Request, fault: Fault | None
    ) -> web.Response:
        if fault is not None and fault.refused is not None:
            headers = {"Via": "1.1 google", "Retry-After": str(fault.retry_after)}
            if fault.is_html:
                page = "<html>Something stands between</html>"
                return web.Response(
                    text=page, status=fault.refused.status, content_type="text/html"
                )
            limits = {"retry_after": fault.retry_after, "global": fault.is_global}
            is_limit = fault.retry_after is not None
            body = fault.refused.body | (limits if is_limit else {})
            return _json(body, fault.refused.status, headers if is_limit else {})
        if fault is not None and not fault.is_applied:
            return _json(None)
        try:
            is_open = request.path.startswith((f"{BASE}/interactions/", f"{BASE}/webhooks/"))
            if not is_open and request.headers.get("Authorization") != f"Bot {self._token}":
                raise Refused(401, 0, "401: Unauthorized")
            return _json(handler(call))
        except Refused as refused:
            return _json(refused.body, refused.status)
        except Exception as error:
            self.mistakes.append(f"{request.method} {request.path}: {error!r}")
            raise

    async def _taken_apart(self, request: web.Request) -> Call:
        payload: Any = {}
        files = {}
        if request.content_type == "multipart/form-data":
            form = await request.post()
            payload = json.loads(str(form["payload_json"]))
            for name, part in form.items():
                if isinstance(part, web.FileField):
                    files[name] = (part.filename, await asyncio.to_thread(part.file.read))
        elif request.can_read_body:
            payload = await request.json()
        return Call(self._world, request.match_info, request.query, payload, files)

    async def _download(self, request: web.Request) -> web.Response:
        content = self._world.files.get(int(request.match_info["file"]))
        return web.Response(status=404) if content is None else web.Response(body=content)

    def _unserved(self, call: Call) -> None:
        self.mistakes.append(f"no such route: {call.params['rest']!r}")
        raise Refused(404, 0, "404: Not Found")

    def _gateway_of_bot(self, call: Call) -> JSON:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        url = self.gateway or self._world.address.replace("http", "ws")
        return {"url": url, "shards": self.shards, "session_start_limit": limit}

    def _user(self, call: Call) -> JSON:
        if int(call.params["user"]) not in self._world.people:
            raise unknown(10013, "User")
        return self._world.people[int(call.params["user"])].user()

    def _guilds(self, call: Call) -> list[JSON]:
        after = int(call.query.get("after", 0))
        guilds = (each for each in self._world.guilds.values() if each.id > after)
        return [{**each.body(), "owner": False, "permissions": str(EVERYONE)} for each in guilds]

    def _open_direct(self, call: Call) -> JSON:
        if int(call.payload["recipient_id"]) not in self._world.people:
            raise unknown(10013, "User")
        person = self._world.people[int(call.payload["recipient_id"])]
        return self._world.open_direct(person).body()

    def _channels(self, call: Call) -> list[JSON]:
        return [each.body() for each in call.guild.channels.values() if each.parent is None]

    def _threads(self, call: Call) -> JSON:
        threads = [
            each for each in call.guild.channels.values() if each.parent and not each.is_folded
        ]
        seen = [each.body() for each in threads if each.is_open_to(self._world.bot)]
        return {"threads": seen, "members": [], "has_more": False}

    def _folded(self, call: Call) -> JSON:
        """Return what is folded away in a channel."""
        parent = call.channel
        threads = [each for each in self._world.channels.values() if each.parent is parent]
        folded = [each.body() for each in threads if each.is_folded]
        return {"threads": folded, "members": [], "has_more": False}

    def _member(self, call: Call) -> JSON:
        if int(call.params["user"]) not in call.guild.people:
            raise unknown(10007, "Member")
        return call.guild.member(self._world.people[int(call.params["user"])])

    def _readable(self, message: Message) -> JSON:
        if message.channel.guild is None or self._allowed & MESSAGE_CONTENT:
            return message.body
        return veiled(message.body, self._world.bot)

    def _history(self, call: Call) -> list[JSON]:
        """Return messages next to one, or the last; always the newest first."""
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid("limit: 1 to 100")
        before, after = (int(call.query.get(key, 0)) for key in ("before", "after"))
        seen = [each for each in call.channel.messages.values() if each.viewer is None]
        found = [each for each in seen if each.id > after and (not before or each.id < before)]
        found = found[:limit] if "after" in call.query else found[-limit:]
        return [self._readable(each) for each in reversed(found)]

    def _post(self, call: Call) -> JSON:
        channel = call.channel
        if channel.kind == DIRECT and channel.owner is not None and not channel.owner.takes_direct:
            raise Refused(403, 50007, "Cannot send messages to this user")
        payload = {**call.payload, "flags": (call.payload.get("flags") or 0) & ~EPHEMERAL}
        return self._world.post(channel, self._world.bot, payload, call.files).body

    def _fold(self, call: Call) -> JSON:
        """Fold a thread away, or open it."""
        self._world.fold(call.channel, is_folded=call.payload["archived"])
        return call.channel.body()

    def _edit(self, call: Call) -> JSON:
        self._check_open(call)
        return self._world.edit(call.own_message, call.payload, call.files).body

    def _delete(self, call: Call) -> None:
        if call.message.author is not self._world.bot:
            raise Refused(403, 50013, "Missing Permissions")
        self._world.delete(call.message)

    def _check_open(self, call: Call) -> None:
        if call.channel.is_folded:
            raise Refused(400, 50083, "Thread is archived")

    def _react(self, call: Call, step: int) -> None:
        self._check_open(call)
        self._world.react(call.message, self._world.bot, call.params["emoji"], step)

    def _open_thread(self, call: Call) -> JSON:
        at = call.message.id if "message" in call.params else None
        return self._world.open_thread(call.channel, self._world.bot, call.payload, at).body()

    def _callback(self, call: Call) -> JSON:
        id_, token = int(call.params["id"]), call.params["token"]
        return self._interactions.answer(id_, token, call.payload, call.files)

    def _follow_up(self, call: Call) -> JSON:
        return self._interactions.follow_up(call.params["token"], call.payload, call.files).body

    def _answer(self, call: Call) -> Message:
        return self._interactions.message(call.params["token"], call.params["message"])

    def _edit_answer(self, call: Call) -> JSON:
        return self._world.edit(self._answer(call), call.payload, call.files).body


def _json(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    if body is None:
        return web.Response(status=204)
    # The type exactly: with a charset behind it, clients would not take it for JSON.
    known = {**(headers or {}), "Content-Type": "application/json"}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=known)
