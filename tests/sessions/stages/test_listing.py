"""How a list is shown: below its prompts, and to its leader first."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from learncomm_agent.sessions.effects import Post, Settle, Whom
from learncomm_agent.sessions.events import Act, Entered, Rule, Ruled, Steered
from learncomm_agent.sessions.playbook import Stage
from tests.sessions.driver import LEAD, Drive

ANA, BEN, CLEO = 2, 3, 4
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAIT = Stage("wait", "later", {"for": 10 * 86400.0})
PROMPTS = {"prompts": ["Start what?", "Stop what?"], "shows": True}


def collect(*later: Stage, **params: Any) -> Drive:
    params = {"what": "note", "for": 3 * 86400.0, **params}
    drive = Drive.of(Stage("collect", "list", params), *later, WAIT)
    drive.join(ANA, BEN)
    return drive


def shown(drive: Drive, post: Post) -> list[str]:
    return [drive.session.entries[id].text for id in post.shows]


def room(drive: Drive) -> list[list[str]]:
    """Return what was listed for all, list by list."""
    return [shown(drive, each) for each in drive.posts() if each.shows]


def review(drive: Drive) -> Post:
    return next(each for each in reversed(drive.posts(Whom.LEAD)) if each.shows)


@pytest.mark.parametrize("is_anonymous", [False, True])
@pytest.mark.parametrize(
    ("headings", "said"),
    [([], ["Start what?", "Stop what?"]), (["Start", "Stop"], ["Start", "Stop"])],
)
def test_answers_are_listed_below_what_they_answer(
    *, is_anonymous: bool, headings: list[str], said: list[str]
) -> None:
    drive = collect(anonymous=is_anonymous, headings=headings, **PROMPTS)
    for member in (ANA, BEN):
        for count, text in enumerate(("start", "stop")):
            by = None if is_anonymous else member
            drive(Entered(by, f"{text} {member}", count=count, lot=member))
    drive.wait(3 * DAY)
    (post,) = (each for each in drive.posts() if each.shows)
    assert [each.says.text for each in post.parts] == said
    listed = [[drive.session.entries[id].text[:-2] for id in each.entries] for each in post.parts]
    assert listed == [["start"] * 2, ["stop"] * 2]
    assert post.shows == tuple(id for each in post.parts for id in each.entries)


def test_a_leader_strikes_and_rewords_before_all_see_it() -> None:
    drive = collect(review=12 * 3600.0, anonymous=True)
    for text in ("kind", "hurtful", "clumsy"):
        drive(Entered(None, text))
    drive.wait(3 * DAY)
    assert room(drive) == []
    seen = dict(zip(shown(drive, review(drive)), review(drive).shows, strict=True))
    drive(Entered(None, "late"))
    assert drive.told() == "session.collect.closed"
    drive(Ruled(LEAD, Rule.STRIKE, seen["hurtful"]))
    drive(Ruled(LEAD, Rule.EDIT, seen["clumsy"], text="clear"))
    drive.wait(12 * HOUR)
    assert sorted(room(drive)[0]) == ["clear", "kind"]
    assert drive.stage == "later"
    assert review(drive).id in [each.post for each in drive.found(Settle)]


def test_a_leader_need_not_wait_for_the_end_of_their_look() -> None:
    drive = collect(review=12 * 3600.0)
    drive(Entered(ANA, "one"))
    drive(Steered(LEAD, Act.NEXT))
    assert (drive.stage, room(drive)) == ("list", [])
    drive(Steered(LEAD, Act.NEXT))
    assert (drive.stage, room(drive)) == ("later", [["one"]])


def test_nothing_is_looked_over_where_nothing_came_or_all_was_struck() -> None:
    drive = collect(review=12 * 3600.0)
    drive.wait(3 * DAY)
    assert drive.stage == "later"
    drive = collect(review=12 * 3600.0)
    drive(Entered(ANA, "one"))
    drive.wait(3 * DAY)
    drive(Ruled(LEAD, Rule.STRIKE, review(drive).shows[0]))
    drive.wait(12 * HOUR)
    assert (drive.stage, room(drive)) == ("later", [])


@pytest.mark.parametrize("way", ["some", "all", "none"])
def test_only_what_a_leader_lets_through_is_listed_and_the_rest_waits_for_the_queue(
    way: str,
) -> None:
    queue = Stage("queue", "hour", {"from": "list", "moderated": "yes", "for": 3600.0})
    drive = collect(queue, what="question", moderated="yes")
    for text in ("Why is the sky so blue?", "Who pays for our bread?"):
        drive(Entered(ANA, text))
    drive.wait(3 * DAY)
    first, second = review(drive).shows
    if way == "some":
        drive(Ruled(LEAD, Rule.ADD, second))
    if way == "all":
        drive(Steered(LEAD, Act.NEXT))
    drive.wait(12 * HOUR)
    through = {"some": [second], "all": [first, second], "none": []}[way]
    assert drive.session.results["list"] == through
    listed = {id for each in drive.posts() for id in each.shows}
    assert listed == set(through) - {None}
    assert ("session.collect.waiting" in drive.said()) == (way == "none")
    waits = [id for id in (first, second) if id not in through]
    turns = {id: drive.session.entries[id].fields["turn"] for id in waits}
    assert turns == dict.fromkeys(waits, "waits")


def test_the_leader_is_told_anew_when_the_list_goes_out_later() -> None:
    drive = collect(review=12 * 3600.0)
    drive(Entered(ANA, "one"))
    drive.wait(3 * DAY)
    for act, value in ((Act.EXTEND, "7200"), (Act.PAUSE, ""), (Act.RESUME, "")):
        drive(Steered(LEAD, act, value), after=HOUR)
        if act is not Act.PAUSE:
            assert drive.session.standing is not None
            told = datetime.fromisoformat(review(drive).says[0].values["posts"]["time"])
            assert told == drive.session.standing.ends_at


@pytest.mark.parametrize("text", ["5", "4.5", " 3 "])
def test_a_figure_that_comes_after_its_step_is_listed_nowhere(text: str) -> None:
    drive = collect(what="idea")
    drive(Entered(BEN, text))
    assert (drive.told(), drive.session.entries) == ("session.collect.only_figure", {})


@pytest.mark.parametrize(("second", "portions"), [("272", 2), ("no idea, sorry", None)])
def test_a_leader_is_asked_once_more_for_pages_and_a_number_is_one_of_pages(
    second: str, portions: int | None
) -> None:
    plan = Stage("schedule", "plan", {"weekly": "Mondays 18:00", "times": 2, "reads": "$list"})
    asked = {"from": "lead", "limit": 1, "prompts": ["How long is it?"], "shows": False}
    drive = collect(plan, **asked)
    drive(Entered(LEAD, "rather long"))
    assert (drive.told(), drive.stage) == ("session.collect.no_pages", "list")
    drive(Entered(LEAD, second))
    assert drive.stage == "later"
    found = drive.session.results.get("portions")
    assert (None if found is None else [each["last"] for each in found][-1:]) == (
        None if portions is None else [272]
    )
