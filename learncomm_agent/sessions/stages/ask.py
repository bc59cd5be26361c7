"""`ask`: questions for all, gathered, shown to the leader before, and asked at their time come what may."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Control, Pick, Saying, Settle, Write
from learncomm_agent.sessions.events import Done, Event, Forgotten, Rule, Ruled, Said
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.labels import beside, label_of, note_of, source_of
from learncomm_agent.sessions.stages.parameters import flag
from learncomm_agent.sessions.stages.questioning import candidates, ruling
from learncomm_agent.sessions.stages.questioning.candidates import LEAST
from learncomm_agent.sessions.stages.written import written
from learncomm_agent.sessions.state import Entry, Phase

PATIENCE = timedelta(minutes=10)
"""So long what is being written is awaited, before the list is made without it."""
_UNANSWERED = 2
"""So many questions in a row to which nobody says anything, and no more are asked until somebody does."""
ADD = Control("question", "session.ask.control_add", opens_form=True)


class Ask(Kind):
    """Makes a list of questions, and asks the first, one after another, or all."""

    name = "ask"
    params = (
        Param("questions", ParamKind.TEXTS),
        Param("about", ParamKind.ANY),
        Param("from", ParamKind.STAGE),
        Param("sources", ParamKind.TEXTS, choices=candidates.SOURCES),
        Param("memory", ParamKind.FLAG, False),
        Param("notes", ParamKind.ANY),
        Param("count", ParamKind.NUMBER, candidates.COUNT),
        Param("review", ParamKind.DURATION),
        Param("every", ParamKind.DURATION),
        Param("all", ParamKind.FLAG, False),
        Param("fallback", ParamKind.TEXTS),
    )
    sayings: ClassVar = {
        "say": "session.ask.say",
        "review": "session.ask.review",
        "question": "session.ask.question",
    }
    is_active = False
    """A silence after a question counts in the discussion of it; who answers here counts all the same."""

    def enter(self, scene: Scene) -> None:
        """Gather what there is, and have the rest written."""
        candidates.put_ladder(scene)
        wanted = candidates.sources(scene)
        if wanted[:1] == ("members",):
            candidates.put_members(scene)
        if (write := self._write(scene, wanted)) is None:
            self._complete(scene)
        else:
            scene.data["write"] = scene.awaited(write).id
            review = timedelta(seconds=candidates.span(scene, "review"))
            scene.look(min(PATIENCE, review / 2) if review else PATIENCE)

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take questions that were written, what a leader does to the list, and that somebody spoke."""
        match event:
            case Done():
                return self._done(scene, event)
            case Ruled(rule=Rule.SKIP):
                return self._skip(scene)
            case Ruled():
                return self._ruled(scene, event)
            case Said():
                is_heard = self._is_open(scene) and event.group is None
                if is_heard and event.member != scene.session.lead:
                    scene.data["is_heard"] = True
                return is_heard
            case Forgotten():
                return True
        return False

    def look(self, scene: Scene) -> None:
        """Go on without what was not written in time; ask when the time has come."""
        if not self._is_open(scene):
            self._complete(scene)
        elif candidates.span(scene, "every"):
            self._ask_next_in_turn(scene)
        elif scene.ends_at is None:
            self._leave(scene)

    def ends_anew(self, scene: Scene) -> None:
        """Tell the leader when it is asked now."""
        if not self._is_open(scene):
            self.ask_lead(scene)

    def ask_lead(self, scene: Scene) -> None:
        """Show the list to whoever leads now."""
        if scene.data.get("shown") is not None:
            self._show(scene)

    def close(self, scene: Scene) -> None:
        """Ask at the latest now, and leave the list to later stages."""
        if not self._is_open(scene):
            self._open(scene)
        self._leave(scene)

    def _leave(self, scene: Scene) -> None:
        """Leave the list to later stages; what was not asked yet can be changed in a discussion of it."""
        shown = scene.data.pop("shown", None)
        if shown is not None and not (ruling.waiting(scene) and ruling.is_discussed(scene)):
            _settle(scene, shown)
        scene.leave(_ids(scene))

    def _ruled(self, scene: Scene, event: Ruled) -> bool:
        """Do what a leader says to the list; show it anew where it grew, as each has its number there."""
        before = len(scene.entries())
        is_done = ruling.ruled(scene, event)
        if len(scene.entries()) > before and scene.data.get("shown") is not None:
            self._show(scene)
        return is_done

    # Before it is asked

    def _write(self, scene: Scene, wanted: tuple[str, ...]) -> Write | None:
        """Return what is to be written, if the list is too short and there is something to write from."""
        missing = candidates.count(scene) - len(scene.entries())
        others = [each for each in wanted if each != "members"]
        if flag(scene, "memory", False) and "model" not in others:
            others.append("model")
        about, notes = scene.param("about") or "", scene.param("notes") or ""
        brought = [each.id for each in candidates.brought(scene)]
        if missing <= 0 or not others or not (about or notes or brought):
            return None
        args: dict[str, Any] = {
            "resource": about if isinstance(about, int) else None,
            "topic": "" if isinstance(about, int) else str(about),
            "notes": notes,
            "count": missing,
            "sources": others,
            "entries": brought,
            "known": _ids(scene),
        }
        return Write(scene.number(), "questions", args)

    def _done(self, scene: Scene, event: Done) -> bool:
        """Take what was written: before the list is made, or in the place of what only fills it."""
        if event.effect != scene.data.get("write"):
            return False
        scene.data["write"] = None
        lines = () if event.is_failed else written(event.result.get("lines"))
        if self._is_open(scene) or (scene.data.get("is_made") and not lines):
            return True
        candidates.make_room(scene)
        candidates.put_written(scene, lines)
        self._complete(scene, is_new=True)
        return True

    def _complete(self, scene: Scene, *, is_new: bool = False) -> None:
        """Fill up the list, and show it to the leader; or ask, where its time has come."""
        if is_new or not scene.data.get("is_made"):
            candidates.put_members(scene)
            candidates.fill_up(scene)
            scene.data["is_made"] = True
            if self._review_ends(scene) is not None:
                self._show(scene)
        if at := self._review_ends(scene):
            scene.look(at=at)
        else:
            self._open(scene)

    def _review_ends(self, scene: Scene) -> datetime | None:
        """Return until when the leader sees the list before it is asked; None once that is over.

        Where it is asked at a moment that may be moved, such as a meeting, that moment alone counts.
        """
        standing, review = scene.session.standing, candidates.span(scene, "review")
        assert standing is not None
        assert standing.entered_at is not None
        at = standing.entered_at + timedelta(seconds=review)
        if scene.ends_at is not None:
            is_by_moment = review > 0 and scene.stage.params.get("until") is not None
            at = scene.ends_at if is_by_moment else min(at, scene.ends_at)
        return at if at > scene.now else None

    def _show(self, scene: Scene) -> None:
        """Show the leader, in private, what will be asked, and how to change it."""
        if (earlier := scene.data.get("shown")) is not None:
            _settle(scene, earlier)
        entries = ruling.waiting(scene)
        if not entries:
            return
        first = scene.phrase("session.ask.first_asked")
        if (at := self._review_ends(scene)) is not None:
            first = scene.say("review", posts={"time": at.isoformat()})
        how = scene.phrase(
            "session.ask.how",
            strike={"command": "session strike 2"},
            edit={"command": "session edit 2 …"},
            move={"command": "session move 2 1"},
            add={"command": "session question …"},
        )
        notes = beside(entries, source_of)
        pick = Pick("strike", tuple(each.id for each in entries), "session.ask.pick_strike")
        scene.data["shown"] = scene.post(
            LEAD, first, shows=entries, after=(how,), notes=notes, controls=(ADD,), pick=pick
        )

    # Once it is asked

    def _is_open(self, scene: Scene) -> bool:
        return bool(scene.data.get("is_open"))

    def _open(self, scene: Scene) -> None:
        """Ask the first question, or all of them; never with fewer than a ladder."""
        if len(scene.entries()) < LEAST:
            candidates.put_members(scene)
            candidates.fill_up(scene)
        scene.sort(scene.entries())
        scene.data["is_open"] = True
        every = candidates.span(scene, "every")
        if flag(scene, "all", False):
            self._ask_all(scene)
        else:
            self._ask(scene, is_first=True)
            can_change = every or scene.ends_at is not None or ruling.is_discussed(scene)
            if scene.data.get("shown") is None and can_change:
                self._show(scene)
        if every and ruling.waiting(scene):
            scene.look(timedelta(seconds=every))
        elif scene.ends_at is None:
            self._leave(scene)

    def _ask_all(self, scene: Scene) -> None:
        entries = scene.entries()
        notes = beside(entries, label_of)
        says = (scene.say("say"),) if scene.says("say") else ()
        scene.post(ROOM, *says, shows=entries, notes=notes)
        for each in entries:
            _mark_asked(scene, each)

    def _ask(self, scene: Scene, *, is_first: bool = False) -> None:
        """Ask the next question."""
        entry = ruling.waiting(scene)[0]
        _mark_asked(scene, entry)
        entries = scene.entries()
        number = 1 + [each.id for each in entries].index(entry.id)
        says: list[Saying] = [scene.say("say")] if is_first and scene.says("say") else []
        question = {"entry": entry.id}
        says.append(scene.say("question", question=question, number=number, count=len(entries)))
        if note := note_of(entry):
            says.append(scene.phrase(note["phrase"], **note["values"]))
        scene.post(ROOM, *says)
        scene.data["is_heard"] = False

    def _ask_next_in_turn(self, scene: Scene) -> None:
        """Ask the next question, unless nobody says anything to those that were asked."""
        left, is_heard = ruling.waiting(scene), scene.data.get("is_heard")
        silent = 0 if is_heard else scene.data.get("silent", 0) + 1
        scene.data["silent"] = silent
        if not left or (silent >= _UNANSWERED and scene.ends_at is None):
            if scene.ends_at is None:
                self._leave(scene)
            return
        if silent and not scene.session.was_active:
            scene.ends_kindly = True
            self._leave(scene)
            return
        if silent < _UNANSWERED:
            self._ask(scene)
        scene.look(timedelta(seconds=candidates.span(scene, "every")))

    def _skip(self, scene: Scene) -> bool:
        """Go past the question that was asked last: ask the next one."""
        if scene.session.phase is Phase.PAUSED:
            scene.refuse("session.is_paused")
        elif not self._is_open(scene) or not ruling.waiting(scene):
            scene.refuse("session.ask.no_more")
        else:
            self._ask(scene)
            if every := candidates.span(scene, "every"):
                scene.look(timedelta(seconds=every))
            scene.answer("session.ask.skipped")
        return True


def _ids(scene: Scene) -> list[int]:
    return [each.id for each in scene.entries()]


def _mark_asked(scene: Scene, entry: Entry) -> None:
    scene.change(replace(entry, fields={**entry.fields, "asked": True}))


def _settle(scene: Scene, post: int) -> None:
    scene.do(Settle(scene.number(), post))
