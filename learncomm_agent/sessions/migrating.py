"""The state of a session as JSON, and states of older versions as today's."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from learncomm_agent.errors import StorageError
from learncomm_agent.sessions.state import VERSION, Session

Migrate = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migrate] = {}
"""By the version that it takes: makes the next one of it."""


def dump(session: Session) -> dict[str, Any]:
    """Return a session as plain JSON."""
    found: dict[str, Any] = _adapter().dump_python(session, mode="json")
    return found


def load(content: Mapping[str, Any]) -> Session:
    """Return the session that JSON of any version holds.

    Raises:
        StorageError: It is of a later version than this, or no session.
    """
    record = dict(content)
    version = record.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise StorageError(f"a session of version {version!r}, this is {VERSION}")
    while version < VERSION:
        record = {**MIGRATIONS[version](record), "version": version + 1}
        version += 1
    try:
        return _adapter().validate_python(record)
    except ValidationError as error:
        raise StorageError(f"no session: {error.error_count()} mistakes") from error


@cache
def _adapter() -> TypeAdapter[Session]:
    return TypeAdapter(Session)
