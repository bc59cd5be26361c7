"""What somebody allows holds on every surface: a line a consent, a column a place where they could show."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, items, writings
from learncomm_agent.storage.schema_growing import goals
from learncomm_agent.storage.schema_matching import matched, matches, profiles
from learncomm_agent.storage.schema_nudges import nudges
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_reading import thanks
from tests.community.test_publishing import Open, files, published

WORD = "xanthoquill"
LEARNT = f"I learnt that the {WORD} opens at midnight beside the weir."
NEVER = timedelta(days=900)
WEEK_S = 7 * 86_400.0

ALLOWED = {
    "in": {"library", "digest", "page", "thanks", "profile", "goal", "match", "owner", "nudge"},
    "summaries_only": {"thanks", "profile", "goal", "match", "owner", "nudge"},
    "out": set[str](),
    "erased": set[str](),
}
"""Where somebody may show, by what they chose."""


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Open]:
    async with Open(data) as circle:
        assert isinstance(circle, Open)
        yield circle


async def lived(circle: Open) -> MemberId:
    """Let Ben be everywhere; return which member he is."""
    await circle.chloe.says("What opens at midnight beside the weir, and why there?", circle.hall)
    await published(circle, LEARNT)
    await circle.chloe.says("Then I will come with a lamp at midnight.", circle.hall)
    await circle.chloe.sends("thank", circle.hall, who="Ben", why="for the idea")
    mine = sa.select(accounts.c.member_id).where(accounts.c.name == "Ben")
    ben = MemberId(
        await circle.agent.house.database.read(lambda conn: conn.execute(mine).scalar_one())
    )

    def fill(conn: Connection) -> None:
        now, community = circle.clock.now(), circle.agent.community.id
        about = {"community_id": community, "member_id": ben, "changed_at": now}
        profile = {"offers": "ponds", "wants": "", "languages": [], "hours": [], "capacity": 1}
        conn.execute(sa.insert(profiles).values(**about, **profile, is_open=True))
        goal = {"text": "grow reeds", "state": "open", "made_at": now, "is_suggested": False}
        conn.execute(sa.insert(goals).values(**about, **goal))
        made = sa.insert(matches).values(community_id=community, kind="pair", made_at=now)
        match = conn.execute(made.returning(matches.c.id)).scalar_one()
        conn.execute(sa.insert(matched).values(match_id=match, member_id=ben, role="buddy"))
        line = sa.select(items.c.id, writings.c.room_id).join(writings)
        item = conn.execute(line.where(writings.c.kind == "summary")).first()
        assert item is not None
        promise = {"item_id": item.id, "room_id": item.room_id, "owner_id": ben}
        when = {"made_at": now, "changed_at": now, "community_id": community}
        conn.execute(sa.insert(actions).values(**promise, **when, state="accepted"))
        nudge = {"community_id": community, "member_id": ben, "kind": "none", "subject": 1}
        conn.execute(sa.insert(nudges).values(**nudge, due=now + NEVER))

    await circle.agent.house.database.write(fill)
    return ben


async def chooses(circle: Open, what: str) -> None:
    if what == "erased":
        await circle.ben.sends("me", circle.hall, what="erase")
        await circle.ben.presses("Yes, erase everything")
    elif what != "in":
        await circle.ben.sends("optout", circle.hall, choice=what)
        if what == "out":
            await circle.ben.presses("Yes, forget it")
    await circle.clock.advance(120)
    await circle.settle()


async def shown(circle: Open, ben: MemberId) -> set[str]:
    """Return where Ben shows, in words, by name or by his row."""
    digest = await circle.chloe.sends("digest", circle.hall)
    found = await circle.chloe.sends("search", circle.hall, query=f"{WORD} at midnight")
    columns = {
        "thanks": thanks.c.receiver_id,
        "profile": profiles.c.member_id,
        "goal": goals.c.member_id,
        "match": matched.c.member_id,
        "owner": actions.c.owner_id,
        "nudge": nudges.c.member_id,
    }

    def rows(conn: Connection) -> set[str]:
        queries = ((name, sa.select(each).where(each == ben)) for name, each in columns.items())
        return {name for name, query in queries if conn.execute(query).first() is not None}

    there = await circle.agent.house.database.read(rows)
    pages = "".join(files(circle).values())
    if WORD in digest:
        there.add("digest")
    if WORD in found and "nothing" not in found:
        there.add("library")
    if WORD in pages:
        there.add("page")
    assert "(Ben" not in pages, "he never agreed to be named there"
    return there


@pytest.mark.parametrize("chosen", ALLOWED)
async def test_nobody_shows_where_they_did_not_allow_it(circle: Open, chosen: str) -> None:
    ben = await lived(circle)
    await chooses(circle, chosen)
    assert await shown(circle, ben) == ALLOWED[chosen]
    if chosen == "out":
        service = circle.agent.house.between.nudges

        def add(conn: Connection) -> None:
            now = circle.clock.now()
            service.add(conn, circle.agent.community.id, ben, "goals", 7, now)

        await circle.agent.house.database.write(add)
        await circle.clock.advance(WEEK_S)
        await circle.settle()
        assert "nudge" not in await shown(circle, ben)
