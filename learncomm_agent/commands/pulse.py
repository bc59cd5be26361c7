"""`pulse`: ask a room one short question, now or every week, and see how it goes; members answer by a button."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.caring.figures import FLOOR, MOST
from learncomm_agent.chat.forms import Form
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Paragraph, Style, Text
from learncomm_agent.commands.ballot import closing_moment
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.feedback_sessions import score_field, score_in
from learncomm_agent.commands.pressed import check_leads, number_of
from learncomm_agent.commands.pulse_showing import TIMES, shown, trend
from learncomm_agent.commands.recording import record
from learncomm_agent.commands.verbs import meant
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.pulses import OPEN_FOR, PULSE, QUESTION_CHARS
from learncomm_agent.community.recurring import rule_of
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.sessions.methods.meetings import Weekly
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.storage import pulses as stored
from learncomm_agent.storage import thresholds
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.pulses import Pulse
from learncomm_agent.work import Commit

_CHARS = 6000
_DID_CHARS = 1500
_TIME_WORDS = 8
_VERBS = ("ask", "weekly", "off", "did")
_SEE = "see"


async def pulse(context: Context, values: Mapping[str, Any]) -> Reply:
    """Ask, order or end what is asked every week, tell what was done, or show how it goes.

    Raises:
        UsageError: It can't be done as asked; it says why.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else is here", phrase="pulse.direct")
    if "least" in values:
        return await _choose(context, values["least"])
    said = values.get("what", "").strip()
    if not said:
        return await trend(context)
    word, _, rest = said.partition(" ")
    rest = rest.strip()
    match await asyncio.to_thread(meant, context.words, "pulse.verb_", _VERBS, word):
        case "ask":
            return await _ask(context, rest, values.get("closes"))
        case "weekly":
            return await _weekly(context, rest)
        case "off" if not rest:
            return await _off(context)
        case "did":
            return _did(context, rest)
    raise UsageError("no such verb", phrase="pulse.how")


async def _choose(context: Context, wanted: int) -> Reply:
    """Keep how many must have answered before anything is told."""
    community, now = context.community.id, context.services.clock.now()
    return Reply(
        (context.say("pulse.least", least=wanted),),
        is_private=True,
        commits=(
            lambda conn: _chosen(conn, community, wanted, now),
            _record(context, "pulse least"),
        ),
    )


def _chosen(conn: Connection, community: Any, wanted: int, now: datetime) -> None:
    thresholds.choose(conn, community, wanted, now)


async def _ask(context: Context, question: str, closes: str | None) -> Reply:
    """Ask in this room, once."""
    question = _checked(question)
    services, now = context.services, context.services.clock.now()
    room = context.room_id
    if await services.database.read(lambda conn: stored.open_in(conn, room, now)):
        raise UsageError("one is open here", phrase="pulse.is_open")
    until = now + OPEN_FOR
    if closes is not None:
        until = await asyncio.to_thread(closing_moment, context, closes, "pulse.no_moment")
    commit = await services.pulses.asks(context.community.id, room, question, until)
    said = context.say("pulse.is_asked", until=until.astimezone(context.zone))
    return Reply((said,), is_private=True, commits=(commit, _record(context, "pulse ask")))


def _checked(question: str) -> str:
    """Return a question in one line.

    Raises:
        UsageError: There is none, or it is too long.
    """
    words = " ".join(question.split())
    if not words:
        raise UsageError("no question", phrase="pulse.how")
    if len(words) > QUESTION_CHARS:
        raise UsageError("too long", phrase="feedback.long", limit=QUESTION_CHARS)
    return words


async def _weekly(context: Context, said: str) -> Reply:
    """Have it asked every week: a time, then the question."""
    words = said.split()
    found: tuple[Weekly, str] | None = None
    for count in range(min(_TIME_WORDS, len(words)), 0, -1):
        when = await asyncio.to_thread(
            read_weekly, " ".join(words[:count])[:100], str(context.zone)
        )
        if when is not None:
            found = when, " ".join(words[count:])
            break
    if found is None:
        raise UsageError("no such time", phrase="pulse.when")
    when, question = found[0], _checked(found[1])
    rule = {**rule_of(when), "question": question}
    services, room, by = context.services, context.room_id, context.account_id
    if not services.directory.reads(context.room):
        raise UsageError("the room is not read", phrase="pulse.not_read")

    def write(conn: Connection) -> datetime:
        _record(context, "pulse weekly")(conn)
        return services.recurring.order(conn, context.community.id, room, PULSE, rule, by).next_at

    at = (await services.database.write(write)).astimezone(context.zone)
    return Reply((context.say("pulse.is_weekly", at=at),), is_private=True)


async def _off(context: Context) -> Reply:
    """Ask no more every week."""
    recurring, room = context.services.recurring, context.room_id

    def write(conn: Connection) -> bool:
        was = recurring.cancel(conn, room, PULSE)
        if was:
            _record(context, "pulse off")(conn)
        return was

    was = await context.services.database.write(write)
    return Reply((context.say("pulse.ended" if was else "pulse.is_off"),), is_private=True)


def _did(context: Context, words: str) -> Reply:
    """Tell the room what was changed because of what members said."""
    if not words:
        raise UsageError("no words", phrase="pulse.how")
    if len(words) > _DID_CHARS:
        raise UsageError("too long", phrase="feedback.long", limit=_DID_CHARS)
    head = context.layout.phrase("pulse.you_said")
    blocks = (Paragraph((Text(head, Style.STRONG),)), Paragraph((Text(words),)))
    return Reply(blocks, commits=(_record(context, "pulse did"),))


def _record(context: Context, action: str) -> Commit:
    """Return what keeps that a leader did something with the pulse of this room."""
    return record(context, action, f"room {context.room_id}")


# By controls and forms `pulse:<id>:<answer>`.


async def press(context: Context, which: str) -> Reply:
    """Take a member's answer; show a leader what came of a pulse.

    Raises:
        NotFoundError: It is over, or there is no such pulse where they read.
    """
    what, _, rest = which.partition(":")
    if what == _SEE:
        return await _seen(context, number_of(rest))
    return await _answered(context, number_of(what), score_in(rest))


async def _seen(context: Context, id: int) -> Reply:
    await check_leads(context, None, PULSE)
    found = await _found(context, id)
    await check_leads(context, found.room, PULSE)
    past = await context.services.database.read(
        lambda conn: stored.closed_in(conn, found.room, TIMES)
    )
    until = [each for each in past if each.id <= id]
    if not until:
        raise NotFoundError("nothing to see yet", phrase="control.gone")
    return Reply(tuple(await shown(context, until)), is_private=True)


async def _found(context: Context, id: int) -> Pulse:
    """Return a pulse of a room that whoever asks reads.

    Raises:
        NotFoundError: There is none.
    """
    readable, community = await context.readable(is_private=True), context.community.id
    found = await context.services.database.read(lambda conn: stored.get(conn, id, community))
    if found is None or found.room not in readable.rooms:
        raise NotFoundError("no such pulse", phrase="control.gone")
    return found


async def _answered(context: Context, id: int, score: int) -> Reply:
    found = await _found(context, id)
    if not found.is_open(context.services.clock.now()):
        raise NotFoundError("the pulse is over", phrase="pulse.over")
    services, community, member = context.services, context.community.id, context.member.id
    said = context.say("pulse.taken", score=context.label(f"pulse.score_{score}"))
    return Reply(
        (said,),
        is_private=True,
        commits=(lambda conn: services.pulses.answer(conn, id, community, member, score),),
        refused="feedback.taken_in",
    )


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form with the five answers, where others would see which button somebody presses.

    Raises:
        NotFoundError: It is over, or there is no such pulse where they read.
    """
    id, community = number_of(which), visitor.community.id
    readable = await visitor.readable()
    found = await visitor.services.database.read(lambda conn: stored.get(conn, id, community))
    if found is None or found.room not in readable.rooms:
        raise NotFoundError("no such pulse", phrase="control.gone")
    if not found.is_open(visitor.services.clock.now()):
        raise NotFoundError("the pulse is over", phrase="pulse.over")
    return Form(f"{PULSE}:{id}", found.question[:45], (score_field(visitor, "pulse.score_"),))


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Take an answer from its form; raises what `press` raises."""
    return await _answered(context, number_of(which), score_in(values.get("score", "")))


ASKED = Command(
    name=PULSE,
    run=pulse,
    options=(
        Option("what", takes_rest=True, max_chars=_CHARS),
        Option("closes", OptionKind.MOMENT, takes_words=True, max_chars=60),
        Option("least", OptionKind.NUMBER, minimum=FLOOR, maximum=MOST),
    ),
    who=Who.LEADERS,
    is_private=True,
    is_rare=True,
)
