"""What a command is: declared once, offered as a slash command, a text command and a CLI call.

Its sentences stand in the phrases: `command.<name>.help`, and `command.<name>.<option>` for each option.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from learncomm_agent.chat.forms import Form
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.errors import NotAllowedError
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing
from learncomm_agent.work import Commit

if TYPE_CHECKING:
    from learncomm_agent.commands.context import Context
    from learncomm_agent.commands.visitor import Visitor


class Who(StrEnum):
    """Who may call a command."""

    EVERYONE = "everyone"
    LEADERS = "leaders"


class OptionKind(StrEnum):
    """What an option holds; a platform may offer more than a line of text for it."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    RESOURCE = "resource"
    MESSAGE = "message"
    """The id of a message in this room, or a link to it."""
    MOMENT = "moment"
    """A date or a time, in words or figures."""
    FILE = "file"
    ROOM = "room"
    """A room of this space, by the platform's id, or its name as typed."""
    MEMBER = "member"
    """A member, by the platform's id of an account here, or their name as typed."""
    ROLE = "role"
    """A role of this space, by the platform's id, or its name as typed."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a command can be told."""

    name: str
    kind: OptionKind = OptionKind.TEXT
    is_required: bool = False
    choices: tuple[str, ...] = ()
    takes_rest: bool = False
    """Whether words without an option's name belong here; at most one option of a command."""
    takes_words: bool = False
    """Whether by its name it takes all words up to the next option's name, not one alone."""
    minimum: int = 1
    maximum: int = 50
    max_chars: int = 2000
    is_suggested: bool = False
    """Whether `Desk.suggest` knows what may be meant, beside an option that takes a resource."""
    wanted: str = ""
    """The sentence that asks for it where it is missing; one without is named."""
    can_be_empty: bool = False
    """Whether a form in which it was emptied says that there is none, rather than nothing."""
    is_checked_later: bool = False
    """Whether the command itself says that it is none of the choices, together with what else is wrong."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers, and what is written when the answer is kept."""

    blocks: tuple[Block, ...]
    is_private: bool = False
    writing: Writing | None = None
    """What the blocks show; its id is known only once it is kept."""
    controls: Callable[[int], tuple[Block, ...]] | None = None
    """Blocks to put under it that carry the writing's id."""
    commits: tuple[Commit, ...] = ()
    beside: Callable[[Connection, int], None] | None = None
    """Writes what goes with the writing, once that has its id."""
    room: RoomId | None = None
    """Where it goes, if not where it was asked; whoever asked is told so."""
    refused: str = "private.refused"
    """The sentence that all may read in its place, where a private one can reach nobody."""
    aside: Callable[[int], tuple[Block, ...]] | None = None
    """For whoever asked alone, beside an answer that all can read, and made with the writing's id; it is
    dropped where it can't be private."""


Run = Callable[["Context", Mapping[str, Any]], Awaitable[Reply]]
Ask = Callable[["Visitor"], Awaitable[Form]]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that people can ask for."""

    name: str
    run: Run
    options: tuple[Option, ...] = ()
    who: Who = Who.EVERYONE
    aliases: tuple[str, ...] = ()
    """Other names, those of the command line among them."""
    is_private: bool = False
    """Whether the answer is for the asker alone when asked by command; by mention it is for the room."""
    always_private: bool = False
    """Whether the answer is never for the room."""
    on_message: str | None = None
    """The option that takes a message, where a platform may offer this command on a message itself."""
    is_rare: bool = False
    """Whether it is asked for now and then: where a platform can't show all, others come before it."""
    opens_form: bool = False
    """Whether a platform with forms opens one when it is called without any option; `Desk.form` gives
    it under the command's name."""
    form: Ask | None = None
    """Makes that form, preset for whoever opens it."""

    def check_may(self, *, is_leader: bool) -> None:
        """Refuse somebody who may not call it.

        Raises:
            NotAllowedError: It is for leaders.
        """
        if self.who is Who.LEADERS and not is_leader:
            raise NotAllowedError("leaders only", phrase="error.leaders_only", command=self.name)

    @property
    def rest(self) -> Option | None:
        """The option that takes words without a name."""
        return next((option for option in self.options if option.takes_rest), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All commands, by name and alias; finding one costs the same for one as for two hundred."""

    commands: tuple[Command, ...]
    by_name: Mapping[str, Command] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the names.

        Raises:
            ValueError: Two commands share a name.
        """
        names: dict[str, Command] = {}
        for command in self.commands:
            for name in (command.name, *command.aliases):
                if name in names:
                    raise ValueError(f"two commands are called {name!r}")
                names[name] = command
        object.__setattr__(self, "by_name", names)

    def find(self, name: str) -> Command | None:
        """Return the command of this name or alias."""
        return self.by_name.get(name.casefold())
