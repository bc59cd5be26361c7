"""The thanks of a week, told once more in a room at the time that its leaders chose; an empty week posts nothing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.recurring import Order, Recurring
from learncomm_agent.log import logger
from learncomm_agent.storage import branches, communities, messages, posts, rooms, thanks, writings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.lines import ROUND_UP
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.work import Commit
from learncomm_agent.writing.showing import Showing

KIND = "thanks"
"""Of the order."""
FIRST, FARTHEST = timedelta(days=10), timedelta(weeks=4)
"""How far back the first round-up looks, and one after a long silence."""
_OVERLAP = timedelta(days=1)
"""What was given while the last one was made is in the next one."""
_log = logger(__name__)


class RoundUps:
    """Makes them."""

    def __init__(
        self,
        database: Database,
        recurring: Recurring,
        posting: Posting,
        showing: Showing,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and say what it carries out."""
        self._database = database
        self._posting = posting
        self._showing = showing
        self._platforms = platforms
        self._clock = clock
        recurring.handle(KIND, self._run)

    async def _run(self, order: Order) -> Commit | None:
        """Tell the thanks of the week that all readers of the room may read."""
        ref = (await self._database.read(lambda conn: rooms.get(conn, order.room))).ref
        refs = await self._posting.readable(Audience.of_room(ref))
        readable = await self._database.read(lambda conn: branches.readable(conn, refs))

        def commit(conn: Connection) -> None:
            lines = self._lines(conn, order, readable)
            if lines:
                self._post(conn, order, lines)
            _log.info("thanks rounded up", room=order.room, lines=len(lines))

        return commit

    def _lines(self, conn: Connection, order: Order, readable: Readable) -> tuple[Line, ...]:
        """Return a line for each thanks that was not told here yet, oldest first."""
        now = self._clock.now()
        since = now - FIRST
        if order.last_at is not None:
            since = max(order.last_at - _OVERLAP, now - FARTHEST)
        given = thanks.untold(conn, order.room, readable.rooms | {order.room}, since)
        lines = []
        for writing, giver, receiver in given:
            shown = writings.get(conn, writing, order.community)
            if shown is not None and shown.request:
                lines.append(_line(conn, shown, giver, receiver))
        return tuple(lines)

    def _post(self, conn: Connection, order: Order, lines: tuple[Line, ...]) -> None:
        community, now = communities.get(conn, order.community), self._clock.now()
        room = rooms.get(conn, order.room)
        platform = self._platforms.get(room.ref.platform)
        writing = Writing(
            community=CommunityId(order.community),
            kind=ROUND_UP,
            room=RoomId(order.room),
            member=None,
            is_private=False,
            request={},
            header={},
            trace=_shown(
                rooms.language(conn, order.room) or community.language,
                order.rule.get("zone") or community.timezone,
                platform.command_sign if isinstance(platform, Signs) else "",
            ),
            lines=lines,
        )
        id = writings.add(conn, writing, now)
        kept = writings.get(conn, id, order.community)
        assert kept is not None
        key = f"roundup{order.id:x}.{int(now.timestamp()):x}"
        outgoing = Outgoing(room.ref, self._showing.blocks(conn, kept), key)
        self._posting.add(conn, order.community, order.room, outgoing, writing=id)


def _shown(language: str, zone: str, sign: str) -> dict[str, Any]:
    """Return what is needed to lay it out once more."""
    return {"language": language, "zone": str(ZoneInfo(zone)), "sign": sign}


def _line(conn: Connection, shown: Writing, giver: MemberId, receiver: MemberId) -> Line:
    """Return what a round-up tells of thanks; it rests on the same message, as it is worded now."""
    said = shown.request
    ids = [each.message for line in shown.lines for each in line.evidence if each.message]
    texts = messages.texts(conn, ids)
    held = tuple(Evidence("", texts[id][1], message=id) for id in ids if id in texts)
    post = next((each.parts[0] for each in posts.of_writing(conn, shown.id) if each.parts), None)
    at = None
    if post is not None:
        space = post.room.space
        at = [space.platform, space.id, post.room.id, post.id]
    content = {
        "thanks": shown.id,
        "giver": giver,
        "receiver": receiver,
        "who": said["who"],
        "name": said["name"],
        "why": said.get("why") or "",
        "post": said.get("at") or at,
    }
    return Line(ROUND_UP, content, held)
