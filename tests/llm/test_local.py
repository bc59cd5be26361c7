"""The contracts that a real model's server keeps; what it writes is never judged.

Opt in: `LEARNCOMM_TEST_MODEL_URL=http://127.0.0.1:8080/v1 pytest -m local_llm`. A model of a hundred
million parameters will do; a context of a few thousand tokens keeps the run short.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import BadCompletionError, PromptTooLongError
from learncomm_agent.llm.hosted import HostedModel
from learncomm_agent.llm.model import Request
from learncomm_agent.llm.probing import Schema, probe
from learncomm_agent.settings import ModelSettings

# Read here, as the tests themselves see none of our variables.
ADDRESS = os.environ.get("LEARNCOMM_TEST_MODEL_URL", "")
MODEL = os.environ.get("LEARNCOMM_TEST_MODEL_ID", "any")

pytestmark = [
    pytest.mark.local_llm,
    pytest.mark.skipif(not ADDRESS, reason="no address in LEARNCOMM_TEST_MODEL_URL"),
]

SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "who": {"type": "string", "enum": ["Ana", "Ben"]},
                    "what": {"type": "string", "maxLength": 20},
                },
                "required": ["who", "what"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}
TALK = "Ana: I will bring the book on Monday.\nBen: Then I write the questions.\n"


def chosen() -> ModelSettings:
    return ModelSettings(kind="hosted", base_url=ADDRESS, model=MODEL)


@pytest.fixture
async def model() -> AsyncIterator[HostedModel]:
    model = HostedModel(chosen(), SystemClock())
    yield model
    await model.close()


def request(prompt: str, max_tokens: int = 60, *, schema: bool = False) -> Request:
    return Request(prompt, "test", CommunityId(1), max_tokens, SCHEMA if schema else None)


async def test_usage_is_reported(model: HostedModel) -> None:
    usage = (await model.complete(request(TALK + "Who?", 300, schema=True))).usage
    assert 0 < usage.sent < 200
    assert 0 < usage.received <= 300
    assert 0 <= usage.cached <= usage.sent


async def test_an_answer_follows_its_schema_within_all_bounds(model: HostedModel) -> None:
    answer = await model.complete(request(TALK + "Who will do what?", 300, schema=True))
    items = json.loads(answer.text)["items"]
    assert len(items) <= 2
    assert all(each.keys() == {"who", "what"} for each in items)
    assert all(each["who"] in ("Ana", "Ben") and len(each["what"]) <= 20 for each in items)
    assert model.takes_schema("test")


async def test_an_answer_that_is_cut_is_an_error(model: HostedModel) -> None:
    with pytest.raises(BadCompletionError):
        await model.complete(request("Count from one to a thousand.", 4))


async def test_a_prompt_beyond_the_context_is_an_error(model: HostedModel) -> None:
    with pytest.raises(PromptTooLongError):
        await model.complete(request(TALK * 20_000))


async def test_after_cancelling_the_client_is_free_at_once(model: HostedModel) -> None:
    asking = asyncio.create_task(model.complete(request("Write a long story.", 2000)))
    await asyncio.sleep(0.5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(BadCompletionError):
        await model.complete(request("Count from one to a thousand.", 4))


async def test_calls_run_beside_each_other(model: HostedModel) -> None:
    asked = (model.complete(request(TALK + "Who?", 300, schema=True)) for _ in range(4))
    assert all(json.loads(each.text) for each in await asyncio.gather(*asked))


async def test_the_probe_finds_what_the_server_does() -> None:
    found = await probe(chosen(), SystemClock())
    assert (found.is_reachable, found.schema, found.error) == (True, Schema.ENFORCED, None)
