"""People on IRC, each on a bare connection of their own, as the rules of the contract need them."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import Chosen, Event, GapEnded, MessagePosted, ReplyHandle
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import PlatformError
from learncomm_agent.testing.world import Doing, Lack, PlainWorld, Seen
from learncomm_agent.words import Words
from tests.adapters.irc.page import adapter

AGENT = "learncomm"
HOME = "#home"
LOOKS = re.compile(r"[\x02\x1d\x11]")
PATIENCE_S = 20.0
_LOOK_S = 0.002
_numbers = count()


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody reads."""

    nick: str
    target: str
    text: str


class Person:
    """Somebody with a plain client, which shows line after line."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.lines: list[Line] = []
        self.raw: list[str] = []
        self._pings = count()

    async def connect(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self.write("USER someone 0 * :Someone", f"NICK {self.nick}")
        self._reading = asyncio.create_task(self._read())
        while not (seen := [each for each in self.raw if " 001 " in each or " 433 " in each]):
            await self.sync()
        if " 433 " in seen[0]:  # the one before is not out of the door yet
            await self.close()
            self.raw.clear()
            await self.connect(port)

    async def close(self) -> None:
        self._writer.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        with suppress(OSError):
            await self._writer.wait_closed()

    def write(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    def say(self, target: str, text: str) -> None:
        assert "\n" not in text
        self.lines.append(Line(self.nick, target, text))
        self.write(f"PRIVMSG {target} :{text}")

    async def sync(self) -> None:
        """Come back when all has come that the server had for them."""
        token = f"{self.nick}-{next(self._pings)}"
        self.write(f"PING {token}")
        await until(lambda: any(each.endswith(token) for each in self.raw))

    async def _read(self) -> None:
        while line := (await self._reader.readline()).decode().rstrip("\r\n"):
            self.raw.append(line)
            found = re.fullmatch(r":([^!]+)!\S+ PRIVMSG (\S+) :(.*)", line)
            if found:
                self.lines.append(Line(*found.groups()))


class IrcWorld(PlainWorld):
    """One server, of which the agent knows a channel where the host leads."""

    platform: Any
    lacks = frozenset(Lack)

    def __init__(
        self, folder: Path, words: Words, port: int, clock: Clock | None = None, **options: Any
    ) -> None:
        self._port, self._home = port, f"{HOME}{next(_numbers)}"
        self._surroundings = Surroundings(
            folder,
            clock or SystemClock(),
            words,
            Catalogue(()),
            options=adapter().Options(
                server="127.0.0.1",
                port=port,
                nick=AGENT,
                channels=(self._home,),
                **{"pause_s": 0.0, **options},
            ),
        )
        self.host = Person("host")
        self._people: dict[str, Person] = {}
        self._rooms: dict[str, list[str]] = {}
        self._told: list[Event] = []
        self._said: dict[tuple[str, str], list[MessageRef]] = defaultdict(list)
        self._posts: dict[str, list[tuple[MessageRef, int]]] = defaultdict(list)
        self._lock = asyncio.Lock()
        self._is_away = False
        self.platform = self._adapter()

    async def open(self) -> None:
        await self.host.connect(self._port)
        self.host.write(f"JOIN {self._home}")
        await self.host.sync()

    async def close(self) -> None:
        await self.platform.stop()
        await self._gone()
        for each in (self.host, *self._people.values()):
            await each.close()

    @property
    def space(self) -> SpaceRef:
        return SpaceRef("irc", "127.0.0.1")

    @property
    def home(self) -> RoomRef:
        """The channel whose operators lead."""
        return RoomRef(self.space, self._home)

    def person(self, account: AccountRef) -> Person:
        """Return somebody's client."""
        return self._people[account.id]

    async def promote(self, account: AccountRef, room: RoomRef) -> None:
        """Make somebody an operator of a channel."""
        await self.person(account).sync()
        self.host.write(f"MODE {room.id} +o {account.id}")
        await self.host.sync()

    async def renew(self) -> None:
        await self._gone()
        channels = (self._home, *self._rooms)
        options = self._surroundings.options.model_copy(update={"channels": channels})
        self._surroundings = Surroundings(
            self._surroundings.folder,
            self._surroundings.clock,
            self._surroundings.phrases,
            self._surroundings.catalogue,
            options=options,
        )
        self.platform = self._adapter()

    @asynccontextmanager
    async def away(self, stop: Doing, start: Doing) -> AsyncIterator[None]:
        """Let the server throw the agent out, and not let it in again for a while."""
        self.host.write(f"BAN {AGENT}")
        await self._gone()
        self._is_away, told = True, len(self._told)
        yield
        self._is_away = False
        self.host.write(f"UNBAN {AGENT}")
        await until(lambda: any(isinstance(each, GapEnded) for each in self._told[told:]))

    async def member(self, name: str) -> AccountRef:
        person = self._people[name] = Person(name)
        await person.connect(self._port)
        person.write(f"JOIN {self._home}")
        return AccountRef("irc", name)

    async def leader(self, name: str) -> AccountRef:
        account = await self.member(name)
        await self.promote(account, home := self.home)
        await until_true(lambda: self._reads(account, home))
        # What makes a leader is known once the list of names has come, as is whatever is said then.
        for _ in range(2):
            await self.says(account, home, "Good morning")
        return account

    async def room(self, *members: AccountRef) -> RoomRef:
        room = RoomRef(self.space, f"#room{next(_numbers)}")
        self.host.write(f"JOIN {room.id}", f"INVITE {AGENT} {room.id}")
        host = AccountRef("irc", self.host.nick)
        await until_true(lambda: self._reads(host, room))
        for each in members:
            self._people[each.id].write(f"JOIN {room.id}")
            await until_true(lambda each=each: self._reads(each, room))  # type: ignore[misc]
        self.host.write(f"PART {room.id}")
        await until_true(lambda: self._reads(host, room, is_expected=False))
        self._rooms[room.id] = [each.id for each in members]
        return room

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        assert reply_to is None
        told = len(self._told)
        is_direct = room.id == member.id
        self._people[member.id].say(AGENT if is_direct else room.id, text)
        if self._is_away:
            ref = MessageRef(room, f"unheard-{next(_numbers)}")
        else:
            ref = await self._heard(member, room, told)
        self._said[room.id, member.id].append(ref)
        return ref

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        (seen,) = [each for each in await self.seen_by(member, message.room) if each.ref == message]
        label = re.escape(choice.label)
        found = re.findall(rf"^(\w+)\. {label}$", seen.text, re.MULTILINE)
        await self.asks(member, message.room, found[-1])

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        (seen,) = [each for each in await self.seen_by(member, message.room) if each.ref == message]
        names = {"f:a": "Apples", "f:b": "Pears", "f:c": "Plums"}
        signs = [
            re.findall(rf"^(\w+)\. {names[each]}$", seen.text, re.MULTILINE)[0] for each in values
        ]
        return await self.asks(member, message.room, ", ".join(signs))

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        return None

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        person = self._people[member.id]
        await person.sync()
        targets = {room.id} if room.id.startswith("#") else {AGENT, person.nick}
        if room.id not in self._rooms and room.id != person.nick:
            return []
        seen: list[Seen] = []
        posts, said = iter(self._posts[room.id]), defaultdict(int)  # type: ignore[var-annotated]
        lines = [each for each in person.lines if each.target in targets]
        while lines:
            first = lines.pop(0)
            if first.nick != AGENT:
                ref = self._said[room.id, first.nick][said[first.nick]]
                said[first.nick] += 1
                seen.append(Seen(ref, first.text))
                continue
            ref, size = next(posts)
            rest = [each for each in lines if each.nick == AGENT][: size - 1]
            lines = [each for each in lines if not any(each is one for one in rest)]
            text = "\n".join(LOOKS.sub("", each.text) for each in (first, *rest))
            seen.append(Seen(ref, text))
        return seen

    async def _heard(self, member: AccountRef, room: RoomRef, told: int) -> MessageRef:
        """Come back when the agent has taken what somebody said; return what it calls that."""

        def found() -> list[MessageRef]:
            refs = []
            for each in self._told[told:]:
                match each:
                    case MessagePosted(message=message, author=who, room=where):
                        ref = message.ref
                    case Chosen(id=id, account=who, room=where):
                        ref = MessageRef(room, id)
                    case _:
                        continue
                if (who.ref, where.ref) == (member, room):
                    refs.append(ref)
            return refs

        await until(lambda: bool(found()))
        return found()[0]

    async def _reads(self, who: AccountRef, room: RoomRef, *, is_expected: bool = True) -> bool:
        try:
            rooms = await self.platform.readable(Audience.of_account(who))
        except PlatformError:
            return False
        return (room in rooms) == is_expected

    async def _gone(self) -> None:
        """Come back when the agent is not on the server."""
        while True:
            del self.host.raw[:]
            self.host.write(f"NAMES {self._home}")
            await self.host.sync()
            names = " ".join(each for each in self.host.raw if " 353 " in each)
            if AGENT not in names.partition(" :")[2].replace("@", "").split():
                return

    def _adapter(self) -> Any:
        """Return the adapter, with a look at what it is told to post, and what it tells."""
        made = adapter().IrcAdapter(self._surroundings)
        start, send = made.start, made.send

        async def watched_start(sink: Sink) -> None:
            async def watched(event: Event) -> None:
                await sink(event)
                self._told.append(event)

            await start(watched)

        async def watched_send(outgoing: Outgoing) -> Receipt:
            async with self._lock:
                receipt: Receipt = await send(outgoing)
                await self._count(receipt)
                return receipt

        made.start, made.send = watched_start, watched_send
        return made

    async def _count(self, receipt: Receipt) -> None:
        """Note how many lines there are of a post: all that somebody reads and that were not there before."""
        (ref,) = receipt.parts
        reader = self._people.get((*self._rooms.get(ref.room.id, ()), ref.room.id)[0])
        if reader is not None:
            await reader.sync()
            target = ref.room.id
            count = sum((each.nick, each.target) == (AGENT, target) for each in reader.lines)
            before = sum(size for _, size in self._posts[target])
            if count > before:
                self._posts[target].append((ref, count - before))


async def until(is_so: Callable[[], bool]) -> None:
    """Come back when something is so."""

    async def asked() -> bool:
        return is_so()

    await until_true(asked)


async def until_true(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Come back when something is so."""

    async def looking() -> None:
        while not await is_so():
            await SystemClock().sleep(_LOOK_S)

    await SystemClock().idle(looking(), "until it is so", timeout_s=PATIENCE_S)
