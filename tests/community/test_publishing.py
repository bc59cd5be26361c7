"""The page for others: what leaders put there, escaped, without names that nobody agreed to, and mended."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree, html

from learncomm_agent.caring.public_page import (
    Entry,
    Item,
    Part,
    Site,
    clean,
    item_page,
    leads_into_chat,
    without_names,
)
from learncomm_agent.community.public_feed import feed_of
from learncomm_agent.library.readers.feed import feed_reading
from learncomm_agent.storage.schema import audit
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.web import FakeWeb
from learncomm_agent.testing.web import html as page
from learncomm_agent.words import Words

LEARNT = "I learnt that the kestrel nests in the tower of the old mill every April."
HOSTILE = "We decided to try <script>alert(1)</script> & “]]>” \u202e\x1b[31mBen\x00 each Monday."


class Open(Circle):
    """The circle, whose data folder can be looked into."""

    def __init__(self, data: Path, **how: Any) -> None:
        super().__init__(data, **how)
        self.data = data


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Open]:
    circle = Open(data)
    async with circle:
        yield circle


def files(circle: Open) -> dict[str, str]:
    folder = circle.data / "community" / "public"
    return {each.name: each.read_text() for each in folder.glob("*")} if folder.exists() else {}


def number(person: Person) -> str:
    """Return the number of the newest summary that could be put on the page."""
    label = next(
        label
        for post in reversed(person.answers())
        for label in person.buttons(post).values()
        if "on the page" in label
    )
    return str(re.findall(r"\d+", label)[0])


async def published(circle: Open, *said: str) -> str:
    """Have something summed up and put on the page; return its number."""
    for each in said:
        await circle.ben.says(each, circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    await circle.ann.sends("publish", circle.hall)
    it = number(circle.ann)
    assert "Anyone with the address" in await circle.ann.presses(f"Put {it} on the page")
    assert files(circle) == {}
    assert "in a moment" in await circle.ann.presses("Yes, publish")
    return it


async def test_a_summary_is_published_once_it_was_asked_twice_and_the_room_is_told(
    circle: Open,
) -> None:
    it = await published(circle, LEARNT)
    assert "Ann put “What was said in hall”" in circle.chloe.seen_in(circle.hall)[-1].text
    pages = files(circle)
    assert set(pages) == {"index.html", "1.html", "feed.xml"}
    assert LEARNT in pages["1.html"] and "a member" in pages["1.html"]
    assert "Ben" not in "".join(pages.values()) and "message" not in "".join(pages.values())
    assert "is one thing" in await circle.ann.sends("publish", circle.hall)
    assert "is on the page already" in await circle.ann.sends("publish", circle.hall, what=it)
    await circle.ben.sends("me", circle.hall, naming="yes")
    await circle.clock.advance(timedelta(days=1).total_seconds())
    await circle.settle()
    assert "(Ben)" in files(circle)["1.html"]
    await circle.ben.sends("me", circle.hall, naming="no")
    assert "Ben" not in "".join(files(circle).values())
    assert "goes from the page" in await circle.ann.sends("publish", circle.hall, what=f"off {it}")
    assert files(circle) == {}
    assert "no longer on our public page" in circle.chloe.seen_in(circle.hall)[-1].text
    actions = await circle.agent.house.database.read(
        lambda conn: [row.action for row in conn.execute(audit.select())]
    )
    assert {"publish", "unpublish"} <= set(actions)


@pytest.mark.parametrize("how", ["deleted", "edited", "opted out", "summaries only", "room"])
async def test_the_page_follows_what_it_rests_on(circle: Open, how: str) -> None:
    said = await circle.ben.says(LEARNT, circle.hall)
    await circle.chloe.says("We decided to meet at the mill on Mondays at six.", circle.hall)
    await published(circle)
    before = feedparser.parse(files(circle)["feed.xml"])
    match how:
        case "deleted":
            await circle.clock.advance(60)
            await circle.ben.deletes(said)
        case "edited":
            await circle.ben.edits(said, "Never mind.")
        case "opted out":
            await circle.ben.sends("me", circle.hall, consent="out")
            await circle.ben.presses("Yes, forget it")
        case "summaries only":
            await circle.ben.sends("me", circle.hall, consent="summaries_only")
        case _:
            await circle.ann.sends("forget", circle.hall, source="room:hall")
            await circle.ann.presses("Yes, forget it")
    pages = files(circle)
    assert "kestrel" not in "".join(pages.values())
    if how == "room":
        assert pages == {}
        return
    assert "on Mondays at six" in pages["1.html"]
    after = feedparser.parse(pages["feed.xml"])
    assert after.feed.id == before.feed.id and after.entries[0].id == before.entries[0].id
    assert after.entries[0].published == before.entries[0].published
    assert after.entries[0].updated > before.entries[0].updated


async def test_hostile_words_are_words_and_the_feed_is_read_by_our_own_reader(
    circle: Open,
) -> None:
    await published(circle, HOSTILE, "Who knows why <img src=x onerror=alert(2)> is asked for?")
    pages = files(circle)
    for name, text in pages.items():
        assert "<script" not in text and "<img" not in text, name
        assert not any(sign in text for sign in "\x00\x1b\u202e"), name
    tree = html.fromstring(pages["1.html"])
    assert tree.get("lang") == "en" and not tree.xpath("//script | //img | //@onerror")
    assert any("<script>alert(1)</script>" in each for each in tree.xpath("//li//text()"))
    etree.fromstring(pages["feed.xml"].encode())
    feed = feedparser.parse(BytesIO(pages["feed.xml"].encode()))
    assert not feed.bozo and feed.version == "atom10"
    reading = feed_reading("https://example.org/feed.xml", pages["feed.xml"].encode())
    assert [each.text.count("What was said in hall") for each in reading.sections] == [1]
    assert "We decided to try" in reading.sections[0].text


async def test_links_of_a_room_are_published_and_files_and_notes_are_not(data: Path) -> None:
    async with FakeWeb() as web, (circle := Open(data, web=web)):
        herons = web.address("/herons")
        web.put("/herons", page("They eat carp at dawn.", title="On &lt;herons&gt; &amp; carp"))
        web.put("/den", page("Of the den."))
        await circle.ben.asks(f"share {herons} For Ben and all.", circle.hall)
        await circle.ben.asks("share The kestrel is a secret of ours.", circle.hall)
        await circle.ben.asks(f"share {web.address('/den')}", circle.den)
        assert "one link" in await circle.ann.sends("publish", circle.hall, what="resources")
        await circle.ann.presses("Yes, publish")
        pages = files(circle)
        assert herons in pages["1.html"] and 'rel="nofollow' in pages["1.html"]
        assert not {"kestrel", "/den", "For Ben"} & set(
            re.findall(r"kestrel|/den|For Ben", str(pages))
        )
        await circle.ben.asks(f"forget {herons}", circle.hall)
        await circle.ben.presses("Yes, forget it")
        assert files(circle) == {}
        said = await circle.ann.sends("publish", circle.hall, what="off resources")
        assert "goes from the page" in said


async def test_what_can_t_be_published_gets_a_sentence(circle: Open) -> None:
    cases = {
        "999": "no published summary",
        "0": "no published summary",
        "9" * 20: "“publish 12” puts",
        "everything": "“publish 12” puts",
        "off": "“publish 12” puts",
        "off 999": "no published summary",
        "off resources": "not on the page",
        "resources": "No link was shared",
        "x" * 300: "under 100 characters",
    }
    for what, words in cases.items():
        assert words in await circle.ann.sends("publish", circle.hall, what=what), what
        assert "Only leaders" in await circle.ben.sends("publish", circle.hall, what=what)


async def test_controls_of_others_and_made_up_ones_put_nothing_there(circle: Open) -> None:
    await circle.ben.says(LEARNT, circle.hall)
    await circle.ann.asks("summary", circle.hall)  # a draft still
    await circle.ann.sends("publish", circle.hall)
    post = circle.ann.answers()[-1]
    for made_up in ("yes:1", "yes:", "yes:r999", "yes:rx", "yes:²", "ask:-1", "never:1", ""):
        assert await circle.ann.chooses(f"public:{made_up}", post.ref)
        assert "Only leaders" in await circle.ben.chooses(f"public:{made_up}", post.ref)
    assert files(circle) == {}


def test_names_are_taken_out_and_other_words_stay() -> None:
    names = ["Ben Miller", "Will", "A", "Žofie", "", "  "]

    def said(text: str) -> str:
        return without_names(text, names, "a member", places=["room12345"], common={"will"})

    assert said("Ben said that BEN MILLER and @Ben will come.") == (
        "A member said that a member and a member will come."
    )
    assert (
        said("Will you? Benny, Bens, Abend, a heron.")
        == "A member you? Benny, Bens, Abend, a heron."
    )
    assert said("žofie’s idea of <@!123> and @ben:example.org") == (
        "A member’s idea of a member and a member"
    )
    assert said("see https://chat.example/room12345/7 or https://example.org/1") == (
        "see … or https://example.org/1"
    )
    assert clean("a\x00b\ud800c\u202ed\ne ") == "abcd\ne"
    assert not leads_into_chat("https://example.org/a", ["a", ""])


async def test_a_page_that_can_t_be_written_now_is_written_later(circle: Open) -> None:
    folder = circle.data / "community" / "public"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    await published(circle, LEARNT)
    assert "is one thing" in await circle.ann.sends("publish", circle.hall)
    folder.unlink()
    await circle.clock.advance(3600)
    await circle.settle()
    assert LEARNT in files(circle)["1.html"]
    await circle.ann.sends("draft", circle.hall, what="1 edit 1 It nests <high>.")
    assert "It nests &lt;high&gt;." in files(circle)["1.html"]
    words = Words(data=circle.data).for_community("community")
    assert await asyncio.to_thread(words.problems) == ()  # no folder of words


def test_a_feed_that_is_served_somewhere_leads_there() -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    site = Site(
        "5" * 8, "Ponds", "What & why", "Of <ponds>.", "Back", "Feed", "de", "https://x.example/p"
    )
    parts = (Part("Learnt", (Entry("A & B", "(Ann)", 'https://x.example/?a=1&b="'),)),)
    items = [Item(n, f"u{n}", "", "On Monday", at, at + timedelta(n), parts) for n in (2, 1)]
    feed = feedparser.parse(BytesIO(feed_of(site, items)))
    assert [each.link for each in feed.entries] == [f"https://x.example/p/{n}.html" for n in (2, 1)]
    assert feed.feed.updated == items[0].updated_at.isoformat() and feed.feed.language == "de"
    assert {each.rel for each in feed.feed.links} == {"self", "alternate"}
    assert feed.feed.title == "What &amp; why" or feed.feed.title == "What & why"
    page = html.fromstring(item_page(site, items[0]))
    assert page.xpath("//li/a/@href") == ['https://x.example/?a=1&b="']
