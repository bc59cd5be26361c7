"""What every test may rely on: no network, an empty home, a loop that never blocks, a clock of its own."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from blockbuster import blockbuster_ctx
from platformdirs import user_data_path

from learncomm_agent.cli import main
from learncomm_agent.words import Words
from learncomm_agent.writing.language.cues import Cues, read_cues
from tests.calling import Call, Outcome

if TYPE_CHECKING:
    from learncomm_agent.testing.clock import ManualClock

pytest_plugins = ["tests.adapters.matrix.servers"]

REAL_MODELS = user_data_path("learncomm") / "models"
HOME_VARIABLES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
XDG_VARIABLES = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")

# Small reads that happen once, and imports: which test meets them first depends on the order.
MAY_BLOCK = (
    ("learncomm_agent/documents.py", {"read_text"}),
    ("learncomm_agent/roots.py", {"find", "names", "own", "shipped"}),
    ("learncomm_agent/llm/recording.py", {"_text"}),
    ("babel/localedata.py", {"exists", "load"}),
    ("babel/core.py", {"get_global"}),
    ("<frozen importlib._bootstrap>", {"_find_and_load"}),
)


class NetworkError(RuntimeError):
    """A test reached for the network."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow files first, or one worker is left with them when all others have nothing to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine; code in C or Rust is not covered."""
    connect, connect_ex, look_up = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded(self: socket.socket, address: Any) -> None:
        refuse_far(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        refuse_far(address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_far((host, 0))
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


def refuse_far(address: Any) -> None:
    """Raise where an address is not on this machine; Unix sockets, which are paths, are."""
    if not isinstance(address, tuple) or address[0] in (None, "", "localhost", b"localhost"):
        return
    try:
        if ip_address(str(address[0]).split("%")[0]).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkError(f"a test reached for {address[0]!r}")


@pytest.fixture(autouse=True)
def empty_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home of its own, and none of the operator's variables."""
    home = tmp_path_factory.mktemp("home")
    for name in HOME_VARIABLES:
        monkeypatch.setenv(name, str(home))
    for name in XDG_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in [each for each in os.environ if each.startswith("LEARNCOMM_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture(scope="session", autouse=True)
def no_blocking() -> Iterator[None]:
    """Fail a test whose code blocks the event loop: sleeping, files or SQL outside a thread."""
    scanned = ["learncomm_agent", "learncomm_discord", "learncomm_matrix", "learncomm_terminal"]
    with blockbuster_ctx(scanned) as guard:
        for function in guard.functions.values():
            for file, names in MAY_BLOCK:
                function.can_block_in(file, names)
        yield


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Keep what every agent makes anew and alike: parsed words, prepared cues, compiled SQL.

    One process has one agent, a worker of the suite has hundreds; all this is kept by its content.
    """
    known: dict[str, Cues] = {}

    def prepared(table: Mapping[str, Any]) -> Cues:
        key = repr(table)
        if key not in known:
            known[key] = read_cues(table)
        return known[key]

    first = sa.create_engine("sqlite://", query_cache_size=4000)
    first.connect().close()  # so that its dialect has looked at the library
    make = sa.create_engine

    def create_engine(*args: Any, **kwargs: Any) -> sa.Engine:
        engine = make(*args, **kwargs)
        if args == ("sqlite://",):
            # A compiled statement is kept by its dialect and its form.
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    parsed = SimpleNamespace(**{**vars(tomllib), "loads": cache(tomllib.loads)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("learncomm_agent.phrases.tomllib", parsed)
        patch.setattr("learncomm_agent.writing.language.cue_book.read_cues", prepared)
        patch.setattr(sa, "create_engine", create_engine)
        yield
    first.dispose()


@pytest.fixture
def models_folder() -> Path:
    """The folder with the local embedding model; without it the test is skipped."""
    if not REAL_MODELS.is_dir():
        pytest.skip("the local model is missing: make setup brings it")
    return REAL_MODELS


@pytest.fixture
def clock() -> "ManualClock":
    """A clock that the test moves by hand."""
    from learncomm_agent.testing.clock import ManualClock

    return ManualClock()


@pytest.fixture
def words() -> Words:
    """The shipped words."""
    return Words()


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the starter library in it, and its vectors, made once; see `data`."""
    from learncomm_agent.testing.community import Gathering
    from learncomm_agent.testing.embedder import HashingEmbedder

    folder = tmp_path_factory.mktemp("seed") / "data"

    async def fill() -> None:
        async with Gathering(folder, embedder=HashingEmbedder):
            return

    asyncio.run(fill())
    return folder


@pytest.fixture
def data(seed: Path, tmp_path: Path) -> Path:
    """A copy of it for one test: an agent opens it five times as quickly as an empty folder."""
    return Path(shutil.copytree(seed, tmp_path / "data"))


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chroma server on this machine, for all tests that want one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = ("--host", "127.0.0.1", "--port", str(port))
    folder = tmp_path_factory.mktemp("chroma")
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), *place]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert server.poll() is None, "the server ended"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file by which nothing waits for a model."""
    path = tmp_path / "learncomm.toml"
    path.write_text('[embedding]\nkind = "off"\n')
    return path


@pytest.fixture
def learncomm(
    tmp_path: Path,
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Call:
    """Call the command line."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "120")

    def call(*args: str) -> Outcome:
        root = ["--data", str(tmp_path / "data"), "--settings", str(settings)]
        monkeypatch.setattr(sys, "argv", ["learncomm", *root, *args])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), printed.out, printed.err)

    return call
