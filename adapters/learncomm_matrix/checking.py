"""What `doctor` and the set-up look at: address, token, rooms and rights; nothing is changed."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from learncomm_agent.chat.platform import Finding
from learncomm_agent.errors import PlatformError
from learncomm_matrix.connection.answers import Me, RawEvent, mapping, text, texts
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.options import Options

MOST_ROOMS = 20
"""So many are looked at; each costs a question."""
_FILES_SAFE = "v1.11"
"""From this version of the specification on, files are for members alone."""


async def findings(options: Options, folder: Path | None = None) -> list[Finding]:
    """Return what is found with a token, while nothing runs.

    Args:
        options: With address and token.
        folder: Where the adapter has its files; keys are not looked at where None.
    """
    if options.homeserver is None:
        return [Finding(False, "matrix.no_homeserver")]
    if options.token is None:
        return [Finding(False, "matrix.no_token")]
    homeserver = Homeserver(options)
    try:
        me = await homeserver.open()
        return [each async for each in _found(homeserver, options, me, folder)]
    except PlatformError as error:
        return [Finding(False, error.advice.phrase, error.advice.values)]
    finally:
        await homeserver.close()


async def rights(
    homeserver: Homeserver, options: Options, rooms: Iterable[str]
) -> AsyncIterator[Finding]:
    """Yield what we lack in some rooms; nothing where nothing is missing."""
    for room_id in rooms:
        try:
            state = await homeserver.state(room_id)
        except PlatformError:
            yield Finding(False, "matrix.room_hidden", {"room": room_id})
            continue
        for finding in _lacks(state, room_id, homeserver.user_id, options):
            yield finding


def can_encrypt() -> bool:
    """Whether what encryption needs is installed."""
    return find_spec("vodozemac") is not None and find_spec("peewee") is not None


async def _found(
    homeserver: Homeserver, options: Options, me: Me, folder: Path | None
) -> AsyncIterator[Finding]:
    yield Finding(True, "matrix.token_good", {"user": me.user_id})
    if _is_open(options.homeserver or ""):
        yield Finding(False, "matrix.in_clear")
    if _FILES_SAFE not in await homeserver.versions():
        yield Finding(True, "matrix.old_server")
    for finding in await _of_keys(homeserver, me, folder) if options.encrypted else ():
        yield finding
    rooms = await homeserver.joined()
    yield Finding(bool(rooms), "matrix.rooms", {"count": len(rooms), "user": me.user_id})
    missing = [space for space in options.spaces if space not in rooms]
    for space in missing:
        yield Finding(False, "matrix.space_missing", {"space": space, "user": me.user_id})
    lacks = [each async for each in rights(homeserver, options, rooms[:MOST_ROOMS])]
    for finding in lacks:
        yield finding
    if rooms and not lacks:
        yield Finding(True, "matrix.rights_good")
    if len(rooms) > MOST_ROOMS:
        left = {"looked_at": MOST_ROOMS, "left": len(rooms) - MOST_ROOMS}
        yield Finding(True, "matrix.rooms_left", left)


async def _of_keys(homeserver: Homeserver, me: Me, folder: Path | None) -> list[Finding]:
    if not can_encrypt():
        return [Finding(False, "matrix.no_encryption")]
    if not me.device_id:
        return [Finding(False, "matrix.no_device")]
    if folder is None:
        return []
    from learncomm_matrix.encryption import health  # what it needs is installed on request alone

    told = await homeserver.own_keys()
    return await asyncio.to_thread(lambda: list(health.findings(told, folder, me)))


def _lacks(
    state: list[RawEvent], room_id: str, user_id: str, options: Options
) -> Iterable[Finding]:
    content = {
        each["type"]: mapping(each.get("content")) for each in state if each.get("state_key") == ""
    }
    name = text(content.get("m.room.name", {}).get("name")) or room_id
    if "m.room.encryption" in content and not options.encrypted:
        yield Finding(False, "matrix.room_encrypted", {"room": name})
    levels = content.get("m.room.power_levels", {})
    mine = _level(mapping(levels.get("users")).get(user_id), levels.get("users_default"), 0)
    needed = mapping(levels.get("events"))
    said = _level(needed.get("m.room.message"), levels.get("events_default"), 0)
    if content.get("m.room.create", {}).get("type") == "m.space" or _is_creator(state, user_id):
        return
    if mine < said:
        yield Finding(False, "matrix.lacks_messages", {"room": name, "level": said})
    pinned = _level(needed.get("m.room.pinned_events"), levels.get("state_default"), 50)
    if mine < pinned:
        yield Finding(True, "matrix.lacks_pins", {"room": name, "level": pinned})


def _is_creator(state: list[RawEvent], user_id: str) -> bool:
    """Whether we may do everything: from version 12 of rooms on, whoever made one may."""
    for event in state:
        if event["type"] == "m.room.create":
            content = mapping(event.get("content"))
            makers = {event.get("sender"), *texts(content.get("additional_creators"))}
            return _level(content.get("room_version")) >= 12 and user_id in makers
    return False


def _level(*told: object) -> int:
    """Return the first that is a power level; homeservers of old have some as texts."""
    for each in told:
        try:
            return int(str(each))
        except ValueError:
            continue
    return 0


def _is_open(address: str) -> bool:
    """Whether words and token travel in clear, over more than this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True
