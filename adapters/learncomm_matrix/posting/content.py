"""What a message holds, as a homeserver takes it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_matrix.posting import markup

KEY = "org.learncomm.key"
"""Names in a message the key it was posted for: by that it is found again after a cut."""
_HTML = "org.matrix.custom.html"
Content = Mapping[str, Any]


def text(blocks: Sequence[Block]) -> dict[str, Any]:
    """Return the content of a message of text; it calls whom the tree calls, and nobody else."""
    users = [account.id for account in markup.mentioned(blocks)]
    content: dict[str, Any] = {
        "msgtype": "m.text",
        "body": markup.body(blocks) or "…",
        "m.mentions": {"user_ids": users} if users else {},
    }
    if shown := markup.formatted(blocks):
        content |= {"format": _HTML, "formatted_body": shown}
    return content


def with_file(said: Content, file: Content) -> dict[str, Any]:
    """Return a message of text with a file on it; the file's name stands for a text where there is none."""
    is_silent = "formatted_body" not in said
    return {**said, **file, **({"body": file["filename"]} if is_silent else {})}


def posted(content: Content, key: str, thread: str | None, reply_to: str | None) -> dict[str, Any]:
    """Return a content as it is posted.

    Args:
        content: What it says.
        key: What it is posted for.
        thread: Id of the message with which its thread begins.
        reply_to: Id of the message that it answers.
    """
    related = _relation(thread, reply_to)
    return {**content, KEY: key, **({"m.relates_to": related} if related else {})}


def edited(content: Content, message: str) -> dict[str, Any]:
    """Return a content as it takes the place of another; to change a message calls nobody anew."""
    return {
        **content,
        "body": f"* {content['body']}",
        "m.mentions": {},
        "m.new_content": dict(content),
        "m.relates_to": {"rel_type": "m.replace", "event_id": message},
    }


def _relation(thread: str | None, reply_to: str | None) -> dict[str, Any]:
    if thread is None:
        return {"m.in_reply_to": {"event_id": reply_to}} if reply_to else {}
    return {
        "rel_type": "m.thread",
        "event_id": thread,
        "is_falling_back": reply_to is None,
        "m.in_reply_to": {"event_id": reply_to or thread},
    }
