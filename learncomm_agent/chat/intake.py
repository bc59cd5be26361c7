"""Taking in what happens: kept on disk before a platform is told that it is acknowledged.

Group commit without a timer: while the disk is busy, what arrives waits and becomes the next batch.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from learncomm_agent.chat import rows
from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    Interested,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    ReplyHandle,
    RoomChanged,
    SpaceChanged,
)
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef, whole
from learncomm_agent.chat.people import Consent
from learncomm_agent.clock import Clock
from learncomm_agent.community.newcomers import Newcomers
from learncomm_agent.errors import StorageError
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.sharing.linking import Linking
from learncomm_agent.library.sharing.resharing import Resharing
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.storage import consents, held, messages
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory, KnownAccount, KnownRoom
from learncomm_agent.storage.due import OF_ACCOUNT, REQUEST
from learncomm_agent.storage.windows import day_of
from learncomm_agent.work import Work

BATCH = 500
Follow = Callable[[Connection, RoomChanged | MemberChanged | SpaceChanged], None]
Heard = Callable[[Connection, Sequence[Mapping[str, Any]]], None]
"""Takes the rows of messages that are kept now, in their transaction."""
Comes = Callable[[Connection, Interested], None]
"""Takes that somebody will come to what stands in a calendar, or won't."""
ANSWERED_WITHIN = timedelta(hours=1)
"""What was asked longer ago, while we were away, is kept and not answered any more."""


class Intake:
    """Keeps events. When `take` returns, a crash loses nothing of the event, and a repeat adds nothing."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        work: Work,
        forgetting: Forgetting,
        resharing: Resharing,
        linking: Linking,
        conversations: Conversations,
        newcomers: Newcomers,
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._directory = directory
        self._work = work
        self._forgetting = forgetting
        self._resharing = resharing
        self._linking = linking
        self._conversations = conversations
        self._newcomers = newcomers
        self._follow: Follow = _unfollowed
        self._heard: Heard = lambda conn, rows: None
        self._comes: Comes = lambda conn, event: None
        self._clock = clock
        self._waiting: list[tuple[MessagePosted, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        newcomers.again = self.again

    def follow_with(self, follow: Follow) -> None:
        """Name who follows what becomes of rooms, members and spaces themselves."""
        self._follow = follow

    def hear_with(self, heard: Heard) -> None:
        """Name who is told of the messages that are kept."""
        self._heard = heard

    def expect_with(self, comes: Comes) -> None:
        """Name who is told of those who will come to what stands in a calendar."""
        self._comes = comes

    async def take(self, event: Event) -> None:
        """Keep an event; one that doesn't concern us costs next to nothing.

        Raises:
            StorageError: It could not be kept; the platform should send it again.
        """
        match event:
            case MessagePosted():
                if self._directory.reads(event.room) or (
                    event.message.is_addressed and not self._is_left(event.room.ref)
                ):
                    await self._join_batch(event)
            case MessageEdited():
                await self._database.write(lambda conn: self._edit(conn, event))
            case MessageDeleted():
                await self._database.write(lambda conn: self._delete(conn, event))
            case Chosen() | FormSent() if not self._is_left(event.room.ref):
                await self._database.write(lambda conn: self._act(conn, event))
            case Reacted() if self._linking.awaits(event) and not self._is_left(event.ref.room):
                await self._database.write(lambda conn: self._linking.reacted(conn, event))
            case Interested() if not self._directory.is_left(event.space):
                await self._database.write(lambda conn: self._comes(conn, event))
            case RoomChanged() | MemberChanged() | SpaceChanged():
                await self._database.write(lambda conn: self._follow(conn, event))
            case _:
                return

    def _is_left(self, room: RoomRef) -> bool:
        return self._directory.is_left(room.space)

    async def _join_batch(self, event: MessagePosted) -> None:
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_batches(), name="intake")
        await kept

    async def _write_batches(self) -> None:
        """Write what waits, batch by batch, until nothing does."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            await self._write(batch)

    async def _write(self, batch: list[tuple[MessagePosted, asyncio.Future[None]]]) -> None:
        events = [event for event, _ in batch]
        try:
            await self._database.write(partial(self._post, events=events))
        except Exception as error:  # each asker learns of it; none waits for ever
            if len(batch) > 1 and not isinstance(error, StorageError):
                for one in batch:  # what can't be kept must not keep out its neighbours
                    await self._write([one])
                return
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
        else:
            for _, kept in batch:
                if not kept.done():
                    kept.set_result(None)

    def again(self, conn: Connection, events: Sequence[MessagePosted]) -> None:
        """Keep what the history of one room tells and was missed: messages, and edits of those known."""
        ids = {event.message.ref.id for event in events}
        known = held.known(conn, self._directory.room(conn, events[0].room).id, ids)
        missed = [event for event in events if event.message.ref.id not in known]
        self._post(conn, events=missed, asked_since=self._clock.now() - ANSWERED_WITHIN)
        self._edit_again(conn, [event for event in events if event.message.ref.id in known])

    def _edit_again(self, conn: Connection, events: Iterable[MessagePosted]) -> None:
        """Follow the edits of messages that were told as they read now; an older one changes nothing."""
        for event in events:
            message = event.message
            if message.edited_at is not None:
                self._edit(conn, MessageEdited(message.ref, message.text, message.edited_at))

    def _post(
        self,
        conn: Connection,
        *,
        events: Sequence[MessagePosted],
        asked_since: datetime | None = None,
    ) -> None:
        found = []
        for event in events:
            room = self._directory.room(conn, event.room)
            is_kept = _is_kept(room.room)
            is_held = is_kept and self._newcomers.wait_for(
                conn, room, event, is_past=asked_since is not None
            )
            if is_held and not event.message.is_addressed:
                continue
            author = self._directory.account(conn, room.community, event.author)
            if is_kept and not is_held:
                is_out = author.consent is Consent.OUT
                if asked_since is not None and not is_out:
                    is_out = event.message.posted_at < consents.out_until(conn, author.member)
                found.append(rows.row(event, room, author, is_out=is_out))
                if not is_out:
                    self._linking.posted(conn, room, event)
            is_late = asked_since is not None and event.message.posted_at < asked_since
            if event.message.is_addressed and not (event.author.is_bot or is_late):
                id = event.message.ref.id
                self._request(conn, room, author, id, rows.asked(event), is_held=is_held)
        if found:
            messages.post(conn, found)
            days = {day_of(row["room_id"], row["posted_at"]) for row in found}
            self._conversations.said(conn, days)
            self._heard(conn, found)
        self._edit_again(conn, events)

    def _edit(self, conn: Connection, event: MessageEdited) -> None:
        room = self._directory.known_room(conn, event.ref.room)
        if room is None or not self._concerns(conn, room, event.ref):
            return
        before = messages.find(conn, room.id, event.ref.id)
        if before is None and self._newcomers.is_left_out(conn, room.id, event.ref.id):
            return
        changed = messages.edit(
            conn,
            room.community,
            room.id,
            event.ref.id,
            text=whole(event.text),
            edited_at=event.edited_at,
        )
        if changed is not None:
            self._forgetting.soon_if_early(conn)
            self._forgetting.edited(conn, room.community, changed)
            self._resharing.edited(conn, room.community, changed)
            self._linking.edited(conn, room, event.ref.id, before.text if before else "")
            self._conversations.edited(conn, room.community, changed)

    def _delete(self, conn: Connection, event: MessageDeleted) -> None:
        room = self._directory.known_room(conn, event.ref.room)
        if room is None:
            return
        if self._concerns(conn, room, event.ref):
            self._forgetting.message(conn, room.community, room.id, event.ref.id)
        else:  # somebody may have thanked for it, or by it
            self._forgetting.unthank(conn, room.community, room.id, event.ref.id)

    def _concerns(self, conn: Connection, room: KnownRoom, ref: MessageRef) -> bool:
        """Whether a message is kept, or may still come."""
        return _is_kept(room.room) or messages.find(conn, room.id, ref.id) is not None

    def _act(self, conn: Connection, event: Chosen | FormSent) -> None:
        room = self._directory.room(conn, event.room)
        account = self._directory.account(conn, room.community, event.account)
        match event:
            case Chosen():
                picked = [whole(value) for value in event.values]
                what: dict[str, Any] = {"via": "choice", "choice": event.choice, "picked": picked}
            case FormSent():
                what = {
                    # Values that go with the row: nobody is met by being named.
                    "people": rows.people(event.people),
                    "rooms": rows.rooms(event.rooms),
                    "via": "form",
                    "form": whole(event.form),
                    "values": {name: whole(value) for name, value in event.values.items()},
                    "attachments": rows.records(event.attachments),
                }
        self._request(conn, room, account, event.id, what, event.reply)

    def _request(
        self,
        conn: Connection,
        room: KnownRoom,
        account: KnownAccount,
        event: str,
        what: Mapping[str, Any],
        reply: ReplyHandle | None = None,
        *,
        is_held: bool = False,
    ) -> None:
        """Have it answered: a row in the same transaction, so it is answered once, whatever happens."""
        ref = account.account.ref
        queue = self._newcomers.queue(conn, room.community, ref, is_held=is_held)
        args = {
            **what,
            "community": room.community,
            "room": room.id,
            "account": account.id,
            "member": account.member,
            "ref": [ref.platform, ref.id],
            "is_leader": self._directory.has_right(account.account),
            "roles": sorted(account.account.roles),
            "asked_at": self._clock.now().isoformat(),
            "reply": None if reply is None else rows.handle(reply),
        }
        key = f"{REQUEST}:{room.id}:{event}"
        lane = queue or f"{OF_ACCOUNT}{account.id}"
        self._work.add(conn, REQUEST, args, key=key, lane=lane)


def _is_kept(room: Room) -> bool:
    """Whether what is written here is kept; a direct talk never is."""
    return room.is_read and room.kind is not RoomKind.DIRECT


def _unfollowed(conn: Connection, event: RoomChanged | MemberChanged | SpaceChanged) -> None:
    raise AssertionError("nobody follows what becomes of rooms")  # never lost without a word
