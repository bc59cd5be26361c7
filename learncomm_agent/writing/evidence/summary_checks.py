"""Checks that every line of a summary rests on the messages that it cites. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate

from learncomm_agent.writing.evidence.checks import MOST_EVIDENCE, MOST_LINES, SHORTEST_MOVED_QUOTE
from learncomm_agent.writing.evidence.grounds import Grounds
from learncomm_agent.writing.evidence.names import names_of
from learncomm_agent.writing.evidence.promises import answers_to, due_of, kind_of, owner_of
from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import Item, ItemKind, Method, Summary, Transcript, Utterance
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.vocabulary import links, normal
from learncomm_agent.writing.merging import together

_BETWEEN = "\n\0\n"
"""Stands between messages, so that no quote reaches over two."""
_OWN_WORDS = 5
"""Words of a line by which the message is known from which they were taken."""
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
        self._acts = None if self._support is None else self._support.acts

    def item(self, item: Item, kind: ItemKind) -> tuple[ItemKind, Item] | None:
        """Return a line as it holds, and what kind it is."""
        known = tuple(each for each in dict.fromkeys(item.evidence) if each in self._messages)
        first = self._holder(item.quote, known)
        if first is None or not normal(item.text):
            return None
        if self._is_model and (told := self._told_by(item.text, known)) is not None:
            first, item = told, replace(item, quote=item.text)
        wrong_first = item.evidence[:1] != (first,) and first not in known
        others = tuple(each for each in (known[1:] if wrong_first else known) if each != first)
        if self._is_model:
            others = tuple(each for each in others if self._belongs(item, kind, first, each))
        quote = self._words(first, item.quote)
        item = replace(item, evidence=(first, *others)[:MOST_EVIDENCE], quote=quote)
        messages = [self._messages[each] for each in item.evidence]
        acts = self._acts
        really = kind if acts is None else kind_of(item, kind, messages, acts)
        owner = due = None
        if really is ItemKind.ACTION:
            answers = answers_to(messages[0], self._said[self._order[first] + 1 :])
            owner = owner_of(item, messages, answers, self._speakers, acts)
            item = replace(item, owner=owner)
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
        texts = tuple(each.text for each in messages)
        is_settled = self._is_agreed(messages) or item.owner not in (None, messages[0].speaker)
        grounds = Grounds(texts, authors, item.due, is_settled=is_settled)
        found = self._support.checked(item.text, item.quote, grounds, self._names)
        if found is not None and is_moved:  # its text says what was not settled, or not promised
            found = self._support.said(item.quote, grounds)
        if found is None:
            return None
        return replace(item, text=found.text, quote=found.quote, doubt=found.doubt)

    def _is_agreed(self, messages: Sequence[Utterance]) -> bool:
        """Tell whether somebody else said yes to the first message."""
        first, *others = messages
        acts = self._acts
        return acts is not None and any(
            each.speaker != first.speaker and acts.assents(each.text) for each in others
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        common = frozenset() if self._support is None else self._support.common
        texts = (each.text for each in self._messages.values())
        return names_of({each.speaker for each in self._said}, texts, common)

    def _belongs(self, item: Item, kind: ItemKind, first: str, other: str) -> bool:
        """Tell whether a further message is near the first, and says yes to it or has to do with it."""
        one, two = self._messages[first], self._messages[other]
        is_reply = one.reply_to == other or two.reply_to == first
        if not is_reply and abs(self._order[first] - self._order[other]) > _NEAR:
            return False
        support, acts = self._support, self._acts
        if is_reply or support is None or support.belongs(two.text, item.text, item.quote):
            return True
        if acts is None:
            return False
        says_yes = {ItemKind.ACTION: acts.agrees, ItemKind.DECISION: acts.assents}.get(kind)
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

    def _told_by(self, text: str, known: Sequence[str]) -> str | None:
        """Return the message that says what a line says word for word, where the cited ones don't."""
        if len(normal(text).split()) < _OWN_WORDS or any(self._holds(each, text) for each in known):
            return None
        return self._holder(text, ())

    @cached_property
    def _everything(self) -> Quotable:
        return Quotable(_BETWEEN.join(each.text for each in self._messages.values()))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each message begins in the text of all."""
        lengths = (len(each.text) + len(_BETWEEN) for each in self._messages.values())
        return list(accumulate(lengths, initial=0))[:-1]

    def _holds(self, message: str, quote: str) -> bool:
        return self._text(message).find(quote) is not None

    def _words(self, message: str, quote: str) -> str:
        """Return a quote as it stands in a message that holds it."""
        place = self._text(message).find(quote)
        assert place is not None
        return self._messages[message].text[place.start : place.end]

    def _text(self, message: str) -> Quotable:
        text = self._texts.get(message)
        if text is None:
            text = self._texts[message] = Quotable(self._messages[message].text)
        return text


def _first_of_each(items: Iterable[Item]) -> tuple[Item, ...]:
    """Take out lines that say again what one above says, which then rests on their messages as well."""
    kept: list[Item] = []
    texts: dict[str, int] = {}
    quotes: set[tuple[str, str]] = set()
    for item in items:
        text, quote = normal(item.text), (item.evidence[0], normal(item.quote))
        if quote in quotes:
            continue
        quotes.add(quote)
        if text in texts:
            kept[texts[text]] = together(kept[texts[text]], item)
            continue
        texts[text] = len(kept)
        kept.append(item)
    return tuple(kept[:MOST_LINES])
