"""What buttons and lists of sessions do; their ids are `s:<session>:<act>[:<arg>]`, and they last for ever."""

from collections.abc import Awaitable, Callable, Mapping

from learncomm_agent.commands import profile
from learncomm_agent.commands import session_acts as acts
from learncomm_agent.commands import session_changing as changing
from learncomm_agent.commands import session_rules as rules
from learncomm_agent.commands import session_starting as starting
from learncomm_agent.commands import session_steering as steering
from learncomm_agent.commands.catchup import caught_up
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.playbooks import START, started
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.session_finding import Held, check_steers, of_control
from learncomm_agent.commands.session_plan import shown, words_of
from learncomm_agent.commands.session_reading import done
from learncomm_agent.commands.session_showing import ahead, status
from learncomm_agent.commands.session_taking import is_ticked
from learncomm_agent.commands.session_withdrawing import take_back, take_back_one
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.events import Act

Press = Callable[[Context, Held, str], Awaitable[Reply]]


async def press(context: Context, which: str) -> Reply:
    """Do what a control of a session says.

    Raises:
        NotFoundError: The session is gone, or the control is none of ours.
    """
    number, _, act = which.partition(":")
    act, _, arg = act.partition(":")
    if act == START:
        return await started(context, arg, {})
    it = await of_control(context, number)
    if act in _PRESSED:
        return await _PRESSED[act](context, it, arg)
    if act in rules.RULES:
        return await rules.ruled(context, it, rules.RULES[act], _entries(context, arg))
    if act in rules.STEERS:
        return await rules.STEERS[act](context, it, arg)
    raise NotFoundError("no such control", phrase="control.gone")


def _entries(context: Context, arg: str) -> list[int]:
    """Return the entries that were picked, or the one that a button is of."""
    return [
        number_of(each.rpartition(":")[2]) for each in (*context.picked, *((arg,) if arg else ()))
    ]


async def _join(context: Context, it: Held, arg: str) -> Reply:
    return await acts.join(context, it, arg) if arg else await acts.ask_how(context, it)


async def _leave(context: Context, it: Held, arg: str) -> Reply:
    return await acts.leave(context, it)


async def _enter(context: Context, it: Held, arg: str) -> Reply:
    return await acts.add(context, it, "", _visit(arg))


def _visit(arg: str) -> int | None:
    """Return the visit of a stage that a control is of; older ones are of whichever is on."""
    return number_of(arg) if arg else None


async def _next(context: Context, it: Held, arg: str) -> Reply:
    return (await steering.next_step(context, it, _visit(arg))).said


async def _next_it(context: Context, it: Held, arg: str) -> Reply:
    return await steering.steered(context, it, Act.NEXT, visit=_visit(arg))


async def _skip_it(context: Context, it: Held, arg: str) -> Reply:
    return await steering.steered(context, it, Act.SKIP, visit=_visit(arg))


async def _vote(context: Context, it: Held, arg: str) -> Reply:
    if not (context.picked or arg) and not is_ticked(it.session):
        return await acts.vote(context, it, "")
    return await acts.vote_for(context, it, _entries(context, arg))  # nothing picked takes it back


async def _back(context: Context, it: Held, arg: str) -> Reply:
    entries = _entries(context, arg)
    return await (acts.back_one(context, it, entries[0]) if entries else acts.back(context, it, ""))


async def _take_back(context: Context, it: Held, arg: str) -> Reply:
    entries = _entries(context, arg)
    if not entries:
        return await take_back(context, it, "")
    return await take_back_one(context, it, entries[0])


async def _done(context: Context, it: Held, arg: str) -> Reply:
    return await done(context, it, arg)


async def _status(context: Context, it: Held, arg: str) -> Reply:
    return await status(context, it)


async def plan(context: Context, it: Held, arg: str) -> Reply:
    """Show a plan to its leader, or what comes next in a session that runs."""
    if it.is_planned:
        check_steers(it)
        return await shown(context, it)
    return await ahead(context, it)


async def _go(context: Context, it: Held, arg: str) -> Reply:
    return await starting.go(context, it)


async def _drop(context: Context, it: Held, arg: str) -> Reply:
    return await changing.let_be(context, it)


async def _word(context: Context, it: Held, arg: str) -> Reply:
    """Show what the stage says that was picked."""
    check_steers(it)
    return await words_of(context, it, context.picked[0] if context.picked else arg)


async def _end_it(context: Context, it: Held, arg: str) -> Reply:
    return await steering.end_it(context, it, _visit(arg))


async def _catchup(context: Context, it: Held, arg: str) -> Reply:
    return await caught_up(context, it)


async def _profile(context: Context, it: Held, arg: str) -> Reply:
    """Show somebody their profile, or ask for one."""
    return await profile.page(context)


async def _change(context: Context, it: Held, arg: str) -> Reply:
    """Show the plan, where a form can't be opened."""
    return await plan(context, it, arg)


_PRESSED: Mapping[str, Press] = {
    "join": _join,
    "leave": _leave,
    "enter": _enter,
    "vote": _vote,
    "back": _back,
    "take_back": _take_back,
    "done": _done,
    "status": _status,
    "plan": plan,
    "go": _go,
    "drop": _drop,
    "change": _change,
    "next": _next,
    "next_it": _next_it,
    "skip_it": _skip_it,
    "end_it": _end_it,
    "word": _word,
    "say": _word,
    "catchup": _catchup,
    "profile": _profile,
}
