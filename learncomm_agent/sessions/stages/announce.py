"""`announce`: says something to all; may ask who joins, and waits for that as long as it lasts."""

from typing import ClassVar

from learncomm_agent.sessions.effects import Control
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind

JOIN = Control("join", "session.control.join", opens_form=True)


class Announce(Kind):
    """Says something, and goes on once its time is up; at once where it has none, or none is left."""

    name = "announce"
    params = (
        Param("joins", ParamKind.FLAG, False),
        Param("pins", ParamKind.FLAG, False),
        Param("calendar", ParamKind.FLAG, False),
    )
    sayings: ClassVar = {"say": ""}
    is_active = True

    def enter(self, scene: Scene) -> None:
        """Say it."""
        controls = (JOIN,) if scene.param("joins") else ()
        has_file = scene.param("calendar") and scene.session.results.get("meetings")
        scene.data["post"] = scene.post(
            ROOM,
            scene.say("say"),
            controls=controls,
            pins=bool(scene.param("pins")),
            file="calendar" if has_file else "",
        )
        if scene.ends_at is None or scene.ends_at <= scene.now:
            scene.leave()


class Wait(Kind):
    """Lets time pass."""

    name = "wait"
    is_active = False

    def enter(self, scene: Scene) -> None:
        """Say what is waited for, if the playbook has words for it."""
        if scene.says("say"):
            scene.post(ROOM, scene.say("say"))
        if scene.ends_at is None:
            scene.leave()
