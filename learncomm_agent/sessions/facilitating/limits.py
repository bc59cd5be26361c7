"""The hard limits of facilitating: whether a move may be made now, whatever a rule would like. Pure."""

from learncomm_agent.sessions.facilitating.floor import Mode
from learncomm_agent.sessions.facilitating.look import Look
from learncomm_agent.sessions.facilitating.moves import Move, Reason, is_unasked
from learncomm_agent.sessions.facilitating.rules import Proposal

HUMAN_PER_POST = 20
"""Messages of people before each unasked post; no budget lowers it."""
_IN_A_ROW = 2
"""Posts of ours with nobody speaking between them: the opening and one more."""


def refusal(proposal: Proposal, look: Look) -> Reason | None:
    """Return why a proposal must wait or be dropped; None where it may be made now."""
    if proposal.move is Move.OFFER_GROUPS:
        leader = look.floor.seat(proposal.member or 0)
        return Reason.NOTHING_TO_ADD if leader.mode is Mode.QUIET else None
    if proposal.member is not None:
        return _refused_nudge(proposal, look)
    if look.is_exchange:
        return Reason.TALKING_WELL
    if is_unasked(proposal.move, proposal.about):
        return _refused_unasked(proposal.move, look)
    return _refused_planned(look)


def _refused_nudge(proposal: Proposal, look: Look) -> Reason | None:
    floor, budget = look.floor, look.budget
    seat = floor.seat(proposal.member or 0)
    if not seat.may_be_nudged:
        return Reason.NOTHING_TO_ADD
    if floor.nudges >= budget.nudges or seat.nudges >= budget.nudges_per_member:
        return Reason.BUDGET_SPENT
    if floor.nudged_at is not None and look.now < floor.nudged_at + look.pause:
        return Reason.TOO_SOON
    return None


def _refused_unasked(move: Move, look: Look) -> Reason | None:
    floor, budget = look.floor, look.budget
    needed = max(budget.messages_per_post, HUMAN_PER_POST)
    if floor.unasked >= budget.posts or floor.since_unasked < needed:
        return Reason.BUDGET_SPENT
    if floor.in_a_row:
        return Reason.TOO_SOON
    if move is not Move.TIME_CHECK and look.now < look.quiet_since + look.pause:
        return Reason.TALKING_WELL
    return None


def _refused_planned(look: Look) -> Reason | None:
    floor = look.floor
    if floor.in_a_row >= _IN_A_ROW:
        return Reason.NOBODY_HERE
    if look.now < look.quiet_since + look.lull:
        return Reason.TOO_SOON if floor.in_a_row else Reason.TALKING_WELL
    return None
