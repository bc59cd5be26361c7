"""Opens sealed events with the keys that are there. Runs on the thread of the machine."""

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import vodozemac
from nio.crypto import InboundGroupSession, Olm

from learncomm_matrix.connection.answers import RawEvent, mapping, text

SEALED = "m.room.encrypted"
ALGORITHM = "m.megolm.v1.aes-sha2"
_EDIT = "m.replace"


class NoKeyError(Exception):
    """The key of an event is not here, or not yet."""


class BrokenError(Exception):
    """An event can't be opened, and no key will change that."""


def opened(olm: Olm, room_id: str, event: RawEvent) -> RawEvent:
    """Return an event in clear, with the edit that the homeserver tells along with it.

    Raises:
        NoKeyError: Its key is not here.
        BrokenError: It is not what it should be.
    """
    sealed = mapping(event.get("content"))
    if sealed.get("algorithm") != ALGORITHM or "state_key" in event:
        raise BrokenError("no sealed message")
    session = _key(olm, room_id, event)
    inner = _inner(olm, session, event)
    if inner.get("room_id") != room_id:
        raise BrokenError("of another room")
    type, content = inner.get("type"), inner.get("content")
    if not isinstance(type, str) or not isinstance(content, dict) or type == SEALED:
        raise BrokenError("no event in it")
    # How events relate stands outside, where the homeserver can read it.
    if "m.relates_to" not in content and "m.relates_to" in sealed:
        content = {**content, "m.relates_to": sealed["m.relates_to"]}
    return _with_edit(olm, room_id, {**event, "type": type, "content": content})


def _key(olm: Olm, room_id: str, event: RawEvent) -> InboundGroupSession:
    """Return the key of an event, which must not be known as somebody else's.

    Any member has the keys of all others, and might hand them round as their own.
    """
    sender = event.get("sender")
    found = list(_keys(olm, room_id, mapping(event.get("content"))))
    for session in found:
        if session.sender_key == olm.account.identity_keys["curve25519"]:
            if sender == olm.user_id:
                return session
        elif all(
            device.user_id == sender or device.curve25519 != session.sender_key
            for device in olm.device_store
        ):
            return session
    raise BrokenError("somebody else's key") if found else NoKeyError


def _keys(olm: Olm, room_id: str, sealed: Mapping[str, Any]) -> Iterator[InboundGroupSession]:
    """Yield the keys of that id, the one whose device the event names first."""
    id, named = text(sealed.get("session_id")), text(sealed.get("sender_key"))
    by_sender = olm.inbound_group_store[room_id]
    for sender_key in sorted(by_sender, key=lambda each: each != named):
        if id in by_sender[sender_key]:
            yield by_sender[sender_key][id]


def _inner(olm: Olm, session: InboundGroupSession, event: RawEvent) -> Mapping[str, Any]:
    """Return what was sealed."""
    ciphertext = text(mapping(event.get("content")).get("ciphertext"))
    try:
        number = vodozemac.MegolmMessage.from_base64(ciphertext).message_index()
        if number < session.first_known_index:
            raise NoKeyError
        clear, number = session.decrypt(ciphertext)
        inner = mapping(json.loads(clear))
    except (ValueError, RecursionError) as error:  # of the library too
        raise BrokenError(str(error)) from error
    once = SimpleNamespace(
        sender_key=session.sender_key,
        session_id=session.id,
        event_id=event.get("event_id"),
        server_timestamp=event.get("origin_server_ts"),
    )
    if not olm.message_index_ok(number, once):
        raise BrokenError("told before, as another event")
    return inner


def _with_edit(olm: Olm, room_id: str, event: dict[str, Any]) -> RawEvent:
    unsigned = mapping(event.get("unsigned"))
    relations = mapping(unsigned.get("m.relations"))
    edit = mapping(relations.get(_EDIT))
    if edit.get("type") != SEALED:
        return event
    try:
        clear = opened(olm, room_id, {**edit, "unsigned": {}})
    except (NoKeyError, BrokenError):
        return event
    return {**event, "unsigned": {**unsigned, "m.relations": {**relations, _EDIT: clear}}}
