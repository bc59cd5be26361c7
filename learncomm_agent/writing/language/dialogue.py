"""A transcript, made ready for reading: its sentences, and who answers whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from learncomm_agent.writing.items import Coverage, Skipped, Transcript, Utterance
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.sentences import Sentence
from learncomm_agent.writing.language.vocabulary import content, frequent, has_words, normal, tokens

_EMPTY = "empty"
_NEAR = 5
"""How many messages further an answer may stand that doesn't say what it replies to."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a message, with the words on which it is judged."""

    message: int
    """Index of its message in the transcript."""
    sentence: Sentence
    words: tuple[str, ...]
    bag: frozenset[str]
    """Stems of the words that say what it is about."""

    @property
    def said(self) -> str:
        """The sentence without the noise of speech."""
        return self.sentence.said

    @property
    def fluency(self) -> float:
        """How little noise of speech it holds, 0.3 to 1."""
        quote = self.sentence.quote
        noise = (len(quote) - len(self.sentence.said)) / len(quote)
        return max(0.3, 1.0 - 2.0 * noise)

    @property
    def is_question(self) -> bool:
        """Whether it ends with a question mark, of any script."""
        return self.said.rstrip("\"'”’)* ").endswith(("?", "\uff1f", "\u061f"))


def coverage(transcript: Transcript) -> Coverage:
    """Count what was read; messages without a letter or digit are skipped as `empty`."""
    counts: dict[str, int] = {}
    for skipped in transcript.skipped:
        counts[skipped.reason] = counts.get(skipped.reason, 0) + skipped.count
    read = sum(has_words(each.text) for each in transcript.utterances)
    if empty := len(transcript.utterances) - read:
        counts[_EMPTY] = counts.get(_EMPTY, 0) + empty
    skipped_all = tuple(Skipped(reason, count) for reason, count in counts.items() if count)
    return Coverage(read + sum(each.count for each in skipped_all), read, skipped_all)


class Dialogue:
    """The messages of a transcript with their sentences."""

    def __init__(self, utterances: Sequence[Utterance], cues: Cues) -> None:
        """Cut every message into sentences; linear in the length of the transcript."""
        self.utterances = tuple(utterances)
        self.cues = cues
        cut = [(i, s) for i, u in enumerate(self.utterances) for s in cues.speech.sentences(u.text)]
        words = [tokens(sentence.said) for _, sentence in cut]
        stopwords = cues.stopwords or frequent(words)
        self.lines = tuple(
            Line(i, sentence, each, content(each, stopwords))
            for (i, sentence), each in zip(cut, words, strict=True)
        )

    @cached_property
    def replies(self) -> dict[str, tuple[int, ...]]:
        """The messages that say that they reply to a message, by its id."""
        found: dict[str, list[int]] = {}
        for i, each in enumerate(self.utterances):
            if each.reply_to is not None:
                found.setdefault(each.reply_to, []).append(i)
        return {replied: tuple(replies) for replied, replies in found.items()}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each message, by its id."""
        return {each.id: i for i, each in enumerate(self.utterances)}

    @cached_property
    def by_message(self) -> dict[int, tuple[Line, ...]]:
        """The lines of each message that holds words."""
        found: dict[int, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.message, []).append(line)
        return {message: tuple(lines) for message, lines in found.items()}

    @cached_property
    def speakers(self) -> dict[str, str]:
        """Names as they are written, by their normal form."""
        return {normal(each.speaker): each.speaker for each in self.utterances}

    def answers(self, message: int) -> Iterator[int]:
        """Give the messages by others that may answer a message, explicit replies first."""
        asked = self.utterances[message]
        explicit = [i for i in self.replies.get(asked.id, ()) if i > message]
        yield from (i for i in explicit if self.utterances[i].speaker != asked.speaker)
        for i in range(message + 1, min(message + 1 + _NEAR, len(self.utterances))):
            each = self.utterances[i]
            if each.speaker != asked.speaker and each.reply_to is None:
                yield i

    def answered(self, message: int) -> int | None:
        """Give the message by another that a message replies to, or else follows."""
        own = self.utterances[message]
        if own.reply_to is not None:
            return self.order.get(own.reply_to)
        for i in range(message - 1, max(message - 1 - _NEAR, -1), -1):
            is_other = self.utterances[i].speaker != own.speaker
            if is_other and any(len(line.bag) >= 2 for line in self.by_message.get(i, ())):
                return i
        return None

    def first(self, message: int, key: str) -> Line | None:
        """Give the first line of a message in which a phrase of the list `table.key` stands."""
        lines = self.by_message.get(message, ())
        return next((ln for ln in lines if self.cues.find(key, ln.said, ln.words)), None)
