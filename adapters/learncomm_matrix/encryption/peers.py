"""The devices of others: which there are, and a first contact with each."""

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from nio.crypto import Olm
from nio.responses import KeysClaimResponse, KeysQueryResponse, ToDeviceResponse

from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import mapping
from learncomm_matrix.connection.wire import Wire, path
from learncomm_matrix.encryption.machine import STORE_FAILED, Machine

PATIENCE_MS = 10_000
"""How long the homeserver waits for the homeservers of others."""
_log = logger(__name__)


class Peers:
    """Knows the devices of those we write to."""

    def __init__(self, machine: Machine, wire: Wire) -> None:
        """Take what it needs."""
        self._machine = machine
        self._wire = wire

    async def look_up(self, users: Iterable[str]) -> None:
        """Learn which devices people have; of whose homeserver is away, what was known stays.

        Raises:
            PlatformError: It can't be told.
        """
        asked = {"device_keys": {each: [] for each in users}, "timeout": PATIENCE_MS}
        told = await self._wire.change("devices", "POST", path("keys", "query"), asked)
        found = mapping(told.get("device_keys"))
        await self._machine.do(lambda olm: _note(olm, found))

    async def meet(self, users: Iterable[str]) -> None:
        """Open a way to each device of theirs that we have none to yet.

        Raises:
            PlatformError: It can't be told how.
        """
        people = list(users)
        await self._claim(
            await self._machine.do(lambda olm: dict(olm.get_missing_sessions(people)))
        )

    async def mend(self) -> None:
        """Open a new way to devices whose letters could not be opened, and tell them.

        Raises:
            PlatformError: It was not told.
        """
        wedged = await self._machine.do(_wedged)
        if wedged:
            await self._claim(wedged)
        for letter in await self._machine.do(lambda olm: list(olm.outgoing_to_device_messages)):
            await send(self._wire, letter.type, letter.as_dict()["messages"])
            await self._machine.do(partial(_gone, letter))

    async def _claim(self, devices: Mapping[str, Iterable[str]]) -> None:
        if not devices:
            return
        wanted = {
            user: dict.fromkeys(ids, "signed_curve25519") for user, ids in devices.items() if ids
        }
        asked = {"one_time_keys": wanted, "timeout": PATIENCE_MS}
        told = await self._wire.change("first keys", "POST", path("keys", "claim"), asked)
        found = mapping(told.get("one_time_keys"))
        await self._machine.do(lambda olm: _begin(olm, found))


async def send(wire: Wire, type: str, messages: Mapping[str, Any]) -> None:
    """Send letters to devices, by person and device.

    Raises:
        PlatformError: They were not sent.
    """
    # Sent twice, a letter is opened once; so each attempt may have a number of its own.
    address = path("sendToDevice", type, secrets.token_hex(16))
    await wire.change("letters", "PUT", address, {"messages": messages})


def _gone(letter: Any, olm: Olm) -> None:
    olm.handle_response(ToDeviceResponse(letter))


def _note(olm: Olm, found: Mapping[str, Any]) -> None:
    """Note the devices of each person by themselves: what is wrong with one's must not hide others'."""
    for user, devices in found.items():
        answer = {"device_keys": {user: devices}, "failures": {}}
        _taken(olm, KeysQueryResponse, answer)


def _begin(olm: Olm, found: Mapping[str, Any]) -> None:
    for user, devices in found.items():
        for device, keys in mapping(devices).items():
            if mapping(keys):
                _taken(olm, KeysClaimResponse, {"one_time_keys": {user: {device: keys}}})


def _taken(olm: Olm, kind: Any, answer: dict[str, Any]) -> None:
    response = kind.from_dict(answer)
    if not isinstance(response, kind):
        _log.warning("keys of a person are none")
        return
    try:
        olm.handle_response(response)
    except STORE_FAILED:
        raise
    except Exception as error:  # the library trusts in too much of what strangers send
        _log.warning("keys of a person are none", error=type(error).__name__)


def _wedged(olm: Olm) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for device in olm.wedged_devices:
        found.setdefault(device.user_id, []).append(device.device_id)
    return found
