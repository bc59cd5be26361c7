"""What Discord refuses: errors as it answers them, and the limits of a message and a command."""

import re
from collections.abc import Iterator
from typing import Any

JSON = dict[str, Any]

TEXT_LIMITS = {"content": 2000, "nonce": 25}
COMPONENT_LIMITS = {"custom_id": 100, "label": 80, "placeholder": 150}
OPTION_LIMITS = {"label": 100, "value": 100, "description": 100}
"""Of a line of a select, which has no type of its own."""
EMBED_LIMITS = {"title": 256, "description": 4096, "name": 256, "value": 1024, "text": 2048}
IS_V2 = 1 << 15


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: JSON = {"code": code, "message": message}


def unknown(code: int, what: str) -> Refused:
    return Refused(404, code, f"Unknown {what}")


def invalid(why: str) -> Refused:
    return Refused(400, 50035, f"Invalid Form Body: {why}")


def walk(value: object) -> Iterator[JSON]:
    """Yield every object inside a JSON value, the outermost first."""
    if isinstance(value, dict):
        yield value
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from walk(each)


def texts(components: object) -> list[str]:
    """Return what the text displays among components say."""
    return [each["content"] for each in walk(components) if each.get("type") == 10]


def check_message(body: JSON) -> None:
    """Refuse what Discord would not post; the body is the message as it would stand there."""
    embeds, components = body.get("embeds") or [], body.get("components") or []
    _check_lengths(body, TEXT_LIMITS)
    _check_embeds(embeds)
    if body.get("flags", 0) & IS_V2:
        _check_layout(body)
    elif not (body.get("content") or embeds or body.get("attachments") or body.get("poll")):
        raise Refused(400, 50006, "Cannot send an empty message")
    elif len(components) > 5 or any(not 1 <= len(row["components"]) <= 5 for row in components):
        raise invalid("at most 5 rows of 1 to 5 components")
    if len(body.get("attachments") or []) > 10:
        raise invalid("at most 10 files")
    ids = [each["custom_id"] for each in walk(components) if "custom_id" in each]
    if len(ids) != len(set(ids)):
        raise invalid("component custom id cannot be duplicated")
    for each in walk(components):
        _check_lengths(each, COMPONENT_LIMITS if "type" in each else OPTION_LIMITS)
        if each.get("type") == 3 and not 1 <= len(each["options"]) <= 25:
            raise invalid("a select has 1 to 25 options")


def check_command(command: JSON) -> None:
    """Refuse a command that Discord would not register."""
    for each in walk(command):
        if "name" in each and "value" not in each and command.get("type", 1) == 1:
            if (
                not re.fullmatch(r"[-_'\w]{1,32}", each["name"])
                or each["name"] != each["name"].lower()
            ):
                raise invalid(f"the name {each['name']!r}")
            if not 1 <= len(each.get("description", "")) <= 100:
                raise invalid(f"the description of {each['name']!r}")
        if any(len(each.get(key) or ()) > 25 for key in ("options", "choices")):
            raise invalid("at most 25 options and choices")


def _check_lengths(values: JSON, limits: dict[str, int]) -> None:
    for key, limit in limits.items():
        if isinstance(values.get(key), str) and len(values[key]) > limit:
            raise invalid(f"{key}: Must be {limit} or fewer in length.")


def _check_embeds(embeds: list[JSON]) -> None:
    for each in walk(embeds):
        _check_lengths(each, EMBED_LIMITS)
        if len(each.get("fields", ())) > 25:
            raise invalid("at most 25 fields")
    said = [
        str(value) for each in walk(embeds) for key, value in each.items() if key in EMBED_LIMITS
    ]
    if len(embeds) > 10 or sum(map(len, said)) > 6000:
        raise invalid("at most 10 embeds of 6000 characters in all")


def _check_layout(body: JSON) -> None:
    shown = texts(body["components"])
    if body.get("content") or body.get("embeds") or not body["components"]:
        raise invalid("a layout has components, and neither content nor embeds")
    if sum(map(len, shown)) > 4000 or sum("type" in each for each in walk(body["components"])) > 40:
        raise invalid("a layout has at most 4000 characters and 40 components")
