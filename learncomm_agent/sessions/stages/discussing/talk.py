"""A discussion as one scene knows it: what was said, counted and asked, read from its data and put back. Pure."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.sessions.events import Forgotten, Said, United
from learncomm_agent.sessions.facilitating.floor import Floor, Mode
from learncomm_agent.sessions.facilitating.moves import Agenda, Move
from learncomm_agent.sessions.facilitating.remarks import Remark
from learncomm_agent.sessions.facilitating.uniting import united
from learncomm_agent.sessions.scene import OWN, Scene
from learncomm_agent.sessions.stages.discussing.ladder import Ladder
from learncomm_agent.sessions.stages.discussing.tally import Tally
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.state import Entry

_LIVE = timedelta(hours=6)
"""What lasts less is a meeting; what lasts longer goes on at people's own pace."""
_MEETING, _SLOW = timedelta(hours=1), timedelta(days=7)
"""How long it lasts where a playbook doesn't say."""
_NAMES = frozenset(each.name for each in fields(Remark))


class Talk:
    """One discussion. What is changed goes back into the scene with `save`."""

    def __init__(self, scene: Scene) -> None:
        """Read it; a new one where the scene has none."""
        data = scene.data
        self._scene = scene
        self.ladder = Ladder(scene)
        self.floor = Floor.of(data["floor"]) if "floor" in data else Floor()
        self.tally = Tally.of(data["tally"]) if "tally" in data else Tally()
        lead = scene.session.lead
        if "floor" in data and lead and not self.floor.seat(lead).is_host:  # it was handed over
            self.floor = self.floor.seated(lead, self.floor.seat(lead).mode, is_host=True)
            self.tally = replace(self.tally, hosts=self.tally.hosts | {lead})

    def save(self) -> None:
        """Put it back."""
        self._scene.data |= {"floor": self.floor.record(), "tally": self.tally.record()}

    # When it is

    def set_end(self) -> None:
        """Let it end at some time, where nobody has said when."""
        if self._scene.ends_at is None:
            span = _MEETING if flag(self._scene, "live", False) else _SLOW
            self._scene.end_at(self._scene.now + span)

    @property
    def agenda(self) -> Agenda:
        """When it begins and was to end, and how many questions it has."""
        standing = self._scene.session.standing
        assert standing is not None
        assert standing.entered_at is not None
        ends = self._scene.ends_at or standing.entered_at + _SLOW
        planned, prolonged = self._scene.data.get("prolonged", (None, None))
        if planned is not None and prolonged == ends.isoformat():
            ends = datetime.fromisoformat(planned)
        rungs = self.floor.rung + 1 + len(self.ladder.left)
        return Agenda(standing.entered_at, ends, rungs, self._scene.session.lead)

    def prolong(self, until: datetime) -> None:
        """Let people finish what they say to each other, though the time is over."""
        planned = self.agenda.ends
        self._scene.data["prolonged"] = [planned.isoformat(), until.isoformat()]
        self._scene.end_at(until)

    @property
    def is_live(self) -> bool:
        """Whether people are there at the same time."""
        agenda = self.agenda
        return flag(self._scene, "live", agenda.ends - agenda.starts < _LIVE)

    # Who is there

    def seat_all(self) -> None:
        """Seat everyone who takes part, as they chose; the lead as the host."""
        lead, people = self._scene.session.lead, self._scene.session.people
        for id, person in people.items():
            if not (id == lead and person.is_met):
                self.seat(id, Mode(person.mode.value))
        if lead not in self.floor.seats:
            self.floor = self.floor.seated(lead, Mode.LISTEN, is_host=True)
        self.tally = replace(self.tally, hosts=frozenset({lead}))

    def seat(self, member: int, mode: Mode) -> None:
        """Seat a member; of whoever has not spoken since a private word, in an earlier discussion too."""
        lead = self._scene.session.lead
        is_new = member not in self.floor.seats
        self.floor = self.floor.seated(member, mode, is_host=member == lead or None)
        seat = self.floor.seats[member]
        is_awaited = member in self._own.get("awaited", ()) if is_new else seat.is_awaited
        before = dict(self._own.get("nudged", ())).get(member, 0)
        seat = replace(seat, is_awaited=is_awaited, nudged_before=before)
        self.floor = replace(self.floor, seats={**self.floor.seats, member: seat})

    def awaited(self) -> list[int]:
        """Return who got a private word and has not spoken since, those who are away too."""
        seats = self.floor.seats
        away = (id for id in self._own.get("awaited", ()) if id not in seats)
        return sorted({*away, *(id for id, seat in seats.items() if seat.is_awaited)})

    def nudged(self) -> list[list[int]]:
        """Return how many private words each member got in the session, as pairs."""
        counts = dict(self._own.get("nudged", ()))
        for id, seat in self.floor.seats.items():
            counts[id] = counts.get(id, 0) + len(seat.nudged)
        return [[id, count] for id, count in sorted(counts.items()) if count]

    @property
    def _own(self) -> Mapping[str, Any]:
        """What earlier discussions of the session left."""
        known: Mapping[str, Any] = self._scene.session.results.get(OWN, {})
        return known

    # What is said

    def hear(self, event: Said) -> bool:
        """Take a message; return whether it was said to all, and for the first time."""
        remark = self._remark(event)
        if any(each.message == remark.message for each in self.floor.recent):
            return False
        self.tally = self.tally.hear(remark)
        data = self._scene.data
        if event.group is not None:
            data["in_groups"] = True
            return False
        self.floor = self.floor.hear(remark)
        if remark.is_host:
            return True
        data["in_groups"] = False
        if (question := self.ladder.current) is not None and remark.is_off_topic is not True:
            answered = dict(data.get("answered", {}))
            known = answered.get(str(question.id), [])
            answered[str(question.id)] = sorted({*known, event.member})
            data["answered"] = answered
        return True

    def _remark(self, event: Said) -> Remark:
        """Return what is noted of a message, whose words were read where it came in."""
        told = {name: each for name, each in event.remark.items() if name in _NAMES}
        at, lead = min(event.at, self._scene.now), self._scene.session.lead
        told |= {"member": event.member, "at": at.isoformat(), "message": str(event.message)}
        remark = Remark.of({"words": 0, "terms": (), **told})
        answers = remark.replies_to
        if answers is None and event.reply_to is not None:
            row = str(event.reply_to)
            answers = next((x.member for x in self.floor.recent if x.message == row), None)
        answers = None if answers == event.member else answers
        is_host = remark.is_host or event.is_host or event.member == lead
        return replace(remark, replies_to=answers, is_host=is_host)

    def ask_next(self, now: datetime) -> Entry | None:
        """Take the next question as asked; None where there is none."""
        entry = self.ladder.go_on()
        if entry is not None:
            self.floor = self.floor.said(Move.NEXT_RUNG, now)
        return entry

    def answers(self) -> dict[str, int]:
        """Return how many members spoke while each question stood, by its number."""
        told = self._scene.data.get("answered", {})
        return {str(each.id): len(told.get(str(each.id), [])) for each in self.ladder.asked}

    def know_no_more(self, event: Forgotten | United) -> None:
        """Know no more of a member, or of deleted messages; of two who are one person, only one."""
        if isinstance(event, United):
            self._unite(event)
        else:
            self._forget(event)

    def _forget(self, event: Forgotten) -> None:
        for message in map(str, event.messages):
            self.floor = self.floor.forget(message)
        self.tally = self.tally.forget(map(str, event.messages))
        if event.member is None:
            return
        self.floor = self.floor.without(event.member)
        self.tally = self.tally.without(event.member)
        warned = self._scene.data.get("warned", ())
        self._scene.data["warned"] = [each for each in warned if each != event.member]
        answered = self._scene.data.get("answered", {})
        self._scene.data["answered"] = {
            question: [each for each in members if each != event.member]
            for question, members in answered.items()
        }

    def _unite(self, event: United) -> None:
        data = self._scene.data
        self.floor = united(self.floor, event)
        self.tally = self.tally.united(event.member, event.into)
        data["warned"] = event.once(data.get("warned", ()))
        answered = data.get("answered", {})
        data["answered"] = {
            question: sorted(event.once(members)) for question, members in answered.items()
        }
