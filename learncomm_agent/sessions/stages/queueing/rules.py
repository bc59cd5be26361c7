"""What a leader says about the questions of a queue. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from learncomm_agent.sessions.events import Rule, Ruled
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.amending import words_of
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.stages.queueing.asking import CHARS, most_of, standing
from learncomm_agent.sessions.stages.queueing.line import HIDDEN, Line, Turn, turn
from learncomm_agent.sessions.state import Entry


def rule(scene: Scene, line: Line, event: Ruled) -> bool:
    """Do what a leader says, and tell them; return whether it is anything that a queue knows."""
    if event.rule is Rule.ADD and event.entry is None:
        _add(scene, line, event)
        return True
    do = _RULES.get(event.rule)
    if do is None:
        return False
    merged = line.one(event.entry)
    if event.rule is Rule.EDIT and merged is not None and merged.merged_into is not None:
        _take_apart(scene, line, merged, event)
        return True
    entry = line.up if event.entry is None else line.head(event.entry)
    if entry is None:
        scene.refuse("session.queue.none_up" if event.entry is None else "session.queue.no_such")
    else:
        do(scene, line, entry, event)
    return True


def _add(scene: Scene, line: Line, event: Ruled) -> None:
    """Put a question of the leader's own into the line."""
    text = _words(scene, event)
    if text and len(standing(line)) >= most_of(scene):
        scene.refuse("session.queue.full")
        return
    if not text:
        return
    by = None if flag(scene, "anonymous", False) else event.member
    line.add(scene.put("question", text, by=by), Turn.OPEN)
    scene.answer("session.queue.noted")


def _admit(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Let a question through that waited or was kept back."""
    if turn(entry) in HIDDEN:
        line.mark(entry, turn=Turn.OPEN.value)
    scene.answer("session.queue.admitted", question={"entry": entry.id})


def _skip(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Hold one back that waits; go past one that is in the line, or up."""
    if turn(entry) in HIDDEN:
        line.mark(entry, turn=Turn.KEPT.value)
        scene.answer("session.queue.kept_back", question={"entry": entry.id})
        return
    if turn(entry) is Turn.ANSWERED:
        scene.refuse("session.queue.was_answered", question={"entry": entry.id})
        return
    line.mark(entry, turn=Turn.PASSED.value, moved=None)
    if scene.data.get("up") == entry.id:
        scene.data["up"] = None
    scene.answer("session.queue.passed", question={"entry": entry.id})


def _strike(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Take a question out."""
    if scene.data.get("up") == entry.id:
        scene.data["up"] = None
    line.change(replace(entry, is_struck=True))
    scene.answer("session.queue.struck")


def _edit(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Word a question anew."""
    text = _words(scene, event)
    if not text:
        return
    line.change(replace(entry, text=text))
    scene.answer("session.queue.edited", question={"entry": entry.id})


def _take_apart(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Let a question that was put together with another one stand for itself, maybe in other words."""
    text = _words(scene, event) if event.text.strip() else entry.text
    if not text:
        return
    line.part(replace(entry, text=text))
    scene.answer("session.queue.apart", question={"entry": entry.id})


def _move(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Give a question a place of its own in the line."""
    if not _is_to_come(line, entry):
        scene.refuse("session.queue.not_in_line")
        return
    place = max(1, event.place or 1)
    line.mark(entry, moved=place, turn=Turn.OPEN.value)
    scene.answer("session.queue.moved", question={"entry": entry.id}, place=place)


def _swap(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Put one before all others that are to come, and the one that is up after it; let it through, too."""
    if not (_is_to_come(line, entry) or turn(entry) in HIDDEN):
        scene.refuse("session.queue.not_in_line")
        return
    line.mark(entry, moved=1, turn=Turn.OPEN.value)
    up = line.up
    if up is not None and "answer_message" not in up.fields:
        scene.data["up"] = None
    scene.answer("session.queue.next_one", question={"entry": entry.id})


def _answered(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Note that one was answered: by what the speaker said last, where it is known."""
    if turn(entry) in HIDDEN:
        scene.refuse("session.queue.not_in_line")
        return
    line.answer(entry, scene.data.get("last_word"))
    scene.answer("session.queue.marked", question={"entry": entry.id})


def _merge(scene: Scene, line: Line, entry: Entry, event: Ruled) -> None:
    """Put two together that ask the same."""
    into = line.head(event.into)
    if into is None or into.id == entry.id:
        scene.refuse("session.queue.no_such")
        return
    if scene.data.get("up") == entry.id:
        scene.data["up"] = into.id if _is_to_come(line, into) else None
    line.merge(entry, into)
    scene.answer("session.queue.put_together", question={"entry": into.id})


def _words(scene: Scene, event: Ruled) -> str:
    empty, long = "session.queue.empty", "session.queue.long"
    return words_of(scene, event, empty=empty, long=long, most=CHARS)


def _is_to_come(line: Line, entry: Entry) -> bool:
    return any(each.id == entry.id for each in line.to_come())


_RULES: Mapping[Rule, Callable[[Scene, Line, Entry, Ruled], None]] = {
    Rule.ADD: _admit,
    Rule.SKIP: _skip,
    Rule.STRIKE: _strike,
    Rule.EDIT: _edit,
    Rule.MOVE: _move,
    Rule.SWAP: _swap,
    Rule.ANSWERED: _answered,
    Rule.MERGE: _merge,
}
