"""What an operator may set for Matrix."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints


def _names_a_server(address: str) -> str:
    # An adapter takes nothing from the core's settings, so it has a rule of its own for this.
    parts = urlsplit(address)
    if not parts.hostname or parts.port == 0:  # a port out of range is a ValueError by itself
        raise ValueError("no address of a server")
    if parts.query or parts.fragment or "/_matrix" in parts.path:
        raise ValueError("the address of the server alone, as in https://matrix.example.org")
    return address.rstrip("/")


def _bare(token: SecretStr) -> SecretStr:
    """Take away what is copied along with a token."""
    return SecretStr(token.get_secret_value().removeprefix("Bearer ").strip())


HttpAddress = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s@]+$"), AfterValidator(_names_a_server)
]
RoomId = Annotated[str, StringConstraints(pattern=r"^![^\s/]+$", max_length=255)]
Inviter = Annotated[str, StringConstraints(pattern=r"^(@[^\s:/]*:)?[^\s@/]+$", max_length=255)]
Prefix = Annotated[str, StringConstraints(pattern=r"^\S{1,20}$")]


class Options(BaseModel):
    """The section `[adapters.matrix]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    homeserver: HttpAddress | None = None
    """The address of the homeserver's client API, such as `https://matrix.example.org`."""
    token: Annotated[SecretStr, AfterValidator(_bare)] | None = None
    """The account's access token, from the variable `LEARNCOMM_MATRIX_TOKEN` alone."""
    leader_level: int = Field(50, strict=True, ge=0, le=100)
    """From which power level on somebody is a leader; 50 is what apps call a moderator."""
    spaces: tuple[RoomId, ...] = ()
    """Ids of the spaces that are served; all that the agent is in where empty."""
    invite_from: tuple[Inviter, ...] = ()
    """People or servers whose invitations are taken; everybody's where empty."""
    join_space_rooms: bool = Field(False, strict=True)
    """Whether rooms of a served space that it may join are joined without an invitation."""
    encrypted: bool = Field(False, strict=True)
    """Whether encrypted rooms are served; needs `pip install 'learncomm-agent[matrix-encrypted]'`."""
    prefixes: tuple[Prefix, ...] = ("!learncomm", "!lc")
    """What people may write before a command, beside naming the agent."""

    def may_invite(self, user_id: str) -> bool:
        """Whether somebody's invitation is taken."""
        server = user_id.partition(":")[2]
        return not self.invite_from or bool({user_id, server} & set(self.invite_from))
