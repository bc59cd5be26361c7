"""Carries out what the command line parsed: calls the agent, prints for people or for programs."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from learncomm_agent import checkup, log, plugins
from learncomm_agent.agent import Agent
from learncomm_agent.beside import Beside
from learncomm_agent.chat.platform import Interactive
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import NotFoundError, StoreLockedError, UsageError
from learncomm_agent.house import extractive
from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.printing import summary_text
from learncomm_agent.progress import Bars
from learncomm_agent.settings import Settings
from learncomm_agent.words import Words
from learncomm_agent.writing.evidence import check_summary
from learncomm_agent.writing.keeping import snippet
from learncomm_agent.writing.records import (
    answer_record,
    question_record,
    summary_record,
    transcript_from_jsonl,
)

T = TypeVar("T")
LOG = "learncomm.log"


class Console:
    """One call of the command line. Each verb returns the exit code: 0, or 1 for nothing found."""

    def __init__(self, settings: Settings, language: str) -> None:
        """Keep the settings, and the language that this terminal speaks."""
        self._settings = settings
        self._language = language
        self._words = Words(data=settings.data)
        self._clock = SystemClock()

    @classmethod
    def open(cls, data: Path | None, settings: Path | None, language: str) -> "Console":
        """Read the settings, and have the log written into the data folder.

        Raises:
            SettingsError: With every mistake at once.
        """
        chosen = Settings.load(settings, os.environ, data)
        chosen.data.mkdir(parents=True, exist_ok=True)
        stream = (chosen.data / LOG).open("a", encoding="utf-8", buffering=1)
        log.configure(level=chosen.log.level, form=chosen.log.format, stream=stream)
        return cls(chosen, language)

    def chat(self) -> None:
        """Open the community in this terminal, until its people leave."""
        self._run(self._chat())

    def add(self, paths: list[str], *, as_json: bool) -> int:
        """Add files and folders; beside a running process, leave them for it."""
        absolute = [path if "://" in path else os.path.abspath(path) for path in paths]
        return self._run(self._add(absolute, as_json=as_json))

    def search(self, query: str, *, limit: int, as_json: bool) -> int:
        """Search once."""
        return self._run(self._search(query, limit=limit, as_json=as_json))

    def search_all(self, queries: Path, *, limit: int) -> int:
        """Search for each line `{id, query}` of a file; print a line `{id, results}` for each."""
        return self._run(self._search_all(queries, limit=limit))

    def ask(self, question: str, *, as_json: bool) -> int:
        """Answer a question."""
        return self._run(self._ask(question, as_json=as_json))

    def questions(self, about: str, *, count: int, as_json: bool) -> int:
        """Write open questions."""
        return self._run(self._questions(about, count=count, as_json=as_json))

    def summarize(self, transcript: Path, *, language: str | None, as_json: bool) -> int:
        """Summarise a transcript; needs no store."""
        return self._run(self._summarize(transcript, language=language, as_json=as_json))

    def forget(self, source: str, *, is_sure: bool, as_json: bool) -> int:
        """Forget a resource; beside a running process, leave that for it."""
        if not is_sure:
            raise UsageError("forget wants --yes", phrase="cli.forget.want_yes", source=source)
        return self._run(self._forget(source, as_json=as_json))

    def doctor(self, *, as_json: bool) -> int:
        """Say how things are: 0 when all is well."""
        checks = checkup.checks(self._settings, self._words, self._clock.now())
        if as_json:
            self._json([{"check": each.name, "ok": each.is_ok, **each.facts} for each in checks])
        else:
            for each in checks:
                self._say(each.phrase, mark="✓" if each.is_ok else "!", **each.facts)
        return 0 if all(each.is_ok for each in checks) else 1

    def init(self, *, models_only: bool) -> int:
        """Write a settings file where there is none, and bring the embedding model."""
        from learncomm_agent.library.models import fetch_models

        if not models_only:
            self._write_settings()
        self._note("cli.init.fetching")
        fetch_models()
        self._note("cli.init.ready")
        return 0

    async def _chat(self) -> None:
        make = plugins.load("adapters", "terminal")
        folder = self._settings.data / "terminal"
        folder.mkdir(parents=True, exist_ok=True)
        community = self._settings.community
        adapter = make(
            Surroundings(
                folder=folder,
                clock=self._clock,
                phrases=self._words.for_community(community.slug),
                catalogue=builtin.catalogue(),
                language=community.language,
                community=community.name,
            )
        )
        async with Agent(self._settings, [adapter]):
            if isinstance(adapter, Interactive):
                await adapter.finished()

    async def _add(self, paths: list[str], *, as_json: bool) -> int:
        try:
            return await self._add_here(paths, as_json=as_json)
        except StoreLockedError:
            async with Beside(self._settings, self._clock) as store:
                for path in paths:
                    store.leave("add", {"path": path})
            self._left("cli.add.left", as_json=as_json)
            return 0

    async def _add_here(self, paths: list[str], *, as_json: bool) -> int:
        added, known, unread = 0, 0, []
        async with Agent(self._settings) as agent:
            with Bars(self._label) as bars:
                for path in paths:
                    addition = await agent.add(
                        Path(path) if "://" not in path else path, progress=bars.read
                    )
                    added, known = added + len(addition.added), known + len(addition.known)
                    unread += addition.unread
                await agent.idle(progress=bars.indexed)
        for each in unread:
            self._note(
                each.error.advice.phrase, **{"name": each.source, **each.error.advice.values}
            )
        if as_json:
            failures = [{"source": each.source, "reason": str(each.error)} for each in unread]
            self._json({"added": added, "known": known, "unread": failures})
        else:
            self._say("cli.add.done", added=added, known=known)
        return 0 if added + known else 1

    async def _search(self, query: str, *, limit: int, as_json: bool) -> int:
        async with self._library() as library:
            await library.ready()
            found = await library.find(query, limit=limit)
        if as_json:
            self._json({"results": [_result(passage) for passage in found.passages]})
        else:
            self._show_passages(found)
        return 0 if found.passages else 1

    async def _search_all(self, queries: Path, *, limit: int) -> int:
        is_found = False
        async with self._library() as library:
            await library.ready()
            for id, query in self._lines(queries):
                found = await library.find(query, limit=limit)
                is_found = is_found or bool(found.passages)
                self._json({"id": id, "results": [_result(each) for each in found.passages]})
        return 0 if is_found else 1

    async def _ask(self, question: str, *, as_json: bool) -> int:
        async with self._library() as library:
            await library.ready()
            answer = await library.answer(question)
        if as_json:
            self._json(answer_record(answer))
        elif not answer.is_found:
            self._say("answer.nothing")
        else:
            for claim in answer.claims:
                print(f"• {claim.text}\n  {_cited(claim.citations[0])}")
            self._say("answer.extracted")
        return 0 if answer.is_found else 1

    async def _questions(self, about: str, *, count: int, as_json: bool) -> int:
        async with self._library() as library:
            await library.ready()
            questions = await library.questions(about, count=count)
        if as_json:
            self._json([question_record(question) for question in questions])
        elif not questions:
            self._say("questions.no_more", about=about)
        else:
            for number, question in enumerate(questions, 1):
                print(f"{number}. {question.text}\n   {_cited(question.evidence)}")
            self._say("questions.extracted")
        return 0 if questions else 1

    async def _summarize(self, path: Path, *, language: str | None, as_json: bool) -> int:
        language = language or self._settings.community.language
        transcript = transcript_from_jsonl(self._text(path).splitlines(), path.stem)
        if not transcript.utterances:
            raise NotFoundError("no message in it", phrase="cli.summarize.nothing", name=path.name)
        writer = extractive(self._words.for_community(self._settings.community.slug))
        summary = check_summary(await writer.summary(transcript, language=language), transcript)
        if as_json:
            self._json(summary_record(summary))
        else:
            print(summary_text(summary, transcript, self._words, self._language))
        return 0

    async def _forget(self, source: str, *, as_json: bool) -> int:
        try:
            async with Agent(self._settings) as agent:
                gone = await agent.forget(source)
                await agent.idle()
        except StoreLockedError:
            async with Beside(self._settings, self._clock) as store:
                store.leave("forget", {"source": source})
            self._left("cli.forget.left", as_json=as_json)
            return 0
        if as_json:
            self._json(
                {"resources": gone.resources, "passages": gone.passages, "lines": gone.lines}
            )
        else:
            self._say("forget.done", passages=gone.passages, lines=gone.lines)
        return 0

    @asynccontextmanager
    async def _library(self) -> AsyncIterator[Agent | Beside]:
        """Open the store, or look at it beside the process that holds it, by words alone."""
        try:
            async with Agent(self._settings) as agent:
                yield agent
        except StoreLockedError:
            self._note("cli.beside")
            async with Beside(self._settings, self._clock) as beside:
                yield beside

    def _lines(self, queries: Path) -> Iterator[tuple[str, str]]:
        """Yield the queries of a file; a line that is none is said, and the others go on."""
        for number, line in enumerate(self._text(queries).splitlines(), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                id, query = record["id"], record["query"]
            except (ValueError, TypeError, KeyError):
                self._note("cli.search.bad_line", line=number, name=queries.name)
                continue
            if isinstance(query, str) and query.strip():
                yield str(id), query
            else:
                self._note("cli.search.bad_line", line=number, name=queries.name)

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"can't read {str(path)!r}", phrase="cli.unreadable", name=path.name
            ) from error

    def _write_settings(self) -> None:
        """Write the commented settings file, unless there is one."""
        path = self._settings.data / "learncomm.toml"
        if path.exists():
            self._note("cli.init.kept", path=path)
            return
        path.write_text(self._words.template("learncomm.toml"), encoding="utf-8")
        self._note("cli.init.written", path=path)

    def _run(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(call)

    def _left(self, key: str, *, as_json: bool) -> None:
        if as_json:
            self._json({"left": True})
        self._note(key)

    def _label(self, key: str, **values: object) -> str:
        return self._words.phrase(key, language=self._language, **values)

    def _say(self, key: str, **values: object) -> None:
        print(self._label(key, **values))

    def _note(self, key: str, **values: object) -> None:
        """Say something beside the output that programs read."""
        print(self._label(key, **values), file=sys.stderr)

    def _json(self, value: object) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)

    def _show_passages(self, found: Found) -> None:
        if not found.passages:
            self._say("search.nothing")
        for number, passage in enumerate(found.passages, 1):
            print(f"{number}. {_cited(passage)}\n   {snippet(passage.text)}")
        if found.passages and not found.by_meaning:
            self._say("search.words_alone")


def _cited(passage: Passage) -> str:
    place = f" › {passage.place}" if str(passage.place) else ""
    return f"{passage.title}{place} ({passage.source})"


def _result(passage: Passage) -> dict[str, object]:
    return {
        "resource": passage.title,
        "source": passage.source,
        "chunk": passage.chunk,
        "score": passage.score,
        "place": str(passage.place),
        "text": passage.text,
    }
