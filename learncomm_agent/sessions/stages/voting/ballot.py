"""What a vote is about: its options, how it is counted, and what is said of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent.sessions.effects import Control, Pick, Saying
from learncomm_agent.sessions.events import United
from learncomm_agent.sessions.methods.counting import Method
from learncomm_agent.sessions.scene import ROOM, Scene, standing_entries
from learncomm_agent.sessions.stages.parameters import number
from learncomm_agent.sessions.state import Entry, Session

_RANK = Control("vote", "session.vote.rank", opens_form=True)


def options_of(session: Session) -> tuple[int, ...]:
    """Return what is voted on, in the order in which it is numbered; what was struck keeps its number."""
    data: Mapping[str, Any] = session.standing.data if session.standing else {}
    return tuple(data.get("options", ()))


def offered(scene: Scene) -> tuple[Entry, ...]:
    """Return the entries that an earlier stage left, or those of its last round where it left none."""
    stage = str(scene.param("from"))
    left = scene.session.results.get(stage)
    if isinstance(left, list):
        return standing_entries(scene.session, [each for each in left if isinstance(each, int)])
    entries = scene.entries(stage)
    last = max((each.fields.get("visit", 0) for each in entries), default=0)
    return tuple(each for each in entries if each.fields.get("visit", 0) == last)


def standing(scene: Scene, name: str = "options") -> list[int]:
    """Return those of some options that are neither struck nor forgotten, in their order."""
    kept = {each.id for each in standing_entries(scene.session, scene.data[name])}
    return [id for id in scene.data[name] if id in kept]


def method_of(scene: Scene) -> Method:
    """Return how a vote is counted."""
    found = scene.param("method")
    return Method(found) if found in tuple(Method) else Method.APPROVAL


def winners_of(scene: Scene) -> int:
    """Return how many options are to be chosen."""
    return number(scene, "winners", 1)


def quorum_of(scene: Scene) -> int:
    """Return how many must vote."""
    return number(scene, "quorum", 1, least=0)


def say(scene: Scene, name: str, **values: object) -> Saying:
    """Return a saying with all that its templates may ask for."""
    known = {
        "method": method_of(scene).value,
        "ties": scene.param("ties", "lead"),
        "winners": winners_of(scene),
        "quorum": quorum_of(scene),
        **{"count": len(scene.data["options"]), "voters": 0, "how": "", "chosen": ""},
    }
    return scene.say(name, **{**known, **values})


def post_list(scene: Scene, saying: Saying, options: Sequence[int]) -> None:
    """Post a list to vote in, without who gave what."""
    is_ranked = method_of(scene).is_ranked
    pick = None if is_ranked else Pick("vote", tuple(options), "session.vote.pick", len(options))
    scene.data["post"] = scene.post(
        ROOM,
        saying,
        shows=entries(scene, options),
        pick=pick,
        controls=(_RANK,) if is_ranked else (),
    )


def entries(scene: Scene, ids: Sequence[int]) -> list[Entry]:
    """Return entries by their numbers, in this order; without those that are gone."""
    found = (scene.entry(id) for id in ids)
    return [each for each in found if each is not None]


def is_closed(scene: Scene) -> bool:
    """Whether votes are counted already."""
    return "counting" in scene.data or "tied" in scene.data


def united(data: Mapping[str, Any], event: United) -> dict[str, Any]:
    """Return what changes where two who voted are one person: of their votes one counts."""
    ballots = dict(data.get("ballots", {}))
    theirs = ballots.pop(str(event.member), None)
    if theirs is None:
        return {}
    return {"ballots": {str(event.into): theirs, **ballots}}
