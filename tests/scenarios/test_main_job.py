"""The main job, as the people in the room live it."""

from pathlib import Path

from learncomm_agent.chat.events import FormSent
from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.outgoing import File, Link, Listing, MessageLink
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.testing.community import Circle, Gathering, Person
from tests.library.test_pdf import document, page

NOTE = (
    "Quiet members speak sooner when they may write first.\n\nSo we begin each session in silence."
)
FILE = File(
    "lanterns.md",
    "text/markdown",
    b"# Lantern walks\n\n## How do we prepare a lantern walk?\n\n"
    b"Check the path by daylight. Every group of five needs one lantern and one person who knows the way.\n",
)


def links(person: Person) -> list[str]:
    """Return the ids of the messages that the newest answer links to."""
    listings = (block for block in person.answers()[-1].blocks if isinstance(block, Listing))
    spans = (span for block in listings for item in block.items for span in item)
    return [span.ref.id for span in spans if isinstance(span, MessageLink)]


async def test_a_note_and_a_file_are_shared_and_found_by_somebody_else(knowing: Circle) -> None:
    ann, ben, chloe, hall = knowing.ann, knowing.ben, knowing.chloe, knowing.hall

    assert await ben.asks(f"share {NOTE}", hall) == "Thank you. That can be found now."
    assert "“Lantern walks” can be found now" in await chloe.asks("share", hall, files=[FILE])

    found = await ann.sends("search", hall, query="when do quiet members speak?")
    assert found.startswith("1. Quiet members speak sooner when they may write first.")
    assert "shared by Ben in hall, just now" in found
    assert "words alone" not in found

    found = await ben.sends("search", hall, query="lantern walk prepare")
    assert found.startswith("1. Lantern walks")
    assert "How do we prepare a lantern walk?" in found
    assert "shared by Chloé" in found


async def test_what_was_shared_by_a_message_links_to_it(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    asking = await ben.says(f"@learncomm share {NOTE}", hall)
    await circle.ann.sends("search", hall, query="silence session quiet members")
    assert links(circle.ann)[:1] == [asking.id]


async def test_a_question_in_plain_words_is_answered_word_for_word_with_its_source(
    circle: Circle,
) -> None:
    await circle.chloe.asks("share", circle.hall, files=[FILE])
    answer = await circle.ben.asks("How many lanterns does a group of five need?", circle.hall)
    assert (
        "Every group of five needs one lantern and one person who knows the way. "
        "(Lantern walks › " in answer
    )
    assert "Word for word from the library" in answer


async def test_questions_cite_what_they_ask_about_and_never_come_twice(circle: Circle) -> None:
    await circle.chloe.asks("share", circle.hall, files=[FILE])
    first = await circle.ben.asks("questions lantern walks", circle.hall)
    second = await circle.ben.asks("questions lantern walks", circle.hall)
    assert first.startswith("To discuss: lantern walks\n\n1. ")
    asked = {line for line in first.splitlines() if "(Lantern walks" in line}
    assert asked
    assert not asked & set(second.splitlines())


async def test_a_summary_links_each_line_to_its_messages(circle: Circle) -> None:
    ann, ben, chloe, hall = circle.ann, circle.ben, circle.chloe, circle.hall
    await ben.says("I propose that we read the second chapter until Monday.", hall)
    await chloe.says("Agreed, let's read the second chapter.", hall)
    promise = await ben.says("I will write the minutes by Friday.", hall)

    draft = await ann.asks("summary", hall)
    assert draft.startswith("Draft: What was said in hall") and ben.seen_in(hall) == []
    assert promise.id in links(ann)

    await ann.presses("Publish")
    summary = ben.seen_in(hall)[-1].text
    assert summary.startswith("What was said in hall")
    assert "Who does what\n\n- Ben, by January 9, 2026: " in summary
    assert "I read 3 of 4 messages. Left out: 1 to me." in summary
    listings = [block for block in ben.seen_in(hall)[-1].blocks if isinstance(block, Listing)]
    for item in (item for block in listings for item in block.items):
        assert any(isinstance(span, MessageLink | Link) for span in item), "a line without evidence"


async def test_an_edit_and_a_deletion_take_their_lines_out_of_the_summary(circle: Circle) -> None:
    ann, ben, chloe, hall = circle.ann, circle.ben, circle.chloe, circle.hall
    promise = await ben.says("I will write the minutes by Friday.", hall)
    other = await chloe.says("I will bring the tea on Monday.", hall)
    assert "minutes" in await ann.publishes("summary", hall)

    await ben.edits(promise, "Somebody else may do it.")
    shown = ann.seen_in(hall)[-1].text
    assert "minutes" not in shown
    assert "tea" in shown
    assert "gone from here" in shown

    await chloe.deletes(other)
    shown = ann.seen_in(hall)[-1].text
    assert "tea" not in shown
    assert shown.startswith("What was said in hall")
    assert len(ann.seen_in(hall)) == 1
    assert not any("minutes" in post.text or "tea" in post.text for post in ann.answers())


async def test_a_private_answer_that_rested_on_what_is_gone_is_edited_too(circle: Circle) -> None:
    ben, chloe, hall = circle.ben, circle.chloe, circle.hall
    asking = await ben.says(f"@learncomm share {NOTE}", hall)
    await chloe.sends("ask", hall, question="when do quiet members speak sooner?")
    assert "Quiet members speak sooner" in chloe.answers()[-1].text

    await ben.deletes(asking)

    assert "Quiet members" not in chloe.answers()[-1].text
    assert "gone from here" in chloe.answers()[-1].text
    assert "Quiet members" not in await chloe.sends("search", hall, query="quiet members speak")


async def test_a_shared_resource_is_forgotten_after_one_question_back(knowing: Circle) -> None:
    ann, ben, chloe, hall = knowing.ann, knowing.ben, knowing.chloe, knowing.hall
    await ben.asks("share Herons stand still for hours.", hall)
    await ann.asks("how do herons stand?", hall)
    assert "Herons stand still" in ann.answers()[-1].text

    assert "Only whoever shared it" in await chloe.asks("forget Herons stand", hall)
    assert "Shall I forget “Herons stand still for hours.”" in await ben.asks(
        "forget Herons stand still for hours.", hall
    )
    assert "stays" in await ben.presses("No, keep it")
    assert "It is gone: one thing in the library, one passage, one line" in await ben.presses(
        "Yes, forget it"
    )
    assert "gone already" in await ben.presses("Yes, forget it")

    answered = knowing.transcript(chloe).partition("how do herons stand?\n")[2]
    assert answered.startswith("learncomm: I found nothing on that")
    assert "herons" not in (await ann.sends("search", hall, query="herons")).casefold()


async def test_a_message_of_the_room_can_be_shared_by_its_number(circle: Circle) -> None:
    ben, chloe, hall = circle.ben, circle.chloe, circle.hall
    said = await ben.says("The heron nests in March, by the old mill.", hall)
    thanks = await chloe.asks(f"share message=#{said.id}", hall)
    assert thanks == "Thank you. That can be found now."
    again = await chloe.asks("share for the archive", hall, reply_to=said)
    assert "was in the library already" in again
    await circle.ann.sends("search", hall, query="heron nests mill")
    assert links(circle.ann)[0] == said.id


async def test_nothing_found_offers_to_ask_the_community(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    nothing = await ben.sends("ask", hall, question="xylographic zebra quadrature?")
    assert nothing.startswith("I found nothing on that")
    asked = await ben.presses("Ask the community")
    assert asked.startswith("Ben asks all of you:\n\nxylographic zebra quadrature?")
    assert asked in circle.transcript(circle.chloe, hall)


async def test_an_answer_can_be_judged(circle: Circle) -> None:
    await circle.chloe.asks("share", circle.hall, files=[FILE])
    await circle.ben.asks("who knows the way on a lantern walk?", circle.hall)
    assert "good to know" in await circle.ben.presses("Useful")
    assert "leader can look into it" in await circle.chloe.presses("Not right")
    assert "Thank you" not in circle.transcript(circle.ann, circle.hall).partition("walk?")[2]


async def test_what_a_case_keeps_for_its_leader_is_in_no_library(circle: Circle) -> None:
    found = await circle.ann.sends(
        "search", circle.hall, query="what groups see and what they miss"
    )
    assert "Notes for the leader" not in found and "What groups see" not in found
    case = await circle.ann.sends("search", circle.hall, query="reviewer everyone fears Tomasz")
    assert "Case: The reviewer everyone fears" in case


async def test_a_page_of_a_shared_pdf_is_found_by_its_number(circle: Circle) -> None:
    content = document(
        page("We meet at the old mill."), page("Each walker carries a lantern of tin.")
    )
    shared = File("walks.pdf", "application/pdf", content)
    assert "can be found now" in await circle.ben.asks("share", circle.hall, files=[shared])
    found = await circle.ann.sends("search", circle.hall, query="lantern of tin")
    assert "walks › p. 2" in found.splitlines()[0]
    broken = File("torn.pdf", "application/pdf", content[: len(content) // 3])
    said = await circle.ben.asks("share", circle.hall, files=[broken])
    assert said.startswith("“torn.pdf” is broken")


async def test_the_first_question_of_a_new_community_waits_for_its_guides(tmp_path: Path) -> None:
    gathering = Gathering(tmp_path / "data")
    ben = gathering.person("Ben")
    hall = RoomRef(SpaceRef(gathering.platform.name, "elsewhere"), "hall")
    question = {"query": "what if nobody answers?"}
    async with gathering:
        room = Room(hall, "hall")
        await gathering.agent.handle(
            FormSent("f1", room, ben.account, "ask", {"question": "buddy"})
        )
        await gathering.agent.handle(FormSent("f2", room, ben.account, "search", question))
        await gathering.settle()
        read = gathering.agent.house.database.read
        found = "SELECT count(*) FROM items JOIN writings w ON w.id = writing_id WHERE w.kind = 'search'"
        assert await read(lambda conn: conn.exec_driver_sql(found).scalar())
