"""What `doctor` finds, by real sentences."""

import pytest

from learncomm_agent.words import Words
from learncomm_matrix import checking
from learncomm_matrix.options import Options
from tests.adapters.matrix.broken_server import Answer, broken, html, json
from tests.adapters.matrix.following_world import options
from tests.adapters.matrix.people import people
from tests.adapters.matrix.synapse import Synapse


async def found(given: Options) -> dict[str, bool]:
    findings = await checking.findings(given)
    words = Words()
    for each in findings:
        for language in ("en", "de"):
            assert words.phrase(each.phrase, language=language, **each.values)
    return {each.phrase: each.is_ok for each in findings}


async def test_all_is_well(synapse: Synapse) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        given = options(synapse.url, bot.user.token)
        assert await found(given) == {"matrix.token_good": True, "matrix.rooms": False}
        room = await ann.create_room("hall", invite=[bot.id])
        await bot.join(room)
        well = {"matrix.token_good": True, "matrix.rooms": True}
        assert await found(given) == well | {"matrix.lacks_pins": True}
        await ann.set(room, "m.room.power_levels", {"users": {bot.id: 50}})
        assert await found(given) == well | {"matrix.rights_good": True}
        await ann.set(room, "m.room.power_levels", {"events_default": 30})
        assert (await found(given))["matrix.lacks_messages"] is False
        missing = options(synapse.url, bot.user.token, spaces=("!away:x",))
        assert (await found(missing))["matrix.space_missing"] is False


async def test_encrypted_rooms_are_named_where_encryption_is_off(
    synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with people(synapse, "ann", "bot") as (ann, bot):
        room = await ann.create_room("hall", invite=[bot.id])
        await bot.join(room)
        algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
        await ann.set(room, "m.room.encryption", algorithm)
        assert (await found(options(synapse.url, bot.user.token)))["matrix.room_encrypted"] is False
        monkeypatch.setattr(checking, "can_encrypt", lambda: False)
        lacking = await found(options(synapse.url, bot.user.token, encrypted=True))
        assert lacking["matrix.no_encryption"] is False


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (html(404), "matrix.wrong_address"),
        (html(200), "matrix.wrong_address"),
        (html(502), "matrix.outage"),
        (json({"errcode": "M_UNKNOWN_TOKEN"}, 401), "matrix.bad_token"),
    ],
)
async def test_what_keeps_us_out_is_said(answer: Answer, phrase: str) -> None:
    async with broken() as server:
        server.says("/whoami", answer)
        assert await found(options(server.url, "t")) == {phrase: False}


async def test_nothing_there_and_nothing_set() -> None:
    assert await found(options("http://127.0.0.1:9", "t")) == {"matrix.unreachable": False}
    assert await found(Options()) == {"matrix.no_homeserver": False}
