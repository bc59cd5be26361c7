"""What the members of a rehearsal do, and when: as a stage begins, as they read a post, as somebody speaks. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random

from learncomm_agent.rehearsing.cast import LEAD, Character, Role
from learncomm_agent.rehearsing.happenings import Act, Deed
from learncomm_agent.rehearsing.leading import Leader
from learncomm_agent.rehearsing.lines import Lines
from learncomm_agent.rehearsing.troubles import Troubles
from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Session
from learncomm_agent.sessions.walking import round_of, stage_at, value_of

_LIVE = timedelta(hours=6)
"""What is over sooner is held live: people are there, and answer within minutes."""
_TALKS = frozenset({"discuss", "ask", "report", "queue"})
"""Kinds of stages in which people answer what is posted."""
_OTHERWISE = timedelta(days=2)
"""For how long members have something to do where a stage has no end."""
_MOST_REMARKS = 80
"""In one stage, so that a talk ends."""
_DOES: Mapping[Role, float] = {
    Role.WILLING: 1.0,
    Role.TALKATIVE: 1.0,
    Role.LATE: 0.6,
    Role.OFF_TOPIC: 0.6,
    Role.HOSTILE: 0.5,
    Role.LEAVING: 0.6,
}
"""How likely each does what is asked for; who is not here does nothing."""
_RETURNS = 0.5
_UP, _IN_BED = 8, 22
_NIGHT = timedelta(hours=10)
"""From any hour at which people sleep to one at which they are up."""


class Director:
    """Decides what members do; its chances come from one seed."""

    def __init__(
        self,
        cast: tuple[Character, ...],
        lines: Lines,
        random: Random,
        troubles: Troubles,
        *,
        zone: tzinfo = UTC,
        is_silent: bool = False,
    ) -> None:
        """Take who plays.

        Args:
            cast: The leader and the members.
            lines: What they say.
            random: Their chances.
            troubles: Whether members leave, and how the leader behaves.
            zone: Where they live.
            is_silent: Whether no member does anything at all.
        """
        self._zone = zone
        self.leader = Leader(lines, random, troubles.leading)
        self._members = () if is_silent else cast[1:]
        self._by_id = {each.id: each for each in self._members}
        self._lines = lines
        self._random = random
        self._departures = troubles.departures
        self._remarks: dict[int, int] = {}

    def opening(self, now: datetime) -> Iterator[Deed]:
        """Yield who joins, who goes again by chance, and what the leader is up to."""
        for each in self._members:
            if each.role is not Role.LATE:
                at = self._after(now, timedelta(hours=20), 0.01, 1)
                yield Deed(at, each.id, Act.JOIN, args={"mode": self._mode(each)})
            if self._random.random() < self._departures:
                at = self._after(now, timedelta(days=40), 0.02, 1)
                yield Deed(at, each.id, Act.LEAVE)
                if self._random.random() < _RETURNS:
                    yield Deed(self._after(at, timedelta(days=4), 0, 1), each.id, Act.JOIN)
        yield from self.leader.opening(now, [each.id for each in self._members])

    def entered(self, session: Session, now: datetime) -> Iterator[Deed]:
        """Yield what comes of a stage that has just begun."""
        stage = stage_at(session)
        span = self._span(session, now)
        yield from self.leader.entered(session, now, span)
        for each in self._members:
            yield from self._moves(each, session, stage, now, span)
            if not self._does(each):
                continue
            match stage.kind:
                case "collect" if value_of(session, stage.params.get("from")) != "lead":
                    yield from self._enters(each, session, stage, now, span)
                case "queue":
                    yield Deed(self._after(now, span, 0.02, 0.7), each.id, Act.ENTER)
                    yield Deed(self._after(now, span, 0.1, 0.9), each.id, Act.BACK)
                case "vote":
                    yield from self._votes(each, now, span)

    def heard(self, session: Session, post: Post, now: datetime) -> Iterator[Deed]:
        """Yield what comes of a post that people have read."""
        yield from self.leader.heard(session, post, now)
        if session.standing is None or session.standing.entered_at is None:
            return
        stage = stage_at(session)
        whom, which = post.to.whom, post.to.which
        if whom is Whom.GROUP:
            members = next((e.members for e in session.groups if e.number == which), ())
            yield from self._answers(session, now, which, members, times=2)
        elif whom is Whom.ROOM and stage.kind == "group" and session.standing.data.get("in_room"):
            yield from self._answers(session, now, None, tuple(session.people), times=2)
        elif whom is Whom.ROOM and stage.kind in _TALKS:
            yield from self._speaker(session, stage, post, now)
            yield from self._answers(session, now, None, tuple(self._by_id))
        elif whom is Whom.MEMBER and stage.kind == "discuss" and self._random.random() < _RETURNS:
            yield self._says(which or 0, self._after(now, timedelta(minutes=5), 0.2, 1), None)

    def spoke(self, session: Session, deed: Deed, message: int, now: datetime) -> Iterator[Deed]:
        """Yield what others answer to what somebody said."""
        visit = session.visit
        self._remarks[visit] = self._remarks.get(visit, 0) + 1
        others = [id for id in self._by_id if id != deed.who and id in session.people]
        if deed.group is not None:
            inside = next((e.members for e in session.groups if e.number == deed.group), ())
            others = [id for id in others if id in inside]
        others = [id for id in others if self._by_id[id].role is not Role.SILENT]
        if not others or self._random.random() > 0.35 or self._remarks[visit] > _MOST_REMARKS:
            return
        span = self._span(session, now)
        pace = timedelta(minutes=3) if span < _LIVE else timedelta(hours=10)
        at = self._after(now, min(pace, span), 0.1, 0.9)
        args = {"reply_to": message, "to": deed.who}
        text = self._lines.say("reply")
        yield Deed(at, self._random.choice(others), Act.SAY, text, deed.group, args)

    # One by one

    def _moves(
        self, who: Character, session: Session, stage: Stage, now: datetime, span: timedelta
    ) -> Iterator[Deed]:
        """Yield whether a member comes late, goes early, or says how far they have read."""
        if who.role is Role.LATE and who.id not in session.people and session.visit > 2:
            yield Deed(self._after(now, span, 0.05, 0.4), who.id, Act.JOIN)
        if who.role is Role.LEAVING and session.visit > 3 and self._random.random() < 0.25:
            yield Deed(self._after(now, span, 0.1, 0.9), who.id, Act.LEAVE)
        portions = session.results.get("portions")
        if portions and stage.params.get("what") == "highlight" and self._does(who):
            share = (round_of(session) + self._random.uniform(0.3, 1.2)) / len(portions)
            place = {"place": round(min(1.0, share), 2)}
            yield Deed(self._after(now, span, 0.5, 1), who.id, Act.READ, args=place)

    def _enters(
        self, who: Character, session: Session, stage: Stage, now: datetime, span: timedelta
    ) -> Iterator[Deed]:
        prompts = value_of(session, stage.params.get("prompts")) or ()
        times = len(prompts) if isinstance(prompts, list | tuple) else 1
        at = self._after(now, span, 0.02, 0.85)
        for _ in range(max(1, times)):
            yield Deed(at, who.id, Act.ENTER, self._words(who, stage))
            at += timedelta(minutes=1) if span > _LIVE else timedelta(seconds=20)

    def _votes(self, who: Character, now: datetime, span: timedelta) -> Iterator[Deed]:
        yield Deed(self._after(now, span, 0.02, 0.8), who.id, Act.VOTE)
        if who.role is Role.TALKATIVE:  # changes their mind
            yield Deed(self._after(now, span, 0.8, 0.95), who.id, Act.VOTE)

    def _answers(
        self,
        session: Session,
        now: datetime,
        group: int | None,
        members: Iterable[int],
        times: int = 1,
    ) -> Iterator[Deed]:
        """Yield what members say to a question; nobody has to be there already, as long as they are by then."""
        span = self._span(session, now)
        is_live = span < _LIVE
        least = timedelta(seconds=20) if is_live else timedelta(minutes=10)
        for id in members:
            who = self._by_id.get(id)
            if who is None:
                continue
            more = 1 if who.role is Role.TALKATIVE else 0
            for _ in range(times + more):
                if self._does(who) and self._remarks.get(session.visit, 0) < _MOST_REMARKS:
                    at = max(now + least, self._after(now, span, 0.01, 0.3))
                    yield self._says(id, at, group)

    def _speaker(self, session: Session, stage: Stage, post: Post, now: datetime) -> Iterator[Deed]:
        """Yield the answer of whoever is a guest here, where a question waits for them."""
        speaker = value_of(session, stage.params.get("speaker"))
        if stage.kind == "queue" and isinstance(speaker, int) and speaker in self._by_id:
            at = self._after(now, timedelta(minutes=4), 0.4, 1)
            yield Deed(at, speaker, Act.SAY, self._lines.say("guest"), args={"is_guest": True})

    # Small things

    def _says(self, id: int, at: datetime, group: int | None) -> Deed:
        role = self._by_id[id].role if id in self._by_id else Role.WILLING
        kind = "remark"
        if role in {Role.TALKATIVE, Role.HOSTILE, Role.OFF_TOPIC} and self._random.random() < 0.6:
            kind = role.value
        elif role is Role.WILLING and self._random.random() < 0.2:
            kind = "promise"
        return Deed(at, id, Act.SAY, self._lines.say(kind), group)

    def _words(self, who: Character, stage: Stage) -> str:
        what = str(stage.params.get("what", "idea"))
        if what == "figure":
            is_joke = who.role is Role.HOSTILE and self._random.random() < 0.3
            return "…" if is_joke else str(self._random.randint(1, 5))
        return self._lines.put(what)

    def _mode(self, who: Character) -> str:
        if who.role is Role.SILENT:
            return self._random.choice(("take_part", "listen"))
        return "quiet" if who.role is Role.HOSTILE else "take_part"

    def _does(self, who: Character) -> bool:
        return self._random.random() < _DOES.get(who.role, 0.0)

    def _span(self, session: Session, now: datetime) -> timedelta:
        standing = session.standing
        ends = None if standing is None else standing.ends_at
        return _OTHERWISE if ends is None else max(ends - now, timedelta())

    def _after(self, now: datetime, span: timedelta, low: float, high: float) -> datetime:
        at = now + span * self._random.uniform(low, high)
        hour = at.astimezone(self._zone).hour
        if span < _LIVE or _UP <= hour < _IN_BED:
            return at
        later = at + _NIGHT
        return later if later <= now + span else at


def may(session: Session, deed: Deed) -> bool:
    """Whether somebody is there to do something."""
    return deed.who == LEAD or deed.who in session.people or deed.act is Act.JOIN
