"""Puts what members are told into the outbox: all messages of a batch in a few statements."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.rows import to_post
from learncomm_agent.community.gathering import SOONEST, Batch, Message
from learncomm_agent.errors import for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import quiet, waiting, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import New
from learncomm_agent.writing.showing import Showing

FAILED = timedelta(hours=1)
"""When it is tried again after a failure."""
_log = logger(__name__)


class Mailing:
    """Writes messages, and what becomes of the rows that they speak of."""

    def __init__(self, posting: Posting, showing: Showing) -> None:
        """Take what it needs."""
        self._posting = posting
        self._showing = showing

    def put(self, conn: Connection, it: Batch, messages: Sequence[Message]) -> None:
        """Put messages into the outbox, but for those to which something belongs that can't be written."""
        said = [message for message in messages if self._write(conn, it, message)]
        told = [(message.member, message.kinds) for message in said]
        ids = quiet.count_all(conn, it.community.id, told, it.now)
        posts = [self._post(conn, it, message, id) for id, message in zip(ids, said, strict=True)]
        self._posting.add_all(conn, posts)
        for message in said:
            hours = it.choices[message.member].hours
            for row in message.rows:
                if row.id in message.again:
                    it.later[row.id] = hours.next(max(message.again[row.id], it.now + SOONEST))
                else:
                    it.dropped[row.id] = "told"

    def _write(self, conn: Connection, it: Batch, message: Message) -> bool:
        """Write what belongs to a message; return whether that could be, so that it may be said."""
        try:
            if message.commits:
                with conn.begin_nested():
                    for commit in message.commits:
                        commit(conn)
        except Exception as error:  # one message's failure is that message's, and holds up no other
            _log.error("nudge not sent", member=message.member, error=for_log(error))
            it.put_off(list(message.rows), it.now + FAILED)
            return False
        return True

    def _post(self, conn: Connection, it: Batch, message: Message, id: int) -> New:
        """Return a message's row of the outbox; `id` is the number by which it is counted."""
        way, blocks, writing = message.way, message.blocks, None
        # With the moment, since numbers are given out again where a backup is restored.
        key = f"nu{id:x}.{int(it.now.timestamp()):x}"
        if message.writing is not None:
            writing = writings.add(conn, message.writing, it.now)
            kept = replace(message.writing, id=writing)
            blocks = (*self._showing.post_on(conn, kept, key, way.account.platform), *blocks)
        return to_post(
            it.community.id,
            way.room_id,
            Outgoing(way.room, blocks, key, private_to=way.account),
            due=it.now,
            lane=waiting.lane_to(message.member),
            reader=way.account,
            writing=writing,
            may_be_dropped=True,
            about=waiting.about(id, it.now, message.rows),
        )
