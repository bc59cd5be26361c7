"""Summaries of what was said in a room."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage import branches, messages
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.items import Skipped, Summary, Transcript, Utterance
from learncomm_agent.writing.noting import Noting
from learncomm_agent.writing.writer import Brief, Writer


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of a room a summary is about; everything where nothing is said.

    The threads of the room come along as far as they were active then; a thread stands for itself alone.
    """

    room: RoomId
    title: str
    since: datetime | None = None
    first: str | None = None
    """The platform's id of the message to begin with, in the room itself."""
    last: str | None = None
    """The platform's id of the message to end with, in the room itself."""
    language: str = "en"
    timezone: str = "UTC"
    entered: Mapping[int, str] = field(default_factory=dict)
    """Messages to the agent that count as said, as somebody put something into a session by them: by
    row, the words that they put in."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a scope."""

    messages: tuple[StoredMessage, ...]
    """In the order of time, in all states."""
    threads: Mapping[RoomId, str]
    """The names of the threads in which some of them stand, each name once."""

    @property
    def by_id(self) -> dict[str, StoredMessage]:
        """The messages by their evidence id."""
        return {str(message.id): message for message in self.messages}


class Summaries:
    """Reads the messages, and has the summary written."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        plain: Writer | None = None,
        noting: Noting | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            database: Where the messages are.
            writer: Checks its evidence (`CheckedWriter`).
            plain: Writes without a model, and checks its evidence as well; `writer` where None.
            noting: Sums notes up; `writer` where None.
        """
        self._database = database
        self._writer = writer
        self._plain = plain or writer
        self._noting = noting or writer

    async def write(self, scope: Scope, brief: Brief) -> tuple[Summary, dict[str, StoredMessage]]:
        """Summarise every message of the scope; also return those messages, by their evidence id.

        Raises:
            NotFoundError: A message that the scope names is not there, or nothing was said in it.
        """
        said = await self.said(scope)
        transcript = transcript_of(said.messages, scope, said.threads)
        if not transcript.utterances:
            raise NotFoundError("nothing was said", phrase="summary.nothing_said")
        return await self._writer.summary(transcript, brief), said.by_id

    async def said(self, scope: Scope) -> Said:
        """Return what was said in a scope.

        Raises:
            NotFoundError: A message that the scope names is not there.
        """
        return await self._database.read(lambda conn: _within(conn, scope))

    async def of(self, transcript: Transcript, brief: Brief) -> Summary:
        """Summarise what stands in no room, such as a meeting held by voice."""
        return await self._writer.summary(transcript, brief)

    async def of_notes(self, transcript: Transcript, brief: Brief) -> Summary:
        """Summarise what somebody noted; their headings say what a line is."""
        return await self._noting.summary(transcript, brief)

    async def picked_out(self, transcript: Transcript, brief: Brief) -> Summary:
        """Summarise without a model, whatever is set up: anybody may ask for it at any time."""
        return await self._plain.summary(transcript, brief)


def transcript_of(
    stored: tuple[StoredMessage, ...] | list[StoredMessage],
    scope: Scope,
    threads: Mapping[RoomId, str] | None = None,
) -> Transcript:
    """Return what may be read of the messages, and count what may not, with the reason."""
    skipped: Counter[str] = Counter()
    ids = {(message.room, message.platform_id): str(message.id) for message in stored}
    utterances = []
    for message in stored:
        words = _entered(message, scope)
        reason = _reason_to_skip(message)
        if reason is not None and words is None:
            skipped[reason] += 1
            continue
        utterances.append(
            Utterance(
                id=str(message.id),
                speaker=message.author,
                text=message.text if words is None else words,
                at=message.posted_at,
                reply_to=ids.get((message.room, message.reply_to or "")),
                thread=(threads or {}).get(message.room, ""),
                zone=message.zone,
                is_host=message.is_host,
                revision=message.revision,
            )
        )
    return Transcript(
        title=scope.title,
        utterances=tuple(utterances),
        skipped=tuple(Skipped(reason, count) for reason, count in sorted(skipped.items())),
        language=scope.language,
        timezone=scope.timezone,
        room=scope.room,
    )


def span_of(stored: Iterable[StoredMessage]) -> list[str]:
    """Return when the first and the last of some messages were written, as JSON keeps it."""
    times = [message.posted_at for message in stored]
    return [min(times).isoformat(), max(times).isoformat()]


def _entered(message: StoredMessage, scope: Scope) -> str | None:
    """Return what was put in by a message to the agent, where the message holds these words as yet."""
    words = scope.entered.get(message.id) if message.is_addressed else None
    is_kept = message.state is State.KEPT and not message.is_bot
    return words if words and is_kept and locate(words, message.text) is not None else None


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


def _within(conn: Connection, scope: Scope) -> Said:
    first = _named(conn, scope.room, scope.first)
    last = _named(conn, scope.room, scope.last)
    since = scope.since if first is None else None
    threads = branches.threads_of(conn, scope.room)
    found = messages.between(conn, scope.room, since=since, first=first, last=last, beside=threads)
    active = {message.room for message in found}
    named = {id: name for id, name in threads.items() if id in active}
    return Said(tuple(found), _apart(named))


def _apart(threads: Mapping[RoomId, str]) -> dict[RoomId, str]:
    """Return the names so that no two threads share one: what is said in them is told apart by it."""
    named: dict[RoomId, str] = {}
    for id, name in threads.items():
        number, own = 1, name
        while own in named.values():
            number += 1
            own = f"{name} ({number})"
        named[id] = own
    return named


def _named(conn: Connection, room: RoomId, platform_id: str | None) -> StoredMessage | None:
    if platform_id is None:
        return None
    found = messages.find(conn, room, platform_id)
    if found is None:
        raise NotFoundError("no such message in this room", phrase="error.message_not_found")
    return found
