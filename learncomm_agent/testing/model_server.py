"""A language model's server on this machine, which fails on demand: real HTTP, no model.

    with ModelServer(otherwise=lambda request: my_answer(request)) as server:
        server.then(rate_limit(7), "the second try is answered")
        settings = ModelSettings(kind="hosted", base_url=server.base_url, model="test-model")

It speaks OpenAI's `/v1/models` and `/v1/chat/completions`, and answers 400 to a request that OpenAI
would not take. Whoever asks for a stream is told the same answers in pieces. It runs in a thread of
its own.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http.server import ThreadingHTTPServer
from typing import Any, Self

from learncomm_agent.testing import event_stream
from learncomm_agent.testing.faulty_http import DRIP_S, FaultyHandler
from learncomm_agent.testing.model_requests import problems_of

MODEL = "test-model"


class Manner(StrEnum):
    """How a reply is sent."""

    WHOLE = "whole"
    CUT = "cut"
    """Half of it, as if that were all."""
    BROKEN = "broken"
    """Half of it, then hangs up."""
    STALLED = "stalled"
    """Half of it, then waits until the client hangs up."""
    DRIPPING = "dripping"
    """A blank now and then, for ever."""
    SILENT = "silent"
    """Never; waits until the client hangs up."""
    HUNG_UP = "hung_up"
    """Never; hangs up at once."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server sends for one request."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    manner: Manner = Manner.WHOLE


Behaviour = Reply | str | Callable[[dict[str, Any]], Reply | str]
"""A reply, the text of an ordinary answer, or what makes one of them from the request's body."""


def answer(text: str | None, *, end: str | None = "stop", **changed: object) -> Reply:
    """Say an answer; `changed` replaces top-level fields of the body, and None leaves one out."""
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    message = {"role": "assistant", "content": text, "refusal": None}
    body: dict[str, object] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_767_603_600,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": end, "logprobs": None}],
        "usage": usage,
    } | changed
    return Reply(json.dumps({key: value for key, value in body.items() if value is not None}))


def failure(status: int, said: str = "", **facts: str | int | None) -> Reply:
    """Say an error as OpenAI does; `facts` are its `code`, `type` and `param`."""
    return Reply(json.dumps({"error": {"message": said} | facts}), status)


def rate_limit(retry_after: object = None) -> Reply:
    """Ask to wait, for so many seconds or until a date; without saying how long where None."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    said = failure(429, "Rate limit reached", type="requests", code="rate_limit_exceeded")
    return Reply(said.body, 429, headers)


def refused(answer_to: str) -> Reply:
    """Decline to answer, as a model does that finds something wrong with the question."""
    message = {"role": "assistant", "content": None, "refusal": answer_to}
    return answer(None, choices=[{"index": 0, "message": message, "finish_reason": "stop"}])


OUT_OF_QUOTA = failure(
    429, "You exceeded your quota", type="insufficient_quota", code="insufficient_quota"
)
WRONG_KEY = failure(401, "Incorrect API key", type="invalid_request_error", code="invalid_api_key")
UNKNOWN_MODEL = failure(404, "No such model", type="invalid_request_error", code="model_not_found")
OVERFLOW = failure(
    400, "Too many tokens", type="invalid_request_error", code="context_length_exceeded"
)
OWN_OVERFLOW = failure(400, "request exceeds it", type="exceed_context_size_error", code=400)
"""As llama.cpp says it."""
NO_SCHEMA = failure(400, "This response_format type is unavailable now", param=None)
FILTERED = answer("", end="content_filter")
LENGTH = answer('{"half": "of an', end="length")
NO_CHOICES = answer(None, choices=[])
NO_CONTENT = answer(None)
WEB_PAGE = Reply("<html>Welcome</html>", kind="text/html")
CUT = Reply(answer("whole").body, manner=Manner.CUT)
BROKEN = Reply(answer("whole").body, manner=Manner.BROKEN)
STALLED = Reply(answer("whole").body, manner=Manner.STALLED)
DRIPPING = Reply(manner=Manner.DRIPPING)
SILENT = Reply(manner=Manner.SILENT)
HUNG_UP = Reply(manner=Manner.HUNG_UP)


def streamed(*events: object) -> Reply:
    """Say these events, whatever they are, and then that this was all."""
    return Reply("".join(event_stream.events(*events)), kind=event_stream.KIND)


def unsupported(parameter: str) -> Reply:
    """Refuse a parameter as OpenAI does."""
    said = f"Unsupported parameter: '{parameter}'"
    return failure(400, said, param=parameter, code="unsupported_parameter")


class ModelServer:
    """A server for the length of a `with`; what was scripted comes first, in order."""

    def __init__(
        self,
        otherwise: Behaviour = "Understood.",
        *,
        models: tuple[str, ...] | Reply | None = (MODEL,),
        key: str | None = None,
        streams: bool = True,
    ) -> None:
        """Prepare it; it listens from here on and answers within the `with`.

        Args:
            otherwise: What it does when nothing is scripted.
            models: The ids it lists, or what it says instead; None has no such list. It answers for
                every id all the same.
            key: Any other key is refused; all are taken where None.
            streams: Whether it answers in pieces whoever asks for that; else as if nobody had.
        """
        self.otherwise = otherwise
        self.models = models
        self.key = key
        self.streams = streams
        self.requests: list[dict[str, Any]] = []
        """The bodies of all requests for an answer, in the order in which they came."""
        self.keys: list[str | None] = []
        """The `Authorization` of all requests."""
        self.hung_up = 0
        """How many clients went away before they had their answer."""
        self.most_at_once = 0
        """How many requests were under way together."""
        self._script: deque[Behaviour] = deque()
        self._now = 0
        self._counting = threading.Lock()
        self._closing = threading.Event()
        self._http = _Http(self)
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        """Begin to answer."""
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, also for those who still wait; in a thread, as it may take a moment."""
        self._closing.set()
        threading.Thread(target=self._stop).start()

    def then(self, *behaviours: Behaviour) -> None:
        """Do these for the next requests, one each."""
        self._script.extend(behaviours)

    def _stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _reply(self, path: str, key: str | None, body: dict[str, Any] | None) -> Reply:
        self.keys.append(key)
        if self.key is not None and key != f"Bearer {self.key}":
            return WRONG_KEY
        if path == "/v1/models" and body is None and self.models is not None:
            if isinstance(self.models, Reply):
                return self.models
            data = [{"id": each, "object": "model", "owned_by": "nobody"} for each in self.models]
            return Reply(json.dumps({"object": "list", "data": data}))
        if path != "/v1/chat/completions" or body is None:
            return failure(404, "no such route")
        self.requests.append(body)
        if problems := list(problems_of(body)):
            return failure(400, "; ".join(problems), type="invalid_request_error")
        behaviour = self._script.popleft() if self._script else self.otherwise
        said = behaviour if isinstance(behaviour, Reply | str) else behaviour(body)
        reply = said if isinstance(said, Reply) else answer(said)
        return _in_pieces(reply, body) if body.get("stream") and self.streams else reply

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        with self._counting:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            yield
        finally:
            with self._counting:
                self._now -= 1


def _in_pieces(reply: Reply, asked: dict[str, Any]) -> Reply:
    """Turn an answer into a stream; what is no answer stays as it is."""
    if reply.status != 200 or reply.kind != "application/json":
        return reply
    if reply.manner is Manner.DRIPPING:
        return replace(reply, kind=event_stream.KIND)
    is_counted = bool(asked.get("stream_options", {}).get("include_usage"))
    pieces = event_stream.pieces(reply.body, is_counted=is_counted)
    if pieces is None:
        return reply
    return replace(reply, body="".join(pieces), kind=event_stream.KIND)


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: ModelServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(FaultyHandler):
    def do_GET(self) -> None:
        self._send(self._owner._reply(self.path, self.headers["authorization"], None))

    def do_POST(self) -> None:
        with self._owner._under_way():
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                self._send(self._owner._reply(self.path, self.headers["authorization"], body))
            except ConnectionError:
                self._owner.hung_up += 1
                self.close_connection = True

    @property
    def _owner(self) -> ModelServer:
        assert isinstance(self.server, _Http)
        return self.server.owner

    def _send(self, reply: Reply) -> None:
        if reply.manner is Manner.HUNG_UP:
            self.close_connection = True
            return
        if reply.manner is Manner.SILENT:
            self.wait_for_hang_up(self._owner._closing)
        body = reply.body.encode()
        is_whole = reply.manner in (Manner.WHOLE, Manner.CUT) and reply.kind != event_stream.KIND
        if reply.manner in (Manner.CUT, Manner.BROKEN, Manner.STALLED):
            body = body[: len(body) // 2]
        length = (
            {"content-length": str(len(body))} if is_whole else {"transfer-encoding": "chunked"}
        )
        self.send_response(reply.status)
        for name, value in {"content-type": reply.kind, **length, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if is_whole:
            self.wfile.write(body)
        else:
            self._send_chunks(reply, body)

    def _send_chunks(self, reply: Reply, body: bytes) -> None:
        if body:
            self.send_chunk(body)
        if reply.manner is Manner.BROKEN:
            self.close_connection = True
            return
        if reply.manner is Manner.STALLED:
            self.wait_for_hang_up(self._owner._closing)
        drop = event_stream.DROP if reply.kind == event_stream.KIND else " "
        while reply.manner is Manner.DRIPPING and not self._owner._closing.wait(DRIP_S):
            self.send_chunk(drop.encode())
        self.send_chunk(b"")
