"""Whole sessions: lines in, text and events out."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
)
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, File, Outgoing, Paragraph, Text
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Interactive, Platform
from learncomm_agent.chat.verbs import Acknowledges, Deletes, DirectMessages, Files, Reactions
from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind, Reply
from learncomm_agent.commands.surroundings import Phrases, Surroundings
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RoomGoneError,
    StorageError,
)
from learncomm_agent.plugins import load
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.words import Words
from learncomm_terminal.adapter import TerminalAdapter
from learncomm_terminal.lines import OWN

T = TypeVar("T")


@pytest.fixture
def phrases(words: Words) -> Phrases:
    return words


async def never(*_: object) -> Reply:
    raise AssertionError("the terminal runs no command itself")


CATALOGUE = Catalogue(
    (
        Command("help", never, is_private=True),
        Command(
            "search",
            never,
            (Option("query", takes_rest=True), Option("limit", OptionKind.NUMBER)),
            is_private=True,
            aliases=("find",),
        ),
        Command(
            "share",
            never,
            (Option("text", takes_rest=True), Option("file", OptionKind.FILE)),
        ),
    )
)


class Impatient(ManualClock):
    """A clock on which nobody waits in vain: an answer that is not on its way never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.sending: list[asyncio.Task[Any]] = []

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        is_vain = timeout_s is not None and all(task.done() for task in self.sending)
        async with asyncio.timeout(0 if is_vain else None):
            return await waiting


class Terminal:
    """Runs scripts on one folder, as often as a test wishes; each run is a start of its own."""

    def __init__(self, folder: Path, phrases: Phrases) -> None:
        self.folder = folder
        self.clock = Impatient()
        self.events: list[Event] = []
        self.answer: Callable[[Event], Outgoing | None] = lambda event: None
        self.fault: Exception | None = None
        self._phrases = phrases
        self.at: dict[int, Callable[[TerminalAdapter], Awaitable[None]]] = {}

    def adapter(
        self, lines: AsyncIterator[str] | None = None, out: io.StringIO | None = None
    ) -> TerminalAdapter:
        surroundings = Surroundings(
            self.folder, self.clock, self._phrases, CATALOGUE, community="the reading circle"
        )
        return TerminalAdapter(surroundings, lines or typed([]), out or io.StringIO())

    async def run(self, *lines: str) -> str:
        """Type these lines; return what was printed behind the greeting."""
        out = io.StringIO()
        adapter = self.adapter(self._script(lines, lambda: adapter), out)

        async def sink(event: Event) -> None:
            if self.fault is not None:
                raise self.fault
            self.events.append(event)
            outgoing = self.answer(event)
            if outgoing is not None:
                self.clock.sending.append(asyncio.create_task(adapter.send(outgoing)))

        await adapter.start(sink)
        await adapter.finished()
        await asyncio.gather(*self.clock.sending)
        await adapter.stop()
        return out.getvalue()

    async def _script(
        self, lines: tuple[str, ...], adapter: Callable[[], TerminalAdapter]
    ) -> AsyncIterator[str]:
        for number, line in enumerate(lines):
            if number in self.at:
                await self.at[number](adapter())
            yield line
        if len(lines) in self.at:
            await self.at[len(lines)](adapter())

    def told(self) -> list[str]:
        """The texts of all messages that the agent was told."""
        return [each.message.text for each in self.events if isinstance(each, MessagePosted)]

    def forms(self) -> list[FormSent]:
        """The commands that the agent was told."""
        return [each for each in self.events if isinstance(each, FormSent)]

    def chosen(self) -> list[str]:
        """What was chosen."""
        return [each.choice for each in self.events if isinstance(each, Chosen)]


async def typed(lines: list[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


@pytest.fixture
def terminal(tmp_path: Path, phrases: Phrases) -> Terminal:
    folder = tmp_path / "terminal"
    folder.mkdir()
    return Terminal(folder, phrases)


SPACE = SpaceRef("terminal", "local")
LOBBY = RoomRef(SPACE, "room:lobby")
ADA, BEN = AccountRef("terminal", "ada"), AccountRef("terminal", "ben")
OFFER = Choices((Choice("fb:1:yes", "Useful"), Choice("fb:1:no", "Not right")))


def post(text: str, key: str = "k", *more: Block, private_to: AccountRef | None = None) -> Outgoing:
    return Outgoing(LOBBY, (Paragraph((Text(text),)), *more), key, private_to=private_to)


def tail(printed: str, count: int) -> list[str]:
    """The last lines before the good-bye."""
    return printed.splitlines()[-count - 1 : -1]


def kept(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.rglob("*")) if path.is_file())


def test_it_is_found_as_a_plugin_and_is_what_it_says() -> None:
    assert load("adapters", "terminal") is TerminalAdapter


async def test_it_implements_what_it_claims(terminal: Terminal) -> None:
    adapter = terminal.adapter()
    for protocol in (
        Platform,
        Acknowledges,
        Deletes,
        DirectMessages,
        Files,
        Interactive,
        Reactions,
    ):
        assert isinstance(adapter, protocol)


# Greeting


async def test_the_first_run_welcomes_in_five_lines_that_lead_to_a_search(
    terminal: Terminal,
) -> None:
    printed = (await terminal.run()).splitlines()
    assert "one terminal" in printed[0]
    assert any("/search" in line for line in printed[:5])
    assert all(f"/{name}" in printed[5] for name in OWN)
    assert printed[6:] == ["── Ada #lobby ──", "Good-bye. Everything is kept for the next time."]


async def test_who_returns_gets_one_line_and_the_last_of_the_room(terminal: Terminal) -> None:
    await terminal.run("Hello")
    back, head, line, _ = (await terminal.run()).splitlines()
    assert back.startswith("Welcome back")
    assert (head, line) == ("── Ada #lobby ──", "  1 Ada: Hello")


# Saying things


async def test_a_message_is_told_with_all_that_belongs_to_it(terminal: Terminal) -> None:
    printed = await terminal.run("Hello all", "/as Ben", "/reply 1 Hello Ada")
    one, two = (event for event in terminal.events if isinstance(event, MessagePosted))
    assert (one.message.ref, one.message.text) == (MessageRef(LOBBY, "1"), "Hello all")
    assert (one.author.name, one.author.is_leader, one.author.is_bot) == ("Ada", True, False)
    assert (one.room.name, one.room.is_read, one.message.is_addressed) == ("lobby", True, False)
    assert (two.message.author, two.message.reply_to) == (BEN, MessageRef(LOBBY, "1"))
    assert two.author.is_leader is False
    assert tail(printed, 1) == ["  2 Ben: ↳ 1 Hello Ada"]


async def test_who_names_the_agent_speaks_to_it(terminal: Terminal) -> None:
    printed = await terminal.run("@learncomm what is new?")
    (event,) = (event for event in terminal.events if isinstance(event, MessagePosted))
    assert (event.message.text, event.message.is_addressed) == ("what is new?", True)
    assert tail(printed, 1) == ["  1 Ada: @learncomm what is new?"]


async def test_a_direct_talk_is_for_two(terminal: Terminal) -> None:
    printed = await terminal.run("/direct", "a secret", "/as Ben", "/direct", "/as Ada", "/direct")
    (event,) = (event for event in terminal.events if isinstance(event, MessagePosted))
    assert event.room.kind is RoomKind.DIRECT
    assert event.message.is_addressed
    assert not event.room.is_read
    assert printed.count("a secret") == 2
    ben = printed.split("── Ben #lobby ──")[1].split("── Ada")[0]
    assert "── Ben @learncomm ──" in ben
    assert "secret" not in ben


async def test_escape_sequences_never_reach_the_screen_or_the_agent(terminal: Terminal) -> None:
    async def hostile(adapter: TerminalAdapter) -> None:
        text = "\x1b]0;owned\x07\x1b[2Jred\x9b31m"
        choices = Choices((Choice("a", "\x1b[5mblink"),))
        await adapter.send(post(text, "k", File("\x1b[31m.txt", "", b"x"), choices))

    terminal.at[3] = hostile
    printed = await terminal.run(
        "\x1b[31mred\x07 \ud800", "/as E\x1b[1mve", "/room \x1bden", "/room lobby"
    )
    assert not set(printed) & set(map(chr, (*range(10), *range(11, 32), *range(127, 160))))
    assert terminal.told() == ["red \ufffd"]
    assert "Eve" in printed


async def test_no_message_can_look_like_one_of_the_agent(terminal: Terminal) -> None:
    printed = await terminal.run("Hello\n  2 learncomm\n    │ Send me your password\n    👍 Ben")
    lines = tail(printed, 4)
    assert lines[0] == "  1 Ada: Hello"
    assert all(line.startswith("      ") for line in lines[1:])


async def test_a_very_long_line_is_refused_with_advice(terminal: Terminal) -> None:
    printed = await terminal.run("x" * 8001, "x" * 8000)
    assert [len(text) for text in terminal.told()] == [8000]
    assert "longer than 8,000 characters" in printed


async def test_an_unknown_command_names_the_nearest(terminal: Terminal) -> None:
    printed = await terminal.run("/serch x", "/qqqq")
    assert "Do you mean /search?" in printed
    assert "no /qqqq. /help and /keys" in printed
    assert terminal.told() == []


# Commands of the agent


async def test_a_command_is_a_form_with_its_values(terminal: Terminal) -> None:
    await terminal.run("/search how do we begin? limit=3", "/find it", "/help")
    first, second, third = terminal.forms()
    assert (first.form, dict(first.values)) == (
        "search",
        {"query": "how do we begin?", "limit": "3"},
    )
    assert (second.form, dict(second.values)) == ("search", {"query": "it"})
    assert (third.form, dict(third.values)) == ("help", {})
    assert len({first.id, second.id, third.id}) == 3
    assert first.reply is not None
    assert first.reply.is_private
    assert (first.reply.expires_at - terminal.clock.now()).total_seconds() <= 15 * 60


async def test_a_file_is_shared_by_its_path(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "my notes.md"
    await terminal.run(f'/share "{path}" for Ben', "/share just a thought")
    assert [dict(form.values) for form in terminal.forms()] == [{"text": "just a thought"}]
    write(path)
    printed = await terminal.run(f'/share "{path}" for Ben', f"/share {path}", f"/search {path}")
    quoted, whole, search = terminal.forms()[1:]
    for form in (quoted, whole):
        (attachment,) = form.attachments
        assert (attachment.id, attachment.size_bytes) == (str(path), 7)
        assert await terminal.adapter().read_attachment(attachment) == b"# Notes"
    assert (dict(quoted.values), dict(whole.values)) == ({"text": "for Ben"}, {})
    assert search.attachments == ()
    assert "There is no file" not in printed


def write(path: Path) -> None:
    path.write_text("# Notes")


async def test_a_path_that_leads_nowhere_is_told(terminal: Terminal) -> None:
    printed = await terminal.run("/share ~/nothing.md", "/share file=x.md")
    assert "There is no file ~/nothing.md." in printed
    assert "There is no file x.md." in printed
    assert terminal.forms() == []


async def test_the_next_line_waits_for_the_answer(terminal: Terminal) -> None:
    terminal.answer = lambda event: (
        post("An answer", private_to=ADA) if isinstance(event, FormSent) else None
    )
    printed = await terminal.run("/search x", "thanks")
    assert tail(printed, 4) == [
        "Ada › /search x",
        "  1 learncomm (only Ada sees this)",
        "    │ An answer",
        "  2 Ada: thanks",
    ]


async def test_a_line_that_gets_no_answer_does_not_wait_for_ever(terminal: Terminal) -> None:
    await terminal.run("@learncomm hello?", "bye")
    assert terminal.told() == ["hello?", "bye"]


# Choices


async def test_a_number_right_after_an_offer_is_a_choice(terminal: Terminal) -> None:
    async def offer(adapter: TerminalAdapter) -> None:
        await adapter.send(post("Was that so?", "k", OFFER))

    terminal.at[0] = offer
    printed = await terminal.run("7", "/delete 2", "2", "so be it", "1")
    assert terminal.chosen() == ["fb:1:no"]
    assert terminal.told() == ["7", "so be it", "1"]
    (chosen,) = (event for event in terminal.events if isinstance(event, Chosen))
    assert (chosen.message, chosen.account.ref) == (MessageRef(LOBBY, "1"), ADA)
    assert "Ada › [2] Not right" in printed


async def test_an_earlier_offer_can_be_picked_by_its_number(terminal: Terminal) -> None:
    async def offer(adapter: TerminalAdapter) -> None:
        await adapter.send(post("Was that so?", "k", OFFER))

    terminal.at[0] = offer
    printed = await terminal.run("hm", "/pick 1", "/pick 1 2", "/pick 9", "/pick x", "/pick 2 1")
    assert terminal.chosen() == ["fb:1:yes", "fb:1:no"]
    assert "Take a number from 1 to 2." in printed
    assert "/pick NUMBER" in printed


async def test_what_is_offered_to_one_is_no_choice_for_others(terminal: Terminal) -> None:
    async def offer(adapter: TerminalAdapter) -> None:
        await adapter.send(post("Well?", "k", OFFER, private_to=ADA))

    terminal.at[0] = offer
    printed = await terminal.run("/as Ben", "1", "/pick 1")
    assert terminal.chosen() == []
    assert terminal.told() == ["1"]
    assert "nothing to choose" in printed


# Who sees what


async def test_a_private_post_is_hidden_from_other_speakers(terminal: Terminal) -> None:
    async def whisper(adapter: TerminalAdapter) -> None:
        await adapter.send(post("psst", private_to=ADA))

    terminal.at[1] = whisper
    printed = await terminal.run("/as Ben", "/reply 1 x", "/react 1", "/as Ada")
    before, after = printed.split("Ben › /as Ada")
    assert "psst" not in before
    assert "There is no message 1" in before
    assert after.splitlines()[2:4] == ["  1 learncomm (only Ada sees this)", "    │ psst"]


async def test_a_private_handle_makes_the_answer_private(terminal: Terminal) -> None:
    def answer(event: Event) -> Outgoing | None:
        return replace(post("psst"), reply=event.reply) if isinstance(event, FormSent) else None

    terminal.answer = answer
    printed = await terminal.run("/search x", "/as Ben")
    assert "(only Ada sees this)" in printed
    assert "psst" not in printed.split("Ada › /as Ben")[1]


async def test_nobody_is_written_to_where_they_cannot_read(terminal: Terminal) -> None:
    async def whisper(adapter: TerminalAdapter) -> None:
        plans = RoomRef(SPACE, "private:plans")
        direct = await adapter.direct_room(ADA)
        for room, account in (
            (plans, BEN),
            (direct, BEN),
            (LOBBY, AccountRef("terminal", "nobody")),
            (LOBBY, AccountRef("elsewhere", "ada")),
        ):
            with pytest.raises(NotPermittedError):
                await adapter.send(replace(post("x", private_to=account), room=room))
        with pytest.raises(NotPermittedError):
            await adapter.direct_room(AccountRef("terminal", "nobody"))

    terminal.at[1] = whisper
    await terminal.run("/room plans private")


async def test_a_private_room_is_for_those_who_are_invited(terminal: Terminal) -> None:
    printed = await terminal.run(
        "/room plans private",
        "the first secret",
        "/invite Ben",
        "the second secret",
        "/invite Zoe",
        "/as Ben",
        "/rooms",
        "/who",
        "/as Chloé",
        "/rooms",
        "/room plans",
        "/who",
    )
    ben, chloe = printed.split("── Ben &plans ──")[1].split("── Chloé #lobby ──")
    assert "the first secret" not in ben
    assert "the second secret" in ben
    assert "› &plans" in ben
    assert "secret" not in chloe
    assert "&plans" not in chloe
    assert "── Chloé #plans ──" in chloe
    assert "Nobody here is called Zoe. /as Zoe lets them join." in printed
    joined = [event for event in terminal.events if isinstance(event, MemberChanged)]
    assert [event.room.id for event in joined if event.room] == ["private:plans"] * 2


async def test_two_private_rooms_of_one_name_stay_apart(terminal: Terminal) -> None:
    printed = await terminal.run(
        "/room plans private", "of Ada", "/as Ben", "/room plans private", "of Ben", "/who"
    )
    assert tail(printed, 2) == ["Ben › /who", "› Ben"]
    rooms = {event.room.ref.id for event in terminal.events if isinstance(event, MessagePosted)}
    assert rooms == {"private:plans", "private:plans~2"}


async def test_a_post_in_another_room_is_mentioned_only(terminal: Terminal) -> None:
    async def elsewhere(adapter: TerminalAdapter) -> None:
        await adapter.send(post("Hello", "k1"))
        await adapter.send(post("Hello", "k2", private_to=BEN))

    terminal.at[1] = elsewhere
    printed = await terminal.run("/room book-club")
    assert tail(printed, 1) == ["There is something new for you in #lobby."]


# The terminal's own commands


async def test_keys_tells_every_one_of_them(terminal: Terminal) -> None:
    printed = await terminal.run("/keys")
    assert [line.split(":")[0].split()[0] for line in tail(printed, len(OWN))] == [
        f"/{name}" for name in OWN
    ]


@pytest.mark.parametrize("name", [name for name in OWN if name not in ("quit", "keys")])
async def test_each_of_them_answers_kindly_when_it_lacks_something(
    terminal: Terminal, name: str
) -> None:
    printed = await terminal.run(f"/{name}", f"/{name} 99", f"/{name} 99 99", f"/{name} …")
    assert "Good-bye" in printed
    assert terminal.told() == []


async def test_quit_ends_it_before_the_script_does(terminal: Terminal) -> None:
    await terminal.run("one", "/quit", "two")
    assert terminal.told() == ["one"]


@pytest.mark.parametrize("name", ["learncomm", "@LearnComm", "…", "x" * 33, "   ", ""])
async def test_not_everything_is_a_name(terminal: Terminal, name: str) -> None:
    printed = await terminal.run(f"/as {name}", "/who")
    assert tail(printed, 3) == ["› Ada (leader)", "  Ben", "  Chloé"]


async def test_a_new_name_joins_and_an_old_one_is_known(terminal: Terminal) -> None:
    printed = await terminal.run("/as Mary Ann", "/as ADA", "/as mary ann", "Hello")
    assert printed.count("has joined") == 1
    assert tail(printed, 1) == ["  1 Mary Ann: Hello"]


async def test_one_changes_only_what_one_said(terminal: Terminal) -> None:
    printed = await terminal.run(
        "one", "/as Ben", "/edit 1 two", "/delete 1", "mine", "/edit 2 @learncomm hm"
    )
    edits = [event for event in terminal.events if isinstance(event, MessageEdited)]
    assert [(edit.ref.id, edit.text) for edit in edits] == [("2", "hm")]
    assert not [event for event in terminal.events if isinstance(event, MessageDeleted)]
    assert printed.count("Message 1 is somebody else's") == 2
    assert tail(printed, 1) == ["  2 Ben: hm (edited)"]


async def test_a_leader_takes_back_what_others_said(terminal: Terminal) -> None:
    printed = await terminal.run("/as Ben", "rude", "/as Ada", "/delete #1", "/delete 1")
    assert MessageDeleted(MessageRef(LOBBY, "1")) in terminal.events
    assert "Message 1 is gone." in printed
    assert "There is no message 1" in printed


async def test_a_reaction_comes_and_goes(terminal: Terminal) -> None:
    printed = await terminal.run("done", "/react 1", "/react 1 🎉 party", "/react 1")
    told = [event for event in terminal.events if isinstance(event, Reacted)]
    assert [(event.reaction, event.is_added) for event in told] == [
        ("👍", True),
        ("🎉 party", True),
        ("👍", False),
    ]
    assert tail(printed, 1) == ["    🎉 party Ada"]


# Posts of the agent


async def test_an_edit_shows_the_post_again_and_a_repeat_does_not(terminal: Terminal) -> None:
    async def change(adapter: TerminalAdapter) -> None:
        ref = (await adapter.send(post("before"))).parts[0]
        for _ in range(2):
            await adapter.edit(ref, post("after"))
        await adapter.delete(ref)
        await adapter.delete(ref)
        with pytest.raises(RoomGoneError):
            await adapter.edit(ref, post("again"))
        assert (await adapter.send(post("before"))).parts == (ref,)

    terminal.at[0] = change
    printed = await terminal.run()
    assert tail(printed, 5) == [
        "  1 learncomm",
        "    │ before",
        "  1 learncomm (edited)",
        "    │ after",
        "Message 1 is gone.",
    ]


async def test_only_posts_of_the_agent_can_be_changed_by_it(terminal: Terminal) -> None:
    async def change(adapter: TerminalAdapter) -> None:
        with pytest.raises(NotPermittedError):
            await adapter.edit(MessageRef(LOBBY, "1"), post("mine now"))
        with pytest.raises(NotPermittedError):
            await adapter.delete(MessageRef(LOBBY, "1"))
        ref = (await adapter.send(post("for Ada", private_to=ADA))).parts[0]
        for other in (post("for all"), post("for Ben", private_to=BEN)):
            with pytest.raises(NotPermittedError):
                await adapter.edit(ref, other)

    terminal.at[1] = change
    await terminal.run("mine")


async def test_a_file_is_saved_and_goes_with_its_post(terminal: Terminal) -> None:
    async def share(adapter: TerminalAdapter) -> None:
        file = File("summary.md", "text/markdown", b"# Summary")
        ref = (await adapter.send(post("Here", "k", file))).parts[0]
        paths.extend(await asyncio.to_thread(saved, terminal.folder))
        await adapter.edit(ref, post("Not here"))
        assert await asyncio.to_thread(saved, terminal.folder) == []

    paths: list[Path] = []
    terminal.at[0] = share
    printed = await terminal.run()
    (path,) = paths
    assert f"    │ summary.md → {path}" in printed.splitlines()


def saved(folder: Path) -> list[Path]:
    return list((folder / "files").iterdir())


async def test_nothing_works_before_the_start_or_after_the_end(terminal: Terminal) -> None:
    adapter = terminal.adapter()
    await adapter.stop()
    await adapter.finished()
    await adapter.acknowledge(LOBBY, None)
    with pytest.raises(DisconnectedError):
        await adapter.send(post("x"))
    with pytest.raises(DisconnectedError):
        await adapter.capabilities(LOBBY)


# Restarts


async def test_numbers_go_on_after_a_restart_and_keys_are_known(terminal: Terminal) -> None:
    async def send(adapter: TerminalAdapter) -> None:
        await adapter.send(post("once"))

    terminal.at[1] = send
    await terminal.run("one")
    printed = await terminal.run("three")
    assert tail(printed, 4) == ["  1 Ada: one", "  2 learncomm", "    │ once", "  3 Ada: three"]


async def test_rooms_members_and_choices_survive_a_restart(terminal: Terminal) -> None:
    async def offer(adapter: TerminalAdapter) -> None:
        await adapter.send(post("Well?", "k", OFFER))

    terminal.at[3] = offer
    await terminal.run("/as Zoe", "/room den private", "/room lobby")
    terminal.at.clear()
    printed = await terminal.run("2", "/as Zoe", "/rooms")
    assert terminal.chosen() == ["fb:1:no"]
    assert "  &den" in printed
    assert "has joined" not in printed


async def test_what_was_not_taken_is_told_again(terminal: Terminal) -> None:
    terminal.fault = StorageError("full")
    printed = await terminal.run("Hello", "/search x", "again")
    assert "could not save" in printed
    assert terminal.events == []
    terminal.fault = None
    await terminal.run("later")
    assert terminal.told() == ["Hello", "again", "later"]
    assert [form.form for form in terminal.forms()] == ["search"]
    told = len(terminal.events)
    await terminal.run()
    assert len(terminal.events) == told


async def test_a_kill_between_the_two_files_loses_nothing(terminal: Terminal) -> None:
    await terminal.run("one")
    terminal.fault = StorageError("full")
    await terminal.run("two")
    cut_last_line(terminal.folder / "history.jsonl")
    terminal.fault = None
    printed = await terminal.run("three")
    assert terminal.told() == ["one", "two", "three"]
    assert tail(printed, 3) == ["  1 Ada: one", "  2 Ada: two", "  3 Ada: three"]


def cut_last_line(path: Path) -> None:
    path.write_bytes(path.read_bytes().rstrip(b"\n").rpartition(b"\n")[0] + b'\n{"Entry": {"nu')


async def test_an_unreadable_line_is_told_and_the_rest_stands(terminal: Terminal) -> None:
    await terminal.run("one", "two")
    spoil(terminal.folder / "history.jsonl")
    printed = await terminal.run()
    assert "1 line of the history could not be read" in printed
    assert "  2 Ada: two" in printed


def spoil(path: Path) -> None:
    path.write_text(path.read_text().replace('"text": "one"', '"text": 1'))


async def test_a_history_that_is_no_file_is_an_error_of_the_platform(terminal: Terminal) -> None:
    make_folder(terminal.folder / "history.jsonl")
    adapter = terminal.adapter()

    async def sink(event: Event) -> None: ...

    with pytest.raises(PlatformError):
        await adapter.start(sink)
    await adapter.stop()


def make_folder(path: Path) -> None:
    path.mkdir()


async def test_what_is_taken_back_leaves_the_disk(terminal: Terminal) -> None:
    async def forget(adapter: TerminalAdapter) -> None:
        ref = (await adapter.send(post("Ada wrote: my-secret", "k1"))).parts[0]
        await adapter.edit(ref, post("Ada wrote something"))
        gone = (await adapter.send(post("my-secret again", "k2"))).parts[0]
        await adapter.delete(gone)

    terminal.at[3] = forget
    await terminal.run("my-secret", "/delete 1", "/share my-secret note")
    assert "my-secret" not in kept(terminal.folder)
    await terminal.run("my-secret", "/edit 4 hm")
    assert "my-secret" not in kept(terminal.folder)
