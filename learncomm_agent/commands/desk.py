"""What people are offered while they type or open a form; `chat.desk` says what it promises."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.commands import control_forms
from learncomm_agent.commands.context import Services
from learncomm_agent.commands.declaration import Ask, Command
from learncomm_agent.commands.suggesting import MOST, suggester_of
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.spaces import Spaces
from learncomm_agent.errors import (
    DisconnectedError,
    LearncommError,
    NotAllowedError,
    PlatformError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.storage import members, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.words import Words

WITHIN_S = 1.5
"""Later, nobody waits for a list any more."""
_log = logger(__name__)


class FrontDesk:
    """Answers at once, for one person, and writes nothing."""

    def __init__(
        self,
        services: Services,
        spaces: Spaces,
        words: Words,
        platforms: Mapping[str, Platform],
    ) -> None:
        """Take what it needs."""
        self._services = services
        self._spaces = spaces
        self._words = words
        self._platforms = platforms
        self._asking: dict[AccountRef, asyncio.Task[Sequence[Choice]]] = {}

    async def suggest(
        self,
        room: Room,
        account: Account,
        command: str,
        option: str,
        typed: str,
        given: Mapping[str, str] = {},
    ) -> Sequence[Choice]:
        """Return what somebody may mean while they fill in an option; see `Desk.suggest`."""
        found = asyncio.create_task(
            self._suggested(room, account, command, option, typed), name="suggesting"
        )
        if (earlier := self._asking.get(account.ref)) is not None:
            earlier.cancel()  # nobody looks at what was typed before
        self._asking[account.ref] = found
        try:
            return await self._services.clock.idle(found, "suggestions", timeout_s=WITHIN_S)
        except asyncio.CancelledError:
            if self._asking.get(account.ref) is found:
                raise  # it is we who are not wanted any more
        except (LearncommError, TimeoutError) as error:
            reason = for_log(error)
            _log.info("nothing suggested", command=command, option=option, reason=reason)
        except Exception:  # whoever types goes on without; the log has the cause
            _log.exception("suggesting failed", command=command, option=option)
        finally:
            if self._asking.get(account.ref) is found:
                del self._asking[account.ref]
        return ()

    async def form(self, room: Room, account: Account, opening: str) -> Form | None:
        """Return the form that a command opens for somebody; see `Desk.form`."""
        command = self._services.catalogue.find(opening)
        made: Coroutine[Any, Any, Form | None]
        if control_forms.is_one(opening):
            made = self._opened(room, account, opening)
        elif command is None or command.form is None:
            return None
        else:
            made = self._form(room, account, command, command.form)
        try:
            return await self._services.clock.idle(made, "a form", timeout_s=WITHIN_S)
        except TimeoutError as error:
            raise PlatformError(f"no form for {opening!r} in time") from error
        except LearncommError:
            raise
        except Exception as error:  # a mistake of ours: the person is told, the log has the cause
            _log.exception("form failed", opening=opening)
            raise LearncommError(f"no form for {opening!r}") from error

    async def _opened(self, room: Room, account: Account, opening: str) -> Form | None:
        return await control_forms.opened(await self._visitor(room, account), opening)

    async def _form(self, room: Room, account: Account, command: Command, ask: Ask) -> Form:
        visitor = await self._visitor(room, account)
        command.check_may(is_leader=visitor.is_leader)
        return await ask(visitor)

    async def leader_roles(self, space: SpaceRef) -> frozenset[str]:
        """Return the roles whose holders lead in a space, as chosen at set-up."""
        return self._services.directory.leader_roles(space)

    async def _suggested(
        self, room: Room, account: Account, command: str, option: str, typed: str
    ) -> Sequence[Choice]:
        declared = self._services.catalogue.find(command)
        suggester = None if declared is None else suggester_of(declared, option)
        if declared is None or suggester is None:
            return ()
        visitor = await self._visitor(room, account)
        try:
            declared.check_may(is_leader=visitor.is_leader)
        except NotAllowedError:
            return ()
        return (await suggester(visitor, typed.strip()))[:MOST]

    async def _visitor(self, room: Room, account: Account) -> Visitor:
        return await self._services.database.read(lambda conn: self._met(conn, room, account))

    def _met(self, conn: Connection, room: Room, account: Account) -> Visitor:
        """Return who is there, without making anything of them.

        Raises:
            DisconnectedError: The platform is not running.
        """
        platform = self._platforms.get(room.ref.platform)
        if platform is None:
            raise DisconnectedError(f"{room.ref.platform!r} is not running")
        community = self._spaces.look_up(conn, room.ref.space)
        room_id = rooms.find(conn, [room.ref]).get(room.ref)
        known = members.find_account(conn, community.id, account.ref)
        member = None if known is None else members.get(conn, known[1])
        spoken = None if member is None else member.language
        if spoken is None and room_id is not None:
            spoken = rooms.language(conn, room_id)
        return Visitor(
            services=self._services,
            platform=platform,
            words=self._words.for_community(community.slug),
            community=community,
            room=room,
            room_id=room_id,
            account=account,
            member=member,
            language=spoken or community.language,
            is_leader=self._services.directory.leads(account, room.ref.space),
        )
