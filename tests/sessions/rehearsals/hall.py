"""A rehearsal with the real agent: a store, a platform with its faults, and what people type and press."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Menu
from learncomm_agent.rehearsing.acting import Director
from learncomm_agent.rehearsing.cast import LEAD, Character, Role
from learncomm_agent.rehearsing.happenings import Act, Deed
from learncomm_agent.rehearsing.lines import Lines
from learncomm_agent.rehearsing.troubles import NONE
from learncomm_agent.sessions.effects import Post, Target, Whom
from learncomm_agent.sessions.state import Phase, Session
from learncomm_agent.sessions.walking import stage_at, value_of
from learncomm_agent.storage import due, members, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Gathering, Person
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.words import Words

NAMES = ("Robin", "Mira", "Tom", "Aisha")
ROLES = (Role.LEAD, Role.WILLING, Role.TALKATIVE, Role.WILLING)
RESTARTS = 9
"""So many things people do between two restarts of the agent."""
FAULTS = 0.1
"""How likely the connection breaks before something that somebody does."""
MOST_TURNS = 1500
LATER = timedelta(minutes=10)
NUMBER = 1


@dataclass
class Hall:
    """Robin leads three members who are willing, in a hall where connections break and agents restart."""

    folder: Path
    random: Random
    clock: ManualClock = field(default_factory=ManualClock)
    restarts: int = 0
    deeds: int = 0

    def __post_init__(self) -> None:
        table = Words().table("rehearsal", language="en")
        assert table is not None
        self.lines = Lines(table, self.random)

    async def __aenter__(self) -> "Hall":
        self.platform = FakePlatform(clock=self.clock)
        self.gathering = Gathering(self.folder, platform=self.platform, clock=self.clock)
        await self.gathering.__aenter__()
        self.room = self.gathering.room("hall")
        self.people: dict[int, Person] = {}
        cast = []
        for n, (name, role) in enumerate(zip(NAMES, ROLES, strict=True), LEAD):
            person = self.gathering.person(name, is_leader=role is Role.LEAD)
            await person.asks("help", self.room)
            self.people[n] = person
            assert await self._id_of(person) == n, "ids of the cast are those of the members"
            cast.append(Character(n, name, role))
        self._director = Director(tuple(cast), self.lines, self.random, NONE)
        self._due: list[tuple[datetime, int, Deed]] = []
        self._serial = 0
        self._stage: tuple[int, bool] = (0, False)
        self._read: set[str] = set()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.gathering.__aexit__(*error)

    async def restart(self) -> None:
        """End the agent, and let another one go on in its folder."""
        self.restarts += 1
        await self.gathering.__aexit__(None, None, None)
        self.gathering = Gathering(self.folder, platform=self.platform, clock=self.clock)
        await self.gathering.__aenter__()
        self.people = {n: Person(self.gathering, it.account) for n, it in self.people.items()}

    async def begin(self, playbook: str, answers: Mapping[str, str]) -> None:
        """Let Robin begin a session as leaders do."""
        lead = self.people[LEAD]
        said = await lead.asks(f"session start {playbook}", self.room)
        for name, value in answers.items():
            said = await lead.asks(f"session set {name}: {value}", self.room)
        assert "Begin" in [label for e in lead.answers() for label in lead.buttons(e).values()], (
            said
        )
        said = await lead.presses("Begin")
        assert (await self.session()).phase is not Phase.PLANNED, said
        self._plan(self._director.opening(self.clock.now()))

    async def play(self) -> Session:
        """Let people do what they do until the session is over."""
        for _ in range(MOST_TURNS):
            session = await self.session()
            if session.is_over:
                await self.gathering.settle()
                return session
            await self._look(session)
            at = min(
                (
                    each
                    for each in (self._due[0][0] if self._due else None, session.wake_at)
                    if each
                ),
                default=None,
            )
            assert at is not None, f"stuck on {session.path}: nothing is due"
            await self.clock.to(max(at, self.clock.now()))
            await self.gathering.settle()
            if self._due and self._due[0][0] <= self.clock.now():
                await self._trouble()
                await self._do(heapq.heappop(self._due)[2])
        raise AssertionError("it never ends")

    async def session(self) -> Session:
        sessions = self.gathering.agent.house.sessions
        found: Session = await self.read(lambda conn: sessions.get(conn, NUMBER)[1])
        return found

    async def read(self, do: Any) -> Any:
        return await self.gathering.agent.house.database.read(do)

    async def dead(self) -> list[Any]:
        return list(await self.read(due.dead_letters))

    def public(self) -> list[str]:
        """Return what the agent wrote for all in the hall."""
        return [each.text for each in self.people[2].seen_in(self.room)]

    def keys(self) -> list[str]:
        """Return the keys of all that the agent ever posted, to whomever."""
        return [each.key for each in self.platform.posts if each.key]

    # What they notice

    async def _look(self, session: Session) -> None:
        """Let people see a stage that has begun, and posts that are new to them."""
        now, standing = self.clock.now(), session.standing
        here = (session.visit, standing is not None and standing.entered_at is not None)
        if here != self._stage:
            self._stage = here
            if here[1]:
                self._plan(self._director.entered(session, now))
        if standing is None:
            return
        for target, room in await self._rooms():
            for post in self.people[LEAD].answers():
                new = (
                    post.ref.room == room and not post.private_to and post.ref.id not in self._read
                )
                if new:
                    self._read.add(post.ref.id)
                    self._plan(self._director.heard(session, Post(0, target, ()), now))
        if "tied" in standing.data:
            self._plan([Deed(now, LEAD, Act.TIE)])
        draft = f"draft {standing.data.get('writing')}"
        if standing.data.get("writing") and draft not in self._read:
            self._read.add(draft)
            self._plan([Deed(now + timedelta(hours=3), LEAD, Act.PUBLISH)])

    async def _rooms(self) -> list[tuple[Target, RoomRef]]:
        def find(conn: Connection) -> list[tuple[Target, RoomRef]]:
            threads = stored.threads(conn, NUMBER).items()
            return [(Target(Whom.GROUP, n), rooms.get(conn, id).ref) for n, id in threads]

        found: list[tuple[Target, RoomRef]] = await self.read(find)
        return [(Target(), self.room), *found]

    def _plan(self, deeds: Any) -> None:
        for deed in deeds:
            self._serial += 1
            heapq.heappush(self._due, (deed.at, self._serial, deed))

    async def _trouble(self) -> None:
        self.deeds += 1
        if self.deeds % RESTARTS == RESTARTS // 2:
            await self.restart()
        if self.random.random() < FAULTS:
            is_after = self.random.random() < 0.5
            self.platform.lose_connection(after_delivery=is_after, times=self.random.randint(1, 2))

    # What they do

    async def _do(self, deed: Deed) -> None:
        session, who = await self.session(), self.people[deed.who]
        is_on = session.standing is not None and session.standing.entered_at is not None
        match deed.act:
            case Act.JOIN:
                await self._joins(who)
            case Act.SAY:
                await self._says(who, deed)
            case Act.ENTER if is_on:
                await self._enters(who, deed, session)
            case Act.VOTE if is_on:
                await self._votes(who)
            case Act.TIE if is_on and session.standing and "tied" in session.standing.data:
                await self._picks(who, ":tie", at_most=1)
            case Act.PUBLISH if is_on:
                await self._publishes(who)

    async def _joins(self, who: Person) -> None:
        try:
            await who.presses("Join")
            await who.presses("Take part")
        except LookupError:
            await who.asks(f"session {NUMBER} join", self.room)

    async def _publishes(self, who: Person) -> None:
        """Publish the draft; later, where the connection broke before it could be shown."""
        try:
            await who.presses("Publish")
        except LookupError:
            self._plan([Deed(self.clock.now() + LATER, LEAD, Act.PUBLISH)])

    async def _says(self, who: Person, deed: Deed) -> None:
        room = self.room
        if deed.group is not None:
            found = [ref for to, ref in await self._rooms() if to.which == deed.group]
            room = found[0] if found else room
        await who.says(deed.text, room)

    async def _enters(self, who: Person, deed: Deed, session: Session) -> None:
        stage = stage_at(session)
        is_private = value_of(session, stage.params.get("anonymous")) in (True, "yes")
        is_private = is_private or bool(stage.params.get("prompts"))
        room = await self.platform.direct_room(who.account.ref) if is_private else self.room
        if stage.kind in {"collect", "queue"}:
            await who.asks(f"session {NUMBER} add {deed.text}", room)

    async def _votes(self, who: Person) -> None:
        for post in reversed(self.platform.seen_by(who.account, self.room)):
            if post.poll is not None and post.poll.closes_at > self.clock.now():
                option = self.random.choice(post.poll.options)
                await self.platform.votes_for(who.account, option.id, post.ref)
                await self.gathering.settle()
                return
        if not await self._picks(who, ":vote", at_most=2):
            await who.asks("session vote 2 1", self.room)

    async def _picks(self, who: Person, act: str, *, at_most: int) -> bool:
        """Pick from the newest list of an act; return whether there is one."""
        for post in reversed(who.answers()):
            for block in post.blocks:
                if isinstance(block, Menu) and block.id.endswith(act):
                    most = min(at_most, block.at_most, len(block.options))
                    picked = [each.id for each in self.random.sample(block.options, most)]
                    await self.platform.picks(who.account, block.id, picked, post.ref)
                    await self.gathering.settle()
                    return True
        return False

    async def _id_of(self, who: Person) -> int:
        community, ref = self.gathering.agent.community.id, who.account.ref

        def find(conn: Connection) -> int:
            found = members.find_account(conn, community, ref)
            assert found is not None
            return int(found[1])

        return int(await self.read(find))
