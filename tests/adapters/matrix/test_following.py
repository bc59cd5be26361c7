"""Following a real homeserver: every event once and in order, over gaps, outages and failing sinks."""

import asyncio
from pathlib import Path

import pytest

from learncomm_agent.errors import StorageError
from tests.adapters.matrix.broken_server import broken, cut, html, json
from tests.adapters.matrix.following_world import Taken, following, until
from tests.adapters.matrix.people import Person, people
from tests.adapters.matrix.synapse import Synapse


async def shared(ann: Person, bot: Person) -> str:
    """Make a room of two."""
    room = await ann.create_room("hall", invite=[bot.id])
    await bot.join(room)
    return room


async def said(ann: Person, room: str, count: int, word: str = "m") -> list[str]:
    texts = [f"{word}{number}" for number in range(count)]
    for text in texts:
        await ann.say(room, text)
    return texts


async def test_what_was_said_before_the_first_start_is_context(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        room = await shared(ann, bot)
        await said(ann, room, 3)
        taken = Taken()
        async with following(synapse.url, bot.user.token, tmp_path, taken) as follower:
            await ann.say(room, "now")
            await until(lambda: taken.bodies == ["now"])
            assert follower.report().state == "ready"
        assert len(taken.contexts) == 1
        assert room in {each.room_id for each in taken.contexts[0].joined}


async def test_a_gap_of_250_is_filled_in_order_after_a_restart(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        room = await shared(ann, bot)
        taken = Taken()
        async with following(synapse.url, bot.user.token, tmp_path, taken):
            await ann.say(room, "first")
            await until(lambda: taken.bodies == ["first"])
        expected = await said(ann, room, 250)
        async with following(synapse.url, bot.user.token, tmp_path, taken, timeline=20) as again:
            assert taken.bodies == ["first", *expected]  # when the start comes back
            assert again.report().counts["filled"] >= 230
            members = [
                event["state_key"]
                for each in taken.syncs[-1].joined
                for event in each.state
                if event["type"] == "m.room.member"
            ]
            assert {ann.id, bot.id} <= set(members)  # all state comes after a start
        assert taken.gaps == 0


async def test_a_burst_is_told_whole_while_it_is_followed(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        room = await shared(ann, bot)
        taken = Taken()
        async with following(synapse.url, bot.user.token, tmp_path, taken, timeline=5) as follower:
            numbers = [f"m{number}" for number in range(120)]
            await asyncio.gather(*(ann.say(room, each) for each in numbers))
            await until(lambda: len(taken.bodies) >= len(numbers))
            assert sorted(taken.bodies) == sorted(numbers)
            assert follower.report().counts["filled"] > 0


async def test_what_was_said_before_we_came_is_no_news(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        taken = Taken()
        async with following(synapse.url, bot.user.token, tmp_path, taken, timeline=5):
            room = await ann.create_room("hall")
            await said(ann, room, 10, "old")
            await ann.invite(room, bot.id)
            await bot.join(room)
            expected = await said(ann, room, 12, "new")
            await until(lambda: len(taken.bodies) >= 12)
            assert taken.bodies == expected


@pytest.mark.slow
@pytest.mark.parametrize("kill", [False, True])
async def test_a_homeserver_that_was_away_is_followed_again(
    own_synapse: Synapse, tmp_path: Path, kill: bool
) -> None:
    async with people(own_synapse, "ann", "bot") as (ann, bot):
        room = await shared(ann, bot)
        taken = Taken()
        async with following(own_synapse.url, bot.user.token, tmp_path, taken) as follower:
            await ann.say(room, "before")
            await until(lambda: taken.bodies == ["before"])
            await asyncio.to_thread(own_synapse.stop, kill=kill)
            await until(lambda: follower.report().state == "waiting")
            assert follower.report().trouble in ("matrix.unreachable", "matrix.outage")
            await asyncio.to_thread(own_synapse.start)
            await ann.say(room, "after")
            await until(lambda: taken.bodies == ["before", "after"])
            await until(lambda: follower.report().counts["resumed"] == 1)  # once it is kept


async def test_what_the_sink_does_not_take_comes_again_and_is_never_left_out(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        room = await shared(ann, bot)
        taken = Taken()
        failures = iter([StorageError("full"), StorageError("full")])

        def fail(body: str) -> None:
            if body == "m1" and (error := next(failures, None)):
                raise error

        taken.fail = fail
        async with following(synapse.url, bot.user.token, tmp_path, taken):
            await said(ann, room, 3)
            await until(lambda: "m2" in taken.bodies)
        assert [each for each in dict.fromkeys(taken.bodies)] == ["m0", "m1", "m2"]


async def test_one_event_on_which_we_stumble_takes_no_other_with_it(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        room = await shared(ann, bot)
        taken = Taken()

        def fail(body: str) -> None:
            if body == "m1":
                raise KeyError(body)

        taken.fail = fail
        async with following(synapse.url, bot.user.token, tmp_path, taken) as follower:
            await said(ann, room, 3)
            await until(lambda: "m2" in taken.bodies)
            assert list(dict.fromkeys(taken.bodies)) == ["m0", "m2"]
            await until(lambda: follower.report().counts["unreadable"] == 1)


async def test_a_token_that_is_taken_away_ends_it_with_a_word(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with (
        people(synapse, "bot") as (bot,),
        following(synapse.url, bot.user.token, tmp_path, Taken()) as follower,
    ):
        await bot.ask("POST", "logout", {})
        await until(lambda: follower.report().state == "stopped")
        assert follower.report().trouble == "matrix.bad_token"


async def test_a_homeserver_that_was_set_up_anew_is_looked_at_anew(tmp_path: Path) -> None:
    taken = Taken()
    async with broken() as server:
        server.says("/sync", json({"next_batch": "a"}))
        async with following(server.url, "t", tmp_path, taken):
            pass
        lost = json({"errcode": "M_UNKNOWN", "error": "Invalid stream token"}, 400)
        server.says("/sync", lost, json({"next_batch": "b"}))
        async with following(server.url, "t", tmp_path, taken):
            assert len(taken.contexts) == 2
            assert taken.gaps == 1


async def test_trouble_of_every_kind_is_waited_out(tmp_path: Path) -> None:
    taken = Taken()
    junk = {"events": [{"type": 5}, 7, {"type": "m.x"}, {"type": "m.x", "event_id": "$1"}]}
    rooms: dict[str, object] = {
        "join": {"!a": {"timeline": junk, "state": 3}, "!b": 4},
        "invite": [],
        "leave": None,
    }
    async with broken() as server:
        server.says("/sync", json({"next_batch": "a"}))
        async with following(server.url, "t", tmp_path, taken) as follower:
            limited = json({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 700}, 429)
            odd = [html(200), json([1]), json({"next_batch": 5}), json(None)]
            news = json({"next_batch": "b", "rooms": rooms})
            server.says("/sync", html(502), cut, limited, *odd, news)
            await until(lambda: follower.report().counts["unreadable"] >= 2)
            assert follower.report().counts["resumed"] == 1
            assert [each["event_id"] for each in taken.syncs[-1].joined[0].timeline] == ["$1"]
        assert len(server.asked) < 100  # it does not hammer


async def test_a_gap_that_is_too_long_is_cut_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learncomm_matrix.connection.gaps.MOST_EVENTS", 2)
    taken = Taken()
    page = {"chunk": [message("$3"), message("$2")], "end": "older"}
    timeline = {"events": [message("$3"), message("$4")], "limited": True, "prev_batch": "p"}
    async with broken() as server:
        server.says("/sync", json({"next_batch": "a"}))
        server.says("/messages", json(page))
        async with following(server.url, "t", tmp_path, taken):
            server.says(
                "/sync",
                json({"next_batch": "b", "rooms": {"join": {"!a": {"timeline": timeline}}}}),
            )
            await until(lambda: taken.gaps > 0)
            assert taken.bodies[:3] == ["$2", "$3", "$4"]  # what comes twice is told once


def message(id: str) -> dict[str, object]:
    return {"type": "m.room.message", "event_id": id, "content": {"body": id}}
