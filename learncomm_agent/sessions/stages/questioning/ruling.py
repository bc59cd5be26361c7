"""What a leader does to the questions of a stage: strike, edit, move and add; live, go past one, or swap."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from learncomm_agent.sessions.events import Rule, Ruled
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.amending import at_place, reworded, words_of
from learncomm_agent.sessions.stages.questioning.candidates import LEAST, MOST, put
from learncomm_agent.sessions.state import Entry


def waiting(scene: Scene) -> tuple[Entry, ...]:
    """Return the questions that were not asked yet."""
    return tuple(each for each in scene.entries() if not is_asked(each))


def is_asked(entry: Entry) -> bool:
    """Whether a question was asked already, by us, in whichever stage."""
    return bool(entry.fields.get("asked"))


def is_discussed(scene: Scene) -> bool:
    """Whether the questions of a stage are talked about in another one."""
    name = scene.stage.name
    return any(each.params.get("from") == name for each in walk(scene.session.plan.stages))


def ruled(scene: Scene, event: Ruled) -> bool:
    """Do to the list what a leader says; return whether it is something that can be done to one."""
    does = _DOES.get(event.rule)
    if does is None:
        return False
    does(scene, event)
    return True


def _add(scene: Scene, event: Ruled) -> None:
    if len(scene.entries()) >= MOST:
        scene.refuse("session.ask.enough", count=MOST)
    elif text := _words(scene, event):
        entry = put(scene, text, "lead", by=event.member, is_again=True)
        if entry is None:
            scene.refuse("session.ask.there")
            return
        if event.place is not None:
            _place(scene, entry, event.place)
        scene.answer("session.ask.added", question=text)


def _strike(scene: Scene, event: Ruled) -> None:
    if entry := _open_one(scene, event):
        scene.change(replace(entry, is_struck=True))
        left = len(scene.entries())
        scene.answer("session.ask.struck", question=_named(entry), left=left, is_few=left < LEAST)


def _edit(scene: Scene, event: Ruled) -> None:
    if (entry := _open_one(scene, event)) and (text := _words(scene, event)):
        scene.change(reworded(entry, text))
        scene.answer("session.ask.edited", question=text)


def _move(scene: Scene, event: Ruled) -> None:
    if entry := _open_one(scene, event):
        _place(scene, entry, event.place or 1)
        place = [each.id for each in waiting(scene)].index(entry.id) + 1
        scene.answer("session.ask.moved", question=_named(entry), place=place)


def _swap(scene: Scene, event: Ruled) -> None:
    if entry := _open_one(scene, event):
        _place(scene, entry, 1)
        scene.answer("session.ask.swapped", question=_named(entry))


_DOES: Mapping[Rule, Callable[[Scene, Ruled], None]] = {
    Rule.ADD: _add,
    Rule.STRIKE: _strike,
    Rule.EDIT: _edit,
    Rule.MOVE: _move,
    Rule.SWAP: _swap,
}


def _open_one(scene: Scene, event: Ruled) -> Entry | None:
    """Return the question that a leader names, if it was not asked yet; else tell them."""
    entry = next((each for each in scene.entries() if each.id == event.entry), None)
    if entry is None:
        scene.refuse("session.ask.unknown")
    elif is_asked(entry):
        scene.refuse("session.ask.asked", question=_named(entry))
        entry = None
    return entry


def _named(entry: Entry) -> dict[str, int]:
    return {"entry": entry.id}


def _words(scene: Scene, event: Ruled) -> str:
    return words_of(scene, event, empty="session.ask.no_words", long="session.ask.too_long")


def _place(scene: Scene, entry: Entry, place: int) -> None:
    """Put a question at a place among those that were not asked yet, counted from 1."""
    rest = [each for each in scene.entries() if each.id != entry.id]
    first = sum(1 for each in rest if is_asked(each))
    touched = replace(entry, fields={**entry.fields, "is_touched": True})
    scene.sort(at_place(rest, touched, place, after=first))
