"""`search`: find passages in the library."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.commands.beyond import beyond
from learncomm_agent.commands.choosing import numbers
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.library.resources import Found
from learncomm_agent.storage import cards
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.keeping import passage_lines

NEAR_BEST = 0.2
"""A passage is shown where it scores at least this share of the best one."""


async def search(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show the passages that answer best, to the asker alone when asked by command."""
    is_private = context.via is Via.FORM
    return await find(
        context, values["query"], values.get("limit", context.services.limit), is_private=is_private
    )


async def find(
    context: Context, text: str, limit: int, *, is_private: bool, who: str = ""
) -> Reply:
    """Search for the eyes of one person, or of all in the room; there it may say who looked."""
    query = await context.query(text, is_private=is_private, limit=limit)
    found = worth_showing(await context.services.search.find(query))
    lines = passage_lines(found)
    if is_private or context.room.kind is RoomKind.DIRECT:
        lines = await _with_rooms(context, lines)
    writing = Writing(
        community=context.community.id,
        kind="search",
        room=context.room_id,
        member=context.member.id,
        is_private=is_private,
        request={"query": text, "limit": limit, **({"who": who} if who else {})},
        header={"at": context.asked_at.isoformat()},
        trace={
            "is_early": found.is_early,
            "found": len(found.passages),
        },
        lines=lines,
    )

    def controls(id: int) -> tuple[Block, ...]:
        if not found.passages:
            return ask_community(context, id)
        shown = show_room(context, id) if is_private else ()
        return (*numbers(context, id, writing.lines), *shown)

    aside = None if is_private else await beyond(context, query, worth_showing)
    return Reply(await context.show(writing), is_private, writing, controls, aside=aside)


async def _with_rooms(context: Context, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Say in each line in which room it was shared; whoever reads the line reads that room."""
    first = [next(iter(line.content.get("shares") or ()), 0) for line in lines]
    named = await context.services.database.read(lambda conn: cards.rooms_of_shares(conn, first))
    return tuple(
        replace(line, content={**line.content, "room": named.get(share)})
        for line, share in zip(lines, first, strict=True)
    )


def worth_showing(found: Found) -> Found:
    """Leave out what is far behind the best: people read on where they should stop."""
    best = max((passage.score for passage in found.passages), default=0.0)
    near = tuple(each for each in found.passages if each.score >= NEAR_BEST * best)
    return replace(found, passages=near)


def show_room(context: Context, id: int) -> tuple[Block, ...]:
    """Offer to do it again for the eyes of the room; in a direct talk there is no room to show."""
    if context.room.kind == "direct":
        return ()
    return (Choices((Choice(f"show:{id}", context.label("control.show_room")),)),)


def ask_community(context: Context, id: int) -> tuple[Block, ...]:
    """Offer to put the question to the people in the room."""
    if context.room.kind == "direct":
        return ()
    return (Choices((Choice(f"ask_community:{id}", context.label("control.ask_community")),)),)


SEARCH = Command(
    name="search",
    run=search,
    options=(
        Option("query", is_required=True, takes_rest=True, max_chars=2000, wanted="wanted.search"),
        Option("limit", OptionKind.NUMBER, maximum=20),
    ),
    aliases=("find",),
    is_private=True,
)
