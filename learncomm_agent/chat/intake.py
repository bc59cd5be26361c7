"""Taking in what happens: kept on disk before a platform is told that it is acknowledged.

Group commit without a timer: while the disk is busy, what arrives waits and becomes the next batch.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReplyHandle,
    RoomChanged,
)
from learncomm_agent.chat.messages import Attachment, MessageRef, Room, RoomKind, whole
from learncomm_agent.chat.people import Consent
from learncomm_agent.clock import Clock
from learncomm_agent.errors import StorageError
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.resharing import Resharing
from learncomm_agent.storage import messages
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory, KnownAccount, KnownRoom
from learncomm_agent.work import Work

BATCH = 500


class Intake:
    """Keeps events. When `take` returns, a crash loses nothing of the event, and a repeat adds nothing."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        work: Work,
        forgetting: Forgetting,
        resharing: Resharing,
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._directory = directory
        self._work = work
        self._forgetting = forgetting
        self._resharing = resharing
        self._clock = clock
        self._waiting: list[tuple[MessagePosted, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, event: Event) -> None:
        """Keep an event; one that doesn't concern us costs next to nothing.

        Raises:
            StorageError: It could not be kept; the platform should send it again.
        """
        match event:
            case MessagePosted():
                if event.message.is_addressed or self._directory.reads(event.room):
                    await self._join_batch(event)
            case MessageEdited():
                await self._database.write(lambda conn: self._edit(conn, event))
            case MessageDeleted():
                await self._database.write(lambda conn: self._delete(conn, event))
            case Chosen() | FormSent():
                await self._database.write(lambda conn: self._act(conn, event))
            case RoomChanged() if event.is_present:
                await self._database.write(lambda conn: self._directory.room(conn, event.room))
            case MemberChanged() if event.room is not None and event.is_present:
                await self._database.write(lambda conn: self._change_member(conn, event))
            case _:
                return

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

    def _post(self, conn: Connection, *, events: list[MessagePosted]) -> None:
        rows = []
        for event in events:
            room = self._directory.room(conn, event.room)
            author = self._directory.account(conn, room.community, event.author)
            if _is_kept(room.room):
                rows.append(_row(event, room, author))
            if event.message.is_addressed and not event.author.is_bot:
                self._request(
                    conn,
                    room,
                    author,
                    event.message.ref.id,
                    _asked(event),
                )
        if rows:
            messages.post(conn, rows)
        for event in events:
            message = event.message
            if message.edited_at is not None:  # read again, and changed since
                self._edit(conn, MessageEdited(message.ref, message.text, message.edited_at))

    def _edit(self, conn: Connection, event: MessageEdited) -> None:
        room = self._room_of(conn, event.ref)
        if room is None:
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

    def _delete(self, conn: Connection, event: MessageDeleted) -> None:
        room = self._room_of(conn, event.ref)
        if room is not None:
            self._forgetting.message(conn, room.community, room.id, event.ref.id)

    def _room_of(self, conn: Connection, ref: MessageRef) -> KnownRoom | None:
        """Return the room of a message that is kept, or may still come; None for any other."""
        room = self._directory.known_room(conn, ref.room)
        if room is None or _is_kept(room.room):
            return room
        return room if messages.find(conn, room.id, ref.id) is not None else None

    def _act(self, conn: Connection, event: Chosen | FormSent) -> None:
        room = self._directory.room(conn, event.room)
        account = self._directory.account(conn, room.community, event.account)
        match event:
            case Chosen():
                what: dict[str, Any] = {"via": "choice", "choice": event.choice}
            case FormSent():
                what = {
                    "via": "form",
                    "form": whole(event.form),
                    "values": {name: whole(value) for name, value in event.values.items()},
                    "attachments": _records(event.attachments),
                }
        self._request(conn, room, account, event.id, what, event.reply)

    def _change_member(self, conn: Connection, event: MemberChanged) -> None:
        assert event.room is not None
        room = self._directory.known_room(conn, event.room)
        if room is not None:
            self._directory.account(conn, room.community, event.account)

    def _request(
        self,
        conn: Connection,
        room: KnownRoom,
        account: KnownAccount,
        event: str,
        what: Mapping[str, Any],
        reply: ReplyHandle | None = None,
    ) -> None:
        """Have it answered: a row in the same transaction, so it is answered once, whatever happens."""
        args = {
            **what,
            "community": room.community,
            "room": room.id,
            "account": account.id,
            "member": account.member,
            "ref": [account.account.ref.platform, account.account.ref.id],
            "is_leader": self._directory.leads(account.account),
            "asked_at": self._clock.now().isoformat(),
            "reply": None if reply is None else _handle(reply),
        }
        key = f"request:{room.id}:{event}"
        self._work.add(conn, "request", args, key=key, lane=f"request:{account.id}")


def _is_kept(room: Room) -> bool:
    """Whether what is written here is kept; a direct talk never is."""
    return room.is_read and room.kind is not RoomKind.DIRECT


def _asked(event: MessagePosted) -> dict[str, Any]:
    message = event.message
    return {
        "via": "message",
        "text": whole(message.text),
        "message": message.ref.id,
        "reply_to": None if message.reply_to is None else message.reply_to.id,
        "attachments": _records(message.attachments),
    }


def _records(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    return [{**asdict(each), "name": whole(each.name)} for each in attachments]


def _handle(reply: ReplyHandle) -> dict[str, Any]:
    return {**asdict(reply), "expires_at": reply.expires_at.isoformat()}


def _row(event: MessagePosted, room: KnownRoom, author: KnownAccount) -> dict[str, Any]:
    """Return the row of a message; of one whose author opted out, id and time alone."""
    message = event.message
    is_out = author.consent is Consent.OUT
    return {
        "community_id": room.community,
        "room_id": room.id,
        "platform_id": message.ref.id,
        "account_id": None if is_out else author.id,
        "state": messages.State.COUNTED if is_out else messages.State.KEPT,
        "text": "" if is_out else whole(message.text),
        "revision": message.revision,
        "posted_at": message.posted_at,
        "edited_at": message.edited_at,
        "reply_to": None if is_out or message.reply_to is None else message.reply_to.id,
        "is_addressed": message.is_addressed,
        "attachments": None if is_out or not message.attachments else _records(message.attachments),
    }
