"""A session opens with what its room promised before: what is done, what is open, and by whom."""

from datetime import datetime, timedelta

from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.sessions.running.speaking import Speaking
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import actions, ballots, rooms, writings
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.actions import State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import Promised, promised
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.promised_posts import PROMISED

MOST = 8
"""So many of each are named."""
_SINCE = timedelta(days=60)
"""How far back it looks where there was no session in the room before."""


class Opening:
    """Posts it as a session begins, before anything else; nothing where nothing was promised."""

    def __init__(self, posting: Posting, speaking: Speaking, clock: Clock) -> None:
        """Take what it needs."""
        self._posting = posting
        self._speaking = speaking
        self._clock = clock

    def begun(self, conn: Connection, id: int, session: Session) -> None:
        """Have it posted, in the transaction in which a session begins."""
        row = stored.get(conn, id)
        if row is None:
            return
        now = self._clock.now()
        done = actions.of_rooms(conn, [row.room], (State.DONE,), _since(conn, row, now))
        there = promised(conn, [*done[:MOST], *actions.of_room(conn, row.room)[:MOST]])
        shown = [each for each in there if each.is_quotable]
        if not shown:
            return
        writing = self._writing(conn, row, session, shown)
        kept = writings.add(conn, writing, now)
        made = writings.get(conn, kept, row.community)
        assert made is not None
        if not made.lines:
            return
        for line in made.lines:
            if (owner := line.content["owner"]) is not None:
                ballots.own(conn, line.id, owner, now)
        outgoing = Outgoing(rooms.get(conn, row.room).ref, (), f"s{id}p{int(now.timestamp()):x}")
        self._posting.add(conn, row.community, row.room, outgoing, writing=kept)

    def _writing(
        self, conn: Connection, row: stored.Row, session: Session, shown: list[Promised]
    ) -> Writing:
        voice = self._speaking.voice(conn, row, session)
        return Writing(
            community=row.community,
            kind=PROMISED,
            room=row.room,
            member=None,
            is_private=False,
            request={},
            header={},
            trace={
                "language": voice.language,
                "zone": str(voice.zone),
                "sign": voice.sign,
                "message": None,
                "session": row.id,
            },
            lines=tuple(_line(each) for each in shown),
        )


def _line(it: Promised) -> Line:
    """Return its line: with a name, it goes with whoever bears that; without, with whoever added it."""
    owner = it.action.owner if it.owner else it.action.added_by
    content = {
        "text": it.words,
        "who": it.owner,
        "owner": owner,
        "state": it.action.state.value,
        "of": it.action.item,
    }
    return Line(PROMISED, content, it.evidence)


def _since(conn: Connection, row: stored.Row, now: datetime) -> datetime:
    """Return when the session before it in its room was planned."""
    there = stored.of_community(conn, row.community, is_open=False, rooms=[row.room])
    before = [each.made_at for each in there if each.id != row.id and each.made_at <= row.made_at]
    return max(before, default=now - _SINCE)
