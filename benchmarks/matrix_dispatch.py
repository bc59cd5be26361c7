"""What a chatter message on Matrix costs beyond nio's own parsing: CPU from the parsed answer to the agent.

    python -m benchmarks.matrix_dispatch

An answer of 1,000 messages in 20 rooms of a space, each with 200 members, that are not read, is parsed
beforehand. It goes through the adapter as it runs, with its directory, its offers and its forms, into
`Agent.handle`; beside it stands what nio takes to parse the same answer. No network takes part.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nio
from pydantic import SecretStr

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.words import Words
from learncomm_matrix.connection.answers import JoinedRoom, RawEvent, Sync, read_sync
from learncomm_matrix.connection.gaps import Gaps
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.options import Options
from learncomm_matrix.session import Session

MESSAGES = 1_000
ROOMS = 20
MEMBERS = 200
ROUNDS = 25
BAR_US = 20.0
TEXT = "did anybody finish the third chapter? I liked the part about the garden"
ME = "@guide:example.org"
SPACE = "!space:example.org"
OWNER = "@member0:example.org"


def answer(number: int = 0) -> dict[str, Any]:
    """Write what a homeserver answers; no two answers hold the same event."""
    each = MESSAGES // ROOMS
    rooms = {f"!room{n}:example.org": _room(number, n, each) for n in range(ROOMS)}
    return {"next_batch": "s1", "rooms": {"join": rooms}}


def _room(answer: int, room: int, count: int) -> dict[str, Any]:
    events = [
        {
            "type": "m.room.message",
            "event_id": f"$answer{answer}room{room}event{n}",
            "sender": f"@member{n % MEMBERS}:example.org",
            "origin_server_ts": 1_700_000_000_000 + n,
            "content": {"msgtype": "m.text", "body": f"{TEXT} ({n})", "m.mentions": {}},
            "unsigned": {"age": 12, "membership": "join"},
        }
        for n in range(count)
    ]
    empty: dict[str, Any] = {"events": []}
    return {
        "timeline": {"events": events, "limited": False, "prev_batch": "p"},
        "state": empty,
        "ephemeral": empty,
        "account_data": empty,
        "summary": {},
        "unread_notifications": {},
    }


def places() -> Sync:
    """Return what there is: a space and its rooms."""
    rooms = [f"!room{n}:example.org" for n in range(ROOMS)]
    children = [_state("m.space.child", room, via=["example.org"]) for room in rooms]
    space = JoinedRoom(SPACE, (*_whole("Readers", "m.space"), *children))
    parent = _state("m.space.parent", SPACE, via=["example.org"], canonical=True)
    return Sync("s0", (space, *(JoinedRoom(each, (*_whole(each), parent)) for each in rooms)))


def _whole(name: str, type: str | None = None) -> list[RawEvent]:
    people = [ME, *(f"@member{n}:example.org" for n in range(MEMBERS))]
    return [
        _state("m.room.create", **{"room_version": "11", **({"type": type} if type else {})}),
        _state("m.room.name", name=name),
        _state("m.room.join_rules", join_rule="invite"),
        _state("m.room.power_levels", users={OWNER: 100}),
        *(_state("m.room.member", id, membership="join", displayname=id[1:9]) for id in people),
    ]


def _state(kind: str, state_key: str = "", /, **content: object) -> RawEvent:
    return {
        "type": kind,
        "state_key": state_key,
        "sender": OWNER,
        "event_id": f"${kind}{state_key}",
        "origin_server_ts": 1_600_000_000_000,
        "content": content,
    }


async def spent(work: Callable[[], Awaitable[object]]) -> float:
    """Return the CPU microseconds a message, as the median of the rounds."""
    figures = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        await work()
        figures.append(1e6 * (time.process_time() - begun) / MESSAGES)
    return statistics.median(figures)


async def run() -> int:
    """Print all; 1 where the bar was missed."""
    written = json.dumps(answer())
    fresh = iter([read_sync(json.loads(json.dumps(answer(n)))) for n in range(ROUNDS)])

    async def theirs() -> None:
        nio.SyncResponse.from_dict(json.loads(written))

    async def parse() -> None:
        json.loads(written)

    async def reading() -> None:
        read_sync(json.loads(written))

    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        settings = Settings(data=folder / "data", embedding=EmbeddingSettings(kind="off"))
        options = Options(homeserver="https://example.org", token=SecretStr("x"))
        surroundings = Surroundings(
            folder, SystemClock(), Words(), builtin.catalogue(), options=options
        )
        notes, homeserver = Notes(folder), Homeserver(options)
        await notes.load()
        async with Agent(settings) as agent:
            await agent.ready()
            session = Session(surroundings, homeserver, notes, ME, agent.handle)
            await session.take(places(), is_context=True)
            assert session.places.room("!room0:example.org") is not None
            gaps = Gaps(homeserver, surroundings.clock)

            async def hear() -> None:
                sync, _ = await gaps.filled_in(next(fresh), "s0")
                await session.take(sync, is_context=False)
                gaps.kept(sync)

            ours = await spent(hear)
        await notes.close()
        await homeserver.close()
    json_us, nio_us, read_us = await spent(parse), await spent(theirs), await spent(reading)
    print(f"a chatter message: {ours:.2f} us beyond parsing (bar {BAR_US:.0f} us)")
    print(f"parsing: nio {nio_us:.2f} us, ours {read_us:.2f} us, of it JSON {json_us:.2f} us")
    print(f"dispatch and parsing together: {(ours + read_us) / nio_us:.2f} x nio's parsing alone")
    return 0 if ours <= BAR_US else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
