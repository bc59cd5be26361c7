"""What is said to members unasked: one message, in their day, within their budget, as they chose."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.chat.people import AccountId, Consent, MemberId
from learncomm_agent.community.gathering import SOON
from learncomm_agent.community.nudges import Listener, Told
from learncomm_agent.storage import members, quiet
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, work
from learncomm_agent.storage.schema_nudges import nudged, nudges
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from learncomm_agent.words import Words

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Teller:
    """Says of each subject its kind and number, unless it is settled."""

    kind: str
    settled: set[int] = field(default_factory=set)
    fails: bool = False
    again: timedelta | None = None
    heard: list[Listener] = field(default_factory=list)

    def __call__(
        self, conn: Connection, listener: Listener, subjects: Sequence[int]
    ) -> Told | None:
        self.heard.append(listener)
        if self.fails:
            raise RuntimeError("no words")
        left = [each for each in subjects if each not in self.settled]
        if not left:
            return None
        said = Paragraph((Text(f"{self.kind} {left}"),))
        again = {} if self.again is None else dict.fromkeys(left, listener.now + self.again)
        return Told((said,), again=again)


class Nudged(Circle):
    """Ann, Ben and Chloé, to whom two kinds of things are said."""

    async def __aenter__(self) -> "Nudged":
        await super().__aenter__()
        self.tea, self.cake = Teller("tea"), Teller("cake")
        self.agent.house.between.nudges.handle("tea", self.tea, rank=2)
        self.agent.house.between.nudges.handle("cake", self.cake, rank=1)
        for person in (self.ann, self.ben, self.chloe):
            await person.says("Hello.", self.hall)
        return self

    async def member(self, person: Person) -> MemberId:
        ref, community = person.account.ref, self.agent.community.id
        found = await self.agent.house.database.read(
            lambda conn: members.find_account(conn, community, ref)
        )
        assert found is not None
        return found[1]

    async def add(
        self, person: Person, kind: str, subject: int, after: timedelta, **more: Any
    ) -> None:
        member, due = await self.member(person), self.clock.now() + after
        nudges, community = self.agent.house.between.nudges, self.agent.community.id
        await self.agent.house.database.write(
            lambda conn: nudges.add(conn, community, member, kind, subject, due, **more)
        )
        await self.settle()

    async def choose(self, person: Person, **chosen: Any) -> None:
        member = await self.member(person)
        await self.agent.house.database.write(lambda conn: quiet.choose(conn, member, **chosen))

    async def passes(self, time: timedelta) -> None:
        """Let time pass, an hour at a time."""
        end = self.clock.now() + time
        while self.clock.now() < end:
            await self.clock.to(min(end, self.clock.now() + HOUR))
            await self.settle()

    def told(self, person: Person) -> list[str]:
        """What somebody was told alone, without the line on how to have less of it."""
        footer = self.platform.command_sign if hasattr(self.platform, "command_sign") else ""
        line = Words().phrase("reminders.footer", language="en", sign=footer)
        direct = [each for each in person.answers() if line in each.text]
        assert all(each.private_to == person.account.ref for each in direct)
        return [each.text.replace(line, "").strip() for each in direct]

    async def count(self, table: sa.Table) -> int:
        rows = sa.select(sa.func.count()).select_from(table)
        return await self.agent.house.database.read(lambda conn: conn.execute(rows).scalar_one())


@pytest.fixture
async def circle(data: Path) -> Any:
    async with Nudged(data) as circle:
        yield circle


async def test_what_is_due_on_one_day_is_one_message_in_the_order_of_kinds(circle: Nudged) -> None:
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.add(circle.ben, "tea", 2, 2 * HOUR)
    await circle.add(circle.ben, "cake", 7, 3 * HOUR)
    await circle.add(circle.ben, "tea", 3, DAY)
    await circle.add(circle.chloe, "tea", 4, HOUR)
    await circle.passes(5 * HOUR)
    assert circle.told(circle.ben) == ["cake [7]\n\ntea [1, 2]"]
    assert circle.told(circle.chloe) == ["tea [4]"]
    assert circle.told(circle.ann) == []
    await circle.passes(DAY)
    assert circle.told(circle.ben)[1:] == ["tea [3]"]
    assert await circle.count(nudges) == 0


async def test_the_night_and_the_zone_of_a_member_are_kept(circle: Nudged) -> None:
    member = await circle.member(circle.ben)
    await circle.agent.house.database.write(
        lambda conn: members.set_timezone(conn, member, "Asia/Kathmandu")
    )
    await circle.add(circle.ben, "tea", 1, 10 * HOUR)  # 0:45 in the night there
    await circle.passes(17 * HOUR)
    assert circle.told(circle.ben) == []
    await circle.passes(2 * HOUR)
    (heard,) = circle.tea.heard
    assert 0 <= (heard.now - datetime(2026, 1, 6, 3, 15, tzinfo=UTC)) / HOUR < 1


async def test_more_than_the_budget_waits_and_what_expires_meanwhile_goes(circle: Nudged) -> None:
    await circle.choose(circle.ben, per_week=2)
    for day in range(4):
        await circle.add(circle.ben, "tea", day, day * DAY + HOUR)
    await circle.add(circle.ben, "cake", 9, 3 * DAY, expires=circle.clock.now() + 5 * DAY)
    await circle.passes(6 * DAY)
    assert circle.told(circle.ben) == ["tea [0]", "tea [1]"]
    await circle.passes(3 * DAY)
    assert circle.told(circle.ben)[2:] == ["tea [2, 3]"]
    assert await circle.count(nudges) == 0


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"stopped": frozenset({"tea"})}, ["cake [2]"]),
        ({"is_stopped": True}, []),
        ({"starts": 20 * 60, "ends": 23 * 60}, []),
    ],
)
async def test_choices_are_kept_to_also_those_made_later(
    circle: Nudged, chosen: dict[str, Any], told: list[str]
) -> None:
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.add(circle.ben, "cake", 2, HOUR)
    await circle.choose(circle.ben, **chosen)
    await circle.passes(8 * HOUR)
    assert circle.told(circle.ben) == told
    await circle.choose(circle.ben, stopped=frozenset(), is_stopped=False, starts=0, ends=1440)
    await circle.passes(8 * DAY)
    assert "tea [1]" in " ".join(circle.told(circle.ben))


async def test_who_opted_out_is_told_nothing_and_nothing_is_kept(circle: Nudged) -> None:
    member = await circle.member(circle.ben)
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.agent.house.database.write(
        lambda conn: members.set_consent(conn, member, Consent.OUT)
    )
    await circle.add(circle.ben, "tea", 2, HOUR)
    await circle.passes(2 * HOUR)
    assert (circle.told(circle.ben), await circle.count(nudges)) == ([], 0)


async def test_what_is_settled_or_ended_is_not_told_and_costs_nothing(circle: Nudged) -> None:
    for subject in (1, 2, 3):
        await circle.add(circle.ben, "tea", subject, HOUR)
    circle.tea.settled |= {1}
    nudges_of = circle.agent.house.between.nudges
    await circle.agent.house.database.write(lambda conn: nudges_of.end(conn, "tea", 2))
    await circle.passes(2 * HOUR)
    assert circle.told(circle.ben) == ["tea [3]"]
    circle.tea.settled |= {4}
    await circle.add(circle.ben, "tea", 4, HOUR)
    await circle.passes(2 * HOUR)
    assert (await circle.count(nudges), await circle.count(nudged)) == (0, 1)


async def test_none_said_too_early_is_asked_again_in_time(circle: Nudged) -> None:
    circle.tea.settled |= {1}
    await circle.add(circle.ben, "cake", 2, HOUR)
    await circle.add(circle.ben, "tea", 1, 3 * HOUR)
    await circle.passes(HOUR + SOON)
    circle.tea.settled.clear()
    await circle.passes(3 * HOUR)
    assert circle.told(circle.ben) == ["cake [2]", "tea [1]"]


async def test_what_comes_again_comes_again(circle: Nudged) -> None:
    circle.tea.again = 7 * DAY
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.passes(22 * DAY)
    assert circle.told(circle.ben) == ["tea [1]"] * 4


async def test_one_kind_that_fails_holds_up_no_other_and_is_tried_again(circle: Nudged) -> None:
    circle.tea.fails = True
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.add(circle.ben, "cake", 2, HOUR)
    await circle.add(circle.chloe, "cake", 3, HOUR)
    await circle.passes(2 * HOUR)
    assert circle.told(circle.ben) == ["cake [2]"] and circle.told(circle.chloe) == ["cake [3]"]
    circle.tea.fails = False
    await circle.passes(DAY)
    assert circle.told(circle.ben)[1:] == ["tea [1]"]


async def test_one_who_moves_what_is_due_is_told_once(circle: Nudged) -> None:
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.add(circle.ben, "tea", 1, DAY)
    await circle.passes(5 * HOUR)
    assert circle.told(circle.ben) == []
    await circle.passes(DAY)
    assert circle.told(circle.ben) == ["tea [1]"]


async def test_what_waits_in_the_outbox_follows_what_happens_meanwhile(circle: Nudged) -> None:
    """A platform that takes no more for six hours keeps nothing that is wished, or true, no more."""
    house, nudges_of = circle.agent.house, circle.agent.house.between.nudges
    ben, chloe, ann = [await circle.member(each) for each in (circle.ben, circle.chloe, circle.ann)]
    for person in (circle.ben, circle.chloe, circle.ann):
        await circle.add(person, "tea", 1, HOUR)
        await circle.add(person, "cake", 2, HOUR)
    circle.platform.limit_rate(6 * 3600, times=3)
    await circle.passes(HOUR)
    assert await waiting_words(circle) == 3

    def meanwhile(conn: Connection) -> None:
        nudges_of.stop(conn, ben)
        quiet.choose(conn, ben, is_stopped=True)
        nudges_of.end(conn, "tea", 1, chloe)
        house.forgetting.opt_out(conn, circle.agent.community.id, ann, AccountId(1))

    await house.database.write(meanwhile)
    await circle.passes(5 * HOUR)
    assert await waiting_words(circle) == 0
    assert circle.told(circle.chloe) == ["cake [2]"]
    assert (circle.told(circle.ben), circle.told(circle.ann)) == ([], [])
    assert await circle.count(nudged) == 1
    await circle.choose(circle.ben, is_stopped=False)
    await circle.passes(8 * DAY)
    assert circle.told(circle.ben) == ["cake [2]\n\ntea [1]"]


@pytest.mark.parametrize(("hours", "heard"), [(0.5, 1), (6, 2), (12, 2)])
async def test_what_could_not_be_sent_in_time_is_told_anew_in_humane_hours(
    circle: Nudged, hours: float, heard: int
) -> None:
    await circle.add(circle.ben, "tea", 1, HOUR)
    circle.platform.limit_rate(hours * 3600, times=1)
    await circle.passes(DAY)
    assert circle.told(circle.ben) == ["tea [1]"]
    assert len(circle.tea.heard) == heard
    assert all(9 <= each.now.hour < 19 for each in circle.tea.heard)
    assert (await circle.count(nudges), await circle.count(nudged)) == (0, 1)


async def test_numbers_that_a_backup_gives_out_again_swallow_no_message(circle: Nudged) -> None:
    await circle.add(circle.ben, "tea", 1, HOUR)
    await circle.passes(2 * HOUR)

    def restored(conn: Connection) -> None:
        conn.execute(sa.delete(nudged))
        conn.execute(sa.delete(work).where(work.c.name == "post"))
        conn.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'nudged'"))

    await circle.agent.house.database.write(restored)
    await circle.add(circle.ben, "tea", 2, HOUR)
    await circle.passes(2 * HOUR)
    assert circle.told(circle.ben) == ["tea [1]", "tea [2]"]


async def waiting_words(circle: Nudged) -> int:
    """Return in how many rows of the outbox words wait for somebody alone."""
    rows = sa.select(work.c.args).where(work.c.name == "post", work.c.done_at.is_(None))
    found = await circle.agent.house.database.read(lambda conn: conn.execute(rows).scalars().all())
    return sum("tea [" in str(each) or "cake [" in str(each) for each in found)


async def test_who_can_t_be_written_to_alone_is_told_nothing_before_others(data: Path) -> None:
    clock = ManualClock()
    can = replace(EVERYTHING, direct_messages=Level.FALLBACK)
    circle = Nudged(data, clock=clock, platform=FakePlatform(capabilities=can, clock=clock))
    async with circle:
        await circle.add(circle.ben, "tea", 1, HOUR)
        await circle.passes(2 * HOUR)
        texts = [post.text for post in circle.platform.posts]
        assert not [text for text in texts if "tea" in text]
        assert await circle.count(nudges) == 0


async def test_a_space_that_was_left_gets_nothing_until_the_agent_is_back(circle: Nudged) -> None:
    space, directory = circle.hall.space, circle.agent.house.directory
    await circle.add(circle.ben, "tea", 1, HOUR)
    now = circle.clock.now()
    database = circle.agent.house.database
    await database.write(lambda conn: directory.leave(conn, space, now))
    await circle.passes(2 * HOUR)
    assert (circle.told(circle.ben), await circle.count(nudges)) == ([], 1)
    await database.write(lambda conn: directory.leave(conn, space, None))
    await circle.passes(DAY)
    assert circle.told(circle.ben) == ["tea [1]"]


async def test_a_person_on_two_platforms_is_told_once_where_they_wrote_last(data: Path) -> None:
    clock = ManualClock()
    other = FakePlatform("other", clock=clock)
    circle = Nudged(data, clock=clock, beside=[other], spaces=("fake:home", "other:home"))
    async with circle:
        twin = other.add_account("Ben")
        room = other.add_room("hall", is_read=True)
        await circle.clock.advance(10)
        await other.says(twin, room, "Hello from there.")
        await circle.settle()
        member = await circle.member(circle.ben)
        one = sa.update(accounts).where(accounts.c.platform_id == twin.ref.id)
        one = one.where(accounts.c.platform == "other").values(member_id=member)
        await circle.agent.house.database.write(lambda conn: conn.execute(one).rowcount)
        await circle.add(circle.ben, "tea", 1, HOUR)
        await circle.passes(2 * HOUR)
        assert circle.told(circle.ben) == []
        assert ["tea [1]" in post.text for post in other.posts if post.private_to] == [True]
        await circle.ben.says("Back here.", circle.hall)
        await circle.add(circle.ben, "tea", 2, HOUR)
        await circle.passes(2 * HOUR)
        assert circle.told(circle.ben) == ["tea [2]"]


async def test_what_can_t_be_seen_during_an_outage_waits_and_is_not_settled(data: Path) -> None:
    clock = ManualClock()
    other = FakePlatform("other", clock=clock)
    circle = Nudged(data, clock=clock, beside=[other], spaces=("fake:home", "other:home"))
    async with circle:
        twin = other.add_account("Ben")
        await other.says(twin, other.add_room("hall", is_read=True), "Hello from there.")
        await circle.clock.advance(10)
        await circle.ben.says("Back here.", circle.hall)
        member = await circle.member(circle.ben)
        one = sa.update(accounts).where(accounts.c.platform_id == twin.ref.id)
        one = one.where(accounts.c.platform == "other").values(member_id=member)
        await circle.agent.house.database.write(lambda conn: conn.execute(one).rowcount)
        for subject in (1, 2):
            await circle.add(circle.ben, "tea", subject, HOUR)
        other.disconnect()
        circle.tea.settled = {2}  # It is about what stands there.
        await circle.passes(4 * HOUR)
        assert circle.told(circle.ben) == ["tea [1]"]
        assert not circle.tea.heard[-1].is_whole and await circle.count(nudges) == 1
        other.reconnect()
        circle.tea.settled.clear()
        await circle.passes(DAY)
        assert circle.told(circle.ben)[1:] == ["tea [2]"]


async def test_what_they_can_read_is_told_to_those_who_find_words(circle: Nudged) -> None:
    await circle.ann.says("Here.", circle.den)
    for person in (circle.ben, circle.chloe):
        await circle.add(person, "tea", 1, HOUR)
    await circle.passes(2 * HOUR)
    sizes = {each.member.name: len(each.readable.rooms) for each in circle.tea.heard}
    assert sizes["Ben"] > sizes["Chloé"] > 0


@pytest.mark.parametrize("language", ["en", "de"])
async def test_each_kind_is_named_in_plain_words(circle: Nudged, language: str) -> None:
    words = Words()
    for kind in circle.agent.house.between.nudges.kinds:
        if kind not in ("tea", "cake"):
            named = words.phrase(f"reminders.kind_{kind}", language=language)
            assert 5 <= len(named) <= 95, named
            assert words.phrase(f"reminders.word_{kind}", language=language).islower()
