"""The calls of the command line that use the library. Each returns the exit code: 0, or 1 for nothing found."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.beside import Beside
from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.console import Console
from learncomm_agent.errors import NotFoundError, StoreLockedError, UsageError
from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.printing import cited, passages_text, summary_text
from learncomm_agent.writers import cost_of, model_of, writer_of
from learncomm_agent.writing.items import Answer, Claim, QuestionSet, Summary, Transcript
from learncomm_agent.writing.keeping import method_header
from learncomm_agent.writing.receipt import receipt
from learncomm_agent.writing.records import (
    answer_record,
    question_record,
    summary_record,
    transcript_from_jsonl,
)
from learncomm_agent.writing.voice import Voice
from learncomm_agent.writing.writer import Brief


async def search(
    console: Console, query: str, *, limit: int | None, why: bool, as_json: bool
) -> int:
    """Search once, and say how each result was ranked if wished."""
    _check_words(query)
    async with console.library() as library:
        await library.ready()
        found = await library.find(query, limit=limit or console.settings.search.limit)
    if as_json:
        console.json({"results": [_result(each, why=why) for each in found.passages]})
    else:
        _show_passages(console, found, why=why)
    return 0 if found.passages else 1


async def search_all(console: Console, queries: Path, *, limit: int | None) -> int:
    """Search for each line `{id, query}` of a file; print a line `{id, results}` for each."""
    is_found = False
    text = await asyncio.to_thread(_text, queries)
    async with console.library() as library:
        await library.ready()
        for id, query in _lines(console, queries.name, text):
            found = await library.find(query, limit=limit or console.settings.search.limit)
            is_found = is_found or bool(found.passages)
            console.json({"id": id, "results": [_result(each) for each in found.passages]})
    return 0 if is_found else 1


async def ask(console: Console, question: str, *, as_json: bool) -> int:
    """Answer a question."""
    _check_words(question)
    async with console.library() as library:
        await library.ready()
        answer = await library.answer(question)
    if as_json:
        console.json(answer_record(answer))
    else:
        if not answer.is_found:
            console.say("answer.nothing")
        for claim in answer.claims:
            print(f"• {_said(console, claim)}\n  {cited(claim.citations[0])}")
        _say_how(console, "answer", answer, is_empty=not answer.is_found)
    return 0 if answer.is_found else 1


async def questions(console: Console, about: str, *, count: int, as_json: bool) -> int:
    """Write open questions."""
    _check_words(about)
    async with console.library() as library:
        await library.ready()
        questions = await library.questions(about, count=count)
    if as_json:
        console.json([question_record(question) for question in questions])
    else:
        if not questions:
            console.say("questions.no_more", about=about)
        for number, question in enumerate(questions, 1):
            print(f"{number}. {question.text}\n   {cited(question.evidence)}")
        _say_how(console, "questions", questions, is_empty=not questions)
    return 0 if questions else 1


async def summarize(
    console: Console, path: Path, *, language: str | None, is_dry: bool = False, as_json: bool
) -> int:
    """Summarise a transcript, or say what that would cost; needs no store."""
    language = language or console.settings.community.language
    transcript = transcript_from_jsonl(
        (await asyncio.to_thread(_text, path)).split("\n"),
        path.stem,
        language=language,
        timezone=console.settings.community.timezone,
    )
    if not transcript.utterances:
        raise NotFoundError("no message in it", phrase="cli.summarize.nothing", name=path.name)
    if is_dry:
        return await _say_cost(console, transcript, language, as_json=as_json)
    summary = await _summary(console, transcript, language)
    if as_json:
        console.json(summary_record(summary))
    else:
        print(summary_text(summary, transcript, console.words, console.language))
    return 0


async def _summary(console: Console, transcript: Transcript, language: str) -> Summary:
    """Summarise without a store; a model's tokens are then on nobody's budget but the caller's."""
    settings = console.settings
    model = model_of(settings.model, console.clock)
    try:
        writer = writer_of(console.words, settings.model, model)
        return await writer.summary(transcript, _brief(console, language))
    finally:
        if model is not None:
            await model.close()


async def _say_cost(
    console: Console, transcript: Transcript, language: str, *, as_json: bool
) -> int:
    """Say what a summary would cost; nobody is asked."""
    brief = _brief(console, language)
    cost = await cost_of(console.words, console.settings.model, console.clock, transcript, brief)
    if as_json:
        console.json({"cost": asdict(cost)})
    else:
        console.say("cli.summarize.cost" if cost.calls else "cli.summarize.free", **asdict(cost))
    return 0


def _brief(console: Console, language: str) -> Brief:
    own = console.settings.community
    return Brief(Community(CommunityId(0), own.name, slug=own.slug), language)


async def forget(console: Console, source: str, *, as_json: bool) -> int:
    """Forget a resource; beside a running process, leave that for it."""
    try:
        return await _forget(console, source, as_json=as_json)
    except NotFoundError as error:
        raise NotFoundError(str(error), phrase="cli.forget.not_found") from error


async def _forget(console: Console, source: str, *, as_json: bool) -> int:
    try:
        async with Agent(console.settings) as agent:
            gone = await agent.forget(source)
            await agent.idle()
    except StoreLockedError:
        async with Beside(console.settings, console.clock) as store:
            await store.check_known(source)
            await store.leave("forget", {"source": source})
        if as_json:
            console.json({"left": True})
        console.note("cli.forget.left")
        return 0
    if as_json:
        console.json({"resources": gone.resources, "passages": gone.passages, "lines": gone.lines})
    else:
        console.say("forget.done", passages=gone.passages, lines=gone.lines)
    return 0


def _check_words(text: str) -> None:
    if not text.strip():
        raise UsageError("no words", phrase="cli.no_words")


def _lines(console: Console, name: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield the queries of a file; a line that is none is said, and the others go on."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            id, query = record["id"], record["query"]
        except (ValueError, TypeError, KeyError):
            console.note("cli.search.bad_line", line=number, name=name)
            continue
        if isinstance(query, str) and query.strip():
            yield str(id), query
        else:
            console.note("cli.search.bad_line", line=number, name=name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"can't read {str(path)!r}", phrase="cli.unreadable", name=path.name
        ) from error


def _said(console: Console, claim: Claim) -> str:
    """Return a claim with who said it before it, where a member did."""
    if claim.said_by is None:
        return claim.text
    key = "answer.said" if claim.said_by else "answer.said_by_member"
    return f"{console.label(key, who=claim.said_by)} {claim.text}"


def _say_how(console: Console, kind: str, written: Answer | QuestionSet, *, is_empty: bool) -> None:
    header = method_header(written)
    for said in receipt(console.words, kind, header, console.language, is_empty=is_empty):
        print(said)


def _show_passages(console: Console, found: Found, *, why: bool) -> None:
    if not found.passages:
        console.say("search.nothing")
    for asked, instead in found.instead.items():
        console.say("search.instead", asked=asked, found=instead)
    voice = Voice(console.words, console.language, UTC)
    for line in passages_text(found, voice, console.clock.now(), why=why):
        print(line)
    if found.passages and found.is_early:
        console.say("search.words_alone")


def _result(passage: Passage, *, why: bool = False) -> dict[str, object]:
    parts = {"parts": dict(passage.parts)} if why else {}
    return {
        "resource": passage.title,
        "source": passage.source,
        "chunk": passage.chunk,
        "score": passage.score,
        "place": str(passage.place),
        "text": passage.text,
        **parts,
    }
