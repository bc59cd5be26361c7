"""People on a fake platform, as the contract suite needs them."""

from collections.abc import Mapping
from datetime import datetime

from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import (
    ReplyHandle,
)
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.testing.world import Seen

BARE = Capabilities()


class FakeWorld:
    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform

    async def member(self, name: str) -> AccountRef:
        return self.platform.add_account(name).ref

    async def room(self, *members: AccountRef) -> RoomRef:
        accounts = [self.platform.network.accounts[member] for member in members]
        return self.platform.add_room("room", accounts)

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        account = self.platform.network.accounts[member]
        return await self.platform.says(account, room, text, reply_to=reply_to)

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        await self.platform.edits(self.platform.network.accounts[member], message, text)

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        await self.platform.deletes(self.platform.network.accounts[member], message)

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        await self.platform.presses(self.platform.network.accounts[member], choice.id, message)

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        account = self.platform.network.accounts[member]
        return await self.platform.picks(account, menu, values, message)

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        account = self.platform.network.accounts[member]
        form = await self.platform.opens(account, choice.id, message)
        assert form is not None
        await self.platform.fills(account, message.room, form, values)

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

    def now(self) -> datetime:
        return self.platform.now

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        account = self.platform.network.accounts[member]
        return await self.platform.sends_form(account, room, "search")

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        return [
            Seen(
                post.ref,
                post.text,
                post.files,
                tuple(reaction for _, reaction in post.reactions),
                post.message.reply_to,
                post.is_pinned,
            )
            for post in self.platform.network.seen_by(member, room)
        ]
