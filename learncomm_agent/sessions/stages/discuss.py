"""`discuss`: people talk with each other; a facilitator listens, and says something only where it helps."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Note, Saying
from learncomm_agent.sessions.events import (
    Event,
    Forgotten,
    Joined,
    Left,
    Progressed,
    Rule,
    Ruled,
    Said,
    United,
)
from learncomm_agent.sessions.facilitating.deciding import decide
from learncomm_agent.sessions.facilitating.floor import Mode
from learncomm_agent.sessions.facilitating.moves import Budget, Decision, Move, Reason
from learncomm_agent.sessions.facilitating.moves import Kind as Way
from learncomm_agent.sessions.scene import ROOM, Scene, member
from learncomm_agent.sessions.stages.discussing import moving, spoilers
from learncomm_agent.sessions.stages.discussing.leaving_behind import (
    NUDGES,
    POSTS,
    budget_of,
    leave_behind,
)
from learncomm_agent.sessions.stages.discussing.talk import Talk
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.labels import label_of
from learncomm_agent.sessions.stages.parameters import begin_anew, flag
from learncomm_agent.sessions.state import Entry, Phase


class Discuss(Kind):
    """Opens with a question, listens, and leaves who spoke how much for the leader alone."""

    name = "discuss"
    params = (
        Param("from", ParamKind.STAGE),
        Param("questions", ParamKind.TEXTS),
        Param("live", ParamKind.FLAG),
        Param("facilitated", ParamKind.FLAG, True),
        Param("fence", ParamKind.FLAG, False),
        Param("posts", ParamKind.NUMBER, POSTS),
        Param("nudges", ParamKind.NUMBER, NUDGES),
        Param("nudges_each", ParamKind.NUMBER, Budget().nudges_per_member),
    )
    sayings: ClassVar = {
        "say": "session.discuss.say",
        "behind": "session.discuss.behind",
        "bridge": "session.discuss.bridge",
        "close": "",
        "evidence": "session.discuss.evidence",
        "example": "session.discuss.example",
        "invite": "session.discuss.invite",
        "next": "session.discuss.next",
        "offer_groups": "session.discuss.offer_groups",
        "park": "session.discuss.park",
        "re_ask": "session.discuss.re_ask",
        "round": "session.discuss.round",
        "slow_down": "session.discuss.slow_down",
        "time": "session.discuss.time",
        "unanswered": "session.discuss.unanswered",
    }

    def enter(self, scene: Scene) -> None:
        """Open with the first question, unless an earlier stage has asked it already."""
        begin_anew(scene)
        if scene.ends_at is not None and scene.ends_at <= scene.now:
            scene.leave()  # its time was over before it began
            return
        talk = Talk(scene)
        talk.set_end()
        talk.seat_all()
        talk.ladder.gather(is_fenced=flag(scene, "fence", False))
        question, is_new = talk.ladder.current, talk.ladder.current is None
        if is_new:
            question = talk.ladder.go_on()
        self._open(scene, question, is_new=is_new)
        talk.floor = talk.floor.said(Move.OPEN, scene.now)
        if question is None:
            talk.floor = replace(talk.floor, is_re_asked=True)
        _note(scene, Way.SPEAK, Move.OPEN, Reason.BEGINS)
        _warn(scene, talk, scene.session.people)
        self._decide(scene, talk)
        talk.save()

    def hear(self, scene: Scene, event: Event) -> bool:
        """Listen; then say something, or not."""
        talk, is_talk = Talk(scene), False
        match event:
            case Said():
                is_talk = talk.hear(event)
            case Joined():
                talk.seat(event.member, Mode(event.mode.value))
                _warn(scene, talk, (event.member,))
            case Left():
                talk.floor = talk.floor.seated(event.member, Mode.LISTEN)
            case Ruled(rule=Rule.SKIP):
                self._skip(scene, talk)
            case Ruled():
                if not talk.ladder.rule(event):
                    return False
            case Forgotten() | United():
                talk.know_no_more(event)
            case Progressed():
                pass
            case _:
                return False
        if is_talk:
            self._decide(scene, talk)
        talk.save()
        return True

    def look(self, scene: Scene) -> None:
        """See whether a word would help, now that time has passed."""
        talk = Talk(scene)
        self._decide(scene, talk)
        talk.save()

    def close(self, scene: Scene) -> None:
        """Leave who spoke how much, once people have finished what they say to each other."""
        talk, now = Talk(scene), scene.now
        is_due = scene.ends_at is not None and scene.ends_at <= now
        decision = decide(talk.floor, talk.agenda, budget_of(scene), now)
        is_facilitated = flag(scene, "facilitated", True)
        if is_due and is_facilitated and decision.kind is Way.HOLD and decision.next_look:
            talk.prolong(decision.next_look)
            return
        _note(scene, Way.SPEAK, Move.CLOSE, Reason.ENDS)
        standing = scene.session.standing
        assert standing is not None
        assert standing.entered_at is not None
        result = {
            "messages": talk.tally.messages,
            "speakers": talk.tally.speakers,
            "answered": talk.answers(),
            "began": standing.entered_at.isoformat(),
        }
        if standing.is_active:
            leave_behind(scene, talk)
            if scene.says("close") and talk.tally.messages:
                scene.post(ROOM, scene.say("close", **result))
        scene.leave(result)

    def drop(self, scene: Scene) -> None:
        """Leave who spoke how much, and who got a private word, though a leader goes past the end."""
        super().drop(scene)
        if "floor" in scene.data:
            leave_behind(scene, Talk(scene))

    def _open(self, scene: Scene, question: Entry | None, *, is_new: bool) -> None:
        """Say that it begins, if that is not plain from a question that stands there already."""
        if not is_new and not scene.stage.words.get("say", "").strip():
            return
        portion = spoilers.portion_of(scene) if flag(scene, "fence", False) else None
        values = {
            "question": moving.named(question),
            "is_new": is_new,
            "is_fenced": portion is not None,
            "portion": portion or "",
        }
        if scene.says("say"):
            says = scene.say("say", **values)
        elif question is not None:  # a playbook may leave out the words, not the question
            says = scene.phrase("session.discuss.say", **values)
        else:
            return
        scene.post(ROOM, says, *(_label(scene, question) if is_new else ()))

    def _skip(self, scene: Scene, talk: Talk) -> None:
        """Go past the question that stands: ask the next one."""
        if scene.session.phase is Phase.PAUSED:
            scene.refuse("session.is_paused")
            return
        entry = talk.ask_next(scene.now)
        if entry is None:
            scene.refuse("session.discuss.no_more")
            return
        says = scene.say("next", question=moving.named(entry))
        scene.post(ROOM, says, *_label(scene, entry))
        scene.answer("session.discuss.skipped")

    def _decide(self, scene: Scene, talk: Talk) -> None:
        """Speak, hold, or nudge one member, and come back when that may change."""
        if not flag(scene, "facilitated", True):
            return
        decision = decide(talk.floor, talk.agenda, budget_of(scene), scene.now)
        if decision.kind is not Way.HOLD and decision.move is not Move.CLOSE:
            decision = _checked(scene, talk, decision)
        if decision.kind is not Way.HOLD and decision.move is not Move.CLOSE:
            _make(scene, talk, decision)
        if decision.move is not Move.CLOSE:
            _note(scene, decision.kind, decision.move, decision.reason, decision.member)
        _come_back(scene, decision)


def _checked(scene: Scene, talk: Talk, decision: Decision) -> Decision:
    """Return a decision as it can be carried out here: held where it can't, or where nobody is."""
    is_silent = not talk.floor.heard and not scene.session.was_active
    if is_silent:
        reason = Reason.NOBODY_HERE
    elif scene.data.get("in_groups"):
        reason = Reason.TALKING_WELL
    elif not moving.can_be_said(scene, decision, talk.floor, talk.ladder):
        reason = Reason.NOTHING_TO_ADD
    else:
        return decision
    return Decision(Way.HOLD, Move.NONE, reason, next_look=decision.next_look)


def _make(scene: Scene, talk: Talk, decision: Decision) -> None:
    """Make a move, and keep that it was made."""
    is_next = decision.move is Move.NEXT_RUNG
    question = talk.ladder.go_on() if is_next else talk.ladder.current
    says = moving.words_of(scene, decision, talk.floor, question)
    label = _label(scene, question) if is_next else ()
    to = moving.target_of(decision)
    scene.post(to, *says, *label, is_humane=not talk.is_live)
    talk.floor = talk.floor.said(
        decision.move, scene.now, member=decision.member, about=decision.about
    )


def _come_back(scene: Scene, decision: Decision) -> None:
    """Look again when that may change something; a look that is due before does no harm."""
    standing, at = scene.session.standing, decision.next_look
    assert standing is not None
    pending = standing.look_at
    if at is not None and (pending is None or pending <= scene.now or at < pending):
        scene.look(at=at)


def _label(scene: Scene, question: Entry | None) -> tuple[Saying, ...]:
    """Return what stands below a question: that it is general, or from no library."""
    label = None if question is None else label_of(question)
    return () if label is None else (scene.phrase(label["phrase"], **label["values"]),)


def _warn(scene: Scene, talk: Talk, members: Iterable[int]) -> None:
    """Tell members who have read less than is talked about, in private and once in a meeting."""
    if not flag(scene, "fence", False) or not scene.says("behind"):
        return
    portion = spoilers.portion_of(scene)
    told = scene.data.get("warned", [])
    if portion is None:
        return
    others = (each for each in members if each not in told and each != scene.session.lead)
    found = spoilers.behind(scene, portion, sorted(others))
    for each in found:
        scene.post(member(each), scene.say("behind", portion=portion), is_humane=not talk.is_live)
    scene.data["warned"] = [*told, *found]


def _note(scene: Scene, way: Way, move: Move, reason: Reason, whom: int | None = None) -> None:
    """Write into the log what was decided and why; a hold only where its reason is another one."""
    if way is Way.HOLD and scene.data.get("reason") == reason.value:
        return
    scene.data["reason"] = reason.value
    content: dict[str, Any] = {"move": move.value, "reason": reason.value}
    scene.do(Note(scene.number(), content if whom is None else {**content, "member": whom}))
