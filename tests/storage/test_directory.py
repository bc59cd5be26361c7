"""What is remembered of rooms and accounts is what is on disk."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, Consent, SpaceRef
from learncomm_agent.storage import communities, members, rooms, spaces
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory, KnownAccount
from learncomm_agent.testing.clock import ManualClock

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SPACE = SpaceRef("fake", "home")
HALL = Room(RoomRef(SPACE, "hall"), "Hall", is_read=True)
ANN = Account(AccountRef("fake", "ann"), "Ann")


def join(conn: Connection, space: SpaceRef) -> CommunityId:
    return communities.ensure(
        conn, space.id, name="Home", language="en", timezone="UTC", now=NOW
    ).id


@pytest.fixture
def directory() -> Directory:
    return Directory(ManualClock(), join, lambda ref: ref.id == "lea")


class TakenBackError(Exception):
    """What a test ends a transaction with."""


async def test_what_was_taken_back_is_not_remembered(
    database: Database, directory: Directory
) -> None:
    def fail(conn: Connection) -> None:
        room = directory.room(conn, HALL)
        directory.account(conn, room.community, ANN)
        raise TakenBackError

    with pytest.raises(TakenBackError):
        await database.write(fail)

    def write(conn: Connection) -> tuple[str, str]:
        room = directory.room(conn, HALL)
        account = directory.account(conn, room.community, ANN)
        return rooms.get(conn, room.id).name, members.get(conn, account.member).name

    assert await database.write(write) == ("Hall", "Ann")


async def test_a_new_name_that_was_taken_back_is_not_remembered(
    database: Database, directory: Directory
) -> None:
    first = await database.write(lambda conn: directory.room(conn, HALL))
    renamed = replace(HALL, name="Great Hall")

    def fail(conn: Connection) -> None:
        directory.room(conn, renamed)
        raise TakenBackError

    with pytest.raises(TakenBackError):
        await database.write(fail)
    known = await database.write(lambda conn: directory.known_room(conn, HALL.ref))
    assert known == first
    again = await database.write(lambda conn: directory.room(conn, renamed))
    assert again.id == first.id
    assert await database.read(lambda conn: rooms.get(conn, first.id)) == renamed


async def test_a_room_keeps_its_row_and_is_known_after_a_restart(
    database: Database, directory: Directory
) -> None:
    known = await database.write(lambda conn: directory.room(conn, HALL))
    later = Directory(ManualClock(), join, lambda ref: False)
    assert await database.write(lambda conn: later.known_room(conn, HALL.ref)) == known
    assert await database.write(lambda conn: later.room(conn, HALL)) == known
    other = RoomRef(SPACE, "other")
    assert await database.write(lambda conn: later.known_room(conn, other)) is None


async def test_the_settings_make_an_account_a_leader(
    database: Database, directory: Directory
) -> None:
    lea = Account(AccountRef("fake", "lea"), "Lea")

    def write(conn: Connection) -> tuple[bool, bool]:
        community = join(conn, SPACE)
        found = [directory.account(conn, community, each).member for each in (lea, ANN)]
        return members.get(conn, found[0]).is_leader, members.get(conn, found[1]).is_leader

    assert await database.write(write) == (True, False)


async def test_a_role_leads_in_the_space_in_which_it_was_chosen_also_after_a_restart(
    database: Database, directory: Directory
) -> None:
    other = SpaceRef("fake", "other")
    lea = Account(AccountRef("fake", "lea"), "Lea")
    mod = replace(ANN, roles=frozenset({"mods", "readers"}))

    def choose(conn: Connection) -> None:
        directory.room(conn, HALL)
        directory.choose_leader_roles(conn, SPACE, frozenset({"mods"}))

    def fail(conn: Connection) -> None:
        directory.choose_leader_roles(conn, SPACE, frozenset({"readers"}))
        raise TakenBackError

    assert not directory.leads(mod, SPACE)
    await database.write(choose)
    with pytest.raises(TakenBackError):
        await database.write(fail)
    later = Directory(ManualClock(), join, lambda ref: ref.id == "lea")
    await database.read(later.open)
    for known in (directory, later):
        assert known.leader_roles(SPACE) == {"mods"} and known.leader_roles(other) == frozenset()
        assert known.leads(mod, SPACE) and not known.leads(mod, other)
        assert not known.leads(ANN, SPACE) and known.leads(lea, other)
    await database.write(lambda conn: directory.choose_leader_roles(conn, SPACE, frozenset()))
    assert not directory.leads(mod, SPACE)
    assert await database.read(spaces.leader_roles) == {}


async def test_an_account_that_has_but_other_roles_costs_no_look_up(
    database: Database, directory: Directory
) -> None:
    community = await database.write(lambda conn: join(conn, SPACE))
    ann = await database.write(lambda conn: directory.account(conn, community, ANN))
    mod = replace(ANN, roles=frozenset({"mods"}), since=NOW)
    asked: list[str] = []

    def see(conn: Connection) -> list[KnownAccount]:
        listen = ("before_cursor_execute", lambda conn, cursor, sql, *rest: asked.append(sql))
        sa.event.listen(conn, *listen)
        try:
            return [directory.account(conn, community, each) for each in (mod, mod, ANN)]
        finally:
            sa.event.remove(conn, *listen)

    found = await database.write(see)
    assert found == [replace(ann, account=mod), replace(ann, account=mod), ann] and asked == []


async def test_a_new_consent_holds_for_what_is_written_next_in_the_same_commit(
    database: Database, directory: Directory
) -> None:
    community = await database.write(lambda conn: join(conn, SPACE))

    def see(conn: Connection) -> KnownAccount:
        return directory.account(conn, community, ANN)

    ann = await database.write(see)

    def write(conn: Connection) -> Consent:
        members.set_consent(conn, ann.member, Consent.OUT)
        directory.forget_account(conn, ann.member)
        return see(conn).consent

    assert await database.write(write) is Consent.OUT
    assert (await database.write(see)).consent is Consent.OUT


async def test_a_consent_that_was_taken_back_is_not_remembered(
    database: Database, directory: Directory
) -> None:
    community = await database.write(lambda conn: join(conn, SPACE))
    ann = await database.write(lambda conn: directory.account(conn, community, ANN))

    def fail(conn: Connection) -> None:
        members.set_consent(conn, ann.member, Consent.OUT)
        directory.forget_account(conn, ann.member)
        directory.account(conn, community, ANN)
        raise TakenBackError

    with pytest.raises(TakenBackError):
        await database.write(fail)
    assert await database.write(lambda conn: directory.account(conn, community, ANN)) == ann


async def test_who_is_named_stays_as_they_are_known(
    database: Database, directory: Directory
) -> None:
    leader = replace(ANN, is_leader=True, roles=frozenset({"guide"}))
    new = Account(AccountRef("fake", "ben"), "Ben")

    def write(conn: Connection) -> None:
        community = directory.space(conn, SPACE)
        met = directory.account(conn, community, leader)
        assert directory.named(conn, community, Account(ANN.ref, "Anne")) == (met.id, met.member)
        assert members.get(conn, met.member).is_leader
        assert members.get(conn, met.member).name == "Ann"
        directory.choose_leader_roles(conn, SPACE, frozenset({"guide"}))
        named = directory.named(conn, community, new)
        assert directory.named(conn, community, new) == named
        assert directory.led(community, new.ref, SPACE) is None

    await database.write(write)
    community = await database.write(lambda conn: directory.space(conn, SPACE))
    assert directory.holders(community, SPACE).keys() == {ANN.ref}
