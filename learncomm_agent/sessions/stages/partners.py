"""Who comes and goes while pairs are together: somebody for who is alone, and a kind word for who is left; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.sessions.effects import BringIn, Control, LetGo, Propose, Saying, Settle
from learncomm_agent.sessions.events import Done, United
from learncomm_agent.sessions.scene import LEAD, Scene, member
from learncomm_agent.sessions.scene import group as thread
from learncomm_agent.sessions.stages import gathering, matching, pairs, together

_ANEW = Control("join", "session.control.match_anew", "take_part")
_PAIR = 2


def begin(scene: Scene) -> None:
    """Tell those for whom nobody was found, and find somebody for who came while the proposal was looked over."""
    left = scene.data.pop("left", ())
    ids = [each["member"] for each in left]
    scene.data.update(alone=ids, told_to_wait=ids)
    for each in left:
        _wait(scene, each)
    together.look_next(scene)
    missed = [
        id for id in gathering.those_here(scene) if id not in ids and not pairs.is_in(scene, id)
    ]
    for id in missed:
        _come(scene, id)


def seek(scene: Scene, id: int) -> None:
    """Find somebody for one who asks for that, and say so; for a mentor with somebody else as well."""
    if not pairs.is_in(scene, id):
        scene.answer("session.match.seeks")
    elif id in pairs.mentors(scene):
        scene.answer("session.match.has_room")
    _come(scene, id)


def _come(scene: Scene, id: int) -> None:
    if not pairs.is_in(scene, id):
        scene.data["alone"] = sorted({*scene.data.get("alone", ()), id})
    _place(scene)


def look_again(scene: Scene) -> None:
    """Look once a day whether somebody fits by now who is alone: people change what they say of themselves."""
    at = scene.data.get("again_at")
    if at is not None and datetime.fromisoformat(at) <= scene.now:
        scene.data.pop("again_at")
        _place(scene)
        together.look_next(scene)


def _place(scene: Scene) -> None:
    alone = [id for id in scene.data.get("alone", ()) if id in scene.session.people]
    scene.data["alone"] = alone
    if not alone or "placing" in scene.data:
        return
    there = tuple(tuple(each["members"]) for each in pairs.found(scene))
    wished = Propose(
        scene.number(),
        tuple(alone),
        str(scene.param("by", pairs.BUDDIES)),
        scene.seed + len(there),
        there,
        apart=tuple(tuple(each) for each in scene.data.get("apart", ())),
        mentors=pairs.mentors(scene),
    )
    scene.data.update(placing=scene.awaited(wished).id, placed=alone)


def placed(scene: Scene, event: Done) -> None:
    """Bring those who were alone to somebody; who has to wait is told so, once."""
    scene.data.pop("placing")
    asked = scene.data.pop("placed", [])
    known = {frozenset(each["members"]): each for each in pairs.found(scene)}
    for made in event.result.get("groups", ()):
        pair = known.get(frozenset(made.get("pair") or ()))
        if not all(id in scene.session.people for id in made["members"]):
            continue
        if pair is not None:
            _join(scene, pair, made["members"])
        elif not made.get("pair"):
            (found,) = matching.kept(scene, (made,))
            scene.data["groups"] = [*scene.data["groups"], found]
            _settle(scene, set(asked).intersection(found["members"]))
            together.open_thread(scene, found)
    alone = [id for id in scene.data.get("alone", ()) if not pairs.is_in(scene, id)]
    told = scene.data.get("told_to_wait", [])
    reasons = {each["member"]: each for each in event.result.get("left", ())}
    for id in alone:
        if id in asked and id not in told:
            _wait(scene, reasons.get(id, {"member": id}))
    scene.data.update(alone=alone, told_to_wait=sorted({*told, *alone}))
    if not set(alone) <= set(asked):
        _place(scene)
    together.look_next(scene)


def _join(scene: Scene, pair: matching.GroupData, members: Iterable[int]) -> None:
    """Let somebody join a pair."""
    new = [id for id in members if id not in pair["members"]]
    pair["members"] = [*pair["members"], *new]
    pairs.put(scene, pair)
    pairs.keep(scene, pair)
    _settle(scene, new)
    number = pair["group"]
    if not pairs.has_thread(scene, pair):
        together.without_thread(scene, (number,))
        return
    scene.do(BringIn(scene.number(), number, tuple(new)))
    says = [scene.phrase("session.match.joins", who=matching.named(new))]
    if pair.get("was_left"):
        says.append(scene.phrase("session.match.reads_on"))
    scene.post(thread(number), *says)


def go(scene: Scene, id: int, *, is_here: bool = True) -> None:
    """Let somebody go; whoever is alone by that is told so kindly, and may have somebody else.

    Args:
        scene: The scene.
        id: Who goes.
        is_here: Whether they are asked if they would like somebody else.
    """
    scene.data["alone"] = [each for each in scene.data.get("alone", ()) if each != id]
    _settle(scene, (id,))
    mine = [each for each in pairs.found(scene) if id in each["members"]]
    if not mine:
        return
    scene.do(LetGo(scene.number(), tuple(each["group"] for each in mine), id))
    for each in mine:
        _without(scene, each, id)
    if is_here:
        says = [scene.phrase("session.match.went")]
        if any(each["members"] and pairs.is_among_themselves(scene, each) for each in mine):
            says.insert(0, scene.phrase("session.match.went_reads"))
        _say(scene, id, *says, controls=(_ANEW,), is_humane=False)
    ended = sum(not each["members"] for each in mine)
    key = "session.match.count" if ended else "session.match.count_same"
    count = len(list(pairs.alive(scene)))
    scene.post(LEAD, scene.phrase(key, count=count, ended=ended), is_humane=True)
    _place(scene)  # a mentor may have room by now


def _without(scene: Scene, pair: matching.GroupData, id: int) -> None:
    """Let a pair go on without somebody, or end."""
    others = [other for other in pair["members"] if other != id]
    goes_on = len(others) >= _PAIR
    pair["members"] = others if goes_on else []
    if pair.get("mentor") == id:
        pair["mentor"] = None
    pairs.put(scene, pair)
    if not goes_on:
        for other in others:
            if other in scene.session.people:
                _ended(scene, other)
    elif pairs.has_thread(scene, pair):
        says = [scene.phrase("session.match.fewer")]
        if pairs.is_among_themselves(scene, pair):
            pair["was_left"] = True
            says.append(scene.phrase("session.match.reads_on"))
        scene.post(thread(pair["group"]), *says)


def _ended(scene: Scene, id: int) -> None:
    """Say that a pair has ended; a mentor with others hears with whom it goes on, and so which one it was."""
    others = [
        other
        for each in pairs.found(scene)
        if id in each["members"]
        for other in each["members"]
        if other != id
    ]
    if others:
        _say(scene, id, scene.phrase("session.match.one_ended", others=matching.named(others)))
    else:
        _say(scene, id, scene.phrase("session.match.ended"), controls=(_ANEW,))


def _wait(scene: Scene, left: Mapping[str, Any]) -> None:
    """Tell somebody that nobody was found, with the reason where they can do something about it."""
    is_language = left.get("why") == "language"
    key = "session.match.wait_language" if is_language else "session.match.wait"
    _say(scene, left["member"], scene.phrase(key))


def _say(
    scene: Scene,
    id: int,
    *says: Saying,
    controls: tuple[Control, ...] = (),
    is_humane: bool = True,
) -> None:
    """Tell somebody how things are for them; what they were told before is of no use any more."""
    _settle(scene, (id,))
    post = scene.post(member(id), *says, controls=controls, is_humane=is_humane)
    scene.data["told"] = [*scene.data.get("told", ()), {"member": id, "post": post}]


def _settle(scene: Scene, ids: Iterable[int]) -> None:
    """Take back what some were told: what still waits for the morning is not said at all."""
    some, told = set(ids), scene.data.get("told", ())
    for each in told:
        if each["member"] in some:
            scene.do(Settle(scene.number(), each["post"]))
    scene.data["told"] = [each for each in told if each["member"] not in some]


def unite(scene: Scene, event: United) -> None:
    """Know two who are one person as one, where they are kept by number alone."""
    for name in ("alone", "told_to_wait", "placed"):
        if name in scene.data:
            scene.data[name] = event.once(scene.data[name])
    apart = [event.once(each) for each in scene.data.get("apart", ())]
    scene.data["apart"] = [each for each in apart if len(each) == _PAIR]


def forget(scene: Scene, id: int) -> None:
    """Know no more whom a leader kept apart from somebody."""
    scene.data["apart"] = [each for each in scene.data.get("apart", ()) if id not in each]
