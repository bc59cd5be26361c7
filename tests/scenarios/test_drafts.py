"""What a leader asked for, from the draft to the post: looked over, changed, published once, never by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Link,
    Listing,
    Mention,
    Menu,
    MessageLink,
    Outgoing,
    Paragraph,
    Receipt,
)
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError
from learncomm_agent.storage import drafts
from learncomm_agent.storage.due import dead_letters, waiting
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.network import Post
from learncomm_agent.testing.platform import FakePlatform

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


class Village(FakePlatform):
    """One where the agent may be kept from writing in some rooms."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.shut: set[RoomRef] = set()

    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.room in self.shut:
            raise NotPermittedError(f"room {outgoing.room.id!r} is shut")
        return await super().send(outgoing)


class Leaders(Circle):
    """The circle with Dora, who leads as well, and a room of Ann's and Dora's alone."""

    async def __aenter__(self) -> "Leaders":
        await super().__aenter__()
        self.dora = self.person("Dora", is_leader=True)
        self.desk = self.room("desk", self.ann, self.dora)
        return self

    async def talk(self) -> tuple[MessageRef, MessageRef]:
        """Let something be decided and promised in the hall; return the two messages."""
        decided = await self.chloe.says("We agreed on chapter three for Thursday.", self.hall)
        promised = await self.ben.says("I will bring the tea by Friday.", self.hall)
        return decided, promised

    async def at_desk(self) -> Post:
        """Choose the leaders' room, let something be summed up, and return the draft."""
        await self.ann.sends("setup", self.hall, desk=self.desk.id)
        await self.talk()
        await self.ann.asks("summary", self.hall)
        return self.draft(self.dora)

    def draft(self, leader: Person) -> Post:
        """Return the newest draft that somebody is shown."""
        found = [each for each in leader.answers() if "Draft 1" in each.text and menus(each)]
        return found[-1]

    async def picks(self, leader: Person, what: str, *numbers: int) -> str:
        """Pick lines of the draft from one of its lists, and return the answer."""
        post = self.draft(leader)
        menu = next(each for each in menus(post) if each.id.startswith(what))
        starts = tuple(f"{number}. " for number in numbers)
        values = [each.id for each in menu.options if each.label.startswith(starts)]
        before = len(leader.answers())
        await self.platform.picks(leader.account, menu.id, values, post.ref)
        await self.settle()
        return "\n".join(each.text for each in leader.answers()[before:])

    async def puts(self, leader: Person, number: int, text: str) -> str:
        """Put a line otherwise by its form; return what stood in it before."""
        await self.picks(leader, "edit_line", number)
        post = leader.answers()[-1]
        (choice,) = leader.buttons(post)
        form = await self.platform.opens(leader.account, choice, post.ref)
        assert form is not None
        await self.platform.fills(leader.account, post.ref.room, form, {"text": text})
        await self.settle()
        return form.fields[0].values[0]

    async def sleeps(self, seconds: float) -> None:
        """Let time pass, and all be done that falls due."""
        await self.clock.advance(seconds)
        await self.settle()


def menus(post: Post) -> list[Menu]:
    return [block for block in post.blocks if isinstance(block, Menu)]


def calls(blocks: tuple[Block, ...]) -> list[object]:
    lists = [block for block in blocks if isinstance(block, Listing)]
    spans = [span for block in lists for item in block.items for span in item]
    return [span for span in spans if isinstance(span, Mention | Link)]


def community(data: Path) -> Leaders:
    clock = ManualClock()
    return Leaders(data, platform=Village(clock), clock=clock)


def shut(circle: Leaders) -> set[RoomRef]:
    assert isinstance(circle.platform, Village)
    return circle.platform.shut


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Leaders]:
    async with community(data) as circle:
        yield circle


# Where it is looked over.


async def test_a_draft_comes_to_the_leaders_room_and_only_the_leader_is_pointed_there(
    circle: Leaders,
) -> None:
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    await circle.talk()
    said = await circle.ann.sends("summary", circle.hall)
    assert "The draft is in desk: 2 lines from 2 messages. Nothing is published yet." in said
    draft = circle.draft(circle.dora)
    assert draft.ref.room == circle.desk and draft.private_to is None
    assert draft.text.startswith("Draft: What was said in hall\n\nDraft 1, not published yet.")
    assert "Decisions\n\n1. We agreed" in draft.text and "what\n\n2. Ben, by" in draft.text
    assert circle.chloe.answers() == []


async def test_without_a_leaders_room_it_comes_to_the_leader_alone(circle: Leaders) -> None:
    await circle.talk()
    said = await circle.ann.sends("summary", circle.hall)
    assert "I sent you the draft, for you alone: 2 lines" in said
    draft = circle.draft(circle.ann)
    assert draft.private_to == circle.ann.account.ref and draft.ref.room != circle.hall
    assert circle.dora.answers() == [] and circle.chloe.answers() == []


async def test_what_not_all_in_the_leaders_room_may_read_comes_to_the_leader_alone(
    circle: Leaders,
) -> None:
    await circle.ann.sends("setup", circle.hall, desk=circle.lounge.id)
    await circle.ben.says("We agreed on the secret plum.", circle.den)
    said = await circle.ann.sends("summary", circle.den)
    assert "Not everyone who reads lounge may read den" in said
    assert circle.draft(circle.ann).private_to == circle.ann.account.ref
    assert "plum" not in circle.transcript(circle.chloe)


async def test_a_leaders_room_that_others_read_is_told_to_whoever_chooses_it(
    circle: Leaders,
) -> None:
    ann, hall = circle.ann, circle.hall
    warning = "Others than leaders can read"
    assert f"{warning} hall" in await ann.sends("setup", hall, desk=hall.id)
    assert f"{warning} hall" in await ann.sends("setup", hall), "as long as it is so"
    assert warning not in await ann.sends("setup", hall, desk=circle.desk.id)
    assert warning not in await ann.sends("setup", hall, desk="none")
    await circle.ben.says("Good morning.", hall)
    assert f"{warning} den" in await ann.sends("setup", hall, desk=circle.den.id)


async def test_asked_in_the_leaders_room_itself_it_is_answered_there(circle: Leaders) -> None:
    await circle.ann.sends("setup", circle.desk, desk=circle.desk.id)
    await circle.dora.says("We agreed to meet on Monday.", circle.desk)
    said = await circle.ann.asks("summary", circle.desk)
    assert said.startswith("Draft: What was said in desk")
    await circle.dora.presses("Publish")
    assert circle.dora.seen_in(circle.desk)[-1].text.startswith("What was said in desk")


async def test_where_nobody_can_be_reached_alone_it_is_refused_kindly_and_nothing_is_kept(
    circle: Leaders,
) -> None:
    await circle.talk()
    circle.platform.can = Capabilities(edits=Level.FULL, message_links=Level.FULL)
    said = await circle.ann.asks("summary", circle.hall)
    assert said.startswith("A draft goes to leaders first") and "setup desk=ROOM" in said
    read, mine = circle.agent.house.database.read, circle.agent.community.id
    assert await read(lambda conn: drafts.open_in(conn, mine, circle.hall.space)) == []


async def test_with_a_leaders_room_it_is_no_matter_that_nobody_can_be_reached_alone(
    circle: Leaders,
) -> None:
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    await circle.talk()
    circle.platform.can = Capabilities(edits=Level.FULL, message_links=Level.FULL)
    await circle.ann.asks("summary", circle.hall)
    (post,) = circle.chloe.seen_in(circle.hall)
    assert post.text == "A draft is waiting for the leaders."
    (draft,) = circle.dora.seen_in(circle.desk)
    assert "chapter three" in draft.text and "draft 1 strike 1" in draft.text
    await circle.dora.asks("draft publish", circle.desk)
    assert "chapter three" in circle.chloe.seen_in(circle.hall)[-1].text


async def test_a_draft_that_could_not_be_shown_waits_for_a_leaders_room(circle: Leaders) -> None:
    await circle.talk()
    shut(circle).add(await circle.platform.direct_room(circle.ann.account.ref))
    await circle.ann.asks("summary", circle.hall)
    said = circle.ann.seen_in(circle.hall)[-1].text
    assert said.startswith("I could not show you the draft.") and "chapter" not in said
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    await circle.dora.asks("draft 1", circle.desk)
    assert "chapter three" in circle.draft(circle.dora).text


# What leaders make of it.


async def test_lines_are_edited_and_struck_and_the_rest_is_published(circle: Leaders) -> None:
    draft = await circle.at_desk()
    before = await circle.puts(circle.ann, 2, "Ben and Chloé bring the tea. @everyone https://a.b")
    assert before == "Ben, by January 9, 2026: I will bring the tea by Friday."
    assert "Line 1 is left out." in await circle.picks(circle.dora, "strike", 1)
    shown = circle.platform.network.post(draft.ref)
    assert "1. Left out: We agreed on chapter three" in shown.text
    assert "2. Ben and Chloé bring the tea." in shown.text
    assert [menu.options[0].label[:3] for menu in menus(shown)] == ["2. ", "2. "]

    said = await circle.dora.presses("Publish")
    assert "I am posting it in hall now: one line." in said
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "- Ben and Chloé bring the tea. @everyone https://a.b (Ben, 9:00" in post.text
    assert "chapter three" not in post.text and "One line was edited by a leader." in post.text
    assert calls(post.blocks) == [], "a leader's words call and link nobody"
    assert "Draft 1 is published in hall." in circle.platform.network.post(draft.ref).text


@pytest.mark.parametrize("after_delivery", [False, True])
async def test_a_lost_connection_loses_and_doubles_nothing(
    circle: Leaders, after_delivery: bool
) -> None:
    draft = await circle.at_desk()
    circle.platform.lose_connection(after_delivery=after_delivery, times=3)
    await circle.platform.presses(circle.ann.account, "publish:1", draft.ref)
    for _ in range(4):
        await circle.sleeps(60)
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "chapter three" in post.text
    assert "Draft 1 is published in hall." in circle.platform.network.post(draft.ref).text


async def test_what_is_changed_later_is_changed_where_it_is_published(circle: Leaders) -> None:
    await circle.at_desk()
    await circle.ann.presses("Publish")
    said = await circle.dora.asks("draft 1 edit 1 We read chapter four.", circle.desk)
    assert "It is changed where it was published, too." in said
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "We read chapter four. (" in post.text and "chapter three" not in post.text
    assert "can't be dropped any more" in await circle.dora.asks("draft 1 drop", circle.desk)
    both = await circle.dora.asks("draft 1 strike 1-2", circle.desk)
    assert both == "No line would be left of it. Please leave one in."
    assert "published in hall already" in await circle.dora.asks("draft 1 publish", circle.desk)
    assert len(circle.chloe.seen_in(circle.hall)) == 1


async def test_two_leaders_at_once_post_it_once_and_the_last_words_hold(circle: Leaders) -> None:
    draft = await circle.at_desk()
    circle.platform.hold_events()
    says, room = circle.platform.says, circle.desk
    await says(circle.ann.account, room, "@learncomm draft 1 edit 1 Ann says so.")
    await says(circle.dora.account, room, "@learncomm draft 1 edit 1 Dora says so.")
    for leader in (circle.ann, circle.dora):
        await circle.platform.presses(leader.account, "publish:1", draft.ref)
    await circle.platform.release_events(list)
    await circle.settle()
    (post,) = circle.chloe.seen_in(circle.hall)
    newest = "Dora" if "Dora says" in post.text else "Ann"
    assert f"{newest} says so. (" in circle.platform.network.post(draft.ref).text
    assert post.text.count("says so") == 1


async def test_in_words_lines_are_added_moved_undone_and_a_draft_is_dropped(
    circle: Leaders,
) -> None:
    draft = await circle.at_desk()

    def lines() -> list[str]:
        text = circle.platform.network.post(draft.ref).text
        return [line for line in text.splitlines() if line[:1].isdecimal()]

    ann, desk = circle.ann, circle.desk
    first = lines()
    assert "One draft is waiting" in await ann.asks("draft", desk)
    await ann.asks("draft 1 add What do we still miss?", desk)
    added = lines()
    assert added[0] == "1. What do we still miss? (added by a leader)"
    assert [line[3:] for line in added[1:]] == [line[3:] for line in first]
    await ann.asks("drafts #1 add And this.", desk)
    await ann.asks("draft 1 move 2 1", desk)
    assert [line[:8] for line in lines()[:2]] == ["1. And t", "2. What "]
    assert "different kinds" in await ann.asks("draft 1 move 1 4", desk)
    await ann.asks("draft 1 undo", desk)
    assert [line[:8] for line in lines()[:2]] == ["1. What ", "2. And t"]
    await ann.asks("draft 1 undo", desk)
    await ann.presses("Undo")
    assert lines() == first
    assert "no change to take back" in await ann.asks("draft 1 undo", desk)
    assert "Draft 1 is dropped." in await ann.asks("draft 1 drop", desk)
    assert circle.platform.network.post(draft.ref).text == "Draft 1 was dropped."
    assert "There is no draft 1" in await ann.asks("draft 1", desk)
    assert await ann.asks("draft", desk) == "No draft is waiting."


async def test_questions_are_struck_moved_and_added_before_the_room_sees_them(
    circle: Leaders,
) -> None:
    ann, hall = circle.ann, circle.hall
    draft = await ann.asks("questions book club", hall)
    asked = [line[3:] for line in draft.splitlines() if line[:1].isdecimal()]
    assert len(asked) >= 3 and circle.chloe.answers() == []
    await ann.asks("draft strike 1", hall)
    await ann.asks("draft move 3 2", hall)
    assert await ann.asks("draft add Who begins?", hall) == "I added: “Who begins?”"
    await ann.presses("Publish")
    (post,) = circle.chloe.seen_in(hall)
    shown = [line[3:] for line in post.text.splitlines() if line[:1].isdecimal()]
    assert shown == [asked[2], asked[1], *asked[3:], "Who begins? (added by a leader)"]


async def test_dropping_by_a_button_asks_first(circle: Leaders) -> None:
    await circle.at_desk()
    assert "can't be undone" in await circle.ann.presses("Drop the draft")
    assert "stays" in await circle.ann.presses("No, keep it")
    await circle.ann.presses("Drop the draft")
    assert "Draft 1 is dropped." in await circle.ann.presses("Yes, drop it")
    assert circle.chloe.seen_in(circle.hall) == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("1 edit 1 " + "x" * 5000, "longer than a line can be"),
        ("1 edit 1 " + "x" * 10_000, "That is too long"),
        ("1 edit 9 Words", "no line 9"),
        ("1 edit 1", "What shall the line say?"),
        ("1 strike 1 two", "Write the number of the draft"),
        ("1 strike 99999999999999999999", "Write the number of the draft"),
        ("1 explode", "Write the number of the draft"),
        ("999 publish", "There is no draft 999"),
        ("the minutes", "Write the number of the draft"),
    ],
)
async def test_what_is_not_clear_is_asked_for_again_and_changes_nothing(
    circle: Leaders, said: str, answer: str
) -> None:
    draft = await circle.at_desk()
    assert answer in await circle.ann.sends("draft", circle.desk, what=said)
    assert circle.platform.network.post(draft.ref).text == draft.text


async def test_nobody_but_a_leader_who_reads_the_room_can_do_anything(circle: Leaders) -> None:
    await circle.ann.sends("setup", circle.hall, desk=circle.den.id)
    await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    draft = circle.draft(circle.ben)
    for choice in ("publish:1", "drop:1", "drop_it:1", "undo:1", "strike:1", "edit_line:1"):
        assert "Only leaders" in await circle.ben.chooses(choice, draft.ref)
    assert "Only leaders" in await circle.ben.sends("draft", circle.hall, what="1 publish")
    assert "Only leaders" in await circle.ben.sends("line:1:1", circle.hall, text="Mine now.")
    await circle.ben.says("We agreed on the secret plum.", circle.den)
    await circle.ann.asks("summary", circle.den)  # whose words are not for Dora
    for what in ("2", "2 publish", "2 edit 1 Mine now."):
        assert "There is no draft 2" in await circle.dora.sends("draft", circle.desk, what=what)
    assert "plum" not in circle.transcript(circle.dora)
    assert circle.chloe.seen_in(circle.hall) == []


@pytest.mark.parametrize(
    "choice", ["publish:", "publish:x", "strike:1:2:3", "edit_line:1", "line:1:7"]
)
async def test_a_control_that_is_made_up_gets_one_sentence(circle: Leaders, choice: str) -> None:
    draft = await circle.at_desk()
    said = await circle.ann.chooses(choice, draft.ref)
    assert said and "on my side" not in said
    assert circle.chloe.seen_in(circle.hall) == []


# What becomes of it meanwhile.


async def test_what_goes_before_it_is_published_is_in_no_post(circle: Leaders) -> None:
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    decided, promised = await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    await circle.ann.asks("draft 1 edit 2 Ben brings the tea.", circle.desk)
    await circle.ben.deletes(promised)
    shown = circle.draft(circle.dora).text
    assert "tea" not in shown and "One line is gone from here" in shown
    await circle.ann.presses("Publish")
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "chapter three" in post.text and "tea" not in post.text
    await circle.chloe.deletes(decided)
    assert "chapter" not in "".join(each.text for each in circle.platform.posts)


async def test_a_draft_of_which_nothing_is_left_is_no_more(circle: Leaders) -> None:
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    draft = circle.draft(circle.dora)
    await circle.ann.sends("forget", circle.hall, source="room:hall")
    await circle.ann.presses("Yes, forget it")
    shown = circle.platform.network.post(draft.ref).text
    assert shown == "Draft 1 is no more, because what it rested on has gone."
    assert await circle.ann.asks("draft", circle.desk) == "No draft is waiting."


async def test_who_has_theirs_forgotten_takes_their_drafts_along(circle: Leaders) -> None:
    await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    draft = circle.draft(circle.ann)
    await circle.ann.sends("forget", circle.hall, source="me")
    await circle.ann.presses("Yes, forget it")
    assert "chapter" not in circle.platform.network.post(draft.ref).text
    assert "No draft is waiting." in await circle.dora.asks("draft", circle.desk)


async def has_forgotten(leader: Person, circle: Leaders, way: str) -> None:
    if way == "out":
        await leader.sends("me", circle.hall, consent="out")
    else:
        await leader.sends("forget", circle.hall, source="me")
    await leader.presses("Yes, forget it")


def seen(circle: Leaders) -> str:
    return "\n".join(each.text for each in circle.chloe.seen_in(circle.hall))


async def kept(circle: Leaders) -> str:
    """Return what is kept of lines, of what leaders made of them, and of who decided."""
    tables = ("items", "edits", "drafts")
    return str(
        await circle.agent.house.database.read(
            lambda conn: [
                dict(row)
                for each in tables
                for row in conn.execute(sa.text(f"SELECT * FROM {each}")).mappings()
            ]
        )
    )


@pytest.mark.parametrize("way", ["out", "forget"])
async def test_what_a_leader_wrote_into_a_draft_goes_with_them(circle: Leaders, way: str) -> None:
    await circle.at_desk()
    ann, dora, desk = circle.ann, circle.dora, circle.desk
    await dora.asks("draft 1 add Zebrafish is my secret.", desk)
    await dora.asks("draft 1 edit 3 Ben brings a zebra.", desk)
    await ann.asks("draft 1 strike 3", desk)
    await ann.asks("draft 1 edit 3 Ben brings a yak.", desk)
    await ann.asks("draft 1 strike 2", desk)
    await dora.asks("draft 1 edit 2 We read a zebra book.", desk)
    await dora.presses("Publish")
    (post,) = circle.chloe.seen_in(circle.hall)
    assert post.text.lower().count("zebra") == 2 and "yak" in post.text
    await has_forgotten(dora, circle, way)
    assert "zebra" not in (seen(circle) + await kept(circle)).lower()
    assert "yak" in seen(circle) and "chapter three" in seen(circle)
    assert "A line was removed here at a member's request." in seen(circle)
    assert "'decided_by': None" in await kept(circle)


async def test_what_a_leader_wrote_goes_from_the_vote_on_it_as_well(circle: Leaders) -> None:
    hall = circle.hall
    await circle.ann.asks("questions book club", hall)
    await circle.ann.asks("draft strike 1", hall)
    await circle.dora.asks("draft add Who likes zebras?", hall)
    await circle.ann.presses("Publish")
    await circle.ann.asks("vote open", hall)
    assert "zebras" in seen(circle), "in the vote alone"
    await has_forgotten(circle.dora, circle, "forget")
    assert "zebras" not in seen(circle) + await kept(circle)


async def test_a_room_that_is_gone_or_shut_is_told_and_the_draft_waits(circle: Leaders) -> None:
    draft = await circle.at_desk()
    shut(circle).add(circle.hall)
    await circle.ann.presses("Publish")
    assert "I could not post draft 1 in hall" in circle.ann.answers()[-1].text
    shut(circle).clear()
    await circle.ann.presses("Publish")
    assert len(circle.chloe.seen_in(circle.hall)) == 1
    await circle.platform.closes(circle.hall)
    await circle.settle()
    assert "There is no draft 1" in await circle.ann.chooses("publish:1", draft.ref)
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_who_may_not_read_the_room_any_more_is_not_shown_the_draft(circle: Leaders) -> None:
    _, promised = await circle.talk()
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    await circle.ann.asks("summary", circle.hall)
    draft = circle.draft(circle.dora)
    await circle.ann.presses("Publish")
    await circle.platform.leaves(circle.dora.account, circle.hall)
    await circle.ben.deletes(promised)
    assert "I don't show it here any more" in circle.platform.network.post(draft.ref).text
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "chapter three" in post.text, "it stays where it may be read"


# Reminders.


def reminders(leader: Person) -> list[str]:
    return [each.text for each in leader.answers() if "been waiting" in each.text]


async def test_a_draft_that_waits_is_remembered_twice_and_never_publishes_itself(
    circle: Leaders,
) -> None:
    draft = await circle.at_desk()
    await circle.sleeps(47 * HOUR_S)
    assert reminders(circle.dora) == []
    await circle.sleeps(HOUR_S)
    assert len(reminders(circle.dora)) == 1 and "for 2 days" in reminders(circle.dora)[0]
    (said,) = circle.dora.answers()[-1].blocks
    assert isinstance(said, Paragraph) and said.spans[-1] == MessageLink(
        "Here it stands.", draft.ref
    )
    await circle.sleeps(DAY_S)
    assert "for 3 days" in reminders(circle.dora)[1]
    await circle.sleeps(40 * DAY_S)
    assert len(reminders(circle.dora)) == 2
    assert circle.chloe.seen_in(circle.hall) == []
    assert "One draft is waiting" in await circle.ann.asks("draft", circle.desk)


async def test_without_a_leaders_room_other_leaders_hear_of_it_alone_in_the_end(
    circle: Leaders,
) -> None:
    await circle.dora.says("Good morning.", circle.hall)
    await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    await circle.sleeps(2 * DAY_S)
    assert (len(reminders(circle.ann)), reminders(circle.dora)) == (1, [])
    await circle.sleeps(DAY_S)
    assert (len(reminders(circle.ann)), len(reminders(circle.dora))) == (1, 1)
    assert reminders(circle.ben) == [] and circle.chloe.answers() == []
    await circle.dora.sends("draft", circle.hall, what="1")
    shown = circle.draft(circle.dora)
    assert shown.private_to == circle.dora.account.ref
    await circle.dora.presses("Publish")
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "chapter three" in post.text
    for leader in (circle.ann, circle.dora):
        assert "is published in hall" in circle.draft(leader).text


async def test_drafts_that_wait_together_are_named_in_one_reminder(circle: Leaders) -> None:
    await circle.dora.says("Good morning.", circle.hall)
    await circle.talk()
    for _ in range(3):
        await circle.ann.asks("summary", circle.hall)
    await circle.sleeps(9 * HOUR_S)
    await circle.ann.asks("questions book club", circle.hall)
    await circle.ann.asks("draft 2 drop", circle.hall)
    await circle.sleeps(2 * DAY_S)
    (said,) = reminders(circle.ann)
    assert said.startswith("3 drafts have been waiting.")
    assert "Draft 1 for hall, for 2 days" in said and "Draft 4 for hall, for 2 days" in said
    await circle.ann.asks("draft 4 drop", circle.hall)
    await circle.sleeps(DAY_S)
    (said,) = reminders(circle.dora)
    assert "Draft 3 for hall, for 3 days" in said and "Draft 4" not in said
    await circle.sleeps(9 * DAY_S)
    assert (len(reminders(circle.ann)), len(reminders(circle.dora))) == (1, 1)


async def test_a_reminder_that_comes_late_says_how_long_it_was(circle: Leaders) -> None:
    await circle.at_desk()
    await circle.sleeps(9 * DAY_S)
    assert "for 9 days" in reminders(circle.dora)[0]


async def test_where_nobody_else_is_known_to_lead_whoever_asked_is_told(circle: Leaders) -> None:
    await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    await circle.sleeps(2 * DAY_S)
    await circle.sleeps(DAY_S)
    first, last = reminders(circle.ann)
    assert "nobody else who leads" in last and "nobody else" not in first
    await circle.sleeps(9 * DAY_S)
    assert len(reminders(circle.ann)) == 2 and reminders(circle.dora) == []


@pytest.mark.parametrize("how", ["publish", "drop"])
async def test_of_what_is_decided_nobody_is_reminded(circle: Leaders, how: str) -> None:
    await circle.at_desk()
    await circle.ann.asks(f"draft 1 {how}", circle.desk)
    left = await circle.agent.house.database.read(waiting)
    assert "remind of draft" not in left
    await circle.sleeps(4 * DAY_S)
    assert reminders(circle.dora) == []


async def test_a_restart_keeps_reminders_and_controls(data: Path) -> None:
    circle = community(data)
    async with circle:
        draft = await circle.at_desk()
        await circle.sleeps(DAY_S)
    async with circle.agent:
        await circle.settle()
        await circle.sleeps(DAY_S)
        assert len(reminders(circle.dora)) == 1
    await circle.clock.advance(2 * DAY_S)
    async with circle.agent:
        await circle.settle()
        assert len(reminders(circle.dora)) == 2
        await circle.puts(circle.dora, 1, "We read chapter three.")
        assert "1. We read chapter three." in circle.platform.network.post(draft.ref).text
        await circle.dora.presses("Publish")
        assert "We read chapter three. (" in circle.chloe.seen_in(circle.hall)[-1].text


@pytest.mark.parametrize("away_s", [HOUR_S, 5 * DAY_S])
async def test_a_space_that_was_left_for_a_while_is_reminded_when_it_is_back(
    circle: Leaders, away_s: float
) -> None:
    await circle.at_desk()
    await circle.platform.removes_agent()
    await circle.settle()
    await circle.sleeps(away_s)
    await circle.platform.invites_agent()
    await circle.settle()
    await circle.sleeps(2 * DAY_S)
    await circle.sleeps(DAY_S)
    assert len(reminders(circle.dora)) == 2


async def test_a_space_that_is_left_is_reminded_of_nothing_and_in_the_end_nothing_is_left(
    circle: Leaders,
) -> None:
    await circle.at_desk()
    await circle.platform.removes_agent()
    await circle.settle()
    await circle.sleeps(4 * DAY_S)
    assert reminders(circle.dora) == []
    await circle.sleeps(40 * DAY_S)
    read = circle.agent.house.database.read
    found = "SELECT (SELECT count(*) FROM drafts) + (SELECT count(*) FROM edits)"
    assert await read(lambda conn: conn.exec_driver_sql(found).scalar()) == 0
