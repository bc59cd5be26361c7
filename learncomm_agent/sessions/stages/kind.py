"""What a stage kind is. A kind holds no state: all it knows comes with the scene, and goes back there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Settle
from learncomm_agent.sessions.events import Event
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.parameters import begin_anew
from learncomm_agent.sessions.state import Session


class ParamKind(StrEnum):
    """What a parameter of a stage holds; each may also be a `$name` of what the leader is asked."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    """`true` or `false`, or `yes` and `no` of what is asked."""
    CHOICE = "choice"
    DURATION = "duration"
    """In words, such as `3 days`; kept as seconds."""
    DURATIONS = "durations"
    """One, or a list of some that follow each other."""
    MOMENT = "moment"
    """A name, and maybe a duration before or after it: `meeting - 1 day`."""
    TEXTS = "texts"
    """A list of texts, or one."""
    STAGE = "stage"
    """The name of an earlier stage."""
    CONDITION = "condition"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Param:
    """One thing that a kind can be told in a playbook."""

    name: str
    kind: ParamKind = ParamKind.TEXT
    default: Any = None
    choices: tuple[str, ...] = ()
    is_required: bool = False


COMMON = (
    Param("for", ParamKind.DURATION),
    Param("until", ParamKind.MOMENT),
    Param("at", ParamKind.MOMENT),
    Param("if", ParamKind.CONDITION),
    Param("unless", ParamKind.CONDITION),
    Param("needs", ParamKind.NUMBER),
)
"""What every kind takes: how long, until when, from when, under which condition, and how many people at
least have to take part by its end, so that the session goes on."""


_SHOWN = ("post", "list", "shown", "tie", "waits")
"""Under these names a stage keeps the numbers of posts that bear something to press."""


class Kind:
    """A kind of stages. What is not overridden does the least."""

    name: ClassVar[str]
    params: ClassVar[tuple[Param, ...]] = ()
    sayings: ClassVar[Mapping[str, str]] = {"say": ""}
    """The names of what it says, each with the key of the phrase that is said where a playbook has no
    words of its own; an empty key is nothing at all."""
    is_active: ClassVar[bool] = True
    """Whether members are awaited to do something in it."""
    needs_time: ClassVar[bool] = False
    """Whether it is not entered at all where the moment until which it lasts has passed already."""

    def awaits(self, session: Session, stage: Stage) -> bool:
        """Whether members are awaited to do something in a stage, not its leader alone."""
        return self.is_active

    def enter(self, scene: Scene) -> None:
        """Begin: say what it is about, and end at once where nothing is awaited."""

    def miss(self, scene: Scene) -> None:
        """Go past it, as there is no time left for it: `needs_time`. Nothing of an earlier round is its result."""
        begin_anew(scene)
        scene.leave()

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take what happens; return whether it concerned this kind."""
        return False

    def look(self, scene: Scene) -> None:
        """Look at things again at the moment that `Scene.look` asked for."""

    def ask_lead(self, scene: Scene) -> None:
        """Ask anew what the leader alone is asked, as another one leads from now on."""

    def ends_anew(self, scene: Scene) -> None:
        """Tell the leader anew what they were told with a time in it, as the stage ends at another one."""

    def drop(self, scene: Scene) -> None:
        """Take away what was shown for it, as a leader goes past it or the session ends."""
        for name in _SHOWN:
            if isinstance(post := scene.data.get(name), int):
                scene.do(Settle(scene.number(), post))

    def break_off(self, scene: Scene) -> None:
        """End, as a leader ends all of the session: nothing that was given for all is lost by it."""
        self.drop(scene)

    def close(self, scene: Scene) -> None:
        """End, since its time is up or a leader goes on: say what came of it, and `scene.leave`."""
        scene.leave()


Kinds = Mapping[str, Kind]
"""The kinds that there are, by name."""
