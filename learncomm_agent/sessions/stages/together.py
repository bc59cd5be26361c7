"""Pairs while they are together: their threads, and a question now and then; pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from learncomm_agent.sessions.effects import OpenGroup, Saying
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.scene import ROOM, Scene, member
from learncomm_agent.sessions.scene import group as thread
from learncomm_agent.sessions.stages import matching, pairs
from learncomm_agent.sessions.stages.parameters import flag, number
from learncomm_agent.sessions.state import Entry, Group
from learncomm_agent.sessions.walking import seconds

PATIENCE = timedelta(minutes=10)
"""So long threads are awaited."""
AGAIN = timedelta(days=1)
"""After so long it is looked again whether somebody fits those who are alone."""
LASTS = timedelta(weeks=4)
"""How long pairs have where a playbook does not say."""
_DAY = timedelta(days=1)


def begin(scene: Scene) -> None:
    """Open the threads, and say to all how many there are."""
    if scene.ends_at is None:
        span = seconds(scene.session, scene.stage.params.get("for"))
        scene.end_at(scene.now + (LASTS if span is None else timedelta(seconds=span)))
    groups = scene.data["groups"]
    if scene.says("say"):
        scene.post(ROOM, scene.say("say", count=len(groups)))
    for each in groups:
        open_thread(scene, each)
    _plan_checks(scene)
    look_next(scene)


def open_thread(scene: Scene, pair: matching.GroupData) -> None:
    """Open a thread for some, and keep that they are together."""
    number = 1 + max((each.number for each in scene.session.groups), default=0)
    pair["group"] = number
    members = tuple(pair["members"])
    scene.set_groups((*scene.session.groups, Group(number, members)))
    scene.data["numbers"] = [*scene.data["numbers"], number]
    title = scene.phrase("session.match.title", number=len(scene.data["numbers"]))
    is_private = flag(scene, "private", True)
    # What two say to each other alone is theirs: it is never kept.
    wished = OpenGroup(scene.number(), number, title, members, is_private, is_read=not is_private)
    waiting = scene.data.get("waiting", {})
    scene.data["waiting"] = {**waiting, str(scene.awaited(wished).id): number}
    pairs.keep(scene, pair)


def opened(scene: Scene, event: Done) -> bool:
    """Introduce people in their thread; where there can be none, to each in private. Return whether it is one."""
    waiting = dict(scene.data.get("waiting", {}))
    number = waiting.pop(str(event.effect), event.result.get("group"))
    if number not in pairs.numbers(scene):
        return False
    scene.data["waiting"] = waiting
    if event.is_failed:
        without_thread(scene, (number,))
    else:
        late = [each for each in scene.data.get("in_room", ()) if each != number]
        scene.data["in_room"] = late
        for pair in pairs.found(scene, (number,)):
            says, leave = _introduction(scene, pair), scene.phrase("session.match.leave")
            scene.post(thread(number), says, shows=_starters(scene, pair), after=(leave,))
    look_next(scene)
    return True


def without_thread(scene: Scene, numbers: Iterable[int]) -> None:
    """Introduce those of some numbers in private, as there is no thread for them."""
    for pair in list(pairs.found(scene, numbers)):
        scene.data["in_room"] = [*scene.data.get("in_room", ()), pair["group"]]
        for id in pair["members"]:
            others = matching.named(each for each in pair["members"] if each != id)
            says = scene.phrase("session.match.in_private", others=others)
            leave, starters = scene.phrase("session.match.leave"), _starters(scene, pair)
            told = (says, _introduction(scene, pair))
            scene.post(member(id), *told, shows=starters, after=(leave,))


def _introduction(scene: Scene, pair: matching.GroupData) -> Saying:
    members = matching.named(pair["members"])
    return scene.say("task", members=members, why=matching.why(scene, pair))


def _starters(scene: Scene, pair: matching.GroupData) -> list[Entry]:
    entries = (scene.entry(id) for id in pair.get("starters", ()))
    return [each for each in entries if each is not None]


# A question now and then


def _plan_checks(scene: Scene) -> None:
    """Keep when to ask how it goes: every so often, not more often than is said, and not near the end.

    Where that would be more often, some are left out before half of the time and some after it.
    """
    every, ends = seconds(scene.session, scene.stage.params.get("every")), scene.ends_at
    scene.data.update(checks=[], checks_in_all=0, halfway=None)
    if not every or ends is None:
        return
    step, left, most = timedelta(seconds=every), ends - scene.now, number(scene, "most", 4)
    count, half = int(left / step - 0.5), _times(left / 2, step)
    chosen = list(range(1, count + 1))
    if count > most:
        before = _some(range(1, half), most // 2)
        after = _some(range(half + 1, count + 1), most - 1 - len(before), is_within=True)
        chosen = [*before, half, *after]
    unit = min(step, _DAY)
    middle = (scene.now + unit * _times(left / 2, unit)).isoformat()
    checks = [middle if n == half else (scene.now + step * n).isoformat() for n in chosen]
    scene.data.update(checks=checks, checks_in_all=len(checks), halfway=middle)


def _times(span: timedelta, unit: timedelta) -> int:
    """Return how many times a unit fills a span, rounded up."""
    return -(-span // unit)


def _some(of: range, count: int, *, is_within: bool = False) -> list[int]:
    """Return so many of some numbers evenly: from the first on, or with some left out at both ends."""
    count = min(count, len(of))
    return [of[(2 * n + is_within) * len(of) // (2 * count)] for n in range(count)]


def check_in(scene: Scene) -> None:
    """Wait for threads no longer; ask in each how it goes, where that is due."""
    waited = scene.data.get("waits_until")
    if waited is not None and datetime.fromisoformat(waited) <= scene.now:
        without_thread(scene, scene.data.pop("waiting", {}).values())
    checks = scene.data.get("checks", [])
    due = [each for each in checks if datetime.fromisoformat(each) <= scene.now]
    if due:
        scene.data["checks"] = checks[len(due) :]
        asked = scene.data["checks_in_all"] - len(scene.data["checks"])
        is_middle = scene.data.get("halfway") in due
        name = "halfway" if is_middle and scene.says("halfway") else "check_in"
        if scene.says(name):
            pairs.tell(scene, scene.say(name, count=asked))
    look_next(scene)


def look_next(scene: Scene) -> None:
    """Look again when threads were awaited long enough, it is to be asked how it goes, or somebody is alone."""
    _until(scene, "waits_until", PATIENCE, is_on=bool(scene.data.get("waiting")))
    _until(scene, "again_at", AGAIN, is_on=bool(scene.data.get("alone")))
    names = ("waits_until", "again_at")
    moments = (*(scene.data.get(name) for name in names), *scene.data.get("checks", ())[:1])
    scene.look(at=min((datetime.fromisoformat(each) for each in moments if each), default=None))


def _until(scene: Scene, name: str, span: timedelta, *, is_on: bool) -> None:
    """Keep a moment as long as there is something to wait for."""
    if not is_on:
        scene.data.pop(name, None)
    elif name not in scene.data:
        scene.data[name] = (scene.now + span).isoformat()
