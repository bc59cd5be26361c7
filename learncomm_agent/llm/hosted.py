"""A language model behind any server that speaks OpenAI's chat completions, hosted or one's own."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import tenacity

from learncomm_agent.clock import Clock
from learncomm_agent.errors import BadCompletionError, ModelUnavailableError, PromptTooLongError
from learncomm_agent.llm import failures
from learncomm_agent.llm.model import Completion, Request, Usage
from learncomm_agent.log import logger
from learncomm_agent.settings import ModelSettings

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

_log = logger(__name__)

_TRIES = 6
_LONGEST_WAIT_S = 20.0
_NO_KEY = "none"
"""The SDK refuses to start without a key; servers of one's own ask for none."""
_LIMITS = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
"""What bounds the answer, each with its other name. OpenAI's newer models take the first alone; some
other servers take the second alone, and the worst of them overlook the first without a word."""
_SCHEMA_WORDS = ("response_format", "schema", "grammar", "structured")
_WHOLE = frozenset({"", "stop", "eos", "eos_token", "end_turn", "stop_sequence"})
"""How servers name the end of an answer that is whole."""
_CHARS_A_TOKEN = 3
"""Fewer than in any text that members write in an alphabet, so an estimate errs upwards."""
_CHARS_A_TOKEN_AT_MOST = 8
"""No prose has more; a server that counted fewer tokens has not read all."""
_TOO_SHORT_TO_JUDGE = 4_000
_MOST_TOKENS = 10**9
_ROOM_TO_THINK = 8_000
"""Beside the answer, for a model that was seen to think first and was cut meanwhile."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How a request is put to a server; servers differ in what they take."""

    limit: str
    room: int = 0
    has_schema: bool = True

    def arguments(self, request: Request, model: str) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "user", "content": _clean(request.prompt)}],
            self.limit: request.max_tokens + self.room,
        }
        if self.has_schema and request.schema is not None:
            name = re.sub(r"[^a-zA-Z0-9_-]", "_", request.purpose)[:64] or "answer"
            schema = {"name": name, "strict": True, "schema": dict(request.schema)}
            arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
        return arguments

    def without(self, refused: "APIStatusError", first: "_Form") -> "_Form | None":
        """Return the form without what was refused; None where there is no other way to put it."""
        if self.has_schema and failures.refuses(refused, *_SCHEMA_WORDS):
            return replace(self, has_schema=False)
        if self.limit == first.limit and failures.refuses(refused, self.limit):
            return replace(self, limit=_LIMITS[self.limit])
        return None


class HostedModel:
    """A `LanguageModel` behind a server; connects when it is first asked.

    What servers differ in is learned and kept: how they call the bound of an answer, whether the
    model needs room to think within it, and for which purposes they refuse a schema. Where they
    report no usage, it is estimated at three characters a token, rounded up, so that a budget ends
    too early rather than too late. Prompts leave this machine where the server is another one.
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
        self._form = _Form("max_tokens" if chosen.base_url else "max_completion_tokens")
        self._without_schema: set[str] = set()
        self._opening = asyncio.Lock()
        self._opened: AsyncOpenAI | None = None

    async def complete(self, request: Request) -> Completion:
        """Return the model's answer; see `LanguageModel.complete`.

        What may pass by itself is tried again, for `deadline_s` in all.
        """
        deadline_s = self._chosen.deadline_s
        try:
            answer = await self._clock.idle(
                self._repeated(request), "language model", timeout_s=deadline_s
            )
        except TimeoutError as error:
            raise ModelUnavailableError(
                f"{self.name!r} did not answer within {deadline_s} s",
                phrase="error.model_unreachable",
            ) from error
        completion = _read(answer, request, self.name)
        _log.info(
            "model answered",
            purpose=request.purpose,
            sent=completion.usage.sent,
            cached=completion.usage.cached,
            received=completion.usage.received,
        )
        return completion

    async def close(self) -> None:
        """Let go of the connections; the next call opens new ones, and so does one under way."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    def takes_schema(self, purpose: str) -> bool:
        """Whether the server has refused no schema for this purpose so far."""
        return purpose not in self._without_schema

    async def _repeated(self, request: Request) -> object:
        """Ask until it answers, refuses for good, or there is no time left for another try."""
        started = self._clock.now()

        def is_hopeless(state: tenacity.RetryCallState) -> bool:
            passed = (self._clock.now() - started).total_seconds()
            late = passed + state.upcoming_sleep >= self._chosen.deadline_s
            return late or state.attempt_number >= _TRIES

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
            return await attempts(self._asked, request)
        except failures.failures() as error:
            raise failures.translated(error, self.name) from error

    async def _asked(self, request: Request) -> object:
        """Ask once, and again in another form where the server does not take the first."""
        import openai

        client = await self._client()
        has_schema = request.schema is not None and self.takes_schema(request.purpose)
        form = first = replace(self._form, has_schema=has_schema)
        while True:
            try:
                answer = await client.chat.completions.create(**form.arguments(request, self.name))
            except openai.APIStatusError as error:
                other = form.without(error, first)
                if other is None:
                    raise
                form = other
            else:
                if form.room or not _was_cut_in_thought(answer):
                    self._learn(request, first, form)
                    return answer
                form = replace(form, room=_ROOM_TO_THINK)

    def _learn(self, request: Request, first: _Form, took: _Form) -> None:
        """Keep what the server took, for the next calls."""
        self._form = _Form(took.limit, max(took.room, self._form.room))
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


def _read(answer: object, request: Request, name: str) -> Completion:
    """Check what came back; the SDK checks nothing of it."""
    choices = getattr(answer, "choices", None)
    if not isinstance(choices, list):  # a web page, or something else that lives at this address
        raise ModelUnavailableError(
            f"{name!r} did not answer as a language model does", phrase="error.model_unreachable"
        )
    choice = choices[0] if choices else None
    message = getattr(choice, "message", None)
    text, refusal = getattr(message, "content", None), getattr(message, "refusal", None)
    end = str(getattr(choice, "finish_reason", None) or "").lower()
    if refusal or end == "content_filter":
        raise BadCompletionError(f"{name!r} declined to answer")
    if choices and end not in _WHOLE:
        raise BadCompletionError(f"{name!r} did not answer to the end of {request.max_tokens}")
    if not isinstance(text, str) or not text.strip():
        raise BadCompletionError(f"{name!r} answered nothing")
    usage = _usage(getattr(answer, "usage", None), request.prompt, text)
    read = usage.sent + usage.cached
    if len(request.prompt) > max(_TOO_SHORT_TO_JUDGE, _CHARS_A_TOKEN_AT_MOST * read):
        raise PromptTooLongError(f"{name!r} has read only {read} tokens of its prompt")
    return Completion(_clean(text), usage)


def _usage(reported: object, prompt: str, text: str) -> Usage:
    details = getattr(reported, "prompt_tokens_details", None)
    return Usage(
        sent=_count(reported, "prompt_tokens") or -(-len(prompt) // _CHARS_A_TOKEN),
        received=_count(reported, "completion_tokens") or -(-len(text) // _CHARS_A_TOKEN),
        cached=_count(details, "cached_tokens"),
    )


def _count(reported: object, key: str) -> int:
    count = getattr(reported, key, None)
    return count if isinstance(count, int) and 0 < count < _MOST_TOKENS else 0


def _was_cut_in_thought(answer: object) -> bool:
    """Whether the bound of the answer was used up by what the model thinks before it answers."""
    choices = getattr(answer, "choices", None)
    end = (
        getattr(choices[0], "finish_reason", None)
        if isinstance(choices, list) and choices
        else None
    )
    details = getattr(getattr(answer, "usage", None), "completion_tokens_details", None)
    return end == "length" and _count(details, "reasoning_tokens") > 0


def _clean(text: str) -> str:
    """Put `?` for halves of characters, which can be neither sent nor kept."""
    return text.encode("utf-8", "replace").decode()
