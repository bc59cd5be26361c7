"""What of a digest fits a screen; pure."""

from collections.abc import Mapping, Sequence

MOST_LINES, MOST_CHARS = 14, 1200
"""About a screen of a phone, headings counted."""


def fitting(
    sections: Mapping[str, Sequence[int]], *, lines: int = MOST_LINES, chars: int = MOST_CHARS
) -> dict[str, int]:
    """Return how many things of each section are told: something of everything first, then more of each.

    Args:
        sections: How many characters each thing has, the ones that matter most first, under the name of
            its section; earlier sections matter more.
        lines: So many lines at most; a section has one for its heading.
        chars: So many characters at most.
    """
    told = dict.fromkeys(sections, 0)
    deepest = max(map(len, sections.values()), default=0)
    for depth in range(deepest):
        for name, lengths in sections.items():
            if told[name] != depth or depth >= len(lengths):
                continue  # what comes behind one that does not fit would stand in its place
            heading = 0 if depth else 1
            if heading + 1 <= lines and lengths[depth] <= chars:
                told[name] += 1
                lines -= heading + 1
                chars -= lengths[depth]
    return told
