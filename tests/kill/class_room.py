"""A class on the double of Discord, a model behind real HTTP, and the process that is killed among them."""

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.llm.model import Request
from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.model_server import ModelServer
from learncomm_agent.testing.models import material_of
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_interactions import Interaction
from tests.adapters.discord.loopback_places import Channel, Person
from tests.adapters.discord.loopback_world import Shown

FORKED = Path(__file__).with_name("forked.py")
ROOT = Path(__file__).parents[2]
MOST_WORDS = 120
LIFE_S = 20.0
"""A process that does not do its work within so many seconds is broken."""
DRAFTED = ("questions", "summary")
"""What leaders get as a draft, each for their eyes alone, with a private reply that points there."""
NOTICES = 3
"""Posts when a room is opened: the word to all, the answer to the leader, and that it could not be pinned."""
_WORD = re.compile(r"kite[b-m]{3}")
_QUESTION = re.compile(r"<question>\n(.*?)\n</question>", re.DOTALL)
_LEVEL = re.compile(r"from easy to far: (\w+)")
_SETTINGS = """
[community]
spaces = ["discord:{guild}"]
[embedding]
kind = "off"
[model]
kind = "hosted"
model = "test-model"
base_url = "{model}"
[adapters.discord]
leader_role = "hosts"
api_url = "{api}"
gateway_url = "{gateway}"
"""


def word(number: int) -> str:
    """Return a word that stands in one passage or in one message, and nowhere else."""
    return "kite" + "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03}")


def passages() -> list[Reading]:
    """Return a library that says something about each word."""
    text = "{} stands for a kite that needs a steady wind, a long string and patient hands."
    return [
        Reading(each, ResourceKind.TEXT, f"On {each}", (Section(text.format(each)),))
        for each in map(word, range(MOST_WORDS))
    ]


def honest(body: dict[str, Any]) -> str:
    """Answer as a model that quotes what it was given: of what was asked for, or the first line."""
    time.sleep(random.random() * 0.06)
    prompt = body["messages"][-1]["content"]
    purpose = body["response_format"]["json_schema"]["name"]
    lines = material_of(Request(prompt, purpose, CommunityId(1), 100))
    asked = _QUESTION.search(prompt)
    names = _WORD.findall(asked.group(1)) if asked else []
    lines = tuple(each for each in lines if not names or names[0] in each.text)[:1]
    made = [
        {"line": each.number, "quote": each.text, "also": [], "text": each.text} for each in lines
    ]
    if purpose == "answer":
        return json.dumps({"claims": made})
    if purpose == "questions":
        level = _LEVEL.search(prompt)
        assert level is not None
        for each, line in zip(made, lines, strict=True):
            name = _WORD.search(line.text)
            assert name is not None
            del each["also"]
            each |= {"level": level.group(1), "text": f"Where did {name.group()} help you so far?"}
        return json.dumps({"questions": made})
    rest = ("key_points", "insights", "decisions", "action_items", "open_questions")
    empty: dict[str, Any] = {name: [] for name in (*rest, "disagreements")}
    return json.dumps({**empty, "overview": made})


@dataclass(frozen=True, eq=False)
class Asked:
    """What somebody asked for, and how its answer is known."""

    kind: str
    word: str
    by: Person
    where: Channel
    event: int
    """Id of the message or of the interaction; the store keeps it in the key of the request."""
    is_private: bool = False
    interaction: Interaction | None = None


@dataclass(frozen=True)
class Kept:
    """What stands in the store."""

    requests: frozenset[int]
    """The ids of the messages and interactions that are to be answered, or were."""
    messages: dict[int, str]
    waiting: int
    """How many answers are being written or posted."""


class Bot:
    """The process, one life after another."""

    def __init__(self, folder: Path, discord: Loopback) -> None:
        self._folder = folder
        self._discord = discord
        self._log = (folder / "log.txt").open("a")
        self._environ = {
            **{name: each for name, each in os.environ.items() if name[:10] != "LEARNCOMM_"},
            "HOME": str(folder),
            "LEARNCOMM_DISCORD_TOKEN": discord.token,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "adapters"))),
        }
        self._maker = self._started(str(FORKED), str(folder), stdin=subprocess.PIPE)
        self._process = 0

    def start(self) -> None:
        """Begin a life; come back when the bot hears."""
        self._tell("go")
        self._process = int(self._told())
        self._discord.wait(self._discord.is_heard)

    def kill(self) -> None:
        """End it as a power cut does."""
        os.kill(self._process, signal.SIGKILL)
        assert int(self._told()) == -signal.SIGKILL, self.log()
        self._discord.wait(lambda: not self._discord.is_heard())

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Run the command itself, then end it as an operator does."""
        script = "from learncomm_agent.cli import main; main()"
        process = self._started("-c", script, "run", "--data", str(self._folder))
        try:
            self._discord.wait(self._discord.is_heard)
            yield
            process.terminate()
            assert process.wait(LIFE_S) == 0, self.log()
        finally:
            process.kill()
            process.communicate()

    def close(self) -> None:
        """End what is left."""
        self._maker.kill()
        self._maker.communicate()  # closes its input, at which a life that goes on ends too
        self._log.close()

    def log(self) -> str:
        return (self._folder / "log.txt").read_text()[-6000:]

    def _tell(self, line: str) -> None:
        assert self._maker.stdin is not None
        self._maker.stdin.write(f"{line}\n")
        self._maker.stdin.flush()

    def _told(self) -> str:
        """Return the next line that is a number: the bot says a word at its start, too."""
        assert self._maker.stdout is not None
        for line in self._maker.stdout:
            if line.strip().lstrip("-").isdecimal():
                return line
        raise AssertionError(self.log())

    def _started(self, *args: str, stdin: int | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-X", "faulthandler", *args],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=self._environ,
            text=True,
        )


class ClassRoom:
    """Who asks what, and what they see of it."""

    def __init__(self, folder: Path, discord: Loopback, model: ModelServer) -> None:
        self.folder = folder
        self.discord = discord
        self.model = model
        guild = discord.add_guild("Class")
        hosts = discord.add_role(guild, "hosts")
        self.hall = discord.add_channel(guild, "hall")
        self.people = [discord.add_member(guild, name, hosts) for name in ("Ann", "Ben", "Cleo")]
        self.notes: list[Shown] = []
        self.asked: list[Asked] = []
        self.told = frozenset[int]()
        """The ids of what the bot posted when the room was opened."""
        self._words = map(word, range(MOST_WORDS))
        settings = _SETTINGS.format(
            guild=guild.id, model=model.base_url, api=discord.api_url, gateway=discord.gateway_url
        )
        (folder / "learncomm.toml").write_text(settings)

    def opens(self) -> None:
        """Let the room be read, once its leaders have been given the command for it."""
        discord, guild = self.discord, self.hall.guild

        def is_known() -> bool:
            known = [*discord.commands(), *discord.commands(guild)]
            return any(each["name"] == "read" for each in known)

        discord.wait(is_known)
        discord.slash(self.people[0], self.hall, "read", {"switch": "on"})
        discord.wait(lambda: self.kept().requests)
        discord.wait(lambda: len(self.posts()) == NOTICES)
        self.settled()
        self.told = frozenset(each.id for each in self.posts())

    def says(self, by: Person) -> None:
        """Say something in the room that is read."""
        text = f"I flew my {next(self._words)} over the hill before breakfast today."
        self.notes.append(self.discord.says(by, self.hall, text))
        time.sleep(0.002)  # each in a millisecond of its own

    def asks(self, kind: str, by: Person) -> None:
        """Ask for something; whoever wants what is not there yet asks by mention."""
        if kind == "show" and (pressed := self._show()):
            self.asked.append(pressed)
        elif kind == "summary" and (note := self._new_note()):
            self._uses(kind, by, _WORD.findall(note.text)[0], {"from": note.id, "to": note.id})
        elif kind == "ask":
            name = next(self._words)
            self._uses(kind, by, name, {"question": f"What does {name} stand for?"})
        elif kind == "questions":
            name = next(self._words)
            self._uses(kind, by, name, {"about": name})
        else:
            self._mentions(by, self.discord.direct(by) if kind == "direct" else self.hall)

    def answers(self, asked: Asked) -> list[Shown]:
        """Return what answers, for those who are to see it."""
        shown = self.discord.seen(asked.where)
        if asked.is_private:
            shown = self.discord.ephemeral(asked.by, self.hall)
            shown += self.discord.seen(self.discord.direct(asked.by))
        ours = [each for each in shown if each.author == self.discord.bot.name]
        return [each for each in ours if asked.word in each.text]

    def is_acknowledged(self, asked: Asked) -> bool:
        """Whether the person saw that a command had arrived; a message gets no such sign."""
        return asked.interaction is not None and self.discord.is_acknowledged(asked.interaction)

    def is_meant(self, asked: Asked, shown: Shown) -> bool:
        """Whether it hangs on what was asked: a reply to a message, or the answer to a command."""
        if asked.kind in ("mention", "show"):
            return shown.reply_to == (asked.event if asked.kind == "mention" else None)
        return asked.interaction is not None and not shown.is_thinking

    def posts(self) -> list[Shown]:
        """Return all that the bot posted, but for what still shows that it thinks."""
        shown = self.discord.seen(self.hall)
        for person in self.people:
            shown += self.discord.ephemeral(person, self.hall)
            shown += self.discord.seen(self.discord.direct(person))
        ours = (each for each in shown if each.author == self.discord.bot.name)
        return [each for each in ours if not each.is_thinking]

    def private(self) -> set[int]:
        """Return the ids of what one person alone sees."""
        shown = [each for by in self.people for each in self.discord.ephemeral(by, self.hall)]
        shown += [each for by in self.people for each in self.discord.seen(self.discord.direct(by))]
        return {each.id for each in shown}

    def posted(self) -> tuple[set[int], int]:
        """Return the ids of what is kept as posted, and how many posts were begun more than once."""
        uri = f"file:{self.folder / DATABASE}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as conn:
            parts = [json.loads(each) for (each,) in conn.execute("SELECT parts FROM posts")]
            again = "SELECT count(*) FROM work WHERE name = 'post' AND attempts > 1"
            (repeated,) = conn.execute(again).fetchone()
        return {int(part[-1]) for some in parts for part in some}, repeated

    def kept(self) -> Kept:
        """Read the store, also that of a process that was killed or is at work."""
        conn = sqlite3.connect(f"file:{self.folder / DATABASE}?mode=ro", uri=True, timeout=LIFE_S)
        try:
            keys = conn.execute("SELECT key FROM work WHERE name = 'request'").fetchall()
            messages = conn.execute("SELECT platform_id, text FROM messages").fetchall()
            is_open = "done_at IS NULL AND error IS NULL AND name IN ('request', 'post')"
            (waiting,) = conn.execute(f"SELECT count(*) FROM work WHERE {is_open}").fetchone()
        finally:
            conn.close()
        requests = frozenset(int(key.rpartition(":")[2]) for (key,) in keys)
        return Kept(requests, {int(id): text for id, text in messages}, waiting)

    def story(self, asked: Sequence[Asked]) -> str:
        """Tell what became of what was asked: its rows of work, and all that stands where it was asked."""
        lines = []
        uri = f"file:{self.folder / DATABASE}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as conn:
            for each in asked:
                lines.append(f"{each.kind} {each.word} {each.event}")
                about = "SELECT * FROM {} WHERE key LIKE ?"
                ((id, *rest),) = conn.execute(about.format("work"), (f"%:{each.event}",))
                lines.append(repr((id, *rest)))
                for table in ("work", "posts"):
                    lines += map(repr, conn.execute(about.format(table), (f"{id:x}-%",)))
        said = (f"{each.id} to {each.reply_to}: {each.text[:120]!r}" for each in self.posts())
        return "\n".join((*lines, *said))

    def settled(self, is_done: Callable[[Kept], bool] = lambda kept: True) -> Kept:
        """Wait until all is answered."""
        end = time.monotonic() + LIFE_S
        while (kept := self.kept()).waiting or not is_done(kept):
            assert time.monotonic() < end, kept
            time.sleep(0.05)
        return kept

    def _mentions(self, by: Person, where: Channel) -> None:
        name = next(self._words)
        text = f"<@{self.discord.bot.id}> What does {name} stand for?"
        self.asked.append(Asked("mention", name, by, where, self.discord.says(by, where, text).id))

    def _uses(self, kind: str, by: Person, name: str, options: Mapping[str, object]) -> None:
        given = {key: str(value) for key, value in options.items()}
        used = self.discord.slash(by, self.hall, kind, given)
        is_private = kind in ("ask", *DRAFTED)
        self.asked.append(Asked(kind, name, by, self.hall, used.id, is_private, used))

    def _new_note(self) -> Shown | None:
        """Return a message that was kept and that no summary is about."""
        known = self.kept().messages
        taken = {each.word for each in self.asked}
        new = (each for each in self.notes if _WORD.findall(each.text)[0] not in taken)
        return next((each for each in new if each.id in known), None)

    def _show(self) -> Asked | None:
        """Let somebody show the room an answer that they alone saw."""
        shown = {each.word for each in self.asked if each.kind == "show"}
        for each in self.asked:
            if each.kind != "ask" or each.word in shown or each.interaction is None:
                continue
            answer = self.discord.answer(each.interaction)
            ids = () if answer is None else answer.buttons.values()
            for id_ in (id_ for id_ in ids if ":show:" in id_):
                assert answer is not None
                pressed = self.discord.presses(each.by, answer, id_)
                return Asked("show", each.word, each.by, self.hall, pressed.id, False, pressed)
        return None
