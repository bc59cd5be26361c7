import asyncio
import json
import logging
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.errors import (
    BadCompletionError,
    ModelBudgetError,
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
)
from learncomm_agent.llm.hosted import HostedModel
from learncomm_agent.llm.model import Completion, LanguageModel, Request, Usage
from learncomm_agent.settings import ModelSettings
from learncomm_agent.testing import model_server as says
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.model_server import MODEL, Behaviour, ModelServer, Reply

PROMPT = "Ana wrote something private."
SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
KEY = "sk-very-secret"
GOOD = "the answer"
NO_ADDRESSES = ["http://[::x/v1", "http://127.0.0.1:x/v1", "http://127.0.0.1:99999/v1"]
HALF = json.loads('"\\ud800"')


class QuickClock(SystemClock):
    """The machine's clock, whose waits take no time and are counted."""

    def __init__(self) -> None:
        self.naps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)


def request(prompt: str = PROMPT, *, purpose: str = "answer", schema: bool = False) -> Request:
    return Request(prompt, purpose, CommunityId(1), 50, SCHEMA if schema else None)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(GOOD) as server:
        yield server


@pytest.fixture
def quick() -> QuickClock:
    return QuickClock()


Connect = Callable[..., HostedModel]


@pytest.fixture
async def connect(server: ModelServer, quick: QuickClock) -> AsyncIterator[Connect]:
    made: list[HostedModel] = []

    def connect(clock: Clock = quick, **chosen: Any) -> HostedModel:
        chosen = {"base_url": server.base_url, "model": MODEL, "key": KEY} | chosen
        made.append(HostedModel(ModelSettings(kind="hosted", **chosen), clock))
        return made[-1]

    yield connect
    for model in made:
        await model.close()


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_true():  # noqa: ASYNC110 - the server runs in a thread
            await asyncio.sleep(0.002)


async def failure_of(model: HostedModel, asked: Request | None = None) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.complete(asked or request())
    return caught.value


async def test_a_prompt_is_sent_and_answered(server: ModelServer, connect: Connect) -> None:
    model: LanguageModel = connect()
    assert await model.complete(request()) == Completion(GOOD, Usage(12, 3))
    assert model.name == MODEL
    assert server.requests == [
        {
            "model": MODEL,
            "messages": [{"role": "user", "content": PROMPT}],
            "max_tokens": 50,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]
    assert server.keys == [f"Bearer {KEY}"]


async def test_a_schema_is_sent_strictly_under_the_name_of_its_purpose(
    server: ModelServer, connect: Connect
) -> None:
    await connect().complete(request(purpose="write a summary", schema=True))
    assert server.requests[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "write_a_summary", "strict": True, "schema": SCHEMA},
    }


async def test_a_server_of_ones_own_needs_no_key(server: ModelServer, connect: Connect) -> None:
    await connect(key=None).complete(request())
    assert server.keys == ["Bearer none"]


@pytest.mark.parametrize("chosen", [{"base_url": None, "key": None}, {"key": "schlüssel"}])
async def test_without_a_key_that_can_be_sent_it_is_unavailable(
    server: ModelServer, connect: Connect, chosen: dict[str, Any]
) -> None:
    error = await failure_of(connect(**chosen))
    assert isinstance(error, ModelUnavailableError)
    assert error.advice.phrase == "error.model_key"
    assert server.keys == []


async def test_the_vendors_own_server_is_told_the_bound_by_its_newer_name(
    server: ModelServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    await connect(base_url=None).complete(request())
    assert server.requests[0]["max_completion_tokens"] == 50


@pytest.mark.parametrize(
    ("behaviour", "kind", "phrase"),
    [
        (says.WRONG_KEY, ModelUnavailableError, "error.model_key"),
        (says.failure(403), ModelUnavailableError, "error.model_key"),
        (says.UNKNOWN_MODEL, ModelUnavailableError, "error.model_unknown"),
        (says.OUT_OF_QUOTA, ModelUnavailableError, "error.model_quota"),
        (says.failure(402, "Insufficient Balance"), ModelUnavailableError, "error.model_quota"),
        (says.failure(400, "bad"), BadCompletionError, "error.model"),
        (says.failure(501, "bad"), ModelUnavailableError, "error.model"),
        (Reply("busy", 418, kind="text/plain"), ModelUnavailableError, "error.model"),
        (Reply('{"error": null}', 400), BadCompletionError, "error.model"),
        (Reply("[1]", 400), BadCompletionError, "error.model"),
        (
            Reply('{"error": {"message": [], "code": [1], "type": {}, "param": 3}}', 400),
            BadCompletionError,
            "error.model",
        ),
        (says.OVERFLOW, PromptTooLongError, "error.model"),
        (says.OWN_OVERFLOW, PromptTooLongError, "error.model"),
        (
            says.failure(400, "This model's maximum context length is 9 tokens", code=400),
            PromptTooLongError,
            "error.model",
        ),
        (says.failure(413), PromptTooLongError, "error.model"),
        (
            says.failure(429, "Request too large for it on tokens per min", code="tokens"),
            PromptTooLongError,
            "error.model",
        ),
        (says.LENGTH, BadCompletionError, "error.model"),
        (says.answer(GOOD, end="error"), BadCompletionError, "error.model"),
        (says.FILTERED, BadCompletionError, "error.model"),
        (says.refused("I can't help with that."), BadCompletionError, "error.model"),
        (says.NO_CHOICES, BadCompletionError, "error.model"),
        (says.NO_CONTENT, BadCompletionError, "error.model"),
        (says.answer(" \n"), BadCompletionError, "error.model"),
        (says.CUT, BadCompletionError, "error.model"),
        (Reply(""), BadCompletionError, "error.model"),
        (Reply("[" * 100_000), BadCompletionError, "error.model"),
        (says.WEB_PAGE, ModelUnavailableError, "error.model_unreachable"),
        (Reply("null"), ModelUnavailableError, "error.model_unreachable"),
        (Reply("[1, 2]"), ModelUnavailableError, "error.model_unreachable"),
        (Reply('{"error": {"message": "x"}}'), ModelUnavailableError, "error.model_unreachable"),
        (Reply('{"choices": null}'), ModelUnavailableError, "error.model_unreachable"),
        (Reply('{"choices": [null]}'), BadCompletionError, "error.model"),
        (Reply('{"choices": ["text"]}'), BadCompletionError, "error.model"),
        (Reply('{"choices": [{"message": "text"}]}'), BadCompletionError, "error.model"),
        (Reply('{"choices": [{"message": {"content": [1]}}]}'), BadCompletionError, "error.model"),
    ],
)
async def test_what_does_not_pass_by_itself_is_not_repeated(
    server: ModelServer,
    connect: Connect,
    quick: QuickClock,
    behaviour: Behaviour,
    kind: type[ModelError],
    phrase: str,
) -> None:
    server.then(behaviour)
    error = await failure_of(connect())
    assert (type(error), error.advice.phrase) == (kind, phrase)
    assert (len(server.requests), quick.naps) == (1, [])


@pytest.mark.parametrize(
    "behaviour",
    [
        says.rate_limit(),
        says.failure(500),
        Reply("", 502),
        Reply("<html>", 503, kind="text/html"),
        says.failure(408),
        says.failure(409),
        says.HUNG_UP,
    ],
)
async def test_what_passes_by_itself_is_tried_again_a_little_later(
    server: ModelServer, connect: Connect, quick: QuickClock, behaviour: Behaviour
) -> None:
    server.then(behaviour, behaviour)
    assert (await connect().complete(request())).text == GOOD
    assert len(server.requests) == 3
    assert len(quick.naps) == 2
    assert all(0 <= nap <= 20 for nap in quick.naps)


@pytest.mark.parametrize("behaviour", [says.failure(500), says.HUNG_UP, says.rate_limit(1)])
async def test_a_server_that_stays_so_is_given_up(
    server: ModelServer, connect: Connect, quick: QuickClock, behaviour: Behaviour
) -> None:
    server.otherwise = behaviour
    assert isinstance(await failure_of(connect()), ModelUnavailableError)
    assert len(server.requests) == len(quick.naps) + 1 == 6


@pytest.mark.parametrize("behaviour", [says.SILENT, says.STALLED])
async def test_a_server_that_falls_silent_is_given_up_and_not_asked_again(
    server: ModelServer, behaviour: Behaviour
) -> None:
    server.otherwise = behaviour
    model = HostedModel(
        ModelSettings(kind="hosted", base_url=server.base_url, model=MODEL).model_copy(
            update={"timeout_s": 0.1}
        ),
        QuickClock(),
    )
    error = await failure_of(model)
    assert isinstance(error, ModelUnavailableError)
    assert error.tokens == (10, 50)
    await model.close()
    await until(lambda: server.hung_up == 1)
    assert len(server.requests) == 1


async def test_a_slow_stream_may_take_longer_than_the_silence_allowed(server: ModelServer) -> None:
    server.otherwise = says.DRIPPING
    model = HostedModel(
        ModelSettings(kind="hosted", base_url=server.base_url, model=MODEL).model_copy(
            update={"timeout_s": 0.2, "deadline_s": 0.6}
        ),
        SystemClock(),
    )
    error = await failure_of(model)
    assert "0.6 s" in str(error)  # and not the silence of 0.2
    assert len(server.requests) == 1
    await model.close()


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        (7, 7, 7),
        ("0.5", 0.5, 0.5),
        (-5, 0, 0),
        ("nan", 0, 20),
        ("soon", 0, 20),
        ("Wed, 21 Oct 2020 07:28:00 GMT", 0, 0),
        (timedelta(seconds=90), 30, 91),
    ],
)
async def test_it_waits_as_long_as_the_server_asks(
    server: ModelServer, connect: Connect, quick: QuickClock, after: object, least: float, most: int
) -> None:
    if isinstance(after, timedelta):  # as a date
        after = format_datetime(datetime.now(UTC) + after)
    server.then(says.rate_limit(after))
    await connect().complete(request())
    assert least <= quick.naps[0] <= most


@pytest.mark.parametrize("after", [300, 180, "inf"])
async def test_a_wait_beyond_the_deadline_is_not_begun(
    server: ModelServer, connect: Connect, quick: QuickClock, after: object
) -> None:
    server.then(says.rate_limit(after))
    assert isinstance(await failure_of(connect(deadline_s=180)), ModelUnavailableError)
    assert quick.naps == []


@pytest.mark.parametrize("behaviour", [says.DRIPPING, says.STALLED, says.SILENT])
async def test_the_deadline_ends_what_never_ends(
    server: ModelServer, connect: Connect, clock: ManualClock, behaviour: Behaviour
) -> None:
    server.then(behaviour)
    asking = asyncio.create_task(connect(clock, deadline_s=180).complete(request()))
    await until(lambda: len(server.requests) == 1)
    await clock.advance(179)
    assert not asking.done()
    await clock.advance(1)
    with pytest.raises(ModelUnavailableError, match="180 s"):
        await asking
    await until(lambda: server.hung_up == 1)


async def test_the_deadline_counts_waits_and_tries_together(
    server: ModelServer, connect: Connect, clock: ManualClock
) -> None:
    server.then(says.rate_limit(100), says.rate_limit(100))
    asking = asyncio.create_task(connect(clock, deadline_s=180).complete(request()))
    await until(lambda: clock.waiting == ("language model",) and len(server.requests) == 1)
    await until(lambda: clock.next_due == clock.now() + timedelta(seconds=100))
    await clock.advance(100)
    with pytest.raises(ModelUnavailableError, match="429"):
        await asking
    assert len(server.requests) == 2


async def test_cancelling_frees_the_connection(server: ModelServer, connect: Connect) -> None:
    server.then(says.SILENT)
    model = connect()
    asking = asyncio.create_task(model.complete(request()))
    await until(lambda: len(server.requests) == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: server.hung_up == 1)
    assert (await model.complete(request())).text == GOOD


async def test_many_calls_run_at_once(server: ModelServer, connect: Connect) -> None:
    meeting = threading.Barrier(20)

    def reply(body: dict[str, Any]) -> str:
        meeting.wait(10)
        return f"to {body['messages'][0]['content']}"

    server.otherwise = reply
    model = connect()
    answers = await asyncio.gather(*(model.complete(request(str(n))) for n in range(20)))
    assert [each.text for each in answers] == [f"to {n}" for n in range(20)]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", *NO_ADDRESSES])
async def test_an_address_where_nobody_answers_is_unavailable_and_costs_nothing(
    server: ModelServer, quick: QuickClock, url: str
) -> None:
    chosen = ModelSettings(kind="hosted", base_url=server.base_url, model=MODEL)
    error = await failure_of(HostedModel(chosen.model_copy(update={"base_url": url}), quick))
    assert isinstance(error, ModelUnavailableError)
    assert error.advice.phrase == "error.model_unreachable"
    assert error.tokens == (0, 0)


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_that_is_none_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(ValidationError, match="no http address"):
        ModelSettings(kind="hosted", base_url=url, model=MODEL)


async def test_a_wrong_path_is_named(server: ModelServer, connect: Connect) -> None:
    error = await failure_of(connect(base_url=server.base_url + "/else"))
    assert error.advice.phrase == "error.model_unknown"
    assert error.advice.values == {"model": MODEL}


@pytest.mark.parametrize(
    "said",
    [
        says.unsupported("max_tokens"),
        says.failure(422, "extra_forbidden: body, max_tokens"),
    ],
)
async def test_another_name_for_the_bound_is_learned(
    server: ModelServer, connect: Connect, said: Reply
) -> None:
    model = connect()
    server.then(said)
    await model.complete(request())
    await model.complete(request())
    bounds = [next(key for key in sent if key.startswith("max_")) for sent in server.requests]
    assert bounds == ["max_tokens", "max_completion_tokens", "max_completion_tokens"]


async def test_a_server_that_takes_neither_name_refuses_in_the_end(
    server: ModelServer, connect: Connect
) -> None:
    server.then(says.unsupported("max_tokens"), says.unsupported("max_completion_tokens"))
    assert "unsupported_parameter" in str(await failure_of(connect()))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "said",
    [
        says.NO_SCHEMA,
        says.failure(400, "Invalid schema", param="response_format"),
        says.failure(400, "failed to parse grammar", code=400),
        says.failure(422, "response_format.type `json_schema` is unavailable now"),
    ],
)
async def test_where_a_schema_is_refused_it_is_left_out_from_then_on(
    server: ModelServer, connect: Connect, said: Reply
) -> None:
    model = connect()
    assert model.takes_schema("answer")
    server.then(said)
    await model.complete(request(schema=True))
    await model.complete(request(schema=True))
    await model.complete(request(schema=True, purpose="another"))
    has_schema = ["response_format" in sent for sent in server.requests]
    assert has_schema == [True, False, False, True]
    assert not model.takes_schema("answer")
    assert model.takes_schema("another")


TEXT = {"type": "string", "maxLength": 9}
BOUNDED = {
    "type": "object",
    "properties": {"a": {"type": "array", "items": TEXT, "maxItems": 2}, "b": TEXT},
    "required": ["a", "b"],
    "additionalProperties": False,
}


async def test_where_lengths_are_refused_the_rest_of_the_schema_stays(
    server: ModelServer, connect: Connect
) -> None:
    model = connect()
    bounded = replace(request(schema=True), schema=BOUNDED)
    said = "In context=('properties', 'b'), 'maxLength' is not permitted."
    server.then(says.failure(400, said, param="response_format"))
    for _ in range(2):
        await model.complete(bounded)
    sent = [json.dumps(each["response_format"]) for each in server.requests]
    assert ["maxLength" in each for each in sent] == [True, False, False]
    assert all("maxItems" in each for each in sent)
    assert model.takes_schema("answer")
    # Where it is the schema itself that is refused, none is sent in the end, for this purpose alone.
    server.then(says.NO_SCHEMA)
    await model.complete(bounded)
    assert "response_format" not in server.requests[-1]


async def test_a_server_that_takes_no_schema_is_asked_without_it_at_the_third_try(
    server: ModelServer, connect: Connect
) -> None:
    model = connect()
    bounded = replace(request(schema=True), schema=BOUNDED)
    server.then(says.NO_SCHEMA, says.NO_SCHEMA)
    await model.complete(bounded)
    await model.complete(replace(bounded, purpose="another"))
    sent = [json.dumps(each.get("response_format", "")) for each in server.requests]
    assert ["maxLength" in each for each in sent] == [
        True,
        False,
        False,
        True,
    ]  # not learned of all


async def test_a_server_may_take_neither_the_schema_nor_the_bound(
    server: ModelServer, connect: Connect
) -> None:
    server.then(says.NO_SCHEMA, says.unsupported("max_tokens"))
    assert (await connect().complete(request(schema=True))).text == GOOD
    assert "max_tokens" not in server.requests[-1]
    assert "response_format" not in server.requests[-1]


async def test_an_overflow_that_names_the_bound_is_an_overflow(
    server: ModelServer, connect: Connect
) -> None:
    said = "maximum context length is 9 tokens, you asked for 50 as max_tokens (see grammar)"
    server.then(says.failure(400, said, param="max_tokens", code=400))
    assert isinstance(await failure_of(connect(), request(schema=True)), PromptTooLongError)
    assert len(server.requests) == 1


USED_UP = {"prompt_tokens": 9, "completion_tokens": 50}
HIDDEN_THOUGHT = says.answer(
    "", end="length", usage=USED_UP | {"completion_tokens_details": {"reasoning_tokens": 50}}
)
SHOWN_THOUGHT = says.answer(
    None,
    usage=USED_UP,
    choices=[{"finish_reason": "length", "message": {"content": "", "reasoning_content": "Hm."}}],
)


@pytest.mark.parametrize("thinking", [HIDDEN_THOUGHT, SHOWN_THOUGHT])
@pytest.mark.parametrize("streams", [True, False])
async def test_a_model_that_thinks_gets_room_for_it_from_then_on_and_each_try_counts(
    server: ModelServer, connect: Connect, thinking: Reply, streams: bool
) -> None:
    server.streams = streams
    server.then(thinking)
    model = connect()
    assert (await model.complete(request())).usage == Usage(9 + 12, 50 + 3)
    assert (await model.complete(request())).usage == Usage(12, 3)
    assert [sent["max_tokens"] for sent in server.requests] == [50, 8050, 8050]
    server.then(thinking)
    error = await failure_of(model)
    assert (type(error), error.tokens) == (BadCompletionError, (9, 50))
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("beyond", "bounds"), [(9000, [50, 8050]), (1500, [50, 1550]), (1000, [50, 1050]), (999, [50])]
)
async def test_room_to_think_ends_where_the_allowance_does(
    server: ModelServer, connect: Connect, beyond: int, bounds: list[int]
) -> None:
    server.then(HIDDEN_THOUGHT)
    asked = replace(request(), allowance=9 + 50 + 10 + 50 + beyond)  # both tries, and the room
    with suppress(BadCompletionError):
        await connect().complete(asked)
    assert [sent["max_tokens"] for sent in server.requests] == bounds


async def test_a_model_that_is_known_to_think_is_not_asked_without_the_room_for_it(
    server: ModelServer, connect: Connect
) -> None:
    server.then(HIDDEN_THOUGHT)
    model = connect()
    await model.complete(request())
    error = await failure_of(model, replace(request(), allowance=1059))
    assert (type(error), error.tokens) == (ModelBudgetError, (0, 0))
    assert len(server.requests) == 2


@pytest.mark.parametrize(("allowance", "tries"), [(60, 1), (119, 1), (120, 2), (None, 6)])
async def test_a_try_that_may_have_cost_is_repeated_within_the_allowance_alone(
    server: ModelServer, connect: Connect, allowance: int | None, tries: int
) -> None:
    server.otherwise = says.HUNG_UP
    error = await failure_of(connect(), replace(request(), allowance=allowance))
    assert len(server.requests) == tries
    assert error.tokens == (10 * tries, 50 * tries)


async def test_what_was_refused_costs_nothing_however_often(
    server: ModelServer, connect: Connect
) -> None:
    server.otherwise = says.failure(503)
    error = await failure_of(connect(), replace(request(), allowance=60))
    assert (len(server.requests), error.tokens) == (6, (0, 0))


async def test_a_call_that_is_cancelled_tells_what_it_may_have_cost(
    server: ModelServer, connect: Connect
) -> None:
    server.then(says.STALLED)
    asking = asyncio.create_task(connect().complete(request()))
    await until(lambda: len(server.requests) == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await asking
    assert getattr(caught.value, "tokens", None) == (10, 50)


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (says.CUT, BadCompletionError),
        (says.BROKEN, ModelUnavailableError),
        (says.streamed({"error": {"message": "x", "code": 500}}), ModelUnavailableError),
        (says.streamed({"error": f"{KEY}: {PROMPT}"}), ModelUnavailableError),
        (says.streamed({"error": json.loads(says.OVERFLOW.body)["error"]}), PromptTooLongError),
        (says.streamed({"error": json.loads(says.OWN_OVERFLOW.body)["error"]}), PromptTooLongError),
        (says.streamed(), ModelUnavailableError),
        (says.streamed(None, 3, "x", [1], {}), ModelUnavailableError),
        (says.streamed({"choices": [None, 3]}, {"choices": ["x"]}), BadCompletionError),
        (
            says.streamed({"choices": [{"delta": {"content": "cut"}, "finish_reason": None}]}),
            BadCompletionError,
        ),
        (Reply("data: {nonsense\n\n", kind="text/event-stream"), BadCompletionError),
        (Reply("data: " + "[" * 100_000 + "\n\n", kind="text/event-stream"), BadCompletionError),
        (Reply("<html>", kind="text/event-stream"), ModelUnavailableError),
    ],
)
async def test_a_stream_that_goes_wrong_is_no_answer_and_not_asked_for_twice(
    server: ModelServer, connect: Connect, behaviour: Reply, kind: type[ModelError]
) -> None:
    server.then(behaviour)
    error = await failure_of(connect())
    assert type(error) is kind
    assert error.tokens is not None
    assert error.tokens[0] > 0
    assert len(server.requests) == 1
    assert "secret" not in "".join(traceback.format_exception(error))


async def test_a_stream_without_end_is_given_up(server: ModelServer, connect: Connect) -> None:
    endless = {"choices": [{"delta": {"content": "x" * 1_500_000}, "finish_reason": None}]}
    server.then(says.streamed(endless, endless, {"choices": [{"finish_reason": "stop"}]}))
    assert isinstance(await failure_of(connect()), BadCompletionError)


@pytest.mark.parametrize(
    ("refused", "kept"),
    [
        ([says.unsupported("stream_options")], ["stream"]),
        ([says.failure(422, "extra_forbidden: body, stream_options")], ["stream"]),
        (
            [
                says.failure(
                    400, "Your organization must be verified to stream this", param="stream"
                )
            ],
            [],
        ),
        ([says.failure(501, "Streaming is not supported")], []),
        ([says.unsupported("stream_options"), says.unsupported("stream")], []),
    ],
)
async def test_a_server_that_will_not_stream_is_asked_without_from_then_on(
    server: ModelServer, connect: Connect, refused: list[Reply], kept: list[str]
) -> None:
    model = connect()
    server.then(*refused)
    for _ in range(2):
        assert (await model.complete(request(schema=True))).text == GOOD
    for sent in server.requests[-2:]:
        assert [key for key in sent if key.startswith("stream")] == kept
        assert "response_format" in sent
    assert len(server.requests) == len(refused) + 2


async def test_a_fault_upstream_is_no_word_against_streams(
    server: ModelServer, connect: Connect
) -> None:
    server.then(says.failure(400, "the upstream server is down"))
    await failure_of(connect())
    assert len(server.requests) == 1


async def test_a_server_that_answers_whole_is_waited_for_until_the_deadline(
    server: ModelServer, clock: ManualClock
) -> None:
    server.streams = False
    chosen = ModelSettings(kind="hosted", base_url=server.base_url, model=MODEL)
    model = HostedModel(chosen.model_copy(update={"timeout_s": 0.2, "deadline_s": 5}), clock)
    await model.complete(request())
    slow = threading.Event()
    server.otherwise = lambda _: str(slow.wait(0.5))  # more than the silence that a stream may keep
    assert (await model.complete(request())).text == "False"
    assert "stream" not in server.requests[-1]
    await model.close()


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 8},
            },
            Usage(9, 2, 8),
        ),
        (None, Usage(10, 4)),
        ({}, Usage(10, 4)),
        ({"prompt_tokens": 0, "completion_tokens": -1}, Usage(10, 4)),
        (
            {"prompt_tokens": "9", "completion_tokens": 1e9, "prompt_tokens_details": 3},
            Usage(10, 4),
        ),
        ({"prompt_tokens": 10**30, "completion_tokens": None}, Usage(10, 4)),
        ("none", Usage(10, 4)),
    ],
)
async def test_usage_is_what_is_reported_or_a_careful_guess(
    server: ModelServer, connect: Connect, reported: object, usage: Usage
) -> None:
    server.then(says.answer(GOOD, usage=reported))
    assert (await connect().complete(request())).usage == usage


async def test_usage_counts_wherever_in_a_stream_it_stands(
    server: ModelServer, connect: Connect
) -> None:
    told = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    last = {"choices": [{"delta": {"content": GOOD}, "finish_reason": "stop"}], "usage": None}
    server.then(says.streamed(told, last))
    assert (await connect().complete(request())).usage == Usage(9, 2)


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_thoughts_that_are_shown_are_counted_and_not_answered(
    server: ModelServer, connect: Connect, name: str
) -> None:
    message = {"content": GOOD, name: "Hm. " * 15}
    server.then(
        says.answer(None, usage=None, choices=[{"message": message, "finish_reason": "stop"}])
    )
    completion = await connect().complete(request())
    assert (completion.text, completion.usage) == (GOOD, Usage(10, 24))


@pytest.mark.parametrize(
    ("end", "streams"), [("stop", True), ("STOP", True), ("eos", False), (None, False)]
)
async def test_the_end_of_a_whole_answer_has_several_names(
    server: ModelServer, connect: Connect, end: str | None, streams: bool
) -> None:
    server.streams = streams
    server.then(says.answer(GOOD, end=end))
    assert (await connect().complete(request())).text == GOOD


async def test_a_prompt_that_was_cut_in_silence_is_an_error(
    server: ModelServer, connect: Connect
) -> None:
    usage = {"prompt_tokens": 2050, "completion_tokens": 3}
    server.then(says.answer(GOOD, usage=usage), says.answer(GOOD, usage=usage))
    model = connect()
    assert (await model.complete(request("word " * 3000))).text == GOOD
    error = await failure_of(model, request("word " * 6000))
    assert isinstance(error, PromptTooLongError)
    assert error.tokens == (2050, 3)


async def test_halves_of_characters_are_neither_sent_nor_returned(
    server: ModelServer, connect: Connect
) -> None:
    server.then(says.answer(f"{HALF}b"))
    assert (await connect().complete(request(f"a{HALF}"))).text == "?b"
    assert server.requests[0]["messages"][0]["content"] == "a?"


@pytest.mark.parametrize(
    "behaviour",
    [
        says.failure(401, f"{KEY}: {PROMPT}", code=KEY, type=PROMPT, param=KEY),
        says.failure(503, f"{KEY}: {PROMPT}"),
        Reply(f"{KEY}: {PROMPT}", 400, kind="text/plain"),
        Reply(f"{KEY}: {PROMPT}"),
        Reply(f"{KEY}: {PROMPT}", kind="text/html"),
        says.refused(f"{KEY}: {PROMPT}"),
        says.HUNG_UP,
    ],
)
async def test_neither_key_nor_prompt_stands_in_an_error_or_the_log(
    server: ModelServer, connect: Connect, caplog: pytest.LogCaptureFixture, behaviour: Behaviour
) -> None:
    caplog.set_level(logging.DEBUG)
    server.otherwise = behaviour
    error = await failure_of(connect())
    told = "".join(traceback.format_exception(error)) + repr(error.advice) + caplog.text
    assert type(error).__name__ in told
    assert "private" not in told
    assert "secret" not in told


async def test_the_log_tells_what_was_used(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "learncomm_agent.llm.hosted")
    await connect().complete(request())
    (record,) = [each for each in caplog.records if each.name == "learncomm_agent.llm.hosted"]
    told = record.getMessage()
    assert "model answered" in told
    assert PROMPT not in told
    assert GOOD not in told


async def test_it_may_be_used_again_after_closing(connect: Connect) -> None:
    model = connect()
    await model.close()
    for _ in range(2):
        assert (await model.complete(request())).text == GOOD
        await model.close()


async def test_a_call_that_closing_cuts_off_begins_anew(
    server: ModelServer, connect: Connect
) -> None:
    server.then(says.SILENT)
    model = connect()
    asking = asyncio.create_task(model.complete(request()))
    await until(lambda: len(server.requests) == 1)
    await model.close()
    assert (await asking).text == GOOD


def test_a_key_is_not_shown_by_the_settings() -> None:
    assert KEY not in repr(ModelSettings(kind="hosted", model=MODEL, key=SecretStr(KEY)))
