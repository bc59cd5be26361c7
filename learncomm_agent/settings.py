"""What an operator may set. From code: `Settings(data=...)`; from a file and the environment: `Settings.load`.

The file is `learncomm.toml`. Secrets come from the environment alone, so that the file can be shown
to others. From code, a wrong value raises pydantic's own `ValidationError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from learncomm_agent.settings_file import load

Count = Annotated[int, Field(strict=True, ge=1)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Address = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*:\S(.*\S)?$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class CommunitySettings(_Section):
    """The community that this process serves."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = "community"
    """Names its folder below the data folder, where its own words stand; never changes."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)] = "community"
    language: Language = "en"
    """What replies are written in where neither member nor room says otherwise."""
    timezone: str = "UTC"
    """An IANA name such as `Europe/Berlin`."""
    spaces: tuple[Address, ...] = ("terminal:local",)
    """Where this community meets, as `platform:space id`; any other space is a community of its own."""
    leaders: tuple[Address, ...] = ()
    """Accounts as `platform:account id`; beside those that a platform's own roles make leaders."""

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no time zone of that name") from error
        return value


class EmbeddingSettings(_Section):
    """What turns text into vectors, for search by meaning."""

    kind: Literal["local", "hosted", "off"] = "local"
    path: Path | None = None
    """The folder with the local model's files; where None, the models folder is searched."""
    base_url: str | None = None
    """Of an OpenAI-compatible endpoint, for `hosted`."""
    model: str | None = None
    """The hosted model's name."""
    dimensions: Count | None = None
    """How long the hosted model's vectors are to be, where it lets one choose."""
    key: SecretStr | None = None
    """From the environment."""

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/\s@]+(/\S*)?$", value):
            raise ValueError("no http address, or one with a password in it")
        return value

    @model_validator(mode="after")
    def _hosted_is_whole(self) -> EmbeddingSettings:
        if self.kind == "hosted" and (
            missing := [n for n in ("base_url", "model") if not getattr(self, n)]
        ):
            raise ValueError(f"hosted needs {' and '.join(missing)}")
        return self


class SearchSettings(_Section):
    """How the library is searched."""

    dense_weight: float = Field(0.6, ge=0, le=1, strict=True)
    """How much meaning counts against words: 0 words alone, 1 meaning alone."""
    limit: Count = Field(5, le=50)
    """How many passages a search shows."""


class StorageSettings(_Section):
    """How the store writes."""

    synchronous: Literal["full", "normal"] = "full"
    """`full` loses nothing that was acknowledged, even when the power fails."""
    keep_messages_days: Count | None = None
    """How long messages are kept; for ever where None."""


class LibrarySettings(_Section):
    """What the library takes."""

    max_file_bytes: Count = 20_000_000
    """Larger files are refused."""


class LogSettings(_Section):
    """The log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(_Section):
    """All settings; without any, a community in a terminal that needs nothing."""

    data: Path = Field(default_factory=lambda: user_data_path("learncomm"))
    """The folder that holds the store, the models and the community's own words."""
    community: CommunitySettings = CommunitySettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    search: SearchSettings = SearchSettings()
    storage: StorageSettings = StorageSettings()
    library: LibrarySettings = LibrarySettings()
    log: LogSettings = LogSettings()

    @classmethod
    def load(
        cls, path: Path | None, environ: Mapping[str, str], data: Path | None = None
    ) -> Settings:
        """Read the settings from a file and the environment.

        Args:
            path: The settings file; None takes `learncomm.toml` in the data folder, if there is one.
            environ: The environment: `LEARNCOMM_DATA` and the secrets.
            data: The data folder, before the variable, the file and the usual place.

        Raises:
            SettingsError: With every mistake at once.
        """
        return load(cls, path, environ, data)
