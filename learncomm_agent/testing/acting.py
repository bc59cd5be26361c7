"""What the members of a fake platform do with menus, forms, polls and spaces, as strictly as a client."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import (
    Chosen,
    Interested,
    MemberChanged,
    MessageDeleted,
    ReplyHandle,
    SpaceChanged,
    Voted,
)
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Choices, Menu
from learncomm_agent.chat.people import Account, SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.testing.people import People


class Acting(People):
    """More verbs of people; what their client would not let them do is a `ValueError`."""

    def __init__(self, name: str, clock: Clock) -> None:
        """Make a network with nobody but the agent's own account in it."""
        super().__init__(name, clock)
        self.desk: Desk | None = None
        """Whom the platform asks while people type or open forms; see `FakePlatform.consult`."""

    # Menus and forms

    async def picks(
        self,
        account: Account,
        menu: str,
        values: Sequence[str],
        message: MessageRef,
        *,
        is_private: bool = True,
    ) -> ReplyHandle:
        """Pick from a list on the agent's message, and return the handle that the agent got."""
        blocks = self.network.post(message).blocks
        found = next((b for b in blocks if isinstance(b, Menu) and b.id == menu), None)
        if found is None:
            raise ValueError(f"there is no menu {menu!r} on this message")
        picked = tuple(each.id for each in found.options if each.id in values)
        if len(picked) != len(values) or not found.at_least <= len(picked) <= found.at_most:
            raise ValueError(f"{list(values)} can't be picked")
        reply = self._handle(account, is_private)
        where, id = self.network.room(message.room), self.network.new_id("action")
        await self._tell(Chosen(id, where, account, menu, message, reply, picked))
        return reply

    async def opens(self, account: Account, choice: str, message: MessageRef) -> Form | None:
        """Press what opens a form on the agent's message, and return the form that came up."""
        blocks = self.network.post(message).blocks
        options = [each for b in blocks if isinstance(b, Choices) for each in b.options]
        if Choice(choice, "", opens_form=True) not in [replace(each, label="") for each in options]:
            raise ValueError(f"there is no {choice!r} on this message that opens a form")
        return await self._asked().form(self.network.room(message.room), account, choice)

    async def calls_form(self, account: Account, room: RoomRef, command: str) -> Form | None:
        """Call a command that opens a form, and return the form that came up."""
        return await self._asked().form(self.network.room(room), account, command)

    async def fills(
        self,
        account: Account,
        room: RoomRef,
        form: Form,
        values: Mapping[str, str],
        *,
        is_private: bool = True,
    ) -> ReplyHandle:
        """Fill in a form that came up and send it; what is left out keeps what stood in it."""
        given = {
            field.name: values.get(field.name, "\n".join(field.values)) for field in form.fields
        }
        unknown = set(values) - set(given)
        if unknown:
            raise ValueError(f"the form has no {sorted(unknown)}")
        for field in form.fields:
            _check(field, given[field.name])
        return await self.sends_form(account, room, form.id, given, is_private=is_private)

    async def types(
        self,
        account: Account,
        room: RoomRef,
        command: str,
        option: str,
        typed: str = "",
        given: Mapping[str, str] | None = None,
    ) -> Sequence[Choice]:
        """Begin to fill in an option of a command, and return what is suggested."""
        where = self.network.room(room)
        return await self._asked().suggest(where, account, command, option, typed, given or {})

    # Polls

    async def votes_for(
        self, account: Account, option: str, message: MessageRef, *, is_added: bool = True
    ) -> None:
        """Vote in a poll, or take the vote back; where one may have one vote, another one goes."""
        post = self.network.post(message)
        poll = post.poll
        if poll is None or option not in [each.id for each in poll.options]:
            raise ValueError(f"nobody can vote for {option!r} here")
        if poll.closes_at <= self._clock.now():
            raise ValueError("the poll is over")
        vote = (account.ref, option)
        mine = [each for each in post.votes if each[0] == account.ref]
        gone = [each for each in mine if (each == vote) or (is_added and not poll.is_multiple)]
        kept = tuple(each for each in post.votes if each not in gone)
        votes = (*kept, vote) if is_added else kept
        self.network.posts[message] = replace(post, votes=votes)
        for _, other in gone:
            if other != option:
                await self._tell(Voted(message, account, other, is_added=False))
        if is_added != (vote in mine):
            await self._tell(Voted(message, account, option, is_added))

    # The calendar

    async def takes_interest(self, account: Account, entry: str, *, is_added: bool = True) -> None:
        """Say in the calendar that one will come, or take that back; to say it again tells nothing."""
        if entry not in self.network.calendar:
            raise ValueError(f"there is no entry {entry!r}")
        who = self.network.interest.setdefault(entry, set())
        if is_added != (account.ref in who):
            (who.add if is_added else who.discard)(account.ref)
            space, _ = self.network.calendar[entry]
            await self._tell(Interested(space, entry, account, is_added))

    # Spaces

    async def joins_space(self, account: Account, space: SpaceRef | None = None) -> None:
        """Come into a space."""
        self.network.accounts[account.ref] = account
        await self._tell(MemberChanged(None, account, space=space or self.network.space))

    async def leaves_space(self, account: Account, space: SpaceRef | None = None) -> None:
        """Leave a space, and all rooms of it."""
        where = space or self.network.space
        everyone = frozenset(self.network.accounts)
        for room in self.network.rooms.values():
            if room.ref.space == where and room.parent is None:
                members = self.network.members(room.ref)
                left = (everyone if members is None else members) - {account.ref}
                self.network.set_members(room.ref, left)
        await self._tell(MemberChanged(None, account, is_present=False, space=where))

    async def removes_agent(self, space: SpaceRef | None = None) -> None:
        """Take the agent out of a space; nothing of it reaches it from now on."""
        where = space or self.network.space
        self.network.without_agent.add(where)
        await self._tell(SpaceChanged(where, self.network.spaces[where], is_present=False))

    async def invites_agent(self, space: SpaceRef | None = None) -> None:
        """Bring the agent into a space, or back into it."""
        where = space or self.network.space
        self.network.without_agent.discard(where)
        await self._tell(SpaceChanged(where, self.network.spaces[where]))

    async def sweeps(self, messages: Sequence[MessageRef]) -> None:
        """Let a moderator delete several messages at once."""
        for message in messages:
            post = self.network.post(message)
            self.network.posts[message] = replace(post, is_deleted=True)
        for message in messages:
            await self._tell(MessageDeleted(message))

    def _asked(self) -> Desk:
        if self.desk is None:
            raise ValueError("nobody was named whom the platform could ask")
        return self.desk


def _check(field: Field, value: str) -> None:
    """Refuse what a client does not let anybody send.

    Raises:
        ValueError: It is such a thing.
    """
    if field.is_required and not value:
        raise ValueError(f"{field.name!r} must be filled in")
    if field.kind in (FieldKind.TEXT, FieldKind.NUMBER):
        if len(value) > field.max_chars:
            raise ValueError(f"{field.name!r} is too long")
        return
    picked = value.splitlines()
    if len(picked) > field.at_most:
        raise ValueError(f"{field.name!r} takes no more than {field.at_most}")
    if field.kind is FieldKind.CHOICE and set(picked) - {each.id for each in field.choices}:
        raise ValueError(f"{field.name!r} has no such choice")
