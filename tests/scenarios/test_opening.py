"""Results that are opened by their number, cards, and the list of resources."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Choices, File, Listing, Quote, Style, Text
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources
from learncomm_agent.storage.schema_sources import pages
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform

PARTS = ("Where", "When", "Who", "What", "Why")
GUIDE = File(
    "lanterns.md",
    "text/markdown",
    b"# Lantern walks\n\n"
    + b"\n\n".join(
        f"## {part}\n\nThe {part} of lantern walks: {part.lower()}word {'and so on ' * 30}".encode()
        for part in PARTS
    ),
)


async def shares_guide(circle: Circle) -> None:
    await circle.ben.says("@learncomm share for the dark months", circle.den, files=[GUIDE])
    await circle.clock.advance(timedelta(weeks=3).total_seconds())


async def test_a_result_is_short_and_its_number_opens_more(circle: Circle) -> None:
    await shares_guide(circle)
    found = await circle.ben.asks("search whoword lantern walks", circle.den)
    title, words, shared = found.split("\n")[:3]
    assert title == "1. Lantern walks › Who"
    assert len(words) < 170
    assert shared == "shared by Ben, 3 weeks ago · message"
    await circle.ann.asks("search whoword lantern walks", circle.den)
    opened = await circle.ann.asks("1", circle.den)
    assert opened.startswith("Lantern walks › Who\n\n… ")
    assert "When" not in opened.split("\n")[0]
    assert "The Who of lantern walks: whoword" in opened
    assert "What: The What of lantern walks" in opened
    assert "document · shared by Ben, 3 weeks ago · message" in opened
    assert opened in circle.transcript(circle.ben, circle.den)
    onwards = await circle.ann.presses("Read on")
    assert onwards.startswith("Lantern walks › What\n\nThe What")
    assert "The Who" not in onwards and "The Why" not in onwards
    assert onwards not in circle.transcript(circle.ben, circle.den)
    assert (await circle.ann.asks("open more", circle.den)).startswith("Lantern walks › Why")
    assert "That was the end of it." in await circle.ann.asks("open more", circle.den)


async def test_the_words_found_are_bold_in_what_is_opened(circle: Circle) -> None:
    await circle.ben.asks("share The heron stands by the mill. A heron is patient.", circle.hall)
    await circle.ben.asks("ask where stands the heron by the mill?", circle.hall)
    await circle.ben.asks("open 1", circle.hall)
    (quote,) = (each for each in circle.ben.answers()[-1].blocks if isinstance(each, Quote))
    assert Text("The heron stands by the mill.", Style.STRONG) in quote.spans


async def test_a_number_that_opens_nothing_gets_one_sentence(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("share Herons stand still for hours.", hall)
    assert (await ben.asks("1", hall)).startswith("I have shown you nothing here yet")
    assert (await ben.asks("open more", hall)).startswith("I have shown you nothing here yet")
    await circle.chloe.asks("search herons stand still", hall)
    assert (await ben.asks("1", hall)).startswith("I have shown you nothing here yet")
    await ben.asks("search herons stand still", hall)
    for number in ("0", "20", "9" * 14):
        assert "There is no such number. I showed you" in await ben.asks(number, hall)
    assert (await ben.sends("open", hall, number="that")).startswith("Which one?")
    assert "stand still for hours" in await ben.asks("/open #1", hall)
    await ben.asks("forget herons stand", hall)
    await ben.presses("Yes, forget it")
    gone = "That one is not there any more, or may not be read here."
    assert await ben.asks("1", hall) == gone
    assert not [post for post in ben.answers() if any(isinstance(b, Quote) for b in post.blocks)]


async def test_numbers_stay_where_a_line_goes(circle: Circle) -> None:
    for bird in ("heron", "crane", "stork"):
        await circle.ben.asks(f"share The {bird} wades in the shallow pond all day.", circle.hall)
    await circle.ann.asks("search who wades in the shallow pond", circle.hall)
    shown = circle.ann.answers()[-1]
    (second,) = [line for line in shown.text.split("\n") if line.startswith("2. ")]
    await circle.ann.sends(
        "forget", circle.hall, source=second.removeprefix("2. ").split(" wades")[0]
    )
    await circle.ann.presses("Yes, forget it")
    (mended,) = [post for post in circle.ann.answers() if post.ref == shown.ref]
    starts = [block.start for block in mended.blocks if isinstance(block, Listing)]
    assert starts == [1, 3]
    third = next(line for line in shown.text.split("\n") if line.startswith("3. "))
    assert third.removeprefix("3. ") in await circle.ann.asks("3", circle.hall)
    assert "not there any more" in await circle.ann.asks("2", circle.hall)


async def test_only_what_its_readers_may_read_now_is_opened(circle: Circle) -> None:
    ann, ben, chloe, hall, den = circle.ann, circle.ben, circle.chloe, circle.hall, circle.den
    await ann.asks("share The secret heron nests by the old mill.", den)
    await ben.sends("search", hall, query="secret heron")
    assert "old mill" in await ben.presses("1")
    assert "old mill" in await ben.asks("1", hall)
    assert "old mill" not in circle.transcript(chloe)
    (shown,) = [post for post in ben.answers() if "1. " in post.text]
    (choice,) = [id for id, label in ben.buttons(shown).items() if label == "1"]
    assert "belongs to whoever asked" in await chloe.chooses(choice, shown.ref)

    await ben.asks("search secret heron", den)
    public = ben.answers()[-1]
    (choice,) = [id for id, label in ben.buttons(public).items() if label == "1"]
    assert "may not be read here" in await chloe.chooses(choice, shown.ref)
    circle.platform.network.set_members(den, [ann.account.ref])
    assert "may not be read here" in await ben.chooses(choice, shown.ref)
    assert "may not be read here" in await ben.asks("1", hall)
    assert "old mill" in await ann.chooses(choice, public.ref)


@pytest.mark.parametrize(
    "choice",
    ["open:1", "open:x:1", "open:1:x", "open:99999:1", "read:1", "read:7:99999", "about:x"],
)
async def test_a_control_that_is_made_up_gets_one_sentence(circle: Circle, choice: str) -> None:
    await circle.ben.asks("search buddy", circle.hall)
    said = await circle.chloe.chooses(choice, circle.ben.answers()[-1].ref)
    assert said.count("\n") == 0 and ("out of date" in said or "not there any more" in said)


async def test_who_opted_out_is_offered_nothing_to_open(circle: Circle) -> None:
    await circle.ben.sends("me", circle.hall, consent="out")
    await circle.ben.sends("search", circle.hall, query="buddy")
    assert "1" not in circle.ben.buttons(circle.ben.answers()[-1]).values()
    assert (await circle.ben.asks("1", circle.hall)).startswith("I have shown you nothing")


async def test_without_buttons_one_is_told_to_send_a_number(data: Path) -> None:
    can = replace(EVERYTHING, buttons=Level.FALLBACK)
    async with Circle(data, platform=FakePlatform(capabilities=can)) as circle:
        assert "Send me a number to read more of it." in await circle.ben.asks(
            "search buddy", circle.hall
        )
        opened = await circle.ben.asks("1", circle.hall)
        assert "“open more” reads on; “about #" in opened


async def test_a_card_tells_each_reader_what_they_may_know(circle: Circle) -> None:
    ann, ben, chloe, hall, den = circle.ann, circle.ben, circle.chloe, circle.hall, circle.den
    said = await ann.says("Herons stand still for hours.", den)
    await ann.asks("share a secret reason", den, reply_to=said)
    await ann.sends("search", den, query="how do herons stand")
    await ann.sends("ask", den, question="how do herons stand?")
    await circle.clock.advance(timedelta(days=2).total_seconds())
    unknown = await chloe.sends("about", hall, source="herons")
    assert unknown.startswith("I found nothing of that name")
    shown = await ben.asks("about herons", den)
    assert "Note, 5 words." in shown
    assert "Shared by Ann in den, 2 days ago. “a secret reason” · message" in shown
    assert "rests on it" not in shown
    assert "Used in one answer." in await ann.sends("about", den, source="herons")
    number = shown.rpartition("about #")[2].partition("”")[0]
    assert await ben.asks(f"about #{number}", den) == shown
    assert await chloe.sends("about", hall, source=f"#{number}") == unknown
    await ben.asks("search how do herons stand", den)
    assert await ben.asks("about 1", den) == shown
    await ben.asks("1", den)
    assert "Herons stand" in await ben.presses("About it")
    await ann.deletes(said)
    assert "secret reason" not in circle.transcript(ben, den).split("a secret reason", 1)[1]


async def test_things_of_one_title_are_told_apart(circle: Circle) -> None:
    ben, chloe, hall = circle.ben, circle.chloe, circle.hall
    for who, word in ((ben, b"herons"), (chloe, b"cranes")):
        await who.says("@learncomm share", hall, files=[File("birds.md", "text/markdown", word)])
        await circle.clock.advance(timedelta(days=1).total_seconds())
    asked = await ben.asks("about birds", hall)
    first, second = [line for line in asked.split("\n") if line[:2] in {"1.", "2."}]
    assert asked.startswith("2 things fit that. Which one do you mean?")
    assert "shared by Chloé, 1 day ago" in first and "shared by Ben, 2 days ago" in second
    number = second.rpartition("#")[2].split()[0]
    assert "Shared by Ben in hall" in await ben.asks(f"about #{number}", hall)
    assert "Shared by Chloé in hall" in await ben.asks("1", hall)
    assert (await ben.asks("forget birds", hall)).startswith("2 things fit that.")


async def test_the_list_of_resources_tells_kind_age_and_sharer(circle: Circle) -> None:
    await shares_guide(circle)

    def as_page(conn: Connection) -> None:
        id = conn.execute(
            sa.update(resources)
            .where(resources.c.title == "Lantern walks")
            .values(kind="html", source="https://example.org/l")
            .returning(resources.c.id, resources.c.community_id)
        ).one()
        now = circle.clock.now()
        row = {"resource_id": id[0], "community_id": id[1], "address": "https://example.org/l"}
        seen = {"checked_at": now, "failures": 0, "gone_at": now, "check_at": now}
        conn.execute(sa.insert(pages).values(**row, **seen))

    await circle.agent.house.database.write(as_page)
    listed = await circle.ben.asks("resources", circle.den)
    assert "1. Lantern walks (https://example.org/l) · web page · shared by Ben, 3 weeks ago · its page is gone" in listed  # fmt: skip
    assert "The Where of lantern walks" in await circle.ben.asks("1", circle.den)
    card = await circle.ben.asks("about lantern", circle.den)
    assert "Its page is gone since January 26, 2026" in card
    assert "https://example.org/l" in card
    await circle.ben.asks("resources", circle.den)
    assert "› What" not in (opened := await circle.ben.sends("open", circle.den, number="1"))
    assert "shared by Ben in den, 3 weeks ago" in opened
    second = await circle.ben.asks("resources page=2", circle.den)
    assert "\n11. " in second
    assert "11" in circle.ben.buttons(circle.ben.answers()[-1]).values()
    assert (await circle.ben.asks("11", circle.den)).startswith(
        second.split("\n11. ")[1].split(" · ")[0]
    )
    assert "I showed you 11 to" in await circle.ben.asks("1", circle.den)


async def test_why_tells_how_each_result_was_ranked(knowing: Circle) -> None:
    await knowing.ben.asks("share Herons stand still for hours.", knowing.hall)
    await knowing.ben.sends("search", knowing.hall, query="how do herons stand still?")
    await knowing.ben.presses("1")
    why = await knowing.ben.sends("why", knowing.hall)
    assert "1. Herons stand still for hours.: nearly all of your words (" in why
    assert "Meaning counted for" in why


async def test_the_row_of_numbers_comes_before_the_others(circle: Circle) -> None:
    await circle.ben.sends("search", circle.hall, query="buddy")
    rows = [each for each in circle.ben.answers()[-1].blocks if isinstance(each, Choices)]
    assert [option.label for option in rows[0].options] == [
        str(number) for number in range(1, len(rows[0].options) + 1)
    ]
    assert [option.label for option in rows[1].options] == ["Show the room"]


async def test_files_of_a_chat_are_told_apart_by_what_they_hold(circle: Circle) -> None:
    files = [
        File(
            "walks.pdf", "application/pdf", b"<!doctype html><h1>Walks</h1><p>Bring a lantern.</p>"
        ),
        File("lantern.txt", "text/plain", b"\x89PNG\r\n\x1a\n\0\0"),
        File("talk.mp4", "video/mp4", b"\0\0\0\x18ftypmp42"),
    ]
    await circle.ben.says("@learncomm share", circle.hall, files=files)
    said = circle.ben.answers()[-1].text
    assert "“Walks” can be found now." in said
    assert "“lantern.txt” is a picture, and I read words only." in said
    assert "“talk.mp4” is a recording, and I can't listen." in said
    assert "Bring a lantern." in await circle.ben.asks("search bring a lantern", circle.hall)


async def test_in_a_direct_talk_the_last_search_of_any_room_is_meant(circle: Circle) -> None:
    direct = await circle.platform.direct_room(circle.ben.account.ref)
    await circle.ben.sends("search", circle.hall, query="what does a buddy do")
    await circle.ben.says("1", direct)
    assert "buddy" in circle.ben.answers()[-1].text
    await circle.ben.says("search how do we end a book club", direct)
    await circle.ben.says("1", direct)
    assert circle.ben.answers()[-1].text.startswith("Running a book club")


async def test_a_sentence_may_begin_like_a_command(circle: Circle) -> None:
    said = await circle.ben.asks("open the door for newcomers with a buddy", circle.hall)
    assert "Which one?" not in said and "buddy" in said
    said = await circle.ben.asks("about that buddy for newcomers", circle.hall)
    assert "of that name" not in said and "buddy" in said


async def test_a_talk_is_shown_with_its_names_and_opened_whole(circle: Circle) -> None:
    await circle.ben.says("Shall we watch the heron by the mill on Sunday?", circle.hall)
    first = await circle.chloe.says(
        "The heron by the mill? I would bring my telescope.", circle.hall
    )
    await circle.ann.says(
        "Then we meet at nine on Sunday, at the mill, for the heron.", circle.hall
    )
    await circle.clock.advance(timedelta(hours=3).total_seconds())
    await circle.settle()
    assert "heron" not in await circle.ben.asks("resources", circle.hall)
    found = await circle.ben.asks("search who brings a telescope to the heron", circle.hall)
    assert "Chloé: The heron by the mill? I would bring my telescope." in found
    assert "said 3 hours ago · message" in found
    assert "A talk in hall, " in found and "#hall" not in found
    number = found[: found.index("said 3 hours ago")].count("\n1") + 1
    assert "Ann: Then we meet at nine" in await circle.ben.asks(str(number), circle.hall)
    await circle.chloe.deletes(first)
    await circle.clock.advance(60)
    await circle.settle()
    agent = "\n".join(post.text for post in circle.ben.answers())
    assert "my telescope" not in agent
