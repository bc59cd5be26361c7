"""What a release stored is read by this one, and a session that began there goes on to its end here."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.errors import StorageError
from learncomm_agent.sessions import migrating
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.state import VERSION, Phase
from tests.sessions.driver import Drive
from tests.sessions.rehearsals.playing import NAMES
from tests.sessions.stored_states import FOLDER, path_of

STORED = sorted(FOLDER.glob("v*-*.json"))


def read(path: Path) -> tuple[datetime, dict[str, Any]]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return datetime.fromisoformat(stored["now"]), stored["session"]


def test_there_is_one_of_each_playbook_in_this_version() -> None:
    """Where one is missing: `python -m tests.sessions.stored_states` writes it."""
    assert [name for name in NAMES if not path_of(name).exists()] == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_session_of_a_release_goes_on_to_its_end(path: Path) -> None:
    now, record = read(path)
    session = load(record)
    assert session.phase is Phase.OPEN
    assert session.version == VERSION
    assert dump(load(dump(session))) == dump(session)
    drive = Drive(session, now=now)
    for _ in range(400):
        for effect in tuple(drive.session.awaits):
            drive(Done(effect, is_failed=True))
        if drive.is_over:
            break
        drive.wait(timedelta(days=2))
    assert drive.is_over, f"stuck on {drive.stage}"


def older(record: dict[str, Any]) -> dict[str, Any]:
    """A made-up migration: in the next version turns are counted from 1."""
    return {**record, "turn": record["turn"] + 1}


def test_a_state_is_brought_through_each_version_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    _, record = read(STORED[0])
    later = VERSION + 2
    monkeypatch.setattr(migrating, "VERSION", later)
    monkeypatch.setattr(
        migrating,
        "MIGRATIONS",
        {VERSION: older, VERSION + 1: lambda it: {**it, "quiet": it["turn"] * 10}},
    )
    found = load(record)
    assert found.version == later
    assert (found.turn, found.quiet) == (record["turn"] + 1, 10 * (record["turn"] + 1))
    assert record == read(STORED[0])[1], "what was stored is left as it is"


@pytest.mark.parametrize("version", [VERSION + 1, 0, -1, None, "1"])
def test_a_state_of_a_version_that_is_not_known_is_refused(version: Any) -> None:
    _, record = read(STORED[0])
    with pytest.raises(StorageError):
        load({**record, "version": version})


@pytest.mark.parametrize("broken", [{"plan": None}, {"phase": "asleep"}, {"people": [1]}])
def test_what_is_no_session_is_refused_without_its_words(broken: dict[str, Any]) -> None:
    _, record = read(STORED[0])
    with pytest.raises(StorageError) as told:
        load({**record, **broken})
    assert "kitchen" not in str(told.value)
