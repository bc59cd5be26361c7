"""Trying a prompt out: what a model writes with the one that is used and with a proposed one, side by side.

Without a language model nothing can be written: then the two prompts are compared as they would be sent.
"""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap

from learncomm_agent import prompting
from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.console import Console
from learncomm_agent.documents import Document
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.library.resources import Passage
from learncomm_agent.llm.counting import Counted
from learncomm_agent.llm.model import Completion, LanguageModel, Request, Usage
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.words import Words
from learncomm_agent.writers import model_of, writer_of
from learncomm_agent.writing.answers import PASSAGES
from learncomm_agent.writing.items import Answer, Method, QuestionSet, Summary, Transcript
from learncomm_agent.writing.records import transcript_from_jsonl
from learncomm_agent.writing.writer import Brief, Writer

QUESTIONS = 5
"""So many discussion questions are asked for."""
NARROWEST, WIDEST = 80, 160
"""Columns of a terminal in which two texts stand side by side, and that they take at most."""
_GAP = " │ "

Written = Summary | Answer | QuestionSet
Write = Callable[[Writer, Brief], Awaitable[Written]]


@dataclass
class Tried:
    """What became of one of the two prompts."""

    lines: list[str] = field(default_factory=list)
    dropped: int = 0
    calls: int = 0
    sent: int = 0
    received: int = 0
    cached: int = 0
    why_extracted: str = ""
    """Why the model wrote nothing of use; empty where it did."""
    prompts: list[str] = field(default_factory=list)
    """As they were sent."""

    def record(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "lines": self.lines,
            "kept": len(self.lines),
            "dropped": self.dropped,
            "calls": self.calls,
            "sent": self.sent,
            "received": self.received,
            "cached": self.cached,
            "why_extracted": self.why_extracted or None,
        }


async def try_prompt(
    console: Console, name: str, proposed: Path, on: str, *, as_json: bool
) -> None:
    """Write the same thing with the prompt that is used and with a proposed one, and show both.

    Args:
        console: The call.
        name: Of the prompt.
        proposed: The file that may take its place.
        on: A file with a transcript, or a question.
        as_json: Whether programs read it.

    Raises:
        UsageError: A file holds a mistake, or that prompt can't be tried on such a thing.
        NotFoundError: There is no such prompt, or nothing in what it is tried on.
    """
    used = await asyncio.to_thread(prompting.present, console, name)
    after = await asyncio.to_thread(prompting.checked, console, name, proposed)
    write = await _writing(console, name, on)
    model = model_of(console.settings.model, console.clock)
    try:
        first = await _tried(console, used, model, write)
        second = await _tried(console, after, model, write)
    finally:
        if model is not None:
            await model.close()
    differing = list(_rendered_difference(first, second, used, after))
    if as_json:
        told = {"name": name, "model": None if model is None else model.name}
        both = {"present": first.record(), "proposed": second.record()}
        console.json({**told, **both, "diff": "\n".join(differing)})
        return
    if not first.prompts and not second.prompts:
        console.say("cli.prompts.not_asked", name=name)
    elif model is None:
        _show_without_model(console, differing, first, second)
    else:
        _show(console, first, second)


async def _writing(console: Console, name: str, on: str) -> Write:
    """Return what is written with a prompt of this name."""
    task = name.split("_")[0]
    if task == "summary":
        transcript = await asyncio.to_thread(_transcript, console, on)
        return lambda writer, brief: writer.summary(transcript, brief)
    if task not in {"answer", "questions"}:
        raise UsageError(f"{name!r} writes nothing", phrase="cli.prompts.not_tried", name=name)
    if on.endswith(".jsonl"):
        raise UsageError("a file", phrase="cli.prompts.needs_question", name=name)
    if not on.strip():
        raise UsageError("no words", phrase="cli.no_words")
    passages = await _passages(console, on)
    if task == "answer":
        return lambda writer, brief: writer.answer(on, passages, brief)
    return lambda writer, brief: writer.questions(
        passages, brief, count=QUESTIONS, seen=frozenset()
    )


def _transcript(console: Console, on: str) -> Transcript:
    path, chosen = Path(on), console.settings.community
    if not path.is_file():
        raise UsageError(f"no file {on!r}", phrase="cli.prompts.needs_transcript", name=path.name)
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read {on!r}", phrase="cli.unreadable", name=path.name) from error
    transcript = transcript_from_jsonl(
        lines, path.stem, language=chosen.language, timezone=chosen.timezone
    )
    if not transcript.utterances:
        raise NotFoundError("no message in it", phrase="cli.summarize.nothing", name=path.name)
    return transcript


async def _passages(console: Console, question: str) -> Sequence[Passage]:
    async with console.library() as library:
        await library.ready()
        found = await library.find(question, limit=PASSAGES)
    if not found.passages:
        raise NotFoundError("nothing found", phrase="search.nothing")
    return found.passages


async def _tried(
    console: Console, document: Document, model: LanguageModel | None, write: Write
) -> Tried:
    """Write with one of the prompts; a model's tokens are on nobody's budget but the caller's."""
    chosen = console.settings.community
    community = Community(CommunityId(0), chosen.name, chosen.language, slug=chosen.slug)
    words = Words(data=console.settings.data).proposing(chosen.slug, document)
    watched = _Watched(model or _Nobody(), document.name)
    writer = writer_of(words, console.settings.model, watched)
    written = await write(writer, Brief(community, chosen.language))
    if written.why_extracted == "words":
        name = document.path.name
        raise UsageError(f"{name!r} does not render", phrase="cli.prompts.not_rendered", name=name)
    is_written = written.method is Method.MODEL
    return Tried(
        lines=list(_lines(written)) if is_written else [],
        dropped=written.dropped,
        calls=watched.calls,
        sent=watched.sent,
        received=watched.received,
        cached=watched.cached,
        why_extracted=written.why_extracted,
        prompts=watched.prompts,
    )


class _Watched(Counted):
    """Counts what is asked, and keeps what one prompt became."""

    def __init__(self, model: LanguageModel, purpose: str) -> None:
        super().__init__(model)
        self.prompts: list[str] = []
        self._purpose = purpose

    async def complete(self, request: Request) -> Completion:
        if request.purpose == self._purpose:
            self.prompts.append(request.prompt)
        return await super().complete(request)


class _Nobody:
    """Takes the place of a language model: fills in every form with nothing, so that all is asked."""

    name = "nobody"

    async def complete(self, request: Request) -> Completion:
        text = json.dumps(_empty(request.schema or {}))
        return Completion(text, Usage(estimate(request.prompt), 0))

    async def close(self) -> None:
        pass


def _empty(schema: Mapping[str, object]) -> object:
    """Return the least that fits a schema."""
    fields = schema.get("properties")
    if isinstance(fields, Mapping):
        return {name: _empty(each) for name, each in fields.items()}
    plain = {"array": [], "string": "", "integer": 1, "number": 0, "boolean": False}
    kind = schema.get("type")
    return plain.get(kind) if isinstance(kind, str) else None


def _lines(written: Written) -> Iterator[str]:
    """Yield what was written, a line a claim."""
    match written:
        case Summary():
            for kind, items in written.items.items():
                for item in items:
                    owner = f"{item.owner}: " if item.owner else ""
                    due = f" [{item.due.isoformat()}]" if item.due else ""
                    ids = " ".join(f"#{id}" for id in item.evidence)
                    yield f"{kind}: {owner}{item.text}{due} ({ids})"
        case Answer():
            for claim in written.claims:
                yield f"{claim.text} ({claim.citations[0].title})"
        case QuestionSet():
            for question in written:
                yield f"{question.level}: {question.text}"


def _rendered_difference(
    first: Tried, second: Tried, used: Document, after: Document
) -> Iterator[str]:
    """Yield how the first prompt that was sent differs; what both read is the same, and not shown."""
    before, now = (each.prompts[0] if each.prompts else "" for each in (first, second))
    yield from prompting.difference(before, now, used, after, context=1)


def _named(first: Tried, second: Tried) -> tuple[tuple[str, Tried], tuple[str, Tried]]:
    return ("cli.prompts.present", first), ("cli.prompts.proposed", second)


def _show_without_model(
    console: Console, differing: Sequence[str], first: Tried, second: Tried
) -> None:
    console.say("cli.prompts.no_model")
    console.say("cli.prompts.rendered" if differing else "cli.prompts.same")
    print("\n".join(differing), end="\n" if differing else "")
    for key, tried in _named(first, second):
        counts = {"calls": len(tried.prompts), "sent": sum(map(estimate, tried.prompts))}
        console.say("cli.prompts.would_send", which=console.label(key), **counts)


def _show(console: Console, first: Tried, second: Tried) -> None:
    left, right = (
        [console.label(key), "", *_column(console, tried)] for key, tried in _named(first, second)
    )
    for line in beside(left, right, shutil.get_terminal_size((100, 24)).columns):
        print(line)


def _column(console: Console, tried: Tried) -> Iterator[str]:
    """Yield what one of the prompts brought about, and what it took."""
    if tried.why_extracted:
        yield console.label(f"without_model.{tried.why_extracted}")
    yield from (f"• {line}" for line in tried.lines)
    yield ""
    yield console.label("cli.prompts.kept", kept=len(tried.lines), dropped=tried.dropped)
    yield console.label(
        "cli.prompts.took",
        calls=tried.calls,
        sent=tried.sent,
        received=tried.received,
        cached=tried.cached,
    )


def beside(left: Sequence[str], right: Sequence[str], columns: int) -> Iterator[str]:
    """Yield the lines of two texts side by side, or one after the other where that is too narrow."""
    if columns < NARROWEST:
        yield from (*left, "", *right)
        return
    width = (min(columns, WIDEST) - len(_GAP)) // 2

    def wrapped(lines: Sequence[str]) -> list[str]:
        return [part for line in lines for part in wrap(line, width) or [""]]

    for one, other in zip_longest(wrapped(left), wrapped(right), fillvalue=""):
        yield f"{one:<{width}}{_GAP}{other}".rstrip()
