"""What a stage kind sees of a session and does to it, while one event is worked on.

A scene lives for one call of `step`: it collects what changes and what is to be done, and is then
turned into a new frozen state. Nothing in it reaches outside.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from learncomm_agent.sessions.effects import (
    Answer,
    Control,
    Effect,
    Pick,
    Post,
    Saying,
    Target,
    Whom,
)
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.sparing import OPEN, of_use
from learncomm_agent.sessions.state import Entry, Group, Person, Session, in_order
from learncomm_agent.sessions.walking import items_of, round_of, rounds, stage_at, value_of

ROOM = Target(Whom.ROOM)
LEAD = Target(Whom.LEAD)
OWN = "_participation"
"""The name of the result that holds each member's own figures; no template sees what begins so."""
MOST_MET = 500
"""So many are counted in at most who take part without having joined."""
_E = TypeVar("_E", bound=Effect)


def member(id: int) -> Target:
    """Return the target of a private word to a member."""
    return Target(Whom.MEMBER, id)


def group(number: int) -> Target:
    """Return the target of a word to one small group."""
    return Target(Whom.GROUP, number)


class Scene:
    """One event in one stage."""

    def __init__(
        self, session: Session, stage: Stage, now: datetime, phrases: Mapping[str, str]
    ) -> None:
        """Begin with a session as it is stored.

        Args:
            session: The session.
            stage: The stage on which it stands.
            now: The moment, in UTC.
            phrases: The keys of the phrases for the kind's sayings, where the playbook has no words.
        """
        self.session = session
        self.stage = stage
        self.now = now
        self.effects: list[Effect] = []
        self.data: dict[str, Any] = dict(session.standing.data) if session.standing else {}
        self.is_left = False
        """Whether the stage is over, by its own wish."""
        self.result: Any = None
        self.stays = False
        """Whether the stage is not to be left yet though a leader goes on, as its votes are being counted."""
        self.ends_kindly = False
        """Whether the session ends with it, as there is nobody to go on with."""
        self._phrases = phrases

    # What there is

    def param(self, name: str, default: Any = None) -> Any:
        """Return a parameter of the stage; a leader's answer where it stands for one."""
        found = value_of(self.session, self.stage.params.get(name))
        return default if found is None else found

    @property
    def round(self) -> int:
        """The repetition in which the stage stands, counted from 0."""
        return round_of(self.session)

    @property
    def seed(self) -> int:
        """For what is drawn by lot in this visit of this stage; the same each time."""
        return self.session.plan.seed * 1_000_003 + self.session.visit

    @property
    def ends_at(self) -> datetime | None:
        """When the stage ends."""
        return self.session.standing.ends_at if self.session.standing else None

    def active(self) -> tuple[int, ...]:
        """Return who takes part and does not only listen, by id; the lead only where they joined."""
        lead, found = self.session.lead, self.session.people.items()
        others = ((id, each) for id, each in found if id != lead or not each.is_met)
        return tuple(sorted(id for id, each in others if each.mode is not Mode.LISTEN))

    def entries(self, stage: str | None = None) -> tuple[Entry, ...]:
        """Return the entries of a stage that stand, this one's of this round where none is named."""
        if stage is not None:
            return self.session.of(stage)
        mine = self.session.of(self.stage.name)
        return tuple(each for each in mine if each.fields.get("visit") == self.session.visit)

    def entry(self, id: int) -> Entry | None:
        """Return an entry by its number."""
        return self.session.entries.get(id)

    # What is said

    def say(self, name: str, **values: Any) -> Saying:
        """Return one of the kind's sayings: the playbook's words for it, or the phrase."""
        text = self.stage.words.get(name)
        filled = {**self.values(text or ""), **values}
        if text is not None:
            return Saying(text=text, values=filled, otherwise=self._phrases.get(name, ""))
        return Saying(phrase=self._phrases[name], values=filled)

    def says(self, name: str) -> bool:
        """Whether there are words for a saying: the playbook's own, or a phrase."""
        return bool(self.stage.words.get(name, self._phrases.get(name, "")).strip())

    def phrase(self, key: str, **values: Any) -> Saying:
        """Return a sentence of the phrases that no playbook changes."""
        return Saying(phrase=key, values={**self.values(), **values})

    def values(self, words: str = "") -> dict[str, Any]:
        """Return what a template may use: answers, results and where the session stands.

        Args:
            words: The template; of what is long, only what it names is there.
        """
        plan = self.session.plan
        known = of_use({**OPEN, **plan.answers, **plan.shown, **self.session.results}, words)
        known |= {
            "title": plan.title,
            "lead": {"member": self.session.lead},
            "joined": len(self.active()),
            "round": self.round + 1,
            "rounds": self._rounds(),
            "ends": None if self.ends_at is None else {"time": self.ends_at.isoformat()},
        }
        meetings = self.session.results.get("meetings") or []
        if self.round < len(meetings):
            known["meeting"] = {"time": meetings[self.round]["at"]}
        portions = self.session.results.get("portions") or []
        if self.round < len(portions):
            known["portion"] = portions[self.round]
        if (repeat := self._repeat()) is not None and "each" in repeat.params:
            known["item"] = (*items_of(self.session, repeat), "")[self.round]
        return known

    def _repeat(self) -> Stage | None:
        """Return the stage that repeats this one."""
        path = self.session.path
        return stage_at(replace(self.session, path=path[:-1])) if len(path) > 1 else None

    def _rounds(self) -> int:
        repeat = self._repeat()
        return 1 if repeat is None else rounds(self.session, repeat)

    # What is done

    def number(self) -> int:
        """Return the next number for an effect or an entry."""
        self.session = replace(self.session, serial=self.session.serial + 1)
        return self.session.serial

    def do(self, effect: _E) -> _E:
        """Have something done; see `number` for its id."""
        self.effects.append(effect)
        return effect

    def awaited(self, effect: _E) -> _E:
        """Have something done whose `Done` comes back to this visit of this stage."""
        waits = {**self.session.awaits, effect.id: self.session.visit}  # type: ignore[union-attr]
        self.session = replace(self.session, awaits=waits)
        return self.do(effect)

    def post(
        self,
        to: Target,
        *says: Saying,
        shows: Iterable[Entry] = (),
        after: tuple[Saying, ...] = (),
        notes: Mapping[str, Any] | None = None,
        controls: tuple[Control, ...] = (),
        pick: Pick | None = None,
        pins: bool = False,
        file: str = "",
        is_humane: bool = False,
    ) -> int:
        """Say something; return the number by which `settle` finds it."""
        post = Post(
            self.number(),
            to,
            says,
            tuple(each.id for each in shows),
            after,
            notes or {},
            controls,
            pick,
            pins,
            file,
            is_humane=is_humane,
        )
        return self.do(post).id

    def answer(self, key: str, **values: Any) -> None:
        """Tell whoever acted, by a phrase."""
        self.do(Answer(self.phrase(key, **values)))

    def refuse(self, key: str, **values: Any) -> None:
        """Tell whoever acted why not, by a phrase."""
        self.do(Answer(self.phrase(key, **values), is_refused=True))

    def put(
        self,
        what: str,
        text: str,
        *,
        by: int | None = None,
        message: int | None = None,
        resource: int | None = None,
        fields: Mapping[str, Any] | None = None,
        place: int = 0,
    ) -> Entry:
        """Put an entry into the stage's list."""
        entry = Entry(
            self.number(),
            self.stage.name,
            what,
            text,
            self.now,
            by,
            message,
            resource,
            {**(fields or {}), "visit": self.session.visit},
            place=place,
        )
        self.change(entry)
        return entry

    def change(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its number."""
        entries = {**self.session.entries, entry.id: entry}
        self.session = replace(self.session, entries=entries)

    def sort(self, order: Iterable[Entry]) -> None:
        """Give entries the places of this order."""
        placed = {entry.id: replace(entry, place=place) for place, entry in enumerate(order, 1)}
        self.session = replace(self.session, entries={**self.session.entries, **placed})

    def meet(self, id: int) -> None:
        """Count a member in who takes part without having joined; not the lead, who is there anyway."""
        people = self.session.people
        if id in people or id == self.session.lead:
            return
        if sum(each.is_met for each in people.values()) < MOST_MET:
            person = Person(Mode.QUIET, self.now, is_met=True)
            self.session = replace(self.session, people={**people, id: person})

    def set_groups(self, groups: tuple[Group, ...]) -> None:
        """Put other groups in the place of those that there are."""
        self.session = replace(self.session, groups=groups)

    def remember(self, name: str, value: Any) -> None:
        """Leave something for later stages under a name."""
        self.session = replace(self.session, results={**self.session.results, name: value})

    def look(self, after: timedelta | None = None, *, at: datetime | None = None) -> None:
        """Have the kind look at things again later; never after the stage's end."""
        moment = at if at is not None else None if after is None else self.now + after
        assert self.session.standing is not None
        self.session = replace(
            self.session, standing=replace(self.session.standing, look_at=moment)
        )

    def end_at(self, at: datetime | None) -> None:
        """Let the stage end at another moment."""
        assert self.session.standing is not None
        self.session = replace(self.session, standing=replace(self.session.standing, ends_at=at))

    def leave(self, result: Any = None) -> None:
        """End the stage with this event; its result is found by later stages under its name."""
        self.is_left = True
        self.result = result


def standing_entries(session: Session, ids: Iterable[int]) -> tuple[Entry, ...]:
    """Return those of some entries that stand, in the order of their list."""
    return in_order(session.entries[id] for id in ids if id in session.entries)
