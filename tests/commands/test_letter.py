"""A leader's letter: sums for their eyes alone, nothing that says who is meant, and two things to try."""

import sys
from datetime import timedelta

import pytest

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import CodeBlock, Image
from learncomm_agent.storage import thresholds
from learncomm_agent.testing.community import Circle, Person

LOOKED_FOR = "kestrel census tables"


async def talks(circle: Circle, count: int = 4, room: RoomRef | None = None) -> list[Person]:
    """A question by Ben, which the others take up, each with a question of their own that nobody takes up."""
    members = [circle.person(f"Member {n}") for n in range(count)]
    room = room or circle.hall
    asked = await circle.ben.says("How do we welcome newcomers here?", room)
    for each in members:
        await each.says("By name. And who brings the tea?", room, reply_to=asked)
    return members


async def looks(who: Person, circle: Circle) -> None:
    await who.sends("search", circle.hall, query=f"{LOOKED_FOR.title()}?")


def letter_of(circle: Circle) -> str:
    """The newest letter, as it stands now."""
    return [post.text for post in circle.ann.answers() if post.text.startswith("Letter on")][-1]


async def test_it_tells_sums_and_two_things_to_try_for_one_pair_of_eyes(circle: Circle) -> None:
    await talks(circle)
    said = await circle.ann.sends("letter", circle.hall)
    assert said.splitlines()[2].startswith("Good questions were asked this week")
    assert "- Questions: 1 of 5 taken up by somebody else within three days." in said
    assert "- Voices: the third who wrote most wrote " in said and "usual" not in said
    assert "Leading a group discussion › What if nobody answers?" in said
    assert said.count("For yourself:") == 1 and "Promises" not in said
    assert "Ben" not in said and "Member" not in said and len(said) < 1500
    assert circle.ann.answers()[-1].private_to == circle.ann.account.ref
    again = await circle.ann.sends("letter", circle.hall)
    assert again == said  # the same week suggests the same
    assert "leaders" in await circle.ben.sends("letter", circle.hall)


async def test_a_small_circle_gets_words_and_leaders_may_ask_for_more_people(
    circle: Circle,
) -> None:
    await talks(circle, 3)
    said = await circle.ann.asks("letter", circle.hall)
    assert "a small circle" in said and "fewer than 5 people" in said
    assert "1 of 4" not in said and "%" not in said
    database, id = circle.agent.house.database, circle.agent.community.id
    await database.write(lambda conn: thresholds.choose(conn, id, 2, circle.clock.now()))
    assert "1 of 4" in await circle.ann.asks("letter", circle.hall)


async def test_what_few_asked_is_not_counted_though_many_spoke(circle: Circle) -> None:
    asked = await circle.ben.says("How do we welcome newcomers here?", circle.hall)
    for number in range(4):
        member = circle.person(f"Member {number}")
        await member.says("By name, I would say.", circle.hall, reply_to=asked)
    said = await circle.ann.sends("letter", circle.hall)
    assert "some asked the others something" in said and "fewer than 5 people" in said
    assert "1 of 1" not in said and "- Voices: " in said


async def test_a_quiet_week_is_told_kindly_and_in_few_words(circle: Circle) -> None:
    said = await circle.ann.asks("letter", circle.lounge)
    assert "It was a quiet week" in said and "%" not in said and len(said) < 800


async def test_rooms_that_a_leader_can_t_read_don_t_count(circle: Circle) -> None:
    members = [circle.person(f"Member {n}") for n in range(5)]
    cellar = circle.room("cellar", circle.ben, *members)
    asked = await circle.ben.says("How do we welcome newcomers here?", cellar)
    for each in members:
        await each.says("By name, I would say.", cellar, reply_to=asked)
    await circle.ben.asks(f"search {LOOKED_FOR}", cellar)
    said = await circle.ann.asks("letter", circle.hall)
    assert "It was a quiet week" in said and LOOKED_FOR not in said


async def test_what_was_asked_before_others_goes_with_its_message(circle: Circle) -> None:
    asked = await circle.ben.says(f"@learncomm search {LOOKED_FOR}", circle.hall)
    said = await circle.ann.sends("letter", circle.hall)
    assert "People looked for this and found nothing:" in said
    assert f"“{LOOKED_FOR}”" in said and "Ben" not in said
    await circle.ben.deletes(asked)
    assert LOOKED_FOR not in letter_of(circle)
    assert LOOKED_FOR not in await circle.ann.sends("letter", circle.hall)


async def test_what_members_look_for_alone_is_told_from_three_on_and_goes_with_one(
    circle: Circle,
) -> None:
    dora = circle.person("Dora")
    await looks(circle.ben, circle)
    await looks(circle.ben, circle)
    await looks(circle.chloe, circle)
    assert LOOKED_FOR not in await circle.ann.sends("letter", circle.hall)
    await looks(dora, circle)
    said = await circle.ann.sends("letter", circle.hall)
    assert f"several, each for themselves: “{LOOKED_FOR}”" in said and "?”" not in said
    assert "Ben" not in said and "Dora" not in said
    await dora.sends("me", circle.hall, consent="out")
    assert LOOKED_FOR not in letter_of(circle)
    assert LOOKED_FOR not in await circle.ann.sends("letter", circle.hall)


async def test_what_was_found_later_was_not_in_vain(circle: Circle) -> None:
    await circle.ben.asks(f"search {LOOKED_FOR}", circle.hall)
    await circle.chloe.asks(f"share The {LOOKED_FOR} are in the drawer.", circle.hall)
    assert "drawer" in await circle.ben.asks(f"search {LOOKED_FOR}", circle.hall)
    assert LOOKED_FOR not in await circle.ann.sends("letter", circle.hall)


async def test_the_weeks_stand_in_a_picture_and_in_a_table(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talks(circle)
    await circle.clock.advance(timedelta(weeks=1).total_seconds())
    await talks(circle)
    await circle.ann.sends("letter", circle.hall)
    (image,) = [each for each in circle.ann.answers()[-1].blocks if isinstance(each, Image)]
    assert image.content.startswith(b"\x89PNG") and "1/5, 1/5;" in image.alt
    assert "Questions: taken up of asked" in image.alt
    await circle.ann.presses("Show as a table")
    (block,) = [each for each in circle.ann.answers()[-1].blocks if isinstance(each, CodeBlock)]
    head, *rows = block.text.splitlines()
    assert head.split() == ["Week", "Taken", "up", "Third"] and len(rows) == 8
    assert rows[-1].split()[2] == "1/5" and {len(row) <= 32 for row in rows} == {True}
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    await circle.ann.sends("letter", circle.hall)
    assert not any(isinstance(each, Image) for each in circle.ann.answers()[-1].blocks)
    assert block.text in await circle.ann.sends("letter", circle.hall, what="table")


@pytest.mark.parametrize("said", ["soon", "weekly off", "🙃", "x" * 100, "table 3"])
async def test_what_can_t_be_understood_is_told_how_to_ask(circle: Circle, said: str) -> None:
    assert "“letter weekly”" in await circle.ann.sends("letter", circle.hall, what=said)


async def test_who_stopped_it_has_it_again_by_asking_and_who_stopped_all_is_told(
    circle: Circle,
) -> None:
    for said in ("reminders stop letter", "reminders stop"):
        await circle.ann.asks(said, circle.hall)
    assert "You stopped everything" in await circle.ann.asks("letter weekly", circle.hall)
    await circle.ann.asks("reminders start", circle.hall)
    await circle.ann.asks("reminders stop letter", circle.hall)
    assert "first letter on" in await circle.ann.asks("letter weekly", circle.hall)
    before = len(circle.ann.answers())
    for _ in range(16):
        await circle.clock.advance(12 * 3600)
        await circle.settle()
    letters = [each.text for each in circle.ann.answers()[before:]]
    assert any("Two things to try" in each for each in letters)
