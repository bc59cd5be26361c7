"""Words so common that they tell nothing of what a question is about."""

from learncomm_agent.words import Words
from learncomm_agent.writing.language.vocabulary import tokens

_TOLD = (("cues", "stopwords"), ("stopwords", "words"))
"""In which tables they stand, and under which name."""


def stopwords(words: Words, *languages: str) -> frozenset[str]:
    """Return those of some languages, and of English, as `tokens` yields them. Reads files, once."""
    told = (
        str((words.table(folder, language=each) or {}).get(name, ""))
        for each in {*languages, "en"}
        for folder, name in _TOLD
    )
    return frozenset(word for text in told for word in tokens(text))
