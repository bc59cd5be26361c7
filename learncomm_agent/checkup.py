"""What `doctor` looks at: each check is a fact, whether it is well, and the sentence that says it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.embedders import embedder_of
from learncomm_agent.errors import LearncommError, ModelUnavailableError, StoreLockedError
from learncomm_agent.library.embedders.models import find_models
from learncomm_agent.settings import Settings
from learncomm_agent.storage import communities, state, usage, vector_rows, writings
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.due import dead_letters, waiting
from learncomm_agent.storage.lock import StoreLock
from learncomm_agent.storage.store import DATABASE
from learncomm_agent.words import Words

ALIVE = timedelta(seconds=30)
"""A process leaves a row every ten seconds; one that is older has stopped, or hangs."""

STATES = ("waiting", "stopped", "resuming", "connecting", "ready")
"""Of a connection, the worst first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_ok: bool
    phrase: str
    facts: Mapping[str, Any]


def checks(settings: Settings, words: Words, now: datetime) -> list[Check]:
    """Look at everything; nothing is changed."""
    own = words.for_community(settings.community.slug).problems()
    return [
        Check("data", True, "cli.doctor.data", {"folder": str(settings.data)}),
        _model(settings),
        Check("words", not own, "cli.doctor.words", {"problems": list(own)}),
        *([] if settings.adapters else [Check("chats", True, "cli.doctor.no_chats", {})]),
        *_store(settings, now),
    ]


def _model(settings: Settings) -> Check:
    chosen = settings.embedding
    if chosen.kind == "off":
        return Check("model", True, "cli.doctor.model_off", {"model": ""})
    if chosen.kind == "hosted":
        return Check("model", True, "cli.doctor.model_hosted", {"model": chosen.model})
    try:
        if chosen.kind == "local":
            model = find_models(chosen.path).name
        else:
            model, load = chosen.kind, embedder_of(chosen)
            if load is not None:
                load()
    except ModelUnavailableError as error:
        return Check("model", False, error.advice.phrase, error.advice.values)
    return Check("model", True, "cli.doctor.model_local", {"model": model})


def _store(settings: Settings, now: datetime) -> list[Check]:
    path = settings.data / DATABASE
    if not path.exists():
        return [Check("store", True, "cli.doctor.no_store", {})]
    database = Database(path)
    try:
        database.open_to_read()
        with database.reading() as conn:
            return [*_process(settings, conn, now), *_rows(settings, conn, now)]
    except LearncommError as error:
        return [Check("store", False, error.advice.phrase, error.advice.values)]
    finally:
        database.close()


def _process(settings: Settings, conn: sa.Connection, now: datetime) -> list[Check]:
    """Say whether a process holds the store, whether it still writes its row, and how it is connected."""
    try:
        with StoreLock(settings.data):
            return [Check("process", True, "cli.doctor.stopped", {})]
    except StoreLockedError:
        found = state.get(conn, "process")
        if found is None or now - found[1] > ALIVE:
            return [Check("process", False, "cli.doctor.silent", {})]
    facts = dict(found[0])
    connections = facts.pop("connections", {})
    checks = [Check("process", True, "cli.doctor.running", facts)]
    for platform, reported in sorted(connections.items()):
        checks += _connected(platform, reported, now)
    return checks


def _connected(platform: str, reported: list[dict[str, Any]], now: datetime) -> Iterator[Check]:
    """Say how the connections to a platform are, by the worst of them, and why if that is known."""
    if not reported:
        return
    state = min((each["state"] for each in reported), key=STATES.index)
    those = [each for each in reported if each["state"] == state]
    since = max(datetime.fromisoformat(each["since"]) for each in those)
    facts = {
        "platform": platform,
        "state": state,
        "lasted_s": max(0, round((now - since).total_seconds())),
        "ready": sum(each["state"] == STATES[-1] for each in reported),
        "all": len(reported),
        "connections": reported,
    }
    is_ok = state not in ("waiting", "stopped")  # the others pass by themselves
    yield Check("connection", is_ok, f"cli.doctor.connection_{state}", facts)
    for trouble in sorted({each["trouble"] for each in those} - {""}):
        yield Check("connection", False, trouble, {"platform": platform})


def _rows(settings: Settings, conn: sa.Connection, now: datetime) -> list[Check]:
    dead = dead_letters(conn)
    letters = [f"{name} {id}: {error}" for id, name, error in dead]
    open_rows = sum(waiting(conn).values())
    checks = [Check("work", not dead, "cli.doctor.work", {"waiting": open_rows, "dead": letters})]
    community = communities.of_slug(conn, settings.community.slug)
    if community is not None:
        total, stored = vector_rows.counts(conn, community.id)
        facts = {"passages": total, "with_vectors": stored}
        checks.append(Check("library", True, "cli.doctor.library", facts))
        verdicts = writings.verdicts(conn, community.id)
        judged = {"useful": verdicts.get("useful", 0), "not_right": verdicts.get("not_right", 0)}
        checks.append(Check("answers", True, "cli.doctor.answers", judged))
        checks += _usage(conn, community.id, now)
    return checks


def _usage(conn: sa.Connection, community: CommunityId, now: datetime) -> list[Check]:
    """Say what the language model was used for today, if it was."""
    today = usage.of_day(conn, now.date().isoformat())
    used = [each for each in today if each.community == community]
    if not used:
        return []
    facts = {
        "calls": sum(each.calls for each in used),
        "failed": sum(each.failed for each in used),
        "tokens": sum(each.sent + each.received for each in used),
    }
    return [Check("usage", True, "cli.doctor.usage", facts)]
