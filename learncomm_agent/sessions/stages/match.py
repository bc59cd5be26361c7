"""`match`: pairs that fit, looked over by the leader first, each in a thread of its own for as long as it lasts.

It stands in one of four phases: those without a profile are asked for one, a proposal is made, the leader
looks it over, and then the pairs are together. What is private stays so: whom somebody avoids is known
only where proposals are made, and who left whom is told to nobody.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.effects import Control, Propose, Settle
from learncomm_agent.sessions.events import (
    Done,
    Event,
    Forgotten,
    Joined,
    Left,
    Mode,
    Rule,
    Ruled,
    Said,
    United,
)
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene, member
from learncomm_agent.sessions.stages import gathering, matching, pairs, partners, together
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.parameters import begin_anew
from learncomm_agent.sessions.uniting import renamed
from learncomm_agent.sessions.walking import seconds

ASKING, PROPOSING, PREVIEW, TOGETHER = "asking", "proposing", "preview", "together"
REVIEW = timedelta(days=1)
_PROFILE = Control("profile", "session.control.profile")


class Match(Kind):
    """Brings people together."""

    name = "match"
    params = (
        Param("by", ParamKind.CHOICE, pairs.BUDDIES, choices=(pairs.BUDDIES, "mentors")),
        Param("asks", ParamKind.DURATION),
        Param("review", ParamKind.DURATION),
        Param("every", ParamKind.DURATION),
        Param("most", ParamKind.NUMBER, 4),
        Param("private", ParamKind.FLAG, True),
    )
    sayings: ClassVar = {
        "say": "session.match.say",
        "profile": "session.match.profile",
        "task": "session.match.task",
        "check_in": "",
        "halfway": "",
        "close": "session.match.close",
        "nobody": "session.match.nobody",
    }

    def enter(self, scene: Scene) -> None:
        """Ask for a first proposal; go on where there are not two."""
        begin_anew(scene)
        scene.data.update(phase=PROPOSING, begun=scene.now.isoformat(), numbers=[], round=0)
        if len(gathering.those_here(scene)) < 2:
            self._nobody(scene)
            return
        if scene.stage.params.get("until") is None:
            scene.end_at(None)
        self._propose(scene)

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take proposals, threads, a leader's wishes, and who comes and goes."""
        _own(scene)
        match event:
            case Done():
                return self._done(scene, event)
            case Ruled(rule=Rule.SWAP | Rule.APART | Rule.AGAIN):
                self._ruled(scene, event)
            case Joined(member=id, mode=Mode.LISTEN) | Left(member=id):
                self._go(scene, id)
            case Joined(member=id):
                self._come(scene, id)
            case Forgotten(member=int(id)):
                partners.forget(scene, id)
                self._go(scene, id, is_here=False)
            case United():
                self._unite(scene, event)
            case Said(group=int(number)):
                scene.data["spoke"] = sorted({*scene.data.get("spoke", ()), number})
            case _:
                return False
        return True

    def look(self, scene: Scene) -> None:
        """Propose, begin, or ask how it goes, as its time has come."""
        _own(scene)
        match scene.data["phase"]:
            case "asking":
                self._propose(scene)
            case "preview":
                self._begin(scene)
            case "together":
                together.check_in(scene)
                partners.look_again(scene)

    def close(self, scene: Scene) -> None:
        """End the pairs; before they are together, a leader's word brings them together."""
        _own(scene)
        match scene.data["phase"]:
            case "preview":
                scene.stays = True
                self._begin(scene)
            case "asking":
                scene.stays = True
                self._propose(scene)
            case "proposing":
                scene.stays = True
            case _:
                if scene.says("close"):
                    pairs.tell(scene, scene.say("close"))
                pairs.end(scene)
                scene.leave(self._result(scene))

    def drop(self, scene: Scene) -> None:
        """Take the proposal away, and end what there is."""
        super().drop(scene)
        pairs.end(scene)

    def _nobody(self, scene: Scene) -> None:
        if scene.says("nobody"):
            scene.post(ROOM, scene.say("nobody"))
        scene.leave()

    def _result(self, scene: Scene) -> dict[str, Any]:
        return {
            "groups": len(scene.data.get("numbers", ())),
            "numbers": scene.data.get("numbers", []),
            "spoke": len(scene.data.get("spoke", ())),
            "release": False,
            "since": scene.data["begun"],
        }

    # The proposal

    def _propose(self, scene: Scene, wanted: Sequence[Sequence[int]] = ()) -> None:
        here = gathering.those_here(scene)
        if len(here) < 2:
            self._withdraw(scene)
            self._nobody(scene)
            return
        wished = Propose(
            scene.number(),
            here,
            str(scene.param("by", pairs.BUDDIES)),
            scene.seed + scene.data["round"],
            apart=_tuples(scene.data.get("apart", ())),
            shown=_tuples(scene.data.get("shown_before", ())),
            wanted=_tuples(wanted),
        )
        scene.data.update(phase=PROPOSING, proposal=scene.awaited(wished).id, among=list(here))
        scene.look(None)

    def _done(self, scene: Scene, event: Done) -> bool:
        if event.effect == scene.data.get("proposal"):
            self._proposed(scene, event)
        elif event.effect == scene.data.get("placing"):
            partners.placed(scene, event)
        else:
            return together.opened(scene, event)
        return True

    def _proposed(self, scene: Scene, event: Done) -> None:
        """Ask those without a profile once; else show the leader who would be with whom."""
        scene.data.pop("proposal")
        if tuple(scene.data["among"]) != gathering.those_here(scene):
            self._propose(scene)  # somebody came or went meanwhile
            return
        without = [id for id in event.result.get("without", ()) if id in scene.session.people]
        span = seconds(scene.session, scene.stage.params.get("asks"))
        if without and span and not scene.data.get("asked"):
            scene.data.update(asked=True, phase=ASKING)
            at = scene.now + timedelta(seconds=span)
            says = scene.say("profile", until={"time": at.isoformat()})
            for id in without:
                scene.post(member(id), says, controls=(_PROFILE,), is_humane=True)
            scene.look(at=at)
            return
        if event.result.get("refused"):
            scene.post(LEAD, scene.phrase("session.match.cannot"))
        else:
            self._withdraw(scene)
            found = event.result.get("groups") or ()
            scene.data["groups"] = matching.kept(scene, found)
            scene.data["left"] = [dict(each) for each in event.result.get("left", ())]
            scene.data["are_equals"] = bool(event.result.get("are_equals"))
        if not scene.data.get("groups"):
            self._nobody(scene)
            return
        self._show(scene)

    def _withdraw(self, scene: Scene) -> None:
        """Take back a proposal that was shown."""
        matching.thrown_away(scene, scene.data.pop("groups", ()))
        if isinstance(post := scene.data.pop("shown", None), int):
            scene.do(Settle(scene.number(), post))

    def _show(self, scene: Scene) -> None:
        """Show the leader who would be with whom, and why."""
        groups = scene.data["groups"]
        if isinstance(post := scene.data.pop("shown", None), int):
            scene.do(Settle(scene.number(), post))
        span = seconds(scene.session, scene.stage.params.get("review"))
        at = scene.now + (REVIEW if span is None else timedelta(seconds=span))
        if scene.ends_at is not None:
            at = min(at, scene.ends_at)
        says = [scene.phrase("session.match.preview", count=len(groups))]
        if scene.data.get("are_equals"):
            says.append(scene.phrase("session.match.no_mentors"))
        says += matching.lines(scene, groups)
        says += [
            scene.phrase(f"session.match.left.{each['why']}", who={"member": each["member"]})
            for each in scene.data.get("left", ())[: matching.MOST_LINES]
        ]
        how = scene.phrase("session.match.how", until={"time": at.isoformat()})
        visit = str(scene.session.visit)
        controls = (
            Control("next_it", "session.control.begin_match", visit),
            Control("again", "session.control.again"),
        )
        scene.data.update(
            phase=PREVIEW,
            shown=scene.post(LEAD, *says, after=(how,), controls=controls),
        )
        scene.look(at=at)

    def _ruled(self, scene: Scene, event: Ruled) -> None:
        """Do what a leader wishes of a proposal: another one, two kept apart, or two that change places."""
        if scene.data["phase"] != PREVIEW:
            scene.refuse("session.match.no_preview")
            return
        groups = scene.data["groups"]
        if event.rule is Rule.AGAIN:
            before = [*scene.data.get("shown_before", ()), *(each["members"] for each in groups)]
            scene.data.update(shown_before=before, round=scene.data["round"] + 1)
            self._propose(scene)
            scene.answer("session.match.looking")
            return
        people = matching.numbers(groups)
        one, other = people.get(event.entry or 0), people.get(event.into or 0)
        if one is None or other is None or one == other:
            scene.refuse("session.match.no_number")
            return
        if event.rule is Rule.APART:
            apart = [*scene.data.get("apart", ()), [one[1], other[1]]]
            scene.data["apart"] = apart
            self._propose(scene)
        else:
            self._propose(scene, matching.swapped(groups, one, other))
        scene.answer("session.match.looking")

    def _begin(self, scene: Scene) -> None:
        """Bring together whom the leader saw."""
        if isinstance(post := scene.data.pop("shown", None), int):
            scene.do(Settle(scene.number(), post))
        scene.data.update(phase=TOGETHER, shown_before=[])
        together.begin(scene)
        partners.begin(scene)

    # Who comes and goes

    def _come(self, scene: Scene, id: int) -> None:
        """Find somebody for who comes late, or is alone by now; before a proposal is made they are in it anyway."""
        if scene.data["phase"] == PREVIEW:
            self._propose(scene)
        elif scene.data["phase"] == TOGETHER:
            partners.seek(scene, id)

    def _go(self, scene: Scene, id: int, *, is_here: bool = True) -> None:
        """Go on without somebody."""
        if scene.data["phase"] == PREVIEW:
            self._propose(scene)
        elif scene.data["phase"] == TOGETHER:
            partners.go(scene, id, is_here=is_here)

    def _unite(self, scene: Scene, event: United) -> None:
        scene.data = dict(renamed(scene.data, event))
        partners.unite(scene, event)
        if scene.data["phase"] in (PREVIEW, PROPOSING):
            self._propose(scene)


def _own(scene: Scene) -> None:
    """Make what the stage keeps its own, as groups are changed in it, and a look must leave no trace."""
    scene.data = deepcopy(scene.data)


def _tuples(some: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(each) for each in some)
