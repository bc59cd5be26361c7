"""No community uses more than its own tokens a day, whatever fails, waits or is cancelled."""

import asyncio
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import (
    BadCompletionError,
    ModelBudgetError,
    ModelBusyError,
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
)
from learncomm_agent.llm.hosted import HostedModel
from learncomm_agent.llm.metering import TURN_S, Metered
from learncomm_agent.llm.model import Completion, LanguageModel, Request, Usage
from learncomm_agent.settings import ModelSettings
from learncomm_agent.storage import communities, usage
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.usage import Used
from learncomm_agent.testing import model_server as says
from learncomm_agent.testing.clock import MONDAY_MORNING, ManualClock
from learncomm_agent.testing.model_server import Behaviour, ModelServer, Reply

DAY = "2026-01-05"
PROMPT = "p" * 30  # ten tokens


class Model:
    """Answers when it is let, with what is scripted; else as it was asked to be paid."""

    name = "m"

    def __init__(self, *outcomes: Completion | Exception) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[Request] = []
        self.may_answer = asyncio.Semaphore(1000)
        self.is_closed = False

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        await self.may_answer.acquire()
        outcome = self.outcomes.pop(0) if self.outcomes else Completion("a", Usage(10, 10))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        self.is_closed = True


def asks(community: CommunityId, max_tokens: int = 10, prompt: str = PROMPT) -> Request:
    return Request(prompt, "answer", community, max_tokens)


def metered(
    model: LanguageModel,
    database: Database,
    clock: ManualClock,
    tokens: int | None = 100,
    concurrent: int = 2,
) -> Metered:
    chosen = ModelSettings(tokens_per_day=tokens, concurrent=concurrent)
    return Metered(model, database, clock, chosen)


@pytest.fixture(scope="module")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = Database(tmp_path_factory.mktemp("new") / "new.sqlite3")
    database.open()
    for slug in ("a", "b"):
        database.leave(
            partial(
                communities.ensure,
                slug=slug,
                name=slug,
                language="en",
                timezone="UTC",
                now=MONDAY_MORNING,
            )
        )
    database.close()
    return database.path


@pytest.fixture
def database(tmp_path: Path, new_file: Path) -> Iterator[Database]:
    database = Database(Path(shutil.copy(new_file, tmp_path)), synchronous="normal")
    database.open()
    yield database
    database.close()


A, B = CommunityId(1), CommunityId(2)


async def used(database: Database, day: str = DAY) -> list[Used]:
    return await database.read(lambda conn: usage.of_day(conn, day))


async def all_written(database: Database) -> None:
    """Come back when what was asked of the database before is written."""
    await database.write(lambda conn: None)


async def until(condition: Callable[[], object]) -> None:
    """Let the others run until something holds."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("what the test waits for does not happen")


@pytest.mark.parametrize(("limit", "fits"), [(20, True), (19, False), (None, True)])
async def test_a_call_is_sent_where_it_fits_with_its_longest_answer(
    database: Database, clock: ManualClock, limit: int | None, fits: bool
) -> None:
    model = Model()
    counted = metered(model, database, clock, limit)
    if fits:
        assert (await counted.complete(asks(A))).text == "a"
    else:
        with pytest.raises(ModelBudgetError):
            await counted.complete(asks(A))
    assert len(model.asked) == len(await used(database)) == fits


async def test_calls_under_way_are_reserved_and_what_they_did_not_need_is_given_back(
    database: Database, clock: ManualClock
) -> None:
    model = Model(Completion("a", Usage(10, 1)))
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock, 40)
    first = asyncio.create_task(counted.complete(asks(A, 20)))
    await until(lambda: counted.running)
    second = asyncio.create_task(counted.complete(asks(A)))
    await until(lambda: second.done() or counted.running == 2)
    assert isinstance(second.exception(), ModelBudgetError)
    for _ in range(2):
        model.may_answer.release()
    await first
    await counted.complete(asks(A, 19))  # 11 are used, so 29 are left
    assert len(model.asked) == 2


async def test_budgets_are_apart(database: Database, clock: ManualClock) -> None:
    counted = metered(Model(), database, clock, 20)
    await counted.complete(asks(A))
    with pytest.raises(ModelBudgetError):
        await counted.complete(asks(A))
    await counted.complete(asks(B))
    assert [(each.community, each.calls) for each in await used(database)] == [(A, 1), (B, 1)]


async def test_a_restart_remembers_and_midnight_in_utc_forgets(
    database: Database, clock: ManualClock
) -> None:
    await metered(Model(), database, clock, 20).complete(asks(A))
    again = metered(Model(), database, clock, 20)
    await clock.to(MONDAY_MORNING.replace(hour=23, minute=59, second=59))
    with pytest.raises(ModelBudgetError):
        await again.complete(asks(A))
    await clock.advance(1)
    await again.complete(asks(A))
    assert [each.calls for each in await used(database, "2026-01-06")] == [1]


async def test_a_call_counts_on_the_day_on_which_it_was_asked(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock, 20)
    late = asyncio.create_task(counted.complete(asks(A)))
    await until(lambda: counted.running)
    await clock.to(MONDAY_MORNING + timedelta(days=1))
    early = asyncio.create_task(counted.complete(asks(A)))
    await until(lambda: counted.running == 2)
    for _ in range(2):
        model.may_answer.release()
    await asyncio.gather(late, early)
    for day in (DAY, "2026-01-06"):
        assert [each.calls for each in await used(database, day)] == [1]


def costly(error: ModelError, *tokens: int) -> ModelError:
    error.tokens = (tokens[0], tokens[1])
    return error


@pytest.mark.parametrize(
    ("error", "sent", "received"),
    [
        (ModelUnavailableError("x"), 10, 0),
        (BadCompletionError("x"), 10, 40),
        (PromptTooLongError("x"), 0, 0),
        (costly(PromptTooLongError("x"), 30, 3), 30, 3),
        (costly(BadCompletionError("x"), 20, 45), 20, 45),
        (costly(ModelUnavailableError("x"), 0, 0), 0, 0),
    ],
)
async def test_a_call_that_failed_counts_what_it_has_cost_or_may_have(
    database: Database, clock: ManualClock, error: Exception, sent: int, received: int
) -> None:
    counted = metered(Model(error), database, clock)
    with pytest.raises(type(error)) as raised:
        await counted.complete(asks(A, 40))
    assert raised.value is error
    assert await used(database) == [Used(A, "answer", 1, 1, sent, received, 0)]
    left = 100 - sent - received
    with pytest.raises(ModelBudgetError):
        await counted.complete(asks(A, left - 9))
    await counted.complete(asks(A, left - 10))


async def test_a_plugin_that_fails_in_its_own_way_counts_as_if_it_had_answered(
    database: Database, clock: ManualClock
) -> None:
    with pytest.raises(ModelUnavailableError):
        await metered(Model(KeyError("x")), database, clock).complete(asks(A, 40))
    assert await used(database) == [Used(A, "answer", 1, 1, 10, 40, 0)]


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (Usage(0, 0), (10, 2)),
        (Usage(-5, 3), (10, 3)),
        (Usage(10, -1000), (10, 2)),
        (Usage(10**30, 10**30), (10, 2)),
    ],
)
async def test_what_a_model_does_not_report_is_estimated(
    database: Database, clock: ManualClock, told: Usage, counted: tuple[int, int]
) -> None:
    await metered(Model(Completion("four", told)), database, clock).complete(asks(A))
    (row,) = await used(database)
    assert (row.sent, row.received) == counted


@pytest.mark.parametrize(
    ("limit", "allowance"), [(None, None), (20, 20), (50, 20 + 15), (20_000, 2 * 20 + 8000)]
)
async def test_an_allowance_is_a_share_of_what_is_left_up_to_a_second_try_with_room_to_think(
    database: Database, clock: ManualClock, limit: int | None, allowance: int | None
) -> None:
    model = Model()
    await metered(model, database, clock, limit).complete(asks(A))
    assert [each.allowance for each in model.asked] == [allowance]


async def test_a_call_that_is_cancelled_counts_and_one_before_its_turn_does_not(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock, 60, concurrent=1)
    running = asyncio.create_task(counted.complete(asks(A)))
    await until(lambda: counted.running)
    waiting = asyncio.create_task(counted.complete(asks(A)))
    await until(lambda: counted.waiting)
    for task in (waiting, running):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (counted.waiting, counted.running) == (0, 0)
    assert await used(database) == [Used(A, "answer", 1, 1, 10, 10, 0)]
    model.may_answer.release()
    await counted.complete(asks(A, 30))  # the other 40 are free again


async def test_a_call_that_is_cancelled_twice_is_recorded_all_the_same(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock)
    task = asyncio.create_task(counted.complete(asks(A)))
    await until(lambda: counted.running)
    task.cancel()
    await until(lambda: not counted.running)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await all_written(database)
    assert [each.failed for each in await used(database)] == [1]


async def test_so_many_run_at_once_and_the_others_in_the_order_asked(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock, None)
    tasks = []
    for number, community in enumerate([A, A, A, B, A]):
        tasks.append(asyncio.create_task(counted.complete(asks(community, prompt=str(number)))))
        await until(lambda: counted.running + counted.waiting == len(tasks))
    assert (counted.running, counted.waiting) == (2, 3)
    assert clock.waiting == ("a turn with the language model",) * 3
    for _ in tasks:
        model.may_answer.release()
    await until(lambda: all(task.done() for task in tasks))
    assert [request.prompt for request in model.asked] == ["0", "1", "2", "3", "4"]
    assert (counted.running, counted.waiting) == (0, 0)


async def test_nobody_waits_for_ever_behind_a_model_that_hangs(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock, 1000)
    tasks = [asyncio.create_task(counted.complete(asks(A))) for _ in range(40)]
    await until(lambda: counted.waiting == 38)
    await clock.advance(TURN_S - 1)
    assert not any(task.done() for task in tasks)
    await clock.advance(1)
    await until(lambda: sum(task.done() for task in tasks) == 38)
    assert {type(task.exception()) for task in tasks[2:]} == {ModelBusyError}
    assert (counted.running, counted.waiting, len(model.asked)) == (2, 0, 2)
    for _ in range(3):
        model.may_answer.release()
    await asyncio.gather(*tasks[:2])
    await counted.complete(asks(A))  # and no turn is lost
    assert [(each.calls, each.failed) for each in await used(database)] == [(3, 0)]


async def test_who_has_nothing_left_is_told_without_waiting(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    model.may_answer = asyncio.Semaphore(0)
    counted = metered(model, database, clock, 20, concurrent=1)
    running = asyncio.create_task(counted.complete(asks(B)))
    await until(lambda: counted.running)
    refused = asyncio.create_task(counted.complete(asks(A, 11)))
    await until(refused.done)
    assert isinstance(refused.exception(), ModelBudgetError)
    running.cancel()


async def test_an_answer_that_can_not_be_recorded_is_not_lost_and_still_counts(
    database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    counted = metered(Model(), database, clock, 30)
    await database.write(
        lambda conn: conn.exec_driver_sql("ALTER TABLE usage RENAME COLUMN cached TO gone")
    )
    assert (await counted.complete(asks(A))).text == "a"
    assert "usage not recorded" in caplog.text
    with pytest.raises(ModelBudgetError):
        await counted.complete(asks(A))


async def test_a_budget_that_can_not_be_read_lets_nothing_through(
    database: Database, clock: ManualClock
) -> None:
    model = Model()
    await database.write(lambda conn: conn.exec_driver_sql("DROP TABLE usage"))
    with pytest.raises(ModelUnavailableError):
        await metered(model, database, clock).complete(asks(A))
    assert model.asked == []


async def test_a_community_that_is_nowhere_is_answered_within_bounds(
    database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    counted = metered(Model(), database, clock, 20)
    await counted.complete(asks(CommunityId(0)))
    with pytest.raises(ModelBudgetError):
        await counted.complete(asks(CommunityId(0)))
    assert (await used(database), caplog.text) == ([], "")


async def test_closing_closes_the_model(database: Database, clock: ManualClock) -> None:
    model = Model()
    await metered(model, database, clock).close()
    assert model.is_closed


class Whim:
    """A model that answers after some turns of the loop, or fails, and keeps within what was asked."""

    name = "whim"

    def __init__(self, plans: dict[str, tuple[int, int, bool]]) -> None:
        self.plans = plans
        self.under_way: list[Request] = []
        self.most = 0

    async def complete(self, request: Request) -> Completion:
        turns, received, fails = self.plans[request.prompt[:2]]
        self.under_way.append(request)
        self.most = max(self.most, len(self.under_way))
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
        finally:
            self.under_way.remove(request)
        if fails:
            raise BadCompletionError("x")
        assert request.allowance is not None
        most = request.max_tokens if received < 30 else request.allowance - 10  # in a second try
        return Completion("a", Usage(10, min(received, most)))

    async def close(self) -> None:
        """Hold nothing."""


LIMIT = 90
CALLS = st.tuples(  # community, longest answer, turns until it, its length, fails, cancelled after
    *(st.sampled_from([A, B]), st.integers(1, 40), st.integers(0, 6), st.integers(0, 40)),
    *(st.booleans(), st.none() | st.integers(0, 12)),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=st.lists(CALLS, min_size=2, max_size=12), concurrent=st.integers(1, 4))
def test_no_mixture_of_calls_overruns_a_budget(
    database: Database,
    calls: list[tuple[CommunityId, int, int, int, bool, int | None]],
    concurrent: int,
) -> None:
    clock = ManualClock(MONDAY_MORNING)
    whim = Whim({f"{n:02}": (call[2], call[3], call[4]) for n, call in enumerate(calls)})
    chosen = ModelSettings(tokens_per_day=LIMIT, concurrent=concurrent)

    async def one(counted: Metered, number: int) -> None:
        community, longest, *_, cancelled_after = calls[number]
        request = asks(community, longest, f"{number:02}".ljust(30))
        task = asyncio.create_task(counted.complete(request))
        for _ in range(cancelled_after or 0):
            await asyncio.sleep(0)
        if cancelled_after is not None:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def run() -> None:
        await database.write(lambda conn: conn.exec_driver_sql("DELETE FROM usage"))
        counted = Metered(whim, database, clock, chosen)
        await asyncio.gather(*(one(counted, number) for number in range(len(calls))))
        assert whim.most <= concurrent
        assert (counted.running, counted.waiting) == (0, 0)
        await all_written(database)  # by those who were cancelled while they waited for it as well
        for community in (A, B):
            spent = await database.read(partial(usage.spent, community=community, day=DAY))
            assert spent <= LIMIT
            if spent < LIMIT - 10:  # all that is left can be asked for: nothing stayed reserved
                whim.plans["le"] = (0, 0, False)
                last = asks(community, LIMIT - spent - 10, "left".ljust(30))
                await counted.complete(last)

    asyncio.run(run())


class QuickClock(SystemClock):
    """The machine's clock, whose waits take no time."""

    async def sleep(self, seconds: float) -> None:
        pass


USED_UP = {"prompt_tokens": 10, "completion_tokens": 10}
THINKS = says.answer(
    "", end="length", usage=USED_UP | {"completion_tokens_details": {"reasoning_tokens": 10}}
)
CUT_PROMPT = says.answer("a", usage={"prompt_tokens": 500, "completion_tokens": 2})


@pytest.mark.parametrize(
    ("behaviours", "prompt", "sent", "received", "fails"),
    [
        ([], PROMPT, 12, 3, False),
        ([THINKS], PROMPT, 22, 13, False),
        ([THINKS, THINKS], PROMPT, 20, 20, True),
        ([CUT_PROMPT], "word " * 2000, 500, 2, True),
        ([says.HUNG_UP], PROMPT, 22, 13, False),
        ([says.failure(503), says.rate_limit()], PROMPT, 12, 3, False),
        ([says.BROKEN], PROMPT, 10, 10, True),
        ([says.WRONG_KEY], PROMPT, 0, 0, True),
        ([says.OVERFLOW], PROMPT, 0, 0, True),
    ],
)
async def test_each_try_at_a_server_counts(
    database: Database,
    clock: ManualClock,
    behaviours: list[Behaviour],
    prompt: str,
    sent: int,
    received: int,
    fails: bool,
) -> None:
    with ModelServer("the answer") as server:
        server.then(*behaviours)
        chosen = ModelSettings(kind="hosted", base_url=server.base_url, model="m")
        counted = metered(HostedModel(chosen, QuickClock()), database, clock, 20_000)
        (outcome,) = await asyncio.gather(
            counted.complete(asks(A, prompt=prompt)), return_exceptions=True
        )
        await counted.close()
    assert isinstance(outcome, ModelError if fails else Completion)
    assert await used(database) == [Used(A, "answer", 1, int(fails), sent, received, 0)]


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_that_a_server_does_overruns_a_budget(
    database: Database, clock: ManualClock, seed: int
) -> None:
    fates = random.Random(seed).choices(["thinks", "fails", "hangs up", "answers"], k=60)
    paid = 0

    def spend(body: dict[str, Any]) -> Reply:
        nonlocal paid
        fate = fates.pop() if fates else "answers"
        if fate == "fails":
            return says.failure(503)
        bound = body["max_tokens"]
        paid += 10 + bound
        usage = {"prompt_tokens": 10, "completion_tokens": bound}
        details = {"completion_tokens_details": {"reasoning_tokens": bound}}
        if fate == "thinks":
            return says.answer("", end="length", usage=usage | details)
        return says.HUNG_UP if fate == "hangs up" else says.answer("a", usage=usage)

    limit = 50_000
    with ModelServer(spend) as server:
        chosen = ModelSettings(kind="hosted", base_url=server.base_url, model="m")
        counted = metered(HostedModel(chosen, QuickClock()), database, clock, limit, concurrent=3)
        calls = (counted.complete(asks(A, 1500)) for _ in range(40))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        await counted.close()
    (row,) = await used(database)
    assert limit // 2 < paid <= row.sent + row.received <= limit
    assert {type(each) for each in outcomes} >= {ModelBudgetError, Completion}
