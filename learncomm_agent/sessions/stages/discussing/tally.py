"""Who contributed what to a discussion, counted message by message, so that no message need be kept. Pure.

It counts what `participation.measure` measures of a whole talk. For the ideas that others take up it keeps
the last terms that somebody was the first to use; with an older one the idea stays counted, and whether it
is taken up later is not seen any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from learncomm_agent.sessions.facilitating.participation import Part, Participation
from learncomm_agent.sessions.facilitating.remarks import Remark

_TERMS = 400


@dataclass(frozen=True, slots=True)
class First:
    """A term, and who used it first."""

    term: str
    member: int
    message: str
    is_taken_up: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted so far; every method gives a new one."""

    parts: dict[int, Part] = field(default_factory=dict)
    firsts: tuple[First, ...] = ()
    hosts: frozenset[int] = frozenset()

    @property
    def messages(self) -> int:
        """How many messages there were."""
        return sum(each.turns for each in self.parts.values())

    @property
    def speakers(self) -> int:
        """How many members spoke, the host apart."""
        return len(self.participation().spoke)

    def hear(self, remark: Remark) -> "Tally":
        """Return the tally after a remark."""
        remark, parts, who = remark.kept(), dict(self.parts), remark.member
        hosts = self.hosts | {who} if remark.is_host else self.hosts
        part = parts.get(who, Part())
        parts[who] = replace(part, words=part.words + remark.words, turns=part.turns + 1)
        if (told := remark.replies_to) is not None and told != who:
            parts[told] = _more(parts.get(told), drawn=1)
        firsts = []
        known = set()
        for each in self.firsts:
            if each.term in remark.terms:
                known.add(each.term)
                if each.member != who and not each.is_taken_up:
                    parts[each.member] = _more(parts.get(each.member), taken_up=1)
                    each = replace(each, is_taken_up=True)
            firsts.append(each)
        new = sorted(remark.terms - known)
        parts[who] = _more(parts[who], ideas=len(new))
        firsts += (First(term, who, remark.message) for term in new)
        return Tally(parts, tuple(firsts[-_TERMS:]), hosts)

    def participation(self, present: Iterable[int] = ()) -> Participation:
        """Return who contributed what.

        Args:
            present: Who takes part, whether they spoke or not.
        """
        members = sorted({*self.parts, *present} - self.hosts)
        return Participation({each: self.parts.get(each, Part()) for each in members})

    def without(self, member: int) -> "Tally":
        """Return the tally without anything of a member who is to be forgotten."""
        parts = {each: part for each, part in self.parts.items() if each != member}
        firsts = tuple(each for each in self.firsts if each.member != member)
        return Tally(parts, firsts, self.hosts - {member})

    def united(self, member: int, into: int) -> "Tally":
        """Return the tally with what two members said as one person's."""
        parts = {each: part for each, part in self.parts.items() if each != member}
        if (theirs := self.parts.get(member)) is not None:
            counts = {name: getattr(theirs, name) for name in _FIELDS}
            parts[into] = _more(parts.get(into), **counts)
        firsts = tuple(
            replace(each, member=into) if each.member == member else each for each in self.firsts
        )
        hosts = {into if each == member else each for each in self.hosts}
        return Tally(parts, firsts, frozenset(hosts))

    def forget(self, messages: Iterable[str]) -> "Tally":
        """Return the tally without the words of deleted messages; sums keep what was counted."""
        gone = frozenset(messages)
        firsts = tuple(each for each in self.firsts if each.message not in gone)
        return replace(self, firsts=firsts)

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "parts": [
                [member, *(getattr(part, each) for each in _FIELDS)]
                for member, part in sorted(self.parts.items())
            ],
            "firsts": [
                [each.term, each.member, each.message, int(each.is_taken_up)]
                for each in self.firsts
            ],
            "hosts": sorted(self.hosts),
        }

    @classmethod
    def of(cls, record: dict[str, Any]) -> Self:
        """Read what `record` has written."""
        return cls(
            {member: Part(*part) for member, *part in record["parts"]},
            tuple(
                First(term, member, message, bool(taken))
                for term, member, message, taken in record["firsts"]
            ),
            frozenset(record["hosts"]),
        )


_FIELDS = tuple(each.name for each in fields(Part))


def _more(part: Part | None, **counts: int) -> Part:
    part = part or Part()
    return replace(part, **{name: getattr(part, name) + count for name, count in counts.items()})
