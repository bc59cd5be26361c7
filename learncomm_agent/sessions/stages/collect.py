"""`collect`: people put something in, such as nominations, questions, links, thanks or figures.

Who gave what is known, unless the stage is anonymous. Figures are kept until the stage is over, and then
only as a mean. What was asked in private, prompt by prompt, is shown only where a playbook says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from learncomm_agent.sessions.effects import Answer, Control, Keep, Saying, Settle
from learncomm_agent.sessions.events import Entered, Event, Ruled, Said
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene
from learncomm_agent.sessions.stages.collecting import interview, listing
from learncomm_agent.sessions.stages.collecting.bringing import is_brought
from learncomm_agent.sessions.stages.collecting.entering import (
    FIGURE,
    LIMIT,
    MOST,
    TAKE_BACK,
    given_by,
    is_again,
    is_from_lead,
    limit_of,
    may_enter,
    most_of,
    prompts,
    put,
    say,
    take,
    take_back,
    text_of,
    thank,
    what_of,
)
from learncomm_agent.sessions.stages.collecting.figures import Scale, apart, fewest, summed_up
from learncomm_agent.sessions.stages.collecting.rules import rule
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.parameters import begin_anew, drop, flag
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.sessions.walking import stage_at, value_of

_BUTTONS: Mapping[str, str] = {
    "nomination": "session.collect.button_suggest",
    "question": "session.collect.button_ask",
    "link": "session.collect.button_share",
    "thanks": "session.collect.button_thank",
    "answer": "session.collect.button_answer",
    "figure": "session.collect.button_answer",
}
_BUTTON_OTHERWISE = "session.collect.button_add"
_WHATS = (
    *("nomination", "question", "story", "link", "thanks", "answer"),
    *("highlight", "figure", "idea", "note", "statement", "objection"),
)


class Collect(Kind):
    """Takes entries until its time is up, and shows them."""

    name = "collect"
    params = (
        Param("what", ParamKind.CHOICE, "idea", _WHATS),
        Param("from", ParamKind.CHOICE, "members", ("members", "lead")),
        Param("prompts", ParamKind.TEXTS),
        Param("headings", ParamKind.TEXTS),
        Param("limit", ParamKind.NUMBER, LIMIT),
        Param("most", ParamKind.NUMBER, MOST),
        Param("anonymous", ParamKind.FLAG, False),
        Param("lowest", ParamKind.NUMBER, 1),
        Param("highest", ParamKind.NUMBER, 5),
        Param("at_least", ParamKind.NUMBER, 5),
        Param("hears", ParamKind.FLAG, False),
        Param("shows", ParamKind.FLAG, True),
        Param("keeps", ParamKind.FLAG, False),
        Param("review", ParamKind.DURATION),
        Param("moderated", ParamKind.FLAG, False),
    )
    sayings: ClassVar = {
        "say": "session.collect.say",
        "thanks": "session.collect.thanks",
        "result": "session.collect.result",
        "nobody": "session.collect.nobody",
        "few": "session.collect.few",
    }
    needs_time = True

    def awaits(self, session: Session, stage: Stage) -> bool:
        """Whether members are awaited: not where the leader alone is asked."""
        return bool(value_of(session, stage.params.get("from")) != "lead")

    def enter(self, scene: Scene) -> None:
        """Say what is wished for: to all, or to the leader, who is asked the first thing at once."""
        begin_anew(scene)
        self._wish(scene)

    def ask_lead(self, scene: Scene) -> None:
        """Ask whoever leads now, where the leader alone is asked."""
        if is_from_lead(scene) and "post" in scene.data:
            super().drop(scene)
            self._wish(scene)
        self.ends_anew(scene)

    def ends_anew(self, scene: Scene) -> None:
        """Show whoever leads the list that they look over, with its time."""
        if listing.is_on(scene) and scene.ends_at is not None:
            listing.show_lead(scene, scene.entries())

    def _wish(self, scene: Scene) -> None:
        is_lead = is_from_lead(scene)
        says = [say(scene, "say", limit=limit_of(scene))] if scene.says("say") else []
        if is_lead and prompts(scene):
            says.append(interview.saying(scene, 0))
        if says:
            button = _BUTTONS.get(what_of(scene), _BUTTON_OTHERWISE)
            if prompts(scene):
                button = interview.ANSWER.phrase
            control = Control("enter", button, str(scene.session.visit), opens_form=True)
            scene.data["post"] = scene.post(LEAD if is_lead else ROOM, *says, controls=(control,))

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take what people put in, and what the leader does to the list."""
        match event:
            case Entered():
                if listing.is_looked_over(scene, event):
                    return True
                if not is_again(scene, event) and may_enter(scene, event):
                    self._entered(scene, event)
                return True
            case Ruled() if what_of(scene) != FIGURE:
                return rule(scene, event, lambda ruled: _added(scene, ruled))
            case Said() if is_brought(scene, event):
                self._brought(scene, event)
                return True
        return False

    def close(self, scene: Scene) -> None:
        """Show what there is, if there is anything, and leave it to later stages."""
        if (post := scene.data.pop("post", None)) is not None:
            scene.do(Settle(scene.number(), post))
        if what_of(scene) == FIGURE:
            _close_figures(scene)
            return
        if listing.holds(scene, listing.in_order(scene)):
            return
        entries = scene.entries()
        if not entries:
            _nobody(scene)
            return
        _keep(scene, listing.admitted(scene, entries))
        listing.show(scene, entries)
        scene.leave([each.id for each in listing.admitted(scene, entries)])

    def drop(self, scene: Scene) -> None:
        """Keep no single figures, and let what was meant for the library come there, though nothing is shown."""
        super().drop(scene)
        if what_of(scene) == FIGURE:
            _take_figures(scene)
        else:
            _keep(scene, listing.admitted(scene, listing.in_order(scene)))

    def break_off(self, scene: Scene) -> None:
        """Show what all were to see, but not what its leader has not looked over yet, or was asked alone."""
        figures, entries = what_of(scene) == FIGURE, listing.in_order(scene)
        is_enough = len(entries) >= (fewest(scene) if figures else 1)
        if not is_enough or is_from_lead(scene) or listing.waits(scene):
            self.drop(scene)
        elif figures:
            super().drop(scene)
            _close_figures(scene)
        else:
            self.drop(scene)
            listing.show(scene, entries)

    def _brought(self, scene: Scene, event: Said) -> None:
        """Take a message of the room as an entry; as nobody asked for anything, nobody is told anything."""
        entered = Entered(event.member, event.text, event.message)
        if event.text and not is_again(scene, entered):
            before = len(scene.effects)
            self._entered(scene, entered)
            new = [each for each in scene.effects[before:] if not isinstance(each, Answer)]
            scene.effects[before:] = new

    def _entered(self, scene: Scene, event: Entered) -> None:
        if TAKE_BACK in event.fields:
            take_back(scene, event)
        elif prompts(scene):
            interview.answered(scene, event)
        elif what_of(scene) == FIGURE:
            _figure(scene, event)
        else:
            take(scene, event)
        if is_from_lead(scene) and _is_complete(scene, event):
            self.close(scene)


def form_of(session: Session, now: datetime, *, member: int, count: int = 0) -> Saying | None:
    """Return what a form for an entry asks, in an interview: the prompt that is somebody's next.

    Args:
        session: One that stands on a stage of this kind.
        now: The moment, in UTC.
        member: Who asks for the form.
        count: How many answers they have given, where the stage is anonymous.

    Returns:
        None where it is no interview, or they have answered everything.
    """
    scene = Scene(session, stage_at(session), now, Collect.sayings)
    place = interview.next_for(scene, Entered(member, "", count=count))
    return None if place is None else interview.saying(scene, place)


def _figure(scene: Scene, event: Entered) -> None:
    """Take a figure; a later one takes the place of the first where it is known whose that is."""
    scale, limit = Scale.of(scene), limit_of(scene)
    found = scale.read(event.text)
    mine = [each for each in scene.entries() if each.by is not None and each.by == event.member]
    if found is None:
        scene.refuse("session.collect.no_figure", lowest=scale.lowest, highest=scale.highest)
    elif len(mine) >= limit:
        scene.change(replace(mine[-1], text=str(found)))
        thank(scene)
    elif given_by(scene, event) >= limit:
        scene.refuse("session.collect.limit", limit=limit)
    elif len(scene.entries()) >= most_of(scene):
        scene.refuse("session.collect.full")
    else:
        put(scene, event, str(found))
        thank(scene)


def _added(scene: Scene, event: Ruled) -> bool:
    """Put in what the leader adds to the list."""
    entered = Entered(event.member, event.text)
    text = text_of(scene, entered)
    if text is None:
        return False
    if len(scene.entries()) >= most_of(scene):
        scene.refuse("session.collect.full")
        return False
    put(scene, entered, text, **{listing.ADMITTED: True})
    return True


def _is_complete(scene: Scene, event: Entered) -> bool:
    """Whether the leader has given all that is asked for, so that nobody has to wait."""
    if not prompts(scene):
        return given_by(scene, event) >= limit_of(scene)
    return interview.next_for(scene, event) is None


def _close_figures(scene: Scene) -> None:
    """Show figures as a whole where there are enough; the single ones are kept no longer."""
    figures = _take_figures(scene)
    if not figures:
        _nobody(scene)
    elif len(figures) < fewest(scene):
        if flag(scene, "shows", True) and scene.says("few"):
            scene.post(ROOM, say(scene, "few"))
        scene.leave()
    else:
        result = summed_up(figures)
        if flag(scene, "shows", True) and scene.says("result"):
            scene.post(ROOM, say(scene, "result", **result, apart=apart(result, Scale.of(scene))))
        scene.leave(result)


def _take_figures(scene: Scene) -> list[int]:
    """Return the figures, and take them out of the session for good, those of earlier rounds too."""
    figures = [int(each.text) for each in scene.entries()]
    all_given = (each for each in scene.session.entries.values() if each.stage == scene.stage.name)
    drop(scene, [each.id for each in all_given])
    return figures


def _keep(scene: Scene, entries: tuple[Entry, ...]) -> None:
    """Have what was put in kept in the library, where a playbook wishes it."""
    if entries and flag(scene, "keeps", False):
        scene.do(Keep(scene.number(), "library", tuple(each.id for each in entries)))


def _nobody(scene: Scene) -> None:
    """Say that nothing came, unless nobody is there to read it."""
    if scene.session.was_active and not is_from_lead(scene) and scene.says("nobody"):
        scene.post(ROOM, say(scene, "nobody"))
    scene.leave()
