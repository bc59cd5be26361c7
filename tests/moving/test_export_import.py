"""A library goes into a folder and comes back: all of it, under its ids, once, and nothing that may not."""

import asyncio
import json
import os
import shutil
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import Account, AccountRef, Consent
from learncomm_agent.errors import LibraryError, NotFoundError, StorageError, UsageError
from learncomm_agent.library.resources import Reading, ResourceKind, Section, Share
from learncomm_agent.moving import exporting, folders
from learncomm_agent.moving.importing import Imported
from learncomm_agent.storage import consents, members, messages, schema
from tests.moving.conftest import ANN, BEN, HALL, OUT, QUIET, THEN, Home, Opens, people, tree


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """What `home` gives when it is exported; made once."""
    return shutil.copytree(exported, tmp_path / "out")


def without_answers(folder: Path) -> dict[str, bytes]:
    """Return the files of an export, but for the one that is never imported."""
    files = tree(folder)
    assert b"- Up. (A page)" in files.pop("answers/6-where-to.md")
    return files


async def test_into_an_empty_store_and_out_again_gives_the_same_bytes(
    folder: Path, opens: Opens, tmp_path: Path
) -> None:
    async with opens("other") as other:
        made = await other.bring(folder)
        assert made == Imported(added=4, messages=3)
        await other.export(tmp_path / "again")
        assert tree(tmp_path / "again") == without_answers(folder)
        found = await other.rows("SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH 'kite'")
        assert len(found) == 2, "full text is made again"
        waiting = await other.rows("SELECT name FROM work WHERE done_at IS NULL")
        assert ("index",) in [tuple(row) for row in waiting], "vectors are due"


async def test_importing_twice_adds_nothing(folder: Path, opens: Opens) -> None:
    async with opens("other") as other:
        await other.bring(folder)
        before = await other.dump()
        assert await other.bring(folder) == Imported(known=4)
        assert await other.dump() == before


async def test_a_room_that_a_leader_opened_there_is_to_be_opened_anew(
    folder: Path, opens: Opens
) -> None:
    def opened(library: dict[str, Any]) -> None:
        (hall,) = (each for each in library["rooms"] if each["id"] == HALL)
        hall["reading"] = True

    edit("library.json", opened)(folder)
    async with opens("other") as other:
        assert await other.bring(folder) == Imported(added=4, messages=3)
        hall = await other.rows(f"SELECT is_read, reading FROM rooms WHERE id = {HALL}")
        assert [tuple(row) for row in hall] == [(0, None)]


async def test_into_the_store_that_it_came_from_it_adds_nothing(home: Home, folder: Path) -> None:
    before = await home.dump()
    assert await home.bring(folder) == Imported(known=4)
    assert await home.dump() == before


async def test_taken_ids_get_the_next_free_ones_and_everything_still_belongs_together(
    folder: Path, opens: Opens
) -> None:
    async with opens("other") as other:
        mine = [Reading(f"m{n}", ResourceKind.TEXT, f"M{n}", (Section(f"{n}"),)) for n in (1, 2)]
        await other.add(mine, Share())

        def others(conn: sa.Connection) -> None:
            people(conn, other.community)
            # The same people and rooms by other ids than where the export comes from.
            conn.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
            for table in ("rooms", "members", "accounts", "messages"):
                conn.execute(sa.text(f"UPDATE {table} SET id = id + 50"))
            for table, column in (
                *(("accounts", "member_id"), ("messages", "account_id"), ("messages", "room_id")),
            ):
                conn.execute(sa.text(f"UPDATE {table} SET {column} = {column} + 50"))

        await other.database.write(others)
        assert await other.bring(folder) == Imported(added=4, renumbered=2)
        assert await other.bring(folder) == Imported(known=4)
        ids = [row[0] for row in await other.rows("SELECT id FROM resources ORDER BY id")]
        assert ids == [1, 2, 3, 4, 5, 6]
        shares = await other.rows(
            "SELECT title, source, room_id, member_id, message_id FROM (SELECT r.title, r.source,"
            " s.* FROM shares s JOIN resources r ON r.id = s.resource_id WHERE room_id > 0)"
        )
        assert {(row[0][:3], *row[1:]) for row in shares} == {
            ("Our", "guide.pdf", 51, 52, None),
            ("---", "note:1", 53, 51, None),
            ("Ann", "message:51:m1", 51, 52, 51),
            ("A p", "https://example.org/a", 52, 51, 55),
        }


async def test_people_read_it_and_find_who_shared_what_and_why(folder: Path) -> None:
    files = tree(folder)
    (guide,) = (text.decode() for name, text in files.items() if name.startswith("resources/1-"))
    assert 'by: "Bén"' in guide and 'room: "the hall/..: CON"' in guide
    assert "\n# Our guide: “how” we meet …\n" in guide
    assert "\n## Doors\n\nKnock twice.\n\n# not a heading\n" in guide
    assert "\n<!-- 2 -->\n" in guide
    day = files["conversations/1-the-hall-con/2026-03-29.md"].decode()
    assert day.startswith("# the hall/..: CON, 2026-03-29\n\n**Ann**, 01:30\n\nHi, kites!\n")
    assert "**Bén**, 03:30\n\ntwo\n\nlines\n" in day, "the clock is that of the community's zone"
    assert files["README.md"] == b"Read me.\n"


async def test_members_who_opted_out_are_nowhere_in_it(folder: Path) -> None:
    content = b"".join(tree(folder).values())
    for hidden in (b"Oda", b"secret", b"Sam"):
        assert hidden not in content
    assert b"Ann" in content
    assert content.count(b'"u3"') == 1, "but for the account, so that it stays so"


async def test_who_opted_out_where_it_came_from_is_out_here_too(folder: Path, opens: Opens) -> None:
    async with opens("other") as other:
        await other.bring(folder)
        account = Account(AccountRef("fake", "u3"), "Oda")

        def met(conn: sa.Connection) -> tuple[Consent, str]:
            _, id = members.ensure_account(conn, other.community, account, THEN)
            known = members.get(conn, id)
            return known.consent, known.name

        assert await other.database.write(met) == (Consent.OUT, "Oda")


async def test_what_somebody_chose_here_holds_whatever_a_folder_says(
    folder: Path, opens: Opens
) -> None:
    async with opens("other") as other:

        def here(conn: sa.Connection) -> None:
            people(conn, other.community)
            members.set_consent(conn, OUT, Consent.IN)

        await other.database.write(here)
        before = await other.rows("SELECT * FROM messages WHERE account_id = 3")
        await other.bring(folder)
        assert await other.rows("SELECT consent FROM members WHERE id = 3") == [("in",)]
        assert await other.rows("SELECT * FROM messages WHERE account_id = 3") == before


async def test_who_is_named_as_out_and_as_a_member_is_out(folder: Path, opens: Opens) -> None:
    ben = {"platform": "fake", "platform_id": "u2"}
    await asyncio.to_thread(library(out=[ben]), folder)
    async with opens("other") as other:
        await other.bring(folder)
        shared = await other.rows("SELECT DISTINCT member_id FROM shares")
        assert {row[0] for row in shared} == {None, ANN}


@pytest.mark.skipif(os.name == "nt", reason="modes are of other systems")
async def test_only_the_owner_may_read_it(exported: Path) -> None:
    for path in (exported, *exported.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600)


async def test_what_is_there_is_never_written_over(home: Home, tmp_path: Path) -> None:
    taken, link, file = tmp_path / "taken", tmp_path / "link", tmp_path / "file"
    taken.mkdir()
    (taken / "mine").write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    file.write_text("mine")
    for target in (taken, link, file):
        with pytest.raises(UsageError) as failed:
            await home.export(target)
        assert failed.value.advice.phrase == "error.moving_taken"
    (tmp_path / "empty").mkdir()
    assert (await home.export(tmp_path / "empty")).resources == 4
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "empty",
        "file",
        "home",
        "link",
        "taken",
    ]


async def test_a_failed_export_leaves_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "write", full)
    with pytest.raises(StorageError):
        await home.export(tmp_path / "out")
    with pytest.raises(NotFoundError) as failed:
        await asyncio.to_thread(
            lambda: exporting.export(home.database, "no", tmp_path / "out", "", progress=print)
        )
    assert failed.value.advice.values["known"] == ["readers"]
    assert [each.name for each in tmp_path.iterdir()] == ["home"]


async def test_words_that_were_changed_by_hand_are_the_next_revision(
    home: Home, folder: Path, opens: Opens
) -> None:
    note = folder / "resources" / "2.md"
    text = note.read_text()
    note.write_text(text.replace("kites fly", "zebras run\n\n## Later\n\nLions sleep."))
    async with opens("other") as other:
        assert (await other.bring(folder)).added == 4
        assert await other.bring(folder) == Imported(known=4)
        assert await _note(other) == [("---", 1, ["Later"])]
    assert await home.bring(folder) == Imported(known=3, revised=1)
    assert await home.bring(folder) == Imported(known=4)
    assert await _note(home) == [("---", 1, ["Later"])]
    assert await home.rows("SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH 'zebra'")
    integrity = "INSERT INTO chunks_fts(chunks_fts, rank) VALUES('integrity-check', 1)"
    await home.database.write(lambda conn: conn.execute(sa.text(integrity)))


async def _note(home: Home) -> list[tuple[str, int, list[str]]]:
    rows = await home.rows(
        "SELECT r.title, r.revision, c.place FROM resources r JOIN chunks c ON c.resource_id = r.id"
        " WHERE r.source = 'note:1' ORDER BY c.ordinal DESC LIMIT 1"
    )
    return [(row[0], row[1], json.loads(row[2])["headings"]) for row in rows]


async def test_what_stands_above_the_words_and_how_lines_end_does_not_matter(
    folder: Path, opens: Opens, tmp_path: Path
) -> None:
    await asyncio.to_thread(shutil.copytree, folder, tmp_path / "untouched")
    for path in (folder / "resources").iterdir():
        text = path.read_text().replace("\nkind: ", "\nkind: !!python/object:os.system ")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode().replace(b"\n", b"\r\n"))
    async with opens("other") as other:
        assert (await other.bring(folder)).added == 4
        await other.export(tmp_path / "again")
    assert tree(tmp_path / "again") == without_answers(tmp_path / "untouched")


async def test_who_opted_out_here_and_what_was_deleted_here_stays_away(
    folder: Path, opens: Opens
) -> None:
    async with opens("other") as other:

        def here(conn: sa.Connection) -> None:
            people(conn, other.community)
            conn.execute(sa.delete(schema.messages))
            members.set_consent(conn, BEN, Consent.OUT)
            messages.bury(conn, other.community, QUIET, "m5", THEN)

        await other.database.write(here)
        made = await other.bring(folder)
        assert made == Imported(added=2, left_out=2, messages=1)
        shared = await other.rows("SELECT DISTINCT member_id FROM shares")
        assert {row[0] for row in shared} == {None, ANN}
        assert await other.rows("SELECT member_id FROM feeds") == [(None,)]
        texts = await other.rows("SELECT text FROM messages WHERE state = 'kept'")
        assert [row[0] for row in texts] == ["Hi, kites!"]
        # Choosing *in* again brings nothing back: nor does an import.
        await other.database.write(lambda conn: members.set_consent(conn, BEN, Consent.IN))
        back = THEN + timedelta(days=9999)
        await other.database.write(lambda conn: consents.came_back(conn, BEN, Consent.OUT, back))
        assert await other.bring(folder) == Imported(known=2, left_out=2)


async def test_conversations_are_cut_again_from_their_messages(folder: Path, opens: Opens) -> None:
    async with opens("other") as other:
        await other.bring(folder)
        waiting = await other.rows("SELECT args FROM work WHERE name = 'windows'")
        days = [json.loads(row[0]) for row in waiting]
        assert {"room": HALL, "day": "2026-03-29"} in days


def edit(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Return what changes a JSON file of an export."""

    def apply(folder: Path) -> None:
        path = folder / name
        record = json.loads(path.read_text())
        change(record)
        path.write_text(json.dumps(record))

    return apply


def library(**values: Any) -> Callable[[Path], None]:
    return edit("library.json", lambda record: record.update(values))


def resource(**values: Any) -> Callable[[Path], None]:
    return edit("library.json", lambda record: record["resources"][1].update(values))


def put(name: str, content: bytes) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return apply


def filed(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


def linked(folder: Path) -> None:
    path = folder / "resources" / "2.md"
    path.unlink()
    path.symlink_to("/etc/passwd")


def linked_folder(folder: Path) -> None:
    shutil.move(folder / "resources", folder / "elsewhere")
    (folder / "resources").symlink_to(folder / "elsewhere")


def piped(folder: Path) -> None:
    (folder / "resources" / "2.md").unlink()
    os.mkfifo(folder / "resources" / "2.md")


def sparse(name: str, size: int) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        os.truncate(folder / name, size)

    return apply


LINES = "messages/1-the-hall-con.jsonl"
HOSTILE = [
    ("import_not_ours", lambda folder: (folder / "library.json").unlink()),
    ("import_not_ours", lambda folder: shutil.rmtree(folder)),
    ("import_not_ours", filed),
    ("import_broken", put("library.json", b"")),
    ("import_broken", put("library.json", b"[" * 100_000)),
    ("import_broken", put("library.json", b'{"format": "learncomm-library", "version": 1}')),
    ("import_broken", put("library.json", b"\xff\xfe")),
    ("import_broken", library(format="something")),
    ("moving_version", library(version=2)),
    ("import_broken", library(resources={})),
    ("import_broken", library(rooms=[])),
    ("import_broken", edit("library.json", lambda it: it["rooms"].append(it["rooms"][0]))),
    ("import_broken", library(out=[{"platform": "fake"}])),
    ("import_broken", resource(id=2**62)),
    ("import_broken", resource(id=True)),
    ("import_broken", resource(kind="weapon")),
    ("import_broken", resource(kind="answer")),
    ("import_broken", resource(kind="conversation")),
    ("import_broken", resource(title="\ud800")),
    ("import_broken", resource(added_at="0001-01-01T00:00:00+10:00")),
    ("import_broken", resource(added_at="yesterday")),
    ("import_broken", resource(parts=[{"start": 5, "end": 10**9}])),
    ("import_broken", resource(parts=[{"start": 9, "end": 12}, {"start": 3, "end": 6}])),
    ("import_unsafe", resource(file="../../etc/passwd")),
    ("import_unsafe", resource(file="/etc/passwd")),
    ("import_unsafe", resource(file="library.json")),
    ("import_unsafe", resource(file="resources/../library.json")),
    ("import_unsafe", resource(file="resources\\2.md")),
    ("import_missing", resource(file="resources/gone.md")),
    ("import_unsafe", linked),
    ("import_unsafe", linked_folder),
    ("import_unsafe", piped),
    ("import_broken", put("resources/2.md", b"---\nid: 2\n---\n\n\xff\xfe\x00")),
    ("unreadable_empty", put("resources/2.md", b"---\nid: 2\n---\n\n")),
    ("unreadable_large", sparse("resources/2.md", folders.MAX_TEXT + 1)),
    ("unreadable_large", sparse("library.json", folders.MAX_LIBRARY + 1)),
    ("import_broken", put(LINES, b'{"id": 1}\n')),
    ("import_broken", put(LINES, b"x" * (folders.MAX_LINE + 2))),
    ("import_broken", edit("library.json", lambda it: it["members"][0].update(accounts=[]))),
]


@pytest.mark.parametrize(("phrase", "change"), HOSTILE)
async def test_a_folder_that_cant_be_trusted_is_one_sentence_and_nothing_is_imported(
    folder: Path, opens: Opens, phrase: str, change: Callable[[Path], None]
) -> None:
    await asyncio.to_thread(change, folder)
    async with opens("other") as other:
        before = await other.dump()
        with pytest.raises(LibraryError) as failed:
            await other.bring(folder)
        assert failed.value.advice.phrase == f"error.{phrase}"
        assert await other.dump() == before


async def test_rooms_of_another_community_are_not_taken_over(folder: Path, opens: Opens) -> None:
    async with opens("other") as other:
        await other.database.write(lambda conn: people(conn, other.community))
        statement = "UPDATE communities SET slug = 'owners'"
        await other.database.write(lambda conn: conn.execute(sa.text(statement)))
        await other.found()
        with pytest.raises(LibraryError) as failed:
            await other.bring(folder)
        assert failed.value.advice.values["slug"] == "owners"
