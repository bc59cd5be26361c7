"""What comes of a vote: the count, a tie and how it is settled, and what is told of it.

Ballots are taken out of the state when they are counted; from then on there are figures only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from learncomm_agent.sessions.effects import Pick, Settle
from learncomm_agent.sessions.methods.counting import has_quorum
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene, standing_entries
from learncomm_agent.sessions.stages.voting.ballot import (
    entries,
    method_of,
    post_list,
    quorum_of,
    say,
    standing,
    winners_of,
)
from learncomm_agent.sessions.stages.voting.outcome import by_lot, outcome, settled
from learncomm_agent.sessions.state import NOBODY

LEAD_DECIDES = timedelta(days=1)
"""How long the leader may take to settle a tie; then the lot does."""
SHORTEST_AGAIN, LONGEST_AGAIN = timedelta(minutes=2), timedelta(days=1)
"""How long a second round is; between these, half as long as the first."""
_WHILE_OPEN = ("ballots", "opening", "poll", "counting", "moving")


def count(scene: Scene, polled: Mapping[int, Sequence[int]]) -> None:
    """Count the votes, and tell what came of them or let a tie be settled.

    Args:
        scene: The stage.
        polled: What members voted in a poll of the platform; their votes with us go before it.
    """
    options, ballots = standing(scene), _ballots(scene, polled)
    _await_no_poll(scene)
    for name in _WHILE_OPEN:
        scene.data.pop(name, None)
    scene.look()
    if "first" in scene.data:
        _count_again(scene, options, ballots)
        return
    if len(options) <= winners_of(scene):
        take_all(scene)
        return
    found = outcome(method_of(scene), options, ballots, winners_of(scene))
    if not found.voters or not has_quorum(found.voters, 0, quorum_of(scene)):
        _undecided(scene, found.voters)
        return
    scene.data["first"] = {
        "order": [list(place) for place in found.order],
        "voters": found.voters,
        "tallies": {str(id): tally for id, tally in found.tallies.items()},
    }
    scene.data["sure"] = list(found.chosen)
    if found.tied:
        _tie(scene, found.tied)
    else:
        _publish(scene)


def keep(scene: Scene, polled: Mapping[int, Sequence[int]]) -> None:
    """Keep what was voted in a poll that is taken away, beside what members vote with us."""
    ours = scene.data.get("ballots", {})
    theirs = {str(id): list(ballot) for id, ballot in polled.items()}
    for id in polled:
        scene.meet(id)
    scene.data["ballots"] = {**theirs, **ours}


def take_all(scene: Scene) -> None:
    """Take what there is, as nothing is to be decided."""
    options = standing(scene)
    if not options:
        _undecided(scene, 0)
        return
    first = {"entry": options[0]}
    scene.remember("chosen", first)
    _settle(scene)
    scene.post(
        ROOM,
        say(scene, "one", chosen=first, count=len(options)),
        shows=entries(scene, options) if len(options) > 1 else (),
    )
    scene.leave(
        {"chosen": options, "order": [[id] for id in options], "voters": 0, "by_lot": False}
    )


def draw(scene: Scene) -> None:
    """Settle a tie by lot."""
    tied, places = standing(scene, "tied"), _places(scene)
    scene.data["sure"] += by_lot(tied, places, seed=scene.seed)
    _publish(scene, "lot" if len(tied) > places else "")


def ask_lead(scene: Scene) -> None:
    """Ask the leader to settle a tie."""
    _settle(scene)
    tied = standing(scene, "tied")
    scene.data["tie"] = scene.post(
        LEAD,
        say(scene, "tie", count=len(tied), places=_places(scene)),
        shows=entries(scene, tied),
        pick=Pick("tie", tuple(tied), "session.vote.tie_pick"),
    )


def settle_tie(scene: Scene, entry: int | None) -> None:
    """Settle a tie for one of those that share it, as the leader says."""
    if "tied" not in scene.data:
        scene.refuse("session.vote.no_tie")
    elif entry not in (tied := standing(scene, "tied")):
        scene.refuse("session.vote.no_such")
    else:
        scene.data["sure"] = [*scene.data["sure"], entry]
        scene.data["tied"] = [id for id in tied if id != entry]
        scene.answer("session.vote.settled", entry={"entry": entry})
        _go_on(scene)


def strike(scene: Scene, entry: int | None) -> None:
    """Take an option off the list, with the votes for it."""
    found = scene.entry(entry or 0)
    if found is None or entry not in standing(scene):
        scene.refuse("session.vote.no_such")
    else:
        scene.change(replace(found, is_struck=True))
        scene.answer("session.vote.struck")
        if "tied" in scene.data:
            _go_on(scene)


def _await_no_poll(scene: Scene) -> None:
    """Let a poll that is not open yet be none any more."""
    opening = scene.data.get("opening")
    waits = {id: visit for id, visit in scene.session.awaits.items() if id != opening}
    scene.session = replace(scene.session, awaits=waits)


def _ballots(scene: Scene, polled: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """Return all votes by member; who voted in the poll takes part as well."""
    known = set(scene.data["options"])
    theirs = {id: list(ballot) for id, ballot in polled.items() if not known.isdisjoint(ballot)}
    ours = {int(id): ballot for id, ballot in scene.data.get("ballots", {}).items()}
    ballots = {**theirs, **ours}
    if "poll" in scene.data:
        for id in theirs:
            scene.meet(id)
        is_active = any(id != scene.session.lead for id in ballots)
        count_active(scene, is_active)
        if is_active:
            scene.session = replace(scene.session, was_active=True)
    return ballots


def count_active(scene: Scene, is_active: bool) -> None:
    """Count the stage as one in which members do something: of a poll only its end tells."""
    now = scene.session.standing
    if now is not None:
        scene.session = replace(scene.session, standing=replace(now, is_active=is_active))


def _undecided(scene: Scene, voters: int) -> None:
    """Say that nothing is chosen; not where nobody is there to read it."""
    _settle(scene)
    name = "no_quorum" if voters else "nobody"
    if scene.session.was_active and scene.says(name):
        scene.post(ROOM, say(scene, name, voters=voters, count=len(standing(scene))))
    scene.leave()


def _tie(scene: Scene, tied: Sequence[int]) -> None:
    ties = scene.param("ties", "lead")
    if ties == "again":
        _vote_again(scene, tied)
        return
    scene.data["tied"] = list(tied)
    if ties == "lot" or scene.session.lead == NOBODY:
        draw(scene)
        return
    ask_lead(scene)
    scene.look(LEAD_DECIDES)
    scene.stays = True


def _vote_again(scene: Scene, tied: Sequence[int]) -> None:
    """Open a short second round among those that are tied."""
    now = scene.session.standing
    lasted = scene.now - now.entered_at if now is not None and now.entered_at else LONGEST_AGAIN
    _settle(scene)
    scene.data["options"] = list(tied)
    scene.end_at(scene.now + min(max(lasted / 2, SHORTEST_AGAIN), LONGEST_AGAIN))
    saying = say(scene, "tie", count=len(tied), places=_places(scene))
    post_list(scene, saying, tied)
    scene.stays = True


def _count_again(
    scene: Scene, options: Sequence[int], ballots: Mapping[int, Sequence[int]]
) -> None:
    """Count the second round; what it leaves open is drawn by lot."""
    places = _places(scene)
    found = outcome(method_of(scene), options, ballots, max(1, places))
    chosen = found.chosen if found.voters else ()
    open_, rest = places - len(chosen), [id for id in options if id not in chosen]
    tied = found.tied if found.voters and found.tied else rest
    scene.data["sure"] = [*scene.data["sure"], *chosen, *by_lot(tied, open_, seed=scene.seed)]
    scene.data["second"] = [list(place) for place in found.order] if found.voters else []
    _publish(scene, "lot" if 0 < open_ < len(tied) else "again")


def _places(scene: Scene) -> int:
    """Return how many places a tie leaves open."""
    return winners_of(scene) - len(scene.data["sure"])


def _go_on(scene: Scene) -> None:
    """Tell what came of it, if what is left of a tie decides itself."""
    left = standing(scene, "tied")
    if len(left) <= _places(scene) or not _places(scene):
        scene.data["sure"] += left[: _places(scene)]
        _publish(scene, "lead")


def _publish(scene: Scene, how: str = "") -> None:
    """Tell what is chosen, with counts; never who voted for what."""
    first = scene.data["first"]
    counted = [id for place in first["order"] for id in place]
    kept = {each.id for each in standing_entries(scene.session, counted)}
    sure = [id for id in scene.data["sure"] if id in kept]
    if not sure:
        _undecided(scene, 0)
        return
    order = settled(first["order"], sure, scene.data.get("second", ()))
    chosen = {"entry": sure[0]}
    shown = [id for place in order for id in place if id in kept]
    scene.remember("chosen", chosen)
    _settle(scene)
    values = {"chosen": chosen, "count": len(sure), "voters": first["voters"], "how": how}
    scene.post(
        ROOM,
        say(scene, "result", **values),
        shows=entries(scene, shown),
        notes=_notes(scene, shown),
    )
    result = {"chosen": sure, "order": order, "voters": first["voters"], "by_lot": how == "lot"}
    # Figures of a second round are others, and those of an order are not told.
    votes = {} if how or method_of(scene).is_ranked else first["tallies"]
    told = {str(id): votes[str(id)] for id in sure if str(id) in votes}
    scene.leave({**result, "votes": told, "at": scene.now.isoformat()})


def _notes(scene: Scene, shown: Sequence[int]) -> dict[str, Mapping[str, object]]:
    """Return how many votes are shown beside each option, where they alone decide."""
    if method_of(scene).is_ranked:
        return {}
    tallies = scene.data["first"]["tallies"]
    return {
        str(id): {"phrase": "session.vote.beside", "values": {"votes": tallies[str(id)]}}
        for id in shown
    }


def _settle(scene: Scene) -> None:
    """Take the list away that was voted in, and what a leader was asked to choose from."""
    for name in ("post", "tie"):
        if (post := scene.data.pop(name, None)) is not None:
            scene.do(Settle(scene.number(), post))
