"""One event's way through a session: into the stage that runs, and from stage to stage."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from learncomm_agent.errors import PluginError
from learncomm_agent.sessions.effects import Answer, Effect, Wake
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind, Kinds
from learncomm_agent.sessions.stages.meeting_entries import entry_of
from learncomm_agent.sessions.state import (
    CALLED_OFF,
    EARLY,
    Ending,
    Phase,
    Session,
    Standing,
    Step,
)
from learncomm_agent.sessions.walking import (
    are_together,
    fitting,
    following,
    is_hurried,
    moment,
    seconds,
    stage_at,
)

QUIET_AT_FIRST = 2
"""So many stages in a row in which nobody did anything end a session that nobody takes part in: never did,
or does any more."""
QUIET_LATER = 6
"""So many end one in which people were active before."""
_NOBODY = "session.nobody"
_MOST = 2000
"""Stages that one event may lead through; no plan has as many."""


class Course:
    """Collects what one event changes and what is to be done."""

    def __init__(self, session: Session, now: datetime, kinds: Kinds) -> None:
        """Begin with a session as it is stored."""
        self.session = session
        self.now = now
        self.kinds = kinds
        self.effects: list[Effect] = []

    def finished(self) -> tuple[Session, tuple[Effect, ...]]:
        """Return the state that came of it, and what is to be done, with the next wake among that."""
        self._set_wake()
        return self.session, tuple(self.effects)

    # Within a stage

    def kind(self, stage: Stage) -> Kind:
        """Return the kind of a stage.

        Raises:
            PluginError: It came with a plugin that is there no more; the session waits as it is.
        """
        if (found := self.kinds.get(stage.kind)) is None:
            raise PluginError(
                f"no stage kind {stage.kind!r}",
                phrase="error.plugin_unknown",
                name=stage.kind,
                known=sorted(self.kinds),
            )
        return found

    def in_stage(self, do: Callable[[Kind, Scene], bool | None]) -> bool:
        """Let the stage that runs do something; go on where it ends by that. Return what it returned."""
        stage = stage_at(self.session)
        kind = self.kind(stage)
        scene = Scene(self.session, stage, self.now, kind.sayings)
        found = do(kind, scene)
        self.absorb(scene)
        if scene.is_left:
            self._left(stage, scene)
        return bool(found)

    def absorb(self, scene: Scene) -> None:
        """Take over what a scene changed."""
        standing = scene.session.standing
        assert standing is not None
        self.session = replace(scene.session, standing=replace(standing, data=dict(scene.data)))
        self.effects += scene.effects

    def aside(self) -> Scene:
        """Return a scene in which the engine itself speaks; take it over with `heard`."""
        stage = stage_at(self.session) if self.session.path else Stage("none", "none")
        return Scene(self.session, stage, self.now, {})

    def heard(self, scene: Scene) -> None:
        """Take over what the engine said."""
        self.session = scene.session
        self.effects += scene.effects

    def answer(self, key: str, *, is_refused: bool = False, **values: object) -> None:
        """Tell whoever acted."""
        scene = self.aside()
        said = scene.phrase(key, **values)
        self.effects.append(Answer(said, is_refused))

    def say(self, key: str, **values: object) -> None:
        """Tell all in the room, by a phrase."""
        scene = self.aside()
        scene.post(ROOM, scene.phrase(key, **values))
        self.heard(scene)

    # From stage to stage

    def close(self) -> None:
        """End the stage that runs, with what came of it; the session too, where nobody is there."""
        stage = stage_at(self.session)
        standing = self.session.standing
        assert standing is not None
        if standing.entered_at is not None and (why := self._alone(stage)):
            self.end(Ending.NOBODY, why)
            return
        if standing.entered_at is None:
            self.go_on()
            return
        visit = self.session.visit
        self.in_stage(lambda kind, scene: kind.close(scene))
        if self.session.visit == visit and not self.session.is_over:
            # It stays: it asked for more time, or waits for what it had written.
            left = self.session.standing
            assert left is not None
            if left.ends_at is not None and left.ends_at <= self.now:
                self.session = replace(self.session, standing=replace(left, ends_at=None))

    def _alone(self, stage: Stage) -> str:
        """Return the phrase that says why, where a stage ends with too few people to go on."""
        standing = self.session.standing
        assert standing is not None
        if standing.entered_at and is_hurried(self.session, stage, standing.entered_at):
            return ""
        needed = seconds(self.session, stage.params.get("needs"))
        if needed and len(self.aside().active()) < needed:
            is_anybody = any(id != self.session.lead for id in self.session.people)
            return "session.too_few" if is_anybody else _NOBODY
        if not self.kind(stage).awaits(self.session, stage) or standing.is_active:
            return ""
        is_group = self.session.was_active and not self.session.is_deserted
        bound = QUIET_LATER if is_group else QUIET_AT_FIRST
        return _NOBODY if self.session.quiet + 1 >= bound else ""

    def _left(self, stage: Stage, scene: Scene) -> None:
        """Take over what a stage leaves, and go on; in a pause, once the session goes on."""
        results = self.session.results
        if scene.result is not None:
            results = {**results, stage.name: scene.result}
        quiet, is_under_way = self.session.quiet, self.session.is_under_way
        standing = self.session.standing
        assert standing is not None
        if self.kind(stage).awaits(self.session, stage) and standing.entered_at != self.now:
            began = standing.entered_at or self.now
            is_under_way, is_counted = True, not is_hurried(self.session, stage, began)
            quiet += is_counted
        if standing.is_active:
            quiet = 0
        self.session = replace(
            self.session, results=results, quiet=quiet, is_under_way=is_under_way
        )
        if self.session.phase is Phase.PAUSED:
            self.session = replace(self.session, standing=replace(standing, is_left=True))
        elif scene.ends_kindly:
            self.session = replace(self.session, standing=None)
            self.end(Ending.NOBODY)
        else:
            self.go_on()

    def drop(self) -> None:
        """Let the stage that runs take away what it shows, as it is not closed."""
        self._let_go(lambda kind, scene: kind.drop(scene))

    def break_off(self) -> None:
        """Let the stage that runs show what was given in it, as the session is about to end."""
        self._let_go(lambda kind, scene: kind.break_off(scene))
        self.session = replace(self.session, standing=None)

    def _let_go(self, do: Callable[[Kind, Scene], None]) -> None:
        standing = self.session.standing
        if standing is None or standing.entered_at is None or standing.is_left:
            return
        stage = stage_at(self.session)
        kind = self.kind(stage)
        scene = Scene(self.session, stage, self.now, kind.sayings)
        if are_together(self.session):
            kind.close(scene)  # who is together hears that it ends, whatever it ends by
        else:
            do(kind, scene)
        self.absorb(scene)

    def go_on(self) -> None:
        """Enter the next stage, or wait for it; end after the last, and after the summary of an early end."""
        # It is closed, so nothing takes it away.
        self.session = replace(self.session, standing=None)
        path = following(self.session)
        if self.session.results.get(EARLY):
            self.end(Ending.EARLY)
        elif not path or self.session.visit >= _MOST:
            self.end(Ending.DONE)
        else:
            self.enter(path)

    def enter(self, path: tuple[Step, ...]) -> None:
        """Enter the stage at a path, or wait for its time."""
        self.session = replace(
            self.session, path=path, visit=self.session.visit + 1, standing=Standing(None)
        )
        stage = stage_at(self.session)
        at = stage.params.get("at")
        begins_at = None if at is None else moment(self.session, str(at))
        if begins_at is not None and begins_at > self.now:
            self.session = replace(self.session, standing=Standing(None, begins_at=begins_at))
            return
        self.begin()

    def begin(self) -> None:
        """Begin the stage on which the session stands; go past it where its time was over before that."""
        stage = stage_at(self.session)
        ends_at, until = self.ends_at(stage), stage.params.get("until")
        self.session = replace(self.session, standing=Standing(self.now, ends_at=ends_at))
        if until is not None and ends_at == self.now and self.kind(stage).needs_time:
            self.in_stage(lambda kind, scene: kind.miss(scene))
        else:
            self.in_stage(lambda kind, scene: kind.enter(scene))

    def ends_at(self, stage: Stage) -> datetime | None:
        """Return when a stage ends that begins now; at the earliest now."""
        until, lasts = stage.params.get("until"), stage.params.get("for")
        read = fitting if self.kind(stage).needs_time else _exactly
        at = read(self.session, str(until), self.now) if until is not None else None
        span, standing = seconds(self.session, lasts), self.session.standing
        began = self.now if standing is None else standing.entered_at or self.now
        over = None if span is None else began + timedelta(seconds=span)
        found = min((each for each in (at, over) if each is not None), default=None)
        return None if found is None else max(found, self.now)

    def end(self, ending: Ending, why: str = _NOBODY) -> None:
        """End the session; say so where nobody came, and call off the meetings that were still to come.

        Args:
            ending: How it ends.
            why: The phrase that says so, where nobody came, or too few.
        """
        self.drop()
        if ending is Ending.NOBODY:
            self.say(why)
        if ending is Ending.EARLY:
            self.say("session.ended_early")
        self.call_off()
        self.session = replace(
            self.session, phase=Phase.ENDED, ended_at=self.now, ending=ending, standing=None
        )

    def call_off(self) -> None:
        """Call off the meetings that were still to come; those that were stay in the list."""
        scene, held = self.aside(), []
        for number, meeting in enumerate(self.session.results.get("meetings") or (), 1):
            if datetime.fromisoformat(meeting["at"]) > self.now:
                scene.do(entry_of(scene, meeting, number, is_cancelled=True))
            else:
                held.append(meeting)
        if scene.effects:
            scene.remember("meetings", held)
            if not held:
                scene.remember(CALLED_OFF, True)
        self.heard(scene)

    def _set_wake(self) -> None:
        at, standing = None, self.session.standing
        if self.session.phase is Phase.OPEN and standing is not None:
            waits = (
                (standing.begins_at,)
                if standing.entered_at is None
                else (standing.ends_at, standing.look_at)
            )
            at = min((each for each in waits if each is not None), default=None)
        if at == self.session.wake_at:
            return
        turn = self.session.turn + 1
        self.session = replace(self.session, wake_at=at, turn=turn)
        if at is not None:
            scene = self.aside()
            self.effects.append(Wake(scene.number(), at, turn))
            self.session = scene.session


def _exactly(session: Session, expression: str, now: datetime) -> datetime | None:
    return moment(session, expression)
