"""One community on two platforms: a shared library, an audience for each, and persons with two accounts."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.chat.outgoing import Listing, MessageLink, Paragraph
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.community.pairing import Pairing
from learncomm_agent.errors import DisconnectedError, StorageError
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.sessions.events import Begun, Entered, Joined, Mode
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.running.sessions import token_under
from learncomm_agent.sessions.state import Plan
from learncomm_agent.storage import audit, rooms, schema
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema_linking import link_codes, link_tries
from learncomm_agent.storage.schema_reading import thanks
from learncomm_agent.storage.schema_sessions import session_bases, session_tokens
from learncomm_agent.storage.schema_writing import votes
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Gathering, Person
from learncomm_agent.testing.platform import FakePlatform
from tests.commands.test_vote import NOTE
from tests.scenarios.test_who_knows import ASKED, VIOLIN

HERE = "The quince marmalade stands behind the atlas."
THERE = "The quince orchard lies behind the harbour."
CODE = re.compile(r"[A-Z2-9]{5}-[A-Z2-9]{5}")


class Beside(FakePlatform):
    """The other platform, which can be out."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("other", clock=clock)
        self.is_out = False

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        if self.is_out:
            raise DisconnectedError("the other platform is out")
        return await super().readable(audience)


class Side(Gathering):
    """The other platform, as its people see it."""

    def __init__(self, main: Gathering, platform: FakePlatform) -> None:
        self.clock, self.platform, self.agent = main.clock, platform, main.agent


class Bridge(Circle):
    """Ann, Ben and Chloé here; Ben and Zoe there, with a quay for all and a cabin for Ben."""

    beside: Beside

    async def __aenter__(self) -> "Bridge":
        await super().__aenter__()
        self.side = Side(self, self.beside)
        self.there, self.zoe = self.side.person("Benno"), self.side.person("Zoe")
        self.quay = self.side.room("quay")
        self.cabin = self.side.room("cabin", self.there)
        return self

    async def talk(self, person: Person) -> RoomRef:
        return await person.gathering.platform.direct_room(person.account.ref)

    async def code(self, person: Person) -> str:
        """Let somebody ask for a code in private, and return it."""
        said = await person.asks("link", await self.talk(person))
        return str(CODE.findall(said)[0])

    async def link(self) -> str:
        """Let Ben say with his account there what his account here was told."""
        code = await self.code(self.ben)
        return await self.there.asks(f"link {code} yes", await self.talk(self.there))

    async def read(self, read: Callable[[Connection], Any]) -> Any:
        return await self.agent.house.database.read(read)

    async def rows(self, statement: sa.Select[Any]) -> list[Any]:
        found: list[Any] = await self.read(lambda conn: conn.execute(statement).all())
        return found

    async def members(self) -> dict[AccountRef, int]:
        columns = schema.accounts.c
        named = sa.select(columns.platform, columns.platform_id, columns.member_id)
        return {AccountRef(row[0], row[1]): row[2] for row in await self.rows(named)}


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[Bridge]:
    clock = ManualClock()
    beside = Beside(clock)
    made = Bridge(tmp_path, clock=clock, beside=[beside], spaces=("fake:home", "other:home"))
    made.beside = beside
    async with made:
        yield made
        assert await made.read(dead_letters) == []


# The library and its readers


async def test_what_the_community_may_read_is_found_on_both_and_rooms_stay_apart(
    bridge: Bridge,
) -> None:
    october = (Section("A quince is picked in October."),)
    await bridge.agent.add([Reading("notes:quinces", ResourceKind.TEXT, "Quinces", october)])
    await bridge.ann.asks(f"share {HERE}", bridge.hall)
    await bridge.zoe.asks(f"share {THERE}", bridge.quay)
    here = await bridge.ann.asks("search quince", bridge.hall)
    there = await bridge.zoe.asks("search quince", bridge.quay)
    alone = await bridge.zoe.sends("search", bridge.quay, query="quince")
    assert "October" in here and "October" in there and "October" in alone
    assert "marmalade" in here and "orchard" not in here
    assert "orchard" in there and "marmalade" not in there
    assert "orchard" in alone and "marmalade" not in alone


async def test_who_linked_accounts_sees_in_private_what_either_may_read_and_rooms_show_as_before(
    bridge: Bridge,
) -> None:
    await bridge.ben.asks(f"share {HERE}", bridge.den)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    assert "orchard" not in await bridge.ben.sends("search", bridge.hall, query="quince")
    await bridge.link()
    for person, room in ((bridge.ben, bridge.hall), (bridge.there, bridge.quay)):
        alone = await person.sends("search", room, query="quince")
        assert "marmalade" in alone and "orchard" in alone
        before_all = await person.asks("search quince", room)
        assert "marmalade" not in before_all and "orchard" not in before_all
    for other, room in ((bridge.chloe, bridge.hall), (bridge.zoe, bridge.quay)):
        found = await other.sends("search", room, query="quince")
        assert "marmalade" not in found and "orchard" not in found


async def test_readers_of_a_room_learn_no_name_that_is_used_elsewhere(bridge: Bridge) -> None:
    await bridge.ben.asks(f"share {HERE}", bridge.hall)
    await bridge.there.asks(f"share {THERE}", bridge.quay)
    await bridge.link()
    await bridge.ben.asks("search quince", bridge.hall)
    await bridge.there.asks("search quince", bridge.quay)
    for who, room, name in (
        (bridge.chloe, bridge.hall, "Ben"),
        (bridge.zoe, bridge.quay, "Benno"),
    ):
        for asked in (
            "search quince",
            "resources quince",
            "about quince",
            "ask where is the quince",
        ):
            said = await who.asks(asked, room)
            assert re.search(rf"\b{name}\b", said) or asked.startswith("ask")
            other = "Benno" if name == "Ben" else "Ben"
            assert not re.search(rf"\b{other}\b", said)


async def test_a_link_to_the_other_platform_is_told_in_words(bridge: Bridge) -> None:
    said = await bridge.ben.says(HERE, bridge.den)
    await bridge.ben.sends("share", bridge.den, message=said.id)
    await bridge.link()
    await bridge.there.sends("search", bridge.quay, query="quince marmalade")
    post = bridge.there.answers()[-1]
    assert "in den on fake, " in post.text
    spans = [
        span
        for block in post.blocks
        if isinstance(block, Paragraph | Listing)
        for line in (block.items if isinstance(block, Listing) else (block.spans,))
        for span in line
    ]
    assert not any(isinstance(span, MessageLink) for span in spans)
    await bridge.ben.sends("search", bridge.hall, query="quince marmalade")
    assert "on fake" not in bridge.ben.answers()[-1].text


async def test_a_platform_that_is_out_takes_something_off_and_refuses_nothing(
    bridge: Bridge,
) -> None:
    await bridge.ben.asks(f"share {HERE}", bridge.den)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    await bridge.link()
    bridge.beside.is_out = True
    alone = await bridge.ben.sends("search", bridge.hall, query="quince")
    assert "marmalade" in alone and "orchard" not in alone


# The code


async def test_both_accounts_are_one_person_and_each_is_told(bridge: Bridge) -> None:
    said = await bridge.link()
    assert "Ben (fake) and Benno (other) are one person" in said
    assert "linked with one on other" in bridge.ben.answers()[-1].text
    known = await bridge.members()
    assert known[bridge.ben.account.ref] == known[bridge.there.account.ref]
    for person, room in ((bridge.ben, bridge.hall), (bridge.there, bridge.quay)):
        assert "You are here as Ben (fake) and Benno (other)." in await person.sends("me", room)
    assert ("link", f"member {known[bridge.ben.account.ref]}") in [
        each[1:] for each in await bridge.read(lambda conn: audit.entries(conn, CommunityId(1)))
    ]


async def test_wrong_used_and_old_codes_get_the_same_answer_and_few_may_be_tried(
    bridge: Bridge,
) -> None:
    talk = await bridge.talk(bridge.there)
    old = await bridge.code(bridge.ben)
    await bridge.clock.advance(10 * 60)
    wrong = await bridge.there.asks("link ABCDE-23456", talk)
    assert "doesn't work" in wrong
    assert await bridge.there.asks(f"link {old} yes", talk) == wrong
    replaced = await bridge.code(bridge.ben)
    used = await bridge.code(bridge.ben)
    assert await bridge.there.asks(f"link {replaced} yes", talk) == wrong
    own = await bridge.code(bridge.there)
    assert await bridge.there.asks(f"link {own} yes", talk) == wrong
    assert "one person" in await bridge.there.asks(
        f"LINK {used.lower().replace('-', ' ')} yes", talk
    )
    assert await bridge.zoe.asks(f"link {used} yes", await bridge.talk(bridge.zoe)) == wrong
    assert await bridge.there.asks(f"link {used} yes", talk) == wrong
    more = await bridge.code(bridge.chloe)
    assert "too many" in await bridge.there.asks(f"link {more} yes", talk)
    assert "one person" in await bridge.zoe.asks(f"link {more} yes", await bridge.talk(bridge.zoe))


async def test_a_code_that_others_read_is_void_and_does_nothing(bridge: Bridge) -> None:
    code = await bridge.code(bridge.ben)
    said = await bridge.there.asks(f"link {code} yes", bridge.quay)
    assert "Others could read that" in said
    again = await bridge.there.asks(f"link {code} yes", await bridge.talk(bridge.there))
    assert "doesn't work" in again
    assert "no code" in await bridge.there.asks("link the chapter to the book", bridge.quay)
    assert len(await bridge.rows(sa.select(link_tries))) == 1


async def test_a_code_is_told_to_one_person_and_stays_in_no_file(bridge: Bridge) -> None:
    answer = await bridge.ben.asks("link", bridge.hall)
    code = CODE.findall(answer)[0]
    assert code not in bridge.transcript(bridge.ann) and code not in bridge.transcript(bridge.chloe)
    await bridge.clock.advance(11 * 60)
    await bridge.settle()
    folder = bridge.agent.settings.data
    held = [
        file for file in folder.rglob("*") if file.is_file() and code.encode() in file.read_bytes()
    ]
    assert held == []
    plain = code.replace("-", "").encode()
    assert not any(plain in file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_two_accounts_of_one_platform_are_not_brought_together(bridge: Bridge) -> None:
    code = await bridge.code(bridge.ben)
    said = await bridge.chloe.asks(f"link {code} yes", await bridge.talk(bridge.chloe))
    assert "two accounts on one platform" in said
    again = await bridge.there.asks(f"link {code} yes", await bridge.talk(bridge.there))
    assert "doesn't work" in again


async def test_the_same_code_from_two_at_once_links_one_and_two_codes_at_once_link_once(
    bridge: Bridge,
) -> None:
    code = await bridge.code(bridge.ben)
    talks = [await bridge.talk(each) for each in (bridge.there, bridge.zoe)]
    await asyncio.gather(
        *(
            bridge.beside.says(each.account, talk, f"@learncomm link {code} yes")
            for each, talk in zip((bridge.there, bridge.zoe), talks, strict=True)
        )
    )
    for _ in range(3):
        await bridge.settle()
        await bridge.clock.advance(5)
    await bridge.settle()
    said = [each.answers()[-1].text for each in (bridge.there, bridge.zoe)]
    assert sorted("one person" in each for each in said) == [False, True]
    known = await bridge.members()
    ids = [known[each.account.ref] for each in (bridge.there, bridge.zoe)]
    assert len(set(ids)) == 2 and known[bridge.ben.account.ref] in ids

    first, second = await bridge.code(bridge.ann), await bridge.code(bridge.chloe)
    left = bridge.side.person("Lou")
    talk = await bridge.talk(left)
    await asyncio.gather(
        *(bridge.beside.says(left.account, talk, f"link {each} yes") for each in (first, second))
    )
    for _ in range(3):
        await bridge.settle()
        await bridge.clock.advance(5)
    await bridge.settle()
    known = await bridge.members()
    mine = known[left.account.ref]
    both = [known[each.account.ref] for each in (bridge.ann, bridge.chloe)]
    assert both.count(mine) == 1


async def test_what_fails_on_the_way_links_nothing_and_runs_again(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account that gave the code is told in the same transaction, and that fails once here."""
    tell, failures = Pairing.tell, [StorageError("a disk is full")]

    def failing(*args: Any) -> None:
        if failures:
            raise failures.pop()
        tell(*args)

    monkeypatch.setattr(Pairing, "tell", failing)
    code = await bridge.code(bridge.ben)
    talk = await bridge.talk(bridge.there)
    await bridge.there.asks(f"link {code} yes", talk)
    known = await bridge.members()
    assert known[bridge.ben.account.ref] != known[bridge.there.account.ref]
    await bridge.clock.advance(5)
    await bridge.settle()
    assert failures == [] and "one person" in bridge.there.answers()[-1].text
    known = await bridge.members()
    assert known[bridge.ben.account.ref] == known[bridge.there.account.ref]


# What becomes of it


async def test_a_session_knows_one_person_and_what_waits_is_theirs(bridge: Bridge) -> None:
    await bridge.there.says("hello", bridge.quay)
    await bridge.ben.says("hello", bridge.hall)
    known = await bridge.members()
    other, mine = (known[each.account.ref] for each in (bridge.there, bridge.ben))
    sessions = bridge.agent.house.sessions
    stage = Stage("collect", "stories", {"for": 86400.0, "anonymous": True})

    def begin(conn: Connection) -> int:
        id = sessions.plan(
            conn, CommunityId(1), RoomId(1), Plan("test", "A test", (stage,), seed=7), other
        )
        for event in (Begun(), Joined(mine), Joined(other, Mode.QUIET)):
            sessions.apply(conn, id, event)
        for member in (mine, other):
            sessions.apply(conn, id, Entered(None, "A story."), by=member)
        due = bridge.clock.now() + timedelta(days=3)
        sessions.tell(conn, id, Joined(mine, Mode.LISTEN), due=due)
        return id

    id = await bridge.agent.house.database.write(begin)
    await bridge.settle()
    await bridge.link()
    known = await bridge.members()
    one = known[bridge.ben.account.ref]
    _, session = await bridge.read(lambda conn: sessions.get(conn, id))
    assert session.lead == one and set(session.people) == {one}
    counts = await bridge.rows(sa.select(session_tokens.c.count))
    assert [row[0] for row in counts] == [2]
    met = sa.select(session_bases.c.number).where(session_bases.c.kind == "member")
    assert {row[0] for row in await bridge.rows(met)} == {one}
    waits = sa.select(schema.work.c.args).where(schema.work.c.name == "session")
    events = [row[0]["event"] for row in await bridge.rows(waits)]
    assert [each["member"] for each in events if each["kind"] == "joined"] == [one]


@pytest.mark.parametrize("is_stricter_here", [True, False])
async def test_the_stricter_consent_holds_for_both(bridge: Bridge, is_stricter_here: bool) -> None:
    await bridge.ben.asks(f"share {HERE}", bridge.den)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    strict, room = (bridge.ben, bridge.hall) if is_stricter_here else (bridge.there, bridge.quay)
    await strict.sends("me", room, consent="out")
    await strict.presses("Yes, forget it")
    code = await bridge.code(bridge.ben)
    talk = await bridge.talk(bridge.there)
    asked = await bridge.there.asks(f"link {code}", talk)
    known = await bridge.members()
    assert "for good" in asked and f"link {code} yes" in asked
    assert known[bridge.ben.account.ref] != known[bridge.there.account.ref]
    said = await bridge.there.asks(f"link {code} Yes.", talk)
    assert "keep nothing" in said and "forgotten" in said
    for person, where in ((bridge.ben, bridge.den), (bridge.there, bridge.cabin)):
        assert "keep nothing" in await person.sends("me", where)
        found = await person.sends("search", where, query="quince")
        assert "marmalade" not in found and "orchard" not in found
        await person.says("a pear is no quince", where)
    texts = await bridge.rows(sa.select(schema.messages.c.text))
    assert not any("pear" in row[0] or "quince" in row[0] for row in texts)


async def test_forget_me_on_one_platform_forgets_what_was_said_on_the_other(bridge: Bridge) -> None:
    await bridge.ben.says("I met a heron.", bridge.den)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    await bridge.link()
    await bridge.ben.sends("forget", bridge.hall, source="me")
    await bridge.ben.presses("Yes, forget it")
    texts = await bridge.rows(sa.select(schema.messages.c.text))
    assert not any("heron" in row[0] or "orchard" in row[0] for row in texts)
    assert "orchard" not in await bridge.there.sends("search", bridge.cabin, query="quince")


async def test_votes_are_counted_once_and_thanks_to_oneself_vanish(bridge: Bridge) -> None:
    await bridge.ann.sends("share", bridge.hall, what=NOTE)
    await bridge.chloe.sends("questions", bridge.hall, about="newcomers", count="4")
    opened = await bridge.ann.asks("vote open", bridge.hall)
    first, second, *_ = re.findall(r"^(\d+)\. ", opened, re.MULTILINE)  # they are drawn by lot
    await bridge.ben.sends("vote", bridge.hall, choice=f"{first} {second}")
    await bridge.there.says("hello", bridge.quay)
    known = await bridge.members()
    mine, other = (known[each.account.ref] for each in (bridge.ben, bridge.there))

    def both(conn: Connection) -> None:
        items = list(conn.execute(sa.select(votes.c.item_id)).scalars())
        for item in items:
            conn.execute(
                sa.insert(votes).values(item_id=item, member_id=other, voted_at=bridge.clock.now())
            )
        writing = conn.execute(sa.select(schema.writings.c.id)).scalars().first()
        conn.execute(
            sa.insert(thanks).values(
                community_id=1,
                room_id=1,
                giver_id=mine,
                receiver_id=other,
                writing_id=writing,
                thanked_at=bridge.clock.now(),
            )
        )

    await bridge.agent.house.database.write(both)
    await bridge.link()
    cast = await bridge.rows(sa.select(votes.c.member_id))
    assert [row[0] for row in cast] == [mine, mine]
    assert await bridge.rows(sa.select(thanks)) == []


async def test_who_leads_on_one_platform_leads_there_alone(bridge: Bridge) -> None:
    code = await bridge.code(bridge.ann)
    await bridge.there.asks(f"link {code} yes", await bridge.talk(bridge.there))
    assert "Only leaders" in await bridge.there.sends("read", bridge.quay)
    assert "Only leaders" not in await bridge.ann.sends("read", bridge.hall)
    leading = sa.select(schema.accounts.c.platform).where(schema.accounts.c.is_leader)
    assert [row[0] for row in await bridge.rows(leading)] == ["fake"]


async def test_an_account_is_taken_apart_again(bridge: Bridge) -> None:
    assert "isn't linked" in await bridge.ben.sends("link", bridge.hall, code="off")
    await bridge.ben.asks(f"share {HERE}", bridge.den)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    await bridge.link()
    said = await bridge.there.sends("link", bridge.quay, code="off")
    assert "a person of its own again" in said and "on other came along" in said
    known = await bridge.members()
    assert known[bridge.ben.account.ref] != known[bridge.there.account.ref]
    assert "orchard" not in await bridge.ben.sends("search", bridge.hall, query="quince")
    found = await bridge.there.sends("search", bridge.quay, query="quince")
    assert "orchard" in found and "marmalade" not in found
    assert "one person" in await bridge.link()


async def test_codes_are_kept_as_hashes_and_go_with_their_use(bridge: Bridge) -> None:
    code = await bridge.code(bridge.ben)
    (row,) = await bridge.rows(sa.select(link_codes.c.hash, link_codes.c.salt))
    assert code.encode() not in row[0] and len(row[0]) == 32 and len(row[1]) == 16
    await bridge.code(bridge.there)
    talk = await bridge.talk(bridge.there)
    await bridge.there.asks(f"link {code} yes", talk)
    assert await bridge.rows(sa.select(link_codes)) == []


async def test_what_was_done_on_a_platform_goes_with_the_account_there(bridge: Bridge) -> None:
    await bridge.link()
    await bridge.there.sends("share", bridge.quay, what=THERE)
    await bridge.there.sends("search", bridge.quay, query="quince")
    await bridge.there.sends("link", bridge.quay, code="off")
    await bridge.ben.says("hello", bridge.hall)
    shown = await bridge.zoe.asks("search quince", bridge.quay)
    assert "shared by Benno" in shown
    assert "orchard" not in await bridge.ben.sends("why", bridge.hall)
    assert "orchard" in await bridge.there.sends("why", bridge.quay)
    await bridge.there.sends("forget", bridge.quay, source="me")
    await bridge.there.presses("Yes, forget it")
    assert "orchard" not in await bridge.zoe.asks("search quince", bridge.quay)


async def test_who_was_taken_apart_is_in_the_sessions_of_their_platform_and_no_others(
    bridge: Bridge,
) -> None:
    await bridge.there.says("hello", bridge.quay)
    await bridge.ben.says("hello", bridge.hall)
    await bridge.link()
    one = (await bridge.members())[bridge.ben.account.ref]
    sessions = bridge.agent.house.sessions
    stage = Stage("collect", "stories", {"for": 86400.0, "anonymous": True})

    def begin(conn: Connection) -> list[int]:
        found = rooms.find(conn, [bridge.hall, bridge.quay])
        made = []
        for room in (found[bridge.hall], found[bridge.quay]):
            plan = Plan("test", "A test", (stage,), seed=7)
            id = sessions.plan(conn, CommunityId(1), room, plan, one)
            for event in (Begun(), Joined(one)):
                sessions.apply(conn, id, event)
            sessions.apply(conn, id, Entered(None, "A story."), by=one)
            due = bridge.clock.now() + timedelta(days=3)
            sessions.tell(conn, id, Joined(one, Mode.LISTEN), due=due)
            made.append(id)
        return made

    ids = await bridge.agent.house.database.write(begin)
    await bridge.settle()
    await bridge.there.sends("link", bridge.quay, code="off")
    known = await bridge.members()
    for id, person in zip(ids, (bridge.ben, bridge.there), strict=True):
        mine = known[person.account.ref]
        row, session = await bridge.read(partial(sessions.get, id=id))
        assert session.lead == mine and set(session.people) == {mine}
        tokens = sa.select(session_tokens.c.token).where(session_tokens.c.session_id == id)
        assert [each[0] for each in await bridge.rows(tokens)] == [token_under(row.salt, mine)]
        met = sa.select(session_bases.c.number).where(
            session_bases.c.kind == "member", session_bases.c.session_id == id
        )
        assert {each[0] for each in await bridge.rows(met)} == {mine}
        waits = sa.select(schema.work.c.args).where(schema.work.c.name == "session")
        events = [each[0]["event"] for each in await bridge.rows(waits) if each[0]["session"] == id]
        assert [each["member"] for each in events if each["kind"] == "joined"] == [mine]


async def test_what_is_asked_behind_link_off_is_about_that_account_alone(bridge: Bridge) -> None:
    await bridge.link()
    talk = await bridge.talk(bridge.there)
    asked = ("link off", "me consent=summaries_only")
    says = bridge.beside.says
    await asyncio.gather(*(says(bridge.there.account, talk, each) for each in asked))
    await bridge.settle()
    assert "others may share it" in await bridge.ben.sends("me", bridge.hall)
    assert "can't be shared" in await bridge.there.sends("me", bridge.quay)


async def test_who_leads_here_takes_nothing_out_that_others_shared_there(bridge: Bridge) -> None:
    await bridge.zoe.asks(f"share {THERE}", bridge.quay)
    code = await bridge.code(bridge.ann)
    await bridge.there.asks(f"link {code} yes", await bridge.talk(bridge.there))
    assert "orchard" in await bridge.ann.sends("search", bridge.hall, query="quince")
    title = sa.select(schema.resources.c.id).where(schema.resources.c.text.contains("orchard"))
    ((id,),) = await bridge.rows(title)
    assert "Only whoever shared it" in await bridge.ann.sends(
        "forget", bridge.hall, source=f"#{id}"
    )
    await bridge.ann.chooses(f"forget:{id}", bridge.ann.answers()[-1].ref)
    assert "orchard" in await bridge.zoe.asks("search quince", bridge.quay)


async def test_a_platform_that_is_out_holds_up_no_room_of_the_other(bridge: Bridge) -> None:
    said = await bridge.ben.says(HERE, bridge.den)
    await bridge.ben.sends("share", bridge.den, message=said.id)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    await bridge.link()
    alone = await bridge.ben.sends("search", bridge.hall, query="quince")
    assert "marmalade" in alone and "orchard" in alone
    bridge.beside.is_out = True
    await bridge.ben.deletes(said)  # so the answer is mended, in the order of what is posted there
    assert await bridge.chloe.asks("search quince", bridge.hall)
    assert "marmalade" not in bridge.transcript(bridge.ben, bridge.hall)


async def test_who_did_not_agree_with_both_is_named_no_more(bridge: Bridge) -> None:
    await bridge.ben.says(VIOLIN, bridge.hall)
    await bridge.chloe.says("Lovely! I would like to hear that one day.", bridge.hall)
    await bridge.ben.sends("me", bridge.hall, naming="yes")
    await bridge.clock.advance(7200)
    await bridge.settle()
    assert "Ben, who wrote something near it" in await bridge.ann.asks(ASKED, bridge.hall)
    await bridge.link()
    assert "I don't name you" in await bridge.ben.sends("me", bridge.hall)
    assert "Ben" not in bridge.ann.answers()[-1].text


async def test_a_code_that_is_written_to_nobody_in_a_room_is_void(bridge: Bridge) -> None:
    await bridge.there.says("hello", bridge.quay)
    code = await bridge.code(bridge.ben)
    await bridge.there.says(f"link {code.lower()} yes", bridge.quay)
    said = await bridge.zoe.asks(f"link {code} yes", await bridge.talk(bridge.zoe))
    assert "doesn't work" in said


async def test_who_is_erased_here_is_gone_there_too(bridge: Bridge) -> None:
    await bridge.ben.says("I met a heron.", bridge.den)
    await bridge.there.asks(f"share {THERE}", bridge.cabin)
    await bridge.link()
    both = [person.account.ref for person in (bridge.ben, bridge.there)]
    said = await bridge.ben.sends("me", bridge.hall)
    assert "Ben (fake) and Benno (other)" in said
    asked = await bridge.ben.sends("me", bridge.hall, what="erase")
    assert "Ben (fake) and Benno (other)" in asked
    receipt = await bridge.ben.presses("Yes, erase everything")
    assert receipt.startswith("It is gone: ")
    assert not {*both} & {*await bridge.members()}
    names = await bridge.rows(sa.select(schema.members.c.name))
    assert not {"Ben", "Benno"} & {row[0] for row in names}
    assert "orchard" not in await bridge.zoe.sends("search", bridge.quay, query="quince")
    await bridge.there.says("Good morning.", bridge.quay)
    assert {*both} & {*await bridge.members()} == {bridge.there.account.ref}, "somebody new"
