"""What an operator may set for Discord."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{15,20}$")]
HttpAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$")]
SocketAddress = Annotated[str, StringConstraints(pattern=r"^wss?://[^\s@]+$")]


class Options(BaseModel):
    """The section `[adapters.discord]`; all of it may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr | None = None
    """The bot's token, from the variable `LEARNCOMM_DISCORD_TOKEN` alone."""
    leader_role: str | None = None
    """Name or id of the role that makes leaders, beside those who may manage the server."""
    guilds: tuple[Snowflake, ...] = ()
    """Ids of the servers that are served; all that the bot is in where empty."""
    members_intent: bool = Field(False, strict=True)
    """Whether Discord tells of all members, which the developer portal must allow."""
    api_url: HttpAddress | None = None
    """Another address of the API, up to and with the version: a proxy, or a stand-in for tests."""
    gateway_url: SocketAddress | None = None
    """Another address of the gateway."""
