"""Votes on questions: chosen in private, added without a name, counted once, and gone with who asked for that."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Choices, Listing, Menu, Text
from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage import due, edits, rooms
from learncomm_agent.storage import writings as written
from learncomm_agent.storage.ballots import OPTIONS
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import audit, items, members, work, writings
from learncomm_agent.storage.schema_writing import ballots, proposals, votes
from learncomm_agent.storage.writings import Line
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.network import Post
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from learncomm_agent.writing.voting import MOST_SHOWN, ballot_lines, draw

NOTE = (
    "Newcomers learn best beside somebody who was new a year ago. A partner answers the small "
    "questions that nobody asks in a meeting. After three meetings the partner lets go."
)
OWN = "Where would you begin?"


@dataclass
class Voting:
    """A circle in whose hall a vote is open, on questions that Ben asked for."""

    circle: Circle
    guide: Post
    ballot: MessageRef

    def __getattr__(self, name: str) -> Person:
        person: Person = getattr(self.circle, name)
        return person

    @property
    def hall(self) -> RoomRef:
        return self.circle.hall

    @property
    def post(self) -> Post:
        return self.circle.platform.network.post(self.ballot)

    @property
    def menu(self) -> Menu:
        (menu,) = (block for block in self.post.blocks if isinstance(block, Menu))
        return menu

    @property
    def numbers(self) -> list[int]:
        return [int(option.id) for option in self.menu.options]

    def number_of(self, text: str) -> int:
        (found,) = (int(each.id) for each in self.menu.options if text in each.label)
        return found

    async def picks(self, who: Person, *numbers: int) -> str:
        """Pick from the menu, and return what one is answered."""
        before = {post.ref for post in who.answers()}
        menu, platform = self.menu, self.circle.platform
        await platform.picks(who.account, menu.id, [str(each) for each in numbers], self.ballot)
        await self.circle.settle()
        return "\n".join(post.text for post in who.answers() if post.ref not in before)

    async def fills_in(self, who: Person, **values: str) -> str:
        """Open the form below the vote, fill it in, and return what one is answered."""
        before = {post.ref for post in who.answers()}
        (add,) = (block for block in self.post.blocks if isinstance(block, Choices))
        form = await self.circle.platform.opens(who.account, add.options[0].id, self.ballot)
        assert form is not None
        await self.circle.platform.fills(who.account, self.hall, form, values)
        await self.circle.settle()
        return "\n".join(post.text for post in who.answers() if post.ref not in before)

    def seen(self, who: Person | None = None) -> str:
        return self.circle.transcript(who or self.circle.chloe, self.hall)

    def tallies(self) -> list[Post]:
        seen = self.circle.ben.answers()
        return [post for post in seen if post.text.startswith("What you would like")]

    async def count(self, table: sa.Table) -> int:
        asked = sa.select(sa.func.count()).select_from(table)
        return await self.circle.agent.house.database.read(
            lambda conn: conn.execute(asked).scalar_one()
        )

    async def dead(self) -> list[tuple[int, str, str]]:
        return await self.circle.agent.house.database.read(due.dead_letters)


async def opened(circle: Circle) -> Voting:
    await circle.ann.sends("share", circle.hall, what=NOTE)
    assert "To discuss" in await circle.ben.sends(
        "questions", circle.hall, about="newcomers", count="4"
    )
    guide = circle.ben.answers()[-1]
    assert "Vote: newcomers" in await circle.ann.asks("vote open", circle.hall)
    return Voting(circle, guide, circle.ann.answers()[-1].ref)


@pytest.fixture
async def voting(data: Path) -> AsyncIterator[Voting]:
    async with Circle(data) as circle:
        yield await opened(circle)


async def test_members_choose_in_private_and_add_questions_and_the_count_names_the_sources(
    voting: Voting,
) -> None:
    first, second, third, _ = voting.numbers
    said = await voting.picks(voting.ben, first, second)
    assert f"for {first} and {second}," in said
    again = await voting.picks(voting.ben, first, third)  # thought better
    assert f"for {first} and {third}," in again
    assert "as number" in await voting.fills_in(voting.chloe, add=OWN)
    assert "with your name" in await voting.fills_in(
        voting.ben, add="How would we notice?", named="yes"
    )
    own = voting.number_of(OWN)
    await voting.picks(voting.chloe, first, own)
    assert "nobody else sees it" in await voting.picks(voting.ann, own, first)

    # Nothing tells where a question comes from, nor how the votes stand.
    for reader in (voting.ann, voting.chloe):
        seen = voting.seen(reader)
        assert "Newcomers learn best beside" not in voting.post.text
        assert "from a member" not in voting.post.text and "(" not in voting.post.text
        assert "being voted on" in seen and " votes: " not in seen
        assert "I have your vote" not in seen.replace(f"→ {reader.name}: I have your vote", "")

    assert "over" in await voting.ann.asks("vote close", voting.hall)
    (tally,) = voting.tallies()
    rows = tally.text.splitlines()
    assert rows[2].startswith("1. 3 votes: ") and OWN not in rows[2]
    assert rows[3].startswith(f"2. 2 votes: {OWN} (from a member)")
    assert rows[4].startswith("3. 1 vote: ")
    assert "0 votes: How would we notice? (from Ben)" in tally.text
    assert "Newcomers learn best" in tally.text or "Welcoming newcomers" in tally.text
    assert "3 people voted" in tally.text and "not an agenda" in tally.text
    assert "This vote is over" in voting.post.text
    assert not any(isinstance(block, Menu | Choices) for block in voting.post.blocks)
    assert "1. " in voting.circle.platform.network.post(voting.guide.ref).text
    assert await voting.count(votes) == 0
    assert await voting.dead() == []
    assert not any(OWN in said for said in await kept_beside(voting))


async def kept_beside(voting: Voting) -> list[str]:
    """All texts in what was due, and in what is kept of what was done."""
    asked = [sa.select(work.c.args), sa.select(audit.c.detail)]
    found = await voting.circle.agent.house.database.read(
        lambda conn: [row for each in asked for row in conn.execute(each).scalars()]
    )
    return [str(value) for row in found for value in (row or {}).values()]


def test_numbers_are_drawn_so_that_no_place_tells_which_question_was_added() -> None:
    asked = [Line("questions", {"text": f"Question {n}?"}, ()) for n in range(4)]
    last = 0
    for seed in range(400):
        drawn = [each.content["n"] for each in ballot_lines(asked, str(seed))]
        assert len(set(drawn)) == 4
        last += draw(f"{seed}.later", drawn) > max(drawn)
    assert 0.1 < last / 400 < 0.3  # one in five would be last by chance
    everything = ballot_lines(asked * 10, "x")
    assert sorted(each.content["n"] for each in everything) == list(range(1, MOST_SHOWN + 1))


REFUSED = {
    "vote 0": "no question of that number",
    "vote 99": "no question of that number",
    "vote 1 2 3 4 5 6": "up to 3 questions",
    "vote add": "What is your question?",
    "vote add ???": "What is your question?",
    f"vote add {'a' * 301}": "up to 300 characters",
    f"vote add {'why ' * 2500}": "characters",
    "vote open": "Only leaders",
    "vote close": "Only leaders",
    "vote strike 1": "Only leaders",
}


async def test_what_a_member_can_t_do_is_said_and_changes_nothing(voting: Voting) -> None:
    before = voting.post.text
    for said, told in REFUSED.items():
        assert told in await voting.ben.asks(said, voting.hall), said[:40]
    assert voting.post.text == before
    assert await voting.count(votes) == 0 and await voting.dead() == []


async def test_who_votes_elsewhere_or_later_or_says_something_else(voting: Voting) -> None:
    number = voting.numbers[0]
    menu, ballot, platform = voting.menu, voting.ballot, voting.circle.platform
    assert "no vote in this room" in await voting.ben.asks(f"vote {number}", voting.circle.den)
    assert "“vote open” opens one" in await voting.ann.asks("vote", voting.circle.den)
    assert "nothing on that" in await voting.ben.asks("vote for a better mayor?", voting.hall)
    assert f"I have your vote for {number}." in await voting.ben.asks(
        f"vote {number}, {number}", voting.hall
    )
    assert await voting.count(votes) == 1
    assert f"Your vote is for {number}" in await voting.ben.sends("vote", voting.hall)
    await voting.ann.sends("vote", voting.hall, choice="close")
    assert "1 vote: " in voting.tallies()[0].text
    late = await voting.ben.chooses(menu.id, ballot)
    assert late == "That vote is over."
    with pytest.raises(ValueError, match="no menu"):
        await platform.picks(voting.ben.account, menu.id, [str(number)], ballot)
    assert "no vote in this room" in await voting.ben.asks(f"vote {number}", voting.hall)
    assert await voting.count(votes) == 0


async def test_a_question_that_is_there_already_gets_the_vote(voting: Voting) -> None:
    await voting.fills_in(voting.chloe, add=OWN)
    own = voting.number_of(OWN)
    assert "Your vote counts" in await voting.fills_in(voting.ben, add="where would you BEGIN")
    assert f"is for {own}" in await voting.ben.sends("vote", voting.hall)
    await voting.picks(voting.ann, *[each for each in voting.numbers if each != own][:3])
    assert "all given" in await voting.fills_in(voting.ann, add=OWN)
    # Whoever sends theirs twice is told where it stands.
    assert f"as number {own}" in await voting.fills_in(voting.chloe, add=OWN)
    assert "with your name" in await voting.chloe.asks(f"vote add named=yes {OWN}", voting.hall)
    assert "“from a member”" in await voting.chloe.asks(f"vote add {OWN}", voting.hall)
    assert len(voting.numbers) == 5
    text = voting.menu.options[0].label.partition(". ")[2].rstrip("?")
    assert "on a list here before" in await voting.fills_in(voting.ben, add=f"{text}, then?")


async def test_what_members_added_counts_as_asked_where_it_can_be_read(voting: Voting) -> None:
    house, community = voting.circle.agent.house, voting.circle.agent.community.id
    await voting.ben.says("Good evening.", voting.circle.den)

    async def asked(room: RoomRef) -> frozenset[str]:
        def read(conn: Connection) -> frozenset[str]:
            readable = Readable(frozenset({rooms.find(conn, [room])[room]}))
            return written.questions_asked(conn, community, readable)

        return await house.database.read(read)

    assert OWN not in await asked(voting.hall)
    await voting.fills_in(voting.chloe, add=OWN)
    assert OWN in await asked(voting.hall)
    assert OWN not in await asked(voting.circle.den)
    await voting.ann.asks("vote close", voting.hall)
    assert OWN in await asked(voting.hall)
    await _goes(voting.chloe, voting.hall, "forget")
    assert OWN not in await asked(voting.hall)


async def test_of_a_draft_nothing_counts_as_asked_before_it_is_published(voting: Voting) -> None:
    circle = voting.circle
    await circle.ann.asks("questions partner count=3", circle.hall)
    asked = [line[3:] for line in circle.ann.answers()[-1].text.splitlines() if "? (" in line]
    first, second, *_ = [line.partition("? (")[0] + "?" for line in asked]

    async def advice(who: Person, text: str) -> bool:
        said = await who.sends("vote", circle.hall, add=text)
        assert "as number" in said
        await circle.ann.sends("vote", circle.hall, strike=str(voting.number_of(text)))
        return "on a list here before" in said

    assert not await advice(circle.chloe, first), "members learn nothing of a draft"
    await circle.ann.asks("draft strike 2", circle.hall)
    await circle.ann.presses("Publish")
    assert await advice(circle.chloe, first)
    assert not await advice(circle.ben, second), "nor of what was struck"


async def test_who_votes_in_the_room_is_told_that_it_was_read(voting: Voting) -> None:
    chloe, hall, first = voting.chloe, voting.hall, voting.numbers[0]
    read = "Those here could read"
    added = await chloe.asks(f"vote add {OWN}", hall)
    assert read in added and "Nobody sees" not in added
    voted = await chloe.asks(f"vote {first}", hall)
    assert read in voted and "nobody else" not in voted
    alone = await voting.circle.platform.direct_room(chloe.account.ref)
    assert "nobody else sees it" in await chloe.asks(f"vote {first}", alone)
    assert "Nobody sees whose" in await chloe.sends("vote", hall, add="And then?")


async def test_where_there_is_nothing_to_pick_from_people_are_asked_to_write_alone(
    data: Path,
) -> None:
    can = replace(EVERYTHING, menus=Level.FALLBACK, buttons=Level.FALLBACK, forms=Level.FALLBACK)
    clock = ManualClock()
    async with Circle(
        data, clock=clock, platform=FakePlatform(clock=clock, capabilities=can)
    ) as circle:
        shown = (await opened(circle)).post.text
        assert shown.count("Write it to me alone") == 2


async def test_the_list_has_room_for_everyone_and_an_end(voting: Voting) -> None:
    people = [voting.circle.person(f"Member {n}") for n in range(6)]
    for place in range(20):
        if place == 5:
            said = await people[0].sends("vote", voting.hall, add="What more?")
            assert "as many as one of you" in said
        said = await people[place // 5].sends("vote", voting.hall, add=f"What of point {place}?")
        assert "as number" in said
    assert len(voting.numbers) == 24
    assert "The list is full" in await people[5].sends("vote", voting.hall, add="What else?")
    number = voting.number_of("point 7")
    assert f"Number {number} is off" in await voting.ann.sends(
        "vote", voting.hall, strike=str(number)
    )
    assert "as number" in await people[4].sends("vote", voting.hall, add="What else?")
    assert number not in voting.numbers and len(voting.numbers) == 24  # none is given twice


async def test_what_is_added_is_plain_text_in_one_line(voting: Voting) -> None:
    text = "What of\n@everyone **and** [this](https://example.org) <@1> # now?"
    await voting.fills_in(voting.chloe, add=text)
    flat = " ".join(text.split())
    assert flat in voting.post.text
    spans = [
        span
        for block in voting.post.blocks
        if isinstance(block, Listing)
        for item in block.items
        for span in item
    ]
    assert Text(flat) in spans and all(isinstance(span, Text) for span in spans)


async def test_a_leader_strikes_a_question_with_its_votes(voting: Voting) -> None:
    await voting.fills_in(voting.chloe, add=OWN)
    own = voting.number_of(OWN)
    await voting.picks(voting.ben, own, voting.numbers[0])
    await voting.ann.asks(f"vote strike {own}", voting.hall)
    assert OWN not in voting.post.text and await voting.count(votes) == 1
    assert "no question of that number" in await voting.ben.asks(f"vote {own}", voting.hall)


async def test_when_nothing_is_left_to_choose_there_is_no_result(voting: Voting) -> None:
    for number in voting.numbers:
        await voting.ann.asks(f"vote strike {number}", voting.hall)
    assert "The list is empty" in await voting.ben.asks("vote 1", voting.hall)
    assert "over" in await voting.ann.asks("vote close", voting.hall)
    assert voting.tallies() == [] and "further down" not in voting.post.text
    assert await voting.dead() == []


async def test_there_is_one_vote_at_a_time_in_a_room(voting: Voting) -> None:
    assert "Close it first" in await voting.ann.asks("vote open", voting.hall)
    assert "no questions in the room" in await voting.ann.asks("vote open", voting.circle.den)
    await voting.ben.sends("questions", voting.circle.den, about="partners")
    assert "Vote" in await voting.ann.asks("vote open", voting.circle.den)
    direct = await voting.circle.platform.direct_room(voting.chloe.account.ref)
    assert "as number" in await voting.chloe.asks(f"vote add {OWN}", direct)  # the den is not hers
    assert OWN in voting.post.text
    direct = await voting.circle.platform.direct_room(voting.ben.account.ref)
    assert "den and hall" in (await voting.ben.asks("vote 1", direct)).replace(
        "hall and den", "den and hall"
    )
    assert "in the room" in await voting.ann.asks(
        "vote open", await voting.circle.platform.direct_room(voting.ann.account.ref)
    )


async def test_two_leaders_close_and_open_at_once_and_it_is_done_once(voting: Voting) -> None:
    dora = voting.circle.person("Dora", is_leader=True)
    await voting.picks(voting.ben, voting.numbers[0])
    for choice in ("close", "open"):
        await asyncio.gather(
            *(
                voting.circle.platform.sends_form(
                    each.account, voting.hall, "vote", {"choice": choice}
                )
                for each in (voting.ann, dora)
            )
        )
        for _ in range(3):  # whoever came second tries once more
            await voting.circle.clock.advance(5)
            await voting.circle.settle()
    assert len(voting.tallies()) == 1 and "1 vote: " in voting.tallies()[0].text
    assert await voting.count(ballots) == 2
    assert await voting.dead() == []


@pytest.mark.parametrize("closes", ["", "1 day"])
async def test_it_closes_by_itself_also_after_a_restart(data: Path, closes: str) -> None:
    clock = ManualClock()
    platform = FakePlatform(clock=clock)
    async with Circle(data, platform=platform, clock=clock) as circle:
        voting = await opened(circle)
        if closes:
            await circle.ann.asks("vote close", circle.hall)
            said = await circle.ann.sends("vote", circle.hall, choice="open", closes=closes)
            assert "posting it in hall" in said
            voting = replace(voting, ballot=_ballot(circle))
        await voting.picks(circle.ben, voting.numbers[0])
        before = len(voting.tallies())
    await clock.advance(timedelta(hours=49).total_seconds())
    async with Circle(data, platform=platform, clock=clock) as again:
        await again.settle()
        voting = replace(voting, circle=again)
        tallies = [post for post in platform.posts if post.text.startswith("What you would like")]
        assert len(tallies) == before + 1 and "1 vote: " in tallies[-1].text
        assert "This vote is over" in voting.post.text


def _ballot(circle: Circle) -> MessageRef:
    posts = [post for post in circle.ann.answers() if any(isinstance(b, Menu) for b in post.blocks)]
    return posts[-1].ref


async def test_a_vote_ends_at_a_moment_to_come(voting: Voting) -> None:
    await voting.ann.asks("vote close", voting.hall)
    for closes in ("yesterday", "5 years", "soonish", "in 10 seconds"):
        said = await voting.ann.sends("vote", voting.hall, choice="open", closes=closes)
        assert "when the vote shall end" in said, closes
    assert "no vote in this room" in await voting.ben.asks("vote", voting.hall)


@pytest.mark.parametrize("how", ["forget", "opt out"])
async def test_who_leaves_takes_votes_and_questions_along(voting: Voting, how: str) -> None:
    await voting.fills_in(voting.ben, add=OWN, named="yes")
    await voting.fills_in(voting.chloe, add="How would we notice?")
    own, first = voting.number_of(OWN), voting.numbers[0]
    await voting.picks(voting.ben, own, first)
    await voting.picks(voting.chloe, own)
    await _goes(voting.ben, voting.hall, how)
    assert OWN not in voting.post.text and str(own) not in [each.id for each in voting.menu.options]
    assert "How would we notice?" in voting.post.text
    assert await voting.count(votes) == 0 and await voting.count(proposals) == 1
    if how == "opt out":
        assert "keep nothing" in await voting.ben.asks(f"vote {voting.numbers[0]}", voting.hall)
        assert "keep nothing" in await voting.ben.asks("vote add What now?", voting.hall)
        assert await voting.count(votes) == 0


@pytest.mark.parametrize("how", ["forget", "opt out"])
async def test_after_the_count_a_question_goes_and_the_counts_stay(
    voting: Voting, how: str
) -> None:
    await voting.fills_in(voting.ben, add=OWN, named="yes")
    await voting.picks(voting.chloe, voting.number_of(OWN))
    await voting.picks(voting.ben, *[n for n in voting.numbers if n != voting.number_of(OWN)][:1])
    await voting.ann.asks("vote close", voting.hall)
    assert f"{OWN} (from Ben)" in voting.tallies()[0].text
    await _goes(voting.ben, voting.hall, how)
    (tally,) = voting.tallies()
    assert OWN not in voting.seen() and "Ben)" not in tally.text and "was removed" in tally.text
    assert "2 people voted" in tally.text and tally.text.count("1 vote: ") == 1


async def _goes(who: Person, room: RoomRef, how: str) -> None:
    if how == "forget":
        await who.sends("forget", room, source="me")
    else:
        await who.sends("me", room, consent="out")
    await who.presses("Yes, forget it")


async def test_a_question_goes_with_the_message_that_held_it(voting: Voting) -> None:
    said = await voting.ben.says(f"@learncomm vote add {OWN}", voting.hall)
    assert OWN in voting.post.text
    await voting.ben.deletes(said)
    assert OWN not in voting.post.text


async def test_what_a_question_rests_on_goes_and_the_vote_is_counted_all_the_same(
    data: Path,
) -> None:
    async with Circle(data) as circle:
        first = await circle.ben.says(NOTE, circle.hall)
        await circle.ann.sends("share", circle.hall, message=first.id)
        await circle.ben.sends("questions", circle.hall, about=NOTE[:60], count="4")
        guide = circle.ben.answers()[-1]
        await circle.ben.edits(first, f"{NOTE} So it was for me.")
        await circle.ann.asks("vote open", circle.hall)
        voting = Voting(circle, guide, _ballot(circle))
        await circle.ben.edits(first, f"{NOTE} And for me.")
        await voting.picks(circle.ben, voting.numbers[0])
        await circle.ann.asks("vote close", circle.hall)
        assert "1 vote: " in voting.tallies()[0].text
        await circle.ben.deletes(first)
        assert "partner" not in voting.tallies()[0].text and "partner" not in voting.post.text
        assert await voting.dead() == []


async def test_when_the_room_goes_so_does_the_vote(voting: Voting) -> None:
    await voting.fills_in(voting.chloe, add=OWN)
    await voting.picks(voting.ben, voting.numbers[0])
    await voting.circle.platform.closes(voting.hall)
    await voting.circle.settle()
    assert await voting.count(votes) == 0 and await voting.count(proposals) == 0
    await voting.circle.clock.advance(timedelta(hours=49).total_seconds())
    await voting.circle.settle()
    assert voting.tallies() == []
    left = await voting.circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(items.c.content)).scalars().all()
    )
    assert OWN not in str(left)


async def test_a_room_that_is_forgotten_has_no_vote_any_more(voting: Voting) -> None:
    await voting.fills_in(voting.chloe, add=OWN)
    await voting.ann.sends("forget", voting.hall, source="room:hall")
    await voting.ann.presses("Yes, forget it")
    assert OWN not in voting.post.text and "over" in voting.post.text
    assert "further down" not in voting.post.text
    assert "no vote in this room" in await voting.ben.asks("vote", voting.hall)


async def test_only_what_leaders_left_of_the_questions_is_voted_on(data: Path) -> None:
    async with Circle(data) as circle:
        voting = await opened(circle)
        await circle.ann.asks("vote close", circle.hall)
        database = circle.agent.house.database
        now, guide = (
            circle.clock.now(),
            sa.select(writings.c.id).where(writings.c.kind == "questions"),
        )

        def change(conn: sa.Connection) -> str:
            lines = conn.execute(
                sa.select(items).where(items.c.writing_id.in_(guide)).order_by(items.c.id)
            ).all()
            edits.strike(conn, [lines[0].id], circle_member(conn), now)
            edits.rewrite(
                conn, lines[1].id, "What does a partner let go of?", circle_member(conn), now
            )
            return str(lines[0].content["text"])

        struck = await database.write(change)
        await circle.ann.asks("vote open", circle.hall)
        voting = replace(voting, ballot=_ballot(circle))
        assert struck not in voting.post.text and len(voting.numbers) == 3
        assert "What does a partner let go of?" in voting.post.text
        there = sa.select(sa.func.count()).where(items.c.section == OPTIONS)
        assert await database.read(lambda conn: conn.execute(there).scalar_one()) == 4 + 3 + 4
        assert await voting.count(ballots) == 2


def circle_member(conn: sa.Connection) -> MemberId:
    return MemberId(conn.execute(sa.select(sa.func.min(members.c.id))).scalar_one())


async def test_where_there_are_no_lists_and_forms_words_do(data: Path) -> None:
    poor = replace(EVERYTHING, menus=Level.FALLBACK, forms=Level.FALLBACK)
    clock = ManualClock()
    async with Circle(
        data, platform=FakePlatform(clock=clock, capabilities=poor), clock=clock
    ) as circle:
        await circle.ben.sends("share", circle.hall, what=NOTE)
        await circle.ben.sends("questions", circle.hall, about="newcomers", count="4")
        said = await circle.ann.asks("vote open", circle.hall)
        assert "such as “vote 2 5”" in said
        assert "vote add What would you do first?" in await circle.chloe.presses("Add a question")


async def test_only_leaders_open_it_by_the_control(voting: Voting) -> None:
    await voting.ann.asks("vote close", voting.hall)
    choice = f"ballot:{(await _guide_ids(voting))[0]}"
    assert "Only leaders" in await voting.ben.chooses(choice, voting.guide.ref)
    assert "Vote: newcomers" in await voting.ann.chooses(choice, voting.guide.ref)
    assert "no questions in the room" in await voting.ann.chooses("ballot:9999", voting.guide.ref)
    assert "out of date" in await voting.ann.chooses("ballot:x", voting.guide.ref)
    assert "That vote is over" in await voting.ben.chooses("vote:9999", voting.guide.ref)


async def test_who_can_t_see_the_room_votes_on_nothing_there(voting: Voting) -> None:
    await voting.ben.sends("questions", voting.circle.den, about="partners")
    await voting.ann.asks("vote open", voting.circle.den)
    menu = replace(voting, ballot=voting.ann.answers()[-1].ref).menu
    assert "out of date" in await voting.chloe.chooses(menu.id, voting.ballot)
    dora = voting.circle.person("Dora", is_leader=True)
    await voting.ann.asks("vote close", voting.circle.den)
    guides = await _guide_ids(voting)
    assert "out of date" in await dora.chooses(f"ballot:{guides[-1]}", voting.ballot)


async def _guide_ids(voting: Voting) -> list[int]:
    asked = sa.select(writings.c.id).where(writings.c.kind == "questions")
    return await voting.circle.agent.house.database.read(
        lambda conn: list(conn.execute(asked.order_by(writings.c.id)).scalars())
    )


async def test_a_leader_puts_a_draft_to_the_vote_and_nobody_has_seen_its_sources(
    data: Path,
) -> None:
    async with Circle(data) as circle:
        await circle.ann.sends("share", circle.hall, what=NOTE)
        await circle.ann.sends("questions", circle.hall, about="newcomers", count="4")
        assert "no questions in the room" in await circle.ann.asks("vote open", circle.hall)
        assert "Vote: newcomers" in await circle.ann.presses("Let members vote")
        voting = Voting(circle, circle.ann.answers()[0], _ballot(circle))
        assert "To discuss" not in voting.seen(circle.ben)
        with pytest.raises(LookupError):
            await circle.ann.presses("Let members vote")
        await voting.picks(circle.ben, voting.numbers[0])
        await circle.ann.asks("vote close", circle.hall)
        assert "1 vote: " in voting.tallies()[0].text and "Newcomers learn best" in voting.seen()
        # Again, as often as the leader likes.
        assert "Vote: newcomers" in await circle.ann.presses("Let members vote")
