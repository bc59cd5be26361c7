import asyncio
import json
from http.client import IncompleteRead
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from learncomm_agent.testing import model_server as says
from learncomm_agent.testing.model_server import MODEL, ModelServer

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


def good(**changed: Any) -> dict[str, Any]:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
    return {key: value for key, value in (body | changed).items() if value is not None}


def ask(server: ModelServer, body: dict[str, Any] | None, path: str = "chat/completions") -> Any:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{server.base_url}/{path}", data), timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)["error"]["message"]


def text(answer: Any) -> Any:
    return answer["choices"][0]["message"]["content"]


def test_what_is_scripted_comes_first_and_in_order() -> None:
    with ModelServer(lambda body: body["messages"][0]["content"].upper()) as server:
        server.then("one", says.failure(500, "two"))
        assert text(ask(server, good())) == "one"
        assert ask(server, good()) == (500, "two")
        assert text(ask(server, good())) == "HELLO"
        assert server.requests == [good()] * 3


def test_it_lists_its_models_and_has_no_other_pages() -> None:
    with ModelServer(models=("a", "b")) as server:
        assert [each["id"] for each in ask(server, None, "models")["data"]] == ["a", "b"]
        assert ask(server, good(), "embeddings") == (404, "no such route")
        server.models = None
        assert ask(server, None, "models") == (404, "no such route")
        assert server.requests == []


def said(server: ModelServer, **changed: Any) -> list[str]:
    asked = Request(f"{server.base_url}/chat/completions", json.dumps(good(**changed)).encode())
    with urlopen(asked, timeout=10) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        return [line[6:] for line in answer.read().decode().splitlines() if line]


def test_who_asks_for_a_stream_is_answered_in_pieces() -> None:
    with ModelServer("Hello") as server:
        *events, done = said(server, stream=True)
        *counted, usage, _ = said(server, stream=True, stream_options={"include_usage": True})
        assert (len(counted), done) == (len(events), "[DONE]")
        choices = [json.loads(each)["choices"][0] for each in events]
        assert "".join(each["delta"].get("content", "") for each in choices) == "Hello"
        assert [each["finish_reason"] for each in choices] == [None] * (len(choices) - 1) + ["stop"]
        assert json.loads(usage)["usage"]["prompt_tokens"] == 12
        server.streams = False
        assert text(ask(server, good(stream=True))) == "Hello"


def test_a_stream_may_end_in_the_middle() -> None:
    with ModelServer() as server:
        server.then(says.CUT, says.BROKEN)
        assert "[DONE]" not in said(server, stream=True)
        with pytest.raises(IncompleteRead):
            said(server, stream=True)


def form(schema: dict[str, Any], name: str = "a") -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"model": None}, "model is no text"),
        ({"messages": []}, "messages are missing"),
        ({"messages": [{"content": "a"}]}, "a message without role or content"),
        ({"max_tokens": None}, "not one bound of the answer"),
        ({"max_tokens": 0}, "not one bound of the answer"),
        ({"stream_options": {}}, "stream_options without a stream"),
        ({"max_completion_tokens": 5}, "not one bound of the answer"),
        ({"response_format": form({}, "a b")}, "json_schema has no name"),
        ({"response_format": form(OPEN)}, "schema is open; schema requires not all"),
        (
            {"response_format": form({"type": "array", "items": OPEN | {"required": ["a"]}})},
            "schema.items is open",
        ),
    ],
)
def test_what_the_vendor_would_not_take_is_refused(changed: dict[str, Any], problem: str) -> None:
    with ModelServer() as server:
        assert ask(server, good(**changed)) == (400, problem)


def test_another_key_is_refused() -> None:
    with ModelServer(key="right") as server:
        assert ask(server, good()) == (401, "Incorrect API key")


async def test_it_can_be_used_in_a_loop() -> None:
    with ModelServer("one") as server:
        assert text(await asyncio.to_thread(ask, server, good())) == "one"


def test_those_who_still_wait_are_let_go_at_the_end() -> None:
    with ModelServer() as server:
        server.then(says.SILENT)
        with pytest.raises(OSError, match="timed out"):
            urlopen(
                Request(server.base_url + "/chat/completions", json.dumps(good()).encode()),
                timeout=0.05,
            )
