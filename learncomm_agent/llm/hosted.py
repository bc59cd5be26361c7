"""A language model behind any server that speaks OpenAI's chat completions, hosted or one's own."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import tenacity

from learncomm_agent.clock import Clock
from learncomm_agent.errors import ModelBudgetError, ModelError, ModelUnavailableError
from learncomm_agent.llm import answering, dialect, failures
from learncomm_agent.llm.answering import Answer
from learncomm_agent.llm.dialect import Dialect
from learncomm_agent.llm.model import ROOM_TO_THINK, Completion, Request
from learncomm_agent.llm.tally import Tally
from learncomm_agent.log import logger
from learncomm_agent.settings import ModelSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

_log = logger(__name__)

_TRIES = 6
_LONGEST_WAIT_S = 20.0
_NO_KEY = "none"
"""The SDK refuses to start without a key; servers of one's own ask for none."""
_LEAST_ROOM = 1_000
"""With less to think in, a model that thinks would most likely be cut again."""


class HostedModel:
    """A `LanguageModel` behind a server; connects when it is first asked.

    What servers differ in is learned and kept: how they call the bound of an answer, whether the
    model needs room to think within it, whether they stream and count, and for which purposes they
    refuse a schema. Prompts leave this machine where the server is another one.

    What is refused, or fails before an answer begins, is tried again; an answer that has begun is
    never asked for twice, nor one that did not begin in `timeout_s`: it has cost already. Each try is
    counted, and none is begun that does not fit into the request's allowance.
    """

    def __init__(self, chosen: ModelSettings, clock: Clock) -> None:
        """Keep how to reach it; nothing is opened yet.

        Args:
            chosen: With the model's name; `hosted` settings have checked that.
            clock: For the waits between tries, and the deadline of each call.
        """
        self.name = chosen.model or ""
        self._chosen = chosen
        self._clock = clock
        self._dialect = Dialect("max_tokens" if chosen.base_url else "max_completion_tokens")
        self._without_schema: set[str] = set()
        self._opening = asyncio.Lock()
        self._opened: AsyncOpenAI | None = None

    async def complete(self, request: Request) -> Completion:
        """Return the model's answer; see `LanguageModel.complete`.

        What may pass by itself is tried again, for `deadline_s` in all.
        """
        tally = Tally(request)
        try:
            answer = await self._in_time(request, tally)
            text = answering.checked(answer, request, self.name)
        except ModelError as error:
            error.tokens = (tally.total.sent, tally.total.received)
            raise
        except asyncio.CancelledError as error:  # whoever cancelled it is told the same way
            error.tokens = (tally.total.sent, tally.total.received)  # type: ignore[attr-defined]
            raise
        usage = tally.total
        _log.info(
            "model answered",
            purpose=request.purpose,
            sent=usage.sent,
            cached=usage.cached,
            received=usage.received,
        )
        return Completion(text, usage)

    async def close(self) -> None:
        """Let go of the connections; the next call opens new ones, and so does one not yet answered."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    def takes_schema(self, purpose: str) -> bool:
        """Whether the server has refused no schema for this purpose so far."""
        return purpose not in self._without_schema

    async def _in_time(self, request: Request, tally: Tally) -> Answer:
        deadline_s = self._chosen.deadline_s
        try:
            return await self._clock.idle(
                self._repeated(request, tally), "language model", timeout_s=deadline_s
            )
        except TimeoutError as error:
            raise ModelUnavailableError(
                f"{self.name!r} did not answer within {deadline_s} s",
                phrase="error.model_unreachable",
            ) from error

    async def _repeated(self, request: Request, tally: Tally) -> Answer:
        """Ask until it answers, refuses for good, or no time or allowance is left for another try."""
        started = self._clock.now()

        def is_hopeless(state: tenacity.RetryCallState) -> bool:
            passed = (self._clock.now() - started).total_seconds()
            late = passed + state.upcoming_sleep >= self._chosen.deadline_s
            is_spent = tally.left is not None and tally.left < 0
            return late or is_spent or state.attempt_number >= _TRIES

        attempts = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(failures.passes_by_itself),
            wait=lambda state: _wait(state, self._clock.now()),
            stop=is_hopeless,
            sleep=self._clock.sleep,
            before_sleep=lambda state: _log.info(
                "model asked again",
                purpose=request.purpose,
                tries=state.attempt_number,
                wait_s=round(state.upcoming_sleep, 1),
                reason=type(_failure(state)).__name__,
            ),
            reraise=True,
        )
        try:
            return await attempts(self._asked, request, tally)
        except failures.failures() as error:
            raise failures.translated(error, self.name) from error

    async def _asked(self, request: Request, tally: Tally) -> Answer:
        """Ask once, and again in another way where the server does not take the first.

        Raises:
            ModelError: An answer had begun, so that this is the end.
            Exception: One of `failures.failures()`; it may be worth another try.
        """
        import openai

        has_schema = request.schema is not None and self.takes_schema(request.purpose)
        has_lengths = self._dialect.has_lengths and dialect.has_lengths(request.schema)
        spoken = first = replace(self._dialect, has_schema=has_schema, has_lengths=has_lengths)
        while True:
            try:
                answer = await self._answer(request, tally, spoken)
            except openai.APIStatusError as error:
                other = spoken.without(error, first)
                if other is None:
                    raise
                spoken = other
                continue
            if spoken.thinks or not answer.was_cut_in_thought or _room(tally) < _LEAST_ROOM:
                self._learn(request, first, spoken, answer)
                return answer
            spoken = replace(spoken, thinks=True)

    async def _answer(self, request: Request, tally: Tally, spoken: Dialect) -> Answer:
        room = _room(tally) if spoken.thinks else 0
        if spoken.thinks and room < _LEAST_ROOM:
            raise ModelBudgetError(f"{self.name!r} thinks first, and there is no room left for it")
        client = await self._client()
        tally.begin(room)
        try:
            stream = await self._sent(client, request, spoken, room)
        except failures.failures() as error:
            if not failures.was_sent(error):
                tally.refuse()
            raise
        try:
            answer = await answering.read(stream, request.on_text)
        except failures.failures() as error:
            raise failures.translated(error, self.name) from error
        tally.end(answer.usage(request.prompt))
        return answer

    async def _sent(
        self, client: "AsyncOpenAI", request: Request, spoken: Dialect, room: int
    ) -> "AsyncStream[object]":
        """Send a request, and come back when an answer begins.

        The SDK is asked the plain way, for JSON as it comes: its own classes stumble over less.
        """
        import httpx2
        import openai

        # What is not streamed is silent until it is whole, so only the deadline ends it.
        silence_s = self._chosen.timeout_s if spoken.is_streamed else self._chosen.deadline_s
        return await client.post(
            "/chat/completions",
            body=spoken.body(request, self.name, room),
            cast_to=object,
            stream=True,
            stream_cls=openai.AsyncStream[object],
            options={"timeout": httpx2.Timeout(self._chosen.timeout_s, read=silence_s)},
        )

    def _learn(self, request: Request, first: Dialect, took: Dialect, answer: Answer) -> None:
        """Keep what the server took, for the next calls."""
        known = self._dialect
        self._dialect = Dialect(
            took.limit,
            thinks=known.thinks or took.thinks,
            is_streamed=known.is_streamed
            and took.is_streamed
            and (answer.is_streamed or not answer.has_choices),
            is_counted=known.is_counted and took.is_counted,
            has_lengths=known.has_lengths
            and (took.has_lengths or not (first.has_lengths and took.has_schema)),
        )
        if first.has_schema and not took.has_schema:
            self._without_schema.add(request.purpose)
            _log.warning("model takes no schema", purpose=request.purpose)

    async def _client(self) -> "AsyncOpenAI":
        async with self._opening:
            if self._opened is None:
                self._opened = await asyncio.to_thread(connect, self._chosen)
            return self._opened


def connect(chosen: ModelSettings) -> "AsyncOpenAI":
    """Make the SDK's client; takes a while the first time, as the SDK is large.

    Raises:
        ModelUnavailableError: There is no key, or none that can be sent.
    """
    import openai

    key = chosen.key.get_secret_value().strip() if chosen.key else ""
    if not key and chosen.base_url is None:
        raise ModelUnavailableError("no key for the language model", phrase="error.model_key")
    if not (key.isascii() and key.isprintable()):
        raise ModelUnavailableError("a key that can't be sent", phrase="error.model_key")
    try:
        return openai.AsyncOpenAI(
            base_url=chosen.base_url,
            api_key=key or _NO_KEY,
            timeout=chosen.timeout_s,
            max_retries=0,
        )
    except failures.failures() as error:
        raise failures.translated(error, chosen.model or "") from error


def _wait(state: tenacity.RetryCallState, now: datetime) -> float:
    """As long as the server asks for, else longer each time; the deadline bounds both."""
    asked = failures.asked_wait_s(_failure(state), now)
    if asked is not None:
        return asked
    return tenacity.wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT_S)(state)


def _failure(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _room(tally: Tally) -> int:
    """Return how much a model may think beside its answer in the next try."""
    return ROOM_TO_THINK if tally.left is None else min(ROOM_TO_THINK, tally.left)
