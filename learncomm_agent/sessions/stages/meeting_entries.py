"""What stands in a calendar of a session's meeting, wherever it is put in, moved or called off."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.sessions.effects import Calendar, Saying
from learncomm_agent.sessions.scene import Scene

_MINUTES = 60


def entry_of(
    scene: Scene, meeting: Mapping[str, Any], number: int, *, is_cancelled: bool = False
) -> Calendar:
    """Return the entry of a meeting, the so-and-so-many-th; one alone bears no number in its title."""
    begins_at = datetime.fromisoformat(meeting["at"])
    count = len(scene.session.results.get("meetings") or ())
    values = {"title": scene.session.plan.title, "number": number, "count": count}
    return Calendar(
        scene.number(),
        meeting["id"],
        Saying(phrase="session.meeting_title", values=values),
        begins_at,
        begins_at + timedelta(minutes=meeting.get("minutes") or _MINUTES),
        meeting.get("sequence") or 0,
        is_cancelled,
    )
