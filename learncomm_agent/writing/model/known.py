"""What a model made of segments of rooms before, so that a room that grew is not read again from the start."""

import asyncio
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import StorageError, for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import readings
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.readings import Reading
from learncomm_agent.writing.items import Transcript, Utterance
from learncomm_agent.writing.model.forms import Drafted
from learncomm_agent.writing.model.material import Entry

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form, and the window from which it was filled in."""

    window: tuple[Entry, ...]
    draft: Drafted


@dataclass(frozen=True, slots=True)
class Known:
    """What was made of a segment by one kind of call."""

    mark: str
    """Of the call: what was asked, and of which model."""
    ids: tuple[str, ...]
    """Of the messages of the segment."""
    filled: tuple[Filled, ...]


class KnownReadings:
    """Keeps the forms that a model filled in, for rooms alone; a transcript of somebody's own is nobody's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take what it needs."""
        self._database = database
        self._clock = clock

    async def of(self, transcript: Transcript, forms: Mapping[str, type[Drafted]]) -> list[Known]:
        """Return what is known of a room that holds for the messages as they are in the transcript.

        Args:
            transcript: What is to be read.
            forms: By the mark of each call, what it fills in.
        """
        if transcript.room is None:
            return []
        room = transcript.room
        try:
            kept = await self._database.read(lambda conn: readings.of_room(conn, room))
        except StorageError as error:
            _log.warning("nothing known of a room", room=room, error=for_log(error))
            return []
        return await asyncio.to_thread(_known, kept, transcript, forms)

    async def keep(self, transcript: Transcript, community: CommunityId, known: Known) -> None:
        """Keep what was made of a segment; where that can't be, it is read again the next time."""
        if transcript.room is None:
            return
        ids = frozenset(known.ids)
        said = [each for each in transcript.utterances if each.id in ids]
        room, revisions = transcript.room, {int(each.id): each.revision for each in said}
        windows = [
            {
                "ids": [entry.id for entry in each.window],
                "form": each.draft.model_dump(mode="json"),
            }
            for each in known.filled
        ]
        content = {"mark": known.mark, "ids": [each.id for each in said], "windows": windows}
        reading = Reading(_key(known.mark, said), content)
        write = partial(
            readings.add,
            community=community,
            room=room,
            reading=reading,
            revisions=revisions,
            now=self._clock.now(),
        )
        try:
            await self._database.write(write)
        except StorageError as error:
            _log.warning("reading not kept", room=room, error=for_log(error))


def _known(
    kept: Sequence[Reading], transcript: Transcript, forms: Mapping[str, type[Drafted]]
) -> list[Known]:
    messages = {each.id: each for each in transcript.utterances}
    found = []
    for reading in kept:
        mark, ids = reading.content.get("mark", ""), reading.content.get("ids", ())
        if mark not in forms or not all(id in messages for id in ids):
            continue
        if reading.key != _key(mark, [messages[id] for id in ids]):
            continue
        filled = _filled(reading, messages, forms[mark])
        if filled is not None:
            found.append(Known(mark, tuple(ids), filled))
    return found


def _filled(
    reading: Reading, messages: Mapping[str, Utterance], form: type[Drafted]
) -> tuple[Filled, ...] | None:
    """Return the forms; None where an earlier version kept them in another shape."""
    try:
        return tuple(
            Filled(
                tuple(entry_of(messages[id]) for id in each["ids"]),
                form.model_validate(each["form"]),
            )
            for each in reading.content["windows"]
        )
    except (KeyError, TypeError, ValidationError):
        return None


def entry_of(said: Utterance) -> Entry:
    """Return a message as it is read."""
    return Entry(said.id, said.speaker, said.text)


def _key(mark: str, said: Collection[Utterance]) -> str:
    held = [[each.id, each.revision, each.speaker, each.text] for each in said]
    return hashlib.sha256(json.dumps([mark, held]).encode()).hexdigest()
