"""A slow answer shows how far it is, at a pace that rooms allow, and takes the place of what said so."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import Event, ReplyHandle
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind
from learncomm_agent.chat.outgoing import Block, File, Outgoing, Paragraph, Receipt, Text
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.placeholders import Placeholder
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.progress import Progress, Showing
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import (
    LearncommError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    UsageError,
)
from learncomm_agent.storage import posts, schema
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, dead_letters, due_count
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from learncomm_agent.work import Commit, Work
from tests.chat.conftest import join

LONG = tuple(Paragraph((Text(f"{number} " + "word " * 15),)) for number in range(3))
MINUTE = timedelta(seconds=60)


def say(key: str, **values: object) -> Block:
    return Paragraph((Text(" ".join((key, *map(str, values.values())))),))


class Watched(FakePlatform):
    """Notes when its posts are changed."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.changed: list[datetime] = []
        self.takes_s = 0.0
        """How long a change is on its way."""

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        if self.takes_s:
            await self._clock.sleep(self.takes_s)
        receipt = await super().edit(message, outgoing)
        self.changed.append(self._clock.now())
        return receipt


class Request:
    """A request that goes on until the test lets it end."""

    def __init__(self, number: int, answer: Outgoing, otherwise: Outgoing | None) -> None:
        self.answer, self.otherwise = answer, otherwise
        self.key = f"r{number}"
        self.ends = asyncio.Event()
        self.error: LearncommError | None = None
        self.showing: Showing | None = None
        self.runs = 0

    def report(self, step: object) -> None:
        assert self.showing is not None
        self.showing.report("reading", step=step)


class Hall:
    """A room with Ann and Bob, where requests are answered slowly."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.directory = Directory(clock, join, lambda ref: False)
        self.platform = Watched(clock=clock)
        self.ann, self.bob = self.platform.add_account("Ann"), self.platform.add_account("Bob")
        self.room = self.platform.add_room("hall", [self.ann, self.bob])
        self.requests: dict[str, Request] = {}
        self.waiting = Outgoing(self.room, (), "w")
        self.revive()

    def revive(self) -> None:
        """Begin as another process would, with what is on the disk alone."""
        self.work = Work(self.database, self.clock)
        self.posting = Posting(self.work, self.clock)
        self.posting.connect(self.platform)
        self.progress = Progress(self.database, self.clock, {"fake": self.platform})
        self.work.handle("request", self._answer, given_up=self._lose)

    async def open(self) -> None:
        await self.platform.start(deaf)
        await self.work.recover()
        self.running = asyncio.create_task(self.work.run())

    async def die(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    async def live_again(self) -> None:
        self.revive()
        await self.work.recover()
        self.running = asyncio.create_task(self.work.run())

    async def asks(
        self, *blocks: Block, private_to: Account | None = None, reply: ReplyHandle | None = None
    ) -> Request:
        """Begin a request whose answer will be this."""
        number = len(self.requests)
        reader = None if private_to is None else private_to.ref
        shown = blocks or (say("The answer."),)
        answer = Outgoing(self.room, shown, f"r{number}", private_to=reader, reply=reply)
        notice = replace(answer, blocks=(say("Not here."),), key=f"r{number}p", private_to=None)
        asked = Request(number, answer, notice if reader is not None else None)
        self.requests[asked.key] = asked

        def write(conn: Connection) -> None:
            known = self.directory.room(conn, Room(self.room, "hall"))
            args = {"key": asked.key, "community": known.community, "room": known.id}
            self.work.add(conn, "request", args, key=f"request {asked.key}")

        await self.database.write(write)
        await self.until(lambda: asked.showing is not None)
        await self.clock.settle()
        return asked

    async def _answer(self, job: Job) -> Commit:
        asked = self.requests[job.args["key"]]
        waiting = Placeholder(
            replace(self.waiting, room=self.room, key=f"{asked.key}w"),
            replace(self.waiting, blocks=(say("moved"),), key=f"{asked.key}v"),
            replace(self.waiting, blocks=(say("lost"),), key=f"{asked.key}x"),
        )
        async with self.progress.of(job, say) as showing:
            showing.waiting, asked.showing = waiting, showing
            asked.runs += 1
            await asked.ends.wait()
            if asked.error is not None:
                raise asked.error

        def commit(conn: Connection) -> None:
            community, room = job.args["community"], job.args["room"]
            self.posting.add(
                conn,
                community,
                room,
                asked.answer,
                otherwise=asked.otherwise,
                placeholder=showing.placeholder,
            )

        return commit

    def _lose(self, conn: Connection, job: Job) -> None:
        placeholder = Placeholder.of(job.args.get("placeholder"))
        assert placeholder is not None
        self.posting.lose(conn, job.args["community"], job.args["room"], placeholder)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Let threads come to their end."""

        async def wait() -> None:
            while not is_so():
                await SystemClock().sleep(0.001)

        await SystemClock().idle(wait(), "a test", timeout_s=20)

    async def shows(self, text: str) -> None:
        """Let time pass until a text is to be read."""
        for _ in range(200):
            await self.clock.advance(0.5)
            await SystemClock().sleep(0.002)
            if any(text in post.text for post in self.platform.posts):
                return
        raise AssertionError(f"no {text!r} in {self.texts()}")

    async def ends(self, *asked: Request) -> None:
        """Let requests end, and all that follows from it."""
        for each in asked:
            each.ends.set()
        await self.settle()
        while (due := await self.work.next_due()) is not None:
            await self.clock.to(max(due, self.clock.now() + timedelta(seconds=1)))
            await self.settle()

    async def settle(self) -> None:
        """Let all that is due be done."""

        async def quiet() -> None:
            while await self.database.read(lambda conn: due_count(conn, self.clock.now())):
                await SystemClock().sleep(0.001)

        await SystemClock().idle(quiet(), "a test", timeout_s=20)

    def texts(self, account: Account | None = None) -> list[str]:
        return [post.text for post in self.platform.seen_by(account or self.bob)]

    async def parts(self) -> list[MessageRef]:
        """Where the answers stand, as far as it is kept."""
        rows = await self.database.read(
            lambda conn: list(conn.execute(schema.posts.select()).all())
        )
        return [posts._part(part) for row in rows for part in row.parts]


async def deaf(event: Event) -> None:
    """What people do is none of this business."""


@pytest.fixture
def database(tmp_path: Path, new_file: Path) -> Iterator[Database]:
    database = Database(Path(shutil.copy(new_file, tmp_path)), synchronous="normal")
    database.open()
    yield database
    database.close()


@pytest.fixture
async def hall(database: Database, clock: ManualClock) -> AsyncIterator[Hall]:
    hall = Hall(database, clock)
    await hall.open()
    yield hall
    await hall.die()


def busiest_minute(moments: Sequence[datetime]) -> int:
    return max(
        (sum(first <= each < first + MINUTE for each in moments) for first in moments), default=0
    )


async def test_what_is_answered_soon_shows_no_progress(hall: Hall) -> None:
    asked = await hall.asks()
    asked.report(1)
    await hall.clock.advance(2.9)
    await hall.ends(asked)
    assert (hall.texts(), hall.platform.changed) == (["The answer."], [])
    assert [post.key for post in hall.platform.posts] == ["r0.0"]


async def test_a_slow_answer_takes_the_place_of_what_said_to_wait(hall: Hall) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    placeholder = hall.platform.posts[0].ref
    asked.report("part 2")
    await hall.shows("reading part 2")
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert [placeholder] == [post.ref for post in hall.platform.posts] == await hall.parts()


@pytest.mark.parametrize(("per_minute", "pause"), [(30, 3.0), (12, 5.0), (6, 10.0), (2, 30.0)])
async def test_changes_are_coalesced_and_one_is_kept_free(
    hall: Hall, per_minute: int, pause: float
) -> None:
    hall.platform.can = replace(EVERYTHING, edits_per_minute=per_minute)
    asked = await hall.asks()
    await hall.shows("progress.working")
    for step in range(600):
        asked.report(step)
        await hall.clock.advance(0.25)
    changed = list(hall.platform.changed)
    assert 1 <= busiest_minute(changed) <= per_minute - 1
    gaps = [later - sooner for sooner, later in pairwise(changed)]
    assert min(gaps) >= timedelta(seconds=pause)
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert len(hall.platform.changed) == len(changed) + 1
    assert busiest_minute(hall.platform.changed) <= per_minute


async def test_a_clock_that_is_set_back_holds_no_changes_up(hall: Hall) -> None:
    free, now = hall.progress.allowance(hall.room), hall.clock.now()
    assert [free.take(1, now), free.take(1, now)] == [True, False]
    assert free.take(1, now - timedelta(hours=1))


async def test_the_answers_of_a_room_share_its_changes(hall: Hall) -> None:
    hall.platform.can = replace(EVERYTHING, edits_per_minute=12)
    every = [await hall.asks() for _ in range(5)]
    await hall.clock.advance(3)
    await hall.until(lambda: len(hall.platform.posts) == 5)
    for step in range(200):
        for asked in every:
            asked.report(step)
        await hall.clock.advance(0.5)
    assert 5 <= busiest_minute(hall.platform.changed) <= 12 - 5
    await hall.ends(*every)
    assert hall.texts() == ["The answer."] * 5
    assert busiest_minute(hall.platform.changed) <= 12


async def test_a_change_that_is_on_its_way_overtakes_no_answer(hall: Hall) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    hall.platform.takes_s = 9.0
    asked.report("late")
    await hall.clock.advance(4)
    hall.platform.takes_s = 0.0
    asked.ends.set()
    await hall.clock.advance(9)
    await hall.ends(asked)
    assert len(hall.platform.changed) == 2
    assert hall.texts() == ["The answer."]


@pytest.mark.parametrize(
    "lack", [{"edits": Level.FALLBACK}, {"edits_per_minute": 1}, {"edits_per_minute": 0}]
)
async def test_where_nothing_can_be_changed_nothing_says_to_wait(
    hall: Hall, lack: dict[str, Any]
) -> None:
    hall.platform.can = replace(EVERYTHING, **lack)
    asked = await hall.asks()
    await hall.clock.advance(30)
    assert hall.platform.posts == []
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]


async def test_a_refused_change_is_skipped_and_the_answer_is_tried_again(hall: Hall) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    hall.platform.limit_rate(20.0)
    asked.report("skipped")
    await hall.clock.advance(10)
    asked.report("later")
    await hall.clock.advance(9)
    assert hall.platform.changed == []
    await hall.shows("reading later")
    hall.platform.limit_rate(9.0)
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert asked.runs == 1, "it is not written again"


@pytest.mark.parametrize(
    "fault",
    [NotPermittedError("no"), PlatformError("what?"), RateLimitedError("later", retry_after_s=9)],
)
async def test_an_answer_comes_though_nothing_could_say_to_wait(
    hall: Hall, fault: PlatformError
) -> None:
    hall.platform.fail_next(fault)
    asked = await hall.asks()
    await hall.clock.advance(4)
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]


async def test_a_mistake_in_a_report_harms_nothing(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await hall.asks()
    assert asked.showing is not None

    def broken(key: str, **values: object) -> Block:
        raise LookupError("no such phrase")

    asked.showing._say = broken
    await hall.clock.advance(9)
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert "LookupError" in caplog.text


async def test_a_placeholder_that_a_moderator_took_away_stays_away(hall: Hall) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    await hall.platform.delete(hall.platform.posts[0].ref)
    asked.report("part 2")
    await hall.clock.advance(30)
    assert hall.texts() == []
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert await hall.parts() == [hall.platform.posts[0].ref]


async def test_an_answer_that_may_not_take_the_place_is_new_and_the_other_goes(hall: Hall) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    hall.platform.can = replace(EVERYTHING, edits=Level.FALLBACK)
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert [post.key for post in hall.platform.posts] == ["r0.0"]


async def test_a_long_answer_begins_in_the_place_and_goes_on_below(hall: Hall) -> None:
    hall.platform.can = replace(EVERYTHING, max_text=100)
    asked = await hall.asks(*LONG)
    await hall.shows("progress.working")
    hall.platform.lose_connection(after_delivery=True)
    await hall.ends(asked)
    assert [text[0] for text in hall.texts()] == ["0", "1", "2"]
    assert await hall.parts() == [post.ref for post in hall.platform.posts]


async def test_an_answer_of_files_alone_and_one_of_nothing(hall: Hall) -> None:
    asked = await hall.asks(File("notes.txt", "text/plain", b"notes"))
    await hall.shows("progress.working")
    await hall.ends(asked)
    assert [post.files for post in hall.platform.posts] == [("notes.txt",)]
    asked = await hall.asks(say(" "))
    await hall.shows("progress.working")
    await hall.ends(asked)
    assert len(hall.platform.posts) == 1, "what said to wait for nothing is gone"


async def handle(hall: Hall, *, is_private: bool) -> ReplyHandle:
    return await hall.platform.sends_form(hall.ann, hall.room, "x", is_private=is_private)


async def test_one_person_alone_sees_the_progress_of_what_is_theirs(hall: Hall) -> None:
    reply = await handle(hall, is_private=True)
    hall.waiting = replace(hall.waiting, private_to=hall.ann.ref, reply=reply)
    asked = await hall.asks(private_to=hall.ann, reply=reply)
    await hall.shows("progress.working")
    assert (hall.texts(), hall.texts(hall.ann)) == ([], ["progress.working"])
    await hall.ends(asked)
    assert (hall.texts(), hall.texts(hall.ann)) == ([], ["The answer."])
    assert len(hall.platform.posts) == 1


async def test_what_can_not_be_private_here_shows_no_progress(hall: Hall) -> None:
    hall.waiting = replace(hall.waiting, private_to=hall.ann.ref)
    asked = await hall.asks(private_to=hall.ann)
    await hall.clock.advance(30)
    assert hall.platform.posts == []
    await hall.ends(asked)
    assert (hall.texts(), hall.texts(hall.ann)) == ([], ["The answer."])


async def test_a_private_answer_leaves_nothing_public_behind(hall: Hall) -> None:
    reply = await handle(hall, is_private=True)
    asked = await hall.asks(private_to=hall.ann, reply=reply)
    await hall.shows("progress.working")
    assert hall.texts() == ["progress.working"]
    await hall.ends(asked)
    assert (hall.texts(), hall.texts(hall.ann)) == ([], ["The answer."])


async def test_a_public_answer_says_in_private_where_it_is(hall: Hall) -> None:
    reply = await handle(hall, is_private=True)
    hall.waiting = replace(hall.waiting, private_to=hall.ann.ref, reply=reply)
    asked = await hall.asks()
    await hall.shows("progress.working")
    await hall.ends(asked)
    assert (hall.texts(), hall.texts(hall.ann)) == (["The answer."], ["moved", "The answer."])


async def test_where_nobody_can_take_back_other_words_stand_there(hall: Hall) -> None:
    hall.platform.can = replace(EVERYTHING, deletes=Level.FALLBACK)
    asked = await hall.asks(private_to=hall.ann)
    await hall.shows("progress.working")
    await hall.ends(asked)
    assert hall.texts() == ["moved"]
    assert "The answer." in hall.texts(hall.ann)


async def test_that_an_answer_is_refused_is_said_in_the_place(hall: Hall) -> None:
    hall.platform.can = replace(EVERYTHING, direct_messages=Level.FALLBACK)
    asked = await hall.asks(private_to=hall.ann)
    await hall.shows("progress.working")
    await hall.ends(asked)
    assert hall.texts() == hall.texts(hall.ann) == ["Not here."]
    assert len(hall.platform.posts) == 1


async def test_a_private_way_that_closes_says_how_the_answer_comes(hall: Hall) -> None:
    reply = await handle(hall, is_private=True)
    hall.waiting = replace(hall.waiting, private_to=hall.ann.ref, reply=reply)
    asked = await hall.asks(private_to=hall.ann, reply=reply)
    await hall.shows("progress.working")
    await hall.clock.to(reply.expires_at - timedelta(seconds=50))
    assert hall.texts(hall.ann) == ["progress.later"]
    asked.report("too late")
    await hall.clock.to(reply.expires_at + timedelta(seconds=50))
    assert hall.texts(hall.ann) == ["progress.later"]
    await hall.ends(asked)
    direct = await hall.platform.direct_room(hall.ann.ref)
    seen = hall.platform.seen_by(hall.ann, direct)
    assert [post.text for post in seen] == ["The answer."]
    assert hall.texts() == []


async def test_a_public_answer_takes_its_place_though_the_way_is_closed(hall: Hall) -> None:
    reply = await handle(hall, is_private=False)
    hall.waiting = replace(hall.waiting, reply=reply)
    asked = await hall.asks(reply=reply)
    await hall.shows("progress.working")
    await hall.clock.to(reply.expires_at + timedelta(seconds=50))
    asked.report("part 2")
    await hall.shows("reading part 2")
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert len(hall.platform.posts) == 1


async def lost_on_the_way(hall: Hall, asked: Request) -> None:
    """Die while it is not known whether the placeholder got there."""
    hall.platform.lose_connection(after_delivery=True)
    await hall.clock.advance(3)
    await hall.until(lambda: hall.platform.posts)


async def lost_before(hall: Hall, asked: Request) -> None:
    """Die with the placeholder on the disk, and not in the room."""
    hall.platform.lose_connection()
    await hall.clock.advance(3)
    assert asked.showing is not None
    showing = asked.showing
    await hall.until(lambda: not hall.platform._faults and showing.placeholder is not None)


async def shown(hall: Hall, asked: Request) -> None:
    """Die between two changes."""
    await hall.shows("progress.working")
    asked.report("part 2")
    await hall.shows("reading part 2")


async def put_off(hall: Hall, asked: Request) -> None:
    """Die with the answer on the disk, and not in the room."""
    await hall.shows("progress.working")
    hall.platform.lose_connection()
    asked.ends.set()
    await hall.settle()


async def half_there(hall: Hall, asked: Request) -> None:
    """Die with the answer in the room, and nothing known of it."""
    await hall.shows("progress.working")
    hall.platform.fail_next(RateLimitedError("x", retry_after_s=5), after_delivery=True, times=2)
    asked.ends.set()
    await hall.until(lambda: len(hall.platform._faults) < 2)


@pytest.mark.parametrize("dies", [lost_on_the_way, lost_before, shown, put_off, half_there])
@pytest.mark.parametrize("is_slow_again", [True, False])
async def test_after_a_crash_there_is_one_answer_and_nothing_else(
    hall: Hall, dies: Callable[[Hall, Request], Awaitable[None]], is_slow_again: bool
) -> None:
    asked = await hall.asks()
    await dies(hall, asked)
    await hall.die()
    hall.platform._faults.clear()
    await hall.live_again()
    if is_slow_again and not asked.ends.is_set():
        await hall.until(lambda: asked.runs == 2)
        await hall.clock.settle()
        asked.report("once more")
        await hall.shows("reading once more")
        assert len(hall.platform.posts) == 1
    await hall.ends(asked)
    assert hall.texts() == ["The answer."]
    assert [hall.platform.posts[0].ref] == await hall.parts()


async def test_a_request_that_is_given_up_says_so_in_the_place(hall: Hall) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    asked.error = UsageError("never")
    await hall.ends(asked)
    assert hall.texts() == ["lost"]
    assert len(await hall.database.read(dead_letters)) == 1


@pytest.mark.parametrize("is_over", [False, True])
async def test_an_answer_that_is_given_up_says_so_in_the_place(hall: Hall, is_over: bool) -> None:
    asked = await hall.asks()
    await hall.shows("progress.working")
    asked.answer = replace(asked.answer, blocks=(File("x", "text/plain", b"x" * 2_000_000),))
    hall.platform.can = replace(EVERYTHING, max_file_bytes=3_000_000)

    refused = PlatformError("too much")
    edit = hall.platform.edit

    async def refusing(message: MessageRef, outgoing: Outgoing) -> Receipt:
        if is_over or any(isinstance(block, File) for block in outgoing.blocks):
            raise refused
        return await edit(message, outgoing)

    hall.platform.edit = refusing  # type: ignore[method-assign]
    await hall.ends(asked)
    assert hall.texts() == (["progress.working"] if is_over else ["lost"])
    assert len(await hall.database.read(dead_letters)) == 1 + is_over


async def test_in_a_direct_talk_progress_is_as_anywhere(hall: Hall) -> None:
    direct = await hall.platform.direct_room(hall.ann.ref)
    assert hall.platform.network.room(direct).kind is RoomKind.DIRECT
    hall.room = direct
    asked = await hall.asks()
    await hall.shows("progress.working")
    await hall.ends(asked)
    assert (hall.texts(), hall.texts(hall.ann)) == ([], ["The answer."])
