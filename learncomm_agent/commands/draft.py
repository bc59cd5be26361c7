"""`draft`: what waits for a leader's word, and what is done with it, in words and by controls."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.commands import draft_acts as acts
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.commands.draft_acts import LINE_CHARS, Held
from learncomm_agent.commands.drafting import for_one, leader
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.storage import drafts, drafts_listed
from learncomm_agent.storage.database import Connection

MOST_CHARS = 6000
"""More than a line may have, so that one is refused with a word on that."""
FORM = "line"
"""What the id of the form begins with in which a line is put otherwise."""
VERBS = frozenset({"publish", "edit", "strike", "add", "move", "undo", "drop"})
_SAID = re.compile(r"(?:#?(\d{1,15})\b\s*)?(?:(\w+)(?:\s+(.*))?)?", re.DOTALL)
_SPAN = r"#?\d{1,9}(?:\s*[-–]\s*#?\d{1,9})?"
_NUMBERS = re.compile(rf"{_SPAN}(?:[\s,;&+]+{_SPAN})*\.?")
_MOST_AT_ONCE = 200
"""Numbers of a span that are looked at; no draft has so many lines."""


async def draft(context: Context, values: Mapping[str, Any]) -> Reply:
    """List the drafts that wait, show one, or do something with it.

    Raises:
        UsageError: What is to be done is not clear.
    """
    if not (said := values.get("what", "").strip()):
        return await _listed(context)
    match = _SAID.fullmatch(said)
    word = "" if match is None else (match[2] or "").casefold()
    if match is None or (word and word not in VERBS):
        raise UsageError("no draft, or no verb", phrase="draft.how_to_ask")
    number = int(match[1]) if match[1] else await _only_one(context)
    it, rest = await acts.held(context, number), (match[3] or "").strip()
    done = _whole(context, it, word) if not rest else _lines(context, it, word, rest)
    if done is None:
        raise UsageError("no such verb", phrase="draft.how_to_ask")
    return done


def _whole(context: Context, it: Held, word: str) -> Reply | None:
    """Do what a word says that is about all of a draft; None where it says nothing."""
    match word:
        case "":
            return _shown(context, it)
        case "publish":
            return acts.publish(context, it)
        case "undo":
            return acts.undo(context, it)
        case "drop":
            return acts.drop(context, it)
    return None


def _lines(context: Context, it: Held, word: str, rest: str) -> Reply | None:
    """Do what a word says that is about lines of a draft; None where it says nothing."""
    first, *others = rest.split(maxsplit=1)
    match word:
        case "add":
            return acts.add(context, it, rest)
        case "edit" if _NUMBERS.fullmatch(first):
            return acts.rewrite(context, it, it.line(_numbers(first)[0]), "".join(others))
        case "strike" if _NUMBERS.fullmatch(rest):
            return acts.strike(context, it, [it.line(each) for each in _numbers(rest)])
        case "move" if _NUMBERS.fullmatch(rest) and len(_numbers(rest)) == 2:
            return acts.move(context, it, *(it.line(each) for each in _numbers(rest)))
    return None


async def _only_one(context: Context) -> int:
    """Return the number of the draft that is meant where nobody says: the only one that waits.

    Raises:
        UsageError: Several wait, or none.
    """
    waiting = await _waiting(context)
    if len(waiting) != 1:
        raise UsageError("no one draft", phrase="draft.which" if waiting else "draft.none")
    return waiting[0][0].writing


_Waiting = list[tuple[drafts.Draft, str, int, str]]


async def _waiting(context: Context) -> _Waiting:
    """Return the drafts that wait here for rooms that whoever asks may read: title, lines, the room's name."""
    readable = await context.readable(is_private=True)
    space = context.room.ref.space

    def read(conn: Connection) -> _Waiting:
        there = drafts.open_in(conn, context.community.id, space)
        named = drafts_listed.named(conn, [each.writing for each in there])
        return [
            (each, context.layout.title(it.writing), it.lines, it.room)
            for each in there
            if each.room in readable.rooms
            for it in [named[each.writing]]
        ]

    return await context.services.database.read(read)


async def _listed(context: Context) -> Reply:
    """Name the drafts that wait."""
    waiting = await _waiting(context)
    if not waiting:
        return Reply((context.say("draft.none"),), is_private=True)
    now = context.services.clock.now()
    items = tuple(
        (
            Text(
                context.layout.phrase(
                    "draft.listed",
                    number=each.writing,
                    title=title,
                    lines=lines,
                    room=room,
                    age=context.layout.age(each.asked_at.isoformat(), now.isoformat()),
                )
            ),
        )
        for each, title, lines, room in waiting
    )
    said = context.say("draft.open", count=len(waiting))
    how = context.say("draft.how", number=waiting[0][0].writing, is_open=True)
    return Reply((said, Listing(items), how), is_private=True)


def _shown(context: Context, it: Held) -> Reply:
    """Show a draft once more: in the leaders' room to all there, elsewhere to whoever asks alone."""
    kept, number = context.services.drafts, it.draft.writing
    otherwise = for_one(context, (context.say("draft.not_shown", number=number),), "o")

    def commit(conn: Connection) -> None:
        if context.room_id == it.draft.desk:
            kept.show_at(conn, it.draft, context.room_id, otherwise)
        else:
            kept.show_to(conn, it.draft, leader(context), otherwise)

    return acts.answer(context, it, "draft.comes", commit, number=number)


# By controls.

Press = Callable[[Context, str], Awaitable[Reply]]


async def publish(context: Context, which: str) -> Reply:
    """Publish, as the button says."""
    return acts.publish(context, await _pressed(context, which))


async def undo(context: Context, which: str) -> Reply:
    """Take the last change back, as the button says."""
    return acts.undo(context, await _pressed(context, which))


async def drop(context: Context, which: str) -> Reply:
    """Ask whether a draft is to be dropped for good."""
    it = await _pressed(context, which)
    number = it.draft.writing
    sure = Choice(f"drop_it:{number}", context.label("draft.drop_it"))
    no = Choice(f"keep:{number}", context.label("draft.keep"))
    said = context.say("draft.drop_for_good", number=number)
    return Reply((said, Choices((sure, no))), is_private=True)


async def drop_it(context: Context, which: str) -> Reply:
    """Drop a draft."""
    return acts.drop(context, await _pressed(context, which))


async def strike(context: Context, which: str) -> Reply:
    """Leave the lines out that were picked."""
    it = await _pressed(context, which)
    return acts.strike(context, it, [it.of_row(_row(each)) for each in context.picked])


async def edit_line(context: Context, which: str) -> Reply:
    """Offer the form in which the line is put otherwise that was picked, or say how to do it in words."""
    it = await _pressed(context, which)
    line = it.of_row(_row(context.picked[0] if context.picked else ""))
    number, n = it.draft.writing, line.content["n"]
    words = {"number": number, "line": n}
    can = await context.platform.capabilities(context.room.ref)
    if can.forms < Level.PARTIAL:
        return Reply((context.say("draft.edit_line_in_words", **words),), is_private=True)
    label = context.layout.phrase("draft.edit_this", line=n)
    opens = Choice(f"{FORM}:{number}:{line.id}", label, opens_form=True)
    blocks: tuple[Block, ...] = (
        context.say("draft.line_is", line=n, text=it.statement(context.words, line)),
        Choices((opens,), in_words=context.layout.phrase("draft.edit_line_in_words", **words)),
    )
    return Reply(blocks, is_private=True)


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form of one line, with its words in it.

    Raises:
        NotAllowedError: The visitor does not lead.
        NotFoundError: The draft or the line is gone.
    """
    if not visitor.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command=DRAFT.name)
    number, _, row = which.partition(":")
    database, community = visitor.services.database, visitor.community.id
    space, readable = visitor.room.ref.space, await visitor.readable()
    it = await acts.look_up(database, community, space, readable, _row(number))
    line = it.of_row(_row(row))
    text = it.statement(visitor.words, line)[:LINE_CHARS]
    field = Field(
        "text", visitor.label("draft.line_text"), is_long=True, max_chars=LINE_CHARS, values=(text,)
    )
    title = visitor.label("draft.edit_this", line=line.content["n"])
    return Form(f"{FORM}:{which}", title, (field,))


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Take the words of a line from its form."""
    number, _, row = which.partition(":")
    it = await acts.held(context, _row(number))
    return acts.rewrite(context, it, it.of_row(_row(row)), values.get("text", ""))


async def _pressed(context: Context, which: str) -> Held:
    return await acts.held(context, _row(which.partition(":")[0]))


def _row(which: str) -> int:
    if not (which.isascii() and which.isdecimal() and len(which) < 16):
        raise NotFoundError("a control without a number", phrase="control.gone")
    return int(which)


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?:\s*[-–]\s*#?(\d+))?", text):
        found += range(int(first), min(int(last or first), int(first) + _MOST_AT_ONCE) + 1)
    return list(dict.fromkeys(found))


DRAFT = Command(
    name="draft",
    run=draft,
    options=(Option("what", takes_rest=True, max_chars=MOST_CHARS, is_suggested=True),),
    who=Who.LEADERS,
    aliases=("drafts",),
    is_private=True,
)
