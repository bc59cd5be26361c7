"""Sessions, events and effects as they are after a restart: written as JSON, and read back. Pure."""

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from learncomm_agent.sessions.effects import Effect
from learncomm_agent.sessions.events import Event
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.state import Session


def same_session(session: Session) -> Session:
    """Return a session as it is read back."""
    return load(json.loads(json.dumps(dump(session))))


def same_event(event: Event) -> Event:
    """Return an event as it is read back."""
    found: Event = _same(_events(), event)
    return found


def same_effect(effect: Effect) -> Effect:
    """Return an effect as it is read back."""
    found: Effect = _same(_effects(), effect)
    return found


def _same(adapter: TypeAdapter[Any], value: Any) -> Any:
    return adapter.validate_python(json.loads(json.dumps(adapter.dump_python(value, mode="json"))))


@cache
def _events() -> TypeAdapter[Any]:
    return TypeAdapter(Event)


@cache
def _effects() -> TypeAdapter[Any]:
    return TypeAdapter(Effect)
