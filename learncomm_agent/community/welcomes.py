"""A word of welcome for who is new, in private and once: what matters here, as far as they may read it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from learncomm_agent.chat.outgoing import Block, Link, Listing, Paragraph, Span, Style, Text
from learncomm_agent.chat.people import Account, CommunityId, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.community.spaces import is_named
from learncomm_agent.storage import digests, goals, newly_shared, state
from learncomm_agent.storage.cards import Entry
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.resources import is_page
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.results import TITLE_CHARS
from learncomm_agent.writing.voice import Voice

WELCOME = "welcome"
NEW = timedelta(days=3)
"""Whoever has been here for longer needs no welcome, even if I meet them only now."""
SOON, EXPIRES = timedelta(minutes=10), timedelta(days=2)
_MOST_SESSIONS = 3
_SWITCH = "welcome:"
_ONCE = 0
"""The subject: there is one welcome."""


class Welcomes:
    """Sends them where leaders wish it. The functions that take a `conn` belong in a transaction."""

    def __init__(self, directory: Directory, nudges: Nudges, clock: Clock) -> None:
        """Take what it needs, and hear of who is met for the first time."""
        self._nudges = nudges
        self._clock = clock
        nudges.handle(WELCOME, self._tell, rank=1)
        directory.met = self._met

    def switch(self, conn: Connection, community: CommunityId, *, is_on: bool) -> None:
        """Keep whether new members are welcomed."""
        state.put(conn, f"{_SWITCH}{community}", {"is_on": is_on}, self._clock.now())

    def is_on(self, conn: Connection, community: CommunityId) -> bool:
        """Whether leaders wish that new members are welcomed; not before they say so."""
        found = state.get(conn, f"{_SWITCH}{community}")
        return found is not None and bool(found[0]["is_on"])

    def _met(
        self, conn: Connection, community: CommunityId, member: MemberId, account: Account
    ) -> None:
        """Have somebody welcomed who came lately; of others nobody knows that they are new."""
        now = self._clock.now()
        is_new = account.since is not None and now - account.since <= NEW
        if account.is_bot or not is_new or not self.is_on(conn, community):
            return
        self._nudges.add(conn, community, member, WELCOME, _ONCE, now + SOON, expires=now + EXPIRES)

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Say what matters here; nothing where leaders wish that no more."""
        community, voice, readable = listener.community, listener.voice, listener.readable
        if not self.is_on(conn, community.id):
            return None
        goal = goals.of(conn, community.id)
        blocks: list[Block] = [
            voice.say(
                "welcome.line",
                name=listener.member.name,
                community=community.name if is_named(community) else "",
                goal=goal,
            )
        ]
        used = newly_shared.used_most(conn, community.id, readable)
        if shown := used or newly_shared.newest(conn, community.id, readable):
            head = voice.say("welcome.resources" if used else "welcome.shared")
            blocks += [head, Listing(tuple(_named(each) for each in shown))]
        running = digests.coming(conn, community.id, listener.now, readable)[:_MOST_SESSIONS]
        if running:
            lines = (_session(voice, each.content) for each in running)
            blocks += [
                voice.say("welcome.sessions"),
                Listing(tuple((Text(each),) for each in lines)),
            ]
        blocks.append(Paragraph((Text(voice.phrase("welcome.kept"), Style.EMPHASIS),)))
        return Told(tuple(blocks))


def _session(voice: Voice, content: Mapping[str, Any]) -> str:
    at = None if content["at"] is None else voice.local(content["at"])
    return voice.phrase("digest.next", title=content["title"], room=content["room"], at=at)


def _named(entry: Entry) -> tuple[Span, ...]:
    title, address = snippet(entry.title, TITLE_CHARS), entry.address or entry.source
    return (Link(title, address) if is_page(address) else Text(title),)
