"""`missed`: what was said here while somebody was away, for a newcomer, or for a leader; for their eyes alone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.summary import moment
from learncomm_agent.errors import NotAllowedError, UsageError
from learncomm_agent.storage import catching_up, messages
from learncomm_agent.storage.catching_up import Published
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.items import Method
from learncomm_agent.writing.keeping import summary_lines
from learncomm_agent.writing.language.dialogue import coverage
from learncomm_agent.writing.summaries import Said, Scope, transcript_of
from learncomm_agent.writing.views import (
    CAUGHT_UP,
    View,
    answers_to,
    asked_of,
    header_of,
    stands_in,
    view,
)

MOST = 5_000
"""Messages that are looked at, the newest: anybody may ask for it, as often as they like."""


@dataclass(frozen=True, slots=True)
class _Written:
    """The lines of what was said, and how they came about."""

    lines: tuple[Line, ...]
    method: Method
    reused: datetime | None = None
    """When the summary was written from which some of them are."""
    kept: tuple[Line, ...] = ()
    """Those lines."""
    dropped: int = 0


async def missed(context: Context, values: Mapping[str, Any]) -> Reply:
    """Tell one member what was said here since a moment, or since they last wrote here.

    Raises:
        UsageError: In a direct talk, of which there is nothing to tell.
        NotAllowedError: A view for leaders, asked for by somebody else.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk has no summary", phrase="missed.direct")
    wanted = View(values["view"]) if "view" in values else None
    if wanted is View.LEADER and not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command="missed")
    own = await context.services.database.read(
        lambda conn: messages.last_of(conn, context.member.id, context.room_id)
    )
    since = await _since(context, values["since"]) if "since" in values else None
    is_whole = wanted in (View.NEWCOMER, View.LEADER)
    after = own if since is None and not is_whole else None
    kind = wanted or (View.ABSENT if since or after else View.NEWCOMER)
    scope = Scope(
        room=context.room_id,
        title=_title(context, kind, since or (after.posted_at if after else None)),
        since=since,
        first=None if after is None else after.platform_id,
        language=context.community.language,
        timezone=context.community.timezone,
    )
    said = await context.services.summaries.said(scope)
    if after is not None:
        said = replace(said, messages=tuple(m for m in said.messages if m.id != after.id))
    older = len(said.messages[:-MOST])
    said = replace(said, messages=said.messages[-MOST:])
    begun = since if after is None else after.posted_at
    minutes = await context.services.database.read(
        lambda conn: catching_up.minutes(conn, context.community.id, context.room_id, begun)
    )
    told = tuple(
        line for each in minutes for line in each.lines if not line.content.get("is_struck")
    )
    if not (told or transcript_of(said.messages, scope, said.threads).utterances):
        is_read = context.services.directory.reads(context.room)
        return Reply((context.say("missed.nothing" if is_read else "missed.not_read"),), True)
    return await _told(context, kind, scope, said, older, told)


async def _since(context: Context, text: str) -> datetime:
    """Return the moment that words name, `monday` or `since monday`.

    Raises:
        UsageError: They name none.
    """
    try:
        return await asyncio.to_thread(moment, context, text)
    except UsageError:
        _, _, rest = text.partition(" ")
        if not rest:
            raise
        return await asyncio.to_thread(moment, context, rest)


def _title(context: Context, kind: View, since: datetime | None) -> str:
    local = None if since is None else since.astimezone(context.zone)
    return context.layout.phrase(f"missed.title_{kind}", room=context.room.name, since=local)


async def _told(
    context: Context, kind: View, scope: Scope, said: Said, older: int, minutes: tuple[Line, ...]
) -> Reply:
    transcript = transcript_of(said.messages, scope, said.threads)
    written = await _written(context, scope, said)
    ids = {each.id for each in transcript.utterances}
    read = [each for each in said.messages if str(each.id) in ids]
    mine = await _of_reader(context, read, scope) if kind is View.ABSENT else ()
    shown = view((*mine, *written.lines, *minutes), kind, context.member.name)
    covered = coverage(transcript)
    kept = [line.content for line in written.kept]
    is_reused = written.reused and any(line.content in kept for line in shown.lines)
    header = {
        **header_of(kind, scope.title, shown, spoke=len({each.member for each in read})),
        "reused": written.reused.isoformat() if written.reused and is_reused else None,
        "method": written.method,
        "why_extracted": "",
        "dropped": written.dropped,
        "messages": covered.messages + older,
        "read": covered.read,
        "skipped": [
            *([each.reason, each.count] for each in covered.skipped),
            *([["older", older]] if older else []),
        ],
    }
    writing = Writing(
        community=context.community.id,
        kind=CAUGHT_UP,
        room=context.room_id,
        member=context.member.id,
        is_private=True,
        request={},
        header=header,
        trace={"read": covered.read, "dropped": written.dropped},
        lines=shown.lines,
    )
    return Reply(await context.show(writing), is_private=True, writing=writing)


async def _of_reader(
    context: Context, read: Sequence[StoredMessage], scope: Scope
) -> tuple[Line, ...]:
    """Return what was answered to the reader, and what they were asked."""
    me = context.member

    def of_own(conn: Connection) -> tuple[dict[str, str], frozenset[str]]:
        questions = catching_up.own_questions(conn, me.id, scope.room)
        return questions, catching_up.own_ids(conn, me.id, scope.room)

    questions, own = await context.services.database.read(of_own)
    others = [each for each in read if each.member != me.id]
    return (
        *answers_to(questions, read, me.id, (scope.room, scope.first)),
        *asked_of(others, me.name, own),
    )


async def _written(context: Context, scope: Scope, said: Said) -> _Written:
    """Take the lines of a published summary and add what is new, or else pick out all without a model."""
    if not said.messages:
        return _Written((), Method.EXTRACTED)

    def read(conn: Connection) -> Published | None:
        since = said.messages[0].posted_at
        return catching_up.covering(conn, context.community.id, scope.room, since)

    found = await context.services.database.read(read)
    if found is None:
        return await _picked_out(context, scope, said)
    after = Said(
        tuple(each for each in said.messages if each.posted_at > found.until), said.threads
    )
    new = await _picked_out(context, scope, after)
    ids = {each.id for each in said.messages}
    kept = tuple(
        line
        for line in found.writing.lines
        if stands_in(line, ids) and not line.content.get("is_struck")
    )
    method = Method(found.writing.header["method"])
    return _Written((*kept, *new.lines), method, found.written_at, kept, new.dropped)


async def _picked_out(context: Context, scope: Scope, said: Said) -> _Written:
    transcript = transcript_of(said.messages, scope, said.threads)
    if not transcript.utterances:
        return _Written((), Method.EXTRACTED)
    brief = context.brief_on("progress.messages")
    summary = await context.services.summaries.picked_out(transcript, brief)
    lines = summary_lines(summary, said.by_id)
    return _Written(lines, summary.method, dropped=summary.dropped)


MISSED = Command(
    name="missed",
    run=missed,
    options=(
        Option("since", OptionKind.MOMENT, takes_rest=True, max_chars=60),
        Option("view", OptionKind.CHOICE, choices=tuple(View)),
    ),
    always_private=True,
)
