"""`report`: what each small group found, told to all in short; then what they share, and what all missed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Saying, Write
from learncomm_agent.sessions.events import Done, Event, Said
from learncomm_agent.sessions.scene import ROOM, Scene, standing_entries
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.written import Written, written
from learncomm_agent.sessions.state import Entry

PATIENCE = timedelta(minutes=30)
"""So long what is being written is awaited, each time."""
MOST_LINES, MOST_POINTS = 5, 3
"""Lines of a group, and points of each list of the synthesis, so that it is read on a phone."""
PARTS = {
    "agree": "session.report.agree",
    "differ": "session.report.differ",
    "missed": "session.report.missed",
}


class Report(Kind):
    """Has each group summed up that talked and was told so at its start, and lays that side by side."""

    name = "report"
    params = (Param("from", ParamKind.STAGE, is_required=True),)
    sayings: ClassVar = {
        "say": "",
        "group": "session.report.group",
        "synthesis": "session.report.synthesis",
        "nothing": "session.report.nothing",
    }
    is_active = False

    def enter(self, scene: Scene) -> None:
        """Have a summary written of each group that talked."""
        left = self._left(scene)
        numbers: list[int] = list(left.get("numbers", ()))
        spoke = [each for each in numbers if each in left.get("spoke", ())]
        scene.data["silent"] = [each for each in numbers if each not in spoke and _has(scene, each)]
        if not left.get("release") or not spoke:
            if spoke == [] and scene.data["silent"]:
                scene.post(ROOM, scene.say("nothing"))
            self._leave(scene)
            return
        if scene.says("say"):
            scene.post(ROOM, scene.say("say"))
        scene.data["spoke"] = spoke
        scene.data["waiting"] = {
            str(scene.awaited(self._summary(scene, each)).id): each for each in spoke
        }
        scene.look(PATIENCE)

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take what was written."""
        if isinstance(event, Said):
            return bool(scene.data.get("is_over"))
        if not isinstance(event, Done):
            return False
        if event.effect == scene.data.get("synthesis"):
            self._take_synthesis(scene, event)
            return True
        waiting = dict(scene.data.get("waiting", {}))
        number = waiting.pop(str(event.effect), None)
        if number is None:
            return False
        scene.data["waiting"] = waiting
        self._take_summary(scene, event, number)
        if not waiting and not scene.data.get("is_told"):
            self.look(scene)
        return True

    def look(self, scene: Scene) -> None:
        """Go on with what came, or without the synthesis."""
        if not scene.data.get("is_told"):
            self._tell(scene)
        else:
            self._tell_synthesis(scene)

    def close(self, scene: Scene) -> None:
        """Tell what came, and end."""
        if scene.data.get("spoke") and not scene.data.get("is_told"):
            self._tell_groups(scene)
        self._tell_synthesis(scene)
        scene.leave(self._result(scene))

    # Each group

    def _summary(self, scene: Scene, number: int) -> Write:
        left = self._left(scene)
        members: tuple[int, ...] = ()
        if number in left.get("in_room", ()):
            members = next((e.members for e in scene.session.groups if e.number == number), ())
        args = {"group": number, "since": left.get("since"), "members": list(members)}
        return Write(scene.number(), "group_summary", args)

    def _take_summary(self, scene: Scene, event: Done, number: int) -> None:
        """Keep the lines of a group; tell them by themselves where the others were told already."""
        lines = () if event.is_failed else written(event.result.get("lines"))[:MOST_LINES]
        entries = [_put(scene, each, {"group": number}) for each in lines]
        if not entries:
            return
        found = {**scene.data.get("lines", {}), str(number): [each.id for each in entries]}
        scene.data["lines"] = found
        if scene.data.get("is_told"):
            self._tell_group(scene, number)

    def _tell(self, scene: Scene) -> None:
        """Tell what each group found, and have it laid side by side."""
        told = self._tell_groups(scene)
        if len(told) < 2:
            self._leave(scene)
            return
        entries = [each.id for number in told for each in self._lines(scene, number)]
        args = {"groups": told, "entries": entries}
        scene.data["synthesis"] = scene.awaited(Write(scene.number(), "synthesis", args)).id
        scene.look(PATIENCE)

    def _tell_groups(self, scene: Scene) -> list[int]:
        """Post what each group found; return of which there was something."""
        scene.data["is_told"] = True
        told = [each for each in scene.data["spoke"] if self._lines(scene, each)]
        if not told:
            scene.post(ROOM, scene.say("nothing"))
        for each in told:
            self._tell_group(scene, each, self._others(scene, told) if each == told[-1] else ())
        return told

    def _tell_group(self, scene: Scene, number: int, after: tuple[Saying, ...] = ()) -> None:
        count = len(scene.data["spoke"]) + len(scene.data["silent"])
        says = scene.say("group", number=self._position(scene, number), count=count)
        scene.post(ROOM, says, shows=self._lines(scene, number), after=after)

    def _others(self, scene: Scene, told: Sequence[int]) -> tuple[Saying, ...]:
        """Return what is said of groups that were silent, and of those that could not be summed up."""
        silent = [self._position(scene, each) for each in scene.data["silent"]]
        spoke: list[int] = scene.data["spoke"]
        lost = [self._position(scene, each) for each in spoke if each not in told]
        says = []
        if silent:
            says.append(scene.phrase("session.report.silent", count=len(silent), numbers=silent))
        if lost:
            says.append(scene.phrase("session.report.lost", count=len(lost), numbers=lost))
        return tuple(says)

    # All of them

    def _take_synthesis(self, scene: Scene, event: Done) -> None:
        """Keep what the groups share, and tell it."""
        scene.data["synthesis"] = None
        parts = {}
        for part in PARTS:
            lines = () if event.is_failed else written(event.result.get(part))[:MOST_POINTS]
            parts[part] = [_put(scene, each, {"part": part}).id for each in lines]
        if any(parts.values()):
            scene.data["parts"] = parts
        self.look(scene)

    def _tell_synthesis(self, scene: Scene) -> None:
        """Post three short lists, if they came and were not posted before; end."""
        says, parts = [], scene.data.get("parts", {})
        is_told, scene.data["is_laid"] = scene.data.get("is_laid"), bool(parts)
        for part, key in PARTS.items():
            entries = standing_entries(scene.session, parts.get(part, ()))
            if entries:
                points = [{"entry": each.id} for each in entries]
                says.append(scene.phrase(key, points=points))
        if says and not is_told:
            scene.post(ROOM, scene.say("synthesis"), *says)
        self._leave(scene)

    def _leave(self, scene: Scene) -> None:
        """End, or stay until the end that a playbook set, so that people can talk about it."""
        scene.data["is_over"] = True
        if scene.ends_at is None:
            scene.leave(self._result(scene))

    def _result(self, scene: Scene) -> dict[str, Any]:
        """Return the numbers of the lines, by group, and of the points, by part."""
        return {"groups": scene.data.get("lines", {}), **scene.data.get("parts", {})}

    def _left(self, scene: Scene) -> Mapping[str, Any]:
        """Return what the stage of groups left; nothing where there was none."""
        found = scene.session.results.get(str(scene.stage.params.get("from")))
        return found if isinstance(found, Mapping) else {}

    def _lines(self, scene: Scene, number: int) -> tuple[Entry, ...]:
        ids: Iterable[int] = scene.data.get("lines", {}).get(str(number), ())
        return standing_entries(scene.session, ids)

    def _position(self, scene: Scene, number: int) -> int:
        """Return which of the groups one is for people, counted from 1."""
        numbers: list[int] = list(self._left(scene).get("numbers", ()))
        return numbers.index(number) + 1 if number in numbers else number


def _put(scene: Scene, line: Written, fields: Mapping[str, Any]) -> Entry:
    """Keep a line; it goes when a message goes that it rests on."""
    row = line.messages[0] if line.messages else None
    more = {**fields, **line.grounds, "messages": list(line.messages)}
    return scene.put("summary", line.text, message=row, fields=more)


def _has(scene: Scene, number: int) -> bool:
    """Whether anybody is in a group still."""
    return any(each.number == number and each.members for each in scene.session.groups)
