"""Scenes on a real homeserver: people with an app of their own, and time that leaps."""

import asyncio
import re
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from string import digits
from typing import Any, TypeVar

from learncomm_agent.adapting.offering import Thing
from learncomm_agent.adapting.signs import reaction
from learncomm_agent.agent import Agent
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.testing.web import FakeWeb
from learncomm_agent.words import Words
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.session import Session
from tests.adapters.matrix.matrix_world import MatrixWorld, WatchedAdapter
from tests.adapters.matrix.people import Person, RefusedError, Seen
from tests.adapters.matrix.synapse import Synapse
from tests.scenarios.stages import LEADER, ROOM, Played

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
T = TypeVar("T")
_AT = "origin_server_ts"
_MOST_QUESTIONS = 40
_SOON_S = 3.0


class Leaping:
    """Time that goes on as everywhere, and leaps besides; what the homeserver says of when, leaps with it."""

    def __init__(self, start: datetime) -> None:
        self._real = SystemClock()
        self._ahead = start - self._real.now()
        self._leaps = [(0, self._ahead)]

    def now(self) -> datetime:
        return self._real.now() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await self._real.sleep(seconds)

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        return await self._real.idle(waiting, reason, timeout_s=timeout_s)

    def leap(self, span: timedelta) -> None:
        self._ahead += span
        self._leaps.append((_ms(self._real.now()), self._ahead))

    def told(self, answer: object) -> object:
        """Return an answer of the homeserver with the times of the scene."""
        if isinstance(answer, list):
            return [self.told(each) for each in answer]
        if not isinstance(answer, dict):
            return answer
        return {
            key: self._at(each) if key == _AT and isinstance(each, int) else self.told(each)
            for key, each in answer.items()
        }

    def _at(self, real: int) -> int:
        ahead = next(ahead for since, ahead in reversed(self._leaps) if since <= real)
        return real + round(ahead / timedelta(milliseconds=1))


class _LeapingAdapter(WatchedAdapter):
    def _made(self, homeserver: Homeserver, *rest: Any) -> Session:
        wire, clock = homeserver._wire, self._surroundings.clock
        assert isinstance(clock, Leaping)
        asked = wire._told

        async def told(*args: Any, **kwargs: Any) -> object:
            return clock.told(await asked(*args, **kwargs))

        wire._told = told  # type: ignore[method-assign]
        return super()._made(homeserver, *rest)


class LeapingWorld(MatrixWorld):
    """People in a space, in the time of the scene."""

    adapter_type = _LeapingAdapter

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time = Leaping(START)
        self._entered: set[tuple[str, str]] = set()

    @property
    def clock(self) -> Clock:
        return self.time

    async def _enter(self, person: Person, room_id: str) -> None:
        """Take an invitation; nobody is sent away here, so that once is enough."""
        if (person.id, room_id) not in self._entered:
            await super()._enter(person, room_id)
            self._entered.add((person.id, room_id))


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing to choose, on a post that somebody sees."""

    post: MessageRef
    thing: Thing
    control: str
    """What its id begins with, or that of its list."""


class MatrixStage:
    """Played on a homeserver: Ada leads, with Ben and Chloé in a room of a space."""

    def __init__(
        self,
        folder: Path,
        synapse: Synapse,
        web: FakeWeb | None = None,
        *,
        is_open: bool = False,
        language: str = "en",
    ) -> None:
        self._played = Played(folder)
        self._is_open, self._web, self._language = is_open, web, language
        self._entries = {
            Words().phrase(f"command.{each.name}.on_message", language="en"): each.name
            for each in builtin.catalogue().commands
            if each.on_message
        }
        self._ways, self._signs = (
            cycle(("reply", "reaction", "label")),
            cycle(("!lc", "!learncomm")),
        )
        self.used: set[str] = set()
        """The commands, controls and forms that people used."""
        home = folder / "matrix"
        home.mkdir(parents=True, exist_ok=True)
        self.world = LeapingWorld(synapse, home, Words(), language=language)
        self._people: dict[str, AccountRef] = {}

    async def __aenter__(self) -> "MatrixStage":
        try:
            await self._open()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _open(self) -> None:
        await self.world.open()
        self._people[LEADER] = await self.world.leader(LEADER)
        await self.welcomes("Ben", "Chloé")
        self.room = await self.opens_room(ROOM, is_open=self._is_open)
        await self._begin()
        await self.calls(LEADER, "read", "on")
        self.used.clear()

    async def __aexit__(self, *error: object) -> None:
        await self._played.stack.aclose()
        await self.world.close()

    async def _begin(self) -> None:
        clock = self.world.clock
        fetcher = None if self._web is None else self._web.fetcher(clock)
        space = f"matrix:{self.world.space_id}"
        await self._played.open(
            self.world.platform, space, clock, fetcher=fetcher, language=self._language
        )

    async def restarts(self) -> None:
        """Let the process end and another one begin; what is on disk stays."""
        await self._played.stack.aclose()
        self._played.stack = AsyncExitStack()
        await self.world.renew()
        await self._begin()

    async def passes(self, span: timedelta) -> None:
        """Let time pass; what becomes due meanwhile is done when it is due."""
        work, end = self.agent.house.work, self.world.now() + span
        await self.settle()
        while True:
            due = await work.next_due()
            moment = end if due is None else min(due, end)
            self.world.time.leap(max(timedelta(), moment - self.world.now()))
            if due is None or due > end:
                return
            work._wake()  # it waits in real time, and this one goes on in leaps
            await self.settle()

    # Rooms and people.

    async def opens_room(self, name: str, *who: str, is_open: bool = False) -> RoomRef:
        """Make a room of the space; for some, for all who are on stage, or for the whole space."""
        members = [self._people[each] for each in (who or self._people)]
        how: dict[str, Any] = {}
        if is_open:
            how = {"join_rule": "restricted", "allow": [self.world.space_id]}
        return await self.world.room(*members, name=name, **how)

    async def welcomes(self, *names: str) -> None:
        """Let more people come into the space."""
        for name in names:
            self._people[name] = await self.world.member(name)

    def member(self, who: str) -> AccountRef:
        """Return the account of somebody."""
        return self._people[who]

    def named(self, what: str) -> object:
        """Return how people name a person or a room in a command."""
        return what

    def person(self, who: str) -> Person:
        """Return the app of somebody."""
        return self.world.person(self._people[who])

    def talk(self, who: str) -> RoomRef | None:
        """Return the direct talk of somebody with the agent; None where there is none yet."""
        session, id = self.world.platform.session, self._people[who].id
        if session is None:
            return None
        places = session.places
        if (known := places.talk(id)) is not None:
            return known
        for room_id, (user, _) in places._made.items():  # made, and not told by the homeserver yet
            if user == id and (space := places.space_of(room_id)) is not None:
                return RoomRef(space, room_id)
        return None

    @property
    def web(self) -> FakeWeb:
        """The sites that links lead to."""
        assert self._web is not None
        return self._web

    @property
    def agent(self) -> Agent:
        assert self._played.agent is not None
        return self._played.agent

    async def settle(self) -> None:
        """Wait until the agent has nothing to do, and nothing to try again soon."""
        while True:
            await self._played.settle()
            due = await self.agent.house.work.next_due()
            if due is None or (left := (due - self.world.now()).total_seconds()) > _SOON_S:
                return
            await SystemClock().sleep(max(0.0, left) + 0.01)

    # Speaking.

    async def says(self, who: str, text: str) -> None:
        await self.writes(who, text)

    async def writes(self, who: str, text: str, **more: Any) -> MessageRef:
        """Write a message, and return it."""
        message = await self.world.says(self._people[who], self.room, text, **more)
        await self.settle()
        return message

    async def calls(
        self, who: str, command: str, what: str = "", *, file: File | None = None
    ) -> str:
        """Ask with one of the signs, and return what one is answered."""
        self.used.add(command)
        before = await self.shown(who)
        said = f"{next(self._signs)} {command} {what}".strip()
        if file is None:
            await self.world.says(self._people[who], self.room, said)
        else:
            room, _, _ = self.room.id.partition("/")
            id = await self.person(who).send_file(
                room, file.content, file.name, file.media_type, text=said
            )
            await self.world.taken(id)
        return await self._new(who, before)

    async def does(self, command: str, what: Mapping[str, str]) -> None:
        """Let several people ask at once, each with their own words."""
        said = (
            self.world.says(self._people[who], self.room, f"!lc {command} {words}")
            for who, words in what.items()
        )
        await asyncio.gather(*said)
        await self.settle()

    async def asks(self, who: str, command: str, /, **options: object) -> str:
        """Ask with what its options say, and return what one is answered."""
        declared, file = builtin.catalogue().by_name[command], None
        words: list[str] = []
        for name, value in options.items():
            if isinstance(value, tuple):
                file = File(value[0], "text/plain", value[1])
            elif declared.rest is not None and name == declared.rest.name:
                words.append(str(value))
            else:
                said = str(value)
                words.append(f'{name}="{said}"' if " " in said else f"{name}={said}")
        return await self.calls(who, command, " ".join(words), file=file)

    async def asks_on(self, who: str, entry: str, message: MessageRef) -> str:
        """Ask about a message by a reply to it, and return what one is answered."""
        command = self._entries[entry]
        self.used.add(command)
        before = await self.shown(who)
        await self.world.says(self._people[who], message.room, f"!lc {command}", message)
        return await self._new(who, before)

    async def mentions(self, who: str, text: str) -> str:
        """Ask the agent by its name, as apps write it, and return what one is answered."""
        bot = self.world.bot.id
        before = await self.shown(who)
        html = f'<a href="https://matrix.to/#/{bot}">learncomm</a>: {text}'
        await self.world.says(
            self._people[who], self.room, f"learncomm: {text}", html=html, mentions=[bot]
        )
        return await self._new(who, before)

    async def tells(self, who: str, text: str) -> str:
        """Write to the agent alone, and return what one is answered."""
        talk = await self.world.platform.direct_room(self._people[who])
        before = await self.shown(who)
        await self.world.says(self._people[who], talk, text)
        return await self._new(who, before)

    # Choosing.

    async def presses(self, who: str, label: str) -> str:
        """Choose the newest thing of a name that somebody is shown: by its sign, a reaction or its name."""
        found = await self._offered(who, label)
        self.used.add(f"control:{found.control}")
        before = await self.shown(who)
        await self._choose(who, found)
        return await self._new(who, before)

    async def fills_in_by(self, who: str, label: str, /, **values: object) -> str:
        """Choose what opens a form, answer it in the direct talk, and return what one is answered."""
        found = await self._offered(who, label)
        assert found.thing.opens_form, found
        await self._choose(who, found)
        return await self._answers(who, values)

    async def fills_in(self, who: str, command: str, /, **values: object) -> str:
        """Call what opens a form, answer it in the direct talk, and return what one is answered."""
        self.used |= {command, f"form:{command}"}
        await self.world.says(self._people[who], self.room, f"!lc {command}")
        await self.settle()
        return await self._answers(who, values)

    async def fills_in_on(
        self, who: str, choice: str, message: MessageRef, /, **values: object
    ) -> str:
        """Choose what opens a form on one post, and answer it."""
        (found,) = (
            each
            for each in self._things(message)
            if each.control == choice and each.thing.opens_form
        )
        await self._choose(who, found)
        return await self._answers(who, values)

    def menu(self, message: MessageRef) -> tuple[str, list[str]]:
        """Return the list below a message: its id, and what can be picked from it."""
        made = self._session.offers.get(message.room.id, message.id)
        assert made is not None and len(made.menus) == 1
        return made.menus[0].id, [each.id for each in made.things if each.menu == 0]

    async def picks(self, who: str, menu: str, message: MessageRef, *values: str) -> str:
        """Pick from a list below a message, and return what one is answered."""
        self.used.add(f"control:{menu.partition(':')[0]}")
        before = await self.shown(who)
        await self.world.picks(self._people[who], menu, message, *values)
        return await self._new(who, before)

    async def selects(self, who: str, prompt: str, label: str) -> str:
        """Pick from the newest list of a prompt, and return what one is answered."""
        found = await self._offered(who, label, prompt)
        self.used.add(f"control:{found.control}")
        before = await self.shown(who)
        await self._choose(who, found)
        return await self._new(who, before)

    async def newest(self, who: str, text: str) -> MessageRef:
        """Return the newest message that somebody sees which holds a text."""
        seen = await self.world.seen_by(self._people[who], self.room)
        return [each.ref for each in seen if text in each.text][-1]

    async def _choose(self, who: str, found: Offered) -> None:
        sign, way, emoji = found.thing.sign, next(self._ways), reaction(found.thing.sign)
        account, room = self._people[who], found.post.room
        if way == "reaction" and emoji is not None:
            room_id, _, _ = room.id.partition("/")
            await self.world.taken(await self.person(who).react(room_id, found.post.id, emoji))
        else:
            said = found.thing.label if way == "label" and found.thing.menu is None else sign
            await self.world.says(account, room, said, found.post)
        await self.settle()

    async def _offered(self, who: str, label: str, prompt: str = "") -> Offered:
        """Return the newest thing of a label; its sign can be read where it stands."""
        rooms = list(dict.fromkeys(filter(None, (self.room, self.talk(who)))))
        posts = [(each, room) for room in rooms for each in await self._seen(who, room)]
        for post, room in sorted(posts, key=lambda each: each[0].at, reverse=True):
            ref = MessageRef(room, post.id)
            line = next((each for each in post.text.split("\n") if prompt in each), "")
            there = [each for each in self._things(ref) if each.thing.label == label]
            if there and line:
                found = next((each for each in there if _is_meant(each.thing, line)), there[0])
                assert _can_be_read(found.thing.sign, post.text), (found, post.text)
                return found
        raise AssertionError(f"{label!r} is not offered to {who}: {await self.shown(who)}")

    def _things(self, post: MessageRef) -> Iterator[Offered]:
        made = self._session.offers.get(post.room.id, post.id)
        for thing in () if made is None else made.things:
            id = thing.id if thing.menu is None else made.menus[thing.menu].id
            yield Offered(post, thing, id.partition(":")[0])

    async def _answers(self, who: str, values: Mapping[str, object]) -> str:
        """Answer question by question; what is not told is skipped."""
        account, before = self._people[who], await self.shown(who)
        for _ in range(_MOST_QUESTIONS):
            there = self._session.forms._open(account)
            if there is None:
                return await self._new(who, before)
            field = there.asking.field
            assert field is not None
            talk = await self.world.platform.direct_room(account)
            names = {each.id: each.label for each in field.choices}
            given = values.get(field.name, "skip")
            parts: Iterable[object] = given if isinstance(given, list) else [given]
            said = ", ".join(names.get(str(each), str(each)) for each in parts)
            await self.world.says(account, talk, said)
            await self.settle()
        raise AssertionError(
            f"still asked, after {_MOST_QUESTIONS} answers: {await self.shown(who)}"
        )

    # Seeing.

    async def shown(self, who: str) -> dict[str, str]:
        """Return what somebody reads here and in their talk with the agent, as their app shows it."""
        return {each.id: each.text for each in await self._read(who) if each.text}

    async def _read(self, who: str) -> list[Seen]:
        rooms = dict.fromkeys(filter(None, (self.room, self.talk(who))))
        return [each for room in rooms for each in await self._seen(who, room)]

    async def transcript(self, who: str, room: RoomRef | None = None) -> str:
        """Return a whole room as somebody reads it, with names and reactions; for looking at."""
        names = {account.id: name for name, account in self._people.items()}
        names[self.world.bot.id] = "learncomm"
        lines: list[str] = []
        for each in await self._seen(who, room or self.room):
            head = names.get(each.sender, each.sender) + (" (reply)" if each.reply_to else "")
            head += " 📌" if each.is_pinned else ""
            lines += [f"── {head}", *(f"   {line}" for line in each.text.splitlines())]
            lines += [f"   [{' '.join(each.reactions)}]"] if each.reactions else []
            lines += [f"   📎 {each.file.name}"] if each.file else []
            lines += [f"   ( ) {option}" for option in each.options.values()]
        return "\n".join(lines)

    async def _seen(self, who: str, room: RoomRef) -> list[Seen]:
        room_id, _, thread = room.id.partition("/")
        person = self.person(who)
        try:
            await self.world._enter(person, room_id)
            seen = await person.seen(room_id)
        except RefusedError:
            return []
        return [each for each in seen if (each.thread or "") == thread]

    async def _new(self, who: str, before: Mapping[str, str]) -> str:
        await self.settle()
        me = self._people[who].id
        found = (each for each in await self._read(who) if each.id not in before)
        return "\n".join(each.text for each in found if each.sender != me and each.text)

    @property
    def _session(self) -> Any:
        session = self.world.platform.session
        assert session is not None
        return session


def _is_meant(thing: Thing, line: str) -> bool:
    """Whether a line tells to answer with signs such as this one."""
    told = re.findall(r"“([a-z]?)\d+”", line)
    return bool(told) and told[-1] == thing.sign.rstrip(digits)


def _can_be_read(sign: str, text: str) -> bool:
    told = (f"{sign}. ", f"“{sign}”", f"“{sign.rstrip(digits)}” before it", "say its number")
    return any(each in text for each in told)


def choice(label: str) -> Choice:
    """Return an option of a poll by its words."""
    return Choice("", label)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
