from dataclasses import replace
from datetime import timedelta

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.desk import Consults
from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    Interested,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    RoomChanged,
    SpaceChanged,
    Voted,
)
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    File,
    Image,
    Link,
    Menu,
    Outgoing,
    Paragraph,
    Text,
)
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.chat.platform import (
    Finding,
    Inspects,
    Newest,
    OpenRooms,
    Platform,
    Reports,
    Roles,
    ShowsLeaders,
    Spaces,
)
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.chat.rendering import plan
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.chat.verbs import (
    Acknowledges,
    Deletes,
    DirectMessages,
    Files,
    Pins,
    Polls,
    Reactions,
    ScheduledEvents,
    Threads,
)
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
)
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from learncomm_agent.testing.verbs import MAX_PINS
from learncomm_agent.testing.world import OneForm

NOTES = File("notes.md", "text/markdown", b"# Notes")
EVERY_BLOCK: tuple[Block, ...] = (
    Paragraph((Text("Which one? " * 30), Link("book", "https://e.org"))),
    NOTES,
    Image("a.png", "image/png", b"1", "A cat"),
    Choices((Choice("a", "Apples"), Choice("b", "Pears"))),
    Menu("m", (Choice("a", "Apples"), Choice("b", "Pears"))),
    Form("f", "You", (Field("n", "Your name"),)),
)


EVERY_PROTOCOL: tuple[type, ...] = (
    *(
        Platform,
        Acknowledges,
        Consults,
        Deletes,
        DirectMessages,
        Files,
        Inspects,
        Newest,
        OpenRooms,
        Pins,
    ),
    *(Polls, Reactions, Reports, Roles, ScheduledEvents, ShowsLeaders, Spaces, Threads),
)


class Hall:
    """A started platform with Ann and Bob in a room."""

    def __init__(self, clock: ManualClock, capabilities: Capabilities = EVERYTHING) -> None:
        self.clock = clock
        self.platform = FakePlatform(clock=clock, capabilities=capabilities)
        self.ann, self.bob = self.platform.add_account("Ann"), self.platform.add_account("Bob")
        self.room = self.platform.add_room("hall", [self.ann, self.bob])
        self.events: list[Event] = []

    async def sink(self, event: Event) -> None:
        self.events.append(event)

    def post(self, text: str = "Hello", key: str = "k") -> Outgoing:
        return Outgoing(self.room, (Paragraph((Text(text),)),), key)

    def texts(self, account: Account) -> list[str]:
        return [post.text for post in self.platform.seen_by(account, self.room)]


@pytest.fixture
async def hall(clock: ManualClock) -> Hall:
    hall = Hall(clock)
    await hall.platform.start(hall.sink)
    return hall


def test_it_is_all_that_a_platform_can_be() -> None:
    platform = FakePlatform()
    for protocol in EVERY_PROTOCOL:
        assert isinstance(platform, protocol)


async def test_a_connection_lost_before_delivery_posts_nothing(hall: Hall) -> None:
    hall.platform.lose_connection()
    with pytest.raises(DisconnectedError):
        await hall.platform.send(hall.post())
    assert hall.platform.posts == []
    await hall.platform.send(hall.post())
    assert hall.texts(hall.bob) == ["Hello"]


async def test_a_connection_lost_after_delivery_posts_once_for_all_attempts(hall: Hall) -> None:
    hall.platform.lose_connection(after_delivery=True, times=2)
    for _ in range(2):
        with pytest.raises(DisconnectedError):
            await hall.platform.send(hall.post())
    receipt = await hall.platform.send(hall.post())
    assert [post.ref for post in hall.platform.posts] == list(receipt.parts)
    hall.platform.lose_connection(after_delivery=True)
    with pytest.raises(DisconnectedError):
        await hall.platform.edit(receipt.parts[0], hall.post("New"))
    assert hall.texts(hall.ann) == ["New"]


async def test_a_rate_limit_tells_how_long_to_wait(hall: Hall) -> None:
    hall.platform.limit_rate(2.5)
    with pytest.raises(RateLimitedError) as caught:
        await hall.platform.send(hall.post())
    assert caught.value.retry_after_s == 2.5
    assert hall.platform.posts == []


async def test_while_disconnected_nothing_passes_but_the_history_fills(hall: Hall) -> None:
    hall.platform.disconnect()
    missed = await hall.platform.says(hall.ann, hall.room, "Anyone here?")
    with pytest.raises(DisconnectedError):
        await hall.platform.send(hall.post())
    with pytest.raises(DisconnectedError):
        [event async for event in hall.platform.history(hall.room, None)]
    hall.platform.reconnect()
    assert hall.events == []
    past = [event async for event in hall.platform.history(hall.room, None)]
    assert [event.message.ref for event in past if isinstance(event, MessagePosted)] == [missed]


async def test_before_the_start_nothing_is_sent(clock: ManualClock) -> None:
    hall = Hall(clock)
    await hall.platform.says(hall.ann, hall.room, "Early")
    with pytest.raises(DisconnectedError):
        await hall.platform.send(hall.post())
    assert hall.events == []


async def test_repeated_events_have_one_id(hall: Hall) -> None:
    hall.platform.repeat_events(3)
    await hall.platform.says(hall.ann, hall.room, "Hello")
    assert len(hall.events) == 3
    assert len({event.id for event in hall.events if isinstance(event, MessagePosted)}) == 1


async def test_held_events_come_in_another_order(hall: Hall) -> None:
    hall.platform.hold_events()
    message = await hall.platform.says(hall.ann, hall.room, "One")
    await hall.platform.edits(hall.ann, message, "Two")
    await hall.platform.deletes(hall.ann, message)
    assert hall.events == []
    await hall.platform.release_events()
    assert [type(event) for event in hall.events] == [MessageDeleted, MessageEdited, MessagePosted]


async def test_everything_that_people_do_is_told(hall: Hall) -> None:
    platform, (ann, room) = hall.platform, (hall.ann, hall.room)
    (message,) = (await platform.send(hall.post())).parts
    await platform.presses(ann, "yes", message)
    await platform.sends_form(ann, room, "add", {"title": "Notes"}, attachments=[NOTES])
    await platform.reacts(ann, message, "👍")
    await platform.reacts(ann, message, "👍", is_added=False)
    await platform.leaves(ann, room)
    await platform.joins(ann, room)
    await platform.closes(room)
    kinds = [Chosen, FormSent, Reacted, Reacted, MemberChanged, MemberChanged, RoomChanged]
    assert [type(event) for event in hall.events] == kinds
    form = hall.events[1]
    assert isinstance(form, FormSent)
    assert (form.values, form.attachments[0].name) == ({"title": "Notes"}, "notes.md")
    assert platform.seen_by(ann) == []
    with pytest.raises(RoomGoneError):
        await platform.send(hall.post(key="late"))


async def test_nobody_changes_the_messages_of_others(hall: Hall) -> None:
    message = await hall.platform.says(hall.ann, hall.room, "Mine")
    with pytest.raises(ValueError, match="somebody else"):
        await hall.platform.edits(hall.bob, message, "Yours")
    for doing in (hall.platform.edit(message, hall.post()), hall.platform.delete(message)):
        with pytest.raises(NotPermittedError):
            await doing
    assert hall.texts(hall.bob) == ["Mine"]


async def test_a_private_reply_needs_a_fresh_handle_of_its_reader(hall: Hall) -> None:
    mine = await hall.platform.sends_form(hall.ann, hall.room, "search")
    private = replace(hall.post("psst"), private_to=hall.ann.ref, reply=mine)
    for wrong in (
        replace(private, reply=None),
        replace(private, private_to=hall.bob.ref),
        replace(private, reply=replace(mine, token="invented")),
    ):
        with pytest.raises(NotPermittedError):
            await hall.platform.send(wrong)
    await hall.platform.send(private)
    assert (hall.texts(hall.ann), hall.texts(hall.bob)) == (["psst"], [])
    await hall.clock.advance(timedelta(minutes=15).total_seconds())
    with pytest.raises(NotPermittedError):
        await hall.platform.send(replace(private, key="late"))


async def test_an_edit_never_widens_who_reads_it(hall: Hall) -> None:
    mine = await hall.platform.sends_form(hall.ann, hall.room, "search")
    private = replace(hall.post("psst"), private_to=hall.ann.ref, reply=mine)
    (message,) = (await hall.platform.send(private)).parts
    with pytest.raises(NotPermittedError):
        await hall.platform.edit(message, hall.post("psst"))
    await hall.platform.edit(message, replace(private, blocks=hall.post("hush").blocks))
    assert (hall.texts(hall.ann), hall.texts(hall.bob)) == (["hush"], [])


async def test_a_room_for_everyone_is_readable_where_only_some_are(hall: Hall) -> None:
    everyone = hall.platform.add_room("square")
    nobody = hall.platform.add_room("empty", [])
    thread = await hall.platform.open_thread(hall.room, "group", key="t")
    direct = await hall.platform.direct_room(hall.ann.ref)

    async def readable(room: RoomRef) -> frozenset[RoomRef]:
        return await hall.platform.readable(Audience.of_room(room))

    assert await readable(everyone) == {everyone}
    assert await readable(nobody) == {nobody, everyone}
    assert await readable(hall.room) == {hall.room, thread, everyone} == await readable(thread)
    assert await readable(direct) == {direct, hall.room, thread, everyone}
    anns = await hall.platform.readable(Audience.of_account(hall.ann.ref))
    assert anns == {direct, hall.room, thread, everyone}


async def test_attachments_are_read_by_their_id(hall: Hall) -> None:
    await hall.platform.says(hall.ann, hall.room, "Here", attachments=[NOTES])
    (told,) = hall.events
    assert isinstance(told, MessagePosted)
    (attachment,) = told.message.attachments
    assert await hall.platform.read_attachment(attachment) == NOTES.content
    with pytest.raises(RoomGoneError):
        await hall.platform.read_attachment(replace(attachment, id="other"))


async def test_a_message_that_names_the_agent_is_addressed_to_it(hall: Hall) -> None:
    direct = await hall.platform.direct_room(hall.ann.ref)
    await hall.platform.says(hall.ann, hall.room, "What now?")
    await hall.platform.says(hall.ann, hall.room, "What now, @learncomm?")
    await hall.platform.says(hall.ann, direct, "What now?")
    told = [event.message for event in hall.events if isinstance(event, MessagePosted)]
    assert [message.is_addressed for message in told] == [False, True, True]


async def test_what_does_not_fit_is_an_error(hall: Hall) -> None:
    await hall.platform.send(hall.post("x" * 2000, "fits"))
    with pytest.raises(PlatformError):
        await hall.platform.send(hall.post("x" * 2001))
    hall.platform.can = Capabilities()
    for block in EVERY_BLOCK[1:]:
        with pytest.raises(NotPermittedError):
            await hall.platform.send(hall.post().with_blocks((block,)))


@pytest.mark.parametrize(
    "lacks", ["buttons", "menus", "forms", "files", "images", "links", "replies", ""]
)
async def test_what_the_planner_plans_is_always_accepted(clock: ManualClock, lacks: str) -> None:
    hall = Hall(clock)
    hall.platform.can = replace(
        EVERYTHING, max_text=90, **({lacks: Level.FALLBACK} if lacks else {})
    )
    await hall.platform.start(hall.sink)
    planned = plan(hall.post().with_blocks(EVERY_BLOCK), hall.platform.can, hall.platform.length)
    for part in planned.parts:
        await hall.platform.send(part)
    assert len(hall.platform.posts) == len(planned.parts) > 1


async def test_strangers_and_lost_messages_are_refused(hall: Hall) -> None:
    with pytest.raises(NotPermittedError):
        await hall.platform.direct_room(AccountRef("fake", "stranger"))
    nowhere = MessageRef(hall.room, "nowhere")
    with pytest.raises(RoomGoneError):
        await hall.platform.edit(nowhere, hall.post())
    with pytest.raises(RoomGoneError):
        await hall.platform.react(nowhere, "👍")
    await hall.platform.delete(nowhere)
    assert [event async for event in hall.platform.history(hall.room, nowhere)] == []


SHELF = Menu("m", (Choice("a", "Apples"), Choice("b", "Pears")), at_most=2)
FORM = Form(
    "f", "You", (Field("n", "Your name", max_chars=5), Field("w", "Wish", is_required=False))
)
OPENS = Choice("open", "You", opens_form=True)


async def test_people_pick_only_what_is_there(hall: Hall) -> None:
    (message,) = (await hall.platform.send(hall.post().with_blocks((SHELF,)))).parts
    for menu, values in (("x", ["a"]), ("m", ["c"]), ("m", []), ("m", ["a", "a"])):
        with pytest.raises(ValueError, match=r"picked|menu"):
            await hall.platform.picks(hall.ann, menu, values, message)
    await hall.platform.picks(hall.ann, "m", ["b", "a"], message)
    (chosen,) = hall.events
    assert isinstance(chosen, Chosen)
    assert (chosen.choice, chosen.values) == ("m", ("a", "b"))


async def test_a_form_comes_from_the_desk_and_takes_only_what_fits(hall: Hall) -> None:
    post = hall.post().with_blocks((Choices((OPENS, Choice("plain", "No"))),))
    (message,) = (await hall.platform.send(post)).parts
    with pytest.raises(ValueError, match="nobody was named"):
        await hall.platform.opens(hall.ann, "open", message)
    desk = OneForm(FORM)
    hall.platform.consult(desk)
    with pytest.raises(ValueError, match="opens a form"):
        await hall.platform.opens(hall.ann, "plain", message)
    form = await hall.platform.opens(hall.ann, "open", message)
    assert form == FORM == await hall.platform.calls_form(hall.ann, hall.room, "setup")
    assert desk.asked == [(hall.ann.ref, "open"), (hall.ann.ref, "setup")]
    for wrong in ({}, {"n": "too long"}, {"n": "Ann", "x": "?"}):
        with pytest.raises(ValueError, match=r"filled in|too long|has no"):
            await hall.platform.fills(hall.ann, hall.room, FORM, wrong)
    await hall.platform.fills(hall.ann, hall.room, FORM, {"n": "Ann"})
    (sent,) = hall.events
    assert isinstance(sent, FormSent)
    assert (sent.form, sent.values) == ("f", {"n": "Ann", "w": ""})


async def test_one_vote_takes_the_place_of_the_other(hall: Hall) -> None:
    poll = Poll("Which?", SHELF.options, hall.clock.now() + timedelta(hours=1))
    message = await hall.platform.open_poll(hall.room, poll, key="p")
    await hall.platform.votes_for(hall.ann, "a", message)
    await hall.platform.votes_for(hall.ann, "b", message)
    told = [(e.option, e.is_added) for e in hall.events if isinstance(e, Voted)]
    assert told == [("a", True), ("a", False), ("b", True)]
    votes = await hall.platform.votes(message, poll)
    assert votes == Votes({"a": frozenset(), "b": frozenset({hall.ann.ref})})
    await hall.clock.advance(3600)
    with pytest.raises(ValueError, match="over"):
        await hall.platform.votes_for(hall.bob, "a", message)


async def test_interest_is_told_once_and_only_in_what_is_there(hall: Hall) -> None:
    begin = hall.clock.now() + timedelta(hours=1)
    event = ScheduledEvent("Chapter two", begin, begin + timedelta(hours=1))
    made = await hall.platform.schedule(hall.room, event, key="e")
    for is_added in (True, True, False, False):
        await hall.platform.takes_interest(hall.ann, made, is_added=is_added)
    assert [e.is_added for e in hall.events if isinstance(e, Interested)] == [True, False]
    await hall.platform.cancel(hall.room, made)
    with pytest.raises(ValueError, match="no entry"):
        await hall.platform.takes_interest(hall.ann, made)


async def test_a_space_without_the_agent_is_silent_and_closed(hall: Hall) -> None:
    platform, space = hall.platform, hall.room.space
    other = platform.add_space("Beside")
    beside = platform.add_room("beside", space=other)
    await platform.removes_agent()
    assert await platform.spaces() == {other}
    assert await platform.readable(Audience.of_account(hall.ann.ref)) == {beside}
    await platform.says(hall.ann, hall.room, "Nobody hears it")
    await platform.leaves_space(hall.bob)
    assert hall.events == [SpaceChanged(space, "home", is_present=False)]
    for doing in (
        platform.send(hall.post()),
        platform.newest(hall.room),
        platform.open_thread(hall.room, "Group", key="t"),
    ):
        with pytest.raises(RoomGoneError):
            await doing
    with pytest.raises(RoomGoneError):
        [event async for event in platform.history(hall.room, None)]
    await platform.invites_agent()
    await platform.joins_space(hall.bob)
    assert hall.events[1:] == [
        SpaceChanged(space, "home"),
        MemberChanged(None, hall.bob, space=space),
    ]
    assert len([event async for event in platform.history(hall.room, None)]) == 1


async def test_a_room_takes_so_many_pins(hall: Hall) -> None:
    for number in range(MAX_PINS + 1):
        (message,) = (await hall.platform.send(hall.post(key=f"k{number}"))).parts
        if number < MAX_PINS:
            await hall.platform.pin(message)
    with pytest.raises(NotPermittedError):
        await hall.platform.pin(message)
    await hall.platform.unpin(hall.platform.posts[0].ref)
    await hall.platform.pin(message)


async def test_what_else_is_known_and_noted(hall: Hall) -> None:
    platform, space = hall.platform, hall.room.space
    role = platform.add_role("Hosts")
    platform.findings.append(Finding(False, "missing"))
    await platform.leaders_chosen(space, frozenset({role}))
    assert await platform.roles(space) == {role: "Hosts"}
    assert await platform.inspect(space) == platform.findings
    assert platform.leader_roles == {space: {role}}
    assert [each.state for each in platform.report()] == ["ready"]
    platform.disconnect()
    assert [each.state for each in platform.report()] == ["connecting"]
    for doing in (platform.roles(space), platform.spaces(), platform.newest(hall.room)):
        with pytest.raises(DisconnectedError):
            await doing
