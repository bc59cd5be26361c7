"""Which resource somebody means: by number, title or source, and what is asked where several fit."""

from collections.abc import Sequence

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.library.web.addresses import kept_as
from learncomm_agent.storage import cards, opening, pages, shares, writings
from learncomm_agent.storage.cards import Entry
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.card_lines import entry_line
from learncomm_agent.writing.results import number_of

NUMBERED = ("search", "answer", "resources")
"""Kinds of writings whose lines are opened by their number."""
SHOWN = 10
"""So many that fit are shown to choose from."""


async def fitting(context: Context, named: str, *, is_private: bool) -> list[Entry]:
    """Return the resources that somebody may mean: the one of a number, or all that fit the words.

    A bare number is that of their last search, answer or list here; `#7` is a resource's own.

    Raises:
        NotFoundError: There is no such number.
    """
    readable = await context.readable(is_private=is_private)
    number = number_in(named)
    line = None
    if number is not None and not named.startswith("#"):
        line = line_of(await last_list(context), number)

    def read(conn: Connection) -> list[Entry]:
        ids: list[ResourceId]
        if line is not None:
            found = resource_of(conn, line)
            ids = [] if found is None else [found]
        elif number is not None:
            ids = [ResourceId(number)]
        else:
            ids = _fitting(cards.titles(conn, context.community.id, readable), named)
            if (page := pages.at(conn, context.community.id, _address(named))) is not None:
                ids = list(dict.fromkeys((*ids, page)))
        return cards.entries(conn, context.community.id, ids, readable)

    return await context.services.database.read(read)


async def unseen(context: Context, named: str) -> ResourceId:
    """Return what the asker brought and nobody sees in any list, by its own number, as `#7`.

    Raises:
        NotFoundError: There is no such thing of theirs.
    """
    number = number_in(named) if named.startswith("#") else None
    member = context.member.id
    if number is None or member not in await context.services.database.read(
        lambda conn: shares.sharers(conn, ResourceId(number))
    ):
        raise NotFoundError("no such resource", phrase="forget.not_found")
    return ResourceId(number)


def _fitting(titles: Sequence[tuple[int, str, str]], named: str) -> list[ResourceId]:
    """Return the ids of those that bear a name, or else hold its words in their title."""
    words, address = named.strip().casefold(), _address(named).casefold()
    bear = [
        ResourceId(id)
        for id, title, source in titles
        if address == source.casefold()
        or words in {title.casefold(), source.casefold(), source.rpartition("#")[0].casefold()}
    ]
    hold = (ResourceId(id) for id, title, _ in titles if words in title.casefold())
    return list(dict.fromkeys(bear or hold))


def _address(named: str) -> str:
    """Return an address as pages are kept under it, however it was pasted; empty where it is none."""
    return kept_as(named.strip().removeprefix("<").removesuffix(">")) or ""


async def which(
    context: Context,
    entries: Sequence[Entry],
    *,
    action: str | None = None,
    is_private: bool,
) -> Reply:
    """Ask which of several resources is meant, each with what tells it from the others.

    Args:
        context: The request.
        entries: Those that fit.
        action: What a control's id begins with, before `:` and the resource's id; it opens the card
            where None.
        is_private: Whether the asker alone reads it.
    """
    lines = tuple(
        entry_line(entry, number, is_one_of=True) for number, entry in enumerate(entries[:SHOWN], 1)
    )
    return await listed(
        context, lines, len(entries), "card.which", action=action, is_private=is_private
    )


async def listed(
    context: Context,
    lines: tuple[Line, ...],
    count: int,
    heading: str,
    *,
    next_page: int | None = None,
    action: str | None = None,
    is_private: bool,
) -> Reply:
    """Show resources under their numbers, each to be opened by it."""
    at = context.asked_at.isoformat()
    writing = Writing(
        community=context.community.id,
        kind="resources",
        room=context.room_id,
        member=context.member.id,
        is_private=is_private,
        request={},
        header={"heading": heading, "count": count, "next": next_page, "at": at},
        trace={},
        lines=lines,
    )

    def controls(id: int) -> tuple[Block, ...]:
        if action is None:
            return numbers(context, id, lines)
        held = [line.content for line in lines]
        options = (Choice(f"{action}:{each['id']}", str(each["n"])) for each in held)
        how = context.layout.phrase("open.which_how", id=held[0]["id"])
        return (Choices(tuple(options), how),)

    return Reply(await context.show(writing), is_private, writing, controls)


def numbers(context: Context, id: int, lines: Sequence[Line]) -> tuple[Block, ...]:
    """Offer to open the lines of a writing, each by its number.

    Nothing of what was written for them is kept for somebody who opted out, so there is nothing to open.
    """
    if not lines or context.member.consent is Consent.OUT:
        return ()
    named = [number_of(line, place) for place, line in enumerate(lines)]
    options = tuple(Choice(f"open:{id}:{number}", str(number)) for number in named)
    return (Choices(options, context.label("open.how")),)


async def last_list(context: Context) -> Writing:
    """Return the asker's last search, answer or list in this room; in a direct talk, anywhere.

    Raises:
        NotFoundError: There is none.
    """
    return await last(context, NUMBERED)


async def last(context: Context, kinds: Sequence[str]) -> Writing:
    """Return the last thing of some kinds that was written for the asker here; see `last_list`."""
    room = None if context.room.kind is RoomKind.DIRECT else context.room_id
    found = await context.services.database.read(
        lambda conn: writings.last_of(conn, context.member.id, room=room, kinds=kinds)
    )
    if found is None:
        raise NotFoundError("nothing to open", phrase="open.nothing")
    return found


def line_of(writing: Writing, number: int) -> Line:
    """Return the line of a number.

    Raises:
        NotFoundError: There never was one, or it is gone.
    """
    lines = {number_of(line, place): line for place, line in enumerate(writing.lines)}
    if number in lines:
        return lines[number]
    shown = len(lines) + writing.lost
    first = min((*lines, 1)) if writing.lost or not lines else min(lines)
    if first <= number < first + shown:
        raise NotFoundError("that line is gone", phrase="open.gone")
    raise NotFoundError(
        "no such number", phrase="open.no_number", first=first, last=first + shown - 1
    )


def resource_of(conn: Connection, line: Line) -> ResourceId | None:
    """Return the resource that a line rests on; of a conversation's messages, what holds them now."""
    for evidence in line.evidence:
        if evidence.resource is not None:
            return evidence.resource
    talk = opening.talk_with(conn, [each.message for each in line.evidence if each.message])
    return None if talk is None else talk[0]


def number_in(text: str) -> int | None:
    """Return the number that a text is, with or without a `#`; None where it is none."""
    figures = text.strip().removeprefix("#")
    if figures.isascii() and figures.isdecimal() and len(figures) < 16:
        return int(figures)
    return None
