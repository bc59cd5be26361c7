"""What anybody may read of a summary or a room's links: without the names of who did not agree to be named."""

from typing import Any

from learncomm_agent.caring.public_page import (
    Entry,
    Part,
    clean,
    leads_into_chat,
    without_names,
)
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import Community
from learncomm_agent.storage import publications
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Line
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.layout import Layout


class Lines:
    """Takes them out of the store, in one transaction."""

    def __init__(self, conn: Connection, community: Community, layout: Layout) -> None:
        """Take what it needs, and look up who is not to be named."""
        self._conn = conn
        self._community = community.id
        self._layout = layout
        self._names = publications.hidden_names(conn, community.id)
        self._places = publications.places(conn, community.id)
        cues = layout.words.table("cues", language=layout.language) or {}
        self._common = frozenset(str(cues.get("stopwords", "")).split())
        self._member = layout.phrase("public.a_member")

    def summary(self, id: int) -> tuple[str, tuple[Part, ...]]:
        """Return the title of a published summary, and its lines; no lines where it stands in no room any more."""
        writing = publications.publishable(self._conn, self._community, id)
        if writing is None:
            return "", ()
        held = {each.message for line in writing.lines for each in line.evidence if each.message}
        speakers = publications.speakers_of(self._conn, self._community, held)
        records = {
            each.resource for line in writing.lines for each in line.evidence if each.resource
        }
        reserved = publications.reserved(self._conn, records)
        found = []
        for kind in (*ItemKind, MENTIONED):
            lines = [
                line
                for line in writing.lines
                if line.section == kind
                and reserved.isdisjoint(each.resource for each in line.evidence)
            ]
            entries = (self._entry(line, speakers) for line in lines)
            there = tuple(each for each in entries if each is not None and each.text)
            if there:
                found.append(Part(self._layout.phrase(f"summary.{kind}"), there))
        return self.named(str(writing.header["title"])), tuple(found)

    def links(self, room: RoomId) -> tuple[Part, ...]:
        """Return the pages that were shared with a room."""
        there = publications.links_of(self._conn, self._community, room)
        entries = tuple(
            Entry(self.named(title), url=address)
            for title, address in there
            if not leads_into_chat(address, self._places)
        )
        return (Part(self._layout.phrase("public.links"), entries),) if entries else ()

    def _entry(self, line: Line, speakers: dict[int, tuple[str, bool, bool]]) -> Entry | None:
        """Return what may be read of a line; None where it is not for everybody."""
        content = line.content
        if content.get("is_struck"):
            return None
        by = [speakers[each.message] for each in line.evidence if each.message in speakers]
        if not all(takes_part for _, _, takes_part in by):
            return None  # who is read for summaries alone is not quoted beyond the chat
        if line.section == MENTIONED and not content.get("is_edited"):
            url = str(content["text"])
            is_open = url.startswith(("http://", "https://"))
            if not is_open or leads_into_chat(url, self._places):
                return None
            return Entry(clean(url), url=url)
        return Entry(self.named(self._layout.statement(line)), self._beside(content, by))

    def _beside(self, content: Any, by: list[tuple[str, bool, bool]]) -> str:
        """Say who said it, where they agreed to be named."""
        if content.get("is_added") or content.get("is_edited") or not by:
            return ""
        name, is_named, _ = by[0]
        return self._layout.phrase("public.by", who=name if is_named else self._member)

    def named(self, text: str) -> str:
        """Return a text as anybody may read it."""
        return without_names(
            clean(text), self._names, self._member, places=self._places, common=self._common
        )
