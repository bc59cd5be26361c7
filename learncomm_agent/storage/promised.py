"""Action items and decisions as they can be shown: with the words of their lines, and where those rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.caring.promising import words_of
from learncomm_agent.chat.messages import MessageRef, Room, RoomId
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.storage import drafts, edits, messages, posts, rooms, writings
from learncomm_agent.storage.actions import Action
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.decisions import Decision
from learncomm_agent.storage.drafts import State
from learncomm_agent.storage.schema import accounts, members
from learncomm_agent.storage.schema import writings as written
from learncomm_agent.storage.writings import Evidence, Line, Writing


@dataclass(frozen=True, slots=True)
class Promised:
    """One action item."""

    action: Action
    words: str
    owner: str
    """What its owner is called in its room; empty where nobody is named."""
    room: Room
    where: MessageRef | None
    """The message that it rests on, or else the post that says it."""
    result: MessageRef | None
    """The message that came of it."""
    evidence: tuple[Evidence, ...]
    """What its line rests on."""
    is_quotable: bool
    """Whether all on whose words it rests may be quoted outside of summaries."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision."""

    decision: Decision
    words: str
    room: Room
    where: MessageRef | None
    line: Line
    is_quotable: bool


def promised(conn: Connection, actions: Sequence[Action]) -> list[Promised]:
    """Return action items with their words, in the same order; those whose lines are struck are left out."""
    lines = lines_of(conn, [(each.writing, each.community) for each in actions])
    there = {each.room: rooms.get(conn, each.room) for each in actions}
    found = []
    for each in actions:
        said = lines.get(each.item)
        if said is None:
            continue
        platform = there[each.room].ref.platform
        owner = "" if each.owner is None else name_of(conn, each.owner, platform)
        words = words_of(said[1].content, (owner,))
        where = _where(conn, *said)
        result = _result(conn, each, there[each.room])
        may_quote = is_quotable(conn, said[1])
        held = said[1].evidence
        found.append(Promised(each, words, owner, there[each.room], where, result, held, may_quote))
    return found


def decided(conn: Connection, decisions: Sequence[Decision]) -> list[Decided]:
    """Return decisions with their words, in the same order; those whose lines are struck are left out."""
    lines = lines_of(conn, [(each.writing, each.community) for each in decisions])
    found = []
    for each in decisions:
        said = lines.get(each.item)
        if said is not None:
            room, text = rooms.get(conn, each.room), str(said[1].content["text"])
            where, may_quote = _where(conn, *said), is_quotable(conn, said[1])
            found.append(Decided(each, text, room, where, said[1], may_quote))
    return found


def lines_of(
    conn: Connection, these: Iterable[tuple[int, CommunityId]]
) -> dict[int, tuple[Writing, Line]]:
    """Return the lines of writings that nobody struck, with what leaders made of them, by their row ids."""
    found: dict[int, tuple[Writing, Line]] = {}
    for id, community in dict.fromkeys(these):
        writing = writings.get(conn, id, community)
        if writing is None or not is_out(conn, id):
            continue
        writing = edits.applied(conn, writing)
        kept = (line for line in writing.lines if not line.content.get("is_struck"))
        found |= {line.id: (writing, line) for line in kept}
    return found


def place_of(conn: Connection, writing: int) -> tuple[CommunityId, RoomId] | None:
    """Return whose a writing is, and the room that it is for; None where it is gone, or for no room."""
    known = sa.select(written.c.community_id, written.c.room_id).where(written.c.id == writing)
    row = conn.execute(known).first()
    return None if row is None or row[1] is None else (CommunityId(row[0]), RoomId(row[1]))


def is_out(conn: Connection, writing: int) -> bool:
    """Whether all in its room may read a writing: it is no draft that waits, or that was dropped."""
    draft = drafts.get(conn, writing)
    return draft is None or draft.state is State.PUBLISHED


def name_of(conn: Connection, member: MemberId, platform: str) -> str:
    """Return what somebody is called on a platform; empty where they are not to be named outside of summaries."""
    called = (
        sa.select(sa.func.coalesce(accounts.c.name, members.c.name))
        .select_from(members)
        .outerjoin(
            accounts,
            sa.and_(accounts.c.member_id == members.c.id, accounts.c.platform == platform),
        )
        .where(members.c.id == member, members.c.consent == Consent.IN)
        .order_by(accounts.c.id)
    )
    return conn.execute(called).scalar() or ""


def is_quotable(conn: Connection, line: Line) -> bool:
    """Whether nobody on whose words a line rests wants to be in summaries only."""
    held = {each.message for each in line.evidence if each.message is not None}
    return all(each.consent is Consent.IN for each in messages.of_rows(conn, held))


def _where(conn: Connection, writing: Writing, line: Line) -> MessageRef | None:
    held = [each.message for each in line.evidence if each.message is not None]
    refs = messages.refs(conn, held)
    first = next((refs[each] for each in held if each in refs), None)
    return first or posts.refs(conn, [writing.id]).get(writing.id)


def _result(conn: Connection, action: Action, room: Room) -> MessageRef | None:
    if action.result is None or "/" in action.result:
        return None
    found = messages.find(conn, action.room, action.result)
    if found is not None and found.state is not messages.State.KEPT:
        return None
    return MessageRef(room.ref, action.result)
