"""Pairs while they are together: their threads, a question now and then, who comes, and who goes; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.sessions.effects import (
    BringIn,
    BringTogether,
    Control,
    LetGo,
    OpenGroup,
    Propose,
    Saying,
)
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene, member
from learncomm_agent.sessions.scene import group as thread
from learncomm_agent.sessions.stages import gathering, matching
from learncomm_agent.sessions.stages.parameters import flag, number
from learncomm_agent.sessions.state import Entry, Group
from learncomm_agent.sessions.walking import seconds

BUDDIES = "buddies"
PATIENCE = timedelta(minutes=10)
"""So long threads are awaited."""
LASTS = timedelta(weeks=4)
"""How long pairs have where a playbook does not say."""
_ANEW = Control("join", "session.control.match_anew", "take_part")
_PAIR = 2


def begin(scene: Scene) -> None:
    """Open the threads, and say to all how many there are."""
    if scene.ends_at is None:
        span = seconds(scene.session, scene.stage.params.get("for"))
        scene.end_at(scene.now + (LASTS if span is None else timedelta(seconds=span)))
    groups = scene.data["groups"]
    if scene.says("say"):
        scene.post(ROOM, scene.say("say", count=len(groups)))
    for each in groups:
        _open(scene, each)
    left = [each["member"] for each in scene.data.pop("left", ())]
    scene.data.update(alone=left, told_to_wait=left)
    for id in left:
        scene.post(member(id), scene.phrase("session.match.wait"), is_humane=True)
    scene.data["checks"] = _checks(scene)
    scene.data["checks_in_all"] = len(scene.data["checks"])
    _look_next(scene)
    missed = [id for id in gathering.those_here(scene) if id not in left and not _is_in(scene, id)]
    for id in missed:
        come(scene, id)


def _open(scene: Scene, found: matching.GroupData) -> None:
    number = 1 + max((each.number for each in scene.session.groups), default=0)
    found["group"] = number
    members = tuple(found["members"])
    scene.set_groups((*scene.session.groups, Group(number, members)))
    scene.data["numbers"] = [*scene.data["numbers"], number]
    title = scene.phrase("session.match.title", number=len(scene.data["numbers"]))
    is_private = flag(scene, "private", True)
    # What two say to each other alone is theirs: it is never kept.
    wished = OpenGroup(scene.number(), number, title, members, is_private, is_read=not is_private)
    waiting = scene.data.get("waiting", {})
    scene.data["waiting"] = {**waiting, str(scene.awaited(wished).id): number}
    _keep(scene, found)


def _keep(scene: Scene, found: matching.GroupData) -> None:
    by, members = str(scene.param("by", BUDDIES)), tuple(found["members"])
    scene.do(BringTogether(scene.number(), found["group"], members, by, found.get("mentor")))


def opened(scene: Scene, event: Done) -> bool:
    """Introduce people in their thread; where there can be none, to each in private. Return whether it is one."""
    waiting = dict(scene.data.get("waiting", {}))
    number = waiting.pop(str(event.effect), event.result.get("group"))
    if number not in _numbers(scene):
        return False
    scene.data["waiting"] = waiting
    if event.is_failed:
        _without_thread(scene, (number,))
    else:
        late = [each for each in scene.data.get("in_room", ()) if each != number]
        scene.data["in_room"] = late
        for found in _found(scene, (number,)):
            says, leave = _introduction(scene, found), scene.phrase("session.match.leave")
            scene.post(thread(number), says, shows=_starters(scene, found), after=(leave,))
    _look_next(scene)
    return True


def _without_thread(scene: Scene, numbers: Iterable[int]) -> None:
    for found in list(_found(scene, numbers)):
        scene.data["in_room"] = [*scene.data.get("in_room", ()), found["group"]]
        for id in found["members"]:
            others = matching.named(each for each in found["members"] if each != id)
            says = scene.phrase("session.match.in_private", others=others)
            leave, starters = scene.phrase("session.match.leave"), _starters(scene, found)
            told = (says, _introduction(scene, found))
            scene.post(member(id), *told, shows=starters, after=(leave,))


def _introduction(scene: Scene, found: matching.GroupData) -> Saying:
    members = matching.named(found["members"])
    return scene.say("task", members=members, why=matching.why(scene, found))


def _starters(scene: Scene, found: matching.GroupData) -> list[Entry]:
    entries = (scene.entry(id) for id in found.get("starters", ()))
    return [each for each in entries if each is not None]


# A question now and then


def _checks(scene: Scene) -> list[str]:
    """Return when to ask how it goes: every so often, not more often than is said, and not near the end."""
    every, ends = seconds(scene.session, scene.stage.params.get("every")), scene.ends_at
    if not every or ends is None:
        return []
    step = timedelta(seconds=every)
    count = min(number(scene, "most", 4), int((ends - scene.now) / step - 0.5))
    return [(scene.now + step * n).isoformat() for n in range(1, count + 1)]


def check_in(scene: Scene) -> None:
    """Wait for threads no longer; ask in each how it goes, where that is due."""
    waited = scene.data.get("waits_until")
    if waited is not None and datetime.fromisoformat(waited) <= scene.now:
        _without_thread(scene, scene.data.pop("waiting", {}).values())
    checks = scene.data.get("checks", [])
    due = [each for each in checks if datetime.fromisoformat(each) <= scene.now]
    if due:
        scene.data["checks"] = checks[len(due) :]
        asked = scene.data["checks_in_all"] - len(scene.data["checks"])
        is_middle = asked == (scene.data["checks_in_all"] + 1) // 2
        name = "halfway" if is_middle and scene.says("halfway") else "check_in"
        if scene.says(name):
            tell(scene, scene.say(name, count=asked))
    _look_next(scene)


def tell(scene: Scene, saying: Saying) -> None:
    """Say something in each thread in which two are together."""
    in_room = scene.data.get("in_room", ())
    for each in _alive(scene):
        if each.number not in in_room:
            scene.post(thread(each.number), saying, is_humane=True)


def _look_next(scene: Scene) -> None:
    """Look again when threads have been awaited long enough, or it is to be asked how it goes."""
    if not scene.data.get("waiting"):
        scene.data.pop("waits_until", None)
    elif "waits_until" not in scene.data:
        scene.data["waits_until"] = (scene.now + PATIENCE).isoformat()
    moments = (scene.data.get("waits_until"), *scene.data.get("checks", ())[:1])
    scene.look(at=min((datetime.fromisoformat(each) for each in moments if each), default=None))


# Who comes and goes


def come(scene: Scene, id: int) -> None:
    """Find somebody for one who is alone."""
    alone = scene.data.get("alone", [])
    if not _is_in(scene, id):
        scene.data["alone"] = sorted({*alone, id})
        _place(scene)


def seek(scene: Scene, id: int) -> None:
    """Find somebody for one who asks for that, and say so."""
    if not _is_in(scene, id):
        scene.answer("session.match.seeks")
    come(scene, id)


def _place(scene: Scene) -> None:
    alone = [id for id in scene.data.get("alone", ()) if id in scene.session.people]
    scene.data["alone"] = alone
    if not alone or "placing" in scene.data:
        return
    pairs = tuple(tuple(each["members"]) for each in _found(scene, _numbers(scene)))
    by = str(scene.param("by", BUDDIES))
    wished = Propose(scene.number(), tuple(alone), by, scene.seed + len(pairs), pairs)
    scene.data.update(placing=scene.awaited(wished).id, placed=alone)


def placed(scene: Scene, event: Done) -> None:
    """Bring those who were alone to somebody; who has to wait is told so, once."""
    scene.data.pop("placing")
    asked = scene.data.pop("placed", [])
    known = {frozenset(each["members"]): each for each in _found(scene, _numbers(scene))}
    for made in event.result.get("groups", ()):
        pair = known.get(frozenset(made.get("pair") or ()))
        if not all(id in scene.session.people for id in made["members"]):
            continue
        if pair is not None:
            _join(scene, pair, made["members"])
        elif not made.get("pair"):
            (found,) = matching.kept(scene, (made,))
            scene.data["groups"] = [*scene.data["groups"], found]
            _open(scene, found)
    alone = [id for id in scene.data.get("alone", ()) if not _is_in(scene, id)]
    told = scene.data.get("told_to_wait", [])
    for id in alone:
        if id in asked and id not in told:
            scene.post(member(id), scene.phrase("session.match.wait"), is_humane=True)
    scene.data.update(alone=alone, told_to_wait=sorted({*told, *alone}))
    if not set(alone) <= set(asked):
        _place(scene)
    _look_next(scene)


def _join(scene: Scene, pair: matching.GroupData, members: Iterable[int]) -> None:
    """Let somebody join a pair."""
    new = [id for id in members if id not in pair["members"]]
    pair["members"] = [*pair["members"], *new]
    _put(scene, pair)
    _keep(scene, pair)
    number = pair["group"]
    if number in scene.data.get("in_room", ()):
        _without_thread(scene, (number,))
        return
    scene.do(BringIn(scene.number(), number, tuple(new)))
    scene.post(thread(number), scene.phrase("session.match.joins", who=matching.named(new)))


def go(scene: Scene, id: int) -> None:
    """Let somebody go; whoever is alone by that is told so kindly, and may have somebody else."""
    scene.data["alone"] = [each for each in scene.data.get("alone", ()) if each != id]
    mine = [each for each in _found(scene, _numbers(scene)) if id in each["members"]]
    if not mine:
        return
    scene.do(LetGo(scene.number(), tuple(each["group"] for each in mine), id))
    for each in mine:
        others = [other for other in each["members"] if other != id]
        if len(others) < _PAIR:
            each["members"] = []
            for other in others:
                if other in scene.session.people:
                    ended = scene.phrase("session.match.ended")
                    scene.post(member(other), ended, controls=(_ANEW,), is_humane=True)
        else:
            each["members"] = others
            if each["group"] not in scene.data.get("in_room", ()):
                scene.post(thread(each["group"]), scene.phrase("session.match.fewer"))
        if each.get("mentor") == id:
            each["mentor"] = None
        _put(scene, each)
    count = len(list(_alive(scene)))
    scene.post(LEAD, scene.phrase("session.match.count", count=count), is_humane=True)


def end(scene: Scene) -> None:
    """Keep that all have ended."""
    if numbers := tuple(scene.data.get("numbers", ())):
        scene.do(LetGo(scene.number(), numbers))


def _put(scene: Scene, found: matching.GroupData) -> None:
    members = tuple(found["members"])
    groups = (
        replace(each, members=members) if each.number == found["group"] else each
        for each in scene.session.groups
    )
    scene.set_groups(tuple(groups))


def _found(scene: Scene, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yield the groups of some numbers in which somebody is."""
    some = set(numbers)
    for each in scene.data.get("groups", ()):
        if each.get("group") in some and each["members"]:
            yield each


def _alive(scene: Scene) -> Iterator[Group]:
    mine = _numbers(scene)
    return (each for each in scene.session.groups if each.number in mine and each.members)


def _numbers(scene: Scene) -> frozenset[int]:
    return frozenset(scene.data.get("numbers", ()))


def _is_in(scene: Scene, id: int) -> bool:
    return any(id in each["members"] for each in _found(scene, _numbers(scene)))
