"""The page for others: what leaders put there, escaped, without names that nobody agreed to, and mended."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree, html

from learncomm_agent.caring.names import Names
from learncomm_agent.caring.public_page import (
    Entry,
    Item,
    Part,
    Site,
    clean,
    is_for_all,
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


async def test_what_was_said_in_a_space_that_was_left_rests_until_the_agent_is_back(
    circle: Open,
) -> None:
    await published(circle, LEARNT)
    before = files(circle)
    await circle.platform.removes_agent(circle.hall.space)
    await circle.settle()
    assert files(circle) == {}
    await circle.clock.advance(timedelta(days=2).total_seconds())
    await circle.platform.invites_agent(circle.hall.space)
    await circle.settle()
    assert files(circle) == before


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
        asked = await circle.ann.sends("publish", circle.hall, what="resources")
        assert "one link" in asked and herons in asked
        await circle.ann.presses("Yes, publish")
        told = circle.chloe.seen_in(circle.hall)[-1].text
        assert "from now on are listed there too" in told and "publish off resources" in told
        pages = files(circle)
        assert herons in pages["1.html"] and 'rel="nofollow' in pages["1.html"]
        assert not {"kestrel", "/den", "For Ben"} & set(
            re.findall(r"kestrel|/den|For Ben", str(pages))
        )
        await circle.chloe.sends("me", circle.hall, consent="summaries_only")
        for who, path in (
            (circle.chloe, "/otters"),
            (circle.ben, "/call?pwd=1"),
            (circle.ben, "/~ben"),
        ):
            web.put(path.partition("?")[0], page("They sleep at noon.", title=path))
            await who.asks(f"share {web.address(path)}", circle.hall)
        (circle.data / "community" / "public" / "404.html").write_text("of whoever runs it")
        await circle.clock.advance(timedelta(days=1).total_seconds())
        await circle.settle()
        assert not re.search("otters|pwd|~ben", str(files(circle)))
        (circle.data / "community" / "public" / "404.html").unlink()
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


async def erased(circle: Open) -> None:
    await circle.ben.sends("me", circle.hall, what="erase")
    await circle.ben.presses("Yes, erase everything")


async def renamed(circle: Open) -> None:
    zorro = replace(circle.ben.account, name="Zorro")
    circle.platform.network.accounts[zorro.ref] = zorro
    await Person(circle, zorro).says("I am called otherwise now.", circle.hall)


@pytest.mark.parametrize(
    ("leaves", "is_named"), [(erased, False), (erased, True), (renamed, False)]
)
async def test_who_had_no_name_there_or_leaves_has_none_later(
    circle: Open, leaves: Callable[[Open], Awaitable[None]], is_named: bool
) -> None:
    await circle.ben.says("Hello all.", circle.hall)
    await circle.chloe.says(f"{LEARNT[:-1]}, says Ben.", circle.hall)
    if is_named:
        await circle.ben.sends("me", circle.hall, naming="yes")
    it = await published(circle)
    assert ("says Ben" in files(circle)["1.html"]) is is_named
    await leaves(circle)
    for _ in range(2):
        assert "kestrel" in files(circle)["1.html"]
        assert not re.search("Ben|Zorro", "".join(files(circle).values()))
        await circle.clock.advance(timedelta(days=1).total_seconds())
        await circle.settle()
    await circle.ann.sends("draft", circle.hall, what=f"{it} edit 1 It nests there, says Ben.")
    assert "It nests there, says a member" in files(circle)["1.html"]


NAMES = [
    *("Ben Miller", "Will", "A", "Žofie", "", "  ", "-", "Dr. Kim Park", "ida.holm", "🌟 Bob 🌟"),
    *("Jürgen", "李小龙", "김민수", "😀", "MaxPower99", "Doe"),
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Ben said that BEN MILLER and @Ben will come.",
            "A member said that a member and a member will come.",
        ),
        ("Will you? Benny, Abend, a heron, do it.", "A member you? Benny, Abend, a heron, do it."),
        ("žofie’s idea of <@!123> and @ben:example.org", "A member’s idea of a member and a member"),
        ("see https://chat.example/room12345/7 or https://example.org/1", "see … or https://example.org/1"),
        ("Bens Rad, Bob's, Millers", "A member Rad, a member's, a member"),
        ("Ask Kim, Park or Dr. Kim Park", "Ask a member, a member or a member"),
        ("ida and Holm, then ida_holm, idaholm", "A member and a member, then a member, a member"),
        ("So B\u200ben, Be\u00adn, _Ben_, 🌟Bob🌟, ＢＥＮ", "So a member, a member, _a member_, 🌟a member🌟, a member"),
        ("Z\u030cofie, Zofie, Ju\u0308rgen, Juergen, Jurgen", "A member, a member, a member, a member, a member"),
        ("问小龙 김민수가 😀, Max", "问a member가 a member, a member"),
        ("at https://github.com/benmiller, https://x.org/~b%65n", "at … …"),
        ("at https://x.org/millersblog www.ben.org ben@x.org", "at … … …"),
        ("at https://x.org/?token=1 https://u:p@x.org https://x.org/?v=1", "at … … https://x.org/?v=1"),
    ],
)  # fmt: skip
def test_names_are_taken_out_however_they_are_spelt_and_other_words_stay(
    text: str, shown: str
) -> None:
    names = Names(NAMES, {"will"})
    assert without_names(text, names, "a member", places=["room12345"])[0] == shown


def test_addresses_that_let_somebody_in_are_not_for_all() -> None:
    opening = ["?pwd=1", "?X-Amz-Signature=1", "?a=1&amp;access%5Ftoken=2", "#key=3", "?code=1"]
    for each in (
        *(f"https://x.org/{it}" for it in opening),
        "ftp://x.org/",
        "https://[x",
        "https:",
    ):
        assert not is_for_all(each), each
    for each in ("?author=1", "?v=1&list=2", "#top", "?monkey=1"):
        assert is_for_all(f"https://x.org/{each}"), each
    assert clean("a\x00b\ud800c\u202ed\ne ") == "abcd\ne"
    assert not leads_into_chat("https://example.org/a", ["a", ""])


async def test_a_page_that_can_t_be_written_now_is_written_later(circle: Open) -> None:
    folder = circle.data / "community" / "public"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    await published(circle, LEARNT)
    assert "is one thing" in await circle.ann.sends("publish", circle.hall)
    for _ in range(12):  # until no more attempts are left
        await circle.clock.advance(600)
        await circle.settle()
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
