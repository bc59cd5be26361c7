"""How well the library finds: words alone beside words and meaning, on judged queries.

    python benchmarks/search.py DATA [--cache FOLDER]

DATA holds `retrieval/<set>/` (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`) and `community_kb/`
(`sections.jsonl`, `queries.jsonl`); what is absent is skipped. Everything runs through an `Agent` as
shipped, its guides in the library and its silence on what seems irrelevant included: a query that it
stays silent on counts 0. Words alone are asked without that silence, as plain full text would be.
Gains are linear in nDCG. Filling the stores takes some minutes; with
--cache they are kept for the next run.
"""

import argparse
import asyncio
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Readable
from learncomm_agent.library import search
from learncomm_agent.library.search import Query
from learncomm_agent.settings import Settings

SETS = ("scifact", "cranfield", "dbpedia5k", "molweni_chat")
DEPTH = 10
MEAN_BAR, WORST_BAR = 1.07, 0.97
Work = Callable[[Path, Path], Coroutine[Any, Any, int]]
"""Measures with the data and the stores of two folders; returns the exit code."""


@dataclass(frozen=True)
class Judged:
    """A corpus, and queries of which it is known what answers them."""

    name: str
    corpus: Path
    queries: Mapping[str, str]
    gains: Mapping[str, Mapping[str, float]]
    """Query id to document id to how much it helps."""


@dataclass(frozen=True)
class Outcome:
    """What one way of searching found; one entry a query."""

    ndcg: Sequence[float]
    reciprocal_rank: Sequence[float]
    silent: int
    """How many judged queries got no answer at all."""
    seconds: Sequence[float]


def ndcg(ranked: Sequence[str], gains: Mapping[str, float], depth: int = DEPTH) -> float:
    """Return the normalised discounted cumulative gain, 0 to 1, of the first documents."""

    def gained(row: Sequence[float]) -> float:
        return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(row[:depth]))

    best = gained(sorted(gains.values(), reverse=True))
    return gained([gains.get(each, 0.0) for each in ranked]) / best if best else 0.0


def reciprocal_rank(ranked: Sequence[str], wanted: Collection[str]) -> float:
    """Return 1 / the rank of the first wanted document; 0 where none is there."""
    return next((1 / rank for rank, each in enumerate(ranked, start=1) if each in wanted), 0.0)


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers; 0 where one of them is 0."""
    return statistics.geometric_mean(ratios) if all(ratios) else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a JSONL file."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def read_set(folder: Path) -> Judged:
    """Read one of the retrieval sets."""
    gains: dict[str, dict[str, float]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, gain = line.split("\t")
        gains.setdefault(query, {})[document] = float(gain)
    queries = {row["id"]: row["text"] for row in lines(folder / "queries.jsonl")}
    return Judged(folder.name, folder / "corpus.jsonl", queries, gains)


def read_handbooks(folder: Path) -> Judged:
    """Read the sections of handbooks and the questions that some of them answer."""
    rows = list(lines(folder / "queries.jsonl"))
    gains = {row["id"]: dict.fromkeys(row["gold_sections"], 1.0) for row in rows}
    queries = {row["id"]: row["question"] for row in rows}
    return Judged(folder.name, folder / "sections.jsonl", queries, gains)


def present(folder: Path, *names: str) -> bool:
    """Whether the files are there; says so where not."""
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        print(f"{folder.name}: skipped, {folder} holds no {' and no '.join(missing)}")
    return not missing


def read_all(data: Path) -> tuple[list[Judged], Judged | None]:
    """Read what is there of the sets and the handbooks."""
    folders = [data / "retrieval" / name for name in SETS]
    files = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")
    sets = [read_set(folder) for folder in folders if present(folder, *files)]
    handbooks = data / "community_kb"
    has_handbooks = present(handbooks, "sections.jsonl", "queries.jsonl")
    return sets, read_handbooks(handbooks) if has_handbooks else None


async def fill(agent: Agent, corpus: Path) -> None:
    """Add a corpus and wait for its vectors; nothing to do where the store holds it already."""
    await agent.add(corpus)
    await agent.ready()
    await agent.idle()


async def measure(agent: Agent, judged: Judged, dense_weight: float) -> Outcome:
    """Ask all queries, one after the other."""
    scores, ranks, seconds, silent = [], [], [], 0
    for id, text in judged.queries.items():
        query = Query(text, agent.community.id, Readable(), DEPTH, dense_weight)
        begun = time.perf_counter()
        found = await agent.house.search.find(query)
        seconds.append(time.perf_counter() - begun)
        ranked = [passage.source.partition("#")[2] for passage in found.passages]
        scores.append(ndcg(ranked, judged.gains[id]))
        ranks.append(reciprocal_rank(ranked, judged.gains[id]))
        silent += not ranked
    return Outcome(scores, ranks, silent, seconds)


@contextmanager
def judging(rule: Callable[..., bool]) -> Iterator[None]:
    """Decide by another rule whether what was found is relevant."""
    ours, search.is_relevant = search.is_relevant, rule
    try:
        yield
    finally:
        search.is_relevant = ours


async def compare(judged: Judged, cache: Path) -> tuple[Outcome, Outcome]:
    """Return what words alone find, and what words and meaning find."""
    settings = Settings(data=cache / judged.name)
    async with Agent(settings) as agent:
        await fill(agent, judged.corpus)
        with judging(lambda *found: True):
            words = await measure(agent, judged, 0.0)
        both = await measure(agent, judged, settings.search.dense_weight)
    return words, both


def show(judged: Judged, words: Outcome, both: Outcome) -> float:
    """Print a line a set; return the ratio of what both find to what words alone find."""
    alone, joined = statistics.fmean(words.ndcg), statistics.fmean(both.ndcg)
    ratio = joined / alone if alone else 0.0
    milliseconds = [1000 * percentile(both.seconds, share) for share in (0.5, 0.95)]
    print(
        f"{judged.name:<13} {len(judged.queries):>5} queries, nDCG@{DEPTH}: words {alone:.3f}, "
        f"both {joined:.3f}: {ratio:.3f} x; silent on {both.silent}; "
        f"p50 {milliseconds[0]:.1f} ms, p95 {milliseconds[1]:.1f} ms",
        flush=True,
    )
    return ratio


async def run(data: Path, cache: Path) -> int:
    """Compare on all that is there; 1 where a bar was missed."""
    sets, handbooks = read_all(data)
    ratios = [show(judged, *await compare(judged, cache)) for judged in sets]
    if handbooks is not None:
        words, both = await compare(handbooks, cache)
        show(handbooks, words, both)
        mrr = [statistics.fmean(outcome.reciprocal_rank) for outcome in (words, both)]
        print(f"{handbooks.name}: MRR@{DEPTH} words {mrr[0]:.3f}, both {mrr[1]:.3f}")
    if not ratios:
        return 0
    mean, worst = geometric_mean(ratios), min(ratios)
    print(
        f"geometric mean {mean:.3f} x (bar {MEAN_BAR} x), worst {worst:.3f} x (bar {WORST_BAR} x)"
    )
    return 0 if mean >= MEAN_BAR and worst >= WORST_BAR else 1


def main(
    arguments: Sequence[str] | None = None, work: Work = run, about: str | None = __doc__
) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the folder with the sets")
    parser.add_argument("--cache", type=Path, help="where the filled stores are kept")
    chosen = parser.parse_args(arguments)
    if chosen.cache is not None:
        return asyncio.run(work(chosen.data, chosen.cache))
    with tempfile.TemporaryDirectory() as cache:
        return asyncio.run(work(chosen.data, Path(cache)))


if __name__ == "__main__":
    sys.exit(main())
