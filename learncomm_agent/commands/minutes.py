"""`minutes`: sum up a meeting that was held by voice, from its record or from a leader's notes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices, Menu
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.drafting import drafted, spoken_in
from learncomm_agent.commands.meeting import NOTES, brought
from learncomm_agent.commands.parsing import several
from learncomm_agent.commands.pressed import check_leads, mine, number_of, there_of
from learncomm_agent.commands.speaking import (
    Meeting,
    kept,
    matched,
    may_be,
    meeting_of,
    people,
    record_of,
    say_who,
    turns_said,
)
from learncomm_agent.commands.summary import moment
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import speakers, writings
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.keeping import summary_trace
from learncomm_agent.writing.recordings import (
    RECORD,
    Recording,
    recording_header,
    recording_lines,
    transcript_of_recording,
)

NOBODY = "0"
"""What is picked for a speaker who is no member."""
MENUS = 3
"""So many speakers are asked for at once; the next ones when these are told."""


async def minutes(context: Context, values: Mapping[str, Any]) -> Reply:
    """Keep what is brought, ask who the speakers are, and sum it up; or say who a speaker is.

    Raises:
        UsageError: There is nothing to go by, or this is a direct talk, which nobody else reads.
        NotFoundError: Somebody or something that is named is not there.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else reads it", phrase="minutes.direct")
    told = _told(values.get("speaker", ""))
    material = await brought(context, values)
    if material is None and not told:
        raise UsageError("no record", phrase="minutes.nothing")
    if material is None:
        meeting = meeting_of(await _last(context))
    else:
        day = await asyncio.to_thread(_day, context, values.get("on", ""))
        meeting = await kept(context, material, day)
    if told:
        meeting = await say_who(context, meeting, told)
    return await _next(context, meeting)


async def press(context: Context, which: str) -> Reply:
    """Keep which member a speaker is, as picked from a list, and go on; or sum it up as it is.

    Args:
        context: The request.
        which: The number of what asked who speaks, and behind a `:` the place of the speaker there.

    Raises:
        NotFoundError: The record, its speaker or the member is not there any more.
        NotAllowedError: It was brought by somebody else, or they lead no more.
    """
    id, _, number = which.partition(":")
    writing = await mine(context, id)
    await check_leads(context, writing.room, MINUTES.name)
    there = await there_of(context, writing)
    place = number_of(number) if number else None
    if writing.kind != RECORD:
        raise NotFoundError("no record", phrase="control.gone")
    meeting = meeting_of(writing)
    if place is None:
        return await _written(there, meeting)
    names = writing.lines[0].content["unknown"] if writing.lines else ()
    chosen = there.picked[0] if there.picked else ""
    if place >= len(names) or not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 16):
        raise NotFoundError("no such speaker", phrase="control.gone")
    member = None if chosen == NOBODY else MemberId(int(chosen))
    if member is not None and not await may_be(there, member):
        raise NotFoundError("no such member here", phrase="control.gone")
    return await _next(there, await matched(there, meeting, {names[place]: member}))


async def _last(context: Context) -> Writing:
    found = await context.services.database.read(
        lambda conn: writings.last_of(
            conn, context.member.id, room=context.room_id, kinds=(RECORD,)
        )
    )
    if found is None:
        raise NotFoundError("no record yet", phrase="minutes.gone")
    return found


def _day(context: Context, said: str) -> date:
    """Return the day of the meeting, that of whoever asks where nobody says. Blocks."""
    when = moment(context, said) if said else context.asked_at
    return when.astimezone(context.zone).date()


def _told(said: str) -> dict[str, str]:
    """Return who is said to be whom, from `Speaker 2=Ben, Speaker 3=none`."""
    found = {}
    for each in several(said):
        speaker, sign, who = each.rpartition("=")
        if not sign or not speaker.strip() or not who.strip():
            raise UsageError("not a speaker and a name", phrase="minutes.speaker_form")
        found[speaker.strip()] = who.strip()
    return found


async def _next(context: Context, meeting: Meeting) -> Reply:
    """Ask who speaks where that is not known yet, or else sum it up."""
    if meeting.is_notes:
        return await _written(context, meeting)
    record = await record_of(context, meeting)
    turns = await asyncio.to_thread(turns_said, meeting, record)
    platform = context.room.ref.platform
    known = await context.services.database.read(
        lambda conn: speakers.known(conn, meeting.record, platform)
    )
    names = dict.fromkeys(turn.speaker for turn in turns if turn.speaker)
    unknown = [name for name in names if name not in known]
    if not unknown:
        return await _written(context, meeting)
    content = {
        "title": record.title,
        "turns": len(turns),
        "known": [known[name].name for name in names if name in known and known[name].name],
        "unknown": unknown,
    }
    writing = Writing(
        community=context.community.id,
        kind=RECORD,
        room=context.room_id,
        member=context.member.id,
        is_private=True,
        request=meeting.as_asked,
        header={},
        trace={},
        lines=(Line(RECORD, content, (Evidence("", record.revision, resource=record.id),)),),
    )
    controls = await _controls(context, unknown)
    return Reply(await context.show(writing), is_private=True, writing=writing, controls=controls)


async def _controls(context: Context, unknown: Sequence[str]) -> Callable[[int], tuple[Block, ...]]:
    """Offer a list of people for each of some speakers, and to go on without."""
    layout, here = context.layout, await people(context)
    options = (
        *(Choice(str(each.member), each.name) for each in here),
        Choice(NOBODY, context.label("minutes.nobody")),
    )

    def made(id: int) -> tuple[Block, ...]:
        menus = (
            Menu(
                f"speaker:{id}:{place}",
                options,
                layout.phrase("minutes.who_is", speaker=name),
                in_words=layout.phrase("minutes.who_is_words", speaker=name),
            )
            for place, name in enumerate(unknown[:MENUS])
        )
        return (*menus, Choices((Choice(f"minutes:{id}", context.label("minutes.go_on")),)))

    return made


async def _written(context: Context, meeting: Meeting) -> Reply:
    """Sum a meeting up for its room."""
    services, language = context.services, await spoken_in(context, context.room_id)
    record = await record_of(context, meeting)
    platform = context.room.ref.platform
    known = await services.database.read(
        lambda conn: speakers.known(conn, meeting.record, platform)
    )
    recording = Recording(
        record,
        await asyncio.to_thread(turns_said, meeting, record),
        meeting.day,
        context.zone,
        names={name: each.name for name, each in known.items() if each.name},
        somebody=context.label("minutes.somebody"),
        whose=context.member.name if meeting.is_notes else "",
        left_out=meeting.left_out,
    )
    key = "minutes.title_notes" if meeting.is_notes else "minutes.title"
    transcript = transcript_of_recording(
        recording,
        context.words.phrase(key, language=language, at=meeting.day),
        language=context.community.language,
        timezone=context.community.timezone,
        prepared=meeting.prepared,
    )
    # For those who will read it, whatever language its leader speaks.
    reads = "progress.notes" if meeting.is_notes else "progress.turns"
    brief = replace(context, language=language).brief_on(reads)
    if meeting.is_notes:
        named = (each for each in await people(context) if each.consent is not Consent.OUT)
        here = frozenset(each.name for each in named)
        summary = await services.summaries.of_notes(transcript, replace(brief, people=here))
    else:
        summary = await services.summaries.of(transcript, brief)
    writing = Writing(
        community=context.community.id,
        kind="summary",
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={},
        header=recording_header(summary, recording),
        trace=summary_trace(summary),
        lines=recording_lines(summary, recording),
    )
    return await drafted(context, writing)


MINUTES = Command(
    name="minutes",
    run=minutes,
    options=(
        Option("notes", takes_rest=True, max_chars=20_000),
        Option("file", OptionKind.FILE, max_chars=500),
        Option("kind", OptionKind.CHOICE, choices=("transcript", NOTES)),
        Option("on", OptionKind.MOMENT, max_chars=60),
        Option("speaker", max_chars=1000),
        Option("agenda", takes_words=True, max_chars=6000),
        Option("message", OptionKind.MESSAGE, max_chars=200),
    ),
    who=Who.LEADERS,
    always_private=True,
    is_rare=True,
)
