"""How well the library finds, on judged queries, beside three other ways of searching the same texts.

    python benchmarks/search.py DATA [--cache FOLDER]

DATA holds `retrieval/<set>/` (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`) and `community_kb/`
(`sections.jsonl`, `queries.jsonl`); what is absent is skipped. Ours runs through an `Agent` as shipped,
its guides in the library and its silence on what seems irrelevant included: a query that it stays
silent on counts 0. The peers see the same texts without the guides and are never silent:

- words: SQLite's FTS5 in a table of its own (`porter unicode61`, BM25, any of the words, stop words out);
- meaning: the cosine of the same model alone, every vector compared, which is what a vector store does
  by default;
- RRF: both, joined by 1 / (60 + rank).

Gains are linear in nDCG. Filling the stores takes some minutes; with --cache they are kept. Ends with 1
where a bar is missed.
"""

import argparse
import asyncio
import json
import math
import re
import sqlite3
import statistics
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Readable
from learncomm_agent.library.finding import ranking
from learncomm_agent.library.search import Query
from learncomm_agent.settings import Settings

SETS = ("scifact", "cranfield", "dbpedia5k", "molweni_chat")
CHAT = "molweni_chat"
DEPTH = 10
PEER_DEPTH = 100
"""How far down the peers' lists are joined, and all lists are read for MRR."""
STOPWORDS = Path(__file__).parents[1] / "knowledge" / "stopwords" / "en.toml"
BARS = {
    "over words, geometric mean": (1.09, 1.13),
    "over words, worst set": (0.98, 1.0),
    "chat, over meaning": (1.6, 1.75),
    "handbooks, MRR": (0.57, 0.65),
}
"""What is asked for, and what we aim at."""
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
    silent: int = 0
    """How many judged queries got no answer at all."""
    seconds: Sequence[float] = ()

    @property
    def mean(self) -> float:
        """The mean nDCG."""
        return statistics.fmean(self.ndcg)


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


def judge(judged: Judged, found: Sequence[Sequence[str]], **more: Any) -> Outcome:
    """Score what was found, a list of documents a query, in the queries' order.

    Of the reciprocal ranks no list is cut short: how far down a first right document stands counts.
    """
    both = list(zip(judged.queries, found, strict=True))
    return Outcome(
        [ndcg(ranked, judged.gains[id]) for id, ranked in both],
        [reciprocal_rank(ranked[:PEER_DEPTH], judged.gains[id]) for id, ranked in both],
        **more,
    )


async def ours(agent: Agent, judged: Judged, limit: int) -> Outcome:
    """Ask all queries as a member would, one after the other."""
    found, seconds = [], []
    for text in judged.queries.values():
        begun = time.perf_counter()
        answer = await agent.house.search.find(
            Query(text, agent.community.id, Readable(), limit=limit)
        )
        seconds.append(time.perf_counter() - begun)
        found.append([passage.source.partition("#")[2] for passage in answer.passages])
    silent = sum(not ranked for ranked in found)
    return judge(judged, found, silent=silent, seconds=seconds)


def by_words(judged: Judged) -> list[list[str]]:
    """Return what plain full text finds, best first."""
    stopwords = set(tomllib.loads(STOPWORDS.read_text(encoding="utf-8"))["words"].split())
    with sqlite3.connect(":memory:") as db:
        db.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(id UNINDEXED, text, tokenize='porter unicode61')"
        )
        rows = ((row["id"], _text(row)) for row in lines(judged.corpus))
        db.executemany("INSERT INTO texts VALUES (?, ?)", rows)
        found = []
        for query in judged.queries.values():
            words = list(dict.fromkeys(re.findall(r"\w+", query.casefold())))
            telling = [word for word in words if word not in stopwords] or words
            match = " OR ".join(f'"{word}"' for word in telling)
            ranked = "SELECT id FROM texts WHERE texts MATCH ? ORDER BY rank, rowid LIMIT ?"
            found.append([id for (id,) in db.execute(ranked, (match, PEER_DEPTH))])
    return found


def _text(row: Mapping[str, Any]) -> str:
    return "\n".join(str(row.get(key) or "") for key in ("title", "heading", "text"))


async def by_meaning(agent: Agent, judged: Judged) -> list[list[str]]:
    """Return what the model alone finds, best first: the nearest chunk of each document."""
    rows = await agent.house.database.read(
        lambda conn: conn.exec_driver_sql(
            "SELECT r.source, c.vector FROM chunks c JOIN resources r ON r.id = c.resource_id"
            " WHERE r.source LIKE ? AND c.vector IS NOT NULL",
            (f"{judged.corpus.name}#%",),
        ).all()
    )
    ids = [source.partition("#")[2] for source, _ in rows]
    table = np.stack([np.frombuffer(vector, np.float16) for _, vector in rows]).astype(np.float32)
    found = []
    for query in judged.queries.values():
        vector = (await agent.house.meaning.embed([query]))[0]
        order = np.argsort(-(table @ vector), kind="stable")
        found.append(list(dict.fromkeys(ids[i] for i in order[: 3 * PEER_DEPTH]))[:PEER_DEPTH])
    return found


def joined(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Return two lists as one, by reciprocal ranks."""
    scores: dict[str, float] = {}
    for ranked in (first, second):
        for rank, each in enumerate(ranked, start=1):
            scores[each] = scores.get(each, 0.0) + 1 / (60 + rank)
    return sorted(scores, key=lambda each: -scores[each])


@contextmanager
def judging(rule: Callable[..., bool]) -> Iterator[None]:
    """Decide by another rule whether what was found is relevant."""
    shipped, ranking.is_relevant = ranking.is_relevant, rule
    try:
        yield
    finally:
        ranking.is_relevant = shipped


async def compare(judged: Judged, cache: Path, limit: int = DEPTH) -> dict[str, Outcome]:
    """Return what each way of searching finds; ours as many as the limit says."""
    words = by_words(judged)
    async with Agent(Settings(data=cache / judged.name)) as agent:
        await fill(agent, judged.corpus)
        meaning = await by_meaning(agent, judged)
        rrf = [joined(*both) for both in zip(words, meaning, strict=True)]
        return {
            "words": judge(judged, words),
            "meaning": judge(judged, meaning),
            "RRF": judge(judged, rrf),
            "ours": await ours(agent, judged, limit),
        }


def show(judged: Judged, ways: Mapping[str, Outcome]) -> None:
    """Print a line a set."""
    found = ways["ours"]
    figures = ", ".join(f"{way} {outcome.mean:.3f}" for way, outcome in ways.items())
    milliseconds = [1000 * percentile(found.seconds, share) for share in (0.5, 0.95)]
    ratio = found.mean / ways["words"].mean if ways["words"].mean else 0.0
    print(
        f"{judged.name:<13} {len(judged.queries):>5} queries, nDCG@{DEPTH}: {figures}: "
        f"{ratio:.3f} x words; silent on {found.silent}; "
        f"p50 {milliseconds[0]:.1f} ms, p95 {milliseconds[1]:.1f} ms",
        flush=True,
    )


def verdict(measured: Mapping[str, float]) -> int:
    """Print each figure beside its bar; 1 where one is missed."""
    for what, figure in measured.items():
        bar, aim = BARS[what]
        word = "missed" if figure < bar else "aim reached" if figure >= aim else "kept"
        print(f"{what}: {figure:.3f} (bar {bar}, aim {aim}): {word}")
    return int(any(figure < BARS[what][0] for what, figure in measured.items()))


async def run(data: Path, cache: Path) -> int:
    """Compare on all that is there; 1 where a bar was missed."""
    sets, handbooks = read_all(data)
    measured: dict[str, float] = {}
    ratios = []
    for judged in sets:
        ways = await compare(judged, cache)
        show(judged, ways)
        ratios.append(ways["ours"].mean / ways["words"].mean)
        if judged.name == CHAT:
            measured["chat, over meaning"] = ways["ours"].mean / ways["meaning"].mean
    if ratios:
        measured["over words, geometric mean"] = geometric_mean(ratios)
        measured["over words, worst set"] = min(ratios)
    if handbooks is not None:
        ways = await compare(handbooks, cache, PEER_DEPTH)
        show(handbooks, ways)
        mrr = {way: statistics.fmean(outcome.reciprocal_rank) for way, outcome in ways.items()}
        print(
            f"{handbooks.name}: MRR " + ", ".join(f"{way} {each:.3f}" for way, each in mrr.items())
        )
        measured["handbooks, MRR"] = mrr["ours"]
    return verdict(measured)


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
