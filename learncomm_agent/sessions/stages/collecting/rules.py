"""What a leader does to a list while it is being collected: strike, edit, move, add, merge."""

from collections.abc import Callable
from dataclasses import replace

from learncomm_agent.sessions.events import Entered, Rule, Ruled
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.amending import at_place
from learncomm_agent.sessions.stages.collecting.entering import text_of
from learncomm_agent.sessions.stages.collecting.listing import admit
from learncomm_agent.sessions.state import Entry

Add = Callable[[Ruled], bool]
"""Puts in what a leader adds; returns whether it did, and has told why where not."""


def rule(scene: Scene, event: Ruled, add: Add) -> bool:
    """Do to the stage's list what a leader wishes; return whether that is done to lists."""
    if event.rule is Rule.ADD and event.entry is None:
        if add(event):
            scene.answer("session.collect.ruled", rule=event.rule.value)
        return True
    does = _RULES.get(event.rule)
    if does is None:
        return False
    entry = next((each for each in scene.entries() if each.id == event.entry), None)
    if entry is None:
        scene.refuse("session.collect.no_such")
    elif does(scene, event, entry):
        scene.answer("session.collect.ruled", rule=event.rule.value)
    return True


def _strike(scene: Scene, event: Ruled, entry: Entry) -> bool:
    scene.change(replace(entry, is_struck=True))
    return True


def _edit(scene: Scene, event: Ruled, entry: Entry) -> bool:
    text = text_of(scene, Entered(event.member, event.text))
    if text is None:
        return False
    scene.change(replace(entry, text=text))
    return True


def _move(scene: Scene, event: Ruled, entry: Entry) -> bool:
    others = [each for each in scene.entries() if each.id != entry.id]
    scene.sort(at_place(others, entry, event.place))
    return True


def _merge(scene: Scene, event: Ruled, entry: Entry) -> bool:
    """Let one stand for both; whoever gave or backed the other backs it."""
    into = next((each for each in scene.entries() if each.id == event.into), None)
    if into is None or into.id == entry.id:
        scene.refuse("session.collect.no_such")
        return False
    givers = (*into.backers, *(() if entry.by is None else (entry.by,)), *entry.backers)
    backers = tuple(each for each in dict.fromkeys(givers) if each != into.by)
    scene.change(replace(into, backers=backers))
    scene.change(replace(entry, merged_into=into.id))
    return True


def _admit(scene: Scene, event: Ruled, entry: Entry) -> bool:
    """Let all see one that waits for the leader's word."""
    admit(scene, entry)
    return True


_RULES: dict[Rule, Callable[[Scene, Ruled, Entry], bool]] = {
    Rule.ADD: _admit,
    Rule.STRIKE: _strike,
    Rule.EDIT: _edit,
    Rule.MOVE: _move,
    Rule.MERGE: _merge,
}
