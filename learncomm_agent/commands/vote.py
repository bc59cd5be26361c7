"""`vote`: members choose which questions they discuss, and add their own; leaders open and close that.

What members choose and add is told to them alone; until the vote is over, nothing says who did, but for
their own words where they write them in the room.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import MessageRef, RoomKind
from learncomm_agent.chat.outgoing import Block, MessageLink, Paragraph, Text
from learncomm_agent.commands import session_acts
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.ballot import (
    ballot_here,
    ballot_of,
    close,
    led_here,
    open_here,
    opened,
)
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.session_finding import Held, at_hand
from learncomm_agent.commands.session_showing import status
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.ballots import QUESTION_CHARS, Added, Proposal
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.storage import ballots as stored
from learncomm_agent.storage import branches, posts, rooms, writings
from learncomm_agent.storage.ballots import Ballot
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.openness import Flaw, read_openness
from learncomm_agent.writing.repetition import Asked
from learncomm_agent.writing.voting import MOST_SHOWN, until

YES, NO = "yes", "no"
MOST_CHARS = 6000
"""More than a question may have, so that a long one is refused with a word on that."""
ADVISED = (Flaw.NOT_ONE, Flaw.LONG, Flaw.CLOSED)
"""What members are told of their own questions, which are asked all the same."""
_NUMBERS = re.compile(r"#?\d{1,6}(?:[\s,;&+]+#?\d{1,6})*\.?")


async def vote(context: Context, values: Mapping[str, Any]) -> Reply:
    """Vote, add a question, or say how it is; of leaders also open and close one, and strike a question.

    Raises:
        UsageError: It can't be done as asked; it says why.
    """
    said = " ".join(values.get("choice", "").split())
    word, _, rest = said.partition(" ")
    is_named = values.get("named") == YES
    match word.casefold():
        case _ if "add" in values:
            return await add(context, values["add"], is_named=is_named)
        case _ if "strike" in values:
            return await strike(context, values["strike"])
        case "":
            return await _shown(context)
        case "open" if not rest:
            return await opened(context, values.get("closes"))
        case "close" if not rest:
            return await close(context, await led_here(context))
        case "add":
            return await add(context, rest, is_named=is_named)
        case "strike" if _NUMBERS.fullmatch(rest):
            return await strike(context, _numbers(rest)[0])
    if _NUMBERS.fullmatch(said):
        return await _by_numbers(context, said)
    if context.via is Via.MESSAGE:  # a sentence may begin with that word
        return await answer(context, f"{VOTE.name} {said}", is_private=False)
    raise UsageError("no numbers", phrase="vote.in_words", most=1)


async def _by_numbers(context: Context, said: str) -> Reply:
    """Vote for questions, or in the session of this room where that votes."""
    if (it := await _session_voting(context)) is not None:
        return await session_acts.vote(context, it, said)
    return await cast(context, await ballot_here(context), _numbers(said))


async def _session_voting(context: Context) -> Held | None:
    """Return the session of this room that votes now, where no vote on questions is open."""
    if await open_here(context):
        return None
    it = await at_hand(context)
    standing = None if it is None else it.session.standing
    if it is None or standing is None or standing.entered_at is None:
        return None
    return it if stage_at(it.session).kind == VOTE.name else None


async def picked(context: Context, which: int | None) -> Reply:
    """Vote for what was picked from the list under a vote; without one, say how a question is added."""
    if which is None:
        return Reply((context.say("vote.add_in_words"),), is_private=True)
    numbers = [int(each) for each in context.picked if each.isascii() and each.isdecimal()]
    return await cast(context, await ballot_of(context, which), numbers)


async def cast(context: Context, ballot: Ballot, wanted: list[int]) -> Reply:
    """Let the asker vote for these questions and no others."""
    services, member = context.services, context.member.id
    chosen = await services.database.write(
        lambda conn: services.ballots.vote(conn, ballot, member, wanted)
    )
    # Numbers alone: whoever takes their question back takes it from all that shows it.
    numbers = [option.number for option in chosen]
    said = context.say("vote.voted", numbers=numbers, is_seen=_is_seen(context))
    return Reply((said,), is_private=True)


async def add(context: Context, text: str, *, is_named: bool) -> Reply:
    """Add a question of the asker's; advice on it does not keep it out."""
    services, member = context.services, context.member.id
    text = " ".join(text.split())
    ballot = await ballot_here(context)
    has_room = context.room_id == ballot.room
    proposal = Proposal(text, is_named, context.message if has_room else None)
    advice = await _advice(context, ballot, text)
    added = await services.database.write(
        lambda conn: services.ballots.propose(conn, ballot, member, proposal)
    )
    return Reply((_said_of(context, added), *advice), is_private=True)


async def strike(context: Context, number: int) -> Reply:
    """Take a question out of an open vote, for a leader."""
    ballot = await led_here(context)
    services, by = context.services, context.account_id
    struck = await services.database.write(
        lambda conn: services.ballots.strike(conn, ballot, number, by)
    )
    return Reply((context.say("vote.struck", number=struck.number),), is_private=True)


async def form(visitor: Visitor) -> Form:
    """Return the form in which a member adds a question.

    Raises:
        NotFoundError: No vote is open in this room.
    """
    room = visitor.room_id
    there = [] if room is None else [room]
    if not await visitor.services.database.read(lambda conn: stored.open_in(conn, there)):
        raise NotFoundError("no vote here", phrase="vote.over")
    named = tuple(Choice(each, visitor.label(f"vote.named_{each}")) for each in (NO, YES))
    return Form(
        VOTE.name,
        visitor.label("vote.add"),
        (
            Field(
                "add",
                visitor.label("vote.field_add"),
                is_long=True,
                max_chars=QUESTION_CHARS,
                hint=visitor.label("vote.hint_add"),
            ),
            Field(
                "named",
                visitor.label("vote.field_named"),
                FieldKind.CHOICE,
                is_required=False,
                choices=named,
                values=(NO,),
            ),
        ),
    )


async def _shown(context: Context) -> Reply:
    """Say where a vote is open, how long, and what the asker votes for."""
    if (it := await _session_voting(context)) is not None:
        return await status(context, it)
    ballot = await ballot_here(context)

    def read(conn: Connection) -> tuple[Writing | None, list[MessageRef], str, list[int]]:
        mine = stored.voted_for(conn, ballot.writing, context.member.id)
        there = stored.options(conn, ballot.writing)
        parts = [part for post in posts.of_writing(conn, ballot.writing) for part in post.parts]
        return (
            writings.get(conn, ballot.writing, ballot.community),
            parts[:1],
            rooms.get(conn, ballot.room).name,
            [option.number for option in there if option.item in mine],
        )

    writing, parts, room, mine = await context.services.database.read(read)
    link = [MessageLink(context.label("vote.link"), part) for part in parts]
    said = (*context.say("vote.is_open", room=room).spans, *(Text(" ") for _ in link), *link)
    blocks: list[Block] = [Paragraph(said)]
    if writing is not None:
        blocks.append(until(context.layout, writing))
    if mine:
        blocks.append(context.say("vote.yours", numbers=mine))
    return Reply(tuple(blocks), is_private=True)


async def _advice(context: Context, ballot: Ballot, text: str) -> list[Block]:
    """Return what may help a member with a question of theirs."""
    table = await asyncio.to_thread(context.words.table, "questions", language=context.language)
    flaw = read_openness(table or {}).flaw(text, (), frozenset())
    said: list[Block] = []
    if flaw in ADVISED:
        said.append(context.say(f"vote.advice_{flaw}"))
    if await _was_asked(context, ballot, text):
        said.append(context.say("vote.asked_before"))
    return said


async def _was_asked(context: Context, ballot: Ballot, text: str) -> bool:
    """Whether those who can read the vote could see such a question before."""
    database = context.services.database
    room = await database.read(lambda conn: rooms.get(conn, ballot.room))
    refs = await context.platform.readable(Audience.of_room(room.ref))

    def seen(conn: Connection) -> frozenset[str]:
        readable = branches.readable(conn, refs)
        return writings.questions_asked(conn, ballot.community, readable)

    return Asked(await database.read(seen)).knows(text)


def _said_of(context: Context, added: Added) -> Block:
    option = added.option
    if not added.is_new:
        return context.say("vote.there", number=option.number, has_vote=added.has_vote)
    seen = _is_seen(context)
    return context.say("vote.added", number=option.number, is_named=option.is_named, is_seen=seen)


def _is_seen(context: Context) -> bool:
    """Whether others read by which words somebody voted or added a question."""
    return context.via is Via.MESSAGE and context.room.kind is not RoomKind.DIRECT


def _numbers(said: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", said)]


VOTE = Command(
    name="vote",
    run=vote,
    options=(
        Option("choice", takes_rest=True, max_chars=MOST_CHARS),
        Option("add", takes_words=True, max_chars=MOST_CHARS, wanted="wanted.vote_add"),
        Option("named", OptionKind.CHOICE, choices=(NO, YES)),
        Option("strike", OptionKind.NUMBER, maximum=MOST_SHOWN),
        Option("closes", OptionKind.MOMENT, takes_words=True, max_chars=60),
    ),
    is_private=True,
    form=form,
)
