"""What a running process leaves of its connections, and what `doctor` beside it makes of that."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent import checkup
from learncomm_agent.agent import Agent
from learncomm_agent.chat.platform import Connection
from learncomm_agent.checkup import Check
from learncomm_agent.heartbeat import EVERY_S
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.storage import state
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.words import Words


class Reporting(FakePlatform):
    """Says that its connections are as a test wants them."""

    connections: Sequence[Connection] = ()

    def report(self) -> Sequence[Connection]:
        return self.connections


@dataclass
class Process:
    """One that runs, and `doctor` beside it."""

    agent: Agent
    platform: Reporting
    clock: ManualClock

    async def looked_at(self, *states: str, trouble: str = "") -> list[Check]:
        """Return what `doctor` says of connections that have been so for five minutes."""
        while not await self._beats(states, trouble):
            pass  # it had not come to its wait yet
        found = await asyncio.to_thread(
            checkup.checks, self.agent.settings, Words(), self.clock.now()
        )
        return [each for each in found if each.name == "connection"]

    async def _beats(self, states: Sequence[str], trouble: str) -> bool:
        """Let ten seconds pass, and return whether a row was written at their end."""
        then = self.clock.now() + timedelta(seconds=EVERY_S) - timedelta(minutes=5)
        self.platform.connections = [
            Connection(each, then, str(number), 40, {"restarts": 2}, trouble)
            for number, each in enumerate(states)
        ]
        await self.clock.advance(EVERY_S)
        database = self.agent.house.database
        await database.write(lambda conn: None)  # the row is written before this is
        row = await database.read(lambda conn: state.get(conn, "process"))
        return row is not None and row[1] == self.clock.now()


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    clock = ManualClock()
    platform = Reporting(clock=clock)
    settings = Settings(data=tmp_path, embedding=EmbeddingSettings(kind="off"))
    async with Agent(settings, [platform], clock=clock) as agent:
        yield Process(agent, platform, clock)


def said(check: Check, language: str) -> str:
    return Words().phrase(check.phrase, language=language, **check.facts)


async def test_doctor_says_how_a_running_process_is_connected(process: Process) -> None:
    assert await process.looked_at() == [], "nothing is known before the start"
    for states, is_ok, sentence in (
        (["ready"], True, "fake: connected for 5 minutes."),
        (["ready"] * 2, True, "fake: connected for 5 minutes, 2 of 2 connections."),
        (["connecting", "ready"], True, "fake: connecting, 1 of 2 connections."),
        (["ready", "resuming"], True, "broke and is coming back, 1 of 2 connections."),
        (["stopped"], False, "fake: not connected."),
        (["ready", "waiting"], False, "waiting for the next attempt, 1 of 2 connections."),
    ):
        [check] = await process.looked_at(*states)
        assert check.is_ok is is_ok
        assert sentence in said(check, "en")
        assert said(check, "de")
        first = check.facts["connections"][0]
        assert (check.facts["all"], first["counts"]) == (len(states), {"restarts": 2})
        assert first["delay_ms"] == 40
        json.dumps(check.facts)


async def test_doctor_says_why_it_waits(process: Process) -> None:
    waiting, why = await process.looked_at("waiting", "ready", trouble="discord.bad_token")
    assert (waiting.is_ok, why.is_ok) == (False, False)
    assert "does not take the token" in said(why, "en")
