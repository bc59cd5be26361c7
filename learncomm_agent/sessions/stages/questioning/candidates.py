"""Where the questions of a stage come from: the ladder of the playbook, members, what was written, a bank."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.parameters import drop, number, texts
from learncomm_agent.sessions.stages.written import Written
from learncomm_agent.sessions.state import Entry
from learncomm_agent.sessions.walking import seconds

LEAST = 3
"""No stage opens with fewer questions."""
MOST = 20
"""A leader may bring a list to so many."""
COUNT = 5
GENERAL = (
    "session.ask.general.1",
    "session.ask.general.2",
    "session.ask.general.3",
    "session.ask.general.4",
    "session.ask.general.5",
    "session.ask.general.6",
)
"""Questions that fit everything: two ladders of three, so that two weeks in a row differ."""
MARK, WISH = "session.ask.mark", "session.ask.wish"
"""What is asked about a place that a member marked, and about what they said where they might have asked."""
_CLOSING = ' "”“»«)'
SOURCES = ("members", "notes", "library", "patterns", "model")
DEFAULT_SOURCES = SOURCES[:-1]
FILLERS = frozenset({"fallback", "general"})
"""What makes room where something better comes late."""
LABELS = {"general": "general", "patterns": "general", "model": "memory", "memory": "memory"}
"""By what it is labelled, or where it comes from: how a question is labelled for all."""


def sources(scene: Scene) -> tuple[str, ...]:
    """Return where questions come from beside the ladder, in their order."""
    told = texts(scene, "sources") or DEFAULT_SOURCES
    return tuple(each for each in told if each in SOURCES)


def count(scene: Scene) -> int:
    """Return how many questions are wanted, a ladder at least."""
    wanted = min(number(scene, "count", COUNT, least=LEAST), MOST)
    return max(wanted, len(texts(scene, "questions")))


def span(scene: Scene, name: str) -> float:
    """Return a duration in seconds; 0 where there is none."""
    return max(0.0, seconds(scene.session, scene.stage.params.get(name)) or 0.0)


def put_ladder(scene: Scene) -> None:
    """Put the questions of the playbook, or of the leader, into the list."""
    is_asked = isinstance(scene.stage.params.get("questions"), str)
    for text in texts(scene, "questions"):
        put(scene, text, "lead" if is_asked else "ladder")


def put_members(scene: Scene) -> None:
    """Put members' questions into the list, and ask about what they marked, as far as there is room.

    First what most wish to be taken up, then one of each member, so that nobody fills the list alone.
    No name goes with them, unless who asked said so.
    """
    for entry in by_turns(brought(scene)):
        if len(scene.entries()) >= count(scene):
            return
        phrase = asked_within(entry)
        if not phrase and not (entry.what == "question" or is_question(entry)):
            continue  # only something to write questions about
        put(
            scene,
            entry.text,
            "members",
            by=entry.by,
            messages=() if entry.message is None else (entry.message,),
            phrase=phrase,
            more={
                "of": entry.id,
                **({"named": "yes"} if entry.fields.get("named") in (True, "yes") else {}),
            },
        )


def is_question(entry: Entry) -> bool:
    """Whether what somebody wrote asks something by itself."""
    return entry.text.rstrip(_CLOSING).endswith("?")


def asked_within(entry: Entry) -> str:
    """Return the phrase within which an entry becomes a question; empty where it is one already."""
    if is_question(entry):
        return ""
    if entry.what == "question":
        return WISH if entry.text.rstrip(_CLOSING).endswith((".", "!", "…")) else ""
    return MARK if entry.what == "highlight" else ""


def brought(scene: Scene) -> tuple[Entry, ...]:
    """Return what members put into the stage that this one takes from, since this one last asked."""
    stage, visit = scene.stage.params.get("from"), scene.session.visit
    if "members" not in sources(scene):
        return ()
    mine = (each for each in scene.session.entries.values() if each.stage == scene.stage.name)
    earlier = (found for each in mine if (found := each.fields.get("visit", 0)) != visit)
    asked_at = max(earlier, default=-1)
    found = scene.entries(str(stage)) if stage else ()
    return tuple(each for each in found if each.fields.get("visit", 0) > asked_at)


def by_turns(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Return entries, the most wished for first, then one of each member in turn."""
    turns: defaultdict[int | None, int] = defaultdict(int)
    ranked = []
    for entry in entries:
        turn = 0 if entry.by is None else turns[entry.by]
        turns[entry.by] += 1
        ranked.append((-len(entry.backers), turn, entry.place, entry.id, entry))
    return [each[-1] for each in sorted(ranked, key=lambda each: each[:-1])]


def put_written(scene: Scene, lines: Iterable[Written]) -> None:
    """Put what was written into the list, as far as there is room."""
    for line in lines:
        if len(scene.entries()) >= count(scene):
            return
        put(
            scene,
            line.text,
            line.source,
            label=LABELS.get(line.label) or LABELS.get(line.source, ""),
            messages=line.messages,
            more=line.grounds,
        )


def make_room(scene: Scene) -> None:
    """Take out what only fills the list and no leader has touched."""
    gone = {
        each.id
        for each in scene.entries()
        if each.fields.get("source") in FILLERS and not each.fields.get("is_touched")
    }
    drop(scene, gone)


def fill_up(scene: Scene) -> None:
    """Fill the list with what the playbook has for it, and with general questions up to a ladder."""
    for text in texts(scene, "fallback"):
        if len(scene.entries()) < count(scene):
            put(scene, text, "fallback")
    start = LEAST * scene.round % len(GENERAL)
    bank = [*GENERAL[start:], *GENERAL[:start]]
    # What a leader struck comes back only where nothing else is left.
    for is_again in (False, True):
        for key in bank:
            if len(scene.entries()) < LEAST:
                put(scene, "", "general", label="general", phrase=key, is_again=is_again)


def put(
    scene: Scene,
    text: str,
    source: str,
    *,
    by: int | None = None,
    label: str = "",
    messages: tuple[int, ...] = (),
    phrase: str = "",
    more: Mapping[str, Any] | None = None,
    is_again: bool = False,
) -> Entry | None:
    """Put a question at the end of the list; None where it stands there already, or was struck."""
    there = scene.entries()
    known = there if is_again else [e for e in scene.session.entries.values() if _is_here(scene, e)]
    fields: dict[str, Any] = {"source": source, "label": label, **(more or {})}
    of = fields.get("of")
    for each in known:
        is_taken = of is not None and each.fields.get("of") == of
        if is_taken or same(text, phrase) == same(each.text, each.phrase):
            return None
    if messages:
        fields["messages"] = list(messages)
    place = max((each.place for each in there), default=0) + 1
    row = messages[0] if messages else None
    entry = scene.put("question", text, by=by, message=row, fields=fields, place=place)
    if phrase:
        entry = replace(entry, phrase=phrase)
        scene.change(entry)
    return entry


def same(text: str, phrase: str = "") -> tuple[str, str]:
    """Return what two questions that are written alike have in common."""
    letters = (each for each in text.casefold() if each.isalnum() or each.isspace())
    return " ".join("".join(letters).split()), phrase


def _is_here(scene: Scene, entry: Entry) -> bool:
    is_of_visit = entry.fields.get("visit") == scene.session.visit
    return entry.stage == scene.stage.name and is_of_visit
