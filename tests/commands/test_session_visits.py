"""What is meant for one step of a session is done to no other one, and nobody learns whose it was."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import work
from learncomm_agent.storage.schema_sessions import session_tokens
from learncomm_agent.testing.community import Person
from tests.commands.rounds import Rounds

TWO_STEPS = """---
title: Two steps
purpose: First without names, then with them.
stages:
  - collect: secrets
    what: idea
    anonymous: true
    for: 2 days
  - collect: ideas
    what: idea
    for: 2 days
  - collect: more
    what: idea
    for: 2 days
  - wait: rest
    for: 1 day
---
The guide.
"""
SECRET = "I am afraid of the first page"


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        folder = rounds.agent.settings.data / rounds.agent.community.slug / "playbooks"
        (folder / "two-steps.md").write_text(TWO_STEPS, encoding="utf-8")
        yield rounds


async def fills(hall: Rounds, who: Person, form: str, **values: str) -> str:
    """Send a form by its id, as one that was opened before; return the answer."""
    before = {each.ref for each in who.answers()}
    await hall.platform.sends_form(who.account, hall.hall, form, values)
    await hall.settle()
    return "\n".join(each.text for each in who.answers() if each.ref not in before)


async def everything(hall: Rounds) -> str:
    return json.dumps([dict(row.content) for row in await hall.sessions()])


async def test_what_was_written_for_a_step_without_names_is_never_put_in_by_name(
    hall: Rounds,
) -> None:
    await hall.begin("two-steps", "")
    button = next(id for id in hall.ben.buttons(hall.ben.seen_in(hall.hall)[-1]) if ":enter" in id)
    assert button == "s:1:enter:1"
    form = await hall.platform.opens(hall.ben.account, button, hall.ben.answers()[-1].ref)
    assert form is not None and form.id == button
    await hall.ann.asks("session next", hall.hall)
    for late in (form.id, "s:1:enter"):  # the second one says not for which step it was opened
        assert "nothing was kept" in await fills(hall, hall.ben, late, text=SECRET)
    assert SECRET not in await everything(hall)
    assert "Thank" in await fills(hall, hall.ben, "s:1:enter:2", text="A bench")
    at = hall.ben.answers()[-1].ref
    assert "nothing was kept" in await hall.ben.chooses("s:1:enter:1", at)
    assert await hall.dead() == []


async def test_words_that_wait_while_a_step_ends_are_not_for_the_next_one(hall: Rounds) -> None:
    await hall.begin("two-steps", "")
    await hall.ben.asks("session join", hall.hall)
    await hall.ben.asks("session add One thing", hall.hall)
    database = hall.agent.house.database

    def hold(conn: Connection) -> int:
        """Let something of Ben's go before all else that he asks."""
        account = conn.execute(sa.text("SELECT id FROM accounts WHERE name = 'Ben'")).scalar_one()
        held = sa.insert(work).values(
            name="held",
            args={},
            lane=f"request:{account}",
            due=hall.clock.now() + timedelta(days=30),
            attempts=1,
        )
        return int(conn.execute(held.returning(work.c.id)).scalar_one())

    row = await database.write(hold)
    await hall.ben.says("session 1 add " + SECRET, await hall.direct(hall.ben))
    await hall.passes(days=2, minutes=1)
    assert (await hall.session()).visit == 2
    await database.write(
        lambda conn: conn.execute(sa.delete(work).where(work.c.id == row)) and None
    )
    await hall.passes(minutes=1)
    assert "nothing was kept" in hall.ben.answers()[-1].text
    assert SECRET not in await everything(hall)


async def test_the_store_counts_who_entered_apart_and_only_while_the_step_is_on(
    hall: Rounds,
) -> None:
    await hall.begin("two-steps", "")
    for who in (hall.chloe, hall.ann, hall.ben):
        await fills(hall, who, "s:1:enter:1", text=f"What {who.name} thinks")
    for n in range(3):
        said = await fills(hall, hall.ben, "s:1:enter:1", text=f"Thing {n}")
    assert "3" in said and "Thank" not in said  # the limit holds
    database = hall.agent.house.database
    tokens = await database.read(lambda conn: conn.execute(sa.select(session_tokens)).all())
    assert sorted(row[2] for row in tokens) == [1, 1, 3]
    session = await hall.session()
    assert session.standing is not None and set(session.standing.data) == {"post"}
    kept = await everything(hall)
    assert not any(row.token in kept for row in tokens)
    done = sa.select(work.c.lane).where(work.c.name == "request", work.c.done_at.is_not(None))
    lanes = await database.read(lambda conn: conn.execute(done).scalars().all())
    assert lanes and set(lanes) == {None}
    await hall.ann.asks("session next", hall.hall)
    assert await database.read(lambda conn: conn.execute(sa.select(session_tokens)).all()) == []
    file = await hall.agent.house.database.read(
        lambda conn: conn.execute(sa.text("PRAGMA database_list")).first()
    )
    assert file is not None
    path = Path(file.file)
    raw = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    assert not any(row.token.encode() in raw for row in tokens)


@pytest.mark.parametrize("button", ["s:1:next:1", "s:1:end_it:1"])
async def test_a_leader_who_taps_twice_goes_one_step(hall: Rounds, button: str) -> None:
    await hall.begin("two-steps", "")
    await hall.ben.asks("session add One thing", hall.hall)
    await hall.ann.asks("session", hall.hall)
    shown = hall.ann.answers()[-1]
    assert "s:1:next:1" in hall.ann.buttons(shown)
    await hall.ann.chooses("s:1:next:1", shown.ref)
    assert "one step further" in await hall.ann.chooses(button, shown.ref)
    assert "one step further" in await fills(hall, hall.ann, "s:1:extend:1", text="3 days")
    assert (await hall.session()).visit == 2
    assert await hall.dead() == []


async def test_where_nobody_can_be_told_alone_all_read_that_it_was_noted(hall: Rounds) -> None:
    await hall.begin("two-steps", "")
    hall.platform.can = replace(
        hall.platform.can, private_replies=Level.FALLBACK, direct_messages=Level.FALLBACK
    )
    await hall.ben.asks("session join", hall.hall)
    assert hall.ben.seen_in(hall.hall)[-1].text == "Noted."
    await hall.ben.asks("session vote 1", hall.hall)
    assert "can't reach them in private" in hall.ben.seen_in(hall.hall)[-1].text


@pytest.mark.parametrize(
    ("verb", "hours"), [("next", 6), ("skip", 6), ("end", 6), ("next", 10), ("end", 10)]
)
async def test_before_a_round_of_pairs_is_over_early_its_leader_is_asked_and_each_pair_told(
    hall: Rounds, verb: str, hours: int
) -> None:
    """By day, and by night, when what presses nobody waits for the morning."""
    await hall.begin("mentorship-round", "join_for: 1 day; how: buddies")
    for each in (hall.ben, hall.chloe):
        await each.asks("session join", hall.hall)
    await hall.passes(days=3, hours=6)
    await hall.ann.presses("Begin like this")
    await hall.passes(hours=hours)
    together = next(each for each in reversed(hall.ben.answers()) if "together until" in each.text)
    said = await hall.ann.asks(f"session {verb}", hall.hall)
    assert "Each pair reads" in said and "Your time in this round is over" not in hall.transcript(
        hall.ben
    )
    if verb == "end":
        await hall.ann.presses("Yes, end it now")
    elif verb == "skip":
        await hall.ann.presses("Yes, now")
    else:
        await hall.ann.asks("session next", hall.hall)
    await hall.passes(days=1)
    last = hall.ben.seen_in(together.ref.room)[-1].text
    assert "Your time in this round is over" in last
    asked = "What do you take along" in hall.public()
    assert asked is (verb != "end")
