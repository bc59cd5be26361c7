"""Who fits together by profiles as they are stored; and in a session with the agent: swapped, left, joined as three."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.analysers import analyser_of
from learncomm_agent.chat.people import CommunityId, Consent, Member, MemberId
from learncomm_agent.sessions.effects import Propose
from learncomm_agent.sessions.running.fitting import Fitting, Known, hours_of, items_of
from learncomm_agent.sessions.state import Plan
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.profiles import Profile
from learncomm_agent.storage.schema_matching import matched, matches
from learncomm_agent.testing.community import Person
from learncomm_agent.words import Words
from tests.commands.rounds import Rounds

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE = CommunityId(1)
ANALYSER = analyser_of(Words(), "en")


def known(*said: Profile | int, **more: Any) -> Known:
    """Return what is known of members, those of whom only a number is given without a profile."""
    profiles = {int(each.member): each for each in said if isinstance(each, Profile)}
    ids = [int(each.member) if isinstance(each, Profile) else each for each in said]
    people = {id: Member(MemberId(id), HERE, f"Member {id}") for id in ids}
    since = dict.fromkeys(ids, NOW - timedelta(days=99))
    return Known(
        more.pop("people", people),
        profiles,
        more.get("avoided", {}),
        since,
        more.get("met", frozenset()),
    )


def said(id: int, offers: str = "", wants: str = "", **more: Any) -> Profile:
    return Profile(MemberId(id), HERE, offers, wants, **more)


def fitted(known: Known, members: tuple[int, ...], **effect: Any) -> dict[str, Any]:
    wish = Propose(1, members, effect.pop("by", "buddies"), 1, **effect)
    return Fitting(wish, Plan("x", "X", (), {}, zone="UTC"), known, ANALYSER, NOW).result()


def groups(result: dict[str, Any]) -> list[list[int]]:
    return [each["members"] for each in result["groups"]]


def test_words_of_an_offer_meet_those_of_a_wish_by_their_stems() -> None:
    found = fitted(
        known(
            said(1, "Knitting, filing taxes"),
            said(2, "", "to bake bread and to knit a scarf"),
            said(3, "baking cakes; chess"),
            said(4, "", "chess"),
        ),
        (1, 2, 3, 4),
    )
    assert groups(found) == [[1, 2], [3, 4]]
    (meets,) = found["groups"][0]["why"]["meets"]
    assert meets == {"by": 1, "member": 2, "text": "Knitting"}
    assert found["groups"][0]["starters"][:2] == [
        {"kind": "offer", "by": 1, "text": "Knitting"},
        {"kind": "want", "by": 2, "text": "to knit a scarf"},
    ]


def test_who_opted_out_or_takes_a_break_is_with_nobody_and_never_asked() -> None:
    out = Member(MemberId(3), HERE, "Out", Consent.OUT)
    it = known(said(1), said(2, is_open=False), 3, 4)
    people = {**it.people, 3: out}
    found = fitted(known(said(1), said(2, is_open=False), 3, 4, people=people), (1, 2, 3, 4))
    assert groups(found) == [[1, 4]]
    assert found["without"] == [4]
    assert {each["member"]: each["why"] for each in found["left"]} == {2: "nobody", 3: "nobody"}


@pytest.mark.parametrize(
    ("more", "is_refused"),
    [
        ({}, False),
        ({"avoided": {3: frozenset({1})}}, True),
        ({"met": frozenset({frozenset({1, 3})})}, True),
    ],
)
def test_a_leader_s_wish_is_kept_only_where_it_breaks_no_rule(
    more: dict[str, Any], is_refused: bool
) -> None:
    found = fitted(known(1, 2, 3, 4, **more), (1, 2, 3, 4), wanted=((1, 3), (2, 4)))
    assert found.get("refused", False) is is_refused
    assert is_refused or groups(found) == [[1, 3], [2, 4]]


def test_who_is_alone_joins_a_pair_or_a_mentor_with_room() -> None:
    found = fitted(known(1, 2, 3), (3,), pairs=((1, 2),))
    assert groups(found) == [[1, 2, 3]]
    assert found["groups"][0]["pair"] == [1, 2]
    teaches = said(1, "chess", capacity=2)
    learner = said(3, wants="chess", capacity=0)
    of_a_mentor = {"by": "mentors", "pairs": ((1, 2),), "mentors": (1,)}
    found = fitted(known(teaches, said(2), learner), (3,), **of_a_mentor)
    assert [(each["members"], each["mentor"]) for each in found["groups"]] == [([1, 3], 1)]
    equals = known(said(1), said(2), said(3))
    found = fitted(equals, (3,), by="mentors", pairs=((1, 2),))
    assert [(each["members"], each["mentor"]) for each in found["groups"]] == [([1, 2, 3], None)]
    full = said(1, "chess", capacity=1)
    found = fitted(known(full, said(2), learner), (3,), **of_a_mentor)
    assert found["groups"] == []
    assert found["left"] == [{"member": 3, "why": "nobody"}]


def test_a_mentor_who_takes_on_nobody_by_now_gets_no_third() -> None:
    tired, learner = said(1, "chess", capacity=0), said(3, wants="chess", capacity=0)
    found = fitted(
        known(tired, said(2), learner), (3,), by="mentors", pairs=((1, 2),), mentors=(1,)
    )
    assert found["groups"] == []


def test_equals_who_all_offer_something_take_in_who_is_alone() -> None:
    equals = known(said(1, "chess"), said(2, "go"), said(3, "knitting"))
    found = fitted(equals, (3,), by="mentors", pairs=((1, 2),))
    assert [(each["members"], each["mentor"]) for each in found["groups"]] == [([1, 2, 3], None)]


def test_free_mentors_are_asked_first_and_who_is_left_joins_a_pair_without_one() -> None:
    people = known(
        said(1, "chess", capacity=2),
        said(2, wants="chess", capacity=0),
        said(3),
        said(4),
        said(5, wants="chess", capacity=0),
        said(6, wants="chess", capacity=0),
    )
    pairs = ((1, 2), (3, 4))
    found = fitted(people, (5,), by="mentors", pairs=pairs, mentors=(1,))
    assert [(each["members"], each["mentor"]) for each in found["groups"]] == [([1, 5], 1)]
    full = (*pairs, (1, 5))
    found = fitted(people, (6,), by="mentors", pairs=full, mentors=(1,))
    assert [(each["members"], each["pair"]) for each in found["groups"]] == [([3, 4, 6], [3, 4])]
    paused = known(
        said(1, "chess", capacity=2),
        said(2, is_open=False),
        said(3, is_open=False),
        said(4, wants="chess"),
    )
    both = ((1, 2), (1, 3))
    found = fitted(paused, (4,), by="mentors", pairs=both, mentors=(1,))
    assert found["groups"] == [], "who takes a break is with the mentor still"


def test_whom_a_leader_keeps_apart_is_no_third_and_no_mentor_of_the_other() -> None:
    equals = known(said(1), said(2), said(3))
    assert fitted(equals, (3,), pairs=((1, 2),), apart=((2, 3),))["groups"] == []
    teaches = known(said(1, "chess", capacity=2), said(2), said(3, wants="chess", capacity=0))
    found = fitted(teaches, (3,), by="mentors", pairs=((1, 2),), mentors=(1,), apart=((1, 3),))
    assert found["groups"] == []


def test_who_shares_no_language_is_known_to_be_alone_by_that() -> None:
    people = known(
        said(1, languages=("en",)), said(2, languages=("en",)), said(3, languages=("fr",))
    )
    assert fitted(people, (3,), pairs=((1, 2),))["left"] == [{"member": 3, "why": "language"}]


def test_where_nobody_offers_anything_all_meet_as_equals() -> None:
    found = fitted(known(1, 2, said(3, wants="chess")), (1, 2, 3), by="mentors")
    assert groups(found) == [[1, 2, 3]]
    assert found["groups"][0]["mentor"] is None
    assert found["are_equals"]
    both = known(said(1, "chess"), said(2, wants="chess", capacity=0))
    assert not fitted(both, (1, 2), by="mentors")["are_equals"]
    assert not fitted(both, (1, 2))["are_equals"], "nobody wished for mentors"


def test_parts_of_a_week_are_hours_in_utc_on_both_sides_of_a_change_of_the_clock() -> None:
    monday_evening = [2]
    winter = hours_of(monday_evening, "Europe/Berlin", NOW)
    assert winter == frozenset(range(16, 21))
    summer = hours_of(monday_evening, "Europe/Berlin", NOW + timedelta(days=60))
    assert summer == frozenset(range(15, 20))
    assert hours_of([20], "Pacific/Honolulu", NOW) == frozenset(range(3, 8))
    assert hours_of([0], "no zone", NOW) == frozenset(range(8, 12))


def test_things_are_told_apart_and_none_is_too_long() -> None:
    assert items_of(" knitting; taxes\n- bread and  butter,, knitting ") == [
        *("knitting", "taxes", "bread", "butter"),
    ]
    assert items_of("") == []
    assert [len(each) for each in items_of("x" * 500)] == [80]
    assert len(items_of(",".join(map(str, range(99))))) == 8


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


async def kept(hall: Rounds, *people: Person) -> list[tuple[set[str], bool]]:
    """Return who was brought together, by name, and whether they are still."""

    def read(conn: Connection) -> list[tuple[int, int, bool]]:
        joined = sa.select(matches.c.id, matched.c.member_id, matches.c.ended_at).join_from(
            matched, matches
        )
        return [(row.id, row.member_id, row.ended_at is None) for row in conn.execute(joined)]

    names = {await hall.id_of(who): who.name for who in people}
    found: dict[int, tuple[set[str], bool]] = {}
    for id, member, is_open in await hall.agent.house.database.read(read):
        found.setdefault(id, (set(), is_open))[0].add(names[member])
    return list(found.values())


async def test_a_leader_swaps_one_stops_and_the_other_is_one_of_three(hall: Rounds) -> None:
    dan, emil = hall.person("Dan"), hall.person("Emil")
    people = (hall.ben, hall.chloe, dan, emil)
    await hall.begin("welcome", "place: the board")
    for who in people:
        await who.asks("session join", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    await hall.passes(hours=13)
    before = hall.ann.answers()[-1].text
    assert "1 " in before and "Only you see it" in before
    assert "I am looking again" in await hall.ann.asks("session swap 1 3", hall.hall)
    await hall.settle()
    assert hall.ann.answers()[-1].text != before
    assert "leads" in await hall.ben.asks("session apart 1 2", hall.hall)
    assert "two different people" in await hall.ann.asks("session apart 1 99", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    await hall.settle()
    pairs = await kept(hall, *people)
    assert sorted(map(len, (each for each, _ in pairs))) == [2, 2]
    (partner,) = next(each for each, _ in pairs if "Ben" in each) - {"Ben"}
    other = next(each for each in people if each.name == partner)
    await hall.ben.asks("profile leave", hall.hall)
    await hall.passes(hours=20)
    assert "Ben" not in other.answers()[-1].text
    await other.presses("Find somebody new")
    assert any("I look for somebody for you" in each.text for each in other.answers())
    await hall.settle()
    three = [each for each, is_open in await kept(hall, *people) if is_open]
    assert three == [{each.name for each in people} - {"Ben"}]
    await hall.passes(days=8)
    assert not [each for each, is_open in await kept(hall, *people) if is_open]
    assert await hall.dead() == []


async def test_what_waits_for_the_morning_is_not_said_once_it_is_true_no_more(
    hall: Rounds,
) -> None:
    dan = hall.person("Dan")
    await hall.ben.asks("profile offers chess", hall.hall)
    await hall.begin("mentorship-round", "join_for: 1 day")
    for who in (hall.chloe, dan):
        await who.asks("profile wants chess", hall.hall)
        await who.asks("profile capacity 0", hall.hall)
    for who in (hall.ben, hall.chloe, dan):
        await who.asks("session join", hall.hall)
    await hall.passes(days=1, hours=13)
    await hall.ann.presses("Begin like this")
    await hall.settle()
    alone = next(
        each for each in (hall.chloe, dan) if "together until" not in hall.transcript(each)
    )
    await hall.ben.asks("profile capacity 2", hall.hall)
    await alone.asks("session join", hall.hall)
    await hall.passes(hours=1)
    assert "together until" in hall.transcript(alone)
    await hall.passes(days=2)
    assert "have not found anybody" not in hall.transcript(alone)
    assert await hall.dead() == []


async def test_a_mentor_of_several_is_asked_before_all_of_them_end_and_may_come_again(
    hall: Rounds,
) -> None:
    dan = hall.person("Dan")
    await hall.ben.asks("profile offers chess", hall.hall)
    await hall.ben.asks("profile capacity 2", hall.hall)
    await hall.begin("mentorship-round", "join_for: 1 day")
    for who in (hall.chloe, dan):
        await who.asks("profile wants chess", hall.hall)
        await who.asks("profile capacity 0", hall.hall)
    for who in (hall.ben, hall.chloe, dan):
        await who.asks("session join", hall.hall)
    await hall.passes(days=1, hours=1)
    await hall.ann.presses("Begin like this")
    await hall.settle()
    people = (hall.ben, hall.chloe, dan)
    assert "in 2 pairs" in await hall.ben.asks("profile leave", hall.hall)
    assert [is_open for _, is_open in await kept(hall, *people)] == [True, True]
    assert "left your pairs" in await hall.ben.presses("Leave all my pairs")
    assert [is_open for _, is_open in await kept(hall, *people)] == [False, False]
    await hall.settle()
    assert "I look for somebody for you" in await hall.ben.presses("Find somebody new")
    assert "in no pair" in await hall.ben.asks("profile leave all", hall.hall)
    assert await hall.dead() == []


@pytest.mark.parametrize(("name", "days"), [("welcome", 8), ("mentorship-round", 43)])
async def test_the_only_pair_is_told_that_each_knows_the_other_s_lines(
    hall: Rounds, name: str, days: int
) -> None:
    await hall.begin(name, "join_for: 1 day")
    for who in (hall.ben, hall.chloe):
        await who.asks("profile wants chess", hall.hall)
        await who.asks("session join", hall.hall)
    await hall.passes(days=1, hours=1)
    assert "They share a language" in hall.ann.answers()[-1].text
    await hall.ann.presses("Begin like this")
    await hall.passes(days=days)
    assert "as you were so few" in hall.public()
    assert "Nobody learns who wrote what" not in hall.public()
    assert await hall.dead() == []
