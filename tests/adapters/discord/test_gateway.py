"""The adapter's own bot, over real HTTP and a real gateway: how it starts, comes back and is checked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr

from learncomm_agent.chat.events import Chosen, Event, FormSent, MessagePosted
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Choice, Choices, Outgoing
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import DisconnectedError, PlatformError
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.options import Options
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_gateway import PRIVILEGED
from tests.adapters.discord.loopback_places import Channel, Guild, Person


class Quick(SystemClock):
    """Sleeps no longer than a test may."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.05)


@pytest.fixture
def intents() -> int:
    return PRIVILEGED


@pytest.fixture
def double(intents: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    # The options of the adapter set these for the whole process; here they are put back.
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    with Loopback(intents=intents) as double:
        yield double


@pytest.fixture
def guild(double: Loopback) -> Guild:
    return double.add_guild("Readers")


@pytest.fixture
def hall(double: Loopback, guild: Guild) -> Channel:
    return double.add_channel(guild, "hall")


@pytest.fixture
def ann(double: Loopback, guild: Guild) -> Person:
    return double.add_member(guild, "Ann")


@pytest.fixture
def clock() -> Quick:
    return Quick()


def adapter(double: Loopback, folder: Path, clock: Quick, **options: Any) -> DiscordAdapter:
    given = {
        "token": SecretStr(double.token),
        "api_url": double.api_url,
        "gateway_url": double.gateway_url,
        **options,
    }
    catalogue = builtin.catalogue()
    return DiscordAdapter(Surroundings(folder, clock, Words(), catalogue, options=Options(**given)))


@pytest.fixture
async def own(double: Loopback, tmp_path: Path, clock: Quick) -> AsyncIterator[DiscordAdapter]:
    own = adapter(double, tmp_path, clock)
    yield own
    await own.stop()


async def no_sink(event: Event) -> None:
    raise AssertionError("nothing is told")


@pytest.mark.parametrize(
    ("options", "error", "phrase"),
    [
        ({"token": None}, PlatformError, "discord.no_token"),
        ({"token": SecretStr("another")}, PlatformError, "discord.bad_token"),
        ({"api_url": "http://127.0.0.1:9/api"}, DisconnectedError, "discord.unreachable"),
    ],
)
async def test_what_keeps_it_from_starting_is_one_sentence(
    double: Loopback,
    tmp_path: Path,
    clock: Quick,
    options: dict[str, Any],
    error: type[PlatformError],
    phrase: str,
) -> None:
    own = adapter(double, tmp_path, clock, **options)
    for _ in range(2):  # a start that failed leaves nothing behind
        with pytest.raises(PlatformError) as raised:
            await own.start(no_sink)
        assert type(raised.value) is error
        assert raised.value.advice.phrase == phrase
    assert [each.phrase for each in await own.check()] == [phrase]
    assert Words().phrase(phrase, language="en")


class TestWithoutAnIntent:
    @pytest.fixture
    def intents(self) -> int:
        return 0

    async def test_it_names_the_intent(self, own: DiscordAdapter, double: Loopback) -> None:
        with pytest.raises(PlatformError) as raised:
            await own.start(no_sink)
        assert raised.value.advice.phrase == "discord.no_intent"
        await double.until(lambda: not double.is_heard())

    async def test_a_check_names_it_too(self, own: DiscordAdapter, hall: Channel) -> None:
        findings = {each.phrase: each for each in await own.check()}
        assert findings["discord.token_good"].is_ok
        assert not findings["discord.intent_off"].is_ok


async def test_a_check_looks_at_rights_and_changes_nothing(
    own: DiscordAdapter, double: Loopback, hall: Channel
) -> None:
    findings = {each.phrase: each for each in await own.check()}
    assert findings["discord.servers"].values == {"count": 1}
    about_rights = findings.get("discord.rights_good") or findings["discord.rights_missing"]
    assert about_rights.values["server"] == "Readers"
    assert {each.method for each in double.requests()} == {"GET"}
    assert not double.is_heard()


async def test_it_listens_answers_and_comes_back(
    double: Loopback,
    guild: Guild,
    hall: Channel,
    ann: Person,
    tmp_path: Path,
    clock: Quick,
) -> None:
    told: list[Event] = []

    async def sink(event: Event) -> None:
        told.append(event)

    first = adapter(double, tmp_path, clock)
    await first.start(sink)
    room = RoomRef(SpaceRef("discord", str(guild.id)), str(hall.id))
    who = AccountRef("discord", str(ann.id))

    # A message, a command of its own name, a button.
    double.says(ann, hall, f"<@{double.bot.id}> hello")
    await double.until(lambda: told)
    posted = told.pop()
    assert isinstance(posted, MessagePosted)
    assert (posted.message.text, posted.message.is_addressed) == ("hello", True)
    double.slash(ann, hall, "search", {"query": "welcome"})
    await double.until(lambda: told)
    sent = told.pop()
    assert isinstance(sent, FormSent)
    offer = Choices((Choice("show:1", "Show"),))
    answer = Outgoing(room, (*paragraph("Found"), offer), "k.0", private_to=who, reply=sent.reply)
    await first.send(answer)
    (shown,) = [each for each in double.ephemeral(ann, hall) if each.text == "Found"]
    double.presses(ann, shown, "learncomm:show:1")
    await double.until(lambda: told)
    chosen = told.pop()
    assert isinstance(chosen, Chosen)
    await first.send(Outgoing(room, paragraph("For all"), "l.0", reply=chosen.reply))
    assert double.seen(hall)[-1].text == "For all"

    # What ends the connection for good begins it anew.
    session = first._session
    assert session is not None
    await session.client.ws.close(code=4004)
    await double.until(lambda: clock.slept)
    await double.until(double.is_heard)
    await double.until(session.client.is_ready)
    double.says(ann, hall, "again")
    await double.until(lambda: told)
    await first.stop()
    await double.until(lambda: not double.is_heard())

    # The next process tells Discord nothing that it knows, and repeats nothing.
    second = adapter(double, tmp_path, clock)
    await second.start(sink)
    assert len(double.requests("PUT", "/applications/*/commands")) == 1
    await second.send(Outgoing(room, paragraph("For all"), "l.0", reply=chosen.reply))
    assert [each.text for each in double.seen(hall)].count("For all") == 1
    await second.stop()
    await second.stop()
