"""What a group promised since it met last, above its next session: what is done, what is open, and by whom."""

from collections.abc import Iterator, Sequence
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Heading,
    Link,
    Listing,
    MessageLink,
    Paragraph,
    Span,
    Text,
)
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.placeholders import load
from learncomm_agent.storage.actions import State
from learncomm_agent.storage.lines import BESIDE
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.results import Links
from learncomm_agent.writing.voice import Voice

PROMISED = "promised"
"""The kind of writing, and the section of its lines."""
TOLD = "told promises"
"""The kind of writing, and the section of its lines, by which one member is told of some, or asked."""
TALK = "talk again"
"""The kind of writing by which a decision is put to its room once more."""


def opening_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show what is done and what is open, with what each rests on; nothing where nothing is left."""
    if not writing.lines:
        return () if writing.lost else (voice.note("writing.gone"),)
    blocks: list[Block] = [Heading(voice.phrase("actions.opening"))]
    for is_done, heading in ((True, "actions.opening_done"), (False, "actions.opening_open")):
        lines = [each for each in writing.lines if (each.content["state"] == State.DONE) == is_done]
        if lines:
            items = tuple(tuple(_spans(voice, each, links)) for each in lines)
            blocks += [voice.say(heading, count=len(lines)), Listing(items)]
    return tuple(blocks)


def told_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show rows, or paragraphs with their buttons, as far as what each rests on is there."""
    if not writing.lines:
        return () if writing.lost else (voice.note("writing.gone"),)
    header = writing.header
    blocks: list[Block] = [Paragraph((Text(header["head"]),))] if header.get("head") else []
    notes = [Paragraph((Text(each),)) for each in header.get("notes", ())]
    rows = [tuple(_told(each)) for each in writing.lines if each.content["is_row"]]
    blocks += [Listing(tuple(rows)), *notes] if rows else []
    for line in writing.lines:
        if line.section == BESIDE:
            blocks += load(line.content["post"]).blocks
        elif not line.content["is_row"]:
            blocks.append(Paragraph(tuple(_told(line))))
        blocks += _acts(line.content["acts"])
    return (*blocks, *(() if rows else notes), *_acts(header.get("acts", ())))


def _told(line: Line) -> Iterator[Span]:
    content = line.content
    yield Text(content["text"])
    links = [
        Link(label, to) if isinstance(to, str) else MessageLink(label, _ref(to))
        for label, to in content["links"]
    ]
    yield from aside(links)


def aside(links: Sequence[Span]) -> Iterator[Span]:
    """Yield links behind what they belong to, in parentheses."""
    for n, link in enumerate(links):
        yield from (Text(" · " if n else " ("), link)
    if links:
        yield Text(")")


def _ref(record: Sequence[str]) -> MessageRef:
    platform, space, room, id = record
    return MessageRef(RoomRef(SpaceRef(platform, space), room), id)


def _acts(acts: Sequence[Sequence[Any]]) -> tuple[Block, ...]:
    return (Choices(tuple(Choice(*each) for each in acts)),) if acts else ()


def talk_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Ask a room to talk about a decision once more, as long as what it rests on is there."""
    if not writing.lines:
        return () if writing.lost else (voice.note("writing.gone"),)
    line = writing.lines[0]
    said = Text(voice.phrase("decisions.talk", words=line.content["text"]))
    return (Paragraph((said, *_link(voice, line, links))),)


def _spans(voice: Voice, line: Line, links: Links) -> Iterator[Span]:
    content = line.content
    is_taken = content["state"] in (State.ACCEPTED, State.DONE)
    words, who = content["text"], content["who"]
    yield Text(voice.phrase("actions.opening_row", words=words, who=who, is_taken=is_taken))
    yield from _link(voice, line, links)


def _link(voice: Voice, line: Line, links: Links) -> tuple[Span, ...]:
    held = (each.message for each in line.evidence if each.message)
    ref = next((links[id] for id in held if id in links), None)
    return () if ref is None else tuple(aside([MessageLink(voice.phrase("actions.where"), ref)]))
