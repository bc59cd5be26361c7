"""Leaders read what was done here; what members chose about themselves bears no name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import learncomm_agent
from learncomm_agent.commands.audit import ACTS
from learncomm_agent.sessions.events import Act
from learncomm_agent.storage.feedback import State
from learncomm_agent.testing.community import Circle


async def test_what_leaders_do_is_told_and_found_by_words(circle: Circle) -> None:
    ann, hall = circle.ann, circle.hall
    await ann.sends("read", circle.lounge, switch="on")
    await ann.sends("links", hall, mode="every")
    await ann.sends("links", hall, reaction="📚")
    await circle.ben.says("I will feed the ducks by Friday.", hall)
    await ann.publishes("summary", hall)
    await circle.ben.sends("me", hall, consent="out")
    await circle.ben.presses("Yes, forget it")
    said = await ann.sends("audit", hall)
    for told in (
        "Ann: reading on · lounge",
        "Ann: what becomes of links · hall",
        "Ann: a draft published · #",
        "a member: opted out · one message",
    ):
        assert told in said, told
    assert "Ben" not in said
    assert "such as following an edit" in said
    only = await ann.sends("audit", hall, words="read")
    assert "reading on" in only and "links" not in only
    assert "I: a post of mine changed" in await ann.sends("audit", hall, words="mend")
    assert "nothing with “xyzzy”" in await ann.sends("audit", hall, words="xyzzy")
    assert "leaders" in await circle.chloe.sends("audit", hall)


async def test_it_is_read_page_by_page_and_only_by_leaders(circle: Circle) -> None:
    for n in range(15):
        await circle.ann.sends("links", circle.hall, reaction="📚" if n % 2 else "off")
    first = await circle.ann.sends("audit", circle.hall)
    assert "page 1 of 2" in first
    second = await circle.ann.presses("Older")
    assert "page 2 of 2" in second
    assert "page 1 of 2" in await circle.ann.presses("Newer")
    post = circle.ann.answers()[-1].ref
    assert "leaders" in await circle.ben.chooses("audit:1:", post)
    for wrong in ("audit:", "audit:x", "audit:99999:"):
        assert re.search("out of date|page", await circle.ann.chooses(wrong, post))
    assert "page 2 of 2" in await circle.ann.chooses("audit:999:", post)


def test_whatever_is_recorded_has_words_of_its_own() -> None:
    """Whatever is given as an action to what records, anywhere in the core, is in the list; but for what is made up."""
    found = {action for path in core() for action in actions_in(ast.parse(path.read_text("utf-8")))}
    made = {*(f"session {act}" for act in Act), *(f"feedback {state}" for state in NOTED)}
    assert len(found) > 40
    missing = {each.replace(" ", "_") for each in found | made} - ACTS
    assert missing == set()


RECORDS = frozenset({"record", "recorded", "_record", "note", "_note", "_noted", "close", "_close"})
WORDS = re.compile(r"[a-z]+( [a-z]+)*")
"""An action is plain words; keys of phrases, which others that are called so take, bear dots."""
NOTED = (State.ANSWERED, State.ASIDE, State.SHOWN)


def core() -> list[Path]:
    return sorted(Path(learncomm_agent.__file__).parent.rglob("*.py"))


def actions_in(tree: ast.Module) -> Iterator[str]:
    """Yield what is recorded: the first words among the arguments, where these stand there."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        named = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if named not in RECORDS:
            continue
        for argument in call.args:
            if isinstance(argument, ast.JoinedStr):
                break  # what it is about
            if words := list(words_in(argument)):
                yield from words
                break


def words_in(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (node.value,) if WORDS.fullmatch(node.value) else ()
    elif isinstance(node, ast.IfExp):
        yield from (*words_in(node.body), *words_in(node.orelse))


async def test_what_leaders_order_and_plan_is_told_in_words(circle: Circle) -> None:
    ann, hall = circle.ann, circle.hall
    await ann.sends("thank", hall, why="weekly Friday 16:00")
    await ann.sends("thank", hall, why="weekly off")
    await ann.sends("feedback", hall, what="next book-club Begin with the ivy")
    await ann.sends("feedback", hall, what="changed 1 We began with the ivy")
    await ann.sends("digest", hall, what="room Monday 9:00")
    await circle.chloe.asks("actions add sow seeds who=me", hall)
    await ann.asks("actions drop 1", hall)
    said = await ann.sends("audit", hall)
    for told in (
        "a round-up of thanks every week · hall",
        "no weekly round-up of thanks any more · hall",
        "what is to change next time",
        "a digest every week · hall",
        "a promise let go · #1",
    ):
        assert told in said, told
