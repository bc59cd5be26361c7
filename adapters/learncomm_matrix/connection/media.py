"""Files, in and out; the homeserver keeps those of encrypted rooms without being able to read them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from learncomm_agent.errors import NotPermittedError, PlatformError
from learncomm_matrix.connection.answers import mapping, text
from learncomm_matrix.connection.reading import Reading
from learncomm_matrix.connection.wire import CLIENT_V1, MEDIA, path
from learncomm_matrix.faults import TooLargeError, WrongAddressError

USUAL_LIMIT = 10_000_000
"""What is taken to be the limit where the homeserver does not tell one."""
_MXC = "mxc://"


class Media(Reading):
    """Brings files and takes them."""

    _limit: int | None = None

    async def upload(self, content: bytes, name: str, media_type: str) -> str:
        """Hand a file over, and return its address.

        Raises:
            TooLargeError: The homeserver takes none so large.
            PlatformError: It was not taken.
        """
        # Asked to take more, a homeserver hangs up, as one that is gone does.
        if len(content) > await self.upload_limit():
            raise TooLargeError(f"upload: {len(content)} bytes")
        address = path("upload", base=MEDIA)
        told = await self._wire.upload("upload", address, {"filename": name}, content, media_type)
        uri = text(told.get("content_uri"))
        if not uri.startswith(_MXC):
            raise WrongAddressError("upload: no address of a file")
        return uri

    async def upload_to(
        self, room_id: str, content: bytes, name: str, media_type: str
    ) -> Mapping[str, Any]:
        """Hand a file over for one room, and return what stands of it in a message: `url` or `file`.

        Raises:
            TooLargeError: The homeserver takes none so large.
            PlatformError: It was not taken.
        """
        if not self.is_encrypted(room_id):
            return {"url": await self.upload(content, name, media_type)}
        if self._encryption is None:
            raise no_keys(room_id)
        sealed, file = await asyncio.to_thread(self._encryption.seal, content)
        return {"file": {**file, "url": await self.upload(sealed, "", "application/octet-stream")}}

    async def download(self, mxc: str, most_bytes: int) -> bytes:
        """Return a file as the homeserver keeps it.

        Raises:
            TooLargeError: It is larger; no more than the limit was read.
            RoomGoneError: It is not there.
            PlatformError: It can't be had.
        """
        server, _, id = mxc.removeprefix(_MXC).partition("/")
        if not mxc.startswith(_MXC) or not server or not id:
            raise PlatformError("download: no address of a file")
        address = path("media", "download", server, id, base=CLIENT_V1)
        try:
            return await self._wire.download("download", address, most_bytes)
        except WrongAddressError:  # a homeserver of before 2024
            older = path("download", server, id, base=MEDIA)
            return await self._wire.download("download", older, most_bytes)

    async def download_of(self, content: Mapping[str, Any], most_bytes: int) -> bytes:
        """Return the file of a message in clear, by the `url` or `file` of its content.

        Raises:
            TooLargeError: It is larger; no more than the limit was read.
            RoomGoneError: It is not there.
            PlatformError: It can't be had, or was changed on its way.
        """
        file = mapping(content.get("file"))
        if not file:
            return await self.download(text(content.get("url")), most_bytes)
        sealed = await self.download(text(file.get("url")), most_bytes)
        if self._encryption is None:
            raise PlatformError("download: encryption is off", phrase="matrix.needs_encryption")
        return await asyncio.to_thread(self._encryption.unseal, sealed, file)

    async def upload_limit(self) -> int:
        """Return how many bytes a file may have; asked once.

        Raises:
            PlatformError: It can't be told.
        """
        if self._limit is None:
            self._limit = await self._asked_limit()
        return self._limit

    async def _asked_limit(self) -> int:
        try:
            told = await self._wire.get("limit", path("media", "config", base=CLIENT_V1))
        except WrongAddressError:
            told = await self._wire.get("limit", path("config", base=MEDIA))
        limit = told.get("m.upload.size")
        return limit if isinstance(limit, int) and limit > 0 else USUAL_LIMIT


def no_keys(room_id: str) -> NotPermittedError:
    """Return that a room is encrypted and we are not."""
    return NotPermittedError(f"{room_id!r} is encrypted", phrase="matrix.needs_encryption")
