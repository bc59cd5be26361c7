"""Whether a text says no more than the words it rests on, as far as code can see. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.evidence.acts import Acts, negations
from learncomm_agent.writing.evidence.closeness import Closeness
from learncomm_agent.writing.evidence.grounds import Grounds, Said, said_in
from learncomm_agent.writing.evidence.names import misattributes, names_others, names_strangers
from learncomm_agent.writing.evidence.outruns import Outruns, numbers, straight
from learncomm_agent.writing.evidence.reach import reaches_out, visible
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import content, normal, tokens

REWORDED = "doubt.reworded"
"""In the language in which it was said, and hardly in a word that was said."""
TRANSLATED = "doubt.translated"
"""In another language than it was said, where only a reader can compare."""

_PART_END = re.compile(r"\s*[.;!?]\s+")


@dataclass(frozen=True, slots=True)
class Checked:
    """A text and its quote as they may be published."""

    text: str
    quote: str
    doubt: str = ""
    """Why code could not tell whether they say the same; a key in the phrases."""


class Support:
    """Compares what a model wrote with the words that it cites.

    Caught are, in any language: links, addresses, tags, mentions and commands that don't stand where the
    quote stands; numbers in digits that don't stand in the evidence; names of other speakers and members.
    With the word lists of `knowledge/cues/` and `knowledge/claims/`: a text that shares hardly a word with
    its evidence, where both are in one language; a statement whose negation was taken away or added; what
    was possible, asked or conditional and is told as settled; all for some; numbers in words, days and
    measures; names of strangers; the opposite of a word.

    Not caught are a wrong verb or noun among right ones, who did what to whom, the sense of irony, and
    what two true lines suggest together.
    """

    def __init__(self, spoken: Cues, read: Cues, *, is_same: bool) -> None:
        """Take the word lists.

        Args:
            spoken: Of the language of the evidence.
            read: Of the language of the text.
            is_same: Whether that is one language.
        """
        self.acts = Acts(spoken)
        self._is_same = is_same
        self._closeness = Closeness(spoken, read, is_same=is_same)
        self._outruns = Outruns(spoken, read)
        self._spoken = spoken
        self._read = read
        self._sees_negations = all("negations.says" in each.phrases for each in (spoken, read))

    @property
    def common(self) -> frozenset[str]:
        """The commonest words of both languages."""
        return self._spoken.stopwords | self._read.stopwords

    def checked(
        self, text: str, quote: str, grounds: Grounds, others: Iterable[str] = ()
    ) -> Checked | None:
        """Return text and quote as they may be published; None where nothing of it holds.

        A text that says something else than its evidence gives way to the sentence that holds the
        quote, in the words of whoever wrote it.

        Args:
            text: What the model wrote.
            quote: Words that stand in the first of the grounds.
            grounds: What the text rests on.
            others: Names that the text may not hold unless the grounds do.
        """
        text = visible(text)
        if reaches_out(text, grounds.texts[:1]) or not self._closeness.touches(text, grounds):
            return None
        said = said_in(grounds, quote, self._spoken.speech)
        if _is_repeated(text, said):
            return Checked(text, quote)
        if self._is_true_to(text, quote, said.whole, grounds, others):
            return Checked(text, quote, self._doubt(text, quote, grounds))
        return Checked(said.line, said.words)

    def said(self, quote: str, grounds: Grounds) -> Checked:
        """Return the sentence that holds a quote, as people read it and as it stands there."""
        said = said_in(grounds, quote, self._spoken.speech)
        return Checked(said.line, said.words)

    def grows_out_of(self, question: str, grounds: Grounds, others: Iterable[str] = ()) -> bool:
        """Tell whether a question adds no link, number or name to what it asks about, and is near it."""
        return (
            question == visible(question)
            and not reaches_out(question, grounds.texts[:1])
            and not self._brings_in(question, grounds.held, grounds, others)
            and self._closeness.touches(question, grounds)
        )

    def belongs(self, other: str, text: str, quote: str) -> bool:
        """Tell whether a further message or passage has to do with a line.

        Args:
            other: The text that a line cites beside the one that holds its quote.
            text: The line.
            quote: Of the line.
        """
        words, line = tokens(other), tokens(f"{text} {quote}")
        shared = content(words, self.common) & content(line, self.common)
        return bool(shared) or bool(numbers(other) & numbers(text, quote))

    def _is_true_to(
        self, text: str, quote: str, sentence: str, grounds: Grounds, others: Iterable[str]
    ) -> bool:
        if self._brings_in(text, (sentence, grounds.around), grounds, others):
            return False
        if self._closeness.is_put_in(text, quote, grounds):
            return False
        if self._closeness.is_padded(text, sentence, grounds):
            return False
        if self._sees_negations and self._is_reversed(text, sentence):
            return False
        authors, words = grounds.around, (self._spoken, self._read)
        if misattributes(text, others, sentence, authors, *words):
            return False
        settled = grounds.is_settled
        return not self._outruns.outruns(text, sentence, grounds.texts[1:], is_settled=settled)

    def _is_reversed(self, text: str, sentence: str) -> bool:
        words = [each for each in tokens(straight(text)) if not negations(each, self._read)]
        parts = (each for each in _PART_END.split(straight(sentence)) if each)
        said = next((each for each in parts if _is_within(words, tokens(each))), sentence)
        ours, theirs = negations(text, self._read), negations(said, self._spoken)
        return bool(ours) != bool(theirs) or ours % 2 != theirs % 2

    def _brings_in(
        self, text: str, near: Sequence[str], grounds: Grounds, others: Iterable[str]
    ) -> bool:
        held = grounds.held
        return (
            self._outruns.brings_in(text, near, grounds.due)
            or names_others(text, others, held)
            or names_strangers(text, held, self._read, is_same=self._is_same)
        )

    def _doubt(self, text: str, quote: str, grounds: Grounds) -> str:
        if not self._is_same:
            return TRANSLATED
        is_unseen = not self._outruns.sees_words
        return REWORDED if is_unseen or self._closeness.is_loose(text, quote, grounds) else ""


def _is_within(words: Sequence[str], said: Sequence[str]) -> bool:
    """Tell whether words stand in others in their order."""
    following = iter(said)
    return all(word in following for word in words)


def _is_repeated(text: str, said: Said) -> bool:
    """Tell whether a text says what was said, word for word."""
    return normal(text) in (normal(said.words), normal(said.line))
