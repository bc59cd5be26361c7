"""A community's library as a folder of Markdown and JSON, which people read and other tools take.

It reads one snapshot, so it may run beside the process that holds the store. The same library gives
the same bytes. What was written from the library (answers, summaries) is not part of it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.moving import markdown
from learncomm_agent.moving.names import (
    ANSWERS,
    CONVERSATIONS,
    LIBRARY,
    MESSAGES,
    README,
    RESOURCES,
    file_name,
)
from learncomm_agent.moving.records import (
    FeedRecord,
    LibraryRecord,
    MessageRecord,
    PageRecord,
    Record,
    ResourceRecord,
    RoomRecord,
    ShareRecord,
    digest,
)
from learncomm_agent.moving.staging import new_folder, write
from learncomm_agent.storage import communities, snapshots
from learncomm_agent.storage.database import Connection, Database

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    resources: int
    messages: int


def export(
    database: Database, slug: str, target: Path, readme: str, *, progress: Progress
) -> Exported:
    """Write the library of a community into a new folder. Blocks.

    Args:
        database: Open to read at least.
        slug: Names the community.
        target: Must not be there, or be an empty folder.
        readme: Says to people what the folder is.
        progress: Told how many resources are written.

    Raises:
        NotFoundError: There is no such community.
        UsageError: Something is there already.
        StorageError: The disk or the database refused; nothing is left of it.
    """
    with new_folder(target) as folder, database.reading() as conn:
        return _Writing(conn, named(conn, slug).id, folder, progress).all(readme)


def named(conn: Connection, slug: str) -> Community:
    """Return the community of this name.

    Raises:
        NotFoundError: There is none; says which there are.
    """
    if (found := communities.of_slug(conn, slug)) is not None:
        return found
    known = [communities.get(conn, id).slug for id in communities.all_ids(conn)]
    raise NotFoundError(
        f"no community {slug!r}", phrase="error.community_unknown", slug=slug, known=known
    )


class _Writing:
    """One export on its way into a folder."""

    def __init__(
        self, conn: Connection, community: CommunityId, folder: Path, progress: Progress
    ) -> None:
        self._conn = conn
        self._id = community
        self._folder = folder
        self._progress = progress
        self._writers: set[int] = set()
        self._last_message = 0
        self._community = snapshots.community(conn, community)

    def all(self, readme: str) -> Exported:
        """Write all files, the one that names the others last."""
        for name in (RESOURCES, MESSAGES, CONVERSATIONS, ANSWERS):
            (self._folder / name).mkdir(mode=0o700)
        shares = snapshots.shared(self._conn, self._id)
        rows = [row for row in snapshots.resource_rows(self._conn, self._id) if row.id in shares]
        feeds = snapshots.feeds_of(self._conn, self._id)
        given: list[ShareRecord | FeedRecord] = [*feeds]
        for row in rows:
            given += () if _is_answer(row) else shares[row.id]
        named = {each.room for each in given if each.room is not None}
        rooms = snapshots.rooms_of(self._conn, self._id, named)
        counts = [self._messages(room) for room in rooms]
        people = {each.member for each in given if each.member is not None}
        members = snapshots.members_of(self._conn, self._id, people, self._writers)
        names = (
            {room.id: room.name for room in rooms},
            {member.id: member.name for member in members},
        )
        resources = tuple(self._resources(rows, shares, *names))
        library = LibraryRecord(
            community=self._community,
            rooms=tuple(
                room.model_copy(update={"messages": _messages_file(room) if count else None})
                for room, count in zip(rooms, counts, strict=True)
            ),
            members=members,
            out=snapshots.out(self._conn, self._id),
            resources=resources,
            feeds=feeds,
            last_message_id=self._last_message,
        )
        self._write(README, readme)
        self._write(LIBRARY, _json(library, indent=1) + "\n")
        return Exported(len(resources), sum(counts))

    def _resources(
        self,
        rows: Sequence[Any],
        shares: Mapping[int, tuple[ShareRecord, ...]],
        rooms: Mapping[int, str],
        members: Mapping[int, str],
    ) -> Iterable[ResourceRecord]:
        """Write the resources, each into a file of its own.

        Answers that were kept are for reading alone: away from what they rest on, they would not be
        forgotten with it.
        """
        pages = snapshots.pages_of(self._conn, self._id)
        for number, row in enumerate(rows, 1):
            folder = ANSWERS if _is_answer(row) else RESOURCES
            file = f"{folder}/{file_name(row.id, row.title, '.md')}"
            sections = markdown.sections(*snapshots.text(self._conn, row.id))
            body, parts = markdown.body(row.title, sections)
            record = _record(row, file, body, pages.get(row.id), shares[row.id])
            self._write(file, markdown.front(_front(record, rooms, members)) + body)
            if not _is_answer(row):
                yield record.model_copy(update={"parts": parts})
            self._progress(number, len(rows))

    def _messages(self, room: RoomRecord) -> int:
        """Write what was written in a room: lines for programs, and a page a day for people."""
        lines, days = [], dict[str, list[str]]()
        zone = ZoneInfo(self._community.timezone)
        for message in snapshots.messages_of(self._conn, self._id, room.id):
            self._writers.add(message.account)
            self._last_message = max(self._last_message, message.id)
            lines.append(_json(message) + "\n")
            day, said = _said(message, zone)
            days.setdefault(day, []).append(said)
        if lines:
            self._write(_messages_file(room), "".join(lines))
            folder = f"{CONVERSATIONS}/{file_name(room.id, room.name)}"
            (self._folder / folder).mkdir(mode=0o700)
            for day, said_then in days.items():
                head = f"# {markdown.one_line(room.name)}, {day}\n\n"
                self._write(f"{folder}/{day}.md", head + "\n".join(said_then))
        return len(lines)

    def _write(self, name: str, text: str) -> None:
        write(self._folder / name, text.encode())


def _is_answer(row: Any) -> bool:
    return bool(row.kind == ResourceKind.ANSWER)


def _messages_file(room: RoomRecord) -> str:
    return f"{MESSAGES}/{file_name(room.id, room.name, '.jsonl')}"


def _record(
    row: Any, file: str, body: str, page: PageRecord | None, shares: tuple[ShareRecord, ...]
) -> ResourceRecord:
    return ResourceRecord(
        id=row.id,
        file=file,
        sha256=digest(body.encode()),
        kind=ResourceKind(row.kind),
        title=row.title,
        source=row.source,
        language=row.language,
        author=row.author,
        published_at=row.published_at,
        revision=row.revision,
        added_at=row.added_at,
        changed_at=row.changed_at,
        page=page,
        shares=shares,
        parts=(),
    )


def _front(
    record: ResourceRecord, rooms: Mapping[int, str], members: Mapping[int, str]
) -> dict[str, object]:
    """Return what stands above a resource; people and other tools read it, an import does not."""
    kept = record.model_dump(mode="json")
    return {
        "id": record.id,
        "title": record.title,
        "kind": kept["kind"],
        "source": record.source,
        "address": record.page and record.page.address,
        "author": record.author,
        "published": kept["published_at"],
        "language": record.language,
        "revision": record.revision,
        "added": kept["added_at"],
        "changed": kept["changed_at"],
        "shared": [
            {
                "at": each["shared_at"],
                "by": members.get(share.member or 0),
                "room": rooms.get(share.room or 0),
                "comment": share.comment,
            }
            for each, share in zip(kept["shares"], record.shares, strict=True)
        ],
    }


def _said(message: MessageRecord, zone: ZoneInfo) -> tuple[str, str]:
    """Return the day of a message where its community is, and how it reads there."""
    then = message.time.astimezone(zone)
    author = markdown.one_line(message.author)
    return then.date().isoformat(), f"**{author}**, {then:%H:%M}\n\n{message.text}\n"


_dump = partial(json.dumps, ensure_ascii=False)


def _json(record: Record, indent: int | None = None) -> str:
    return _dump(record.model_dump(mode="json"), indent=indent)
