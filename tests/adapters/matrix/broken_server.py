"""A homeserver on loopback that answers as a broken one does: what Synapse can't be made to do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def json(body: object, status: int = 200) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return answer


def html(status: int) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, text="<html>Bad Gateway</html>", content_type="text/html"
        )

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """Promise more than comes."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"next_batch": ')
    assert request.transport is not None
    request.transport.close()
    return response


async def silence(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(1)
    return web.Response()


class Broken:
    """Gives the answers it was given, one after the other, the last of a path again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.answers: dict[str, list[Answer]] = {}

    def says(self, end: str, *answers: Answer) -> None:
        """Answer so where a path ends so."""
        self.answers[end] = [*answers]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        for end, answers in self.answers.items():
            if request.path.endswith(end):
                return await (answers.pop(0) if len(answers) > 1 else answers[0])(request)
        return await json({"errcode": "M_UNRECOGNIZED"}, 404)(request)


@asynccontextmanager
async def broken() -> AsyncIterator[Broken]:
    double = Broken()
    double.says("/whoami", json({"user_id": "@bot:x", "device_id": "D"}))
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", double.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    double.url = f"http://{host}:{port}"
    try:
        yield double
    finally:
        await runner.cleanup()
