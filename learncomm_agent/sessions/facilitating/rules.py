"""The rules of facilitating, in the order of their priority: what there would be to say.

A rule looks at what was said, and names a move and its reason, or nothing. Whether the move may be made
now, `limits` says. To add a rule, write its function and put it into `RULES`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from learncomm_agent.sessions.facilitating.look import SHORT, Look
from learncomm_agent.sessions.facilitating.moves import Move, Reason
from learncomm_agent.sessions.facilitating.remarks import Remark

CROWD = 12
"""Above so many who speak, small groups are offered."""
_RECENT = 20
"""Remarks in which it is looked who speaks much, and whose points meet."""
_MUCH = 0.5
"""Of all words, and of those of these remarks, at least so much by one member is much ..."""
_TIMES_EVEN = 2.0
"""... if it is so many times an even share, too."""
_BEGINNING = 0.25
"""In this share of the time nobody is nudged: some begin late, and some speak first."""
_SOME_TALK = 6
"""With fewer messages it is too early to invite anybody."""
_CLAIMS = 5
"""The last claims, of which none gives a reason, or none an example."""
_ASIDE, _OF_ASIDE = 4, 6
"""So many of the last so many remarks off the topic are off the topic."""
_MEETING = 2
"""Terms that two points share, and that nobody else uses."""
_FRESH = 10
"""What was said before the last so many remarks is not talked of any more."""
_APART = 5
"""Of points that stand nearer to each other the later may well answer the earlier."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule would do."""

    move: Move
    reason: Reason
    member: int | None = None
    about: tuple[str, ...] = ()


Rule = Callable[[Look], Proposal | None]


def offer_groups(look: Look) -> Proposal | None:
    """Offer the leader small groups, once, where more than twelve talk in one room."""
    leader = look.agenda.leader
    if leader is None or Move.OFFER_GROUPS in look.floor.done or look.passed > 0.7:
        return None
    if look.speakers <= CROWD:
        return None
    return Proposal(Move.OFFER_GROUPS, Reason.MANY_HERE, leader)


def slow_down(look: Look) -> Proposal | None:
    """Ask one who says most of what is said, lately and in all, to let others speak; once."""
    recent = look.members[-_RECENT:]
    if len(recent) < _RECENT or look.speakers < 3 or look.passed < _BEGINNING:
        return None
    lately: Counter[int] = Counter()
    for each in recent:
        lately[each.member] += each.words
    seats = look.floor.seats
    said = Counter({each: seat.words for each, seat in seats.items() if not seat.is_host})
    member = max(lately, key=lambda each: (lately[each], -each))
    shares = (lately[member] / max(1, lately.total()), said[member] / max(1, said.total()))
    others = max(look.speakers, len(look.takers))
    if min(shares) < max(_MUCH, _TIMES_EVEN / others):
        return None
    if Move.SLOW_DOWN in look.floor.seat(member).nudged:
        return None
    return Proposal(Move.SLOW_DOWN, Reason.MORE_VOICES, member)


def invite(look: Look) -> Proposal | None:
    """Invite one who chose to take part and has not been heard, once others talk."""
    if not _BEGINNING <= look.passed <= 0.9 or look.floor.heard < _SOME_TALK:
        return None
    if look.speakers < 2:
        return None
    for member in look.unheard:
        seat = look.floor.seats[member]
        if seat.may_be_nudged and Move.INVITE not in seat.nudged:
            return Proposal(Move.INVITE, Reason.NOT_HEARD_YET, member)
    return None


def park(look: Look) -> Proposal | None:
    """Park what several people talk of beside the topic."""
    recent = look.members[-_OF_ASIDE:]
    aside = [each for each in recent if each.is_off_topic]
    if len(aside) < _ASIDE or len({each.member for each in aside}) < 2:
        return None
    return _about(look, Move.PARK, Reason.OFF_TOPIC, *aside[-2:])


def check_time(look: Look) -> Proposal | None:
    """Say that the time draws to its end, once, where people talk."""
    is_late = 0.8 <= look.passed < 0.95
    if not is_late or Move.TIME_CHECK in look.floor.done or not look.floor.since_post:
        return None
    return Proposal(Move.TIME_CHECK, Reason.LITTLE_TIME)


def open_question(look: Look) -> Proposal | None:
    """Bring back a member's question that nobody took up, though people have talked on since."""
    recent = look.floor.recent[-_RECENT:]
    for number, each in enumerate(recent):
        if not each.is_question or each.answered or each not in look.members:
            continue
        later = [other for other in recent[number + 1 :] if other.member != each.member]
        if len(later) < 2 or len(each.terms) < 2:
            continue
        if found := _about(look, Move.RE_ASK, Reason.QUESTION_OPEN, each):
            return found
    return None


def next_rung(look: Look) -> Proposal | None:
    """Go on to the next question, where this one was answered and has had its time."""
    floor, agenda = look.floor, look.agenda
    if floor.rung_at is None or floor.rung + 1 >= agenda.rungs or not floor.voices:
        return None
    share = agenda.rung_length
    passed, left = look.now - floor.rung_at, agenda.ends - look.now
    is_answered = len(floor.voices) >= 2 or passed >= share
    if not is_answered or passed < share / 2 or left < share / 2:
        return None
    return Proposal(Move.NEXT_RUNG, Reason.READY_FOR_NEXT)


def ask_again(look: Look) -> Proposal | None:
    """Ask the present question once more, in other words, where fewer than two have answered."""
    floor = look.floor
    if floor.rung_at is None or floor.is_re_asked or len(floor.voices) >= 2:
        return None
    if look.agenda.ends - look.now < look.lull:
        return None
    return Proposal(Move.RE_ASK, Reason.FEW_ANSWERS)


def ask_evidence(look: Look) -> Proposal | None:
    """Ask what a claim rests on, where the last claims of several members give no reason."""
    last = look.claims[-_CLAIMS:]
    if len(last) < _CLAIMS or len({each.member for each in last}) < 2:
        return None
    if any(each.has_evidence for each in last):
        return None
    return _about_new(look, Move.ASK_EVIDENCE, Reason.NO_REASONS, last[-1])


def ask_example(look: Look) -> Proposal | None:
    """Ask for an example, where the last claims have reasons and none is about a case."""
    last = look.claims[-_CLAIMS:]
    if len(last) < _CLAIMS or len({each.member for each in last}) < 2:
        return None
    if any(each.has_example for each in last) or not any(each.has_evidence for each in last):
        return None
    return _about_new(look, Move.ASK_EXAMPLE, Reason.NO_EXAMPLES, last[-1])


def bridge(look: Look) -> Proposal | None:
    """Show two members' points side by side that share their own terms, and did not meet yet."""
    own = look.terms_of_few(2)
    place = {each.message: number for number, each in enumerate(look.floor.recent)}
    points = [each for each in look.claims[-_RECENT:] if each.words >= SHORT]
    for later, earlier in combinations(reversed(points), 2):
        if later.member == earlier.member or len(earlier.terms & later.terms & own) < _MEETING:
            continue
        is_told = later.replies_to == earlier.member or earlier.replies_to == later.member
        if is_told or place[later.message] - place[earlier.message] < _APART:
            continue
        differ = earlier.is_contrary != later.is_contrary
        reason = Reason.POINTS_DIFFER if differ else Reason.POINTS_MEET
        if found := _about_new(look, Move.BRIDGE, reason, earlier, later):
            return found
    return None


def go_round(look: Look) -> Proposal | None:
    """Offer a round to all, once, where many are unheard whom no private word has reached."""
    unheard, takers = look.unheard, look.takers
    if not 0.5 <= look.passed <= 0.8 or Move.ROUND in look.floor.done:
        return None
    if len(unheard) < 2 or len(unheard) * 3 < len(takers) or look.speakers < 2:
        return None
    is_spent = look.floor.nudges >= look.budget.nudges
    if not is_spent and any(Move.INVITE not in look.floor.seats[each].nudged for each in unheard):
        return None
    return Proposal(Move.ROUND, Reason.FEW_VOICES)


RULES: tuple[Rule, ...] = (
    offer_groups,
    slow_down,
    invite,
    check_time,
    park,
    open_question,
    next_rung,
    ask_again,
    go_round,
    bridge,
    ask_evidence,
    ask_example,
)
"""The first whose move may be made now is followed."""


def proposals(look: Look) -> tuple[Proposal, ...]:
    """Return what all rules would do, in their order."""
    return tuple(found for rule in RULES if (found := rule(look)) is not None)


def _about(look: Look, move: Move, reason: Reason, *remarks: Remark) -> Proposal | None:
    """Return a proposal about messages of which none has been touched before."""
    about = tuple(each.message for each in remarks)
    if not set(about).isdisjoint(look.floor.touched):
        return None
    return Proposal(move, reason, about=about)


def _about_new(look: Look, move: Move, reason: Reason, *remarks: Remark) -> Proposal | None:
    """Return such a proposal if people still talk of the last of the messages, and are at rest."""
    is_fresh = remarks[-1] in look.floor.recent[-_FRESH:]
    return _about(look, move, reason, *remarks) if is_fresh and look.is_at_rest else None
