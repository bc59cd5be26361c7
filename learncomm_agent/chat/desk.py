"""What an adapter may ask while somebody waits for a list or a form: quick, and nothing is changed by it."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account, SpaceRef


class Desk(Protocol):
    """Answers at once, for one person; what they may not see is not there."""

    async def suggest(
        self,
        room: Room,
        account: Account,
        command: str,
        option: str,
        typed: str,
        given: Mapping[str, str] = {},
    ) -> Sequence[Choice]:
        """Return what somebody may mean while they fill in an option of a command, best first.

        Args:
            room: Where they are.
            account: Who they are.
            command: The name of the command.
            option: The name of the option.
            typed: What stands there already; may be empty.
            given: The other options, as far as they are filled in.

        Returns:
            At most 25, whose ids are what the option takes; empty where there is nothing to suggest, or
            where it can't be told now.
        """
        ...

    async def form(self, room: Room, account: Account, opening: str) -> Form | None:
        """Return the form that a choice or a command opens for somebody; None where it opens none now.

        Raises:
            LearncommError: They may not have it; its advice is the sentence for them.
        """
        ...

    async def leader_roles(self, space: SpaceRef) -> frozenset[str]:
        """Return the roles whose holders lead in a space, by the platform's ids, as chosen at set-up."""
        ...


@runtime_checkable
class Consults(Protocol):
    """A platform that asks while people type or open forms."""

    def consult(self, desk: Desk) -> None:
        """Take whom to ask; called once, before the start."""
        ...
