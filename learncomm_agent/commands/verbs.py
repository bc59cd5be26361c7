"""The verbs that may follow a command's name, as people type them in whichever language."""

from collections.abc import Iterable

from learncomm_agent.words import Words


def spoken(words: Words, key: str, verbs: Iterable[str]) -> dict[str, str]:
    """Return the verbs by what they are called, in small letters, in all languages. Reads files, once.

    Args:
        words: Says what they are called.
        key: What stands before the verb in the keys of the sentences: `pulse.verb_`.
        verbs: As they are declared; each is called by that, too.
    """
    declared = tuple(verbs)
    called = {verb: verb for verb in declared}  # whatever another is called so somewhere
    for verb in declared:
        for said in words.spoken(f"{key}{verb.replace('-', '_')}"):
            called.setdefault(said.casefold(), verb)
    return called


def meant(words: Words, key: str, verbs: Iterable[str], said: str) -> str | None:
    """Return the verb that a word stands for, with a colon behind it or none; else None. See `spoken`."""
    return spoken(words, key, verbs).get(said.casefold().rstrip(":"))
