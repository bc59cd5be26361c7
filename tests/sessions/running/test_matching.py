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
    found = fitted(known(teaches, said(2), learner), (3,), by="mentors", pairs=((1, 2),))
    assert [(each["members"], each["mentor"]) for each in found["groups"]] == [([1, 3], 1)]
    equals = known(said(1), said(2), said(3))
    found = fitted(equals, (3,), by="mentors", pairs=((1, 2),))
    assert [(each["members"], each["mentor"]) for each in found["groups"]] == [([1, 2, 3], None)]
    full = said(1, "chess", capacity=1)
    found = fitted(known(full, said(2), learner), (3,), by="mentors", pairs=((1, 2),))
    assert found["groups"] == []
    assert found["left"] == [{"member": 3, "why": "alone"}]


def test_where_nobody_offers_anything_all_meet_as_equals() -> None:
    found = fitted(known(1, 2, said(3, wants="chess")), (1, 2, 3), by="mentors")
    assert groups(found) == [[1, 2, 3]]
    assert found["groups"][0]["mentor"] is None


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
