"""`summarise`: has a summary drafted, and waits until the leader publishes or drops it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Write
from learncomm_agent.sessions.events import Decided, Done, Event
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.parameters import begin_anew
from learncomm_agent.sessions.state import EARLY

_PATIENCE = timedelta(days=2)
"""So long a draft is waited for, where a playbook says nothing else; then it stays with the leader."""


class Summarise(Kind):
    """Never publishes a word by itself: the leader does, or the session goes on without."""

    name = "summarise"
    params = (Param("from", ParamKind.STAGE), Param("task", ParamKind.TEXT))
    sayings: ClassVar = {"say": "", "thin": "session.summarise.thin"}
    is_active = False

    def enter(self, scene: Scene) -> None:
        """Have it written, where there is anything to sum up."""
        begin_anew(scene)
        if not scene.session.was_active:
            _thin(scene)
            return
        if scene.ends_at is None:
            scene.end_at(scene.now + _PATIENCE)
        args = {"since": _since(scene), "task": str(scene.param("task") or "")}
        scene.data["write"] = scene.awaited(Write(scene.number(), "summary", args)).id

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take the draft when it is there, and what the leader decides."""
        match event:
            case Done(effect=effect) if effect == scene.data.get("write"):
                _take(scene, event)
            case Decided(effect=effect) if effect == scene.data.get("write"):
                if event.is_published and scene.says("say"):
                    scene.post(ROOM, scene.say("say"))
                scene.leave(_result(scene) if event.is_published else None)
            case _:
                return False
        return True

    def close(self, scene: Scene) -> None:
        """Go on without it; the draft stays where the leader has it."""
        scene.leave(_result(scene))


def _take(scene: Scene, event: Done) -> None:
    """Tell the leader that the draft is there; go on where nothing could be written."""
    writing, lines = event.result.get("writing"), event.result.get("lines", 0)
    if event.is_failed or writing is None or not lines:
        _thin(scene)
        return
    scene.data["writing"] = writing
    ends = None if scene.ends_at is None else {"time": scene.ends_at.isoformat()}
    scene.post(LEAD, scene.phrase("session.summarise.draft", number=lines, until=ends))


def _thin(scene: Scene) -> None:
    """Say kindly that there is nothing to sum up; not where its leader ended it early, as nobody fell short."""
    if scene.says("thin") and not scene.session.results.get(EARLY):
        scene.post(ROOM, scene.say("thin"))
    scene.leave()


def _result(scene: Scene) -> dict[str, Any] | None:
    writing = scene.data.get("writing")
    return None if writing is None else {"writing": writing}


def _since(scene: Scene) -> str:
    """Return when that began which is to be summed up: an earlier stage, or all."""
    name, session = scene.param("from"), scene.session
    if isinstance(name, str):
        left = session.results.get(name)
        if isinstance(left, Mapping) and isinstance(left.get("began"), str):
            return str(left["began"])
        entries = [each.at for each in session.of(name)]
        if entries:
            return min(entries).isoformat()
    return (session.began_at or scene.now).isoformat()
