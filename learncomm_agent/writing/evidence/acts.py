"""What people do with what they say: promise, ask, agree, refuse, decide. Seen by cue phrases. Pure."""

import re
from collections.abc import Sequence

from learncomm_agent.writing.evidence.grounds import Grounds, said_in
from learncomm_agent.writing.evidence.outruns import straight
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import content, tokens

_CLAUSE_END = re.compile(r"[,;:–—]\s")
_CALLED = re.compile(r"\W*([^\W\d_]{2,})\s*[,:]")
_QUOTED = re.compile(r"[\"“„«»”]")
_AGREES = ("actions.agrees", "actions.promises", "decisions.agrees")
_ASSENTS = ("decisions.agrees", "decisions.assents")
_SHORT = 6
"""Words of a plain yes."""
_MOST_HARMLESS = 5
"""How often a harmless negation is looked for in one message."""


class Acts:
    """Sees what the members of one conversation do, by the cues of their language."""

    def __init__(self, spoken: Cues) -> None:
        """Take the word lists of the language that was spoken."""
        self._spoken = spoken

    def promises(self, quote: str, text: str) -> bool:
        """Tell whether the author of a text firmly speaks of what they will do themselves.

        What they report somebody else to have said is no promise of theirs.
        """
        sentence = self._sentence(quote, text)
        promises = self._spoken.phrases.get("actions.promises")
        found = None if promises is None else promises.find(sentence)
        if found is None or self._is_reported(sentence[: found.start()]):
            return False
        return self._is_firm(_clause(sentence, *found.span()))

    def speaks_of_self(self, quote: str, text: str) -> bool:
        """Tell whether an author speaks of themselves, asking nothing; yes without such words."""
        sentence = self._sentence(quote, text)
        if self.asks(sentence):
            return False
        if "self.says" not in self._spoken.phrases:
            return True
        found = self._spoken.phrases["self.says"].find(sentence)
        if found is not None:
            return not self._is_reported(sentence[: found.start()])
        return self._finds(_AGREES, sentence)

    def is_open(self, quote: str, text: str) -> bool:
        """Tell whether a sentence says what somebody might do, or won't do."""
        return not self._is_firm(self._sentence(quote, text))

    def asks(self, text: str) -> bool:
        """Tell whether a message asks for something; yes for a language without such cues."""
        return "?" in text or self._finds(("actions.asks",), text)

    def asks_by(self, quote: str, text: str) -> bool:
        """Tell whether the sentence that holds a quote asks for something, as `asks` does."""
        return self.asks(self._sentence(quote, text))

    def calls_somebody(self, text: str) -> bool:
        """Tell whether a message begins by calling somebody: `Ben, can you …`."""
        called = _CALLED.match(text)
        return called is not None and called[1].lower() not in self._spoken.stopwords

    def agrees(self, text: str) -> bool:
        """Tell whether a message firmly takes on what was asked before it; yes without such cues."""
        return self._finds(_AGREES, text) and self._is_firm(text)

    def refuses(self, text: str) -> bool:
        """Tell whether a message says no to something; `no problem` does not."""
        text, harmless = straight(text), self._spoken.phrases.get("negations.not")
        for _ in range(_MOST_HARMLESS if harmless is not None else 0):
            assert harmless is not None
            if (found := harmless.find(text)) is None:
                break
            text = f"{text[: found.start()]} {text[found.end() :]}"
        return negates(text, self._spoken)

    def settles(self, texts: Sequence[str]) -> bool:
        """Tell whether something is decided in one of the texts; yes for a language without such cues."""
        spans = ((text, self._spoken.speech.spans(text)) for text in map(straight, texts))
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

    def is_short(self, text: str) -> bool:
        """Tell whether an answer is hardly more than a yes or a no."""
        return len(tokens(text)) <= _SHORT

    def shares_words(self, one: str, other: str) -> bool:
        """Tell whether two messages have a word in common that says what they are about."""
        stopwords = self._spoken.stopwords
        return not content(tokens(one), stopwords).isdisjoint(content(tokens(other), stopwords))

    def _sentence(self, quote: str, text: str) -> str:
        return straight(said_in(Grounds((text,)), quote, self._spoken.speech).words)

    def _is_reported(self, before: str) -> bool:
        """Tell whether what follows is said to have been said by somebody else."""
        is_quoted = len(_QUOTED.findall(before)) % 2 == 1
        return is_quoted or self._spoken.find("self.reports", before)

    def _is_firm(self, text: str) -> bool:
        return not self.refuses(text) and not self._spoken.find("actions.hedges", straight(text))

    def _finds(self, keys: Sequence[str], text: str) -> bool:
        """Tell whether one of some cues stands in a text; yes for a language without such cues."""
        known = [each for each in keys if each in self._spoken.phrases]
        return not known or any(self._spoken.find(each, straight(text)) for each in known)


def negates(text: str, cues: Cues) -> bool:
    """Tell whether a text holds a word that turns a statement round."""
    return cues.find("negations.says", straight(text))


def negations(text: str, cues: Cues) -> int:
    """Return how many such words a text holds, up to a bound."""
    phrases, found, text = cues.phrases.get("negations.says"), 0, straight(text)
    while phrases is not None and found < _MOST_HARMLESS and (match := phrases.find(text)):
        found += 1
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return found


def _clause(sentence: str, start: int, end: int) -> str:
    """Return the part of a sentence between commas in which a place stands."""
    ends = [0, *(match.end() for match in _CLAUSE_END.finditer(sentence)), len(sentence)]
    return sentence[max(e for e in ends if e <= start) : min(e for e in ends if e >= end)]
