"""How well a conversation is summarised, on real talk, without a language model and with one.

    python benchmarks/writing.py DATA [--settings FILE] [--most N] [--json]

DATA holds `<set>/conversations.jsonl` of qmsum, w3c_ccg, ethereum, irc, livechat, bookclub and dialogsum;
what is absent is skipped. What was tuned was tuned on the even conversations of each set; the odd ones
are printed apart. Ours goes through the gate that checks evidence, as shipped. Lead, TextRank and
LexRank choose as many lines of the same conversation as ours has.

- read: messages read or skipped with a reason, of all;
- holds: lines whose quote stands in the first of at most three messages that they cite;
- topics, decisions, actions: those of the gold near which a line stands, at most 12 turns away, by any
  line; `typed` is by a line of that kind, and precision is the share of these lines that are near one;
- talks: of a chat where several run side by side, those of ten turns or more of which a line is one;
- told: content words of the gold's summary, or of its minutes, that the lines hold;
- hit@5: questions to a meeting of which one of five places lies in the answer, beside the BM25 of turns.

Then what 5,000 messages cost, whether time is linear, and of facts that were planted in them how many are
found at their start, middle and end. With --settings the model of a settings file writes as well, for N
conversations a set. Ends with 1 where a bar is missed.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.writing_peers import lead, lexrank, textrank
from benchmarks.writing_sets import PLACES, SETS, Judged, haystack, read
from benchmarks.writing_shares import Tally, ask, check, lines_of, tell, touch, touch_typed
from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.clock import SystemClock
from learncomm_agent.settings import Settings
from learncomm_agent.words import Words
from learncomm_agent.writing.evidence.gate import CheckedWriter
from learncomm_agent.writing.extractive.writer import ExtractiveWriter
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.writer import Brief, Writer

SIZES = (1_000, 5_000, 20_000)
COMMUNITY = Community(CommunityId(1), "Benchmark")
HALVES = ("tuned on", "held out")
PEERS: Mapping[str, Callable[[Dialogue, int], list[Line]]] = {
    "Lead": lead,
    "TextRank": textrank,
    "LexRank": lexrank,
}
BARS = {
    "read": 1.0,
    "holds": 1.0,
    "hit@5": 0.746,
    "planted": 0.8,
    "planted, difference": 0.05,
    "seconds": 5.0,
    "megabytes": 300.0,
    "linear": 1.3,
    "long ones short without a reason": 0.0,
}
MOST = frozenset(BARS) - {"read", "holds", "hit@5", "planted"}
"""Of these less is better. `linear` is the cost of a message among 20,000 over one among 5,000."""


async def measure(
    name: str, conversations: Sequence[Judged], writer: Writer, book: CueBook, *, peers: bool
) -> dict[str, dict[str, float]]:
    """Return the shares of ours, and of the peers, for one half of a set."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    has_gold = any(each.decisions or each.actions for each in conversations)
    for judged in conversations:
        summary = await writer.summary(judged.transcript, Brief(COMMUNITY, "en"))
        cues = book.cues(COMMUNITY.slug, "en")
        place = judged.place
        by_kind = {
            kind: [[place[each] for each in item.evidence] for item in summary.items[kind]]
            for kind in ItemKind
        }
        ours, lines = tallies["ours"], lines_of(summary)
        check(ours, judged.transcript, summary)
        touch(ours, judged, [each for lines in by_kind.values() for each in lines])
        if has_gold:
            touch_typed(ours, judged, by_kind)
        tell(ours, judged, [item.text for item in lines], cues)
        if not peers:
            continue
        dialogue = Dialogue(judged.transcript.utterances, cues)
        ask(ours, judged, dialogue, cues)
        for peer, choose in PEERS.items():
            chosen = choose(dialogue, len(lines)) if lines else []
            touch(tallies[peer], judged, [[line.message] for line in chosen])
            tell(tallies[peer], judged, [line.said for line in chosen], cues)
    return {who: tally.shares() for who, tally in tallies.items()}


def hay(data: Path) -> dict[str, list[Judged]]:
    """Return the talk in which facts are hidden."""
    return {name: list(read(data / name)) for name in SETS if (data / name).is_dir()}


async def find_planted(
    conversations: Mapping[str, Sequence[Judged]], writer: Writer, size: int
) -> dict[str, dict[str, float]]:
    """Return of facts planted in so many messages the share found, by the talk and the place."""
    found: dict[str, dict[str, float]] = {}
    for name, some in conversations.items():
        turns = [each for judged in some for each in judged.transcript.utterances]
        tally = Tally()
        for turn in range(3):
            hidden = haystack(turns, size, turn)
            summary = await writer.summary(hidden.transcript, Brief(COMMUNITY, "en"))
            for fact in hidden.facts:
                quotes = [item.quote for item in summary.items[fact.kind]]
                tally.add(fact.place, any(fact.text.startswith(each) for each in quotes), 1)
            tally.add("lines", len(lines_of(summary)), 1)
        found[name] = tally.shares()
    return found


_COST = """
import asyncio, json, sys, time
from pathlib import Path
from benchmarks.writing import COMMUNITY, hay, plain, resident_mb
from benchmarks.writing_sets import haystack
from learncomm_agent.writing.writer import Brief
data, name, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
turns = [u for judged in hay(data)[name] for u in judged.transcript.utterances]
writer, _ = plain()
transcript = haystack(turns, size).transcript
del turns
async def work():
    before, begun = resident_mb("VmRSS"), time.process_time()
    await writer.summary(transcript, Brief(COMMUNITY, "en"))
    return time.process_time() - begun, resident_mb("VmHWM") - before
print(json.dumps(asyncio.run(work())))
"""


def cost(data: Path, name: str, size: int) -> tuple[float, float]:
    """Return CPU seconds and megabytes above idle of one summary, the first in its process."""
    command = [sys.executable, "-c", _COST, str(data), name, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


def resident_mb(what: str) -> float:
    """Return a figure of this process's memory in megabytes, by its name in /proc."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise OSError("this system tells no memory of a process")


def plain() -> tuple[Writer, CueBook]:
    """Return the writer that needs no model, and the cues that it uses."""
    words = Words()

    def table(_: str, language: str) -> Mapping[str, object]:
        tables = (words.table(folder, language=language) or {} for folder in ("claims", "cues"))
        return {name: value for each in tables for name, value in each.items()}

    book = CueBook(table, lambda _: words.languages("cues"))
    return CheckedWriter(ExtractiveWriter(book, lambda *_: {}), book), book


def show(name: str, half: str, measured: Mapping[str, Mapping[str, float]]) -> None:
    """Print a set: a line for ours and each peer."""
    for who, shares in measured.items():
        figures = ", ".join(f"{what} {share:.3g}" for what, share in shares.items())
        print(f"{name:<10} {half:<8} {who:<9} {figures}", flush=True)


async def run(data: Path, settings: Path | None, most: int, *, as_json: bool) -> int:
    """Measure all that is there; 1 where a bar was missed."""
    writer, book = plain()
    present = [name for name in SETS if (data / name / "conversations.jsonl").is_file()]
    for name in sorted(set(SETS) - set(present)) if not as_json else ():
        print(f"{name}: skipped, {data / name} holds no conversations.jsonl")
    whole: dict[str, Any] = {}
    for name in present:
        conversations = list(read(data / name))[: most or None]
        for number, half in enumerate(HALVES):
            some = conversations[number::2]
            measured = await measure(name, some, writer, book, peers=True)
            whole[f"{name}, {half}"] = measured
            if not as_json:
                show(name, half, measured)
    if settings is not None:
        whole |= await with_model(data, present, settings, most or 2, book)
    if present:
        whole |= await long_ones(data, present, writer)
    missed = verdict(whole, quiet=as_json)
    if as_json:
        print(json.dumps(whole, indent=2))
    return missed


async def with_model(
    data: Path, names: Sequence[str], settings: Path, most: int, book: CueBook
) -> dict[str, object]:
    """Measure the model of a settings file on the first conversations of each set."""
    from learncomm_agent.writers import model_of, writer_of

    chosen = Settings.load(settings, environ=os.environ).model
    model = model_of(chosen, SystemClock())
    if model is None:
        print(f"{settings}: names no model")
        return {}
    writer = writer_of(Words(), chosen, model)
    found: dict[str, object] = {}
    for name in names:
        some = list(read(data / name))[:most]
        found[f"{name}, model"] = measured = await measure(name, some, writer, book, peers=False)
        show(name, "model", measured)
    return found


async def long_ones(data: Path, names: Sequence[str], writer: Writer) -> dict[str, object]:
    """Measure facts planted in 5,000 messages, and what long conversations cost."""
    conversations = {name: list(read(data / name)) for name in names}
    planted = await find_planted(conversations, writer, SIZES[1])
    costs = {
        name: {str(size): cost(data, name, size) for size in SIZES}
        for name in ("qmsum", "livechat")
        if name in names
    }
    for name, shares in planted.items():
        figures = ", ".join(f"{what} {share:.3g}" for what, share in shares.items())
        print(f"planted in {name:<10} {figures}", file=sys.stderr)
    for name, by_size in costs.items():
        told = ", ".join(f"{n}: {s:.2f} s, {mb:.0f} MB" for n, (s, mb) in by_size.items())
        print(f"cost of {name:<10} {told}", file=sys.stderr)
    return {"planted": planted, "cost": costs}


def verdict(whole: Mapping[str, Any], *, quiet: bool) -> int:
    """Print each bar that could be measured; 1 where one is missed."""
    measured = bars_of(whole)
    for what, figure in measured.items() if not quiet else ():
        is_most = what in MOST
        word = "missed" if _is_missed(what, figure) else "kept"
        print(f"{what}: {figure:.3f} (bar {'<=' if is_most else '>='} {BARS[what]}): {word}")
    return int(any(_is_missed(*each) for each in measured.items()))


def bars_of(whole: Mapping[str, Any]) -> dict[str, float]:
    """Return the worst figure for each bar."""
    ours = [sets["ours"] for name, sets in whole.items() if "ours" in sets]
    measured = {
        what: min(shares[what] for shares in ours)
        for what in ("read", "holds")
        if any(what in shares for shares in ours)
    }
    asked = [shares["hit@5"] for shares in ours if "hit@5" in shares]
    if asked:
        measured["hit@5"] = statistics.fmean(asked)
    long = "long ones short without a reason"
    if any(long in shares for shares in ours):
        measured[long] = max(shares.get(long, 0.0) for shares in ours)
    if planted := whole.get("planted"):
        by_place = {
            place: statistics.fmean(found[place] for found in planted.values()) for place in PLACES
        }
        measured["planted"] = min(by_place.values())
        measured["planted, difference"] = max(by_place.values()) - min(by_place.values())
    if costs := whole.get("cost"):
        five = [figures[str(SIZES[1])] for figures in costs.values()]
        measured["seconds"] = max(seconds for seconds, _ in five)
        measured["megabytes"] = max(megabytes for _, megabytes in five)
        measured["linear"] = max(
            figures[str(SIZES[2])][0] / figures[str(SIZES[1])][0] / (SIZES[2] / SIZES[1])
            for figures in costs.values()
        )
    return measured


def _is_missed(what: str, figure: float) -> bool:
    return figure > BARS[what] if what in MOST else figure < BARS[what]


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the folder with the sets")
    parser.add_argument("--settings", type=Path, help="a settings file that names a model")
    parser.add_argument("--most", type=int, default=0, help="so many conversations a set")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    chosen = parser.parse_args(arguments)
    return asyncio.run(run(chosen.data, chosen.settings, chosen.most, as_json=chosen.json))


if __name__ == "__main__":
    sys.exit(main())
