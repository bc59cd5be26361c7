"""Plain text."""

from learncomm_agent.library.readers.cleaning import clean, decoded, name_title
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.resources import Reading, ResourceKind, Section


def text_reading(name: str, content: bytes) -> Reading:
    """Read a plain text: one section, the file's name as title.

    Raises:
        UnreadableResourceError: It holds no visible character.
    """
    cleaned = clean(decoded(name, content))
    if not cleaned:
        raise unreadable(name, "holds no text", "unreadable_empty")
    return Reading(name, ResourceKind.TEXT, name_title(name), (Section(cleaned),))
