"""People whose clients encrypt, and a world in which every room is encrypted."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_matrix.connection.answers import Me
from learncomm_matrix.connection.wire import Wire
from learncomm_matrix.encryption.olm import OlmEncryption
from tests.adapters.matrix.matrix_world import MatrixWorld
from tests.adapters.matrix.people import Person, Seen
from tests.adapters.matrix.synapse import User


class SealedPerson(Person):
    """Somebody whose client has keys; all else is as for anybody."""

    def __init__(self, url: str, user: User, folder: Path) -> None:
        super().__init__(url, user)
        self._wire = Wire(url, user.token)
        self._notes = Notes(folder)
        self.keys = OlmEncryption(folder, self._notes)
        self._since: str | None = None
        self._sealed: dict[str, bool] = {}

    async def open(self) -> None:
        await self._notes.load()
        await self.keys.open(self._wire, Me(self.id, self.user.device))

    async def close(self) -> None:
        await self.keys.close()
        await self._notes.close()
        await self._wire.close()
        await super().close()

    async def catch_up(self) -> None:
        """Take the keys that have come."""
        told = await self.ask("GET", "sync", since=self._since, timeout=0)
        await self.keys.heard(told)
        await self.keys.recovered()
        await self.keys.told()
        self._since = told["next_batch"]

    async def is_sealed(self, room: str) -> bool:
        if not self._sealed.get(room):
            state = await self.ask("GET", f"rooms/{room}/state")
            self._sealed[room] = any(each["type"] == "m.room.encryption" for each in state)
        return self._sealed[room]

    async def put(self, room: str, type: str, content: Mapping[str, Any]) -> str:
        if type != "m.reaction" and await self.is_sealed(room):
            await self.catch_up()
            type, content = await self.keys.encrypt(room, type, content)
        return await super().put(room, type, content)

    async def raw(self, room: str) -> list[Mapping[str, Any]]:
        """Return all events as the homeserver has them."""
        return await super().events(room)

    async def events(self, room: str) -> list[Mapping[str, Any]]:
        await self.catch_up()
        return [
            await self.keys.decrypt(room, each) if each["type"] == "m.room.encrypted" else each
            for each in await super().events(room)
        ]

    async def until(
        self, room: str, is_so: Callable[[Sequence[Seen]], bool], *, patience_s: float = 20
    ) -> list[Seen]:
        end = time.monotonic() + patience_s
        while not is_so(seen := await self.seen(room)):
            assert time.monotonic() < end, f"still {[(each.sender, each.text) for each in seen]}"
            await asyncio.sleep(0.05)
        return seen


class SealedWorld(MatrixWorld):
    """People in a space with the adapter's account; all rooms are encrypted."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, encrypted=True, **options)

    async def _person(self, user: User) -> Person:
        person = SealedPerson(self._synapse.url, user, self._folder / f"person-{user.id[1:]}")
        await person.open()
        return person

    async def room(self, *members: AccountRef, name: str = "room", **how: Any) -> RoomRef:
        return await super().room(*members, name=name, **{"encrypted": True, **how})


async def sealed_person(url: str, user: User, folder: Path) -> SealedPerson:
    """Return a client with keys of its own."""
    person = SealedPerson(url, user, folder / secrets.token_hex(4))
    await person.open()
    return person
