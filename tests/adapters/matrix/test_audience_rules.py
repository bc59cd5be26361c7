"""The rules of who reads what, against a model that asks everyone one by one."""

import itertools
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_matrix.audience.rules import Rules
from learncomm_matrix.directory.state import RoomState

ROOMS = ["!a", "!b", "!c", "!d"]
UNKNOWN = ["!x", "!y"]
ME = "@bot:one"
NAMED = ["@ada:one", "@ben:two", "@eve:bad"]
EVERYBODY = [*NAMED, "@stranger:one", "@stranger:two", "@stranger:bad"]
ACLS = [None, {"allow": ["*"], "deny": ["b?d"]}, {"allow": ["*"]}, {"allow": ["one"]}]


def made(
    id: str,
    rule: str,
    *,
    allow: tuple[str, ...] = (),
    visibility: str = "shared",
    members: Mapping[str, str] | None = None,
    acl: object = None,
    federated: bool = True,
    version: str = "11",
) -> RoomState:
    state = RoomState(id)
    allowed = [{"type": "m.room_membership", "room_id": each} for each in allow]
    told = [
        ("m.room.create", "", {"room_version": version, "m.federate": federated}),
        ("m.room.join_rules", "", {"join_rule": rule, "allow": allowed}),
        ("m.room.history_visibility", "", {"history_visibility": visibility}),
        *(("m.room.member", each, {"membership": how}) for each, how in (members or {}).items()),
        ("m.room.member", ME, {"membership": "join"}),
    ]
    if acl is not None:
        told.append(("m.room.server_acl", "", acl))
    for type, key, content in told:
        state.apply({"type": type, "state_key": key, "sender": "@ada:one", "content": content})
    return state


@st.composite
def worlds(draw: st.DrawFn, *, gates: bool) -> dict[str, RoomState]:
    membership = st.sampled_from(["join", "invite", "ban", "leave", None])
    found = {}
    for id in ROOMS:
        members = {each: how for each in NAMED if (how := draw(membership)) is not None}
        found[id] = made(
            id,
            draw(st.sampled_from(["public", "invite", "knock", "restricted", "knock_restricted"])),
            allow=tuple(draw(st.lists(st.sampled_from(ROOMS + UNKNOWN), max_size=3))),
            visibility=draw(st.sampled_from(["shared"] * 4 + ["world_readable", "joined"])),
            members=members,
            acl=draw(st.sampled_from(ACLS)) if gates else None,
            federated=draw(st.booleans()) if gates else True,
            version=draw(st.sampled_from(["11", "11", "9", "5"])),
        )
    return found


def lets(room: RoomState, user: str) -> bool:
    server = user.partition(":")[2]
    if not room.is_federated and server != "one":
        return False
    if room.acl is None:
        return True
    allow, deny = room.acl
    return ("*" in allow or server in allow) and not (deny and server == "bad")


def inside(world: Mapping[str, RoomState], user: str, elsewhere: frozenset[str]) -> set[str]:
    """Return the rooms that somebody is in or can come into, trying every door until none opens."""
    there = {
        id
        for id, room in world.items()
        if user in room.members and room.members[user].membership in ("join", "invite")
    } | (elsewhere & world.keys())
    first = {"restricted": 8, "knock_restricted": 10}
    while True:
        more = {
            id
            for id, room in world.items()
            if id not in there
            and user not in room.banned
            and lets(room, user)
            and (
                room.join_rule == "public"
                or (
                    room.join_rule in first
                    and int(room.version) >= first[room.join_rule]
                    and set(room.allowed) & (there | elsewhere)
                )
            )
        }
        if not more:
            return there
        there |= more


def truly(world: Mapping[str, RoomState], here: str, there: str) -> bool:
    if here == there:
        return True
    # Whoever is in two rooms more reads no less than with one of them.
    for elsewhere in ((), *((each,) for each in (*ROOMS, *UNKNOWN) if each != here)):
        for user in EVERYBODY:
            rooms = inside(world, user, frozenset(elsewhere))
            reads = here in rooms or world[here].visibility == "world_readable"
            past = world[there].visibility
            sees = (there in rooms and past != "joined") or (
                past == "world_readable" and user.endswith(":one")
            )
            if reads and not sees:
                return False
    return True


@settings(max_examples=100, deadline=None)
@given(worlds(gates=False))
def test_the_answer_is_that_of_asking_everyone(world: dict[str, RoomState]) -> None:
    rules = Rules(world, ME)
    for here, there in itertools.product(ROOMS, ROOMS):
        assert rules.implies(here, there) == truly(world, here, there), (here, there)


@settings(max_examples=100, deadline=None)
@given(worlds(gates=True))
def test_with_servers_kept_out_it_is_never_too_wide(world: dict[str, RoomState]) -> None:
    rules = Rules(world, ME)
    for here, there in itertools.product(ROOMS, ROOMS):
        assert not rules.implies(here, there) or truly(world, here, there), (here, there)
        for user in EVERYBODY:
            if rules.sure(there).has(user):
                rooms = inside(world, user, frozenset())
                assert there in rooms or world[there].visibility == "world_readable"


def test_what_is_not_known_is_read_by_nobody_and_reads_nothing() -> None:
    empty = RoomState("!empty")
    world = {"!empty": empty, "!a": made("!a", "public")}
    rules = Rules(world, ME)
    assert not rules.implies("!empty", "!a")
    assert not rules.implies("!a", "!empty")
    assert not rules.implies("!nowhere", "!a")


def test_a_version_that_nobody_knows_lets_in_nobody_knows_whom() -> None:
    odd = {id: made(id, "restricted", allow=("!s",), version="org.odd") for id in ("!o", "!p")}
    world = {**odd, "!s": made("!s", "public"), "!all": made("!all", "public")}
    rules = Rules(world, ME)
    assert rules.implies("!o", "!all")
    assert not rules.implies("!all", "!o")
    assert not rules.implies("!o", "!p")


def test_rings_of_many_spaces_are_looked_through_quickly() -> None:
    ids = [f"!{each}" for each in range(40)]
    world = {
        id: made(id, "restricted", allow=tuple(ids), acl={"allow": ["*"], "deny": [f"s{id[1:]}"]})
        for id in ids
    }
    world["!open"] = made("!open", "public")
    world["!in"] = made("!in", "restricted", allow=(*ids, "!open"))
    rules = Rules(world, ME)
    assert rules.implies("!0", "!in")
    assert not rules.implies("!in", "!0")
