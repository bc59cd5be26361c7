"""Links become resources: real HTTP on this machine, the real database, weeks in a moment."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from yarl import URL

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, Room, RoomId, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, MemberId, SpaceRef
from learncomm_agent.errors import LinkError
from learncomm_agent.house import House
from learncomm_agent.library.resources import Reading, ResourceId, ResourceKind, Section, Share
from learncomm_agent.library.search import Query
from learncomm_agent.library.web.pages import SOON
from learncomm_agent.library.web.refreshing import SETTLING
from learncomm_agent.settings import Settings
from learncomm_agent.storage import audit, communities, members, messages, pages, resources, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import enqueue, waiting
from learncomm_agent.storage.pages import Page
from learncomm_agent.storage.schema import resources as resource_rows
from learncomm_agent.storage.schema import shares as share_rows
from learncomm_agent.storage.schema import work as work_rows
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.embedder import HashingEmbedder
from learncomm_agent.testing.web import Asked, FakeWeb, answer, html

HERONS = html("Herons stand still for hours.", title="Herons")
STORKS = html("Storks clatter on the roof.", title="Storks")
WHOLE = Share()
DAY = timedelta(days=1)


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as web:
        yield web


@pytest.fixture
def built(settings: Settings, clock: ManualClock, embedder: HashingEmbedder, web: FakeWeb) -> House:
    return house_of(settings, clock, web)


def house_of(settings: Settings, clock: ManualClock, web: FakeWeb) -> House:
    return House(settings, {}, clock, HashingEmbedder, None, None, None, fetcher=web.fetcher(clock))


@pytest.fixture
async def hall(house: House, community: CommunityId) -> RoomId:
    def write(conn: Connection) -> RoomId:
        ref = SpaceRef("fake", "home")
        space = communities.add_space(conn, community, ref)
        return rooms.ensure(conn, community, space, Room(RoomRef(ref, "hall"), "hall"))

    return await house.database.write(write)


@pytest.fixture
async def ann(house: House, community: CommunityId, clock: ManualClock) -> MemberId:
    account = Account(AccountRef("fake", "Ann"), "Ann")
    return await house.database.write(
        lambda conn: members.ensure_account(conn, community, account, clock.now())[1]
    )


async def found(house: House, community: CommunityId, text: str, *readable: RoomId) -> list[str]:
    query = Query(text, community, Readable(frozenset(readable)))
    return [passage.text for passage in (await house.search.find(query)).passages]


async def added(
    house: House, community: CommunityId, address: str, share: Share = WHOLE
) -> ResourceId:
    addition = await house.pages.add(community, address, share)
    assert addition.unread == []
    return (addition.added + addition.known)[0]


async def page_of(house: House, resource: ResourceId) -> Page:
    page = await house.database.read(lambda conn: pages.of(conn, resource))
    assert page is not None
    return page


async def sources(house: House, community: CommunityId) -> list[str]:
    rows = sa.select(resource_rows.c.source).where(resource_rows.c.community_id == community)
    return await house.database.read(lambda conn: list(conn.execute(rows).scalars()))


async def revision(house: House, resource: ResourceId) -> int:
    return (await house.database.read(lambda conn: resources.revisions(conn, [resource])))[resource]


async def live(house: House, clock: ManualClock, days: float) -> None:
    """Let days pass, with all due work done in its time."""
    until = clock.now() + days * DAY
    while (due := await house.work.next_due()) is not None and due <= until:
        await clock.to(max(due, clock.now()))
        await house.work.drain()
    await clock.to(until)


# --- adding


async def test_a_page_is_a_resource_with_what_it_says_of_itself(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    head = (
        '<meta name="author" content="Ann Lee">'
        '<meta property="article:published_time" content="2024-05-02T10:00:00+02:00">'
        '<script src="/run.js"></script><link rel="stylesheet" href="/look.css">'
        '<script type="application/ld+json">{"@type": "Article", "headline": "Herons"}</script>'
    )
    body = html("Herons stand still. <img src='/heron.png'>", title="Herons", head=head)
    web.put(
        "/herons?utm_source=mail", body, ETag='"1"', Last_Modified="Mon, 05 Jan 2026 09:00:00 GMT"
    )
    resource = await added(house, community, web.address("/herons?utm_source=mail#top"))

    row = await house.database.read(
        lambda conn: conn.execute(
            sa.select(resource_rows).where(resource_rows.c.id == resource)
        ).one()
    )
    assert (row.source, row.title, row.kind) == (web.address("/herons"), "Herons", "html")
    assert (row.author, row.published_at) == ("Ann Lee", datetime(2024, 5, 2, tzinfo=UTC))
    assert (row.language, row.revision) == ("en", 0)
    assert await found(house, community, "herons still") == ["Herons stand still."]
    assert await page_of(house, resource) == Page(
        resource=resource,
        community=community,
        address=web.address("/herons"),
        etag='"1"',
        last_modified="Mon, 05 Jan 2026 09:00:00 GMT",
        checked_at=clock.now(),
        failures=0,
        gone_at=None,
        check_at=clock.now() + SOON,
    )
    assert web.paths() == ["/herons?utm_source=mail"]  # and nothing that it refers to


async def test_one_address_is_one_resource_with_one_more_share_each_time(
    house: House, community: CommunityId, web: FakeWeb, hall: RoomId, ann: MemberId
) -> None:
    web.put("/herons", HERONS)
    web.put("/herons?fbclid=1", HERONS)
    web.put("/h", status=301, Location="/herons")
    first = await added(house, community, web.address("/herons"))
    assert await added(house, community, web.address("/herons?fbclid=1"), Share(hall)) == first
    assert await added(house, community, web.address("/h#a"), Share(hall, ann)) == first
    assert await added(house, community, web.address("/herons"), Share(hall, ann)) == first
    assert await sources(house, community) == [web.address("/herons")]
    shared = sa.select(share_rows.c.room_id, share_rows.c.member_id)
    rows = await house.database.read(lambda conn: {(*row,) for row in conn.execute(shared)})
    assert rows == {(None, None), (hall, None), (hall, ann)}


async def test_a_page_is_kept_under_the_address_that_it_names_if_that_is_found_there(
    house: House, community: CommunityId, web: FakeWeb
) -> None:
    cases = [
        ("/b", STORKS, "/b"),  # and what is kept under an address was found there
        ("/b", None, "/a"),
        ("/b", "<html></html>", "/a"),
        ("http://pond.example/b", STORKS, "/a"),
        ("/a?utm_source=x", STORKS, "/a"),
    ]
    for number, (named, there, source) in enumerate(cases):
        host = f"garden{number}.example"
        head = f'<link rel="canonical" href="{named}">'
        web.put("/a", html("Herons stand.", title="Herons", head=head), host=host)
        if there is not None:
            web.put("/b", there, host=host)
        addition = await house.pages.add(community, web.address("/a", host=host), WHOLE)
        assert addition.titles == ["Herons" if source == "/a" else "Storks"]
        assert (await sources(house, community))[-1] == web.address(source, host=host)


async def test_what_can_t_be_read_is_no_resource_and_one_sentence(
    house: House, community: CommunityId, web: FakeWeb
) -> None:
    web.put("/", "<html><body><script>render()</script><div id=app></div>")
    addition = await house.pages.add(community, web.address(), WHOLE)
    assert [each.error.advice.phrase for each in addition.unread] == ["error.link_empty"]
    web.put("/", "<rss/>", media_type="application/rss+xml")
    with pytest.raises(LinkError) as caught:
        await house.pages.add(community, web.address(), WHOLE)
    assert caught.value.advice.phrase == "error.link_kind"
    assert await sources(house, community) == []


async def test_nothing_is_added_for_a_message_that_has_gone_meanwhile(
    house: House,
    community: CommunityId,
    web: FakeWeb,
    clock: ManualClock,
    hall: RoomId,
    ann: MemberId,
) -> None:
    said = await message(house, community, hall, clock)

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await house.database.write(
            lambda conn: house.forgetting.message(conn, community, hall, "m1")
        )
        writer.write(answer(HERONS))

    web.handle("/", handler)
    addition = await house.pages.add(community, web.address(), Share(hall, ann, said))
    assert addition.resources == 0
    assert await sources(house, community) == []


async def test_what_a_message_brought_that_has_gone_is_taken_back_and_that_is_on_record(
    house: House, community: CommunityId, clock: ManualClock, hall: RoomId, ann: MemberId
) -> None:
    said = await message(house, community, hall, clock)
    await house.bringing.check(community, said)
    both, alone = (
        Reading(name, ResourceKind.TEXT, name, (Section(f"{name} stand still"),))
        for name in ("both", "alone")
    )
    await house.adding.add(community, [both, alone], Share(hall, ann, said))
    await house.adding.add(community, [both], Share())
    await house.database.write(lambda conn: messages.bury(conn, community, hall, "m1", clock.now()))
    for _ in range(2):
        await house.bringing.check(community, said)
    assert await sources(house, community) == ["both"]
    done = await house.database.read(lambda conn: audit.entries(conn, community))
    assert [each[1:] for each in done] == [("unshare", f"message {said}")]


async def message(
    house: House, community: CommunityId, room: RoomId, clock: ManualClock
) -> MessageId:
    def write(conn: Connection) -> MessageId:
        row = {
            "community_id": community,
            "room_id": room,
            "platform_id": "m1",
            "account_id": None,
            "state": messages.State.KEPT,
            "text": "Look.",
            "revision": 0,
            "posted_at": clock.now(),
            "edited_at": None,
            "reply_to": None,
            "is_addressed": False,
            "attachments": None,
        }
        messages.post(conn, [row])
        kept = messages.find(conn, room, "m1")
        assert kept is not None
        return kept.id

    return await house.database.write(write)


# --- as due work


async def test_a_link_for_later_is_added_once_and_survives_a_restart(
    house: House,
    community: CommunityId,
    web: FakeWeb,
    settings: Settings,
    clock: ManualClock,
    hall: RoomId,
    ann: MemberId,
) -> None:
    web.put("/herons", HERONS)
    share = Share(hall, ann, comment="so still")
    for _ in range(2):
        await house.pages.add_later(community, web.address("/herons#a"), share)
    await house.close()

    again = await asyncio.to_thread(house_of, settings, clock, web)
    await again.open()
    await again.work.drain()
    assert web.paths() == ["/herons"]
    assert await found(again, community, "herons", hall) == ["Herons stand still for hours."]
    assert await found(again, community, "herons") == []
    await again.pages.add_later(community, web.address("/herons"), share)
    await again.work.drain()
    assert web.paths() == ["/herons"]
    await again.close()


async def test_a_link_that_another_process_left_is_added_for_the_whole_community(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/herons", HERONS)
    left = {"path": web.address("/herons"), "slug": "readers"}
    await house.database.write(
        lambda conn: enqueue(conn, "add", left, due=clock.now(), lane="errands")
    )
    await house.work.drain()
    await live(house, clock, 0.01)  # on a busy machine the first attempt may be put off
    assert await found(house, community, "herons") == ["Herons stand still for hours."]


async def test_a_link_for_later_is_tried_again_where_that_may_help(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/", "busy", 503)
    await house.pages.add_later(community, web.address(), WHOLE)
    await house.work.drain()
    web.put("/", HERONS)
    await live(house, clock, 0.01)
    assert await sources(house, community) == [web.address()]


async def test_a_link_for_later_is_given_up_in_the_end(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    tries = {503: 6, 404: 1, 403: 1}
    for status in tries:
        host = f"garden{status}.example"
        web.put("/", "no", status, host=host)
        await house.pages.add_later(community, web.address(host=host), WHOLE)
    await house.pages.add_later(community, "http://localhost/", WHOLE)
    await live(house, clock, 6)
    assert {each: len(web.paths(f"garden{each}.example")) for each in tries} == tries
    left = sa.select(work_rows.c.id).where(
        work_rows.c.name == "page",
        sa.or_(work_rows.c.error.is_not(None), work_rows.c.done_at.is_(None)),
    )
    assert await house.database.read(lambda conn: conn.execute(left).all()) == []


# --- looked at again


def recorded(web: FakeWeb, clock: ManualClock, path: str, said: bytes) -> list[datetime]:
    """Have a path answered so; return when it is asked for."""
    when: list[datetime] = []

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        when.append(clock.now())
        writer.write(said)

    web.handle(path, handler)
    return when


async def test_a_page_that_stays_as_it_is_is_looked_at_less_and_less(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    began = clock.now()
    web.put("/marked", HERONS, ETag='"1"')
    web.put("/bare", HERONS)
    marked = await added(house, community, web.address("/marked"))
    bare = await added(house, community, web.address("/bare"))
    not_modified = recorded(web, clock, "/marked", answer(status=304, media_type=None))
    other = HERONS.replace("<body>", "<body><script>n = 2</script>")
    the_same_words = recorded(web, clock, "/bare", answer(other))
    await live(house, clock, 85)
    for asked in (not_modified, the_same_words):
        assert [round((each - began) / DAY / 7) for each in asked] == [1, 3, 7, 11]
    assert (await revision(house, marked), await revision(house, bare)) == (0, 0)
    page = await page_of(house, marked)
    assert (page.etag, page.checked_at) == ('"1"', not_modified[-1])


async def test_a_page_that_changed_is_the_next_revision_for_all_who_shared_it(
    house: House,
    community: CommunityId,
    web: FakeWeb,
    clock: ManualClock,
    hall: RoomId,
    ann: MemberId,
) -> None:
    web.put("/", HERONS, ETag='"1"')
    resource = await added(house, community, web.address(), Share(hall, ann, comment="look"))
    await live(house, clock, 20)
    web.put("/", STORKS, ETag='"2"')
    await live(house, clock, 20)
    assert web.paths() == ["/"] * 4  # added, after one week, after two more, and soon again
    assert await revision(house, resource) == 1
    assert await found(house, community, "herons", hall) == []
    assert await found(house, community, "storks", hall) == ["Storks clatter on the roof."]
    assert await found(house, community, "storks") == []  # still for those of the room alone
    assert (await page_of(house, resource)).etag == '"2"'


@pytest.mark.parametrize(
    "location",
    [
        "http://pond.example:{port}/herons",
        "/",
        "/user/log-in",
        "/oauth2/start",
        "/gate?back=/herons",
        "/gate?to=http%3A%2F%2Fgarden.example%3A{port}%2Fherons",
    ],
)
async def test_a_page_that_leads_to_another_one_keeps_its_words(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock, location: str
) -> None:
    seen, there = clock.now(), web.address("/herons")
    location = location.format(port=URL(there).port)
    web.put("/herons", HERONS)
    resource = await added(house, community, there)
    web.put("/herons", status=302, Location=location)
    elsewhere = URL(there).join(URL(location))
    web.put(elsewhere.raw_path_qs, html("Sign in."), host=elsewhere.host or "")
    await live(house, clock, 8)
    assert elsewhere.raw_path_qs in web.paths(elsewhere.host or "")
    assert await found(house, community, "herons") == ["Herons stand still for hours."]
    page = await page_of(house, resource)
    assert (page.address, page.failures, page.checked_at) == (there, 0, seen)
    web.put("/herons", STORKS)
    await live(house, clock, 3)
    assert await found(house, community, "storks") == ["Storks clatter on the roof."]


async def test_a_page_that_moved_is_one_page_under_its_old_and_its_new_address(
    house: House,
    community: CommunityId,
    web: FakeWeb,
    clock: ManualClock,
    hall: RoomId,
    ann: MemberId,
) -> None:
    web.put("/old", HERONS)
    web.put("/other", STORKS)
    page = await added(house, community, web.address("/old"), Share(hall, ann))
    other = await added(house, community, web.address("/other"), Share(hall, ann))
    for path in ("/old", "/other"):
        web.put(path, status=301, Location="/new")
    web.put("/new", STORKS, ETag='"1"')
    await live(house, clock, 8)
    moved = await page_of(house, page)
    assert (moved.address, moved.etag) == (web.address("/new"), '"1"')
    assert (await page_of(house, other)).address == web.address("/other"), "one page an address"
    assert await sources(house, community) == [web.address("/new"), web.address("/other")]
    web.put("/new", HERONS.replace("hours", "years"))
    for path in ("/old", "/new"):
        assert await added(house, community, web.address(path), Share(hall)) == page
    names = sa.select(share_rows.c.member_id, share_rows.c.source)
    rows = await house.database.read(
        lambda conn: conn.execute(names.where(share_rows.c.resource_id == page)).all()
    )
    assert {(*row,) for row in rows} == {(ann, web.address("/old")), (None, None)}


async def test_a_page_that_is_gone_is_marked_after_three_days_and_its_words_stay(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    resource = await added(house, community, web.address())
    web.remove("/")
    await live(house, clock, 9.5)
    assert ((await page_of(house, resource)).failures, web.paths()) == (2, ["/"] * 3)
    assert (await page_of(house, resource)).gone_at is None
    await live(house, clock, 2)
    gone_at = (await page_of(house, resource)).gone_at
    assert gone_at is not None
    assert await found(house, community, "herons") == ["Herons stand still for hours."]
    await live(house, clock, 20)
    assert (len(web.paths()), (await page_of(house, resource)).gone_at) == (4, gone_at)
    web.put("/", HERONS)
    await live(house, clock, 10)
    page = await page_of(house, resource)
    assert (page.failures, page.gone_at, len(web.paths())) == (0, None, 5)
    assert page.check_at == page.checked_at + SOON


async def test_a_page_that_is_missed_once_is_not_gone(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    resource = await added(house, community, web.address())
    web.put("/", "gone", 410)
    await live(house, clock, 7.5)
    assert (await page_of(house, resource)).failures == 1
    web.put("/", HERONS)
    await live(house, clock, 1)
    web.put("/", "gone", 410)
    await live(house, clock, 7)
    page = await page_of(house, resource)
    assert (page.failures, page.gone_at) == (1, None)


async def test_a_page_that_can_t_be_read_for_a_while_is_asked_for_less_and_less_and_stays(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    seen = clock.now()
    for status in (200, 403, 500):
        path = f"/{status}"
        web.put(path, HERONS)
        resource = await added(house, community, web.address(path))
        asked = recorded(web, clock, path, answer(b"", status))
    await live(house, clock, 60)
    waits = [after - before for before, after in pairwise(asked)]
    assert waits == sorted(waits)
    assert (len(asked), round(waits[0] / DAY), round(waits[-1] / DAY)) == (10, 2, 11)
    page = await page_of(house, resource)
    assert (page.failures, page.gone_at, page.checked_at) == (0, None, seen)
    assert await found(house, community, "herons")
    assert len(await sources(house, community)) == 3


async def test_a_page_that_is_forgotten_while_it_is_looked_at_never_comes_back(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    await added(house, community, web.address())

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await house.database.write(
            lambda conn: house.forgetting.source(conn, community, web.address())
        )
        writer.write(answer(STORKS))

    web.handle("/", handler)
    await live(house, clock, 30)
    assert len(web.paths()) == 2
    assert await sources(house, community) == []
    left = await house.database.read(lambda conn: pages.due(conn, clock.now() + 99 * DAY, 9))
    assert left == []


async def test_a_page_that_is_seen_by_others_while_it_is_looked_at_is_as_they_saw_it(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    resource = await added(house, community, web.address())
    newest = Reading(web.address(), ResourceKind.HTML, "Storks", (Section("Storks clatter."),))
    content = await house.adding.cut(newest)

    def share(conn: Connection) -> None:
        house.adding.keep_cut(conn, community, content, WHOLE)
        now, at = clock.now(), web.address()
        pages.seen(conn, community, resource, at, (None, None), now=now, check_at=now + SOON)

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await house.database.write(share)
        writer.write(answer(HERONS.replace("hours", "years")))

    web.handle("/", handler)
    await live(house, clock, 8)
    assert len(web.paths()) == 2
    assert await found(house, community, "storks herons") == ["Storks clatter."]


async def test_a_look_that_was_cut_off_is_taken_up_by_the_next_process(
    house: House, community: CommunityId, web: FakeWeb, settings: Settings, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    resource = await added(house, community, web.address())

    async def hang(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    web.handle("/", hang)
    await house.work.drain()
    await clock.advance(SOON.total_seconds() + 3600)
    working = asyncio.create_task(house.work.run())
    await web.when_asked(4)  # robots.txt and the page, and both again
    assert (await page_of(house, resource)).check_at > clock.now()  # nobody picks it twice
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await house.close()

    web.put("/", STORKS)
    again = await asyncio.to_thread(house_of, settings, clock, web)
    await again.open()
    await again.work.drain()
    assert len(web.paths()) == 2  # not before the new process has settled
    await live(again, clock, 0.5)
    assert await revision(again, resource) == 1
    assert await found(again, community, "storks") == ["Storks clatter on the roof."]
    await again.close()


async def test_a_process_that_is_there_for_one_command_asks_nobody(
    house: House, community: CommunityId, web: FakeWeb, settings: Settings, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    await added(house, community, web.address())
    await house.close()
    await clock.advance(30 * DAY.total_seconds())

    for _ in range(2):
        short = await asyncio.to_thread(house_of, settings, clock, web)
        await short.open()
        await short.work.drain()
        await clock.advance(SETTLING.total_seconds() - 1)
        await short.work.drain()
        assert "page again" not in await short.database.read(waiting)
        await short.close()
    assert web.paths() == ["/"]
    long = await asyncio.to_thread(house_of, settings, clock, web)
    await long.open()
    await live(long, clock, 0.1)
    assert web.paths() == ["/", "/"]
    await long.close()


async def test_pages_of_one_host_are_looked_at_one_after_another(
    house: House, community: CommunityId, web: FakeWeb, clock: ManualClock
) -> None:
    asked = [recorded(web, clock, path, answer(HERONS)) for path in ("/a", "/b", "/c")]
    for path in ("/a", "/b", "/c"):
        await added(house, community, web.address(path))
    await live(house, clock, 8)
    first, *others = sorted(when[1] for when in asked)
    assert [round((each - first).total_seconds()) for each in others] == [5, 10]
