"""Forms, question by question in the direct talk. What was answered is kept until it is sent, and no longer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from typing import Protocol

from learncomm_agent.adapting.asking import Asking, Words
from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.adapting.offering import Say
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import FormSent
from learncomm_agent.chat.forms import FieldKind, Form
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.outgoing import Block, Paragraph, Receipt, Text
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import Clock
from learncomm_agent.errors import Advice, LearncommError
from learncomm_agent.log import logger
from learncomm_matrix.controls.open_form import OpenForm
from learncomm_matrix.directory.place import account_ref
from learncomm_matrix.faults import FINAL

LASTS = timedelta(hours=1)
"""A form that nobody answers for so long lapses."""
_KIND = "form"
_MOST_SAID = 50
"""So many posts of one form are known, that answers to them are the form's."""
Post = Callable[[AccountRef, Sequence[Block], str], Awaitable[Receipt | None]]
"""Says something to somebody in their direct talk, and tells where, if it can; the key is the same on every attempt."""
_log = logger(__name__)


class Directory(Protocol):
    """What forms must know of rooms and people."""

    def account(self, room: Room, ref: AccountRef) -> Account:
        """Return somebody as they are in a room now."""
        ...

    def find(self, room: Room, kind: FieldKind, said: str) -> str | None:
        """Return the id of a room or person that somebody names who is in a room; None where unknown."""
        ...

    def room(self, space: SpaceRef, id: str) -> Room | None:
        """Return a room by its id; None where it is not served."""
        ...


class Forms:
    """Asks what forms ask; one at a time for each person."""

    def __init__(
        self,
        notes: Notes,
        clock: Clock,
        desk: Desk | None,
        directory: Directory,
        post: Post,
        sink: Sink,
        say: Say,
        words: Words,
    ) -> None:
        """Take what it needs; without a desk there are no forms."""
        self._notes = notes
        self._clock = clock
        self._desk = desk
        self._directory = directory
        self._post = post
        self._sink = sink
        self._say = say
        self._words = words
        self._turns: dict[str, asyncio.Lock] = {}

    def is_open(self, account: AccountRef) -> bool:
        """Whether somebody is being asked."""
        return self._notes.get(_KIND, account.id) is not None

    async def begin(self, room: Room, account: Account, opening: str, event: str) -> bool:
        """Open a form and ask its first question; False where this opens none.

        Raises:
            PlatformError: It could not be kept, or not be said.
        """
        async with self._turn(account.ref):
            there = self._open(account.ref)
            if there is not None and self._is_over(there):
                await self._end(account.ref)
                there = None
            if there is not None and there.last != event:
                title = there.asking.form.title
                await self._tell(account.ref, Advice("asking.busy", {"title": title}), event)
                return True
            if there is None:
                form = await self._form(room, account, opening)
                if isinstance(form, Advice):
                    await self._tell(account.ref, form, event)
                if not isinstance(form, Form):
                    return form is not None
                there = OpenForm(room, Asking(form), self._clock.now(), event)
                await self._notes.put(Note(_KIND, account.ref.id, there.record()))
            await self._go_on(account.ref, there, event)
            return True

    async def hear(
        self, account: AccountRef, event: str, said: str, reply_to: str | None = None
    ) -> bool:
        """Take an answer from the direct talk; False where nothing is asked, or it answers another message.

        Raises:
            LearncommError: It could not be kept, said or sent; to hear it again is harmless.
        """
        async with self._turn(account):
            there = self._open(account)
            if there is None:
                return False
            if self._is_over(there):
                await self._lapse(account, there)
                return False
            if not there.belongs(reply_to):
                return False
            if there.last == event or there.asking.has(
                event
            ):  # a repeat: it was cut off after that
                await self._go_on(account, there, event)
                return True
            find = self._finder(there)
            taken = there.asking.answer(said, self._words, event, find)
            if isinstance(taken, Advice):
                await self._tell(account, taken, event)
                return True
            if taken.is_stopped:
                await self._end(account)
                await self._tell(account, Advice("asking.stopped", {}), event)
                return True
            await self._keep(account, there, taken, event)
            return True

    async def edited(self, account: AccountRef, message: str, said: str, event: str) -> bool:
        """Take what an answer says now; False where it is no answer of an open form."""
        async with self._turn(account):
            there = self._open(account)
            if there is None or not there.asking.has(message):
                return False
            taken = there.asking.changed(message, said, self._words, self._finder(there))
            if isinstance(taken, Advice):
                await self._tell(account, taken, event)
            else:
                now = replace(there, asking=taken, at=self._clock.now())
                await self._notes.put(Note(_KIND, account.id, now.record()))
            return True

    async def deleted(self, account: AccountRef, message: str, event: str) -> bool:
        """Forget an answer that was taken back, and ask again; False where it is none."""
        async with self._turn(account):
            there = self._open(account)
            if there is None or not there.asking.has(message):
                return False
            await self._keep(account, there, there.asking.removed(message), event)
            return True

    async def lapse(self) -> None:
        """End what nobody answered for long; to be called now and then."""
        for id in list(self._notes.all(_KIND)):
            account = account_ref(id)
            async with self._turn(account):
                there = self._open(account)
                if there is None:
                    await self._end(account)
                elif self._is_over(there):
                    await self._lapse(account, there)

    async def _keep(self, account: AccountRef, there: OpenForm, asking: Asking, event: str) -> None:
        now = replace(there, asking=asking, at=self._clock.now(), last=event)
        await self._notes.put(Note(_KIND, account.id, now.record()))
        await self._go_on(account, now, event)

    async def _go_on(self, account: AccountRef, there: OpenForm, event: str) -> None:
        """Ask what comes next, or send what was filled in."""
        if not there.asking.is_done:
            try:
                await self._tell_blocks(account, there.asking.question(self._say), event)
            except FINAL:  # nobody can be asked without a way to them
                await self._end(account)
                raise
            return
        form, values = there.asking.form, there.asking.values
        rooms, people = self._subjects(there.room, form, values)
        who = self._directory.account(there.room, account)
        sent = FormSent(
            event, there.room, who, form.id, values, rooms=tuple(rooms), people=tuple(people)
        )
        await self._sink(sent)
        await self._end(account)

    def _subjects(
        self, room: Room, form: Form, values: Mapping[str, str]
    ) -> tuple[list[Room], list[Account]]:
        ids = {
            kind: [
                id
                for field in form.fields
                if field.kind is kind
                for id in values.get(field.name, "").split("\n")
                if id
            ]
            for kind in (FieldKind.ROOM, FieldKind.MEMBER)
        }
        found = [self._directory.room(room.ref.space, id) for id in ids[FieldKind.ROOM]]
        people = [
            self._directory.account(room, AccountRef(room.ref.platform, id))
            for id in ids[FieldKind.MEMBER]
            if id.startswith("@") and ":" in id
        ]
        return [each for each in found if each is not None], people

    async def _form(self, room: Room, account: Account, opening: str) -> Form | Advice | None:
        if self._desk is None:
            return None
        try:
            form = await self._desk.form(room, account, opening)
        except LearncommError as error:
            _log.info("form refused", reason=str(error))
            return error.advice
        if form is None:
            return None
        # Here nobody has a role, so that there is none to ask for.
        fields = tuple(each for each in form.fields if each.kind is not FieldKind.ROLE)
        return replace(form, fields=fields) if fields else None

    def _finder(self, there: OpenForm) -> Callable[[FieldKind, str], str | None]:
        return lambda kind, said: self._directory.find(there.room, kind, said)

    def _is_over(self, there: OpenForm) -> bool:
        return self._clock.now() - there.at >= LASTS

    async def _lapse(self, account: AccountRef, there: OpenForm) -> None:
        await self._end(account)
        said = Advice("asking.lapsed", {"title": there.asking.form.title})
        await self._tell(account, said, f"lapsed {there.last}")

    async def _end(self, account: AccountRef) -> None:
        await self._notes.put(Note(_KIND, account.id))
        await self._notes.scrub()  # what they wrote may be meant to bear no name

    async def _tell(self, account: AccountRef, advice: Advice, event: str) -> None:
        said = self._say(advice.phrase, **advice.values)
        await self._tell_blocks(account, (Paragraph((Text(said),)),), event)

    async def _tell_blocks(self, account: AccountRef, blocks: Sequence[Block], event: str) -> None:
        receipt = await self._post(account, blocks, key_of(event))
        there = self._open(account)
        if receipt is None or there is None:
            return
        ids = dict.fromkeys((*there.said, *(part.id for part in receipt.parts)))
        now = replace(there, said=tuple(ids)[-_MOST_SAID:])
        if now != there:
            await self._notes.put(Note(_KIND, account.id, now.record()))

    def _open(self, account: AccountRef) -> OpenForm | None:
        record = self._notes.get(_KIND, account.id)
        if record is None:
            return None
        try:
            return OpenForm.of(record)
        except (TypeError, KeyError, ValueError):
            _log.warning("form unreadable")
            return None

    def _turn(self, account: AccountRef) -> asyncio.Lock:
        return self._turns.setdefault(account.id, asyncio.Lock())


def key_of(event: str) -> str:
    """Return the key of what is said about an event."""
    return f"f{blake2b(event.encode(errors='replace'), digest_size=10).hexdigest()}"
