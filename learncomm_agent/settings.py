"""What an operator may set. From code: `Settings(data=...)`; from a file and the environment: `Settings.load`.

The file is `learncomm.toml`. Secrets come from the environment alone, so that the file can be shown
to others. From code, a wrong value raises pydantic's own `ValidationError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
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
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


def _is_an_address(value: str) -> str:
    if not re.match(r"https?://[^/\s@]+(/\S*)?$", value):
        raise ValueError("no http address, or one with a password in it")
    try:
        urlsplit(value).port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise ValueError("no http address: its host or port can't be one") from error
    return value


HttpAddress = Annotated[str, AfterValidator(_is_an_address)]


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

    kind: Name = "local"
    """`local` (English), `multilingual`, `hosted`, `off`, or the name of a plugin."""
    path: Path | None = None
    """The folder with the local model's files; where None, the models folder is searched."""
    base_url: HttpAddress | None = None
    """Of an OpenAI-compatible endpoint, for `hosted`."""
    model: str | None = None
    """The hosted model's name."""
    dimensions: Count | None = None
    """How long the hosted model's vectors are to be, where it lets one choose."""
    key: SecretStr | None = None
    """From the environment."""

    @model_validator(mode="after")
    def _hosted_is_whole(self) -> EmbeddingSettings:
        if self.kind == "hosted" and (
            missing := [n for n in ("base_url", "model") if not getattr(self, n)]
        ):
            raise ValueError(f"hosted needs {' and '.join(missing)}")
        return self


class ModelSettings(_Section):
    """The language model that writes; without one, all is extracted from the members' own words."""

    kind: Name = "off"
    """`off`, `hosted` (OpenAI's API, or any server that speaks it), `replayed` (answers from a file),
    or the name of a plugin."""
    base_url: HttpAddress | None = None
    """Where the server is, up to and with the `/v1`; OpenAI's own where None."""
    model: str | None = None
    """The model's name there."""
    key: SecretStr | None = None
    """From the environment."""
    context_tokens: Annotated[int, Field(strict=True, ge=2000)] = 16_000
    """How much the model reads and writes at once; a longer conversation goes to it in parts."""
    summary_calls: Literal["one", "each"] = "one"
    """How a summary is asked for: all kinds of lines in `one` call, or `each` kind in a call of its own,
    which a small model does better."""
    tokens_per_day: Count | None = 500_000
    """What one community may use in a day, sent and received together; no bound where None."""
    concurrent: Count = 2
    """How many calls run at once; others wait their turn."""
    timeout_s: Count = 60
    """How long the server may stay silent."""
    deadline_s: Count = 180
    """How long one call may take in all, with waiting and repeats."""
    record: Path | None = None
    """A file to which every request and answer is written, for development."""
    replay: Path | None = None
    """The file that `replayed` answers from."""

    @model_validator(mode="after")
    def _kind_is_whole(self) -> ModelSettings:
        needed = {"hosted": "model", "replayed": "replay"}.get(self.kind)
        if needed is not None and not getattr(self, needed):
            raise ValueError(f"{self.kind} needs {needed}")
        if self.record is not None and self.record == self.replay:
            raise ValueError("record and replay are the same file")
        return self


class VectorSettings(_Section):
    """Where the vectors are kept."""

    url: HttpAddress | None = None
    """Of a Chroma server; a folder of the data folder where None."""
    token: SecretStr | None = None
    """From the environment."""


class SearchSettings(_Section):
    """How the library is searched."""

    dense_weight: float | None = Field(None, ge=0, le=1, strict=True)
    """How much meaning counts against words: 0 words alone, 1 meaning alone; as the query itself
    suggests where None."""
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
    """Larger files are refused, and what links lead to."""
    links: bool = Field(True, strict=True)
    """Whether links are opened at all."""
    contact: Annotated[str, StringConstraints(pattern=r"^[!-'*-~]{1,200}$")] | None = None
    """An address of a page or for mail, told to every site whose pages are fetched."""


class PublishingSettings(_Section):
    """The page and the feed that leaders may put things on for others."""

    url: HttpAddress | None = None
    """Where the folder `public` of the community is served; it is told, and stands in the feed."""


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
    model: ModelSettings = ModelSettings()
    vectors: VectorSettings = VectorSettings()
    search: SearchSettings = SearchSettings()
    storage: StorageSettings = StorageSettings()
    library: LibrarySettings = LibrarySettings()
    publishing: PublishingSettings = PublishingSettings()
    log: LogSettings = LogSettings()
    adapters: dict[Name, dict[str, Any]] = {}
    """What each chat platform is told, by the adapter's name; the adapter checks it."""

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
