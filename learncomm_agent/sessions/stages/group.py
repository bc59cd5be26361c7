"""`group`: small groups, each in a thread of its own where there are such; nobody is left alone in one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import BringIn, OpenGroup, Saying
from learncomm_agent.sessions.events import Done, Event, Forgotten, Joined, Left, Mode, Said
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.scene import group as thread
from learncomm_agent.sessions.stages import gathering
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.state import Group as Few

PATIENCE = timedelta(minutes=10)
"""So long threads are awaited, before the groups are told to talk in the room."""
LASTS = timedelta(days=1)
"""How long the groups have where a playbook does not say."""


class Group(Kind):
    """Puts people into small groups, and keeps these alive while people come and go."""

    name = "group"
    params = (
        Param("size", ParamKind.NUMBER, gathering.SIZE),
        Param(
            "by",
            ParamKind.CHOICE,
            "balance",
            choices=("balance", "skill", "choice", "chance", gathering.MERGE),
        ),
        Param("from", ParamKind.STAGE),
        Param("private", ParamKind.FLAG, True),
        Param("release", ParamKind.FLAG, True),
    )
    sayings: ClassVar = {
        "say": "session.group.say",
        "task": "session.group.task",
        "late": "session.group.late",
        "merged": "session.group.merged",
        "alone": "session.group.alone",
    }
    needs_time = True

    def enter(self, scene: Scene) -> None:
        """Make the groups, say who is where, and open their threads; go on where nobody is there."""
        groups = gathering.made(scene)
        scene.data["begun"] = scene.now.isoformat()
        scene.data["numbers"] = [each.number for each in groups]
        if not groups:
            scene.leave(self._result(scene))
            return
        scene.set_groups(groups)
        if scene.ends_at is None:
            scene.end_at(scene.now + LASTS)
        if len(groups) == 1:
            scene.data["in_room"] = scene.data["numbers"]
            scene.post(ROOM, scene.say("alone"), *self._task(scene, groups[0]))
            return
        scene.post(ROOM, scene.say("say", count=len(groups)), *self._lines(scene, groups))
        for each in groups:
            self._open(scene, each)
        scene.look(PATIENCE)

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take threads that were opened, who comes and goes, and that somebody spoke."""
        match event:
            case Done():
                return self._done(scene, event)
            case Joined(member=member, mode=Mode.LISTEN) | Left(member=member):
                self._go(scene, member)
            case Joined(member=member):
                self._come(scene, member)
            case Forgotten(member=int(member)):
                self._go(scene, member)
            case Said():
                self._said(scene, event)
            case _:
                return False
        return True

    def look(self, scene: Scene) -> None:
        """Wait for threads no longer."""
        waiting: dict[str, int] = scene.data.pop("waiting", {})
        self._meet_in_room(scene, [*scene.data.pop("failed", ()), *waiting.values()])

    def close(self, scene: Scene) -> None:
        """End the work in groups; what they found is for a report."""
        scene.leave(self._result(scene))

    def _result(self, scene: Scene) -> dict[str, Any]:
        mine = self._groups(scene)
        return {
            "groups": sum(1 for each in mine if each.members),
            "numbers": scene.data["numbers"],
            "spoke": sorted(scene.data.get("spoke", ())),
            "in_room": scene.data.get("in_room", []),
            "release": flag(scene, "release", True),
            "since": scene.data["begun"],
        }

    # Where they talk

    def _open(self, scene: Scene, group: Few) -> None:
        title = scene.phrase("session.group.title", number=_position(scene, group))
        is_private = flag(scene, "private", True)
        opened = OpenGroup(scene.number(), group.number, title, group.members, is_private)
        waiting = scene.data.get("waiting", {})
        scene.data["waiting"] = {**waiting, str(scene.awaited(opened).id): group.number}

    def _done(self, scene: Scene, event: Done) -> bool:
        """Tell a group what to do in its thread; in the room, once all that can be is opened."""
        waiting = dict(scene.data.get("waiting", {}))
        number = waiting.pop(str(event.effect), event.result.get("group"))
        group = next((each for each in self._groups(scene) if each.number == number), None)
        if group is None:
            return False
        scene.data["waiting"] = waiting
        if event.is_failed:
            scene.data["failed"] = [*scene.data.get("failed", ()), number]
        else:
            in_room = [each for each in scene.data.get("in_room", ()) if each != number]
            scene.data["in_room"] = in_room
            if group.members:
                says = self._task(scene, group)
                scene.post(thread(group.number), *says, *self._release(scene))
        if not waiting:
            scene.look(None)
            self._meet_in_room(scene, scene.data.pop("failed", ()))
        return True

    def _meet_in_room(self, scene: Scene, numbers: Iterable[int]) -> None:
        """Let groups that can't have a thread talk in the room; what they have to do is the same."""
        failed = [each for each in self._groups(scene) if each.number in set(numbers)]
        if not failed:
            return
        scene.data["in_room"] = [*scene.data.get("in_room", ()), *(each.number for each in failed)]
        here = [each for each in failed if each.members]
        if not here:
            return
        says = [scene.phrase("session.group.here", count=len(here))]
        if len(here) < len(self._groups(scene)):
            says += self._lines(scene, here)
        scene.post(ROOM, *says, *self._task(scene, None))

    def _task(self, scene: Scene, group: Few | None) -> tuple[Saying, ...]:
        """Return what a group has to do; of none, what all of them have to."""
        if not scene.says("task"):
            return ()
        number = 0 if group is None else _position(scene, group)
        topic = "" if group is None else _topic(group)
        return (scene.say("task", number=number, group_topic=topic),)

    def _release(self, scene: Scene) -> tuple[Saying, ...]:
        is_released = flag(scene, "release", True)
        return (scene.phrase("session.group.release"),) if is_released else ()

    def _lines(self, scene: Scene, groups: Sequence[Few]) -> list[Saying]:
        return [
            scene.phrase(
                "session.group.line",
                number=_position(scene, each),
                group_topic=_topic(each),
                members=_members(each.members),
            )
            for each in groups
        ]

    # Who comes and goes

    def _come(self, scene: Scene, member: int) -> None:
        """Bring somebody who comes late into the smallest group."""
        groups = self._groups(scene)
        if any(member in each.members for each in groups):
            return
        group = groups[gathering.placed(scene, groups, member)]
        others = group.members
        self._put(scene, [replace(group, members=(*others, member))])
        if group.number not in scene.data.get("in_room", ()):
            scene.do(BringIn(scene.number(), group.number, (member,)))
            says = scene.say("late", who=_members([member]), number=_position(scene, group))
            scene.post(thread(group.number), says)
        elif len(groups) > 1:
            number = _position(scene, group)
            scene.answer("session.group.yours", number=number, members=_members(others))

    def _go(self, scene: Scene, member: int) -> None:
        """Let somebody go; bring whoever is left alone into another group."""
        before = self._groups(scene)
        groups, merged = gathering.left(before, member)
        self._put(scene, groups)
        for source, target in merged:
            alone = [each for each in before[source].members if each != member]
            self._merge(scene, groups[source], groups[target], alone)
        if not any(each.members for each in groups):
            scene.leave(self._result(scene))

    def _merge(self, scene: Scene, source: Few, target: Few, alone: Sequence[int]) -> None:
        number, in_room = _position(scene, target), scene.data.get("in_room", ())
        says = scene.say("merged", who=_members(alone), number=number)
        if target.number in in_room:
            scene.post(ROOM, says)
            return
        scene.do(BringIn(scene.number(), target.number, tuple(alone)))
        if source.number not in in_room:
            scene.post(thread(source.number), says)
        scene.post(thread(target.number), scene.say("late", who=_members(alone), number=number))

    def _said(self, scene: Scene, event: Said) -> None:
        """Keep which groups talk; who speaks in the thread of one and is in none belongs to it."""
        groups, member = self._groups(scene), event.member
        own = next((each for each in groups if member in each.members), None)
        there = next((each for each in groups if each.number == event.group), None)
        may_be_in = member != scene.session.lead and not gathering.is_listening(scene, member)
        if own is None and may_be_in and there is not None and there.members:
            own = replace(there, members=(*there.members, member))
            self._put(scene, [own])
        in_room = scene.data.get("in_room", ())
        is_there = own is not None and event.group == (
            None if own.number in in_room else own.number
        )
        if own is not None and is_there:
            scene.data["spoke"] = sorted({*scene.data.get("spoke", ()), own.number})

    def _groups(self, scene: Scene) -> tuple[Few, ...]:
        """Return the groups of this visit of the stage."""
        numbers = scene.data.get("numbers", ())
        return tuple(each for each in scene.session.groups if each.number in numbers)

    def _put(self, scene: Scene, groups: Iterable[Few]) -> None:
        changed = {each.number: each for each in groups}
        scene.set_groups(tuple(changed.get(each.number, each) for each in scene.session.groups))


def _position(scene: Scene, group: Few) -> int:
    """Return which of the groups one is for people, counted from 1."""
    numbers: list[int] = scene.data["numbers"]
    return numbers.index(group.number) + 1


def _members(members: Iterable[int]) -> list[dict[str, int]]:
    return [{"member": each} for each in members]


def _topic(group: Few) -> Any:
    """Return what a group works on, where it is something that was put in before."""
    number = group.name.removeprefix(gathering.TOPIC)
    return {"entry": int(number)} if number.isdecimal() else ""
