"""Who takes part: communities, their spaces, members and the accounts that members write from.

A community bounds library, leaders, consent, budget and words. An account belongs to one platform;
a member is a person and may write from several accounts.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

CommunityId = NewType("CommunityId", int)
SpaceId = NewType("SpaceId", int)
MemberId = NewType("MemberId", int)
AccountId = NewType("AccountId", int)


class Consent(StrEnum):
    """What a member allows us to do with what they write."""

    IN = "in"
    """Found in searches and counted in summaries."""
    SUMMARIES_ONLY = "summaries_only"
    """Read for summaries, never found in searches."""
    OUT = "out"
    """Only the id and the time of a message are kept, and counted as skipped."""


@dataclass(frozen=True, slots=True)
class SpaceRef:
    """Where on a platform a community lives: a server, a space, a terminal."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account on a platform, by the platform's own id; names change, ids do not."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a platform tells of somebody who wrote or acted."""

    ref: AccountRef
    name: str
    """As shown to others there; for people, never for deciding anything."""
    is_bot: bool = False
    is_leader: bool = False
    """Whether a right on the platform makes this account a leader."""
    roles: frozenset[str] = frozenset()
    """The platform's ids of the roles that it holds in this space; leaders may be chosen by these."""
    since: datetime | None = None
    """Since when it is in this space, where the platform tells it."""


@dataclass(frozen=True, slots=True)
class Community:
    """A group that learns together."""

    id: CommunityId
    name: str
    language: str = "en"
    timezone: str = "UTC"
    slug: str = "community"
    """Names the folder of its own words."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person in one community."""

    id: MemberId
    community: CommunityId
    name: str
    consent: Consent = Consent.IN
    is_leader: bool = False
    language: str | None = None
    """What they wish to be answered in; their room's language where None."""
    timezone: str | None = None
    """Their own zone; the community's where None."""
    is_named: bool = False
    """Whether they agreed to be named where somebody asks about what they may know."""
