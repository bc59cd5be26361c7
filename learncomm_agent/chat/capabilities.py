"""What a room can show, as data: levels and limits. An adapter that says nothing can do nothing."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How well a platform can do a thing."""

    REJECTED = -2
    """Asking for it is an error."""
    DROPPED = -1
    """It vanishes without a word."""
    FALLBACK = 0
    """Not there; the core puts something else in its place."""
    PARTIAL = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one room can show, and its limits. An adapter that says nothing can do nothing."""

    max_text: int = 2000
    """Longest text of one message, in the unit of `Platform.length`."""
    max_parts: int = 5
    """Longer than so many messages, a text goes as a file where files are possible."""
    edits: Level = Level.FALLBACK
    edits_per_minute: int = 0
    """How often posts of this room may be changed; below two, nothing shows how far an answer is."""
    deletes: Level = Level.FALLBACK
    private_replies: Level = Level.FALLBACK
    """Replies that one person sees, in the room where they asked."""
    direct_messages: Level = Level.FALLBACK
    replies: Level = Level.FALLBACK
    """Showing which message a post answers."""
    buttons: Level = Level.FALLBACK
    max_choices: int = 0
    menus: Level = Level.FALLBACK
    """Lists to pick one or several things from."""
    max_menu_options: int = 0
    choices_per_menu: int = 0
    """So many of `max_choices` a list takes the place of."""
    forms: Level = Level.FALLBACK
    """Several questions at once; they open when somebody presses or calls something."""
    max_fields: int = 0
    files: Level = Level.FALLBACK
    max_file_bytes: int = 0
    images: Level = Level.FALLBACK
    links: Level = Level.FALLBACK
    """Links with a text of their own; otherwise the address is written out."""
    message_links: Level = Level.FALLBACK
    mentions: Level = Level.FALLBACK
    local_times: Level = Level.FALLBACK
    reactions: Level = Level.FALLBACK
    threads: Level = Level.FALLBACK
    private_threads: Level = Level.FALLBACK
    """Threads that only those who were brought in can read."""
    polls: Level = Level.FALLBACK
    """Polls of the platform's own, where everyone sees who voted for what."""
    max_poll_options: int = 0
    scheduled_events: Level = Level.FALLBACK
    """Entries in a calendar of the platform's own."""
    pins: Level = Level.FALLBACK
    acknowledges: Level = Level.FALLBACK
    """Showing at once that an answer is being made."""
