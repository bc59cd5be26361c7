"""Who leads by a role: chosen by those who lead already, and shown on the platform."""

from collections.abc import Mapping

from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.platform import Platform, ShowsLeaders
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Work


class Leaders:
    """Keeps which roles lead, and has the platform show them the commands of leaders."""

    def __init__(self, directory: Directory, work: Work, platforms: Mapping[str, Platform]) -> None:
        """Take what it needs, and name its handler."""
        self._directory = directory
        self._work = work
        self._platforms = platforms
        work.handle("show leaders", self._show)

    def choose(self, conn: Connection, space: SpaceRef, roles: frozenset[str]) -> None:
        """Let the holders of these roles lead in a space from now on."""
        self._directory.choose_leader_roles(conn, space, roles)
        if isinstance(self._platforms.get(space.platform), ShowsLeaders):
            args = {"platform": space.platform, "space": space.id}
            lane = f"leaders:{space.platform}:{space.id}"
            self._work.add(conn, "show leaders", args, lane=lane)

    async def _show(self, job: Job) -> None:
        """Tell the platform which roles lead now, whatever was chosen when this was added."""
        space = SpaceRef(job.args["platform"], job.args["space"])
        if self._directory.is_left(space):
            return
        platform = self._platforms.get(space.platform)
        if platform is None:
            raise DisconnectedError(f"{space.platform!r} is not running")
        if isinstance(platform, ShowsLeaders):
            await platform.leaders_chosen(space, self._directory.leader_roles(space))
