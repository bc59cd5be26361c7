"""How what is kept is shown in a chat: short lines for a phone, each with its evidence.

Made from the stored form alone, so that what was posted can be shown again when lines have gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
from learncomm_agent.storage.actions import ACTION
from learncomm_agent.storage.ballots import BALLOT, TALLY
from learncomm_agent.storage.digests import DIGEST
from learncomm_agent.storage.learning_goals import GOAL, IDEAS
from learncomm_agent.storage.lines import ROUND_UP
from learncomm_agent.storage.losses import as_asked
from learncomm_agent.storage.measures import LETTER
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.answer_blocks import answer_blocks, unanswered_blocks
from learncomm_agent.writing.digest import digest_blocks
from learncomm_agent.writing.goal_posts import goal_blocks, idea_blocks
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.letters import letter_blocks
from learncomm_agent.writing.notices import call_blocks, gratitude_blocks, thanks_blocks
from learncomm_agent.writing.promised_posts import (
    PROMISED,
    TALK,
    TOLD,
    opening_blocks,
    talk_blocks,
    told_blocks,
)
from learncomm_agent.writing.receipt import receipt
from learncomm_agent.writing.recordings import RECORD, record_blocks, rests_blocks, said_label
from learncomm_agent.writing.results import (
    Links,
    address_of,
    card_blocks,
    list_blocks,
    names_itself,
    opened_blocks,
    search_blocks,
    title_of,
)
from learncomm_agent.writing.round_up import round_up_blocks
from learncomm_agent.writing.session_posts import SESSION, session_blocks
from learncomm_agent.writing.taking import action_blocks
from learncomm_agent.writing.views import CAUGHT_UP, view_blocks
from learncomm_agent.writing.voice import Voice, link_to
from learncomm_agent.writing.voting import ballot_blocks, tally_blocks

WITH_CONTROLS = frozenset({ACTION, BALLOT, SESSION, DIGEST, PROMISED, TOLD})
"""Kinds of writings that are laid out with what one presses under them."""

_LISTED = tuple(kind for kind in ItemKind if kind is not ItemKind.OVERVIEW)
"""The kinds of which it is said where there are none."""


@dataclass(frozen=True, slots=True)
class Layout(Voice):
    """Lays a writing out in one language, with times in one zone."""

    def blocks(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        """Return what is shown of a writing, with the lines that are left of it and that nobody struck."""
        kept = tuple(line for line in writing.lines if not line.content.get("is_struck"))
        writing = replace(writing, lines=kept)
        lay_out: dict[str, Callable[[Writing, Links], tuple[Block, ...]]] = {
            "search": partial(search_blocks, self),
            "answer": self._answer,
            "unanswered": self._unanswered,
            "questions": self._questions,
            "summary": self._summary,
            "opened": partial(opened_blocks, self),
            "card": partial(card_blocks, self),
            "resources": partial(list_blocks, self),
            "thanks": lambda writing, links: thanks_blocks(self, writing),
            "call": lambda writing, links: call_blocks(self, writing),
            "gratitude": partial(gratitude_blocks, self),
            ROUND_UP: partial(round_up_blocks, self),
            GOAL: lambda writing, links: goal_blocks(self, writing),
            IDEAS: partial(idea_blocks, self),
            BALLOT: lambda writing, links: ballot_blocks(self, writing),
            TALLY: self._tally,
            CAUGHT_UP: lambda writing, links: tuple(view_blocks(self, writing, links, self.line)),
            RECORD: lambda writing, links: record_blocks(self, writing),
            LETTER: lambda writing, links: tuple(letter_blocks(self, writing, links)),
            DIGEST: lambda writing, links: tuple(digest_blocks(self, writing, links)),
            SESSION: partial(session_blocks, self),
            ACTION: partial(action_blocks, self),
            PROMISED: partial(opening_blocks, self),
            TALK: partial(talk_blocks, self),
            TOLD: partial(told_blocks, self),
        }
        return (*lay_out[writing.kind](writing, links), *self.lost(writing))

    def _answer(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        said = answer_blocks(self, writing, links, lambda content: self._cite(content, links))
        return (*said, *self.notes(writing))

    def _unanswered(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        as_empty = replace(writing, kind="answer", lines=(), lost=0)
        return (*unanswered_blocks(self, writing, links), *self.notes(as_empty))

    def _questions(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        about = writing.request.get("about", "")
        if not writing.lines and not writing.lost:
            is_again = bool(writing.header.get("dropped"))  # what had been asked before
            said = self.say("questions.no_more", about=about, is_again=is_again)
            return (said, *self.notes(writing))
        heading = Heading(self.title(writing))
        if writing.header.get("is_voted"):
            return (heading, self.note("vote.guide_rests"))
        items = tuple(self.line(writing.kind, line, links) for line in writing.lines)
        guide = (self.note("questions.guide"),) if items else ()
        return (heading, Listing(items, start=1), *guide, *self.notes(writing))

    def _tally(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        return tally_blocks(self, writing, lambda line: self._cite(line.content, links))

    def _summary(self, writing: Writing, links: Links) -> tuple[Block, ...]:
        blocks: list[Block] = [Heading(self.title(writing))]
        for name, lines in self.sections(writing):
            items = tuple(self.line(writing.kind, line, links) for line in lines)
            blocks += [Heading(name), Listing(items)]
        return (*blocks, *self.notes(writing))

    def title(self, writing: Writing) -> str:
        """Return what stands above a summary or questions."""
        if writing.kind != "questions":
            return str(writing.header["title"])
        about = writing.request.get("about", "")
        return self.phrase("questions.heading" if about else "questions.heading_gone", about=about)

    def sections(self, writing: Writing) -> Iterator[tuple[str, tuple[Line, ...]]]:
        """Yield the lines that there are, in the order in which they are shown, under their headings.

        Lines of a kind that has no headings stand under an empty one.
        """
        if writing.kind != "summary":
            if writing.lines:
                yield "", writing.lines
            return
        for kind in (*ItemKind, MENTIONED):
            lines = tuple(line for line in writing.lines if line.section == kind)
            if lines:
                yield self.phrase(f"summary.{kind}"), lines

    def line(self, kind: str, line: Line, links: Links) -> tuple[Span, ...]:
        """Return one line of a summary or of questions, with what it rests on."""
        content = line.content
        if content.get("is_added"):
            return (Text(f"{content['text']} "), self._aside(self.phrase("draft.added")))
        if line.section == MENTIONED and not content.get("is_edited"):
            return (Link(content["text"], content["text"]),)
        text = Text(f"{self.statement(line)} (")
        if kind == "summary":
            return (text, *self._said_by(line, links), Text(")"), *self._doubt(content))
        return (text, *self._cite(content, links), Text(")"))

    def statement(self, line: Line) -> str:
        """Return what a line says, without what it rests on: what a leader may put otherwise."""
        content = line.content
        is_promise = line.section == ItemKind.ACTION and not content.get("is_added")
        if is_promise and not content.get("is_edited"):
            return self._promise(content)
        return str(content["text"])

    def _said_by(self, line: Line, links: Links) -> Iterator[Span]:
        content = line.content
        # All of a record stands in one place, so it is named once.
        held = (each for n, each in enumerate(line.evidence) if not (n and each.resource))
        rests = [each.message or content.get("message") for each in held]
        if content.get("is_put_in"):
            rests.insert(0, -content["entry"])
        for number, message in enumerate(rests):
            yield from (Text(" "),) if number else ()
            yield link_to(self._label(content) if number == 0 else f"+{number}", links, message)

    def _label(self, content: Mapping[str, Any]) -> str:
        """Say what a line rests on first."""
        if "at" not in content:  # a link, which rests on the message that mentioned it first
            return self.phrase("search.message")
        if content.get("is_vote"):
            return self.phrase("summary.by_vote", at=self.local(content["at"]))
        return said_label(self, content)

    def _doubt(self, content: Mapping[str, Any]) -> tuple[Span, ...]:
        """Return a short mark on a line of which code could not tell whether it says what was said."""
        doubt = content.get("doubt", "")
        return (Text(" "), self._aside(self.phrase(doubt))) if doubt else ()

    def _aside(self, words: str) -> Text:
        return Text(f"({words})", Style.EMPHASIS)

    def _promise(self, content: Mapping[str, Any]) -> str:
        due = content["due"]
        return self.phrase(
            "summary.promise" if due is None else "summary.promise_due",
            owner=content["owner"] or self.phrase("summary.unassigned"),
            text=content["text"],
            due=None if due is None else date.fromisoformat(due),
        )

    def notes(self, writing: Writing) -> Iterator[Block]:
        """Say what there was none of, how it was written, from how much, and what was left out."""
        if writing.kind == "summary":
            there = {line.section for line in writing.lines}
            kinds = [self.phrase(f"summary.no_{kind}") for kind in _LISTED if kind not in there]
            if kinds:
                yield self.note("summary.none_of", kinds=kinds)
            yield from rests_blocks(self, writing)
        is_empty = writing.kind != "summary" and not writing.lines and not writing.lost
        for said in receipt(
            self.words,
            writing.kind,
            writing.header,
            self.language,
            is_empty=is_empty,
            has_lost=writing.lost > 0,
            zone=self.zone,
        ):
            yield Paragraph((Text(said, Style.EMPHASIS),))
        for mark, key in (("is_edited", "draft.in_edited"), ("is_added", "draft.in_added")):
            if count := sum(bool(line.content.get(mark)) for line in writing.lines):
                yield self.note(key, count=count)

    def lost(self, writing: Writing) -> tuple[Block, ...]:
        """Say how many lines are gone, and why."""
        asked = as_asked(writing.lost, writing.trace)
        left = 0 if writing.kind in ("unanswered", SESSION) else writing.lost - asked
        told = (("writing.taken_back", asked), ("writing.lost", left))
        return tuple(self.note(key, count=count) for key, count in told if count)

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


def evidence_entries(writing: Writing) -> set[int]:
    """Return the entries of its session to which the lines of a writing link."""
    contents = (line.content for line in writing.lines)
    return {each["entry"] for each in contents if each.get("is_put_in")}


def evidence_messages(writing: Writing) -> set[int]:
    """Return the messages that the lines of a writing link to."""
    rests = {held.message for line in writing.lines for held in line.evidence if held.message}
    shared = {line.content.get("message") for line in writing.lines}
    return {id for id in rests | shared if id}
