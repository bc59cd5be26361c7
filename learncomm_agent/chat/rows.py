"""What is kept of what happens, in plain JSON: the rows of messages, and what is asked, what is to be posted."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from learncomm_agent.chat.events import MessagePosted, ReplyHandle
from learncomm_agent.chat.messages import Attachment, Room, RoomId, RoomKind, RoomRef, whole
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, SpaceRef
from learncomm_agent.chat.placeholders import Placeholder, dump
from learncomm_agent.storage.directory import KnownAccount, KnownRoom
from learncomm_agent.storage.due import New
from learncomm_agent.storage.messages import State


def asked(event: MessagePosted) -> dict[str, Any]:
    """Return what is asked in a message that speaks to the agent."""
    message = event.message
    return {
        "via": "message",
        "text": whole(message.text),
        "message": message.ref.id,
        "reply_to": None if message.reply_to is None else message.reply_to.id,
        "attachments": records(message.attachments),
    }


def records(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    """Return the files on a message."""
    return [{**asdict(each), "name": whole(each.name)} for each in attachments]


def handle(reply: ReplyHandle) -> dict[str, Any]:
    """Return a way to answer."""
    return {**asdict(reply), "expires_at": reply.expires_at.isoformat()}


def people(told: Iterable[Account]) -> list[list[Any]]:
    """Return those of whom a platform told beside whoever asks."""
    return [[each.ref.platform, each.ref.id, whole(each.name), each.is_bot] for each in told]


def people_of(kept: Iterable[list[Any]]) -> tuple[Account, ...]:
    """Return them again, as far as they were kept."""
    return tuple(
        Account(AccountRef(platform, id), name, is_bot) for platform, id, name, is_bot in kept
    )


def rooms(told: Iterable[Room]) -> list[list[Any]]:
    """Return the rooms of which a platform told beside the one where it was asked."""
    return [
        [
            each.ref.platform,
            each.ref.space.id,
            each.ref.id,
            whole(each.name),
            each.kind,
            None if each.parent is None else each.parent.id,
            each.is_read,
        ]
        for each in told
    ]


def rooms_of(kept: Iterable[list[Any]]) -> tuple[Room, ...]:
    """Return them again."""
    found = []
    for platform, space_id, id, name, kind, parent, is_read in kept:
        space = SpaceRef(platform, space_id)
        trunk = None if parent is None else RoomRef(space, parent)
        found.append(Room(RoomRef(space, id), name, RoomKind(kind), trunk, is_read))
    return tuple(found)


def row(
    event: MessagePosted, room: KnownRoom, author: KnownAccount, *, is_out: bool
) -> dict[str, Any]:
    """Return the row of a message; of one whose author opted out, id and time alone."""
    message = event.message
    return {
        "community_id": room.community,
        "room_id": room.id,
        "platform_id": message.ref.id,
        "account_id": None if is_out else author.id,
        "state": State.COUNTED if is_out else State.KEPT,
        "text": "" if is_out else whole(message.text),
        "revision": message.revision,
        "posted_at": message.posted_at,
        "edited_at": message.edited_at,
        "reply_to": None if is_out or message.reply_to is None else message.reply_to.id,
        "is_addressed": message.is_addressed,
        "attachments": None if is_out or not message.attachments else records(message.attachments),
    }


def to_post(
    community: CommunityId,
    room: RoomId,
    outgoing: Outgoing,
    *,
    due: datetime,
    lane: str,
    reader: AccountRef | None = None,
    writing: int | None = None,
    otherwise: Outgoing | None = None,
    placeholder: Placeholder | None = None,
    may_be_dropped: bool = False,
    about: Mapping[str, Any] | None = None,
) -> New:
    """Return a row of the outbox; `chat.posting.Posting.add` says what is what."""
    args = {
        "community": community,
        "room": room,
        "outgoing": dump(outgoing),
        "writing": writing,
        "reader": None if reader is None else [reader.platform, reader.id],
        "otherwise": None if otherwise is None else dump(otherwise),
        "placeholder": None if placeholder is None else placeholder.record(),
        "may_be_dropped": may_be_dropped,
    }
    if about is not None:
        args["about"] = dict(about)
    return New(args, due, outgoing.key, lane)
