"""`questions`: open questions to discuss, about a resource, a topic, or what the group left open.

A leader gets them first, to strike, edit, reorder and add; what others ask for stands in the room.
"""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.commands.choosing import fitting, number_in
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.drafting import drafted
from learncomm_agent.commands.parsing import folded
from learncomm_agent.errors import NotFoundError
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.keeping import method_header, question_lines

LEFT_OPEN = "open"
"""In the place of a topic: what the group's talk left open."""


async def questions(context: Context, values: Mapping[str, Any]) -> Reply:
    """Write questions for the room, from what all in it may read."""
    about, resource = values["about"], None
    left_open = folded(about) == LEFT_OPEN
    if about.startswith("#") and number_in(about) is not None:  # as `about` and `forget` take it
        found = await fitting(context, about, is_private=False)
        if not found:
            raise NotFoundError("no such resource", phrase="questions.nothing")
        about, resource = found[0].title, found[0].id
    query = await context.query(about, is_private=False)
    count = values.get("count", 5)
    goal = values.get("goal", "")
    written = await context.services.questions.write(
        query,
        context.brief_on("progress.passages"),
        count=count,
        resource=resource,
        room=context.room_id,
        left_open=left_open,
        goal=goal,
        by_leader=context.member.is_leader,
    )
    if left_open:
        about = context.label("questions.left_open")
    writing = Writing(
        community=context.community.id,
        kind="questions",
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={"about": about, "count": count, **({"goal": goal} if goal else {})},
        header=method_header(written),
        trace={
            "written": len(written.questions),
            "dropped": written.dropped,
            "why_dropped": {why: count for why, count in written.why_dropped.items() if count},
            "read": written.read,
            "passages": written.passages,
        },
        lines=question_lines(written.questions),
    )
    if context.member.is_leader and writing.lines:
        return await drafted(context, writing)
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
        Option("goal", takes_words=True, max_chars=500),
    ),
)
