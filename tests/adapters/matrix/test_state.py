"""What a room is, from events that may hold anything."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_matrix.directory.state import CREATOR, RoomState, moment

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)
TYPES = [
    *("create", "name", "member", "join_rules", "power_levels", "history_visibility"),
    *("canonical_alias", "server_acl", "encryption", "tombstone", "pinned_events", "redaction"),
]
FIELDS = [
    *("name", "membership", "join_rule", "allow", "users", "events", "pinned", "via", "deny"),
    *("history_visibility", "room_version", "predecessor", "additional_creators", "redacts"),
]
STATES = st.sampled_from([f"m.room.{each}" for each in TYPES] + ["m.space.child", "m.space.parent"])


def event(type: str, content: Any, key: Any = "", **more: Any) -> dict[str, Any]:
    return {"type": type, "state_key": key, "sender": "@ada:one", "content": content, **more}


def of(*events: dict[str, Any]) -> RoomState:
    state = RoomState("!room")
    for each in events:
        state.apply(each)
    return state


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            STATES,
            st.dictionaries(st.sampled_from(FIELDS), ANY) | ANY,
            st.sampled_from(["", "@ada:one", None, 7]),
            st.dictionaries(st.sampled_from(["unsigned", "origin_server_ts", "sender"]), ANY),
        )
    )
)
def test_nothing_that_is_told_breaks_it(told: list[Any]) -> None:
    state = of(*(event(type, content, key, **more) for type, content, key, more in told))
    assert isinstance(state.power("@eve:bad"), int)
    assert isinstance(state.name, str)
    assert state.joined <= state.members.keys()
    state.needed("m.room.message")


@pytest.mark.parametrize(
    ("version", "creator", "other"), [("12", CREATOR, 50), ("11", 0, 50), ("9", 0, 50)]
)
def test_who_made_a_room_has_its_power_for_good_since_version_12(
    version: str, creator: int, other: int
) -> None:
    create = event("m.room.create", {"room_version": version, "creator": "@ada:one"})
    assert of(create).power("@ada:one") >= 100
    assert of(create).power("@ben:one") == 0
    levels = event("m.room.power_levels", {"users": {"@ben:one": 50}})
    assert of(create, levels).power("@ada:one") == creator
    assert of(create, levels).power("@ben:one") == other


@pytest.mark.parametrize("level", ["90", True, None, [90], 90.5])
def test_a_level_that_is_no_number_gives_no_power(level: object) -> None:
    create = event("m.room.create", {"room_version": "11"})
    levels = event("m.room.power_levels", {"users": {"@eve:bad": level}})
    assert of(create, levels).power("@eve:bad") == 0


def test_a_name_changes_and_the_coming_stays() -> None:
    def member(name: str, at: int, **unsigned: Any) -> dict[str, Any]:
        content = {"membership": "join", "displayname": name}
        return event("m.room.member", content, "@ben:one", origin_server_ts=at, unsigned=unsigned)

    state = of(member("Ben", 1000), member("Benjamin", 2000))
    assert (state.members["@ben:one"].name, state.members["@ben:one"].since_ms) == (
        "Benjamin",
        1000,
    )
    was = {"membership": "join", "displayname": "Ben"}
    assert of(member("Benjamin", 2000, prev_content=was)).members["@ben:one"].since_ms is None
    assert of(member("Ben", 2000, replaces_state="$x")).members["@ben:one"].since_ms is None


def test_a_place_in_a_space_goes_with_its_event() -> None:
    child = event("m.space.child", {"via": ["one"]}, "!a", event_id="$c")
    state = of(child)
    assert state.children["!a"].is_listed
    state.apply({"type": "m.room.redaction", "redacts": "$c", "content": {}})
    assert not state.children["!a"].is_listed


@pytest.mark.parametrize(
    ("told", "hides"),
    [
        *(("shared", False), ("world_readable", False), (None, False)),
        *(("joined", True), ("invited", True), (7, True), ("odd", True)),
    ],
)
def test_a_past_that_is_not_surely_open_is_hidden(told: object, hides: bool) -> None:
    state = of(event("m.room.history_visibility", {"history_visibility": told}))
    assert state.hides_past is hides


@pytest.mark.parametrize("told", [10**30, -(10**30), True, "1", None, float("nan")])
def test_a_moment_that_is_none(told: object) -> None:
    assert moment(told) is None
