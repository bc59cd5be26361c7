"""A writing that stands published in a room, with the messages that its lines rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.messages import Room, RoomId
from learncomm_agent.chat.people import Community, Consent, MemberId
from learncomm_agent.storage import communities, messages, naming, rooms, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.promised import is_out, lines_of, place_of
from learncomm_agent.storage.writings import Line, Writing


@dataclass(frozen=True, slots=True)
class Published:
    """A writing as it stands, with what its lines rest on."""

    writing: Writing
    lines: tuple[Line, ...]
    community: Community
    room: Room
    said: Mapping[int, StoredMessage]
    """Messages by their row ids."""

    @property
    def room_id(self) -> RoomId:
        """Our own id of its room."""
        assert self.writing.room is not None
        return self.writing.room

    def said_at(self, line: Line) -> datetime | None:
        """Return when that was said which a line rests on first; None where nobody knows."""
        if line.content.get("at"):
            return datetime.fromisoformat(line.content["at"])
        held = (self.said.get(each.message or 0) for each in line.evidence)
        return next((each.posted_at for each in held if each is not None), None)


def published(conn: Connection, id: int) -> Published | None:
    """Return a writing that stands published in a room; None where it is none, or is gone."""
    there = place_of(conn, id)
    if there is None or not is_out(conn, id):
        return None
    community, room = there
    writing = writings.get(conn, id, community)
    if writing is None:
        return None
    lines = [line for _, line in lines_of(conn, [(id, community)]).values()]
    held = sorted({each.message for line in lines for each in line.evidence if each.message})
    return Published(
        writing,
        tuple(lines),
        communities.get(conn, community),
        rooms.get(conn, room),
        {each.id: each for each in messages.of_rows(conn, held)},
    )


def member_named(conn: Connection, read: Published, line: Line, name: str) -> MemberId | None:
    """Return the one member whom a line names: who wrote what it rests on, or the only one of that name."""
    if not name:
        return None
    called_so = name.casefold()
    wrote = {
        each.member
        for held in line.evidence
        if (each := read.said.get(held.message or 0)) is not None
        and each.author.casefold() == called_so
        and each.consent is not Consent.OUT
    }
    if len(wrote) == 1:
        return wrote.pop()
    platform = read.room.ref.platform
    (called,) = naming.named(conn, read.community.id, platform, [[name]])
    fit = [each for each in called if not each.is_bot and each.consent is not Consent.OUT]
    return fit[0].member if len(fit) == 1 else None
