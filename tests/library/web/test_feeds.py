"""What feeds hold, however they are written, and which of it is new."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, SpaceRef
from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.house import House
from learncomm_agent.library.readers.feed import MOST, Entry, read_feed
from learncomm_agent.library.resources import Place, Section
from learncomm_agent.library.web.following import (
    LATEST,
    SOONEST,
    TELLING,
    UNKNOWN,
    after_failures,
    after_success,
    digests,
    in_order,
    new_ones,
)
from learncomm_agent.storage import communities, due, feeds, members, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.clock import ManualClock

ADDRESS = "https://pond.example/blog/feed.xml"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://base.example/">
<title type="html">Der &lt;i&gt;Teich&lt;/i&gt;</title>
<entry><id>tag:1</id><title>Reiher</title><link href="reiher"/><author><name>Ada</name></author>
<updated>2026-01-04T10:00:00+02:00</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><h2>Warten</h2><p>Still stehen.</p></div>
</content></entry></feed>"""


def rss(items: str, before: str = "") -> str:
    return f"{before}<rss version='2.0'><channel><title>Pond</title>{items}</channel></rss>"


def item(title: str, more: str = "") -> str:
    return f"<item><title>{title}</title>{more}</item>"


def test_an_entry_of_atom_is_read_with_all_that_it_says() -> None:
    (entry,) = read_feed(ADDRESS, ATOM.encode()).entries
    assert entry == Entry(
        id="tag:1",
        title="Reiher",
        link="https://base.example/reiher",
        author="Ada",
        published_at=datetime(2026, 1, 4, 8, tzinfo=UTC),
        sections=(Section("Still stehen.", Place(("Warten",))),),
    )


def test_markup_in_titles_and_texts_is_read_and_not_shown() -> None:
    text = "&lt;p&gt;Hi &lt;script&gt;bad()&lt;/script&gt;all&lt;/p&gt;&lt;p&gt;x&lt;/p&gt;"
    more = f"<link>../a?b=1</link><description>{text}</description>"
    feed = read_feed(ADDRESS, rss(item("&lt;b&gt;One&lt;/b&gt; &amp;amp; two", more)).encode())
    (entry,) = feed.entries
    assert (entry.title, entry.link) == ("One & two", "https://pond.example/a?b=1")
    assert [section.text for section in entry.sections] == ["Hi all\n\nx"]


def hostile() -> Iterator[object]:
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    bomb = f"<!DOCTYPE r [<!ENTITY e0 'ha'>{levels}]>"
    secret = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
    yield pytest.param(rss(item("&e9;T"), bomb), ["T"], id="a bomb of entities")
    yield pytest.param(rss(item("&x;T"), secret), ["T"], id="a file of ours")
    wide = "<?xml version='1.0' encoding='utf-16'?>"
    yield pytest.param(rss(item("T", "<link>javascript:x</link>")), ["T"], id="a script as a link")
    yield pytest.param(
        rss(item("T")).removesuffix("</channel></rss>") + "<item><tit", ["T"], id="cut off"
    )
    yield pytest.param(rss(item("über")).encode("latin-1"), ["über"], id="a lie about the encoding")
    yield pytest.param(rss(item("über"), wide).encode("utf-16"), ["über"], id="wide characters")
    deep = f"<description>{'&lt;div&gt;' * 3000}deep</description>"
    yield pytest.param(rss(item("T", deep)), ["T"], id="deep")
    yield pytest.param(rss("<item><description>Words alone</description></item>"), ["Words alone"])
    dates = "<pubDate>Mon, 32 Foo 99999 25:61:61 GMT</pubDate>"
    yield pytest.param(rss(item("T", dates)), ["T"], id="no such day")
    same = "".join(item(f"T{n}", "<guid>tag:1</guid>") for n in (1, 2, 1))
    yield pytest.param(rss(same), ["T1", "T2"], id="one id for all")
    yield pytest.param(rss(""), [], id="nothing in it")


@pytest.mark.parametrize(("content", "titles"), list(hostile()))
def test_what_is_odd_or_hostile_is_read_as_far_as_it_goes(
    content: str | bytes, titles: list[str]
) -> None:
    whole = content if isinstance(content, bytes) else content.encode()
    entries = read_feed(ADDRESS, whole).entries
    assert [re.sub(r"&\w+;", "", entry.title) for entry in entries] == titles
    assert len({entry.id for entry in entries}) == len(entries)
    assert all((entry.link or "https:").startswith("https:") for entry in entries)


def test_of_a_feed_without_end_both_ends_are_read() -> None:
    many = rss("".join(item(f"T{number}") for number in range(50_000)))
    titles = [entry.title for entry in read_feed(ADDRESS, many.encode()).entries]
    assert len(titles) == MOST
    assert (titles[0], titles[-1]) == ("T0", "T49999")


@pytest.mark.parametrize("content", [b"words", b"\0\1" * 99, b"<html><body>page", b'{"items": []}'])
def test_what_is_no_feed_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableResourceError) as refused:
        read_feed(ADDRESS, content)
    assert refused.value.advice.phrase == "error.unreadable_feed"


def test_a_page_names_its_feeds() -> None:
    link = "<link rel='{}' type='{}' href='{}'>".format
    head = link("alternate", "text/html", "/other") + link("stylesheet", "text/css", "/look")
    head += link("ALTERNATE home", "application/RSS+xml; charset=utf-8", "/rss")
    head += link("alternate", "application/atom+xml", "https://x.example/atom")
    page = f"<html><head>{head}</head><body>Hello</body></html>"
    found = read_feed(ADDRESS, page.encode())
    assert found.others == ("https://pond.example/rss", "https://x.example/atom")


def entry(number: int, at: datetime | None = None, text: str = "") -> Entry:
    return Entry(f"id{number}", f"T{number}", None, None, at, (Section(text or f"Text {number}"),))


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def test_entries_are_in_the_order_of_their_dates_if_those_can_be_believed() -> None:
    dated = [entry(1, ago(days=3)), entry(2, ago(days=1)), entry(3, ago(days=2))]
    assert [each.id for each in in_order(dated, NOW)] == ["id1", "id3", "id2"]
    for odd in (None, NOW + timedelta(days=999)):
        mixed = [*dated, entry(4, odd)]
        assert [each.id for each in in_order(mixed, NOW)] == ["id4", "id3", "id2", "id1"]


def test_new_is_what_bears_another_id_and_says_something_else() -> None:
    known = dict(map(digests, (entry(1), entry(2))))
    changed, copied = (
        entry(2, text="Changed"),
        replace(entry(3), title="T1", sections=entry(1).sections),
    )
    assert new_ones([entry(1), changed, copied, entry(4)], known) == [entry(4), changed]
    bare = [
        Entry("a", "Weekly", link="https://x.example/1"),
        Entry("b", "Weekly", "https://x.example/2"),
    ]
    assert new_ones(bare, {}) == bare


@pytest.mark.parametrize(
    ("every", "wait"),
    [
        (timedelta(minutes=1), SOONEST),
        (timedelta(hours=8), timedelta(hours=4)),
        (timedelta(days=30), LATEST),
        (None, UNKNOWN),
    ],
)
def test_a_feed_is_looked_at_about_twice_as_often_as_it_brings_something(
    every: timedelta | None, wait: timedelta
) -> None:
    dates = [None if every is None else NOW - every * n for n in range(6)]
    assert after_success([entry(n, at) for n, at in enumerate(dates)], NOW) == wait


def test_failures_that_are_told_fill_a_week() -> None:
    waits = [after_failures(count) for count in range(1, TELLING + 1)]
    assert waits == sorted(waits) and waits[-1] == LATEST and waits[0] == SOONEST
    week = timedelta(days=7)
    assert sum(waits[:-1], timedelta()) >= week > sum(waits[:-2], timedelta())
    assert after_failures(10_000) == LATEST


@pytest.mark.parametrize("waits", [timedelta(0), timedelta(hours=3)])
async def test_one_row_looks_at_the_feeds_however_often_that_is_asked_for(
    house: House, community: CommunityId, clock: ManualClock, waits: timedelta
) -> None:
    def write(conn: Connection) -> None:
        ref = SpaceRef("fake", "home")
        space = communities.add_space(conn, community, ref)
        room = rooms.ensure(conn, community, space, Room(RoomRef(ref, "r"), "hall"))
        ann = Account(AccountRef("fake", "ann"), "Ann")
        _, member = members.ensure_account(conn, community, ann, clock.now())
        then = clock.now() + waits
        feeds.add(conn, community, room, member, address=ADDRESS, title="Pond", now=then)

    await house.database.write(write)
    for _ in range(3):
        await clock.advance(1)
        await house.database.write(house.feeds.schedule)
    assert (await house.database.read(due.waiting))["feeds"] == 1
