"""Whom the adapter asks in its tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account, SpaceRef


class Desk:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.choices: Sequence[Choice] = ()
        self.forms: dict[str, Form] = {}
        self.roles: dict[str, frozenset[str]] = {}
        self.asked: list[tuple[object, ...]] = []
        self.before: Callable[[], Awaitable[object]] | None = None
        """Done before each answer: it may hang or fail."""

    async def suggest(
        self,
        room: Room,
        account: Account,
        command: str,
        option: str,
        typed: str,
        given: Mapping[str, str] = {},
    ) -> Sequence[Choice]:
        self.asked.append((room.ref, account.ref, command, option, typed, dict(given)))
        await self._begin()
        return self.choices

    async def form(self, room: Room, account: Account, opening: str) -> Form | None:
        self.asked.append((room.ref, account.ref, opening))
        await self._begin()
        return self.forms.get(opening)

    async def leader_roles(self, space: SpaceRef) -> frozenset[str]:
        self.asked.append((space,))
        await self._begin()
        return self.roles.get(space.id, frozenset())

    async def _begin(self) -> None:
        if self.before is not None:
            await self.before()
