"""How a plan is shown to its leader: what was answered, what is missing, and everything that will be posted."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Listing,
    Menu,
    Paragraph,
    Quote,
    Style,
    Text,
)
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_finding import Held
from learncomm_agent.commands.session_planning import playbook_of
from learncomm_agent.commands.session_words import SessionWords, words_for
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.effects import Whom
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage, walk
from learncomm_agent.sessions.previewing import MARK, Preview, Upcoming, seen_through

FIELDS = 5
"""So many things a form asks at once."""
SAY = "say"
"""The saying with which a stage begins."""
_ANSWER_CHARS = 80
_ID_CHARS, _PICKED = 60, 25
"""Platforms take no longer ids, and no longer lists."""
_SHOWN = 40
"""Posts that are shown with their words; the others are counted."""


@dataclass(frozen=True, slots=True)
class _Post:
    """What will be said, once or several times."""

    first: Upcoming
    times: tuple[Upcoming, ...]
    """The same words again, later."""


def fallback(it: Held) -> str:
    """Return the sentence that all may read where a plan can be shown to nobody alone."""
    return "session.plan_in_private"


async def shown(context: Context, it: Held, before: Sequence[Block] = ()) -> Reply:
    """Show a plan to the leader alone, with what it takes to change it.

    Args:
        context: The request.
        it: The session that is planned.
        before: What is said above it.
    """
    playbook = await _playbook(context, it)
    plan, kinds = it.session.plan, context.services.sessions.kinds
    now = context.services.clock.now()
    filled = replace(plan, answers={**plan.answers, **dict.fromkeys(plan.missing, MARK)})
    seen = await asyncio.to_thread(seen_through, filled, it.session.lead, now, kinds)
    said = await words_for(
        context, it.id, it.session, [each for up in seen.upcoming for each in up.says]
    )
    blocks: list[Block] = [
        *before,
        context.say("session.plan_heading", title=it.title, room=it.room.name),
    ]
    if playbook is not None and playbook.asks:
        answers = tuple((Text(each),) for each in _answers(context, it, playbook, said))
        blocks += [context.say("session.plan_answers"), Listing(answers)]
    blocks += await _missing(context, it, playbook)
    blocks.append(context.say("session.plan_posts", count=len(seen.upcoming)))
    blocks += await asyncio.to_thread(lambda: list(_posts(context, said, seen)))
    if seen.endless:
        blocks.append(context.say("session.plan_endless", stages=list(seen.endless)))
    blocks += [context.say("session.plan_how"), *_words(context, it)]
    blocks += await plan_buttons(context, it)
    return Reply(tuple(blocks), is_private=True, refused=fallback(it))


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
    return (Choices(tuple(options), context.layout.phrase("session.plan_in_words")),)


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


async def _missing(context: Context, it: Held, playbook: Playbook | None) -> list[Block]:
    names = it.session.plan.missing
    if not names:
        return []
    asks = [playbook.ask(name) if playbook else None for name in names]
    labels = [name if ask is None else ask.label for name, ask in zip(names, asks, strict=True)]
    first = names[0].replace(" ", "_")
    return [
        context.say("session.missing", names=labels),
        context.say("session.missing_how", name=first),
    ]


def _answers(context: Context, it: Held, playbook: Playbook, said: SessionWords) -> Iterator[str]:
    """Yield what is asked, each with its answer."""
    for ask in playbook.asks:
        value = _answer(it, ask, said)
        label = ask.label if ask.label.endswith(("?", ":", ".")) else f"{ask.label}:"
        yield context.layout.phrase("session.plan_answer", name=ask.name, label=label, value=value)


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


def _posts(context: Context, said: SessionWords, seen: Preview) -> Iterator[Block]:
    """Yield what will be posted, each with when and for whom; what is said again is named with its times."""
    posts = _together(seen.upcoming)
    for number, post in enumerate(posts[:_SHOWN], 1):
        up = post.first
        heading = context.layout.phrase(
            "session.plan_post",
            number=number,
            at=said.moment(up.at.isoformat()),
            stage=up.stage.replace("_", " "),
            whom=context.label(f"session.whom.{up.whom}") if up.whom is not Whom.ROOM else "",
            ends=said.moment(up.until.isoformat()) if up.until and up.until > up.at else "",
        )
        yield Paragraph((Text(heading, Style.STRONG),))
        text = "\n".join(filter(None, (said.plain(each) for each in up.says)))
        if text:
            yield Quote((Text(text),))
        if post.times:
            again = [said.moment(each.at.isoformat()) for each in post.times]
            yield context.say("session.plan_again", times=again)
    if len(posts) > _SHOWN:
        yield context.say("session.plan_more", count=len(posts) - _SHOWN)
    if seen.ends_at is not None:
        yield context.say("session.plan_ends", at=said.moment(seen.ends_at.isoformat()))


def _together(upcoming: Sequence[Upcoming]) -> list[_Post]:
    """Put what a stage says in the same words in several rounds into one."""
    found: dict[tuple[object, ...], list[Upcoming]] = {}
    for each in upcoming:
        words = tuple((said.text, said.phrase) for said in each.says)
        found.setdefault((each.stage, each.whom, words), []).append(each)
    return [_Post(first, tuple(more)) for first, *more in found.values()]
