"""A platform that can be held up, and a circle on it, for the tests of this folder."""

import asyncio
from dataclasses import replace

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import PlatformError
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.platform import FakePlatform

ROLES = ("Mods", "Hosts", "Twins", "twins")


class Town(FakePlatform):
    """A fake platform that keeps people waiting, or does not understand at once who leads."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.mods, self.hosts, self.twins, _ = (self.add_role(name) for name in ROLES)
        self.shown: list[frozenset[str]] = []
        """Which roles it was told to lead, one after the other."""
        self.folded: set[RoomRef] = set()
        """Threads that it doesn't list any more, whoever reads them."""
        self.failures = 0
        self.gate: asyncio.Event | None = None
        self.was_asked_in_time = False

    def consult(self, desk: Desk) -> None:
        super().consult(desk)
        self.was_asked_in_time = self._sink is None

    async def leaders_chosen(self, space: SpaceRef, roles: frozenset[str]) -> None:
        if self.failures:
            self.failures -= 1
            raise PlatformError("not now")
        self.shown.append(roles)

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        if self.gate is not None:
            await self.gate.wait()
        return await super().readable(audience) - self.folded


class TownCircle(Circle):
    """The people whom most tests need, in such a town."""

    @property
    def town(self) -> Town:
        assert isinstance(self.platform, Town)
        return self.platform

    @property
    def desk(self) -> Desk:
        assert self.platform.desk is not None
        return self.platform.desk

    def give(self, person: Person, *roles: str) -> Person:
        """Let somebody hold these roles from now on."""
        account = replace(person.account, roles=frozenset(roles))
        self.platform.network.accounts[account.ref] = account
        return replace(person, account=account)
