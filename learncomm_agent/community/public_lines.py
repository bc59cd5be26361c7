"""What anybody may read of a summary or a room's links: without the names of who did not agree to be named."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from learncomm_agent.caring.names import Names
from learncomm_agent.caring.public_page import Entry, Part, clean, is_for_all, without_names
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import Community, MemberId
from learncomm_agent.storage import publications, rooms, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.publications import Publication
from learncomm_agent.storage.writings import Line
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.layout import Layout

_Speakers = Mapping[int, tuple[str, bool, bool]]


@dataclass(slots=True)
class Shown:
    """What is shown of one thing."""

    title: str = ""
    parts: tuple[Part, ...] = ()
    hidden: set[str] = field(default_factory=set)
    """The names that stand in its words, shown or not, and are not to be read."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All its lines."""
        return tuple(entry for part in self.parts for entry in part.entries)


class Lines:
    """Takes them out of the store, in one transaction."""

    def __init__(
        self,
        conn: Connection,
        community: Community,
        layout: Layout,
        gone: MemberId | None = None,
    ) -> None:
        """Take what it needs, and look up who is not to be named.

        Args:
            conn: The transaction.
            community: Whose page it is.
            layout: Makes sentences.
            gone: A member who is about to be forgotten, and named no more.
        """
        self._conn = conn
        self._community = community.id
        self._layout = layout
        cues = layout.words.table("cues", language=layout.language) or {}
        self._common = frozenset(str(cues.get("stopwords", "")).split())
        called = publications.hidden_names(conn, community.id, gone)
        self._names = Names(called, self._common)
        self._places = publications.places(conn, community.id)
        self._member = layout.phrase("public.a_member")

    def of(self, it: Publication) -> Shown:
        """Return what may be read of something on the page; a name that was hidden there stays hidden."""
        if it.writing is not None:
            return self.summary(it.writing, it.hidden)
        assert it.room is not None
        return self.links(it.room, it.hidden)

    def summary(self, id: int, hidden: Collection[str] = ()) -> Shown:
        """Return the title of a published summary, and its lines; no lines where it stands in no room any more."""
        writing = publications.publishable(self._conn, self._community, id)
        if writing is None:
            return Shown(hidden={*hidden})
        mask = self._mask(hidden)
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
            entries = (self._entry(line, speakers, mask) for line in lines)
            there = tuple(each for each in entries if each is not None and each.text)
            if there:
                found.append(Part(self._layout.phrase(f"summary.{kind}"), there))
        # Also what is left out, or said otherwise, now: a leader may think better of it.
        first = writings.get(self._conn, id, self._community)
        for line in (*writing.lines, *(() if first is None else first.lines)):
            mask(self._layout.statement(line))
        return Shown(mask(str(writing.header["title"])), tuple(found), mask.named)

    def links(self, room: RoomId, hidden: Collection[str] = ()) -> Shown:
        """Return the pages that were shared with a room; none whose address is not for everybody."""
        mask = self._mask(hidden)
        there = publications.links_of(self._conn, self._community, room)
        found = [(mask(title), address, is_there) for title, address, is_there in there]
        entries = tuple(
            Entry(title, url=address)
            for title, address, is_there in found
            if is_there and mask.leaves(address)
        )
        parts = (Part(self._layout.phrase("public.links"), entries),) if entries else ()
        called = self._layout.phrase("public.links_of", room=rooms.get(self._conn, room).name)
        return Shown(mask(called), parts, mask.named)

    def _mask(self, hidden: Collection[str]) -> "_Mask":
        names = Names(hidden, self._common, beside=self._names)
        return _Mask(names, self._member, self._places)

    def _entry(self, line: Line, speakers: _Speakers, mask: "_Mask") -> Entry | None:
        """Return what may be read of a line; None where it is not for everybody."""
        content = line.content
        if content.get("is_struck"):
            return None
        said = (each.message for each in line.evidence if each.message is not None)
        by = [speakers[message] for message in said if message in speakers]
        if not all(takes_part for _, _, takes_part in by):
            return None  # who is read for summaries alone is not quoted beyond the chat
        if line.section == MENTIONED and not content.get("is_edited"):
            url = str(content["text"])
            return Entry(clean(url), url=url) if mask.leaves(url) else None
        return Entry(mask(self._layout.statement(line)), self._beside(content, by))

    def _beside(self, content: Any, by: list[tuple[str, bool, bool]]) -> str:
        """Say who said it, where they agreed to be named."""
        if content.get("is_added") or content.get("is_edited") or not by:
            return ""
        name, is_named, _ = by[0]
        return self._layout.phrase("public.by", who=name if is_named else self._member)


class _Mask:
    """Takes names out of the words of one thing, and knows which stood there."""

    def __init__(self, names: Names, instead: str, places: Collection[str]) -> None:
        self._names = names
        self._instead = instead
        self._places = places
        self.named: set[str] = set()
        self._shown: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return a text as anybody may read it."""
        if text in self._shown:
            return self._shown[text]
        shown, named = without_names(clean(text), self._names, self._instead, places=self._places)
        self.named |= named
        self._shown[text] = shown
        return shown

    def leaves(self, address: str) -> bool:
        """Whether an address is for everybody."""
        named = self._names.in_address(address)
        self.named |= named
        return not named and is_for_all(address, self._places)
