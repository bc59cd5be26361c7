"""Thanks kept in measure: repetition, going back and forth, and those who don't wish to be thanked."""

from learncomm_agent.testing.community import Circle, Person

DAY_S = 24 * 3600.0


async def thanked(circle: Circle, one: Person, other: str, why: str = "") -> str:
    return await one.sends("thank", circle.hall, who=other, **({"why": why} if why else {}))


async def test_the_same_words_and_a_fourth_time_in_a_week_wait(circle: Circle) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ann.sends("thank", circle.den, who="Ben", why="for the soup")
    await circle.clock.advance(DAY_S)
    assert "in these words" in await thanked(circle, circle.ann, "Ben", "For the soup!")
    assert "Ann thanks Ben" in await thanked(circle, circle.ann, "Ben", "for the bread")
    message = await circle.ben.says("Here are the notes.", circle.hall)
    assert "Ann thanks" in await circle.ann.sends("thank", circle.hall, message=message.id)
    other = await circle.ben.says("And the list.", circle.hall)
    said = await circle.ann.sends("thank", circle.hall, message=other.id)
    assert "three times this week" in said and "tell them yourself" in said
    assert "three times" not in circle.transcript(circle.chloe, circle.hall)
    assert "Chloé thanks Ben" in await thanked(circle, circle.chloe, "Ben", "for the soup")
    await circle.clock.advance(6 * DAY_S)
    assert "Ann thanks Ben" in await circle.ann.sends("thank", circle.hall, message=other.id)


async def test_thanks_for_thanks_are_welcome_and_a_game_is_left_between_the_two(
    circle: Circle,
) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    assert "Ann thanks Ben" in await thanked(circle, circle.ann, "Ben", "one")
    assert "Ben thanks Ann" in await thanked(circle, circle.ben, "Ann", "two")
    await circle.clock.advance(DAY_S)
    assert "Ann thanks Ben" in await thanked(circle, circle.ann, "Ben", "three")
    assert "Ben thanks Ann" in await thanked(circle, circle.ben, "Ann", "four")
    await circle.clock.advance(DAY_S)
    said = await thanked(circle, circle.ann, "Ben", "five")
    assert "back and forth" in said and "How good" in said


async def test_who_does_not_wish_to_be_thanked_is_not_and_nobody_learns_why(
    circle: Circle,
) -> None:
    message = await circle.ben.says("I wrote down what we agreed.", circle.hall)
    await circle.ann.says("Good morning.", circle.hall)
    await circle.ann.sends("thank", circle.hall, message=message.id, why="for the notes")
    await circle.ben.sends("thank", circle.hall, who="Ann", why="for the soup")
    said = await circle.ben.sends("me", circle.hall, thanks="no")
    assert "Nobody can thank you" in said
    hall = circle.transcript(circle.chloe, circle.hall)
    assert "for the notes" not in hall and "for the soup" in hall and "Nobody can" not in hall
    for values in ({"who": "Ben"}, {"message": message.id}):
        answer = await circle.chloe.sends("thank", circle.hall, **values)
        assert answer.startswith("I can't pass thanks on to Ben here")
        assert answer not in circle.transcript(circle.ann, circle.hall)
    assert "can't pass" in await circle.chloe.asks("thank Ben for all of it", circle.hall)
    assert "again" in await circle.ben.sends("me", circle.hall, thanks="yes")
    assert "Chloé thanks Ben" in await circle.chloe.sends("thank", circle.hall, who="Ben")


async def test_the_choice_is_one_of_two(circle: Circle) -> None:
    for nonsense in ("perhaps", "🦆", "x" * 300):
        said = await circle.ben.sends("me", circle.hall, thanks=nonsense)
        assert "yes" in said and "no" in said
    await circle.ben.says("Good morning.", circle.hall)
    assert "Ann thanks Ben" in await thanked(circle, circle.ann, "Ben")
