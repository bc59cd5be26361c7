"""People on a real homeserver, with the adapter as one of its accounts."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import Event, ReplyHandle
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.surroundings import Phrases, Surroundings
from learncomm_agent.testing.world import PlainWorld, Seen
from learncomm_matrix.adapter import MatrixAdapter
from learncomm_matrix.connection.answers import Sync
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.options import Options
from learncomm_matrix.session import Session
from tests.adapters.matrix import people
from tests.adapters.matrix.people import Person, RefusedError
from tests.adapters.matrix.synapse import Synapse, User

PATIENCE_S = 30.0
_LINK = re.compile(r"https://matrix\.to/#/([^/\"'?]+)/([^\"'?]+)")


class WatchedSession(Session):
    """Knows which events it has taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken: set[str] = set()

    async def take(self, sync: Sync, is_context: bool) -> None:
        await super().take(sync, is_context)
        for room in sync.joined:
            self.taken |= {str(each.get("event_id")) for each in (*room.state, *room.timeline)}


class WatchedAdapter(MatrixAdapter):
    """Keeps what the agent was told."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self.heard: list[Event] = []

    def _made(self, homeserver: Homeserver, notes: Any, me: str, sink: Sink) -> Session:
        async def both(event: Event) -> None:
            self.heard.append(event)
            await sink(event)

        return WatchedSession(self._surroundings, homeserver, notes, me, both, self._desk)

    @property
    def session(self) -> WatchedSession | None:
        assert self._session is None or isinstance(self._session, WatchedSession)
        return self._session


class MatrixWorld(PlainWorld):
    """People in a space with the adapter's account."""

    platform: WatchedAdapter
    adapter_type = WatchedAdapter

    def __init__(
        self,
        synapse: Synapse,
        folder: Path,
        phrases: Phrases,
        *,
        catalogue: Catalogue | None = None,
        desk: Desk | None = None,
        language: str = "en",
        **options: Any,
    ) -> None:
        self._synapse = synapse
        self._folder = folder
        self._phrases = phrases
        self._catalogue = catalogue or builtin.catalogue()
        self._desk = desk
        self._language = language
        self._options = options
        self._people: dict[AccountRef, Person] = {}
        self._votes: dict[tuple[AccountRef, MessageRef], set[str]] = {}
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Make the agent's account, somebody who owns the space, and the space."""
        self.user: User = await asyncio.to_thread(
            self._synapse.user, f"learncomm-{secrets.token_hex(4)}"
        )
        self.bot = Person(self._synapse.url, self.user)
        self._stack.push_async_callback(self.bot.close)
        await self.bot.rename("learncomm")
        owner = await self.member("Owner", is_in_space=False)
        self.owner = self._people[owner]
        self.space_id = await self.owner.create_space("Readers", invite=[self.bot.id])
        await self.bot.join(self.space_id)
        self.platform = self._adapter()

    async def close(self) -> None:
        await self.platform.stop()
        await self._stack.aclose()

    def _adapter(self) -> WatchedAdapter:
        options = Options(
            homeserver=self._synapse.url, token=SecretStr(self.user.token), **self._options
        )
        made = self.adapter_type(
            Surroundings(
                self._folder,
                self.clock,
                self._phrases,
                self._catalogue,
                language=self._language,
                options=options,
            )
        )
        if self._desk is not None:
            made.consult(self._desk)
        return made

    async def renew(self) -> None:
        self.platform = self._adapter()

    @property
    def space(self) -> SpaceRef:
        return SpaceRef("matrix", self.space_id)

    async def _person(self, user: User) -> Person:
        return Person(self._synapse.url, user)

    # The verbs of the contract suite.

    async def member(self, name: str, *, is_in_space: bool = True) -> AccountRef:
        plain = name.lower().encode("ascii", "ignore").decode()  # an id has no other letters
        user = await asyncio.to_thread(self._synapse.user, f"{plain}-{secrets.token_hex(4)}")
        person = await self._person(user)
        self._stack.push_async_callback(person.close)
        await person.rename(name)
        ref = AccountRef("matrix", person.id)
        self._people[ref] = person
        if is_in_space:
            await self.owner.invite(self.space_id, person.id)
            await person.join(self.space_id)
            await self._until(lambda session: self._is_in(session, self.space_id, person.id))
        return ref

    async def leader(self, name: str) -> AccountRef:
        ref = await self.member(name)
        await self.owner.set_power(self.space_id, {ref.id: 50})
        await self._until(lambda session: session.places.leads(ref.id, self.space_id))
        return ref

    async def room(self, *members: AccountRef, name: str = "room", **how: Any) -> RoomRef:
        first, *others = (self._people[each] for each in members)
        how.setdefault("power", {self.bot.id: 50})
        room_id = await first.create_room(
            name, invite=[self.bot.id, *(each.id for each in others)], **how
        )
        for each in others:
            await each.join(room_id)
        await first.add_parent(room_id, self.space_id)
        await self.owner.add_child(self.space_id, room_id)
        ref = RoomRef(self.space, room_id)
        there = {each.id for each in members}

        def is_known(session: WatchedSession) -> bool:
            state = session.places.state(room_id)
            where = session.places.space_of(room_id)
            return state is not None and there <= set(state.joined) and where == self.space

        if self.platform.session is None:
            await self.bot.join(room_id)
        await self._until(is_known)
        return ref

    async def says(
        self,
        member: AccountRef,
        room: RoomRef,
        text: str,
        reply_to: MessageRef | None = None,
        **more: Any,
    ) -> MessageRef:
        person, (room_id, thread) = self._people[member], _where(room)
        await self._enter(person, room_id)
        if thread:
            id = await person.say_in_thread(room_id, thread, text)
        elif reply_to is not None:
            id = await person.reply(room_id, reply_to.id, text)
        else:
            id = await person.say(room_id, text, **more)
        await self.taken(id)
        return MessageRef(room, id)

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        room_id, _ = _where(message.room)
        await self.taken(await self._people[member].edit(room_id, message.id, text))

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        room_id, _ = _where(message.room)
        await self.taken(await self._people[member].redact(room_id, message.id))

    async def asks(self, member: AccountRef, room: RoomRef, text: str) -> MessageRef:
        return await self.says(member, room, f"!lc {text}")

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        await self.says(member, message.room, await self.sign(message, choice), message)

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        signs = [await self.sign(message, Choice(each, ""), menu) for each in values]
        await self.says(member, message.room, ", ".join(signs), message)
        return signs

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        await self.presses(member, choice, message)
        await self.answers_form(member, values)

    async def answers_form(self, member: AccountRef, values: Mapping[str, str]) -> None:
        """Answer the questions of the form that somebody is asked, by the names of its fields."""
        session = self._running
        while (there := session.forms._open(member)) is not None:
            asked = there.asking.field
            assert asked is not None
            talk = await self.platform.direct_room(member)
            said = values.get(asked.name)
            await self.says(member, talk, "skip" if said is None else said)

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        person, (room_id, _) = self._people[member], _where(message.room)
        (poll,) = (each for each in await person.seen(room_id) if each.id == message.id)
        (answer,) = (id for id, label in poll.options.items() if label == option.label)
        chosen = self._votes.setdefault((member, message), set())
        chosen.add(answer) if is_added else chosen.discard(answer)
        await self.taken(await person.vote(room_id, message.id, *sorted(chosen)))

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        return None

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        person, (room_id, thread) = self._people[member], _where(room)
        try:
            await self._enter(person, room_id)
            seen = await person.seen(room_id)
        except RefusedError:
            return []
        return [self._seen(each, room) for each in seen if (each.thread or "") == thread]

    @asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        """Let the homeserver be out of reach; for worlds with one of their own."""
        self._synapse.stop(kill=True)
        yield
        await asyncio.to_thread(self._synapse.start)

    # What a person knows.

    def person(self, member: AccountRef) -> Person:
        """Return the client of somebody."""
        return self._people[member]

    async def sign(self, message: MessageRef, choice: Choice, menu: str = "") -> str:
        """Return what to answer for a choice on a post of the agent."""
        made = self._running.offers.get(message.room.id, message.id)
        assert made is not None, "nothing is offered there"
        for thing in made.things:
            if thing.id == choice.id or (not choice.id and thing.label == choice.label):
                return thing.sign
        raise AssertionError(f"{choice} is not offered among {made.things}")

    async def taken(self, event: str) -> None:
        """Come back when the adapter has taken an event; at once while it does not run."""
        await self._until(lambda session: event in session.taken)

    async def _until(self, is_so: Callable[[WatchedSession], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while (session := self.platform.session) is not None and session.is_open:
            if is_so(session):
                return
            assert time.monotonic() < end, "the adapter has not taken it"
            await asyncio.sleep(0.005)

    async def _enter(self, person: Person, room_id: str) -> None:
        """Take an invitation, where there is one; what somebody may not read they don't get into."""
        if room_id not in await person.joined():
            await person.join(room_id)
            await self._until(lambda session: self._is_in(session, room_id, person.id))

    def _is_in(self, session: WatchedSession, room_id: str, user_id: str) -> bool:
        state = session.places.state(room_id)
        return state is not None and user_id in state.joined

    @property
    def _running(self) -> WatchedSession:
        assert self.platform.session is not None
        return self.platform.session

    def _seen(self, seen: people.Seen, room: RoomRef) -> Seen:
        html = seen.html or ""
        calls = (
            *sorted(seen.mentions),
            *(("room",) if seen.content.get("m.mentions", {}).get("room") else ()),
        )
        return Seen(
            MessageRef(room, seen.id),
            seen.text,
            () if seen.file is None else (seen.file.name,),
            tuple(seen.reactions),
            None if seen.reply_to is None else MessageRef(room, seen.reply_to),
            seen.is_pinned,
            tuple(
                MessageRef(RoomRef(self.space, unquote(found[1])), unquote(found[2]))
                for found in _LINK.finditer(html)
            ),
            calls,
        )


def _where(room: RoomRef) -> tuple[str, str]:
    room_id, _, thread = room.id.partition("/")
    return room_id, thread
