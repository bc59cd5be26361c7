"""The seam: typed calls against a real homeserver, and what goes wrong as errors of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from learncomm_agent.errors import (
    DisconnectedError,
    LearncommError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
)
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.faults import (
    BadTokenError,
    LostPlaceError,
    RefusedError,
    TooLargeError,
    WrongAddressError,
)
from learncomm_matrix.options import Options
from tests.adapters.matrix.broken_server import Answer, broken, cut, html, json, silence
from tests.adapters.matrix.following_world import options
from tests.adapters.matrix.people import people
from tests.adapters.matrix.synapse import Synapse

TEXT = {"msgtype": "m.text", "body": "hé 👋"}


@asynccontextmanager
async def opened(url: str, token: str) -> AsyncIterator[Homeserver]:
    homeserver = Homeserver(options(url, token))
    try:
        await homeserver.open()
        yield homeserver
    finally:
        await homeserver.close()


async def test_a_transaction_makes_one_event_whose_surroundings_can_be_read(
    synapse: Synapse,
) -> None:
    async with people(synapse, "bot") as (bot,), opened(synapse.url, bot.user.token) as there:
        room = await there.create_room(name="hall")
        ids = {await there.put(room, "m.room.message", TEXT, "a/b?c") for _ in range(2)}
        assert len(ids) == 1
        (id,) = ids
        assert (await there.event(room, id))["content"] == TEXT
        reply = {**TEXT, "m.relates_to": {"rel_type": "m.thread", "event_id": id}}
        answer = await there.put(room, "m.room.message", reply, "t2")
        for number in range(102):  # more than a page
            like = {"rel_type": "m.annotation", "event_id": id, "key": f"{number}"}
            await there.put(room, "m.thing", {"m.relates_to": like}, f"l{number}")
        assert [each["event_id"] for each in await there.relations(room, id, "m.thread")] == [
            answer
        ]
        assert len(await there.relations(room, id, "m.annotation", "m.thing")) == 102
        assert [each["event_id"] for each in await there.threads(room)] == [id]
        behind = await there.context(room, id)
        page = await there.messages(room, behind.end, forward=True, limit=1)
        assert [each["event_id"] for each in page.events] == [answer]
        assert await there.at(room, datetime(2020, 1, 1, tzinfo=UTC)) is not None
        assert await there.at(room, datetime(2100, 1, 1, tzinfo=UTC)) is None
        await there.redact(room, answer, "r1", "why")
        assert (await there.event(room, answer))["content"] == {}
        await there.typing(room, 5)
        await there.typing(room, 0)
        await there.read(room, id)
        assert len(await there.members(room)) == 1


async def test_people_rooms_and_spaces(synapse: Synapse) -> None:
    async with (
        people(synapse, "bot", "ann") as (bot, ann),
        opened(synapse.url, bot.user.token) as there,
    ):
        assert await there.display_name(ann.id) == "Ann"
        assert await there.direct() == {}
        talk = await there.create_room(invite=[ann.id], is_direct=True)
        await there.set_direct({ann.id: [talk]})
        assert await there.direct() == {ann.id: (talk,)}
        sync = await there.sync(None)
        assert sync.direct == {ann.id: (talk,)}
        space = await ann.create_space("School")
        await ann.invite(space, bot.id)
        invited = (await there.sync(sync.next_batch)).invited[space]
        assert ann.id in {each["sender"] for each in invited}
        await there.join(space)
        room = await ann.create_room("hall", join_rule="public")
        await ann.add_child(space, room)
        found = await there.children(space)
        assert [(each.room_id, each.name) for each in found] == [(room, "hall")]
        await there.leave(space)
        assert space not in await there.joined()
        quiet = await there.create_room(is_encrypted=True)
        assert there.is_encrypted(quiet)
        with pytest.raises(PlatformError) as refused:
            await there.put(quiet, "m.room.message", TEXT, "t1")
        assert refused.value.advice.phrase == "matrix.needs_encryption"  # never in clear


async def test_files_stop_at_their_limits(synapse: Synapse) -> None:
    async with people(synapse, "bot") as (bot,), opened(synapse.url, bot.user.token) as there:
        raw = b"x" * 300_000
        address = await there.upload(raw, "ä b.txt", "text/plain")
        assert await there.download(address, len(raw)) == raw
        with pytest.raises(TooLargeError):
            await there.download(address, len(raw) - 1)
        room = await there.create_room()
        content = await there.upload_to(room, raw, "x", "text/plain")
        assert await there.download_of(content, len(raw)) == raw
        limit = await there.upload_limit()
        assert limit == 20 * 1024**2
        with pytest.raises(TooLargeError):
            await there.upload(b"x" * (limit + 1), "x", "text/plain")
        for nonsense in ("", "https://example.org/x", "mxc://x", "mxc://../../x"):
            with pytest.raises(PlatformError):
                await there.download(nonsense, 10)


async def test_what_the_homeserver_refuses_is_an_error_of_ours(synapse: Synapse) -> None:
    async with (
        people(synapse, "bot", "ann") as (bot, ann),
        opened(synapse.url, bot.user.token) as there,
    ):
        room = await ann.create_room("hall", invite=[bot.id])
        with pytest.raises(RoomGoneError):
            await there.put(room, "m.room.message", TEXT, "t1")
        await there.join(room)
        with pytest.raises(NotPermittedError):
            await there.put_state(room, "m.room.name", "", {"name": "mine"})
        with pytest.raises(TooLargeError):
            await there.put(room, "m.room.message", {**TEXT, "body": "x" * 70_000}, "t2")
        with pytest.raises(RoomGoneError):
            await there.event(room, "$nothing")
        with pytest.raises(RoomGoneError):
            await there.download("mxc://localhost/nothing", 10)
        with pytest.raises(LostPlaceError):
            await there.sync("rubbish")


async def test_a_limit_tells_how_long_it_lasts(strict_synapse: Synapse) -> None:
    async with (
        people(strict_synapse, "bot") as (bot,),
        opened(strict_synapse.url, bot.user.token) as there,
    ):
        room = await there.create_room()
        with pytest.raises(RateLimitedError) as limited:
            for number in range(12):
                await there.put(room, "m.room.message", TEXT, f"t{number}")
        assert 0 < limited.value.retry_after_s <= 5


ANSWERS: list[tuple[Answer, type[LearncommError]]] = [
    (html(502), DisconnectedError),
    (html(200), WrongAddressError),
    (html(404), WrongAddressError),
    (html(401), BadTokenError),
    (cut, DisconnectedError),
    (json({"errcode": "M_UNKNOWN_TOKEN"}, 401), BadTokenError),
    (json({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": "soon"}, 429), RateLimitedError),
    (json({"errcode": 7, "error": []}, 403), NotPermittedError),
    (json({"errcode": "M_FORBIDDEN"}, 403), NotPermittedError),
    (json({"errcode": "M_BAD_JSON"}, 400), RefusedError),
    (json([]), WrongAddressError),
    (json({"event_id": 5}), WrongAddressError),
]


@pytest.mark.parametrize(("answer", "error"), ANSWERS)
async def test_answers_of_a_broken_server(answer: Answer, error: type[LearncommError]) -> None:
    async with broken() as server, opened(server.url, "t") as there:
        server.says("/t1", answer)
        with pytest.raises(error) as refused:
            await there.put("!a:x", "m.room.message", TEXT, "t1")
        assert type(refused.value) is error
        assert "hé" not in str(refused.value)


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async with broken() as server:
        there = Homeserver(options(server.url, "t"), patience_s=0.1)
        server.says("/whoami", silence)
        with pytest.raises(DisconnectedError):
            await there.open()
        await there.close()


async def test_a_server_of_before_2024_gives_files_too() -> None:
    async with broken() as server, opened(server.url, "t") as there:
        older = "/_matrix/media/v3"
        server.says(f"{older}/download/x/1", json({"a": 1}))
        server.says(f"{older}/config", json({"m.upload.size": 7}))
        assert await there.download("mxc://x/1", 100) == b'{"a": 1}'
        assert await there.upload_limit() == 7


async def test_a_list_of_pages_without_an_end_ends() -> None:
    async with broken() as server, opened(server.url, "t") as there:
        server.says("/threads", json({"chunk": [{"type": "m.x"}], "next_batch": "again"}))
        assert len(await there.threads("!a:x")) == 2


@pytest.mark.parametrize(
    ("given", "phrase"),
    [
        (Options(), "matrix.no_homeserver"),
        (Options(homeserver="https://matrix.example.org"), "matrix.no_token"),
    ],
)
def test_what_is_missing_is_said(given: Options, phrase: str) -> None:
    with pytest.raises(PlatformError) as missing:
        Homeserver(given)
    assert missing.value.advice.phrase == phrase
