"""Custom ids of what people press, pick from and fill in: they hold no state and last for ever.

An id says what it is and bears a signature, `learncomm:<kind>:<id>:<signature>`. So nothing that was made
up, or made under another secret, is ever told to the agent.
"""

import asyncio
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.outgoing import Block, Choices, Menu, Outgoing
from learncomm_agent.errors import PlatformError
from learncomm_agent.log import logger

MAX_ID = 75
"""Characters of an id, which leaves room for what is put around it."""
_PREFIX = "learncomm:"
"""Of each of ours: a host's own bot has buttons, too."""
_SECRET_BYTES = 32
_SIGNATURE_BYTES = 9
"""They make twelve characters; whoever guesses has to ask Discord each time."""
_log = logger(__name__)


class Kind(StrEnum):
    """What a custom id is of."""

    BUTTON = "b"
    OPENS_FORM = "o"
    """A button that opens a form."""
    MENU = "m"
    FORM = "f"


@dataclass(frozen=True, slots=True)
class Control:
    """What a custom id of ours says."""

    kind: Kind
    id: str


class Signing:
    """Makes custom ids and reads them again, with a secret that is kept in the adapter's folder."""

    def __init__(self, folder: Path) -> None:
        """Take where the secret is kept; `load` reads it."""
        self._path = folder / "controls.key"
        self._secret = b""

    async def load(self) -> None:
        """Read the secret; where there is none that can be used, begin with another one."""
        self._secret = await asyncio.to_thread(_read_or_make, self._path)

    def sign(self, kind: Kind, id: str) -> str:
        """Return a custom id.

        Raises:
            PlatformError: It would be longer than Discord takes.
        """
        if len(id) > MAX_ID:
            raise PlatformError(f"a control's id has {len(id)} characters")
        return f"{_PREFIX}{kind}:{id}:{self._signature(kind, id)}"

    def read(self, custom_id: str) -> Control | None:
        """Return what a custom id says; None where we did not make it, or not with this secret."""
        kind, _, rest = custom_id.removeprefix(_PREFIX).partition(":")
        id, _, signature = rest.rpartition(":")
        if not is_ours(custom_id) or kind not in tuple(Kind):
            return None
        made = self._signature(Kind(kind), id)
        if not hmac.compare_digest(made.encode(), signature.encode(errors="replace")):
            return None
        return Control(Kind(kind), id)

    def signed(self, outgoing: Outgoing) -> Outgoing:
        """Return the same post with custom ids in it; a form becomes a button that opens it."""
        return outgoing.with_blocks(tuple(map(self._block, outgoing.blocks)))

    def _block(self, block: Block) -> Block:
        match block:
            case Choices(options=options):
                return replace(block, options=tuple(map(self._choice, options)))
            case Menu(id=id):
                return replace(block, id=self.sign(Kind.MENU, id))
            case Form(id=id, title=title):
                return Choices((self._choice(Choice(id, title, opens_form=True)),))
            case _:
                return block

    def _choice(self, choice: Choice) -> Choice:
        kind = Kind.OPENS_FORM if choice.opens_form else Kind.BUTTON
        return replace(choice, id=self.sign(kind, choice.id))

    def _signature(self, kind: Kind, id: str) -> str:
        said = f"{kind}:{id}".encode(errors="surrogatepass")
        digest = blake2b(said, digest_size=_SIGNATURE_BYTES, key=self._secret).digest()
        return urlsafe_b64encode(digest).decode()


def is_ours(custom_id: str) -> bool:
    """Whether a custom id looks like one of ours, genuine or not."""
    return custom_id.startswith(_PREFIX)


def _read_or_make(path: Path) -> bytes:
    """Return the secret on the disk, or a new one."""
    made = secrets.token_bytes(_SECRET_BYTES)
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        pass
    except OSError as error:  # what can't be read today may be read tomorrow, so it stays
        _log.warning("secret of controls not read", reason=error.strerror)
        return made
    else:
        if len(secret) == _SECRET_BYTES:
            return secret
        _log.warning("secret of controls unusable", bytes=len(secret))
    try:
        _write(path, made)
    except OSError as error:  # then the controls of today are out of date tomorrow
        _log.warning("secret of controls not kept", reason=error.strerror)
    return made


def _write(path: Path, secret: bytes) -> None:
    """Write it for our eyes alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(secret)
    beside.replace(path)
