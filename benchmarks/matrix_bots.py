"""The bots that `matrix_answers.py` and `matrix_kills.py` speak with, each in a process of its own.

    python -m benchmarks.matrix_bots echo|ours HOMESERVER FOLDER

*echo* is a bare bot of nio that says again what is said to it. The token is in the environment. Each
prints a line once it is ready, and ends with its input.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nio
from pydantic import SecretStr

from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.words import Words
from learncomm_matrix.adapter import MatrixAdapter
from learncomm_matrix.options import Options

ROOT = Path(__file__).parent.parent
TOKEN = "LEARNCOMM_MATRIX_TOKEN"
AGAIN_S = 0.3
PATIENCE_S = 120.0


class Child:
    """A bot in a process of its own, which may be killed and begun again."""

    def __init__(self, kind: str, url: str, token: str, folder: Path) -> None:
        """Name what is run; nothing runs yet."""
        self._command = [sys.executable, "-m", "benchmarks.matrix_bots", kind, url, str(folder)]
        self._environment = {**os.environ, TOKEN: token}
        self._log = folder / f"{kind}.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Begin it, again and again where its homeserver is away, and wait until it is ready."""
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(self._is_ready):  # noqa: ASYNC110 # nobody tells
                await asyncio.sleep(AGAIN_S)

    def kill(self) -> None:
        """End it as a crash would; harmless where nothing runs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _is_ready(self) -> bool:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        if self._process.stdout.readline():
            return True
        self.kill()
        return False


async def echo(url: str, token: str) -> None:
    """Run a bot that says again what others say."""
    client = nio.AsyncClient(url)
    client.access_token = token
    await client.whoami()
    await client.sync(timeout=0)

    async def say(room: nio.MatrixRoom, event: nio.Event) -> None:
        if event.sender != client.user_id and isinstance(event, nio.RoomMessageText):
            said: dict[str, Any] = {"msgtype": "m.text", "body": event.body}
            said["m.relates_to"] = {"m.in_reply_to": {"event_id": event.event_id}}
            await client.room_send(room.room_id, "m.room.message", said)

    client.add_event_callback(say, nio.RoomMessageText)
    going = asyncio.create_task(client.sync_forever(timeout=30_000))
    await _until_told()
    going.cancel()
    await asyncio.wait([going])
    await client.close()


async def ours(url: str, token: str, folder: Path) -> None:
    """Run an agent that holds the folder."""
    settings = Settings(data=folder / "data", embedding=EmbeddingSettings(kind="off"))
    options = Options(homeserver=url, token=SecretStr(token))
    clock, catalogue = SystemClock(), builtin.catalogue()
    surroundings = Surroundings(folder / "matrix", clock, Words(), catalogue, options=options)
    async with Agent(settings, [MatrixAdapter(surroundings)], clock=clock) as agent:
        await agent.ready()
        await _until_told()


async def _until_told() -> None:
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


def main(kind: str, url: str, folder: str) -> None:
    """Run one of them."""
    token = os.environ[TOKEN]
    asyncio.run(echo(url, token) if kind == "echo" else ours(url, token, Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
