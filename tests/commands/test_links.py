"""Links and files come into the library by a wish: shared, tapped, by a reaction, or all of a room."""

import asyncio
from pathlib import Path

import pytest

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.web import Asked, FakeWeb, answer, html
from tests.commands.shelf import library

HERONS = html("Herons stand still for hours before they strike.", title="Herons")


@pytest.fixture
def herons(web: FakeWeb) -> str:
    web.put("/herons", HERONS)
    return web.address("/herons")


async def test_a_link_is_shared_with_the_reason_and_found_by_all_in_the_room(
    circle: Circle, herons: str
) -> None:
    said = await circle.ben.asks(f"share {herons} They wait, as we should.", circle.den)
    assert said == "Thank you. “Herons” can be found now."
    assert await library(circle) == [("Herons", "Ben", "They wait, as we should.")]
    assert "still for hours" in await circle.ann.asks("search herons", circle.den)
    assert "still for hours" not in await circle.ann.asks("search herons", circle.hall)
    again = await circle.ann.sends("share", circle.den, what=f"<{herons}>")
    assert "in the library already" in again
    assert [name for _, name, _ in await library(circle)] == ["Ben", "Ann"]


async def test_what_can_not_be_had_is_said_to_whoever_asked(circle: Circle, web: FakeWeb) -> None:
    said = await circle.ben.asks(f"share {web.address('/gone')}", circle.hall)
    assert "There is nothing at" in said
    assert said not in circle.transcript(circle.chloe)
    inside = await circle.ben.asks("share http://10.0.0.1:8080/admin", circle.hall)
    assert "not open to everyone" in inside and "Thank you" not in inside
    assert await library(circle) == []


@pytest.mark.parametrize(
    "typed", ["ftp://example.org/x", "file:///etc/passwd", "JavaScript:alert(1)", "http://"]
)
async def test_an_address_of_no_page_is_no_note(circle: Circle, typed: str) -> None:
    assert "begin with https://" in await circle.ben.asks(f"share {typed}", circle.hall)
    assert await library(circle) == []
    assert "can be found" in await circle.ben.asks(f"share Why {typed} fails.", circle.hall)


async def test_an_address_as_phones_copy_it_is_opened(circle: Circle) -> None:
    said = await circle.ben.asks("share www.herons.example/pond", circle.hall)
    assert "www.herons.example" in said and "Thank you" not in said
    assert await library(circle) == []


async def test_a_message_brings_its_links_and_files_in_its_authors_name(
    circle: Circle, herons: str
) -> None:
    notes = File(
        name="notes.md", content=b"# Patience\n\nWait with the answer.", media_type="text/markdown"
    )
    ben, ann = circle.ben, circle.ann
    message = await ben.says(f"On patience: {herons}, and my notes.", circle.hall, files=[notes])
    assert "“Herons” and 1 more can be found now" in await ann.sends(
        "share", circle.hall, message=message.id
    )
    words = "On patience:, and my notes."
    assert await library(circle) == [("Herons", "Ben", words), ("Patience", "Ben", words)]

    await ben.edits(message, f"About waiting: {herons}")
    assert {why for _, _, why in await library(circle)} == {"About waiting:"}
    assert "was in the library already" in await ann.asks("share", circle.hall, reply_to=message)
    await ben.deletes(message)
    assert await library(circle) == []


async def test_whoever_says_why_shares_it_in_their_own_name(circle: Circle, herons: str) -> None:
    message = await circle.ben.says(f"Look: {herons}", circle.hall)
    await circle.ann.asks("share For our next meeting.", circle.hall, reply_to=message)
    assert await library(circle) == [("Herons", "Ann", "For our next meeting.")]


async def test_a_message_without_links_is_shared_as_its_words(circle: Circle) -> None:
    message = await circle.ben.says("We meet at `https://example.org` by the pond.", circle.hall)
    await circle.ann.asks("share", circle.hall, reply_to=message)
    ((title, name, _),) = await library(circle)
    assert title.startswith("Ben: We meet") and name == "Ann"


async def test_of_who_wants_summaries_alone_only_pages_are_taken_and_no_word(
    circle: Circle, web: FakeWeb, herons: str
) -> None:
    ben, ann = circle.ben, circle.ann
    await ben.sends("me", circle.hall, consent="summaries_only")
    file = File(
        name="private.md", content=b"# Private\n\nNot for others.", media_type="text/markdown"
    )
    message = await ben.says(f"My secret view: {herons}", circle.hall, files=[file])
    await ann.sends("share", circle.hall, message=message.id)
    assert await library(circle) == [("Herons", "Ann", "")]
    await ben.edits(message, f"My other secret: {herons}")
    assert await library(circle) == [("Herons", "Ann", "")]
    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    own = await ben.says(f"A secret: {web.address('/owls')}", circle.hall)
    await ben.sends("share", circle.hall, message=own.id)
    await ben.edits(own, f"Another secret: {web.address('/owls')}")
    assert (await library(circle))[1:] == [("Owls", "Ben", "")]
    alone = await ben.says("Only this.", circle.hall, files=[file])
    assert "does not want it" in await ann.sends("share", circle.hall, message=alone.id)
    await ben.sends("me", circle.hall, consent="out")
    await ben.presses("Yes, forget it")
    assert await library(circle) == []
    unseen = await ben.says(f"Out: {herons}", circle.hall)
    assert "can't find that message" in await ann.sends("share", circle.hall, message=unseen.id)


async def test_of_a_room_that_is_not_read_no_message_is_known(circle: Circle, herons: str) -> None:
    message = await circle.ben.says(herons, circle.lounge)
    said = await circle.ann.sends("share", circle.lounge, message=message.id)
    assert said.startswith("I don't read this room")
    assert "can be found now" in await circle.ann.asks(f"share {herons}", circle.lounge)


async def test_a_reaction_that_a_leader_chose_adds_and_answers_with_itself(
    circle: Circle, web: FakeWeb, herons: str
) -> None:
    ben, chloe, hall = circle.ben, circle.chloe, circle.hall
    message = await ben.says(f"Look: {herons}", hall)
    await reacts(circle, chloe, message, "📚")
    assert await library(circle) == []  # none was chosen yet
    assert "Only leaders" in await ben.sends("links", hall, reaction="📚")
    assert "no reaction" in await circle.ann.asks("links reaction books", hall)
    assert "📚" in await circle.ann.asks("links reaction 📚", hall)

    await reacts(circle, chloe, message, "👍")
    await reacts(circle, chloe, message, "📚", is_added=False)
    assert await library(circle) == []
    await reacts(circle, chloe, message, "📚")
    assert await library(circle) == [("Herons", "Ben", "Look:")]
    post = circle.platform.network.post(message)
    assert (circle.platform.agent.ref, "📚") in post.reactions
    await reacts(circle, chloe, message, "📚", is_added=False)
    await reacts(circle, ben, message, "📚")
    assert len(await library(circle)) == 1
    assert web.paths() == ["/herons"]  # once is enough

    await circle.ann.asks("links reaction off", hall)
    other = await ben.says(f"Again: {herons}?again=1", hall)
    await reacts(circle, chloe, other, "📚")
    assert len(await library(circle)) == 1


async def test_a_reaction_in_vain_is_told_to_whoever_put_it_alone(
    circle: Circle, web: FakeWeb
) -> None:
    await circle.ann.asks("links reaction 📚", circle.hall)
    message = await circle.ben.says(f"Look: {web.address('/gone')}", circle.hall)
    for _ in range(2):
        await reacts(circle, circle.chloe, message, "📚")
    assert circle.transcript(circle.chloe).count("There is nothing at") == 1
    assert "There is nothing at" not in circle.transcript(circle.ben)
    assert circle.platform.network.post(message).reactions == ((circle.chloe.account.ref, "📚"),)


async def test_all_of_a_room_is_taken_where_a_leader_chose_so(
    circle: Circle, web: FakeWeb, herons: str
) -> None:
    ann, ben, hall = circle.ann, circle.ben, circle.hall
    await ben.says(f"Before: {herons}", hall)
    assert "when somebody shares them" in await ann.asks("links", hall)
    assert "every link and file" in await ann.sends("links", hall, mode="every")
    assert "From now on every link" in circle.transcript(circle.chloe, hall)
    assert await library(circle) == []

    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    message = await ben.says(f"After: {web.address('/owls')}", hall)
    branch = circle.platform.add_room("branch", parent=hall, is_read=True)
    await ben.says(f"And {herons}", branch)
    await ben.says(f"Elsewhere {herons}?den=1", circle.den)
    assert await library(circle) == [("Owls", "Ben", "After:"), ("Herons", "Ben", "And")]
    assert circle.platform.posts[-1].text.startswith("From now on every link")  # nothing was said

    web.put("/larks", html("Larks sing in flight.", title="Larks"))
    await ben.edits(message, f"After: {web.address('/larks')}")
    assert [title for title, *_ in await library(circle)] == ["Herons", "Larks"]
    assert "only when somebody shares" in await ann.asks("links tapped", hall)
    await ben.says(f"Then: {herons}?then=1", hall)
    assert len(await library(circle)) == 2


@pytest.mark.parametrize("way", ["links every", "share"])
async def test_what_an_edit_links_to_no_more_goes_and_the_rest_stays_however_it_was_led_to(
    circle: Circle, web: FakeWeb, herons: str, way: str
) -> None:
    ann, ben, hall = circle.ann, circle.ben, circle.hall
    web.put("/s", status=301, Location="/owls")
    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    web.put("/herons?utm_source=chat", HERONS)
    short, tagged = web.address("/s"), f"{herons}?utm_source=chat#top"
    if way == "links every":
        await ann.asks(way, hall)
    notes = File(name="n.md", content=b"# Notes\n\nWait with it.", media_type="text/markdown")
    message = await ben.says(f"Look: {tagged} and {short}", hall, files=[notes])
    if way == "share":
        await ann.asks("share", hall, reply_to=message)
    assert [title for title, *_ in await library(circle)] == ["Herons", "Owls", "Notes"]

    await ben.edits(message, f"So still: {short} and {herons}")
    assert [title for title, *_ in await library(circle)] == ["Herons", "Owls", "Notes"]
    assert {why for _, _, why in await library(circle)} == {"So still: and"}
    await ben.edits(message, f"So quiet: {short}")
    assert [title for title, *_ in await library(circle)] == ["Owls", "Notes"]
    assert "hours" not in await ann.sends("search", hall, query="herons stand still")
    await ben.edits(message, "Never mind")
    assert await library(circle) == [("Notes", "Ben", "Never mind")]
    assert web.paths().count("/owls") == 1


async def test_an_edit_brings_new_links_alone_and_never_what_was_forgotten(
    circle: Circle, web: FakeWeb, herons: str
) -> None:
    ann, ben, hall = circle.ann, circle.ben, circle.hall
    await ann.asks("links every", hall)
    notes = File(name="n.md", content=b"# Notes\n\nWait with it.", media_type="text/markdown")
    message = await ben.says(f"Look: {herons}", hall, files=[notes])
    for title in ("Herons", "Notes"):
        await ann.sends("forget", hall, source=title)
        assert (await ann.presses("Yes, forget it")).startswith("It is gone")

    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    owls = web.address("/owls")
    await ben.edits(message, f"See: {herons}?utm_source=chat and {owls}")
    assert await library(circle) == [("Owls", "Ben", "See: and")]
    await ben.edits(message, "Of a thing that I saw")
    await ben.edits(message, f"Again: {herons}")
    assert await library(circle) == [("Herons", "Ben", "Again:")], "to link to it anew is an act"
    assert web.paths() == ["/herons", "/owls", "/herons"]


async def test_a_page_is_forgotten_by_its_address_as_it_was_pasted(
    circle: Circle, web: FakeWeb, herons: str
) -> None:
    web.put("/s", status=301, Location="/herons")
    tagged = f"<{herons}?utm_source=mail&fbclid=1#top>"
    for shared, forgotten in ((herons, tagged), (web.address("/s"), herons)):
        await circle.ben.asks(f"share {shared}", circle.hall)
        await circle.ann.sends("forget", circle.hall, source=forgotten)
        assert (await circle.ann.presses("Yes, forget it")).startswith("It is gone")
        assert await library(circle) == []
    await circle.ben.asks(f"share {herons}", circle.den)
    assert "no such" not in await circle.ann.sends("forget", circle.den, source=tagged)
    hidden = await circle.chloe.sends("forget", circle.hall, source=tagged)
    assert hidden == await circle.chloe.sends("forget", circle.hall, source=f"{herons}/none")


async def test_nothing_of_who_opted_out_or_wants_summaries_alone_is_taken(
    circle: Circle, herons: str
) -> None:
    await circle.ann.asks("links every", circle.hall)
    for consent in ("out", "summaries_only"):
        await circle.ben.sends("me", circle.hall, consent=consent)
        await circle.ben.says(f"See {herons}", circle.hall)
    assert await library(circle) == []


async def test_a_page_that_is_slow_to_come_back_is_tried_again(
    circle: Circle, web: FakeWeb
) -> None:
    await circle.ann.asks("links every", circle.hall)
    web.put("/later", "busy", status=503)
    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    await circle.ben.says(f"See {web.address('/later')} {web.address('/owls')}", circle.hall)
    assert [title for title, *_ in await library(circle)] == ["Owls"]
    web.put("/later", HERONS)
    await circle.clock.advance(20 * 60)
    await circle.settle()
    assert [title for title, *_ in await library(circle)] == ["Owls", "Herons"]
    assert web.paths() == ["/later", "/owls", "/later"], "what came is not asked for again"


async def test_what_is_deleted_while_it_is_fetched_is_not_kept(
    circle: Circle, web: FakeWeb
) -> None:
    await circle.ann.asks("links every", circle.hall)
    told: list[MessageRef] = []

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await circle.platform.deletes(circle.ben.account, told[0])
        writer.write(answer(HERONS))

    web.handle("/herons", handler)
    circle.platform.hold_events()
    told.append(await circle.ben.says(f"See {web.address('/herons')}", circle.hall))
    await circle.platform.release_events(lambda held: held)
    await circle.settle()
    assert await library(circle) == []
    assert web.paths() == ["/herons"]


async def test_links_of_a_direct_talk_or_an_unread_room_are_nobodys_setting(circle: Circle) -> None:
    direct = await circle.platform.direct_room(circle.ann.account.ref)
    assert "stays between us" in await circle.ann.asks("links every", direct)
    assert "“read on” first" in await circle.ann.asks("links every", circle.lounge)


async def reacts(
    circle: Circle, who: Person, message: MessageRef, sign: str, *, is_added: bool = True
) -> None:
    await circle.platform.reacts(who.account, message, sign, is_added=is_added)
    await circle.settle()


async def test_what_was_being_fetched_when_the_process_ended_comes_after_the_next_start(
    data: Path, web: FakeWeb, herons: str
) -> None:
    is_asked = asyncio.Event()

    async def never(asked: Asked, writer: asyncio.StreamWriter) -> None:
        is_asked.set()
        await asyncio.Event().wait()

    web.handle("/herons", never)
    async with Circle(data, web=web) as circle:
        await circle.ann.asks("links every", circle.hall)
        await circle.platform.says(circle.ben.account, circle.hall, f"See {herons}")
        await is_asked.wait()
        platform = circle.platform
    web.put("/herons", HERONS)
    async with Circle(data, web=web, platform=platform) as again:
        await again.settle()
        assert await library(again) == [("Herons", "Ben", "See")]
