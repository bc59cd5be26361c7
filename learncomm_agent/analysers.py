"""What takes texts and queries apart, made from the words of the languages that are spoken."""

from learncomm_agent.library.finding.analysis import Analyser, Newness
from learncomm_agent.words import Words


def analyser_of(words: Words, language: str) -> Analyser:
    """Return what takes texts and queries apart, in the community's language and in English."""
    languages = tuple(dict.fromkeys((language, "en")))
    tables = [words.table("stopwords", language=tag) or {} for tag in languages]
    stopwords = frozenset(word for table in tables for word in table.get("words", "").split())
    recency = [_newness(words, tag) for tag in dict.fromkeys((*languages, *words.languages()))]
    forms = (words.table("forms", language=tag) or {} for tag in languages)
    irregular = [line.split() for table in forms for line in table.get("forms", "").splitlines()]
    return Analyser(languages, stopwords, recency, irregular)


def _newness(words: Words, language: str) -> Newness:
    """Return how a language asks for what is new; everyone may ask in their own."""
    asked, usual = (words.table(name, language=language) or {} for name in ("recency", "stopwords"))
    beside = f"{asked.get('beside', '')} {usual.get('words', '')}"
    return Newness(asked.get("cues", ()), frozenset(beside.split()))
