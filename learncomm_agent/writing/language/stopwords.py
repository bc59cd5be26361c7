"""Words so common that they tell nothing of what a question is about."""

from learncomm_agent.words import Words


def stopwords(words: Words, *languages: str) -> frozenset[str]:
    """Return those of some languages, and of English, in small letters. Reads files, once."""
    tables = (words.table("stopwords", language=each) or {} for each in {*languages, "en"})
    return frozenset(word for table in tables for word in str(table.get("words", "")).split())
