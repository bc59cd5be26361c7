"""Links that can't be opened where they are read: to messages on another platform, told in words instead."""

from dataclasses import replace

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import (
    Block,
    Listing,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Text,
)
from learncomm_agent.storage import messages, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.voice import Voice


def in_words(
    conn: Connection, blocks: tuple[Block, ...], platform: str, voice: Voice
) -> tuple[Block, ...]:
    """Return blocks for readers on a platform: of links to another one, the room and the day stand there."""

    def told(span: Span) -> Span:
        if not isinstance(span, MessageLink) or span.ref.room.platform == platform:
            return span
        return Text(_where(conn, span, voice))

    def worded(block: Block) -> Block:
        match block:
            case Paragraph(spans=spans) | Quote(spans=spans):
                return replace(block, spans=tuple(map(told, spans)))
            case Listing(items=items):
                return replace(block, items=tuple(tuple(map(told, item)) for item in items))
            case _:
                return block

    return tuple(map(worded, blocks))


def _where(conn: Connection, link: MessageLink, voice: Voice) -> str:
    """Say what a link is called, and where and when it was said."""
    room, at = _said(conn, link.ref)
    values = {"label": link.text, "room": room, "platform": link.ref.room.platform}
    if at is None:
        return voice.phrase("link.elsewhere", **values)
    return voice.phrase("link.elsewhere_at", at=voice.local(at), **values)


def _said(conn: Connection, ref: MessageRef) -> tuple[str, str | None]:
    """Return the name of the room of a message, and when it was posted where that is known."""
    id = rooms.find(conn, [ref.room]).get(ref.room)
    if id is None:
        return ref.room.id, None
    found = messages.find(conn, id, ref.id)
    return rooms.get(conn, id).name, None if found is None else found.posted_at.isoformat()
