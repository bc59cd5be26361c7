"""What the discussions of a session share: who is awaited, what was spent, and their figures."""

from datetime import timedelta

import pytest

from learncomm_agent.sessions.effects import Whom
from learncomm_agent.sessions.events import Act, Forgotten, Joined, Left, Mode, Said, Steered
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import OWN
from tests.sessions.driver import LEAD, Drive

ANA, BEN, DAN = 2, 3, 5
WEEK = {"for": "7 days", "questions": ["Why?"]}


def talks(**params: object) -> Drive:
    """Return a session of two discussions and a time after them, in the first of which all sit."""
    names = ("first", "second")
    stages = [Stage("discuss", name, {**WEEK, **params}) for name in names]
    drive = Drive.of(*stages, Stage("wait", "after", {"for": "9 days"}))
    drive.join(ANA, BEN, DAN)
    return drive


def chat(drive: Drive, *members: int) -> None:
    """Let members talk for some days."""
    for n in range(12):
        drive.wait(timedelta(hours=5))
        row = len(drive.effects) * 100 + n
        remark = {"words": 9, "terms": [f"t{row}"]}
        drive(Said(members[n % len(members)], row, drive.now, remark=remark))


def nudged(drive: Drive) -> list[int | None]:
    return [each.to.which for each in drive.posts(Whom.MEMBER)]


@pytest.mark.parametrize("how", ["next", "skip", "leaves", "leaves and comes back at once"])
def test_who_has_not_answered_gets_no_other_private_word(how: str) -> None:
    drive = talks()
    chat(drive, ANA, BEN)
    assert nudged(drive) == [DAN]
    if how != "next":
        drive(Left(DAN)) if how != "skip" else None
        if how == "leaves and comes back at once":
            drive(Joined(DAN, Mode.TAKE_PART))
    drive(Steered(LEAD, Act.NEXT if how == "next" else Act.SKIP))
    assert drive.stage == "second"
    drive(Joined(DAN, Mode.TAKE_PART))
    chat(drive, ANA, BEN)
    assert nudged(drive) == [DAN]


@pytest.mark.parametrize("act", [Act.SKIP, Act.END])
def test_figures_are_kept_once_where_a_leader_goes_past_the_end(act: Act) -> None:
    drive = talks()
    chat(drive, ANA, BEN)
    drive(Steered(LEAD, act))
    assert "evenness" in drive.session.results["participation"]
    assert len(drive.session.results[OWN]["past"]) == 1


def answers(drive: Drive, member: int) -> None:
    drive(Said(member, len(drive.effects) * 100 + 50, drive.now, remark={"words": 2}))


@pytest.mark.parametrize(
    ("params", "wanted"),
    [({}, 2), ({"nudges_each": 1}, 1), ({"nudges": 0}, 0), ({"nudges": 99}, 2)],
)
def test_one_member_gets_so_many_private_words_in_a_session(
    params: dict[str, int], wanted: int
) -> None:
    stage = Stage("discuss", "talk", {**WEEK, **params})
    rounds = Stage("repeat", "rounds", {"times": 4}, stages=(stage,))
    drive = Drive.of(rounds, Stage("wait", "after", {"for": "9 days"}))
    drive.join(ANA, BEN, DAN)
    for _ in range(4):
        chat(drive, ANA, BEN)
        answers(drive, DAN)
        drive(Steered(LEAD, Act.SKIP))
    assert nudged(drive) == [DAN] * wanted
    assert drive.session.results[OWN]["nudged"] == ([[DAN, wanted]] if wanted else [])
    drive(Forgotten(DAN))
    assert drive.session.results[OWN]["nudged"] == []


def test_unasked_posts_are_bounded_in_a_session() -> None:
    def posted(**params: int) -> int:
        drive = talks(**params)
        for n in range(24):  # nobody gives a reason
            drive.wait(timedelta(minutes=20))
            row = 100 + n
            remark = {"words": 12, "terms": [f"t{row}"], "is_claim": True}
            drive(Said((ANA, BEN, DAN)[n % 3], row, drive.now, remark=remark))
        drive.wait(timedelta(days=5))
        return int(drive.session.standing.data["floor"]["unasked"])  # type: ignore[union-attr]

    assert posted() > 0
    assert posted(posts=0) == 0
