"""What the rules look at: floor, agenda, budget and the moment, and what follows from them.

Times are those of the discussion itself, so that an hour in a live room and a week at people's own pace
go by the same rules: a *pause* is long for how people talk here, a *lull* longer, and neither is less
than three minutes.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from learncomm_agent.sessions.facilitating.floor import ANSWERING, Floor
from learncomm_agent.sessions.facilitating.moves import Agenda, Budget
from learncomm_agent.sessions.facilitating.remarks import Remark

CLAIM = 6
"""A remark of fewer words claims too little to be asked about."""
SHORT = 8
"""A remark of fewer words is a short one; after a longer one, others are left to answer first."""

_TICK = timedelta(seconds=1)
_FEW_GAPS = 4
"""With fewer the pace of a discussion is not known yet."""
_PAUSE_GAPS, _PAUSE_SHARE = 3, 1 / 60
_LULL_GAPS, _LULL_SHARE = 6, 1 / 12
_LONGEST_SHARE = 1 / 4
"""However slowly people talk, a pause or lull is no longer than this share of the time."""


@dataclass(frozen=True, slots=True)
class Look:
    """The floor at a moment."""

    floor: Floor
    agenda: Agenda
    budget: Budget
    now: datetime

    @property
    def passed(self) -> float:
        """The share of the time that has passed."""
        return (self.now - self.agenda.starts) / self.agenda.length

    @property
    def gap(self) -> timedelta | None:
        """The usual time between two remarks; None where it is not known yet."""
        at = [each.at for each in self.floor.recent]
        gaps = sorted(later - earlier for earlier, later in pairwise(at))
        return gaps[len(gaps) // 2] if len(gaps) >= _FEW_GAPS else None

    @property
    def pause(self) -> timedelta:
        """After so long a silence a word of ours breaks into nothing."""
        return self._silence(_PAUSE_GAPS, _PAUSE_SHARE)

    @property
    def lull(self) -> timedelta:
        """After so long a silence the talk has come to rest."""
        return self._silence(_LULL_GAPS, _LULL_SHARE)

    def _silence(self, gaps: int, share: float) -> timedelta:
        length = self.agenda.length
        by_pace = min((self.gap or timedelta()) * gaps, length * _LONGEST_SHARE)
        return max(ANSWERING, by_pace, length * share) + _TICK

    @property
    def exchange_ends(self) -> datetime | None:
        """The first moment at which people's answering each other is long enough ago."""
        at = self.floor.exchange_at
        return None if at is None else at + ANSWERING + _TICK

    @property
    def is_exchange(self) -> bool:
        """Whether two or more people have just answered each other."""
        ends = self.exchange_ends
        return ends is not None and self.now < ends

    @property
    def is_at_rest(self) -> bool:
        """Whether a thought has come to its end: the last word was a short one, or a lull followed."""
        last = self.floor.recent[-1] if self.floor.recent else None
        return last is None or last.words < SHORT or self.now >= last.at + self.lull

    @property
    def quiet_since(self) -> datetime:
        """When anybody last said anything, we included."""
        told = (self.floor.last_at, self.floor.posted_at, self.floor.opened_at)
        return max((each for each in told if each), default=self.agenda.starts)

    @property
    def members(self) -> tuple[Remark, ...]:
        """The remarks of members, without those of the host."""
        return tuple(
            each
            for each in self.floor.recent
            if each.is_members and not self.floor.seat(each.member).is_host
        )

    @property
    def claims(self) -> tuple[Remark, ...]:
        """What members have lately claimed: long enough, no question, on the topic as far as known."""
        return tuple(
            each
            for each in self.members
            if each.words >= CLAIM and not each.is_question and each.is_off_topic is not True
        )

    @property
    def takers(self) -> tuple[int, ...]:
        """The members who chose to take part, the host apart."""
        seats = sorted(self.floor.seats.items())
        return tuple(member for member, seat in seats if seat.is_taking_part)

    @property
    def unheard(self) -> tuple[int, ...]:
        """Those of them who have said nothing yet."""
        return tuple(each for each in self.takers if not self.floor.seats[each].turns)

    @property
    def speakers(self) -> int:
        """How many members have spoken, the host apart."""
        return sum(bool(seat.turns) for seat in self.floor.seats.values() if not seat.is_host)

    def terms_of_few(self, most: int) -> frozenset[str]:
        """Return the terms that so many members at most have lately used."""
        pairs = {(term, each.member) for each in self.members for term in each.terms}
        counts = Counter(term for term, _ in pairs)
        return frozenset(term for term, count in counts.items() if count <= most)
