"""What members do in a session: join and leave, put something in, vote, say how far they have read."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.choosing import fitting, number_in
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.meeting import asking
from learncomm_agent.commands.session_finding import Held, check_open, check_step, in_its_room
from learncomm_agent.commands.session_numbers import entry_of, numbered, numbers_in
from learncomm_agent.commands.session_showing import on_now
from learncomm_agent.commands.session_taking import is_anonymous, is_interview
from learncomm_agent.commands.session_words import answered, words_for
from learncomm_agent.errors import NotAllowedError, StorageError, UsageError
from learncomm_agent.sessions.effects import Answer, Control
from learncomm_agent.sessions.events import (
    Backed,
    Entered,
    Event,
    Joined,
    Left,
    Mode,
    Ranked,
)
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.session_posts import choices

ENTRY_CHARS = 2000
"""No single thing that a member puts in is longer."""
WISH_CHARS = 200
_NOT_NOW = "session.not_now"
_NONE = frozenset({"none", "nothing", "nichts", "keine"})
"""Words that take a vote, or an answer, back."""
MODES: Mapping[str, Mode] = {
    "": Mode.TAKE_PART,
    "take part": Mode.TAKE_PART,
    "take_part": Mode.TAKE_PART,
    "in": Mode.TAKE_PART,
    "listen": Mode.LISTEN,
    "listen only": Mode.LISTEN,
    "quiet": Mode.QUIET,
    "don't invite me": Mode.QUIET,
    "zuhören": Mode.LISTEN,
    "still": Mode.QUIET,
}
"""What people may say for how they take part."""


async def happen(context: Context, it: Held, *events: Event, more: Iterable[Block] = ()) -> Reply:
    """Let things happen to a session that runs, and return what whoever acted is told.

    Raises:
        UsageError: The session has ended, or not begun.
    """
    check_open(it)
    return await told(context, it, *events, more=more)


async def told(context: Context, it: Held, *events: Event, more: Iterable[Block] = ()) -> Reply:
    """Let things happen to a session, and return what whoever acted is told.

    If it went on meanwhile, so that they would be told something else, the request runs again.
    """
    sessions, me = context.services.sessions, context.member.id
    veiled = await context.services.database.read(
        lambda conn: [sessions.veiled(conn, it.row, event, me) for event in events]
    )
    session, answers = await asyncio.to_thread(_seen, context, it.session, veiled)
    said = await words_for(context, it.id, session, [each.saying for each in answers])
    told_so = answered(said, answers)

    def commit(conn: Connection) -> None:
        found = [each for event in events for each in sessions.apply(conn, it.id, event, by=me)]
        if _are_refused(found) != _are_refused(answers) or answered(said, found) != told_so:
            raise StorageError("they would be told something else by now")

    blocks = told_so or [context.say("session.noted")]
    if any(each.saying.phrase == _NOT_NOW for each in answers):
        blocks = [*blocks, on_now(context, it, said)]
    if not any(_are_refused(answers)):
        blocks = [*blocks, *more]
    reply = Reply(tuple(blocks), is_private=True, commits=(commit,))
    return reply if any(_are_refused(answers)) else replace(reply, refused="session.taken")


def _seen(
    context: Context, session: Session, events: Iterable[Event]
) -> tuple[Session, list[Answer]]:
    """Return what a session would become, and what whoever acts would be told. May read word lists."""
    sessions, now = context.services.sessions, context.services.clock.now()
    answers: list[Answer] = []
    for event in events:
        answers += sessions.look(session, event)
        session, _ = step(session, event, now, sessions.kinds)
    return session, answers


def _are_refused(answers: Iterable[Answer]) -> list[bool]:
    return [each.is_refused for each in answers]


async def join(context: Context, it: Held, said: str, wish: str = "") -> Reply:
    """Take part, listen, or take part without being invited to speak.

    Raises:
        UsageError: It is none of these.
    """
    check_known(context)
    label = " ".join(said.casefold().replace("’", "'").split())
    of_button = {context.label(f"session.mode.{each}").casefold(): each for each in Mode}
    mode = {**of_button, **MODES}.get(label)
    if mode is None:
        named = [context.label(f"session.mode.{each}") for each in Mode]
        raise UsageError("no such way", phrase="session.no_mode", modes=named)
    event = Joined(context.member.id, mode, " ".join(wish.split())[:WISH_CHARS])
    return await happen(context, it, event, more=more_on(context, it, ("catchup", "leave")))


async def ask_how(context: Context, it: Held) -> Reply:
    """Ask how somebody wishes to take part."""
    check_open(it)
    check_known(context)
    options = (
        Choice(f"s:{it.id}:join:{each}", context.label(f"session.mode.{each}")) for each in Mode
    )
    how = context.layout.phrase("session.join_in_words")
    asks = context.say("session.join_how", title=it.title)
    return Reply((asks, Choices(tuple(options), how)), is_private=True)


async def leave(context: Context, it: Held) -> Reply:
    """Take part no more."""
    return await happen(context, it, Left(context.member.id))


async def add(context: Context, it: Held, text: str, visit: int | None = None) -> Reply:
    """Put something in, in words; where a stage is anonymous, without a trace of who it was.

    Raises:
        UsageError: There are no words, or too many, or they were meant for another step.
    """
    check_open(it)
    check_known(context)
    visit = check_step(context, it, visit, "session.step_over")
    words, hidden = text.strip(), is_anonymous(it.session)
    if not words and is_interview(it.session):
        me = None if hidden else context.member.id
        return await happen(context, it, Entered(me, "", visit=visit))
    if not words:
        return await _how_to_add(context, it)
    check_length(words)
    resource, words = await _resource(in_its_room(context, it), words)
    asked = None if hidden else await asking(context)
    event = Entered(
        None if hidden else context.member.id,
        words,
        None if asked is None else asked.id,
        resource=resource,
        visit=visit,
    )
    more = [context.say("session.was_seen")] if hidden and is_seen(context) else []
    return await happen(context, it, event, more=more)


async def _how_to_add(context: Context, it: Held) -> Reply:
    """Offer the form, or say how to do it in words."""
    in_words = context.layout.phrase("session.add_in_words")
    can = await context.platform.capabilities(context.room.ref)
    if can.forms < Level.PARTIAL:
        return Reply((context.say("session.add_in_words"),), is_private=True)
    id = f"s:{it.id}:enter:{it.session.visit}"
    opens = Choice(id, context.label("session.control.enter"), opens_form=True)
    said = context.say("session.add_what")
    return Reply((said, Choices((opens,), in_words)), is_private=True)


async def _resource(there: Context, words: str) -> tuple[int | None, str]:
    """Return what a number such as `#12` means in the library that all in the room read, and its title."""
    if not words.startswith("#") or number_in(words) is None:
        return None, words
    found = await fitting(there, words, is_private=False)
    return (int(found[0].id), found[0].title) if len(found) == 1 else (None, words)


async def vote(context: Context, it: Held, said: str) -> Reply:
    """Vote by numbers, best first.

    Raises:
        UsageError: These are no numbers of what can be voted for.
    """
    check_open(it)
    check_known(context)
    if is_none(said):
        return await happen(context, it, Ranked(context.member.id, ()))
    if not (numbers := numbers_in(said)):
        raise UsageError("no numbers", phrase="session.vote_in_words")
    return await vote_for(context, it, await numbered(context, it, numbers))


async def vote_for(context: Context, it: Held, entries: Sequence[int]) -> Reply:
    """Vote for entries, best first; raises what `vote` raises."""
    check_open(it)
    check_known(context)
    options = tuple(dict.fromkeys(entry_of(it, each) for each in entries))
    more = [context.say("session.was_seen")] if is_seen(context) else []
    return await happen(context, it, Ranked(context.member.id, options), more=more)


async def back(context: Context, it: Held, said: str) -> Reply:
    """Wish for an entry to be taken up, or take that back.

    Raises:
        UsageError: That is no number of one.
    """
    check_open(it)
    check_known(context)
    if not (numbers := numbers_in(said)):
        raise UsageError("no number", phrase="session.back_in_words")
    return await back_one(context, it, (await numbered(context, it, numbers[:1]))[0])


async def back_one(context: Context, it: Held, id: int) -> Reply:
    """Wish for an entry to be taken up, or take that back; raises what `back` raises."""
    check_open(it)
    check_known(context)
    entry, me = entry_of(it, id), context.member.id
    is_added = me not in it.session.entries[entry].backers
    return await happen(context, it, Backed(me, entry, is_added))


def is_none(said: str) -> bool:
    """Whether a word says that there shall be nothing."""
    return said.strip().casefold() in _NONE


def is_seen(context: Context) -> bool:
    """Whether others read by which words somebody acted."""
    return context.via is Via.MESSAGE and context.room.kind is not RoomKind.DIRECT


def check_known(context: Context) -> None:
    """Refuse somebody of whom nothing is kept: one takes part with one's own name.

    Raises:
        NotAllowedError: They opted out.
    """
    if context.member.consent is Consent.OUT:
        raise NotAllowedError("opted out", phrase="session.opted_out")


def check_length(words: str) -> None:
    """Refuse what is too long.

    Raises:
        UsageError: It is.
    """
    if len(words) > ENTRY_CHARS:
        raise UsageError(
            f"an entry of {len(words)} characters", phrase="session.long", limit=ENTRY_CHARS
        )


def more_on(context: Context, it: Held, acts: Sequence[str]) -> tuple[Block, ...]:
    """Offer what else can be done in a session, by buttons."""
    controls = tuple(Control(act, f"session.control.{act}") for act in acts)
    return choices(context.layout, it.id, controls)
