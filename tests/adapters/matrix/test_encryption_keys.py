"""The keys of our device: how they are kept and shown, and what comes of it where they are gone or hostile."""

import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest
import vodozemac
from nio.api import Api

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.errors import DisconnectedError, PlatformError
from learncomm_agent.words import Words
from learncomm_matrix import checking
from learncomm_matrix.connection.answers import Me
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.encryption.device import content
from learncomm_matrix.encryption.identity import Key
from learncomm_matrix.encryption.machine import Machine
from learncomm_matrix.encryption.olm import OlmEncryption
from learncomm_matrix.encryption.waiting import MOST, Waiting
from tests.adapters.matrix.following_world import options
from tests.adapters.matrix.people import Person, people
from tests.adapters.matrix.sealed import SealedPerson, sealed_person
from tests.adapters.matrix.synapse import Synapse


@asynccontextmanager
async def opened(synapse: Synapse, who: Person, folder: Path) -> AsyncIterator[OlmEncryption]:
    """Open the keys of somebody, as the adapter does."""
    notes = Notes(folder)
    await notes.load()
    keys = OlmEncryption(folder, notes)
    homeserver = Homeserver(options(synapse.url, who.user.token, encrypted=True), keys)
    try:
        await homeserver.open()
        yield keys
    finally:
        await homeserver.close()
        await notes.close()


@asynccontextmanager
async def talking(synapse: Synapse, folder: Path) -> AsyncIterator[tuple[SealedPerson, ...]]:
    """Give two with keys."""
    async with people(synapse, "ada", "ben") as found:
        both = [await sealed_person(synapse.url, each.user, folder) for each in found]
        yield tuple(both)
        for each in both:
            await each.close()


async def keys_of(asker: Person, who: Person) -> Mapping[str, Any]:
    asked: Mapping[str, Any] = {"device_keys": {who.id: []}}
    found: Mapping[str, Any] = await asker.ask("POST", "keys/query", asked)
    return found


def verify(content: Mapping[str, Any], user: str, key: str, name: str) -> None:
    bare = {each: content[each] for each in content if each not in ("signatures", "unsigned")}
    signature = vodozemac.Ed25519Signature.from_base64(
        content["signatures"][user][f"ed25519:{name}"]
    )
    vodozemac.Ed25519PublicKey.from_base64(key).verify_signature(
        Api.to_canonical_json(bare).encode(), signature
    )


async def found(synapse: Synapse, who: Person, folder: Path) -> dict[str, bool]:
    given = options(synapse.url, who.user.token, encrypted=True)
    findings = await checking.findings(given, folder)
    for each in findings:
        for language in ("en", "de"):
            assert Words().phrase(each.phrase, language=language, **each.values)
    return {each.phrase: each.is_ok for each in findings}


async def test_our_account_stands_for_our_device(synapse: Synapse, tmp_path: Path) -> None:
    """As somebody else sees it; and once is enough."""
    async with people(synapse, "ada", "bot") as (ada, bot):
        async with opened(synapse, bot, tmp_path) as keys:
            assert keys.is_signed
        told = await keys_of(ada, bot)
        device = told["device_keys"][bot.id][bot.user.device]
        (master,) = told["master_keys"][bot.id]["keys"].values()
        signer = told["self_signing_keys"][bot.id]
        (signing,) = signer["keys"].values()
        verify(device, bot.id, signing, signing)
        verify(signer, bot.id, master, master)
        verify(device, bot.id, device["keys"][f"ed25519:{bot.user.device}"], bot.user.device)
        async with opened(synapse, bot, tmp_path) as keys:
            assert keys.is_signed
        assert await keys_of(ada, bot) == told
        assert not {"matrix.keys_lost", "matrix.not_signed"} & set(
            await found(synapse, bot, tmp_path)
        )
        kept = tmp_path / "keys"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o700
        modes = {stat.S_IMODE(each.stat().st_mode) for each in kept.iterdir()}
        assert modes == {0o600} and len(list(kept.iterdir())) == 2


async def test_lost_keys_are_told_and_a_new_login_helps(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "ada", "bot") as (ada, bot):
        async with opened(synapse, bot, tmp_path):
            pass
        (kept,) = (tmp_path / "keys").glob("device-*")
        kept.unlink()
        assert (await found(synapse, bot, tmp_path))["matrix.keys_lost"] is False
        for _ in range(2):
            with pytest.raises(PlatformError) as refused:
                async with opened(synapse, bot, tmp_path):
                    pass
            assert refused.value.advice.phrase == "matrix.keys_lost"
        (kept,) = (tmp_path / "keys").glob("device-*")
        kept.write_bytes(b"no database, and long enough to be taken for one " * 200)
        with pytest.raises(PlatformError) as refused:
            async with opened(synapse, bot, tmp_path):
                pass
        assert refused.value.advice.phrase == "matrix.keys_lost"

        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": bot.id},
            "password": bot.user.password,
        }
        told = await ada.ask("POST", "login", login)
        given = options(synapse.url, told["access_token"], encrypted=True)
        notes = Notes(tmp_path)
        await notes.load()
        anew = OlmEncryption(tmp_path, notes)
        homeserver = Homeserver(given, anew)
        assert (await homeserver.open()).device_id == told["device_id"]
        assert anew.is_signed  # by the same identity as before
        await homeserver.close()
        await notes.close()


async def test_another_identity_of_the_account_is_told(synapse: Synapse, tmp_path: Path) -> None:
    """Such as an app made that somebody had used the account with; the agent runs all the same."""
    async with people(synapse, "bot") as (bot,):
        async with opened(synapse, bot, tmp_path / "one"):
            pass
        (kept,) = (tmp_path / "one" / "keys").glob("identity-*")
        kept.unlink()
        async with opened(synapse, bot, tmp_path / "one") as keys:
            assert not keys.is_signed
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": bot.id},
            "password": bot.user.password,
        }
        told = await bot.ask("POST", "login", login)
        user = type(bot.user)(bot.id, told["access_token"], told["device_id"], "")
        anew = Person(synapse.url, user)
        async with opened(synapse, anew, tmp_path / "one") as keys:
            assert not keys.is_signed
        assert (await found(synapse, anew, tmp_path / "one"))["matrix.not_signed"] is False
        await anew.close()
        kept.write_text("{}")
        with pytest.raises(PlatformError) as refused:
            async with opened(synapse, bot, tmp_path / "one"):
                pass
        assert refused.value.advice.phrase == "matrix.keys_lost"


async def test_without_a_device_there_are_no_keys(tmp_path: Path) -> None:
    keys = OlmEncryption(tmp_path, Notes(tmp_path))
    with pytest.raises(PlatformError) as refused:
        await keys.open(None, Me("@bot:localhost", ""))  # type: ignore[arg-type]
    assert refused.value.advice.phrase == "matrix.no_device"
    await keys.close()


@pytest.mark.parametrize("period", [{"rotation_period_msgs": 2}, {}])
async def test_a_key_serves_no_longer_than_the_room_says(
    synapse: Synapse, tmp_path: Path, period: Mapping[str, int]
) -> None:
    async with talking(synapse, tmp_path) as (ada, ben):
        room = await ada.create_room(invite=[ben.id])
        await ben.join(room)
        await ada.set(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2", **period})
        for text in "abcd":
            await ada.say(room, text)
        sealed = [each for each in await ben.raw(room) if each["type"] == "m.room.encrypted"]
        assert len({each["content"]["session_id"] for each in sealed}) == (2 if period else 1)
        assert await ben.texts(room) == ["a", "b", "c", "d"]


async def test_a_new_device_reads_on(synapse: Synapse, tmp_path: Path) -> None:
    async with talking(synapse, tmp_path) as (ada, ben):
        room = await ada.create_room(invite=[ben.id], encrypted=True)
        await ben.join(room)
        await ada.say(room, "before")
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": ben.id},
            "password": ben.user.password,
        }
        told = await ada.ask("POST", "login", login)
        user = type(ben.user)(ben.id, told["access_token"], told["device_id"], "")
        phone = await sealed_person(synapse.url, user, tmp_path)
        await ada.say(room, "after")
        assert [each.text for each in await phone.seen(room) if each.kind == "m.text"] == ["after"]
        await phone.close()


HOSTILE: tuple[Any, ...] = (
    {"type": "m.room.encrypted"},
    {"type": "m.room.encrypted", "sender": 5, "content": []},
    {"type": "m.room.encrypted", "sender": "@x:y", "content": {"ciphertext": "x"}},
    {
        "type": "m.room.encrypted",
        "sender": "@x:y",
        "content": {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": "!",
            "ciphertext": {"OWN": {"type": 0, "body": "AAAA"}},
        },
    },
    {"type": "m.room_key", "content": {"session_id": "s"}},
    {"type": "m.key.verification.request", "content": None},
    7,
)


async def test_hostile_letters_and_events_change_nothing(synapse: Synapse, tmp_path: Path) -> None:
    async with talking(synapse, tmp_path) as (ada, ben):
        room = await ada.create_room(invite=[ben.id], encrypted=True)
        await ben.join(room)
        await ada.say(room, "well")
        own = (await keys_of(ada, ben))["device_keys"][ben.id][ben.user.device]["keys"]
        told = json.loads(json.dumps(HOSTILE).replace("OWN", own[f"curve25519:{ben.user.device}"]))
        await ben.keys.heard({"to_device": {"events": told}, "device_lists": 5, "rooms": []})
        await ben.keys.heard({"to_device": [], "rooms": {"join": {room: 3}}})
        (sealed,) = (each for each in await ben.raw(room) if each["type"] == "m.room.encrypted")
        content = sealed["content"]
        changed: tuple[Any, ...] = (
            {},
            {"content": {}},
            {"content": {**content, "ciphertext": "AAAA"}},
            {"content": {**content, "ciphertext": content["ciphertext"][:-9] + "AAAAAAAAA"}},
            {"content": {**content, "session_id": "none"}},
            {"content": {**content, "session_id": {}}},
            {"content": content, "event_id": "$again", "sender": ada.id},
        )
        assert await ben.texts(room) == ["well"]
        for each in changed:
            event = {"type": "m.room.encrypted", **each}
            assert await ben.keys.decrypt(room, event) == event
        assert await ben.keys.decrypt("!other:localhost", sealed) == sealed
        forged = {**sealed, "sender": ben.id}
        assert await ben.keys.decrypt(room, forged) == forged  # ada's key, and known as hers
        assert await ben.texts(room) == ["well"]


async def test_a_sync_that_comes_twice_is_taken_once(synapse: Synapse, tmp_path: Path) -> None:
    async with talking(synapse, tmp_path) as (ada, ben):
        room = await ada.create_room(invite=[ben.id], encrypted=True)
        await ben.join(room)
        await ada.say(room, "once")
        told = await ben.ask("GET", "sync", timeout=0)
        assert told["to_device"]["events"]
        await ben.keys.heard(told)
        key = told["to_device"]["events"][0]["content"]["sender_key"]

        def grow_old(olm: Any) -> None:
            olm.session_store.get(key).creation_time -= timedelta(days=1)

        await ben.keys._machine.do(grow_old)
        await ben.keys.heard(told)
        # Had it been opened a second time, the way between both would look broken.
        assert await ben.keys._machine.do(lambda olm: len(olm.session_store[key])) == 1
        assert await ben.texts(room) == ["once"]
        await ben.say(room, "and back")
        assert await ada.texts(room) == ["once", "and back"]


async def test_once_encrypted_a_room_stays_so(synapse: Synapse, tmp_path: Path) -> None:
    """Over a restart, and whatever the homeserver says."""
    async with people(synapse, "bot") as (bot,):
        room = await bot.create_room(encrypted=True)
        async with opened(synapse, bot, tmp_path) as keys:
            await keys.heard(await bot.ask("GET", "sync", timeout=0))
        notes = Notes(tmp_path)
        await notes.load()
        given = options(synapse.url, bot.user.token, encrypted=True)
        homeserver = Homeserver(given, OlmEncryption(tmp_path, notes))
        await homeserver.open()
        assert homeserver.is_encrypted(room) and not homeserver.is_encrypted("!other:localhost")
        await homeserver.close()
        await notes.close()


async def test_a_full_disk_is_told_and_what_was_not_kept_is_not_known(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    await machine.open(Me("@bot:localhost", "DEVICE"))

    def fails(olm: Any) -> None:
        olm.create_outbound_group_session("!room:localhost")
        raise peewee.OperationalError("database or disk is full")

    with pytest.raises(PlatformError) as refused:
        await machine.do(fails)
    assert refused.value.advice.phrase == "error.storage_full"
    assert not await machine.do(lambda olm: list(olm.inbound_group_store))
    shown = (await machine.do(lambda olm: content(olm, 0)))["one_time_keys"]
    await machine.close()
    again = Machine(tmp_path)
    await again.open(Me("@bot:localhost", "DEVICE"))  # as after a crash before the answer
    assert (await again.do(lambda olm: content(olm, 0)))["one_time_keys"] == shown
    await again.close()
    await machine.close()
    with pytest.raises(DisconnectedError):
        await machine.do(lambda olm: None)


def test_without_the_extra_all_but_encryption_works(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.modules["vodozemac"] = sys.modules["peewee"] = None
from pathlib import Path
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import PlatformError
from learncomm_matrix.adapter import MatrixAdapter
for is_encrypted in (True, False):
    options = MatrixAdapter.Options(homeserver="http://127.0.0.1:1", token="t", encrypted=is_encrypted)
    here = Surroundings(Path({str(tmp_path)!r}), SystemClock(), None, None, options=options)
    try:
        asyncio.run(MatrixAdapter(here).start(None))
    except PlatformError as error:
        print(error.advice.phrase)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.split() == ["matrix.no_encryption", "matrix.unreachable"], run.stderr


async def test_another_client_reads_and_is_read(synapse: Synapse, tmp_path: Path) -> None:
    """One that has its own way with keys, as a process of its own."""
    async with people(synapse, "ada", "ben") as (plain, other):
        ada = await sealed_person(synapse.url, plain.user, tmp_path)
        room = await ada.create_room(invite=[other.id], encrypted=True)
        await other.join(room)
        client = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(__file__).with_name("other_client.py"))),
            *(synapse.url, other.id, other.user.device, other.user.token, room, str(tmp_path)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert client.stdin is not None and client.stdout is not None
        assert await client.stdout.readline() == b"ready\n"
        await ada.say(room, "from one")
        assert await client.stdout.readline() == b"from one\n"
        await ada.until(room, lambda seen: [each.text for each in seen] == ["from one", "back"])
        assert await client.wait() == 0
        await ada.close()


async def test_no_more_wait_than_are_kept(tmp_path: Path) -> None:
    """The oldest go first, and what is older than all is not taken in."""
    notes = Notes(tmp_path)
    await notes.load()
    waiting = Waiting(notes)
    await notes.put()
    kind = notes._kinds.setdefault("sealed", {})
    kind.update({f"${n}": ["!r:x", "s", n] for n in range(1, MOST + 1)})

    async def add(id: str, at: object) -> object:
        return await waiting.add(
            "!r:x", {"event_id": id, "origin_server_ts": at, "content": {"session_id": "t"}}
        )

    assert await add("$new", MOST + 5) == ("!r:x", "t")
    assert "$1" not in notes.all("sealed") and len(notes.all("sealed")) == MOST
    assert await add("$old", 1) is None and await add("$odd", "soon") is None
    assert await waiting.add("!r:x", {"event_id": 5, "content": 3}) is None
    assert waiting.of(("!r:x", "t")) == ["$new"]
    await notes.close()


def test_a_signature_is_the_one_of_the_standard() -> None:
    key = Key(bytes(range(32)))
    signed = key.signed(
        {"b": 1, "a": "ü", "unsigned": {}, "signatures": {"@x:y": {"k": "s"}}}, "@b:y"
    )
    assert signed["signatures"]["@x:y"] == {"k": "s"} and "unsigned" not in signed
    verify(signed, "@b:y", key.public, key.public)
