"""How what is kept is shown in a chat: short lines for a phone, each with its evidence.

Made from the stored form alone, so that what was posted can be shown again when lines have gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

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
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.notices import call_blocks, gratitude_blocks, thanks_blocks
from learncomm_agent.writing.receipt import receipt
from learncomm_agent.writing.results import (
    Links,
    address_of,
    card_blocks,
    instead_blocks,
    list_blocks,
    names_itself,
    numbered,
    opened_blocks,
    search_blocks,
    title_of,
)
from learncomm_agent.writing.voice import Voice, link_to


@dataclass(frozen=True, slots=True)
class Layout(Voice):
    """Lays a writing out in one language, with times in one zone."""

    def blocks(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        """Return what is shown of a writing, with the lines that are left of it."""
        lay_out: dict[str, Callable[[Writing, Links], tuple[Block, ...]]] = {
            "search": partial(search_blocks, self),
            "answer": self._answer,
            "questions": self._questions,
            "summary": self._summary,
            "opened": partial(opened_blocks, self),
            "card": partial(card_blocks, self),
            "resources": partial(list_blocks, self),
            "thanks": lambda writing, links: thanks_blocks(self, writing),
            "call": lambda writing, links: call_blocks(self, writing),
            "gratitude": partial(gratitude_blocks, self),
        }
        return (*lay_out[writing.kind](writing, links), *self._lost(writing))

    def _answer(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        if not writing.lines:
            return (self.say("answer.nothing"), *self._notes(writing))
        who = writing.request.get("who")
        asked = (
            (self.say("answer.asked", who=who, question=writing.request["question"]),)
            if who
            else ()
        )
        claims = numbered(
            writing.lines,
            lambda line: (
                Text(f"{line.content['text']} ("),
                *self._cite(line.content, links),
                Text(")"),
            ),
        )
        return (*asked, *instead_blocks(self, writing), *claims, *self._notes(writing))

    def _questions(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        about = writing.request.get("about", "")
        if not writing.lines and not writing.lost:
            is_again = bool(writing.header.get("dropped"))  # what had been asked before
            said = self.say("questions.no_more", about=about, is_again=is_again)
            return (said, *self._notes(writing))
        key = "questions.heading" if about else "questions.heading_gone"
        heading = self.phrase(key, about=about)
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
            name = self.phrase(f"summary.{kind}")
            lines = [line for line in writing.lines if line.section == kind]
            if lines:
                items = tuple(self._said(line, links, kind) for line in lines)
                blocks += [Heading(name), Listing(items)]
            else:
                empty.append(name)
        links_said = [line.content["text"] for line in writing.lines if line.section == MENTIONED]
        if links_said:
            name = self.phrase("summary.resources")
            blocks += [Heading(name), Listing(tuple((Link(url, url),) for url in links_said))]
        if empty:
            blocks.append(self.note("summary.none_of", kinds=empty))
        return (*blocks, *self._notes(writing))

    def _said(self, line: Line, links: Links, kind: ItemKind) -> tuple[Span, ...]:
        content = line.content
        text = content["text"]
        if kind is ItemKind.ACTION:
            text = self._promise(content)
        said_at = self.local(content["at"])
        who = self.phrase("summary.said", speaker=content["speaker"], at=said_at)
        cited: list[Span] = []
        for number, evidence in enumerate(line.evidence):
            label = who if number == 0 else f"+{number}"
            cited += [Text(" " if cited else " ("), link_to(label, links, evidence.message)]
        return (Text(text), *cited, Text(")"))

    def _promise(self, content: Mapping[str, Any]) -> str:
        due = content["due"]
        return self.phrase(
            "summary.promise" if due is None else "summary.promise_due",
            owner=content["owner"] or self.phrase("summary.unassigned"),
            text=content["text"],
            due=None if due is None else date.fromisoformat(due),
        )

    def _notes(self, writing: Writing) -> Iterator[Block]:
        """Say how it was written, from how much, and what was left out."""
        is_empty = writing.kind != "summary" and not writing.lines and not writing.lost
        for said in receipt(
            self.words,
            writing.kind,
            writing.header,
            self.language,
            is_empty=is_empty,
            has_lost=writing.lost > 0,
        ):
            yield Paragraph((Text(said, Style.EMPHASIS),))

    def _lost(self, writing: Writing) -> tuple[Block, ...]:
        return (self.note("writing.lost", count=writing.lost),) if writing.lost else ()

    def _cite(self, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
        place = f" › {content['place']}" if content["place"] else ""
        title = title_of(self, content)
        if address := address_of(content):
            return (Link(title, address), Text(place))
        if names_itself(content):
            key = "search.note_by" if content["shared_by"] else "search.note"
            note = self.phrase(key, who=content["shared_by"])
            return (Text(note, Style.EMPHASIS), *self._where(content, links))
        return (Text(title + place, Style.EMPHASIS), *self._where(content, links))

    def _where(self, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
        """Return a link to where it was shared, where there is one."""
        ref = links.get(content["message"] or 0)
        return () if ref is None else (Text(" "), MessageLink(self.phrase("search.message"), ref))


def evidence_messages(writing: Writing) -> set[int]:
    """Return the messages that the lines of a writing link to."""
    rests = {held.message for line in writing.lines for held in line.evidence if held.message}
    shared = {line.content.get("message") for line in writing.lines}
    return {id for id in rests | shared if id}
