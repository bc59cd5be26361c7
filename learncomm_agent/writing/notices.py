"""What is posted besides answers and shows words that may be forgotten.

Thanks for what was shared, questions that somebody had put to the whole room, members' thanks.
"""

import re
from collections.abc import Mapping, Sequence

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Mention, MessageLink, Paragraph, Quote, Span, Text
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.voice import Voice

THANKS = "thanks"
CALL = "call"
_RECEIVER, _MESSAGE = "\ue000", "\ue001"
"""Stand in a sentence for what is no text; nobody can write them into one."""


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


def gratitude_blocks(
    voice: Voice, writing: Writing, links: Mapping[int, MessageRef]
) -> tuple[Block, ...]:
    """Say who thanks whom and what for, as long as both wish it and what it is for is there."""
    said = writing.request
    if not said:
        return () if writing.lost else (voice.note("writing.gone"),)
    held = (each.message for line in writing.lines for each in line.evidence if each.message)
    ref = next((links[id] for id in held if id in links), None) or _placed(said.get("at"))
    sentence = voice.phrase(
        "thank.line",
        giver=_unmarked(said["who"]),
        receiver=_RECEIVER,
        message="" if ref is None else _MESSAGE,
        why=_unmarked(said["why"]),
    )
    spans: dict[str, Span] = {_RECEIVER: Mention(AccountRef(*said["ref"]), said["name"])}
    if ref is not None:
        spans[_MESSAGE] = MessageLink(voice.phrase("thank.message"), ref)
    parts = re.split(f"([{_RECEIVER}{_MESSAGE}])", sentence)
    return (Paragraph(tuple(spans.get(part, Text(part)) for part in parts if part)),)


def _placed(at: Sequence[str] | None) -> MessageRef | None:
    if at is None:
        return None
    platform, space, room, message = at
    return MessageRef(RoomRef(SpaceRef(platform, space), room), message)


def _unmarked(text: str) -> str:
    return re.sub(f"[{_RECEIVER}{_MESSAGE}]", "", text)
