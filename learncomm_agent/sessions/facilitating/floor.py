"""The floor: what a facilitator knows of the discussion that runs. A value; JSON in and out.

    floor = Floor().seated(7, Mode.TAKE_PART)     # somebody joins or chooses anew
    floor = floor.hear(remark)                    # each message, see `remarks.read_remark`
    floor = floor.said(decision.move, now, ...)   # what was really sent
    state["floor"] = floor.record(); Floor.of(state["floor"])

It keeps the last 60 remarks without their texts, and sums for each member.
"""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from learncomm_agent.sessions.facilitating.moves import PRIVATE, Move, is_unasked
from learncomm_agent.sessions.facilitating.remarks import Remark

KEPT = 60
"""So many remarks are kept."""
ANSWERING = timedelta(minutes=3)
"""Who speaks so soon after another answers; for as long after an answer nothing is posted unasked."""


class Mode(StrEnum):
    """How a member chose to be in a session."""

    TAKE_PART = "take_part"
    LISTEN = "listen"
    QUIET = "quiet"
    """Don't invite me."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One member in this discussion. Who never chose how to be here is never nudged."""

    mode: Mode = Mode.LISTEN
    is_host: bool = False
    turns: int = 0
    words: int = 0
    nudged: tuple[Move, ...] = ()
    """The nudges they got."""
    is_awaited: bool = False
    """Whether they have said nothing since the last one."""
    nudged_before: int = 0
    """How many nudges they got in earlier discussions of the session."""

    @property
    def is_taking_part(self) -> bool:
        """Whether they chose to, and do not lead."""
        return self.mode is Mode.TAKE_PART and not self.is_host

    @property
    def nudges(self) -> int:
        """How many nudges they got in the session."""
        return self.nudged_before + len(self.nudged)

    @property
    def may_be_nudged(self) -> bool:
        """Whether they chose to take part, and no earlier nudge stands unanswered."""
        return self.is_taking_part and not self.is_awaited

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        nudged = [str(each) for each in self.nudged]
        return {
            "mode": str(self.mode),
            "is_host": self.is_host,
            "turns": self.turns,
            "words": self.words,
            "nudged": nudged,
            "is_awaited": self.is_awaited,
            "nudged_before": self.nudged_before,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what `record` has written."""
        nudged = tuple(Move(each) for each in record["nudged"])
        return cls(**{**record, "mode": Mode(record["mode"]), "nudged": nudged})


@dataclass(frozen=True, slots=True)
class Floor:
    """What is known now; every method gives a new one."""

    opened_at: datetime | None = None
    closed_at: datetime | None = None
    seats: Mapping[int, Seat] = field(default_factory=dict)
    recent: tuple[Remark, ...] = ()
    """The last remarks of people, in the order of their times."""
    heard: int = 0
    """Messages of people since the beginning."""
    since_unasked: int = 0
    """Messages of people since the last unasked post."""
    since_post: int = 0
    """The same since any post of ours."""
    exchange_at: datetime | None = None
    """When somebody last answered somebody else."""
    last_at: datetime | None = None
    """When a person last spoke."""
    posted_at: datetime | None = None
    nudged_at: datetime | None = None
    unasked: int = 0
    in_a_row: int = 0
    """Posts of ours since a person last spoke."""
    rung: int = 0
    rung_at: datetime | None = None
    voices: frozenset[int] = frozenset()
    """Who, the host apart, has spoken since the present question was asked."""
    is_re_asked: bool = False
    done: frozenset[Move] = frozenset()
    touched: tuple[str, ...] = ()
    """The messages that our moves were about, the last ones."""

    @property
    def nudges(self) -> int:
        """How many nudges were sent; what the leader was offered is none."""
        return sum(len(seat.nudged) for seat in self.seats.values())

    def seat(self, member: int) -> Seat:
        """Return a member's seat; of a stranger, an empty one."""
        return self.seats.get(member, Seat())

    def seated(self, member: int, mode: Mode, *, is_host: bool | None = None) -> "Floor":
        """Return the floor after a member has joined, or chosen anew how to be here."""
        seat = self.seat(member)
        leads = seat.is_host if is_host is None else is_host
        return self._with_seat(member, replace(seat, mode=mode, is_host=leads))

    def hear(self, remark: Remark) -> "Floor":
        """Return the floor after a remark; of the agent's own, or one that was heard, the same."""
        if remark.is_agent or any(each.message == remark.message for each in self.recent):
            return self
        remark = remark.kept()
        last = self.recent[-1].message if self.recent else None
        recent = [_answered(each, remark, last) for each in self.recent]
        insort(recent, remark, key=lambda each: each.at)
        seat = self.seat(remark.member)
        spoken = replace(
            seat,
            is_host=seat.is_host or remark.is_host,
            turns=seat.turns + 1,
            words=seat.words + remark.words,
            is_awaited=False,
        )
        voices = self.voices if remark.is_host else self.voices | {remark.member}
        return replace(
            self._with_seat(remark.member, spoken),
            recent=tuple(recent[-KEPT:]),
            heard=self.heard + 1,
            since_unasked=self.since_unasked + 1,
            since_post=self.since_post + 1,
            exchange_at=_exchange(recent, remark, self.exchange_at),
            last_at=_later(self.last_at, remark.at),
            in_a_row=0,
            voices=voices,
        )

    def said(
        self,
        move: Move,
        at: datetime,
        *,
        member: int | None = None,
        about: tuple[str, ...] = (),
    ) -> "Floor":
        """Return the floor after a move of ours was sent, or a leader made it in our place."""
        after = replace(self, done=self.done | {move}, touched=(*self.touched, *about)[-KEPT:])
        if move in PRIVATE:
            return after._nudged(move, at, member)
        if is_unasked(move, about):
            after = replace(after, unasked=self.unasked + 1, since_unasked=0)
        after = replace(after, posted_at=at, since_post=0, in_a_row=self.in_a_row + 1)
        match move:
            case Move.OPEN:
                return replace(after, opened_at=at, rung_at=at, voices=frozenset())
            case Move.CLOSE:
                return replace(after, closed_at=at)
            case Move.NEXT_RUNG:
                after = replace(after, rung=self.rung + 1, rung_at=at)
                return replace(after, voices=frozenset(), is_re_asked=False)
            case Move.RE_ASK if not about:
                return replace(after, is_re_asked=True)
            case _:
                return after

    def forget(self, message: str) -> "Floor":
        """Return the floor without what it knows of a deleted message; sums keep what was counted."""
        recent = tuple(each for each in self.recent if each.message != message)
        return replace(self, recent=recent, touched=tuple(x for x in self.touched if x != message))

    def without(self, member: int) -> "Floor":
        """Return the floor without anything of a member who is to be forgotten."""
        return replace(
            self,
            seats={each: seat for each, seat in self.seats.items() if each != member},
            recent=tuple(
                replace(each, replies_to=None) if each.replies_to == member else each
                for each in self.recent
                if each.member != member
            ),
            voices=self.voices - {member},
        )

    def _nudged(self, move: Move, at: datetime, member: int | None) -> "Floor":
        if move is Move.OFFER_GROUPS or member is None:
            return self
        seat = self.seat(member)
        awaited = replace(seat, nudged=(*seat.nudged, move), is_awaited=True)
        return replace(self._with_seat(member, awaited), nudged_at=at)

    def _with_seat(self, member: int, seat: Seat) -> "Floor":
        return replace(self, seats={**self.seats, member: seat})

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        written: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        for name in _TIMES:
            at = getattr(self, name)
            written[name] = at.isoformat() if at else None
        seats = sorted(self.seats.items())
        return written | {
            "seats": [[member, seat.record()] for member, seat in seats],
            "recent": [each.record() for each in self.recent],
            "voices": sorted(self.voices),
            "done": sorted(self.done),
            "touched": list(self.touched),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what `record` has written."""
        given: dict[str, Any] = {name: record[name] for name in _PLAIN}
        for name in _TIMES:
            given[name] = datetime.fromisoformat(record[name]) if record[name] else None
        return cls(
            **given,
            seats={member: Seat.of(seat) for member, seat in record["seats"]},
            recent=tuple(Remark.of(each) for each in record["recent"]),
            voices=frozenset(record["voices"]),
            done=frozenset(Move(each) for each in record["done"]),
            touched=tuple(record["touched"]),
        )


_PLAIN = (
    *("heard", "since_unasked", "since_post", "unasked", "in_a_row"),
    *("rung", "is_re_asked"),
)
_TIMES = (
    *("opened_at", "closed_at", "exchange_at", "last_at"),
    *("posted_at", "nudged_at", "rung_at"),
)


def _answered(earlier: Remark, new: Remark, last: str | None) -> Remark:
    """Return a question as answered where somebody else takes it up: at once, by a reply, by its words."""
    if not earlier.is_question or earlier.answered or new.member == earlier.member:
        return earlier
    if new.at < earlier.at:
        return earlier
    is_next = earlier.message == last and not new.is_question
    is_told = new.replies_to == earlier.member
    takes_up = is_next or is_told or not new.terms.isdisjoint(earlier.terms)
    return replace(earlier, answered=True) if takes_up else earlier


def _exchange(recent: list[Remark], new: Remark, before: datetime | None) -> datetime | None:
    """Return when somebody last answered somebody else: told so, or within three minutes of them."""
    near = (each for each in recent if abs(each.at - new.at) <= ANSWERING)
    others = [each.at for each in near if each.member != new.member]
    if new.replies_to is None and not others:
        return before
    return _later(before, max((new.at, *others)))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
