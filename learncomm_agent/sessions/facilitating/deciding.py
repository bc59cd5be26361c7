"""Decides whether to speak, to hold, or to nudge one member in private. Pure.

What a stage needs is small:

    floor = Floor.of(record) or Floor().seated(member, Mode.TAKE_PART)
    floor = floor.hear(read_remark(...))                  # on each message
    decision = decide(floor, agenda, budget, now)         # on each message and each alarm
    if decision.kind is not Kind.HOLD:
        floor = floor.said(decision.move, now, member=decision.member, about=decision.about)
    # set the alarm to decision.next_look; keep floor.record()

The decision holds no words: the playbook's, or a model's, are put to it by whoever sends. Two limits hold
whatever the rules say: an unasked post needs 20 messages of people since the last one, and nothing but
the opening and the end is posted within three minutes of people answering each other.
"""

from datetime import datetime

from learncomm_agent.sessions.facilitating.floor import ANSWERING, Floor
from learncomm_agent.sessions.facilitating.limits import refusal
from learncomm_agent.sessions.facilitating.look import Look
from learncomm_agent.sessions.facilitating.moves import (
    PRIVATE,
    Agenda,
    Budget,
    Decision,
    Kind,
    Move,
    Reason,
)
from learncomm_agent.sessions.facilitating.rules import Proposal, proposals

_GRACE = 1 / 10
"""So much longer than planned people may talk on before a discussion is closed among them."""
_SHARES = (0.25, 0.5, 0.8)
"""At these shares of the time a rule may begin to hold."""


def decide(floor: Floor, agenda: Agenda, budget: Budget, now: datetime) -> Decision:
    """Decide what to do now.

    Args:
        floor: What was said so far.
        agenda: When the discussion begins and ends, and how many questions it has.
        budget: How much may be said unasked.
        now: The moment, with a zone.
    """
    look = Look(floor, agenda, budget, now)
    if (decision := _frame(look)) is not None:
        return decision
    refused: list[Reason] = []
    for proposal in proposals(look):
        reason = refusal(proposal, look)
        if reason is None:
            return _made(proposal, look)
        refused.append(reason)
    return _hold(_why_hold(look, refused), look)


def _frame(look: Look) -> Decision | None:
    """Decide on the beginning and the end."""
    floor, agenda, now = look.floor, look.agenda, look.now
    if floor.closed_at is not None:
        return _hold(Reason.OVER, look)
    if floor.opened_at is None and now < agenda.ends:
        if now < agenda.starts:
            return _hold(Reason.NOT_YET, look)
        return _made(Proposal(Move.OPEN, Reason.BEGINS), look)
    if now < agenda.ends:
        return None
    if look.is_exchange and now < agenda.at(1 + _GRACE):
        return _hold(Reason.TALKING_WELL, look)
    return _made(Proposal(Move.CLOSE, Reason.ENDS), look)


def _made(proposal: Proposal, look: Look) -> Decision:
    kind = Kind.NUDGE if proposal.move in PRIVATE else Kind.SPEAK
    after = look.floor.said(proposal.move, look.now, member=proposal.member, about=proposal.about)
    next_look = _next_look(Look(after, look.agenda, look.budget, look.now))
    return Decision(
        kind, proposal.move, proposal.reason, proposal.member, proposal.about, next_look
    )


def _hold(reason: Reason, look: Look) -> Decision:
    return Decision(Kind.HOLD, Move.NONE, reason, next_look=_next_look(look))


def _why_hold(look: Look, refused: list[Reason]) -> Reason:
    """Return why nothing is said: what stood in the way, or how the talk goes."""
    floor = look.floor
    if look.is_exchange:
        return Reason.TALKING_WELL
    if floor.last_at is None or floor.in_a_row:
        silent = look.now >= look.quiet_since + look.lull
        waiting = Reason.JUST_OPENED if floor.in_a_row == 1 else Reason.TOO_SOON
        return Reason.NOBODY_HERE if silent or floor.in_a_row > 1 else waiting
    if refused:
        return refused[0]
    is_talk = look.now < floor.last_at + look.pause and look.speakers > 1
    return Reason.TALKING_WELL if is_talk else Reason.NOTHING_TO_ADD


def _next_look(look: Look) -> datetime | None:
    """Return the next moment at which time alone may change the decision."""
    floor, agenda, now = look.floor, look.agenda, look.now
    if floor.closed_at is not None:
        return None
    if now < agenda.starts:
        return agenda.starts
    moments = [agenda.ends, agenda.at(1 + _GRACE), *(agenda.at(share) for share in _SHARES)]
    moments += [look.quiet_since + look.pause, look.quiet_since + look.lull]
    if look.exchange_ends is not None:
        moments.append(look.exchange_ends)
    if floor.nudged_at is not None:
        moments.append(floor.nudged_at + look.pause)
    if floor.rung_at is not None:
        share = agenda.rung_length
        moments += [floor.rung_at + share / 2, floor.rung_at + share]
    # What stands still, such as a rule without its moment, is looked at after the pause anyway.
    later = [each for each in moments if each > now]
    return min(later, default=now + ANSWERING)
