"""What becomes of written lines when what they rest on goes, or whoever asked for them."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import promoted, retold
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items, rests_on, shares, writings
from learncomm_agent.storage.schema import messages as message_rows
from learncomm_agent.storage.schema import resources as resource_rows
from learncomm_agent.storage.schema_reading import thanks
from learncomm_agent.storage.traces import TakenShare

SHOW_WHAT_WAS_ASKED = ("questions", "call", "ballot", "tally", "goal")
"""Kinds of writings in whose posts the words stand that were asked for."""
ROUND_UP = "roundup"
"""The kind of writing that tells who thanked whom in a week."""
BESIDE = "beside"
"""The section of lines that hold what another kind says in the same post: its blocks, as JSON."""
GO_ON = ("answer", "unanswered")
"""Kinds of writings that may go on from what was asked before, and show it."""


def drop_lines_on(
    conn: Connection,
    *,
    messages: sa.Select[tuple[int]] | None = None,
    resource: int | None = None,
    but_in: str = "",
) -> tuple[int, tuple[int, ...]]:
    """Drop the lines that rest on any of these messages, or on a resource.

    What was asked goes with them, and what was asked later and went on from it, since it may hold the
    same words.

    Args:
        conn: The transaction to write in.
        messages: A query for the row ids of messages.
        resource: A resource's row id.
        but_in: A kind of writings that keep theirs.

    Returns:
        How many lines went, and the writings that they stood in or that showed what was asked.
    """
    held = (
        rests_on.c.message_id.in_(messages)
        if messages is not None
        else rests_on.c.resource_id == resource
    )
    doomed = sa.select(rests_on.c.item_id).where(held)
    spared = sa.select(writings.c.id).where(writings.c.kind == but_in)
    doomed_items = sa.and_(items.c.id.in_(doomed), items.c.writing_id.not_in(spared))
    gone = sa.delete(items).where(doomed_items).returning(items.c.writing_id)
    lost = Counter(conn.execute(gone).scalars())
    return lost.total(), _lose(conn, lost)


def drop_of_member(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Drop what was written for a member in private, and what they asked in public.

    A public answer stays where others read it, without who asked and in what words.

    Returns:
        The public writings that showed what they asked.
    """
    return _drop_asked(conn, writings.c.member_id == member)


def drop_of_rooms(conn: Connection, rooms: Collection[RoomId]) -> tuple[int, ...]:
    """Drop what was written for single members of rooms, and what was asked there.

    Returns:
        The public writings that showed what was asked.
    """
    return _drop_asked(conn, writings.c.room_id.in_(rooms))


def _drop_asked(conn: Connection, these: sa.ColumnElement[bool]) -> tuple[int, ...]:
    """Drop those of some writings that are for one alone, and forget who asked for the others."""
    asked = _with_later(conn, these)  # while those are there from which others went on
    told = retold.drop_shared(conn, asked)
    conn.execute(sa.delete(writings).where(these, writings.c.is_private))
    return tuple(sorted({*told, *_unask(conn, _among(asked))}))


def unask(conn: Connection, community: CommunityId, ids: sa.Select[tuple[int]]) -> tuple[int, ...]:
    """Forget what was asked in messages, a query for row ids; return the writings that showed it."""
    asking = sa.select(message_rows.c.room_id, message_rows.c.platform_id).where(
        message_rows.c.id.in_(ids), message_rows.c.is_addressed
    )
    if conn.execute(asking.limit(1)).first() is None:
        return ()
    asked_in = sa.tuple_(writings.c.room_id, writings.c.trace["message"].as_string())
    return _unask(conn, sa.and_(writings.c.community_id == community, asked_in.in_(asking)))


def _unask(conn: Connection, these: sa.ColumnElement[bool]) -> tuple[int, ...]:
    """Forget who asked for writings, and in what words; return those that show the words."""
    return _empty(conn, these, member_id=None)


def _empty(conn: Connection, these: sa.ColumnElement[bool], **values: None) -> tuple[int, ...]:
    """Forget in what words writings were asked for; return those that show the words.

    What was asked later and goes on from it holds the same words, so that is forgotten as well.
    """
    ids = _with_later(conn, these)
    if not ids:
        return ()
    these = _among(ids)
    is_kept = sa.exists().where(
        resource_rows.c.community_id == writings.c.community_id,
        resource_rows.c.source
        == sa.literal(promoted.PREFIX).concat(sa.cast(writings.c.id, sa.Text)),
    )
    names_asker = writings.c.request["who"].as_string().is_not(None)
    goes_on = writings.c.request["follows"].as_string().is_not(None)
    shows = sa.or_(writings.c.kind.in_(SHOW_WHAT_WAS_ASKED), is_kept, names_asker, goes_on)
    showing = sa.select(writings.c.id).where(these, shows)
    shown = tuple(conn.execute(showing.order_by(writings.c.id)).scalars())
    said = sa.exists().where(writings.c.id == thanks.c.writing_id, these)
    thanked = sa.delete(thanks).where(said).returning(thanks.c.writing_id)
    told = drop_told(conn, list(conn.execute(thanked).scalars()))
    told += retold.drop_shared(conn, ids)
    conn.execute(sa.update(writings).where(these).values(request={}, **values))
    mark_changed(conn, shown)
    return tuple(sorted({*shown, *told}))


def drop_told(conn: Connection, shown: Collection[int]) -> tuple[int, ...]:
    """Drop what round-ups and digests tell of thanks that go, named by the writings that show these; return those."""
    if not shown:
        return ()
    of_them = items.c.content["thanks"].as_integer().in_(shown)
    is_later = writings.c.id > min(shown)
    ups = sa.select(writings.c.id).where(is_later, writings.c.kind.in_((ROUND_UP, "digest")))
    gone = sa.delete(items).where(items.c.writing_id.in_(ups), of_them)
    lost = Counter(conn.execute(gone.returning(items.c.writing_id)).scalars())
    for id, count in lost.items():
        less = sa.update(writings).where(writings.c.id == id)
        conn.execute(less.values(lost=writings.c.lost + count))
    return tuple(sorted(lost))


def _with_later(conn: Connection, these: sa.ColumnElement[bool]) -> set[int]:
    """Return writings, and those whose questions went on from some, however many are between."""
    found = set(conn.execute(sa.select(writings.c.id).where(these)).scalars())
    if not found:
        return found
    before = writings.c.request["follows"]
    later = sa.select(writings.c.id, before).where(
        writings.c.kind.in_(GO_ON), writings.c.id > min(found), before.as_string().is_not(None)
    )
    for id, ids in conn.execute(later.order_by(writings.c.id)):  # none goes on from a later one
        if not found.isdisjoint(ids):
            found.add(id)
    return found


def _among(ids: Collection[int]) -> sa.ColumnElement[bool]:
    """The writings of these row ids."""
    given = sa.func.json_each(json.dumps(list(ids))).table_valued("value", name="given")
    return writings.c.id.in_(sa.select(given.c.value))


def unshare(conn: Connection, taken: Collection[TakenShare]) -> tuple[int, tuple[int, ...]]:
    """Follow shares that were taken back of resources that are shared still.

    A line stays where one of the shares that it was read through is left, or one with the same room,
    with that of its writing or with the whole community. The name of who took theirs back goes.

    Returns:
        How many lines went, and the writings that are to be shown otherwise.
    """
    gone = {each.id for each in taken}
    resources = {each.resource for each in taken}
    left = _left(conn, resources)
    rooms = defaultdict[int, set[int | None]](set)
    for each in taken:
        rooms[each.resource] |= {each.room}
    held = (
        sa.select(items, rests_on.c.resource_id, writings.c.room_id)
        .join_from(items, rests_on)
        .join(writings, writings.c.id == items.c.writing_id)
        .where(rests_on.c.resource_id.in_(resources))
    )
    dropped, kept = dict[int, int](), dict[int, _Kept]()
    for row in conn.execute(held).all():
        through = row.content.get("shares")
        if through is not None and gone.isdisjoint(through):
            continue
        open_to = {None, row.room_id, *rooms[row.resource_id]}
        now = [
            id
            for id, room, is_held in left[row.resource_id]
            if id in (through or ()) or (room in open_to and (through is None or not is_held))
        ]
        if now:
            kept.setdefault(row.id, _Kept(row.writing_id, row.content, gone)).through += now
        else:
            dropped[row.id] = row.writing_id
    for item, line in kept.items():
        conn.execute(sa.update(items).where(items.c.id == item).values(content=line.content))
    touched = drop_lines(conn, dropped)
    unnamed = {line.writing for line in kept.values() if line.is_unnamed}
    mark_changed(conn, unnamed)
    return len(dropped), tuple(sorted({*touched, *unnamed}))


class _Kept:
    """A line that stays when a share goes through which it was read."""

    def __init__(self, writing: int, content: Mapping[str, Any], gone: Collection[int]) -> None:
        named = content.get("shares")
        self.writing = writing
        self.through: list[int] = [id for id in named or () if id not in gone]
        self.is_unnamed = "shared_by" in content and (named is None or named[0] in gone)
        self._content = content

    @property
    def content(self) -> dict[str, Any]:
        """What it says now."""
        now = {**self._content, "shares": list(dict.fromkeys(self.through))}
        if self.is_unnamed:
            now |= {"shared_by": None, "message": None}
            now |= {name: "" for name in ("comment", "said_by") if name in now}
        return now


def _left(
    conn: Connection, resources: Collection[int]
) -> dict[int, list[tuple[int, int | None, bool]]]:
    """Return the shares that are left of resources, each as (share, room, whether it is held)."""
    still = sa.select(shares.c.resource_id, shares.c.id, shares.c.room_id, shares.c.is_held)
    found: dict[int, list[tuple[int, int | None, bool]]] = {id: [] for id in resources}
    for row in conn.execute(still.where(shares.c.resource_id.in_(resources))):
        found[row.resource_id].append((row.id, row.room_id, row.is_held))
    return found


def mark_changed(conn: Connection, ids: Collection[int]) -> None:
    """Keep that writings are to be shown otherwise than they were laid out at first."""
    changed = sa.func.json_set(writings.c.trace, "$.changed", 1, type_=sa.Text)
    stands = sa.update(writings).where(writings.c.id.in_(ids))
    conn.execute(stands.values(trace=sa.type_coerce(changed, sa.JSON)))


def rooms_of(conn: Connection, ids: Collection[int]) -> dict[int, RoomId | None]:
    """Return the rooms in which those writings were asked for."""
    known = sa.select(writings.c.id, writings.c.room_id).where(writings.c.id.in_(ids))
    return {row[0]: row[1] for row in conn.execute(known.order_by(writings.c.id))}


def lines_on(
    conn: Connection, *, message: int | None = None, resource: int | None = None
) -> list[tuple[int, int, str]]:
    """Return the lines that rest on a message or resource, as (item, writing, quote).

    Those of a thanks say no more than that it was shared: they are left out.
    """
    held = (
        sa.select(items.c.id, items.c.writing_id, rests_on.c.quote)
        .join(rests_on)
        .where(items.c.section != "thanks")
    )
    on = (
        rests_on.c.message_id == message
        if message is not None
        else rests_on.c.resource_id == resource
    )
    rows = conn.execute(held.where(on))
    return [(row[0], row[1], row[2]) for row in rows]


def drop_lines(conn: Connection, lines: Mapping[int, int]) -> tuple[int, ...]:
    """Drop lines, each named with its writing, and what was asked with them.

    Returns:
        The writings that they stood in or that showed what was asked.
    """
    for item in lines:
        conn.execute(sa.delete(items).where(items.c.id == item))
    return _lose(conn, Counter(lines.values()))


def _lose(conn: Connection, lost: Mapping[int, int]) -> tuple[int, ...]:
    """Keep how many lines of writings went, and nothing of what was asked; return what shows that."""
    for id, count in lost.items():
        less = sa.update(writings).where(writings.c.id == id)
        conn.execute(less.values(lost=writings.c.lost + count))
    return tuple(sorted({*lost, *_empty(conn, _among(lost))}))
