"""What each command answers, and to whom."""

import pytest

from learncomm_agent.chat.outgoing import Choices, Heading, Listing, Paragraph, Quote
from learncomm_agent.testing.community import Circle

PRIVATE_BY_FORM = {
    "search",
    "ask",
    "resources",
    "open",
    "about",
    "draft",
    "forget",
    "me",
    "why",
    "help",
}
PRIVATE_BY_MENTION = {"draft", "forget", "me", "why", "help"}
CALLS: dict[str, tuple[dict[str, str], list[type]]] = {
    "search": ({"query": "buddy"}, [Listing, Choices]),
    "ask": ({"question": "what does a buddy do?"}, [Listing, Paragraph, Choices]),
    "open": ({"number": "1"}, [Paragraph, Paragraph, Quote]),
    "share": ({"what": "Herons stand still for hours."}, [Paragraph]),
    "resources": ({}, [Paragraph, Listing, Paragraph]),
    "about": ({"source": "Welcoming newcomers"}, [Heading, Listing, Paragraph]),
    "questions": ({"about": "Welcoming newcomers"}, [Heading, Listing, Paragraph]),
    "draft": ({}, [Paragraph]),
    "forget": ({"source": "Welcoming newcomers"}, [Paragraph, Paragraph, Choices]),
    "me": ({}, [Paragraph, Listing, Paragraph, Listing, Paragraph, Choices]),
    "why": ({}, [Paragraph]),
    "help": ({}, [Paragraph, Listing, Paragraph, Choices]),
}


@pytest.mark.parametrize("by_form", [True, False], ids=["by command", "by mention"])
async def test_each_command_has_its_shape_and_its_readers(circle: Circle, by_form: bool) -> None:
    ann, ben, chloe, hall = circle.ann, circle.ben, circle.chloe, circle.hall
    await ann.says("I will write the minutes by Friday.", hall)
    for name, (values, shape) in CALLS.items():
        asker = ben if name == "questions" else ann  # a leader gets a draft of them
        if by_form:
            answer = await asker.sends(name, hall, **values)
        else:
            answer = await asker.asks(" ".join((name, *values.values())), hall)
        blocks = asker.answers()[-1].blocks
        assert [type(block) for block in blocks][: len(shape)] == shape, name
        is_private = name in (PRIVATE_BY_FORM if by_form else PRIVATE_BY_MENTION)
        assert (answer in circle.transcript(chloe)) is not is_private, name


async def test_help_lists_what_the_asker_may_call_and_explains_one(circle: Circle) -> None:
    assert "- Talk and sum up  questions, vote, summary" in await circle.ann.sends(
        "help", circle.hall
    )
    assert "summary" not in await circle.ben.sends("help", circle.hall)
    assert "For those who lead" not in circle.transcript(circle.ben)
    shown = await circle.ben.presses("Learn in sessions")
    assert shown.startswith("Learn in sessions\n\n- session  Learn together")
    assert "help:find" in circle.ben.buttons(circle.ben.answers()[-1])
    seen = circle.ben.answers()[-1].ref
    for made_up in ("help:", "help:place", "help:nothing", "help:" + "x" * 90):
        assert "out of date" in await circle.ben.chooses(made_up, seen)
    explained = await circle.ben.sends("help", circle.hall, command="/Search")
    assert explained.startswith("search  Find what was shared")
    assert "- limit=  How many passages, up to 20." in explained


async def test_resources_come_ten_a_page(circle: Circle) -> None:
    first = await circle.ben.sends("resources", circle.hall)
    assert "There is more: “resources page=2”." in first
    second = await circle.ben.sends("resources", circle.hall, page="2")
    assert "11. " in second
    assert "no more than 4 pages" in await circle.ben.sends("resources", circle.hall, page="5")
    assert "Case: " in await circle.ben.sends("resources", circle.hall, words="case:")


async def test_why_tells_what_was_done_with_the_last_message_and_answer(circle: Circle) -> None:
    assert "written nothing here yet" in await circle.ben.sends("why", circle.hall)
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ben.sends("search", circle.hall, query="buddy")
    why = await circle.ben.sends("why", circle.hall)
    assert why.startswith("Your last search: I found")
    assert "I kept your last message here" in why


async def test_me_counts_what_is_kept_and_offers_the_other_consents(circle: Circle) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ben.asks("share Herons stand still.", circle.hall)
    kept = await circle.ben.sends("me", circle.hall)
    assert kept.startswith("This is what I keep of you:\n\n- 2 messages\n- one thing you shared\n")
    assert "for summaries only" in await circle.ben.presses("Sum up only")
    assert "That would go: 2 messages" in await circle.ben.presses("Keep nothing")
    assert "It is gone: 2 messages" in await circle.ben.presses("Yes, forget it")
    assert "I keep nothing" in await circle.ben.sends("me", circle.hall)


async def test_several_resources_that_fit_are_named_and_none_is_forgotten(circle: Circle) -> None:
    said = await circle.ann.sends("forget", circle.hall, source="case")
    assert said.startswith("5 things fit that. Which one do you mean?")
    assert "Case" in await circle.ann.sends("resources", circle.hall, words="case:")


async def test_nothing_to_share_is_asked_for(circle: Circle) -> None:
    for what in ("", "\u200b\u200b", "\x00\x01"):
        said = await circle.ben.sends("share", circle.hall, what=what)
        assert said.startswith("Tell me what to share")


async def test_small_talk_is_greeted_and_a_sentence_is_no_command(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    for thanks in ("thanks!", "Thank you very much", "danke!", "Vielen Dank für deine Hilfe"):
        assert await ben.asks(thanks, hall) == "You are welcome."
    for greeting in (
        "hi",
        "Hello there!",
        "who are you?",
        "What can you do?",
        "wer bist du?",
        "😀",
    ):
        assert (await ben.asks(greeting, hall)).startswith("Hello. People share what they know")
    assert "what does a buddy do" not in await ben.asks("/help", hall)
    answer = await ben.asks("help me find what a buddy does", hall)
    assert "I don't know" not in answer and "buddy" in answer.casefold()


async def test_what_the_room_may_not_see_is_told_to_the_presser_alone(circle: Circle) -> None:
    ben, hall, den = circle.ben, circle.hall, circle.den
    await ben.asks("share Our secret heron nests by the old mill.", den)
    assert "old mill" in await ben.sends("search", hall, query="where nests the secret heron")
    assert "nothing on it that everyone in hall" in await ben.presses("Show the room")
    assert "nothing" not in circle.transcript(circle.chloe, hall)


async def test_a_room_that_is_read_already_is_not_told_again(circle: Circle) -> None:
    said = await circle.ann.sends("read", circle.hall, switch="on")
    assert said.startswith("I read this room already.")
    assert "I read this room." not in circle.transcript(circle.chloe, circle.hall)


async def test_what_is_shown_to_the_room_says_who_asked_and_what(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await circle.ann.asks("share Herons stand still for hours by the mill.", hall)
    found = await ben.sends("search", hall, query="herons stand still")
    assert "shared by Ann in hall, " in found and "looked for" not in found
    await ben.presses("Show the room")
    shown = circle.chloe.answers()[-1]
    assert shown.text.startswith("Ben looked for “herons stand still”:\n")
    assert "shared by Ann, " in shown.text
    await ben.sends("ask", hall, question="how do herons stand?")
    await ben.presses("Show the room")
    assert circle.chloe.answers()[-1].text.startswith("Ben asked: “how do herons stand?”\n")
    await ben.sends("forget", hall, source="me")
    await ben.presses("Yes, forget it")
    assert not any("Ben " in post.text for post in circle.chloe.answers())
