"""A remark: what the facilitator notes of one message. Figures, a few flags and stems; never its text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import content, links, tokens, without_links

KEPT_TERMS = 16
"""So many stems of a remark are kept while a discussion runs, the longest ones."""
_FEW_TERMS = 4
"""With fewer it can't be told from its words what a remark is about."""
_KNOWN_TOPIC = 20
"""With fewer stems a topic is not known well enough to say that something is none of it."""
_ASKS = ("?", "\uff1f", "\u061f")
_FLAGS = (
    *("is_question", "has_evidence", "has_example", "is_contrary"),
    *("answered", "is_agent", "is_host"),
)
"""Kept in a record where they hold."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What one message was, for whoever decides whether to say something."""

    member: int
    at: datetime
    message: str
    """The id of the message, as the caller writes it."""
    words: int
    is_question: bool = False
    has_evidence: bool = False
    """Whether a reason or a source is given; taken for given in a language without cues."""
    is_off_topic: bool | None = None
    """None where nobody can tell."""
    replies_to: int | None = None
    """The member whom it answers, as the platform or a name at its start tells."""
    answered: bool = False
    """Whether somebody took up this question."""
    is_agent: bool = False
    is_host: bool = False
    terms: frozenset[str] = frozenset()
    """Stems of the words that say what it is about."""
    has_example: bool = False
    is_contrary: bool = False
    """Whether it sees something differently."""

    @property
    def is_members(self) -> bool:
        """Whether a member said it who neither leads nor is the agent."""
        return not (self.is_agent or self.is_host)

    def kept(self) -> "Remark":
        """Return it with as few stems as are kept."""
        if len(self.terms) <= KEPT_TERMS:
            return self
        longest = sorted(self.terms, key=lambda term: (-len(term), term))[:KEPT_TERMS]
        return replace(self, terms=frozenset(longest))

    def united(self, member: int, into: int) -> "Remark":
        """Return it as somebody's who was known as two members."""
        told = into if self.replies_to == member else self.replies_to
        who = into if self.member == member else self.member
        return replace(self, member=who, replies_to=None if told == who else told)

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        written: dict[str, Any] = {
            "member": self.member,
            "at": self.at.isoformat(),
            "message": self.message,
            "words": self.words,
            "terms": sorted(self.terms),
        }
        written |= {flag: True for flag in _FLAGS if getattr(self, flag)}
        if self.is_off_topic is not None:
            written["is_off_topic"] = self.is_off_topic
        if self.replies_to is not None:
            written["replies_to"] = self.replies_to
        return written

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Remark":
        """Read what `record` has written."""
        given = {**record, "at": datetime.fromisoformat(record["at"])}
        return cls(**{**given, "terms": frozenset(record["terms"])})


def read_remark(
    message: str,
    member: int,
    at: datetime,
    text: str,
    cues: Cues,
    *,
    topic: frozenset[str] = frozenset(),
    replies_to: int | None = None,
    is_host: bool = False,
    is_agent: bool = False,
) -> Remark:
    """Read a message.

    Args:
        message: Its id.
        member: Who wrote it.
        at: When, with a zone.
        text: Its words, of which none is kept; empty for a member who opted out, so that only the
            moment counts.
        cues: The tables `cues` and `facilitation` of the language, as one.
        topic: Stems of what is to be talked of (`topic_terms`); few of them tell nothing.
        replies_to: The member whom it answers, where that is known.
        is_host: Whether whoever leads this discussion wrote it.
        is_agent: Whether we did.
    """
    said = without_links(text)
    words = tokens(said)
    terms = content(words, cues.stopwords)
    has_link = bool(links(text))
    return Remark(
        member,
        at,
        message,
        len(words),
        is_question=_asks(said, words, cues),
        has_evidence=has_link or _shows(cues, "evidence.says", said, words),
        is_off_topic=_is_off_topic(said, words, terms, topic, cues),
        replies_to=None if replies_to == member else replies_to,
        is_agent=is_agent,
        is_host=is_host,
        terms=terms,
        has_example=has_link or _shows(cues, "examples.says", said, words),
        is_contrary=cues.find("contrary.says", said, words),
    )


def topic_terms(texts: Iterable[str], cues: Cues) -> frozenset[str]:
    """Return the stems of what is to be talked of: goal, questions, the text that was read."""
    return frozenset(term for each in texts for term in content(tokens(each), cues.stopwords))


def _asks(text: str, words: tuple[str, ...], cues: Cues) -> bool:
    if not words:
        return False
    return any(sign in text for sign in _ASKS) or cues.find("questions.says", text, words)


def _shows(cues: Cues, key: str, text: str, words: tuple[str, ...]) -> bool:
    return key not in cues.phrases or cues.find(key, text, words)


def _is_off_topic(
    text: str, words: tuple[str, ...], terms: frozenset[str], topic: frozenset[str], cues: Cues
) -> bool | None:
    if cues.find("aside.says", text, words):
        return True
    if len(topic) < _KNOWN_TOPIC or len(terms) < _FEW_TERMS:
        return None
    return topic.isdisjoint(terms)
