"""When the facilitator would have spoken, held and nudged, on real talk, beside what people did.

    python -m benchmarks.facilitation DATA [--most N] [--json]

DATA holds `<set>/conversations.jsonl` of delidata, bookclub, irc, qmsum and talkmoves; what is absent is
skipped. Each conversation is heard remark by remark, and a decision taken after each and at every alarm
between them; nobody answers what we say. Twice: at its own pace, and stretched over a week. Meetings and
lessons have no usable times: their words are read at 150 a minute.

- speak, hold, nudge: decisions an hour; `unasked`: posts that nobody asked for, on 20 messages of people;
- cut in: posts, but the opening and the end, within three minutes of people answering each other, as this
  file tells it from the data (answers by the gold where there is one), and not as the facilitator does;
- needless: members who were invited and spoke by themselves within a twentieth of the time anyway;
- host: with the limits left aside, how often a host spoke, and asked, in the next three turns where a rule
  had something to say, beside how often one did anywhere;
- moves: where a teacher took the turn and a rule had something to say, whether the teacher's own move was
  of that kind (`OURS`), beside how often it was anywhere.

What was tuned was tuned on the even conversations of delidata, irc and qmsum; the odd ones are printed
apart, and bookclub and talkmoves were not tuned on. Ends with 1 where a bar is missed.
"""

import argparse
import json
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from learncomm_agent.sessions.facilitating.deciding import decide
from learncomm_agent.sessions.facilitating.floor import Floor, Mode
from learncomm_agent.sessions.facilitating.look import Look
from learncomm_agent.sessions.facilitating.moves import Agenda, Budget, Decision, Kind, Move
from learncomm_agent.sessions.facilitating.participation import measure
from learncomm_agent.sessions.facilitating.remarks import Remark, read_remark
from learncomm_agent.sessions.facilitating.rules import proposals
from learncomm_agent.words import Words
from learncomm_agent.writing.language.cues import Cues, read_cues

SETS = ("delidata", "irc", "qmsum", "bookclub", "talkmoves")
TUNED = frozenset({"delidata", "irc", "qmsum"})
SPOKEN = frozenset({"qmsum", "talkmoves"})
JOINED = frozenset(SETS) - {"irc"}
"""Where everyone who speaks is taken to have joined; whoever writes in a public channel has not."""
HALVES = ("tuned on", "held out")
WEEK = timedelta(days=7)
START = datetime(2026, 1, 5, 18, tzinfo=UTC)
WORDS_A_MINUTE = 150
THREE_MINUTES = timedelta(minutes=3)
NEXT = 3
"""Turns after ours in which it is looked whether a host speaks."""
OURS: Mapping[Move, frozenset[str]] = {
    Move.ASK_EVIDENCE: frozenset({"press for reasoning"}),
    Move.ASK_EXAMPLE: frozenset({"press for reasoning"}),
    Move.BRIDGE: frozenset({"getting students to relate"}),
    Move.RE_ASK: frozenset({"getting students to relate"}),
}
"""Which moves of a teacher are of the kind of ours. Not comparable: `press for accuracy` (asks for an
answer that the teacher knows), `revoicing` and `restating` (we repeat nobody), `keeping everyone
together` (from "could you read this" to "nice and loud"); and of ours, all that have to do with time,
topic and single members.
"""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, read as the facilitator reads it."""

    id: str
    remarks: tuple[Remark, ...]
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By the id of a message: the moves that its speaker made in this turn."""

    @property
    def length(self) -> timedelta:
        """From the first remark to the last one."""
        return self.remarks[-1].at - self.remarks[0].at

    def over(self, length: timedelta) -> "Talk":
        """Return the same talk stretched to a length."""
        by = length / max(self.length, timedelta(seconds=1))
        stretched = (replace(each, at=START + (each.at - START) * by) for each in self.remarks)
        return replace(self, remarks=tuple(stretched))


@dataclass(frozen=True, slots=True)
class Played:
    """What the facilitator decided in one conversation."""

    talk: Talk
    decisions: tuple[tuple[datetime, Decision], ...]


def cues_of(language: str = "en") -> Cues:
    """Return the cues as the product reads them."""
    words = Words()
    tables = (words.table(folder, language=language) or {} for folder in ("cues", "facilitation"))
    return read_cues({name: value for each in tables for name, value in each.items()})


def read(folder: Path, cues: Cues) -> Iterator[Talk]:
    """Yield the conversations of a set that have two remarks or more."""
    for line in (folder / "conversations.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        turns = [each for each in row["turns"] if each["speaker"]]
        if len(turns) > 1:
            yield _talk(row["id"], folder.name, turns, cues)


def _talk(name: str, source: str, turns: Sequence[Mapping[str, Any]], cues: Cues) -> Talk:
    numbers = {each: n for n, each in enumerate(sorted({each["speaker"] for each in turns}), 1)}
    by_id = {each["id"]: each["speaker"] for each in turns}
    times = _spoken(turns) if source in SPOKEN else _written(turns)
    remarks = []
    for at, turn in zip(times, turns, strict=True):
        speaker = turn["speaker"]
        told = [by_id[each] for each in turn.get("reply_to", ()) if each in by_id]
        answered = next((each for each in told if each != speaker), None) or _called(turn, numbers)
        remark = read_remark(
            str(turn["id"]),
            numbers[speaker],
            at,
            turn["text"],
            cues,
            replies_to=numbers.get(answered or ""),
            is_host=_is_host(speaker),
        )
        remarks.append(remark)
    labels: dict[object, set[str]] = {}
    for turn in turns:
        labels.setdefault(turn.get("turn_no"), set()).add(turn.get("label", ""))
    return Talk(
        name,
        tuple(remarks),
        {str(turn["id"]): frozenset(labels[turn.get("turn_no")]) for turn in turns},
    )


def _is_host(speaker: str) -> bool:
    return speaker in ("Teacher", "Project Manager") or "Chair" in speaker


def _called(turn: Mapping[str, Any], numbers: Mapping[str, int]) -> str | None:
    """Return whom a message names at its start, as people do in channels."""
    first = str(turn["text"]).split(maxsplit=1)
    name = first[0].rstrip(",:").lstrip("@") if first and first[0][-1] in ",:" else ""
    return name if name in numbers and name != turn["speaker"] else None


def _spoken(turns: Sequence[Mapping[str, Any]]) -> list[datetime]:
    at, times = START, []
    for turn in turns:
        at += timedelta(minutes=len(turn["text"].split()) / WORDS_A_MINUTE)
        times.append(at)
    return times


def _written(turns: Sequence[Mapping[str, Any]]) -> list[datetime]:
    """Return the times of a chat; several in one minute are spread over it, none goes back."""
    first: timedelta | None = None
    times: list[datetime] = []
    told = Counter(turn.get("time") for turn in turns)
    seen: Counter[str] = Counter()
    for turn in turns:
        given = turn.get("time")
        if not given:
            times.append(times[-1] if times else START)
            continue
        moment = _moment(given)
        if len(given) == len("00:00"):
            moment += timedelta(minutes=seen[given] / told[given])
            seen[given] += 1
        first = moment if first is None else first
        at = START + (moment - first)
        if times and at < times[-1] - timedelta(hours=12):
            first -= timedelta(days=1)
            at += timedelta(days=1)
        times.append(max(at, times[-1]) if times else at)
    return times


def _moment(given: str) -> timedelta:
    if "-" in given:
        return datetime.fromisoformat(given).replace(tzinfo=UTC) - datetime(2020, 1, 1, tzinfo=UTC)
    parts = [float(each) for each in given.split(":")] + [0.0]
    return timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])


def agenda_of(talk: Talk) -> Agenda:
    """Return the agenda that a talk would have had: as long as it was, with three questions."""
    return Agenda(talk.remarks[0].at, talk.remarks[-1].at + timedelta(minutes=1), rungs=3, leader=0)


def play(talk: Talk, *, joined: bool) -> Played:
    """Hear a talk and decide after each remark, and at each alarm between."""
    agenda, floor = agenda_of(talk), Floor()
    for remark in talk.remarks if joined else ():
        floor = floor.seated(remark.member, Mode.TAKE_PART)
    decided: list[tuple[datetime, Decision]] = []
    alarm: datetime | None = agenda.starts

    def look(floor: Floor, now: datetime) -> tuple[Floor, datetime | None]:
        decision = decide(floor, agenda, Budget(), now)
        decided.append((now, decision))
        if decision.kind is not Kind.HOLD:
            member, about = decision.member, decision.about
            floor = floor.said(decision.move, now, member=member, about=about)
        return floor, decision.next_look

    for remark in talk.remarks:
        while alarm is not None and alarm < remark.at:
            floor, alarm = look(floor, alarm)
        floor, alarm = look(floor.hear(remark), remark.at)
    while alarm is not None:
        floor, alarm = look(floor, alarm)
    return Played(talk, tuple(decided))


def answers(talk: Talk) -> list[datetime]:
    """Return when somebody answered somebody else: told so, or within three minutes of them."""
    found = []
    for number, each in enumerate(talk.remarks):
        before = talk.remarks[max(0, number - 20) : number]
        near = (other for other in before if each.at - other.at <= THREE_MINUTES)
        if each.replies_to is not None or any(other.member != each.member for other in near):
            found.append(each.at)
    return found


def cut_in(played: Played) -> int:
    """Count the posts, but the opening and the end, within three minutes after an answer."""
    times = answers(played.talk)
    count = 0
    for now, decision in played.decisions:
        if decision.kind is Kind.SPEAK and decision.move not in (Move.OPEN, Move.CLOSE):
            place = bisect_right(times, now)
            count += place > 0 and now - times[place - 1] <= THREE_MINUTES
    return count


def needless(played: Played) -> tuple[int, int]:
    """Return how many were invited, and how many of them would have spoken soon anyway."""
    soon = played.talk.length / 20
    invited = [(now, each.member) for now, each in played.decisions if each.move is Move.INVITE]
    spoke = sum(
        any(each.member == member and now < each.at <= now + soon for each in played.talk.remarks)
        for now, member in invited
    )
    return len(invited), spoke


def figures(plays: Sequence[Played]) -> dict[str, Any]:
    """Return what the decisions of some conversations come to."""
    hours = sum(each.talk.length.total_seconds() for each in plays) / 3600
    messages = sum(len(each.talk.remarks) for each in plays)
    made = [decision for each in plays for _, decision in each.decisions]
    kinds = Counter(each.kind for each in made)
    posts = [each for each in made if each.kind is Kind.SPEAK]
    questions = [each for each in posts if each.move not in (Move.OPEN, Move.CLOSE)]
    unasked = [each for each in posts if each.is_unasked]
    worst = max(
        sum(decision.is_unasked for _, decision in each.decisions) * 20 / len(each.talk.remarks)
        for each in plays
    )
    invited = [needless(each) for each in plays]
    ginis = [gini for each in plays if (gini := measure(each.talk.remarks).gini) is not None]
    return {
        "conversations": len(plays),
        "hours": hours,
        "messages": messages,
        "an hour": {str(kind): kinds[kind] / hours for kind in Kind},
        "posts on 20 messages": len(questions) * 20 / messages,
        "unasked on 20 messages": len(unasked) * 20 / messages,
        "unasked on 20 messages, most in one": worst,
        "cut in": sum(cut_in(each) for each in plays),
        "moves": Counter(str(each.move) for each in made if each.kind is not Kind.HOLD),
        "why held": Counter(str(each.reason) for each in made if each.kind is Kind.HOLD),
        "invited": sum(count for count, _ in invited),
        "needless": sum(count for _, count in invited),
        "gini": sum(ginis) / len(ginis) if ginis else None,
    }


def beside_hosts(talks: Sequence[Talk]) -> dict[str, dict[str, float]]:
    """Return how often a host soon spoke, or asked, where a rule had something to say, and anywhere."""
    counts: Counter[tuple[str, str]] = Counter()
    for talk in talks:
        if not any(each.is_host for each in talk.remarks):
            continue
        for number, move in _wished(talk):
            follows = talk.remarks[number + 1 : number + 1 + NEXT]
            hosts = [each for each in follows if each.is_host]
            for where in ("anywhere", *(("ours", str(move)) if move else ())):
                counts[where, "turns"] += 1
                counts[where, "spoke"] += bool(hosts)
                counts[where, "asked"] += any(each.is_question for each in hosts)
    return {
        where: {
            "turns": turns,
            "spoke": counts[where, "spoke"] / turns,
            "asked": counts[where, "asked"] / turns,
        }
        for (where, what), turns in counts.items()
        if what == "turns"
    }


def _wished(talk: Talk) -> Iterator[tuple[int, Move | None]]:
    """Yield after each remark of a member the move on what was said that a rule would like."""
    floor, agenda = Floor().said(Move.OPEN, START), agenda_of(talk)
    for number, remark in enumerate(talk.remarks):
        floor = floor.hear(remark)
        if remark.is_host:
            continue
        wished = proposals(Look(floor, agenda, Budget(), remark.at))
        on_words = (each.move for each in wished if each.about)
        yield number, next(on_words, None)


def beside_teachers(talks: Sequence[Talk]) -> dict[str, dict[str, float]]:
    """Return for each move how often the teacher's next turn held one of its kind, and anywhere."""
    counts: Counter[tuple[Move, str]] = Counter()
    for talk in talks:
        for number, wished in _wished(talk):
            if number + 1 >= len(talk.remarks) or not talk.remarks[number + 1].is_host:
                continue
            made = talk.labels[talk.remarks[number + 1].message]
            for move, kinds in OURS.items():
                is_theirs = not kinds.isdisjoint(made)
                counts[move, "turns"] += 1
                counts[move, "theirs"] += is_theirs
                counts[move, "ours"] += wished is move
                counts[move, "both"] += wished is move and is_theirs
    return {
        str(move): {
            "ours": counts[move, "ours"],
            "precision": counts[move, "both"] / max(1, counts[move, "ours"]),
            "recall": counts[move, "both"] / max(1, counts[move, "theirs"]),
            "anywhere": counts[move, "theirs"] / counts[move, "turns"],
        }
        for move in OURS
        if counts[move, "turns"]
    }


def noticed(talks: Sequence[Talk], labels: Mapping[str, str]) -> dict[str, float]:
    """Return how well a reason is noticed, on members' sentences that claim or give evidence."""
    judged = [
        (each.has_evidence, labels[f"{talk.id} {each.message}"] == "providing evidence")
        for talk in talks
        for each in talk.remarks
        if labels.get(f"{talk.id} {each.message}") in ("providing evidence", "making a claim")
        and not each.is_host
    ]
    both = sum(ours and theirs for ours, theirs in judged)
    return {
        "sentences": len(judged),
        "precision": both / max(1, sum(ours for ours, _ in judged)),
        "recall": both / max(1, sum(theirs for _, theirs in judged)),
        "anywhere": sum(theirs for _, theirs in judged) / max(1, len(judged)),
    }


def labels_of(folder: Path) -> dict[str, str]:
    """Return the label of each sentence of the labelled set."""
    rows = (folder / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        f"{row['id']} {turn['id']}": turn.get("label", "")
        for row in map(json.loads, rows)
        for turn in row["turns"]
    }


def run(data: Path, most: int, *, as_json: bool) -> int:
    """Measure all sets that are there; 1 where a bar was missed."""
    cues, whole = cues_of(), dict[str, dict[str, Any]]()
    for name in SETS:
        if not (data / name / "conversations.jsonl").is_file():
            if not as_json:
                print(f"{name}: skipped, {data / name} holds no conversations.jsonl")
            continue
        talks = list(read(data / name, cues))[: most or None]
        halves = zip(HALVES, (talks[::2], talks[1::2]), strict=True)
        for half, some in halves if name in TUNED else [("held out", talks)]:
            for pace in ("own pace", "a week") if some else ():
                paced = [each.over(WEEK) if pace == "a week" else each for each in some]
                plays = [play(each, joined=name in JOINED) for each in paced]
                whole[f"{name}, {half}, {pace}"] = figures(plays)
            if hosts := beside_hosts(some):
                whole[f"{name}, {half}, own pace"]["host"] = hosts
        if name == "talkmoves" and talks:
            told = whole["talkmoves, held out, own pace"]
            told["moves of teachers"] = beside_teachers(talks)
            told["reasons noticed"] = noticed(talks, labels_of(data / name))
    show(whole, as_json=as_json)
    return int(bool(missed(whole)))


def missed(whole: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what was worse than its bar."""
    found = []
    for name, each in whole.items():
        if each["unasked on 20 messages, most in one"] > 1:
            found.append(f"{name}: more than one unasked post on 20 messages")
        if each["cut in"]:
            found.append(f"{name}: {each['cut in']} posts within three minutes of an answer")
    return found


def show(whole: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> None:
    """Print the figures."""
    if as_json:
        print(json.dumps(whole, indent=2))
        return
    for name, each in whole.items():
        hour = ", ".join(f"{kind} {count:.2f}" for kind, count in each["an hour"].items())
        print(f"{name}: {each['conversations']} conversations, {each['messages']} messages")
        print(f"  an hour: {hour}")
        for what in ("posts on 20 messages", "unasked on 20 messages"):
            print(f"  {what}: {each[what]:.3f}")
        print(f"  most unasked on 20 messages: {each['unasked on 20 messages, most in one']:.2f}")
        print(f"  cut in: {each['cut in']}, invited {each['invited']}, needless {each['needless']}")
        for what in ("moves", "why held"):
            told = ", ".join(f"{key} {count}" for key, count in each[what].most_common())
            print(f"  {what}: {told}")
        for what in ("host", "moves of teachers", "reasons noticed"):
            for key, value in each.get(what, {}).items():
                print(f"  {what}: {key} {_told(value)}")
    for line in missed(whole):
        print(f"missed: {line}")


def _told(value: Mapping[str, float] | float) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each:.3g}" for key, each in value.items())
    return f"{value:.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the folder with the sets")
    parser.add_argument("--most", type=int, default=0, help="so many conversations a set")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    chosen = parser.parse_args(arguments)
    return run(chosen.data, chosen.most, as_json=chosen.json)


if __name__ == "__main__":
    sys.exit(main())
