"""Erasing somebody leaves what is for others: what waits to be posted, and with whom they go on."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Mention, Outgoing, Paragraph, Text
from learncomm_agent.chat.placeholders import dump
from learncomm_agent.storage import due, rooms, work_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, work
from learncomm_agent.storage.schema_matching import matched, matches
from learncomm_agent.testing.community import Circle
from tests.commands.rounds import Rounds

ERASE = "Yes, erase everything"
AS_IT_IS: dict[str, Any] = {"stays": True}
BEN = {"platform": "fake", "id": "ben"}


async def test_what_waits_for_others_is_posted_without_their_name(circle: Circle) -> None:
    await circle.ben.says("Hello.", circle.hall)
    ben, house = circle.ben, circle.agent.house
    spans = (
        Text("Chloé and "),
        Mention(ben.account.ref, ben.name),
        Text(": Ben will bring it, Benita not."),
    )

    def add(conn: Connection) -> None:
        room = rooms.find(conn, [circle.hall])[circle.hall]
        at = circle.clock.now() + timedelta(hours=1)
        for key, ref in (("all", None), ("ben", ben.account.ref)):
            post = Outgoing(circle.hall, (Paragraph(spans),), key, private_to=ref)
            args = {"community": circle.agent.community.id, "room": room, "writing": None}
            args |= {"outgoing": dump(post), "otherwise": None}
            due.enqueue(conn, "post", args, due=at, key=key)

    await house.database.write(add)
    await ben.sends("me", circle.hall, what="erase")
    assert (await ben.presses(ERASE)).startswith("It is gone")
    await circle.clock.advance(7200)
    await circle.settle()
    said = [post.text for post in ben.answers() if "bring it" in post.text]
    assert said == ["Chloé and …: … will bring it, Benita not."]
    assert await house.database.read(due.dead_letters) == []


@pytest.mark.parametrize(
    ("args", "left"),
    [
        ({"member": 2}, None),
        ({"reader": ["fake", "ben"], "outgoing": {"blocks": []}}, None),
        ({"outgoing": {"private_to": BEN}}, None),
        ({"session": 1, "event": {"kind": "joined", "member": 2}}, None),
        ({"session": 1, "effect": {"to": {"whom": "member", "which": 2}}}, None),
        ({"session": 1, "effect": {"kind": "let_go", "groups": [1], "member": 2}}, AS_IT_IS),
        ({"room": 2, "writing": 2, "session": 2}, AS_IT_IS),
        ({"people": [["fake", "ben", "Ben", False], ["fake", "eve", "Eve", False]]},
         {"people": [["fake", "eve", "Eve", False]]}),
        ({"effect": {"notes": {"3": {"who": "Ben"}}}}, {"effect": {"notes": {"3": {"who": ""}}}}),
    ],
)  # fmt: skip
async def test_rows_for_or_by_somebody_go_and_others_lose_the_name(
    circle: Circle, args: dict[str, Any], left: dict[str, Any] | None
) -> None:
    def erased(conn: Connection) -> list[dict[str, Any]]:
        community = circle.agent.community.id
        known = sa.text(
            "INSERT INTO members (id, community_id, name, consent, created_at) VALUES (2, :c, 'Ben', 'in', 0)"
        )
        conn.execute(known, {"c": community})
        account = {"community_id": community, "member_id": 2, "is_leader": False, "is_bot": False}
        conn.execute(
            sa.insert(accounts).values(platform="fake", platform_id="ben", name="Ben", **account)
        )
        due.enqueue(conn, "later", args, due=circle.clock.now() + timedelta(days=9))
        work_of.drop(conn, 2)  # type: ignore[arg-type]
        work_of.unname(conn, 2, {"Ben"})  # type: ignore[arg-type]
        kept = sa.select(work.c.args).where(work.c.name == "later")
        return list(conn.execute(kept).scalars())

    found = await circle.agent.house.database.write(erased)
    assert found == ([] if left is None else [args if left is AS_IT_IS else left])


@pytest.mark.parametrize("how", ["erase", "out"])
async def test_nobody_is_matched_with_who_has_gone(data: Path, how: str) -> None:
    async with Rounds(data) as rounds:
        dan, emil = rounds.person("Dan"), rounds.person("Emil")
        await rounds.begin("welcome", "place: the board")
        for who in (rounds.ben, rounds.chloe, dan, emil):
            await who.asks("session join", rounds.hall)
        await rounds.ann.asks("session next", rounds.hall)
        await rounds.passes(hours=13)
        await rounds.ann.asks("session next", rounds.hall)
        ben = await rounds.id_of(rounds.ben)
        if how == "erase":
            await rounds.ben.sends("me", rounds.hall, what="erase")
            await rounds.ben.presses(ERASE)
        else:
            await rounds.ben.sends("optout", rounds.lounge, choice="out")
            await rounds.ben.presses("Yes, forget it")
        await rounds.passes(hours=20)

        def read(conn: Connection) -> tuple[list[Any], list[Any]]:
            ends = sa.select(matches.c.ended_at.is_(None)).order_by(matches.c.id)
            return list(conn.execute(sa.select(matched.c.member_id)).scalars()), list(
                conn.execute(ends).scalars()
            )

        members, is_open = await rounds.agent.house.database.read(read)
        assert (ben in members, len(members)) == (False, 3)
        assert sorted(is_open) == [False, True], "of two pairs the one has ended"
        assert await rounds.dead() == []
