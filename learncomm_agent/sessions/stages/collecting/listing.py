"""How what people put in is listed: prompt by prompt, and first for the leader alone where that is wished. Pure.

Where a stage is `moderated`, only what its leader lets through is listed; where it has a `review`, they see
the list for so long, and what they leave on it is listed then. A leader who goes on lets all of it through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from learncomm_agent.sessions.effects import Pick, Post, Saying, Settle, Target
from learncomm_agent.sessions.events import Entered
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene
from learncomm_agent.sessions.stages.collecting import interview
from learncomm_agent.sessions.stages.collecting.entering import (
    FIGURE,
    TAKE_BACK,
    is_anonymous,
    is_from_lead,
    prompts,
    say,
    what_of,
)
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.sessions.walking import before, seconds, stage_at

ADMITTED = "admitted"
"""The field of an entry that its leader has let through."""
_REVIEW = "list"
"""Under this name stands the leader's list, so that it is settled where the stage is dropped."""
_USUAL = timedelta(hours=12)
_PICKED = 25
"""A list to pick from has no room for more."""


def in_order(scene: Scene) -> tuple[Entry, ...]:
    """Return the entries in their order: as they came or were put in order, or person by person."""
    entries = scene.entries()
    if prompts(scene) and not is_anonymous(scene) and not any(each.place for each in entries):
        scene.sort(interview.in_turn(entries))
    return scene.entries()


def show(scene: Scene, entries: Sequence[Entry]) -> None:
    """Show all what was put in, as far as it is to be seen."""
    if not _is_shown(scene):
        return
    if through := admitted(scene, entries):
        _post(scene, ROOM, through, say(scene, "result", count=len(through)))
    else:
        scene.post(ROOM, scene.phrase("session.collect.waiting", count=len(entries)))


def admitted(scene: Scene, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return what all may see: everything, or what a leader who looks first has let through."""
    if not flag(scene, "moderated", False):
        return tuple(entries)
    return tuple(each for each in entries if each.fields.get(ADMITTED))


def to_be_shown(session: Session, now: datetime, sayings: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return what all are to see by name once the stage that runs is over, in its order.

    Args:
        session: One that stands on a stage that collects.
        now: The moment, in UTC.
        sayings: The phrases of its kind.
    """
    scene = Scene(session, stage_at(session), now, sayings)
    if is_anonymous(scene) or is_from_lead(scene) or what_of(scene) == FIGURE:
        return ()
    return scene.entries() if _is_shown(scene) else ()


def is_unseen(session: Session, now: datetime, sayings: Mapping[str, str]) -> bool:
    """Whether something came in that all were to see, and that the leader was to look over before; see `to_be_shown`."""
    scene = Scene(session, stage_at(session), now, sayings)
    return _is_shown(scene) and bool(scene.entries()) and waits(scene)


def is_on(scene: Scene) -> bool:
    """Whether the leader looks the list over just now."""
    return _REVIEW in scene.data


def is_looked_over(scene: Scene, event: Entered) -> bool:
    """Whether the list is closed, as its leader looks it over; who puts something in is told."""
    is_closed = is_on(scene) and TAKE_BACK not in event.fields
    if is_closed:
        scene.refuse("session.collect.closed")
    return is_closed


def waits(scene: Scene) -> bool:
    """Whether the leader was to look the list over first, and has not seen it, or has not let any of it through."""
    if flag(scene, "moderated", False):
        return not admitted(scene, scene.entries())
    return bool(_review(scene)) and not is_on(scene)


def holds(scene: Scene, entries: Sequence[Entry]) -> bool:
    """Show the leader the list once its time is up; return whether it waits for them."""
    if is_on(scene):
        if scene.ends_at is None or scene.ends_at > scene.now:  # a leader's word
            for each in entries:
                admit(scene, each)
        scene.do(Settle(scene.number(), scene.data.pop(_REVIEW)))
        return False
    span = _review(scene)
    if not entries or not span:
        return False
    scene.end_at(scene.now + span)
    scene.stays = True
    show_lead(scene, entries)
    return True


def show_lead(scene: Scene, entries: Sequence[Entry]) -> None:
    """Show the leader alone what came in, and until when they can change it."""
    if is_on(scene):
        scene.do(Settle(scene.number(), scene.data.pop(_REVIEW)))
    ends = scene.ends_at
    assert ends is not None
    is_moderated = flag(scene, "moderated", False)
    first = scene.phrase(
        "session.collect.look_over",
        is_moderated=is_moderated,
        posts={"time": ends.isoformat()},
        next={"command": "session next"},
    )
    how = scene.phrase(
        "session.collect.look_over_how",
        is_moderated=is_moderated,
        strike={"command": "session strike 2"},
        edit={"command": "session edit 2 …"},
        admit={"command": "session admit 1 3"},
    )
    scene.data[_REVIEW] = _post(scene, LEAD, entries, first, how)


def admit(scene: Scene, entry: Entry) -> None:
    """Let an entry through."""
    scene.change(replace(entry, fields={**entry.fields, ADMITTED: True}))


def _is_shown(scene: Scene) -> bool:
    return flag(scene, "shows", not prompts(scene)) and scene.says("result")


def _review(scene: Scene) -> timedelta:
    """Return how long the leader looks first: at most half of the time that is left before a meeting."""
    wished = seconds(scene.session, scene.param("review")) or 0
    span = timedelta(seconds=wished)
    if not wished and flag(scene, "moderated", False):
        span = _USUAL
    if not _is_shown(scene) or is_from_lead(scene):
        return timedelta()
    if (at := before(scene.session, str(scene.stage.params.get("until") or ""))) is not None:
        span = max(timedelta(), min(span, (at - scene.now) / 2))
    return timedelta(minutes=span // timedelta(minutes=1))


def _post(
    scene: Scene, to: Target, entries: Sequence[Entry], says: Saying, after: Saying | None = None
) -> int:
    """List entries, those of an interview below their prompts; return the number of the post."""
    parts = interview.parts(scene, entries) if prompts(scene) else ()
    ids = tuple(id for part in parts for id in part.entries) or tuple(each.id for each in entries)
    notes = {str(each.id): note for each in entries if (note := _note(each))}
    pick = None
    if to is LEAD:
        act, phrase = "strike", "session.ask.pick_strike"
        if flag(scene, "moderated", False):
            act, phrase = "admit", "session.queue.admit"
        picked = ids[:_PICKED]
        pick = Pick(act, picked, phrase, len(picked) if act == "admit" else 1)
    below = () if after is None else (after,)
    post = Post(scene.number(), to, (says,), ids, below, notes, pick=pick, parts=parts)
    return scene.do(post).id


def _note(entry: Entry) -> Mapping[str, object] | None:
    """Return what is shown beside an entry: who gave it, and how many others named it too."""
    if entry.by is None:
        return None
    values = {"who": {"member": entry.by}, "others": len(entry.backers)}
    return {"phrase": "session.collect.beside", "values": values}
