"""`questions`: open questions about a resource or a topic, for people to discuss."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.keeping import question_lines


async def questions(context: Context, values: Mapping[str, Any]) -> Reply:
    """Write questions for the room, from what all in it may read."""
    about = values["about"]
    query = await context.query(about, is_private=False)
    count = values.get("count", 5)
    written = await context.services.questions.write(query, count=count, language=context.language)
    writing = Writing(
        community=context.community.id,
        kind="questions",
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={"about": about, "count": count},
        header={},
        trace={"written": len(written)},
        lines=question_lines(written),
    )
    if not written:
        return Reply((context.say("questions.no_more", about=about),), writing=writing)
    return Reply(await context.show(writing), writing=writing)


QUESTIONS = Command(
    name="questions",
    run=questions,
    options=(
        Option("about", OptionKind.RESOURCE, is_required=True, takes_rest=True, max_chars=500),
        Option("count", OptionKind.NUMBER, maximum=12),
    ),
)
