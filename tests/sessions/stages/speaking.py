"""Puts all that a session says by our own phrases into words, so that none lacks a value."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from learncomm_agent.phrases import Phrases
from learncomm_agent.roots import Roots
from learncomm_agent.sessions.effects import Answer, OpenPoll, Post, Saying
from tests.sessions.driver import Drive

_OURS = ("session.collect.", "session.schedule.", "session.vote.")


@cache
def _phrases() -> Phrases:
    return Phrases(Roots())


def spoken(drive: Drive, language: str = "en") -> list[str]:
    """Return what was said to anybody, in words; names, moments and entries stand as `[…]`."""
    said = (each for each in _said(drive) if each.phrase.startswith(_OURS))
    return [_phrases().render(each.phrase, language, _values(each)) for each in said]


def _said(drive: Drive) -> Iterator[Saying]:
    for effect in drive.effects:
        if isinstance(effect, Post):
            yield from (*effect.says, *effect.after)
            yield from (
                Saying(phrase=each["phrase"], values=each["values"])
                for each in effect.notes.values()
            )
            keys = [each.phrase for each in effect.controls]
            keys += [] if effect.pick is None else [effect.pick.phrase]
            yield from (Saying(phrase=each) for each in keys)
        elif isinstance(effect, Answer):
            yield effect.saying
        elif isinstance(effect, OpenPoll):
            yield effect.question


def _values(saying: Saying) -> dict[str, Any]:
    return {name: _value(each) for name, each in saying.values.items() if name != "language"}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping) and len(value) == 1:
        return f"[{next(iter(value))}]"
    return value
