"""Says things to a reader: in one language, with times in one zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import MessageLink, Paragraph, Span, Style, Text
from learncomm_agent.words import Words

_JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of a community, for one reader."""

    words: Words
    language: str
    zone: tzinfo
    sign: str = ""
    """What stands before a command where people type it."""

    def phrase(self, key: str, **values: object) -> str:
        """Return one sentence."""
        return self.words.phrase(key, language=self.language, **{"sign": self.sign, **values})

    def has(self, key: str) -> bool:
        """Return whether there is such a sentence."""
        return self.words.has_phrase(key, language=self.language)

    def say(self, key: str, **values: object) -> Paragraph:
        """Return one sentence as a paragraph."""
        return Paragraph((Text(self.phrase(key, **values)),))

    def note(self, key: str, **values: object) -> Paragraph:
        """Return one sentence set apart, for what stands beside the matter."""
        return Paragraph((Text(self.phrase(key, **values), Style.EMPHASIS),))

    def local(self, moment: str) -> datetime:
        """Return a moment, as JSON keeps it, in the reader's zone."""
        return datetime.fromisoformat(moment).astimezone(self.zone)

    def age(self, moment: str, now: str | None) -> str:
        """Say how long ago something was when it was written about; the day, where nobody knows."""
        if now is None:
            return self.phrase("age.day", at=self.local(moment))
        waited = datetime.fromisoformat(now) - datetime.fromisoformat(moment)
        if waited < _JUST_NOW:
            return self.phrase("age.now")
        return self.phrase("age.ago", waited=waited)


def link_to(label: str, messages: Mapping[int, MessageRef], message: int | None) -> Span:
    """Return a link to a message, or the label alone where that is not there any more."""
    ref = messages.get(message or 0)
    return Text(label) if ref is None else MessageLink(label, ref)
