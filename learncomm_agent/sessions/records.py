"""Events and effects as they wait in rows: JSON there and back."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from learncomm_agent.sessions.effects import Effect
from learncomm_agent.sessions.events import Event


def event_of(record: Any) -> Event:
    """Return the event that JSON holds."""
    found: Event = _events().validate_python(record)
    return found


def record_of_event(event: Event) -> Any:
    """Return an event as JSON."""
    return _events().dump_python(event, mode="json")


def effect_of(record: Any) -> Effect:
    """Return the effect that JSON holds."""
    found: Effect = _effects().validate_python(record)
    return found


def record_of(effect: Effect) -> Any:
    """Return an effect as JSON."""
    return _effects().dump_python(effect, mode="json")


@cache
def _events() -> TypeAdapter[Any]:
    return TypeAdapter(Event)


@cache
def _effects() -> TypeAdapter[Any]:
    return TypeAdapter(Effect)
