"""What a post of a writing shows now, made from the store alone: for its readers, or for those who look it over."""

from datetime import UTC
from zoneinfo import ZoneInfo

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import (
    communities,
    drafts,
    edits,
    messages,
    posts,
    rooms,
    session_traces,
)
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.drafts import Draft, State
from learncomm_agent.storage.writings import Writing
from learncomm_agent.words import Words
from learncomm_agent.writing.draft_layout import draft_blocks
from learncomm_agent.writing.elsewhere import in_words
from learncomm_agent.writing.layout import Layout, evidence_entries, evidence_messages
from learncomm_agent.writing.results import Links
from learncomm_agent.writing.taking import SHOWN_IN, takers


def links_of(conn: Connection, writing: Writing) -> Links:
    """Return where that is on which the lines of a writing rest: messages, and posts of ours.

    A post that has shown an entry of a session is found by the number of the entry, below zero.
    """
    said = messages.refs(conn, evidence_messages(writing))
    session, entries = writing.trace.get("session"), evidence_entries(writing)
    if session is None or writing.room is None or not entries:
        return said
    shown = session_traces.shown(conn, session, writing.room, entries)
    refs = posts.refs(conn, set(shown.values()))
    return {**said, **{-id: refs[by] for id, by in shown.items() if by in refs}}


class Showing:
    """Lays writings out once more."""

    def __init__(self, words: Words) -> None:
        """Take what it needs."""
        self._words = words

    def blocks(self, conn: Connection, writing: Writing) -> tuple[Block, ...]:
        """Return what a writing shows to its readers, with what leaders made of its lines."""
        writing = edits.applied(conn, writing)
        layout = self._layout(conn, writing)
        blocks = layout.blocks(writing, links_of(conn, writing))
        return (*blocks, *(takers(conn, layout, writing) if writing.kind in SHOWN_IN else ()))

    def draft(self, conn: Connection, writing: Writing, draft: Draft) -> tuple[Block, ...]:
        """Return what a draft shows to those who look it over, with its controls."""
        writing = edits.applied(conn, writing)
        links = links_of(conn, writing)
        room = "" if writing.room is None else rooms.get(conn, writing.room).name
        return draft_blocks(self._layout(conn, writing), writing, links, draft, room)

    def post_on(
        self, conn: Connection, writing: Writing, key: str, platform: str
    ) -> tuple[Block, ...]:
        """Return what the post of a key shows of a writing to its readers on a platform."""
        blocks = self.post(conn, writing, key)
        return in_words(conn, blocks, platform, self._layout(conn, writing))

    def post(self, conn: Connection, writing: Writing, key: str) -> tuple[Block, ...]:
        """Return what the post of a key shows of a writing."""
        draft = drafts.get(conn, writing.id)
        if draft is not None and not drafts.is_published_by(draft, key):
            return self.draft(conn, writing, draft)
        if draft is not None and draft.state is State.DROPPED:  # forgotten while it was being sent
            return self.gone(conn, writing.community)
        return self.blocks(conn, writing)

    def gone(self, conn: Connection, community: CommunityId) -> tuple[Block, ...]:
        """Return what is shown in the place of a writing that is not there any more."""
        return (self._plainly(conn, community).say("writing.gone"),)

    def closed(self, conn: Connection, community: CommunityId) -> tuple[Block, ...]:
        """Return what is shown of a draft where not all may read what it is about."""
        return (self._plainly(conn, community).note("draft.closed"),)

    def _layout(self, conn: Connection, writing: Writing) -> Layout:
        words = self._words.for_community(communities.get(conn, writing.community).slug)
        trace = writing.trace
        return Layout(words, trace["language"], ZoneInfo(trace["zone"]), trace.get("sign", ""))

    def _plainly(self, conn: Connection, community: CommunityId) -> Layout:
        known = communities.get(conn, community)
        return Layout(self._words.for_community(known.slug), known.language, UTC)
