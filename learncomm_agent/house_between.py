"""The services of what happens between sessions, made in the order in which they need each other."""

from typing import TYPE_CHECKING

from learncomm_agent.chat.posting import Posting
from learncomm_agent.house_library import LibraryWing
from learncomm_agent.storage.directory import Directory

if TYPE_CHECKING:
    from learncomm_agent.house_chat import Ground


class BetweenWing:
    """The fourth part of the house."""

    def __init__(
        self, ground: "Ground", library: LibraryWing, directory: Directory, posting: Posting
    ) -> None:
        """Make them; nothing is opened yet."""
