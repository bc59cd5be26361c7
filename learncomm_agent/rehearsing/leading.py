"""What the leader of a rehearsal does: what they are asked to, nothing, or whatever they like. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from learncomm_agent.rehearsing.cast import LEAD
from learncomm_agent.rehearsing.happenings import Act, Deed
from learncomm_agent.rehearsing.lines import Lines
from learncomm_agent.rehearsing.troubles import Leading
from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.events import Act as Steering
from learncomm_agent.sessions.events import Rule
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.state import Session
from learncomm_agent.sessions.walking import stage_at, value_of

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WILD_DAYS = 60
_WILD = (
    *(Steering.PAUSE, Steering.PAUSE, Steering.EXTEND, Steering.EXTEND, Steering.NEXT),
    *(Steering.SKIP, Steering.MOVE, Steering.HAND_OVER, Steering.RESUME, Steering.END),
)


class Leader:
    """Decides what the leader does."""

    def __init__(self, lines: Lines, random: Random, leading: Leading) -> None:
        """Take what they say, their chances, and how they behave."""
        self._lines = lines
        self._random = random
        self._leading = leading

    def opening(self, now: datetime, members: Sequence[int]) -> Iterator[Deed]:
        """Yield what a leader who does as they like is up to in the next weeks."""
        at = now
        while self._leading is Leading.WILD and at < now + _WILD_DAYS * _DAY:
            at += _DAY * self._random.expovariate(0.5)
            act = self._random.choice(_WILD)
            yield self._steers(at, act, self._value(act, at, members))
            if act is Steering.PAUSE:
                later = at + _DAY * self._random.uniform(0.01, 3)
                yield self._steers(later, Steering.RESUME)

    def entered(self, session: Session, now: datetime, span: timedelta) -> Iterator[Deed]:
        """Yield what the leader does in a stage that has just begun."""
        stage = stage_at(session)
        is_asked = stage.kind == "collect" and value_of(session, stage.params.get("from")) == "lead"
        if self._leading is Leading.ABSENT or not is_asked:
            return
        is_read = any(
            each.params.get("reads") == f"${stage.name}" for each in walk(session.plan.stages)
        )
        what = "contents" if is_read else str(stage.params.get("what", "idea"))
        at = now + min(span * 0.5, 8 * _HOUR) * self._random.uniform(0.1, 1)
        for _ in value_of(session, stage.params.get("prompts")) or (None,):
            yield Deed(at, LEAD, Act.ENTER, self._lines.put(what))
            at += timedelta(minutes=2)

    def heard(self, session: Session, post: Post, now: datetime) -> Iterator[Deed]:
        """Yield what the leader does about something that was posted."""
        if self._leading is Leading.ABSENT:
            return
        if post.to.whom is Whom.LEAD and post.pick is not None:
            options, at = post.pick.entries, now + _HOUR * self._random.uniform(0.1, 6)
            if post.pick.act == "tie":
                entry = self._random.choice(options)
                yield Deed(at, LEAD, Act.TIE, args={"entry": entry})
            elif len(options) > 3 and self._random.random() < 0.5:
                yield from self._rules(at, options)
        elif post.to.whom is Whom.ROOM and session.standing is not None:
            yield from self._answers(session, now)

    def drafted(self, effect: int, now: datetime) -> Iterator[Deed]:
        """Yield what becomes of a draft."""
        at = now + _HOUR * self._random.uniform(0.5, 18)
        if self._leading is Leading.PRESENT:
            yield Deed(at, LEAD, Act.PUBLISH, args={"effect": effect})
        elif self._leading is Leading.WILD and self._random.random() < 0.7:
            act = self._random.choice((Act.PUBLISH, Act.DROP))
            yield Deed(at, LEAD, act, args={"effect": effect})

    def _rules(self, at: datetime, options: Sequence[int]) -> Iterator[Deed]:
        rule = self._random.choice((Rule.STRIKE, Rule.MOVE, Rule.ADD, Rule.EDIT))
        text = self._lines.put("question") if rule in {Rule.ADD, Rule.EDIT} else ""
        entry = None if rule is Rule.ADD else self._random.choice(options)
        place = 1 if rule is Rule.MOVE else None
        args = {"rule": rule.value, "entry": entry, "place": place}
        yield Deed(at, LEAD, Act.RULE, text, args=args)

    def _answers(self, session: Session, now: datetime) -> Iterator[Deed]:
        """Tick off a question in a queue whose guest has no account here."""
        stage, standing = stage_at(session), session.standing
        up = None if standing is None else standing.data.get("up")
        if stage.kind == "queue" and up and not value_of(session, stage.params.get("speaker")):
            at = now + timedelta(minutes=self._random.uniform(3, 8))
            args = {"rule": Rule.ANSWERED.value, "entry": up, "place": None}
            yield Deed(at, LEAD, Act.RULE, args=args)

    def _steers(self, at: datetime, act: Steering, value: str = "") -> Deed:
        return Deed(at, LEAD, Act.STEER, value, args={"act": act.value})

    def _value(self, act: Steering, at: datetime, members: Sequence[int]) -> str:
        if act is Steering.EXTEND:
            return str(self._random.choice((600, 3600, 86_400)))
        if act is Steering.MOVE:
            return (at + _DAY * self._random.uniform(0.5, 9)).replace(microsecond=0).isoformat()
        if act is Steering.HAND_OVER:
            return str(self._random.choice(members) if members else LEAD)
        return ""
