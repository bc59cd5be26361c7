"""Where the person sits: who speaks now, in which room, and what becomes of a typed line."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from learncomm_agent.chat.events import Chosen, Event, FormSent, MessagePosted, ReplyHandle
from learncomm_agent.chat.messages import Attachment, Message, MessageRef, Room
from learncomm_agent.chat.people import Account
from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Catalogue, Command, OptionKind
from learncomm_agent.commands.parsing import parse
from learncomm_agent.errors import RoomGoneError, UsageError
from learncomm_terminal import files, rooms
from learncomm_terminal.answers import Answers
from learncomm_terminal.cleaning import clean
from learncomm_terminal.lines import Called, Own, Picked, Said, Stray, read
from learncomm_terminal.screen import Screen
from learncomm_terminal.store import Store
from learncomm_terminal.transcript import Entry, Place, options

HANDLE_LIFETIME = timedelta(minutes=15)
MAX_LINE = 8000
"""Longest line that is taken, in characters."""
_SHOWN_AGAIN = 8


@dataclass(frozen=True, slots=True)
class Means:
    """What a desk works with."""

    store: Store
    screen: Screen
    answers: Answers
    clock: Clock
    catalogue: Catalogue
    deliver: Callable[[], Awaitable[None]]
    """Tells the agent what waits."""
    waits: bool
    """Whether the next line is taken only when the agent has answered."""


class Desk:
    """Turns typed lines into events."""

    def __init__(self, means: Means, own: Callable[["Desk", Own], Awaitable[bool]]) -> None:
        """Sit down.

        Args:
            means: What to work with.
            own: Does a command of the terminal; tells whether the person stays.
        """
        self.means = means
        self.speaker_id = ""
        self.room = rooms.open_room(rooms.AGENT)
        self._own = own

    @property
    def speaker(self) -> Account:
        """Who speaks now."""
        return self.means.store.transcript.members[self.speaker_id]

    @property
    def place(self) -> Place:
        """The room that is shown, and its readers."""
        return self.means.store.transcript.place(self.room.ref)

    def sees(self, entry: Entry) -> bool:
        """Whether what was posted belongs on the screen now."""
        is_here = entry.room == self.room.ref.id
        return is_here and self.means.store.transcript.shows(entry, self.speaker_id)

    async def sit(self, speaker: str, room: Room) -> None:
        """Speak as somebody in a room, and show what they see there."""
        self.speaker_id, self.room = speaker, room
        await self.look()

    async def look(self) -> None:
        """Show the last lines of the room again, as the speaker sees them."""
        async with self.means.store.turn:
            self.means.screen.head(f"{self.speaker.name} {rooms.label(self.room)}")
            entries = self.means.store.transcript.seen(self.speaker_id, self.room.ref)
            for entry in entries[-_SHOWN_AGAIN:]:
                await self.means.screen.show(entry, is_new=False)

    async def take(self, line: str) -> bool:
        """Do what a typed line asks; tell whether the person stays.

        Raises:
            LearncommError: It can't be done; the advice is for the person.
        """
        line = clean(line)
        if len(line) > MAX_LINE:
            raise UsageError(
                f"a line of {len(line)} characters", phrase="terminal.too_long", limit=MAX_LINE
            )
        offered = self._offered()
        count = len(options(offered)) if offered is not None else 0
        typed = read(line, self.means.catalogue, offered=count)
        if isinstance(typed, Called | Own | Stray):
            self.means.screen.echo(self.speaker_id, line)
        match typed:
            case Said() as said:
                await self.say(said)
            case Called(command, rest):
                await self._call(command, rest)
            case Picked(number) if offered is not None:
                await self.pick(offered, number)
            case Own() as own:
                return await self._own(self, own)
            case Stray(word, nearest):
                raise UsageError(
                    f"no command {word!r}", phrase="terminal.unknown", word=word, nearest=nearest
                )
        return True

    async def say(self, said: Said, reply_to: MessageRef | None = None) -> None:
        """Post a message."""
        is_addressed = said.is_addressed or rooms.owner_of(self.room.ref.id) is not None

        def posted() -> MessagePosted:
            number = str(self.means.store.transcript.next_number)
            message = Message(
                MessageRef(self.room.ref, number),
                self.speaker.ref,
                said.text,
                self.means.clock.now(),
                reply_to=reply_to,
                is_addressed=is_addressed,
            )
            return MessagePosted(message, self.speaker, self.room)

        await self.happen(posted, is_asked=is_addressed)

    async def pick(self, entry: Entry, number: int) -> None:
        """Press a button.

        Raises:
            UsageError: There is none of this number.
        """
        offered = options(entry)
        if not 1 <= number <= len(offered):
            raise UsageError("no such choice", phrase="terminal.no_choice", count=len(offered))
        choice = offered[number - 1]
        self.means.screen.echo(self.speaker_id, f"[{number}] {choice.label}")
        event = Chosen(
            _new_id(),
            self.room,
            self.speaker,
            choice.id,
            message=entry.ref,
            reply=self._handle(is_private=False),
        )
        await self.happen(lambda: event, is_asked=True)

    async def happen(self, make: Callable[[], Event], *, is_asked: bool = False) -> None:
        """Let something happen: it is kept, shown, told; where the agent is asked, it may answer.

        Args:
            make: Makes the event; no other number is given away meanwhile.
            is_asked: Whether the agent is to answer.
        """
        means = self.means
        async with means.store.turn:
            event = make()
            await means.store.happen(event)
            if isinstance(event, MessagePosted):
                await means.screen.show(means.store.transcript.entry(event.message.ref))
        means.answers.expect(_asked(event))
        await means.deliver()
        if is_asked and means.waits:
            await means.answers.wait()

    def entry(self, number: str) -> Entry:
        """Return what stands in this room under a number, for the speaker's eyes.

        Raises:
            UsageError: Nothing.
        """
        number = number.strip().lstrip("#")
        try:
            entry = self.means.store.transcript.entry(MessageRef(self.room.ref, number))
        except RoomGoneError:
            entry = None
        if entry is None or not self.sees(entry):
            raise UsageError("no such message", phrase="terminal.no_message", number=number)
        return entry

    def latest_choices(self) -> Entry:
        """Return the last post here that offers choices.

        Raises:
            UsageError: None does.
        """
        for entry in reversed(self.means.store.transcript.seen(self.speaker_id, self.room.ref)):
            if options(entry):
                return entry
        raise UsageError("no choices", phrase="terminal.no_choices")

    def _offered(self) -> Entry | None:
        """Return the last thing in the room if it is a post with choices."""
        seen = self.means.store.transcript.seen(self.speaker_id, self.room.ref)
        return seen[-1] if seen and options(seen[-1]) else None

    async def _call(self, command: Command, rest: str) -> None:
        values, attachments = await self._filled(command, rest)
        event = FormSent(
            _new_id(),
            self.room,
            self.speaker,
            command.name,
            values,
            attachments,
            self._handle(is_private=command.is_private or command.always_private),
        )
        await self.happen(lambda: event, is_asked=True)

    async def _filled(
        self, command: Command, rest: str
    ) -> tuple[dict[str, str], tuple[Attachment, ...]]:
        """Return what a command was told, with a file in place of the path that names it."""
        call = parse(f"/{command.name} {rest}", self.means.catalogue)
        values = {} if call is None else dict(call.values)
        file = next((each for each in command.options if each.kind is OptionKind.FILE), None)
        for option in (file, command.rest):
            if file is None or option is None or option.name not in values:
                continue
            text = values[option.name]
            found = await files.find(text)
            if found is not None:
                del values[option.name]
                if found.rest and command.rest is not None:
                    values[command.rest.name] = found.rest
                return values, (found.attachment,)
            if option is file or files.looks_like_path(text):
                raise UsageError("no such file", phrase="terminal.no_file", path=text)
        return values, ()

    def _handle(self, *, is_private: bool) -> ReplyHandle:
        """Return a handle that says whose it is, so that an answer through it finds them."""
        token = f"{_new_id()}/{self.speaker_id}"
        return ReplyHandle(token, self.means.clock.now() + HANDLE_LIFETIME, is_private)


def owner_of(reply: ReplyHandle) -> str:
    """Return the id of the account that a handle was made for."""
    return reply.token.partition("/")[2]


def _new_id() -> str:
    return uuid4().hex[:16]


def _asked(event: Event) -> str | None:
    """Return the token or message id that the answer to an event will name."""
    match event:
        case MessagePosted():
            return event.message.ref.id
        case FormSent() | Chosen():
            return None if event.reply is None else event.reply.token
        case _:
            return None
