"""Why the facilitator spoke or held back, for whoever leads: it names nobody, and points at nobody."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from learncomm_agent.chat.outgoing import Block, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_finding import Held, check_leads, here
from learncomm_agent.commands.session_words import words_for
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.facilitating.moves import Move, Reason
from learncomm_agent.storage import sessions as stored

SMALL = 8
"""With fewer who take part, a leader could tell to whom a word in private went, so it is not told that there was one."""
_FEW, _MANY = 5, 20
_LOOKED_AT = 100
_TO_ONE = frozenset({Move.INVITE, Move.SLOW_DOWN})


async def why_so(context: Context, it: Held, said: str = "") -> Reply:
    """Tell whoever leads a session what the facilitator decided of late, and why.

    Raises:
        NotAllowedError: They lead neither it nor this community.
        UsageError: Nothing was decided yet.
    """
    check_leads(it)
    blocks = await decisions(context, it, most=_MANY)
    if not blocks:
        raise UsageError("no notes", phrase="session.no_reasons")
    return Reply(tuple(blocks), is_private=True)


async def decided_here(context: Context) -> list[Block]:
    """Return the last decisions in the session of this room or thread, for whoever leads it; else nothing."""
    it = await here(context)
    return [] if it is None or not it.may_steer else await decisions(context, it)


async def decisions(context: Context, it: Held, *, most: int = _FEW) -> list[Block]:
    """Return the newest decisions with their reasons; whom a word in private went to is in none of them."""
    notes = await context.services.database.read(lambda conn: stored.notes(conn, it.id, _LOOKED_AT))
    said = await words_for(context, it.id, it.session)
    many = sum(each.mode is not Mode.LISTEN for each in it.session.people.values()) >= SMALL
    lines = [
        context.layout.phrase(
            "session.reason",
            at="" if move in _TO_ONE else said.moment(at.isoformat()),
            move=_way(move),
            reason=context.label(f"facilitator.reason.{reason}"),
        )
        for at, move, reason in _told(notes, many=many)
    ][:most]
    if not lines:
        return []
    return [context.say("session.reasons"), Listing(tuple((Text(each),) for each in lines))]


def _told(
    notes: Sequence[tuple[datetime, Mapping[str, Any]]], *, many: bool
) -> Iterator[tuple[datetime, Move, Reason]]:
    """Yield what may be told, the newest first; the same thing once in a row."""
    before = None
    for at, content in notes:
        try:
            move, reason = Move(content["move"]), Reason(content["reason"])
        except (KeyError, ValueError):  # of a later version, or of another kind
            continue
        if (move, reason) == before or (move in _TO_ONE and not many):
            continue
        before = (move, reason)
        yield at, move, reason


def _way(move: Move) -> str:
    if move in _TO_ONE:
        return "private"
    return "held" if move is Move.NONE else "spoke"
