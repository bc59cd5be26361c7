"""What is posted besides answers and shows words that may be forgotten.

Thanks for what was shared, and questions that somebody had put to the whole room.
"""

from collections.abc import Mapping

from learncomm_agent.chat.outgoing import Block, Paragraph, Quote, Text
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.voice import Voice

THANKS = "thanks"
CALL = "call"


def thanks_lines(title: str, revisions: Mapping[int, int]) -> tuple[Line, ...]:
    """Return the line of a thanks: the title, resting on the resources that may bear it."""
    held = tuple(
        Evidence("", revision, resource=ResourceId(resource))
        for resource, revision in revisions.items()
    )
    if not held:
        return ()
    return (Line(THANKS, {"title": title}, held),)


def thanks_blocks(voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Say what was added, as long as it is there."""
    said = writing.header
    return tuple(
        voice.say(
            said["key"], title=line.content["title"], more=said["more"], passages=said["passages"]
        )
        for line in writing.lines
    )


def call_blocks(voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Put a question to a room in somebody's name, as long as they wish it."""
    asked = writing.request.get("question")
    if asked is None:
        return (voice.note("control.asked_gone"),)
    return (
        voice.say("control.asks", who=writing.request["who"]),
        Quote((Text(asked),)),
        Paragraph(voice.note("control.asks_hint").spans),
    )
