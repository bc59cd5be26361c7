"""What an event changes in the transcript. Pure, and the same event changes it once."""

from collections.abc import Iterator
from dataclasses import replace

from learncomm_agent.chat.events import (
    Event,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    RoomChanged,
)
from learncomm_agent.chat.messages import Message, MessageRef
from learncomm_agent.errors import RoomGoneError
from learncomm_terminal import rooms
from learncomm_terminal.transcript import (
    Entry,
    Place,
    Reaction,
    Record,
    Transcript,
    with_reaction,
)


def changes(event: Event, transcript: Transcript) -> Iterator[Record]:
    """Yield what an event adds or changes; nothing where it was taken in already."""
    match event:
        case MessagePosted(message=message):
            if int(message.ref.id) >= transcript.next_number:
                yield _entry(message)
        case MessageEdited() | MessageDeleted() | Reacted():
            entry = _find(transcript, event.ref)
            if entry is not None:
                yield _changed(entry, event)
        case RoomChanged(room=room):
            if room.ref.id not in transcript.places:
                yield Place(room, {} if rooms.is_private(room.ref.id) else None)
        case MemberChanged():
            yield from _joined(event, transcript)


def _changed(entry: Entry, event: MessageEdited | MessageDeleted | Reacted) -> Entry:
    match event:
        case MessageDeleted():
            return entry.without_content()
        case MessageEdited(text=text, edited_at=at):
            is_new = entry.edited_at != at or entry.text != text
            revision = entry.revision + is_new
            return replace(entry, text=text, edited_at=at, revision=revision)
        case Reacted(account=account, reaction=sign):
            reaction = Reaction(account.ref.id, sign)
            return with_reaction(entry, reaction, is_added=event.is_added)


def _joined(event: MemberChanged, transcript: Transcript) -> Iterator[Record]:
    account = event.account
    if account.ref.id not in transcript.members:
        yield account
    place = transcript.places.get(event.room.id) if event.room is not None else None
    if place is not None and place.since is not None:
        last = transcript.next_number - 1
        yield replace(place, since={account.ref.id: last, **place.since})


def _entry(message: Message) -> Entry:
    return Entry(
        number=int(message.ref.id),
        room=message.ref.room.id,
        author=message.author.id,
        at=message.posted_at,
        text=message.text,
        reply_to=int(message.reply_to.id) if message.reply_to is not None else None,
        is_addressed=message.is_addressed,
    )


def _find(transcript: Transcript, ref: MessageRef) -> Entry | None:
    try:
        return transcript.entry(ref)
    except RoomGoneError:
        return None
