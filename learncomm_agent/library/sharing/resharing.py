"""A message that was shared and then edited: the library holds its new words, never the old ones."""

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.reading import read_message
from learncomm_agent.storage import messages, resources, shares
from learncomm_agent.storage.database import Connection

TITLE_CHARS = 60


class Resharing:
    """Brings the resources that were made from a message up to date with it."""

    def __init__(self, adding: Adding, forgetting: Forgetting) -> None:
        """Take what it needs."""
        self._adding = adding
        self._forgetting = forgetting

    def edited(self, conn: Connection, community: CommunityId, message: MessageId) -> None:
        """Follow an edit, in its transaction: the next revision, or nothing where no words are left."""
        text, _ = messages.texts(conn, [message]).get(message, ("", 0))
        for resource, share in shares.of_message(conn, message):
            source, title = resources.named(conn, resource)
            author = title.split(": ", 1)[0]
            try:
                reading = read_message(source, text, f"{author}: {title_of(text)}")
            except UnreadableResourceError:  # edited to nothing that can be read
                self._forgetting.resource(conn, community, resource)
                continue
            self._adding.keep(conn, community, reading, share)


def title_of(text: str) -> str:
    """Return the first line of a text, cut at a word."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= TITLE_CHARS:
        return line
    return line[:TITLE_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"
