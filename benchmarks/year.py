"""A year of what is said to members unasked, on a clock that is moved by hand.

    python -m benchmarks.year [--members N] [--days N]

Ten thousand members in two dozen zones, most of which put their clocks forward and back: a fifth has a
learning goal that is asked about every three weeks, a tenth gets a digest every Monday at nine, a third
has a partner with whom it is checked in every month, all have four promises of which each is reminded of
once. A few chose hours and numbers of their own. The store, the outbox, the budget and the laying out of
each message are the real ones; the platform takes the messages and shows them to nobody, and the words of
each kind are one short sentence. What the laying out takes (`chat.rendering.plan`) is measured apart, and
does not count. Each message is checked by arithmetic of its own: within the hours of its
member's zone, on the day that it was for, no nudge told twice or lost, and never more in seven days than
the member allows. Ends with 1 where something is not so, or the bar is missed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from learncomm_agent.chat import posting as outbox
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Paragraph, Receipt, Text
from learncomm_agent.chat.people import (
    Account,
    AccountRef,
    CommunityId,
    MemberId,
    SpaceRef,
)
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.rendering import Plan, plan
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.storage import communities, members, quiet
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.words import Words
from learncomm_agent.work import Work

MEMBERS, DAYS = 10_000, 365
BAR_S = 180.0
START = datetime(2026, 1, 5, tzinfo=UTC)
ZONES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver"),
    *("America/Chicago", "America/New_York", "America/Halifax", "America/St_Johns"),
    *("America/Sao_Paulo", "America/Santiago", "Atlantic/Azores", "Europe/Lisbon", "Europe/Berlin"),
    *("Europe/Athens", "Africa/Cairo", "Africa/Nairobi", "Asia/Tehran", "Asia/Kolkata"),
    *("Asia/Kathmandu", "Asia/Tokyo", "Australia/Adelaide", "Australia/Lord_Howe"),
    *("Pacific/Auckland", "Pacific/Apia"),
)
GOAL, DIGEST, CHECK, ACTION = "year_goal", "year_digest", "year_check", "year_action"
WEEK, EARLY, LATE = timedelta(weeks=1), timedelta(hours=4), timedelta(minutes=1)
HERE = SpaceRef("mailbox", "home")


@dataclass(slots=True)
class Person:
    """A member, and what they wish."""

    zone: ZoneInfo
    first: int = 9
    last: int = 19
    most: int = 4

    def is_humane(self, at: datetime) -> bool:
        """Whether a moment is in their hours."""
        return self.first <= at.astimezone(self.zone).hour < self.last

    def wall(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return the moment at which the clock on their wall shows a time."""
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone).astimezone(
            UTC
        )

    def first_moment(self, at: datetime) -> datetime:
        """Return the first moment in their hours from one on."""
        if self.is_humane(at):
            return at
        local = at.astimezone(self.zone)
        day = local.date() + timedelta(days=local.hour >= self.last)
        return self.wall(day, self.first)


@dataclass(slots=True)
class Ledger:
    """What was to be told when, and what was told and sent, by the benchmark's own account."""

    people: dict[MemberId, Person] = field(default_factory=dict)
    due: dict[tuple[MemberId, str, int], datetime] = field(default_factory=dict)
    told: list[tuple[MemberId, str, datetime, datetime]] = field(default_factory=list)
    """To whom, of what, when it was due and when it was told."""
    sent: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    keys: set[str] = field(default_factory=set)
    doubles: int = 0


class Hand(ManualClock):
    """The clock; nobody sleeps by it, so that nobody needs turns to wake in when it is moved."""

    async def settle(self) -> None:
        """Let nobody run: `Work.drain` runs all there is."""


class Laying:
    """Lays messages out, and tells how much time of a processor that took."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.took_s = 0.0

    def __call__(self, *args: Any) -> Plan:
        """Lay one out."""
        began = time.thread_time()
        planned = plan(*args)
        self.took_s += time.thread_time() - began
        return planned


class Mailbox(FakePlatform):
    """Takes messages to single members, and keeps to whom and when."""

    def __init__(self, clock: ManualClock, ledger: Ledger) -> None:
        """Begin empty."""
        super().__init__(HERE.platform, clock=clock)
        self._ledger = ledger

    async def direct_room(self, account: AccountRef) -> RoomRef:
        """Return a talk with an account."""
        return RoomRef(HERE, f"d{account.id}")

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take one message, once by its key."""
        if outgoing.private_to is None or outgoing.room.id != f"d{outgoing.private_to.id}":
            raise AssertionError("a message that others could read")
        if outgoing.key in self._ledger.keys:
            self._ledger.doubles += 1
        self._ledger.keys.add(outgoing.key)
        self._ledger.sent[outgoing.private_to.id].append(self._clock.now())
        return Receipt((MessageRef(outgoing.room, outgoing.key),))

    def _here(self, room: RoomRef) -> RoomRef:
        """All rooms are there."""
        return room


class Year:
    """The services that send, and what they are given to send."""

    def __init__(self, folder: Path, ledger: Ledger, seed: int = 7) -> None:
        """Make them; nothing is opened yet."""
        self.ledger, self.clock = ledger, Hand(START)
        self.database = Database(folder / "year.db", synchronous="normal")
        self.work = Work(self.database, self.clock)
        mailbox = Mailbox(self.clock, ledger)
        posting = Posting(self.work, self.clock)
        posting.connect(mailbox)
        self._random = random.Random(seed)
        self.directory = Directory(self.clock, self._join, lambda ref: False)
        self.nudges = Nudges(
            self.database,
            self.work,
            self.directory,
            posting,
            Words(),
            {mailbox.name: mailbox},
            self.clock,
        )
        for rank, kind in enumerate((ACTION, CHECK, GOAL, DIGEST)):
            self.nudges.handle(kind, partial(self._tell, kind), rank=rank, needs_readable=False)

    def _join(self, conn: Connection, space: SpaceRef) -> CommunityId:
        now = self.clock.now()
        made = communities.ensure(
            conn, "year", name="Year", language="en", timezone="Europe/Berlin", now=now
        )
        return made.id

    def _tell(
        self, kind: str, conn: Connection, listener: Listener, subjects: Sequence[int]
    ) -> Told | None:
        member, ledger = listener.member.id, self.ledger
        again: dict[int, datetime] = {}
        for subject in subjects:
            due = ledger.due.pop((member, kind, subject))
            ledger.told.append((member, kind, due, listener.now))
            if (later := self._again(kind, member, due)) is not None:
                again[subject] = ledger.due[member, kind, subject] = later
        return Told((Paragraph((Text(f"{kind} {len(subjects)}"),)),), again=again)

    def _again(self, kind: str, member: MemberId, due: datetime) -> datetime | None:
        """Return when something is due once more: the goal by days passed, the digest by the wall."""
        person = self.ledger.people[member]
        match kind:
            case "year_goal":
                return due + timedelta(weeks=3)
            case "year_digest":
                day = due.astimezone(person.zone).date()
                return person.wall(day + timedelta(weeks=1), 9)
            case "year_check":
                return due + timedelta(days=30)
        return None

    async def fill(self, count: int, days: int) -> None:
        """Bring the members in, with all that is due for them at first."""
        await asyncio.to_thread(self.database.open)
        hall = Room(RoomRef(HERE, "hall"), "hall")
        await self.database.write(lambda conn: self.directory.room(conn, hall))
        for first in range(0, count, 250):
            some = range(first, min(first + 250, count))
            await self.database.write(partial(self._join_in, some=some, days=days))

    def _join_in(self, conn: Connection, *, some: range, days: int) -> None:
        community = self.directory.space(conn, HERE)
        for number in some:
            account = Account(AccountRef(HERE.platform, str(number)), f"Member {number}")
            member = self.directory.account(conn, community, account).member
            zone = ZONES[number % len(ZONES)]
            members.set_timezone(conn, member, zone)
            person = Person(ZoneInfo(zone))
            if number % 50 == 1:
                person = Person(ZoneInfo(zone), first=17, last=22, most=2)
                quiet.choose(conn, member, per_week=2, starts=17 * 60, ends=22 * 60)
            elif number % 50 == 2:
                person = Person(ZoneInfo(zone), most=1)
                quiet.choose(conn, member, per_week=1)
            self.ledger.people[member] = person
            for kind, subject, due in self._first(number, person, days):
                self.ledger.due[member, kind, subject] = due
                self.nudges.add(conn, community, member, kind, subject, due)

    def _first(self, number: int, person: Person, days: int) -> Iterator[tuple[str, int, datetime]]:
        """Yield what is due for one member at first: kind, subject, moment."""
        today = START.date()
        if number % 5 == 0:
            yield GOAL, 0, START + timedelta(minutes=self._random.randrange(21 * 24 * 60))
        if number % 10 == 1:
            monday = today + timedelta(days=-today.weekday() % 7 or 7)
            yield DIGEST, 0, person.wall(monday, 9)
        if number % 3 == 0:
            yield CHECK, 0, START + timedelta(minutes=self._random.randrange(30 * 24 * 60))
        for action in range(4):
            day = today + timedelta(days=self._random.randrange(1, days))
            # Said with a time of the day, at which they need not be awake.
            yield ACTION, action, person.wall(day, self._random.randrange(24), 0)

    async def pass_by(self, days: int) -> None:
        """Let the days pass, and all that falls due in them be sent."""
        end = START + timedelta(days=days)
        while (due := await self.work.next_due()) is not None and due <= end:
            await self.clock.to(max(due, self.clock.now()))
            await self.work.drain()
        await self.clock.to(end)

    async def close(self) -> None:
        """Let go of the store."""
        await asyncio.to_thread(self.database.close)


def faults(ledger: Ledger, end: datetime) -> list[str]:
    """Return what is not as it should be, by arithmetic that shares nothing with what is measured."""
    found = [f"{ledger.doubles} messages sent twice"] if ledger.doubles else []
    sent = {int(id): sorted(times) for id, times in ledger.sent.items()}
    by_member = {member: sent.get(n, []) for n, member in enumerate(ledger.people)}
    for member, times in by_member.items():
        person = ledger.people[member]
        found += [f"{member}: {at} is in the night" for at in times if not person.is_humane(at)]
        pairs = zip(times, times[person.most :], strict=False)
        found += [f"{member}: too many from {a}" for a, b in pairs if b - a < WEEK]
    for member, kind, due, at in ledger.told:
        person, times = ledger.people[member], by_member[member]
        wanted = person.first_moment(due)
        before = times[: bisect_left(times, at)][-person.most :]
        if len(before) == person.most:
            wanted = max(wanted, person.first_moment(max(due, before[0] + WEEK)))
        is_same_day = at.astimezone(person.zone).date() == wanted.astimezone(person.zone).date()
        if not wanted - EARLY <= at <= wanted + LATE or not is_same_day:
            found.append(f"{member}: {kind} due {due}, wanted {wanted}, told {at}")
        if at not in times:
            found.append(f"{member}: {kind} due {due} was never sent")
    for (member, kind, _), due in ledger.due.items():
        if ledger.people[member].first_moment(due) < end - timedelta(days=8):
            found.append(f"{member}: {kind} due {due} is lost")
    return found


async def run(count: int, days: int) -> int:
    """Print what it took; 1 where something is not so, or it took too long."""
    ledger, laying = Ledger(), Laying()
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(outbox, "plan", laying):
        year = Year(Path(folder), ledger)
        try:
            began = time.perf_counter()
            await year.fill(count, days)
            filled, busy = time.perf_counter(), time.process_time()
            await year.pass_by(days)
            took_s, busy_s = time.perf_counter() - filled, time.process_time() - busy
        finally:
            await year.close()
    wrong = faults(ledger, START + timedelta(days=days))
    total = sum(map(len, ledger.sent.values()))
    print(
        f"{count:,} members, {days} days: {len(ledger.told):,} nudges in {total:,} messages, "
        f"{took_s - laying.took_s:.1f} s (bar {BAR_S:.0f} s) and {laying.took_s:.1f} s to lay them "
        f"out, {busy_s:.1f} s of processors in all; {filled - began:.1f} s to bring the members in; "
        f"{len(wrong)} faults"
    )
    for line in wrong[:10]:
        print(f"  {line}")
    return 1 if wrong or took_s - laying.took_s > BAR_S else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--days", type=int, default=DAYS)
    chosen = parser.parse_args()
    return asyncio.run(run(chosen.members, chosen.days))


if __name__ == "__main__":
    sys.exit(main())
