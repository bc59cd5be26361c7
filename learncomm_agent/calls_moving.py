"""The calls of the command line that move a library or a whole store. What they can't do, they raise."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from learncomm_agent import __version__
from learncomm_agent.agent import Agent
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.console import Console
from learncomm_agent.errors import NotFoundError, StorageError, StoreLockedError
from learncomm_agent.house import House
from learncomm_agent.log import logger
from learncomm_agent.moving import backing_up, exporting, restoring
from learncomm_agent.moving.importing import Imported, Importing
from learncomm_agent.progress import Bar
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.store import DATABASE, Store

_log = logger(__name__)


def export(console: Console, folder: Path, community: str | None, *, as_json: bool) -> None:
    """Write a library into a folder, beside a running process as well."""
    path = console.settings.data / DATABASE
    if not path.is_file():
        raise NotFoundError("no store", phrase="error.no_store", folder=str(path.parent))
    slug = community or console.settings.community.slug
    with _opened(console) as database, Bar(console.label("cli.export.doing")) as bar:
        made = exporting.export(
            database, slug, _absolute(folder), _readme(console), progress=bar.show
        )
    if as_json:
        console.json(asdict(made))
    else:
        console.say("cli.export.done", folder=str(folder), **asdict(made))


async def import_(console: Console, folder: Path, community: str | None, *, as_json: bool) -> None:
    """Read a library from a folder, and have it indexed; the store must be nobody else's meanwhile."""
    made = await _imported(console, folder, community)
    async with Agent(console.settings, clock=console.clock) as agent:
        with Bar(console.label("cli.add.indexing")) as bar:
            await agent.idle(progress=bar.show)
    if as_json:
        console.json(asdict(made))
    else:
        console.say("cli.import.done", **asdict(made))


def backup(console: Console, file: Path, *, as_json: bool) -> None:
    """Copy the whole store into one file, beside a running process as well."""
    with Bar(console.label("cli.backup.doing")) as bar:
        made = backing_up.back_up(
            _absolute(console.settings.data),
            _absolute(file),
            version=__version__,
            now=console.clock.now(),
            progress=bar.show,
        )
    _note(console)
    for name in made.passed_over:
        console.note("cli.backup.passed_over", name=name)
    if as_json:
        console.json(asdict(made))
    else:
        size = max(1, made.size_bytes // 1_000_000)
        console.say("cli.backup.done", file=str(file), size_mb=size)


def _note(console: Console) -> None:
    """Keep in the store that it was copied, so that who is erased later is told of that copy.

    A store that can't be written to now was copied all the same.
    """
    now = console.clock.now()
    try:
        database = Database(_absolute(console.settings.data) / DATABASE)
        database.leave(lambda conn: state.put(conn, state.BACKUP, {}, now))
    except StorageError as error:
        _log.warning("backup not noted", reason=str(error))


def restore(console: Console, file: Path, *, replaces: bool, as_json: bool) -> None:
    """Put a backup in the place of the store; the old one is kept beside it."""
    data = console.settings.data
    with Bar(console.label("cli.restore.doing")) as bar:
        made = restoring.restore(
            file, data, replaces=replaces, now=console.clock.now(), progress=bar.show
        )
    kept = None if made.kept is None else str(made.kept)
    if as_json:
        console.json({"files": made.files, "made_at": made.made_at.isoformat(), "kept": kept})
    else:
        console.say("cli.restore.done", folder=str(data), made_at=made.made_at, kept=kept)


@contextmanager
def _opened(console: Console) -> Iterator[Database]:
    """Open the store, or look at it beside the process that holds it."""
    store = Store(console.settings.data, synchronous=console.settings.storage.synchronous)
    database = store.database
    try:
        try:
            store.open()
        except StoreLockedError:
            database = Database(database.path)
            database.open_to_read()
        yield database
    finally:
        database.close()
        store.close()


def _absolute(path: Path) -> Path:
    """Return a path that has a name, whatever it was called."""
    return Path(os.path.abspath(path))


async def _imported(console: Console, folder: Path, community: str | None) -> Imported:
    """Read a folder in one transaction, while nothing else works in this house."""
    # On a thread, since plugins and words are read from the disk.
    house = await asyncio.to_thread(House, console.settings, {}, console.clock, None, None, None)
    try:
        await house.open()

        def of(conn: Connection) -> CommunityId:
            if community in (None, console.settings.community.slug):
                return house.spaces.open(conn).id
            return exporting.named(conn, str(community)).id

        importing = Importing(
            house.database, house.adding, house.indexing, house.conversations, console.clock
        )
        with Bar(console.label("cli.import.doing")) as bar:
            id = await house.database.write(of)
            return await importing.run(id, folder, progress=bar.show)
    finally:
        await house.close()


def _readme(console: Console) -> str:
    """Return what says what the folder is, in the language of this terminal where there is such a text."""
    try:
        return console.words.template(f"export.{console.language}.md")
    except FileNotFoundError:
        return console.words.template("export.md")
