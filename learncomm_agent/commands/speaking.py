"""A meeting whose record is kept, and who speaks in it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.meeting import Brought, asking
from learncomm_agent.commands.parsing import NAME_CHARS
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.library.readers.turns import Turn, retold, turns_of
from learncomm_agent.library.resources import ResourceId, ResourceKind, Share
from learncomm_agent.storage import naming as stored
from learncomm_agent.storage import speakers
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.speakers import Record, Speaker
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.recordings import noted, recorded

NO_MEMBER = ("none", "nobody", "-")
"""What is written for a speaker who is no member."""
PEOPLE = 24
"""So many are offered for a speaker; anybody else is named in words."""
AT_ONCE = 8
"""Of so many a platform is asked at a time what they read."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting whose record is kept, as far as it is known."""

    record: ResourceId
    day: date
    is_notes: bool = False
    prepared: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def as_asked(self) -> dict[str, Any]:
        """Its JSON form."""
        return {
            "record": self.record,
            "day": self.day.isoformat(),
            "is_notes": self.is_notes,
            "prepared": list(self.prepared),
            "left_out": self.left_out,
        }


def meeting_of(writing: Writing) -> Meeting:
    """Return the meeting that was asked for.

    Raises:
        NotFoundError: Its record is gone.
    """
    asked = writing.request
    if not asked:
        raise _gone()
    return Meeting(
        ResourceId(asked["record"]),
        date.fromisoformat(asked["day"]),
        asked["is_notes"],
        tuple(asked["prepared"]),
        asked["left_out"],
    )


async def kept(context: Context, material: Brought, day: date) -> Meeting:
    """Keep a record for what is written from it, without the words of members who don't want theirs kept.

    Nobody finds or reads it before that is published, and somebody's notes not then.
    """
    services, community = context.services, context.community.id
    reading, left_out, found = material.reading, 0, dict[str, MemberId | None]()
    if not material.is_notes:
        turns = await asyncio.to_thread(turns_of, reading)
        known = await _by_name(context, turns)
        kept = [turn for turn in turns if _may_keep(known.get(turn.speaker))]
        left_out = len(turns) - len(kept)
        found = {name: each.member for name, each in known.items() if _may_keep(each)}
        if left_out or reading.kind is not ResourceKind.TRANSCRIPT:
            reading = await asyncio.to_thread(retold, reading, kept)
    if not reading.sections:
        raise UsageError("nothing may be kept", phrase="minutes.nobody_left")
    asked = await asking(context)
    message = None if asked is None else asked.id
    share = Share(context.room_id, context.member.id, message, is_held=True)
    added = await services.adding.add(community, [reading], share)
    resource = (*added.added, *added.known)[0]
    await services.bringing.check(community, share.message)

    meeting = Meeting(resource, day, material.is_notes, material.prepared, left_out)
    return await matched(context, meeting, found, is_new=True)


def _may_keep(speaker: Speaker | None) -> bool:
    return speaker is None or speaker.consent is Consent.IN


async def _by_name(context: Context, turns: Sequence[Turn]) -> dict[str, Speaker]:
    """Return the speakers who are called as just one member is."""
    names = list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))
    community, platform = context.community.id, context.room.ref.platform
    found = await context.services.database.read(
        lambda conn: stored.named(conn, community, platform, [[name] for name in names])
    )
    known = {}
    for name, people in zip(names, found, strict=True):
        fit = [each for each in people if each.name.casefold() == name.casefold()]
        if len(fit) == 1 and not fit[0].is_bot:
            known[name] = Speaker(fit[0].member, fit[0].name, fit[0].consent)
    return known


async def say_who(context: Context, meeting: Meeting, told: Mapping[str, str]) -> Meeting:
    """Keep who the speakers are, by the names that a leader gives.

    Raises:
        NotFoundError: There is no such speaker, or no such member here.
    """
    record = await record_of(context, meeting)
    names = {turn.speaker.casefold(): turn.speaker for turn in turns_said(meeting, record)}
    label = context.label("minutes.nobody").casefold()
    found: dict[str, MemberId | None] = {}
    for said, who in told.items():
        if (speaker := names.get(said.casefold())) is None or not speaker:
            there = [each for each in names.values() if each]
            said = said[:NAME_CHARS]
            raise NotFoundError(
                "no such speaker", phrase="minutes.no_speaker", speaker=said, there=there
            )
        is_none = who.casefold() in {*NO_MEMBER, label}
        found[speaker] = None if is_none else (await naming.member(context, who)).member
    return await matched(context, meeting, found)


async def matched(
    context: Context,
    meeting: Meeting,
    found: Mapping[str, MemberId | None],
    *,
    is_new: bool = False,
) -> Meeting:
    """Keep who speakers are; what those say who don't want it kept is taken out of the record.

    Args:
        context: The request.
        meeting: Whose record.
        found: Which members they are, by what the record calls them.
        is_new: Whether nobody said so: what was said before holds then.

    Raises:
        NotFoundError: The record is gone, or not for this room any more.
        UsageError: Nothing of it may be kept.
    """
    silencing, community = context.services.silencing, context.community.id
    platform = context.room.ref.platform

    def keep(conn: Connection) -> tuple[int, bool]:
        if speakers.record(conn, meeting.record, context.room_id) is None:
            raise _gone()
        said = speakers.known(conn, meeting.record, platform) if is_new else {}
        new = {name: member for name, member in found.items() if name not in said}
        speakers.keep(conn, meeting.record, new)
        known = speakers.known(conn, meeting.record, platform)
        silent = {name for name in found if not _may_keep(known.get(name))}
        left_out = silencing.leave_out(conn, community, meeting.record, silent) if silent else 0
        return left_out, speakers.record(conn, meeting.record) is not None

    left_out, is_left = await context.services.database.write(keep)
    if not is_left:
        raise UsageError("nothing may be kept", phrase="minutes.nobody_left")
    return replace(meeting, left_out=meeting.left_out + left_out)


async def record_of(context: Context, meeting: Meeting) -> Record:
    """Return the record of a meeting.

    Raises:
        NotFoundError: It is gone, or not shared with this room any more.
    """
    record = await context.services.database.read(
        lambda conn: speakers.record(conn, meeting.record, context.room_id)
    )
    if record is None:
        raise _gone()
    return record


def _gone() -> NotFoundError:
    return NotFoundError("the record is gone", phrase="minutes.gone")


def turns_said(meeting: Meeting, record: Record) -> tuple[Turn, ...]:
    """Return what was said, or noted line by line."""
    return noted(record) if meeting.is_notes else recorded(record)


async def people(context: Context) -> list[Named]:
    """Return whom a speaker may be: members who can read this room, those who wrote most in it first."""
    known, here = await _candidates(context), list[Named]()
    for first in range(0, len(known), AT_ONCE):
        some = known[first : first + AT_ONCE]
        read = await asyncio.gather(*(naming.is_here(context, each) for each in some))
        here += [each for each, is_here in zip(some, read, strict=True) if is_here]
        if len(here) >= PEOPLE:
            break
    return here[:PEOPLE]


async def may_be(context: Context, member: MemberId) -> bool:
    """Whether a speaker may be a member, as one of `people` was when they were offered."""
    theirs = [each for each in await _candidates(context) if each.member == member]
    return any([await naming.is_here(context, each) for each in theirs])


async def _candidates(context: Context) -> Sequence[Named]:
    community, platform = context.community.id, context.room.ref.platform
    return await context.services.database.read(
        lambda conn: speakers.candidates(conn, community, platform, context.room_id, 2 * PEOPLE)
    )
