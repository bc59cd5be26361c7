"""What one piece of work asks of a model is counted, whatever comes of it."""

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import (
    BadCompletionError,
    ModelBudgetError,
    ModelBusyError,
    ModelError,
    ModelUnavailableError,
)
from learncomm_agent.llm.counting import Counted
from learncomm_agent.llm.model import Request
from learncomm_agent.testing.models import ScriptedModel

REQUEST = Request("x" * 400, "summary", CommunityId(1), 100)


async def test_answers_and_failures_count_and_what_was_never_sent_does_not() -> None:
    costly = BadCompletionError("cut")
    costly.tokens = (90, 40)
    errors = (costly, ModelUnavailableError("gone"), ModelBudgetError("no"), ModelBusyError("no"))
    counted = Counted(ScriptedModel(["y" * 40, *errors, "y" * 80]))
    await counted.complete(REQUEST)
    for error in errors:
        with pytest.raises(ModelError) as caught:
            await counted.complete(REQUEST)
        assert caught.value is error
    await counted.complete(REQUEST)
    assert (counted.name, counted.calls) == ("scripted", 4)
    assert (counted.sent, counted.received, counted.cached) == (100 + 90 + 100, 10 + 40 + 20, 0)
