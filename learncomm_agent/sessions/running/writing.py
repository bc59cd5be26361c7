"""Carries out `write`: what a stage has written is written here, task by task, and handed to it."""

from collections.abc import Mapping

from learncomm_agent.errors import NotFoundError, for_log
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import Write
from learncomm_agent.sessions.running.carrying import Carrier
from learncomm_agent.sessions.running.results import failing
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import sessions as stored
from learncomm_agent.work import Commit

_log = logger(__name__)


class Writing:
    """Knows who writes what."""

    def __init__(self, sessions: Sessions, tasks: Mapping[str, Carrier]) -> None:
        """Take what it needs.

        Args:
            sessions: Is told where there is nothing to write.
            tasks: By `Write.task`.
        """
        self._sessions = sessions
        self._tasks = tasks

    async def carry(self, row: stored.Row, session: Session, effect: Write) -> Commit | None:
        """Have it written; where there is nothing to write from, the stage goes on without.

        Raises:
            LearncommError: It can't be written now.
        """
        if session.is_over:
            return None
        task = self._tasks.get(effect.task)
        if task is None:
            _log.warning("nobody writes this", session=row.id, task=effect.task)
            return failing(self._sessions, row.id, effect.id)
        try:
            return await task.carry(row, session, effect)
        except NotFoundError as error:
            _log.info("nothing to write from", session=row.id, reason=for_log(error))
            return failing(self._sessions, row.id, effect.id)
