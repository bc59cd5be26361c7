"""Reading an exported library back into a store, in one transaction: all of it, or nothing.

Ids are kept where they are free. What is here already stays as it is, so that doing it again adds
nothing. Chunks, full text, vectors and the windows of conversations are made again, as for
anything that is added or said.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.readers.markdown import markdown_reading
from learncomm_agent.library.resources import Reading, ResourceId
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.moving import markdown
from learncomm_agent.moving.folders import ExportFolder, broken
from learncomm_agent.moving.people import People
from learncomm_agent.moving.records import ResourceRecord
from learncomm_agent.storage import import_library, resources
from learncomm_agent.storage import shares as shares_of
from learncomm_agent.storage.database import Connection, Database

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Imported:
    """What became of a library that was imported."""

    added: int = 0
    known: int = 0
    """Resources that were here already, and stayed as they are."""
    revised: int = 0
    """Those that were here, and whose words were changed by hand in the folder."""
    renumbered: int = 0
    """Of the added: those whose id another resource has here."""
    left_out: int = 0
    """Those whose sharers opted out here, or whose message was deleted here."""
    messages: int = 0


class Importing:
    """Brings an export into the library of a community."""

    def __init__(
        self,
        database: Database,
        adding: Adding,
        indexing: Indexing,
        conversations: Conversations,
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._adding = adding
        self._indexing = indexing
        self._conversations = conversations
        self._clock = clock

    async def run(
        self,
        community: CommunityId,
        folder: Path,
        *,
        progress: Progress = lambda done, total: None,
    ) -> Imported:
        """Read a folder into the library.

        Args:
            community: Whose library.
            folder: As `exporting` wrote it, perhaps changed by hand since.
            progress: Told how many resources are done, of how many; on the writer's thread.

        Raises:
            LibraryError: The folder can't be used, and says why; nothing was imported.
            StorageError: The disk or the database refused; nothing was imported.
        """
        return await self._database.write(
            lambda conn: self._all(conn, community, ExportFolder(folder), progress)
        )

    def _all(
        self, conn: Connection, community: CommunityId, folder: ExportFolder, progress: Progress
    ) -> Imported:
        library = folder.library()
        people, made = People(conn, community, folder), Imported()
        made.messages = people.bring(library, self._clock.now())
        for number, record in enumerate(library.resources, 1):
            body, is_edited = folder.body(record)
            if shares := people.shares(record):
                reading = _reading(record, people.source(record), body, is_edited=is_edited)
                resource = self._resource(conn, community, record, reading, is_edited, made)
                if record.page is not None:
                    import_library.add_page(conn, community, resource, record.page)
                name, _ = resources.named(conn, resource)
                for share, moment in shares:
                    brought = share.source or reading.source
                    share = replace(share, source=None if brought == name else brought)
                    shares_of.add(conn, community, resource, share, moment)
            else:
                made.left_out += 1
            progress(number, len(library.resources))
        for feed in library.feeds:
            room, member = people.room(feed.room), people.member(feed.member)
            import_library.add_feed(conn, community, room, member, feed)
        self._conversations.said(conn, people.days)
        if made.added:
            self._indexing.add(conn, community)
        return made

    def _resource(
        self,
        conn: Connection,
        community: CommunityId,
        record: ResourceRecord,
        reading: Reading,
        is_edited: bool,
        made: Imported,
    ) -> ResourceId:
        """Return the resource's id here, made or revised if need be."""
        known = import_library.find_resource(conn, community, reading.source, record.added_at)
        if known is not None and not (is_edited and known.revision == record.revision):
            made.known += 1
            return known.id
        content = self._adding.cut_now(reading)
        moment = self._clock.now() if is_edited else record.changed_at
        if known is not None:
            self._adding.revise(conn, community, known.id, content)
            made.revised += 1
            return known.id
        if (same := resources.same_content(conn, community, content)) is not None:
            made.known += 1
            return same
        revision = record.revision + is_edited
        resource = import_library.add_resource(
            conn, community, record, content, revision=revision, changed_at=moment
        )
        made.added += 1
        made.renumbered += resource != record.id
        return resource


def _reading(record: ResourceRecord, source: str, body: str, *, is_edited: bool) -> Reading:
    """Make a reading of a body: part by part as it was, or as any Markdown where it was changed."""
    if is_edited:
        read = markdown_reading(record.file, body)
        is_titled = read.title != markdown.one_line(record.title)
        title, sections = read.title if is_titled else record.title, read.sections
    else:
        try:
            title, sections = record.title, markdown.cut(body, record.parts)
        except ValueError as error:
            raise broken(record.file, "parts") from error
    return Reading(
        source=source,
        kind=record.kind,
        title=title,
        sections=sections,
        language=record.language,
        author=record.author,
        published_at=record.published_at,
    )
