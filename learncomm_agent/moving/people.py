"""Bringing in the rooms and members of an export, and what they wrote; knows what their ids are here."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.errors import LibraryError
from learncomm_agent.library.resources import ResourceKind, Share
from learncomm_agent.moving.folders import ExportFolder, broken
from learncomm_agent.moving.records import (
    LibraryRecord,
    MessageRecord,
    ResourceRecord,
    RoomRecord,
    ShareRecord,
)
from learncomm_agent.storage import import_people, import_rows
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.import_people import NEVER, Person
from learncomm_agent.storage.windows import Day, day_of

BATCH = 500
"""Messages that are looked up at once."""
_MESSAGE = re.compile(r"message:(\d{1,16}):")


class People:
    """Who and what an export names, in the store that takes it in."""

    def __init__(self, conn: Connection, community: CommunityId, folder: ExportFolder) -> None:
        """Take the transaction, and what is brought in."""
        self._conn = conn
        self._community = community
        self._folder = folder
        self._rooms: dict[int, int] = {}
        self._members: dict[int, Person] = {}
        self._writers: dict[int, Person] = {}
        self._messages: dict[int, int | None] = {}
        """None for what must not be here: deleted, or by somebody who opted out."""
        self.days: set[Day] = set()
        """On which something new was said."""

    def bring(self, library: LibraryRecord, now: datetime) -> int:
        """Bring them in; return how many messages are new."""
        for table, ids in _ids(library).items():
            import_rows.reserve(self._conn, table, max(ids, default=0))
        import_people.set_reaction(self._conn, self._community, library.community.reaction)
        for out in library.out:  # before the members: should one be named as both, they are out
            import_people.add_out(self._conn, self._community, out, now)
        for member in library.members:
            person = import_people.add_member(self._conn, self._community, member)
            self._members[member.id] = person
            self._writers |= dict.fromkeys(person.accounts, person)
        return sum(map(self._room, library.rooms))

    def room(self, id: int) -> int:
        """Return the id of a room here."""
        return self._rooms[id]

    def member(self, id: int | None) -> MemberId | None:
        """Return the id of a member here; None where they opted out, or there is none."""
        person = None if id is None else self._members[id]
        return None if person is None or person.since == NEVER else person.id

    def shares(self, record: ResourceRecord) -> list[tuple[Share, datetime]]:
        """Return the shares of a resource that may be here, each with its moment."""
        return [
            (self._share(share), share.shared_at)
            for share in record.shares
            if self._may_be_here(share)
        ]

    def source(self, record: ResourceRecord) -> str:
        """Return the source of a resource; that of a message names its room by its id here."""
        is_message = record.kind is ResourceKind.MESSAGE
        return self._renamed(record.source) if is_message else record.source

    def _share(self, record: ShareRecord) -> Share:
        member, message = self.member(record.member), self._messages.get(record.message or 0)
        return Share(
            room=None if record.room is None else RoomId(self._rooms[record.room]),
            member=member,
            message=None if message is None else MessageId(message),
            comment=record.comment,
            source=record.source and self._renamed(record.source),
        )

    def _renamed(self, source: str) -> str:
        found = _MESSAGE.match(source)
        room = found and self._rooms.get(int(found[1]))
        return f"message:{room}:{source[found.end() :]}" if found and room else source

    def _may_be_here(self, share: ShareRecord) -> bool:
        person = None if share.member is None else self._members[share.member]
        is_in = person is None or share.shared_at >= person.since
        return is_in and self._messages.get(share.message or 0, 0) is not None

    def _room(self, record: RoomRecord) -> int:
        """Bring in a room and what was written there; a room that is here and not read takes no messages."""
        try:
            room, is_open = import_people.add_room(self._conn, self._community, record)
        except LookupError as error:
            raise LibraryError(
                "a space of another community",
                phrase="error.import_elsewhere",
                room=record.name,
                slug=str(error.args[0]),
            ) from None
        self._rooms[record.id] = room
        if record.messages is None:
            return 0
        new = 0
        told = self._told(record.messages)
        while batch := list(islice(told, BATCH)):
            new += self._talk(RoomId(room), batch, is_open=is_open)
        return new

    def _talk(self, room: RoomId, batch: list[MessageRecord], *, is_open: bool) -> int:
        """Bring in messages of a room that may be here; return how many are new."""
        wanted = {each.platform_id: each for each in batch if self._may_be_heard(each)}
        here = import_people.find_messages(self._conn, room, wanted)
        missing = [
            (each, self._writers[each.account].accounts[each.account])
            for each in wanted.values()
            if is_open and each.platform_id not in here
        ]
        import_people.add_messages(self._conn, self._community, room, missing)
        self.days |= {day_of(room, each.time) for each, _ in missing}
        here = import_people.find_messages(self._conn, room, wanted)
        for each in batch:
            if not self._may_be_heard(each):
                self._messages[each.id] = None
            elif each.platform_id in here:
                self._messages[each.id] = here[each.platform_id]
        return len(missing)

    def _may_be_heard(self, record: MessageRecord) -> bool:
        return record.time >= self._writers[record.account].since

    def _told(self, name: str) -> Iterator[MessageRecord]:
        """Yield the messages of a file; each has its own id, and an author whom the library names."""
        seen: set[int] = set()
        for record in self._folder.messages(name):
            if record.id in seen or record.id in self._messages:
                raise broken(name, f"id {record.id}")
            if record.account not in self._writers:
                raise broken(name, f"account {record.account}")
            seen.add(record.id)
            yield record


def _ids(library: LibraryRecord) -> dict[str, list[int]]:
    """Return the ids that are to be kept, by the table."""
    return {
        "rooms": [each.id for each in library.rooms],
        "members": [each.id for each in library.members],
        "accounts": [account.id for each in library.members for account in each.accounts],
        "resources": [each.id for each in library.resources],
        "feeds": [each.id for each in library.feeds],
        "messages": [library.last_message_id],
    }
