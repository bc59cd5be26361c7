"""People on a platform, as the contract suite needs them: an adapter's tests bring a `World`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Block, Paragraph, Text
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock, SystemClock

Doing = Callable[[], Awaitable[None]]

HOSTILE = (
    "@everyone **x** `y` _z_ <@1> [a](https://e.org) ||s|| \\* # no\n> quote\n- item\n1. one\n```"
)
"""Text that is full of what platforms take for markup."""


class Lack(StrEnum):
    """What there is not on a platform, for anybody; a rule about it then holds what can still be held."""

    PAST = "past"
    """Nothing that was said stays there: `Platform.history` is a `NotPermittedError`, always."""
    EDITS = "edits"
    """People can't change what they wrote."""
    DELETES = "deletes"
    """People can't take back what they wrote."""
    REPLIES = "replies"
    """People can't show which message they answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as a person reads it, without markup that the platform has turned into looks."""

    ref: MessageRef
    text: str
    files: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    reply_to: MessageRef | None = None
    is_pinned: bool = False
    links: tuple[MessageRef, ...] = ()
    """The messages that it leads to, where a reader would come out at them."""
    calls: tuple[str, ...] = ()
    """The ids of those whom it calls, so that their client tells them; any other name for all."""


class World(Protocol):
    """A platform with people on it. Each verb returns once the agent has taken what it causes."""

    @property
    def platform(self) -> Platform:
        """The adapter under test, not started yet; another one after `renew`."""
        ...

    @property
    def lacks(self) -> frozenset[Lack]:
        """What there is not on this platform; the verbs for it are not used then."""
        ...

    @property
    def space(self) -> SpaceRef:
        """Where `room` makes its rooms."""
        ...

    @property
    def clock(self) -> Clock:
        """The time there, by which the agent goes as well."""
        ...

    async def member(self, name: str) -> AccountRef:
        """Return a new person's account."""
        ...

    async def leader(self, name: str) -> AccountRef:
        """Return the account of a new person who leads, by what makes `Account.is_leader` true there."""
        ...

    async def room(self, *members: AccountRef) -> RoomRef:
        """Return a new room that just these, and the agent, can read."""
        ...

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        """Write a message; where people can't show what they answer, without `reply_to`."""
        ...

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        """Change a message of one's own."""
        ...

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        """Take back a message of one's own."""
        ...

    async def asks(self, member: AccountRef, room: RoomRef, text: str) -> MessageRef:
        """Write a message to the agent, by its name or as one does there."""
        ...

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        """Choose something on a message of the agent."""
        ...

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        """Pick options from a list on a message of the agent, all by their ids."""
        ...

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        """Press what opens a form on a message of the agent, fill it in by its fields' names and send it.

        What is not named is left as it stands there. A choice without an id is meant by its label.
        """
        ...

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        """Vote in a poll of the agent's, or take the vote back."""
        ...

    async def calendar(self, member: AccountRef, room: RoomRef) -> Mapping[str, str]:
        """Return what somebody sees in the calendar of a room's space: titles by ids."""
        ...

    async def takes_interest(
        self, member: AccountRef, entry: str, *, is_added: bool = True
    ) -> None:
        """Say in the calendar that one will come to an entry of the agent's, or take that back."""
        ...

    def now(self) -> datetime:
        """Return what time it is there."""
        ...

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        """Act so that the agent may answer in private, and return its way to do so, if it needs one."""
        ...

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        """Return what this person sees in a room now, oldest first."""
        ...

    async def renew(self) -> None:
        """Make `platform` anew over what the last one kept on disk, as another process would."""
        ...

    def away(self, stop: Doing, start: Doing) -> AbstractAsyncContextManager[None]:
        """Let the platform be out of reach for the agent, while people go on with these verbs.

        Args:
            stop: Ends what runs on `platform`, for a world that has no other way to be out of reach.
            start: Begins it again, on `platform` as it is by then.
        """
        ...


class PlainWorld:
    """What a world need not bring: for all that its platform does not claim, and what is alike on most.

    Who inherits it brings `platform`, `space`, `member`, `leader`, `room`, `says`, `presses`, `handle` and
    `seen_by`; and `edits` and `deletes`, unless it `lacks` them.
    """

    platform: Platform
    lacks: frozenset[Lack] = frozenset()

    @property
    def clock(self) -> Clock:
        """Return the clock of the machine."""
        return SystemClock()

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        """Write a message; to be brought."""
        raise NotImplementedError

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        """Change a message; to be brought where people can."""
        raise NotImplementedError

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        """Take back a message; to be brought where people can."""
        raise NotImplementedError

    async def asks(self, member: AccountRef, room: RoomRef, text: str) -> MessageRef:
        """Write to the agent by its name."""
        return await self.says(member, room, f"@learncomm {text}")

    async def renew(self) -> None:
        """Leave the adapter as it is: stopped, it can be started again."""

    @asynccontextmanager
    async def away(self, stop: Doing, start: Doing) -> AsyncIterator[None]:
        """Let it be stopped meanwhile, as when the process ends and another one begins."""
        await stop()
        yield
        await self.renew()
        await start()

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        """Pick from a list."""
        raise AssertionError("there are no menus")

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        """Fill in a form."""
        raise AssertionError("there are no forms")

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        """Vote."""
        raise AssertionError("there are no polls")

    async def calendar(self, member: AccountRef, room: RoomRef) -> Mapping[str, str]:
        """Return what stands in a calendar that is not there."""
        return {}

    async def takes_interest(
        self, member: AccountRef, entry: str, *, is_added: bool = True
    ) -> None:
        """Say that one will come."""
        raise AssertionError("there is no calendar")

    def now(self) -> datetime:
        """Return what time it is by the clock."""
        return self.clock.now()


@dataclass(slots=True)
class OneForm:
    """A desk for the suite: it opens one form, suggests nothing, and nobody leads by a role."""

    form_: Form | None = None
    asked: list[tuple[AccountRef, str]] = field(default_factory=list)
    """Who wanted to open what."""

    async def suggest(
        self,
        room: Room,
        account: Account,
        command: str,
        option: str,
        typed: str,
        given: Mapping[str, str] = {},
    ) -> Sequence[Choice]:
        """Suggest nothing."""
        return []

    async def form(self, room: Room, account: Account, opening: str) -> Form | None:
        """Return the form."""
        self.asked.append((account.ref, opening))
        return self.form_

    async def leader_roles(self, space: SpaceRef) -> frozenset[str]:
        """Return none."""
        return frozenset()


def paragraph(text: str) -> tuple[Block, ...]:
    """Return a post of one plain paragraph."""
    return (Paragraph((Text(text),)),)
