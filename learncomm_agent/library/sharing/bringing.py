"""Bringing what a message links to and bears into the library."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from learncomm_agent.chat.messages import Attachment, MessageId
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.verbs import Files
from learncomm_agent.errors import RoomGoneError, UnreadableResourceError
from learncomm_agent.library.adding import Adding, Addition
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.readers.reader import Unread, too_large, unreadable
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.resources import Reading, Share
from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.library.web.pages import Pages
from learncomm_agent.storage import linking, traces
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.messages import StoredMessage


@dataclass(frozen=True, slots=True)
class Load:
    """What a message holds besides its words."""

    addresses: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.addresses or self.files)


class Bringing:
    """Fetches, reads and adds; what can't be had is told, one reason each."""

    def __init__(
        self,
        database: Database,
        pages: Pages,
        adding: Adding,
        readers: Readers,
        forgetting: Forgetting,
        max_file_bytes: int,
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._pages = pages
        self._adding = adding
        self._readers = readers
        self._forgetting = forgetting
        self._max_file_bytes = max_file_bytes

    async def load(
        self, message: StoredMessage, by: MemberId | None, links: Collection[str] | None = None
    ) -> Load:
        """Return what may be taken of a message that is kept; of its links alone where some are named.

        A page is its writer's, whoever links to it. A file is the author's, as the words are: it is
        taken where they allow it, or by themselves.
        """
        addresses = links_in(message.text).addresses
        if links is not None:
            return Load(tuple(each for each in addresses if each in links))
        if message.consent is not Consent.IN and message.member != by:
            return Load(addresses)
        files = await self._database.read(lambda conn: linking.attachments(conn, message.id))
        return Load(addresses, files)

    async def add(
        self, community: CommunityId, platform: Platform, load: Load, share: Share
    ) -> Addition:
        """Add links and files; if the message of the share goes meanwhile, they go with it.

        Raises:
            PlatformError: The platform can't hand out a file now; what came before it is added.
        """
        addition = Addition()
        for address in load.addresses:
            try:
                _join(addition, await self._pages.add(community, address, share))
            except UnreadableResourceError as error:
                addition.unread.append(Unread(address, error))
        for file in load.files:
            _join(addition, await self._add_file(community, platform, file, share))
        await self.check(community, share.message)
        return addition

    async def check(self, community: CommunityId, message: MessageId | None) -> None:
        """Take back what a message brought that is not kept any more."""
        if message is None:
            return

        def write(conn: Connection) -> None:
            if not linking.is_kept(conn, message) and linking.brought(conn, message):
                theirs = traces.made_by(traces.of_one(message))
                self._forgetting.unshare(conn, community, theirs, f"message {message}")

        await self._database.write(write)

    async def _add_file(
        self, community: CommunityId, platform: Platform, file: Attachment, share: Share
    ) -> Addition:
        try:
            content = await self._content(platform, file)
        except UnreadableResourceError as error:
            return Addition(unread=[Unread(file.name, error)])
        read = self._readers.read(file.name, content, media_type=file.media_type or None)
        return await self._adding.add(community, read, share)

    async def read(self, platform: Platform, file: Attachment) -> list[Reading | Unread]:
        """Return what a file holds; nothing of it is kept.

        Raises:
            UnreadableResourceError: It can't be had, or is too large.
            PlatformError: The platform can't hand it out now.
        """
        content = await self._content(platform, file)
        media_type = file.media_type or None

        def read() -> list[Reading | Unread]:
            return list(self._readers.read(file.name, content, media_type=media_type))

        return await asyncio.to_thread(read)

    async def _content(self, platform: Platform, file: Attachment) -> bytes:
        if file.size_bytes > self._max_file_bytes:
            raise too_large(file.name, self._max_file_bytes)
        if not isinstance(platform, Files):
            raise unreadable(file.name, "can't be had here", "unreadable")
        try:
            return await platform.read_attachment(file)
        except RoomGoneError as error:
            raise unreadable(file.name, "is not there any more", "unreadable_missing") from error


def share_of(message: StoredMessage, by: MemberId | None) -> Share:
    """Return the share of what a message holds: its author's where they allow it, else of whoever asked."""
    if message.consent is Consent.IN and message.member is not None:
        comment = links_in(message.text).rest
        return Share(message.room, message.member, message.id, comment)
    return Share(message.room, by, message.id)


def _join(addition: Addition, one: Addition) -> None:
    addition.added += one.added
    addition.known += one.known
    addition.unread += one.unread
    addition.titles += one.titles
    addition.passages += one.passages
