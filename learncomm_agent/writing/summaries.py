"""Summaries of what was said in a room."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage import messages
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.writing.items import Skipped, Summary, Transcript, Utterance
from learncomm_agent.writing.writer import Brief, Writer


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of a room a summary is about; everything where nothing is said."""

    room: RoomId
    title: str
    since: datetime | None = None
    first: str | None = None
    """The platform's id of the message to begin with."""
    last: str | None = None
    """The platform's id of the message to end with."""
    language: str = "en"
    timezone: str = "UTC"


class Summaries:
    """Reads the messages, and has the summary written."""

    def __init__(self, database: Database, writer: Writer) -> None:
        """Take what it needs; the writer checks its evidence (`CheckedWriter`)."""
        self._database = database
        self._writer = writer

    async def write(self, scope: Scope, brief: Brief) -> tuple[Summary, dict[str, StoredMessage]]:
        """Summarise every message of the scope; also return those messages, by their evidence id.

        Raises:
            NotFoundError: A message that the scope names is not there, or nothing was said in it.
        """
        stored = await self._database.read(lambda conn: _within(conn, scope))
        transcript = transcript_of(stored, scope)
        if not transcript.utterances:
            raise NotFoundError("nothing was said", phrase="summary.nothing_said")
        summary = await self._writer.summary(transcript, brief)
        return summary, {str(message.id): message for message in stored}


def transcript_of(stored: list[StoredMessage], scope: Scope) -> Transcript:
    """Return what may be read of the messages, and count what may not, with the reason."""
    skipped: Counter[str] = Counter()
    by_platform_id = {message.platform_id: str(message.id) for message in stored}
    utterances = []
    for message in stored:
        reason = _reason_to_skip(message)
        if reason is not None:
            skipped[reason] += 1
            continue
        utterances.append(
            Utterance(
                id=str(message.id),
                speaker=message.author,
                text=message.text,
                at=message.posted_at,
                reply_to=by_platform_id.get(message.reply_to or ""),
            )
        )
    return Transcript(
        title=scope.title,
        utterances=tuple(utterances),
        skipped=tuple(Skipped(reason, count) for reason, count in sorted(skipped.items())),
        language=scope.language,
        timezone=scope.timezone,
    )


def _reason_to_skip(message: StoredMessage) -> str | None:
    match message.state:
        case State.COUNTED:
            return "opted_out"
        case State.DELETED:
            return "deleted"
        case State.EARLY:
            return "early"
        case State.KEPT if message.is_addressed:
            return "command"
        case State.KEPT if message.is_bot:
            return "bot"
        case _:
            return None


def _within(conn: Connection, scope: Scope) -> list[StoredMessage]:
    first = _named(conn, scope.room, scope.first)
    last = _named(conn, scope.room, scope.last)
    since = scope.since if first is None else None
    return messages.between(conn, scope.room, since=since, first=first, last=last)


def _named(conn: Connection, room: RoomId, platform_id: str | None) -> StoredMessage | None:
    if platform_id is None:
        return None
    found = messages.find(conn, room, platform_id)
    if found is None:
        raise NotFoundError("no such message in this room", phrase="error.message_not_found")
    return found
