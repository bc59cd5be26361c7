"""What becomes of a reply: it is kept, and put into the outbox, for those whom it is for."""

from dataclasses import replace
from datetime import datetime

from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import MessageRef, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Outgoing
from learncomm_agent.chat.people import CommunityId, Consent
from learncomm_agent.chat.placeholders import Placeholder
from learncomm_agent.chat.posting import Posting
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Reply
from learncomm_agent.storage import rooms, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.writings import Writing

ASKED_ALONE = frozenset(
    ("search", "answer", "unanswered", "opened", "card", "resources", "missed", "digest")
)
"""Kinds of writings with which, of somebody who opted out, neither words nor name are kept."""


class Replying:
    """Puts replies into the outbox."""

    def __init__(self, posting: Posting) -> None:
        """Take what it needs."""
        self._posting = posting

    def keep(
        self,
        conn: Connection,
        context: Context,
        job: Job,
        reply: Reply,
        placeholder: Placeholder | None,
    ) -> None:
        """Keep what was written, and put the answer into the outbox."""
        for commit in reply.commits:
            commit(conn)
        writing = None if reply.writing is None else _kept(conn, context, reply.writing)
        blocks, is_private = reply.blocks, reply.is_private
        aside: tuple[Block, ...] = ()
        if writing is not None:
            if reply.beside is not None:
                reply.beside(conn, writing)
            blocks += () if reply.controls is None else reply.controls(writing)
            aside = () if reply.aside is None else reply.aside(writing)
        if reply.room is not None:
            blocks = (self._add_elsewhere(conn, context, reply.room, blocks, writing),)
            is_private, writing = True, None
        outgoing = _outgoing(context, job, blocks, is_private=is_private)
        otherwise = replace(
            outgoing,
            blocks=(context.say(reply.refused),),
            private_to=None,
            key=outgoing.key + "p",
        )
        self._posting.add(
            conn,
            context.community.id,
            context.room_id,
            outgoing,
            writing=writing,
            asker=None if writing is None else context.account,
            otherwise=otherwise if outgoing.private_to is not None and blocks else None,
            placeholder=placeholder,
        )
        if aside:
            self._add_aside(conn, context, aside)

    def _add_elsewhere(
        self,
        conn: Connection,
        context: Context,
        room: RoomId,
        blocks: tuple[Block, ...],
        writing: int | None,
    ) -> Block:
        """Have it posted in another room; return what tells so whoever asked."""
        there = rooms.get(conn, room)
        outgoing = Outgoing(there.ref, blocks, context.key + "r")
        community, asker = context.community.id, context.account
        self._posting.add(conn, community, room, outgoing, writing=writing, asker=asker)
        return context.say("control.there", room=there.name)

    def _add_aside(self, conn: Connection, context: Context, blocks: tuple[Block, ...]) -> None:
        """Tell whoever asked, and nobody else, what stands beside an answer for all."""
        aside = Outgoing(context.room.ref, blocks, context.key + "a", private_to=context.account)
        self._posting.add(conn, context.community.id, context.room_id, aside, may_be_dropped=True)

    def lose(self, conn: Connection, job: Job) -> None:
        """Say in the place of what said to wait that there will be no answer."""
        placeholder = Placeholder.of(job.args.get("placeholder"))
        if placeholder is not None:
            community, room = CommunityId(job.args["community"]), RoomId(job.args["room"])
            self._posting.lose(conn, community, room, placeholder)


def waiting(context: Context, job: Job, *, is_private: bool) -> Placeholder:
    """Return what says to wait for an answer, to those whom that will probably be for."""
    post = _outgoing(context, job, (), is_private=is_private)
    where = "progress.to_room" if post.private_to is not None else "progress.to_one"
    return Placeholder(
        post.with_blocks((), f"{context.key}w"),
        post.with_blocks((context.say(where),), f"{context.key}v"),
        post.with_blocks((context.say("error.unexpected"),), f"{context.key}x"),
    )


def is_for_asker(context: Context, job: Job, command: Command) -> bool:
    """Whether what is shown while a command runs is for the asker alone; a way to answer knows best."""
    if context.via is not Via.FORM or command.always_private:
        return command.always_private
    handle = _handle(job)
    return command.is_private if handle is None else handle.is_private


def key(job: Job) -> str:
    """Return the key of the answer: of the row and its time, so that no restored store reuses one."""
    asked_at = datetime.fromisoformat(job.args["asked_at"])
    return f"{job.id:x}-{int(asked_at.timestamp()):x}"


def _kept(conn: Connection, context: Context, writing: Writing) -> int:
    """Keep what was written, with what is needed to lay it out once more; return its id."""
    shown = {
        "language": context.language,
        "zone": str(context.zone),
        "sign": context.sign,
        "message": context.message,
    }
    kept = replace(writing, trace={**shown, **writing.trace})
    if context.member.consent is Consent.OUT and kept.kind in ASKED_ALONE:
        kept = replace(kept, request={}, member=None)  # nothing of theirs is kept
    return writings.add(conn, kept, context.asked_at)


def _outgoing(
    context: Context, job: Job, blocks: tuple[Block, ...], *, is_private: bool
) -> Outgoing:
    handle = _handle(job)
    is_alone = context.room.kind is RoomKind.DIRECT
    if handle is not None and handle.is_private and not (is_private or is_alone):
        handle = None  # through it, what is for the room would be seen by one person
    return Outgoing(
        room=context.room.ref,
        blocks=blocks,
        key=context.key,
        private_to=context.account if is_private and not is_alone else None,
        reply_to=None if context.message is None else MessageRef(context.room.ref, context.message),
        reply=handle,
    )


def _handle(job: Job) -> ReplyHandle | None:
    kept = job.args["reply"]
    if kept is None:
        return None
    return ReplyHandle(
        kept["token"],
        datetime.fromisoformat(kept["expires_at"]),
        kept["is_private"],
        kept.get("can_be_private", False),
    )
