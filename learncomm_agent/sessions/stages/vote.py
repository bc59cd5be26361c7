"""`vote`: the group chooses from what was collected before. Who voted for what is never told.

Where the platform has polls of its own, an approval is held in one. What is voted with us counts beside
it, and of a member who did both ours counts, whichever came first: polls don't tell when somebody voted.
A vote stays when its member leaves, as all that they put in does; it goes when they are forgotten.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from learncomm_agent.sessions.effects import CountPoll, OpenPoll
from learncomm_agent.sessions.events import Done, Event, Forgotten, Ranked, Rule, Ruled, United
from learncomm_agent.sessions.methods.counting import Method
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.parameters import begin_anew, flag
from learncomm_agent.sessions.stages.voting import ballot, verdict
from learncomm_agent.sessions.stages.voting.outcome import votes_of

COUNTING = timedelta(hours=1)
"""How long a poll may take to be counted; then the votes that we have ourselves must do."""


class Vote(Kind):
    """Takes votes until its time is up, counts them, and tells what is chosen."""

    name = "vote"
    params = (
        Param("from", ParamKind.STAGE, is_required=True),
        Param(
            "method",
            ParamKind.CHOICE,
            Method.APPROVAL.value,
            tuple(each.value for each in Method),
        ),
        Param("winners", ParamKind.NUMBER, 1),
        Param("quorum", ParamKind.NUMBER, 1),
        Param("poll", ParamKind.FLAG, True),
        Param("ties", ParamKind.CHOICE, "lead", ("again", "lot", "lead")),
    )
    sayings: ClassVar = {
        "say": "session.vote.say",
        "result": "session.vote.result",
        "one": "session.vote.one",
        "tie": "session.vote.tie",
        "no_quorum": "session.vote.no_quorum",
        "nobody": "session.vote.nobody",
    }
    needs_time = True

    def enter(self, scene: Scene) -> None:
        """Ask for votes; take what there is where nothing is to be decided."""
        begin_anew(scene, "chosen")
        options = tuple(each.id for each in ballot.offered(scene))
        scene.data["options"] = list(options)
        if not options:
            # That nothing came in was said where it was collected.
            if scene.stage.words.get("nobody") and scene.session.was_active:
                scene.post(ROOM, ballot.say(scene, "nobody"))
            scene.leave()
        elif len(options) <= ballot.winners_of(scene):
            verdict.take_all(scene)
        elif scene.ends_at is not None and _has_poll(scene):
            question = ballot.say(scene, "say")
            poll = OpenPoll(scene.number(), question, options, scene.ends_at, is_multiple=True)
            scene.data |= {
                "opening": scene.awaited(poll).id,
                "closes_at": scene.ends_at.isoformat(),
            }
        else:
            ballot.post_list(scene, ballot.say(scene, "say"), options)

    def miss(self, scene: Scene) -> None:
        """Take what there is where nothing is to be decided; of more, nothing is chosen."""
        begin_anew(scene, "chosen")
        options = [each.id for each in ballot.offered(scene)]
        scene.data["options"] = options
        if options and len(options) <= ballot.winners_of(scene):
            verdict.take_all(scene)
        else:
            scene.leave()

    def ask_lead(self, scene: Scene) -> None:
        """Let whoever leads now settle a tie."""
        if "tied" in scene.data:
            verdict.ask_lead(scene)

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take votes, what became of a poll, and what the leader decides."""
        match event:
            case Ranked():
                _cast(scene, event)
            case Done():
                _done(scene, event)
            case Ruled(rule=Rule.TIE):
                verdict.settle_tie(scene, event.entry)
            case Ruled(rule=Rule.STRIKE):
                verdict.strike(scene, event.entry)
            case Forgotten():
                ballots = {**scene.data.get("ballots", {})}
                if ballots.pop(str(event.member), None) is not None:
                    scene.data["ballots"] = ballots
                _move(scene)
            case United():
                scene.data |= ballot.united(scene.data, event)
            case _:
                return False
        return True

    def look(self, scene: Scene) -> None:
        """Go on without what did not come: the count of a poll, or the leader's word on a tie."""
        if "counting" in scene.data:
            verdict.count(scene, {})
        elif "tied" in scene.data:
            verdict.draw(scene)
        elif "poll" in scene.data:  # it has closed, and the leader gave more time
            _to_list(scene)

    def drop(self, scene: Scene) -> None:
        """Take away the list, and close the poll."""
        super().drop(scene)
        if "poll" in scene.data and "counting" not in scene.data:
            options = tuple(scene.data["options"])
            scene.do(CountPoll(scene.number(), scene.data["poll"], options))

    def close(self, scene: Scene) -> None:
        """Count, or have the poll counted first; a leader who goes on once more waits no longer."""
        if "moving" in scene.data:
            scene.data["counting"] = scene.data.pop("moving")
            scene.look(COUNTING)
            scene.stays = True
        elif ballot.is_closed(scene):
            self.look(scene)
        elif "poll" in scene.data:
            options = tuple(scene.data["options"])
            asked = CountPoll(scene.number(), scene.data["poll"], options)
            scene.data["counting"] = scene.awaited(asked).id
            scene.look(COUNTING)
            scene.stays = True
        else:
            verdict.count(scene, {})


def _has_poll(scene: Scene) -> bool:
    return ballot.method_of(scene) is Method.APPROVAL and flag(scene, "poll", True)


def _cast(scene: Scene, event: Ranked) -> None:
    """Take a vote in the place of the member's last one; without options, take that back."""
    ballots, voter = dict(scene.data.get("ballots", {})), str(event.member)
    kept = set(ballot.standing(scene))
    named = [id for id in dict.fromkeys(event.options) if id in kept]
    if ballot.is_closed(scene):
        scene.refuse("session.vote.closed")
    elif not event.options:
        ballots.pop(voter, None)
        scene.answer("session.vote.withdrawn")
    elif not named:
        scene.refuse("session.vote.no_such")
    else:
        scene.answer("session.vote.cast", count=len(named), is_again=voter in ballots)
        ballots[voter] = named
    scene.data["ballots"] = ballots


def _done(scene: Scene, event: Done) -> None:
    """Take what became of a poll: that it is open, that there is none here, or its votes."""
    if event.effect == scene.data.get("opening"):
        del scene.data["opening"]
        if event.is_failed:
            ballot.post_list(scene, ballot.say(scene, "say"), ballot.standing(scene))
        else:
            scene.data["poll"] = event.effect
            scene.look(at=datetime.fromisoformat(scene.data["closes_at"]))
            verdict.count_active(scene, True)
    elif event.effect == scene.data.get("moving"):
        del scene.data["moving"]
        verdict.keep(scene, votes_of(event.result))
        if left := ballot.standing(scene):
            ballot.post_list(scene, ballot.say(scene, "say"), left)
    elif event.effect == scene.data.get("counting"):
        verdict.count(scene, votes_of(event.result))


def _move(scene: Scene) -> None:
    """Go on with a list of ours where a poll shows what was forgotten, as no words of it can be changed."""
    options = scene.data["options"]
    if "poll" not in scene.data or "counting" in scene.data:
        return
    if all(scene.entry(id) is not None for id in options):
        return
    _to_list(scene)


def _to_list(scene: Scene) -> None:
    """Have the poll counted and closed, to go on with a list of ours."""
    options = tuple(scene.data["options"])
    asked = CountPoll(scene.number(), scene.data.pop("poll"), options)
    scene.data["moving"] = scene.awaited(asked).id
