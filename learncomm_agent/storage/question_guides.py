"""The questions that a room was shown, as its leaders left them."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import edits, messages, resources, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items
from learncomm_agent.storage.schema import writings as writing_rows
from learncomm_agent.storage.schema_writing import drafts
from learncomm_agent.storage.writings import Evidence, Line, Writing


def newest(conn: Connection, community: CommunityId, room: RoomId) -> Writing | None:
    """Return the questions that a room was shown last."""
    hidden = sa.exists().where(
        drafts.c.writing_id == writing_rows.c.id, drafts.c.state.not_in(("published", "voted"))
    )
    shown = sa.select(writing_rows.c.id).where(
        writing_rows.c.community_id == community,
        writing_rows.c.room_id == room,
        writing_rows.c.kind == "questions",
        writing_rows.c.is_private.is_(False),
        sa.exists().where(items.c.writing_id == writing_rows.c.id),
        ~hidden,
    )
    id = conn.execute(shown.order_by(writing_rows.c.id.desc()).limit(1)).scalar()
    return None if id is None else get(conn, id, community)


def get(conn: Connection, id: int, community: CommunityId) -> Writing | None:
    """Return questions as leaders left them, without those that they struck; None where they are none."""
    found = writings.get(conn, id, community)
    if found is None or found.kind != "questions":
        return None
    lines = edits.applied(conn, found).lines
    return replace(found, lines=tuple(each for each in lines if not each.content.get("is_struck")))


def standing(conn: Connection, lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return those lines of which all evidence is there, tied to it as it reads now."""
    found = []
    for line in lines:
        held = [_as_now(conn, each) for each in line.evidence]
        if None not in held:
            found.append(replace(line, evidence=tuple(each for each in held if each is not None)))
    return tuple(found)


def _as_now(conn: Connection, held: Evidence) -> Evidence | None:
    """Return evidence in its present revision; None where it is gone."""
    if held.message is not None:
        said = messages.texts(conn, [held.message]).get(held.message)
        return None if said is None else replace(held, revision=said[1])
    if held.resource is None:
        return held
    revision = resources.revisions(conn, [held.resource]).get(held.resource)
    return None if revision is None else replace(held, revision=revision)
