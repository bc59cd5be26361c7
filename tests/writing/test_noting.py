"""What a leader's notes say by their headings."""

from datetime import UTC, date, datetime

import pytest

from learncomm_agent.writing.items import Coverage, Item, ItemKind, Method, Summary, Utterance
from learncomm_agent.writing.noting import arranged, named_first, read_notes

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LABELS = {
    "decisions": ItemKind.DECISION,
    "decision": ItemKind.DECISION,
    "to do": ItemKind.ACTION,
    "open": ItemKind.OPEN_QUESTION,
    "present": None,
}


class OnFridays:
    def due(self, text: str, at: datetime | None, zone: str | None = None) -> date | None:
        return date(2026, 1, 9) if "Friday" in text else None


def notes(*lines: str) -> list[Utterance]:
    return [Utterance(f"t{n}", "Ada", line, NOON) for n, line in enumerate(lines)]


def told(*lines: str) -> list[tuple[str, str | None, str]]:
    return [(each.utterance.id, each.kind, each.text) for each in read_notes(notes(*lines), LABELS)]


@pytest.mark.parametrize("heading", ["Decisions", "Decisions:", "## Decisions", "**Decisions:**"])
def test_what_stands_under_a_heading_is_of_its_kind(heading: str) -> None:
    assert told("Hello.", heading, "We meet on Mondays", "Time: nine", "Afterwards:", "Walk.") == [
        ("t1", None, ""),
        ("t2", "decisions", "We meet on Mondays"),
        ("t3", "decisions", "Time: nine"),
    ]


def test_a_word_in_front_tells_of_its_line_alone() -> None:
    assert told("Decision: no tea", "Free talk", "Present: Ann, Ben", "TO DO: sweep") == [
        ("t0", "decisions", "no tea"),
        ("t2", None, "Ann, Ben"),
        ("t3", "action_items", "sweep"),
    ]


def test_one_line_may_hold_several() -> None:
    line = "Decisions: we meet monthly. In short: yes. To do: Ben books it. Open: who greets?"
    assert told(line, "Hello. To do: sweep") == [
        ("t0", "decisions", "we meet monthly. In short: yes."),
        ("t0", "action_items", "Ben books it."),
        ("t0", "open_questions", "who greets?"),
    ]


def test_what_has_a_label_gives_way_to_it_and_the_rest_stays() -> None:
    lines = notes("We talked.", "To do:", "Ben: write by Friday", "I will ask")
    written = Summary(
        "T",
        Method.EXTRACTED,
        Coverage(4, 4),
        {
            ItemKind.OVERVIEW: (
                Item("We talked.", ("t0",), "We talked."),
                Item("To do", ("t1",), "To do"),
            ),
            ItemKind.ACTION: (Item("I will ask", ("t3",), "I will ask", owner="Ada"),),
        },
    )
    found = arranged(written, list(read_notes(lines, LABELS)), OnFridays(), ["Ben Miller", "Ada"])
    assert [item.text for item in found.items[ItemKind.OVERVIEW]] == ["We talked."]
    assert [(i.text, i.owner, i.due, i.quote) for i in found.items[ItemKind.ACTION]] == [
        ("write by Friday", "Ben Miller", date(2026, 1, 9), "Ben: write by Friday"),
        ("I will ask", "Ada", None, "I will ask"),
    ]
    assert set(found.items) == set(ItemKind)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ben: the list", ("Ben Miller", "the list")),
        ("ben miller – the list", ("Ben Miller", "the list")),
        ("Ben to book the room", ("Ben Miller", "Ben to book the room")),
        ("Benches: paint them", (None, "Benches: paint them")),
        ("Al: go", (None, "Al: go")),
        ("Kim: go", (None, "Kim: go")),
        ("Kim Lee: go", ("Kim Lee", "go")),
        ("Ben:", ("Ben Miller", "Ben:")),
        ("Somebody sweeps", (None, "Somebody sweeps")),
    ],
)
def test_who_a_task_begins_with(text: str, found: tuple[str | None, str]) -> None:
    assert named_first(text, ["Ben Miller", "Al Green", "Kim Lee", "Kim Park"]) == found
