"""From a playbook to a session that begins: the plan that its leader reads, changes and lets begin."""

from collections.abc import Mapping
from dataclasses import replace

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.recording import recorded
from learncomm_agent.commands.session_acts import check_known, told
from learncomm_agent.commands.session_finding import (
    SURE,
    Held,
    check_planned,
    check_read,
    held,
    here,
    of_number,
)
from learncomm_agent.commands.session_plan import shown
from learncomm_agent.commands.session_planning import (
    answers_in,
    labels,
    named_in,
    planned,
    problems,
)
from learncomm_agent.errors import NotAllowedError, UsageError
from learncomm_agent.sessions.events import Act, Begun, Steered
from learncomm_agent.sessions.playbook import Playbook
from learncomm_agent.sessions.state import Phase, Plan
from learncomm_agent.sessions.walking import rests
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection


async def start(context: Context, said: str) -> Reply:
    """Plan a session in this room, and show the leader alone what will be posted.

    Raises:
        NotFoundError: There is no such playbook.
        NotAllowedError: It is not theirs to start.
        UsageError: It can't be started here.
    """
    _check_here(context)
    playbook, rest = await named_in(context, said)
    return await start_with(context, playbook, answers_in(playbook.asks, rest))


async def start_with(context: Context, playbook: Playbook, answers: Mapping[str, str]) -> Reply:
    """Plan a session with what was answered; raises what `start` raises."""
    _check_here(context)
    check_may(context, playbook)
    made = await planned(context, playbook, answers)
    id = await context.services.database.write(lambda conn: _keep(conn, context, made.plan))
    it = await of_number(context, id)
    return await shown(context, it, problems(context, made.problems))


def check_may(context: Context, playbook: Playbook) -> None:
    """Refuse whoever may not start a playbook.

    Raises:
        NotAllowedError: It is for leaders, or nothing may be kept of them.
    """
    check_known(context)
    if playbook.who == "leaders" and not context.member.is_leader:
        title = playbook.title
        raise NotAllowedError("leaders only", phrase="session.for_leaders", title=title)


def _check_here(context: Context) -> None:
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk", phrase="session.direct")
    check_read(context, context.room)


def _keep(conn: Connection, context: Context, plan: Plan) -> int:
    """Keep a plan, in the place of one that the same leader has not begun.

    Raises:
        UsageError: There is a session here already.
    """
    sessions, me = context.services.sessions, context.member.id
    for row, group in stored.in_room(conn, context.room_id):
        there = sessions.get(conn, row.id)[1]
        if rests(there):
            continue
        is_planned = there.phase is Phase.PLANNED
        if not (is_planned and there.lead == me and group is None):
            raise UsageError(
                "a session is here",
                phrase="session.already",
                title=row.title,
                is_planned=is_planned,
                is_leader=context.member.is_leader,
            )
        sessions.apply(conn, row.id, Steered(me, Act.END))
    id = sessions.plan(conn, context.community.id, context.room_id, plan, me)
    sessions.change_plan(conn, id, lambda kept: replace(kept, seed=id))
    return id


async def begin(context: Context, said: str, number: int | None = None) -> Reply:
    """Let a plan begin; where a playbook is named, plan that, so that nothing begins that was not meant.

    Raises:
        NotFoundError: There is no such playbook, or nothing is planned here.
        UsageError: It has begun, or something has to be answered first.
    """
    if not said or said.casefold() in SURE:
        return await go(context, await held(context, number))
    playbook, rest = await named_in(context, said)
    it = await here(context) if not rest else None
    if it is not None and it.is_planned and it.session.plan.playbook == playbook.name:
        return await shown(context, it)
    return await start_with(context, playbook, answers_in(playbook.asks, rest))


async def go(context: Context, it: Held) -> Reply:
    """Let a session begin as it is planned.

    Raises:
        UsageError: It has begun, its room is read no more, or something has to be answered first.
    """
    check_planned(it)
    check_read(context, it.room)
    if it.session.plan.missing:
        named = await labels(context, it.session.plan)
        raise UsageError("answers are missing", phrase="session.missing", names=named)
    reply = await told(context, it, Begun())
    return recorded(context, reply, "session begin", f"session {it.id}")
