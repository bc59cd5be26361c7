"""Who our account is beyond its devices: keys that sign them, so that other apps trust in them."""

import asyncio
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from nio.api import Api

from learncomm_agent.errors import PlatformError
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import Me, mapping
from learncomm_matrix.connection.wire import Wire, path
from learncomm_matrix.encryption.machine import keys_lost
from learncomm_matrix.faults import BadTokenError

_USAGES = ("master", "self_signing", "user_signing")
_log = logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One of the three; made and used on a thread, as the library loads its parts when it needs them."""

    seed: bytes
    public: str = field(init=False)
    """What others know of it."""

    def __post_init__(self) -> None:
        """Derive what others know."""
        raw = self._pair().public_key().export_key(format="raw")
        object.__setattr__(self, "public", _plain(raw))

    def signed(self, content: Mapping[str, Any], user_id: str) -> dict[str, Any]:
        """Return something with its signature on it."""
        bare = {key: each for key, each in content.items() if key not in ("signatures", "unsigned")}
        message = Api.to_canonical_json(bare).encode()
        signature = _plain(eddsa.new(self._pair(), "rfc8032").sign(message))
        before = mapping(content.get("signatures"))
        mine = {**mapping(before.get(user_id)), f"ed25519:{self.public}": signature}
        return {**bare, "signatures": {**before, user_id: mine}}

    def _pair(self) -> ECC.EccKey:
        return ECC.construct(curve="Ed25519", seed=self.seed)


class Identity:
    """Signs our device; its keys stand in a file beside those of the device."""

    def __init__(self, folder: Path, wire: Wire, me: Me) -> None:
        """Take what it needs; the folder is there."""
        self._path = identity_path(folder, me)
        self._wire = wire
        self._me = me

    async def sign(self, told: Mapping[str, Any]) -> bool:
        """Let our device be signed, and return whether it is; what is done already is not done again.

        Args:
            told: What the homeserver tells of our keys.

        Raises:
            PlatformError: It can't be asked, or the disk does not let us.
        """
        user = self._me.user_id
        keys = await asyncio.to_thread(self._keys)
        there = mapping(mapping(told.get("master_keys")).get(user))
        if f"ed25519:{keys['master'].public}" not in mapping(there.get("keys")):
            try:
                await self._upload(keys)
            except BadTokenError:  # it asks for the password: the account has an identity already
                _log.error("device not signed: the account has another identity")
                return False
        devices = mapping(mapping(told.get("device_keys")).get(user))
        shown = mapping(devices.get(self._me.device_id))
        signer = keys["self_signing"]
        if f"ed25519:{signer.public}" in mapping(mapping(shown.get("signatures")).get(user)):
            return True
        mine = await asyncio.to_thread(signer.signed, shown, user)
        signed = {user: {self._me.device_id: mine}}
        address = path("keys", "signatures", "upload")
        answer = await self._wire.change("signature", "POST", address, signed)
        if mapping(answer.get("failures")):
            _log.error("device not signed: the homeserver refused the signature")
            return False
        return True

    async def _upload(self, keys: Mapping[str, Key]) -> None:
        address = path("keys", "device_signing", "upload")
        body = await asyncio.to_thread(self._shown, keys)
        await self._wire.change("identity", "POST", address, body)

    def _shown(self, keys: Mapping[str, Key]) -> dict[str, Any]:
        user, master = self._me.user_id, keys["master"]
        body: dict[str, Any] = {}
        for usage, key in keys.items():
            bare = {
                "user_id": user,
                "usage": [usage],
                "keys": {f"ed25519:{key.public}": key.public},
            }
            body[f"{usage}_key"] = bare if key is master else master.signed(bare, user)
        return body

    def _keys(self) -> dict[str, Key]:
        """Return what was kept, or new ones, which are on the disk before anybody hears of them."""
        try:
            try:
                told = mapping(json.loads(self._path.read_text(encoding="utf-8")))
            except FileNotFoundError:
                return self._made()
            return {usage: Key(_seed(told[usage])) for usage in _USAGES}
        except OSError as error:
            raise PlatformError(f"identity: {error}") from error
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise keys_lost(f"{self._path.name!r} can't be read") from error

    def _made(self) -> dict[str, Key]:
        keys = {usage: Key(secrets.token_bytes(32)) for usage in _USAGES}
        kept = {usage: b64encode(key.seed).decode() for usage, key in keys.items()}
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        return keys


def identity_path(folder: Path, me: Me) -> Path:
    """Return where the keys of an account stand."""
    digest = blake2b(me.user_id.encode(), digest_size=8).hexdigest()
    return folder / f"identity-{digest}.json"


def is_signed(told: Mapping[str, Any], me: Me) -> bool:
    """Whether our device carries the signature of our account, by what the homeserver tells of both."""
    signers = mapping(mapping(told.get("self_signing_keys")).get(me.user_id)).get("keys")
    devices = mapping(mapping(told.get("device_keys")).get(me.user_id))
    signatures = mapping(mapping(devices.get(me.device_id)).get("signatures"))
    return bool(set(mapping(signers)) & set(mapping(signatures.get(me.user_id))))


def _seed(told: str) -> bytes:
    seed = b64decode(told, validate=True)
    if len(seed) != 32:
        raise ValueError("no seed")
    return seed


def _plain(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")
