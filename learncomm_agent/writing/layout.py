"""How what is kept is shown in a chat: short lines for a phone, each with its evidence.

Made from the stored form alone, so that what was posted can be shown again when lines have gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import (
    Block,
    Heading,
    Link,
    Listing,
    MessageLink,
    Paragraph,
    Span,
    Style,
    Text,
)
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.words import Words
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.receipt import receipt

Links = Mapping[int, MessageRef]
"""Where the messages stand that lines rest on, by row id."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Lays a writing out in one language, with times in one zone."""

    words: Words
    language: str
    zone: tzinfo
    sign: str = ""
    """What stands before a command where people type it."""

    def blocks(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        """Return what is shown of a writing, with the lines that are left of it."""
        lay_out: dict[str, Callable[[Writing, Links], tuple[Block, ...]]] = {
            "search": self._search,
            "answer": self._answer,
            "questions": self._questions,
            "summary": self._summary,
        }
        return (*lay_out[writing.kind](writing, links), *self._lost(writing))

    def say(self, key: str, **values: object) -> Paragraph:
        """Return one sentence as a paragraph."""
        return Paragraph((Text(self._sentence(key, values)),))

    def note(self, key: str, **values: object) -> Paragraph:
        """Return one sentence set apart, for what stands beside the matter."""
        return Paragraph((Text(self._sentence(key, values), Style.EMPHASIS),))

    def _sentence(self, key: str, values: Mapping[str, object]) -> str:
        return self.words.phrase(key, language=self.language, **{"sign": self.sign, **values})

    def _search(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        if not writing.lines:
            return (self.say("search.nothing"),)
        notes = () if writing.trace.get("by_meaning", True) else (self.note("search.words_alone"),)
        items = tuple(self._found(line, links) for line in writing.lines)
        return (Listing(items, start=1), *notes)

    def _found(self, line: Line, links: Links) -> tuple[Span, ...]:
        content = line.content
        return (
            *self._source(content, links),
            Text(f"\n{content['text']}\n"),
            Text(self._shared(content), Style.EMPHASIS),
        )

    def _answer(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        if not writing.lines:
            return (self.say("answer.nothing"), *self._notes(writing))
        items = tuple(
            (Text(f"{line.content['text']} ("), *self._cite(line.content, links), Text(")"))
            for line in writing.lines
        )
        return (Listing(items), *self._notes(writing))

    def _questions(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        about = writing.request["about"]
        if not writing.lines and not writing.lost:
            return (self.say("questions.no_more", about=about), *self._notes(writing))
        heading = self.words.phrase("questions.heading", language=self.language, about=about)
        items = tuple(
            (Text(f"{line.content['text']} ("), *self._cite(line.content, links), Text(")"))
            for line in writing.lines
        )
        return (Heading(heading), Listing(items, start=1), *self._notes(writing))

    def _summary(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        header = writing.header
        blocks: list[Block] = [Heading(header["title"])]
        empty = []
        for kind in ItemKind:
            name = self.words.phrase(f"summary.{kind}", language=self.language)
            lines = [line for line in writing.lines if line.section == kind]
            if lines:
                items = tuple(self._said(line, links, kind) for line in lines)
                blocks += [Heading(name), Listing(items)]
            else:
                empty.append(name)
        links_said = [line.content["text"] for line in writing.lines if line.section == MENTIONED]
        if links_said:
            name = self.words.phrase("summary.resources", language=self.language)
            blocks += [Heading(name), Listing(tuple((Link(url, url),) for url in links_said))]
        if empty:
            blocks.append(self.note("summary.none_of", kinds=empty))
        return (*blocks, *self._notes(writing))

    def _said(self, line: Line, links: Links, kind: ItemKind) -> tuple[Span, ...]:
        content = line.content
        text = content["text"]
        if kind is ItemKind.ACTION:
            text = self._promise(content)
        said_at = self._local(content["at"])
        who = self.words.phrase(
            "summary.said", language=self.language, speaker=content["speaker"], at=said_at
        )
        cited: list[Span] = []
        for number, evidence in enumerate(line.evidence):
            ref = links.get(evidence.message or 0)
            label = who if number == 0 else f"+{number}"
            cited += [Text(" " if cited else " ("), _link(label, ref)]
        return (Text(text), *cited, Text(")"))

    def _promise(self, content: Mapping[str, Any]) -> str:
        due = content["due"]
        return self.words.phrase(
            "summary.promise" if due is None else "summary.promise_due",
            language=self.language,
            owner=content["owner"]
            or self.words.phrase("summary.unassigned", language=self.language),
            text=content["text"],
            due=None if due is None else date.fromisoformat(due),
        )

    def _notes(self, writing: Writing) -> Iterator[Block]:
        """Say how it was written, from how much, and what was left out."""
        is_empty = writing.kind != "summary" and not writing.lines and not writing.lost
        for said in receipt(
            self.words, writing.kind, writing.header, self.language, is_empty=is_empty
        ):
            yield Paragraph((Text(said, Style.EMPHASIS),))

    def _lost(self, writing: Writing) -> tuple[Block, ...]:
        return (self.note("writing.lost", count=writing.lost),) if writing.lost else ()

    def _source(self, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
        place = Text(f" › {content['place']}" if content["place"] else "")
        if _has_address(content):
            return (Link(content["title"], content["source"]), place)
        return (Text(content["title"], Style.STRONG), place, *self._where(content, links))

    def _cite(self, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
        place = f" › {content['place']}" if content["place"] else ""
        if _has_address(content):
            return (Link(content["title"], content["source"]), Text(place))
        if _names_itself(content):
            key = "search.note_by" if content["shared_by"] else "search.note"
            note = self.words.phrase(key, language=self.language, who=content["shared_by"])
            return (Text(note, Style.EMPHASIS), *self._where(content, links))
        return (Text(content["title"] + place, Style.EMPHASIS), *self._where(content, links))

    def _where(self, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
        """Return a link to where it was shared, where there is one."""
        ref = links.get(content["message"] or 0)
        label = self.words.phrase("search.message", language=self.language)
        return () if ref is None else (Text(" "), _link(label, ref))

    def _shared(self, content: Mapping[str, Any]) -> str:
        shared_at = self._local(content["shared_at"])
        key = "search.shared_by" if content["shared_by"] else "search.shared"
        return self.words.phrase(
            key, language=self.language, who=content["shared_by"], when=shared_at
        )

    def _local(self, moment: str) -> datetime:
        return datetime.fromisoformat(moment).astimezone(self.zone)


def evidence_messages(writing: Writing) -> set[int]:
    """Return the messages that the lines of a writing link to."""
    rests = {held.message for line in writing.lines for held in line.evidence if held.message}
    shared = {line.content.get("message") for line in writing.lines}
    return {id for id in rests | shared if id}


def _has_address(content: Mapping[str, Any]) -> bool:
    return str(content["source"]).startswith(("http://", "https://"))


def _names_itself(content: Mapping[str, Any]) -> bool:
    """Whether a title is the beginning of the very words that are shown, as that of a short note is."""
    title = content["title"].removesuffix("…").rstrip()
    return bool(title) and title.casefold() in content["text"].casefold()


def _link(label: str, ref: MessageRef | None) -> Span:
    return Text(label) if ref is None else MessageLink(label, ref)
