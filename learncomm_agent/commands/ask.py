"""`ask`: an answer from the library, each line with its source."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.commands.beyond import beyond
from learncomm_agent.commands.choosing import numbers
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.commands.search import ask_community, find, show_room
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.keeping import answer_lines, method_header


async def ask(context: Context, values: Mapping[str, Any]) -> Reply:
    """Answer from the library, to the asker alone when asked by command."""
    return await answer(context, values["question"], is_private=context.via is Via.FORM)


async def answer(context: Context, question: str, *, is_private: bool, who: str = "") -> Reply:
    """Answer for the eyes of one person, or of all in the room; there it may say who asked."""
    services = context.services
    if services.search.asks_for_newest(question):
        return await find(context, question, services.limit, is_private=is_private, who=who)
    query = await context.query(question, is_private=is_private)
    answer, found = await services.answers.write(query, context.brief_on("progress.passages"))
    writing = Writing(
        community=context.community.id,
        kind="answer",
        room=context.room_id,
        member=context.member.id,
        is_private=is_private,
        request={"question": question, **({"who": who} if who else {})},
        header=method_header(answer),
        trace={
            "is_early": found.is_early,
            "found": len(found.passages),
            "read": answer.read if answer.passages else len(found.passages),
            "dropped": answer.dropped,
        },
        lines=answer_lines(answer),
    )

    def controls(id: int) -> tuple[Block, ...]:
        if not answer.is_found:
            return ask_community(context, id)
        judged = (
            Choice(f"useful:{id}", context.label("control.useful")),
            Choice(f"not_right:{id}", context.label("control.not_right")),
        )
        shown = show_room(context, id) if is_private else ()
        more = tuple(
            option for block in shown if isinstance(block, Choices) for option in block.options
        )
        return (*numbers(context, id, writing.lines), Choices((*judged, *more)))

    aside = None if is_private else await beyond(context, query)
    return Reply(await context.show(writing), is_private, writing, controls, aside=aside)


ASK = Command(
    name="ask",
    run=ask,
    options=(
        Option("question", is_required=True, takes_rest=True, max_chars=2000, wanted="wanted.ask"),
    ),
    is_private=True,
)
