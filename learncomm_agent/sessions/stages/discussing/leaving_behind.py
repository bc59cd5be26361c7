"""What one discussion leaves for the next one of its session: figures, who is awaited, and what was spent.

So what the facilitator may say is bounded for the whole session, and whoever has not answered a private word
gets no other one, however a discussion ended and whoever left and came back meanwhile.
"""

from dataclasses import asdict, replace

from learncomm_agent.sessions.facilitating.moves import Budget
from learncomm_agent.sessions.facilitating.participation import Figures
from learncomm_agent.sessions.scene import OWN, Scene
from learncomm_agent.sessions.stages.discussing.talk import Talk
from learncomm_agent.sessions.stages.parameters import number

POSTS, NUDGES = 24, 24
"""So many unasked posts, and so many private words, in all discussions of a session."""
_PAST = 12
"""So many earlier discussions of a session are compared with."""
_LEFT = "is_left_behind"


def budget_of(scene: Scene) -> Budget:
    """Return what may be said in a discussion, after what was said in earlier ones of its session.

    What a playbook sets only ever makes it less.
    """
    full, own = Budget(), scene.session.results.get(OWN, {})
    posts = min(number(scene, "posts", POSTS, least=0), POSTS) - own.get("posts", 0)
    nudges = min(number(scene, "nudges", NUDGES, least=0), NUDGES) - own.get("nudges", 0)
    each = number(scene, "nudges_each", full.nudges_per_member, least=0)
    return replace(
        full,
        posts=min(full.posts, max(0, posts)),
        nudges=min(full.nudges, max(0, nudges)),
        nudges_per_member=min(full.nudges_per_member, each),
    )


def leave_behind(scene: Scene, talk: Talk) -> None:
    """Keep, once, sums for the leader, and apart from them each member's own figures."""
    standing = scene.session.standing
    if scene.data.get(_LEFT) or standing is None or not standing.is_active:
        return
    scene.data[_LEFT] = True
    present = set(scene.session.people) - {scene.session.lead}
    measured = talk.tally.participation(present)
    own = scene.session.results.get(OWN, {})
    past = own.get("past", [])
    sums = measured.aggregate([Figures.of(each) for each in past])
    told = {**asdict(sums), "evenness": sums.evenness.value, "trend": list(sums.trend)}
    scene.remember("participation", told)
    kept = {
        **measured.record(),
        "past": [*past, measured.figures().record()][-_PAST:],
        "awaited": talk.awaited(),
        "nudged": talk.nudged(),
        "posts": own.get("posts", 0) + talk.floor.unasked,
        "nudges": own.get("nudges", 0) + talk.floor.nudges,
    }
    scene.remember(OWN, kept)
