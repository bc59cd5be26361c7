import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from learncomm_agent.errors import BadCompletionError, ModelUnavailableError
from learncomm_agent.library.embedders.hosted import HostedEmbedder
from learncomm_agent.library.embedding import Embedder, EmbeddingModel

SIZE = 4


class Reply:
    """What the server says to one request."""

    def __init__(
        self, body: object, status: int = 200, kind: str = "application/json", **headers: str
    ) -> None:
        self.status, self.kind, self.headers = status, kind, headers
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


def vector(text: str) -> list[float]:
    return [float(len(text)), 1.0, 0.0, -2.0]


def answer(rows: list[list[Any]], indices: list[int] | None = None) -> Reply:
    order = indices or list(range(len(rows)))
    data = [
        {"object": "embedding", "index": index, "embedding": row}
        for index, row in zip(order, rows, strict=True)
    ]
    return Reply({"object": "list", "model": "m", "data": data, "usage": {}})


class Server:
    """A loopback server; the scripted replies come first, then it embeds."""

    def __init__(self) -> None:
        self.script: list[Reply | None] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.patience = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append(body | {"path": self.path})
                outer.keys.append(self.headers["authorization"])
                reply = outer.script.pop(0) if outer.script else _embedded(body)
                if reply is None:
                    outer.patience.wait(5)
                    return
                self.send_response(reply.status)
                self.send_header("content-type", reply.kind)
                for name, value in reply.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.patience.set()
        self.http.shutdown()
        self.http.server_close()


def _embedded(body: dict[str, Any]) -> Reply:
    return answer([vector(text) for text in body["input"]])


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between repetitions, which take no time here."""
    naps: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", naps.append)
    return naps


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., HostedEmbedder]]:
    made: list[HostedEmbedder] = []

    def connect(dimensions: int | None = SIZE, **given: Any) -> HostedEmbedder:
        made.append(HostedEmbedder(server.url, "m", dimensions, **given))
        return made[-1]

    yield connect
    for embedder in made:
        embedder.close()


Connect = Callable[..., HostedEmbedder]


def unit(*texts: str) -> Any:
    rows = np.array([vector(text) for text in texts])
    return pytest.approx(rows / np.linalg.norm(rows, axis=1, keepdims=True), abs=1e-6)


def test_texts_become_rows_of_length_one_in_their_order(server: Server, connect: Connect) -> None:
    embedder: Embedder = connect(api_key="secret")
    vectors = embedder.embed(["one", "a second", "the third"])
    assert vectors.dtype == np.float32
    assert vectors == unit("one", "a second", "the third")
    assert embedder.model == EmbeddingModel("m", SIZE)
    assert server.keys == ["Bearer secret"]
    (sent,) = server.asked
    assert (sent["path"], sent["model"], sent["dimensions"]) == ("/v1/embeddings", "m", SIZE)


def test_without_a_size_the_first_answer_tells_it_and_none_is_asked_for(
    server: Server, connect: Connect
) -> None:
    embedder = connect(None)
    assert embedder.model == EmbeddingModel("m", SIZE)
    embedder.embed(["a", "b"])
    assert [len(sent["input"]) for sent in server.asked] == [1, 2]
    assert not any("dimensions" in sent for sent in server.asked)


def test_empty_texts_are_zeros_and_are_not_sent(server: Server, connect: Connect) -> None:
    vectors = connect().embed(["", "a", " \n"])
    assert vectors[1:2] == unit("a")
    assert not vectors[[0, 2]].any()
    assert [sent["input"] for sent in server.asked] == [["a"]]
    assert connect().embed([]).shape == (0, SIZE)
    assert len(server.asked) == 1


def test_many_and_long_texts_go_in_several_requests(server: Server, connect: Connect) -> None:
    texts = ["a" * (1 + index % 3) for index in range(300)] + ["b" * 60_000] * 3
    assert connect().embed(texts) == unit(*texts)
    assert [len(sent["input"]) for sent in server.asked] == [128, 128, 45, 1, 1]


def test_a_lone_surrogate_can_be_sent(server: Server, connect: Connect) -> None:
    connect().embed(["\ud800 word"])
    assert server.asked[0]["input"] == ["? word"]


def test_rows_that_come_in_another_order_are_put_right(server: Server, connect: Connect) -> None:
    server.script = [answer([vector("b" * 9), vector("a")], [1, 0])]
    assert connect().embed(["a", "b" * 9]) == unit("a", "b" * 9)


def test_a_busy_server_is_asked_again_when_it_says(
    server: Server, connect: Connect, naps: list[float]
) -> None:
    busy = Reply({"error": {"message": "later"}}, 429, retry_after="7")
    server.script = [busy, Reply({}, 500), Reply(b"", 503, "text/plain")]
    assert connect().embed(["a"]) == unit("a")
    assert (len(server.asked), naps[0], len(naps)) == (4, 7.0, 3)


@pytest.mark.parametrize("after", ["0", "-5", "nan", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_an_odd_wait_is_no_harm(
    server: Server, connect: Connect, naps: list[float], after: str
) -> None:
    server.script = [Reply({}, 429, retry_after=after)]
    assert connect().embed(["a"]) == unit("a")
    assert 0 <= naps[0] <= 20


def test_a_server_that_asks_for_more_than_the_deadline_is_given_up(
    server: Server, connect: Connect, naps: list[float]
) -> None:
    server.script = [Reply({}, 429, retry_after="121")]
    with pytest.raises(ModelUnavailableError):
        connect().embed(["a"])
    assert (len(server.asked), naps) == (1, [])


def test_a_server_that_stays_broken_is_given_up(
    server: Server, connect: Connect, naps: list[float]
) -> None:
    server.script = [Reply({}, 500)] * 50
    with pytest.raises(ModelUnavailableError):
        connect().embed(["a"])
    assert 2 <= len(server.asked) <= 10


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refusal_is_not_repeated_and_names_neither_text_nor_key(
    server: Server, connect: Connect, status: int
) -> None:
    server.script = [Reply({"error": {"message": "a private word, key secret"}}, status)]
    with pytest.raises(ModelUnavailableError) as caught:
        connect(api_key="secret").embed(["a private word"])
    assert str(status) in str(caught.value)
    assert not any(word in str(caught.value) for word in ("private", "secret"))
    assert len(server.asked) == 1


def test_a_used_up_quota_is_not_repeated(server: Server, connect: Connect) -> None:
    server.script = [Reply({"error": {"message": "", "code": "insufficient_quota"}}, 429)]
    with pytest.raises(ModelUnavailableError):
        connect().embed(["a"])
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>welcome</html>", kind="text/html"),
        Reply(b"{'cut", kind="application/json"),
        Reply(b'{"data": [{"index": 0, "embed', kind="application/json"),
        Reply(b"", kind="application/json"),
        Reply([1, 2]),
        Reply(None),
        Reply({"object": "error"}),
        Reply({"data": None}),
        Reply({"data": [None]}),
        Reply({"data": [{"index": 0}]}),
        Reply({"data": [{"index": 0, "embedding": "AAAAAA=="}]}),
        Reply({"data": [{"index": [0], "embedding": [1, 2, 3, 4]}]}),
        Reply({"data": {"index": 0, "embedding": [1, 2, 3, 4]}}),
        Reply(b'{"data": [{"index": 0, "embedding": [NaN, 1, 2, 3]}]}'),
        Reply(b'{"data": [{"index": 0, "embedding": [1e400, 1, 2, 3]}]}'),
        answer([]),
        answer([vector("a"), vector("b")]),
        answer([vector("a"), vector("b")], [0, 0]),
        answer([vector("a")], [1]),
        answer([[1e300, 0.0, 0.0, 1.0]]),
        answer([[1.0, 2.0, 3.0]]),
        answer([[[1.0, 2.0, 3.0, 4.0]]]),
        answer([[]]),
        answer([["1", None, {}, 2]]),
    ],
)
def test_an_answer_without_one_sound_vector_a_text_is_refused(
    server: Server, connect: Connect, reply: Reply
) -> None:
    server.script = [reply]
    with pytest.raises(BadCompletionError):
        connect().embed(["a"])
    assert len(server.asked) == 1


def test_a_vector_of_zeros_stays_zeros(server: Server, connect: Connect) -> None:
    server.script = [answer([[0.0] * SIZE])]
    assert not connect().embed(["a"]).any()


def test_rows_of_different_sizes_are_refused(server: Server, connect: Connect) -> None:
    server.script = [answer([[1.0, 2.0, 3.0, 4.0], [1.0]])]
    with pytest.raises(BadCompletionError):
        connect().embed(["a", "b"])


def test_a_model_that_changes_its_size_is_refused(server: Server, connect: Connect) -> None:
    embedder = connect(None)
    assert embedder.model.dimensions == SIZE
    server.script = [answer([[1.0, 2.0]])]
    with pytest.raises(BadCompletionError):
        embedder.embed(["a"])


def test_a_server_that_does_not_tell_its_size_is_an_error(server: Server, connect: Connect) -> None:
    server.script = [Reply(b"<html>", kind="text/html")]
    with pytest.raises(BadCompletionError):
        connect(None)


def test_a_silent_server_is_given_up(server: Server, connect: Connect, naps: list[float]) -> None:
    server.script = [None] * 50
    with pytest.raises(ModelUnavailableError):
        connect(timeout_s=0.02, deadline_s=0.05).embed(["a"])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/v1", "no address", "ftp://127.0.0.1/v1", "", "http://[::x/v1"]
)
def test_an_address_where_nobody_answers_is_an_error(url: str, naps: list[float]) -> None:
    embedder = HostedEmbedder(url, "m", SIZE)
    with pytest.raises(ModelUnavailableError):
        embedder.embed(["a"])
    embedder.close()


def test_it_may_be_used_again_after_closing(connect: Connect) -> None:
    embedder = connect()
    embedder.close()
    assert embedder.embed(["a"]) == unit("a")
    embedder.close()
    assert embedder.embed(["b"]) == unit("b")
