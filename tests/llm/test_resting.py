"""After a failure a model is left alone for a while, then asked again."""

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import BadCompletionError, ModelUnavailableError
from learncomm_agent.llm.model import Request
from learncomm_agent.llm.resting import REST, RestingModel
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.models import ScriptedModel

ASKED = Request("prompt", "answer", CommunityId(1), 10)


async def test_it_rests_after_it_could_not_be_reached(clock: ManualClock) -> None:
    model = ScriptedModel([ModelUnavailableError("down"), "here again"])
    resting = RestingModel(model, clock)
    for _ in range(3):
        with pytest.raises(ModelUnavailableError) as caught:
            await resting.complete(ASKED)
    assert (len(model.requests), caught.value.tokens) == (1, (0, 0))
    await clock.advance(REST.total_seconds())
    assert (await resting.complete(ASKED)).text == "here again"


async def test_an_answer_of_no_use_is_no_reason_to_rest(clock: ManualClock) -> None:
    model = ScriptedModel([BadCompletionError("prose"), "fine"])
    resting = RestingModel(model, clock)
    with pytest.raises(BadCompletionError):
        await resting.complete(ASKED)
    assert (await resting.complete(ASKED)).text == "fine"
