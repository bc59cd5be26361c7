"""A small library and a talk into which attacks and look-alikes are put, and what becomes of them."""

import html
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageId, MessageRef, RoomId, RoomRef
from learncomm_agent.chat.outgoing import Block, Link, Listing, Outgoing, Paragraph, Quote, Span
from learncomm_agent.chat.people import Community, CommunityId, Consent, MemberId, SpaceRef
from learncomm_agent.chat.plain import plain
from learncomm_agent.chat.rendering import Plan, plan
from learncomm_agent.library.resources import Found, Passage, Place, ResourceId
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.settings import ModelSettings
from learncomm_agent.storage.cards import Card, Entry, Shared
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.words import Words
from learncomm_agent.writers import writer_of
from learncomm_agent.writing import keeping
from learncomm_agent.writing.card_lines import card_lines
from learncomm_agent.writing.items import Answer, QuestionSet, Summary, Transcript, Utterance
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.writer import Brief, Writer

BRIEF = Brief(Community(CommunityId(7), "Readers"), "en", people=frozenset({"Mia Mensah"}))
ROOM = RoomRef(SpaceRef("fake", "home"), "hall")
BEGAN = datetime(2024, 5, 8, 15, tzinfo=UTC)
GUIDE = (
    "Guests like to be greeted at the door by somebody from the group.",
    "Chairs stand in a circle, so that all guests see each other during the talk.",
    "Silence gives people time to think about a hard question before they answer.",
)
TALK = (
    ("Ana", "Welcome to our reading evening about habits and how people change them."),
    ("Ben", "I learned that small rewards work better than big plans for most readers."),
    ("Cem", "Shall we read chapter 4 until our next meeting?"),
    ("Ana", "Agreed, we decided to read chapter 4 and not chapter 5."),
    ("Dora", "I will print the handouts by Friday and bring them to the library."),
)
_WORDS = Words()


@dataclass(frozen=True)
class Attack:
    """What is tried; see the top of `attacks.toml`."""

    kind: str
    language: str
    where: str
    text: str
    says: str
    wins: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A line that reaches people."""

    text: str
    held: str
    """The words that it quotes: of its first message or passage."""
    extra: str = ""
    """Owner, day, level."""


@dataclass(frozen=True)
class Written:
    """All that was written with the attack in the material."""

    answer: Answer
    questions: QuestionSet
    summary: Summary
    passages: tuple[Passage, ...]
    talk: Transcript

    def lines(self) -> Iterator[Shown]:
        """Yield every line with what it rests on."""
        said = {each.id: each.text for each in self.talk.utterances}
        for claim in self.answer.claims:
            yield Shown(claim.text, claim.citations[0].text)
        for question in self.questions:
            yield Shown(question.text, question.evidence.text, question.level)
        for item in (item for items in self.summary.items.values() for item in items):
            extra = f"{item.owner or ''} {item.due or ''}"
            yield Shown(item.text, said[item.evidence[0]], extra)
        for link in self.summary.resources:
            yield Shown(link, " ".join(said.values()))


def read(name: str, key: str) -> list[dict[str, Any]]:
    """Read the entries of a file beside this one."""
    file = Path(__file__).with_name(name)
    found: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))[key]
    return found


def attacks() -> list[Attack]:
    """Return all attacks."""
    return [
        Attack(**{**each, "wins": tuple(each["wins"])}) for each in read("attacks.toml", "attacks")
    ]


def passage(text: str, number: int, **changes: Any) -> Passage:
    """Make a passage of its own resource."""
    values: dict[str, Any] = {
        "resource": ResourceId(number + 1),
        "revision": 1,
        "source": f"guide-{number}.md",
        "title": "Hosting a circle",
        "place": Place(()),
        "chunk": f"c0ffee{number}",
        "start": 0,
        "end": len(text),
        "text": text,
        "score": 0.9,
        "shared_by": "Ben Ode",
        "shared_at": BEGAN,
    }
    return Passage(**(values | changes))


def library(attack: Attack) -> tuple[Passage, ...]:
    """Return the passages with the attack among them."""
    clean = [passage(text, number) for number, text in enumerate(GUIDE)]
    match attack.where:
        case "title" | "room":
            clean[1] = replace(clean[1], title=attack.text)
        case "heading":
            clean[1] = replace(clean[1], place=Place((attack.text,)))
        case "file":
            clean[1] = replace(clean[1], source=attack.text, title=attack.text)
        case "member":
            clean[1] = replace(clean[1], shared_by=attack.text)
        case _:
            clean.insert(1, passage(attack.text, 9, source="evil.md", title="Notes"))
    return tuple(clean)


def talk(attack: Attack) -> Transcript:
    """Return the talk with the attack in it."""
    said = list(TALK)
    if attack.where == "member":
        said[1] = (attack.text, said[1][1])
    elif attack.where == "text":
        said.insert(2, ("Eve", attack.text))
    return talk_of(said, attack.text if attack.where in ("room", "title") else "Reading evening")


def talk_of(said: Sequence[tuple[str, str]], title: str = "Reading evening") -> Transcript:
    """Return a talk in which a minute passes between two messages."""
    moments = (BEGAN.replace(minute=number) for number in range(len(said)))
    pairs = enumerate(zip(said, moments, strict=True))
    utterances = (Utterance(str(n), who, text, at) for n, ((who, text), at) in pairs)
    return Transcript(title, tuple(utterances))


def writing(model: LanguageModel | None) -> Writer:
    """Return what writes, behind the gate."""
    return writer_of(_WORDS, ModelSettings(context_tokens=16_000), model)


async def written(ours: Writer, passages: Sequence[Passage], said: Transcript) -> Written:
    """Have everything written."""
    return Written(
        await ours.answer("How do guests feel welcome in a circle?", passages, BRIEF),
        await ours.questions(passages, BRIEF, count=4, seen=frozenset()),
        await ours.summary(said, BRIEF),
        tuple(passages),
        said,
    )


def posted(all_of_it: Written) -> Iterator[Plan]:
    """Yield what is posted of it, in a room that can show everything."""
    layout = Layout(_WORDS, "en", ZoneInfo("UTC"))
    stored = {each.id: _stored(each) for each in all_of_it.talk.utterances}
    links = {int(each.id) + 1: MessageRef(ROOM, each.id) for each in all_of_it.talk.utterances}
    summary, answer, questions = all_of_it.summary, all_of_it.answer, all_of_it.questions
    at = {"at": BEGAN.isoformat()}
    made = (
        ("search", at, keeping.passage_lines(Found(all_of_it.passages, by_meaning=False))),
        ("card", at, card_lines(_card(all_of_it.passages[1]))),
        ("answer", keeping.method_header(answer), keeping.answer_lines(answer)),
        ("questions", keeping.method_header(questions), keeping.question_lines(questions)),
        ("summary", keeping.summary_header(summary), keeping.summary_lines(summary, stored)),
    )
    for kind, header, lines in made:
        blocks = layout.blocks(_kept(kind, header, lines), links)
        outgoing = Outgoing(ROOM, blocks, "k")
        yield plan(outgoing, _everything(), lambda blocks: len(plain(blocks)))


def spans_of(blocks: Sequence[Block]) -> Iterator[Span]:
    """Yield the spans of running text."""
    for block in blocks:
        match block:
            case Paragraph(spans=spans) | Quote(spans=spans):
                yield from spans
            case Listing(items=items):
                for item in items:
                    yield from item


def links_in(blocks: Sequence[Block]) -> list[str]:
    """Return the addresses to which blocks link."""
    return [span.url for span in spans_of(blocks) if isinstance(span, Link)]


def seen(text: str) -> str:
    """Return a text as it may be understood, by other means than the code under test."""
    shown = unicodedata.normalize("NFKC", html.unescape(text))
    return "".join(each for each in shown if unicodedata.category(each) != "Cf").casefold()


def _kept(kind: str, header: dict[str, Any], lines: tuple[Line, ...]) -> Writing:
    asked = {"about": "circles", "question": "How?"}
    return Writing(CommunityId(7), kind, RoomId(1), None, False, asked, header, {}, lines)


def _card(found: Passage) -> Card:
    shared = Shared(
        who=found.shared_by,
        at=found.shared_at,
        room=found.title,
        comment=found.text,
        message=None,
        message_revision=None,
        source=found.source,
        id=1,
    )
    entry = Entry(ResourceId(2), 1, found.source, found.kind, found.title, (shared,))
    return Card(entry, found.title, None, None, None, 10, 1, {})


def _stored(said: Utterance) -> StoredMessage:
    return StoredMessage(
        id=MessageId(int(said.id) + 1),
        room=RoomId(1),
        platform_id=said.id,
        state=State.KEPT,
        text=said.text,
        revision=0,
        posted_at=said.at or BEGAN,
        reply_to=None,
        is_addressed=False,
        member=MemberId(1),
        author=said.speaker,
        is_bot=False,
        consent=Consent.IN,
    )


def _everything() -> Capabilities:
    shown = Capabilities(max_text=4000)
    for name in Capabilities.__annotations__:
        if isinstance(getattr(shown, name), Level):
            shown = replace(shown, **{name: Level.FULL})
    return shown
