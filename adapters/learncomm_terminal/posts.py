"""What the agent posts: kept once, shown to whom it is for, changed and taken back."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import Block, File, Image, Outgoing, Receipt
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError, StorageError
from learncomm_terminal import files, rooms
from learncomm_terminal.cleaning import clean_line
from learncomm_terminal.desk import Desk, owner_of
from learncomm_terminal.transcript import Entry, Reaction, with_reaction


class Posts:
    """The agent's own part of the transcript."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        """Post to where this desk stands, and save files in this folder."""
        self._desk = desk
        self._means = desk.means
        self._folder = folder

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing; see `TerminalAdapter.send`."""
        transcript, clock = self._means.store.transcript, self._means.clock
        with self._means.answers.posting():
            async with self._means.store.turn:
                entry = transcript.posted_as(outgoing.key)
                if entry is None:
                    draft = Entry(
                        transcript.next_number,
                        outgoing.room.id,
                        None,
                        clock.now(),
                        key=outgoing.key,
                        private_to=self._reader(outgoing),
                        reply_to=_number(outgoing),
                    )
                    entry = await self._fill(draft, outgoing.blocks)
                    await self._present(entry, is_new=True, answers=_cause(outgoing))
        return Receipt((entry.ref,))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a post; see `TerminalAdapter.edit`."""
        with self._means.answers.posting():
            async with self._means.store.turn:
                entry = self._ours(message)
                if outgoing.private_to is not None and outgoing.private_to.id != entry.private_to:
                    raise NotPermittedError(f"message {message.id!r} is for other readers")
                if outgoing.private_to is None and entry.private_to is not None:
                    raise NotPermittedError(f"message {message.id!r} is private")
                if _stored(outgoing.blocks) != entry.blocks or _has_files(outgoing.blocks):
                    draft = replace(
                        entry, edited_at=self._means.clock.now(), revision=entry.revision + 1
                    )
                    changed = await self._fill(draft, outgoing.blocks)
                    await self._discard(set(entry.paths.values()) - set(changed.paths.values()))
                    await self._present(changed, is_new=False)
        return Receipt((message,))

    async def delete(self, message: MessageRef) -> None:
        """Take back a post; harmless when it is gone."""
        async with self._means.store.turn:
            try:
                entry = self._ours(message)
            except RoomGoneError:
                return
            is_seen = self._desk.sees(entry)
            await self._keep(entry.without_content())
            await self._discard(entry.paths.values())
            if is_seen:
                self._means.screen.tell("terminal.deleted", number=entry.number)

    async def react(self, message: MessageRef, sign: str) -> None:
        """Put a reaction on a message; harmless when it is there."""
        async with self._means.store.turn:
            entry = self._means.store.transcript.entry(message)
            reaction = Reaction(None, clean_line(sign))
            if reaction not in entry.reactions:
                changed = with_reaction(entry, reaction, is_added=True)
                await self._keep(changed)
                if self._desk.sees(changed):
                    await self._means.screen.show(changed, is_new=False)

    async def _fill(self, draft: Entry, blocks: tuple[Block, ...]) -> Entry:
        """Keep a post with this content."""
        try:
            paths = await files.save(self._folder, f"{draft.number}.{draft.revision}", blocks)
        except StorageError as error:
            raise PlatformError("a file was not saved") from error
        entry = replace(draft, blocks=_stored(blocks), paths=paths)
        await self._keep(entry)
        return entry

    async def _keep(self, entry: Entry) -> None:
        try:
            await self._means.store.keep(entry)
        except StorageError as error:
            raise PlatformError(f"message {entry.number} was not kept") from error

    async def _discard(self, paths: Iterable[str]) -> None:
        try:
            await files.remove(paths)
        except StorageError as error:
            raise PlatformError("a file was not removed") from error

    async def _present(self, entry: Entry, *, is_new: bool, answers: str | None = None) -> None:
        """Show a post where the speaker sees it; tell of one in another room of theirs."""
        transcript, desk = self._means.store.transcript, self._desk
        if not transcript.shows(entry, desk.speaker_id):
            return
        if is_new and (desk.sees(entry) or rooms.owner_of(entry.room) is not None):
            self._means.answers.arrive(answers)
        if desk.sees(entry):
            await self._means.screen.show(entry, is_new=is_new)
        else:
            room = transcript.place(rooms.room_ref(entry.room)).room
            self._means.screen.tell("terminal.elsewhere", room=rooms.label(room))

    def _reader(self, outgoing: Outgoing) -> str | None:
        """Return the only account that will see a post, None where the whole room will."""
        transcript = self._means.store.transcript
        place = transcript.place(outgoing.room)
        reply, private_to = outgoing.reply, outgoing.private_to
        is_fresh = reply is not None and reply.expires_at > self._means.clock.now()
        owner = owner_of(reply) if reply and reply.is_private and is_fresh else None
        if private_to is None:
            return owner
        is_here = private_to.platform == rooms.PLATFORM and transcript.may_read(
            private_to.id, place
        )
        if not is_here or owner not in (None, private_to.id):
            raise NotPermittedError(f"room {outgoing.room.id!r} has no way to {private_to.id!r}")
        return private_to.id

    def _ours(self, message: MessageRef) -> Entry:
        entry = self._means.store.transcript.entry(message)
        if entry.author is not None:
            raise NotPermittedError(f"message {message.id!r} is not ours")
        return entry


def _number(outgoing: Outgoing) -> int | None:
    """Return the number of the message that a post answers, where it stands in this room."""
    ref = outgoing.reply_to
    if ref is None or ref.room != outgoing.room or not ref.id.isdecimal():
        return None
    return int(ref.id[:18])


def _stored(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return blocks without the bytes, which are saved as files."""
    return tuple(
        replace(block, content=b"") if isinstance(block, File | Image) else block
        for block in blocks
    )


def _has_files(blocks: tuple[Block, ...]) -> bool:
    return any(isinstance(block, File | Image) for block in blocks)


def _cause(outgoing: Outgoing) -> str | None:
    """Return the token or message id that a post answers."""
    if outgoing.reply is not None:
        return outgoing.reply.token
    return None if outgoing.reply_to is None else outgoing.reply_to.id
