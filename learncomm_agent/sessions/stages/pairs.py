"""The pairs of a round: which go on, who is in them and who mentors, and a word to each; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.effects import BringTogether, LetGo, Saying
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.scene import group as thread
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.state import Group

BUDDIES = "buddies"


def numbers(scene: Scene) -> frozenset[int]:
    """Return the numbers of all that ever began."""
    return frozenset(scene.data.get("numbers", ()))


def found(scene: Scene, some: Iterable[int] | None = None) -> Iterator[dict[str, Any]]:
    """Yield those of some numbers in which somebody is; of all, where no numbers are given."""
    wanted = numbers(scene) if some is None else set(some)
    for each in scene.data.get("groups", ()):
        if each.get("group") in wanted and each["members"]:
            yield each


def alive(scene: Scene) -> Iterator[Group]:
    """Yield those that go on, as groups of the session."""
    mine = numbers(scene)
    return (each for each in scene.session.groups if each.number in mine and each.members)


def is_in(scene: Scene, id: int) -> bool:
    """Whether somebody is with somebody."""
    return any(id in each["members"] for each in found(scene))


def mentors(scene: Scene) -> tuple[int, ...]:
    """Return who mentors in a pair that goes on."""
    those = {each["mentor"] for each in found(scene) if each.get("mentor") is not None}
    return tuple(sorted(those))


def has_thread(scene: Scene, pair: dict[str, Any]) -> bool:
    """Whether a pair has a thread of its own, so that not each of them is told in private."""
    return pair["group"] not in scene.data.get("in_room", ())


def is_among_themselves(scene: Scene, pair: dict[str, Any]) -> bool:
    """Whether a pair has a thread that nobody else reads."""
    return has_thread(scene, pair) and flag(scene, "private", True)


def put(scene: Scene, pair: dict[str, Any]) -> None:
    """Let the session know who is in a pair by now."""
    members = tuple(pair["members"])
    groups = (
        replace(each, members=members) if each.number == pair["group"] else each
        for each in scene.session.groups
    )
    scene.set_groups(tuple(groups))


def keep(scene: Scene, pair: dict[str, Any]) -> None:
    """Keep who was brought together."""
    by, members = str(scene.param("by", BUDDIES)), tuple(pair["members"])
    scene.do(BringTogether(scene.number(), pair["group"], members, by, pair.get("mentor")))


def tell(scene: Scene, saying: Saying) -> None:
    """Say something in each thread in which two are together."""
    in_room = scene.data.get("in_room", ())
    for each in alive(scene):
        if each.number not in in_room:
            scene.post(thread(each.number), saying, is_humane=True)


def end(scene: Scene) -> None:
    """Keep that all have ended."""
    if mine := tuple(scene.data.get("numbers", ())):
        scene.do(LetGo(scene.number(), mine))
