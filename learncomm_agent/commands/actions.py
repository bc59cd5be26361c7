"""`actions`: who does what by when; what is mine and ours, and what is done with one, by words, button or form."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from learncomm_agent.chat.forms import Field, FieldKind, Form
from learncomm_agent.commands import action_acts as acts
from learncomm_agent.commands.action_adding import add
from learncomm_agent.commands.action_finding import Held, held, is_adder, look_up
from learncomm_agent.commands.action_listing import DONE, MINE, OURS, OVERDUE, file, listed
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.verbs import meant
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.words import Words
from learncomm_agent.writing.taking import CONTROL

MOST_CHARS = 2000
FORM = CONTROL
"""What the ids of its forms begin with."""
_SAID = re.compile(r"(\S+)(?:\s+#?(\d{1,15})(?!\S))?(?:\s*(.*))?", re.DOTALL)
_LISTS = (MINE, OURS, OVERDUE, DONE)
_ADD, _FILE = "add", "file"
Act = Callable[[Context, Held, str], Awaitable[Reply]]


async def actions(context: Context, values: Mapping[str, Any]) -> Reply:
    """List action items, add one, or do something with one.

    Raises:
        UsageError: What is to be done is not clear, or can't be done.
    """
    said, message = values.get("what", "").strip(), values.get("message", "")
    who, by = values.get("who", ""), values.get("by", "")
    match = _SAID.fullmatch(said)
    verb = "" if match is None else meant_by(context.words, match[1])
    rest = "" if match is None else (match[3] or "").strip()
    if verb == _ADD and match is not None:
        words = said[len(match[1]) :].strip()
        named = message or (context.reply_to or "" if not words else "")
        return await add(context, words, who=who, by=by, message=named)
    if message and verb != "result":
        return await add(context, said, who=who, by=by, message=message)
    if match is None and context.reply_to is not None and context.via is Via.MESSAGE:
        return await add(context, "", who=who, by=by, message=context.reply_to)
    if match is None:
        return await listed(context, MINE)
    if match[2] is None:
        return await _of_all(context, verb, rest)
    if verb not in _ACTS:
        raise UsageError("no such verb", phrase="actions.how_to_ask")
    told = {"hand": who, "date": by, "result": message}.get(verb, "")
    return await _ACTS[verb](context, await held(context, int(match[2])), rest or told)


async def _of_all(context: Context, verb: str, rest: str) -> Reply:
    """Do what a word says that is about no single one."""
    if verb in _LISTS and not rest:
        return await listed(context, verb)
    if verb == _FILE and not rest:
        return await file(context)
    number = verb.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 16:
        return await _by_number(context, int(number), rest)
    phrase = "actions.which" if verb in _ACTS else "actions.how_to_ask"
    raise UsageError("no number, or no verb", phrase=phrase)


async def _by_number(context: Context, number: int, rest: str) -> Reply:
    """Do what is said with the number before the verb: `actions 3 done`."""
    word, _, more = rest.partition(" ")
    verb = meant_by(context.words, word) if word else ""
    if verb not in _ACTS:
        raise UsageError("no verb", phrase="actions.how_to_ask")
    return await _ACTS[verb](context, await held(context, number), more.strip())


async def _take(context: Context, it: Held, said: str) -> Reply:
    return await acts.take(context, it)


async def _decline(context: Context, it: Held, said: str) -> Reply:
    return await acts.decline(context, it)


async def _finish(context: Context, it: Held, said: str) -> Reply:
    return await acts.finish(context, it)


async def _let_go(context: Context, it: Held, said: str) -> Reply:
    return await acts.let_go(context, it)


_ACTS: Mapping[str, Act] = {
    "take": _take,
    "yes": _take,
    "no": _decline,
    "hand": acts.hand_over,
    "date": acts.move,
    "done": _finish,
    "drop": _let_go,
    "result": acts.keep_result,
}
"""What follows `actions`, with a number, and what it does."""
VERBS = (*_LISTS, _ADD, _FILE, *_ACTS)


def meant_by(words: Words, said: str) -> str:
    """Return the verb that a word stands for, in whichever language; itself where it stands for none."""
    word = said.casefold().rstrip(":")
    if word in VERBS:
        return word
    return meant(words, "actions.verb_", VERBS, word) or word


def is_meant(words: Words, said: str) -> bool:
    """Whether a word says that a sentence is for this command, although it ends in a question mark."""
    return meant_by(words, said) in VERBS


async def press(context: Context, which: str) -> Reply:
    """Do what a button says: its id is `act:<verb>:<number>`."""
    verb, _, number = which.partition(":")
    if verb == _FILE:
        return await file(context)
    if verb not in _ACTS:
        raise NotFoundError("no such control", phrase="control.gone")
    return await _ACTS[verb](context, await held(context, number_of(number)), "")


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form in which one is handed over, gets another date, or what came of it.

    Raises:
        NotFoundError: It is gone, or there is no such form.
        NotAllowedError: It is somebody else's.
    """
    verb, _, number = which.partition(":")
    if verb not in _FORMS:
        raise NotFoundError("no such form", phrase="control.gone")
    readable, services = await visitor.readable(), visitor.services
    it = await look_up(services, visitor.community.id, readable, number_of(number))
    me = None if visitor.member is None else visitor.member.id
    is_mine = me is not None and it.action.owner == me
    if not (is_mine or visitor.is_leader or is_adder(it.action, me)):
        raise NotAllowedError("somebody else's", phrase="actions.not_yours")
    name, kind, hint = _FORMS[verb]
    label = visitor.label(f"actions.field_{name}")
    told = "" if hint is None else visitor.label(hint)
    field = Field(name, label, kind, max_chars=acts.RESULT_CHARS, hint=told)
    title = visitor.label(f"actions.button_{verb}")
    return Form(f"{FORM}:{which}", title, (field,))


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Do what such a form says."""
    verb, _, number = which.partition(":")
    if verb not in _FORMS:
        raise NotFoundError("no such form", phrase="control.gone")
    it = await held(context, number_of(number))
    return await _ACTS[verb](context, it, values.get(_FORMS[verb][0], ""))


_FORMS: Mapping[str, tuple[str, FieldKind, str | None]] = {
    "hand": ("who", FieldKind.MEMBER, None),
    "date": ("by", FieldKind.TEXT, "actions.hint_by"),
    "result": ("result", FieldKind.TEXT, "actions.hint_result"),
}
"""The field of each form, and what stands below it."""

ACTIONS = Command(
    name="actions",
    run=actions,
    options=(
        Option("what", takes_rest=True, max_chars=MOST_CHARS),
        Option("who", OptionKind.MEMBER, max_chars=100),
        Option("by", OptionKind.MOMENT, takes_words=True, max_chars=100),
        Option("message", OptionKind.MESSAGE, max_chars=200),
    ),
    aliases=("action",),
    is_private=True,
    on_message="message",
)
