"""`decisions`: what was decided here, why, and when it is looked at again; and what leaders say on that day."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from learncomm_agent.caring.promising import day_of
from learncomm_agent.caring.reasons import reasons_in
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.pressed import check_leads, number_of
from learncomm_agent.commands.recording import record
from learncomm_agent.community.promise_words import cut, line_of, on, told
from learncomm_agent.community.reviewing import ACTS
from learncomm_agent.errors import NotFoundError, StorageError, UsageError
from learncomm_agent.storage import decisions as stored
from learncomm_agent.storage import messages
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import Decided, decided
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.promised_posts import TALK

MOST = 10
_LOOKED_AT = 200
ALL = "all"
_NOTED = {"keep": "keep decision", "talk": "talk decision", "drop": "drop decision"}
"""What is noted of an answer, by its act."""


async def decisions(context: Context, values: Mapping[str, Any]) -> Reply:
    """List what was decided in this room, or in all that whoever asks can read, the newest first."""
    of_all = values.get("where") == ALL or context.room.kind is RoomKind.DIRECT
    readable = await context.readable(is_private=True)
    rooms = readable.rooms if of_all else readable.rooms & {context.room_id}

    def read(conn: Connection) -> tuple[list[Decided], dict[int, list[str]]]:
        there = decided(conn, stored.of_rooms(conn, rooms, most=_LOOKED_AT))
        found = [each for each in there if each.is_quotable]
        return found, {each.decision.item: _said(conn, each) for each in found[:MOST]}

    found, said = await context.services.database.read(read)
    room = context.room.name
    if not found:
        return Reply((context.say("decisions.none", room="" if of_all else room),), True)
    why = await asyncio.to_thread(_reasons, context, said)
    more = len(found) - MOST
    head = context.layout.phrase("decisions.list", count=len(found), room="" if of_all else room)
    writing = told(
        context.community,
        context.member.id,
        context.layout,
        [_row(context, each, why[each.decision.item], of_all=of_all) for each in found[:MOST]],
        head=head,
        notes=[context.layout.phrase("decisions.more", count=more)] if more > 0 else [],
    )
    return Reply(await context.show(writing), is_private=True, writing=writing)


def _said(conn: Connection, it: Decided) -> list[str]:
    """Return what the messages say that a decision rests on, of those who may be quoted."""
    held = [each.message for each in it.line.evidence if each.message is not None]
    there = {each.id: each for each in messages.of_rows(conn, held)}
    kept = (there[each] for each in held if each in there)
    return [each.text for each in kept if each.consent is Consent.IN]


def _reasons(context: Context, said: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    """Return why something was decided, in members' words. Reads files."""
    book, words = context.services.book, context.words
    cues = book.cues(context.community.slug, *words.languages())
    return {item: reasons_in(texts, cues) for item, texts in said.items()}


def _row(context: Context, it: Decided, reasons: Sequence[str], *, of_all: bool) -> Line:
    decision, zone = it.decision, str(context.zone)
    review = decision.review_at
    is_to_come = review is not None and decision.reviewed_at is None
    new = [each for each in reasons if each not in it.words]
    said = context.layout.phrase(
        "decisions.row",
        at=decision.decided_at.astimezone(context.zone),
        room=it.room.name if of_all else "",
        words=cut(it.words),
        why=cut(" ".join(new)),
        review=day_of(review, zone, is_day=True) if review is not None and is_to_come else None,
        is_dropped=decision.is_dropped,
    )
    where = on(it.where, context.room.ref.platform)
    return line_of(said, it.line.evidence, [(context.label("actions.where"), where)], is_row=True)


async def press(context: Context, which: str) -> Reply:
    """Do what a leader says of one whose day has come: its id is `review:<act>:<number>`.

    Raises:
        NotFoundError: It is gone.
        NotAllowedError: Whoever presses does not lead in its room.
        UsageError: Another leader has answered.
    """
    act, _, number = which.partition(":")
    if act not in ACTS:
        raise NotFoundError("no such control", phrase="control.gone")
    item, readable = number_of(number), await context.readable(is_private=True)

    def read(conn: Connection) -> Decided | None:
        found = stored.get(conn, item, context.community.id)
        if found is None or found.room not in readable.rooms:
            return None
        return next(iter(decided(conn, [found])), None)

    it = await context.services.database.read(read)
    if it is None:
        raise NotFoundError("that decision is gone", phrase="control.gone")
    await check_leads(context, it.decision.room, DECISIONS.name)
    if it.decision.reviewed_at is not None:
        raise UsageError("looked at already", phrase="decisions.reviewed")
    settle = partial(_settle, context, it, act)
    if act == "talk":
        return await _talk(context, it, settle)
    return Reply((context.say(f"decisions.now_{act}"),), is_private=True, commits=(settle,))


async def _talk(context: Context, it: Decided, settle: Any) -> Reply:
    """Put it to its room once more."""
    line = it.line
    writing = Writing(
        community=context.community.id,
        kind=TALK,
        room=it.decision.room,
        member=context.member.id,
        is_private=False,
        request={},
        header={},
        trace={"message": None},
        lines=(Line(TALK, {"text": it.words, "n": 1}, line.evidence),),
    )
    blocks = await context.show(writing)
    return Reply(blocks, writing=writing, commits=(settle,), room=it.decision.room)


def _settle(context: Context, it: Decided, act: str, conn: Connection) -> None:
    reviewing = context.services.reviewing
    if not reviewing.settle(conn, it.decision.item, is_dropped=act == "drop"):
        raise StorageError("another leader has answered meanwhile")
    record(context, _NOTED[act], f"room {it.decision.room}")(conn)


DECISIONS = Command(
    name="decisions",
    run=decisions,
    options=(Option("where", OptionKind.CHOICE, choices=("here", ALL), takes_rest=True),),
    aliases=("decision",),
    is_private=True,
    is_rare=True,
)
