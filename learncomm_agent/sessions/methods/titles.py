"""What a nomination is called within a sentence: its title, without what its member says about it; pure."""

import re

from learncomm_agent.writing.excerpts import snippet

MOST_CHARS = 80
_END = re.compile(r"[.!?…]+[”“\"'»)]*(?=\s+[^\W\d_a-z])|[:;](?=\s)|\s+[–—]\s|\n")
"""Where a title ends: with its sentence, where a capital follows, before a colon or a dash, with its line."""
_SHORT = re.compile(r"(?:^|\s)(?:\w|\w\.\w|[Mm]rs?|[Dd]r|St|Vol|No|Nr|Bd|Prof|Hrsg|vs)$")
"""After these a full stop ends nothing."""


def title_in(text: str) -> str:
    """Return the title at the beginning of what somebody suggests; all of it where it is short enough.

    A question mark and an exclamation mark belong to a title, a full stop does not.
    """
    said = text.strip()
    for found in _END.finditer(said[: MOST_CHARS + 2]):
        is_abbreviation = found[0].startswith(".") and _SHORT.search(said[: found.start()])
        if found.start() and not is_abbreviation:
            kept = found.end() if found[0][0] in "!?" else found.start()
            return said[:kept].strip()
    return snippet(said, MOST_CHARS)
