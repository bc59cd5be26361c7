"""Checks that every line of a summary rests on the messages that it cites. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate

from learncomm_agent.writing.evidence.checks import MOST_EVIDENCE, MOST_LINES, SHORTEST_MOVED_QUOTE
from learncomm_agent.writing.evidence.promises import answers_to, due_of, kind_of, owner_of
from learncomm_agent.writing.evidence.support import Grounds, Support, names_of
from learncomm_agent.writing.items import Item, ItemKind, Method, Summary, Transcript, Utterance
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.vocabulary import links, normal

_BETWEEN = "\n\0\n"
"""Stands between messages, so that no quote reaches over two."""
_NEAR = 10
"""Messages between those that a model may cite together, unless one replies to the other."""


def check_summary(
    summary: Summary,
    transcript: Transcript,
    deadlines: DueReader | None = None,
    support: Support | None = None,
) -> Summary:
    """Give the summary with the lines that hold, each with one to three known ids.

    A quote must stand in the first message that its line cites; where it stands in another one, that
    id takes the first place. Lines without such a message, without words, or said twice in their kind
    are dropped and counted. An owner must have written an evidence message or be named in one. Of a
    model's lines, further messages that have nothing to do with it are taken out, and what was not
    settled or promised becomes a key point, in the words of whoever said it.

    Args:
        summary: The draft.
        transcript: What it was written from.
        deadlines: Computes due dates again. Without it the dates of an extracted summary stand, as
            code computed them, and those of a model fall away.
        support: Compares a model's texts with what they rest on.
    """
    check = _SummaryCheck(transcript, deadlines, summary.method, support)
    found: dict[ItemKind, list[Item]] = {kind: [] for kind in ItemKind}
    for kind in ItemKind:
        for draft in summary.items.get(kind, ()):
            if (checked := check.item(draft, kind)) is not None:
                found[checked[0]].append(checked[1])
    kept = {kind: _first_of_each(items) for kind, items in found.items()}
    written = sum(len(summary.items.get(kind, ())) for kind in ItemKind)
    dropped = summary.dropped + written - sum(map(len, kept.values()))
    mentioned = {link for each in transcript.utterances for link in links(each.text)}
    resources = tuple(dict.fromkeys(link for link in summary.resources if link in mentioned))
    return replace(summary, items=kept, resources=resources, dropped=dropped)


class _SummaryCheck:
    """Checks the lines of one summary; messages are prepared when they are first needed."""

    def __init__(
        self,
        transcript: Transcript,
        deadlines: DueReader | None,
        method: Method,
        support: Support | None,
    ) -> None:
        self._said = transcript.utterances
        self._messages = {each.id: each for each in self._said}
        self._order = {id: number for number, id in enumerate(self._messages)}
        self._speakers = {normal(each.speaker): each.speaker for each in transcript.utterances}
        self._texts: dict[str, Quotable] = {}
        self._deadlines = deadlines
        self._is_model = method is Method.MODEL
        self._support = support if self._is_model else None

    def item(self, item: Item, kind: ItemKind) -> tuple[ItemKind, Item] | None:
        """Return a line as it holds, and what kind it is."""
        known = tuple(each for each in dict.fromkeys(item.evidence) if each in self._messages)
        first = self._holder(item.quote, known)
        if first is None or not normal(item.text):
            return None
        wrong_first = item.evidence[:1] != (first,) and first not in known
        others = tuple(each for each in (known[1:] if wrong_first else known) if each != first)
        if self._is_model:
            others = tuple(each for each in others if self._belongs(item, kind, first, each))
        item = replace(item, evidence=(first, *others)[:MOST_EVIDENCE])
        messages = [self._messages[each] for each in item.evidence]
        support = self._support
        really = kind if support is None else kind_of(item, kind, messages, support)
        owner = due = None
        if really is ItemKind.ACTION:
            answers = answers_to(messages[0], self._said[self._order[first] + 1 :])
            owner = owner_of(item, messages, answers, self._speakers, support)
            due = due_of(item, messages, self._deadlines, is_model=self._is_model)
        item = replace(item, owner=owner, due=due)
        supported = self._supported(item, messages, is_moved=really is not kind)
        return None if supported is None else (really, supported)

    def _supported(
        self, item: Item, messages: Sequence[Utterance], *, is_moved: bool
    ) -> Item | None:
        """Hold the text of a model against its evidence."""
        if self._support is None:
            return item
        authors = " ".join(each.speaker for each in messages)
        grounds = Grounds(tuple(each.text for each in messages), authors, item.due)
        said = self._support.checked(item.text, item.quote, grounds, self._names)
        if said is not None and is_moved:  # its text says what was not settled, or not promised
            said = self._support.said(item.quote, grounds)
        return None if said is None else replace(item, text=said[0], quote=said[1])

    @cached_property
    def _names(self) -> frozenset[str]:
        return names_of(self._speakers.values(), (each.text for each in self._messages.values()))

    def _belongs(self, item: Item, kind: ItemKind, first: str, other: str) -> bool:
        """Tell whether a further message is near the first, and says yes to it or has to do with it."""
        one, two = self._messages[first], self._messages[other]
        is_reply = one.reply_to == other or two.reply_to == first
        if not is_reply and abs(self._order[first] - self._order[other]) > _NEAR:
            return False
        support = self._support
        if is_reply or support is None or support.belongs(two.text, item.text, item.quote):
            return True
        says_yes = {ItemKind.ACTION: support.agrees, ItemKind.DECISION: support.assents}.get(kind)
        is_after = self._order[first] < self._order[other]
        return is_after and says_yes is not None and says_yes(two.text)

    def _holder(self, quote: str, known: Sequence[str]) -> str | None:
        for each in known:
            if self._holds(each, quote):
                return each
        if len(normal(quote).split()) < SHORTEST_MOVED_QUOTE:
            return None
        place = self._everything.find(quote)
        if place is None:
            return None
        return tuple(self._messages)[bisect_right(self._starts, place.start) - 1]

    @cached_property
    def _everything(self) -> Quotable:
        return Quotable(_BETWEEN.join(each.text for each in self._messages.values()))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each message begins in the text of all."""
        lengths = (len(each.text) + len(_BETWEEN) for each in self._messages.values())
        return list(accumulate(lengths, initial=0))[:-1]

    def _holds(self, message: str, quote: str) -> bool:
        text = self._texts.get(message)
        if text is None:
            text = self._texts[message] = Quotable(self._messages[message].text)
        return text.find(quote) is not None


def _first_of_each(items: Iterable[Item]) -> tuple[Item, ...]:
    """Take out lines that say again what one above says."""
    kept: list[Item] = []
    texts: set[str] = set()
    quotes: set[tuple[str, str]] = set()
    for item in items:
        text, quote = normal(item.text), (item.evidence[0], normal(item.quote))
        if text in texts or quote in quotes:
            continue
        texts.add(text)
        quotes.add(quote)
        kept.append(item)
    return tuple(kept[:MOST_LINES])
