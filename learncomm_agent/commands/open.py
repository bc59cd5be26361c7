"""`open`: the passage behind a number of the last search or answer, with what surrounds it."""

from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.commands import about
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.choosing import last, last_list, line_of, number_in, resource_of
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import opening
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.opening import Opened
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.card_lines import opened_line

MORE = "more"


async def open_number(context: Context, values: Mapping[str, Any]) -> Reply:
    """Open a line of the last search, answer or list here; or read on in what was opened last.

    It is for the readers of what the number stood in: the asker alone, or all in the room.
    """
    is_form = context.via is Via.FORM
    said = values["number"].strip()
    if said.casefold() == MORE:
        writing = await last(context, ("opened",))
        header = writing.header
        return await read_on(
            context, header["resource"], header["next"], is_private=writing.is_private or is_form
        )
    number = number_in(said)
    if number is None and context.via is Via.MESSAGE:  # a sentence may begin with that word
        return await answer(context, f"{OPEN.name} {said}", is_private=False)
    if number is None:
        raise UsageError("no number", phrase="open.what")
    writing = await last_list(context)
    return await opened(context, writing, number, is_private=writing.is_private or is_form)


async def opened(context: Context, writing: Writing, number: int, *, is_private: bool) -> Reply:
    """Show what a line of a writing rests on, if its readers may read that now.

    Raises:
        NotFoundError: There is no such line, or it is not for them.
    """
    line = line_of(writing, number)
    readable = await context.readable(is_private=is_private)
    if writing.kind == "resources":
        return await _listed(context, writing, line, is_private=is_private)

    def read(conn: Connection) -> Opened | None:
        span = _span(conn, line)
        if span is None:
            return None
        seen = line.content["text"]
        return opening.around(conn, context.community.id, *span, readable, seen=seen)

    found = await context.services.database.read(read)
    return await _reply(context, found, _words(line), is_private=is_private)


async def _listed(context: Context, writing: Writing, line: Line, *, is_private: bool) -> Reply:
    """Open the text of a line of the list; the card where several were to choose from."""
    readable = await context.readable(is_private=is_private)

    def read(conn: Connection) -> tuple[ResourceId | None, Opened | None]:
        id = resource_of(conn, line)
        if id is None or writing.header["heading"] == "card.which":
            return id, None
        return id, opening.beginning(conn, context.community.id, id, readable)

    resource, found = await context.services.database.read(read)
    if found is None:
        return await about.card(context, resource, is_private=is_private)
    return await _reply(context, found, (), is_private=is_private)


async def read_on(
    context: Context, resource: int, ordinal: int | None, *, is_private: bool
) -> Reply:
    """Show the passage of a resource that comes next.

    Raises:
        NotFoundError: There is none, or none for these readers.
    """
    if ordinal is None:
        raise NotFoundError("read to the end", phrase="open.end")
    readable = await context.readable(is_private=is_private)
    found = await context.services.database.read(
        lambda conn: opening.onwards(
            conn, context.community.id, ResourceId(resource), ordinal, readable
        )
    )
    return await _reply(context, found, (), is_private=is_private)


async def _reply(
    context: Context, found: Opened | None, words: Sequence[str], *, is_private: bool
) -> Reply:
    if found is None:
        raise NotFoundError("gone, or not for these eyes", phrase="open.gone")
    is_alone = is_private or context.room.kind is RoomKind.DIRECT
    line = opened_line(found, words, names_room=is_alone)
    resource, following = found.entry.id, found.next
    if line.content["after"] and not line.content["after"].endswith("…"):
        following = found.beyond  # all of the next passage stands there
    writing = Writing(
        community=context.community.id,
        kind="opened",
        room=context.room_id,
        member=context.member.id,
        is_private=is_private,
        request={},
        header={"at": context.asked_at.isoformat(), "resource": resource, "next": following},
        trace={},
        lines=(line,),
    )

    def controls(id: int) -> tuple[Block, ...]:
        cards = Choice(f"about:{resource}", context.label("control.about"))
        if following is None:
            return (Choices((cards,), context.layout.phrase("open.card_how", id=resource)),)
        on = Choice(f"read:{resource}:{following}", context.label("control.read_on"))
        return (Choices((on, cards), context.layout.phrase("open.on_how", id=resource)),)

    return Reply(await context.show(writing), is_private, writing, controls)


def _span(conn: Connection, line: Line) -> tuple[ResourceId, int, int] | None:
    """Return the resource and the span that a line rests on."""
    for evidence in line.evidence:
        if evidence.resource is not None:
            return evidence.resource, evidence.start, evidence.end
    return opening.talk_with(conn, [each.message for each in line.evidence if each.message])


def _words(line: Line) -> list[str]:
    """Return what to mark: the words that a search found, or those that an answer quotes."""
    if line.section == "claims":
        return [each.quote for each in line.evidence[:1] if each.quote]
    text = line.content.get("text", "")
    return [text[start:end] for start, end in line.content.get("marks", ())]


OPEN = Command(
    name="open",
    run=open_number,
    options=(
        Option("number", is_required=True, takes_rest=True, max_chars=60, wanted="open.what"),
    ),
    is_private=True,
)
