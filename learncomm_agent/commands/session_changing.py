"""How a leader changes a plan before it begins: other answers, other words, fewer steps, more time."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from learncomm_agent import templates
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_acts import is_none, told
from learncomm_agent.commands.session_finding import Held, check_planned, in_its_room
from learncomm_agent.commands.session_plan import (
    SAY,
    answers_told,
    fallback,
    plan_buttons,
    set_asks,
    shown,
)
from learncomm_agent.commands.session_planning import (
    answers_in,
    begun_with,
    planned_anew,
    playbook_of,
    problems,
)
from learncomm_agent.errors import StorageError, UsageError, WordsError
from learncomm_agent.sessions.events import Act, Steered
from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.planning.plans import with_span, with_words, without_stage
from learncomm_agent.sessions.planning.previewing import preview
from learncomm_agent.sessions.playbook import AskKind, Stage, walk
from learncomm_agent.sessions.sparing import OPEN
from learncomm_agent.sessions.state import Plan

WORDS_CHARS = 2000
"""No playbook says more at once."""
_ANY = "…"


async def set_answers(context: Context, it: Held, said: str) -> Reply:
    """Answer something that the playbook asks, in words: `weeks 4`, or `weeks: 4; meets: …`."""
    check_planned(it)
    playbook = await playbook_of(context, it.session.plan.playbook)
    name, _, value = said.strip().partition(" ")
    if not name:
        raise UsageError("no name", phrase="session.set_in_words")
    if ":" in name or "=" in name:
        answers = answers_in(playbook.asks, said)
    elif (begun := begun_with(playbook.asks, said.strip())) is None:
        answers = {name: value}
    else:
        answers = answers_in(playbook.asks, f"{begun[0].name}: {begun[1]}")
    for ask in playbook.asks:
        if ask.name in answers and not answers[ask.name].strip():
            return Reply((await set_asks(context, it, ask),), is_private=True)
    emptied = {each.name for each in playbook.asks if each.kind is not AskKind.CHOICE}
    given = {n: "" if n in emptied and is_none(text) else text for n, text in answers.items()}
    return await answer(context, it, given)


async def answer(context: Context, it: Held, answers: Mapping[str, str]) -> Reply:
    """Take answers; where one can't be used, nothing is changed. An empty one is taken back."""
    check_planned(it)
    there, plan = in_its_room(context, it), it.session.plan
    made = await planned_anew(there, plan, answers)
    wrong = [each for each in made.problems if each.name in answers]
    if wrong:
        return Reply(problems(context, wrong), is_private=True)
    told = await answers_told(context, replace_plan(it, made.plan), answers)
    return await _changed(context, it, made.plan, "session.set_now", answers=told)


async def say(context: Context, it: Held, said: str) -> Reply:
    """Put other words in the place of what a stage says.

    Raises:
        UsageError: There is no such saying, or the words can't be filled in.
        NotFoundError: There is no such stage.
    """
    check_planned(it)
    stage, rest = stage_in(it.session.plan, said)
    kind = context.services.sessions.kinds.get(stage.kind)
    sayings = tuple(kind.sayings) if kind is not None else ()
    first, _, more = rest.partition(" ")
    saying, text = (first, more) if first in sayings and more else (SAY, rest)
    return await say_so(context, it, stage, saying, text)


async def say_so(context: Context, it: Held, stage: Stage, saying: str, text: str) -> Reply:
    """Put other words in the place of something that a stage says; raises what `say` raises."""
    check_planned(it)
    kind = context.services.sessions.kinds.get(stage.kind)
    sayings = tuple(kind.sayings) if kind is not None else ()
    if saying not in sayings:
        raise UsageError("says nothing", phrase="session.no_saying", stage=stage.name)
    if not text.strip():
        raise UsageError("no words", phrase="session.say_in_words", sayings=list(sayings))
    if len(text) > WORDS_CHARS:
        raise UsageError("too long", phrase="session.long", limit=WORDS_CHARS)
    new = with_words(it.session.plan, stage.name, saying, text.strip())
    await asyncio.to_thread(_check_fills, context, it, new, stage.name, text.strip())
    return await _changed(context, it, new, "session.said_now", stage=stage.name)


def _check_fills(context: Context, it: Held, plan: Plan, stage: str, text: str) -> None:
    """Refuse words that could not be posted later. Blocks.

    Raises:
        UsageError: They name something that is not there, or are no template.
    """
    kinds, now = context.services.sessions.kinds, context.services.clock.now()
    upcoming = preview(plan, it.session.lead, now, kinds)
    said = [each for post in upcoming if post.stage == stage for each in post.says]
    values = [each.values for each in said if each.text == text] or [each.values for each in said]
    # A saying is kept without what is long and what it does not name; other words may name it.
    there = {**OPEN, **plan.answers, **plan.shown, **(values or [{}])[0]}
    known = {"sign": "", **{name: _plain(each) for name, each in there.items()}}
    try:
        names = templates.variables(text)
        templates.fill(text, plan.language, known)
    except WordsError as error:
        stray = sorted(names - known.keys()) if "names" in locals() else []
        raise UsageError(
            "words that can't be filled in",
            phrase="session.words_broken",
            names=stray,
            known=sorted(plan.answers),
        ) from error


def _plain(value: object) -> object:
    """Return a value as it stands in for what a template fills in."""
    return _ANY if isinstance(value, Mapping) else value


async def drop(context: Context, it: Held, said: str) -> Reply:
    """Take a stage out of a plan; without one, let go of all of it."""
    check_planned(it)
    if not said:
        return await let_be(context, it)
    stage, _ = stage_in(it.session.plan, said)
    new = without_stage(it.session.plan, stage.name)
    return await _changed(context, it, new, "session.dropped_stage", stage=stage.name)


async def stretch(context: Context, it: Held, said: str) -> Reply:
    """Let a stage last so long.

    Raises:
        UsageError: The words name no span.
        NotFoundError: There is no such stage.
    """
    check_planned(it)
    stage, rest = stage_in(it.session.plan, said)
    span = read_duration(rest)
    if span is None:
        raise UsageError("no such span", phrase="session.no_span")
    new = with_span(it.session.plan, stage.name, span.total_seconds())
    return await _changed(context, it, new, "session.stretched", stage=stage.name, span=span)


async def let_be(context: Context, it: Held) -> Reply:
    """Let go of a plan."""
    check_planned(it)
    return await told(context, it, Steered(context.member.id, Act.END))


def stage_in(plan: Plan, said: str) -> tuple[Stage, str]:
    """Return the stage with whose name a text begins, and what follows.

    Raises:
        NotFoundError: There is none; names the nearest.
    """
    text = said.strip()
    for stage in sorted(walk(plan.stages), key=lambda each: -len(each.name)):
        if text.casefold() == stage.name.casefold():
            return stage, ""
        if text.casefold().startswith(f"{stage.name.casefold()} "):
            return stage, text[len(stage.name) :].strip()
    with_span(plan, text.partition(" ")[0][:60], 0)  # raises, and names the nearest
    raise AssertionError("a stage that is there has been found")


def replace_plan(it: Held, plan: Plan) -> Held:
    """Return a session as it is with another plan."""
    return replace(it, session=replace(it.session, plan=plan))


async def _changed(context: Context, it: Held, plan: Plan, key: str, **values: object) -> Reply:
    """Keep a changed plan, and say what it is now."""
    sessions, before = context.services.sessions, it.session.plan

    def change(now: Plan) -> Plan:
        if now != before:
            raise StorageError("the plan was changed meanwhile")
        return plan

    new = replace_plan(it, plan)
    said: list[Block] = [context.say(key, **values)]
    if before.missing or plan.missing:  # what is still asked, or for the first time the whole plan
        reply = await shown(context, new, said, is_first=False)
    else:
        said += await plan_buttons(context, new, with_plan=True)
        reply = Reply(tuple(said), is_private=True, refused=fallback(it))
    return replace(reply, commits=(lambda conn: sessions.change_plan(conn, it.id, change),))
