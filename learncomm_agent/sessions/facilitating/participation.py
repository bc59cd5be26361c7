"""How evenly a group took part, measured from its remarks: for leaders sums, for a member their own. Pure.

Hosts and the agent are left out. A Gini coefficient of 0 is even; it grows with the number of speakers
and with a host, so it is compared with the group's own past and with nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import median
from typing import Any, Self

from learncomm_agent.sessions.facilitating.remarks import Remark

FEWEST = 3
"""With fewer speakers a share would tell who is meant, so none is told."""
PAST = 3
"""With fewer earlier discussions there is no past to compare with."""
_DIFFERENCE = 0.08
"""A smaller difference of Gini coefficients is no difference."""


class Evenness(StrEnum):
    """How this discussion stands beside the group's own earlier ones."""

    MORE_EVEN = "more_even"
    AS_USUAL = "as_usual"
    LESS_EVEN = "less_even"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """What one member contributed; for nobody's eyes but theirs."""

    words: int = 0
    turns: int = 0
    drawn: int = 0
    """Replies by others."""
    ideas: int = 0
    """Terms that they used first."""
    taken_up: int = 0
    """Those of them that others used later."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a member is shown of themselves: no rank, nobody else's figures."""

    words: int
    turns: int
    drawn: int
    taken_up: int
    share: float
    """Of all words; 0 where nobody spoke."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is kept of a discussion to compare later ones with; names nobody."""

    speakers: int
    gini: float | None
    """Of words; None with fewer than three speakers."""
    uptake: float | None

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what `record` has written."""
        return cls(**record)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What leaders are shown."""

    present: int
    """Members who joined or spoke."""
    spoke: int
    turns: int
    top_third: float | None
    """The share of words of the most talkative third; None with fewer than three speakers."""
    gini: float | None
    usual_gini: float | None
    """The median of the group's earlier discussions; None with fewer than three of them."""
    evenness: Evenness
    answered: float | None
    """The share of members who spoke to whom somebody replied."""
    uptake: float | None
    """The share of ideas that others took up."""
    trend: tuple[float, ...] = ()
    """The Gini coefficients of earlier discussions and, last, of this one: for a small chart."""


@dataclass(frozen=True, slots=True)
class Participation:
    """Who contributed what in one discussion."""

    parts: Mapping[int, Part]

    @property
    def spoke(self) -> tuple[Part, ...]:
        """The parts of those who said something."""
        return tuple(part for part in self.parts.values() if part.turns)

    @property
    def gini(self) -> float | None:
        """The Gini coefficient of words among those who spoke; None with fewer than three."""
        words = [part.words for part in self.spoke]
        return gini(words) if len(words) >= FEWEST else None

    @property
    def uptake(self) -> float | None:
        """The share of ideas that others took up; None where there was none."""
        ideas = sum(part.ideas for part in self.spoke)
        return sum(part.taken_up for part in self.spoke) / ideas if ideas else None

    def figures(self) -> Figures:
        """Return what later discussions are compared with."""
        return Figures(len(self.spoke), self.gini, self.uptake)

    def compare(self, past: Sequence[Figures]) -> tuple[Evenness, float | None]:
        """Return how even it was beside the group's own past, and the usual Gini coefficient."""
        known = [each.gini for each in past if each.gini is not None]
        if len(known) < PAST:
            return Evenness.UNKNOWN, None
        usual = median(known)
        if self.gini is None:
            return Evenness.UNKNOWN, usual
        if self.gini < usual - _DIFFERENCE:
            return Evenness.MORE_EVEN, usual
        return (Evenness.LESS_EVEN if self.gini > usual + _DIFFERENCE else Evenness.AS_USUAL), usual

    def aggregate(self, past: Sequence[Figures] = ()) -> Aggregate:
        """Return what leaders are shown, beside the group's earlier discussions, the oldest first."""
        spoke = self.spoke
        evenness, usual = self.compare(past)
        trend = [each.gini for each in (*past, self.figures()) if each.gini is not None]
        return Aggregate(
            present=len(self.parts),
            spoke=len(spoke),
            turns=sum(part.turns for part in spoke),
            top_third=self._top_third() if len(spoke) >= FEWEST else None,
            gini=self.gini,
            usual_gini=usual,
            evenness=evenness,
            answered=sum(part.drawn > 0 for part in spoke) / len(spoke) if spoke else None,
            uptake=self.uptake,
            trend=tuple(trend),
        )

    def own(self, member: int) -> Own:
        """Return what a member is shown of themselves, also where they said nothing."""
        part = self.parts.get(member, Part())
        whole = sum(each.words for each in self.parts.values())
        share = part.words / whole if whole else 0.0
        return Own(part.words, part.turns, part.drawn, part.taken_up, share)

    def _top_third(self) -> float:
        words = sorted((part.words for part in self.spoke), reverse=True)
        top = words[: -(-len(words) // 3)]
        return sum(top) / sum(words) if sum(words) else 0.0

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"parts": [[member, asdict(part)] for member, part in sorted(self.parts.items())]}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what `record` has written."""
        return cls({member: Part(**part) for member, part in record["parts"]})


def measure(remarks: Iterable[Remark], present: Iterable[int] = ()) -> Participation:
    """Measure a discussion.

    Args:
        remarks: All of them, in any order.
        present: Who joined, whether they spoke or not.
    """
    told = sorted(remarks, key=lambda each: each.at)
    hosts = {each.member for each in told if each.is_host or each.is_agent}
    said = [each for each in told if each.member not in hosts]
    words: Counter[int] = Counter()
    turns: Counter[int] = Counter()
    for each in said:
        words[each.member] += each.words
        turns[each.member] += 1
    drawn = Counter(
        each.replies_to
        for each in told
        if each.replies_to is not None and not each.is_agent and each.replies_to != each.member
    )
    ideas, taken_up = _ideas(told, said)
    members = (set(present) | words.keys()) - hosts
    parts = {
        member: Part(words[member], turns[member], drawn[member], ideas[member], taken_up[member])
        for member in sorted(members)
    }
    return Participation(parts)


def gini(values: Sequence[float]) -> float:
    """Return the Gini coefficient: 0 where all are alike, near 1 where one has everything."""
    whole = sum(values)
    if not values or whole <= 0:
        return 0.0
    count = len(values)
    ranked = sum((2 * rank - count - 1) * each for rank, each in enumerate(sorted(values), 1))
    return ranked / (count * whole)


def _ideas(told: Sequence[Remark], said: Sequence[Remark]) -> tuple[Counter[int], Counter[int]]:
    """Count for each member the terms that they used first, and those that others used later.

    A term that a host or the agent brought in is nobody's idea; a host who takes one up counts.
    """
    first: dict[str, int] = {}
    users: dict[str, set[int]] = defaultdict(set)
    for each in told:
        for term in each.terms:
            first.setdefault(term, each.member)
            if not each.is_agent:
                users[term].add(each.member)
    speakers = {each.member for each in said}
    ideas: Counter[int] = Counter()
    taken_up: Counter[int] = Counter()
    for term, member in first.items():
        if member in speakers:
            ideas[member] += 1
            taken_up[member] += len(users[term]) > 1
    return ideas, taken_up
