"""`ask`: an answer from the library, each line with its source, or who may know."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.commands import follow_ups
from learncomm_agent.commands.beyond import beyond
from learncomm_agent.commands.choosing import numbers
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.commands.search import ask_community, find, show_room
from learncomm_agent.commands.who_knows import knower_lines
from learncomm_agent.library.resources import Found
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.items import Answer, Method
from learncomm_agent.writing.keeping import answer_lines, method_header

_NOTHING = Found((), by_meaning=False)


async def ask(context: Context, values: Mapping[str, Any]) -> Reply:
    """Answer from the library, to the asker alone when asked by command."""
    question, is_private = values["question"], context.via is Via.FORM
    earlier = await follow_ups.before(context, question, is_private=is_private)
    return await answer(context, question, is_private=is_private, earlier=earlier)


async def answer(
    context: Context,
    question: str,
    *,
    is_private: bool,
    who: str = "",
    earlier: Writing | None = None,
) -> Reply:
    """Answer for the eyes of one person, or of all in the room.

    Args:
        context: The request.
        question: As it was asked.
        is_private: Whether the asker alone reads it.
        who: Who asked, where the room is to be told.
        earlier: The answer from which the question goes on; its readers see that one, too.
    """
    services = context.services
    if services.search.asks_for_newest(question):
        return await find(context, question, services.limit, is_private=is_private, who=who)
    request: dict[str, Any] = {"question": question, **({"who": who} if who else {})}
    if named := await _people(context, request, is_private=is_private):
        return named
    taken = None
    if earlier is not None:
        taken = await follow_ups.understood(context, question, earlier)
    text, topic = (question, "") if taken is None else (taken.text, taken.topic)
    query = await context.query(text, is_private=is_private)
    if taken is not None and earlier is not None:
        request |= await follow_ups.kept(context, taken, earlier)
    brief = replace(
        context.brief_on("progress.passages"),
        beside=topic,
        shown=_showing(context, request, is_private=is_private),
    )
    written, found = await services.answers.write(query, brief)
    is_repeat = (
        taken is not None
        and earlier is not None
        and await follow_ups.is_said(context, written, question, earlier)
    )
    written = replace(written, claims=()) if is_repeat else written
    writing = _writing(context, written, found, request, is_private=is_private)
    if is_repeat:
        writing = replace(writing, header={**writing.header, "is_repeat": True})
    if not written.is_found and (lines := await knower_lines(context, query)):
        writing = replace(writing, kind="unanswered", lines=lines)

    def controls(id: int) -> tuple[Block, ...]:
        if not written.is_found:
            return ask_community(context, id)
        return _controls(context, writing, id, is_private=is_private)

    aside = None if is_private else await beyond(context, query)
    return Reply(await context.show(writing), is_private, writing, controls, aside=aside)


async def _people(
    context: Context, request: Mapping[str, Any], *, is_private: bool
) -> Reply | None:
    """Name members who may know where they are asked for; None where they are not, or there are none."""
    follow_ups_of = context.services.answers.follow_ups
    about = await follow_ups_of.about_people(request["question"], context.brief)
    if not about:
        return None
    query = await context.query(about, is_private=is_private)
    if not (lines := await knower_lines(context, query)):
        return None
    nothing = Answer(request["question"], Method.EXTRACTED, ())
    writing = _writing(context, nothing, _NOTHING, request, is_private=is_private)
    header = {**writing.header, "asks_people": True}
    writing = replace(writing, kind="unanswered", header=header, lines=lines)
    aside = None if is_private else await beyond(context, query)
    blocks = await context.show(writing)
    return Reply(blocks, is_private, writing, lambda id: ask_community(context, id), aside=aside)


def _writing(
    context: Context, written: Answer, found: Found, request: Mapping[str, Any], *, is_private: bool
) -> Writing:
    """Return what is kept of an answer."""
    trace = {
        "is_early": found.is_early,
        "found": len(found.passages),
        "read": written.read if written.passages else len(found.passages),
        "dropped": written.dropped,
    }
    return Writing(
        community=context.community.id,
        kind="answer",
        room=context.room_id,
        member=context.member.id,
        is_private=is_private,
        request=request,
        header={**method_header(written), **({"is_near": True} if written.is_near else {})},
        trace=trace,
        lines=answer_lines(written),
    )


def _showing(
    context: Context, request: Mapping[str, Any], *, is_private: bool
) -> Callable[[Answer], None]:
    """Return what shows the claims that hold so far; links come with the whole answer."""
    is_alone = is_private and context.room.kind is not RoomKind.DIRECT

    def shown(held: Answer) -> None:
        so_far = _writing(context, held, _NOTHING, request, is_private=is_private)
        blocks = context.layout.blocks(so_far, {})
        context.shows((*blocks, context.layout.note("progress.more")), is_private=is_alone)

    return shown


def _controls(
    context: Context, writing: Writing, id: int, *, is_private: bool
) -> tuple[Block, ...]:
    """Offer to open its sources, to judge it, and to show it to the room."""
    judged = (
        Choice(f"useful:{id}", context.label("control.useful")),
        Choice(f"not_right:{id}", context.label("control.not_right")),
    )
    shown = show_room(context, id) if is_private else ()
    more = tuple(
        option for block in shown if isinstance(block, Choices) for option in block.options
    )
    return (*numbers(context, id, writing.lines), Choices((*judged, *more)))


ASK = Command(
    name="ask",
    run=ask,
    options=(
        Option("question", is_required=True, takes_rest=True, max_chars=2000, wanted="wanted.ask"),
    ),
    is_private=True,
)
