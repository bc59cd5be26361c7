"""What leaders order comes round by the clock on the wall, once after a long stop, and rests where it may not be."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.community.recurring import Order
from learncomm_agent.errors import NotPermittedError
from learncomm_agent.storage import dropping, rooms
from learncomm_agent.storage import recurring as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import rooms as room_rows
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle
from learncomm_agent.work import Commit

BERLIN = {"weekday": 0, "at": "09:00", "zone": "Europe/Berlin", "every": 1, "more": "kept"}
DAY = timedelta(days=1)
FEBRUARY = datetime(2026, 2, 25, 12, tzinfo=UTC)


class Weekly(Circle):
    """A hall in which something recurs."""

    async def __aenter__(self) -> "Weekly":
        await super().__aenter__()
        self.carried: list[datetime] = []
        self.error: Exception | None = None
        self.recurring = self.agent.house.between.recurring
        self.recurring.handle("song", self._sing)
        await self.ann.says("Hello.", self.hall)
        return self

    async def _sing(self, order: Order) -> Commit | None:
        if self.error is not None:
            raise self.error
        now = self.clock.now()
        return lambda conn: self.carried.append(now)

    async def room_id(self) -> RoomId:
        ref = self.hall
        return (await self.agent.house.database.read(lambda conn: rooms.find(conn, [ref])))[ref]

    async def order(self, rule: dict[str, Any]) -> Order:
        community, room = self.agent.community.id, await self.room_id()
        return await self.agent.house.database.write(
            lambda conn: self.recurring.order(conn, community, room, "song", rule, None)
        )

    async def of(self) -> Order | None:
        room = await self.room_id()
        return await self.agent.house.database.read(
            lambda conn: self.recurring.of(conn, room, "song")
        )

    async def to(self, at: datetime) -> None:
        await self.clock.to(at)
        await self.settle()


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Weekly]:
    async with Weekly(data, clock=ManualClock(FEBRUARY)) as circle:
        yield circle


async def test_nine_stays_nine_over_the_change_of_clocks(circle: Weekly) -> None:
    order = await circle.order(BERLIN)
    assert (order.next_at, order.rule["more"]) == (datetime(2026, 3, 2, 8, tzinfo=UTC), "kept")
    for _ in range(6):
        following = await circle.of()
        assert following is not None
        await circle.to(following.next_at)
    hours = [(each.month, each.day, each.hour) for each in circle.carried]
    assert hours == [(3, 2, 8), (3, 9, 8), (3, 16, 8), (3, 23, 8), (3, 30, 7), (4, 6, 7)]


async def test_every_other_week_and_the_hour_that_is_not_there(circle: Weekly) -> None:
    rule = {"weekday": 6, "at": "02:30", "zone": "Europe/Berlin", "every": 2}
    assert (await circle.order(rule)).next_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    for _ in range(3):
        following = await circle.of()
        assert following is not None
        await circle.to(following.next_at)
    assert [each.isoformat()[5:16] for each in circle.carried] == [
        "03-01T01:30",
        "03-15T01:30",
        "03-29T01:00",
    ]


@pytest.mark.parametrize(
    ("missed_for", "at"),
    [
        (timedelta(minutes=50), FEBRUARY),
        (timedelta(hours=20), FEBRUARY),
        (timedelta(hours=2), FEBRUARY + timedelta(hours=9)),
        (timedelta(hours=20), FEBRUARY + timedelta(hours=9)),
        (42 * DAY, FEBRUARY),
    ],
    ids=["a little", "since yesterday", "at night", "too late by the morning", "for weeks"],
)
async def test_after_a_stop_it_comes_late_by_day_or_the_next_one_stands_for_it(
    circle: Weekly, missed_for: timedelta, at: datetime
) -> None:
    order = await circle.order(BERLIN)
    await circle.to(max(at, circle.clock.now()))

    def stopped(conn: Connection) -> None:
        stored.went(conn, order.id, None, at - missed_for)
        dropping.drop(conn, "recur", f"recur:{order.id}")
        circle.recurring.open(conn)
        circle.recurring.open(conn)

    await circle.agent.house.database.write(stopped)
    await circle.settle()
    await circle.to(datetime(2026, 2, 26, 9, 0, 30, tzinfo=UTC))
    following = await circle.of()
    assert following is not None and following.next_at == order.next_at
    late = [at] if at == FEBRUARY else [datetime(2026, 2, 26, 9, tzinfo=UTC)]
    is_left_out = missed_for > DAY or (at > FEBRUARY and missed_for > DAY / 2)
    hours = [each.replace(minute=0, second=0, microsecond=0) for each in circle.carried]
    assert hours == ([] if is_left_out else late)
    await circle.to(order.next_at)
    assert len(circle.carried) == 2 - is_left_out


async def test_where_the_room_is_not_read_it_rests_and_comes_again(circle: Weekly) -> None:
    await circle.order(BERLIN)
    room, hall, directory = await circle.room_id(), circle.hall, circle.agent.house.directory
    write = circle.agent.house.database.write
    await write(lambda conn: directory.choose_reading(conn, room, hall, is_read=False))
    await circle.to(datetime(2026, 3, 2, 8, 1, tzinfo=UTC))
    following = await circle.of()
    assert circle.carried == [] and following is not None and following.last_at is None
    await write(lambda conn: directory.choose_reading(conn, room, hall, is_read=True))
    await circle.to(datetime(2026, 3, 9, 8, 1, tzinfo=UTC))
    assert len(circle.carried) == 1


async def test_an_order_goes_with_its_room_and_when_it_is_cancelled(circle: Weekly) -> None:
    await circle.order(BERLIN)
    again = await circle.order({**BERLIN, "weekday": 2})
    assert again.next_at == datetime(2026, 3, 4, 8, tzinfo=UTC)
    await circle.to(datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert circle.carried == []
    room, database = await circle.room_id(), circle.agent.house.database
    for is_there in (True, False):
        ended = await database.write(lambda conn: circle.recurring.cancel(conn, room, "song"))
        assert ended is is_there
    await circle.order(BERLIN)

    def drop(conn: Connection) -> None:
        conn.execute(sa.delete(room_rows).where(room_rows.c.id == room))

    before = len(circle.carried)
    await database.write(drop)
    await circle.to(datetime(2026, 3, 20, tzinfo=UTC))
    assert len(circle.carried) == before


async def test_one_that_can_t_be_carried_out_is_left_out_once(circle: Weekly) -> None:
    await circle.order(BERLIN)
    circle.error = NotPermittedError("closed")
    await circle.to(datetime(2026, 3, 2, 8, 1, tzinfo=UTC))
    circle.error = None
    await circle.to(datetime(2026, 3, 9, 8, 1, tzinfo=UTC))
    assert [each.day for each in circle.carried] == [9]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {**BERLIN, "weekday": 7},
        {**BERLIN, "at": "25:00"},
        {**BERLIN, "zone": "Mars/Base"},
        {**BERLIN, "every": 0},
        {**BERLIN, "every": 500},
    ],
)
async def test_no_rule_is_refused_and_keeps_nothing(circle: Weekly, rule: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        await circle.order(rule)
    assert await circle.of() is None
