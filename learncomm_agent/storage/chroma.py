"""Where Chroma keeps vectors: in a folder of this process, or on a server of its own."""

import ctypes
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from learncomm_agent.errors import VectorsUnreachableError

if TYPE_CHECKING:
    from chromadb.api.client import Client

_REACHED_S = 5.0
_ANSWERED_S = 20.0
"""How long a server may stay silent before and after it is known to be there."""
_M_PERTURB = -6
"""Of malloc.h: what fills memory that is given out (as its complement) and taken back."""


class ChromaFolder:
    """Chroma in this process; nothing else may live in its folder or open it."""

    prefix = ""
    is_remote = False

    def __init__(self, path: Path) -> None:
        """Name the folder; it is made when opened."""
        self._path = path

    def open(self) -> "Client":
        """Load Chroma and open the folder, about a second. Blocks."""
        import chromadb

        _clean_memory()
        try:
            return cast("Client", chromadb.PersistentClient(str(self._path), _settings()))
        except BaseException:
            self._forget_start()
            raise

    def close(self, client: "Client") -> None:
        """Let go of it. Blocks."""
        client.close()

    def clear(self) -> None:
        """Delete the folder, broken or not; what was opened must be closed."""
        self._forget_start()
        if self._path.is_dir():
            shutil.rmtree(self._path)
        else:
            self._path.unlink(missing_ok=True)

    def _forget_start(self) -> None:
        """Chroma hands out what it once started for a folder, even if that failed or the files went."""
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient._identifier_to_system.pop(str(self._path), None)


class ChromaServer:
    """A Chroma server, shared with whoever else it serves."""

    is_remote = True

    def __init__(self, url: str, prefix: str, token: str | None = None) -> None:
        """Keep how to reach it.

        Args:
            url: `http://host:port`, or `https://…`.
            prefix: What the names of our own collections begin with there.
            token: Sent with every request, where the server wants one.
        """
        self.prefix = prefix
        self._url = url
        self._token = token

    def open(self) -> "Client":
        """Load Chroma's client and make sure that the server is there. Blocks.

        Raises:
            VectorsUnreachableError: It does not answer, or is no Chroma server.
        """
        import chromadb
        import httpx

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        parts = urlsplit(self._url)
        is_safe = parts.scheme == "https"
        try:
            # Chroma's own client would wait for ever.
            beat = httpx.get(
                f"{self._url.rstrip('/')}/api/v2/heartbeat", headers=headers, timeout=_REACHED_S
            )
            beat.raise_for_status()
            client: Any = chromadb.HttpClient(
                host=parts.hostname or "",
                port=parts.port or (443 if is_safe else 80),
                ssl=is_safe,
                headers=headers,
                settings=_settings(),
            )
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            ValueError,
            chromadb.errors.ChromaError,
        ) as error:
            raise unreachable(self._url, error) from error
        client._server._session.timeout = httpx.Timeout(_ANSWERED_S)
        return cast("Client", client)

    def close(self, client: "Client") -> None:
        """Let go of the server; Chroma's client forgets its own connections."""
        both: list[Any] = [client, client._admin_client]
        servers = [each._server for each in both]
        client.close()
        for each in servers:
            each._session.close()

    def clear(self) -> None:
        """Leave the server as it is: it holds what others keep there."""


def unreachable(what: str, error: BaseException) -> VectorsUnreachableError:
    """Return the error that says that a server does not answer, or not as it should."""
    return VectorsUnreachableError(f"the vectors' server: {what!r} failed: {type(error).__name__}")


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(_env_file=None, anonymized_telemetry=False)


def _clean_memory() -> None:
    """Have memory given out empty, where the C library can do that.

    Chroma's index is written to disk as it stands in memory, with room for vectors to come. What stood
    there before, such as the text of a message that was forgotten since, must not be in it.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_PERTURB, 0xFF)
    except (AttributeError, OSError, TypeError):  # another C library
        return
