"""What a stage is told, as its kind needs it: numbers, flags and lists, whatever a leader answered."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.methods.numbers import number_of
from learncomm_agent.sessions.scene import Scene

_NO = frozenset({"", "no", "false"})


def number(scene: Scene, name: str, default: int, *, least: int = 1) -> int:
    """Return a parameter as a whole number, the default where it is none or below the least."""
    found: Any = scene.param(name)
    if isinstance(found, str):
        found = number_of(found)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return int(found) if is_number and found >= least else default


def flag(scene: Scene, name: str, default: bool) -> bool:
    """Return a parameter as a flag: `yes` and `no` may be what a leader was asked."""
    found = scene.param(name)
    if isinstance(found, str):
        return found.casefold() not in _NO
    return default if found is None else bool(found)


def texts(scene: Scene, name: str) -> list[str]:
    """Return a parameter as a list of texts; of one text, a list of its lines."""
    found = scene.param(name)
    listed = found.splitlines() if isinstance(found, str) else found
    if not isinstance(listed, list | tuple):
        return []
    return [str(each).strip() for each in listed if str(each).strip()]


def begin_anew(scene: Scene, *names: str) -> None:
    """Take back what an earlier round of a stage left, so that nobody takes it for this one's."""
    gone = {scene.stage.name, *names}
    results = {name: each for name, each in scene.session.results.items() if name not in gone}
    scene.session = replace(scene.session, results=results)


def drop(scene: Scene, ids: Iterable[int]) -> None:
    """Take entries out of the session for good."""
    gone = set(ids)
    entries = {id: each for id, each in scene.session.entries.items() if id not in gone}
    scene.session = replace(scene.session, entries=entries)
