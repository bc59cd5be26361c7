"""What a queue says: its list, the question that is up, what waits for the leader, what came of it. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.effects import Control, Pick, Saying, Settle
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.stages.queueing.line import Line
from learncomm_agent.sessions.state import Entry

ASK = Control("enter", "session.queue.ask", opens_form=True)
_PICKED = 25
"""A list to pick from has no room for more."""


def show_list(scene: Scene, line: Line, *says: Saying) -> None:
    """Show the questions to come, with a way to wish for one; it takes the place of an earlier list."""
    settle(scene)
    come = line.to_come()
    ids = tuple(each.id for each in come[:_PICKED])
    pick = Pick("back", ids, "session.queue.pick") if ids else None
    ask = replace(ASK, arg=str(scene.session.visit))
    post = scene.post(ROOM, *says, shows=come, notes=_votes(line, come), controls=(ask,), pick=pick)
    scene.data |= {"list": post, "shown_at": scene.now.isoformat(), "is_changed": False}
    note_seen(scene, come)


def note_seen(scene: Scene, entries: Iterable[Entry]) -> None:
    """Note which questions somebody has seen under their numbers."""
    seen = {*scene.data.get("seen", []), *(each.id for each in entries)}
    scene.data["seen"] = sorted(seen)


def settle(scene: Scene) -> None:
    """Take the controls off the last list."""
    _settle(scene, "list")


def settle_all(scene: Scene) -> None:
    """Take the controls off all that can be pressed."""
    settle(scene)
    _settle(scene, "waits")


def _settle(scene: Scene, name: str) -> None:
    if (post := scene.data.pop(name, None)) is not None:
        scene.do(Settle(scene.number(), post))


def tell_lead(scene: Scene, line: Line) -> None:
    """Tell the leader, in one private word, which questions wait to be let through."""
    waits = line.waiting()
    scene.data["told"] = [each.id for each in waits]
    note_seen(scene, waits)
    if waits:
        _settle(scene, "waits")
        ids = tuple(each.id for each in waits[:_PICKED])
        scene.data["waits"] = scene.post(
            LEAD,
            scene.phrase("session.queue.wait_for_you", number=len(waits)),
            shows=waits,
            notes=_votes(line, waits),
            pick=Pick("admit", ids, "session.queue.admit", len(ids)),
        )


def close_words(scene: Scene, line: Line, done: tuple[Entry, ...], left: tuple[Entry, ...]) -> None:
    """Say what was answered and where, and what is still open; or that nobody asked."""
    filled = {"answered": len(done), "left": len(left), **_speaker(scene)}
    if done and scene.says("answered"):
        where = {str(each.id): each.fields.get("answer_message") for each in done}
        notes = {
            id: {"phrase": "session.queue.answered_here", "values": {"message": {"message": row}}}
            for id, row in where.items()
            if row is not None
        }
        scene.post(ROOM, scene.say("answered", **filled), shows=done, notes=notes)
    if left and scene.says("leftovers"):
        scene.post(ROOM, scene.say("leftovers", **filled), shows=left, notes=_votes(line, left))
    if not (done or left or line.waiting()) and scene.says("nobody"):
        scene.post(ROOM, scene.say("nobody", **filled))


def _votes(line: Line, entries: Iterable[Entry]) -> dict[str, Any]:
    counted = {str(each.id): line.votes(each) for each in entries}
    return {
        id: {"phrase": "session.queue.votes", "values": {"votes": votes}}
        for id, votes in counted.items()
        if votes
    }


def say(scene: Scene, name: str, question: Entry | None) -> Saying:
    """Return one of the queue's sayings."""
    return scene.say(name, **values(scene, question))


def values(scene: Scene, question: Entry | None) -> dict[str, Any]:
    """Return what its sayings may ask for."""
    return {
        "question": "" if question is None else {"entry": question.id},
        "is_anonymous": flag(scene, "anonymous", False),
        **_speaker(scene),
    }


def _speaker(scene: Scene) -> dict[str, Any]:
    found = scene.param("speaker")
    is_member = isinstance(found, int) and not isinstance(found, bool)
    return {"speaker": {"member": found} if is_member else found or ""}
