"""What calls of a language model use: counted and bounded, for each community and day."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    ModelBudgetError,
    ModelUnavailableError,
    PromptTooLongError,
    StorageError,
    for_log,
)
from learncomm_agent.llm.model import Completion, LanguageModel, Request, Usage
from learncomm_agent.log import logger
from learncomm_agent.settings import ModelSettings
from learncomm_agent.storage import usage
from learncomm_agent.storage.database import Database

CHARS_A_TOKEN = 3
"""Few for prose in Latin letters, so that an estimate is rather too high; many for some other scripts."""

_log = logger(__name__)


def estimate(text: str) -> int:
    """Return about how many tokens a text is, rounded up."""
    return -(-len(text) // CHARS_A_TOKEN)


@dataclass(slots=True)
class _Ledger:
    """What one community has used, and reserved for calls under way, on one day."""

    day: str
    spent: int
    reserved: int = 0


class Metered:
    """A language model that keeps each community to its tokens a day, and runs so many calls at once.

    Before a call, its prompt (by estimate) and its longest possible answer are reserved, so that
    calls under way at the same time can't overrun the budget together; afterwards what the server
    reports counts, or the estimate where it reports nothing. Where a prompt is more tokens than
    estimated, the last calls of a day may overrun by that. A day begins at midnight in UTC; a call
    counts on the day on which it was asked for.

    A call that failed counts as well, since it may have cost: its prompt, and its longest answer
    unless the model could not be reached; nothing where the prompt was refused as too long. A call
    that was cancelled before its turn has cost nothing.

    Budgets are apart, turns are shared: first come, first served, whatever the community. Many
    calls of one make the others wait, but never shut them out.
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
        self._model = model
        self._database = database
        self._clock = clock
        self._limit = chosen.tokens_per_day
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
        """
        ledger = await self._ledger(request.community)
        with self._reserved(ledger, request):
            async with self._turn():
                used, outcome = await self._call(request)
            ledger.spent += used.sent + used.received
        await self._record(request, ledger.day, used, is_failed=isinstance(outcome, BaseException))
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
            return await self._database.read(lambda conn: usage.spent(conn, community, day))
        except StorageError as error:
            raise ModelUnavailableError("what was spent can't be read") from error

    @contextmanager
    def _reserved(self, ledger: _Ledger, request: Request) -> Iterator[None]:
        tokens = estimate(request.prompt) + request.max_tokens
        if self._limit is not None and ledger.spent + ledger.reserved + tokens > self._limit:
            raise ModelBudgetError(
                f"community {request.community!r} asks for {tokens} tokens, has used"
                f" {ledger.spent} and reserved {ledger.reserved} of {self._limit} on {ledger.day}"
            )
        ledger.reserved += tokens
        try:
            yield
        finally:
            ledger.reserved -= tokens

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            await self._clock.idle(self._slots.acquire(), "a turn with the language model")
        finally:
            self._waiting -= 1
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._slots.release()

    async def _call(self, request: Request) -> tuple[Usage, Completion | BaseException]:
        """Return what was used, and the answer or what came instead."""
        try:
            completion = await self._model.complete(request)
        except (Exception, asyncio.CancelledError) as error:  # raised again once it is counted
            return _cost(request, error), error
        return _told(request, completion), completion

    async def _record(self, request: Request, day: str, used: Usage, *, is_failed: bool) -> None:
        # The write is in the database's queue before anything is waited for: being cancelled here,
        # once or twice, loses nothing.
        try:
            await self._database.write(
                lambda conn: usage.record(
                    conn,
                    request.community,
                    day=day,
                    model=self.name,
                    purpose=request.purpose,
                    sent=used.sent,
                    received=used.received,
                    cached=used.cached,
                    is_failed=is_failed,
                )
            )
        except Exception as error:  # the answer is here, and worth more than its entry
            _log.error("usage not recorded", community=request.community, error=for_log(error))


def _told(request: Request, completion: Completion) -> Usage:
    """Return what the server reports; an estimate where it reports nothing, or nonsense."""
    told = completion.usage
    if told.sent > 0 and told.received >= 0:
        return told
    return Usage(estimate(request.prompt), estimate(completion.text))


def _cost(request: Request, error: BaseException) -> Usage:
    """Return what a call that failed may have cost, rather too much than too little."""
    if isinstance(error, PromptTooLongError | ModelBudgetError):
        return Usage(0, 0)
    answered = not isinstance(error, ModelUnavailableError)
    return Usage(estimate(request.prompt), request.max_tokens if answered else 0)
