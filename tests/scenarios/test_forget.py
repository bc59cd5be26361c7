"""Forgetting by command: counted before, asked twice, and gone from everywhere with a receipt."""

import shutil
from pathlib import Path

import pytest

from learncomm_agent.chat.outgoing import File
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import Circle, Person
from tests.library.test_forgetting import files_that_hold

WORD = "xanthoquill"
PROMISE = f"I will water the {WORD} by Friday."


async def sure(who: Person, what: str, circle: Circle) -> tuple[str, str]:
    """Ask to forget, say yes, let the files be emptied; return the question and the receipt."""
    asked = await who.sends("forget", circle.hall, source=what)
    receipt = await who.presses("Yes, forget it")
    await circle.clock.advance(120)
    await circle.settle()
    return asked, receipt


async def traces(circle: Circle) -> list[str]:
    """Return where the word stands that was forgotten: files, and what people see of the agent."""
    folder = circle.agent.settings.data
    people = (circle.ann, circle.ben, circle.chloe)
    shown = {who.name: [post for post in who.answers() if WORD in post.text] for who in people}
    # What one was told alone stays where one has read it; nobody else sees it.
    seen = [name for name, posts in shown.items() if not all(post.private_to for post in posts)]
    return [*files_that_hold(folder, WORD), *seen]


async def test_a_message_goes_with_its_shares_lines_and_questions(knowing: Circle) -> None:
    circle = knowing
    promise = await circle.ben.says(PROMISE, circle.hall)
    await circle.chloe.asks(f"share message={promise.id} so that we know", circle.hall)
    await circle.ann.asks("summary", circle.hall)
    await circle.ann.asks("who will water it by Friday?", circle.hall)
    await circle.clock.advance(60)
    await circle.settle()

    asked, receipt = await sure(circle.ben, f"message:{promise.id}", circle)
    assert "one message" in asked
    assert "one thing in the library" in asked
    assert asked.split("That would go: ")[1].split("\n")[0] in receipt, "as it was counted before"
    assert await traces(circle) == []
    circle.platform.network.posts.pop(promise)  # the chat's own copy is not ours
    assert "found nothing" in await circle.ann.sends("search", circle.hall, query="water Friday")


@pytest.mark.parametrize("who", ["chloe", "ann", "dora"])
async def test_who_may_forget_a_message(circle: Circle, who: str) -> None:
    """Its sharer takes the share back; a leader forgets it; nobody else may do anything."""
    dora = circle.person("Dora")
    promise = await circle.ben.says(PROMISE, circle.hall)
    await circle.chloe.asks(f"share message={promise.id}", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    person = dora if who == "dora" else getattr(circle, who)
    asked = await person.sends("forget", circle.hall, source=f"message:{promise.id}")
    if who == "dora":
        assert asked.startswith("Only whoever shared it, or a leader")
        return
    await person.presses("Yes, forget it")
    assert WORD not in await circle.ben.sends("search", circle.hall, query="water Friday")
    summed = [post.text for post in circle.ann.seen_in(circle.hall) if "What was" in post.text]
    assert (WORD in summed[-1]) == (who == "chloe")


async def test_a_message_of_a_room_that_one_does_not_read_is_not_there(circle: Circle) -> None:
    promise = await circle.ben.says(PROMISE, circle.den)
    for source in (f"message:{promise.id}", f"message:https://x/{circle.den.id}/{promise.id}"):
        said = await circle.chloe.sends("forget", circle.hall, source=source)
        assert said.startswith("I can't find that message")
    link = f"message:https://x/{circle.den.id}/{promise.id}"
    assert "one message" in await circle.ben.sends("forget", circle.hall, source=link)


async def test_forget_me_takes_all_of_mine_and_lets_me_go_on(knowing: Circle) -> None:
    circle = knowing
    await circle.ben.says(PROMISE, circle.hall)
    await circle.ben.asks(f"share The {WORD} blooms at night.", circle.hall)
    note = File(f"{WORD}.md", "text/markdown", f"# On the {WORD}\n\nIt grows.".encode())
    await circle.ben.asks("share", circle.hall, files=[note])
    await circle.ben.asks(f"search {WORD} blooms", circle.hall)
    await circle.ben.sends("ask", circle.hall, question=f"when does the {WORD} bloom?")
    await circle.ben.asks(f"what of the purple {WORD} in the quarry of zinc?", circle.hall)
    await circle.ann.asks("summary", circle.hall)
    assert len(await traces(circle)) > 3

    asked, receipt = await sure(circle.ben, "me", circle)
    assert "You stay in" in asked
    assert "messages" in receipt
    assert await traces(circle) == []
    assert await circle.agent.house.database.read(dead_letters) == []

    await circle.ben.says("I will bring the soup by Monday.", circle.hall)
    assert "bring the soup" in await circle.ann.asks("summary", circle.hall)
    assert "others may share it" in await circle.ben.sends("me", circle.hall)


async def test_a_room_goes_with_all_that_was_said_and_shared_there(knowing: Circle) -> None:
    circle = knowing
    thread = circle.platform.add_room("aside", parent=circle.den)
    await circle.ben.says(PROMISE, circle.den)
    await circle.ben.asks(f"share The {WORD} blooms at night.", thread)
    await circle.ann.asks("summary", circle.den)
    await circle.ann.asks(f"when does the {WORD} bloom?", circle.den)
    await circle.ben.asks("share A blue book lies in the hall.", circle.hall)
    assert "Only leaders" in await circle.ben.sends("forget", circle.hall, source="room:den")
    assert "no room of that name" in await circle.ann.sends("forget", circle.hall, source="room:x")

    await sure(circle.ann, "room:den", circle)
    assert await traces(circle) == []
    assert "blue book" in await circle.ann.sends("search", circle.hall, query="blue book")
    await circle.ben.says("I will bring the soup by Monday.", circle.den)
    assert "bring the soup" in await circle.ann.asks("summary", circle.den)


async def test_of_two_things_with_one_title_the_person_chooses_by_number(circle: Circle) -> None:
    for word in ("apples", "pears"):
        file = File("harvest.md", "text/markdown", f"# Harvest\n\nWe picked {word}.".encode())
        await (circle.ben if word == "apples" else circle.chloe).asks(
            "share", circle.hall, files=[file]
        )
    asked = await circle.ann.sends("forget", circle.hall, source="Harvest")
    assert "Ben" in asked
    assert "Chloé" in asked
    number = next(line for line in asked.splitlines() if "Ben" in line).split(".")[0]
    assert "“Harvest”" in await circle.ann.presses(number)
    await circle.ann.presses("Yes, forget it")
    assert "apples" not in await circle.ann.sends("search", circle.hall, query="picked apples")
    assert "pears" in await circle.ann.sends("search", circle.hall, query="picked pears")


async def test_the_thanks_for_a_file_names_it_no_more(circle: Circle) -> None:
    file = File("plan.md", "text/markdown", f"# On the {WORD}\n\nIt grows.".encode())
    assert WORD in await circle.ben.asks("share", circle.hall, files=[file])
    await sure(circle.ben, f"On the {WORD}", circle)
    assert not any(WORD in post.text for post in circle.chloe.answers())


async def test_a_question_put_to_the_room_goes_with_whoever_had_asked_it(circle: Circle) -> None:
    await circle.ben.sends("ask", circle.hall, question=f"zinc {WORD} quadrature?")
    await circle.ben.presses("Ask the community")
    assert WORD in circle.chloe.answers()[-1].text
    await circle.ben.sends("me", circle.hall, consent="out")
    await circle.ben.presses("Yes, forget it")
    assert await traces(circle) == []


async def test_a_question_put_to_the_room_goes_with_the_message_that_asked_it(
    circle: Circle,
) -> None:
    words = f"{WORD} quadrature"
    asked = await circle.ben.says(f"@learncomm search {words}", circle.hall)
    await circle.ben.presses("Ask the community")
    assert words in circle.chloe.answers()[-1].text
    await circle.ben.deletes(asked)
    assert not any(words in post.text for post in circle.chloe.answers())


async def test_a_question_goes_with_the_message_that_asked_it(circle: Circle) -> None:
    asked = await circle.ben.says(f"@learncomm questions {WORD} newcomers", circle.hall)
    assert WORD in circle.chloe.answers()[-1].text
    await circle.ben.deletes(asked)
    assert WORD not in circle.chloe.answers()[-1].text


@pytest.mark.parametrize("consent", ["out", "summaries only"])
async def test_consent_holds_for_what_waits_to_be_posted(circle: Circle, consent: str) -> None:
    """Written and planned, and not yet sent, when its author thinks better of it."""
    promise = await circle.ben.says(PROMISE, circle.hall)
    await circle.chloe.asks(f"share message={promise.id}", circle.hall)
    if consent == "out":
        await circle.ben.sends("me", circle.hall, consent=consent)
    circle.platform.lose_connection(times=60)
    await circle.ann.says("@learncomm summary", circle.hall)
    await circle.chloe.says("@learncomm search water Friday", circle.hall)
    await circle.chloe.sends("search", circle.hall, query="water Friday")
    assert not any(WORD in post.text for post in circle.platform.posts)

    if consent == "out":
        await circle.ben.presses("Yes, forget it")
    else:
        await circle.ben.sends("me", circle.hall, consent=consent)
    circle.platform._faults.clear()
    for _ in range(8):
        await circle.clock.advance(700)
        await circle.settle()
    shown = [post.text for post in circle.platform.posts if WORD in post.text]
    assert len(circle.chloe.answers()) >= 3, "what is left of it is said"
    if consent == "out":
        assert shown == []
    else:
        assert [text for text in shown if "What was said" not in text] == []
        assert shown, "a summary may hold it"


async def test_summaries_only_takes_back_what_others_had_shared(knowing: Circle) -> None:
    circle = knowing
    promise = await circle.ben.says(PROMISE, circle.hall)
    own = await circle.ben.says("The gate is painted green.", circle.hall)
    await circle.chloe.asks(f"share message={promise.id}", circle.hall)
    await circle.ben.asks(f"share message={own.id}", circle.hall)
    await circle.clock.advance(60)
    await circle.settle()
    assert WORD in await circle.ann.sends("search", circle.hall, query="water by Friday")
    assert WORD in await circle.ann.asks("who will water it by Friday?", circle.hall)

    await circle.ben.sends("me", circle.hall, consent="summaries only")
    await circle.clock.advance(60)
    await circle.settle()
    assert WORD not in await circle.ann.sends("search", circle.hall, query="water by Friday")
    assert not any(WORD in post.text for post in circle.ann.answers())
    assert "painted green" in await circle.ann.sends("search", circle.hall, query="gate painted")
    assert WORD in await circle.ann.asks("summary", circle.hall)


async def test_figures_of_a_summary_are_those_of_then(circle: Circle) -> None:
    promise = await circle.ben.says(PROMISE, circle.hall)
    await circle.ben.says("I will bring the soup by Monday.", circle.hall)
    await circle.ann.asks("summary", circle.hall)
    await circle.ben.deletes(promise)
    assert "When I wrote this: I read 2 of 3 messages" in circle.ann.answers()[-1].text


async def test_no_answer_names_a_sharer_who_left(data: Path, circle: Circle) -> None:
    for who in (circle.ben, circle.chloe):
        await who.asks("share The gate is painted green.", circle.hall)
    await circle.ann.asks("search gate painted", circle.hall)
    assert "Ben" in circle.ann.answers()[-1].text
    await circle.ben.sends("me", circle.hall, consent="out")
    await circle.ben.presses("Yes, forget it")
    found = next(post for post in circle.ann.answers() if "painted green" in post.text)
    assert "Ben" not in found.text


PLAN = File("plan.md", "text/markdown", f"# Plan\n\nThe {WORD} blooms in May.".encode())


@pytest.mark.parametrize("who", ["Chloé", "Lea"])
async def test_what_others_share_unseen_stays_theirs_and_is_not_spoken_of(
    data: Path, who: str
) -> None:
    """A sharer and a leader take out what they see: question, receipt and view are as without others."""
    said = []
    for is_hidden in (True, False):
        async with Circle(Path(shutil.copytree(data, data.parent / str(is_hidden)))) as circle:
            lea = circle.person("Lea", is_leader=True)
            if is_hidden:
                await circle.ben.asks("share", circle.den, files=[PLAN])
                await circle.ben.asks(f"when does the {WORD} bloom?", circle.den)
            known = await circle.chloe.asks("share", circle.hall, files=[PLAN])
            person = circle.chloe if who == "Chloé" else lea
            await circle.ann.asks(f"when does the {WORD} bloom?", circle.hall)
            await circle.ann.sends("ask", circle.hall, question=f"when does the {WORD} bloom?")
            asked, receipt = await sure(person, "Plan", circle)
            found = await person.sends("search", circle.hall, query=WORD)
            again = await person.sends("forget", circle.hall, source="Plan")
            said.append([known, asked, receipt, found, again])
            shown = [post for post in circle.chloe.answers() if "blooms in May" in post.text]
            assert shown == []
            theirs = await circle.ben.sends("search", circle.den, query=f"{WORD} blooms")
            assert ("blooms in May" in theirs) is is_hidden
    assert said[0] == said[1]
    assert "one thing in the library" in said[0][1]
    assert "two lines" not in said[0][1], "what one person alone was answered is theirs"


async def test_of_what_others_are_seen_to_share_one_takes_back_one_s_own_share(
    circle: Circle,
) -> None:
    for who in (circle.ben, circle.chloe):
        await who.asks("share", circle.hall, files=[PLAN])
    asked, receipt = await sure(circle.chloe, "Plan", circle)
    assert "one share of a thing that others share too" in asked
    assert "one share of a thing that others share too" in receipt
    assert "shared by Ben" in await circle.ann.sends("search", circle.hall, query=WORD)
    assert "Only whoever" in await circle.chloe.sends("forget", circle.hall, source="Plan")
    assert "one thing in the library" in (await sure(circle.ann, "Plan", circle))[1]
