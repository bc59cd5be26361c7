"""What a leader answers before a session begins: which playbook, what it asks, and whom and what they name."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import Account, Consent
from learncomm_agent.commands import naming
from learncomm_agent.commands.choosing import fitting
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.drafting import spoken_in
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.planning.answers import Problem
from learncomm_agent.sessions.planning.plans import TOPIC, Planned, plan_of
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage
from learncomm_agent.sessions.state import Plan
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.naming import Named

_STRAY = re.compile(r"([^\W\d_][\w ]{0,30}?)\s?:\s+(.+)", re.DOTALL)
_FEW_WORDS = 3
_IN_WORDS = frozenset({AskKind.TEXT, AskKind.LONG, AskKind.LINES, AskKind.MEMBER, AskKind.RESOURCE})
_WORDS = frozenset({AskKind.TEXT, AskKind.LONG, AskKind.RESOURCE, AskKind.MEMBER})


async def playbooks_here(context: Context) -> Sequence[Playbook]:
    """Return the playbooks of this community, in the asker's language."""
    shelf, slug = context.services.playbooks, context.community.slug
    return await asyncio.to_thread(shelf.all, slug, context.language)


async def playbook_of(context: Context, name: str, language: str | None = None) -> Playbook:
    """Return a playbook by its name.

    Raises:
        NotFoundError: There is none; names the nearest.
    """
    shelf, slug = context.services.playbooks, context.community.slug
    return await asyncio.to_thread(shelf.get, slug, name, language or context.language)


async def named_in(context: Context, said: str) -> tuple[Playbook, str]:
    """Return the playbook with whose name or title a text begins, and what follows.

    Raises:
        NotFoundError: There is none; names the nearest.
    """
    text = said.strip()
    named: list[tuple[int, Playbook]] = []
    for each in await playbooks_here(context):
        for called in (each.name, each.title):
            words = [re.escape(word) for word in re.split(r"[\s_-]+", called) if word]
            pattern = r"[\s_-]+".join(words) + r"(?![\w-])"
            if words and (found := re.match(pattern, text, re.IGNORECASE)):
                named.append((found.end(), each))
    if named:
        end, playbook = max(named, key=lambda each: each[0])
        return playbook, text[end:].strip(" :;,")
    name, _, rest = text.partition(" ")
    return await playbook_of(context, name.casefold().strip(":;,")), rest.strip()


def answers_in(asks: Sequence[Ask], text: str) -> dict[str, str]:
    """Return what a text answers: `name: value; name: value`, or words for what is asked first.

    A name that nobody asks for is among them, so that it can be said which ones are.
    """
    names = {spelled(each.name): each.name for each in asks}
    pattern = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True)) or "(?!)"
    known = re.compile(rf"(?:^|[;\n])\s*({pattern})\s*[:=]\s*", re.IGNORECASE)
    found = list(known.finditer(re.sub(r"(?<=\w)_(?=\w)", " ", text)))
    answers: dict[str, str] = {}
    first = text[: found[0].start()] if found else text
    ends = (*(each.start() for each in found[1:]), len(text))[: len(found)]
    for each, end in zip(found, ends, strict=True):
        answers[names[each[1].casefold()]] = text[each.end() : end].strip(" ;\n")
    if first := first.strip(" ;\n"):
        stray = _STRAY.fullmatch(first)
        asked = _asked_first(asks)
        word, _, value = first.partition(" ")
        plain = next((each for each in asks if _is_answered_by(each, word, value)), None)
        if stray is not None and " " not in stray[1]:
            answers[stray[1]] = stray[2]
        elif plain is not None:
            answers.setdefault(plain.name, value.strip())
        elif asked is not None:
            answers.setdefault(asked.name, first)
        else:
            answers[first.split()[0]] = first
    return answers


def _is_answered_by(ask: Ask, name: str, value: str) -> bool:
    """Whether a few words name what is asked and answer it, as `weeks 4`: no topic sounds like that."""
    is_named = spelled(ask.name) == name.casefold() and ask.kind not in _IN_WORDS
    return is_named and 0 < len(value.split()) <= _FEW_WORDS


def begun_with(asks: Sequence[Ask], said: str) -> tuple[Ask, str] | None:
    """Return what is asked under the name with which a text begins, and the rest of the text."""
    plain = re.sub(r"(?<=\w)_(?=\w)", " ", said)
    for each in sorted(asks, key=lambda ask: len(ask.name), reverse=True):
        name = spelled(each.name)
        if plain[: len(name) + 1].casefold().rstrip(" :=") == name:
            return each, said[len(name) :].strip(" :=")
    return None


def spelled(name: str) -> str:
    """Return a name of what is asked as people read and write it: `join for`."""
    return name.replace("_", " ").casefold()


def _asked_first(asks: Sequence[Ask]) -> Ask | None:
    """Return what words without a name answer: the topic, or else the first thing asked for in words."""
    named = next((each for each in asks if each.name == TOPIC), None)
    return named or next((each for each in asks if each.kind in _WORDS), None)


async def planned(context: Context, playbook: Playbook, answers: Mapping[str, str]) -> Planned:
    """Return the plan of a session in the room of a request, in the language of that room.

    Args:
        context: The request.
        playbook: In the asker's language, as they answer in it.
        answers: What they wrote.
    """
    told, found = await _resolved(context, playbook, answers)
    language = await spoken_in(context, context.room_id)
    spoken = await playbook_of(context, playbook.name, language)
    return await _made(context, spoken, told, found, language, zone_of(context))


async def planned_anew(context: Context, plan: Plan, answers: Mapping[str, str]) -> Planned:
    """Return a plan with other answers; the words and stages that a leader changed stay so."""
    playbook = await playbook_of(context, plan.playbook)
    spoken = await playbook_of(context, plan.playbook, plan.language)
    before = {
        each.name: int(plan.answers[each.name])
        for each in playbook.asks
        if each.kind in {AskKind.MEMBER, AskKind.RESOURCE} and plan.answers.get(each.name)
    }
    base = await _made(context, spoken, plan.asked, before, plan.language, plan.zone)
    told, found = await _resolved(context, playbook, {**plan.asked, **answers})
    made = await _made(context, spoken, told, found, plan.language, plan.zone)
    stages = _as_changed(made.plan.stages, base.plan.stages, plan.stages)
    return replace(made, plan=replace(made.plan, stages=stages, seed=plan.seed))


async def _made(
    context: Context,
    playbook: Playbook,
    answers: Mapping[str, str],
    found: Mapping[str, int],
    language: str,
    zone: str,
) -> Planned:
    return await asyncio.to_thread(
        plan_of,
        playbook,
        answers,
        found=found,
        language=language,
        zone=zone,
        now=context.services.clock.now(),
        room_name=context.room.name,
    )


def _as_changed(
    new: Sequence[Stage], base: Sequence[Stage], changed: Sequence[Stage]
) -> tuple[Stage, ...]:
    """Return new stages with what a leader had changed: those that they took out stay out."""
    had = {each.name: each for each in base}
    left = {each.name: each for each in changed}
    made = []
    for each in new:
        if each.name not in had:
            made.append(each)
        elif each.name in left:
            kept = left[each.name]
            inner = _as_changed(each.stages, had[each.name].stages, kept.stages)
            made.append(replace(kept, stages=inner))
    return tuple(made)


async def _resolved(
    context: Context, playbook: Playbook, answers: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, int]]:
    """Return the answers, and the ids of the members and resources that they name as all in the room know them.

    A choice is told by its own name, whatever language it was made in.
    """
    told, ids = {name: text for name, text in answers.items() if text.strip()}, dict[str, int]()
    for ask in playbook.asks:
        text = told.get(ask.name, "").strip()
        if not text:
            continue
        labels = {label.casefold(): name for name, label in ask.choices.items()}
        told[ask.name] = labels.get(text.casefold(), text)
        try:
            if ask.kind is AskKind.MEMBER:
                someone = await naming.member(context, text)
                if (member := await known(context, someone)) is not None:
                    ids[ask.name], told[ask.name] = member, someone.ref.id
            elif ask.kind is AskKind.RESOURCE:
                fit = await fitting(context, text, is_private=False)
                if len(fit) == 1:
                    ids[ask.name], told[ask.name] = int(fit[0].id), fit[0].title
        except NotFoundError:
            continue  # planning says that nobody, or nothing, is called so
    return told, ids


async def known(context: Context, someone: Named) -> int | None:
    """Return the member who somebody is that a leader named: by that they are known here.

    None of a bot, and of whoever opted out.
    """
    if someone.is_bot or someone.consent is Consent.OUT:
        return None
    if someone.member is not None:
        return int(someone.member)
    account = Account(someone.ref, someone.name, someone.is_bot)
    directory, community = context.services.directory, context.community.id

    def keep(conn: Connection) -> int:
        return int(directory.named(conn, community, account)[1])

    return await context.services.database.write(keep)


async def labels(context: Context, plan: Plan) -> list[str]:
    """Return what is still to be answered, as it is asked."""
    playbook = await playbook_of(context, plan.playbook)
    asks = (playbook.ask(name) for name in plan.missing)
    return [each.label for each in asks if each is not None] or list(plan.missing)


def problems(context: Context, found: Sequence[Problem]) -> tuple[Block, ...]:
    """Say which answers can't be used, and why."""
    return tuple(context.say(each.phrase, **each.values) for each in found)


def zone_of(context: Context) -> str:
    """Return the name of the zone of whoever asks."""
    return getattr(context.zone, "key", None) or context.community.timezone
