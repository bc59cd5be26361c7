"""Files of encrypted rooms: each with a key of its own, which stands in the message."""

from collections.abc import Mapping
from typing import Any

from nio.crypto.attachments import decrypt_attachment, encrypt_attachment
from nio.exceptions import EncryptionError

from learncomm_agent.errors import PlatformError
from learncomm_matrix.connection.answers import mapping, text


def seal(content: bytes) -> tuple[bytes, Mapping[str, Any]]:
    """Return a file as it is uploaded, and what its readers need beside its address."""
    sealed, keys = encrypt_attachment(content)
    return sealed, keys


def unseal(content: bytes, file: Mapping[str, Any]) -> bytes:
    """Return a file in clear.

    Raises:
        PlatformError: It is not what was sent.
    """
    key = text(mapping(file.get("key")).get("k"))
    digest = text(mapping(file.get("hashes")).get("sha256"))
    try:
        clear: bytes = decrypt_attachment(content, key, digest, text(file.get("iv")))
    except (EncryptionError, ValueError, TypeError, OverflowError) as error:
        raise PlatformError("download: not the file that was sent") from error
    return clear
