"""What a proposal of who is with whom holds and says: a sentence why, and questions to begin with; pure.

Words of a profile are entries of whoever wrote them, so that they go with them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.parameters import drop
from learncomm_agent.sessions.state import Entry

GroupData = dict[str, Any]
"""A group as the stage keeps it: `members`, `mentor`, `why`, and `starters` as entries."""
OFFER, STARTER = "offer", "starter"
"""What the entries are that hold words of a profile."""
STARTERS = 3
MOST_LINES = 40
"""So many groups are shown to a leader one by one; of the others it is said how many they are."""
_OFFERED = (
    "session.match.starter.offer_begin",
    "session.match.starter.offer_hard",
    "session.match.starter.offer_tell",
)
_WANTED = (
    "session.match.starter.want_why",
    "session.match.starter.want_first",
    "session.match.starter.want_month",
)
_GENERAL = (
    "session.match.starter.best",
    "session.match.starter.help",
    "session.match.starter.here",
    "session.match.starter.write",
)
_BY_KIND = {"offer": _OFFERED, "want": _WANTED}


def kept(scene: Scene, found: Iterable[Mapping[str, Any]]) -> list[GroupData]:
    """Return groups as the stage keeps them, with the words of profiles as entries."""
    return [_kept(scene, each, number) for number, each in enumerate(found)]


def _kept(scene: Scene, found: Mapping[str, Any], number: int) -> GroupData:
    members = [int(each) for each in found.get("members", ())]
    why = dict(found.get("why") or {})
    meets = []
    for each in why.pop("meets", ()):
        entry = scene.put(OFFER, str(each["text"]), by=int(each["by"]))
        meets.append({"by": each["by"], "member": each["member"], "entry": entry.id})
    data: GroupData = {"members": members, "mentor": found.get("mentor"), "why": why}
    if "group" in found:
        data["group"] = found["group"]
    asked = [_starter(scene, each, number + n) for n, each in enumerate(found.get("starters", ()))]
    for n in range(STARTERS - len(asked)):
        key = _GENERAL[(scene.seed + number + n) % len(_GENERAL)]
        asked.append(_phrased(scene, key, "", None))
    return {**data, "why": {**why, "meets": meets}, "starters": asked[:STARTERS]}


def _starter(scene: Scene, said: Mapping[str, Any], number: int) -> int:
    keys = _BY_KIND.get(str(said.get("kind")), _OFFERED)
    key = keys[(scene.seed + number) % len(keys)]
    return _phrased(scene, key, str(said.get("text", "")), said.get("by"))


def _phrased(scene: Scene, phrase: str, text: str, by: int | None) -> int:
    made = scene.put(STARTER, text, by=by)
    scene.change(
        Entry(made.id, made.stage, made.what, text, made.at, by, fields=made.fields, phrase=phrase)
    )
    return made.id


def thrown_away(scene: Scene, groups: Iterable[Mapping[str, Any]]) -> None:
    """Take the words of a proposal that is not to be out of the session."""
    drop(scene, (id for each in groups for id in entries_of(each)))


def entries_of(group: Mapping[str, Any]) -> Iterator[int]:
    """Yield the entries that belong to a group."""
    yield from group.get("starters", ())
    for each in (group.get("why") or {}).get("meets", ()):
        yield each["entry"]


def numbers(groups: Sequence[Mapping[str, Any]]) -> dict[int, tuple[int, int]]:
    """Return by the numbers under which a leader sees people: which group, and who."""
    found: dict[int, tuple[int, int]] = {}
    for place, each in enumerate(groups):
        for member in each["members"]:
            found[len(found) + 1] = (place, member)
    return found


def swapped(
    groups: Sequence[Mapping[str, Any]], one: tuple[int, int], other: tuple[int, int]
) -> list[list[int]]:
    """Return who would be with whom if two changed places, each given as `numbers` gives them."""
    into = {one: other[1], other: one[1]}
    return [[into.get((n, id), id) for id in each["members"]] for n, each in enumerate(groups)]


def lines(scene: Scene, groups: Sequence[Mapping[str, Any]]) -> list[Saying]:
    """Return a line for each group, with everybody's number and the reason."""
    said, number = [], 0
    for each in groups[:MOST_LINES]:
        people = []
        for member in each["members"]:
            number += 1
            people.append({"number": number, "who": {"member": member}})
        reason = why(scene, each, is_to_lead=True)
        said.append(scene.phrase("session.match.line", people=people, why=reason))
    if len(groups) > MOST_LINES:
        said.append(scene.phrase("session.match.more", count=len(groups) - MOST_LINES))
    return said


def why(scene: Scene, group: Mapping[str, Any], *, is_to_lead: bool = False) -> dict[str, Any]:
    """Return the sentence that says why some are together, to them or to a leader, as a value of another one."""
    reason = group.get("why") or {}
    meets = [each for each in reason.get("meets", ()) if each["entry"] in scene.session.entries]
    told = [
        {
            "who": {"member": each["by"]},
            "other": {"member": each["member"]},
            "what": {"entry": each["entry"]},
        }
        for each in meets[:2]
    ]
    newcomer, mentor = reason.get("newcomer"), group.get("mentor")
    values = {
        "meets": told,
        "hours": int(reason.get("hours") or 0),
        "newcomer": None if newcomer is None else {"member": newcomer},
        "mentor": None if mentor is None else {"member": mentor},
        "is_to_lead": is_to_lead,
    }
    return {"phrase": "session.match.why", "values": values}


def named(members: Iterable[int]) -> list[dict[str, int]]:
    """Return members as values."""
    return [{"member": each} for each in members]
