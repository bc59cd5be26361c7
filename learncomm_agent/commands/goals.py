"""`goals`: what I want to learn, for my eyes alone, until I share it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices, Listing, Text
from learncomm_agent.commands import goal_acts as acts
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.commands.goal_acts import MOST_CHARS, Numbered
from learncomm_agent.commands.verbs import spoken
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage.learning_goals import Goal, State
from learncomm_agent.writing.excerpts import snippet

Verb = Callable[[Context, Goal], Awaitable[Reply]]
ADD, CHANGE = "add", "change"
VERBS: Mapping[str, Verb] = {
    "show": acts.show,
    "reached": acts.reached,
    "share": acts.share,
    "hide": acts.hide,
    "drop": acts.drop,
    "stuck": acts.stuck,
    "path": acts.path,
}
"""What follows `goals`, before a number, and what it does."""
_ALL = (ADD, CHANGE, *VERBS)
_NUMBER = re.compile(r"#?(\d{1,9})[.:]?(?:\s+(.*))?", re.DOTALL)
_LABEL_CHARS = 40
_MOST_BUTTONS = 10


async def goals(context: Context, values: Mapping[str, Any]) -> Reply:
    """List one's goals, add one, or do something with one.

    Raises:
        UsageError: What is to be done is not clear, or it is too long.
        NotFoundError: There is no goal of that number.
        NotAllowedError: Nothing may be kept of whoever asks.
    """
    said = values.get("what", "").strip()
    if not said:
        return await _listed(context)
    if found := _NUMBER.fullmatch(said):
        verb, words = (*(found[2] or "show").split(maxsplit=1), "")[:2]  # `2 reached`
        said = f"{verb} {found[1]} {words}"
    word, _, rest = said.partition(" ")
    called = await asyncio.to_thread(spoken, context.words, "goals.verb.", _ALL)
    verb = called.get(word.casefold().rstrip(":"), "")
    if verb == ADD:
        return await acts.add(context, rest)
    if verb not in _ALL:
        near = get_close_matches(word.casefold(), called, n=1)
        raise UsageError("no such verb", phrase="goals.how_to_ask", near=near[0] if near else "")
    number, words = await _which(context, verb, rest.strip())
    if verb == CHANGE:
        return await acts.change(context, number.goal, words)
    return await VERBS[verb](context, number.goal)


async def _which(context: Context, verb: str, rest: str) -> tuple[Numbered, str]:
    """Return the goal that is meant, and the words after its number; the only open one needs none.

    Raises:
        UsageError: There are several.
        NotFoundError: There is none of that number.
    """
    mine = await acts.mine(context)
    found = _NUMBER.fullmatch(rest)
    if found is not None:
        goal = next((each for each in mine if each.number == int(found[1])), None)
        if goal is None:
            raise NotFoundError("no such goal", phrase="goals.no_number", number=found[1])
        return Numbered(goal), (found[2] or "").strip()
    some = [each for each in mine if each.state is State.OPEN] or mine
    if len(some) == 1 and (not rest or verb == CHANGE):
        return Numbered(some[0]), rest
    called = context.label(f"goals.verb.{verb}").partition(" / ")[0]
    raise UsageError("no one goal", phrase="goals.which" if mine else "goals.none", verb=called)


async def _listed(context: Context) -> Reply:
    """List one's goals, with a button for each that is open."""
    mine = await acts.mine(context)
    add = await acts.add_button(context)
    if not mine:
        return Reply((context.say("goals.none_yet"), *add), is_private=True)
    items = tuple(
        (
            Text(
                context.layout.phrase(
                    "goals.listed",
                    number=each.number,
                    goal=each.text,
                    is_reached=each.state is State.REACHED,
                    is_shared=is_shared,
                )
            ),
        )
        for each, is_shared in await acts.with_shared(context, mine)
    )
    shown = [each for each in mine if each.state is State.OPEN][:_MOST_BUTTONS]
    options = tuple(
        Choice(f"goal:look.{each.id}", snippet(each.text, _LABEL_CHARS)) for each in shown
    )
    said, how = context.say("goals.yours"), context.layout.note("goals.how", number=mine[0].number)
    choices = (Choices(options),) if options else ()
    return Reply((said, Listing(items), *choices, how, *add), is_private=True)


GOALS = Command(
    name="goals",
    run=goals,
    options=(Option("what", takes_rest=True, max_chars=MOST_CHARS),),
    aliases=("goal",),
    is_private=True,
)
