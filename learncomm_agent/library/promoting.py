"""Answers that are kept in the library, for as long as there is something that they rest on."""

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.resources import Reading, ResourceId, ResourceKind, Section, Share
from learncomm_agent.library.sharing.resharing import title_of
from learncomm_agent.storage import promoted, resources, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Line


class Promoting:
    """Makes resources of answers, and keeps them in step with the lines that are left."""

    def __init__(self, adding: Adding, forgetting: Forgetting) -> None:
        """Take what it needs, and have it told when lines have gone."""
        self._adding = adding
        forgetting.revise_answer = self._revise

    def keep(self, conn: Connection, community: CommunityId, writing: int, share: Share) -> bool:
        """Make a resource of an answer as it stands now; return whether there was none yet.

        Nothing is made of one of which no line is left.
        """
        if promoted.kept(conn, community, writing) is not None:
            return False
        return self._write(conn, community, writing, share)

    def _revise(self, conn: Connection, community: CommunityId, resource: ResourceId) -> bool:
        """Write a resource anew from the lines that are left; return whether any is."""
        share = promoted.share_of(conn, resource)
        source, _ = resources.named(conn, resource)
        return share is not None and self._write(
            conn, community, promoted.writing_of(source), share
        )

    def _write(self, conn: Connection, community: CommunityId, id: int, share: Share) -> bool:
        writing = writings.get(conn, id, community)
        if writing is None or not writing.lines:
            return False
        lines = writing.lines
        question = writing.request.get("question", "")
        title = title_of(question or lines[0].content["text"])
        # The title is searched as well: a question that it holds whole need not stand there twice.
        asked = [question, ""] if question and title != question else []
        text = "\n".join((*asked, *map(_said, lines)))
        source = promoted.source_of(id)
        reading = Reading(source, ResourceKind.ANSWER, title, (Section(text),))
        self._adding.keep(conn, community, reading, share)
        return True


def _said(line: Line) -> str:
    """Return a line with who said it before it, where a member did, and its source behind it."""
    content = line.content
    place = f" › {content['place']}" if content["place"] else ""
    who = f"{content['said_by']}: " if content.get("said_by") else ""
    return f"- {who}{content['text']} ({content['title']}{place})"
