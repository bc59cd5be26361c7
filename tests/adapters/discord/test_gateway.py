"""The adapter's own bot, over real HTTP and a real gateway: how it starts, comes back and is checked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import Chosen, Event, FormSent, GapEnded, MessagePosted
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Choices, Outgoing
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import DisconnectedError, PlatformError
from learncomm_agent.settings import CommunitySettings, EmbeddingSettings, Settings
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord import checking
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.checking import NEEDED
from learncomm_discord.options import Options
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_gateway import PRIVILEGED
from tests.adapters.discord.loopback_places import VIEW, Channel, Guild, Person
from tests.adapters.discord.own_bot import Quick, QuickBot, adapter, at_hand


@pytest.fixture
def intents() -> int:
    return PRIVILEGED


@pytest.fixture
def double(intents: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    at_hand(monkeypatch)
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
    double: Loopback, guild: Guild, tmp_path: Path, clock: Quick
) -> None:
    folder = tmp_path / "discord"
    for is_good in (True, False):
        if not is_good:
            guild.roles[guild.id].permissions = VIEW
        findings = await adapter(double, folder, clock).check()
        phrases = [each.phrase for each in findings if each.is_ok is is_good]
        about_rights = [each for each in findings if each.values.get("server") == "Readers"]
        lacking = [phrase for name, phrase in NEEDED.items() if name != "view_channel"]
        assert [each.phrase for each in about_rights] == (
            ["discord.rights_good"] if is_good else [*lacking, "discord.invite"]
        )
        assert {each.phrase for each in about_rights} <= set(phrases)
    for phrase in NEEDED.values():
        assert "Readers" in Words().phrase(phrase, language="de", server="Readers")
    assert {each.method for each in double.requests()} == {"GET"}
    assert not double.is_heard()
    assert not folder.exists()


async def test_a_check_speaks_of_the_servers_that_are_served(
    double: Loopback,
    guild: Guild,
    tmp_path: Path,
    clock: Quick,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [double.add_guild(f"Other {number}") for number in range(3)]
    named = (str(others[0].id), "123456789012345678")
    found = await adapter(double, tmp_path, clock, guilds=named).check()
    values = {each.phrase: each.values for each in found}
    assert values["discord.servers"] == {"count": 1}
    assert values["discord.rights_good"] == {"server": "Other 0"}
    assert values["discord.server_hidden"] == {"server": named[1]}
    assert "discord.servers_left" not in values
    monkeypatch.setattr(checking, "MOST_SERVERS", 1)
    found = await adapter(double, tmp_path, clock).check()
    assert found[-1].phrase == "discord.servers_left"
    assert found[-1].values == {"looked_at": 1, "left": 3}


async def test_a_check_of_a_bot_that_is_nowhere_gives_the_link_to_invite_it(
    double: Loopback, guild: Guild, tmp_path: Path, clock: Quick
) -> None:
    found = await adapter(double, tmp_path, clock, guilds=("123456789012345678",)).check()
    (servers,) = (each for each in found if each.phrase == "discord.servers")
    assert not servers.is_ok
    for language in ("en", "de"):
        said = Words().phrase(servers.phrase, language=language, **servers.values)
        assert f"&permissions={checking.ASKED.value}" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_url", "http://"),
        ("api_url", "http://:80/api"),
        ("api_url", "http://127.0.0.1:70000/api"),
        ("api_url", "http://127.0.0.1:x/api"),
        ("api_url", "http://[::1/api"),
        ("api_url", "https://me:secret@discord.com"),
        ("gateway_url", "ws://127.0.0.1:0"),
        ("gateway_url", "https://discord.com"),
    ],
)
def test_an_address_is_one(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({name: value})


# Until it is known what there is


async def refused(adapter: DiscordAdapter, room: RoomRef, who: AccountRef) -> None:
    """See that all is put off, rather than answered from what is not known yet."""
    await adapter.acknowledge(room, None)
    message, said = MessageRef(room, "1"), Outgoing(room, paragraph("Hello"), "k.0")
    for doing in (
        adapter.readable(Audience.of_account(who)),
        adapter.readable(Audience.of_room(room)),
        adapter.capabilities(room),
        adapter.send(said),
        adapter.edit(message, said),
        adapter.delete(message),
        adapter.react(message, "👍"),
        adapter.open_thread(room, "Group", key="t"),
        adapter.direct_room(who),
        adapter.read_attachment(Attachment("https://cdn.discordapp.com/1", "a", "text/plain", 1)),
        anext(adapter.history(room, None)),
    ):
        with pytest.raises(DisconnectedError):
            await doing


def refs(guild: Guild, hall: Channel, ann: Person) -> tuple[RoomRef, AccountRef]:
    room = RoomRef(SpaceRef("discord", str(guild.id)), str(hall.id))
    return room, AccountRef("discord", str(ann.id))


async def test_all_is_put_off_until_the_servers_are_known(
    own: DiscordAdapter, double: Loopback, guild: Guild, hall: Channel, ann: Person
) -> None:
    room, who = refs(guild, hall, ann)
    await refused(own, room, who)
    double.delay("GET", "/users/@me", 60)
    starting = asyncio.create_task(own.start(no_sink))
    await double.until(lambda: double.requests("GET", "/users/@me"))
    await refused(own, room, who)
    starting.cancel()
    await asyncio.wait([starting])
    await own.start(no_sink)
    assert room in await own.readable(Audience.of_account(who))
    await own.stop()
    await refused(own, room, who)


async def test_after_a_new_session_nothing_old_is_believed(
    own: DiscordAdapter, double: Loopback, guild: Guild, hall: Channel, ann: Person
) -> None:
    room, who = refs(guild, hall, ann)
    told: list[Event] = []

    async def sink(event: Event) -> None:
        told.append(event)

    await own.start(sink)
    assert room in await own.readable(Audience.of_account(who))
    session = own._session
    assert session is not None
    double.drop()
    await double.until(lambda: double.resumed == 1)
    double.drop(is_resumable=False)
    den = double.add_channel(guild, "den")
    double.remove_channel(hall)
    await double.until(lambda: session.client.get_channel(den.id))
    await double.until(lambda: [each.state for each in own.report()] == ["ready"])
    readable = await own.readable(Audience.of_account(who))
    assert room not in readable
    # What was missed is to be read again; a session that went on has missed nothing.
    await double.until(lambda: told)
    assert set(told) == {GapEnded("discord")}
    assert RoomRef(room.space, str(den.id)) in readable


async def test_while_the_line_is_down_no_rule_is_believed(
    own: DiscordAdapter, double: Loopback, guild: Guild, hall: Channel, ann: Person
) -> None:
    """discord.py calls itself ready all the while, and knows the rules of before."""

    async def sink(event: Event) -> None: ...

    den = double.add_channel(guild, "den")
    room, who = refs(guild, hall, ann)
    other = RoomRef(room.space, str(den.id))
    audiences = (
        Audience.of_room(room),
        Audience.of_account(who),
        Audience.of_account(who, room.space),
    )
    await own.start(sink)
    session, refused_at = own._session, list[bool]()
    assert session is not None
    assert all([other in await own.readable(each) for each in audiences])

    async def ask() -> None:
        refused_at.append(session.client.is_ready())
        for each in audiences:
            with pytest.raises(DisconnectedError):
                await own.readable(each)
        refused_at.append(session.client.is_ready())

    session.client.add_listener(ask, "on_disconnect")
    double.drop()
    hidden = {"id": str(guild.id), "type": 0, "allow": "0", "deny": str(1 << 10)}
    double.sends("CHANNEL_UPDATE", den.body() | {"permission_overwrites": [hidden]})
    await double.until(lambda: double.resumed == 1 and len(refused_at) > 1)
    await double.until(lambda: [each.state for each in own.report()] == ["ready"])
    assert refused_at == [True, True]
    for each in audiences:
        found = await own.readable(each)
        assert (room in found, other in found) == (True, False)


class Impatient(SystemClock):
    """Twenty times as quick, so that whatever is put off for seconds comes soon."""

    def __init__(self) -> None:
        self._start = super().now()

    def now(self) -> datetime:
        return self._start + 20 * (super().now() - self._start)


class Asked(DiscordAdapter):
    """Counts how often it was asked who may read what."""

    asked = 0

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        self.asked += 1
        return await super().readable(audience)


async def test_what_waits_over_a_restart_is_answered_once_all_is_known(
    double: Loopback, guild: Guild, hall: Channel, ann: Person, tmp_path: Path, clock: Quick
) -> None:
    settings = Settings(
        data=tmp_path,
        community=CommunitySettings(spaces=(f"discord:{guild.id}",)),
        embedding=EmbeddingSettings(kind="off"),
    )
    async with Agent(settings, [adapter(double, tmp_path, clock)]):
        note = "A kite needs a steady wind and a long string, and hands that are patient."
        double.slash(ann, hall, "share", {"what": note})
        await double.until(lambda: [each for each in double.seen(hall) if each.text])
        double.fail("GET", "/guilds/*/members/*", status=503, times=1000)
        double.slash(ann, hall, "search", {"query": "kite"})
        await double.until(lambda: double.requests("GET", "/guilds/*/members/*"))
    assert [each.text for each in double.ephemeral(ann, hall)] == [""]
    double.mend()
    # Now in somebody else's bot, which connects only when all its extensions are there.
    options = Options(api_url=double.api_url, gateway_url=double.gateway_url)
    host = QuickBot(options)
    surroundings = Surroundings(tmp_path, clock, Words(), builtin.catalogue(), options=options)
    again = Asked(surroundings, host)
    async with host, Agent(settings, [again], clock=Impatient()), asyncio.TaskGroup() as group:
        await double.until(lambda: again.asked)
        group.create_task(host.start(double.token))
        await double.until(lambda: [each.text for each in double.ephemeral(ann, hall)] != [""])
        (answer,) = double.ephemeral(ann, hall)
        assert "a steady wind" in answer.text
        await host.close()


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
    double.presses(ann, shown, shown.buttons["Show"])
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
    assert len(double.requests("PUT", "/applications/*/commands")) == 2  # for all, for leaders
    await second.send(Outgoing(room, paragraph("For all"), "l.0", reply=chosen.reply))
    assert [each.text for each in double.seen(hall)].count("For all") == 1
    await second.stop()
    await second.stop()
