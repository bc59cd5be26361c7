"""What a room can show, by what the agent may do there."""

from dataclasses import replace

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.errors import NotPermittedError
from learncomm_matrix.directory.state import RoomState
from learncomm_matrix.hearing.polls import UNSTABLE

MAX_TEXT = 30_000
"""Twice that, as an edit has it, and all around fit into the 64 KiB of an event."""
MAX_TEXT_ENCRYPTED = 22_500
"""The same where encryption makes four bytes of three."""
MAX_POLL_OPTIONS = 20
_MAX_CHOICES = 25
_EDITS_PER_MINUTE = 30

EVERYTHING = Capabilities(
    max_text=MAX_TEXT,
    max_parts=5,
    edits=Level.FULL,
    edits_per_minute=_EDITS_PER_MINUTE,
    deletes=Level.FULL,
    direct_messages=Level.FULL,
    replies=Level.FULL,
    buttons=Level.PARTIAL,
    max_choices=_MAX_CHOICES,
    menus=Level.PARTIAL,
    max_menu_options=_MAX_CHOICES,
    choices_per_menu=1,
    forms=Level.PARTIAL,
    max_fields=20,
    files=Level.FULL,
    images=Level.FULL,
    links=Level.FULL,
    message_links=Level.FULL,
    mentions=Level.FULL,
    reactions=Level.FULL,
    threads=Level.FULL,
    private_threads=Level.FULL,
    polls=Level.FULL,
    max_poll_options=MAX_POLL_OPTIONS,
    pins=Level.FULL,
    acknowledges=Level.FULL,
)
"""A room where the agent may do all; buttons and lists are numbers to say, forms a talk."""


def capabilities(
    state: RoomState,
    me: str,
    *,
    max_file_bytes: int,
    interval_s: float = 0,
    is_thread: bool = False,
    is_direct: bool = False,
) -> Capabilities:
    """Return what a room can show.

    Args:
        state: How it is set up.
        me: Id of our account.
        max_file_bytes: What the homeserver takes.
        interval_s: How far apart the homeserver wants what we post to be.
        is_thread: Whether it is a thread in the room.
        is_direct: Whether it is the talk with one person.
    """
    level = state.power(me)

    def may(type: str, *, is_state: bool = False) -> Level:
        return _level(level >= state.needed(type, is_state=is_state))

    posts = may("m.room.message")
    files = posts if max_file_bytes else Level.FALLBACK
    branches = Level.FALLBACK if is_thread or is_direct else posts
    often = _EDITS_PER_MINUTE if not interval_s else int(_EDITS_PER_MINUTE / max(1, interval_s))
    return replace(
        EVERYTHING,
        max_text=MAX_TEXT_ENCRYPTED if state.is_encrypted else MAX_TEXT,
        max_file_bytes=max_file_bytes,
        edits=posts,
        edits_per_minute=often if posts else 0,
        deletes=may("m.room.redaction"),
        files=files,
        images=files,
        reactions=may("m.reaction"),
        threads=branches,
        private_threads=branches,
        polls=Level.FALLBACK if is_direct else may(f"{UNSTABLE}.start"),
        pins=Level.FALLBACK if is_direct else may("m.room.pinned_events", is_state=True),
    )


def check(level: Level, room: RoomRef) -> None:
    """Let nothing be tried that a room can't do.

    Raises:
        NotPermittedError: It can't.
    """
    if level < Level.PARTIAL:
        raise NotPermittedError(f"room {room.id!r} can't do that")


def _level(is_allowed: bool) -> Level:
    return Level.FULL if is_allowed else Level.FALLBACK
