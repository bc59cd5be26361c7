"""What a server says in pieces is told piece by piece, each once, and nothing else changes."""

from collections.abc import Iterator

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import ModelError
from learncomm_agent.llm.guarding import Guarded
from learncomm_agent.llm.hosted import HostedModel
from learncomm_agent.llm.model import Request
from learncomm_agent.llm.recording import key_of
from learncomm_agent.settings import ModelSettings
from learncomm_agent.testing import model_server as says
from learncomm_agent.testing.model_server import MODEL, ModelServer

SAID = (
    '{"claims": [{"line": 1, "quote": "é “x”", "also": [], "text": "A claim in several pieces."}]}'
)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(SAID) as server:
        yield server


def asked(pieces: list[str]) -> Request:
    return Request("material", "answer", CommunityId(1), 50, on_text=pieces.append)


async def told(server: ModelServer) -> tuple[list[str], str | ModelError]:
    chosen = ModelSettings(kind="hosted", base_url=server.base_url, model=MODEL)
    model, pieces = Guarded(HostedModel(chosen, SystemClock())), list[str]()
    try:
        return pieces, (await model.complete(asked(pieces))).text
    except ModelError as error:
        return pieces, error
    finally:
        await model.close()


async def test_each_piece_is_told_once(server: ModelServer) -> None:
    pieces, text = await told(server)
    assert "".join(pieces) == text == SAID
    assert len(pieces) > 1 and all(pieces)


async def test_events_without_words_tell_nothing(server: ModelServer) -> None:
    word = {"choices": [{"delta": {"content": "word"}}]}
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    server.then(says.streamed(word, {"usage": {}}, {"choices": []}, "x", word, end))
    assert await told(server) == (["word", "word"], "wordword")


async def test_a_server_that_does_not_stream_tells_nothing_early(server: ModelServer) -> None:
    server.streams = False
    assert await told(server) == ([], SAID)


async def test_a_stream_that_is_cut_is_an_error_as_ever(server: ModelServer) -> None:
    server.then(says.CUT)
    _, failed = await told(server)
    assert isinstance(failed, ModelError)


def test_who_listens_makes_no_other_request() -> None:
    assert asked([]) == Request("material", "answer", CommunityId(1), 50)
    assert key_of(asked([])) == key_of(Request("material", "answer", CommunityId(1), 50))
