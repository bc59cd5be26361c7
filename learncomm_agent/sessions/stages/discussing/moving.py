"""How a facilitator's move is said in a discussion: to whom, by which saying, with which values. Pure."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.sessions.effects import Saying, Target
from learncomm_agent.sessions.facilitating.floor import Floor
from learncomm_agent.sessions.facilitating.moves import Decision, Move, Reason
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene, member
from learncomm_agent.sessions.stages.discussing.ladder import Ladder
from learncomm_agent.sessions.state import Entry

SAYINGS: Mapping[Move, str] = {
    Move.RE_ASK: "re_ask",
    Move.NEXT_RUNG: "next",
    Move.BRIDGE: "bridge",
    Move.ASK_EVIDENCE: "evidence",
    Move.ASK_EXAMPLE: "example",
    Move.PARK: "park",
    Move.TIME_CHECK: "time",
    Move.ROUND: "round",
    Move.INVITE: "invite",
    Move.SLOW_DOWN: "slow_down",
    Move.OFFER_GROUPS: "offer_groups",
}
"""The moves that are made while people talk."""


def saying_of(decision: Decision) -> str | None:
    """Return the name of the saying of a move; None of one that is not made while people talk."""
    if decision.move is Move.RE_ASK and decision.about:
        return "unanswered"
    return SAYINGS.get(decision.move)


def target_of(decision: Decision) -> Target:
    """Return to whom a move is said: to all only what concerns all."""
    if decision.move is Move.OFFER_GROUPS:
        return LEAD
    return ROOM if decision.member is None else member(decision.member)


def words_of(
    scene: Scene, decision: Decision, floor: Floor, question: Entry | None
) -> tuple[Saying, ...]:
    """Return what is said for a move."""
    name = saying_of(decision)
    assert name is not None
    values: dict[str, Any] = {"question": named(question), "differ": False, "message": ""}
    members = {each.message: each.member for each in floor.recent}
    about = [{"message": int(each)} for each in decision.about]
    if about:
        values["message"] = about[-1]
    if decision.move is Move.BRIDGE:
        one, other = (members.get(each, 0) for each in decision.about)
        values |= {"who": {"member": one}, "whom": {"member": other}}
        values |= {"one": about[0], "other": about[1]}
        values["differ"] = decision.reason is Reason.POINTS_DIFFER
    return (scene.say(name, **values),)


def may_be_named(decision: Decision, floor: Floor) -> bool:
    """Whether a move names nobody in public who was asked in private to leave room, or to come in."""
    if decision.move is not Move.BRIDGE:
        return True
    members = {each.message: each.member for each in floor.recent}
    told = [members.get(each) for each in decision.about]
    return all(each is not None and not floor.seat(each).nudged for each in told)


def can_be_said(scene: Scene, decision: Decision, floor: Floor, ladder: Ladder) -> bool:
    """Whether there are words for a move, and all that it speaks of."""
    name = saying_of(decision)
    if name is None or not scene.says(name) or not may_be_named(decision, floor):
        return False
    needs_next = decision.move is Move.NEXT_RUNG
    needs_question = decision.move is Move.RE_ASK and not decision.about
    if needs_next and not ladder.left:
        return False
    return not (needs_question and ladder.current is None)


def named(question: Entry | None) -> Any:
    """Return a question as a value of sayings."""
    return "" if question is None else {"entry": question.id}
