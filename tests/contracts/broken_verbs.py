"""Platforms that each break one rule about what they claim to be able to do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import (
    ReplyHandle,
)
from learncomm_agent.chat.forms import Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Choices, File, Menu, Outgoing, Receipt
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.polls import Poll
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.errors import PlatformError
from learncomm_agent.testing.platform import FakePlatform
from tests.contracts.fake_world import BARE


class ClaimsEdits(FakePlatform):
    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        return Receipt((message,))


class ClaimsDeletes(FakePlatform):
    async def delete(self, message: MessageRef) -> None:
        return None


class DropsFiles(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        blocks = tuple(block for block in outgoing.blocks if not isinstance(block, File))
        return await super().send(outgoing.with_blocks(blocks))


class ClaimsReactions(FakePlatform):
    async def react(self, message: MessageRef, reaction: str) -> None:
        return None


class OpensThreadsTwice(FakePlatform):
    async def open_thread(self, room: RoomRef, title: str, **how: Any) -> RoomRef:
        self._threads.clear()
        return await super().open_thread(room, title, **how)


class OpensThreadsToAll(FakePlatform):
    async def open_thread(self, room: RoomRef, title: str, **how: Any) -> RoomRef:
        return await super().open_thread(room, title, **{**how, "is_private": False})


class BringsInAnybody(FakePlatform):
    async def open_thread(self, room: RoomRef, title: str, **how: Any) -> RoomRef:
        thread = await super().open_thread(room, title, **{**how, "members": ()})
        await self.add_to_thread(thread, how.get("members", ()))
        return thread

    async def add_to_thread(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        parent = self.network.branch_of(thread)
        if parent is not None and self.network.room(thread).parent is None:
            inside = self.network.members(thread) or frozenset()
            self.network.set_members(thread, inside.union(members))


class ClaimsPins(FakePlatform):
    async def pin(self, message: MessageRef) -> None:
        return None


class OpensPollsTwice(FakePlatform):
    async def open_poll(self, room: RoomRef, poll: Poll, *, key: str) -> MessageRef:
        self._polls.clear()
        return await super().open_poll(room, poll, key=key)


class CutsPolls(FakePlatform):
    async def open_poll(self, room: RoomRef, poll: Poll, *, key: str) -> MessageRef:
        options = poll.options[: self.can.max_poll_options]
        return await super().open_poll(room, replace(poll, options=options), key=key)


class SchedulesTwice(FakePlatform):
    async def schedule(self, room: RoomRef, event: ScheduledEvent, *, key: str) -> str:
        self._entries.clear()
        return await super().schedule(room, event, key=key)


class MistakesWhatTheyComeTo(FakePlatform):
    async def takes_interest(self, account: Account, entry: str, *, is_added: bool = True) -> None:
        await super().takes_interest(account, max(self.network.calendar), is_added=is_added)


class ForgetsItsOwnPosts(FakePlatform):
    async def newest(self, room: RoomRef) -> str | None:
        self._check_connected()
        said = [p for p in self.network.past(room, None) if p.message.author != self.agent.ref]
        return said[-1].ref.id if said else None


class IsNowhereWhenStopped(FakePlatform):
    async def spaces(self) -> frozenset[SpaceRef]:
        return frozenset() if self._sink is None else await super().spaces()


class EditsAnything(FakePlatform):
    """Puts other content in place without a look at whom it is for."""

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        post = self.network.post(message)
        return await super().edit(message, replace(outgoing, private_to=post.private_to))


class FailsToAcknowledge(FakePlatform):
    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        raise PlatformError("too late")


class DropsControls(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        controls = Choices | Menu | Form
        blocks = tuple(block for block in outgoing.blocks if not isinstance(block, controls))
        return await super().send(outgoing.with_blocks(blocks))


class DoesMoreThanItSays(FakePlatform):
    """Can do everything and claims nothing, as seen from the outside."""

    async def capabilities(self, room: RoomRef) -> Capabilities:
        return BARE
