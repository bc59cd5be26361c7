"""How a leader opens a vote on questions, and which one is meant by whoever votes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.pressed import check_leads, there_of
from learncomm_agent.commands.recording import record
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import ballots as stored
from learncomm_agent.storage import drafts, question_guides, rooms, writings
from learncomm_agent.storage.ballots import BALLOT, Ballot
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.voting import ballot_controls, ballot_lines

_COMMAND = "vote"
MOST_PICKS = 3
OPEN_FOR = timedelta(hours=48)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=60)


async def led_here(context: Context) -> Ballot:
    """Return the vote that is open here, to whoever leads there; raises also what `ballot_here` raises.

    Raises:
        NotAllowedError: They don't lead.
    """
    await check_leads(context, None, _COMMAND)
    ballot = await ballot_here(context)
    await check_leads(context, ballot.room, _COMMAND)
    return ballot


async def ballot_here(context: Context) -> Ballot:
    """Return the vote that is open in this room; in a direct talk, in a room that the asker reads.

    Raises:
        NotFoundError: There is none.
        UsageError: There are several.
    """
    found = await open_here(context)
    if not found:
        raise NotFoundError("no vote here", phrase="vote.none", is_leader=context.member.is_leader)
    if len(found) > 1:

        def names(conn: Connection) -> list[str]:
            return [rooms.get(conn, each.room).name for each in found]

        named = await context.services.database.read(names)
        raise UsageError("several votes", phrase="vote.several", rooms=named)
    return found[0]


async def open_here(context: Context) -> list[Ballot]:
    """Return the votes that are open in this room, or in a direct talk in all that the asker reads."""
    there: frozenset[RoomId] = frozenset({context.room_id})
    if context.room.kind is RoomKind.DIRECT:
        there = (await context.readable(is_private=True)).rooms
    return await context.services.database.read(lambda conn: stored.open_in(conn, there))


async def ballot_of(context: Context, id: int) -> Ballot:
    """Return the vote that a writing shows, of a room that whoever asks reads.

    Raises:
        NotFoundError: There is none, or it is gone.
    """
    community = context.community.id

    def read(conn: Connection) -> tuple[Ballot | None, Writing | None]:
        return stored.get(conn, id, community), writings.get(conn, id, community)

    ballot, writing = await context.services.database.read(read)
    if ballot is None or writing is None:
        raise NotFoundError("no such vote", phrase="vote.over")
    await there_of(context, writing)
    return ballot


async def opened(context: Context, closes: str | None = None, guide: int | None = None) -> Reply:
    """Open a vote on the questions that this room was shown last, or on those of a guide.

    Raises:
        NotAllowedError: Whoever asks does not lead.
        UsageError: It can't be opened; it says why.
    """
    await check_leads(context, None, _COMMAND)
    if context.room.kind is RoomKind.DIRECT and guide is None:
        raise UsageError("nobody votes in a direct talk", phrase="vote.direct")
    found = await context.services.database.read(lambda conn: _guide(conn, context, guide))
    if found is None or found.room is None or len(found.lines) < 2:
        raise NotFoundError("no questions to vote on", phrase="vote.nothing")
    await check_leads(context, found.room, _COMMAND)
    there = await there_of(context, found)
    room = there.room_id
    if await context.services.database.read(lambda conn: drafts.is_going_out(conn, found.id)):
        raise UsageError("being published", phrase="draft.is_going_out", room=there.room.name)
    if await context.services.database.read(lambda conn: stored.open_in(conn, [room])):
        raise UsageError("a vote is open there", phrase="vote.already")
    until = context.asked_at + OPEN_FOR
    if closes is not None:
        until = await asyncio.to_thread(closing_moment, context, closes, "vote.no_moment")
    lines = await context.services.database.read(
        lambda conn: question_guides.standing(conn, found.lines)
    )
    return _reply(context, found, room, until, lines)


async def close(context: Context, ballot: Ballot) -> Reply:
    """Close a vote now, and have what came of it posted."""

    def commit(conn: Connection) -> None:
        context.services.ballots.close(conn, ballot)

    return Reply((context.say("vote.closing"),), is_private=True, commits=(commit,))


def closing_moment(context: Context, text: str, otherwise: str) -> datetime:
    """Return the moment to come that words or figures name, in the asker's zone. Blocks.

    A day is meant to its end.

    Args:
        context: Whose zone and language it is.
        text: The words.
        otherwise: The sentence that says that they name none, and what would do.

    Raises:
        UsageError: They name none, or one that is too near or too far.
    """
    from dateparser.data import language_locale_dict
    from dateparser.date import DateDataParser

    local = context.asked_at.astimezone(context.zone).replace(tzinfo=None)
    settings = {
        "RELATIVE_BASE": local,
        "TIMEZONE": "UTC",  # nothing is moved to another zone; the machine's own is not asked for
        "PREFER_DATES_FROM": "future",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "RETURN_TIME_AS_PERIOD": True,
    }
    languages = sorted({context.language.split("-")[0], "en"} & language_locale_dict.keys())
    parser = DateDataParser(languages=languages, settings=settings)
    said = parser.get_date_data(text.replace("_", " "))
    found = said.date_obj
    if found is None or not SHORTEST <= found - local <= LONGEST:
        raise UsageError("no such moment", phrase=otherwise, days=LONGEST.days)
    if said.period == "day" and (found.hour, found.minute) == (0, 0):
        found = found.replace(hour=23, minute=59)
    return found.replace(tzinfo=context.zone).astimezone(UTC)


def _guide(conn: Connection, context: Context, id: int | None) -> Writing | None:
    community = context.community.id
    if id is None:
        return question_guides.newest(conn, community, context.room_id)
    return question_guides.get(conn, id, community)


def _reply(
    context: Context, guide: Writing, room: RoomId, until: datetime, lines: tuple[Line, ...]
) -> Reply:
    """Return what opens a vote on the lines of a guide."""
    asked = ballot_lines(lines, context.key)
    writing = Writing(
        community=context.community.id,
        kind=BALLOT,
        room=room,
        member=context.member.id,
        is_private=False,
        request={name: guide.request[name] for name in ("about",) if name in guide.request},
        header={
            "most": MOST_PICKS,
            "guide": guide.id,
            "closes_at": until.isoformat(),
            "drawn": [line.content["n"] for line in asked],
        },
        trace={},
        lines=asked,
    )

    def begin(conn: Connection, id: int) -> None:
        ballot = Ballot(id, context.community.id, room, MOST_PICKS, context.asked_at, until)
        context.services.ballots.open(conn, ballot, guide.id, context.member.id)
        record(context, "vote open", f"room {room}")(conn)

    def controls(id: int) -> tuple[Block, ...]:
        return ballot_controls(context.layout, replace(writing, id=id))

    is_here = room == context.room_id and context.via is not Via.FORM
    return Reply(
        context.layout.blocks(writing, {}),
        writing=writing,
        controls=controls,
        beside=begin,
        room=None if is_here else room,
    )
