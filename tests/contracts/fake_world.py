"""People on a fake platform, as the contract suite needs them."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import chain

from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import GapEnded, ReplyHandle
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Listing,
    Mention,
    MessageLink,
    Paragraph,
    Quote,
    Span,
)
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.testing.network import Post
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.testing.world import Doing, Lack, PlainWorld, Seen

BARE = Capabilities()


KEPT = "network agent _clock _handles _receipts _direct _threads _polls _entries can findings leader_roles"
"""What another adapter to the same network finds again: the network, and what a folder would hold."""


class FakeWorld(PlainWorld):
    """Its adapter loses the connection now and then, and comes back by itself."""

    platform: FakePlatform

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform

    @property
    def space(self) -> SpaceRef:
        return self.platform.network.space

    @property
    def clock(self) -> Clock:
        return self.platform._clock

    async def renew(self) -> None:
        last = self.platform
        self.platform = type(last)(last.name, capabilities=last.can)
        for name in KEPT.split():
            setattr(self.platform, name, getattr(last, name))

    @asynccontextmanager
    async def away(self, stop: Doing, start: Doing) -> AsyncIterator[None]:
        self.platform.disconnect()
        yield
        self.platform.reconnect()
        await self.platform._tell(GapEnded(self.platform.name))

    async def member(self, name: str) -> AccountRef:
        return self.platform.add_account(name).ref

    async def leader(self, name: str) -> AccountRef:
        return self.platform.add_account(name, is_leader=True).ref

    async def room(self, *members: AccountRef) -> RoomRef:
        accounts = [self.platform.network.accounts[member] for member in members]
        return self.platform.add_room("room", accounts)

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        account = self.platform.network.accounts[member]
        assert reply_to is None or Lack.REPLIES not in self.lacks
        return await self.platform.says(account, room, text, reply_to=reply_to)

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        assert Lack.EDITS not in self.lacks
        await self.platform.edits(self.platform.network.accounts[member], message, text)

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        assert Lack.DELETES not in self.lacks
        await self.platform.deletes(self.platform.network.accounts[member], message)

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        account = self.platform.network.accounts[member]
        await self.platform.presses(account, self._id(choice, message), message)

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        account = self.platform.network.accounts[member]
        return await self.platform.picks(account, menu, values, message)

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        account = self.platform.network.accounts[member]
        form = await self.platform.opens(account, self._id(choice, message), message)
        assert form is not None
        await self.platform.fills(account, message.room, form, values)

    def _id(self, choice: Choice, message: MessageRef) -> str:
        blocks = self.platform.network.post(message).blocks
        shown = [each for block in blocks if isinstance(block, Choices) for each in block.options]
        return choice.id or next(each.id for each in shown if each.label == choice.label)

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        account = self.platform.network.accounts[member]
        await self.platform.votes_for(account, option.id, message, is_added=is_added)

    async def calendar(self, member: AccountRef, room: RoomRef) -> Mapping[str, str]:
        entries = self.platform.network.calendar.items()
        return {id: event.title for id, (space, event) in entries if space == room.space}

    async def takes_interest(
        self, member: AccountRef, entry: str, *, is_added: bool = True
    ) -> None:
        account = self.platform.network.accounts[member]
        await self.platform.takes_interest(account, entry, is_added=is_added)

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        account = self.platform.network.accounts[member]
        return await self.platform.sends_form(account, room, "search")

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        return [_seen(post) for post in self.platform.network.seen_by(member, room)]


class FleetingWorld(FakeWorld):
    """Nothing that was said stays there, and nobody can change it or say what it answers."""

    lacks = frozenset(Lack)


class RestartedWorld(FakeWorld):
    """Its adapter is out of reach only when it is stopped, as the default has it."""

    away = PlainWorld.away


def _seen(post: Post) -> Seen:
    spans = list(_spans(post.blocks))
    return Seen(
        post.ref,
        post.text,
        post.files,
        tuple(reaction for _, reaction in post.reactions),
        post.message.reply_to,
        post.is_pinned,
        tuple(span.ref for span in spans if isinstance(span, MessageLink)),
        tuple(span.account.id for span in spans if isinstance(span, Mention)),
    )


def _spans(blocks: tuple[Block, ...]) -> Iterator[Span]:
    for block in blocks:
        match block:
            case Paragraph(spans=spans) | Quote(spans=spans):
                yield from spans
            case Listing(items=items):
                yield from chain.from_iterable(items)
