"""What somebody takes along is whole, in however many files it has to come."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from learncomm_agent.chat.outgoing import File
from learncomm_agent.community.dossier_files import Cover, files

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
COVER = Cover("Ponds", NOON, ZoneInfo("Europe/Berlin"), "About *me*", "All of it.")


class Plain:
    """Says what there is as it is, so that what is said where can be told."""

    def noun(self, noun: str) -> str:
        return noun.upper()

    def field(self, name: str) -> str:
        return f"the {name}"

    def value(self, name: str, value: Any) -> str:
        return f"{value:%d %B, %H:%M}" if isinstance(value, datetime) else str(value)


def made(count: int, max_bytes: int, text: str = "The heron # stands | _still_.") -> list[File]:
    messages = [
        {"at": NOON, "room": "hall", "text": f"{text} {n}", "files": []} for n in range(count)
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "messages": messages,
        "goals": [{"since": NOON.isoformat(), "goal": "wait"}],
        "votes": [],
    }
    found = files(rows, COVER, Plain(), max_bytes)
    assert found is not None
    return found


@pytest.mark.parametrize("max_bytes", [1_000_000, 9_000, 4_000])
def test_each_file_fits_and_all_together_hold_everything(max_bytes: int) -> None:
    found = made(60, max_bytes)
    assert all(len(each.content) <= max_bytes for each in found)
    as_json = [json.loads(each.content) for each in found if each.name.endswith(".json")]
    numbers = [row["text"] for part in as_json for row in part.get("messages", ())]
    assert numbers == [f"The heron # stands | _still_. {n}" for n in range(60)]
    text = "".join(each.content.decode() for each in found if each.name.endswith(".md"))
    assert all(f"\\_still\\_. {n}\n" in text for n in range(60))
    assert len({each.name for each in found}) == len(found)
    assert (len(found) == 2) == (max_bytes == 1_000_000)


def test_moments_are_those_of_the_reader_s_zone_whoever_wrote_them_down() -> None:
    one, two = made(1, 100_000)
    found = json.loads(one.content)
    assert found["messages"][0]["at"] == found["goals"][0]["since"] == "2026-07-01T14:00:00+02:00"
    text = two.content.decode()
    assert "## MESSAGES" in text and "- 01 July, 14:00 · hall: The heron" in text
    assert "the since: 01 July, 14:00" in text


def test_what_only_programs_need_stands_in_the_json_alone() -> None:
    row = {"text": "rest", "state": "open", "id": 4711, "entries": [{"id": 4712, "kind": "note"}]}
    found = files({"goals": [row]}, COVER, Plain(), 100_000)
    assert found is not None
    as_json, text = (each.content.decode() for each in found)
    assert json.loads(as_json)["goals"] == [row]
    assert "471" not in text and "the entries:\n    - the kind: note" in text


@pytest.mark.parametrize(
    ("count", "max_bytes", "text"), [(400, 2_000, "x" * 50), (1, 500, "y" * 900)]
)
def test_what_does_not_fit_is_no_half_of_it(count: int, max_bytes: int, text: str) -> None:
    rows = {"messages": [{"at": NOON, "text": text} for _ in range(count)]}
    assert files(rows, COVER, Plain(), max_bytes) is None


def test_what_is_broken_is_taken_along_all_the_same() -> None:
    (one, two) = made(1, 100_000, "half \ud800 a\nline\x00")
    assert b"half" in one.content and b"half" in two.content
