"""Our own device: its keys, as the homeserver shows them to others."""

from collections.abc import Mapping
from typing import Any

from nio.crypto import Olm
from nio.responses import KeysUploadResponse

from learncomm_matrix.connection.answers import Me, mapping
from learncomm_matrix.connection.wire import Wire, path
from learncomm_matrix.encryption.machine import Machine, keys_lost
from learncomm_matrix.encryption.opening import ALGORITHM

_ALGORITHMS = ["m.olm.v1.curve25519-aes-sha2", ALGORITHM]
_KIND = "signed_curve25519"


class Device:
    """The device that the token belongs to."""

    def __init__(self, machine: Machine, wire: Wire, me: Me) -> None:
        """Take what it needs."""
        self._machine = machine
        self._wire = wire
        self._me = me

    async def show(self) -> Mapping[str, Any]:
        """Show its keys to others, and return what the homeserver now tells of us.

        Raises:
            PlatformError: It shows others than ours, which are lost then; or it can't be told.
        """
        told = await self._told()
        there = mapping(mapping(mapping(told.get("device_keys")).get(self._me.user_id)))
        shown = mapping(there.get(self._me.device_id))
        key = mapping(shown.get("keys")).get(f"ed25519:{self._me.device_id}")
        if not await self._machine.do(lambda olm: _is_shown(olm, key)):
            await self._upload(0)
            told = await self._told()
        return told

    async def restock(self, left: int) -> None:
        """Leave keys for first contacts, of which each is for one only, where they become few.

        Raises:
            PlatformError: They were not taken.
        """
        most = await self._machine.do(lambda olm: olm.account.max_one_time_keys)
        if left < most // 2:
            await self._upload(left)

    async def _told(self) -> Mapping[str, Any]:
        asked: Mapping[str, Any] = {"device_keys": {self._me.user_id: []}}
        return await self._wire.change("own keys", "POST", path("keys", "query"), asked)

    async def _upload(self, left: int) -> None:
        keys = await self._machine.do(lambda olm: content(olm, left))
        told = await self._wire.change("keys", "POST", path("keys", "upload"), keys)
        count = mapping(told.get("one_time_key_counts")).get(_KIND)
        known = KeysUploadResponse(0, count if isinstance(count, int) else 0)
        await self._machine.do(lambda olm: olm.handle_response(known))


def _is_shown(olm: Olm, key: object) -> bool:
    """Whether the homeserver has our keys already."""
    if key is not None and key != olm.account.identity_keys["ed25519"]:
        raise keys_lost("the homeserver knows other keys of this device")
    olm.account.shared = key is not None
    olm.save_account()
    return bool(olm.account.shared)


def content(olm: Olm, left: int) -> dict[str, Any]:
    """Return what is uploaded; what could not be before is so again, and nothing made beside it."""
    if not olm.account.one_time_keys["curve25519"]:
        olm.account.generate_one_time_keys(olm.account.max_one_time_keys - left)
    olm.save_account()  # or a crash would leave keys with the homeserver that nobody has
    keys = {
        f"{_KIND}:{id}": _signed(olm, {"key": key})
        for id, key in olm.account.one_time_keys["curve25519"].items()
    }
    if olm.account.shared:
        return {"one_time_keys": keys}
    identity = {f"{kind}:{olm.device_id}": key for kind, key in olm.account.identity_keys.items()}
    device = {
        "algorithms": _ALGORITHMS,
        "device_id": olm.device_id,
        "user_id": olm.user_id,
        "keys": identity,
    }
    return {"device_keys": _signed(olm, device), "one_time_keys": keys}


def _signed(olm: Olm, bare: dict[str, Any]) -> dict[str, Any]:
    signature = olm.sign_json(bare)
    return {
        **bare,
        "signatures": {olm.user_id: {f"ed25519:{olm.device_id}": signature}},
    }
