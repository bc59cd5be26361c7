"""What leaders say behind `feedback`, and what begins so and lacks something: a slip, which is no feedback.

What is in the box can't be taken back, while whoever made a slip can say it once more. Yet what may well
be somebody's feedback is taken as that: `Next time, begin with a round.`, `Show more examples.`
"""

import re
from collections.abc import Awaitable, Callable, Mapping

from learncomm_agent.commands import feedback_box as box
from learncomm_agent.commands import feedback_sessions as rated
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError

ALONE: Mapping[str, Callable[[Context], Awaitable[Reply]]] = {
    "inbox": box.inbox,
    "sessions": rated.sessions,
}
NUMBER: Mapping[str, Callable[[Context, int], Awaitable[Reply]]] = {
    "show": box.show,
    "aside": box.put_aside,
}
_NUMBER_AND_WORDS: Mapping[str, Callable[[Context, int, str], Awaitable[Reply]]] = {
    "answer": box.answer,
    "changed": rated.changed,
}
_LISTED_BY = {"show": "inbox", "aside": "inbox", "answer": "inbox", "changed": "sessions"}
"""What shows the numbers that belong behind a word."""
_NEXT, ASK = "next", "ask"
VERBS = (*ALONE, *NUMBER, *_NUMBER_AND_WORDS, _NEXT, ASK)
_NUMBERED = re.compile(r"#?(\d{1,7})\b\s*(.*)", re.DOTALL)


async def led(context: Context, verb: str, rest: str) -> Reply | None:
    """Do what a leader says; None where it is none of their words, but feedback that begins like one.

    Raises:
        UsageError: It lacks something, or names what isn't there.
    """
    if verb in ALONE and not rest:
        return await ALONE[verb](context)
    if verb == _NEXT:
        return await _next_time(context, rest)
    found = _NUMBERED.fullmatch(rest)
    if found is not None and verb in NUMBER and not found[2].strip():
        return await NUMBER[verb](context, int(found[1]))
    if found is not None and verb in _NUMBER_AND_WORDS:
        return await _NUMBER_AND_WORDS[verb](context, int(found[1]), found[2].strip())
    if verb in _NUMBER_AND_WORDS or (verb in NUMBER and (found or len(rest.split()) < 2)):
        raise _no_number(context, verb)
    return None


def check_member(verb: str, rest: str) -> None:
    """Refuse what is a word of leaders and nothing else; all that says more is feedback.

    Raises:
        NotAllowedError: It is.
    """
    found = _NUMBERED.fullmatch(rest)
    is_number = found is not None and not found[2].strip() and verb in _LISTED_BY
    if verb and verb != ASK and (not rest or is_number):
        raise NotAllowedError("leaders only", phrase="feedback.is_for_leaders")


async def _next_time(context: Context, rest: str) -> Reply:
    try:
        return await rated.next_time(context, rest)
    except NotFoundError as error:
        # Said otherwise than elsewhere: it may have been feedback of a leader's own.
        values = error.advice.values
        raise NotFoundError(str(error), phrase="feedback.no_playbook", **values) from error


def _no_number(context: Context, verb: str) -> UsageError:
    called, listed = (
        context.label(f"feedback.verb_{each}").partition(" / ")[0]
        for each in (verb, _LISTED_BY[verb])
    )
    has_words = verb in _NUMBER_AND_WORDS
    phrase = "feedback.needs_number"
    return UsageError("no number", phrase=phrase, verb=called, listed=listed, has_words=has_words)
