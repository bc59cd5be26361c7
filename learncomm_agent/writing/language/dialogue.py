"""A transcript, made ready for reading: its sentences, and who answers whom."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from learncomm_agent.writing.items import Coverage, Skipped, Transcript, Utterance
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.sentences import Sentence
from learncomm_agent.writing.language.vocabulary import (
    content,
    frequent,
    has_words,
    is_unspaced,
    normal,
    tokens,
    without_links,
)

_EMPTY = "empty"
_ASKS = ("?", "\uff1f", "\u061f")
_NEAR = 5
"""How many messages further an answer may stand that doesn't say what it replies to."""
_CALLS = 20
"""How many further one may stand that names whom it answers."""
_CROWD = 8
"""Messages on each side in which speakers are counted."""
_ADDRESSED = re.compile(r"\s*(?:@(\S{1,40}?)[:,]?|([^\s:,]{1,40}(?: [^\s:,]{1,40})?)[:,])(?=\s)")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a message, with the words on which it is judged."""

    message: int
    """Index of its message in the transcript."""
    sentence: Sentence
    words: tuple[str, ...]
    bag: frozenset[str]
    """Stems of the words that say what it is about."""
    is_question: bool = False
    """Whether it asks: by its mark, in any script, or by how its language asks without one."""
    number: int = 0
    """Its place among the lines of the conversation."""

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
        words = [tokens(without_links(sentence.said)) for _, sentence in cut]
        stopwords = cues.stopwords or frequent(words)
        self.lines = tuple(
            Line(i, s, each, content(each, stopwords), self._asks(s.said, each), number)
            for number, ((i, s), each) in enumerate(zip(cut, words, strict=True))
        )

    def _asks(self, said: str, words: Sequence[str]) -> bool:
        is_marked = said.rstrip("\"'”’)* 」』").endswith(_ASKS)
        return is_marked or self.cues.find("questions.says", said, words)

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

    @cached_property
    def _names(self) -> dict[str, list[tuple[str, str]]]:
        """The speakers with their names, by the first word of these, or their first two characters."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name, speaker in self.speakers.items():
            is_joined = is_unspaced(name) and len(name) > 1
            for key in {name.split()[0], name[:2] if is_joined else ""} if name else ():
                found.setdefault(key, []).append((name, speaker))
        return found

    def named(self, line: Line) -> frozenset[str]:
        """Give the other speakers whom a line names, by their whole or first name."""
        said = normal(line.said)
        words = frozenset(said.split())
        pairs = {said[i : i + 2] for i in range(len(said) - 1) if is_unspaced(said[i])}
        own = self.utterances[line.message].speaker
        return frozenset(
            speaker
            for key in words | pairs
            for name, speaker in self._names.get(key, ())
            if speaker != own and (name.split()[0] in words or (is_unspaced(name) and name in said))
        )

    @cached_property
    def addressed(self) -> tuple[str | None, ...]:
        """Whom each message names first, as `Ann: …` or `@ann …`; None where it names nobody else."""
        by_name = {name.split()[0]: speaker for name, speaker in self.speakers.items() if name}
        by_name |= self.speakers
        return tuple(_called(each, by_name) for each in self.utterances)

    def answers(self, message: int) -> Iterator[int]:
        """Give the messages by others that may answer a message, those that say so first."""
        asked = self.utterances[message]
        explicit = self.told_answers(message)
        yield from explicit
        for i in range(message + 1, min(message + 1 + _NEAR, len(self.utterances))):
            each = self.utterances[i]
            is_free = each.reply_to is None and self.addressed[i] is None
            if each.speaker != asked.speaker and is_free and i not in explicit:
                yield i

    def told_answers(self, message: int) -> tuple[int, ...]:
        """Give the messages by others that reply to a message, or soon after name its author."""
        asked = self.utterances[message]
        replies = [i for i in self.replies.get(asked.id, ()) if i > message]
        last = min(message + 1 + _CALLS, len(self.utterances))
        calls = (i for i in range(message + 1, last) if self.addressed[i] == asked.speaker)
        found = dict.fromkeys((*replies, *calls))
        return tuple(i for i in found if self.utterances[i].speaker != asked.speaker)

    def crowd(self, message: int) -> int:
        """Count who speaks around a message; where many do, what follows need be no answer."""
        around = self.utterances[max(0, message - _CROWD) : message + _CROWD + 1]
        return len({each.speaker for each in around})

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


def _called(utterance: Utterance, by_name: Mapping[str, str]) -> str | None:
    match = _ADDRESSED.match(utterance.text)
    speaker = by_name.get(normal(match.group(1) or match.group(2))) if match else None
    return speaker if speaker != utterance.speaker else None
