"""What was looked for in vain: only what its readers may know, in words that are nobody's, of those who take part."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from learncomm_agent.caring.letters import Ended, Promised
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import lines, measures, outcomes, ratings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.measures import InVain
from learncomm_agent.storage.schema import (
    accounts,
    communities,
    items,
    members,
    messages,
    micros,
    rooms,
    spaces,
    writings,
)
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_sessions import sessions

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = CommunityId(1)
HALL, DEN, TALK, THREAD, OTHERS = 1, 2, 3, 4, 5
"""A room, a room of few, a direct talk, a thread of the hall, a room of another community."""
ALL = Readable(frozenset(map(RoomId, (HALL, DEN, TALK, THREAD, OTHERS))))
ROOMS = (
    (HALL, 1, "hall", "channel", None),
    (DEN, 1, "den", "channel", None),
    (TALK, 1, "talk", "direct", None),
    (THREAD, 1, "hall/m1", "thread", "hall"),
    (OTHERS, 2, "far", "channel", None),
)


@dataclass(slots=True)
class Store:
    """A store with six members in two communities."""

    conn: Connection
    number: int = field(default=0)

    def __post_init__(self) -> None:
        put = self.conn.execute
        for id in (1, 2):
            put(
                sa.insert(communities).values(
                    id=id, slug=f"c{id}", name="c", language="en", timezone="UTC", created_at=NOW
                )
            )
            put(
                sa.insert(spaces).values(id=id, community_id=id, platform="x", platform_id=f"s{id}")
            )
        for id, home, name, kind, parent in ROOMS:
            row = {"id": id, "community_id": home, "space_id": home, "name": name, "kind": kind}
            put(sa.insert(rooms).values(**row, platform_id=name, parent=parent, is_read=True))
        for id in range(1, 7):
            row = {"id": id, "community_id": 2 if id == 6 else 1, "name": f"m{id}"}
            put(sa.insert(members).values(**row, consent="in", created_at=NOW - 60 * DAY))
            row |= {"member_id": id, "platform": "x", "platform_id": f"a{id}"}
            put(sa.insert(accounts).values(**row, is_bot=id == 5))

    def says(
        self, member: int, text: str, at: datetime = NOW, room: int = HALL, **more: Any
    ) -> str:
        self.number += 1
        values = {
            "community_id": 2 if member == 6 else 1,
            "room_id": room,
            "platform_id": f"m{self.number}",
            "account_id": member,
            "state": "kept",
            "text": text,
            "revision": 1,
            "posted_at": at,
            "is_addressed": False,
        }
        self.conn.execute(sa.insert(messages).values({**values, **more}))
        return f"m{self.number}"

    def asks(
        self,
        member: int,
        query: str,
        *,
        room: int = HALL,
        kind: str = "search",
        is_public: bool = False,
        is_found: bool = False,
        at: datetime = NOW,
        **request: Any,
    ) -> int:
        said = (
            self.says(member, f"@bot {query}", at, room, is_addressed=True) if is_public else None
        )
        made = sa.insert(writings).values(
            community_id=2 if member == 6 else 1,
            kind=kind,
            room_id=room,
            member_id=member,
            is_private=not is_public,
            request={"query": query, **request},
            content={},
            trace={"message": said},
            lost=0,
            created_at=at,
        )
        id: int = self.conn.execute(made.returning(writings.c.id)).scalar_one()
        if is_found:
            self.conn.execute(sa.insert(items).values(writing_id=id, section="x", content={}))
        return id

    def in_vain(self, readable: Readable = ALL) -> list[InVain]:
        return measures.in_vain(
            self.conn, HOME, NOW - 7 * DAY, readable, stopwords=("the", "where", "is")
        )


async def done(database: Database, fn: Any) -> None:
    await database.write(lambda conn: fn(Store(conn)))


async def test_a_question_before_a_room_is_told_to_its_readers(database: Database) -> None:
    def check(store: Store) -> None:
        store.asks(1, "Where is the  kestrel?", is_public=True)
        store.asks(2, "kestrel where", is_public=True, room=DEN, at=NOW + HOUR)
        store.asks(3, "heron", is_public=True, room=TALK)
        store.asks(6, "stork", is_public=True, room=OTHERS)
        store.asks(1, "old owl", is_public=True, at=NOW - 8 * DAY)
        store.asks(1, "and how often?", is_public=True, follows=[1])
        store.asks(1, "where is the", is_public=True)
        (found,) = store.in_vain()
        assert (found.text, found.times, found.room) == ("kestrel where", 2, DEN)
        assert found.evidence is not None and found.evidence.quote == found.text
        (found,) = store.in_vain(Readable(frozenset({RoomId(HALL)})))
        assert (found.text, found.room) == ("Where is the kestrel?", HALL)
        assert store.in_vain(Readable()) == []

    await done(database, check)


async def test_words_of_three_members_are_told_and_no_sentence(database: Database) -> None:
    def check(store: Store) -> None:
        for member in (1, 1, 2):
            store.asks(member, "Where is the Kestrel tower?")
        assert store.in_vain() == []
        store.asks(3, "tower, KESTREL!", room=DEN)
        (found,) = store.in_vain(Readable())
        assert found.text == "tower kestrel" and found.times == 4 and found.evidence is None

    await done(database, check)


async def test_of_who_takes_no_part_and_of_what_is_gone_nothing_is_told(database: Database) -> None:
    def check(store: Store) -> None:
        for member, consent in ((1, "out"), (2, "summaries"), (3, "in")):
            chosen = sa.update(members).where(members.c.id == member).values(consent=consent)
            store.conn.execute(chosen)
            store.asks(member, "kestrel tower")
        store.asks(1, "heron", is_public=True)
        gone = store.asks(3, "stork", is_public=True)
        changed = store.asks(3, "swift", is_public=True)
        assert [each.text for each in store.in_vain()] == ["swift", "stork"]
        store.conn.execute(sa.update(writings).where(writings.c.id == gone).values(request={}))
        edited = sa.update(messages).where(messages.c.text == "@bot swift").values(text="hello")
        store.conn.execute(edited)
        assert changed and store.in_vain() == []
        lines.drop_of_member(store.conn, MemberId(3))
        assert store.in_vain() == []

    await done(database, check)


async def test_what_was_found_is_not_missed_and_who_may_know_is_no_answer(
    database: Database,
) -> None:
    def check(store: Store) -> None:
        store.asks(1, "kestrel", is_public=True)
        store.asks(2, "the kestrel?", is_found=True)
        store.asks(1, "heron", is_public=True, kind="answer", is_found=True)
        store.asks(1, "stork", is_public=True, kind="unanswered", is_found=True)
        assert [each.text for each in store.in_vain()] == ["stork"]
        store.asks(2, "kestrel", is_public=True)
        assert [each.text for each in store.in_vain()] == ["kestrel", "stork"]

    await done(database, check)


async def test_told_words_go_with_any_of_those_who_looked_for_them(database: Database) -> None:
    def check(store: Store) -> None:
        asked = [store.asks(member, "kestrel tower") for member in (1, 2, 3)]
        store.asks(4, "mine")
        letter = sa.insert(writings).values(
            community_id=1,
            kind="letter",
            member_id=4,
            is_private=True,
            request={},
            content={},
            trace={},
            lost=0,
            created_at=NOW,
        )
        id = store.conn.execute(letter.returning(writings.c.id)).scalar_one()
        for content in ({"text": "kestrel tower", "asked": asked}, {"text": "x"}):
            line = sa.insert(items).values(writing_id=id, section="shared", content=content)
            store.conn.execute(line)
        assert lines.drop_of_member(store.conn, MemberId(2)) == (id,)
        left = store.conn.execute(sa.select(items.c.content)).scalars().all()
        assert left == [{"text": "x"}]
        row = store.conn.execute(sa.select(writings.c.lost).where(writings.c.id == id))
        assert row.scalar_one() == 1

    await done(database, check)


async def test_talk_is_that_of_people_in_rooms_that_may_be_read(database: Database) -> None:
    def check(store: Store) -> None:
        first = store.says(1, "How do we meet?", NOW - DAY)
        store.says(2, "In the hall.", NOW, THREAD, reply_to=first)
        store.says(5, "I am a bot.", NOW)
        store.says(1, "between us", NOW, TALK)
        store.says(6, "far away", NOW, OTHERS)
        store.says(1, "gone", NOW, state="deleted")
        store.says(1, "too late", NOW + HOUR)
        said, threads = measures.talk(store.conn, HOME, NOW - 2 * DAY, NOW + HOUR, ALL)
        assert sorted(each.text for each in said) == ["How do we meet?", "In the hall."]
        assert threads == {THREAD: (HALL, "m1")}
        assert [each.reply_to for each in said if each.member == 2] == [first]
        assert measures.talk(store.conn, HOME, NOW - DAY, NOW, Readable())[0] == []

    await done(database, check)


async def test_newcomers_are_those_who_were_not_there_before(database: Database) -> None:
    def check(store: Store) -> None:
        met = sa.update(members).where(members.c.id.in_((2, 3))).values(created_at=NOW)
        store.conn.execute(met)
        assert measures.newcomers(store.conn, HOME, NOW - 7 * DAY, NOW + DAY) == {}
        store.says(1, "long ago", NOW - 50 * DAY)
        store.says(2, "I am new.", NOW)
        store.says(2, "And here again.", NOW + HOUR)
        store.says(3, "Early on", NOW - 40 * DAY)  # nobody knows who was there before
        store.says(4, "Met two months ago", NOW)
        store.says(5, "A bot", NOW)
        found = measures.newcomers(store.conn, HOME, NOW - 45 * DAY, NOW + DAY)
        assert found == {2: micros(NOW)}

    await done(database, check)


async def test_what_came_of_it_is_told_of_rooms_that_may_be_read(database: Database) -> None:
    def check(store: Store) -> None:
        writing = store.asks(1, "x")
        shown = (
            (HALL, 1, "done", NOW - DAY),
            (HALL, 2, "accepted", NOW - DAY),
            (HALL, 3, "offered", NOW - DAY),
            (HALL, None, "accepted", NOW - DAY),
            (HALL, 4, "done", NOW + DAY),
            (DEN, 3, "accepted", NOW - DAY),
        )
        for room, owner, state, due in shown:
            line = sa.insert(items).values(writing_id=writing, section="action", content={})
            item = store.conn.execute(line.returning(items.c.id)).scalar_one()
            values = {"community_id": 1, "room_id": room, "item_id": item, "owner_id": owner}
            values |= {"state": state, "due": due, "made_at": NOW, "changed_at": NOW}
            store.conn.execute(sa.insert(actions).values(values))
        for number, (room, ended) in enumerate(((HALL, NOW - HOUR), (HALL, None), (DEN, NOW))):
            values = {"id": number + 1, "community_id": 1, "room_id": room, "playbook": "x"}
            values |= {"title": "x", "phase": "ended", "revision": 1, "content": {}, "salt": b""}
            store.conn.execute(sa.insert(sessions).values(**values, made_at=NOW, ended_at=ended))
        ratings.ask(store.conn, 1, NOW, 5)
        for number, score in enumerate((4, 5, 4, 3, 4)):
            ratings.rate(store.conn, 1, [f"mark {number}"], score)
        hall = Readable(frozenset({RoomId(HALL)}))
        span = (store.conn, HOME, NOW - 7 * DAY, NOW, hall)
        then = micros(NOW - DAY)
        assert outcomes.promises(*span) == [Promised(1, then, True), Promised(2, then, False)]
        assert outcomes.held(*span) == [Ended(micros(NOW - HOUR), None)]
        ratings.close(store.conn, 1)
        assert outcomes.held(*span) == [Ended(micros(NOW - HOUR), 4.0)]

    await done(database, check)
