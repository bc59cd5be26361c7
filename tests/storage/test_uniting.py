"""No table that names a member is passed over where two members become one, and rights stay with accounts."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from learncomm_agent.chat.people import AccountId, CommunityId, MemberId
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import (
    migrating,
    parting,
    schema_feedback,
    schema_growing,
    schema_linking,
    schema_matching,
    schema_nudges,
    schema_promises,
    schema_reading,
    schema_sessions,
    schema_sources,
    schema_writing,
    speakers,
    uniting,
)
from learncomm_agent.storage.schema import accounts, members, metadata, resources
from tests.storage.test_migrating import counts, filled, upgrade

TABLES = (
    schema_feedback.salts,
    schema_growing.goals,
    schema_linking.link_codes,
    schema_matching.profiles,
    schema_nudges.nudges,
    schema_promises.actions,
    schema_reading.thanks,
    schema_sessions.session_bases,
    schema_sources.feeds,
    schema_writing.votes,
)


def naming_members(known: sa.MetaData) -> set[str]:
    """Return the columns that refer to a member, or are called as if they did."""
    return {
        f"{table.name}.{column.name}"
        for table in known.tables.values()
        for column in table.columns
        if "member" in column.name
        or any(key.target_fullname == "members.id" for key in column.foreign_keys)
    }


def test_every_column_that_names_a_member_is_handled() -> None:
    assert all(table.name in metadata.tables for table in TABLES)
    handled = {f"{each.table.name}.{each.name}" for each in (*uniting.MOVED, *uniting.MERGED)}
    assert naming_members(metadata) == handled


def test_every_such_column_is_handled_where_an_account_is_taken_apart() -> None:
    there = parting.rooms_on(CommunityId(1), "fake")
    handled = {str(each) for each in parting.conditions(AccountId(1), there)}
    assert handled == naming_members(metadata) - {"accounts.member_id"}


def test_a_speaker_is_called_as_on_the_platform_of_whoever_reads(tmp_path: Path) -> None:
    file = filled(tmp_path / "kept.sqlite3", "0006")
    upgrade(file, migrating.HEAD)
    with sa.create_engine(f"sqlite:///{file}").begin() as conn:
        resource = ResourceId(conn.execute(sa.select(resources.c.id)).scalars().first() or 0)
        known = sa.select(accounts.c.member_id, accounts.c.name, accounts.c.platform)
        member, name, platform = conn.execute(known.order_by(accounts.c.id)).fetchall()[0]
        conn.execute(
            sa.update(members).where(members.c.id == member).values(name="Elsewhere", consent="in")
        )
        speakers.keep(conn, resource, {"Speaker 1": member})
        assert speakers.known(conn, resource, platform)["Speaker 1"].name == name
        assert speakers.known(conn, resource, "other")["Speaker 1"].name == ""
        assert speakers.called(conn, resource, ["Speaker 1"]) == {name}


def test_a_column_that_is_forgotten_would_be_found() -> None:
    other = sa.MetaData()
    sa.Table("members", other, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "gifts",
        other,
        sa.Column("by", sa.ForeignKey("members.id")),
        sa.Column("member_no", sa.Integer),
    )
    assert naming_members(other) == {"gifts.by", "gifts.member_no"}


def test_who_led_as_a_member_leads_by_their_accounts(tmp_path: Path) -> None:
    file = filled(tmp_path / "older.sqlite3", "0006")
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("UPDATE members SET is_leader = (id = 2)")
        conn.execute("UPDATE accounts SET member_id = 2 WHERE id = 3")
        conn.commit()
    before = counts(file)
    upgrade(file, migrating.HEAD)
    after = counts(file)
    assert {table: after[table] for table in before} == before
    with closing(sqlite3.connect(file)) as conn:
        leading = conn.execute("SELECT id, is_leader FROM accounts ORDER BY id").fetchall()
        assert leading == [(1, 0), (2, 1), (3, 1)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_two_chose_between_sessions_stands_once_and_the_stricter_holds(tmp_path: Path) -> None:
    file = filled(tmp_path / "kept.sqlite3", "0006")
    upgrade(file, migrating.HEAD)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with sa.create_engine(f"sqlite:///{file}").begin() as conn:
        conn.execute(sa.text("PRAGMA foreign_keys=ON"))
        person = {"community_id": 1, "consent": "in", "created_at": now}
        made = sa.insert(members).returning(members.c.id)
        into, gone, other = (
            MemberId(conn.execute(made, {**person, "name": name}).scalar_one()) for name in "abc"
        )
        pair = {"kind": "pair", "community_id": 1, "made_at": now}
        one, both = (
            conn.execute(
                sa.insert(schema_matching.matches).values(pair).returning(sa.text("id"))
            ).scalar_one()
            for _ in range(2)
        )
        profile = {"community_id": 1, "wants": "", "languages": [], "hours": [], "capacity": 1}
        for member, offers, is_open in ((into, "old", False), (gone, "new", True)):
            mine = {"member_id": member, "offers": offers, "is_open": is_open}
            changed = now if member == into else now + timedelta(days=1)
            row = {**profile, **mine, "changed_at": changed}
            conn.execute(sa.insert(schema_matching.profiles).values(row))
            quiet = {"member_id": member, "per_week": 1 + member, "stopped": [offers]}
            conn.execute(sa.insert(schema_nudges.quiet).values(**quiet, is_stopped=member == gone))
            nudge = {"community_id": 1, "member_id": member, "kind": "goals", "subject": 1}
            conn.execute(sa.insert(schema_nudges.nudges).values(**nudge, due=now))
        avoids = [(into, gone), (gone, other), (into, other), (other, gone), (other, into)]
        rows = [{"member_id": a, "other_id": b} for a, b in avoids]
        conn.execute(sa.insert(schema_matching.avoided), rows)
        met = [(one, into), (one, gone), (both, gone), (both, other)]
        roles = [{"match_id": a, "member_id": b, "role": "buddy"} for a, b in met]
        conn.execute(sa.insert(schema_matching.matched), roles)

        uniting.unite(conn, gone, into, lambda held: held)

        seen = conn.execute(sa.select(schema_matching.avoided)).all()
        assert set(map(tuple, seen)) == {(into, other), (other, into)}
        seen = conn.execute(
            sa.select(schema_matching.matched.c.match_id, schema_matching.matched.c.member_id)
        ).all()
        assert set(map(tuple, seen)) == {(both, into), (both, other)}
        found = conn.execute(sa.select(schema_matching.profiles)).one()
        assert (found.member_id, found.offers, found.is_open) == (into, "new", False)
        choice = conn.execute(sa.select(schema_nudges.quiet)).one()
        assert choice.is_stopped and choice.stopped == ["new", "old"]
        assert choice.per_week == 1 + min(into, gone)
        assert len(conn.execute(sa.select(schema_nudges.nudges)).all()) == 1
        assert conn.execute(sa.text("PRAGMA foreign_key_check")).all() == []

        parting_from = sa.insert(accounts).returning(accounts.c.id)
        there: dict[str, object] = {"community_id": 1, "platform": "x", "platform_id": "9"}
        account = conn.execute(
            parting_from, {**there, "is_bot": False, "member_id": into, "name": "d"}
        ).scalar_one()
        new = parting.part(conn, AccountId(account), now)
        seen = conn.execute(sa.select(schema_matching.avoided)).all()
        assert set(map(tuple, seen)) == {(into, other), (other, into), (new, other), (other, new)}
