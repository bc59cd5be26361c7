"""Reads a leader's notes as they are meant: what stands under `Decisions` was decided, says the leader."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.writing.items import Item, ItemKind, Summary, Transcript, Utterance
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.deadlines import DueReader, due_reader
from learncomm_agent.writing.language.vocabulary import normal
from learncomm_agent.writing.writer import Brief, Writer

Labels = Mapping[str, ItemKind | None]
"""For the words above or before a line of notes, in normal form: what the line is; None for nothing said."""

_LABELLED = re.compile(r"[#*_\s]*([^:：]{1,40}?)[*_\s]*[:：][*_\s]*(.*)", re.DOTALL)  # noqa: RUF001
_INNER = re.compile(r"(?<=[.;!?])\s+(?=[^\s.;!?:][^.;!?:]{0,39}:)")
_HEADING = re.compile(r"#{1,6}\s+|\*\*.+\*\*$")
_NAMED = re.compile(r"\s*(?:[:：–—-]|→)\s*")  # noqa: RUF001
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of notes whose kind its heading or its first word tells."""

    utterance: Utterance
    kind: ItemKind | None
    """None for a heading, and for what stands under one that tells of nothing said."""
    text: str


class Noting:
    """Has notes summed up, and keeps what their order says."""

    def __init__(self, writer: Writer, book: CueBook, labels: Callable[[str], Labels]) -> None:
        """Take what it needs.

        Args:
            writer: Checks its evidence; what has no label is left to it.
            book: The cues by which deadlines are read.
            labels: Gives the labels of a community, by its slug; asked on a thread.
        """
        self._writer = writer
        self._book = book
        self._labels = labels

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Sum notes up; each line that a label tells of is a line of the summary in its own words."""
        summary = await self._writer.summary(transcript, brief)

        def arrange() -> Summary:
            slug = brief.community.slug
            noted = list(read_notes(transcript.utterances, self._labels(slug)))
            deadlines = due_reader(transcript, self._book.spoken(slug, transcript))
            return arranged(summary, noted, deadlines, sorted(brief.people))

        return await asyncio.to_thread(arrange)


def read_notes(lines: Iterable[Utterance], labels: Labels) -> Iterator[Noted]:
    """Yield the lines that stand under a known heading or behind a known word, and the headings."""
    kind: ItemKind | None = None
    is_under = False
    for line, text in ((each, text) for each in lines for text in _pieces(each.text, labels)):
        label = _LABELLED.fullmatch(text)
        head = normal(label[1] if label else text)
        rest = label[2].strip() if label else ""
        if head in labels and not rest:
            kind, is_under = labels[head], True
            yield Noted(line, None, "")
        elif head in labels:
            yield Noted(line, labels[head], rest)
        elif _HEADING.match(text) or (label and not rest):
            is_under = False
        elif is_under:
            yield Noted(line, kind, text)


def _pieces(text: str, labels: Labels) -> list[str]:
    """Cut a line before each known word in it, as in `Decisions: we meet monthly. To do: book a room`.

    One that begins with no such word stays whole, as it says more than they do.
    """
    pieces: list[str] = []
    for part in _INNER.split(text):
        label = _LABELLED.fullmatch(part)
        is_labelled = label is not None and normal(label[1]) in labels
        if is_labelled:
            pieces.append(part)
        elif pieces:
            pieces[-1] += f" {part}"
        else:
            return [text]
    return pieces


def arranged(
    summary: Summary, noted: Sequence[Noted], deadlines: DueReader, people: Sequence[str]
) -> Summary:
    """Return a summary of notes with each line where its label puts it.

    Args:
        summary: Of the same notes; its lines on what is labelled give way.
        noted: What is labelled.
        deadlines: Reads until when something is to be done.
        people: Who may be named as the one who does it.
    """
    told = {each.utterance.id for each in noted}
    owners = {item.evidence[0]: item.owner for items in summary.items.values() for item in items}
    left = {
        kind: [item for item in summary.items.get(kind, ()) if item.evidence[0] not in told]
        for kind in ItemKind
    }
    for each in noted:
        if each.kind is not None:
            owner = owners.get(each.utterance.id)
            left[each.kind].append(_item(each, owner, deadlines, people))
    return replace(summary, items={kind: tuple(items) for kind, items in left.items()})


def _item(noted: Noted, owner: str | None, deadlines: DueReader, people: Sequence[str]) -> Item:
    said, text = noted.utterance, noted.text
    item = Item(text, (said.id,), text)
    if noted.kind is not ItemKind.ACTION:
        return item
    named, task = named_first(text, people)
    due = deadlines.due(text, said.at, said.zone)
    return replace(item, text=task, owner=named or owner, due=due)


def named_first(text: str, people: Sequence[str]) -> tuple[str | None, str]:
    """Return the one person with whose name a text begins, and what is to be done without the name.

    The name stays where the sentence needs it, as in `Ben books the room`.
    """
    found = [(name, said) for name in people for said in _called(name) if _begins(text, said)]
    longest = max((len(said) for _, said in found), default=0)
    best = {name: said for name, said in found if len(said) == longest}
    if len(best) != 1:
        return None, text
    ((name, said),) = best.items()
    rest = text[len(said) :]
    sign = _NAMED.match(rest)
    return name, (rest[sign.end() :] if sign and rest[sign.end() :] else text)


def _called(name: str) -> tuple[str, ...]:
    first = name.split()[0] if name.split() else ""
    return (name, first) if len(first) >= _SHORTEST_NAME and first != name else (name,)


def _begins(text: str, name: str) -> bool:
    after = text[len(name) : len(name) + 1]
    return bool(name) and text.casefold().startswith(name.casefold()) and not after.isalnum()
