"""Carries out what a session wishes in a rehearsal: threads open, polls are counted, things are written. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from learncomm_agent.rehearsing.happenings import Came
from learncomm_agent.rehearsing.lines import Lines
from learncomm_agent.sessions.effects import (
    BringIn,
    Calendar,
    CountPoll,
    Effect,
    Keep,
    OpenGroup,
    OpenPoll,
    Propose,
    Target,
    Whom,
    Write,
)
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.stages.report import PARTS
from learncomm_agent.sessions.state import Session

AWAITED = (OpenGroup, OpenPoll, CountPoll, Write, Keep, Propose)
"""Effects on which a stage may wait."""
_MOST_LINES, _MOST_DRAFTED = 3, 5


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of a member."""

    id: int
    who: int
    text: str
    at: datetime
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of an effect."""

    done: Done | None = None
    came: tuple[Came, ...] = ()
    draft: int | None = None
    """The effect whose draft the leader has now."""


@dataclass
class Stagehands:
    """Keeps what the platform would: polls, messages, drafts."""

    lines: Lines
    random: Random
    has_polls: bool = False
    polls: dict[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)
    said: list[Spoken] = field(default_factory=list)
    drafts: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def carry(self, effect: Effect, session: Session, now: datetime) -> Carried:
        """Do what is wished."""
        match effect:
            case OpenGroup():
                to = Target(Whom.GROUP, effect.group)
                came = Came(now, "group", to, members=effect.members)
                return Carried(Done(effect.id, {"group": effect.group, "room": 1}), (came,))
            case BringIn():
                to = Target(Whom.GROUP, effect.group)
                return Carried(came=(Came(now, "brought_in", to, members=effect.members),))
            case OpenPoll() if self.has_polls:
                self.polls[effect.id] = {}
                options = _texts(session, effect.options)
                came = Came(now, "poll", lines=options, saying=effect.question, session=session)
                return Carried(Done(effect.id, {"message": effect.id}), (came,))
            case CountPoll() if effect.poll in self.polls:
                votes = {str(who): list(ids) for who, ids in self.polls[effect.poll].items()}
                return Carried(Done(effect.id, {"votes": votes}))
            case Calendar():
                title = effect.title
                what = "called_off" if effect.is_cancelled else "calendar"
                came = Came(now, what, moment=effect.begins_at, saying=title, session=session)
                return Carried(came=(came,))
            case Keep():
                kept = _texts(session, effect.entries)
                return Carried(Done(effect.id), (Came(now, "kept", lines=kept),))
            case Propose():
                return Carried(Done(effect.id, self._proposed(effect)))
            case Write():
                return self._write(effect, session, now)
        return self.fail(effect)

    def fail(self, effect: Effect) -> Carried:
        """Say of an effect that it can't be carried out."""
        if isinstance(effect, AWAITED):
            return Carried(Done(effect.id, is_failed=True))
        return Carried()

    def _proposed(self, effect: Propose) -> dict[str, Any]:
        """Return who is together: two by two, the last three; one who is alone joins a pair."""
        sets = [list(each) for each in effect.wanted]
        rest = [] if sets else list(effect.members)
        self.random.shuffle(rest)
        sets += [rest[n : n + 2] for n in range(0, len(rest), 2)]
        pair: list[int] = []
        if sets and len(sets[-1]) == 1:
            alone = sets.pop()
            free = next((list(each) for each in effect.pairs if len(each) == 2), [])
            pair = [] if sets else free
            if into := (sets.pop() if sets else free):
                sets.append([*into, *alone])
        groups = [{"members": each, **self._reason(each)} for each in sets]
        if pair:
            groups[-1]["pair"] = pair
        return {"groups": groups, "without": list(effect.members)}

    def _reason(self, members: Sequence[int]) -> dict[str, Any]:
        text = self.lines.put("offer")
        meets = [{"by": members[0], "member": members[1], "text": text}]
        starter = {"kind": "offer", "by": members[0], "text": text}
        return {"why": {"hours": 5, "meets": meets}, "starters": [starter]}

    # What is written

    def _write(self, effect: Write, session: Session, now: datetime) -> Carried:
        match effect.task:
            case "questions":
                lines = [self._question(n) for n in range(int(effect.args.get("count", 3)))]
                return Carried(Done(effect.id, {"lines": lines}))
            case "group_summary":
                found = self._of_group(effect.args)
                return Carried(Done(effect.id, {"lines": found}, is_failed=not found))
            case "synthesis":
                return Carried(Done(effect.id, _side_by_side(session, effect.args)))
            case "summary":
                return self._summary(effect, now)
        return self.fail(effect)

    def _question(self, number: int) -> Mapping[str, Any]:
        source = "patterns" if number % 2 else "library"
        label = "general" if number % 2 else ""
        return {"text": self.lines.put("question"), "source": source, "label": label}

    def _of_group(self, args: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        number, since = args.get("group"), _moment(args.get("since"))
        members: Sequence[int] = args.get("members") or ()
        heard = [
            each
            for each in self.said
            if (each.group == number or (each.group is None and each.who in members))
            and (since is None or each.at >= since)
        ]
        return [{"text": each.text, "evidence": [each.id]} for each in heard[:_MOST_LINES]]

    def _summary(self, effect: Write, now: datetime) -> Carried:
        since = _moment(effect.args.get("since"))
        heard = (e.text for e in self.said if e.group is None and (since is None or e.at >= since))
        points = [text for text in dict.fromkeys(heard) if not text.endswith("?")]
        lines = tuple(points[-_MOST_DRAFTED:])
        if not lines:
            return self.fail(effect)
        self.drafts[effect.id] = lines
        came = Came(now, "draft", Target(Whom.LEAD), lines)
        done = Done(effect.id, {"writing": effect.id, "lines": len(lines)})
        return Carried(done, (came,), effect.id)


def _side_by_side(session: Session, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first lines of the groups as what they share, and so on: enough to show how it looks."""
    entries = [id for id in args.get("entries", ()) if id in session.entries]
    found = {}
    for part, id in zip(PARTS, entries, strict=False):
        entry = session.entries[id]
        found[part] = [{"text": entry.text, "entries": [id]}]
    return found


def _texts(session: Session, ids: Sequence[int]) -> tuple[str, ...]:
    return tuple(session.entries[id].text for id in ids if id in session.entries)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
