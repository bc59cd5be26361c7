"""When the library answers that nothing is relevant: how often wrongly, how often too seldom.

    python benchmarks/silence.py DATA [--cache FOLDER]

DATA and the stores are those of `search.py`. Judged queries whose answer is among the first ten
should be answered; questions that are foreign to a library (queries of the other sets to the
handbooks, everyday questions to the handbooks and to the guides that learncomm ships) should not. A
line a threshold, once with meaning (`RELEVANT`) and once by words alone (`COVERED`).
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.search import DEPTH, Judged, fill, judging, main, read_all
from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Readable
from learncomm_agent.library import search
from learncomm_agent.library.resources import Passage
from learncomm_agent.library.search import Query
from learncomm_agent.settings import Settings

FOREIGN = ("scifact", "cranfield", "dbpedia5k")
EACH = 120
"""Queries of one set at most, so that none outweighs the others."""
THRESHOLDS = {
    "with meaning": (0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
    "words alone": (0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
}


@dataclass(frozen=True)
class Asked:
    """What speaks for answering one question."""

    evidence: float
    """Coverage, with meaning also the cosine of the nearest passage."""
    is_certain: bool
    """Whether it is answered at any threshold, as a query of one or two words is."""
    has_answer: bool


def answered(asked: Sequence[Asked], threshold: float) -> float:
    """Return the share that is answered at a threshold; 0 where nothing was asked."""
    count = sum(each.is_certain or each.evidence >= threshold for each in asked)
    return count / len(asked) if asked else 0.0


async def ask(
    agent: Agent, queries: Mapping[str, str], weight: float, judged: Judged | None
) -> list[Asked]:
    """Ask all queries with the silence switched off, and note what it would have gone by."""
    noted: list[tuple[float, bool]] = []

    def note(
        passages: Sequence[Passage], weights: Mapping[str, float], nearest: float | None
    ) -> bool:
        covered = search.best_coverage(passages, weights)
        is_certain = nearest is None and len(weights) <= search.FEW_WORDS and covered > 0
        noted.append((covered + (nearest or 0.0), is_certain))
        return True

    asked: list[Asked] = []
    with judging(note):
        for id, text in list(queries.items())[:EACH]:
            query = Query(text, agent.community.id, Readable(), DEPTH, weight)
            found = await agent.house.search.find(query)
            ids = {passage.source.partition("#")[2] for passage in found.passages}
            wanted = judged.gains[id].keys() if judged is not None else set()
            asked.append(Asked(*noted[-1], has_answer=bool(ids & wanted)))
    return asked


def everyday() -> dict[str, str]:
    """Read questions that no learning community's library is about."""
    text = Path(__file__).with_name("off_topic.txt").read_text(encoding="utf-8")
    return {str(number): line for number, line in enumerate(text.splitlines())}


Kinds = Mapping[str, Mapping[str, str]]


async def ask_library(name: str, judged: Judged | None, foreign: Kinds, cache: Path) -> None:
    """Ask one library what it should answer and what it should not, and print the shares."""
    settings = Settings(data=cache / name)
    async with Agent(settings) as agent:
        if judged is not None:
            await fill(agent, judged.corpus)
        await agent.ready()
        await agent.idle()
        for way, weight in (("with meaning", settings.search.dense_weight), ("words alone", 0.0)):
            rows: dict[str, list[Asked]] = {}
            if judged is not None:
                own = await ask(agent, judged.queries, weight, judged)
                rows["wrongly silent"] = [each for each in own if each.has_answer]
            for kind, queries in foreign.items():
                rows[f"answers {kind}"] = await ask(agent, queries, weight, None)
            show(f"{name}, {way}", THRESHOLDS[way], rows)


def show(title: str, thresholds: Sequence[float], rows: Mapping[str, Sequence[Asked]]) -> None:
    """Print a small table: a line a kind of question, a column a threshold."""
    print(f"{title:<34}" + "".join(f"{threshold:>6.2f}" for threshold in thresholds))
    for kind, asked in rows.items():
        shares = [answered(asked, threshold) for threshold in thresholds]
        if kind == "wrongly silent":
            shares = [1 - share for share in shares]
        print(f"  {kind:<26}{len(asked):>6}" + "".join(f"{share:>6.2f}" for share in shares))
    sys.stdout.flush()


async def run(data: Path, cache: Path) -> int:
    """Ask all libraries that are there; no bar, so always 0."""
    sets, handbooks = read_all(data)
    foreign: dict[str, Mapping[str, str]] = {"everyday questions": everyday()}
    foreign |= {f"{each.name} queries": each.queries for each in sets if each.name in FOREIGN}
    await ask_library("guides", None, foreign, cache)
    if handbooks is not None:
        await ask_library(handbooks.name, handbooks, foreign, cache)
    for each in sets:
        await ask_library(each.name, each, {}, cache)
    return 0


if __name__ == "__main__":
    sys.exit(main(work=run, about=__doc__))
