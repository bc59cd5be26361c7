"""Sessions, events and effects as they are after a restart: written as JSON, and read back. Pure."""

import json

from learncomm_agent.sessions.effects import Effect
from learncomm_agent.sessions.events import Event
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.records import (
    effect_of,
    event_of,
    record_of,
    record_of_event,
)
from learncomm_agent.sessions.state import Session


def same_session(session: Session) -> Session:
    """Return a session as it is read back."""
    return load(json.loads(json.dumps(dump(session))))


def same_event(event: Event) -> Event:
    """Return an event as it is read back."""
    return event_of(json.loads(json.dumps(record_of_event(event))))


def same_effect(effect: Effect) -> Effect:
    """Return an effect as it is read back."""
    return effect_of(json.loads(json.dumps(record_of(effect))))
