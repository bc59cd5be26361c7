"""Three ways to summarise beside which ours stands: Lead, TextRank and LexRank; and BM25 over turns.

TextRank (Mihalcea and Tarau 2004) and LexRank (Erkan and Radev 2004) are PageRank over sentences; they
differ in how alike two sentences are: shared words over the logarithms of their lengths, and the cosine
of tf-idf above a threshold.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import content, tokens

Matrix = NDArray[np.float64]
_DAMPING = 0.85
_ROUNDS = 60
_ALIKE = 0.1
"""The threshold of LexRank."""
_K1, _B = 1.2, 0.75


def lead(dialogue: Dialogue, count: int) -> list[Line]:
    """Return the first sentences."""
    return list(_full(dialogue)[:count])


def textrank(dialogue: Dialogue, count: int) -> list[Line]:
    """Return the sentences of most weight by TextRank, in the order said."""
    lines = _full(dialogue)
    table = _counts([line.bag for line in lines])
    table[table > 0] = 1.0
    lengths = np.log(1.0 + table.sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = np.nan_to_num((table @ table.T) / (lengths[:, None] + lengths[None, :]))
    return _best(lines, alike, count)


def lexrank(dialogue: Dialogue, count: int) -> list[Line]:
    """Return the sentences of most weight by LexRank, in the order said."""
    lines = _full(dialogue)
    table = _counts([line.bag for line in lines])
    spread = (table > 0).sum(axis=0)
    table *= np.log(len(lines) / np.maximum(spread, 1))
    norms = np.linalg.norm(table, axis=1)
    table /= np.where(norms > 0, norms, 1.0)[:, None]
    alike = table @ table.T
    return _best(lines, np.where(alike >= _ALIKE, 1.0, 0.0), count)


def bm25(transcript: Transcript, query: str, cues: Cues, count: int) -> list[int]:
    """Return the places of the turns that hold the rare words of a query, best first."""
    turns = [Counter(content(tokens(each.text), cues.stopwords)) for each in transcript.utterances]
    spread = Counter(stem for turn in turns for stem in turn)
    mean = sum(turn.total() for turn in turns) / max(1, len(turns))
    wanted = content(tokens(query), cues.stopwords)

    def score(turn: Counter[str]) -> float:
        return sum(
            math.log(1 + (len(turns) - spread[stem] + 0.5) / (spread[stem] + 0.5))
            * turn[stem]
            * (_K1 + 1)
            / (turn[stem] + _K1 * (1 - _B + _B * turn.total() / mean))
            for stem in wanted
            if stem in turn
        )

    scores = [score(turn) for turn in turns]
    return sorted(range(len(turns)), key=lambda i: (-scores[i], i))[:count]


def _full(dialogue: Dialogue) -> Sequence[Line]:
    """Give the lines that say something; all three would else choose a single word."""
    return [line for line in dialogue.lines if len(line.bag) >= 3] or dialogue.lines


def _counts(bags: Sequence[frozenset[str]]) -> Matrix:
    columns = {stem: i for i, stem in enumerate(sorted(set().union(*bags)))}
    table = np.zeros((len(bags), len(columns)))
    for row, bag in enumerate(bags):
        table[row, [columns[stem] for stem in bag]] = 1.0
    return table


def _best(lines: Sequence[Line], alike: Matrix, count: int) -> list[Line]:
    np.fill_diagonal(alike, 0.0)
    sums = alike.sum(axis=1)
    moves = alike / np.where(sums > 0, sums, 1.0)[:, None]
    weights = np.full(len(lines), 1.0 / max(1, len(lines)))
    for _ in range(_ROUNDS):
        weights = (1 - _DAMPING) / len(lines) + _DAMPING * (moves.T @ weights)
    best = sorted(np.argsort(-weights, kind="stable")[:count].tolist())
    return [lines[i] for i in best]
