"""The line of questions to a speaker: which wait, which stand in it and in which order, which is up. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.state import Entry


class Turn(StrEnum):
    """Where a question stands; kept in the entry's fields under `turn`."""

    WAITS = "waits"
    """Until the leader lets it through, where questions are moderated."""
    KEPT = "kept"
    """Held back by the leader: never shown, and not struck either."""
    OPEN = "open"
    PASSED = "passed"
    """Gone past: after all others."""
    ANSWERED = "answered"


HIDDEN = (Turn.WAITS, Turn.KEPT)
"""What the room does not see."""
_TO_COME = (Turn.OPEN, Turn.PASSED)


class Line:
    """The questions of one queue, as one scene knows them.

    The scene's data hold numbers of entries: `ids` of all that were asked, `up` of the one that the speaker
    has, `done` of those that were answered, in that order. An entry that is gone is in none of them.
    """

    def __init__(self, scene: Scene) -> None:
        """Begin with a scene; an empty line where it knows none yet."""
        self._scene = scene
        scene.data.setdefault("ids", [])
        scene.data.setdefault("done", [])

    # What stands

    def all(self) -> tuple[Entry, ...]:
        """Return everything that was asked and is known still, what was merged or struck too."""
        found = (self._scene.entry(id) for id in self._scene.data["ids"])
        return tuple(each for each in found if each is not None)

    def heads(self) -> tuple[Entry, ...]:
        """Return the questions that stand for themselves, in the order asked."""
        return tuple(each for each in self.all() if not each.is_struck and each.merged_into is None)

    @property
    def up(self) -> Entry | None:
        """The question that the speaker has now."""
        id = self._scene.data.get("up")
        found = None if id is None else self._scene.entry(id)
        return found if found is not None and found in self.heads() else None

    def waiting(self) -> tuple[Entry, ...]:
        """Return those that the leader has not looked at yet."""
        return tuple(each for each in self.heads() if turn(each) is Turn.WAITS)

    def to_come(self) -> tuple[Entry, ...]:
        """Return those that are still to be asked: the most backed first, then the oldest.

        Where a leader has put one at a place of its own it stands there.
        """
        up = self.up
        left = [
            each
            for each in self.heads()
            if turn(each) in _TO_COME and (up is None or each.id != up.id)
        ]
        # In the order of their list: of anonymous ones that is by lot, and their numbers would tell.
        place = {id: n for n, id in enumerate(self._scene.data["ids"])}
        left.sort(key=lambda each: (turn(each) is Turn.PASSED, -self.votes(each), place[each.id]))
        placed = sorted(
            (each for each in left if "moved" in each.fields), key=lambda each: each.fields["moved"]
        )
        order = [each for each in left if "moved" not in each.fields]
        for each in placed:
            order.insert(each.fields["moved"] - 1, each)
        return tuple(order)

    def following(self) -> Entry | None:
        """Return the question that is next; what a leader went past is only if they take it back."""
        return next((each for each in self.to_come() if turn(each) is Turn.OPEN), None)

    def shown(self) -> tuple[Entry, ...]:
        """Return what may be shown as not answered yet: the one that is up, then those to come."""
        up = self.up
        return self.to_come() if up is None else (up, *self.to_come())

    def done(self) -> tuple[Entry, ...]:
        """Return those that were answered, in that order."""
        known = {each.id: each for each in self.heads()}
        return tuple(known[id] for id in self._scene.data["done"] if id in known)

    def votes(self, entry: Entry) -> int:
        """Return how many more wish a question to be answered than who asked it first."""
        nameless = (each for each in self.merged(entry) if each.by is None)
        return len(entry.backers) + sum(1 for _ in nameless)

    def merged(self, entry: Entry) -> Iterator[Entry]:
        """Yield those that ask the same as another one."""
        return (each for each in self.all() if each.merged_into == entry.id and not each.is_struck)

    def head(self, id: int | None) -> Entry | None:
        """Return a question by its number; of a merged one, the one that stands for it."""
        found = self.one(id)
        for _ in self._scene.data["ids"]:
            if found is None or found.merged_into is None:
                break
            found = self.one(found.merged_into)
        return found if found is not None and not found.is_struck else None

    def one(self, id: int | None) -> Entry | None:
        """Return what was asked under a number, whatever became of it."""
        return self._scene.entry(id) if id in self._scene.data["ids"] and id is not None else None

    # What changes

    def add(self, entry: Entry, at: Turn) -> Entry:
        """Put a question into the line."""
        self._scene.data["ids"] = [*self._scene.data["ids"], entry.id]
        return self.mark(entry, turn=at.value)

    def mark(self, entry: Entry, **fields: Any) -> Entry:
        """Note something about a question; None takes a note away."""
        kept = {name: each for name, each in {**entry.fields, **fields}.items() if each is not None}
        return self.change(replace(entry, fields=kept))

    def change(self, entry: Entry) -> Entry:
        """Put an entry in the place of the one with its number."""
        self._scene.change(entry)
        return entry

    def merge(self, entry: Entry, into: Entry) -> None:
        """Let a question stand for one that asks the same: who asked that backs it, as do its backers."""
        askers = {entry.by, *entry.backers, *into.backers} - {None, into.by}
        backers = tuple(sorted(each for each in askers if each is not None))
        self.change(replace(into, backers=backers))
        for each in self.merged(entry):
            self.change(replace(each, merged_into=into.id))
        self.change(replace(entry, merged_into=into.id))

    def part(self, entry: Entry) -> Entry:
        """Take a question apart from the one that stands for it; it stands for itself again."""
        head = self.head(entry.id)
        if head is not None and entry.by is not None:
            backers = tuple(each for each in head.backers if each != entry.by)
            self.change(replace(head, backers=backers))
        at = Turn.OPEN if head is None or turn(head) is Turn.ANSWERED else turn(head)
        return self.mark(replace(entry, merged_into=None), turn=at.value)

    def answer(self, entry: Entry, message: int | None) -> None:
        """Note that a question was answered, and by which message."""
        known = entry.fields.get("answer_message")
        self.mark(
            entry, turn=Turn.ANSWERED.value, answer_message=message if known is None else known
        )
        data = self._scene.data
        data["done"] = [*(id for id in data["done"] if id != entry.id), entry.id]
        if data.get("up") == entry.id:
            data["up"] = None


def turn(entry: Entry) -> Turn:
    """Return where a question stands."""
    return Turn(entry.fields.get("turn", Turn.OPEN))
