"""`schedule`: when the group meets, and what is read until when; posts the plan and goes on at once.

Where a playbook has no words for it, nothing is posted: what is planned stands in calendars all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.methods.contents import parse_contents
from learncomm_agent.sessions.methods.meetings import Weekly, meetings
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.sessions.methods.pacing import (
    HUMANE,
    MOST_WEEKS,
    Part,
    Portion,
    Unit,
    plan_reading,
)
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.meeting_entries import entry_of
from learncomm_agent.sessions.stages.parameters import begin_anew, number
from learncomm_agent.sessions.walking import moment, seconds

AHEAD = timedelta(days=1)
"""The first weekly meeting is no sooner than this, so that people hear of it in time; unless a playbook
says how long people need before it."""
_MINUTES, _MOST_MINUTES = 60, 24 * 60


class Schedule(Kind):
    """Fixes the meetings and the portions of a reading."""

    name = "schedule"
    params = (
        Param("weekly"),
        Param("ahead", ParamKind.DURATION),
        Param("when", ParamKind.MOMENT),
        Param("times", ParamKind.NUMBER),
        Param("minutes", ParamKind.NUMBER, _MINUTES),
        Param("lasts", ParamKind.DURATIONS),
        Param("reads"),
        Param("per_week", ParamKind.NUMBER, HUMANE),
    )
    sayings: ClassVar = {"say": "session.schedule.say"}
    is_active = False

    def enter(self, scene: Scene) -> None:
        """Plan, post the plan, and go on."""
        begin_anew(scene, "meetings", "portions")
        portions = _portions(scene)
        times = _times(scene) or len(portions) or 1
        meets = _meetings(scene, times)
        if meets:
            scene.remember("meetings", meets)
        if portions:
            scene.remember("portions", _records(portions))
        for n, each in enumerate(meets, 1):
            _put_into_calendar(scene, n, each)
        if (meets or portions) and scene.says("say"):
            _post(scene, meets, scene.session.results.get("portions", ()))
        if meets or portions:
            scene.leave({"meetings": len(meets), "portions": len(portions)})
        else:
            scene.leave()


def _times(scene: Scene) -> int:
    """Return how often the group meets; 0 where a playbook leaves that to the reading."""
    return min(number(scene, "times", 0, least=0), MOST_WEEKS)


def _meetings(scene: Scene, times: int) -> list[dict[str, Any]]:
    """Return the meetings as later stages find them."""
    minutes = min(_minutes(scene), _MOST_MINUTES)
    return [
        {
            "id": f"{scene.session.visit}-{n}",
            "at": at.astimezone(UTC).isoformat(),
            "minutes": minutes,
            "sequence": 0,
        }
        for n, at in enumerate(_moments(scene, times), 1)
    ]


def _minutes(scene: Scene) -> int:
    """Return how long a meeting is: the lengths of its parts together, where a playbook names them."""
    lasts = scene.stage.params.get("lasts")
    parts = lasts if isinstance(lasts, list) else [lasts]
    found = sum(seconds(scene.session, each) or 0 for each in parts)
    return ceil(found / 60) or number(scene, "minutes", _MINUTES)


def _moments(scene: Scene, times: int) -> Sequence[datetime]:
    """Return when the group meets; the leader is told where that can't be found, or has passed."""
    if (weekly := _weekly(scene)) is not None:
        span = seconds(scene.session, scene.param("ahead"))
        ahead = AHEAD if span is None else timedelta(seconds=span)
        return meetings(weekly, scene.now + ahead, times)
    if scene.stage.params.get("when") is None:
        return ()
    at = moment(scene.session, str(scene.stage.params["when"]))
    if at is None:
        return ()
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    if at <= scene.now:
        scene.post(LEAD, scene.phrase("session.schedule.past", at={"time": at.isoformat()}))
    return (at,)


def _weekly(scene: Scene) -> Weekly | None:
    """Return the weekly time that a leader named, as it is kept or in words."""
    found = scene.param("weekly")
    if found in (None, ""):
        return None
    try:
        if isinstance(found, Mapping):
            return Weekly.of(found)
        weekly = read_weekly(str(found), scene.session.plan.zone)
    except (KeyError, TypeError, ValueError):
        weekly = None
    if weekly is None:
        scene.post(LEAD, scene.phrase("session.schedule.no_time"))
    return weekly


def _portions(scene: Scene) -> tuple[Portion, ...]:
    """Return what is read week by week; the leader is told where nobody could read as much."""
    found = scene.param("reads")
    if isinstance(found, list):  # what an earlier stage asked for
        texts = (scene.entry(each) for each in found)
        found = "\n".join(each.text for each in texts if each is not None)
    if found in (None, ""):
        return ()
    per_week = number(scene, "per_week", HUMANE)
    weeks = _times(scene) or None
    contents = found if isinstance(found, int) else parse_contents(str(found))
    try:
        portions = plan_reading(contents, weeks, per_week=per_week) if contents else ()
    except ValueError:
        portions = ()
    if not portions:
        scene.post(LEAD, scene.phrase("session.schedule.unreadable"))
    elif contents and any(each.is_steep for each in portions):
        _warn(scene, contents, portions, per_week)
    return portions


def _warn(
    scene: Scene, contents: Sequence[Part] | int, portions: Sequence[Portion], per_week: int
) -> None:
    """Tell the leader, and nobody else, that the pace is steep, and how many weeks it would take."""
    humane = plan_reading(contents, None, per_week=per_week)
    scene.post(
        LEAD,
        scene.phrase(
            "session.schedule.steep",
            weeks=len(portions),
            needed=len(humane) if len(humane) > len(portions) else 0,
        ),
    )


def _records(portions: Sequence[Portion]) -> list[dict[str, Any]]:
    """Return the portions as later stages find them, each with how far one is after it."""
    total, read, records = sum(each.size for each in portions), 0.0, []
    for each in portions:
        read += each.size
        to = 1.0 if each is portions[-1] else round(read / total, 4)
        records.append(_record(each, to))
    return records


def _record(portion: Portion, to: float) -> dict[str, Any]:
    return {
        "n": portion.n,
        "unit": portion.unit.value,
        "first": portion.first,
        "last": portion.last,
        "label": _label(portion),
        "size": portion.size,
        "to": to,
    }


def _label(portion: Portion) -> str:
    """Return a portion in the words of the contents page, in figures where it has none."""
    ends = (portion.first_label, portion.last_label)
    if portion.unit is Unit.PAGE or all(each.isdecimal() for each in ends):
        ends = (str(portion.first), str(portion.last))
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


def _named(portion: Mapping[str, Any]) -> str:
    """Return by what a line names a portion: its pages, its chapters' numbers, or its label."""
    has_label = any(character.isalpha() for character in portion["label"])
    return "label" if has_label or portion["unit"] == Unit.PART else str(portion["unit"])


def _put_into_calendar(scene: Scene, n: int, meeting: Mapping[str, Any]) -> None:
    if datetime.fromisoformat(meeting["at"]) > scene.now:
        scene.do(entry_of(scene, meeting, n))


def _post(
    scene: Scene, meets: Sequence[Mapping[str, Any]], portions: Sequence[Mapping[str, Any]]
) -> None:
    """Post the plan, a line for each meeting or each portion, and keep it in sight."""
    lines = [
        Saying(
            phrase="session.schedule.line",
            values={
                "number": n + 1,
                "at": {"time": meets[n]["at"]} if n < len(meets) else None,
                "portion": portions[n] if n < len(portions) else None,
                "named": _named(portions[n]) if n < len(portions) else "",
            },
        )
        for n in range(max(len(meets), len(portions)))
    ]
    scene.post(
        ROOM,
        scene.say("say", count=len(meets), has_portions=bool(portions)),
        *lines,
        pins=True,
        file="calendar" if meets else "",
    )
