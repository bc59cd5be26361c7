"""The nets under all tests hold."""

import asyncio
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from blockbuster import BlockingError
from platformdirs import user_data_path

from learncomm_agent.words import Words


def run_as_ours(source: str, **names: object) -> object:
    """Run a function `it` as if it stood in the package, where blocking is watched for."""
    import learncomm_agent

    file = Path(learncomm_agent.__path__[0]) / "imagined.py"
    scope = dict(names)
    exec(compile(source, str(file), "exec"), scope)
    return scope["it"]()  # type: ignore[operator]


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_a_connection_that_leaves_the_machine_is_refused(host: str) -> None:
    with pytest.raises(RuntimeError, match="reached for"):
        socket.create_connection((host, 80), timeout=0.01)


def test_a_connection_within_the_machine_is_allowed() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert server.getsockname() == client.getpeername()


def test_the_home_is_empty_and_of_this_test_alone(empty_home: Path) -> None:
    assert user_data_path("learncomm").is_relative_to(empty_home)
    assert not list(empty_home.iterdir())


async def test_our_code_may_not_sleep_in_the_loop() -> None:
    with pytest.raises(BlockingError):
        run_as_ours("def it(): sleep(0)", sleep=lambda s: time.sleep(s))


async def test_our_code_may_not_run_sql_in_the_loop(tmp_path: Path) -> None:
    conn = sqlite3.connect(":memory:")
    with pytest.raises(BlockingError):
        run_as_ours("def it(): conn.execute('select 1')", conn=conn)
    conn.close()


async def test_a_thread_may_block() -> None:
    await asyncio.to_thread(run_as_ours, "def it(): sleep(0)", sleep=time.sleep)


async def test_words_may_be_read_for_the_first_time_in_the_loop() -> None:
    assert Words().phrase("error.plugin_unknown", language="de", name="x", known=("a",))
