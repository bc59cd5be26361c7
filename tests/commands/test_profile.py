"""What members say about themselves, in words and by form; and being brought together by it, up to leaving."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.commands.profile_words import hours_in, hours_told, languages_in
from learncomm_agent.errors import UsageError
from learncomm_agent.storage import matches, profiles
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.profiles import Profile
from learncomm_agent.storage.schema_matching import avoided, matched
from learncomm_agent.storage.schema_matching import matches as table
from learncomm_agent.testing.community import Person
from learncomm_agent.words import Words
from tests.commands.rounds import Rounds


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


def slots(*days: int, parts: Sequence[int] = (0, 1, 2)) -> tuple[int, ...]:
    return tuple(sorted(day * 3 + part for day in days for part in parts))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Mon and Wed evenings", slots(0, 2, parts=[2])),
        ("Mon, Wed evenings; weekends", tuple(sorted({*slots(0, 2, parts=[2]), *slots(5, 6)}))),
        ("tue-thu in the morning", slots(1, 2, 3, parts=[0])),
        ("Fri to Mon afternoons", slots(4, 5, 6, 0, parts=[1])),
        ("Mon mornings and evenings", slots(0, parts=[0, 2])),
        ("evenings", slots(*range(7), parts=[2])),
        ("any time", slots(*range(7))),
        ("Montagabend und mittwochs abends", slots(0, 2, parts=[2])),
        (
            "werktags vormittags, Wochenende",
            tuple(sorted({*slots(*range(5), parts=[0]), *slots(5, 6)})),
        ),
        ("jeden Tag abends", slots(*range(7), parts=[2])),
        ("", ()),
    ],
)
def test_times_of_the_week_are_read(said: str, meant: tuple[int, ...]) -> None:
    assert hours_in(said) == meant


@pytest.mark.parametrize(
    "said", ["whenever", "Mon 18:00", "Mondayish", "never on Mon", "\x00", "Mon-xyz"]
)
def test_what_is_no_time_of_the_week_is_asked_for_again(said: str) -> None:
    with pytest.raises(UsageError):
        hours_in(said)


@pytest.mark.parametrize("language", ["en", "de"])
def test_times_as_they_are_shown_are_read_again(language: str) -> None:
    words = Words()

    def label(key: str) -> str:
        return words.phrase(key, language=language)

    for some in (
        slots(0, 2, parts=[2]),
        slots(5, 6),
        slots(*range(7), parts=[0, 2]),
        slots(*range(7)),
    ):
        told = hours_told(some, label)
        assert hours_in(words.phrase("profile.hours_plain", language=language, hours=told)) == some


def test_languages_are_read_in_whichever_language() -> None:
    assert languages_in("English, Deutsch und Französisch") == ("en", "de", "fr")
    assert languages_in("español / de") == ("es", "de")
    with pytest.raises(UsageError):
        languages_in("Elvish of the woods")


async def profile_of(hall: Rounds, who: Person) -> Profile | None:
    id = await hall.id_of(who)
    return await hall.agent.house.database.read(lambda conn: profiles.get(conn, id))  # type: ignore[arg-type]


async def avoids(hall: Rounds) -> list[tuple[int, int]]:
    def read(conn: Connection) -> list[tuple[int, int]]:
        return [(row.member_id, row.other_id) for row in conn.execute(sa.select(avoided))]

    return await hall.agent.house.database.read(read)


async def test_a_profile_is_told_one_by_one_shown_in_plain_words_and_forgotten(
    hall: Rounds,
) -> None:
    await hall.chloe.says("Good morning.", hall.hall)
    said = await hall.ben.asks("profile", hall.hall)
    assert "In two minutes" in said
    for told in (
        "offers knitting, taxes",
        "learn: baking bread",
        "sprachen Deutsch, English",
        "hours Mon and Wed evenings",
        "capacity two",
        "timezone europe/berlin",
        "avoid Chloé",
    ):
        said = await hall.ben.asks(f"profile {told}", hall.hall)
        assert "Noted." in said, told
    assert "help with: knitting, taxes" in said
    assert "learn: baking bread" in said
    assert "German and English" in said
    assert "Mon and Wed evenings (Europe/Berlin)" in said
    assert "take on 2 at a time" in said
    assert "rather not meet Chloé" in said
    assert hall.ben.answers()[-1].private_to is not None
    assert await avoids(hall) == [(await hall.id_of(hall.ben), await hall.id_of(hall.chloe))]
    assert "Chloé" not in await hall.chloe.asks("profile", hall.hall)
    assert "nobody until" in await hall.ben.asks("profile pause", hall.hall)
    it = await profile_of(hall, hall.ben)
    assert it is not None and not it.is_open and it.capacity == 2
    assert "You take a break" in await hall.ben.asks("profile", hall.hall)
    assert "back" in await hall.ben.presses("Be matched again")
    assert "forgotten your profile" in await hall.ben.presses("Forget my profile")
    assert await profile_of(hall, hall.ben) is None
    assert await avoids(hall) == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("nonsense", "did not understand"),
        ("ofers", "profile offers”?"),
        ("offers", "behind it"),
        ("offers " + "x" * 700, "at most 600"),
        ("capacity many", "whole number"),
        ("capacity 99", "whole number"),
        ("hours whenever", "time of the week"),
        ("languages Elvish", "no language called"),
        ("timezone Atlantis", "Atlantis"),
        ("avoid Nobody Here", "don't know Nobody Here"),
        ("avoid Ben", "That is you"),
        ("avoid " + ",".join("abcdefghijklmnopqrstuvwxyz"), "more than 20"),
        ("leave", "in no pair just now"),
    ],
)
async def test_what_can_t_be_is_said_and_nothing_is_kept(
    hall: Rounds, said: str, answer: str
) -> None:
    await hall.ben.says("Good morning.", hall.hall)
    assert answer in await hall.ben.asks(f"profile {said}", hall.hall)
    assert await profile_of(hall, hall.ben) is None
    assert await hall.dead() == []


async def test_a_form_takes_all_at_once_and_what_was_emptied_is_nothing(hall: Rounds) -> None:
    await hall.ben.asks("profile offers knitting", hall.hall)
    assert "Noted." in await hall.fills(
        hall.ben, "profile:tell", offers="", wants="chess", capacity="0", hours="weekends"
    )
    it = await profile_of(hall, hall.ben)
    assert it is not None
    assert (it.offers, it.wants, it.capacity, it.hours) == ("", "chess", 0, slots(5, 6))
    assert "time of the week" in await hall.fills(hall.ben, "profile:tell", hours="\ud800")


async def test_who_opted_out_keeps_no_profile(hall: Rounds) -> None:
    await hall.ben.sends("me", hall.hall, consent="out")
    assert "keep no profile" in await hall.ben.asks("profile offers knitting", hall.hall)
    assert "keep no profile" in await hall.ben.asks("profile", hall.hall)


async def test_two_are_brought_together_introduced_and_let_go_without_a_reason(
    hall: Rounds,
) -> None:
    await hall.ben.asks("profile offers knitting for beginners", hall.hall)
    await hall.chloe.asks("profile wants to knit a scarf", hall.hall)
    await hall.chloe.asks("profile hours weekends", hall.hall)
    await hall.ben.asks("profile hours Sat", hall.hall)
    await hall.begin("mentorship-round", "topic: wool")
    for who in (hall.ben, hall.chloe):
        await who.asks("session join", hall.hall)
    await hall.passes(days=5, minutes=1)
    seen = hall.transcript(hall.ann)
    assert "1 Ben, 2 Chloé. Ben can help with “knitting for beginners”" in seen
    assert "14 hours a week" in seen
    assert "“knitting for beginners”" not in hall.transcript(hall.chloe)
    assert "looking" not in await hall.ann.presses("Begin like this")
    await hall.settle()
    introduced = hall.transcript(hall.chloe)
    assert "knitting for beginners: " in introduced
    assert "1 Ben, 2 Chloé" not in introduced

    def read(conn: Connection) -> list[tuple[str, str]]:
        joined = sa.select(table.c.kind, matched.c.role).join_from(matched, table)
        return [(row.kind, row.role) for row in conn.execute(joined.order_by(matched.c.role))]

    assert await hall.agent.house.database.read(read) == [
        ("mentors", "mentee"),
        ("mentors", "mentor"),
    ]
    assert "You are in a pair for learning" in await hall.ben.asks("profile", hall.hall)
    assert "have left your pair" in await hall.ben.presses("Leave my pair")
    await hall.passes(days=1)
    told = hall.transcript(hall.chloe)
    assert "nobody has to say why" in told and "Find somebody new" in str(
        hall.chloe.buttons(hall.chloe.answers()[-1])
    )
    ben, chloe = await hall.id_of(hall.ben), await hall.id_of(hall.chloe)
    met = await hall.agent.house.database.read(lambda conn: matches.met(conn, [ben, chloe]))
    assert met == {frozenset((ben, chloe))}
    assert await hall.agent.house.database.read(lambda conn: matches.open_in(conn, 1)) == ()
    assert await hall.dead() == []


async def test_two_who_met_or_avoid_each_other_are_not_together_again(hall: Rounds) -> None:
    await hall.chloe.says("Good morning.", hall.hall)
    await hall.ben.asks("profile avoid Chloé", hall.hall)
    await hall.begin("mentorship-round", "how: buddies")
    for who in (hall.ben, hall.chloe):
        await who.asks("session join", hall.hall)
    await hall.passes(days=8)
    seen = "".join(post.text for who in (hall.ann, hall.chloe) for post in who.answers())
    assert "not two of us whom I can bring together" in seen
    assert "Ben" not in seen.partition("not two of us")[2]
