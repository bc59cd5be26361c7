"""Whether a text says no more than the words it rests on, as far as code can see. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.prose import plain
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.vocabulary import content, tokens

_NUMBER = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
_REACHING = re.compile(
    r"\w[\w+.-]*://\S+|<[@#!&:][^>]*>|[^\s@<>(]*@[^\s@<>)]+|(?<!\w)#\w{2,}"
    r"|(?<![\w.])(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?(?!\w)"
)
_TRAILING = ".,;:!?'\"”’»)]}>*_"
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+•#>|]|\d{1,3}[.)]\s))")
_LONGEST_SENTENCE = 300
_WORDS_BEFORE, _WORDS_AFTER = 8, 4
_PLAIN_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_CLAUSE_END = re.compile(r"[,;:–—]\s")
_AKIN = 4
"""Letters at the beginning in which `write` and `writing` meet."""
_AGREES = ("actions.agrees", "actions.promises", "decisions.agrees")
_ASSENTS = ("decisions.agrees", "decisions.assents")
_MOST_HARMLESS = 5
"""How often a harmless negation is looked for in one message."""
_LEAST_STOPWORDS = 0.12
"""Share of the words of a text in a language that are its stopwords."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a text rests on."""

    texts: Sequence[str]
    """Of the messages or passages; the first holds the quote."""
    around: str = ""
    """What stands beside them and may be used as well: titles, headings, names."""
    due: date | None = None
    """A day that was read from them."""
    is_prose: bool = False
    """Whether they are passages, perhaps in Markdown, and no messages."""

    @property
    def held(self) -> tuple[str, ...]:
        """All that a text may draw on."""
        return *self.texts, self.around


def grounds_of(passages: Sequence[Passage]) -> Grounds:
    """Return what a text rests on that cites passages."""
    around = (
        part
        for each in passages
        for part in (each.title, *each.place.headings, each.shared_by or "")
    )
    return Grounds(tuple(each.text for each in passages), " ".join(around), is_prose=True)


def names_beside(passages: Sequence[Passage], people: Iterable[str]) -> frozenset[str]:
    """Return the names of members and sharers; one that is written small passes for a word."""
    known = {*people, *(each.shared_by for each in passages if each.shared_by)}
    texts = [each.text for each in passages]
    return names_of((each for each in known if each != each.lower()), texts)


def names_of(people: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Give names, whole and first; one that also stands in the texts written small is a word like others."""
    words = {word for text in texts for word in _PLAIN_WORD.findall(text)}
    names = {part for each in people for part in (each, *each.split()[:1])}
    return frozenset(name for name in names if len(name) > 1 and name.lower() not in words)


def reaches_out(text: str, grounds: Iterable[str]) -> bool:
    """Tell whether a text holds a link, an address, a tag or a mention that its grounds don't hold."""
    held = " ".join(grounds).casefold()
    found = (match.group().rstrip(_TRAILING).casefold() for match in _REACHING.finditer(text))
    return any(each not in held for each in found)


class Support:
    """Compares what a model wrote with the words that it cites.

    Caught are, in any language: links, addresses, tags and mentions that don't stand in the evidence;
    numbers in digits that don't; names of other speakers and members. With the word lists of
    `knowledge/cues/`: a text that shares no word of content with its evidence, where both are in one
    language; a statement
    whose negation was taken away or added; who promised, where somebody speaks of themselves.

    Not caught are a wrong verb or noun among right ones, numbers written as words, opposites without a
    negation (`more` for `less`), the sense of irony, and what two true lines suggest together.
    """

    def __init__(self, spoken: Cues, read: Cues, *, is_same: bool) -> None:
        """Take the word lists.

        Args:
            spoken: Of the language of the evidence.
            read: Of the language of the text.
            is_same: Whether that is one language.
        """
        self._spoken = spoken
        self._read = read
        self._is_same = is_same
        self._sees_negations = all("negations.says" in each.phrases for each in (spoken, read))

    def checked(
        self, text: str, quote: str, grounds: Grounds, others: Iterable[str] = ()
    ) -> tuple[str, str] | None:
        """Return text and quote as they may be published; None where nothing of it holds.

        A text that says something else than its evidence gives way to the sentence that holds the
        quote, in the words of whoever wrote it.

        Args:
            text: What the model wrote.
            quote: Words that stand in the first of the grounds.
            grounds: What the text rests on.
            others: Names that the text may not hold unless the grounds do.
        """
        if reaches_out(text, grounds.held) or not self._touches(text, grounds):
            return None
        sentence = self._sentence(quote, grounds)[0]
        if not _adds(text, grounds, others) and not self._is_reversed(text, sentence, grounds):
            return text, quote
        return self.said(quote, grounds)

    def said(self, quote: str, grounds: Grounds) -> tuple[str, str]:
        """Return the sentence that holds a quote, as people read it and as it stands there."""
        sentence, is_whole = self._sentence(quote, grounds)
        said = plain(sentence) if grounds.is_prose else self._spoken.speech.clean(sentence)
        return (said if is_whole else f"… {said} …"), sentence

    def grows_out_of(self, question: str, grounds: Grounds, others: Iterable[str] = ()) -> bool:
        """Tell whether a question adds no link, number or name to what it asks about, and is near it."""
        return not (
            reaches_out(question, grounds.held)
            or _adds(question, grounds, others)
            or not self._touches(question, grounds)
        )

    def belongs(self, other: str, text: str, quote: str) -> bool:
        """Tell whether a further message or passage has to do with a line.

        Args:
            other: The text that a line cites beside the one that holds its quote.
            text: The line.
            quote: Of the line.
        """
        words, line = tokens(other), tokens(f"{text} {quote}")
        stopwords = self._spoken.stopwords | self._read.stopwords
        shared = content(words, stopwords) & content(line, stopwords)
        return bool(shared) or bool(_numbers(other) & _numbers(text, quote))

    def promises(self, quote: str, text: str) -> bool:
        """Tell whether the author of a text firmly speaks of what they will do themselves."""
        sentence = _straight(self._sentence(quote, Grounds((text,)))[0])
        promises = self._spoken.phrases.get("actions.promises")
        found = None if promises is None else promises.find(sentence)
        return found is not None and self._is_firm(_clause(sentence, *found.span()))

    def is_open(self, quote: str, text: str) -> bool:
        """Tell whether a sentence says what somebody might do, or won't do."""
        return not self._is_firm(self._sentence(quote, Grounds((text,)))[0])

    def asks(self, text: str) -> bool:
        """Tell whether a message asks for something; yes for a language without such cues."""
        return "?" in text or self._finds(("actions.asks",), text)

    def agrees(self, text: str) -> bool:
        """Tell whether a message firmly takes on what was asked before it; yes without such cues."""
        return self._finds(_AGREES, text) and self._is_firm(text)

    def refuses(self, text: str) -> bool:
        """Tell whether a message says no to something; `no problem` does not."""
        text, harmless = _straight(text), self._spoken.phrases.get("negations.not")
        for _ in range(_MOST_HARMLESS if harmless is not None else 0):
            assert harmless is not None
            if (found := harmless.find(text)) is None:
                break
            text = f"{text[: found.start()]} {text[found.end() :]}"
        return _negates(text, self._spoken)

    def settles(self, texts: Sequence[str]) -> bool:
        """Tell whether something is decided in one of the texts; yes for a language without such cues."""
        spans = ((text, self._spoken.speech.spans(text)) for text in map(_straight, texts))
        sentences = (text[start:end] for text, ends in spans for start, end in ends)
        return "decisions.says" not in self._spoken.phrases or any(
            self._spoken.find("decisions.says", each)
            and not self._spoken.find("decisions.not", each)
            for each in sentences
        )

    def approves(self, text: str) -> bool:
        """Tell whether a message firmly approves of what was proposed before it; yes without such cues."""
        return self._finds(("decisions.agrees",), text) and self._is_firm(text)

    def assents(self, text: str) -> bool:
        """Tell whether an answer to a proposal approves of it, or is a plain yes."""
        return self._finds(_ASSENTS, text) and self._is_firm(text)

    def _is_firm(self, text: str) -> bool:
        return not self.refuses(text) and not self._spoken.find("actions.hedges", _straight(text))

    def _finds(self, keys: Sequence[str], text: str) -> bool:
        """Tell whether one of some cues stands in a text; yes for a language without such cues."""
        known = [each for each in keys if each in self._spoken.phrases]
        return not known or any(self._spoken.find(each, _straight(text)) for each in known)

    def _touches(self, text: str, grounds: Grounds) -> bool:
        """Tell whether text and evidence share the beginning of a word, where that can be asked."""
        if not self._is_same or not all(self._is_spoken(each) for each in grounds.texts):
            return True
        wanted = content(tokens(text), self._spoken.stopwords)
        held = content(tokens(" ".join(grounds.held)), self._spoken.stopwords)
        return not wanted or bool({w[:_AKIN] for w in wanted} & {w[:_AKIN] for w in held})

    def _is_reversed(self, text: str, sentence: str, grounds: Grounds) -> bool:
        if not self._sees_negations:
            return False
        if grounds.is_prose and not self._is_spoken(grounds.texts[0]):
            return False  # a library holds texts in any language
        return _negates(text, self._read) != _negates(sentence, self._spoken)

    def _is_spoken(self, text: str) -> bool:
        """Tell whether a text is in the language of the word lists."""
        words = tokens(text)
        known = sum(word in self._spoken.stopwords for word in words)
        return bool(words) and known >= _LEAST_STOPWORDS * len(words)

    def _sentence(self, quote: str, grounds: Grounds) -> tuple[str, bool]:
        """Return the sentences that hold a quote; of long ones, the words around it."""
        text = grounds.texts[0]
        place = Quotable(text).find(quote)
        if place is None:
            return quote, True
        start, end = place.start, place.end
        ends = [0, *(match.end() for match in _BLOCK.finditer(text)), len(text)]
        spans = self._spoken.speech.spans(text, by_line=not grounds.is_prose)
        ends += [last for _, last in spans]
        first = max(each for each in ends if each <= start)
        last = min(each for each in ends if each >= end)
        if last - first <= _LONGEST_SENTENCE:
            return text[first:last].strip(), True
        before = "".join(re.findall(r"\S+\s*", text[first:start])[-_WORDS_BEFORE:])
        after = "".join(re.findall(r"\s*\S+", text[end:last])[:_WORDS_AFTER])
        return f"{before}{text[start:end]}{after}".strip(), False


def _straight(text: str) -> str:
    return text.replace("’", "'")


def _clause(sentence: str, start: int, end: int) -> str:
    """Return the part of a sentence between commas in which a place stands."""
    ends = [0, *(match.end() for match in _CLAUSE_END.finditer(sentence)), len(sentence)]
    return sentence[max(e for e in ends if e <= start) : min(e for e in ends if e >= end)]


def _negates(text: str, cues: Cues) -> bool:
    return cues.find("negations.says", _straight(text))


def _adds(text: str, grounds: Grounds, names: Iterable[str]) -> bool:
    """Tell whether a text holds a number or a name that its grounds don't hold."""
    numbers = _numbers(*grounds.held, *_spelled(grounds.due))
    return not _numbers(text) <= numbers or _names(text, names, grounds.held)


def _numbers(*texts: str) -> frozenset[int]:
    found = (_NUMBER.findall(_THOUSANDS.sub("", unicodedata.normalize("NFKC", t))) for t in texts)
    return frozenset(int(digits[-18:]) for each in found for digits in each)


def _spelled(due: date | None) -> tuple[str, ...]:
    return () if due is None else (f"{due.year} {due.month} {due.day} {due.year % 100}",)


def _names(text: str, names: Iterable[str], held: Iterable[str]) -> bool:
    """Tell whether a text holds a name that its grounds don't; written as names are, not as words."""
    whole = " ".join(held).casefold()
    return any(
        name in text
        and name.casefold() not in whole
        and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        for name in names
    )
