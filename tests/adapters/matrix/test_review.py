"""What one person or one event must not be able to do to all others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.chat.events import MessageDeleted
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Choices, Outgoing
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
)
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_matrix.connection.answers import JoinedRoom, Sync
from learncomm_matrix.connection.following import Following
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter
from learncomm_matrix.directory.direct import Direct
from learncomm_matrix.directory.state import Member, RoomState
from learncomm_matrix.faults import BadTokenError, TooLargeError
from learncomm_matrix.hearing.inbound import Inbound
from learncomm_matrix.hearing.polls import OpenPoll
from learncomm_matrix.hearing.posts import Posts
from learncomm_matrix.posting.edits import Edits
from learncomm_matrix.posting.queues import Queues
from tests.adapters.matrix.broken_server import broken, json
from tests.adapters.matrix.following_world import Quick, Taken, following, options, until
from tests.adapters.matrix.hearing_room import Flat, NoChanges, NoOffers, hearing
from tests.adapters.matrix.matrix_world import MatrixWorld
from tests.adapters.matrix.people import people
from tests.adapters.matrix.posting_desk import desk, shared_room
from tests.adapters.matrix.synapse import Synapse

OFFER = (Choices((Choice("yes", "Yes"), Choice("no", "No"))),)


async def test_who_can_not_be_answered_keeps_nobody_from_being_heard(
    synapse: Synapse, words: Words, tmp_path: Path
) -> None:
    world = MatrixWorld(synapse, tmp_path, words)
    await world.open()
    try:
        await world.platform.start(_nowhere)
        ann, ben, eve = [await world.member(name) for name in ("Ann", "Ben", "Eve")]
        room = await world.room(ann, ben, eve)
        (offer,) = (await world.platform.send(Outgoing(room, OFFER, "k"))).parts
        # Apps make every talk an encrypted one, which this agent can neither read nor write in.
        sealed = await world.person(ben).create_room(
            invite=[world.bot.id], direct=True, encrypted=True
        )
        session = world.platform.session
        assert session is not None
        await world._until(lambda one: one.places.kind(sealed) is RoomKind.DIRECT)
        await world.taken(await world.person(ben).react(room.id, offer.id, "7️⃣"))
        talk = await world.platform.direct_room(ben)
        assert talk.id != sealed
        assert any("7" in each.text for each in await world.seen_by(ben, talk))
        # Whoever is gone before an answer of theirs is heard can be told nothing at all.
        await world.platform.stop()
        gone = world.person(eve)
        await gone.react(room.id, offer.id, "7️⃣")
        for each in (room.id, world.space_id):
            await gone.leave(each)
        await world.renew()
        await world.platform.start(_nowhere)
        await world.says(ann, room, "Is anybody here?")
        session = world.platform.session
        assert session is not None and session.is_ready()
        assert session.report()[0].counts["unreadable"] == 1
    finally:
        await world.close()


@pytest.mark.parametrize("id", ["..", ".", "no-event", "$no/../event", "$" + "x" * 254])
async def test_an_id_that_is_none_is_told_and_passed_over(synapse: Synapse, id: str) -> None:
    async with (
        people(synapse, "guide", "ann") as (bot, ann),
        hearing(synapse.url, bot, ann) as one,
    ):
        on = {"rel_type": "m.annotation", "event_id": id, "key": "👍"}
        edit = {"rel_type": "m.replace", "event_id": id}
        events = [
            _event("m.room.redaction", ann.id, {"redacts": id}),
            _event("m.reaction", ann.id, {"m.relates_to": on}),
            _event("m.room.message", ann.id, {"body": "*", "m.relates_to": edit}),
            _event("m.room.message", ann.id, {"msgtype": "m.text", "body": "After all that"}),
        ]
        room = JoinedRoom(one.room_id, timeline=tuple(events))
        await one.inbound.take(Sync("s", joined=(room,)), is_context=False)
        assert one.events[-1].message.text == "After all that"  # type: ignore[union-attr]


async def test_where_threads_can_not_be_listed_a_redaction_is_told_all_the_same() -> None:
    told = list[Any]()

    async def sink(event: Any) -> None:
        told.append(event)

    async with broken() as server:
        server.says("/event/$old", json({"errcode": "M_NOT_FOUND"}, 404))
        homeserver, directory = Homeserver(options(server.url, "t")), Flat()
        await homeserver.open()
        posts = Posts(directory, homeserver.user_id)
        polls = dict[str, OpenPoll]()
        inbound = Inbound(homeserver, directory, posts, sink, NoChanges(), NoOffers(), polls.get)
        redaction = _event("m.room.redaction", "@ann:x", {"redacts": "$old"})
        sync = Sync("s", joined=(JoinedRoom("!r", timeline=(redaction,)),))
        await inbound.take(sync, is_context=False)
        await homeserver.close()
        assert any(path.endswith("/threads") for path in server.asked)
    (gone,) = told
    assert isinstance(gone, MessageDeleted) and gone.ref.id == "$old"


async def test_what_is_for_one_alone_is_not_posted_where_another_came_meanwhile(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        talk = await one.serve(await shared_room(bot, ada))
        one.rooms.direct[talk.id] = ada.id
        private = Outgoing(talk, paragraph("secret"), "p", private_to=AccountRef("matrix", ada.id))
        first = (await one.outbound.send(Outgoing(talk, paragraph("open"), "o"))).parts[0]
        async with one.outbound._queues.place(talk.id):
            posts = [
                asyncio.create_task(one.outbound.send(private)),
                asyncio.create_task(one.outbound.edit(first, private)),
            ]
            await asyncio.sleep(0.2)
            del one.rooms.direct[talk.id]
        done = await asyncio.gather(*posts, return_exceptions=True)
        assert [type(each) for each in done] == [NotPermittedError] * 2
        assert await ada.texts(talk.id, of=bot.id) == ["open"]


async def test_a_talk_that_others_may_come_into_is_none() -> None:
    direct = Direct(Homeserver(options("http://x", "t")), "@me:x")
    direct.told({"@ann:x": ("!talk",)})
    room = RoomState("!talk")
    room.members = {each: Member("join", each) for each in ("@me:x", "@ann:x")}
    assert direct.partner(room) == "@ann:x"
    room.join_rule = "public"
    assert direct.partner(room) is None
    room.join_rule, room.visibility = "invite", "world_readable"
    assert direct.partner(room) is None


@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_an_edit_that_is_refused_takes_no_other_with_it(is_cancelled: bool) -> None:
    clock = SystemClock()
    queues = Queues(Limiter(clock), clock)
    edits, shown = Edits(queues), list[str]()

    async def put(text: str, error: PlatformError | None = None) -> None:
        async def change() -> None:
            if error is not None:
                raise error
            shown.append(text)

        await edits.put("!r", "$m", change)

    async with queues.place("!r"):
        first = asyncio.create_task(put("first"))
        second = asyncio.create_task(put("second"))
        newest = asyncio.create_task(put("newest", TooLargeError("no")))
        await asyncio.sleep(0)
        newest.cancel() if is_cancelled else None
        await asyncio.sleep(0)
    done = await asyncio.gather(first, second, newest, return_exceptions=True)
    assert shown == ["second"]
    assert list(done[:2]) == [None, None]
    assert isinstance(done[2], asyncio.CancelledError if is_cancelled else TooLargeError)
    assert not edits._waiting


async def test_an_invitation_waits_for_its_turn_also_over_a_restart(
    words: Words, tmp_path: Path
) -> None:
    limit = {"per_second": 0.5, "burst_count": 3}
    server = Synapse(tmp_path / "server", rc_joins={"local": limit, "remote": limit})
    await asyncio.to_thread(server.start)
    try:
        async with people(server, "bot", "ada") as (bot, ada):
            rooms = {await ada.create_room(str(n), invite=[bot.id]) for n in range(5)}
            world = MatrixWorld(server, tmp_path / "data", words)
            world.user, world.bot = bot.user, bot
            await world.renew()
            await world.platform.start(_nowhere)
            session = world.platform.session
            assert session is not None
            await until(lambda: bool(session.places.states.keys() & rooms))
            assert await bot.joined() < rooms  # else nothing was put off
            await world.platform.stop()
            await world.renew()
            await world.platform.start(_nowhere)
            again = world.platform.session
            assert again is not None
            for _ in range(60):
                if not await again.invitations.join():
                    break
                await asyncio.sleep(0.5)
            await world.platform.stop()
            assert await bot.joined() == rooms
    finally:
        server.stop(kill=True)


async def test_a_stop_does_not_wait_for_a_turn_and_the_post_is_made_once_later(
    synapse: Synapse, words: Words, tmp_path: Path
) -> None:
    world = MatrixWorld(synapse, tmp_path, words)
    await world.open()
    try:
        await world.platform.start(_nowhere)
        ann = await world.member("Ann")
        room = await world.room(ann)
        post = Outgoing(room, paragraph("Later"), "k")
        session = world.platform.session
        assert session is not None
        session.limiter._slow_down(3600)
        sending = asyncio.create_task(world.platform.send(post))
        await until(lambda: bool(session.limiter._waiting))
        await world.platform.stop()
        with pytest.raises(DisconnectedError):
            await sending
        await world.renew()
        await world.platform.start(_nowhere)
        assert await world.platform.send(post) == await world.platform.send(post)
        assert [each.text for each in await world.seen_by(ann, room)] == ["Later"]
    finally:
        await world.close()


@pytest.mark.parametrize("error", [RateLimitedError("no", retry_after_s=1), BadTokenError("no")])
async def test_a_start_that_never_ends_can_be_stopped(
    synapse: Synapse, tmp_path: Path, error: PlatformError
) -> None:
    async def refuse(sync: Sync, is_context: bool) -> None:
        raise error

    notes, clock, taken = Notes(tmp_path), Quick(), Taken()
    async with people(synapse, "bot") as (bot,):
        homeserver = Homeserver(options(synapse.url, bot.user.token))
        follower = Following(homeserver, notes, clock, refuse, taken.missed)
        await notes.load()
        await homeserver.open()
        try:
            starting = asyncio.create_task(follower.start())
            if not isinstance(error, BadTokenError):
                await until(lambda: bool(clock.slept))
                await follower.stop()
            with pytest.raises(DisconnectedError):
                await starting
            assert follower.report().state == "stopped" and follower._task is None
        finally:
            await homeserver.close()
            await notes.close()
        # What comes too late must not open a connection that nobody closes.
        with pytest.raises(DisconnectedError):
            await homeserver.joined()


async def test_a_token_taken_away_while_something_is_kept_ends_it(
    synapse: Synapse, tmp_path: Path
) -> None:
    def fail(body: str) -> None:
        raise BadTokenError("taken away")

    async with people(synapse, "bot", "ada") as (bot, ada):
        room = await shared_room(bot, ada)
        async with following(synapse.url, bot.user.token, tmp_path, Taken(fail=fail)) as follower:
            await ada.say(room, "Hello")
            await until(lambda: follower.report().state == "stopped")
            assert follower.report().trouble == "matrix.bad_token"


async def _nowhere(event: Any) -> None:
    pass


def _event(type: str, sender: str, content: dict[str, Any]) -> dict[str, Any]:
    id = f"${type}{len(str(content))}"
    at = 1_700_000_000_000
    return {
        "type": type,
        "sender": sender,
        "event_id": id,
        "content": content,
        "origin_server_ts": at,
    }
