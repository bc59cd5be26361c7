"""What a leader is asked, as a playbook declares it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.sessions.playbook import Ask, AskKind
from learncomm_agent.sessions.playbooks.page import Page

KEYS = ("label", "kind", "default", "required", "choices", "min", "max", "hint")
VALUES = frozenset(
    {"title", "lead", "joined", "round", "rounds", "ends", "meeting", "meetings", "portion"}
    | {"portions", "item", "chosen", "participation", "room", "warm_up", "sign"}
)
"""What the words of every session may fill in."""
RESERVED = VALUES | {"first", "last"} | {"language", "key", "self"}
"""Names that are taken: by every session, or by whoever fills words in."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST = 20


def read_asks(page: Page) -> tuple[Ask, ...]:
    """Return what a leader is asked.

    Raises:
        PlaybookError: The first mistake.
    """
    asks = page.mapping(page.document.front, "asks")
    if len(asks) > _MOST:
        page.fail(page.document.front, "asks", f"more than {_MOST} things are asked")
    return tuple(_ask(page, asks, name) for name in asks)


def checked_name(page: Page, said: Any, key: Any, name: str) -> str:
    """Return a name that templates and conditions can use."""
    if not NAME.fullmatch(name):
        page.fail(said, key, f"{name[:40]!r} is no name: small letters, digits and `_`")
    if name in RESERVED:
        what = f"{name!r} is the name of something that every session has"
        page.fail(said, key, f"{what}, {free_name(name)!r} is free")
    return name


def free_name(name: str) -> str:
    """Return the nearest name to one that is taken."""
    return f"our_{name}"


def _ask(page: Page, asks: Mapping[Any, Any], name: str) -> Ask:
    checked_name(page, asks, name, name)
    said = asks[name]
    if not isinstance(said, Mapping):
        page.fail(asks, name, f"{name!r} needs a label")
    page.known(said, KEYS, "no such key")
    kind = said.get("kind", "text")
    if kind not in tuple(AskKind):
        page.fail(said, "kind", f"no such kind: {kind!r}", str(kind), tuple(AskKind))
    ask = Ask(
        name,
        page.text(said, "label"),
        AskKind(kind),
        page.scalar(said, "default"),
        page.flag(said, "required"),
        _choices(page, said, kind),
        page.number(said, "min", 1),
        page.number(said, "max", 1000),
        page.scalar(said, "hint"),
    )
    check_default(page, said, "default", ask)
    return ask


def _choices(page: Page, said: Mapping[Any, Any], kind: str) -> dict[str, str]:
    found = said.get("choices")
    if isinstance(found, list):
        found = {str(each): str(each) for each in found}
    if (kind == AskKind.CHOICE) != bool(found):
        key = "choices" if found else "kind"
        page.fail(said, key, "a choice needs choices, and nothing else does")
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        page.fail(said, "choices", "choices are a list, or names with what people read")
    return {str(key): _label(page, said, each) for key, each in found.items()}


def _label(page: Page, said: Mapping[Any, Any], label: Any) -> str:
    if not isinstance(label, str) or not label.strip():
        page.fail(said, "choices", "a choice has no text that people read")
    return " ".join(label.split())


def check_default(page: Page, said: Mapping[Any, Any], key: str, ask: Ask) -> None:
    """Refuse a default that can't be read as an answer, and bounds that hold none.

    Args:
        page: The file.
        said: The mapping in which the default stands.
        key: Under which it stands there.
        ask: What is asked, with the default.

    Raises:
        PlaybookError: It is none.
    """
    if ask.minimum > ask.maximum:
        page.fail(said, "min" if "min" in said else "max", "`min` is above `max`")
    reads: dict[AskKind, Callable[[str], Any]] = {
        AskKind.NUMBER: lambda text: (
            text.isascii() and text.isdecimal() and ask.minimum <= int(text) <= ask.maximum
        ),
        AskKind.DURATION: read_duration,
        AskKind.WEEKLY: lambda text: read_weekly(text, "UTC"),
        AskKind.CHOICE: lambda text: text in ask.choices,
    }
    read = reads.get(ask.kind)
    if ask.default and read is not None and not read(ask.default):
        near = tuple(ask.choices)
        page.fail(said, key, f"{ask.default!r} is no {ask.kind}", ask.default, near)
