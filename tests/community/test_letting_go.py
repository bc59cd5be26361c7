"""What is old goes as leaders chose: whole, and nothing that somebody is still to do, or to hear of, with it."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import learncomm_agent
from learncomm_agent.storage import retention_rules
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import items, writings
from learncomm_agent.storage.schema_feedback import pulses
from learncomm_agent.storage.schema_growing import goals
from learncomm_agent.storage.schema_promises import actions, decisions
from learncomm_agent.testing.community import Circle, Person

DAY_S = 24 * 3600


async def keeps(circle: Circle, **days: str) -> None:
    await circle.ann.sends("retention", circle.hall, **days)
    assert "From today on" in await circle.ann.presses("Yes, from today on")
    await circle.settle()


async def days_later(circle: Circle, *counts: int) -> None:
    for count in counts:
        await circle.clock.advance(count * DAY_S)
        await circle.settle()


async def rows(circle: Circle, query: sa.Select[Any]) -> list[Any]:
    return await circle.agent.house.database.read(lambda conn: list(conn.execute(query).all()))


def told(person: Person) -> list[str]:
    return [post.text for post in person.answers() if post.private_to == person.account.ref]


async def test_what_is_settled_stays_bare_so_that_nobody_is_asked_again(circle: Circle) -> None:
    await circle.ben.says("I'll bring the cake by Friday.", circle.hall)
    await circle.chloe.says("Action item: write the minutes", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await circle.ben.asks("actions accept 1", circle.hall)
    await circle.ben.asks("actions done 1", circle.hall)
    await circle.ann.asks("actions drop 2", circle.hall)
    await circle.chloe.asks("actions add water the xanthoquill who=me", circle.hall)
    await circle.chloe.asks("actions done 3", circle.hall)
    await circle.chloe.asks("actions add feed the cat who=me", circle.hall)
    await days_later(circle, 12)
    await keeps(circle, actions="7")
    kept = sa.select(actions.c.id, actions.c.state, actions.c.owner_id, actions.c.added_by)
    found = await rows(circle, kept.order_by(actions.c.id))
    assert [tuple(row) for row in found[:2]] == [
        (1, "done", None, None),
        (2, "dropped", None, None),
    ]
    assert [(row.id, row.state, row.owner_id is None) for row in found[2:]] == [
        (4, "accepted", False)
    ]
    assert not await rows(
        circle, sa.select(items).where(items.c.content["text"].as_string().contains("xantho"))
    )
    assert not any("xanthoquill" in post.text for post in circle.ben.seen_in(circle.hall))
    before = len(told(circle.ben))
    await circle.ann.asks("draft 1 edit 2 write the long minutes", circle.hall)
    await days_later(circle, 1, 1)
    assert told(circle.ben)[before:] == []
    assert len(await rows(circle, kept)) == 3


async def test_decisions_to_be_looked_at_again_outlast_their_summary(circle: Circle) -> None:
    await circle.chloe.says(
        "We decided to meet on Tuesdays. We review it in three weeks.", circle.hall
    )
    await circle.chloe.says("We decided to plant owls.", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await keeps(circle, summaries="7")
    await days_later(circle, 9, 13, 1)
    assert len(await rows(circle, sa.select(decisions))) == 1
    assert any("How is it now" in text for text in told(circle.ann))
    await circle.ann.presses("Keep it")
    await days_later(circle, 1)
    assert await rows(circle, sa.select(decisions)) == []
    assert "a decision that holds" in await circle.ann.sends("audit", circle.hall)


async def test_no_rule_lets_more_be_said_than_somebody_wants(circle: Circle) -> None:
    await circle.ben.says("Hello.", circle.hall)
    await keeps(circle, nudges="1")
    for number in range(6):
        await circle.ann.asks(f"actions add water tree number {number} who=@Ben", circle.hall)
        await days_later(circle, 1)
    assert sum("you are named" in text for text in told(circle.ben)) <= 4


async def test_goals_and_pulses_go_with_what_shows_them(circle: Circle) -> None:
    await circle.ben.asks("goals add I want to grow a xanthoquill", circle.hall)
    await circle.ben.asks("goals share 1", circle.hall)
    await circle.ben.asks("goals reached 1", circle.hall)
    await circle.ann.sends("pulse", circle.hall, what="ask How is the xanthoquill?")
    assert any("xanthoquill" in post.text for post in circle.chloe.seen_in(circle.hall))
    await days_later(circle, 20)
    await keeps(circle, goals="7", feedback="7")
    await days_later(circle, 1)
    assert await rows(circle, sa.select(goals)) == []
    assert await rows(circle, sa.select(pulses)) == []
    shared = [post.text for post in circle.chloe.seen_in(circle.hall) if "want" in post.text]
    assert not any("xanthoquill" in text for text in shared), shared
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_what_is_told_alone_and_put_to_a_room_goes_too(circle: Circle) -> None:
    await circle.ben.says("I'll bring the cake by Friday.", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await circle.ben.asks("actions accept 1", circle.hall)
    await circle.ben.sends("actions", circle.hall)
    await circle.ann.sends("letter", circle.hall)
    await circle.ben.sends("digest", circle.hall)
    await circle.ben.asks("ask where do owls sleep?", circle.hall)
    await days_later(circle, 3)
    await keeps(circle, answers="1", summaries="1")
    await days_later(circle, 2)
    old = writings.c.created_at < circle.clock.now() - timedelta(days=2)
    left = await rows(circle, sa.select(writings.c.kind, items.c.section).join(items).where(old))
    assert [tuple(row) for row in left] == [("summary", "action_items")], "what is still to be done"


def test_every_kind_of_writing_goes_by_a_rule() -> None:
    """A kind is what `Writing(kind=…)` is given, anywhere in the core."""
    known = {*retention_rules.ANSWERS, *retention_rules.SUMMARIES, *retention_rules.WITH_THEIRS}
    found = kinds_written()
    assert len(found) > 20
    assert found - known == set()
    assert known - found == set(), "a rule for nothing"


def kinds_written() -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in core()]
    named = dict[str, str]()
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    named |= constants(target, node.value)
    found = set[str]()
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        called = getattr(call.func, "id", None)
        of_one = bool(call.args) and getattr(call.args[0], "id", None) == "writing"
        if called != "Writing" and not (called == "replace" and of_one):
            continue
        for keyword in call.keywords:
            if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant):
                found.add(str(keyword.value.value))
            elif keyword.arg == "kind" and isinstance(keyword.value, ast.Name):
                found.add(named[keyword.value.id])
    return found


def constants(target: ast.expr, value: ast.expr) -> dict[str, str]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        both = zip(target.elts, value.elts, strict=True)
        return {name: text for each in both for name, text in constants(*each).items()}
    if not (isinstance(target, ast.Name) and isinstance(value, ast.Constant)):
        return {}
    return {target.id: value.value} if isinstance(value.value, str) else {}


def core() -> list[Path]:
    return sorted(Path(learncomm_agent.__file__).parent.rglob("*.py"))
