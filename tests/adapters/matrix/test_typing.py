"""The sign that the agent writes: shown where an answer takes a while, and for nothing else."""

import asyncio

from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter
from learncomm_matrix.posting.typing import Typing
from tests.adapters.matrix.broken_server import broken, json
from tests.adapters.matrix.following_world import Quick, options, until


async def test_the_sign_is_left_out_where_something_is_posted_first() -> None:
    async with broken() as server:
        server.says("/typing/@bot:x", json({}))
        clock, homeserver = Quick(), Homeserver(options(server.url, "token"))
        typing = Typing(homeserver, Limiter(clock), clock)
        await homeserver.open()
        typing.begin("!quick:x")
        typing.begin("!slow:x")
        typing.begin("!slow:x")
        await asyncio.sleep(0)
        typing.end("!quick:x")
        await until(lambda: len(server.asked) > 1)
        typing.begin("!closed:x")
        await typing.close()
        await homeserver.close()
    shown = [each for each in server.asked if "/typing/" in each]
    assert len(shown) == 1 and "!slow:x" in shown[0]
