"""What is wrong with the keys, by what the homeserver shows of us and what is on the disk; for `doctor`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from learncomm_agent.chat.platform import Finding
from learncomm_matrix.connection.answers import Me, mapping
from learncomm_matrix.encryption.identity import identity_path, is_signed
from learncomm_matrix.encryption.machine import device_path
from learncomm_matrix.encryption.olm import FOLDER


def findings(told: Mapping[str, Any], folder: Path, me: Me) -> Iterator[Finding]:
    """Yield what is wrong; blocks for a moment, and opens no store.

    Args:
        told: What the homeserver tells of our keys.
        folder: The adapter's own.
        me: Whose keys.
    """
    keys = folder / FOLDER
    is_shown = me.device_id in mapping(mapping(told.get("device_keys")).get(me.user_id))
    if is_shown and not device_path(keys, me).is_file():
        yield Finding(False, "matrix.keys_lost")
    has_identity = bool(mapping(mapping(told.get("master_keys")).get(me.user_id)))
    is_ours = identity_path(keys, me).is_file()
    if has_identity and not (is_signed(told, me) if is_shown else is_ours):
        yield Finding(False, "matrix.not_signed")
