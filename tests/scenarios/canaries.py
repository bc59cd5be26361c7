"""Words that are planted where only some may read them, and a book of who may, kept by the test itself.

A canary is two words that stand side by side and nowhere else: its *key* is asked for, and its *secret*
is looked for in what the agent posts. So nobody who asks tells the secret.
"""

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Choices, File
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.network import Post
from learncomm_agent.testing.platform import FakePlatform

PATIENCE_S = 120.0
SOUNDS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
KEY_SOUNDS, SECRET_SOUNDS = 4, 6
_SECRET = re.compile(rf"[a-z]{{{2 * SECRET_SOUNDS}}}")


@dataclass(slots=True, eq=False)
class Canary:
    """Two words, and the rooms whose readers were told them."""

    kind: str
    key: str
    secret: str
    rooms: frozenset[RoomRef]
    """Empty: an operator told everyone in the community of `platform`."""
    platform: str
    finder: str = ""
    """What is asked for to see it, where that is not its own key: its resource's."""
    is_gone: bool = False
    """Whether it was taken back wherever it had been told."""

    def leave(self, room: RoomRef) -> None:
        """Take it back from the readers of a room."""
        self.rooms -= {room}
        self.is_gone = not self.rooms

    @property
    def words(self) -> str:
        """As it is planted."""
        return f"{self.key} {self.secret}"


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """A resource in one room, by one member."""

    room: RoomRef
    sharer: Account
    title: Canary
    held: tuple[Canary, ...]
    """What stands in it: the same wherever it is shared."""
    own: tuple[Canary, ...]
    """What belongs to this share alone: its comment, its sharer's name."""


@dataclass
class Book:
    """Who may read what: nothing in here asks the agent or the platform."""

    people: dict[AccountRef, Account] = field(default_factory=dict)
    members: dict[RoomRef, set[AccountRef] | None] = field(default_factory=dict)
    """None: everyone on the platform. Of a thread: not here."""
    parents: dict[RoomRef, RoomRef] = field(default_factory=dict)
    direct: set[RoomRef] = field(default_factory=set)
    gone: set[RoomRef] = field(default_factory=set)
    canaries: dict[str, Canary] = field(default_factory=dict)
    """By their secrets."""
    shares: list[Shared] = field(default_factory=list)

    def taken_back(self, shared: Shared) -> None:
        """Note that a share is gone: nobody may read through it what they can't through another."""
        self.shares.remove(shared)
        for canary in shared.own:
            canary.leave(shared.room)
        still = {each.room for each in self.shares if each.title is shared.title}
        if shared.room not in still:
            for canary in shared.held:
                canary.leave(shared.room)

    def readers(self, room: RoomRef) -> frozenset[AccountRef]:
        """Return who reads a room now."""
        room = self.parents.get(room, room)
        if room in self.gone:
            return frozenset()
        members = self.members[room]
        everyone = (ref for ref in self.people if ref.platform == room.space.platform)
        return frozenset(everyone if members is None else members)

    def told(self, canary: Canary) -> frozenset[AccountRef]:
        """Return who may read a canary now."""
        if canary.is_gone:
            return frozenset()
        if not canary.rooms:
            return frozenset(ref for ref in self.people if ref.platform == canary.platform)
        return frozenset(chain.from_iterable(map(self.readers, canary.rooms)))

    def is_meant_for(self, canary: Canary, room: RoomRef) -> bool:
        """Whether all readers of a room, now and later, may read a canary, beyond any doubt."""
        if canary.is_gone:
            return False
        if not canary.rooms:
            return canary.platform == room.space.platform and room not in self.direct
        here = self.parents.get(room, room)
        rooms = {self.parents.get(each, each) for each in canary.rooms} - self.gone
        return here in rooms or any(
            self.members[each] is None and each.space == here.space and here not in self.direct
            for each in rooms
        )

    def leaks(self, post: Post) -> Iterator[tuple[Canary, Post]]:
        """Yield the canaries in a post that not everyone who reads it may read."""
        alone = post.private_to
        readers = self.readers(post.ref.room) if alone is None else frozenset({alone})
        shown = f"{post.text} {post.blocks!r}".casefold()
        for secret in set(_SECRET.findall(shown)) & self.canaries.keys():
            if not readers <= self.told(self.canaries[secret]):
                yield self.canaries[secret], post

    @property
    def rooms(self) -> list[RoomRef]:
        """All rooms that are still there."""
        return [room for room in (*self.members, *self.parents) if self.readers(room)]

    def rooms_of(self, account: AccountRef) -> list[RoomRef]:
        """Return the rooms that somebody reads now."""
        return [room for room in self.rooms if account in self.readers(room)]


class Town:
    """An agent in two communities on two platforms, and the book of what was planted there."""

    def __init__(
        self,
        folder: Path,
        dice: random.Random,
        embedder: Callable[[], Embedder] | None = None,
        *,
        count: int,
    ) -> None:
        self.dice = dice
        self.count = count
        """So many canaries are planted."""
        self.book = Book()
        self.clock = ManualClock()
        self.near, self.far = (FakePlatform(name, clock=self.clock) for name in ("near", "far"))
        self._hushed: set[AccountRef] = set()
        self.checked: set[MessageRef] = set()
        self.leaked: list[tuple[Canary, Post]] = []
        """What `look` has found."""
        self._words: set[str] = set()
        settings = Settings(
            data=folder,
            community=CommunitySettings(spaces=("near:home",)),
            embedding=EmbeddingSettings(kind="off"),
            storage=StorageSettings(synchronous="normal"),
        )
        self.agent = Agent(settings, [self.near, self.far], clock=self.clock, embedder=embedder)

    async def settle(self) -> None:
        await SystemClock().idle(self._quiet(), "settling", timeout_s=PATIENCE_S)

    async def _quiet(self) -> None:
        while await self.agent.house.is_busy():
            await SystemClock().sleep(0.02)

    # Who is there.

    def person(self, platform: FakePlatform, name: str, *, is_leader: bool = False) -> Account:
        account = platform.add_account(name, is_leader=is_leader)
        self.book.people[account.ref] = account
        return account

    def room(
        self,
        platform: FakePlatform,
        name: str,
        members: Iterable[Account] | None,
        *,
        is_read: bool = True,
    ) -> RoomRef:
        some = None if members is None else list(members)
        ref = platform.add_room(name, some, is_read=is_read)
        self.book.members[ref] = None if some is None else {each.ref for each in some}
        return ref

    def thread(self, parent: RoomRef) -> RoomRef:
        ref = self.platform(parent).add_room("thread", parent=parent, is_read=True)
        self.book.parents[ref] = parent
        return ref

    async def talk(self, account: Account) -> RoomRef:
        ref = await self.platform(account.ref).direct_room(account.ref)
        self.book.members[ref] = {account.ref}
        self.book.direct.add(ref)
        return ref

    def platform(self, of: RoomRef | AccountRef) -> FakePlatform:
        name = of.platform
        return self.near if name == "near" else self.far

    # What is planted.

    def word(self, sounds: int) -> str:
        while True:
            word = "".join(
                self.dice.choice(SOUNDS) + self.dice.choice("aeiou") for _ in range(sounds)
            )
            if word not in self._words and word[:6] not in self._words:
                self._words |= {word, word[:6]}
                return word

    def canary(
        self, kind: str, *rooms: RoomRef, platform: str = "near", finder: str = ""
    ) -> Canary:
        made = Canary(
            kind,
            self.word(KEY_SOUNDS),
            self.word(SECRET_SOUNDS),
            frozenset(rooms),
            rooms[0].platform if rooms else platform,
            finder,
        )
        self.book.canaries[made.secret] = made
        return made

    async def note(self, *rooms: RoomRef) -> None:
        """Share a note in every one of these rooms."""
        title, *texts = held = self.planted("title", *["text"] * 3, rooms=rooms)
        said = f"Whoever looks for {' or '.join(each.words for each in texts)} finds a kettle."
        for room in rooms:
            sharer = self.dice.choice(self.able(room))
            await self.says(sharer, room, f"@learncomm share {title.words}\n\n{said}")
            self.book.shares.append(Shared(room, sharer, title, held, ()))

    async def file(self, *rooms: RoomRef) -> None:
        """Share a file in every one of these rooms, each time with a comment of its own."""
        title, *texts = held = self.planted("title", *["text"] * 3, rooms=rooms)
        name = self.canary("file", *rooms, finder=title.key)
        said = f"In the cellar stand {', '.join(each.words for each in texts)} since spring."
        content = f"# About {title.words}\n\n{said}"
        file = File(f"{name.key}-{name.secret}.md", "text/markdown", content.encode())
        for room in rooms:
            comment = self.canary("comment", room, finder=title.key)
            sharer, named = self.sharer(room, title)
            await self.platform(room).says(
                sharer, room, f"@learncomm share for {comment.words}", attachments=[file]
            )
            shared = Shared(room, sharer, title, (*held, name), (comment, *named))
            self.book.shares.append(shared)

    def planted(self, *kinds: str, rooms: tuple[RoomRef, ...]) -> tuple[Canary, ...]:
        """Return new canaries that are told together."""
        return tuple(self.canary(kind, *rooms) for kind in kinds)

    def sharer(self, room: RoomRef, title: Canary) -> tuple[Account, tuple[Canary, ...]]:
        """Return somebody who reads this room alone, and whose very name is a canary."""
        if room in self.book.direct:
            return self.dice.choice(self.able(room)), ()
        name = self.canary("name", room, finder=title.key)
        platform, parent = self.platform(room), self.book.parents.get(room, room)
        account = self.person(platform, name.secret.title())
        self._hushed.add(account.ref)
        if self.book.members[parent] is not None:
            now = {*(self.book.members[parent] or ()), account.ref}
            self.book.members[parent] = now
            platform.network.set_members(parent, now)
        return account, (name,)

    async def message(self, room: RoomRef) -> None:
        """Write a message to the others; sometimes one of them shares it."""
        said = self.canary("message" if self.is_read(room) else "unread", room)
        author = self.dice.choice(self.able(room))
        ref = await self.says(author, room, f"I will bring the {said.words} by Friday.")
        # A short message that nobody answers is no talk to be found.
        await self.says(self.dice.choice(self.able(room)), room, "Thank you, that helps all of us.")
        if self.dice.random() < 0.3 and self.is_read(room):
            comment = self.canary("comment", room, finder=said.key)
            by = self.dice.choice(self.able(room))
            await self.says(by, room, f"@learncomm share message={ref.id} since {comment.words}")

    def is_read(self, room: RoomRef) -> bool:
        """Whether what is said in a room is kept."""
        return room not in self.book.direct and self.platform(room).network.rooms[room].is_read

    async def handbook(self, count: int) -> None:
        """Add what the whole community may read."""
        readings = []
        for number in range(count):
            title, text = self.canary("title"), self.canary("text")
            section = Section(f"The lamp beside {text.words} burns all night.")
            readings.append(
                Reading(f"book/{number}", ResourceKind.TEXT, f"On {title.words}", (section,))
            )
        await self.agent.add(readings)

    async def says(self, account: Account, room: RoomRef, text: str) -> MessageRef:
        return await self.platform(room).says(account, room, text)

    async def asks(self, account: Account, room: RoomRef, command: str, option: str, what: str,
                   *, is_private: bool) -> None:  # fmt: skip
        """Ask by command for oneself, or by mention for all in the room."""
        if is_private:
            values = {option: what} if option else {}
            await self.platform(room).sends_form(account, room, command, values)
        else:
            await self.says(account, room, f"@learncomm {command} {what}")

    def able(self, room: RoomRef) -> list[Account]:
        """Return those who speak in a room: not its sharers, whose names are canaries."""
        here = sorted(self.book.readers(room) - self._hushed, key=lambda ref: ref.id)
        return [self.book.people[ref] for ref in here]

    # Who takes back what.

    async def takes_back(self, shared: Shared, *, opts_out: bool) -> None:
        """Let a sharer take back one share, or whatever they have shared by opting out."""
        who, room = shared.sharer, shared.room
        command, option, value = ("forget", "source", shared.title.key)
        if opts_out:
            command, option, value = "me", "consent", "out"
        await self.confirms(who, room, command, {option: value})
        theirs = [each for each in self.book.shares if each.sharer is who]
        for each in theirs:
            if opts_out or each.title is shared.title:
                self.book.taken_back(each)

    async def takes_out(self, leader: Account, shared: Shared) -> None:
        """Let a leader take out what she sees of a resource."""
        await self.confirms(leader, shared.room, "forget", {"source": shared.title.key})
        for each in [each for each in self.book.shares if each.title is shared.title]:
            if leader.ref in self.book.readers(each.room):
                self.book.taken_back(each)

    async def confirms(
        self, who: Account, room: RoomRef, command: str, values: dict[str, str]
    ) -> None:
        """Ask by command, and press the first button of the answer."""
        platform = self.platform(room)
        before = {post.ref for post in platform.posts}
        await platform.sends_form(who, room, command, values)
        await self.settle()
        self.look()
        for post in [post for post in platform.posts if post.ref not in before]:
            for block in post.blocks:
                if isinstance(block, Choices) and post.private_to in {None, who.ref}:
                    await platform.presses(who, block.options[0].id, post.ref)
                    await self.settle()
                    return

    # Who moves.

    async def leaves(self, account: Account, room: RoomRef) -> None:
        await self.platform(room).leaves(account, room)
        self.book.members[room] = (self.book.members[room] or set()) - {account.ref}

    async def joins(self, account: Account, room: RoomRef) -> None:
        await self.platform(room).joins(account, room)
        self.book.members[room] = (self.book.members[room] or set()) | {account.ref}

    async def closes(self, room: RoomRef) -> None:
        for thread in [each for each, parent in self.book.parents.items() if parent == room]:
            await self.platform(room).closes(thread)
        await self.platform(room).closes(room)
        self.book.gone.add(room)

    # What is looked at.

    def look(self) -> list[Post]:
        """Look at what was posted since the last look, before anything changes; return the posts."""
        posts = self.new_posts()
        self.leaked += [leak for post in posts for leak in self.book.leaks(post)]
        return posts

    def new_posts(self) -> list[Post]:
        """Return what the agent has posted since this was asked last."""
        posts = [
            post
            for platform in (self.near, self.far)
            for post in platform.posts
            if post.ref not in self.checked
        ]
        self.checked |= {post.ref for post in posts}
        return posts
