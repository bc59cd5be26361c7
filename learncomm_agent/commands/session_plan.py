"""How a plan is shown to its leader: what was answered, what is missing, and everything that will be posted."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Listing,
    Menu,
    Paragraph,
    Quote,
    Text,
)
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_finding import Held
from learncomm_agent.commands.session_learnt import learnt
from learncomm_agent.commands.session_planning import playbook_of, spelled
from learncomm_agent.commands.session_preview import posts
from learncomm_agent.commands.session_words import SessionWords, words_for
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.planning.previewing import seen_through
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage, walk

FIELDS = 5
"""So many things a form asks at once."""
SAY = "say"
"""The saying with which a stage begins."""
_ANSWER_CHARS = 80
_ID_CHARS, _PICKED = 60, 25
"""Platforms take no longer ids, and no longer lists."""


def fallback(it: Held) -> str:
    """Return the sentence that all may read where a plan can be shown to nobody alone."""
    return "session.plan_in_private"


async def shown(
    context: Context, it: Held, before: Sequence[Block] = (), *, is_first: bool = True
) -> Reply:
    """Show a plan to the leader alone, with what it takes to change it; while something is missing, only that.

    Args:
        context: The request.
        it: The session that is planned.
        before: What is said above it.
        is_first: Whether they have not just seen what else may be answered.
    """
    playbook = await _playbook(context, it)
    if it.session.plan.missing:
        blocks = [*before, *await _still_asked(context, it, playbook, is_first=is_first)]
    else:
        blocks = [*before, *await _plan(context, it, playbook)]
        can = await context.platform.capabilities(context.room.ref)
        blocks += _words(context, it) if can.menus >= Level.PARTIAL else ()
    blocks += await plan_buttons(context, it)
    return Reply(tuple(blocks), is_private=True, refused=fallback(it))


async def _plan(context: Context, it: Held, playbook: Playbook | None) -> list[Block]:
    """Return a plan that is complete: its answers, all that will be posted, how to change it."""
    plan, kinds = it.session.plan, context.services.sessions.kinds
    now = context.services.clock.now()
    seen = await asyncio.to_thread(seen_through, plan, it.session.lead, now, kinds)
    sayings = [each for up in seen.upcoming for each in up.says]
    said = await words_for(context, it.id, it.session, [*sayings, _members(playbook, it)])
    blocks: list[Block] = [
        context.say("session.plan_heading", title=it.title, room=it.room.name),
    ]
    asks = () if playbook is None else playbook.asks
    given = [(ask, _answer(it, ask, said)) for ask in asks]
    told = [_told(context, ask, value) for ask, value in given if value]
    if left := [spelled(ask.name) for ask, value in given if not value]:
        told.append(context.layout.phrase("session.plan_open", names=left))
    if told:
        items = tuple((Text(each),) for each in told)
        blocks += [context.say("session.plan_answers"), Listing(items)]
    blocks += await learnt(context, plan.playbook)
    blocks += await asyncio.to_thread(lambda: list(posts(context, said, plan, seen)))
    blocks.append(context.say("session.plan_how"))
    return blocks


async def _still_asked(
    context: Context, it: Held, playbook: Playbook | None, *, is_first: bool
) -> list[Block]:
    """Return what has to be answered before there is a plan, then what may be, each by its name."""
    missing = it.session.plan.missing
    asks = {} if playbook is None else {each.name: each for each in playbook.asks}
    blocks: list[Block] = [
        context.say("session.asked_heading", title=it.title, room=it.room.name, count=len(missing))
    ]
    for number, name in enumerate(missing, 1):
        ask = asks.get(name)
        label, hint = (_ended(ask.label), ask.hint) if ask else (f"{name}:", "")
        values = {"name": spelled(name), "label": label, "hint": hint}
        blocks.append(context.say("session.asked", number=number, count=len(missing), **values))
    others = [each for each in asks.values() if each.name not in missing]
    if others and is_first:
        said = await words_for(context, it.id, it.session, [_members(playbook, it)])
        items = tuple((Text(_told(context, each, _answer(it, each, said))),) for each in others)
        blocks += [context.say("session.asked_too", name=spelled(others[0].name)), Listing(items)]
    if len(missing) > 1:
        blocks.append(context.say("session.asked_together", names=[*map(spelled, missing)]))
    return blocks


def _members(playbook: Playbook | None, it: Held) -> Saying:
    """Return what names the members among the answers, so that they are looked up."""
    asks = () if playbook is None else playbook.asks
    ids = {each.name: it.session.plan.answers.get(each.name) for each in asks}
    of_members = {each.name for each in asks if each.kind is AskKind.MEMBER}
    return Saying(values={n: {"member": id} for n, id in ids.items() if id and n in of_members})


async def answers_told(context: Context, it: Held, names: Iterable[str]) -> list[str]:
    """Return what a plan now has for some of what its playbook asks, each by its name."""
    playbook = await _playbook(context, it)
    said = await words_for(context, it.id, it.session, [_members(playbook, it)])
    asks = () if playbook is None else playbook.asks
    chosen = set(names)
    return [
        context.layout.phrase(
            "session.set_to", name=spelled(each.name), value=_answer(it, each, said)
        )
        for each in asks
        if each.name in chosen
    ]


async def set_asks(context: Context, it: Held, ask: Ask) -> Block:
    """Ask for an answer that was named without any, with the one that there is."""
    said = await words_for(context, it.id, it.session, [_members(await _playbook(context, it), it)])
    return context.say(
        "session.set_asks",
        name=spelled(ask.name),
        label=_ended(ask.label),
        hint=ask.hint,
        value=_answer(it, ask, said),
        choices=list(ask.choices.values()),
    )


def _told(context: Context, ask: Ask, value: str) -> str:
    label = _ended(ask.label)
    return context.layout.phrase(
        "session.plan_answer", name=spelled(ask.name), label=label, value=value
    )


def _ended(label: str) -> str:
    return label if label.endswith(("?", ":", ".", "…")) else f"{label}:"


async def plan_buttons(context: Context, it: Held, *, with_plan: bool = False) -> tuple[Block, ...]:
    """Offer to begin, to change answers, or to let it be."""
    playbook = await _playbook(context, it)
    options = []
    if not it.session.plan.missing:
        options.append(Choice(f"s:{it.id}:go", context.label("session.control.go")))
    can = await context.platform.capabilities(context.room.ref)
    if playbook is not None and can.forms >= Level.PARTIAL:
        options += _forms(context, it, len(playbook.asks))
    if with_plan:
        options.append(Choice(f"s:{it.id}:plan", context.label("session.control.plan")))
    options.append(Choice(f"s:{it.id}:drop", context.label("session.control.drop")))
    key = "session.asked_in_words" if it.session.plan.missing else "session.plan_in_words"
    return (Choices(tuple(options), context.layout.phrase(key)),)


def _forms(context: Context, it: Held, asks: int) -> Iterator[Choice]:
    pages = -(-asks // FIELDS)
    for page in range(pages):
        key = "session.control.change" if pages == 1 else "session.control.change_part"
        label = context.layout.phrase(key, number=page + 1)
        yield Choice(f"s:{it.id}:change:{page}", label, opens_form=True)


def _words(context: Context, it: Held) -> Iterator[Block]:
    """Offer the steps that say something, to say it otherwise."""
    kinds = context.services.sessions.kinds
    names = [
        each.name
        for each in walk(it.session.plan.stages)
        if each.kind in kinds and SAY in kinds[each.kind].sayings and len(each.name) <= _ID_CHARS
    ]
    if names:
        options = tuple(Choice(each, each.replace("_", " ")) for each in names[:_PICKED])
        yield Menu(
            f"s:{it.id}:word",
            options,
            context.label("session.control.word"),
            in_words=context.layout.phrase("session.control.word_in_words"),
        )


async def words_of(context: Context, it: Held, name: str) -> Reply:
    """Show what a stage of a plan says, and offer a form in which that is said otherwise.

    Raises:
        NotFoundError: There is no such stage any more.
    """
    stage = stage_of(it, name)
    text = stage.words.get(SAY, "")
    in_words = context.layout.phrase("session.say_in_words", sayings=[SAY])
    said: list[Block] = [Quote((Text(text),))] if text else []
    can = await context.platform.capabilities(context.room.ref)
    if can.forms < Level.PARTIAL:
        return Reply((*said, Paragraph((Text(in_words),))), is_private=True)
    opens = Choice(f"s:{it.id}:say:{name}", context.label("session.control.say"), opens_form=True)
    how = context.say("session.words_now", stage=name)
    return Reply((how, *said, Choices((opens,), in_words)), is_private=True)


def stage_of(it: Held, name: str) -> Stage:
    """Return a stage of a plan.

    Raises:
        NotFoundError: There is none of that name any more.
    """
    found = next((each for each in walk(it.session.plan.stages) if each.name == name), None)
    if found is None:
        raise NotFoundError("that stage is gone", phrase="control.gone")
    return found


async def _playbook(context: Context, it: Held) -> Playbook | None:
    """Return the playbook of a plan; None where that is gone meanwhile."""
    try:
        return await playbook_of(context, it.session.plan.playbook)
    except NotFoundError:
        return None


def _answer(it: Held, ask: Ask, said: SessionWords) -> str:
    plan = it.session.plan
    value, text = plan.answers.get(ask.name), plan.asked.get(ask.name, "") or ask.default
    match ask.kind:
        case AskKind.CHOICE:
            text = ask.choices.get(str(value), "")
        case AskKind.MEMBER:
            text = said.name(value) if isinstance(value, int) else ""
        case AskKind.MOMENT:
            text = said.moment(value) if isinstance(value, str) and value else ""
    words = " ".join(str(text).split())
    return words if len(words) <= _ANSWER_CHARS else f"{words[:_ANSWER_CHARS].rstrip()} …"
