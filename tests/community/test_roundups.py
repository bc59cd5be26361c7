"""The thanks of a week, told once more: only what the room may read, once, in peace, and mended with them."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.chat.outgoing import Listing, Mention, MessageLink
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.lines import ROUND_UP
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.testing.community import Circle
from learncomm_agent.words import Words
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.round_up import MOST

DAY_S = 24 * 3600.0


async def a_week(circle: Circle) -> None:
    for _ in range(14):
        await circle.clock.advance(DAY_S / 2)
        await circle.settle()


def told(circle: Circle, room: RoomRef) -> list[str]:
    """The round-ups that stand in a room."""
    return [post.text for post in circle.ann.seen_in(room) if "This week's thanks" in post.text]


async def ordered(circle: Circle, room: RoomRef, when: str = "Friday 16:00") -> str:
    return await circle.ann.asks(f"thank weekly {when}", room)


async def test_a_week_s_thanks_are_told_by_time_with_links_and_call_nobody(circle: Circle) -> None:
    assert "every week" in (await ordered(circle, circle.hall)).casefold()
    notes = await circle.ben.says("I wrote down what we agreed.", circle.hall)
    await circle.chloe.says("Good morning.", circle.hall)
    await circle.ann.sends("thank", circle.hall, message=notes.id, why="for the notes")
    await circle.chloe.sends("thank", circle.hall, who="Ben", why="for the lift")
    await circle.ben.sends("thank", circle.hall, who="Chloé", why="for the cake")
    await a_week(circle)
    (said,) = told(circle, circle.hall)
    assert said.index("Ann thanked Ben") < said.index("Chloé and Ben thanked each other")
    assert said.count("Chloé and Ben") == 1 and "for the lift" in said and "for the cake" in said
    post = circle.ann.seen_in(circle.hall)[-1]
    (items,) = [block.items for block in post.blocks if isinstance(block, Listing)]
    spans = [span for item in items for span in item]
    assert not any(isinstance(span, Mention) for span in spans)
    links = [span.ref for span in spans if isinstance(span, MessageLink)]
    assert len(links) == 3 and notes in links
    await a_week(circle)
    assert len(told(circle, circle.hall)) == 1, "an empty week stays quiet"


async def test_it_holds_what_all_readers_of_the_room_may_read(circle: Circle) -> None:
    await ordered(circle, circle.hall)
    await ordered(circle, circle.den, "Friday 17:00")
    await circle.ben.says("Good morning.", circle.den)
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ann.sends("thank", circle.den, who="Ben", why="for the secret")
    await circle.clock.advance(DAY_S)
    await circle.ann.sends("thank", circle.hall, who="Ben", why="for the open door")
    await a_week(circle)
    assert "open door" in told(circle, circle.hall)[0]
    assert "secret" not in told(circle, circle.hall)[0]
    (den,) = told(circle, circle.den)
    assert "open door" in den and "secret" in den


@pytest.mark.parametrize("how", ["message", "words", "receiver", "giver", "no thanks", "forget me"])
async def test_it_is_mended_when_thanks_go(circle: Circle, how: str) -> None:
    await ordered(circle, circle.hall)
    notes = await circle.ben.says("I wrote down what we agreed.", circle.hall)
    await circle.chloe.says("Good morning.", circle.hall)
    asked = await circle.ann.says("@learncomm thank Ben for the lift", circle.hall)
    await circle.chloe.sends("thank", circle.hall, message=notes.id, why="for the notes")
    await circle.ben.sends("thank", circle.hall, who="Chloé", why="for the cake")
    await a_week(circle)
    assert all(each in told(circle, circle.hall)[0] for each in ("lift", "notes", "cake"))
    gone = {"message": "notes", "words": "lift", "receiver": "lift", "giver": "lift"}.get(how)
    match how:
        case "message":
            await circle.ben.deletes(notes)
        case "words":
            await circle.ann.deletes(asked)
        case "receiver" | "giver":
            one = circle.ben if how == "receiver" else circle.ann
            await one.sends("me", circle.lounge, consent="out")
            await one.presses("Yes, forget it")
        case "no thanks":
            await circle.ben.sends("me", circle.hall, thanks="no")
        case _:
            await circle.ann.sends("forget", circle.hall, source="me")
            await circle.ann.presses("Yes, forget it")
    said = "".join(told(circle, circle.hall))
    stays = {
        "message": "lift cake",
        "words": "notes cake",
        "receiver": "",
        "giver": "notes cake",
        "no thanks": "cake",
        "forget me": "notes cake",
    }[how].split()
    assert [each for each in ("lift", "notes", "cake") if f"for the {each}" in said] == sorted(
        stays, key=["lift", "notes", "cake"].index
    )
    assert gone is None or f"for the {gone}" not in said


async def test_who_may_order_it_and_how_it_ends(circle: Circle) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    assert "Whoever leads" in await circle.ben.asks("thank weekly Friday 16:00", circle.hall)
    assert "don't tell" in await circle.ben.asks("thank weekly", circle.hall)
    for nonsense in ("at some time", "Friday", "weekly", "25:00"):
        assert "A day and a time" in await ordered(circle, circle.hall, nonsense), nonsense
    assert "don't read" in await ordered(circle, circle.lounge)
    alone = await circle.platform.direct_room(circle.ann.account.ref)
    assert "Nobody else is here" in await circle.ann.sends("thank", alone, weekly="Friday 16:00")
    assert "January 9" in await circle.ann.sends("thank", circle.hall, weekly="Friday 16:00")
    await circle.ann.sends("thank", circle.hall, who="Ben", why="for the soup")
    assert "any more" in await circle.ann.asks("thank weekly off", circle.hall)
    assert "don't tell" in await circle.ann.asks("thank weekly off", circle.hall)
    await a_week(circle)
    assert told(circle, circle.hall) == []


async def test_a_room_that_is_read_no_more_is_let_off_all_the_same(circle: Circle) -> None:
    await ordered(circle, circle.hall)
    await circle.ann.sends("read", circle.hall, switch="off")
    assert "any more" in await circle.ann.asks("thank weekly off", circle.hall)
    assert "don't tell" in await circle.ann.asks("thank weekly off", circle.hall)


async def test_thanks_that_begin_with_the_word_are_thanks(circle: Circle) -> None:
    weekly = circle.person("Weekly")
    await weekly.says("Good morning.", circle.hall)
    said = await circle.ann.asks("thank Weekly for the soup and all the rest", circle.hall)
    assert said == "Ann thanks Weekly: for the soup and all the rest"


async def test_after_a_long_silence_nothing_is_told_twice_or_lost(circle: Circle) -> None:
    await ordered(circle, circle.hall)
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ann.sends("thank", circle.hall, who="Ben", why="for the first")
    await a_week(circle)
    await circle.ann.sends("thank", circle.hall, who="Ben", why="for the second")
    await circle.clock.to(circle.clock.now() + timedelta(weeks=3))
    await circle.settle()
    await a_week(circle)  # what was missed is told with the next one, at its time
    said = told(circle, circle.hall)
    assert sum("first" in each for each in said) == 1 == sum("second" in each for each in said)


def test_of_many_pairs_none_is_left_out_and_none_is_called(words: Words) -> None:
    def line(giver: int, receiver: int, why: str) -> Line:
        names = {"who": f"G{giver}", "name": f"R{receiver}"}
        both = {"giver": giver, "receiver": receiver, "post": ["fake", "home", "hall", "9"]}
        return Line(ROUND_UP, {"thanks": giver, **both, **names, "why": why}, ())

    lines = tuple(line(n, 100 + n, "x" * 900 if n == 1 else "**y** <@1>") for n in range(MOST + 5))
    id = CommunityId(1)
    writing = Writing(id, ROUND_UP, RoomId(1), None, False, {}, {}, {}, lines)
    blocks = Layout(words, "en", UTC).blocks(writing, {})
    (items,) = [block.items for block in blocks if isinstance(block, Listing)]
    assert len(items) == MOST and all(len(str(each)) < 900 for each in items)
    assert all(f"G{n} thanked R{100 + n}" in str(blocks) for n in range(MOST + 5))
    assert Layout(words, "en", UTC).blocks(replace(writing, lines=()), {}) != ()
