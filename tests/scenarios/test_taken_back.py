"""What is taken back, or nearly: shares, their sharers' names, and what a trial run leaves behind."""

import dataclasses

import pytest

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import Circle, Person

WORD = "xanthoquill"
PLAN = File(
    "plan.md", "text/markdown", f"# Plan\n\nThe {WORD} blooms in May of each year.".encode()
)


async def minutes(circle: Circle, count: int = 5) -> None:
    await circle.clock.advance(60 * count)
    await circle.settle()


async def opts_out(who: Person, circle: Circle) -> None:
    """Have all of theirs forgotten, and wait until that is seen."""
    if "Shall I" in await who.sends("me", circle.hall, consent="out"):
        await who.presses("Yes, forget it")
    await minutes(circle)


def shown(circle: Circle, room: RoomRef) -> list[str]:
    """Return what somebody new reads in a room of what was forgotten."""
    posts = circle.platform.seen_by(circle.person("Dora").account, room)
    return [post.text for post in posts if "blooms in May" in post.text]


@pytest.mark.parametrize("answer", ["Yes, forget it", "No, keep it"])
async def test_a_trial_run_leaves_nothing_behind(circle: Circle, answer: str) -> None:
    """The day's talk of others enters the library as before, whatever is answered."""
    heron = await circle.ben.says("The heron nests by the old bridge in spring.", circle.hall)
    await circle.chloe.says("I saw the kingfisher near the weir on Tuesday.", circle.hall)
    await minutes(circle)
    asked = await circle.ben.sends("forget", circle.hall, source=f"message:{heron.id}")
    assert "one stretch of talk" in asked
    await circle.ben.presses(answer)
    await circle.chloe.says("The otter left its tracks under the willow.", circle.hall)
    await minutes(circle)
    for words in ("kingfisher weir", "otter tracks"):
        found = await circle.ann.sends("search", circle.hall, query=words)
        assert words.split()[0] in found
    found = await circle.ann.sends("search", circle.hall, query="heron nests")
    assert ("old bridge" in found) == (answer == "No, keep it")


@pytest.mark.parametrize("how", ["out", "forget me", "forget room"])
async def test_a_room_in_which_nobody_shares_it_any_more_shows_none_of_it(
    circle: Circle, how: str
) -> None:
    """Somebody shares the same elsewhere: there it stays."""
    await circle.chloe.asks("share", circle.hall, files=[PLAN])
    await circle.ben.asks("share", circle.den, files=[PLAN])
    for room in (circle.hall, circle.den):
        for asked in (f"when does the {WORD} bloom?", f"search {WORD}", "about Plan", "open Plan"):
            await circle.ben.asks(asked, room)
    await circle.ben.sends("ask", circle.hall, question=f"when does the {WORD} bloom?")
    await circle.ben.presses("Useful")
    assert await circle.ann.asks("keep", circle.hall)
    assert shown(circle, circle.hall)
    in_den = len([post for post in circle.ben.answers() if "blooms in May" in post.text])

    if how == "out":
        await opts_out(circle.chloe, circle)
    else:
        source = "me" if how == "forget me" else "room:hall"
        who = circle.chloe if how == "forget me" else circle.ann
        await who.sends("forget", circle.hall, source=source)
        receipt = await who.presses("Yes, forget it")
        # Chloé doesn't learn that somebody else shares it where she does not read.
        assert ("one share of a thing that others share too" in receipt) == (who is circle.ann)
    await minutes(circle)

    assert shown(circle, circle.hall) == []
    found = await circle.chloe.sends("search", circle.hall, query=f"{WORD} blooms")
    assert "found nothing" in found
    assert in_den
    assert "blooms in May" in await circle.ben.sends("search", circle.den, query=WORD)
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_what_stands_in_a_room_that_shares_it_itself_stays(circle: Circle) -> None:
    await circle.chloe.asks("share", circle.hall, files=[PLAN])
    await circle.ben.asks(f"search {WORD}", circle.den)  # found through the hall
    await circle.ben.asks("share", circle.den, files=[PLAN])
    await opts_out(circle.chloe, circle)
    found = [post.text for post in circle.ben.answers() if "blooms in May" in post.text]
    assert len(found) == 1
    assert "Chloé" not in found[0]


async def test_somebody_else_s_line_is_not_touched(circle: Circle) -> None:
    """Nobody gets another's line taken out by sharing the same for a moment."""
    await circle.ben.asks("share", circle.hall, files=[PLAN])
    before = await circle.ben.asks(f"search {WORD}", circle.den)
    assert "shared by Ben" in before
    await circle.chloe.asks("share", circle.hall, files=[PLAN])
    await opts_out(circle.chloe, circle)
    assert before in [post.text for post in circle.ben.answers()]


def renamed(circle: Circle, who: Person, name: str) -> Person:
    """Give somebody another name, as people do in their chat."""
    account = dataclasses.replace(who.account, name=name)
    circle.platform.network.accounts[account.ref] = account
    return Person(circle, account)


@pytest.mark.parametrize("other", ["Clothilde", "Ben"])
async def test_who_takes_a_share_back_is_known_by_who_they_are_not_by_name(
    circle: Circle, other: str
) -> None:
    for who in (circle.chloe, circle.ben):
        await who.asks("share", circle.hall, files=[PLAN])
    await circle.ben.asks(f"search {WORD}", circle.hall)
    assert "shared by Chloé" in circle.ben.answers()[-1].text
    clothilde = renamed(circle, circle.chloe, other)
    await clothilde.says("hello again, all of you", circle.hall)
    await opts_out(clothilde, circle)
    (found,) = [post.text for post in circle.ben.answers() if "blooms in May" in post.text]
    assert "Chloé" not in found


async def test_of_two_of_one_name_the_other_keeps_theirs(circle: Circle) -> None:
    await circle.ben.asks("share", circle.hall, files=[PLAN])
    other = circle.person("Ben")
    await other.asks("share", circle.hall, files=[PLAN])
    await circle.ann.asks(f"search {WORD}", circle.hall)
    await opts_out(other, circle)
    assert "shared by Ben" in next(p.text for p in circle.ann.answers() if "blooms in" in p.text)
