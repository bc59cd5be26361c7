"""What the JSON files of an export and of a backup hold: one form for writing and for reading.

Whatever is read is checked against it, so behind this module every value has its type and its limits.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import Consent
from learncomm_agent.library.resources import ResourceKind

MADE = frozenset({ResourceKind.ANSWER, ResourceKind.CONVERSATION})
"""Kinds that rest on something else, with which they go; no export brings them anywhere."""
VERSION = 1
"""Of both forms. Another one is refused; new fields with a default don't change it."""

_MOST = 2**53 - 1
"""The largest whole number that every reader of JSON keeps; and SQLite has room behind it for its own ids."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no moment of this calendar") from error


Id = Annotated[int, Field(ge=1, le=_MOST)]
Count = Annotated[int, Field(ge=0, le=_MOST)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")]


class Record(BaseModel):
    """One object of a JSON file."""

    model_config = ConfigDict(frozen=True, strict=True)


class Head(Record):
    """What says whose file it is, and how to read it; looked at before all else."""

    format: str
    version: int


class CommunityRecord(Record):
    """The community whose library it is."""

    slug: Slug
    name: str
    language: str
    timezone: str
    reaction: str | None = None


class RoomRecord(Record):
    """A room that is read, or that something was shared with."""

    id: Id
    platform: str
    space: str
    platform_id: str
    name: str
    kind: RoomKind
    parent: str | None = None
    is_read: bool
    reading: bool | None = None
    language: str | None = None
    retention_days: Count | None = None
    links: str | None = None
    messages: str | None = None
    """The file of its messages, where there are any."""


class AccountRecord(Record):
    """An account of a member: by it they are known again, and can still forget what is theirs."""

    id: Id
    platform: str
    platform_id: str
    name: str
    is_bot: bool = False


class MemberRecord(Record):
    """Somebody who shared or wrote something that is in the export."""

    id: Id
    name: str
    consent: Consent
    created_at: Moment
    accounts: tuple[AccountRecord, ...] = ()


class OutRecord(Record):
    """An account of somebody who opted out: nothing else of them is kept or comes in."""

    platform: str
    platform_id: str


class ShareRecord(Record):
    """Who brought a resource where, and why."""

    room: Id | None = None
    member: Id | None = None
    message: Id | None = None
    comment: str = ""
    shared_at: Moment
    source: str | None = None


class PageRecord(Record):
    """Where a resource came from that was behind a link, and when it was looked at."""

    address: str
    etag: str | None = None
    last_modified: str | None = None
    checked_at: Moment
    failures: Count = 0
    gone_at: Moment | None = None
    check_at: Moment


class PartRecord(Record):
    """A stretch of a resource's body that is its own text, and where in the original it stands."""

    start: Count
    """In characters (Unicode code points) of the body, which is what follows the front matter."""
    end: Count
    headings: tuple[str, ...] = ()
    page: Count | None = None
    message: str | None = None


class ResourceRecord(Record):
    """A resource; its words stand in a file of their own."""

    id: Id
    file: str
    sha256: str
    """Of the body as it was written, by which a later change is known."""
    kind: ResourceKind
    title: str
    source: str
    language: str | None = None
    author: str | None = None
    published_at: Moment | None = None
    revision: Count
    added_at: Moment
    changed_at: Moment
    page: PageRecord | None = None
    shares: tuple[ShareRecord, ...]
    parts: tuple[PartRecord, ...]


class EntryRecord(Record):
    """An entry of a feed that was seen, and is not brought again."""

    entry: str
    seen_at: Moment


class FeedRecord(Record):
    """A feed that a room follows."""

    id: Id
    room: Id
    member: Id | None = None
    address: str
    title: str
    etag: str | None = None
    last_modified: str | None = None
    checked_at: Moment | None = None
    failures: Count = 0
    check_at: Moment
    created_at: Moment
    entries: tuple[EntryRecord, ...] = ()


class LibraryRecord(Record):
    """`library.json`: everything but the words."""

    format: Literal["learncomm-library"] = "learncomm-library"
    version: Literal[1] = 1
    community: CommunityRecord
    rooms: tuple[RoomRecord, ...] = ()
    members: tuple[MemberRecord, ...] = ()
    out: tuple[OutRecord, ...] = ()
    resources: tuple[ResourceRecord, ...] = ()
    feeds: tuple[FeedRecord, ...] = ()
    last_message_id: Count = 0
    """The highest id of a message, so that no other row takes one before its turn."""

    def loose_end(self) -> str | None:
        """Return where an id stands twice, or something can't be; None = nowhere."""
        rooms, members = {each.id for each in self.rooms}, {each.id for each in self.members}
        accounts = [account for member in self.members for account in member.accounts]
        for name in ("rooms", "members", "resources", "feeds"):
            ids = [each.id for each in getattr(self, name)]
            if len(set(ids)) < len(ids):
                return f"{name}.id"
        for resource in self.resources:
            if resource.kind in MADE:
                return f"resources.{resource.id}.kind"
            for share in resource.shares:
                if share.room not in {*rooms, None} or share.member not in {*members, None}:
                    return f"resources.{resource.id}.shares"
        for feed in self.feeds:
            if feed.room not in rooms or feed.member not in {*members, None}:
                return f"feeds.{feed.id}"
        return None if len({each.id for each in accounts}) == len(accounts) else "accounts.id"


class AttachmentRecord(Record):
    """A file that hung on a message; its bytes are not in the export."""

    id: str
    name: str
    media_type: str
    size_bytes: Count


class MessageRecord(Record):
    """A line of a room's messages."""

    id: Id
    platform_id: str
    time: Moment
    author: str
    account: Id
    text: str
    reply_to: str | None = None
    revision: Count = 0
    edited_at: Moment | None = None
    is_addressed: bool = False
    attachments: tuple[AttachmentRecord, ...] | None = None


class FileRecord(Record):
    """A file of a backup."""

    name: str
    size: Count
    sha256: str


class ManifestRecord(Record):
    """`manifest.json` of a backup: what it holds, and how each file is known to be whole."""

    format: Literal["learncomm-backup"] = "learncomm-backup"
    version: Literal[1] = 1
    learncomm: str
    schema_version: str
    made_at: Moment
    files: tuple[FileRecord, ...]


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
