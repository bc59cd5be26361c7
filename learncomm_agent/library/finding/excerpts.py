"""The lines of a passage that show why it was found; pure."""

from collections.abc import Iterable

from learncomm_agent.library.finding import tokens
from learncomm_agent.library.finding.analysis import Analyser, Asked

EXCERPT_CHARS = 240
"""About two lines."""
LEAD = 40
"""Characters before the first word found that are shown with it, where there is room."""

Span = tuple[int, int]


def excerpt(
    text: str,
    asked: Asked,
    limit: int = EXCERPT_CHARS,
    *,
    analyser: Analyser,
    language: str | None = None,
) -> tuple[str, tuple[Span, ...]]:
    """Return the stretch of a text that holds most of a query's words, and where it holds them.

    It is cut between words and has single spaces; an ellipsis says that the text goes on. Among equal
    stretches the first is taken; where the text holds no word of the query, its beginning.

    Args:
        text: A passage.
        asked: The query.
        limit: How many characters at most, ellipses included; at least 20.
        analyser: The one that took the query apart.
        language: Of the text, if it says it.
    """
    flat = " ".join(text.split())
    found = analyser.spans(flat, asked, language)
    room = max(limit, 20) - 4  # two ellipses, each with its space
    if len(flat) <= max(limit, 20):
        return flat, tuple(_apart((start, end) for start, end, _ in found))
    start = _begin(flat, _best(found, room), room)
    end = _end(flat, start, room)
    head, tail = "… " * (start > 0), " …" * (end < len(flat))
    shift = len(head) - start
    inside = ((a + shift, b + shift) for a, b, _ in found if start <= a and b <= end)
    return f"{head}{flat[start:end]}{tail}", tuple(_apart(inside))


def instead(
    texts: Iterable[str], asked: Asked, *, analyser: Analyser, language: str | None = None
) -> dict[str, str]:
    """Return what was looked for in place of words that nothing holds, as it first stands in some texts.

    The words that nothing holds are told as they were typed.

    Args:
        texts: Of one passage.
        asked: The query.
        analyser: The one that took the query apart.
        language: Of the texts, if they say it.
    """
    slips = {i: term.word for i, term in enumerate(asked.terms) if term.is_slip}
    if slips:
        typed = _typed(asked.text)
        slips = {i: typed.get(word, word) for i, word in slips.items()}
    found: dict[str, str] = {}
    for text in texts if slips else ():
        for start, end, which in analyser.spans(text, asked, language):
            if which in slips:
                found.setdefault(slips[which], text[start:end])
    return found


def _typed(text: str) -> dict[str, str]:
    """Return the words of a query as they first stand there, by the form in which they are compared."""
    words = [text[start:end] for start, end in tokens.shown(text)]
    return {tokens.small(word): word for word in reversed(words)}


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Return spans of which none overlaps or touches the next."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def _best(found: list[tuple[int, int, int]], room: int) -> Span:
    """Return from where to where the words stand that make the best window; most different ones first."""
    best, chosen = (0, 0), (0, 0)
    for i, (start, _, _) in enumerate(found):
        inside = [each for each in found[i : i + room // 2] if each[1] - start <= room]
        if not inside:
            continue
        worth = (len({which for *_, which in inside}), len(inside))
        if worth > best:
            best, chosen = worth, (start, inside[-1][1])
    return chosen


def _begin(flat: str, words: Span, room: int) -> int:
    """Return where the window begins: at a sentence or a word a little before the words."""
    first, last = words
    earliest = max(0, first - min(LEAD, room - (last - first)))
    if earliest == 0:
        return 0
    before = flat[earliest:first]
    sentence = max(before.rfind(sign) for sign in (". ", "? ", "! ", ": "))
    if sentence >= 0:
        return earliest + sentence + 2
    space = before.find(" ")
    return earliest + space + 1 if space >= 0 else first


def _end(flat: str, start: int, room: int) -> int:
    """Return where the window ends: between words, unless one word fills it."""
    end = start + room
    if end >= len(flat):
        return len(flat)
    space = flat.rfind(" ", start, end + 1)
    return space if space > start else end
