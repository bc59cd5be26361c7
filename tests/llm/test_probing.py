import json
from collections.abc import Iterator

import pytest

from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import BadCompletionError, ModelUnavailableError
from learncomm_agent.llm.probing import Probe, Schema, probe
from learncomm_agent.settings import ModelSettings
from learncomm_agent.testing import model_server as says
from learncomm_agent.testing.model_server import MODEL, Behaviour, ModelServer, Reply

BOUND = json.dumps({"colour": "teal"})


class QuickClock(SystemClock):
    """The machine's clock, whose waits take no time."""

    async def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(BOUND) as server:
        yield server


async def probed(server: ModelServer, model: str = MODEL) -> Probe:
    chosen = ModelSettings(kind="hosted", base_url=server.base_url, model=model)
    return await probe(chosen, QuickClock())


async def test_a_schema_that_binds_is_seen_though_the_prompt_asks_for_something_else(
    server: ModelServer,
) -> None:
    assert await probed(server) == Probe(True, True, Schema.ENFORCED, None)
    (sent,) = server.requests
    schema = sent["response_format"]["json_schema"]["schema"]
    assert json.loads(BOUND)["colour"] in schema["properties"]["colour"]["enum"]
    assert "teal" not in sent["messages"][0]["content"]


@pytest.mark.parametrize(
    "text", ["banana", '"banana"', '{"colour": "banana"}', '{"colour": "teal", "x": 1}', "[" * 9999]
)
async def test_a_schema_that_does_not_bind_is_seen(server: ModelServer, text: str) -> None:
    server.otherwise = text
    assert await probed(server) == Probe(True, True, Schema.IGNORED, None)


async def test_a_schema_that_is_refused_is_seen(server: ModelServer) -> None:
    server.then(says.NO_SCHEMA)
    assert await probed(server) == Probe(True, True, Schema.REFUSED, None)


@pytest.mark.parametrize(
    ("listed", "is_known"),
    [
        ((MODEL, "other"), True),
        ((f"{MODEL}:latest",), True),
        (("other",), False),
        ((), False),
        (None, None),
    ],
)
async def test_a_model_that_is_served_without_being_listed_is_seen(
    server: ModelServer, listed: tuple[str, ...] | None, is_known: bool | None
) -> None:
    server.models = listed
    assert await probed(server) == Probe(True, is_known, Schema.ENFORCED, None)


@pytest.mark.parametrize(
    ("behaviour", "kind", "phrase"),
    [
        (says.UNKNOWN_MODEL, ModelUnavailableError, "error.model_unknown"),
        (says.OUT_OF_QUOTA, ModelUnavailableError, "error.model_quota"),
        (says.failure(500), ModelUnavailableError, "error.model"),
        (says.WEB_PAGE, ModelUnavailableError, "error.model_unreachable"),
        (says.LENGTH, BadCompletionError, "error.model"),
    ],
)
async def test_why_it_can_not_be_used_is_kept(
    server: ModelServer, behaviour: Behaviour, kind: type, phrase: str
) -> None:
    server.otherwise = behaviour
    found = await probed(server)
    assert (found.is_reachable, found.is_known, found.schema) == (True, True, Schema.UNTRIED)
    assert found.error is not None
    assert (type(found.error), found.error.advice.phrase) == (kind, phrase)


async def test_a_wrong_key_is_told_as_such(server: ModelServer) -> None:
    server.key = "another"
    found = await probed(server)
    assert server.keys == ["Bearer none"] * 2
    assert (found.is_reachable, found.is_known) == (True, None)
    assert found.error is not None
    assert found.error.advice.phrase == "error.model_key"


@pytest.mark.parametrize(
    ("base_url", "phrase"),
    [
        ("http://127.0.0.1:9/v1", "error.model_unreachable"),
        ("http://127.0.0.1:99999/v1", "error.model_unreachable"),
        (None, "error.model_key"),
    ],
)
async def test_where_nobody_answers_it_is_not_reachable(base_url: str | None, phrase: str) -> None:
    chosen = ModelSettings(kind="hosted", model=MODEL).model_copy(update={"base_url": base_url})
    found = await probe(chosen, QuickClock())
    assert (found.is_reachable, found.is_known, found.schema) == (False, None, Schema.UNTRIED)
    assert found.error is not None
    assert found.error.advice.phrase == phrase


@pytest.mark.parametrize(
    "body", ["", "<html>", "null", "[]", '{"data": 3}', '{"data": [3, {}, {"id": [3]}]}']
)
async def test_an_odd_list_of_models_is_no_failure(server: ModelServer, body: str) -> None:
    server.models = Reply(body)
    found = await probed(server)
    assert found.is_known in (None, False)
    assert found.schema is Schema.ENFORCED
