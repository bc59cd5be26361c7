"""One question to the homeserver and its answer, by nio's client; what is refused becomes an error of ours.

nio's own calls repeat by themselves for as long as it takes, in any order, and give errors back as
values. So only its lowest one is used, which asks once.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import nio
from aiohttp import ClientResponse, ClientTimeout

from learncomm_agent.errors import DisconnectedError
from learncomm_matrix.connection.answers import mapping
from learncomm_matrix.faults import TooLargeError, WrongAddressError, refusal, translated

CLIENT = "/_matrix/client/v3"
CLIENT_V1 = "/_matrix/client/v1"
MEDIA = "/_matrix/media/v3"
PATIENCE_S = 30.0
"""How long one answer may take."""
_CHUNK = 64 * 1024
_JSON = "application/json"


def path(*parts: str, base: str = CLIENT) -> str:
    """Return the path of these parts, whatever characters they hold."""
    return "/".join((base, *(quote(each, safe="") for each in parts)))


class Wire:
    """Asks one homeserver with one token."""

    def __init__(self, address: str, token: str, patience_s: float = PATIENCE_S) -> None:
        """Take where and as whom to ask; nothing is connected."""
        config = nio.AsyncClientConfig(encryption_enabled=False, store=None)
        self._client = nio.AsyncClient(address.rstrip("/"), config=config)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._patience_s = patience_s
        self._is_closed = False

    async def close(self) -> None:
        """Let go of the connections; harmless where there are none."""
        self._is_closed = True
        await self._client.close()

    async def get(
        self, doing: str, path: str, query: Mapping[str, str] | None = None, *, wait_s: float = 0
    ) -> Mapping[str, Any]:
        """Return what stands at a path.

        Args:
            doing: What is being done, for the log.
            path: As `path` makes it.
            query: What is asked for.
            wait_s: How long the homeserver may wait for something to happen.

        Raises:
            PlatformError: It was refused; see `faults`.
        """
        return await self._json(doing, "GET", _with(path, query), wait_s=wait_s)

    async def listing(self, doing: str, path: str) -> list[Any]:
        """Return the list that stands at a path.

        Raises:
            PlatformError: It was refused; see `faults`.
        """
        answer = await self._told(doing, "GET", path)
        if not isinstance(answer, list):
            raise WrongAddressError(f"{doing}: no list")
        return answer

    async def change(
        self, doing: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Change something, and return what is told of it.

        Raises:
            PlatformError: It was refused; see `faults`.
        """
        written = json.dumps(body or {}, ensure_ascii=False).encode("utf-8", "replace")
        return await self._json(doing, method, path, body=written)

    async def upload(
        self, doing: str, path: str, query: Mapping[str, str], content: bytes, media_type: str
    ) -> Mapping[str, Any]:
        """Hand a file over, and return what is told of it; it may take as long as it takes to go.

        Raises:
            PlatformError: It was refused; see `faults`.
        """
        wait_s = len(content) / _CHUNK
        return await self._json(
            doing, "POST", _with(path, query), body=content, media_type=media_type, wait_s=wait_s
        )

    async def download(self, doing: str, path: str, most_bytes: int) -> bytes:
        """Return a file, or stop at the limit.

        Raises:
            TooLargeError: It is larger.
            PlatformError: It was refused; see `faults`.
        """
        wait_s = most_bytes / _CHUNK
        with translated(doing):
            async with await self._ask("GET", path, None, _JSON, wait_s) as response:
                if response.status != 200:
                    raise refusal(doing, response.status, mapping(await _answer(response)))
                if (response.content_length or 0) > most_bytes:
                    raise TooLargeError(f"{doing}: {response.content_length} bytes")
                got = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK):
                    got += chunk
                    if len(got) > most_bytes:
                        raise TooLargeError(f"{doing}: more than {most_bytes} bytes")
                return bytes(got)

    async def _json(self, doing: str, method: str, path: str, **asked: Any) -> Mapping[str, Any]:
        answer = await self._told(doing, method, path, **asked)
        if not isinstance(answer, dict):
            raise WrongAddressError(f"{doing}: no object")
        return answer

    async def _told(
        self,
        doing: str,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        media_type: str = _JSON,
        wait_s: float = 0,
    ) -> object:
        with translated(doing):
            async with await self._ask(method, path, body, media_type, wait_s) as response:
                answer = await _answer(response)
                if response.status >= 300:
                    header = response.headers.get("Retry-After")
                    raise refusal(doing, response.status, mapping(answer), header)
                return answer

    async def _ask(
        self, method: str, path: str, body: bytes | None, media_type: str, wait_s: float
    ) -> ClientResponse:
        if self._is_closed:  # nio would connect anew, and nobody would ever close that
            raise DisconnectedError("the session is closed")
        headers = {**self._headers, "Content-Type": media_type}
        limit = ClientTimeout(total=self._patience_s + wait_s)
        content = None if body is None else BytesIO(body)  # bytes themselves would hold the loop up
        response = await self._client.send(method, path, content, headers, timeout=limit)
        if not isinstance(response, ClientResponse):
            raise DisconnectedError("no answer")
        return response


async def _answer(response: ClientResponse) -> object:
    """Return what stands in an answer; None where it is no JSON."""
    try:
        return json.loads(await response.read())
    except (ValueError, RecursionError):
        return None


def _with(path: str, query: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path
