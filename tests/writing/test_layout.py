from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from learncomm_agent.chat.messages import MessageId, MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Link, Listing, MessageLink
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.chat.rendering import plain
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.words import Words
from learncomm_agent.writing.layout import Layout, evidence_messages

REF = MessageRef(RoomRef(SpaceRef("fake", "home"), "hall"), "m1")
SAID: dict[str, Any] = {
    "text": "I will write the minutes.",
    "speaker": "Ann",
    "at": "2026-01-05T09:00:00+00:00",
    "owner": "Ann",
    "due": "2026-01-09",
}
CITED: dict[str, Any] = {
    "title": "Herons",
    "source": "herons.md",
    "place": "Nests",
    "shared_by": "Ben",
    "shared_at": "2026-01-05T23:30:00+00:00",
    "message": None,
    "text": "A heron stands still.",
}


def writing(kind: str, *lines: Line, **changes: Any) -> Writing:
    header = {
        "title": "What was said",
        "messages": 3,
        "read": 2,
        "skipped": [["command", 1]],
        "resources": [],
        "dropped": 0,
    }
    made = Writing(
        community=CommunityId(1),
        kind=kind,
        room=None,
        member=None,
        is_private=False,
        request={"about": "herons"},
        header=header,
        trace={},
        lines=lines,
    )
    return replace(made, **changes)


@pytest.fixture
def layout(words: Words) -> Layout:
    return Layout(words, "en", ZoneInfo("Europe/Berlin"))


def test_a_promise_names_owner_and_day_and_links_to_its_messages(layout: Layout) -> None:
    evidence = (Evidence("minutes", 0, message=MessageId(1)), Evidence("", 0, message=MessageId(2)))
    shown = writing("summary", Line("action_items", SAID, evidence))
    assert evidence_messages(shown) == {1, 2}
    blocks = layout.blocks(shown, {1: REF})
    text = plain(blocks)
    assert "- Ann, by January 9, 2026: I will write the minutes. (Ann, 10:00" in text
    assert "I read 2 of 3 messages. Left out: 1 to me." in text
    spans = [span for b in blocks if isinstance(b, Listing) for item in b.items for span in item]
    assert [span.ref for span in spans if isinstance(span, MessageLink)] == [REF]


def test_a_line_of_which_code_is_not_sure_bears_a_mark(layout: Layout) -> None:
    held = (Evidence("minutes", 0, message=MessageId(1)),)
    doubted = Line("decisions", {**SAID, "doubt": "doubt.translated"}, held)
    text = plain(layout.blocks(writing("summary", doubted), {}))
    mark = layout.phrase("doubt.translated")
    assert text.splitlines()[4].startswith("- I will write the minutes. (Ann, 10:00")
    assert text.splitlines()[4].endswith(f") ({mark})")


def test_what_leaders_made_of_lines_is_shown_and_said(layout: Layout) -> None:
    held = (Evidence("minutes", 0, message=MessageId(1)),)
    edited = Line("action_items", {**SAID, "text": "Ann <@1> writes.", "is_edited": True}, held)
    struck = Line("decisions", {**SAID, "is_struck": True}, ())
    added = Line("key_points", {"text": "We met.", "is_added": True, "n": 3}, ())
    text = plain(layout.blocks(writing("summary", edited, struck, added), {}))
    assert "- We met. (added by a leader)" in text and "- Ann <@1> writes. (Ann, 10:00" in text
    assert "Decisions" not in text and "no decisions" in text and "minutes" not in text
    assert "One line was edited by a leader." in text and "One line was added" in text


def test_a_summary_names_what_it_has_none_of_and_what_was_mentioned(layout: Layout) -> None:
    header = {**writing("summary").header, "dropped": 2}
    mentioned = Line("resources", {"text": "https://example.org"}, ())
    blocks = layout.blocks(writing("summary", mentioned, header=header), {})
    text = plain(blocks)
    assert "No key points, no insights, no decisions, no tasks, no open questions, and no" in text
    assert "2 lines did not match the messages, so I left them out." in text
    (listing,) = (block for block in blocks if isinstance(block, Listing))
    assert listing.items == ((Link("https://example.org", "https://example.org"),),)


def test_a_found_passage_tells_place_sharer_and_day_in_the_reader_s_zone(layout: Layout) -> None:
    shown = writing("search", Line("passages", CITED, ()), trace={"is_early": False})
    text = plain(layout.blocks(shown, {}))
    assert text == "1. Herons › Nests\nA heron stands still.\nshared by Ben, January 6, 2026"


def test_an_answer_by_words_alone_and_one_that_is_but_the_nearest_say_so(layout: Layout) -> None:
    early = writing("answer", Line("claims", {**CITED, "n": 1}, ()), trace={"is_early": True})
    assert "Found by words alone; search by meaning is not ready." in plain(
        layout.blocks(early, {})
    )
    assert "searched by words alone" in plain(layout.blocks(replace(early, lines=()), {}))
    asks = replace(early, kind="unanswered", lines=())
    assert "searched by words alone" in plain(layout.blocks(asks, {}))
    near = replace(early, trace={}, header={**early.header, "is_near": True})
    text = plain(layout.blocks(near, {}))
    assert text.startswith("The nearest that I have:") and "words alone" not in text


def test_a_passage_links_to_its_address_or_to_the_message_that_brought_it(layout: Layout) -> None:
    page = {**CITED, "source": "https://example.org/h"}
    brought = {**CITED, "message": 1}
    shown = writing("search", Line("passages", page, ()), Line("passages", brought, ()))
    assert evidence_messages(shown) == {1}
    blocks = layout.blocks(shown, {1: REF})
    spans = [span for b in blocks if isinstance(b, Listing) for item in b.items for span in item]
    assert [span for span in spans if isinstance(span, Link | MessageLink)] == [
        Link(CITED["title"], "https://example.org/h"),
        MessageLink("message", REF),
    ]


@pytest.mark.parametrize("kind", ["answer", "questions"])
@pytest.mark.parametrize("lines", [(), (Line("lines", CITED, ()),)])
def test_what_was_read_and_left_out_is_said(
    layout: Layout, kind: str, lines: tuple[Line, ...]
) -> None:
    header = {"method": "model", "why_extracted": "", "dropped": 3, "read": 2, "passages": 8}
    text = plain(layout.blocks(writing(kind, *lines, header=header), {}))
    assert "anguage model" in text
    assert "2 of 8 passages" in text
    assert " did not match the " in text.splitlines()[-1]
    whole = {**header, "read": 8, "dropped": 0}
    text = plain(layout.blocks(writing(kind, *lines, header=whole), {}))
    assert "I read" not in text
    assert "did not match" not in text


@pytest.mark.parametrize("kind", ["search", "answer"])
def test_nothing_found_is_said_in_one_sentence(layout: Layout, kind: str) -> None:
    text = plain(layout.blocks(writing(kind), {}))
    assert text.startswith("I found nothing on that")


@pytest.mark.parametrize("kind", ["search", "answer", "questions", "summary"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_lines_that_are_gone_are_counted(words: Words, kind: str, language: str) -> None:
    layout = Layout(words, language, ZoneInfo("UTC"))
    text = plain(layout.blocks(writing(kind, lost=2), {}))
    assert text.splitlines()[-1].startswith("2 ")


def test_words_of_members_are_shown_as_they_are(layout: Layout) -> None:
    odd = {**CITED, "title": "{{ 7*7 }}", "text": "{% raw %} @everyone", "shared_by": "{{ who }}"}
    text = plain(layout.blocks(writing("answer", Line("claims", odd, ())), {}))
    assert "{% raw %} @everyone ({{ 7*7 }} › Nests)" in text
    found = plain(layout.blocks(writing("search", Line("passages", odd, ())), {}))
    assert "shared by {{ who }}, " in found
