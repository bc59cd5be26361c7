"""`questions`: open questions about a resource or a topic, for people to discuss."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.commands.choosing import fitting, number_in
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.keeping import method_header, question_lines


async def questions(context: Context, values: Mapping[str, Any]) -> Reply:
    """Write questions for the room, from what all in it may read."""
    about, resource = values["about"], None
    if about.startswith("#") and number_in(about) is not None:  # as `about` and `forget` take it
        found = await fitting(context, about, is_private=False)
        if not found:
            raise NotFoundError("no such resource", phrase="questions.nothing")
        about, resource = found[0].title, found[0].id
    query = await context.query(about, is_private=False)
    count = values.get("count", 5)
    written = await context.services.questions.write(
        query, context.brief_on("progress.passages"), count=count, resource=resource
    )
    writing = Writing(
        community=context.community.id,
        kind="questions",
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={"about": about, "count": count},
        header=method_header(written),
        trace={
            "written": len(written.questions),
            "dropped": written.dropped,
            "read": written.read,
            "passages": written.passages,
        },
        lines=question_lines(written.questions),
    )
    return Reply(await context.show(writing), writing=writing)


QUESTIONS = Command(
    name="questions",
    run=questions,
    options=(
        Option(
            "about",
            OptionKind.RESOURCE,
            is_required=True,
            takes_rest=True,
            max_chars=500,
            wanted="wanted.questions",
        ),
        Option("count", OptionKind.NUMBER, maximum=12),
    ),
)
