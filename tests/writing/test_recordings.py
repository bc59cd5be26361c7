"""From a record to lines that rest on spans of it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.library.resources import Place, ResourceId, ResourceKind
from learncomm_agent.storage.speakers import Record
from learncomm_agent.writing.items import Coverage, Item, ItemKind, Method, Skipped, Summary
from learncomm_agent.writing.recordings import (
    Recording,
    noted,
    recorded,
    recording_header,
    recording_lines,
    transcript_of_recording,
)

TEXT = (
    "Circle of today\n\nAnn: I will bake a cake.\nS2: Good. See https://a.example/b, all.\nS2: Ann!"
)
BERLIN = ZoneInfo("Europe/Berlin")


def record(text: str = TEXT, kind: ResourceKind = ResourceKind.TEXT) -> Record:
    places = ((0, Place()), (17, Place(("1:02:03",))))
    return Record(ResourceId(7), "a.txt", kind, "A", text, 4, places, MessageId(9))


def recording(**changes: object) -> Recording:
    held = record()
    values = {"turns": recorded(held), "day": date(2026, 1, 5), "zone": BERLIN, **changes}
    return Recording(held, somebody="Somebody", **values)  # type: ignore[arg-type]


def summary(*items: Item) -> Summary:
    return Summary(
        "T",
        Method.EXTRACTED,
        Coverage(3, 3),
        {ItemKind.ACTION: items},
        ("https://a.example/b", "https://elsewhere.example"),
    )


def test_a_line_rests_on_the_words_in_the_record() -> None:
    item = Item("A cake.", ("t1", "t2"), "bake a cake", owner="Ann", due=date(2026, 1, 6))
    said, link = recording_lines(summary(item), recording())
    held = [(each.resource, each.revision, TEXT[each.start : each.end]) for each in said.evidence]
    assert held == [(7, 4, "bake a cake"), (7, 4, "Good. See https://a.example/b, all.")]
    assert all(each.quote == TEXT[each.start : each.end] for each in said.evidence)
    assert said.content["minute"] == "1:02:03"
    assert (said.content["owner"], said.content["due"]) == ("Ann", "2026-01-06")
    assert said.content["message"] == 9
    (mentioned,) = link.evidence
    assert TEXT[mentioned.start : mentioned.end] == link.content["text"] == "https://a.example/b"


def test_speakers_are_called_as_the_leader_said_and_nobody_owns_what_somebody_promised() -> None:
    made = transcript_of_recording(
        recording(names={"S2": "Ben"}, left_out=2), "T", language="en", timezone="UTC"
    )
    assert [each.speaker for each in made.utterances] == ["Ann", "Ben", "Ben"]
    assert made.skipped == (Skipped("not_kept", 2), Skipped("heading", 1))
    (said, *_) = recording_lines(summary(Item("x", ("t1",), "cake", "Somebody")), recording())
    assert said.content["owner"] is None


def test_all_of_it_was_said_on_one_day() -> None:
    turns = transcript_of_recording(recording(), "T", language="en", timezone="UTC").utterances
    assert {each.at for each in turns} == {datetime(2026, 1, 5, 11, tzinfo=UTC)}


def test_notes_are_read_line_by_line_in_the_name_of_whoever_took_them() -> None:
    text = "- Ben: never\n\n1. We agreed.\n  * [x] done"
    held = record(text)
    lines = noted(held)
    assert [each.text for each in lines] == ["Ben: never", "We agreed.", "done"]
    assert all(text[each.start : each.end] == each.text for each in lines)
    notes = Recording(held, lines, date(2026, 1, 5), BERLIN, whose="Ada")
    made = transcript_of_recording(notes, "T", language="en", timezone="UTC", prepared=("Plan",))
    assert {each.speaker for each in made.utterances} == {"Ada"}
    assert made.prepared == ("Plan",)
    assert recording_header(summary(), notes)["of"] == "notes"
