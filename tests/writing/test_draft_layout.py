"""A draft as leaders are shown it: numbers that stay, and controls that fit, however long it is."""

from datetime import UTC, datetime

import pytest

from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.chat.outgoing import Choices, Feature, Menu, Outgoing
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.chat.rendering import plain, plan
from learncomm_agent.storage.drafts import Draft, State, is_published_by, published_key, view_key
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.testing.platform import EVERYTHING
from learncomm_agent.words import Words
from learncomm_agent.writing.draft_layout import draft_blocks
from learncomm_agent.writing.layout import Layout

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HALL = RoomRef(SpaceRef("fake", "home"), "hall")


def draft(state: State = State.OPEN) -> Draft:
    return Draft(12, CommunityId(1), state, None, NOW, RoomId(1), None, None)


def writing(count: int, *struck: int) -> Writing:
    lines = [
        Line(
            "key_points",
            {"text": f"Point {n}", "n": n, "is_added": True, "is_struck": n in struck},
            (),
            id=100 + n,
        )
        for n in range(1, count + 1)
    ]
    header = {"title": "What was said", "messages": 3, "read": 3, "skipped": []}
    return Writing(
        CommunityId(1), "summary", RoomId(1), None, False, {}, header, {}, tuple(lines), id=12
    )


@pytest.fixture
def layout(words: Words) -> Layout:
    return Layout(words, "en", UTC)


@pytest.mark.parametrize(
    ("count", "lists"),
    [(1, ["edit_line:12", "strike:12"]),
     (25, ["edit_line:12", "strike:12"]),
     (26, ["edit_line:12", "edit_line:12:26", "strike:12", "strike:12:26"]),
     (80, ["edit_line:12", "edit_line:12:26", "strike:12", "strike:12:26"])],
)  # fmt: skip
def test_controls_fit_below_a_draft_of_any_length(
    layout: Layout, count: int, lists: list[str]
) -> None:
    blocks = draft_blocks(layout, writing(count), {}, draft(), "hall")
    menus = [block for block in blocks if isinstance(block, Menu)]
    assert [menu.id for menu in menus] == lists
    assert all(len(menu.options) <= 25 for menu in menus)
    planned = plan(Outgoing(HALL, blocks, "k"), EVERYTHING, lambda some: len(plain(some)))
    assert {Feature.BUTTONS, Feature.MENU}.isdisjoint(note.feature for note in planned.downgrades)


def test_a_struck_line_keeps_its_place_and_is_in_no_list(layout: Layout) -> None:
    blocks = draft_blocks(layout, writing(3, 2), {}, draft(), "hall")
    assert "2. Left out: Point 2" in plain(blocks)
    menus = [block for block in blocks if isinstance(block, Menu)]
    assert [[option.id for option in menu.options] for menu in menus] == [["101", "103"]] * 2
    (buttons,) = (block for block in blocks if isinstance(block, Choices))
    assert [each.id for each in buttons.options] == ["publish:12", "undo:12", "drop:12"]


@pytest.mark.parametrize(
    ("state", "buttons"),
    [(State.PUBLISHED, ["undo:12"]), (State.DROPPED, [])],
)
def test_what_is_decided_is_not_decided_again(
    layout: Layout, state: State, buttons: list[str]
) -> None:
    blocks = draft_blocks(layout, writing(2), {}, draft(state), "hall")
    found = [each.id for block in blocks if isinstance(block, Choices) for each in block.options]
    assert found == buttons
    assert ("Point" in plain(blocks)) is (state is State.PUBLISHED)


def test_posts_of_a_draft_are_told_apart_by_keys_that_every_platform_takes() -> None:
    wide = view_key(2**28 - 1, 2**28 - 1, NOW)  # type: ignore[arg-type]
    assert len(wide) <= 25 and len(published_key(2**40, NOW)) <= 25
    assert is_published_by(draft(), published_key(12, NOW))
    assert not is_published_by(draft(), view_key(12, None, NOW))
    assert not is_published_by(draft(), published_key(13, NOW))
