"""The questions of a discussion: which were asked, which come, and what a leader does to them. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from learncomm_agent.sessions.events import Rule, Ruled
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.amending import at_place, reworded, words_of
from learncomm_agent.sessions.stages.discussing.spoilers import is_early, portion_of
from learncomm_agent.sessions.stages.parameters import texts
from learncomm_agent.sessions.stages.questioning.candidates import MOST, asked_within
from learncomm_agent.sessions.stages.questioning.ruling import is_asked
from learncomm_agent.sessions.state import Entry, in_order


class Ladder:
    """The questions of one discussion, as one scene knows them.

    The scene's data hold numbers of entries: `asked` and `left`. What is gone is in none of them.
    """

    def __init__(self, scene: Scene) -> None:
        """Begin with a scene."""
        self._scene = scene

    def gather(self, *, is_fenced: bool) -> None:
        """Take the questions of an earlier stage, or the playbook's; none of later portions."""
        scene, name = self._scene, self._scene.param("from")
        found = _of_stage(scene, name) if isinstance(name, str) else ()
        found = tuple(self._within(each) for each in found) or tuple(
            scene.put("question", each) for each in texts(scene, "questions")
        )
        portion = portion_of(scene) if is_fenced else None
        asked = [each.id for each in found if is_asked(each)]
        left = [
            each.id
            for each in found
            if not is_asked(each) and (portion is None or not is_early(scene, each, portion))
        ]
        scene.data |= {"asked": asked, "left": left}

    def _within(self, entry: Entry) -> Entry:
        """Return an entry as it is asked: what is no question within a sentence that asks about it."""
        if not entry.phrase and not is_asked(entry) and (phrase := asked_within(entry)):
            entry = replace(entry, phrase=phrase)
            self._scene.change(entry)
        return entry

    @property
    def current(self) -> Entry | None:
        """The question that was asked last."""
        asked = self._standing("asked")
        return asked[-1] if asked else None

    @property
    def asked(self) -> tuple[Entry, ...]:
        """The questions that were asked, in that order."""
        return self._standing("asked")

    @property
    def left(self) -> tuple[Entry, ...]:
        """The questions to come, in their order."""
        return self._standing("left")

    def go_on(self) -> Entry | None:
        """Take the next question as asked, and return it; None where there is none."""
        if not (left := self.left):
            return None
        entry = left[0]
        self._scene.change(replace(entry, fields={**entry.fields, "asked": True}))
        self._scene.data["asked"] = [*self._scene.data["asked"], entry.id]
        self.order([each.id for each in left[1:]])
        return entry

    def order(self, ids: list[int]) -> None:
        """Let these questions come, in this order."""
        self._scene.data["left"] = ids

    def rule(self, event: Ruled) -> bool:
        """Do to the questions to come what a leader says, and tell them; return whether that is possible."""
        if event.rule is Rule.ADD:
            self._add(event)
            return True
        do = _RULES.get(event.rule)
        if do is None:
            return False
        scene, number = self._scene, event.entry or 0
        entry = next((each for each in self.left if each.id == number), None)
        if entry is not None:
            do(self, entry, event)
        elif number in scene.data["asked"]:
            scene.refuse("session.discuss.asked", question={"entry": number})
        else:
            scene.refuse("session.discuss.unknown")
        return True

    def _standing(self, name: str) -> tuple[Entry, ...]:
        found = (self._scene.entry(id) for id in self._scene.data[name])
        return tuple(each for each in found if each is not None and stands(each))

    def _add(self, event: Ruled) -> None:
        if not (text := self._words(event)):
            return
        if len(self.left) >= MOST:
            self._scene.refuse("session.discuss.enough", count=MOST)
            return
        entry = self._scene.put("question", text, by=event.member, fields={"source": "lead"})
        self.place(entry, event.place or len(self.left) + 1)
        self._scene.answer("session.discuss.added", question={"entry": entry.id})

    def _words(self, event: Ruled) -> str:
        empty, long = "session.discuss.no_words", "session.discuss.too_long"
        return words_of(self._scene, event, empty=empty, long=long)

    def place(self, entry: Entry, place: int) -> int:
        """Put a question at a place of those to come, counted from 1; return where it stands then."""
        others = [each.id for each in self.left if each.id != entry.id]
        ids = at_place(others, entry.id, place)
        self.order(ids)
        return ids.index(entry.id) + 1

    def strike(self, entry: Entry, event: Ruled) -> None:
        """Take a question out."""
        self._scene.change(replace(entry, is_struck=True))
        question = {"entry": entry.id}
        self._scene.answer("session.discuss.struck", question=question, left=len(self.left))

    def edit(self, entry: Entry, event: Ruled) -> None:
        """Put it in other words."""
        if text := self._words(event):
            self._scene.change(reworded(entry, text))
            self._scene.answer("session.discuss.edited", question={"entry": entry.id})

    def move(self, entry: Entry, event: Ruled) -> None:
        """Put it at another place."""
        place = self.place(entry, event.place or 1)
        self._scene.answer("session.discuss.moved", question={"entry": entry.id}, place=place)

    def swap(self, entry: Entry, event: Ruled) -> None:
        """Let it come next."""
        self.place(entry, 1)
        self._scene.answer("session.discuss.swapped", question={"entry": entry.id})


_RULES: Mapping[Rule, Callable[[Ladder, Entry, Ruled], None]] = {
    Rule.STRIKE: Ladder.strike,
    Rule.EDIT: Ladder.edit,
    Rule.MOVE: Ladder.move,
    Rule.SWAP: Ladder.swap,
}


def stands(entry: Entry) -> bool:
    """Whether an entry was neither struck nor merged."""
    return not entry.is_struck and entry.merged_into is None


def _of_stage(scene: Scene, name: str) -> tuple[Entry, ...]:
    """Return the questions that a stage left, in their order; those of this round alone."""
    left = scene.session.results.get(name)
    if isinstance(left, list | tuple):
        entries = scene.session.entries
        return in_order(entries[id] for id in left if isinstance(id, int) and id in entries)
    if isinstance(left, Mapping):
        return ()
    return scene.entries(name)
