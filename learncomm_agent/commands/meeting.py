"""What a leader brings of a meeting that was held by voice: its record, their notes, what was prepared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from learncomm_agent.chat.messages import Attachment
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import NotFoundError, UnreadableResourceError, UsageError
from learncomm_agent.library.readers.cleaning import clean
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.readers.turns import turns_of
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.storage import messages
from learncomm_agent.storage.messages import State, StoredMessage

NOTES = "notes"
MOST_PREPARED = 20_000
"""Characters of an agenda and of what else was prepared, together."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a leader brings."""

    reading: Reading
    """The record, or the notes."""
    is_notes: bool
    prepared: tuple[str, ...] = ()
    """An agenda, and what was written beside a record: no evidence of what was said."""


async def brought(context: Context, values: Mapping[str, Any]) -> Brought | None:
    """Return what is attached, or on the message that is named or answered, or written; None for nothing.

    An agenda alone is nothing: it says what was planned.

    Raises:
        UsageError: A file can't be read, or it is not clear which one is the record.
        NotFoundError: The message that is named is not there.
    """
    notes, is_notes = values.get("notes", ""), values.get("kind") == NOTES
    prepared = [values["agenda"]] if "agenda" in values else []
    readings = [await _read(context, file) for file in await _files(context, values)]
    if not readings:
        _check_length(prepared)
        return Brought(_noted(context, notes), True, tuple(prepared)) if notes else None
    records = readings if is_notes else [each for each in readings if _tells_who(each)]
    if len(records) != 1:
        raise _unclear(readings, records)
    others = [_text(each) for each in readings if each is not records[0]]
    prepared += [*others, *([notes] if notes else [])]
    _check_length(prepared)
    return Brought(records[0], is_notes, tuple(prepared))


def _unclear(readings: Sequence[Reading], records: Sequence[Reading]) -> UsageError:
    if not records and len(readings) == 1:
        name = readings[0].source
        return UsageError("no speakers in it", phrase="minutes.no_speakers", name=name)
    return UsageError("not one record", phrase="minutes.several", count=len(records))


def _check_length(prepared: Sequence[str]) -> None:
    if sum(map(len, prepared)) > MOST_PREPARED:
        raise UsageError(
            "too much was prepared",
            phrase="error.option_long",
            option="agenda",
            limit=MOST_PREPARED,
        )


async def _files(context: Context, values: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the files that come along, or else those of the message that is named or answered."""
    named = message_id(values["message"]) if "message" in values else context.reply_to
    if context.attachments or named is None:
        return context.attachments
    found = await context.services.database.read(
        lambda conn: messages.find(conn, context.room_id, named)
    )
    if found is None or found.state is not State.KEPT:
        if "message" in values:
            raise NotFoundError("no such message", phrase="error.message_not_found")
        return ()
    load = await context.services.bringing.load(found, context.member.id)
    return load.files


async def _read(context: Context, file: Attachment) -> Reading:
    try:
        found = await context.services.bringing.read(context.platform, file)
    except UnreadableResourceError as error:
        raise _unreadable(file.name, error) from error
    for each in found:
        if isinstance(each, Unread):
            raise _unreadable(each.source, each.error) from each.error
    readings = [each for each in found if isinstance(each, Reading)]
    if len(readings) != 1:
        raise UsageError("no one text", phrase="minutes.no_speakers", name=file.name)
    return readings[0]


def _unreadable(name: str, error: UnreadableResourceError) -> UsageError:
    advice = error.advice
    return UsageError(str(error), phrase=advice.phrase, **{"name": name, **advice.values})


def _tells_who(reading: Reading) -> bool:
    """Whether a text was written down as it was said."""
    if reading.kind is ResourceKind.TRANSCRIPT:
        return True
    return any(turn.is_said for turn in turns_of(reading))


def _noted(context: Context, notes: str) -> Reading:
    text = clean(notes)
    if not text:
        raise UsageError("no words in the notes", phrase="minutes.nothing")
    title = context.layout.phrase("minutes.notes_title", room=context.room.name)
    source = f"minutes:{sha256(text.encode()).hexdigest()[:16]}"
    return Reading(source, ResourceKind.TEXT, title, (Section(text),))


def _text(reading: Reading) -> str:
    return "\n\n".join(section.text for section in reading.sections)


async def asking(context: Context) -> StoredMessage | None:
    """Return the message that asks, where it is kept: what it brings goes with it.

    Raises:
        NotFoundError: Whoever asked has taken it back meanwhile.
    """
    platform_id = context.message
    if platform_id is None:
        return None
    kept = await context.services.database.read(
        lambda conn: messages.find(conn, context.room_id, platform_id)
    )
    if kept is not None and kept.state is State.DELETED:
        raise NotFoundError("taken back", phrase="error.message_not_found")
    return kept if kept is not None and kept.state is State.KEPT else None
