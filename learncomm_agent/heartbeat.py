"""The row that a running process leaves every ten seconds, for `doctor` beside it."""

from collections.abc import Iterable

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

    def __init__(self, house: House, platforms: Iterable[str], clock: Clock) -> None:
        """Take what it tells of."""
        self._house = house
        self._platforms = sorted(platforms)
        self._clock = clock

    async def run(self) -> None:
        """Write the row again and again."""
        while True:
            try:
                await self._house.database.write(self._beat)
            except StorageError as error:  # a full disk must not end it: it may get room again
                _log.error("no heartbeat", reason=str(error))
            await self._clock.sleep(EVERY_S)

    def _beat(self, conn: Connection) -> None:
        facts = {
            "platforms": self._platforms,
            "waiting": waiting(conn),
            "by_meaning": self._house.meaning.is_ready,
            "words_alone": self._house.meaning.is_missing,
            **self._model(),
        }
        state.put(conn, "process", facts, self._clock.now())

    def _model(self) -> dict[str, object]:
        model = self._house.model
        if model is None:
            return {}
        return {"model": model.name, "model_running": model.running, "model_waiting": model.waiting}
