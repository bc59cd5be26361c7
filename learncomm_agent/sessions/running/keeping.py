"""Carries out `keep`: what members brought goes into the library, shared by them with the session's room."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.reading import read_message
from learncomm_agent.library.resources import Share
from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.library.sharing.resharing import title_of
from learncomm_agent.library.web.pages import Pages
from learncomm_agent.sessions.effects import Keep
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.running.speaking import stands
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.storage import members
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.resources import Content
from learncomm_agent.work import Commit

LIBRARY = "library"


@dataclass(frozen=True, slots=True)
class _Brought:
    """What an entry brings."""

    entry: Entry
    addresses: tuple[str, ...] = ()
    comment: str = ""
    note: Content | None = None


class Keeping:
    """Keeps links and notes."""

    def __init__(self, sessions: Sessions, pages: Pages, adding: Adding) -> None:
        """Take what it needs."""
        self._sessions = sessions
        self._pages = pages
        self._adding = adding

    async def carry(self, row: stored.Row, session: Session, effect: Keep) -> Commit:
        """Have pages fetched behind links, and keep other texts as notes."""
        found = [] if effect.what != LIBRARY else [session.entries.get(id) for id in effect.entries]
        entries = [each for each in found if each is not None and not each.is_struck]
        brought = await asyncio.to_thread(self._brought, entries)

        def commit(conn: Connection) -> None:
            fresh = stored.get(conn, row.id)
            if fresh is None:
                return
            now = load(fresh.content)
            kept = [self._keep(conn, fresh, now, each) for each in brought]
            if effect.id in now.awaits:
                done = Done(effect.id, {"kept": sum(kept)}, is_failed=not any(kept))
                self._sessions.apply(conn, row.id, done)

        return commit

    def _brought(self, entries: Sequence[Entry]) -> list[_Brought]:
        """Return what entries bring; nothing of those without a word. Blocks."""
        found = []
        for entry in entries:
            links = links_in(entry.text)
            if links.addresses:
                found.append(_Brought(entry, links.addresses, links.rest))
                continue
            # By its words, so that the same note of two members is one resource that both have shared.
            source = f"note:{sha256(entry.text.encode()).hexdigest()[:16]}"
            try:
                reading = read_message(source, entry.text, title_of(entry.text))
            except UnreadableResourceError:
                continue
            found.append(_Brought(entry, note=self._adding.cut_now(reading)))
        return found

    def _keep(self, conn: Connection, row: stored.Row, now: Session, brought: _Brought) -> bool:
        """Keep what an entry brings, if it is there still and its member is known; return whether it was."""
        entry = now.entries.get(brought.entry.id)
        if entry is None or entry.is_struck or entry.text != brought.entry.text:
            return False
        if not stands(conn, entry):
            return False
        by = None if entry.by is None else MemberId(entry.by)
        if by is not None and members.get(conn, by).consent is not Consent.IN:
            return False
        message = None if entry.message is None else MessageId(entry.message)
        share = Share(row.room, by, message, brought.comment)
        for address in brought.addresses:
            self._pages.plan(conn, row.community, address, share)
        if brought.note is not None:
            self._adding.keep_cut(conn, row.community, brought.note, share)
        return True
