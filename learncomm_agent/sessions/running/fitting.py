"""What fits together by what members said about themselves, as a stage of a session takes it. Blocks a little.

What is compared are the words of offers and wishes, by their stems, and the hours of the week.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import combinations
from typing import Any

from learncomm_agent.caring.matching import (
    Matching,
    Together,
    explained,
    joined,
    matched,
    may_be,
    reason,
    with_roles,
)
from learncomm_agent.caring.weighing import Bounds, Pair, Person, Role
from learncomm_agent.chat.people import Consent, Member
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.sessions.effects import Propose
from learncomm_agent.sessions.running.speaking import zone_or_utc
from learncomm_agent.sessions.state import Plan
from learncomm_agent.storage.profiles import Profile

NEW = timedelta(days=30)
"""Who has been here for less is new."""
PARTS = ((8, 12), (12, 17), (17, 22))
"""From which hour to which the parts of a day go."""
ITEM_CHARS, MOST_ITEMS = 80, 8
_BETWEEN = re.compile(r"[,;\n•]+|\s+(?:and|und|&)\s+")
_STARTERS = 3
_MENTORS, _PAIR = "mentors", 2


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of those who are to be matched, in one look at the store."""

    people: Mapping[int, Member]
    profiles: Mapping[int, Profile]
    avoided: Mapping[int, frozenset[int]]
    since: Mapping[int, datetime]
    met: frozenset[Pair]


def items_of(text: str) -> list[str]:
    """Return the things that somebody lists in an offer or a wish."""
    found = (" ".join(each.split()).strip(" .-–*") for each in _BETWEEN.split(text))
    return list(dict.fromkeys(each[:ITEM_CHARS] for each in found if each))[:MOST_ITEMS]


def hours_of(slots: Iterable[int], zone: str, now: datetime) -> frozenset[int]:
    """Return parts of a week in a zone as hours of the week in UTC, as they are in the week to come."""
    there = zone_or_utc(zone)
    today = now.astimezone(there).date()
    found = set()
    for slot in slots:
        day, part = divmod(slot, len(PARTS))
        date = today + timedelta(days=(day - today.weekday()) % 7)
        for hour in range(*PARTS[part]):
            at = datetime.combine(date, time(hour), there).astimezone(now.tzinfo)
            found.add(at.weekday() * 24 + at.hour)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Answers one wish of a stage."""

    effect: Propose
    plan: Plan
    known: Known
    analyser: Analyser
    now: datetime

    def result(self) -> dict[str, Any]:
        """Return what comes back to the stage: groups, who is left, and who has no profile."""
        effect, known = self.effect, self.known
        people = {id: self._person(id) for id in known.people if self._may(id)}
        asked = [people[id] for id in effect.members if id in people]
        bounds = Bounds(known.met, _pairs(effect.apart), _pairs(effect.shown))
        cast = self._cast(asked)
        if effect.pairs:
            found = self._placed(asked, people, bounds)
        elif not effect.wanted:
            found = matched(cast, bounds, seed=effect.seed)
        elif may_be(cast, effect.wanted, bounds):
            people |= {each.id: each for each in cast}
            found = Matching(tuple(_together(each, people) for each in effect.wanted), {})
        else:
            return {"refused": True}
        groups = [self._record(each) for each in found.groups]
        busy = {id for each in groups for id in each["members"]}
        left = [
            {"member": id, "why": str(found.unmatched.get(id, "nobody"))}
            for id in effect.members
            if id not in busy and id in known.people
        ]
        without = [id for id in effect.members if id in people and id not in known.profiles]
        are_equals = effect.by == _MENTORS and all(each.role is Role.BUDDY for each in cast)
        return {"groups": groups, "left": left, "without": without, "are_equals": are_equals}

    def _may(self, id: int) -> bool:
        """Whether somebody wishes to be matched at all."""
        said = self.known.profiles.get(id)
        consent = self.known.people[id].consent
        return consent is not Consent.OUT and (said is None or said.is_open)

    def _person(self, id: int) -> Person:
        member, said = self.known.people[id], self.known.profiles.get(id)
        since = self.known.since.get(id)
        languages = () if said is None else said.languages
        known = Person(
            id,
            languages=frozenset(languages or (member.language or self.plan.language,)),
            capacity=0,
            is_new=since is not None and self.now - since < NEW,
            avoided=self.known.avoided.get(id, frozenset()),
        )
        if said is None:
            return known
        return replace(
            known,
            offers=self._stems(said.offers),
            wants=self._stems(said.wants),
            hours=hours_of(said.hours, member.timezone or self.plan.zone, self.now),
            capacity=said.capacity,
        )

    def _stems(self, text: str) -> tuple[frozenset[str], ...]:
        asked = (self.analyser.asked(each, may_slip=False).terms for each in items_of(text))
        return tuple(frozenset(form for term in terms for form in term.forms) for terms in asked)

    def _cast(self, asked: Sequence[Person]) -> Sequence[Person]:
        """Return people as mentors and mentees, where that is wished; as equals where there is only one sort."""
        if self.effect.by != _MENTORS:
            return asked
        found = with_roles(asked)
        return found if len({each.role for each in found}) > 1 else asked

    def _placed(
        self, asked: Sequence[Person], people: Mapping[int, Person], bounds: Bounds
    ) -> Matching:
        """Return with whom those can be who are alone: a mentor with room, each other, or a pair of equals."""
        taken = self._taken_on(asked, people, bounds)
        busy = {id for each in taken for id in each.members}
        rest = self._cast([each for each in asked if each.id not in busy])
        alone = matched(rest, bounds, seed=self.effect.seed)
        left = [people[id] for id in alone.unmatched]
        equals = [each for each in self.effect.pairs if not set(each) & set(self.effect.mentors)]
        there = [tuple(people[id] for id in each) for each in equals if people.keys() >= set(each)]
        threes = [each for each in joined(there, left, bounds) if len(each) > _PAIR]
        threes = [each for each in threes if {it.id for it in each} & alone.unmatched.keys()]
        made = [_together([it.id for it in each], people) for each in threes]
        everyone = list(people.values())
        reasons = {id: reason(people[id], everyone, bounds) for id in alone.unmatched}
        return Matching((*taken, *alone.groups, *made), reasons)

    def _taken_on(
        self, asked: Sequence[Person], people: Mapping[int, Person], bounds: Bounds
    ) -> tuple[Together, ...]:
        """Return whom mentors of the round can take on, with as many as they have room for besides those they have."""
        effect = self.effect
        busy = Counter(id for each in effect.pairs for id in each if id in effect.mentors)
        room = {id: people[id].capacity - busy[id] for id in busy if id in people}
        free = [
            replace(people[id], role=Role.MENTOR, capacity=count)
            for id, count in room.items()
            if count > 0
        ]
        if not free:
            return ()
        learners = [
            replace(each, role=Role.MENTEE) for each in asked if each.wants or not each.may_teach
        ]
        return matched((*learners, *free), bounds, seed=effect.seed).groups

    def _record(self, found: Together) -> dict[str, Any]:
        """Return a group as the stage takes it, with the words of profiles."""
        meets = [
            {
                "by": each.giver,
                "member": each.learner,
                "text": self._item(each.giver, "offers", each.offer),
            }
            for each in found.why.meets
        ]
        pair = next((each for each in self.effect.pairs if set(each) < set(found.members)), ())
        return {
            "members": list(found.members),
            "mentor": found.mentor,
            "pair": list(pair),
            "why": {"hours": found.why.hours, "newcomer": found.why.newcomer, "meets": meets},
            "starters": list(self._starters(found)),
        }

    def _starters(self, found: Together) -> Iterator[dict[str, Any]]:
        """Yield what to ask about: what met first, then something of each."""
        told: list[tuple[str, int, str]] = []
        for each in found.why.meets[:1]:
            told.append(("offer", each.giver, self._item(each.giver, "offers", each.offer)))
            told.append(("want", each.learner, self._item(each.learner, "wants", each.want)))
        for id in found.members:
            for kind in ("offers", "wants"):
                told += [(kind[:-1], id, text) for text in self._items(id, kind)[:1]]
        for kind, id, text in list(dict.fromkeys(told))[:_STARTERS]:
            yield {"kind": kind, "by": id, "text": text}

    def _item(self, id: int, kind: str, place: int) -> str:
        return self._items(id, kind)[place]

    def _items(self, id: int, kind: str) -> list[str]:
        said = self.known.profiles.get(id)
        return [] if said is None else items_of(getattr(said, kind))


def _together(ids: Sequence[int], people: Mapping[int, Person]) -> Together:
    some = sorted((people[id] for id in ids), key=lambda each: each.role is not Role.MENTOR)
    mentor = some[0].id if some[0].role is Role.MENTOR else None
    return Together(tuple(each.id for each in some), mentor, explained(some))


def _pairs(some: Iterable[Iterable[int]]) -> frozenset[Pair]:
    return frozenset(frozenset(pair) for each in some for pair in combinations(sorted(each), 2))
