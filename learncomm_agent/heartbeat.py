"""The row that a running process leaves every ten seconds, for `doctor` beside it."""

from collections.abc import Mapping
from dataclasses import asdict

from learncomm_agent.chat.platform import Platform, Reports
from learncomm_agent.clock import Clock
from learncomm_agent.errors import StorageError
from learncomm_agent.house import House
from learncomm_agent.log import logger
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import waiting

EVERY_S = 10.0
_log = logger(__name__)


class Heartbeat:
    """Says that the process lives, and how it is."""

    def __init__(self, house: House, platforms: Mapping[str, Platform], clock: Clock) -> None:
        """Take what it tells of."""
        self._house = house
        self._platforms = platforms
        self._clock = clock
        self._connections: dict[str, list[dict[str, object]]] = {}

    async def run(self) -> None:
        """Write the row again and again."""
        while True:
            self._connections = self._reported()  # here, as the row is written on another thread
            try:
                await self._house.database.write(self._beat)
            except StorageError as error:  # a full disk must not end it: it may get room again
                _log.error("no heartbeat", reason=str(error))
            await self._clock.sleep(EVERY_S)

    def _beat(self, conn: Connection) -> None:
        facts = {
            "platforms": sorted(self._platforms),
            "connections": self._connections,
            "waiting": waiting(conn),
            "by_meaning": self._house.meaning.is_ready,
            "words_alone": self._house.meaning.is_missing,
            **self._model(),
        }
        state.put(conn, "process", facts, self._clock.now())

    def _reported(self) -> dict[str, list[dict[str, object]]]:
        return {
            name: [{**asdict(each), "since": each.since.isoformat()} for each in platform.report()]
            for name, platform in self._platforms.items()
            if isinstance(platform, Reports)
        }

    def _model(self) -> dict[str, object]:
        model = self._house.model
        if model is None:
            return {}
        return {"model": model.name, "model_running": model.running, "model_waiting": model.waiting}
