"""The least that is a stage, for what holds whatever the stages are."""

from datetime import timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.events import Begun, Done, Entered, Event, Said
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind
from learncomm_agent.sessions.state import Plan, Session
from tests.sessions.driver import LEAD, Drive

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Box(Kind):
    """Takes entries, and says at its end how many there are; the least that is a stage."""

    name = "box"
    sayings: ClassVar = {"say": "test.say", "result": "test.result"}

    def enter(self, scene: Scene) -> None:
        scene.post(ROOM, scene.say("say"))

    def hear(self, scene: Scene, event: Event) -> bool:
        match event:
            case Entered(member=by, text=text):
                scene.put("idea", text, by=by, message=event.message)
            case Said() | Done():
                scene.data["heard"] = scene.data.get("heard", 0) + 1
            case _:
                return False
        return True

    def close(self, scene: Scene) -> None:
        if scene.entries():
            scene.post(ROOM, scene.say("result"), shows=scene.entries())
        scene.leave([each.id for each in scene.entries()])


class Stubborn(Box):
    """Waits for something that never comes."""

    name = "stubborn"

    def close(self, scene: Scene) -> None:
        scene.data["asked"] = True


KINDS = {**stage_kinds(), "box": Box(), "stubborn": Stubborn()}


def box(name: str = "box", *, kind: str = "box", **params: Any) -> Stage:
    return Stage(kind, name, {"for": DAY.total_seconds(), **params})


def drive(*stages: Stage, **answers: object) -> Drive:
    made = Drive(Session(Plan("test", "A test", stages, answers, seed=7), LEAD), KINDS)
    made(Begun())
    return made


def entered(member: int, text: str = "a thought", message: int | None = None) -> Entered:
    return Entered(member, text, message)


def stage(kind: str, name: str, *, hours: float = 24, **params: Any) -> Stage:
    """Return a stage of one of our kinds; `from_` and `if_` stand for words that Python has taken."""
    found = {each.rstrip("_"): value for each, value in params.items()}
    return Stage(kind, name, {"for": hours * 3600, **found})
