"""What calls of a language model use: counted and bounded, for each community and day."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    ModelBudgetError,
    ModelBusyError,
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
    StorageError,
    for_log,
)
from learncomm_agent.llm.guarding import Guarded
from learncomm_agent.llm.model import ROOM_TO_THINK, Completion, LanguageModel, Request, Usage
from learncomm_agent.llm.tally import used
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.log import logger
from learncomm_agent.settings import ModelSettings
from learncomm_agent.storage import usage as rows
from learncomm_agent.storage.database import Database

TURN_S = 30
"""How long a call waits for its turn. Whoever asks would rather have the members' own words soon, and
where the model hangs, no more than so many seconds of it are spent on each call."""

_log = logger(__name__)


@dataclass(slots=True)
class _Ledger:
    """What one community has used, and reserved for calls under way, on one day."""

    day: str
    spent: int
    reserved: int = 0


class Metered:
    """A language model that keeps each community to its tokens a day, and runs so many calls at once.

    When it is a call's turn, its prompt (by estimate) and its longest possible answer are reserved,
    and as much again with room to think, or its share of what is left: that is its allowance, should
    the model have to ask its server again. So calls under way at the same time can't overrun the
    budget together. Afterwards what the model reports counts, all tries together, or the estimate where it
    reports nothing. Where a prompt is more tokens than estimated, the last calls of a day may
    overrun by that. A day begins at midnight in UTC; a call counts on the day on which it was asked for.

    A call that failed counts with what the model says that it has used; where it says nothing, with
    its prompt, and its longest answer unless the model could not be reached, and with nothing where
    the prompt was refused as too long. A call before its turn has cost nothing.

    Budgets are apart, turns are shared: first come, first served, whatever the community, and who has
    waited for `TURN_S` waits no longer.
    """

    def __init__(
        self, model: LanguageModel, database: Database, clock: Clock, chosen: ModelSettings
    ) -> None:
        """Stand before a model.

        Args:
            model: What completes; closed with this.
            database: Where usage is recorded, and read again after a restart.
            clock: Tells the day.
            chosen: `concurrent` and `tokens_per_day`.
        """
        self.name = model.name
        self._model = Guarded(model)
        self._database = database
        self._clock = clock
        self._limit = chosen.tokens_per_day
        self._concurrent = chosen.concurrent
        self._slots = asyncio.Semaphore(chosen.concurrent)
        self._ledgers: dict[CommunityId, _Ledger] = {}
        self._opening = asyncio.Lock()
        self._waiting = 0
        self._running = 0

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return self._waiting

    @property
    def running(self) -> int:
        """How many calls are with the model."""
        return self._running

    async def complete(self, request: Request) -> Completion:
        """Have the model answer, if the community's budget allows; see `LanguageModel.complete`.

        Raises:
            ModelBudgetError: It does not fit into what is left today; nothing was sent.
            ModelBusyError: Its turn did not come; nothing was sent.
        """
        ledger = await self._ledger(request.community)
        self._check(ledger, request, ledger.spent)  # what is spent stays so: no need to wait
        async with self._turn():
            with self._reserved(ledger, request) as allowance:
                usage, outcome = await self._call(replace(request, allowance=allowance))
                ledger.spent += usage.sent + usage.received
        await self._record(request, ledger.day, usage, is_failed=isinstance(outcome, BaseException))
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Close the model."""
        await self._model.close()

    async def _ledger(self, community: CommunityId) -> _Ledger:
        """Return today's ledger, begun with what was recorded before a restart.

        From then on the count in memory is the one that bounds: between a snapshot of the database
        and its arrival here, another call may have ended.
        """
        async with self._opening:  # or two calls would each begin a ledger
            today = self._clock.now().date().isoformat()
            ledger = self._ledgers.get(community)
            if ledger is None or ledger.day < today:
                ledger = _Ledger(today, await self._spent(community, today))
                self._ledgers[community] = ledger
            return ledger

    async def _spent(self, community: CommunityId, day: str) -> int:
        if self._limit is None:
            return 0
        try:
            return await self._database.read(lambda conn: rows.spent(conn, community, day))
        except StorageError as error:
            raise ModelUnavailableError("what was spent can't be read") from error

    def _check(self, ledger: _Ledger, request: Request, taken: int) -> None:
        tokens = _least(request)
        if self._limit is not None and taken + tokens > self._limit:
            raise ModelBudgetError(
                f"community {request.community!r} asks for {tokens} tokens, has used"
                f" {ledger.spent} and reserved {ledger.reserved} of {self._limit} on {ledger.day}"
            )

    @contextmanager
    def _reserved(self, ledger: _Ledger, request: Request) -> Iterator[int | None]:
        """Keep a call's allowance from others; None where there is no budget."""
        if self._limit is None:
            yield None
            return
        taken = ledger.spent + ledger.reserved
        self._check(ledger, request, taken)
        least = _least(request)
        share = (self._limit - taken - least) // self._concurrent  # others may have a turn as well
        allowance = least + min(share, least + ROOM_TO_THINK)
        ledger.reserved += allowance
        try:
            yield allowance
        finally:
            ledger.reserved -= allowance

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            turn = self._slots.acquire()
            await self._clock.idle(turn, "a turn with the language model", timeout_s=TURN_S)
        except TimeoutError as error:
            raise ModelBusyError(
                f"no turn within {TURN_S} s: {self._running} run, {self._waiting} wait"
            ) from error
        finally:
            self._waiting -= 1
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._slots.release()

    async def _call(
        self, request: Request
    ) -> tuple[Usage, Completion | ModelError | asyncio.CancelledError]:
        """Return what was used, and the answer or what came instead."""
        try:
            completion = await self._model.complete(request)
        except (ModelError, asyncio.CancelledError) as error:  # raised again once it is counted
            return _cost(request, error), error
        told = completion.usage
        counted = used(request.prompt, completion.text, told.sent, told.received, told.cached)
        return counted, completion

    async def _record(self, request: Request, day: str, counted: Usage, *, is_failed: bool) -> None:
        # The write is in the database's queue before anything is waited for: being cancelled here,
        # once or twice, loses nothing.
        try:
            await self._database.write(
                lambda conn: rows.record(
                    conn,
                    request.community,
                    day=day,
                    model=self.name,
                    purpose=request.purpose,
                    sent=counted.sent,
                    received=counted.received,
                    cached=counted.cached,
                    is_failed=is_failed,
                )
            )
        except Exception as error:  # the answer is here, and worth more than its entry
            _log.error("usage not recorded", community=request.community, error=for_log(error))


def _least(request: Request) -> int:
    """Return what a call may use that is answered at once."""
    return estimate(request.prompt) + request.max_tokens


def _cost(request: Request, error: BaseException) -> Usage:
    """Return what a call that failed has used, or may have: rather too much than too little."""
    told = getattr(error, "tokens", None)
    if told is not None:
        return Usage(*told)
    if isinstance(error, PromptTooLongError | ModelBudgetError | ModelBusyError):
        return Usage(0, 0)
    answered = not isinstance(error, ModelUnavailableError)
    return Usage(estimate(request.prompt), request.max_tokens if answered else 0)
