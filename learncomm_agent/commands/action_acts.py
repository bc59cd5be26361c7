"""What people do with action items: take them on, hand them over, move them, do them, let them go."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from learncomm_agent.caring.promising import noon
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import Account, Consent
from learncomm_agent.commands import naming
from learncomm_agent.commands.action_finding import Held, note, there
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.community.promise_words import buttons, is_late, short, when_of
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.sessions.methods.moments import read_moment
from learncomm_agent.storage import actions, messages
from learncomm_agent.storage.actions import State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State as Kept
from learncomm_agent.storage.naming import Named

RESULT_CHARS = 500
MOST_ASKED = 3
"""So many that one member added may wait for the answer of another at once."""
_DAY_ENDS = time(23, 59)
Act = Callable[[Connection], None]


async def take(context: Context, it: Held) -> Reply:
    """Take on what one was named for, or what nobody has.

    Raises:
        UsageError: Somebody else has, or it is settled, or whoever asks opted out.
    """
    it.check_waits()
    check_known(context)
    if it.action.owner is not None and not it.is_mine:
        raise UsageError("somebody else has it", phrase="actions.taken", who=it.it.owner)
    promises, me = context.services.promises, context.member.id
    key = "actions.yours_now" if it.action.state is not State.ACCEPTED else "actions.yours_already"
    act: Act | None = None
    if it.action.state is not State.ACCEPTED:
        act = partial(promises.accept, action=it.action, me=me)
    said = _yours(context, it, key)
    acts = ("done", "date") if it.action.due is not None else ("date", "done")
    return _done(said, act, buttons(context.layout, it.action.id, acts))


async def decline(context: Context, it: Held) -> Reply:
    """Give back what one was named for; nobody asks why."""
    it.check_mine()
    it.check_waits()
    if it.action.owner is None:
        return _done(context.say("actions.nobodys"), None)
    promises = context.services.promises

    def act(conn: Connection) -> None:
        promises.give_back(conn, it.action, context.member.id)
        note(context, conn, "give back action", it)

    return _done(context.say("actions.given_back", room=it.it.room.name), act)


async def hand_over(context: Context, it: Held, who: str) -> Reply:
    """Offer it to somebody who can read its room.

    Raises:
        UsageError: Nobody is named.
        NotFoundError: They are not there, or are not to be asked.
    """
    it.check_may_change()
    it.check_waits()
    if not who.strip():
        raise UsageError("nobody named", phrase="actions.hand_how", number=it.action.id)
    to = await whom(there(context, it.it), who)
    if to.member is not None and to.member == it.action.owner:
        raise UsageError("theirs already", phrase="actions.theirs_already", who=to.name)
    if to.member == context.member.id:
        return await _to_oneself(context, it)
    await check_enough(context, to)
    promises = context.services.promises

    def act(conn: Connection) -> None:
        account = Account(to.ref, to.name, to.is_bot)
        _, member = context.services.directory.named(conn, context.community.id, account)
        promises.hand_over(conn, it.action, member, context.member.id)
        note(context, conn, "hand over action", it)

    return _done(context.say("actions.handed_over", who=to.name), act)


async def _to_oneself(context: Context, it: Held) -> Reply:
    """Let a leader, or whoever added it, take over what somebody else had."""
    check_known(context)
    promises, me = context.services.promises, context.member.id

    def act(conn: Connection) -> None:
        promises.accept(conn, it.action, me)
        note(context, conn, "hand over action", it)

    return _done(_yours(context, it, "actions.yours_now"), act)


def _yours(context: Context, it: Held, phrase: str) -> Block:
    """Say that they do it, and by when; of what is late, that it may have another date."""
    zone = str(context.zone)
    return context.say(
        phrase,
        words=short(it.it.words),
        when=when_of(context.layout, it.action, zone),
        is_late=is_late(it.action, zone, context.asked_at),
    )


async def whom(context: Context, who: str) -> Named:
    """Return whom somebody names, in the room of the context.

    Raises:
        NotFoundError: They are not there, or are not to be asked.
    """
    found = await naming.member(context, who)
    if found.is_bot or found.consent is Consent.OUT:
        raise NotFoundError("not to be asked", phrase="thank.not_here", who=found.name)
    return found


async def move(context: Context, it: Held, said: str) -> Reply:
    """Give it another date."""
    it.check_may_change()
    it.check_waits()
    if not said.strip():
        raise UsageError("no date", phrase="actions.date_how", number=it.action.id)
    due, is_day = await date_in(context, said)
    promises = context.services.promises

    def act(conn: Connection) -> None:
        promises.move(conn, it.action, due, context.member.id, is_day=is_day)
        note(context, conn, "move action", it)

    moved = actions.moved(it.action, due=due, is_day=is_day)
    when = when_of(context.layout, moved, str(context.zone))
    return _done(context.say("actions.moved", words=short(it.it.words), when=when), act)


async def date_in(context: Context, said: str) -> tuple[datetime, bool]:
    """Return the day, or the moment, that somebody names, and whether it is a day.

    Raises:
        UsageError: They name none surely that is to come.
    """
    now, zone = context.asked_at, str(context.zone)
    languages = tuple(dict.fromkeys((context.language, "en", "de")))
    read = partial(read_moment, now=now, zone=zone, languages=languages)
    text = said.strip().removeprefix("by ").removeprefix("bis ").strip()
    at = await asyncio.to_thread(read, text)
    if at is not None and (now - at) % timedelta(days=1) >= timedelta(minutes=1):
        return at, False
    if at is not None:  # so many days from now: nobody means the very minute
        return noon(at.astimezone(context.zone).date()), True
    end = await asyncio.to_thread(read, text, otherwise=_DAY_ENDS)
    if end is None:
        raise UsageError("no date", phrase="actions.no_date", said=said[:40])
    return noon(end.astimezone(context.zone).date()), True


async def finish(context: Context, it: Held) -> Reply:
    """Let it be done, and thank whoever did it.

    Raises:
        NotAllowedError: It is somebody else's.
    """
    it.check_waits()
    check_known(context)
    if it.action.owner is not None:
        it.check_mine()
    promises, me = context.services.promises, context.member.id

    def act(conn: Connection) -> None:
        promises.finish(conn, it.action, me)
        if it.action.owner is not None:
            note(context, conn, "finish action", it)

    if it.action.owner not in (None, me):
        return _done(context.say("actions.done_for", who=it.it.owner), act)
    said = context.say("actions.done", who=context.member.name, words=short(it.it.words))
    return _done(said, act, buttons(context.layout, it.action.id, ("result",)))


async def let_go(context: Context, it: Held) -> Reply:
    """Let it be."""
    it.check_may_change()
    it.check_waits()
    promises = context.services.promises

    def act(conn: Connection) -> None:
        promises.let_go(conn, it.action, context.member.id)
        note(context, conn, "drop action", it)

    return _done(context.say("actions.let_go", words=short(it.it.words)), act)


async def keep_result(context: Context, it: Held, said: str) -> Reply:
    """Keep what came of it: a message of its room, or a link.

    Raises:
        NotAllowedError: Somebody else did it.
        UsageError: It is not done, or that is neither.
    """
    if not it.is_mine:
        raise NotAllowedError("somebody else's", phrase="actions.not_yours")
    if it.action.state is not State.DONE:
        raise UsageError("not done", phrase="actions.not_done", number=it.action.id)
    result = await _result(context, it, said.strip())
    promises = context.services.promises
    return _done(
        context.say("actions.result_kept"),
        partial(promises.keep_result, action=it.action, result=result),
    )


async def _result(context: Context, it: Held, said: str) -> str:
    if not said and context.reply_to is not None and context.room_id == it.action.room:
        said = context.reply_to
    if not said or len(said) > RESULT_CHARS or len(said.split()) > 1:
        raise UsageError("no result", phrase="actions.result_how", number=it.action.id)
    try:
        ref = await naming.message(there(context, it.it), said)
    except (NotFoundError, UsageError):
        ref = None
    if ref is not None and ref.room == it.it.room.ref:
        room, id = it.action.room, ref.id
        found = await context.services.database.read(lambda conn: messages.find(conn, room, id))
        if found is not None and found.state is Kept.KEPT:
            return id
    if said.startswith(("https://", "http://")):
        return said
    raise UsageError("no such message", phrase="actions.result_how", number=it.action.id)


async def check_enough(context: Context, to: Named) -> None:
    """Refuse to ask somebody one thing more who has not answered several of the asker's.

    Raises:
        UsageError: They have enough to answer.
    """
    me, them = context.member.id, to.member
    if them is None or them == me:
        return
    count = await context.services.database.read(lambda conn: actions.unanswered(conn, me, them))
    if count >= MOST_ASKED:
        raise UsageError("asked enough", phrase="actions.enough", who=to.name, count=count)


def check_known(context: Context) -> None:
    """Refuse whoever opted out: nothing is kept of them.

    Raises:
        UsageError: They did.
    """
    if context.member.consent is Consent.OUT:
        raise UsageError("they opted out", phrase="actions.opted_out")


def _done(said: Block, act: Act | None, *more: Block) -> Reply:
    commits = () if act is None else (act,)
    return Reply((said, *more), is_private=True, commits=commits, refused="actions.noted")
