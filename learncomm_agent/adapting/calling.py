"""Whether a message calls the agent, and what it says then. Pure."""

import re
from collections.abc import Iterable

_AFTER_SIGN = re.compile(r"[\s:,.!?–—-]")
_AFTER_NAME = re.compile(r"\s*[:,]")
"""A bare name without one of these is a word like others: `learncomm is a strange word`."""


def called(text: str, names: Iterable[str]) -> str | None:
    """Return what follows a name that stands at the beginning; None where none does.

    `!lc search x`, `@learncomm search x` and `learncomm: search x` say `search x`, `!lc` alone says nothing.
    A name ends where a word ends: `!lcx` and `@learncommunity` call nobody.

    Args:
        text: What somebody wrote.
        names: Signs such as `!lc`, and what the agent is called; their case has no meaning.
    """
    said = text.lstrip()
    for name in sorted(filter(None, names), key=len, reverse=True):
        is_word = name[0].isalnum()
        for start, after in (
            (name, _AFTER_NAME if is_word else _AFTER_SIGN),
            (f"@{name}", _AFTER_SIGN),
        ):
            rest = said[len(start) :]
            is_whole = not rest or after.match(rest)
            if is_whole and said[: len(start)].casefold() == start.casefold():
                return rest.lstrip(" \t\n:,").strip() if name[0] != "!" else rest.strip()
    return None
