"""The buttons and forms of goals: `goal:<act>.<row>`, with the room that they speak of behind it."""

from collections.abc import Mapping

from learncomm_agent.chat.forms import Field, Form
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.commands import goal_acts as acts
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.goals import Verb
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.session_finding import room_of
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.learning_goals import CONTROL as CONTROL
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.storage import learning_goals as stored
from learncomm_agent.storage.learning_goals import Goal

_ACTS: Mapping[str, Verb] = {
    "look": acts.show,
    "well": acts.well,
    "stuck": acts.stuck,
    "reached": acts.reached,
    "let_go": acts.drop,
    "go_on": acts.well,
    "stop": acts.stop,
    "share": acts.share,
    "hide": acts.hide,
    "keep": acts.keep,
    "path": acts.path,
}


async def press(context: Context, which: str) -> Reply:
    """Do what a button says, with a goal of the presser's; a shared one may become a path of those who read it.

    Raises:
        NotFoundError: There is no such button, or the goal or the room is gone.
        NotAllowedError: It is somebody else's goal.
    """
    act, _, of = which.partition(".")
    id, _, room = of.partition(".")
    if act not in _ACTS:
        raise NotFoundError("no such act", phrase="control.gone")
    number = number_of(id)
    goal = await context.services.database.read(lambda conn: stored.get(conn, number))
    if goal is None or goal.community != context.community.id:
        raise NotFoundError("the goal is gone", phrase="goals.gone")
    if goal.member != context.member.id:
        if act != "path":
            raise NotAllowedError("somebody else's goal", phrase="control.not_yours")
        there = await _where_shown(context, goal)
    else:
        there = await room_of(context, RoomId(number_of(room))) if room else context
    reply = await _ACTS[act](there, goal)
    is_elsewhere = there is not context and not reply.is_private
    return Reply(reply.blocks, writing=reply.writing, room=there.room_id) if is_elsewhere else reply


async def _where_shown(context: Context, goal: Goal) -> Context:
    """Return the request as if it were made where somebody else's goal stands, as far as the presser reads there.

    Raises:
        NotAllowedError: It is not shared, or in no room that they read.
    """
    rooms = await context.services.database.read(lambda conn: stored.shown_in(conn, goal.id))
    for room in rooms:
        try:
            return await room_of(context, room)
        except NotFoundError:
            continue
    raise NotAllowedError("somebody else's goal", phrase="control.not_yours")


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form in which a goal is added or put otherwise.

    Raises:
        NotFoundError: There is no such form, or the goal is gone.
        NotAllowedError: It is somebody else's goal.
    """
    act, goal = await _meant(visitor, which)
    text = "" if goal is None else goal.text
    field = Field(
        "goal",
        visitor.label("goals.field"),
        is_long=True,
        max_chars=acts.CHARS,
        values=(text,) if text else (),
        hint=visitor.label("goals.field_hint"),
    )
    return Form(f"{CONTROL}:{which}", visitor.label(f"goals.control.{act}"), (field,))


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Do what the form says; raises what `form` raises."""
    _, goal = await _meant(context, which)
    text = values.get("goal", "")
    return await (acts.add(context, text) if goal is None else acts.change(context, goal, text))


async def _meant(who: Visitor | Context, which: str) -> tuple[str, Goal | None]:
    act, _, id = which.partition(".")
    if act not in ("add", "change"):
        raise NotFoundError("no such form", phrase="control.gone")
    if act == "add":
        return act, None
    number = number_of(id)
    goal = await who.services.database.read(lambda conn: stored.get(conn, number))
    if goal is None:
        raise NotFoundError("the goal is gone", phrase="goals.gone")
    if who.member is None or goal.member != who.member.id:
        raise NotAllowedError("somebody else's goal", phrase="control.not_yours")
    return act, goal
