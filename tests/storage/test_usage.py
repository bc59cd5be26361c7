"""What models used adds up by community, day and purpose, and is nobody's where nobody is known."""

from datetime import UTC, datetime
from functools import partial

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.llm.model import Usage
from learncomm_agent.storage import communities, usage
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.usage import Used

NOW = datetime(2026, 1, 5, tzinfo=UTC)
DAY = "2026-01-05"


def join(conn: Connection, slug: str) -> CommunityId:
    return communities.ensure(conn, slug, name="A", language="en", timezone="UTC", now=NOW).id


def call(
    conn: Connection,
    community: CommunityId,
    used: Usage,
    *,
    day: str = DAY,
    model: str = "m",
    purpose: str = "answer",
    is_failed: bool = False,
) -> None:
    usage.record(
        conn,
        community,
        day=day,
        model=model,
        purpose=purpose,
        sent=used.sent,
        received=used.received,
        cached=used.cached,
        is_failed=is_failed,
    )


async def test_calls_add_up_by_community_and_purpose(database: Database) -> None:
    def write(conn: Connection) -> tuple[CommunityId, CommunityId]:
        a, b = join(conn, "a"), join(conn, "b")
        call(conn, a, Usage(10, 1, 5))
        call(conn, a, Usage(20, 2, 6), is_failed=True)
        call(conn, a, Usage(40, 4), model="other")
        call(conn, a, Usage(80, 8), purpose="summary")
        call(conn, b, Usage(100, 9))
        call(conn, a, Usage(1000, 0), day="2026-01-06")
        return a, b

    a, b = await database.write(write)
    assert await database.read(lambda conn: usage.of_day(conn, DAY)) == [
        Used(a, "answer", calls=3, failed=1, sent=70, received=7, cached=11),
        Used(a, "summary", calls=1, failed=0, sent=80, received=8, cached=0),
        Used(b, "answer", calls=1, failed=0, sent=100, received=9, cached=0),
    ]
    spent = [
        await database.read(partial(usage.spent, community=of, day=day))
        for of, day in [(a, DAY), (b, DAY), (a, "2026-01-06"), (b, "2026-01-06")]
    ]
    assert spent == [165, 109, 1000, 0]


@pytest.mark.parametrize("unknown", [0, 7])
async def test_a_community_without_a_row_costs_nobody(database: Database, unknown: int) -> None:
    def write(conn: Connection) -> CommunityId:
        known = join(conn, "a")
        call(conn, CommunityId(unknown), Usage(10, 1))
        call(conn, known, Usage(1, 1))
        return known

    known = await database.write(write)
    used = await database.read(lambda conn: usage.of_day(conn, DAY))
    assert [each.community for each in used] == [known]
    assert await database.read(lambda conn: usage.spent(conn, CommunityId(unknown), DAY)) == 0
