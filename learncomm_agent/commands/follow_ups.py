"""What a question goes on from: an answer before it that all readers of the new one may see."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from learncomm_agent.chat.messages import MessageRef, RoomKind
from learncomm_agent.commands.context import Context
from learncomm_agent.storage import asked, posts, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.follow_ups import Understood
from learncomm_agent.writing.items import Answer
from learncomm_agent.writing.language.vocabulary import normal

WITHIN = timedelta(minutes=30)
"""So long somebody may go on from their last question without replying to its answer."""
MOST_BEFORE = 10
"""Questions that one went on from, and that are kept with it; after so many it stands by itself."""


async def before(context: Context, question: str, *, is_private: bool) -> Writing | None:
    """Return the answer from which a question goes on; None where it stands by itself.

    That is the answer that it replies to, else the one to the asker's last question in this room that was
    about something. A reply to something else goes on from that, so from nothing of ours.
    """
    community, room, member = context.community.id, context.room_id, context.member.id
    replied = context.reply_to

    def read(conn: Connection) -> list[Writing]:
        if replied is None:
            return asked.recent(conn, community, room, member, context.asked_at - WITHIN)
        found = posts.at(conn, MessageRef(context.room.ref, replied))
        if found is None or found[1] is None:
            return []
        writing = writings.get(conn, found[1], community)
        return [] if writing is None else [writing]

    earlier = await context.services.database.read(read)
    follow_ups = context.services.answers.follow_ups
    if not await follow_ups.leans(question, context.brief, is_reply=replied is not None):
        return None
    for writing in earlier:
        if not _is_seen(context, writing, is_private=is_private):
            return None
        if writing.request.get("topic") or await _is_about(context, writing.request["question"]):
            is_long = len(writing.request.get("follows", ())) >= MOST_BEFORE
            return None if is_long else writing
    return None


async def _is_about(context: Context, question: str) -> bool:
    """Whether a question says itself what it is about."""
    return await context.services.answers.follow_ups.is_about(question, context.brief)


async def same_before(context: Context, writing: Writing, *, is_private: bool) -> Writing | None:
    """Return the answer from which one went on that is now written again, maybe for other readers."""
    ids = writing.request.get("follows", ())
    if not ids:
        return None
    found = await context.services.database.read(
        lambda conn: writings.get(conn, ids[0], context.community.id)
    )
    is_seen = found is not None and _is_seen(context, found, is_private=is_private)
    return found if is_seen else None


async def understood(context: Context, question: str, earlier: Writing) -> Understood | None:
    """Return what a question is taken for that goes on from an earlier one."""
    request = earlier.request
    texts = [request.get("meant") or request["question"], request.get("topic", "")]
    follow_ups = context.services.answers.follow_ups
    return await follow_ups.understood(question, texts, context.brief)


async def kept(context: Context, taken: Understood, earlier: Writing) -> Mapping[str, Any]:
    """Return what is kept with a question of what it went on from.

    That is the whole question with which it began, and the last one since then that was about something.
    It holds words of earlier questions, so it goes when those are forgotten: `follows` names them.
    """
    request = earlier.request
    ids = [earlier.id, *request.get("follows", ())]
    told = {"topic": taken.topic, "follows": ids}
    if taken.meant:
        return {**told, "meant": taken.meant}
    first = request.get("meant") or request.get("after")
    if first is None or "meant" in request:
        return {**told, "after": first or request["question"]}
    is_about = await _is_about(context, request["question"])
    then = request["question"] if is_about else request.get("then")
    return {**told, "after": first, **({"then": then} if then else {})}


async def is_said(context: Context, written: Answer, question: str, earlier: Writing) -> bool:
    """Whether an answer repeats what was said in those that its question goes on from, and no more.

    Who asks about something else may get a line again that stood further down.
    """
    if not written.is_found:
        return False
    first = next((line.content.get("text") for line in earlier.lines), None)
    if first != written.claims[0].text and await _is_about(context, question):
        return False
    ids = (earlier.id, *earlier.request.get("follows", ()))

    def read(conn: Connection) -> set[str]:
        found = (writings.get(conn, id, context.community.id) for id in ids)
        lines = (line.content for each in found if each is not None for line in each.lines)
        return {normal(content["text"]) for content in lines if "text" in content}

    told = await context.services.database.read(read)
    return told.issuperset(normal(each.text) for each in written.claims)


def _is_seen(context: Context, writing: Writing, *, is_private: bool) -> bool:
    """Whether all who read the new answer could read what was asked before, in this very room.

    What one person was answered alone may have come to them in a direct talk, and goes on there.
    """
    if writing.kind not in asked.KINDS or not writing.request.get("question"):
        return False
    is_direct = context.room.kind is RoomKind.DIRECT
    if writing.is_private:
        is_here = is_direct or writing.room == context.room_id
        return is_here and (is_private or is_direct) and writing.member == context.member.id
    return writing.room == context.room_id
