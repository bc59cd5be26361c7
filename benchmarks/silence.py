"""When the library answers that nothing is relevant: how often wrongly, how often too seldom.

    python benchmarks/silence.py DATA [--cache FOLDER]

DATA and the stores are those of `search.py`. Judged queries whose answer is among the first ten should
be answered. Not to be answered are questions that are foreign to a library (real queries of the other
sets, everyday questions), and, hardest, its own queries after what answers them was taken out of what
was found. A line a kind, a column a bound: with meaning (`RELEVANT`) and by words alone (`COVERED`).
Ends with 1 where the bound in use is wrongly silent on more than 3 % of a set, with meaning.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.search import DEPTH, Judged, fill, judging, main, read_all
from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Readable
from learncomm_agent.library.finding import analysis, ranking
from learncomm_agent.library.finding.ranking import Ranked, Seen
from learncomm_agent.library.search import Query
from learncomm_agent.settings import Settings

EACH = 120
"""Queries of one set at most, so that none outweighs the others."""
THRESHOLDS = {
    "with meaning": (0.3, 0.35, 0.4, 0.42, 0.45, 0.5),
    "words alone": (0.1, 0.15, 0.2, 0.25, 0.3, 0.35),
}
WRONGLY_SILENT = "wrongly silent"
MOST_SILENT = 0.03
"""The bar on that, at the bound in use."""


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


def weigh(query: analysis.Asked, best: Sequence[Ranked], seen: Seen, *, has_answer: bool) -> Asked:
    """Return what the silence goes by."""
    near, covered = ranking.evidence(query, best, seen)
    if near is None:
        is_few = covered > 0 and len(query.terms) <= ranking.FEW_WORDS
        return Asked(covered, is_few, has_answer)
    return Asked(near + ranking.BY_COVERAGE * covered, False, has_answer)


async def ask(
    agent: Agent, queries: Mapping[str, str], weight: float | None, judged: Judged | None
) -> tuple[list[Asked], list[Asked]]:
    """Ask with the silence switched off; return what it would have gone by, and without the answers."""
    sources = await _sources(agent)
    noted: list[tuple[analysis.Asked, list[Ranked], Seen]] = []

    def note(query: analysis.Asked, best: Sequence[Ranked], seen: Seen) -> bool:
        noted.append((query, list(best), seen))
        return True

    whole: list[Asked] = []
    without: list[Asked] = []
    with judging(note):
        for id, text in list(queries.items())[:EACH]:
            await agent.house.search.find(
                Query(text, agent.community.id, Readable(), DEPTH, weight)
            )
            query, best, seen = noted.pop()
            wanted = judged.gains[id].keys() if judged is not None else frozenset[str]()
            answers = [sources.get(each.candidate.resource) in wanted for each in best]
            rest = [each for each, answers_it in zip(best, answers, strict=True) if not answers_it]
            whole.append(weigh(query, best, seen, has_answer=any(answers[:DEPTH])))
            without.append(weigh(query, rest, seen, has_answer=False))
    return whole, without


async def _sources(agent: Agent) -> dict[int, str]:
    """Return which document of the corpus each resource is."""
    rows = await agent.house.database.read(
        lambda conn: conn.exec_driver_sql("SELECT id, source FROM resources").all()
    )
    return {id: source.partition("#")[2] for id, source in rows}


def everyday() -> dict[str, str]:
    """Read questions that no learning community's library is about."""
    text = Path(__file__).with_name("off_topic.txt").read_text(encoding="utf-8")
    return {str(number): line for number, line in enumerate(text.splitlines())}


Kinds = Mapping[str, Mapping[str, str]]


async def ask_library(name: str, judged: Judged | None, foreign: Kinds, cache: Path) -> bool:
    """Ask one library what it should answer and what not, and print the shares; whether it keeps the bar."""
    is_kept = True
    async with Agent(Settings(data=cache / name)) as agent:
        if judged is not None:
            await fill(agent, judged.corpus)
        await agent.ready()
        await agent.idle()
        for way, weight in (("with meaning", None), ("words alone", 0.0)):
            rows: dict[str, list[Asked]] = {}
            if judged is not None:
                own, without = await ask(agent, judged.queries, weight, judged)
                rows[WRONGLY_SILENT] = [each for each in own if each.has_answer]
                rows["answers, answer gone"] = without
            for kind, queries in foreign.items():
                rows[f"answers {kind}"], _ = await ask(agent, queries, weight, None)
            show(f"{name}, {way}", THRESHOLDS[way], rows)
            if judged is not None and weight is None and rows[WRONGLY_SILENT]:
                silent = 1 - answered(rows[WRONGLY_SILENT], ranking.RELEVANT)
                is_kept = silent <= MOST_SILENT
    return is_kept


def show(title: str, thresholds: Sequence[float], rows: Mapping[str, Sequence[Asked]]) -> None:
    """Print a small table: a line a kind of question, a column a threshold."""
    print(f"{title:<34}" + "".join(f"{threshold:>6.2f}" for threshold in thresholds))
    for kind, asked in rows.items():
        shares = [answered(asked, threshold) for threshold in thresholds]
        if kind == WRONGLY_SILENT:
            shares = [1 - share for share in shares]
        print(f"  {kind:<26}{len(asked):>6}" + "".join(f"{share:>6.2f}" for share in shares))
    sys.stdout.flush()


async def run(data: Path, cache: Path) -> int:
    """Ask all libraries that are there; 1 where one is wrongly silent too often."""
    sets, handbooks = read_all(data)
    everything = [*sets, *([handbooks] if handbooks is not None else [])]
    questions = {"everyday questions": everyday()}
    all_foreign = {f"{each.name} queries": each.queries for each in sets}
    kept = [await ask_library("guides", None, questions | all_foreign, cache)]
    for each in everything:
        foreign = {
            kind: queries for kind, queries in all_foreign.items() if kind != f"{each.name} queries"
        }
        kept.append(await ask_library(each.name, each, questions | foreign, cache))
    bar = f"wrongly silent on at most {MOST_SILENT:.0%} of a set at {ranking.RELEVANT}"
    print(f"{bar}: {'kept' if all(kept) else 'missed'}")
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main(work=run, about=__doc__))
