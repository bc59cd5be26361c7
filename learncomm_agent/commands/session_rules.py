"""What a leader does with the list that a session's stage works on, and all that leaders type."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from learncomm_agent.commands import session_steering as steering
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.recording import recorded
from learncomm_agent.commands.session_acts import check_length, happen
from learncomm_agent.commands.session_entries import STRIKE, which
from learncomm_agent.commands.session_finding import Held, check_open, check_steers
from learncomm_agent.commands.session_numbers import entry_of, meant, numbered, numbers_in
from learncomm_agent.commands.session_taking import is_matching
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.events import Act, Rule, Ruled

Steer = Callable[[Context, Held, str], Awaitable[Reply]]


async def skip(context: Context, it: Held, said: str) -> Reply:
    """Leave the stage without what came of it; with a number, go past that entry."""
    if numbers_in(said):
        return await _on_some(context, it, said, Rule.SKIP)
    return await steering.go_on(context, it, said, Act.SKIP)


async def ruled(
    context: Context, it: Held, rule: Rule, entries: Sequence[int] = (), **how: Any
) -> Reply:
    """Let a leader act on entries of the list that the stage works on, or add one.

    Args:
        context: The request.
        it: The session.
        rule: What they do.
        entries: On which; on none where one is added.
        how: What else `Ruled` takes.

    Raises:
        NotAllowedError: They lead neither it nor this community.
        NotFoundError: There is no such entry.
        UsageError: The session has ended, or not begun.
    """
    check_steers(it)
    check_open(it)
    me = context.member.id
    events = [Ruled(me, rule, entry_of(it, each), **how) for each in dict.fromkeys(entries)]
    return await happen(context, it, *(events or [Ruled(me, rule, **how)]))


async def pass_on(context: Context, it: Held, said: str) -> Reply:
    """Go past an entry; without a number, past the one that is up."""
    return await _on_some(context, it, said, Rule.SKIP, or_that_is_up=True)


async def _on_some(
    context: Context, it: Held, said: str, rule: Rule, *, or_that_is_up: bool = False
) -> Reply:
    """Act on the entries of some numbers; without any, where that is meant, on the one that is up.

    Raises:
        UsageError: These are none.
    """
    check_steers(it)
    check_open(it)
    if or_that_is_up and not said.strip():
        return await ruled(context, it, rule)
    if not (numbers := numbers_in(said)):
        raise UsageError("no number", phrase="session.rule_in_words")
    return await ruled(context, it, rule, await numbered(context, it, numbers))


async def strike(context: Context, it: Held, said: str) -> Reply:
    """Take entries off their lists; where a number may mean several, ask which one."""
    check_steers(it)
    check_open(it)
    if not (numbers := numbers_in(said)):
        raise UsageError("no number", phrase="session.rule_in_words")
    found = [await meant(context, it, each) for each in numbers]
    if all(len(each) == 1 for each in found):
        return await ruled(context, it, Rule.STRIKE, [id for each in found for id in each])
    return which(context, it, STRIKE, dict.fromkeys(id for each in found for id in each))


async def swap(context: Context, it: Held, said: str) -> Reply:
    """Take that one next; in a proposal of who is with whom, let two people change places."""
    if is_matching(it.session):
        reply = await _two_people(context, it, said, Rule.SWAP)
        return recorded(context, reply, "match swap", f"session {it.id}")
    return await _on_some(context, it, said, Rule.SWAP, or_that_is_up=True)


async def apart(context: Context, it: Held, said: str) -> Reply:
    """Keep two people apart in a proposal of who is with whom."""
    reply = await _two_people(context, it, said, Rule.APART)
    return recorded(context, reply, "match apart", f"session {it.id}")


async def again(context: Context, it: Held, said: str) -> Reply:
    """Have another proposal made of who is with whom."""
    return await ruled(context, it, Rule.AGAIN)


async def _two_people(context: Context, it: Held, said: str, rule: Rule) -> Reply:
    """Act on two people by the numbers before their names.

    Raises:
        UsageError: These are not two numbers.
    """
    check_steers(it)
    check_open(it)
    numbers = numbers_in(said)
    if len(numbers) != 2:
        raise UsageError("not two numbers", phrase="session.match.no_number")
    return await happen(
        context, it, Ruled(context.member.id, rule, entry=numbers[0], into=numbers[1])
    )


async def answered(context: Context, it: Held, said: str) -> Reply:
    """Say that a question was answered."""
    return await _on_some(context, it, said, Rule.ANSWERED, or_that_is_up=True)


async def admit(context: Context, it: Held, said: str) -> Reply:
    """Let in what waits for a leader's word."""
    return await _on_some(context, it, said, Rule.ADD)


async def tie(context: Context, it: Held, said: str) -> Reply:
    """Settle a tie for one of those that share it."""
    return await _on_some(context, it, said, Rule.TIE)


async def merge(context: Context, it: Held, said: str) -> Reply:
    """Put one entry into another that says the same.

    Raises:
        UsageError: These are not two numbers.
    """
    first, into = await _two(context, it, said, "session.merge_in_words")
    return await ruled(context, it, Rule.MERGE, (first,), into=into)


async def _two(context: Context, it: Held, said: str, phrase: str) -> list[int]:
    check_steers(it)
    check_open(it)
    numbers = numbers_in(said)
    if len(numbers) != 2:
        raise UsageError("not two numbers", phrase=phrase)
    return await numbered(context, it, numbers)


async def edit(context: Context, it: Held, said: str) -> Reply:
    """Put other words in the place of an entry's.

    Raises:
        UsageError: There is no number, or there are no words.
    """
    check_steers(it)
    check_open(it)
    number, _, text = said.partition(" ")
    numbers = numbers_in(number)
    if len(numbers) != 1 or not text.strip():
        raise UsageError("no number or no words", phrase="session.edit_in_words")
    return await edit_one(context, it, (await numbered(context, it, numbers))[0], text)


async def edit_one(context: Context, it: Held, entry: int, text: str) -> Reply:
    """Put other words in the place of an entry's; raises what `edit` raises."""
    check_length(text)
    if not text.strip():
        raise UsageError("no words", phrase="session.edit_in_words")
    return await ruled(context, it, Rule.EDIT, (entry,), text=text.strip())


async def move(context: Context, it: Held, said: str) -> Reply:
    """Put an entry at another place of its list.

    Raises:
        UsageError: These are not two numbers.
    """
    check_steers(it)
    check_open(it)
    numbers = numbers_in(said)
    if len(numbers) != 2:
        raise UsageError("not two numbers", phrase="session.move_in_words")
    entries = await numbered(context, it, numbers[:1])
    return await ruled(context, it, Rule.MOVE, entries, place=max(1, numbers[1]))


async def question(context: Context, it: Held, said: str) -> Reply:
    """Add one to the list in the leader's words.

    Raises:
        UsageError: There are no words, or too many.
    """
    check_steers(it)
    if not said.strip():
        raise UsageError("no words", phrase="session.question_in_words")
    check_length(said)
    return await ruled(context, it, Rule.ADD, text=" ".join(said.split()))


STEERS: Mapping[str, Steer] = {
    "next": steering.go_on,
    "skip": skip,
    "pause": steering.pause,
    "resume": steering.resume,
    "extend": steering.extend,
    "move-meeting": steering.move_meeting,
    "handover": steering.hand_over,
    "end": steering.end,
    "strike": strike,
    "edit": edit,
    "move": move,
    "question": question,
    "swap": swap,
    "answered": answered,
    "pass": pass_on,
    "tie": tie,
    "merge": merge,
    "admit": admit,
    "apart": apart,
    "again": again,
}
"""What leaders type, and what it does."""
RULES: Mapping[str, Rule] = {
    "strike": Rule.STRIKE,
    "swap": Rule.SWAP,
    "answered": Rule.ANSWERED,
    "tie": Rule.TIE,
    "admit": Rule.ADD,
    "pass": Rule.SKIP,
    "again": Rule.AGAIN,
}
"""What lists and buttons do with the entries that were picked."""
