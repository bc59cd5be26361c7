"""`session`: a group learns together; what members and leaders do in it, in words: `session VERB …`."""

import re
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from typing import Any

from learncomm_agent.commands import session_acts as acts
from learncomm_agent.commands import session_changing as changing
from learncomm_agent.commands import session_starting as starting
from learncomm_agent.commands.catchup import caught_up
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.playbooks import playbooks
from learncomm_agent.commands.session_entries import entries
from learncomm_agent.commands.session_finding import Held, held
from learncomm_agent.commands.session_pressed import plan
from learncomm_agent.commands.session_reading import done
from learncomm_agent.commands.session_rules import STEERS
from learncomm_agent.commands.session_showing import listed, status
from learncomm_agent.commands.session_why import why_so
from learncomm_agent.commands.session_withdrawing import take_back
from learncomm_agent.commands.verbs import meant
from learncomm_agent.errors import UsageError
from learncomm_agent.words import Words

MOST_CHARS = 6000
"""More than anything here may have, so that what is too long is refused with a word on that."""
START, BEGIN = "start", "go"
_SAID = re.compile(r"(?:#?(\d{1,15})(?!\S)\s*)?(?:(\S+)(?:\s+(.*))?)?", re.DOTALL)
Verb = Callable[[Context, Held, str], Awaitable[Reply]]


async def session(context: Context, values: Mapping[str, Any]) -> Reply:
    """List sessions, start one, or do something in one.

    Raises:
        UsageError: What is to be done is not clear, or can't be done.
    """
    said = " ".join(filter(None, (values.get("what", "").strip(), values.get("who"))))
    match = _SAID.fullmatch(said)
    number = int(match[1]) if match and match[1] else None
    word, rest = (match[2] or "", (match[3] or "").strip()) if match else ("", "")
    if not word:
        return (
            await listed(context)
            if number is None
            else await status(context, await held(context, number))
        )
    verb = meant_by(context.words, word)
    if verb == START:
        return await (starting.start(context, rest) if rest else playbooks(context, {}))
    if verb == BEGIN:
        return await starting.begin(context, rest, number)
    if verb not in VERBS:
        near = get_close_matches(verb, _ALL, n=1)
        raise UsageError("no such verb", phrase="session.how_to_ask", near=near[0] if near else "")
    return await VERBS[verb](context, await held(context, number), rest)


def meant_by(words: Words, said: str) -> str:
    """Return the verb that a word stands for, in whichever language; itself where it stands for none."""
    word = said.casefold()
    return (
        word
        if word in _ALL
        else ALIASES.get(word) or meant(words, "session.verb.", _ALL, word) or word
    )


async def _leave(context: Context, it: Held, said: str) -> Reply:
    return await acts.leave(context, it)


async def _join(context: Context, it: Held, said: str) -> Reply:
    return await acts.join(context, it, said)


async def _status(context: Context, it: Held, said: str) -> Reply:
    return await status(context, it)


async def _catch_up(context: Context, it: Held, said: str) -> Reply:
    return await caught_up(context, it)


VERBS: Mapping[str, Verb] = {
    "status": _status,
    "plan": plan,
    "set": changing.set_answers,
    "say": changing.say,
    "drop": changing.drop,
    "stretch": changing.stretch,
    "join": _join,
    "leave": _leave,
    "add": acts.add,
    "take-back": take_back,
    "entries": entries,
    "vote": acts.vote,
    "back": acts.back,
    "done": done,
    "catchup": _catch_up,
    "why": why_so,
    **STEERS,
}
"""What follows `session`, and what it does; `start` and `go` may need no session."""
ALIASES: Mapping[str, str] = {
    "begin": "go",
    "read": "done",
    "upvote": "back",
    "move_meeting": "move-meeting",
    "hand-over": "handover",
    "continue": "resume",
    "close": "end",
    "remove": "take-back",
}
_ALL = (START, BEGIN, *VERBS)


def is_meant(words: Words, said: str) -> bool:
    """Whether a word says that a sentence is for this command, although it ends in a question mark."""
    return meant_by(words, said) in _ALL


SESSION = Command(
    name="session",
    run=session,
    options=(
        Option("what", takes_rest=True, max_chars=MOST_CHARS, is_suggested=True),
        Option("who", OptionKind.MEMBER, max_chars=200),
    ),
    aliases=("sessions",),
    always_private=True,
)
