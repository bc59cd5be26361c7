"""Whatever somebody's model does, the rest of the house sees our own errors alone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import (
    BadCompletionError,
    ModelError,
    ModelUnavailableError,
    StorageError,
)
from learncomm_agent.llm.guarding import Guarded
from learncomm_agent.llm.hosted import HostedModel
from learncomm_agent.llm.model import Completion, Request, Usage
from learncomm_agent.settings import ModelSettings

REQUEST = Request("a private prompt", "answer", CommunityId(1), 50)


class Plugin:
    name = "plugin"

    def __init__(self, does: Callable[[], Any]) -> None:
        self.does = does

    async def complete(self, request: Request) -> Completion:
        said: Completion = self.does()
        return said

    async def close(self) -> None:
        self.does()


def raises(error: BaseException) -> Plugin:
    def do() -> None:
        raise error

    return Plugin(do)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("private"),
        ExceptionGroup("private", [OSError("private")]),
        RecursionError("private"),
        TimeoutError("private"),
        StorageError("its own cache"),
    ],
)
async def test_what_a_plugin_raises_is_told_in_our_terms(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        await Guarded(raises(error)).complete(REQUEST)
    assert caught.value.__cause__ is error
    assert caught.value.tokens == (6, 50)
    assert type(error).__name__ in caplog.text
    assert "private" not in caplog.text + str(caught.value)


@pytest.mark.parametrize("error", [BadCompletionError("x"), asyncio.CancelledError()])
async def test_our_own_errors_and_being_cancelled_pass_unchanged(error: BaseException) -> None:
    with pytest.raises((ModelError, asyncio.CancelledError)) as caught:
        await Guarded(raises(error)).complete(REQUEST)
    assert caught.value is error


@pytest.mark.parametrize(
    "said",
    [None, "text", Completion(b"x", Usage(1, 1)), Completion("x", None)],  # type: ignore[arg-type]
)
async def test_what_is_no_completion_is_an_error(said: Any) -> None:
    with pytest.raises(BadCompletionError):
        await Guarded(Plugin(lambda: said)).complete(REQUEST)


async def test_a_completion_passes() -> None:
    said = Completion("x", Usage(1, 2))
    assert await Guarded(Plugin(lambda: said)).complete(REQUEST) is said


async def test_a_plugin_that_can_not_be_closed_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await Guarded(raises(KeyError("private"))).close()
    assert "model not closed" in caplog.text


async def test_it_bears_the_name_of_its_model() -> None:
    chosen = ModelSettings(kind="hosted", model="m")
    assert Guarded(HostedModel(chosen, SystemClock())).name == "m"
