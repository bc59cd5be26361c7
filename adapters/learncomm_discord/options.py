"""What an operator may set for Discord."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)

from learncomm_discord.commands.localising import is_legal


def _names_a_server(address: str) -> str:
    # An adapter takes nothing from the core's settings, so it has a rule of its own for this.
    parts = urlsplit(address)
    if not parts.hostname or parts.port == 0:  # a port out of range is a ValueError by itself
        raise ValueError("no address of a server")
    return address


def _names_a_command(name: str) -> str:
    if not is_legal(name):
        raise ValueError("1 to 32 lower-case letters, figures, hyphens or underscores")
    return name


def _without_prefix(token: SecretStr) -> SecretStr:
    """Take away the `Bot` that stands before a token where one copies it from a program."""
    return SecretStr(token.get_secret_value().removeprefix("Bot ").strip())


def _written_out(id: object) -> object:
    """Take an id that somebody wrote without quotation marks."""
    return str(id) if isinstance(id, int) and not isinstance(id, bool) else id


def _shards(number: object) -> object:
    # One rule with one sentence, where a union of types would tell two mistakes.
    if number is None or number == "auto":
        return number
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MOST_SHARDS:
        return number
    raise ValueError(f"'auto' or a number from 1 to {MOST_SHARDS}")


MOST_SHARDS = 500
"""Each takes five seconds to begin; more than these want several processes, which this is not for."""
Shards = Annotated[int | Literal["auto"] | None, BeforeValidator(_shards)]
Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{15,20}$")]
HttpAddress = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s@]+$"), AfterValidator(_names_a_server)
]
SocketAddress = Annotated[
    str, StringConstraints(pattern=r"^wss?://[^\s@]+$"), AfterValidator(_names_a_server)
]


class Options(BaseModel):
    """The section `[adapters.discord]`; all of it may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[SecretStr, AfterValidator(_without_prefix)] | None = None
    """The bot's token, from the variable `LEARNCOMM_DISCORD_TOKEN` alone."""
    leader_role: str | None = None
    """Name or id of the role that makes leaders, beside those who may manage the server."""
    guilds: tuple[Annotated[Snowflake, BeforeValidator(_written_out)], ...] = ()
    """Ids of the servers that are served; all that the bot is in where empty."""
    group: Annotated[str, AfterValidator(_names_a_command)] = "learn"
    """The name under which all slash commands stand in somebody else's bot."""
    members_intent: bool = Field(False, strict=True)
    """Whether Discord tells of all members, which the developer portal must allow."""
    shards: Shards = None
    """How many connections share the servers, as Discord advises where `auto`; one where None."""
    api_url: HttpAddress | None = None
    """Another address of the API, up to and with the version: a proxy, or a stand-in for tests."""
    gateway_url: SocketAddress | None = None
    """Another address of the gateway."""
