"""How good discussion questions are, without a language model and with one.

    python -m benchmarks.questions DATA [--settings FILE] [--most N] [--show]

DATA holds `dataethics` (write-ups of a reading club, its readings with the hosts' questions),
`fairytaleqa` (stories with experts' questions) and `community_kb` (handbooks of communities, half of
the pages looked at while the rules were made; the others were read since, so neither half is held out).
A reading is a write-up of it; of the readings themselves the announcement is there, a few lines each,
which is measured apart. Eight questions are asked for, ten
times in a row, each time with all those before as asked.

- open: one question mark outside of quotes, no auxiliary verb at its head, at most 30 words;
- thought: not looked up, as a judge says that knows no list of ours: a logistic regression over the
  function words of a question and how far a sentence of the text holds its other words, trained on the
  hosts' questions against the experts' factual ones (its accuracy is printed, in five folds);
- grounded: its quote stands literally in the text, and so does half of what it quotes itself;
- repeats: the same words in any order, in the same reading, over the ten runs;
- near: how near the nearest of the eight is to each question of a host, by words and, where the model of
  vectors is installed, by meaning; beside it the eight sentences of the text that chance takes, and eight
  questions of ours on another reading.

Ends with 1 where a bar is missed.
"""

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import ModelError
from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import find_models
from learncomm_agent.library.resources import Passage, Place, ResourceId
from learncomm_agent.settings import ModelSettings, Settings
from learncomm_agent.words import Words
from learncomm_agent.writers import model_of, writer_of
from learncomm_agent.writing.items import Question
from learncomm_agent.writing.writer import Brief, Writer

COUNT, RUNS = 8, 10
BAR = 5
"""Of the eight, in each reading."""
READINGS = 20
SHORTEST = 2_000
"""Characters of a write-up that is a reading."""
BRIEF = Brief(Community(CommunityId(1), "Benchmark"), "en")
STOPWORDS = frozenset(
    tomllib.loads((Path(__file__).parents[1] / "knowledge/cues/en.toml").read_text("utf-8"))[
        "stopwords"
    ].split()
)
AUXILIARIES = frozenset(
    re.findall(
        r"\S+",
        "is are was were am do does did have has had can could will would should shall may might must "
        "isn't aren't don't doesn't didn't can't couldn't won't wouldn't shouldn't",
    )
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’]?\s+|\n+")
Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """A text, in passages, and what people asked about it."""

    name: str
    passages: tuple[Passage, ...]
    asked: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return all of it."""
        return "\n".join(each.text for each in self.passages)


def passage(text: str, title: str, number: int) -> Passage:
    """Return a text as a passage of the library."""
    return Passage(
        resource=ResourceId(1),
        revision=1,
        source=title,
        title=title,
        place=Place(),
        chunk=str(number),
        start=0,
        end=len(text),
        text=text,
        score=1.0,
        shared_by=None,
        shared_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


def rows(file: Path) -> list[dict[str, Any]]:
    """Return the lines of a JSONL file; none where it is absent."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def made(name: str, texts: Sequence[str], asked: Sequence[str]) -> Reading:
    """Return a reading of some texts."""
    kept = [text for text in texts if text.strip()]
    passages = tuple(passage(text, name, number) for number, text in enumerate(kept))
    return Reading(name, passages, tuple(each.strip() for each in asked if "?" in each))


def read(data: Path) -> dict[str, list[Reading]]:
    """Return the readings of each set."""
    hosts = rows(data / "dataethics" / "reading_questions.jsonl")
    by_day = {each["date"]: each for each in hosts}
    writeups = []
    for each in rows(data / "dataethics" / "writeups.jsonl"):
        host = by_day.get(each["date"], {})
        asked = host.get("discussion_questions") or [s["question"] for s in each["sections"]]
        texts = [section["summary"] for section in each["sections"]]
        writeups.append(made(each["reading"] or each["id"], texts, asked))
    announced = [
        made(each["reading"] or each["id"], [each["description"]], each["discussion_questions"])
        for each in hosts
    ]
    stories = [
        made(
            each["id"].rpartition("/")[2],
            ["\n".join(s["text"] for s in each["sections"][i : i + 3]) for i in range(0, 36, 3)],
            [q["question"] for q in each["questions"]],
        )
        for each in rows(data / "fairytaleqa" / "stories.jsonl")
    ]
    titled: dict[tuple[str, str], list[str]] = {}
    for each in rows(data / "community_kb" / "sections.jsonl"):
        titled.setdefault((each["doc"], each["title"]), []).append(each["text"])
    pages = [made(title, texts, ()) for (_, title), texts in titled.items()]
    pages = [each for each in pages if len(each.text) >= SHORTEST]
    step = max(1, len(pages) // READINGS)
    return {
        "write-ups": [each for each in writeups if len(each.text) >= SHORTEST],
        "announcements": announced,
        "stories": stories,
        "handbooks, looked at": pages[::step][:READINGS],
        "handbooks, other pages": pages[step // 2 :: step][:READINGS],
    }


def words(text: str) -> list[str]:
    """Return the words of a text, in small letters."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower().replace("’", "'"))


def held(question: str, text: str) -> float:
    """Return how much of a question's content the best sentence of a text holds."""
    wanted = {word[:6] for word in words(question) if word not in STOPWORDS}
    if not wanted:
        return 0.0
    sentences = ({word[:6] for word in words(each)} for each in _SENTENCE.split(text))
    return max(len(wanted & each) / len(wanted) for each in sentences)


class Judge:
    """Tells questions to think about from questions to look up, by function words and overlap."""

    def __init__(self, examples: Sequence[tuple[str, str, bool]]) -> None:
        """Learn from questions, their texts, and whether they are to think about."""
        counted = Counter(word for asked, _, _ in examples for word in self._words(asked))
        common = [word for word, n in counted.items() if n >= 3]
        self._known = {word: place for place, word in enumerate(common)}
        rows_, marks = self._rows(examples), np.array([float(mark) for _, _, mark in examples])
        self.weights = _fitted(rows_, marks)
        parts = np.arange(len(examples)) % 5
        right: list[tuple[bool, bool]] = []
        for part in range(5):
            weights = _fitted(rows_[parts != part], marks[parts != part])
            said = rows_[parts == part] @ weights > 0
            told = marks[parts == part] > 0.5
            right += list(zip(told, said == told, strict=True))
        self.accuracy = tuple(
            statistics.fmean(is_right for told, is_right in right if told == kind)
            for kind in (True, False)
        )

    def is_thought(self, asked: str, text: str) -> bool:
        """Tell whether a question is one to think about."""
        return bool((self._rows([(asked, text, False)]) @ self.weights)[0] > 0)

    def _rows(self, examples: Sequence[tuple[str, str, bool]]) -> Vectors:
        found = np.zeros((len(examples), len(self._known) + 2))
        for row, (asked, text, _) in zip(found, examples, strict=True):
            for word in self._words(asked):
                if word in self._known:
                    row[self._known[word]] = 1.0
            row[-2:] = held(_own(asked), text), 1.0
        return found

    @staticmethod
    def _words(asked: str) -> set[str]:
        own = words(_own(asked))
        return {word for word in own if word in STOPWORDS} | {f"^{word}" for word in own[:1]}


def _own(asked: str) -> str:
    return _QUOTED.sub(" ", asked)


def _fitted(rows_: Vectors, marks: Vectors) -> Vectors:
    weights = np.zeros(rows_.shape[1])
    share = marks.mean()
    balance = np.where(marks > 0.5, 0.5 / share, 0.5 / (1 - share))
    for _ in range(600):
        said = 1 / (1 + np.exp(-rows_ @ weights))
        slope = rows_.T @ (balance * (said - marks)) / len(marks) + 0.003 * weights
        weights -= 2.0 * slope
    return weights


def judge_of(sets: dict[str, list[Reading]], data: Path) -> Judge:
    """Return a judge that has learned from what hosts and experts asked."""
    thought = [
        (asked, each.text, True)
        for each in (*sets["announcements"], *sets["write-ups"])
        for asked in each.asked
    ]
    looked_up = []
    for story in rows(data / "fairytaleqa" / "stories.jsonl"):
        texts = {section["id"]: section["text"] for section in story["sections"]}
        text = "\n".join(texts.values())
        looked_up += [
            (each["question"], text, False)
            for each in story["questions"]
            if each["explicit"] == "explicit" or each["explicit"] is True
        ]
    examples = list({each[0]: each for each in (*thought, *looked_up)}.values())
    random.Random(5).shuffle(examples)
    return Judge(examples)


def is_open(asked: str) -> bool:
    """Tell whether a question is one, is short, and asks for more than yes or no."""
    own = _own(asked)
    last = [each for each in _SENTENCE.split(own.strip()) if words(each)]
    first = words(last[-1])[0] if last else ""
    return own.count("?") == 1 and len(asked.split()) <= 30 and first not in AUXILIARIES


def is_grounded(question: Question, reading: Reading) -> bool:
    """Tell whether its quote stands in the text, and most words of what it quotes itself."""
    quoted = words(" ".join(_QUOTED.findall(question.text)))
    there = set(words(reading.text))
    is_there = " ".join(question.quote.split()) in " ".join(question.evidence.text.split())
    return is_there and sum(word in there for word in quoted) >= len(quoted) / 2


def bag(asked: str) -> frozenset[str]:
    """Return the words of a question, whatever their order."""
    return frozenset(words(asked))


@dataclass
class Found:
    """What was written about one reading."""

    reading: Reading
    first: list[Question]
    good: int
    open: int
    thought: int
    grounded: int
    all: int
    repeats: int


async def ask(reading: Reading, writer: Writer, judge: Judge, runs: int) -> Found:
    """Ask several times in a row."""
    seen: set[str] = set()
    bags: set[frozenset[str]] = set()
    first: list[Question] = []
    repeats = total = 0
    for run in range(runs):
        written = await writer.questions(reading.passages, BRIEF, count=COUNT, seen=frozenset(seen))
        if run == 0:
            first = list(written)
        for each in written:
            total += 1
            repeats += bag(each.text) in bags
            bags.add(bag(each.text))
        seen |= {each.text for each in written}
    marks = [
        (is_open(q.text), judge.is_thought(q.text, reading.text), is_grounded(q, reading))
        for q in first
    ]
    opens, thoughts, grounds = (sum(mark[i] for mark in marks) for i in range(3))
    return Found(reading, first, sum(map(all, marks)), opens, thoughts, grounds, total, repeats)


def by_words(one: str, other: str) -> float:
    """Return how many words of content two questions share, of all (F1)."""
    a, b = ({w[:6] for w in words(each) if w not in STOPWORDS} for each in (one, other))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def meaning() -> Callable[[str, str], float] | None:
    """Return the cosine of the model that comes along; None where it is not installed."""
    try:
        model = MiniLM(find_models())
    except ModelError:
        return None
    known: dict[str, Vectors] = {}

    def vector(text: str) -> Vectors:
        if text not in known:
            row = model.embed([text])[0].astype(float)
            known[text] = row / (np.linalg.norm(row) or 1.0)
        return known[text]

    return lambda one, other: float(vector(one) @ vector(other))


def near(
    asked: Sequence[str], ours: Sequence[str], alike: Callable[[str, str], float]
) -> float | None:
    """Return how near the nearest of ours is to what was asked, in the mean."""
    if not asked or not ours:
        return None
    return statistics.fmean(max(alike(each, one) for one in ours) for each in asked)


def by_chance(reading: Reading, chance: random.Random) -> list[str]:
    """Return sentences of a text that chance takes."""
    sentences = [each.strip() for each in _SENTENCE.split(reading.text) if len(words(each)) >= 6]
    return chance.sample(sentences, min(COUNT, len(sentences)))


def compare(name: str, found: Sequence[Found]) -> None:
    """Print how near questions come to those that people asked."""
    chance = random.Random(3)
    for kind, alike in (("words", by_words), ("meaning", meaning())):
        if alike is None:
            print(f"  near by {kind}: the model of vectors is not installed")
            continue
        if not any(each.reading.asked for each in found):
            return
        lines: dict[str, list[float]] = {"ours": [], "chance": [], "another": []}
        for place, each in enumerate(found):
            other = found[(place + 1) % len(found)]
            asked = [one for one in each.reading.asked if len(one.split()) <= 60][:12]
            for label, some in (
                ("ours", [q.text for q in each.first]),
                ("chance", by_chance(each.reading, chance)),
                ("another", [q.text for q in other.first]),
            ):
                if (value := near(asked, some, alike)) is not None:
                    lines[label].append(value)
        figures = ", ".join(f"{label} {statistics.fmean(v):.3f}" for label, v in lines.items() if v)
        print(f"  near by {kind} to what people asked ({name}): {figures}")


def show(name: str, found: Sequence[Found]) -> None:
    """Print the shares of one set."""
    written = sum(len(each.first) for each in found) or 1
    levels = Counter(q.level for each in found for q in each.first)
    print(f"{name}: {len(found)} readings, {written / len(found):.1f} of {COUNT} written")
    print(
        f"  open {sum(f.open for f in found) / written:.3f}, "
        f"thought {sum(f.thought for f in found) / written:.3f}, "
        f"grounded {sum(f.grounded for f in found) / written:.3f}, "
        f"all three {sum(f.good for f in found) / written:.3f}; "
        f"fewest good ones in a reading {min(f.good for f in found)}"
    )
    print(f"  levels: {', '.join(f'{level} {n}' for level, n in levels.items())}")
    print(
        f"  over {RUNS} runs: {sum(f.all for f in found)} written, "
        f"{sum(f.repeats for f in found)} repeats"
    )


async def run(data: Path, settings: Path | None, most: int, *, is_shown: bool) -> int:
    """Measure; return 1 where a bar is missed."""
    sets = read(data)
    judge = judge_of(sets, data)
    hosts, experts = judge.accuracy
    print(
        f"the judge is right on {hosts:.3f} of what hosts and {experts:.3f} of what experts asked"
    )
    is_missed = False
    writer = writer_of(Words(), ModelSettings(), None)
    for name, readings in sets.items():
        if not readings:
            continue
        found = [await ask(each, writer, judge, RUNS) for each in readings]
        show(name, found)
        compare(name, found)
        if is_shown:
            for each in found:
                print(f"\n{each.reading.name}")
                for question in each.first:
                    print(f"  {question.level}: {question.text}")
        if name == "write-ups":
            enough = sum(each.good >= BAR for each in found)
            print(f"  {enough} readings with at least {BAR} of {COUNT} (bar: {READINGS})")
            is_missed = enough < READINGS or any(each.repeats for each in found)
    if settings is not None:
        chosen = Settings.load(settings, os.environ).model
        model = model_of(chosen, SystemClock())
        writer = writer_of(Words(), chosen, model)
        some = sets["write-ups"][:most]
        found = [await ask(each, writer, judge, 2) for each in some]
        show("write-ups, model", found)
        compare("write-ups, model", found)
        if model is not None:
            await model.close()
    return int(is_missed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the folder with the sets")
    parser.add_argument("--settings", type=Path, help="a settings file that names a model")
    parser.add_argument("--most", type=int, default=3, help="readings for the model")
    parser.add_argument("--show", action="store_true", help="print the questions")
    chosen = parser.parse_args(arguments)
    return asyncio.run(run(chosen.data, chosen.settings, chosen.most, is_shown=chosen.show))


if __name__ == "__main__":
    sys.exit(main())
