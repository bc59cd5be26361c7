"""Does a search find answers in a chat? Conversation windows beside single lines and ten lines at a time.

    python benchmarks/windows.py DATA

DATA holds `irc` and `livechat` (one JSON object a stream: turns with speaker, text, time and the gold
conversation, of irc also what each turn answers). Each question that opens a conversation is asked by
its own words; wanted is the unit that holds the first answer of somebody else. Once all lines are there,
and once without the question itself, so that the answer has to be found by the words around it. The
units of a set are one collection, ranked by the BM25 of SQLite's FTS5 alone: what is compared is how the
talk is cut. Printed are the mean reciprocal rank of the first ten, and its ratio to single lines.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.library.talk.windows import Spoken, windows

SETS = ("livechat", "irc")
DEPTH = 10
FIXED = 10
LEAST_WORDS = 5
"""A shorter opening says nothing that one could look for."""
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """A question that somebody answered."""

    question: int
    text: str
    answer: int


@dataclass(frozen=True)
class Unit:
    """What is found as one."""

    text: str
    messages: frozenset[int]


def read(path: Path) -> Iterator[tuple[list[Spoken], list[Asked]]]:
    """Yield each stream of a set with its questions; ids differ between streams."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        stream = json.loads(line)
        turns = [turn for turn in stream["turns"] if turn["speaker"]]
        shift = number * 1_000_000
        yield _spoken(turns, shift), _asked(turns, shift, stream.get("annotated_from", 0))


def _spoken(turns: Sequence[Mapping[str, Any]], shift: int) -> list[Spoken]:
    authors: dict[str, int] = {}
    spoken: list[Spoken] = []
    at = BEGIN
    for turn in turns:
        at = max(at, _moment(turn.get("time"), at))
        name, id = turn["speaker"], shift + turn["id"]
        author = authors.setdefault(name, len(authors))
        spoken.append(Spoken(MessageId(id), str(id), author, name, turn["text"], at))
    return spoken


def _moment(time: str | None, last: datetime) -> datetime:
    """Return when a turn was written; some say the minute of the day alone, some nothing."""
    if time is None:
        return last
    if len(time) > len("00:00"):
        return datetime.fromisoformat(time).replace(tzinfo=UTC)
    hour, minute = map(int, time.split(":"))
    moment = last.replace(hour=hour, minute=minute)
    return moment + timedelta(days=1) if moment < last - timedelta(hours=2) else moment


def _asked(turns: Sequence[Mapping[str, Any]], shift: int, start: int) -> list[Asked]:
    """Return what opens a gold conversation, with the first that answers it."""
    talks: dict[int, list[Mapping[str, Any]]] = {}
    for turn in turns:
        if turn["id"] >= start and turn.get("conv") is not None:
            talks.setdefault(turn["conv"], []).append(turn)
    asked = []
    for first, *rest in talks.values():
        others = [turn for turn in rest if turn["speaker"] != first["speaker"]]
        replies = [turn for turn in others if first["id"] in turn.get("reply_to", ())]
        answers = replies or ([] if "reply_to" in first else others)
        if answers and len(re.findall(r"\w+", first["text"])) >= LEAST_WORDS:
            asked.append(Asked(shift + first["id"], first["text"], shift + answers[0]["id"]))
    return asked


def lines(spoken: Sequence[Spoken]) -> list[Unit]:
    """Cut a stream into its single lines."""
    return [Unit(f"{each.name}: {each.text}", frozenset({each.id})) for each in spoken]


def tens(spoken: Sequence[Spoken]) -> list[Unit]:
    """Cut a stream every ten lines."""
    return [_unit(spoken[start : start + FIXED]) for start in range(0, len(spoken), FIXED)]


def _unit(some: Sequence[Spoken]) -> Unit:
    text = "\n".join(f"{each.name}: {each.text}" for each in some)
    return Unit(text, frozenset(each.id for each in some))


def ours(spoken: Sequence[Spoken]) -> list[Unit]:
    """Cut a stream into windows, day by day as the library does."""
    days = groupby(spoken, key=lambda each: each.at.date())
    return [
        Unit(window.text, frozenset(span.message for span in window.spans))
        for _, day in days
        for window in windows(list(day))
    ]


CUTS = {"single lines": lines, "every ten lines": tens, "windows": ours}


def reciprocal_rank(units: Sequence[Unit], found: Sequence[int], answer: int) -> float:
    """Return one over the rank of the first unit that holds the answer; 0 where none does."""
    for rank, number in enumerate(found, start=1):
        if answer in units[number].messages:
            return 1 / rank
    return 0.0


def measure(streams: Sequence[tuple[list[Spoken], list[Asked]]], cut: Any) -> float:
    """Return the mean reciprocal rank over all questions of a set."""
    units = [unit for spoken, _ in streams for unit in cut(spoken)]
    asked = [each for _, some in streams for each in some]
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='porter unicode61')")
        conn.executemany("INSERT INTO t VALUES (?)", [(unit.text,) for unit in units])
        query = f"SELECT rowid - 1 FROM t WHERE t MATCH ? ORDER BY rank LIMIT {DEPTH}"
        total = 0.0
        for each in asked:
            any_of = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", each.text))
            found = [row[0] for row in conn.execute(query, [any_of])]
            total += reciprocal_rank(units, found, each.answer)
    return total / len(asked) if asked else 0.0


def without_questions(
    streams: Sequence[tuple[list[Spoken], list[Asked]]],
) -> list[tuple[list[Spoken], list[Asked]]]:
    """Take the words of the questions out, so that each has to be answered by what is around it."""
    bare = []
    for spoken, asked in streams:
        questions = {each.question for each in asked}
        kept = [replace(each, text="…") if each.id in questions else each for each in spoken]
        bare.append((kept, asked))
    return bare


def main(arguments: Sequence[str]) -> int:
    """Print a line a set and cut; a set that is not there is skipped."""
    if len(arguments) != 1 or arguments[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    for name in SETS:
        path = Path(arguments[0]) / name / "conversations.jsonl"
        if not path.exists():
            print(f"{name}: skipped, no data")
            continue
        streams = list(read(path))
        count = sum(len(asked) for _, asked in streams)
        for note, chosen in (("", streams), (", question out", without_questions(streams))):
            scores = {cut: measure(chosen, how) for cut, how in CUTS.items()}
            alone = scores["single lines"]
            said = (f"{cut} {score:.3f} (x {score / alone:.2f})" for cut, score in scores.items())
            print(f"{name}{note}, {count} questions: {'; '.join(said)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
