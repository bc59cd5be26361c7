"""Everything about a member is found, taken along, and gone: on every platform, in every table and file."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import MemberId
from learncomm_agent.community import dossier
from learncomm_agent.storage import state
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import accounts, audit, items, members, metadata, writings
from learncomm_agent.storage.schema_growing import goals
from learncomm_agent.storage.schema_matching import avoided, matched, matches, profiles
from learncomm_agent.storage.schema_nudges import nudged, nudges, quiet
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.embedder import HashingEmbedder
from tests.library.test_forgetting import files_that_hold, minutes_later

WORD = "xanthoquill"
NAME = "Zebulonia Quarx"


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data, embedder=HashingEmbedder) as circle:
        yield circle


def refers(column: sa.Column[Any]) -> bool:
    """Whether a column leads to a member or an account, or is called as if it did."""
    named = "member" in column.name or "account" in column.name
    keys = {key.target_fullname for key in column.foreign_keys}
    return named or not keys.isdisjoint(("members.id", "accounts.id"))


def test_no_column_that_leads_to_a_member_is_passed_over() -> None:
    there = {str(each) for table in metadata.tables.values() for each in table.c if refers(each)}
    listed = [str(each) for keeper in dossier.KEEPERS for each in keeper.columns]
    assert sorted(listed) == sorted(there)


def test_a_column_that_is_forgotten_would_be_found() -> None:
    other = sa.MetaData()
    sa.Table("accounts", other, sa.Column("id", sa.Integer, primary_key=True))
    gifts = sa.Table("gifts", other, sa.Column("by", sa.ForeignKey("accounts.id")))
    assert refers(gifts.c.by)


async def member_of(circle: Circle, person: Person) -> int:
    mine = sa.select(accounts.c.member_id).where(accounts.c.name == person.name)
    return await circle.agent.house.database.read(lambda conn: conn.execute(mine).scalar_one())


async def lived(circle: Circle) -> Person:
    """Let somebody do all that leaves something of them."""
    zeb = circle.person(NAME)
    hall = circle.hall
    said = await zeb.says(f"I will water the {WORD} by Friday.", hall)
    await circle.ben.says("We decided to buy seeds. Who can fetch the seeds?", hall)
    await zeb.asks(f"share The {WORD} blooms at night, near the pond.", hall)
    await zeb.asks(f"search {WORD}", hall)
    await zeb.sends("ask", hall, question=f"When does the {WORD} bloom?")
    await circle.ben.sends("thank", hall, message=said.id, why="for the watering")
    await circle.ann.publishes("summary", hall)
    member, ben = await member_of(circle, zeb), await member_of(circle, circle.ben)

    def fill(conn: sa.Connection) -> None:
        now, community = circle.clock.now(), circle.agent.community.id
        line = conn.execute(
            sa.select(items.c.id, writings.c.room_id)
            .join(writings)
            .where(writings.c.kind == "summary", items.c.content["speaker"].as_string() == "Ben")
        ).first()
        assert line is not None
        changed = {"owner": NAME, "text": "Buy seeds", "due": None}
        held = sa.select(items.c.content).where(items.c.id == line.id)
        content = {**conn.execute(held).scalar_one(), **changed}
        conn.execute(
            sa.update(items).where(items.c.id == line.id).values(content=content, section="action")
        )
        conn.execute(
            sa.insert(actions).values(
                community_id=community,
                room_id=line.room_id,
                item_id=line.id,
                owner_id=member,
                added_by=member,
                state="open",
                made_at=now,
                changed_at=now,
            )
        )
        conn.execute(
            sa.insert(goals).values(
                community_id=community,
                member_id=member,
                text=f"Grow a {WORD}",
                state="open",
                made_at=now,
                changed_at=now,
                is_suggested=False,
            )
        )
        conn.execute(
            sa.insert(profiles).values(
                member_id=member,
                community_id=community,
                offers=WORD,
                wants="",
                languages=["en"],
                hours=[],
                capacity=1,
                is_open=True,
                changed_at=now,
            )
        )
        conn.execute(
            sa.insert(avoided),
            [{"member_id": member, "other_id": ben}, {"member_id": ben, "other_id": member}],
        )
        made = sa.insert(matches).values(community_id=community, kind="pair", made_at=now)
        match = conn.execute(made.returning(matches.c.id)).scalar_one()
        both = [{"match_id": match, "member_id": each, "role": "buddy"} for each in (member, ben)]
        conn.execute(sa.insert(matched), both)
        due = now + timedelta(days=300)
        about = {"community_id": community, "member_id": member}
        conn.execute(sa.insert(nudges).values(**about, kind="goals", subject=1, due=due))
        conn.execute(sa.insert(nudged).values(**about, kinds=["goals"], sent_at=now))
        conn.execute(sa.insert(quiet).values(member_id=member, stopped=[], is_stopped=False))

    await circle.agent.house.database.write(fill)
    return zeb


def shown_files(person: Person) -> dict[str, str]:
    """Return the files of the newest post that a person sees, by name."""
    blocks = person.answers()[-1].blocks
    return {each.name: each.content.decode() for each in blocks if isinstance(each, File)}


async def test_what_is_taken_along_is_whole_and_nobody_else_s(circle: Circle) -> None:
    zeb = await lived(circle)
    said = await zeb.sends("me", circle.hall)
    for told in (
        "one learning goal",
        "one thank-you to or from you",
        "one promise",
        f"{NAME} (fake)",
    ):
        assert told in said
    answer = await zeb.presses("Export")
    assert "2 files" in answer
    files = shown_files(zeb)
    assert sorted(files) == ["me.json", "me.md"]
    assert not any(post.private_to is None for post in zeb.answers()[-1:])
    found = json.loads(files["me.json"])
    assert set(found) == {"community", "made_at", "about", *filled(found)}
    assert found["goals"][0]["text"] == f"Grow a {WORD}"
    assert found["thanks"][0]["from"] == "Ben"
    assert found["help"][0]["not_with"] == ["Ben"], "who avoids them is theirs to know alone"
    assert found["promises"][0]["text"] == "Buy seeds"
    assert found["messages"][0]["at"].endswith("+00:00")
    for words in (f"Grow a {WORD}", "Ben", "by Friday"):
        assert words in files["me.md"]
    assert "fetch the seeds" not in "".join(files.values()), "what another said to all"


def filled(found: dict[str, Any]) -> set[str]:
    nouns = {keeper.noun for keeper in dossier.KEEPERS}
    return nouns.intersection(found)


async def test_nothing_of_who_is_erased_stands_anywhere(circle: Circle) -> None:
    folder = circle.agent.settings.data
    zeb = await lived(circle)
    member = await member_of(circle, zeb)
    asked = await zeb.sends("me", circle.hall, what="erase")
    assert f"as {NAME} (fake)" in asked and "can't be undone" in asked
    assert "what others wrote about you" in asked
    assert files_that_hold(folder, WORD), "asking changes nothing"
    receipt = await zeb.presses("Yes, erase everything")
    assert receipt.startswith("It is gone: ")
    for told in ("one learning goal", "one thank-you to or from you", "me consent=out", "backups"):
        assert told in receipt
    await minutes_later(circle)
    await minutes_later(circle)

    for needle in (WORD, NAME, zeb.account.ref.id):
        if len(needle) > 5:
            assert files_that_hold(folder, needle) == [], needle
    assert await circle.agent.house.database.read(lambda conn: left_of(conn, member)) == []
    assert await circle.agent.house.database.read(dead_letters) == []
    shown = circle.ben.seen_in(circle.hall)
    assert not any(WORD in post.text for post in shown), "posts are edited"
    summary = next(post.text for post in reversed(shown) if "What was" in post.text)
    assert "removed here at a member's request" in summary
    assert NAME not in summary, "who is to do it is nobody now"
    acts = await circle.agent.house.database.read(
        lambda conn: conn.execute(sa.select(audit.c.action, audit.c.account_id)).all()
    )
    assert ("erase", None) in [tuple(row) for row in acts]


def left_of(conn: sa.Connection, member: int) -> list[str]:
    """Return the columns in which a member stands."""
    columns = [each for keeper in dossier.KEEPERS for each in keeper.columns]
    theirs = [each for each in columns if "account" not in each.name]
    found = [
        str(each)
        for each in (*theirs, members.c.id)
        if conn.execute(sa.select(each).where(each == member)).first() is not None
    ]
    for name in ("items", "sessions"):
        column = metadata.tables[name].c.content
        is_named = sa.cast(column, sa.Text).contains(NAME)
        found += [name] if conn.execute(sa.select(column).where(is_named)).first() else []
    return found


async def test_who_writes_again_is_somebody_new_and_may_stay_out(circle: Circle) -> None:
    zeb = circle.person(NAME)
    await zeb.says(f"The {WORD} blooms.", circle.hall)
    before = await member_of(circle, zeb)
    await zeb.sends("me", circle.hall, what="erase")
    assert await zeb.presses("Yes, erase everything")
    await zeb.sends("me", circle.hall, consent="out")
    assert await member_of(circle, zeb) > before
    await zeb.says("Nothing of this is kept.", circle.hall)
    said = await zeb.sends("optout", circle.hall)
    assert said.startswith("I keep nothing of what you write")


async def test_only_who_asked_can_say_yes(circle: Circle) -> None:
    zeb = circle.person(NAME)
    await zeb.says(f"The {WORD} blooms.", circle.hall)
    await zeb.sends("me", circle.hall, what="erase")
    post = zeb.answers()[-1]
    member = await member_of(circle, zeb)
    for choice in (f"erase_me:{member}", "erase_me:", "erase_me:x", "me:", "me:drop"):
        said = await circle.ben.chooses(choice, post.ref)
        assert "It is gone" not in said
    assert files_that_hold(circle.agent.settings.data, WORD)


async def test_a_session_goes_on_without_who_led_it_and_took_part(circle: Circle) -> None:
    zeb = circle.person(NAME, is_leader=True)
    await zeb.sends("session", circle.hall, what="start book-club weeks: 2")
    await zeb.presses("Begin")
    for person in (zeb, circle.ben):
        await person.sends("session", circle.hall, what="join")
    await circle.ann.sends("session", circle.hall, what="next")
    for person in (zeb, circle.ben):
        await person.sends("session", circle.hall, what=f"add The {WORD} of {person.name}")
    shown = await circle.ann.sends("session", circle.hall, what="status")
    assert "suggests" in shown
    member = await member_of(circle, zeb)
    found = await circle.agent.house.database.read(
        lambda conn: dossier.of_member(conn, MemberId(member))["sessions"]
    )
    assert [each["text"] for each in found[0]["entries"]] == [f"The {WORD} of {NAME}"]
    await zeb.sends("me", circle.hall, what="erase")
    await zeb.presses("Yes, erase everything")
    await circle.clock.advance(3600)
    await circle.settle()
    assert "suggests" in await circle.ann.sends("session", circle.hall, what="status")
    await circle.ann.sends("session", circle.hall, what="next")
    await circle.clock.advance(40 * 86_400)
    await circle.settle()
    database = circle.agent.house.database
    assert await database.read(dead_letters) == []
    assert await database.read(lambda conn: left_of(conn, member)) == []
    assert NAME not in "".join(post.text for post in circle.ben.seen_in(circle.hall))


@pytest.mark.parametrize("said", ["me erase", "me Alles löschen", "me what=erase"])
async def test_it_is_asked_for_in_words_too(circle: Circle, said: str) -> None:
    await circle.ben.sends("me", circle.hall, language="de")
    assert "nicht rückgängig machen" in await circle.ben.asks(said, circle.hall)
    assert "(fake)" in await circle.ben.sends("me", circle.hall), "nothing is gone yet"
    assert "Mitnehmen" in circle.ben.answers()[-1].text


async def test_the_receipt_names_until_when_backups_hold_it(circle: Circle) -> None:
    await circle.ben.says("The heron waits.", circle.hall)
    assert "if whoever runs me makes any" in await circle.ben.sends("me", circle.hall, what="erase")
    assert "what you set up" not in circle.ben.answers()[-1].text
    assert "what you set up" in await circle.ann.sends("me", circle.hall, what="erase")
    now = circle.clock.now()
    await circle.agent.house.database.write(lambda conn: state.put(conn, state.BACKUP, {}, now))
    receipt = await circle.ben.presses("Yes, erase everything")
    assert "backups made before January 5, 2026 or on that day" in receipt, receipt
