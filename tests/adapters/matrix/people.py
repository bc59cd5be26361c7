"""People on a homeserver, who speak to it as any client does: over plain HTTP, with nothing of ours.

`async with people(synapse, "ada", "ben") as (ada, ben):` gives new people for one test. What a person
sees in a room is told by `seen`: each message as it reads now, the oldest first.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx

from tests.adapters.matrix.synapse import Synapse, User

POLL = "org.matrix.msc3381.poll"
"""How polls are named by the clients of today."""
_PATIENCE_S = 20.0
_TXN = itertools.count()


class RefusedError(Exception):
    """The homeserver did not do it."""

    def __init__(self, status: int, code: str, text: str) -> None:
        """Keep what it answered."""
        super().__init__(f"{status} {code}: {text}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class File:
    """A file that hangs on a message."""

    name: str
    media_type: str
    size_bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A message or a poll, as a person sees it now."""

    id: str
    sender: str
    text: str
    """As a client shows it: from the HTML where there is some, so that what is escaped is checked."""
    body: str
    html: str | None
    kind: str
    """The `msgtype`, or `poll`."""
    is_edited: bool
    reply_to: str | None
    thread: str | None
    mentions: frozenset[str]
    file: File | None
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who put which reaction, in the order in which they did."""
    is_pinned: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    """The answers of a poll by their ids."""
    is_ended: bool = False
    content: Mapping[str, Any] = field(default_factory=dict)
    at: int = 0
    """When it was posted, in milliseconds."""


class Person:
    """Somebody with a client; each method is one call, or an error."""

    def __init__(self, url: str, user: User) -> None:
        """Name their homeserver and their account."""
        self.user = user
        self.id = user.id
        self.name = user.id[1:].partition(":")[0]
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {user.token}"},
            timeout=60,
            verify=False,  # to load certificates takes longer than all else
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, content: Any = None, *, version: str = "v3", **query: Any
    ) -> Any:
        """Call the client API: the parts of the path are to be quoted already; see `_path`.

        Raises:
            RefusedError: The homeserver did not do it.
        """
        answer = await self._http.request(
            method,
            f"/_matrix/client/{version}/{path}",
            params={key: each for key, each in query.items() if each is not None},
            **({} if content is None else {"json": content}),
        )
        if answer.is_success:
            return answer.json()
        try:
            told = answer.json()
        except ValueError:
            told = {}
        raise RefusedError(
            answer.status_code, told.get("errcode", ""), told.get("error", answer.text)
        )

    # Speaking.

    async def put(self, room: str, type: str, content: Mapping[str, Any]) -> str:
        """Send an event of any sort, and return its id."""
        path = _path("rooms", room, "send", type, f"{secrets.token_hex(4)}.{next(_TXN)}")
        return str((await self.ask("PUT", path, content))["event_id"])

    async def say(self, room: str, text: str, **more: Any) -> str:
        """Write a message; `more` are fields of its content, with `_` where the name has a dot.

        `mentions` names those whom it mentions, `html` is its formatted body, `msgtype` its sort.
        """
        return await self.put(room, "m.room.message", _content(text, **more))

    async def notice(self, room: str, text: str) -> str:
        """Write as bots do."""
        return await self.say(room, text, msgtype="m.notice")

    async def reply(
        self, room: str, to: str, text: str, *, fallback: str | None = None, **more: Any
    ) -> str:
        """Answer a message; older clients quote it before their text, as a fallback."""
        content = _content(text if fallback is None else f"{_quoted(fallback)}\n\n{text}", **more)
        if fallback is not None:
            content["format"] = "org.matrix.custom.html"
            content["formatted_body"] = f"<mx-reply><blockquote>x</blockquote></mx-reply>{text}"
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": to}}
        return await self.put(room, "m.room.message", content)

    async def say_in_thread(
        self, room: str, root: str, text: str, *, reply_to: str | None = None, **more: Any
    ) -> str:
        """Write in the thread that begins with a message; a reply to one in it where that is named."""
        relation = {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": reply_to is None,
            "m.in_reply_to": {"event_id": reply_to or root},
        }
        content = _content(text, **more) | {"m.relates_to": relation}
        return await self.put(room, "m.room.message", content)

    async def edit(self, room: str, message: str, text: str, **more: Any) -> str:
        """Change what a message says."""
        new = _content(text, **more)
        content = {
            **new,
            "body": f"* {text}",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": message},
        }
        return await self.put(room, "m.room.message", content)

    async def redact(self, room: str, event: str, reason: str = "") -> str:
        """Take an event away."""
        path = _path("rooms", room, "redact", event, f"{secrets.token_hex(4)}.{next(_TXN)}")
        return str((await self.ask("PUT", path, {"reason": reason}))["event_id"])

    async def react(self, room: str, message: str, emoji: str) -> str:
        """Put a reaction on a message, and return the id of its event."""
        relation = {"rel_type": "m.annotation", "event_id": message, "key": emoji}
        return await self.put(room, "m.reaction", {"m.relates_to": relation})

    async def unreact(self, room: str, message: str, emoji: str) -> None:
        """Take one's own reaction away."""
        for each in await self.relations(room, message, "m.annotation"):
            is_same = each["content"].get("m.relates_to", {}).get("key") == emoji
            if is_same and each["sender"] == self.id:
                await self.redact(room, each["event_id"])

    async def relations(self, room: str, event: str, rel_type: str) -> list[Mapping[str, Any]]:
        """Return the events that relate to one, the newest first."""
        path = _path("rooms", room, "relations", event, rel_type)
        return list((await self.ask("GET", path, version="v1", limit=1000))["chunk"])

    async def pin(self, room: str, *messages: str) -> None:
        """Let these messages be the pinned ones of a room."""
        await self.set(room, "m.room.pinned_events", {"pinned": list(messages)})

    # Files.

    async def upload(self, raw: bytes, name: str, media_type: str) -> str:
        """Bring a file to the homeserver, and return its mxc address."""
        answer = await self._http.post(
            "/_matrix/media/v3/upload",
            params={"filename": name},
            content=raw,
            headers={"Content-Type": media_type},
        )
        assert answer.is_success, answer.text
        return str(answer.json()["content_uri"])

    async def send_file(
        self, room: str, raw: bytes, name: str, media_type: str = "text/plain", **more: Any
    ) -> str:
        """Send a file; `text` among `more` is what is said with it."""
        text = more.pop("text", name)
        sort = media_type.partition("/")[0]
        content = {
            "msgtype": f"m.{sort}" if sort in ("image", "audio", "video") else "m.file",
            "body": text,
            "filename": name,
            "url": await self.upload(raw, name, media_type),
            "info": {"mimetype": media_type, "size": len(raw)},
            **more,
        }
        return await self.put(room, "m.room.message", content)

    async def download(self, url: str) -> bytes:
        """Return the bytes of a file by its mxc address."""
        server, _, id = url.removeprefix("mxc://").partition("/")
        answer = await self._http.get(f"/_matrix/client/v1/media/download/{server}/{id}")
        assert answer.is_success, answer.text
        return answer.content

    # Polls.

    async def open_poll(
        self, room: str, question: str, options: Sequence[str], *, most: int = 1, prefix: str = POLL
    ) -> str:
        """Open a poll, whose answers have the ids `a0`, `a1` and so on; `m.poll` is the stable prefix."""
        answers = [
            {"m.id": f"a{place}", "m.text": [{"body": each}]}
            if prefix == "m.poll"
            else {"id": f"a{place}", "org.matrix.msc1767.text": each}
            for place, each in enumerate(options)
        ]
        asked: Any = (
            {"m.text": [{"body": question}]}
            if prefix == "m.poll"
            else {"org.matrix.msc1767.text": question}
        )
        inner = "m.poll" if prefix == "m.poll" else f"{POLL}.start"
        kind = "m.disclosed" if prefix == "m.poll" else f"{POLL}.disclosed"
        content = {
            inner: {"question": asked, "kind": kind, "max_selections": most, "answers": answers},
            "m.text" if prefix == "m.poll" else "org.matrix.msc1767.text": question,
        }
        return await self.put(room, f"{prefix}.start", content)

    async def vote(self, room: str, poll: str, *answers: str, prefix: str = POLL) -> str:
        """Vote for these answers, by their ids; none takes the vote back."""
        given: Mapping[str, Any] = (
            {"m.selections": list(answers)}
            if prefix == "m.poll"
            else {f"{POLL}.response": {"answers": list(answers)}}
        )
        content = {**given, "m.relates_to": {"rel_type": "m.reference", "event_id": poll}}
        return await self.put(room, f"{prefix}.response", content)

    async def end_poll(self, room: str, poll: str, *, prefix: str = POLL) -> str:
        """Close a poll."""
        relation = {"rel_type": "m.reference", "event_id": poll}
        content = {"m.relates_to": relation, f"{prefix}.end": {}, "m.text": [{"body": "The end"}]}
        return await self.put(room, f"{prefix}.end", content)

    # Rooms.

    async def create_room(
        self,
        name: str = "",
        *,
        invite: Iterable[str] = (),
        preset: str = "private_chat",
        join_rule: str | None = None,
        allow: Iterable[str] = (),
        history: str | None = None,
        power: Mapping[str, int] | None = None,
        encrypted: bool = False,
        direct: bool = False,
        version: str | None = None,
        state: Iterable[Mapping[str, Any]] = (),
        **more: Any,
    ) -> str:
        """Make a room, and return its id.

        Args:
            name: What it is called; without a name where empty.
            invite: The ids of those who are invited at once.
            preset: `private_chat`, `public_chat` or `trusted_private_chat`.
            join_rule: `public`, `invite`, `knock`, `restricted` or `knock_restricted`.
            allow: The ids of the spaces whose members may join, for the restricted ones.
            history: `joined`, `invited`, `shared` or `world_readable`.
            power: The levels of people by their ids; the own one is kept.
            encrypted: Whether all that is written is encrypted.
            direct: Whether it is told to be a direct talk.
            version: The version of the room; the homeserver's own choice where None.
            state: More events of its first state.
            more: Whatever else the call takes, such as `creation_content`.
        """
        first = list(state)
        if join_rule is not None:
            first.append(_state("m.room.join_rules", join_rules(join_rule, allow)))
        if history is not None:
            first.append(_state("m.room.history_visibility", {"history_visibility": history}))
        if encrypted:
            first.append(_state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))
        asked: dict[str, Any] = {
            "preset": preset,
            "invite": list(invite),
            "is_direct": direct,
            "initial_state": first,
            **more,
        }
        if name:
            asked["name"] = name
        if version is not None:
            asked["room_version"] = version
        if power is not None:
            users = dict(power) if int(version or 12) >= 12 else {self.id: 100} | dict(power)
            asked["power_level_content_override"] = {"users": users}
        return str((await self.ask("POST", "createRoom", asked))["room_id"])

    async def create_space(
        self, name: str = "", *, children: Iterable[str] = (), **more: Any
    ) -> str:
        """Make a space of these rooms, and return its id; `more` as for a room."""
        space = await self.create_room(name, creation_content={"type": "m.space"}, **more)
        for each in children:
            await self.add_child(space, each)
        return space

    async def add_child(self, space: str, room: str) -> None:
        """Put a room into a space, which the space says and the room does not."""
        await self.set(space, "m.space.child", {"via": ["localhost"]}, room)

    async def take_child(self, space: str, room: str) -> None:
        """Take a room out of a space."""
        await self.set(space, "m.space.child", {}, room)

    async def add_parent(self, room: str, space: str, *, is_canonical: bool = True) -> None:
        """Let a room say that it is in a space."""
        content = {"via": ["localhost"], "canonical": is_canonical}
        await self.set(room, "m.space.parent", content, space)

    async def set(
        self, room: str, type: str, content: Mapping[str, Any], state_key: str = ""
    ) -> str:
        """Set a state of a room, and return the id of its event."""
        path = _path("rooms", room, "state", type) + "/" + quote(state_key, safe="")
        return str((await self.ask("PUT", path, content))["event_id"])

    async def get(self, room: str, type: str, state_key: str = "") -> Mapping[str, Any]:
        """Return a state of a room."""
        path = _path("rooms", room, "state", type) + "/" + quote(state_key, safe="")
        found: Mapping[str, Any] = await self.ask("GET", path)
        return found

    async def set_join_rule(self, room: str, rule: str, allow: Iterable[str] = ()) -> None:
        """Say who may join; the spaces where it is a restricted one."""
        await self.set(room, "m.room.join_rules", join_rules(rule, allow))

    async def set_history(self, room: str, visibility: str) -> None:
        """Say who may read what was written before."""
        content = {"history_visibility": visibility}
        await self.set(room, "m.room.history_visibility", content)

    async def set_power(self, room: str, levels: Mapping[str, int], **more: Any) -> None:
        """Give people their levels; `more` are other fields, such as `events_default`."""
        content = dict(await self.get(room, "m.room.power_levels"))
        content["users"] = {**content.get("users", {}), **levels}
        await self.set(room, "m.room.power_levels", content | more)

    async def rename_room(self, room: str, name: str) -> None:
        await self.set(room, "m.room.name", {"name": name})

    async def upgrade(self, room: str, version: str = "11") -> str:
        """Let another room take the place of one, and return its id."""
        answer = await self.ask("POST", _path("rooms", room, "upgrade"), {"new_version": version})
        return str(answer["replacement_room"])

    # People.

    async def invite(self, room: str, *people: str) -> None:
        for each in people:
            await self.ask("POST", _path("rooms", room, "invite"), {"user_id": each})

    async def join(self, room: str) -> None:
        """Join a room: by an invitation, or as its rule lets one."""
        await self.ask("POST", _path("join", room), {})

    async def knock(self, room: str) -> None:
        await self.ask("POST", _path("knock", room), {})

    async def leave(self, room: str) -> None:
        await self.ask("POST", _path("rooms", room, "leave"), {})

    async def kick(self, room: str, user: str) -> None:
        await self.ask("POST", _path("rooms", room, "kick"), {"user_id": user})

    async def ban(self, room: str, user: str) -> None:
        await self.ask("POST", _path("rooms", room, "ban"), {"user_id": user})

    async def unban(self, room: str, user: str) -> None:
        await self.ask("POST", _path("rooms", room, "unban"), {"user_id": user})

    async def rename(self, name: str) -> None:
        """Take another name, in all rooms."""
        await self.ask("PUT", _path("profile", self.id, "displayname"), {"displayname": name})

    async def members(self, room: str) -> Mapping[str, str]:
        """Return the membership of everyone by their ids."""
        found = (await self.ask("GET", _path("rooms", room, "members")))["chunk"]
        return {each["state_key"]: each["content"]["membership"] for each in found}

    async def invitations(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the rooms that they are invited to, with what is told of each."""
        found = (await self.ask("GET", "sync", timeout=0))["rooms"].get("invite", {})
        return {room: each["invite_state"]["events"] for room, each in found.items()}

    async def joined(self) -> frozenset[str]:
        """Return the rooms that they are in."""
        return frozenset((await self.ask("GET", "joined_rooms"))["joined_rooms"])

    async def direct(self, user: str) -> str:
        """Begin a direct talk with somebody, and return its room."""
        return await self.create_room(invite=[user], preset="trusted_private_chat", direct=True)

    # Seeing.

    async def events(self, room: str) -> list[Mapping[str, Any]]:
        """Return all events of a room that they may read, the oldest first.

        Raises:
            RefusedError: They may read nothing of it.
        """
        found: list[Mapping[str, Any]] = []
        start: str | None = None
        while True:
            query: dict[str, Any] = {"dir": "b", "limit": 1000, "from": start}
            page = await self.ask("GET", _path("rooms", room, "messages"), **query)
            found += page["chunk"]
            start = page.get("end")
            if start is None or not page["chunk"]:
                return found[::-1]

    async def seen(self, room: str) -> list[Seen]:
        """Return the messages and polls of a room as they read now, the oldest first."""
        events = await self.events(room)
        pinned: frozenset[str] = frozenset()
        for each in events:
            if each["type"] == "m.room.pinned_events":
                pinned = frozenset(each["content"].get("pinned", ()))
        return _seen(events, pinned)

    async def texts(self, room: str, *, of: str | None = None) -> list[str]:
        """Return what the messages of a room say now; those of one person alone where named."""
        return [each.text for each in await self.seen(room) if of in (None, each.sender)]

    async def can_read(self, room: str, event: str) -> bool:
        """Whether they may read an event now, by asking for it."""
        try:
            await self.ask("GET", _path("rooms", room, "event", event))
        except RefusedError:
            return False
        return True

    async def until(
        self, room: str, is_so: Callable[[Sequence[Seen]], bool], *, patience_s: float = _PATIENCE_S
    ) -> list[Seen]:
        """Come back with what is seen in a room once that is as wanted.

        Raises:
            AssertionError: It is not, after much patience.
        """
        end = time.monotonic() + patience_s
        filter = '{"presence":{"types":[]},"room":{"timeline":{"limit":1}}}'
        since = (await self.ask("GET", "sync", filter=filter, timeout=0))["next_batch"]
        while True:
            seen = await self.seen(room)
            if is_so(seen):
                return seen
            left = end - time.monotonic()
            assert left > 0, f"still {[(each.sender, each.text) for each in seen]}"
            wait_ms = int(min(left, 5) * 1000)
            answer = await self.ask("GET", "sync", filter=filter, since=since, timeout=wait_ms)
            since = answer["next_batch"]

    async def until_joined(self, room: str, user: str, *, patience_s: float = _PATIENCE_S) -> None:
        """Come back once somebody is in a room.

        Raises:
            AssertionError: They are not, after much patience.
        """
        end = time.monotonic() + patience_s
        while (await self.members(room)).get(user) != "join":
            assert time.monotonic() < end, f"{user} is still not in {room}"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def people(synapse: Synapse, *names: str) -> AsyncIterator[list[Person]]:
    """Give new people, whose ids begin with these names; their clients end with the context."""
    async with AsyncExitStack() as stack:
        found = []
        for name in names:
            user = await asyncio.to_thread(synapse.user, f"{name}-{secrets.token_hex(4)}")
            person = Person(synapse.url, user)
            stack.push_async_callback(person.close)
            await person.rename(name.title())
            found.append(person)
        yield found


def join_rules(rule: str, allow: Iterable[str] = ()) -> dict[str, Any]:
    """Return the content of the state that says who may join."""
    content: dict[str, Any] = {"join_rule": rule}
    if spaces := list(allow):
        content["allow"] = [{"type": "m.room_membership", "room_id": each} for each in spaces]
    return content


def shown(html: str) -> str:
    """Return what a client shows of a formatted body, as plain text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _state(type: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": type, "state_key": "", "content": content}


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _content(
    text: str,
    *,
    html: str | None = None,
    mentions: Iterable[str] | None = None,
    msgtype: str = "m.text",
    **more: Any,
) -> dict[str, Any]:
    content: dict[str, Any] = {"msgtype": msgtype, "body": text}
    if html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    if mentions is not None:
        content["m.mentions"] = {"user_ids": list(mentions)}
    return content | {key.replace("_", "."): each for key, each in more.items()}


def _seen(events: Sequence[Mapping[str, Any]], pinned: frozenset[str]) -> list[Seen]:
    by_id = {each["event_id"]: each for each in events}
    newest: dict[str, Mapping[str, Any]] = {}
    reactions: dict[str, dict[str, list[str]]] = {}
    ended: set[str] = set()
    for each in events:
        relation = each["content"].get("m.relates_to")
        target = relation.get("event_id") if isinstance(relation, dict) else None
        if target is None:
            continue
        sort, of = relation.get("rel_type"), by_id.get(target)
        if sort == "m.replace" and of is not None and of["sender"] == each["sender"]:
            newest[target] = each
        elif sort == "m.annotation":
            reactions.setdefault(target, {}).setdefault(relation["key"], []).append(each["sender"])
        elif each["type"] in (f"{POLL}.end", "m.poll.end"):
            ended.add(target)
    return [
        _one(each, newest.get(id), reactions.get(id, {}), id in pinned, id in ended)
        for id, each in by_id.items()
        if _is_shown(each)
    ]


def _is_shown(event: Mapping[str, Any]) -> bool:
    relation = event["content"].get("m.relates_to") or {}
    is_kind = event["type"] in ("m.room.message", f"{POLL}.start", "m.poll.start")
    is_redacted = "redacted_because" in event.get("unsigned", {})
    return is_kind and not is_redacted and relation.get("rel_type") != "m.replace"


def _one(
    event: Mapping[str, Any],
    edit: Mapping[str, Any] | None,
    reactions: Mapping[str, Sequence[str]],
    is_pinned: bool,
    is_ended: bool,
) -> Seen:
    content = event["content"] if edit is None else edit["content"].get("m.new_content", {})
    relation = event["content"].get("m.relates_to") or {}
    is_thread = relation.get("rel_type") == "m.thread"
    answers = relation.get("m.in_reply_to", {}).get("event_id")
    if is_thread and relation.get("is_falling_back"):
        answers = None
    is_poll = event["type"] != "m.room.message"
    question, options = _poll(content) if is_poll else ("", {})
    body = question if is_poll else content.get("body", "")
    html = content.get("formatted_body")
    return Seen(
        event["event_id"],
        event["sender"],
        body if html is None else shown(html),
        body,
        html,
        "poll" if is_poll else content.get("msgtype", ""),
        edit is not None,
        answers,
        relation["event_id"] if is_thread else None,
        frozenset(content.get("m.mentions", {}).get("user_ids", ())),
        _file(content),
        {key: tuple(each) for key, each in reactions.items()},
        is_pinned,
        options,
        is_ended,
        content,
        event["origin_server_ts"],
    )


def _file(content: Mapping[str, Any]) -> File | None:
    url = content.get("url") or content.get("file", {}).get("url")
    if url is None:
        return None
    info = content.get("info", {})
    name = content.get("filename", content.get("body", ""))
    return File(name, info.get("mimetype", ""), info.get("size", 0), url)


def _poll(content: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    poll = content.get("m.poll") or content.get(f"{POLL}.start") or {}
    options = {
        str(each.get("m.id", each.get("id"))): _extensible(each) for each in poll.get("answers", ())
    }
    return _extensible(poll.get("question", {})), options


def _extensible(content: Mapping[str, Any]) -> str:
    """Return the text of what may be told in several forms."""
    text = content.get("m.text", content.get("org.matrix.msc1767.text", content.get("body", "")))
    if isinstance(text, list):
        return str(text[0].get("body", "")) if text else ""
    return str(text)


class _Reader(HTMLParser):
    """Reads a formatted body as a client shows it, in plain text."""

    _BLOCKS = frozenset(
        {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre"}
        | {"table", "tr", "details", "summary"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden = 0
        self._kept = 0
        self._counts: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "mx-reply":
            self._hidden += 1
        if tag == "pre":
            self._kept += 1
        if tag in self._BLOCKS:
            self._line()
        if tag == "br":
            self._parts.append("\n")
        elif tag == "hr":
            self._line()
            self._parts.append("---\n")
        elif tag in ("ul", "ol"):
            start = dict(attrs).get("start") or "1"
            self._counts.append(int(start) if tag == "ol" else None)
        elif tag == "li" and self._counts:
            count = self._counts[-1]
            self._parts.append("- " if count is None else f"{count}. ")
            self._counts[-1] = None if count is None else count + 1
        elif tag == "td" and self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\t")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mx-reply":
            self._hidden -= 1
        if tag == "pre":
            self._kept -= 1
        if tag in ("ul", "ol") and self._counts:
            self._counts.pop()
        if tag in self._BLOCKS:
            self._line()

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if not self._kept:
            lead, tail = data[:1].isspace(), data[-1:].isspace()
            inner = " ".join(data.split())
            if not inner:
                data = " " if self._parts and not self._parts[-1].endswith(("\n", " ")) else ""
            else:
                starts = lead and self._parts and not self._parts[-1].endswith(("\n", " "))
                data = (" " if starts else "") + inner + (" " if tail else "")
        if data:
            self._parts.append(data)

    def text(self) -> str:
        """Return all that was read."""
        return "\n".join(line.rstrip() for line in "".join(self._parts).strip().split("\n"))

    def _line(self) -> None:
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
