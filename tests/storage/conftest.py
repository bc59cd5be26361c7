"""A database of this version in a folder of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from learncomm_agent.storage.database import Database


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of this version without rows, to copy; making one takes longer."""
    database = Database(tmp_path_factory.mktemp("new") / "new.sqlite3")
    database.open()
    database.close()
    return database.path


@pytest.fixture
def database(tmp_path: Path, new_file: Path) -> Iterator[Database]:
    database = Database(Path(shutil.copy(new_file, tmp_path)), synchronous="normal")
    database.open()
    yield database
    database.close()
