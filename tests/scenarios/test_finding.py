"""What a search tells about itself: words looked for instead, what is new, why a result is there."""

from datetime import timedelta

import pytest

from learncomm_agent.testing.community import Circle

INSTEAD = "Nothing here holds “flamimgos”, so I looked for “Flamingos”."


@pytest.mark.parametrize("command", ["search", "ask"])
async def test_who_is_shown_another_word_is_told(circle: Circle, command: str) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Flamingos sleep on one leg by the river.", hall)
    found = await ben.asks(f"{command} flamimgos river", hall)
    assert found.startswith(INSTEAD)
    assert "Flamingos sleep on one leg" in found
    assert "Nothing here holds" not in await ben.asks(f"{command} flamingos river", hall)


async def test_a_word_with_accents_is_told_as_typed_and_answered(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Äpfel lagern in der Scheune hinter dem Haus.", hall)
    found = await ben.asks("ask Äpffel?", hall)
    assert "holds “Äpffel”, so I looked for “Äpfel”" in found
    assert "in der Scheune" in found


async def test_it_is_told_no_more_once_the_word_is_forgotten(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Flamingos sleep on one leg by the river.", hall)
    assert INSTEAD in await circle.chloe.asks("search flamimgos", hall)
    await ben.asks("forget flamingos sleep", hall)
    await ben.presses("Yes, forget it")
    assert "Nothing here holds" not in circle.transcript(circle.chloe, hall)


async def test_questions_are_about_the_words_that_were_asked_for(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Flamingos sleep on one leg because that keeps them warm.", hall)
    assert "Flamingos" not in await ben.asks("questions flamimgos", hall)
    assert "Flamingos" in await ben.asks("questions flamingos", hall)


@pytest.mark.parametrize(
    "text", ["What's new this week?", "search what's new", "ask what is new here?", "was ist neu?"]
)
async def test_what_is_new_shows_the_newest_shares(circle: Circle, text: str) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Herons nest by the mill.", hall)
    await circle.clock.advance(timedelta(days=40).total_seconds())
    await circle.ann.asks("share The pond has frozen over.", hall)
    found = await ben.asks(text, hall)
    assert found.startswith("1. The pond has frozen over.\nshared by Ann, just now")
    assert "2. Herons nest by the mill." in found
    assert "\n3. " not in found
    why = await ben.sends("why", hall)
    assert "1. The pond has frozen over.: new (100 %)" in why


async def test_where_meaning_is_off_nothing_is_said_to_be_missing(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Herons nest by the mill.", hall)
    assert "not ready" not in await ben.asks("search herons", hall)
    why = await ben.sends("why", hall)
    assert "not ready" not in why
    assert why.startswith("Your last search: I found one passage")
    assert "1. Herons nest by the mill.: nearly all of your words (" in why
